// Package event records what happened, in the transaction that did it, and knows every push that tells the
// outside of something.
//
// A room declares each kind of event beside its noun and records events with the change. Rooms above may
// react inside the same transaction (On); the room that tells the outside subscribes to the whole log. An
// event is recorded exactly when its change is.
package event

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/store"
)

// Migrations is the room's part of the schema.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Log is the list of declared kinds and of their listeners. It belongs to one server.
type Log struct {
	declared    map[string]*declared
	subscribers []func(context.Context, *store.Tx, Event) error
}

// declared is a kind with the functions for payloads of its type.
type declared struct {
	Declaration
	samples []func() any
	subject func(payload json.RawMessage) string
}

// NewLog returns an empty log.
func NewLog() *Log { return &Log{declared: map[string]*declared{}} }

// Event is something that happened in a corp.
type Event struct {
	*Declaration
	CorpID  string
	At      time.Time
	By      access.Caller
	Payload any // the recorded value, of the type declared for the kind
}

// Subscribe registers fn, which is called for each event of every kind, inside the transaction that causes
// it.
func (l *Log) Subscribe(fn func(context.Context, *store.Tx, Event) error) {
	l.subscribers = append(l.subscribers, fn)
}

// Declarations returns the declared kinds in the order of their names.
func (l *Log) Declarations() []Declaration {
	var out []Declaration
	for _, name := range slices.Sorted(maps.Keys(l.declared)) {
		out = append(out, l.declared[name].Declaration)
	}
	return out
}

// Samples returns payloads of a kind, one for each documented callback that the kind is pushed as. They name
// people and things that need not exist.
func (l *Log) Samples(name string) (out []Event) {
	d := l.declared[name]
	if d == nil {
		return nil
	}
	for _, sample := range d.samples {
		out = append(out, Event{Declaration: &d.Declaration, Payload: sample()})
	}
	return out
}

// Subject returns in a word what a recorded event is about; empty if its kind does not say.
func (l *Log) Subject(name string, payload json.RawMessage) string {
	if d := l.declared[name]; d != nil && d.subject != nil {
		return d.subject(payload)
	}
	return ""
}

// Kind is a declared kind of event whose payload is a T.
type Kind[T any] struct {
	log *Log
	*Declaration
	on    []func(context.Context, *store.Tx, access.Caller, T) error
	reads []func(tx *store.Tx, corpID string) error
}

// Declare adds a kind to the log. samples make sample payloads, at least one if T is pushed. Declaring a name
// twice is a mistake in the program and panics at start.
func Declare[T any](l *Log, d Declaration, samples ...func() T) *Kind[T] {
	if _, ok := l.declared[d.Name]; ok {
		panic(fmt.Sprintf("event %q is declared twice", d.Name))
	}
	var zero T
	_, pushed := any(zero).(Pusher)
	if err := d.check(pushed, len(samples)); err != nil {
		panic(err)
	}
	if pushed && d.Callbacks == nil && d.Envelope == InCorp {
		d.Callbacks = []string{"event/" + d.Name}
	}
	kind := &declared{Declaration: d}
	for _, sample := range samples {
		kind.samples = append(kind.samples, func() any { return sample() })
	}
	if _, ok := any(zero).(Subject); ok {
		kind.subject = func(payload json.RawMessage) string {
			var p T
			if json.Unmarshal(payload, &p) != nil {
				return ""
			}
			return any(p).(Subject).Subject()
		}
	}
	l.declared[d.Name] = kind
	return &Kind[T]{log: l, Declaration: &kind.Declaration}
}

// Subject is a payload that says in a word what it is about, for the audit.
type Subject interface{ Subject() string }

// On registers fn, which is called for each event of the kind, inside the transaction that causes it. An
// error from fn rolls back the whole transaction.
func (k *Kind[T]) On(fn func(ctx context.Context, tx *store.Tx, by access.Caller, payload T) error) {
	k.on = append(k.on, fn)
}

// Reads registers a function that reads what a listener reads first for each event of the kind, whatever its
// payload.
func (k *Kind[T]) Reads(fn func(tx *store.Tx, corpID string) error) { k.reads = append(k.reads, fn) }

// Ahead announces what listeners read once an event of the kind is recorded (store.Tx.Ahead).
func (k *Kind[T]) Ahead(tx *store.Tx, corpID string) {
	for _, read := range k.reads {
		tx.Ahead(func() error { return read(tx, corpID) })
	}
}

// Record stores that the event happened, caused by the caller in the caller's corp, and calls the listeners.
// A kind that is Passing is not stored. Subscribers of the log come first: they see the corp as it was when
// the event happened, and hear of an event before those that follow from it.
func (k *Kind[T]) Record(ctx context.Context, tx *store.Tx, by access.Caller, payload T) error {
	e := Event{Declaration: k.Declaration, CorpID: by.CorpID, At: tx.Now(), By: by, Payload: payload}
	if !k.Passing {
		body, err := json.Marshal(payload)
		if err != nil {
			return fmt.Errorf("event %s: %w", k.Name, err)
		}
		err = tx.Send(`INSERT INTO event (corpid, name, at, by_kind, by_app, by_user, payload) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			by.CorpID, k.Name, tx.Now().UnixMilli(), string(by.Kind), by.App, string(by.UserID), string(body))
		if err != nil {
			return fmt.Errorf("record event %s: %w", k.Name, err)
		}
	}
	for _, fn := range k.log.subscribers {
		if err := fn(ctx, tx, e); err != nil {
			return err
		}
	}
	for _, fn := range k.on {
		if err := fn(ctx, tx, by, payload); err != nil {
			return err
		}
	}
	return nil
}

// pruned is how many events are removed in one transaction.
const pruned = 1000

// Prune removes events that were recorded before a time, the oldest first. No work depends on them: listeners
// heard them in the transaction that recorded them, and pushes to the outside have a queue of their own. Only
// the audit log reads them back. Each portion is a transaction of its own, and a call removes at most 50
// portions, so that a large backlog is removed between other writes.
func Prune(ctx context.Context, st *store.Store, before time.Time) error {
	for range 50 {
		var n int64
		err := st.Write(ctx, func(tx *store.Tx) (err error) {
			// Numbers grow with time, so the oldest are found by the primary key.
			n, err = tx.Exec(`DELETE FROM event WHERE at < ? AND no IN (SELECT no FROM event ORDER BY no LIMIT ?)`, before.UnixMilli(), int64(pruned))
			return err
		})
		if err != nil || n < pruned {
			return err
		}
	}
	return nil
}

// Forget removes the events of a deleted corp.
func Forget(tx *store.Tx, corpID string) error {
	_, err := tx.Exec(`DELETE FROM event WHERE corpid = ?`, corpID)
	return err
}

// Family returns the part of a kind's name before the slash, which stands for a whole family.
func Family(name string) string {
	family, _, _ := strings.Cut(name, "/")
	return family
}
