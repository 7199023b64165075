package wechat

import (
	"net/http"

	"qiwei/internal/customer"
	"qiwei/internal/id"
	"qiwei/internal/kf"
	"qiwei/internal/store"
)

type (
	// outsideAnswer is what somebody has with one corp beside the members who are contacts.
	outsideAnswer struct {
		Groups    []groupAnswer    `json:"groups"`
		Services  []serviceAnswer  `json:"services"`
		Transfers []transferAnswer `json:"transfers"` // that wait for the person's answer
	}
	groupAnswer struct {
		ChatID  id.ChatID   `json:"chat_id"`
		Name    string      `json:"name"`
		Archive string      `json:"archive,omitempty"` // asked, or what the person has answered to being archived
		Last    *lastAnswer `json:"last,omitempty"`
	}
	serviceAnswer struct {
		OpenKfID id.ServiceAccount `json:"open_kfid"`
		Name     string            `json:"name"`
		State    kf.State          `json:"service_state"`
		At       int64             `json:"time"` // Unix seconds
	}
	transferAnswer struct {
		From memberAnswer `json:"from"`
		To   memberAnswer `json:"to"`
		Due  int64        `json:"due"` // Unix seconds
	}
)

// person answers the groups that somebody is in, the accounts of customer service that they have been at, and the
// transfers that wait for their answer.
func (s *Service) person(r *http.Request, tx *store.Tx) (any, error) {
	corpID := r.URL.Query().Get("corpid")
	out := outsideAnswer{[]groupAnswer{}, []serviceAnswer{}, []transferAnswer{}}
	external := id.ExternalID(r.URL.Query().Get("external_userid"))
	c, err := s.deps.Customers.Contact(tx, corpID, external)
	if err != nil {
		return nil, err
	}
	groups, err := s.deps.Groups.GroupsOf(tx, corpID, c)
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		asked, answer, err := s.deps.Archive.AskedIn(tx, corpID, string(g.ChatID), external)
		if err != nil {
			return nil, err
		}
		one := groupAnswer{ChatID: g.ChatID, Name: g.Name, Archive: asks(asked, answer)}
		if g.Last != nil {
			one.Last = &lastAnswer{g.Last.Author, g.Last.Words, g.Last.At.Unix()}
		}
		out.Groups = append(out.Groups, one)
	}
	services, err := s.deps.KF.EnteredBy(tx, corpID, c)
	if err != nil {
		return nil, err
	}
	for _, e := range services {
		out.Services = append(out.Services, serviceAnswer{e.OpenKfID, e.Name, e.State, e.At.Unix()})
	}
	err = s.transfers(r, tx, corpID, c, &out)
	return out, err
}

func (s *Service) transfers(r *http.Request, tx *store.Tx, corpID string, c customer.Contact, out *outsideAnswer) error {
	list, err := s.deps.Customers.HandingOf(tx, corpID, c.No)
	for _, h := range list {
		one := transferAnswer{Due: h.Due.Unix()}
		if h.From != "" {
			if one.From, err = s.member(r.Context(), tx, corpID, h.From); err != nil {
				return err
			}
		}
		if h.To != "" {
			if one.To, err = s.member(r.Context(), tx, corpID, h.To); err != nil {
				return err
			}
		}
		out.Transfers = append(out.Transfers, one)
	}
	return err
}
