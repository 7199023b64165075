package login

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Outcome is the outcome of an attempt to begin a session.
type Outcome string

// The outcomes.
const (
	Entered  Outcome = "entered"
	Pending  Outcome = "pending"  // admitted, with the second verification still to come
	Checked  Outcome = "checked"  // the password is right, and nothing more was asked
	Wrong    Outcome = "wrong"    // a wrong password, passkey or invitation
	Held     Outcome = "locked"   // not checked, because of earlier failures
	Expired  Outcome = "expired"  // the invitation has expired, or the credential has just ended
	Disabled Outcome = "disabled" // the member is disabled
	Unproved Outcome = "verify"   // needs the second verification, to which the door cannot lead
	Crowded  Outcome = "crowded"
	Refused  Outcome = "refused" // by the room whose door it is, such as a member who is no admin
	Failed   Outcome = "failed"  // because of a fault of the server
)

// refusals are the outcomes that an enterprise's admins want to know about.
var refusals = []Outcome{Wrong, Held, Expired, Disabled, Unproved, Refused}

// Success reports whether the credential was right and took the member somewhere.
func (o Outcome) Success() bool { return o == Entered || o == Pending || o == Checked }

func outcomeOf(err error, pending bool) Outcome {
	var wrong *WrongSecret
	var locked *Locked
	switch {
	case err == nil && pending:
		return Pending
	case err == nil:
		return Entered
	case errors.As(err, &wrong):
		return Wrong
	case errors.As(err, &locked):
		return Held
	case errors.Is(err, ErrStale), errors.Is(err, errInvitationOver):
		return Expired
	case errors.Is(err, ErrDisabled):
		return Disabled
	case errors.Is(err, ErrVerify):
		return Unproved
	case errors.Is(err, ErrCrowded):
		return Crowded
	case errors.Is(err, store.ErrUnavailable), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return Failed
	}
	return Refused
}

// Attempt is one attempt, or several equal ones.
type Attempt struct {
	CorpID  string
	UserID  id.UserID // empty for a name that no member has: people type passwords there
	Door    Door
	Way     Way
	Address string
	Outcome Outcome
}

// Tally counts equal attempts.
type Tally struct {
	Attempt
	Count       int
	First, Last time.Time
}

func attemptOf(at Stranger, corpID string, user id.UserID, way Way, o Outcome) Attempt {
	return Attempt{CorpID: corpID, UserID: user, Door: at.Door, Way: way, Address: at.Address.String(), Outcome: o}
}

// record counts and logs an attempt. For the audit it keeps a refusal, and a success
// that writes nothing: of one that makes a session OnEntered tells in its transaction.
func (s *Service) record(a Attempt, written bool) {
	o := a.Outcome
	if s.deps.Observe != nil {
		s.deps.Observe(a)
	}
	level := slog.LevelInfo
	if slices.Contains(refusals, o) || o == Failed {
		level = slog.LevelWarn
	}
	name := string(a.UserID)
	if name == "" {
		name = "(no such member)"
	}
	s.deps.Log.Log(context.Background(), level, "sign-in", "result", string(o), "door", string(a.Door), "way", string(a.Way),
		"corpid", a.CorpID, "userid", name, "ip", a.Address)
	if (slices.Contains(refusals, o) || o.Success() && !written) && a.CorpID != "" {
		s.tallies.add(a, s.deps.Store.Now())
	}
}

// Bounds of what is remembered between two sweeps. What does not fit is counted
// without name and address, so that somebody who guesses from everywhere fills neither
// the memory nor the audit. Who succeeds has a password, and there are no more of those
// than members.
const (
	refusalsMost  = 200
	successesMost = 10_000
)

// tallies are the attempts that no one has been told of yet.
type tallies struct {
	mu        sync.Mutex
	list      map[Attempt]*Tally
	successes int
}

func (t *tallies) add(a Attempt, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.list == nil {
		t.list = map[Attempt]*Tally{}
	}
	full := len(t.list)-t.successes >= refusalsMost
	if a.Outcome.Success() {
		full = t.successes >= successesMost
	}
	if t.list[a] == nil && full {
		a.UserID, a.Address = "", ""
	}
	if t.list[a] == nil {
		t.list[a] = &Tally{Attempt: a, First: now}
		if a.Outcome.Success() {
			t.successes++
		}
	}
	t.list[a].Count++
	t.list[a].Last = now
}

// take returns the tallies, oldest first, and forgets them.
func (t *tallies) take() []Tally {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []Tally
	for _, n := range t.list {
		out = append(out, *n)
	}
	t.list, t.successes = nil, 0
	slices.SortFunc(out, func(a, b Tally) int {
		if n := a.First.Compare(b.First); n != 0 {
			return n
		}
		return strings.Compare(a.Address+" "+string(a.UserID), b.Address+" "+string(b.UserID))
	})
	return out
}

// OnEntered has fn called for each session that begins, in the transaction that makes
// it.
func (s *Service) OnEntered(fn func(context.Context, *store.Tx, Attempt) error) {
	s.onEntered = append(s.onEntered, fn)
}

// OnTallied has fn called with the attempts of about a minute that made no session, in
// a transaction of their own: refusals, and passwords that were right where nothing more
// was asked.
func (s *Service) OnTallied(fn func(context.Context, *store.Tx, []Tally) error) {
	s.onTallied = append(s.onTallied, fn)
}

// tellTallied hands on the attempts since it last did. Those that cannot be written
// down are in the log.
func (s *Service) tellTallied(ctx context.Context) error {
	list := s.tallies.take()
	if len(list) == 0 || len(s.onTallied) == 0 {
		return nil
	}
	return s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		var known []Tally
		for _, t := range list {
			if _, found, err := s.corpOf(tx, t.CorpID); err != nil {
				return err
			} else if found {
				known = append(known, t)
			}
		}
		for _, fn := range s.onTallied {
			if err := fn(ctx, tx, known); err != nil {
				return err
			}
		}
		return nil
	})
}
