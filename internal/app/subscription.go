package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/event"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Subscriptions (关注) are members who entered or left the application's visible range: by joining or leaving
// the corp, by being moved, tagged, disabled, or by a change of the range (doc 90240). They are recorded for
// applications that have a callback: one record for all members of a change, one push for each member.
// Members who have not activated their account count (unverified).
type (
	SubscribedEvent   struct{ subscription }
	UnsubscribedEvent struct{ subscription }

	subscription struct {
		App   int64
		Users []id.UserID
	}
)

// Receiver returns the application.
func (s subscription) Receiver() event.Receiver { return event.Receiver{App: s.App} }

// Push writes subscribe.
func (e SubscribedEvent) Push(tx *store.Tx, to event.Audience) ([]event.Push, error) {
	return e.pushes("subscribe", to), nil
}

// Push writes unsubscribe.
func (e UnsubscribedEvent) Push(tx *store.Tx, to event.Audience) ([]event.Push, error) {
	return e.pushes("unsubscribe", to), nil
}

func (s subscription) pushes(name string, to event.Audience) []event.Push {
	out := make([]event.Push, len(s.Users))
	for i, u := range s.Users {
		out[i] = event.Push{Event: name, From: u}
		out[i].Fields.Int("AgentID", to.AgentID)
		if name == "subscribe" {
			out[i].Reply, out[i].Ref = event.ReplyToMember, event.MemberRef(u)
		}
	}
	return out
}

// subscribes reports whether members subscribe to the application. Nobody can follow contact sync and the
// platform's own applications.
func (a App) subscribes() bool {
	return a.Kind == access.SelfBuilt || a.Kind == access.Custom || a.Kind == access.ThirdParty
}

func (a App) listens() int64 {
	if a.CallbackURL != "" {
		return 1
	}
	return 0
}

// Listening returns the corp's applications that have a callback URL, without their secrets.
func (s *Service) Listening(tx *store.Tx, corpID string) ([]App, error) {
	return s.told(tx, corpID, func(t toldApp) bool { return t.listens == 1 })
}

// Commanded returns the applications that suites of commanded kinds have in the corp, without their secrets.
func (s *Service) Commanded(tx *store.Tx, corpID string) ([]App, error) {
	return s.told(tx, corpID, func(t toldApp) bool {
		return t.Kind == access.ThirdParty || t.Kind == access.ThirdPartyContacts || t.Kind == access.ContactsEdit
	})
}

// toldApp is an application that is told of changes, by a callback of its own or by its suite's.
type toldApp struct {
	App
	listens int64
}

// told returns those of the corp's applications. They are read together, because every write of the directory
// asks for both kinds of them, and each question is a way to the database and back.
func (s *Service) told(tx *store.Tx, corpID string, which func(toldApp) bool) ([]App, error) {
	size := func(list []toldApp) int { return 1000 * len(list) }
	list, err := store.RecallTable(tx, "app", "told "+corpID, size, func() ([]toldApp, error) { return selectTold(tx, corpID) })
	if err != nil {
		return nil, err
	}
	var out []App
	for _, t := range list {
		if which(t) {
			out = append(out, t.App)
		}
	}
	return out, nil
}

func selectTold(tx *store.Tx, corpID string) ([]toldApp, error) {
	var out []toldApp
	err := tx.Each(`SELECT no, agentid, kind, settings, listens FROM app
		WHERE corpid = ? AND (listens = 1 OR kind IN ('third_party', 'third_party_contacts', 'contacts_edit')) ORDER BY no`, []any{corpID}, func(rows *store.Rows) error {
		t, settings := toldApp{App: App{CorpID: corpID}}, ""
		if err := rows.Scan(&t.No, &t.AgentID, &t.Kind, &settings, &t.listens); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(settings), &t.Settings); err != nil {
			return fmt.Errorf("application %d: settings: %w", t.No, err)
		}
		out = append(out, t)
		return nil
	})
	return out, err
}

// shifter is a change that knows who enters and leaves a range because of it.
type shifter interface {
	Shift(tx *store.Tx, corpID string, r access.Range) (directory.Shift, error)
}

func (s *Service) watchRanges() {
	d := s.deps.Directory
	for _, kind := range []interface {
		Reads(func(*store.Tx, string) error)
	}{d.MemberCreated, d.MemberUpdated, d.MemberDeleted} {
		kind.Reads(func(tx *store.Tx, corpID string) error { _, err := s.Listening(tx, corpID); return err })
	}
	d.MemberCreated.On(watch[directory.MemberCreatedEvent](s))
	d.MemberUpdated.On(watch[directory.MemberUpdatedEvent](s))
	d.MemberDeleted.On(watch[directory.MemberDeletedEvent](s))
	d.DepartmentUpdated.On(watch[directory.DepartmentUpdatedEvent](s))
	d.TagUpdated.On(watch[directory.TagUpdatedEvent](s))
	d.OnTagDeleted(watch[directory.DeletedTag](s))
}

func watch[T shifter](s *Service) func(context.Context, *store.Tx, access.Caller, T) error {
	return func(ctx context.Context, tx *store.Tx, by access.Caller, change T) error {
		apps, err := s.Listening(tx, by.CorpID)
		if err != nil {
			return err
		}
		for _, a := range apps {
			if !a.subscribes() {
				continue
			}
			shift, err := change.Shift(tx, by.CorpID, a.Range)
			if err == nil {
				err = s.record(ctx, tx, by, a.No, shift)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
}

func (s *Service) record(ctx context.Context, tx *store.Tx, by access.Caller, no int64, shift directory.Shift) error {
	if len(shift.Out) > 0 {
		if err := s.Unsubscribed.Record(ctx, tx, by, UnsubscribedEvent{subscription{no, shift.Out}}); err != nil {
			return err
		}
	}
	if len(shift.In) > 0 {
		return s.Subscribed.Record(ctx, tx, by, SubscribedEvent{subscription{no, shift.In}})
	}
	return nil
}

// rangeReplaced records who enters and leaves when an administrator changes the range of a listening
// application. An application that has just got its callback is told of nobody.
func (s *Service) rangeReplaced(ctx context.Context, tx *store.Tx, a App) error {
	if !a.subscribes() || a.CallbackURL == "" {
		return nil
	}
	old, err := s.AppNo(tx, a.No)
	if errors.Is(err, ErrNotFound) {
		return nil // writing the application reports it
	}
	if err != nil || old.CallbackURL == "" || sameRange(old.Range, a.Range) {
		return err
	}
	shift, err := s.deps.Directory.Shift(tx, a.CorpID, old.Range, a.Range)
	if err != nil {
		return err
	}
	return s.record(ctx, tx, access.System(a.CorpID), a.No, shift)
}

// Followed records that everybody in the range of an application subscribes to it, as they do when a suite is
// installed that has a data URL.
func (s *Service) Followed(ctx context.Context, tx *store.Tx, a App) error {
	if !a.subscribes() || a.CallbackURL == "" {
		return nil
	}
	shift, err := s.deps.Directory.Shift(tx, a.CorpID, access.Range{}, a.Range)
	if err != nil {
		return err
	}
	return s.record(ctx, tx, access.System(a.CorpID), a.No, shift)
}

func sameRange(a, b access.Range) bool {
	return slices.Equal(a.Departments, b.Departments) && slices.Equal(a.Members, b.Members) && slices.Equal(a.Tags, b.Tags)
}
