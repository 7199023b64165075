package seed

import (
	"fmt"
	"time"

	"qiwei/internal/acquisition"
	"qiwei/internal/id"
	"qiwei/internal/moment"
)

// Acquisition is the quota of an enterprise for customers who come by links, and its links.
type Acquisition struct {
	Quota int64             `json:"quota,omitempty"` // good for a year
	Links []AcquisitionLink `json:"links,omitempty"`
}

// AcquisitionLink is a link by which customers find members.
type AcquisitionLink struct {
	AgentID     int64       `json:"agentid"` // of the application that it belongs to
	Name        string      `json:"link_name"`
	Members     []id.UserID `json:"user,omitempty"`
	Departments []int64     `json:"party,omitempty"`
}

// Moment is what a member has shown to their customers: a text.
type Moment struct {
	UserID id.UserID `json:"userid"`
	Text   string    `json:"text"`
}

// quotaLife is how long the quota of a file is good.
const quotaLife = 365 * 24 * time.Hour

// acquisition comes after members and applications.
func (l loader) acquisition(e Enterprise) error {
	if e.Acquisition == nil {
		return nil
	}
	if e.Acquisition.Quota > 0 {
		if err := l.s.Acquisition.Buy(l.ctx, l.tx, l.by, e.Acquisition.Quota, l.tx.Now().Add(quotaLife)); err != nil {
			return fmt.Errorf("acquisition.quota: %w", err)
		}
	}
	for i, link := range e.Acquisition.Links {
		a, err := l.s.Apps.App(l.tx, l.by.CorpID, link.AgentID)
		if err == nil {
			by := l.by
			by.App = a.No
			_, err = l.s.Acquisition.CreateLink(l.ctx, l.tx, by, acquisition.LinkUpdate{Name: &link.Name, Range: &acquisition.Named{Users: link.Members, Departments: link.Departments}})
		}
		if err != nil {
			return fmt.Errorf("acquisition.links[%d] (%s): %w", i, link.Name, err)
		}
	}
	return nil
}

// moments come after customers, who see them.
func (l loader) moments(e Enterprise) error {
	for i, m := range e.Moments {
		if _, _, err := l.s.Moments.Share(l.ctx, l.tx, l.by, m.UserID, moment.NewContent{Text: m.Text}, nil); err != nil {
			return fmt.Errorf("moments[%d] (%s): %w", i, m.UserID, err)
		}
	}
	return nil
}
