package licence

import (
	"errors"

	"qiwei/internal/corp"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/token"
	"qiwei/internal/wire"
)

// Link is a relation between two corps in which a provider may give codes of the upper
// one to the lower one (doc 96059). Chains of corps themselves are not built: who
// commands the server says which there are.
type Link struct {
	Upper, Lower string
	Kind         int64 // 0 a chain (上下游), 1 linked corps (企业互联)
	// People is how many of the lower corp the upper one sees: twice as many codes may
	// be given.
	People int64
	// App says that the upper corp shares an application of the provider.
	App bool
}

// SetLink writes a relation of a provider's customer.
func (s *Service) SetLink(tx *store.Tx, provider int64, l Link) error {
	if l.Kind != 0 && l.Kind != 1 || l.People < 0 || l.Upper == l.Lower {
		return wire.ErrParameter.With("two enterprises, corp_link_type 0 or 1, and a number of people expected")
	}
	_, err := tx.Exec(`INSERT INTO licence_share (provider, corpid, lower, link, people, app, shared) VALUES (?, ?, ?, ?, ?, ?, 0)
		ON CONFLICT (provider, corpid, lower, link) DO UPDATE SET people = excluded.people, app = excluded.app`, provider, l.Upper, l.Lower, l.Kind, l.People, bit(l.App))
	return err
}

// lower returns the corp that codes are given to. The provider need never have dealt
// with it.
func (s *Service) lower(tx *store.Tx, p party, corpID id.CorpID) (string, error) {
	own := wire.NamedCorp(corpID)
	if own == "" {
		return "", token.ErrCorpMissing
	}
	_, err := s.deps.Corps.Corp(tx, own)
	if errors.Is(err, corp.ErrNotFound) {
		err = token.ErrCorpInvalid
	}
	return own, err
}

// Share gives unused codes of a corp to a lower one. It returns what became of each, nil
// where it was given. It answers ErrUpperGrant, ErrTestShare, ErrNoChain, ErrNoShare,
// ErrShareMost. Doc 96059.
func (s *Service) Share(tx *store.Tx, p party, to string, link int64, codes []string) ([]*wire.Error, error) {
	err := s.authorised(tx, p)
	if errors.Is(err, ErrNoGrant) {
		return nil, ErrUpperGrant
	}
	if err != nil {
		return nil, err
	}
	if c, err := s.standing(tx, p.No, p.Corp); err != nil || c.Test {
		return nil, errors.Join(err, whereNot(!c.Test, ErrTestShare))
	}
	var people, app, shared int64
	found, err := tx.Get(`SELECT people, app, shared FROM licence_share WHERE provider = ? AND corpid = ? AND lower = ? AND link = ?`,
		[]any{p.No, p.Corp, to, link}, &people, &app, &shared)
	switch {
	case err != nil:
		return nil, err
	case !found:
		return nil, ErrNoChain
	case app == 0:
		return nil, ErrNoShare
	case shared+int64(len(codes)) > 2*people:
		return nil, ErrShareMost.With("%d may be given, and %d are", 2*people, shared)
	}
	// The lower corp is a customer from now on: it has an id of the provider's.
	if _, err := s.deps.Suites.EnsureOpenCorpID(tx, p.No, to); err != nil {
		return nil, err
	}
	out := make([]*wire.Error, len(codes))
	given := 0
	for i, text := range codes {
		err := s.give(tx, p, to, text)
		var refusal wire.Error
		switch {
		case errors.As(err, &refusal):
			out[i] = &refusal
		case err != nil:
			return nil, err
		default:
			given++
		}
	}
	_, err = tx.Exec(`UPDATE licence_share SET shared = shared + ? WHERE provider = ? AND corpid = ? AND lower = ? AND link = ?`, given, p.No, p.Corp, to, link)
	return out, err
}

func (s *Service) give(tx *store.Tx, p party, to, text string) error {
	c, err := s.code(tx, p, text)
	switch {
	case err != nil:
		return err
	case c.Corp != p.Corp:
		return ErrGivenBelow
	case c.SharedFrom != "":
		return ErrFromAbove
	case c.State == Merged:
		return ErrCode
	case c.Member != 0:
		return ErrBound
	case !tx.Now().Before(c.BindBy):
		return ErrBindBy
	}
	n, err := tx.Exec(`UPDATE licence_code SET corpid = ?, shared_from = ? WHERE no = ? AND corpid = ? AND member = 0 AND state = 0`, to, p.Corp, c.No, p.Corp)
	return raced(n, err)
}
