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

// record counts and logs an attempt, and keeps a refusal for the audit.
func (s *Service) record(at Stranger, corpID string, user id.UserID, way Way, o Outcome) {
	a := Attempt{CorpID: corpID, UserID: user, Door: at.Door, Way: way, Address: at.Address.String(), Outcome: o}
	if s.deps.Observe != nil {
		s.deps.Observe(a)
	}
	level := slog.LevelInfo
	if slices.Contains(refusals, o) || o == Failed {
		level = slog.LevelWarn
	}
	name := string(user)
	if name == "" {
		name = "(no such member)"
	}
	s.deps.Log.Log(context.Background(), level, "sign-in", "result", string(o), "door", string(at.Door), "way", string(way),
		"corpid", corpID, "userid", name, "ip", a.Address)
	if slices.Contains(refusals, o) && corpID != "" {
		s.tallies.add(a, s.deps.Store.Now())
	}
}

// talliesMost bounds what is remembered between two sweeps. The rest is counted without name and address, so
// that guessing from everywhere fills neither the memory nor the audit log.
const talliesMost = 200

// tallies are the refusals that have not been reported yet.
type tallies struct {
	mu   sync.Mutex
	list map[Attempt]*Tally
}

func (t *tallies) add(a Attempt, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.list == nil {
		t.list = map[Attempt]*Tally{}
	}
	if t.list[a] == nil && len(t.list) >= talliesMost {
		a.UserID, a.Address = "", ""
	}
	if t.list[a] == nil {
		t.list[a] = &Tally{Attempt: a, First: now}
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
	t.list = nil
	slices.SortFunc(out, func(a, b Tally) int {
		if n := a.First.Compare(b.First); n != 0 {
			return n
		}
		return strings.Compare(a.Address+" "+string(a.UserID), b.Address+" "+string(b.UserID))
	})
	return out
}

// OnRefused registers fn, which is called with the refusals of about a minute, in a transaction of their own.
func (s *Service) OnRefused(fn func(context.Context, *store.Tx, []Tally) error) {
	s.onRefused = append(s.onRefused, fn)
}

// reportRefused reports the refusals since its last call. Those that cannot be stored are in the log.
func (s *Service) reportRefused(ctx context.Context) error {
	list := s.tallies.take()
	if len(list) == 0 || len(s.onRefused) == 0 {
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
		for _, fn := range s.onRefused {
			if err := fn(ctx, tx, known); err != nil {
				return err
			}
		}
		return nil
	})
}
