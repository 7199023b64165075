package callback

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/event"
	"qiwei/internal/store"
)

// resolve queues what the event tells to each receiver. It runs in the
// transaction that records the event.
func (s *Service) resolve(ctx context.Context, tx *store.Tx, e event.Event) error {
	pusher, ok := e.Payload.(event.Pusher)
	if !ok {
		return nil
	}
	if one, ok := pusher.(event.Addressed); ok {
		return s.resolveOne(tx, e, one)
	}
	if len(e.Receivers) == 0 {
		return nil
	}
	apps, err := s.deps.Apps.Listening(tx, e.CorpID)
	if err != nil {
		return err
	}
	for _, a := range apps {
		form := e.Receivers[a.Kind]
		echo := e.By.App != 0 && e.By.App == a.No // its own change (doc 90970)
		if form == event.Nothing || echo || !wants(a, e.Name) {
			continue
		}
		if err := s.tell(tx, a, appReceiver(a.CorpID, a.No), e.Name, pusher, audience(a, form)); err != nil {
			return err
		}
	}
	return nil
}

// resolveOne queues an event that has an address.
func (s *Service) resolveOne(tx *store.Tx, e event.Event, one event.Addressed) error {
	to := one.Receiver()
	a, err := s.deps.Apps.AppNo(tx, to.App)
	if errors.Is(err, app.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	receiver := appReceiver(a.CorpID, a.No)
	switch {
	case to.Endpoint.URL != "":
		receiver = s.endpointReceiver(a.CorpID, a.No, to.Endpoint)
	case a.CallbackURL == "" || !wants(a, e.Name):
		return nil
	}
	return s.tell(tx, a, receiver, e.Name, one, audience(a, event.Full))
}

func (s *Service) tell(tx *store.Tx, a app.App, to Receiver, name string, pusher event.Pusher, who event.Audience) error {
	pushes, err := pusher.Push(tx, who)
	if err != nil || len(pushes) == 0 {
		return err
	}
	texts := make([]Text, len(pushes))
	for i, p := range pushes {
		texts[i] = s.text(tx, to, name, p)
	}
	return s.queue(tx, to, texts)
}

// wants reports whether the application has ticked the event, by its name or its
// family; without a choice it has them all.
func wants(a app.App, name string) bool {
	family, _, _ := strings.Cut(name, "/")
	return len(a.CallbackEvents) == 0 || slices.Contains(a.CallbackEvents, name) || slices.Contains(a.CallbackEvents, family)
}

// audience is the application as it would call the API.
func audience(a app.App, form event.Form) event.Audience {
	if form == event.Reduced {
		form = event.IDs
		if a.Legacy {
			form = event.Full
		}
	}
	level := access.InRange
	if a.Kind == access.ContactSync {
		level = access.All
	}
	return event.Audience{Form: form, Caller: access.Caller{
		CorpID: a.CorpID, App: a.No, AgentID: a.AgentID, Kind: a.Kind, Range: a.Range, Legacy: a.Legacy, Disabled: a.Disabled, Level: level,
	}}
}

// Push queues a message or an event for the application's callback. It answers
// ErrNoCallback where there is none, and queues nothing where the application has
// not ticked the event.
func (s *Service) Push(ctx context.Context, tx *store.Tx, no int64, p event.Push) error {
	a, err := s.deps.Apps.AppNo(tx, no)
	if err != nil {
		return err
	}
	if a.CallbackURL == "" {
		return ErrNoCallback.With("application %d", a.AgentID)
	}
	name := p.Event
	if name == "" {
		name = "message"
	}
	if !wants(a, name) {
		return nil
	}
	to := appReceiver(a.CorpID, a.No)
	return s.queue(tx, to, []Text{s.text(tx, to, name, p)})
}

// Text is a push that is written out: what is in the envelope.
type Text struct {
	Name       string // for people: what it tells
	Body       string
	Within     time.Duration // the settings' where it is zero
	Tries      int           // three where it is zero
	Reply, Ref string        // as in event.Push
}

// PushText queues a text for a receiver of any book: one in the form of a third
// party's application (doc 90613), or a robot's JSON (doc 101033).
func (s *Service) PushText(ctx context.Context, tx *store.Tx, to Receiver, t Text) error {
	return s.queue(tx, to, []Text{t})
}

func (s *Service) text(tx *store.Tx, to Receiver, name string, p event.Push) Text {
	at := s.spacing.next(to.Key, p, tx.Now())
	return Text{Name: name, Body: p.XML(to.CorpID, at), Within: p.Within, Tries: p.Tries, Reply: p.Reply, Ref: p.Ref}
}

// queueAtOnce is how many rows go into one statement.
const queueAtOnce = 100

// queue writes the texts behind what the receiver is still to be told, and wakes
// the dispatcher once they are on disk.
func (s *Service) queue(tx *store.Tx, to Receiver, texts []Text) error {
	no, err := s.receiverNo(tx, to)
	if err != nil {
		return err
	}
	for some := range slices.Chunk(texts, queueAtOnce) {
		var args []any
		for _, t := range some {
			if t.Within <= 0 {
				t.Within = s.deps.Timeout
			}
			if t.Tries <= 0 {
				t.Tries = maxTries
			}
			args = append(args, no, t.Name, t.Body, tx.Now().UnixMilli(), int64(t.Tries), t.Within.Milliseconds(), t.Reply, t.Ref)
		}
		if _, err := tx.Exec(`INSERT INTO callback_delivery (receiver, name, body, queued_at, chances, within, reply, ref) VALUES `+
			rowMarks(len(some), 8), args...); err != nil {
			return fmt.Errorf("queue callback: %w", err)
		}
	}
	tx.AfterCommit(func() { s.wake(no, false) })
	return nil
}

// rowMarks returns question marks for n rows of k columns.
func rowMarks(n, k int) string {
	row := "(" + store.Marks(k) + ")"
	return strings.Repeat(row+",", n-1) + row
}
