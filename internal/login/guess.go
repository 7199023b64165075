package login

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Guesses at passwords and invitations are counted by the name that is tried and
// by the address that tries. A name is locked sooner; what keeps somebody from
// trying one password on all names is the address. Both locks grow with every
// further try, are the same whether or not the name exists, and are kept in the
// database, so that several servers count together.
//
// Whoever knows a userid can so keep its owner from signing in by password. A
// passkey and the sessions that he has are not affected.

// guessLimit says when a subject is locked: at the tries-th failure for the
// first time, for a minute, then twice as long each time.
type guessLimit struct {
	tries int64
	most  time.Duration
}

var (
	nameLimit    = guessLimit{tries: 5, most: time.Hour}
	addressLimit = guessLimit{tries: 50, most: time.Hour}
)

// guessMemory is how long a failure counts.
const guessMemory = 24 * time.Hour

// Locked refuses a sign-in because there were too many wrong ones before it.
type Locked struct{ Wait time.Duration }

func (e *Locked) Error() string { return fmt.Sprintf("locked for another %s", e.Wait) }

// lock returns how long a subject with so many failures is locked.
func (l guessLimit) lock(fails int64) time.Duration {
	if fails < l.tries {
		return 0
	}
	d := time.Minute
	for range min(fails-l.tries, 10) {
		d *= 2
	}
	return min(d, l.most)
}

func nameSubject(corpID string, user id.UserID) string { return "name " + corpID + " " + user.Key() }

// addressSubject is the address, or the network that a provider gives to one
// customer of IPv6.
func addressSubject(corpID string, from netip.Addr) string {
	network := from.Unmap().String()
	if from.Unmap().Is6() {
		if p, err := from.WithZone("").Prefix(64); err == nil {
			network = p.String()
		}
	}
	return "address " + corpID + " " + network
}

// attempt counts a try before it is looked at, so that many at once do not all
// pass before the first has failed. It answers *Locked, or how many are left.
func (s *Service) attempt(ctx context.Context, corpID string, user id.UserID, from netip.Addr) (left int, err error) {
	if len(user) > 64 {
		user = user[:64]
	}
	err = s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		_, wait, err := countGuess(tx, addressSubject(corpID, from), addressLimit)
		if err != nil {
			return err
		}
		if wait > 0 {
			return &Locked{wait}
		}
		n, wait, err := countGuess(tx, nameSubject(corpID, user), nameLimit)
		if err != nil {
			return err
		}
		if wait > 0 {
			return &Locked{wait}
		}
		left = int(max(nameLimit.tries-n, 0))
		return nil
	})
	return left, err
}

// forgive takes back what attempt counted, because the try was right. The name
// begins anew; the address gives back this one try, or else an attacker would
// clear his name by signing in himself.
func (s *Service) forgive(ctx context.Context, corpID string, user id.UserID, from netip.Addr) error {
	return s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		if err := deleteGuesses(tx, nameSubject(corpID, user)); err != nil {
			return err
		}
		return takeBackGuess(tx, addressSubject(corpID, from))
	})
}
