package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"qiwei/internal/corp"
	"qiwei/internal/door"
	"qiwei/internal/event"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Activity is what the platform makes of how much an application is used.
type Activity string

// The states. Where the thresholds lie is unpublished: a script says what the platform finds.
const (
	Active    Activity = ""
	LowActive Activity = "low"    // it may not read customers (48011)
	Closed    Activity = "closed" // it may call nothing (48006) until an administrator opens it again
)

// effective is how long after an alert what it warns of happens, unless a script says it (unverified).
const effective = 7 * 24 * time.Hour

// activityChanges are the events of an application's activity (doc 90240), with the state that each brings
// and the one that it needs.
var activityChanges = []struct {
	name        string
	from, to    Activity
	alert, open bool
}{
	{"inactive_alert", Active, Active, true, false},
	{"close_inactive_agent", Active, Closed, false, false},
	{"reopen_inactive_agent", Closed, Active, false, true},
	{"low_active_alert", Active, Active, true, false},
	{"low_active", Active, LowActive, false, false},
	{"active_restored", LowActive, Active, false, false},
}

// ActivityEvent tells an application what the platform makes of its activity (doc 90240).
type ActivityEvent struct {
	App    int64
	Change string
	By     id.UserID `json:",omitempty"` // who has opened it again
	Effect int64     `json:",omitempty"` // Unix seconds, of an alert
}

// Receiver returns the application.
func (e ActivityEvent) Receiver() event.Receiver { return event.Receiver{App: e.App} }

// Push writes the event. It is the platform's, but for the one that a person causes.
func (e ActivityEvent) Push(_ *store.Tx, to event.Audience) ([]event.Push, error) {
	p := event.Push{Event: e.Change, From: e.By}
	p.Fields.Int("AgentID", to.AgentID)
	if e.Effect != 0 {
		p.Fields.Int("EffectTime", e.Effect)
	}
	return []event.Push{p}, nil
}

func declareActivity(l *event.Log) map[string]*event.Kind[ActivityEvent] {
	out := map[string]*event.Kind[ActivityEvent]{}
	for _, c := range activityChanges {
		sample := ActivityEvent{Change: c.name}
		if c.alert {
			sample.Effect = 1764518400
		}
		if c.open {
			sample.By = "zhangsan"
		}
		out[c.name] = event.Declare(l, event.Declaration{Name: c.name, Doc: 90240}, func() ActivityEvent { return sample })
	}
	return out
}

// ActivityChange is a change of an application's activity, by the name of its event.
type ActivityChange struct {
	Change string
	By     id.UserID // who opens it again
	Effect time.Time // of an alert
}

// ChangeActivity changes what the platform makes of an application's activity, and tells the application. It
// answers 40058 for a change that the present state does not allow. Doc 90240.
func (s *Service) ChangeActivity(ctx context.Context, tx *store.Tx, a App, change ActivityChange) error {
	for _, c := range activityChanges {
		if c.name != change.Change {
			continue
		}
		if a.Activity != c.from {
			return wire.ErrParameter.With("change: the application is not %q", c.from)
		}
		e := ActivityEvent{App: a.No, Change: c.name}
		switch {
		case c.open && change.By == "":
			return wire.ErrParameter.With("userid: the administrator who opens the application expected")
		case c.open:
			e.By = change.By
		case c.alert && change.Effect.IsZero():
			change.Effect = tx.Now().Add(effective)
			fallthrough
		case c.alert:
			e.Effect = change.Effect.Unix()
		}
		by, err := s.Caller(tx, a)
		if err != nil {
			return err
		}
		if err := s.activity[c.name].Record(ctx, tx, by, e); err != nil {
			return err
		}
		if a.Activity = c.to; c.from == c.to {
			return nil
		}
		return s.UpdateApp(ctx, tx, a)
	}
	return wire.ErrParameter.With("change: one of the events of an application's activity expected, such as close_inactive_agent")
}

// activityScript is what the platform finds, or an administrator who opens an application again.
type activityScript struct {
	CorpID  string    `json:"corpid"`
	AgentID int64     `json:"agentid"`
	Change  string    `json:"change"`
	UserID  id.UserID `json:"userid"`
	Effect  int64     `json:"effect_time"` // Unix seconds; in seven days if it is left out
}

type activityAnswer struct {
	Activity Activity `json:"activity"`
}

// Scripts returns what stands in dev for the platform, which judges how much applications are used, and for
// administrators.
func (s *Service) Scripts(st *store.Store, log *slog.Logger) []door.Route {
	return []door.Route{s.allowScript(st, log), door.Script("POST /_qiwei/apps/activity", log, func(ctx context.Context, req activityScript) (answer activityAnswer, err error) {
		change := ActivityChange{Change: req.Change, By: req.UserID}
		if req.Effect != 0 {
			change.Effect = time.Unix(req.Effect, 0)
		}
		err = st.Write(ctx, func(tx *store.Tx) error {
			a, err := s.scripted(tx, req.CorpID, req.AgentID)
			if err != nil {
				return err
			}
			if err := s.ChangeActivity(ctx, tx, a, change); err != nil {
				return err
			}
			a, err = s.AppNo(tx, a.No)
			answer.Activity = a.Activity
			return err
		})
		return answer, err
	})}
}

// scripted returns the application that a script names, or says plainly what is not there.
func (s *Service) scripted(tx *store.Tx, corpID string, agentID int64) (App, error) {
	if _, err := s.deps.Corps.Corp(tx, corpID); errors.Is(err, corp.ErrNotFound) {
		return App{}, door.Missing(fmt.Sprintf("corpid: there is no enterprise %q", corpID))
	} else if err != nil {
		return App{}, err
	}
	a, err := s.App(tx, corpID, agentID)
	if errors.Is(err, ErrNotFound) {
		err = door.Missing(fmt.Sprintf("agentid: there is no application %d", agentID))
	}
	return a, err
}
