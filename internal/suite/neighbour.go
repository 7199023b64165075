package suite

import (
	"context"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/event"
	"qiwei/internal/store"
)

// What rooms above need to tell a suite about a corp in which it is installed.

// Asks reports whether the suite asks the corps that install it for a permission.
func (v Suite) Asks(permission string) bool { return slices.Contains(v.Permissions, permission) }

// KnownAs returns what the installation's provider knows its corp by.
func (s *Service) KnownAs(tx *store.Tx, in Installation) (string, error) { return s.knownAs(tx, in) }

// TellChanged pushes change_auth about an installation whose authorisation is kept in a room above (doc 99487).
func (s *Service) TellChanged(ctx context.Context, tx *store.Tx, in Installation) error {
	return s.tellInstallation(ctx, tx, changeAuth, in, "")
}

// Push records what a room above tells a suite at its command URL, if it has one.
func Push(ctx context.Context, tx *store.Tx, kind *event.Kind[event.Letter], v Suite, p event.Push) error {
	if v.CommandURL == "" {
		return nil
	}
	return kind.Record(ctx, tx, access.System(v.Partner), event.Letter{To: event.Receiver{Book: Book, Key: v.SuiteID}, What: p})
}
