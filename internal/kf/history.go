package kf

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Line is a text of a customer, or of a servicer if one is named.
type Line struct {
	Customer customer.Contact // by the unionid, or a new one
	UserID   id.UserID
	Text     string
}

// Recount has the people at an account say something, line after line. Customers enter with their first one,
// and whoever answers has the session from then on.
func (s *Service) Recount(ctx context.Context, tx *store.Tx, by access.Caller, open id.ServiceAccount, lines []Line) error {
	a, err := s.account(tx, by.CorpID, open)
	if err != nil {
		return err
	}
	for _, l := range lines {
		c, err := s.deps.Customers.Visitor(tx, by.CorpID, "", l.Customer)
		if err != nil {
			return err
		}
		v, err := sessionOf(tx, a, c.No)
		if err != nil {
			return err
		}
		said := Content{Text: &Text{Content: l.Text}}
		if l.UserID == "" {
			if v.EnteredAt.IsZero() {
				if _, err := s.Enter(ctx, tx, a, c, entry{}); err != nil {
					return err
				}
			}
			if _, err := s.Write(ctx, tx, a, c, "text", said); err != nil {
				return err
			}
			continue
		}
		if v.at(tx.Now()) != Served {
			if _, err := s.Move(ctx, tx, by, open, s.deps.Customers.ExternalID(c.Kind, c.No), Served, l.UserID); err != nil {
				return err
			}
		}
		if _, err := s.Reply(ctx, tx, a, l.UserID, c, "text", said); err != nil {
			return err
		}
	}
	return nil
}

// Known is an account as a list for people has it.
type Known struct {
	OpenKfID id.ServiceAccount `json:"open_kfid"`
	Name     string            `json:"name"`
	URL      string            `json:"url"`
}

// Known returns the corp's first accounts, at most limit.
func (s *Service) Known(tx *store.Tx, corpID string, limit int64) (out []Known, err error) {
	list, err := s.Accounts(tx, corpID, 0, limit)
	for _, a := range list {
		link, err := s.Link(a, "")
		if err != nil {
			return nil, err
		}
		out = append(out, Known{s.OpenKfID(a.No), a.Name, link})
	}
	return out, err
}
