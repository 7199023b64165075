package login

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/seal"
	"qiwei/internal/store"
)

// Guesses at passwords and invitations are counted and locked out, as narrowly as still stops somebody who
// guesses:
//
//	pair     a name from a network: five wrong ones
//	name     from wherever it is not familiar: twenty, so that many networks do not add up
//	network  over all names that are not familiar there: fifty, and ten more for each
//	         member who has signed in rightly from there
//
// A browser with which its member has signed in before is counted separately. A network that is familiar with
// a name is held up neither by guesses at that name elsewhere nor by guesses from there at other names. So a
// person who guesses, in an office behind one address or through one product, locks out only the names
// guessed at, and only there.
//
// A count falls with time, and to zero when the name's owner gets the password right. Locks grow with each
// further try and are the same whether or not the name exists. They are in the database, so that several
// servers count together. Passkeys and sessions are never locked.

// guessLimit says when a subject is locked: at the tries-th failure for the first time, for a minute, then
// twice as long each time, up to most. One failure is forgotten per step.
type guessLimit struct {
	tries int64
	most  time.Duration
	step  time.Duration
}

var (
	pairLimit = guessLimit{tries: 5, most: time.Hour, step: time.Hour}
	nameLimit = guessLimit{tries: 20, most: time.Hour, step: 30 * time.Minute}
	// hotLimit applies to a pair whose network is locked: somebody there tries a few passwords on each name.
	hotLimit = guessLimit{tries: 2, most: time.Hour, step: time.Hour}
)

// networkLimit returns the limit of a network from which that many members have signed in.
func networkLimit(members int64) guessLimit {
	return guessLimit{tries: 50 + 10*min(members, 5000), most: 15 * time.Minute, step: 15 * time.Minute}
}

// furthest is how many failures beyond the first lock are counted. More would only take longer to decay.
const furthest = 10

const (
	// familiarMemory is how long a place stays familiar after the last successful sign-in.
	familiarMemory = 90 * 24 * time.Hour
	// familiarStep is how often that is stored anew.
	familiarStep = 24 * time.Hour
	// familiarMost bounds a member's familiar places.
	familiarMost = 40
	// guessesMost bounds the counts that a sweep leaves. The smallest are deleted first.
	guessesMost = 200_000
)

// Locked refuses a sign-in because there were too many wrong ones before it.
type Locked struct{ Wait time.Duration }

func (e *Locked) Error() string { return fmt.Sprintf("locked for another %s", e.Wait) }

// lock returns how long a subject with that many failures is locked.
func (l guessLimit) lock(fails int64) time.Duration {
	if fails < l.tries {
		return 0
	}
	d := time.Minute
	for range min(fails-l.tries, furthest) {
		d *= 2
	}
	return min(d, l.most)
}

// subject is the digest under which something is counted. Strangers send the hashed text, so it may have any
// length.
func (s *Service) subject(corpID, kind, what string) []byte {
	return s.deps.Box.MAC(seal.Password, "guess\x00"+kind+"\x00"+corpID+"\x00"+what)
}

// networkOf returns the address, or for IPv6 the network that a provider gives to one customer.
func networkOf(from netip.Addr) string {
	from = from.Unmap()
	if from.Is6() {
		if p, err := from.WithZone("").Prefix(64); err == nil {
			return p.String()
		}
	}
	return from.String()
}

// trial is an attempt at a member's secret: what is counted for it.
type trial struct {
	network, pair, name, browser []byte

	knownBrowser, knownNetwork bool // the member has signed in there
}

// trialOf returns what an attempt counts as. member is 0 for a name that nobody has.
func (s *Service) trialOf(tx *store.Tx, corpID string, user id.UserID, member int64, at Stranger) (t trial, err error) {
	name, network := user.Key(), networkOf(at.Address)
	t = trial{
		network: s.subject(corpID, "network", network), pair: s.subject(corpID, "pair", network+"\x00"+name), name: s.subject(corpID, "name", name),
	}
	if at.Browser != "" {
		t.browser = s.subject(corpID, "browser", at.Browser+"\x00"+name)
		if t.knownBrowser, err = familiar(tx, member, t.browser); err != nil {
			return t, err
		}
	}
	t.knownNetwork, err = familiar(tx, member, t.network)
	return t, err
}

// attempt counts a try before it is checked, so that many concurrent ones do not all pass before the first
// has failed. It answers *Locked, or how many are left.
func (s *Service) attempt(ctx context.Context, corpID string, user id.UserID, member int64, at Stranger) (left int, err error) {
	err = s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		t, err := s.trialOf(tx, corpID, user, member, at)
		if err != nil {
			return err
		}
		if t.knownBrowser {
			left, err = countOrLock(tx, t.browser, pairLimit)
			return err
		}
		limit := pairLimit
		if wait, err := lockOf(tx, t.network, networkLimit(0).most); err != nil {
			return err
		} else if wait > 0 && !t.knownNetwork {
			return &Locked{wait}
		} else if wait > 0 {
			limit = hotLimit
		}
		if _, err = countOrLock(tx, t.name, nameLimit); err != nil && !(isLocked(err) && t.knownNetwork) {
			return err
		}
		left, err = countOrLock(tx, t.pair, limit)
		return err
	})
	return left, err
}

func isLocked(err error) bool {
	_, is := err.(*Locked)
	return is
}

// missed counts a wrong try for its network. Counting it only afterwards keeps an office that signs in at
// nine from looking like an attacker.
func (s *Service) missed(ctx context.Context, corpID string, user id.UserID, member int64, at Stranger) error {
	return s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		t, err := s.trialOf(tx, corpID, user, member, at)
		if err != nil || t.knownBrowser {
			return err
		}
		members, err := familiarWith(tx, t.network)
		if err != nil {
			return err
		}
		if _, err = countOrLock(tx, t.network, networkLimit(members)); isLocked(err) {
			return nil
		}
		return err
	})
}

// forgive takes back what attempt counted, because the try was right, and remembers the place. The pair's
// count starts at zero. The name's count gives back only this one try: otherwise somebody in its owner's
// network could clear what was counted elsewhere.
func (s *Service) forgive(ctx context.Context, corpID string, m directory.Member, at Stranger) error {
	return s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		t, err := s.trialOf(tx, corpID, m.UserID, m.No, at)
		if err != nil {
			return err
		}
		if t.knownBrowser {
			err = deleteGuess(tx, t.browser)
		} else if err = deleteGuess(tx, t.pair); err == nil {
			err = takeBackGuess(tx, t.name, nameLimit.step)
		}
		if err != nil {
			return err
		}
		return s.remember(tx, corpID, m, at)
	})
}

// remember makes the place familiar with the member. Each member who signs in from a network takes one
// failure a day off the network's count.
func (s *Service) remember(tx *store.Tx, corpID string, m directory.Member, at Stranger) error {
	t, err := s.trialOf(tx, corpID, m.UserID, m.No, at)
	if err != nil {
		return err
	}
	for _, mark := range [][]byte{t.browser, t.network} {
		if mark == nil {
			continue
		}
		fresh, err := insertFamiliar(tx, m.No, mark)
		if err != nil {
			return err
		}
		if fresh {
			if err := takeBackGuess(tx, mark, networkLimit(0).step); err != nil {
				return err
			}
		}
	}
	return nil
}
