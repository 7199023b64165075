package founding

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"qiwei/internal/corp"
	"qiwei/internal/id"
	"qiwei/internal/seal"
	"qiwei/internal/store"
)

// linkLife is how long a link is good.
const linkLife = 24 * time.Hour

// Link is a way to found an enterprise or to name its first admin. The URL is a secret.
type Link struct {
	URL     string
	Expires time.Time
}

// Errors of links.
var (
	ErrFounded  = errors.New("the server has an enterprise already")
	ErrHasAdmin = errors.New("the enterprise has an admin already")

	errLink = errors.New("the link was used, has expired, or never was one")
)

// Draw returns the link for the corp, or with an empty corpid the one that founds the server's first. A link
// that is still good is returned again, so that a restart of the server does not spoil one that somebody has
// copied. It answers ErrFounded or ErrHasAdmin where nothing is to be done, and corp.ErrNotFound.
func (s *Service) Draw(ctx context.Context, tx *store.Tx, corpID string) (Link, error) {
	if err := s.wanted(ctx, tx, corpID); err != nil {
		return Link{}, err
	}
	sealed, expires, found, err := selectLink(tx, corpID)
	if err != nil {
		return Link{}, err
	}
	if found && tx.Now().Before(expires) {
		key, err := s.deps.Box.Open(seal.FoundingLink, place(corpID), sealed)
		if err != nil {
			return Link{}, fmt.Errorf("open founding link: %w", err)
		}
		return s.link(string(key), expires), nil
	}
	key := id.Secret()
	expires = tx.Now().Add(linkLife)
	return s.link(key, expires), upsertLink(tx, corpID, s.mac(key), s.deps.Box.Seal(seal.FoundingLink, place(corpID), []byte(key)), expires)
}

func (s *Service) link(key string, expires time.Time) Link {
	return Link{URL: s.deps.BaseURL() + Path + "?" + url.Values{"key": {key}}.Encode(), Expires: expires}
}

func place(corpID string) string { return "corp " + corpID }

func (s *Service) mac(key string) []byte { return s.deps.Box.MAC(seal.FoundingLink, key) }

// wanted answers why a link for the corp has nothing to do, nil if it has.
func (s *Service) wanted(ctx context.Context, tx *store.Tx, corpID string) error {
	if corpID == "" {
		founded, err := s.Founded(tx)
		if err == nil && founded {
			err = ErrFounded
		}
		return err
	}
	admins, err := s.deps.Admins.Admins(ctx, tx, corpID)
	if err == nil && len(admins) > 0 {
		err = ErrHasAdmin
	}
	return err
}

// Founded reports whether the server has an enterprise.
func (s *Service) Founded(tx *store.Tx) (bool, error) {
	corps, err := s.deps.Corps.Corps(tx)
	return len(corps) > 0, err
}

// target returns the corp that a key is for; an empty one for the first enterprise. It answers errLink for a
// key that is good for nothing, or no longer.
func (s *Service) target(ctx context.Context, tx *store.Tx, key string) (c corp.Corp, err error) {
	corpID, expires, found, err := findLink(tx, s.mac(key))
	if err != nil {
		return c, err
	}
	if !found || !tx.Now().Before(expires) {
		return c, errLink
	}
	switch err := s.wanted(ctx, tx, corpID); {
	case errors.Is(err, ErrFounded), errors.Is(err, ErrHasAdmin), errors.Is(err, corp.ErrNotFound):
		return c, errLink
	case err != nil:
		return c, err
	}
	if corpID == "" {
		return c, nil
	}
	return s.deps.Corps.Corp(tx, corpID)
}
