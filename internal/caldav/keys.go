package caldav

import (
	"encoding/json"
	"net/http"
	"strconv"
	"unicode/utf8"

	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/login"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

type (
	phoneKey struct {
		No      int64  `json:"no"`
		Name    string `json:"name"`
		Feed    bool   `json:"feed"`
		Created int64  `json:"created_at"` // Unix seconds
		UsedOn  string `json:"used_on"`
	}
	phoneAnswer struct {
		URL  string     `json:"url"` // for programs
		User string     `json:"user"`
		Keys []phoneKey `json:"keys"`
	}
	phoneMade struct {
		Password string `json:"password,omitempty"` // shown once
		URL      string `json:"url,omitempty"`
	}
)

// maxKeys is how many a member has at most.
const maxKeys = 20

func (s *Service) phoneKeys(r *http.Request, sess login.Session) (any, error) {
	out := phoneAnswer{URL: s.deps.BaseURL() + home(sess.CorpID, sess.Member.UserID), User: string(sess.Member.UserID), Keys: []phoneKey{}}
	err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		return tx.Each(`SELECT no, name, feed, created_at, used_on FROM caldav_key WHERE corpid = ? AND member = ? ORDER BY no`, []any{sess.CorpID, sess.Member.No}, func(rows *store.Rows) error {
			var k phoneKey
			err := rows.Scan(&k.No, &k.Name, &k.Feed, &k.Created, &k.UsedOn)
			k.Created /= 1000
			out.Keys = append(out.Keys, k)
			return err
		})
	})
	return out, err
}

// phoneCreate makes a password for a program, or a feed. Only a digest is stored.
func (s *Service) phoneCreate(r *http.Request, sess login.Session) (any, error) {
	var req struct {
		Name string `json:"name"`
		Feed bool   `json:"feed"`
	}
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		return nil, wire.ErrParameter.With("a JSON object expected: %v", err)
	}
	if n := utf8.RuneCountInString(req.Name); n < 1 || n > 64 {
		return nil, wire.ErrParameter.With("name: 1 to 64 characters expected")
	}
	text := keyPrefix + id.Letters(32)
	out := phoneMade{Password: text}
	if req.Feed {
		out = phoneMade{URL: s.deps.BaseURL() + prefix + "feed/" + text + ".ics"}
	}
	return out, s.deps.Store.Write(r.Context(), func(tx *store.Tx) error {
		n, err := tx.Count(`SELECT count(*) FROM caldav_key WHERE corpid = ? AND member = ?`, sess.CorpID, sess.Member.No)
		if err != nil {
			return err
		}
		if n >= maxKeys {
			return wire.ErrParameter.With("there are %d already; delete one first", n)
		}
		feed := int64(0)
		if req.Feed {
			feed = 1
		}
		_, err = tx.Insert(`INSERT INTO caldav_key (corpid, member, feed, name, mac, created_at) VALUES (?, ?, ?, ?, ?, ?)`,
			sess.CorpID, sess.Member.No, feed, req.Name, s.keyMAC(text), tx.Now().UnixMilli())
		return err
	})
}

func (s *Service) phoneDelete(r *http.Request, sess login.Session) (any, error) {
	no, err := strconv.ParseInt(r.PathValue("no"), 10, 64)
	if err != nil {
		return nil, door.ErrNotFound
	}
	return struct{}{}, s.deps.Store.Write(r.Context(), func(tx *store.Tx) error {
		n, err := tx.Exec(`DELETE FROM caldav_key WHERE no = ? AND corpid = ? AND member = ?`, no, sess.CorpID, sess.Member.No)
		if err == nil && n == 0 {
			err = door.ErrNotFound
		}
		return err
	})
}
