// Package event records what happened, in the transaction that did it.
//
// A room declares each kind of event beside the noun it speaks of and records
// it with the change. Rooms above may react inside the same transaction (On);
// whoever tells the outside subscribes to the log as a whole. What is recorded
// is there exactly when its change is.
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

// Log is the list of declared kinds and of those who listen. It belongs to one
// server.
type Log struct {
	declared    map[string]Subscription
	subscribers []func(context.Context, *store.Tx, Event) error
}

// NewLog returns an empty log.
func NewLog() *Log { return &Log{declared: map[string]Subscription{}} }

// Event is something that happened in a corp.
type Event struct {
	No        int64 // order of recording
	CorpID    string
	Name      string // "change_contact/create_user"
	Doc       int    // the official page that describes it
	Receivers Receivers
	At        time.Time
	By        access.Caller
	Payload   any // the value recorded, of the type declared for Name
}

// Kind is a declared kind of event whose payload is a T.
type Kind[T any] struct {
	log *Log
	Subscription
	on []func(context.Context, *store.Tx, access.Caller, T) error
}

// Declare adds a kind to the log, and to the table of subscriptions the kinds of
// application that are told of it. An event with an address (Addressed) needs no
// row there. A name is declared once; a second time is a mistake in the program
// and stops it at start.
func Declare[T any](l *Log, name string, doc int, to ...Receivers) *Kind[T] {
	if _, ok := l.declared[name]; ok {
		panic(fmt.Sprintf("event %q is declared twice", name))
	}
	sub := Subscription{Event: name, Doc: doc, Receivers: Receivers{}}
	for _, row := range to {
		maps.Copy(sub.Receivers, row)
	}
	if err := sub.check(); err != nil {
		panic(err)
	}
	l.declared[name] = sub
	return &Kind[T]{log: l, Subscription: sub}
}

// On has fn called for each event of the kind, inside the transaction that
// causes it. An error from fn undoes the whole.
func (k *Kind[T]) On(fn func(ctx context.Context, tx *store.Tx, by access.Caller, payload T) error) {
	k.on = append(k.on, fn)
}

// Subscribe has fn called for each event of every kind, inside the transaction
// that causes it.
func (l *Log) Subscribe(fn func(context.Context, *store.Tx, Event) error) {
	l.subscribers = append(l.subscribers, fn)
}

// Subscriptions returns the declared kinds in the order of their names.
func (l *Log) Subscriptions() []Subscription {
	return slices.SortedFunc(maps.Values(l.declared), func(a, b Subscription) int { return strings.Compare(a.Event, b.Event) })
}

// Record writes down that the event happened, caused by the caller in the
// caller's corp, and lets those who listen react. Who subscribes to the log comes
// first: he sees the corp as it was when it happened, and of an event and those
// that come of it he hears in that order.
func (k *Kind[T]) Record(ctx context.Context, tx *store.Tx, by access.Caller, payload T) error {
	body, err := json.Marshal(payload)
	if err != nil {
		return fmt.Errorf("event %s: %w", k.Event, err)
	}
	no, err := tx.Insert(`INSERT INTO event (corpid, name, at, by_kind, by_app, payload) VALUES (?, ?, ?, ?, ?, ?)`,
		by.CorpID, k.Event, tx.Now().UnixMilli(), string(by.Kind), by.App, string(body))
	if err != nil {
		return fmt.Errorf("record event %s: %w", k.Event, err)
	}
	e := Event{No: no, CorpID: by.CorpID, Name: k.Event, Doc: k.Doc, Receivers: k.Receivers, At: tx.Now(), By: by, Payload: payload}
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

// Forget removes the events of a corp that is removed itself.
func Forget(tx *store.Tx, corpID string) error {
	_, err := tx.Exec(`DELETE FROM event WHERE corpid = ?`, corpID)
	return err
}

// Recorded is an event read back.
type Recorded struct {
	No      int64
	Name    string
	At      time.Time
	ByKind  access.Kind
	ByApp   int64
	Payload json.RawMessage
}

// Since returns up to limit events of the corp after number no, in order.
func Since(tx *store.Tx, corpID string, no int64, limit int) ([]Recorded, error) {
	var out []Recorded
	rows, err := tx.Query(`SELECT no, name, at, by_kind, by_app, payload FROM event WHERE corpid = ? AND no > ? ORDER BY no LIMIT ?`, corpID, no, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var e Recorded
		var at int64
		var payload string
		if err := rows.Scan(&e.No, &e.Name, &at, &e.ByKind, &e.ByApp, &payload); err != nil {
			return nil, err
		}
		e.At, e.Payload = time.UnixMilli(at).UTC(), json.RawMessage(payload)
		out = append(out, e)
	}
	return out, rows.Err()
}

// Filter chooses events of the past. What is zero chooses all.
type Filter struct {
	Name   string // or the part of it before the slash
	ByApp  int64
	Text   string // that occurs in the payload
	Before time.Time
	Limit  int
}

// Past returns events of the corp that were recorded at or before a time, newest
// first.
func Past(tx *store.Tx, corpID string, f Filter) ([]Recorded, error) {
	where, args := `corpid = ?`, []any{corpID}
	and := func(condition string, values ...any) {
		where += ` AND ` + condition
		args = append(args, values...)
	}
	if f.Name != "" {
		and(`(name = ? OR substr(name, 1, ?) = ?)`, f.Name, int64(len(f.Name)+1), f.Name+"/")
	}
	if f.ByApp != 0 {
		and(`by_app = ?`, f.ByApp)
	}
	if f.Text != "" {
		and(`lower(payload)`+store.Like, store.Pattern("", strings.ToLower(f.Text), ""))
	}
	if !f.Before.IsZero() {
		and(`at <= ?`, f.Before.UnixMilli())
	}
	var out []Recorded
	err := tx.Each(`SELECT no, name, at, by_kind, by_app, payload FROM event WHERE `+where+` ORDER BY no DESC LIMIT ?`, append(args, int64(f.Limit)),
		func(rows *store.Rows) error {
			var e Recorded
			var at int64
			var payload string
			err := rows.Scan(&e.No, &e.Name, &at, &e.ByKind, &e.ByApp, &payload)
			e.At, e.Payload = time.UnixMilli(at).UTC(), json.RawMessage(payload)
			out = append(out, e)
			return err
		})
	return out, err
}
