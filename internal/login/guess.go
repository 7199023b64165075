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

// Guesses at passwords and invitations are counted, and locked out, as narrowly as
// keeps the one who guesses from getting on:
//
//	pair     a name from a network: five wrong ones
//	name     from wherever it is not familiar: twenty, so that many networks do not add up
//	network  over all names that are not familiar there: fifty, and ten more for each
//	         member who has signed in rightly from there
//
// A browser that its member has signed in with before is counted by itself alone, and a
// network that is familiar with a name is held up neither by what others do at that
// name elsewhere nor by what they do from there at other names. So one who guesses,
// in an office behind one address or through one product, locks out those whose names
// are guessed at, where they are guessed at, and nobody else.
//
// A count falls with time, and to nothing when the name's owner is right. Locks grow
// with each further try, are the same whether or not the name exists, and lie in the
// database, so that several servers count together. Passkeys and sessions know no lock.

// guessLimit says when a subject is locked: at the tries-th failure for the first
// time, for a minute, then twice as long each time, up to most. One failure is
// forgotten in each step.
type guessLimit struct {
	tries int64
	most  time.Duration
	step  time.Duration
}

var (
	pairLimit = guessLimit{tries: 5, most: time.Hour, step: time.Hour}
	nameLimit = guessLimit{tries: 20, most: time.Hour, step: 30 * time.Minute}
	// hotLimit is of a pair whose network is locked for others: somebody there tries a
	// few passwords on each name.
	hotLimit = guessLimit{tries: 2, most: time.Hour, step: time.Hour}
)

// networkLimit is that of a network from which so many members have signed in.
func networkLimit(members int64) guessLimit {
	return guessLimit{tries: 50 + 10*min(members, 5000), most: 15 * time.Minute, step: 15 * time.Minute}
}

// furthest is how many failures beyond the first lock are counted: more would only
// take longer to decay.
const furthest = 10

const (
	// familiarMemory is how long a place is familiar after the last right sign-in.
	familiarMemory = 90 * 24 * time.Hour
	// familiarStep is how often that is written down anew.
	familiarStep = 24 * time.Hour
	// familiarMost bounds the places of one member.
	familiarMost = 40
	// guessesMost bounds the counts that a sweep leaves; the smallest go first.
	guessesMost = 200_000
)

// Locked refuses a sign-in because there were too many wrong ones before it.
type Locked struct{ Wait time.Duration }

func (e *Locked) Error() string { return fmt.Sprintf("locked for another %s", e.Wait) }

// lock returns how long a subject with so many failures is locked.
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

// subject is the digest under which something is counted. What is hashed may be of any
// length: it comes from strangers.
func (s *Service) subject(corpID, kind, what string) []byte {
	return s.deps.Box.MAC(seal.Password, "guess\x00"+kind+"\x00"+corpID+"\x00"+what)
}

// networkOf is an address, or the network that a provider gives to one customer of
// IPv6.
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

// attempt counts a try before it is looked at, so that many at once do not all pass
// before the first has failed. It answers *Locked, or how many are left.
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

// missed counts a try that was wrong for its network. Counting it only now keeps a
// whole office that signs in at nine from looking like one who guesses.
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

// forgive takes back what attempt counted, because the try was right, and remembers
// the place. The pair begins anew; the name gives back this one try alone, or else
// whoever shares its owner's network would clear what was counted elsewhere.
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

// remember makes the place familiar with the member. Each member who comes from a
// network takes one failure a day off its count.
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
