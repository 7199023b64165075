package scim

import (
	"context"
	"errors"
	"regexp"
	"time"

	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/seal"
	"qiwei/internal/store"
)

// Token is an identity provider's credential. It is valid for one corp and its whole directory. Only a digest
// of it is stored.
type Token struct {
	CorpID    string
	Name      string
	CreatedAt time.Time
	UsedOn    string // the last day, YYYY-MM-DD; empty for never
}

// Errors of tokens.
var (
	ErrTokenTaken    = errors.New("there is a token of this name")
	ErrTokenNotFound = errors.New("there is no token of this name")
	ErrTokenName     = errors.New("the name of a token has 1 to 64 letters, digits, hyphens, dots and underscores")
)

var nameShape = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// CreateToken makes a token and returns it.
func (s *Service) CreateToken(ctx context.Context, tx *store.Tx, corpID, name string) (text string, err error) {
	if !nameShape.MatchString(name) {
		return "", ErrTokenName
	}
	text = newToken()
	n, err := tx.Exec(`INSERT INTO scim_token (corpid, name, mac, created_at, used_on) VALUES (?, ?, ?, ?, '') ON CONFLICT DO NOTHING`,
		corpID, name, s.tokenMAC(text), tx.Now().UnixMilli())
	if err == nil && n == 0 {
		err = ErrTokenTaken
	}
	return text, err
}

// RotateToken replaces a token by another of the same name.
func (s *Service) RotateToken(ctx context.Context, tx *store.Tx, corpID, name string) (text string, err error) {
	text = newToken()
	n, err := tx.Exec(`UPDATE scim_token SET mac = ? WHERE corpid = ? AND name = ?`, s.tokenMAC(text), corpID, name)
	if err == nil && n == 0 {
		err = ErrTokenNotFound
	}
	return text, err
}

// RemoveToken removes a token.
func (s *Service) RemoveToken(ctx context.Context, tx *store.Tx, corpID, name string) error {
	n, err := tx.Exec(`DELETE FROM scim_token WHERE corpid = ? AND name = ?`, corpID, name)
	if err == nil && n == 0 {
		err = ErrTokenNotFound
	}
	return err
}

// Tokens returns the corp's tokens by name.
func (s *Service) Tokens(tx *store.Tx, corpID string) ([]Token, error) {
	var list []Token
	err := tx.Each(`SELECT corpid, name, created_at, used_on FROM scim_token WHERE corpid = ? ORDER BY name`, []any{corpID}, func(rows *store.Rows) error {
		var t Token
		var created int64
		err := rows.Scan(&t.CorpID, &t.Name, &created, &t.UsedOn)
		t.CreatedAt = time.UnixMilli(created).UTC()
		list = append(list, t)
		return err
	})
	return list, err
}

func newToken() string { return "scim_" + id.Secret() }

func (s *Service) tokenMAC(text string) []byte { return s.deps.Box.MAC(seal.SCIMToken, text) }

// admitted returns the name of the token, if it is the corp's.
func (s *Service) admitted(ctx context.Context, corpID, text string) (name string, ok bool, err error) {
	used := ""
	err = s.deps.Store.Read(ctx, func(tx *store.Tx) error {
		ok, err = tx.Get(`SELECT name, used_on FROM scim_token WHERE mac = ? AND corpid = ?`, []any{s.tokenMAC(text), corpID}, &name, &used)
		return err
	})
	if today := directory.Day(s.deps.Store.Now()); err == nil && ok && used != today {
		err = s.deps.Store.Write(ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE scim_token SET used_on = ? WHERE corpid = ? AND name = ?`, today, corpID, name)
			return err
		})
	}
	return name, ok, err
}
