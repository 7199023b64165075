package suite

import (
	"context"
	"errors"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/door"
	"qiwei/internal/event"
	"qiwei/internal/store"
)

// What rooms above need to tell a suite about a corp in which it is installed.

// Asks reports whether the suite asks the corps that install it for a permission.
func (v Suite) Asks(permission string) bool { return slices.Contains(v.Permissions, permission) }

// KnownAs returns what the installation's provider knows its corp by.
func (s *Service) KnownAs(tx *store.Tx, in Installation) (string, error) { return s.knownAs(tx, in) }

// TellChanged pushes change_auth about an installation whose authorisation is kept in a room above, with what that room
// adds (doc 99487, 99401).
func (s *Service) TellChanged(ctx context.Context, tx *store.Tx, in Installation, extra event.Fields) error {
	open, err := s.knownAs(tx, in)
	if err != nil {
		return err
	}
	p := installationPush(changeAuth, open, "", "")
	p.Fields = append(p.Fields, extra...)
	return s.tell(ctx, tx, in.Suite, access.System(in.Suite.Partner), changeAuth, p)
}

// ShownAs returns ids as the installation is shown them, in their order.
func (s *Service) ShownAs(tx *store.Tx, in Installation, form access.Form, own []string) ([]string, error) {
	out := slices.Clone(own)
	if in.PlainIDs {
		return out, nil
	}
	known, err := s.view(in.Suite.Provider).Shown(tx, in.CorpID, form, own)
	for i, text := range own {
		if shown, ok := known[text]; ok {
			out[i] = shown
		}
	}
	return out, err
}

// Plainly says in an answer to a script what it names that is not there.
func Plainly(err error) error {
	switch {
	case errors.Is(err, ErrNotFound):
		return door.Missing("suite_id: there is no such suite")
	case errors.Is(err, ErrNotInstalled):
		return door.Missing("suite_id: the suite is not installed in that enterprise")
	case errors.Is(err, ErrNoProvider):
		return door.Missing("provider: the enterprise is not a provider")
	}
	return err
}

// Push records what a room above tells a suite at its command URL, if it has one.
func Push(ctx context.Context, tx *store.Tx, kind *event.Kind[event.Letter], v Suite, p event.Push) error {
	if v.CommandURL == "" {
		return nil
	}
	return kind.Record(ctx, tx, access.System(v.Partner), event.Letter{To: event.Receiver{Book: Book, Key: v.SuiteID}, What: p})
}
