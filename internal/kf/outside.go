package kf

import (
	"net/http"
	"time"

	"qiwei/internal/customer"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/media"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// What a WeChat user's own page shows, in dev.

// Entered is an account that somebody outside has been at.
type Entered struct {
	OpenKfID id.ServiceAccount
	Name     string
	State    State
	At       time.Time // of what happened there last
}

// EnteredBy returns the accounts that a customer has been at, the oldest first.
func (s *Service) EnteredBy(tx *store.Tx, corpID string, c customer.Contact) (out []Entered, err error) {
	list, err := selectSessions(tx, `corpid = ? AND customer = ? ORDER BY no`, corpID, c.No)
	for _, v := range list {
		a, err := s.account(tx, corpID, s.OpenKfID(v.Account))
		if customer.Refused(err) {
			continue // was deleted
		}
		if err != nil {
			return nil, err
		}
		at := v.AskedAt
		if v.EnteredAt.After(at) {
			at = v.EnteredAt
		}
		out = append(out, Entered{s.OpenKfID(a.No), a.Name, v.at(tx.Now()), at})
	}
	return out, err
}

// scriptFile serves a file of a session.
func (s *Service) scriptFile(w http.ResponseWriter, r *http.Request) {
	var f media.File
	found := false
	err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		a, err := s.account(tx, r.PathValue("corpid"), id.ServiceAccount(r.PathValue("open")))
		if err != nil {
			return err
		}
		c, err := s.deps.Customers.Contact(tx, a.CorpID, id.ExternalID(r.PathValue("external")))
		if err != nil {
			return err
		}
		f, found, err = s.saidFile(tx, a, c.No, r.PathValue("media"))
		return err
	})
	var out *wire.File
	if err == nil && found {
		out, err = s.deps.Customers.OpenFile(r.Context(), []customer.Kept{{MediaID: f.MediaID, Name: f.Name, Size: f.Size, Key: f.Key}}, f.MediaID)
	}
	door.ServeFile(w, r, s.deps.Log, out, err)
}
