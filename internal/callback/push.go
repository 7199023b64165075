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
	"qiwei/internal/suite"
)

// resolve queues the event's push for each receiver. It runs in the transaction that records the event.
func (s *Service) resolve(ctx context.Context, tx *store.Tx, e event.Event) error {
	pusher, ok := e.Payload.(event.Pusher)
	if !ok {
		return nil
	}
	if one, ok := pusher.(event.Addressed); ok {
		return s.resolveOne(tx, e, one)
	}
	if !e.Broadcast() {
		return nil
	}
	apps, err := s.deps.Apps.Listening(tx, e.CorpID)
	if err != nil {
		return err
	}
	for _, a := range apps {
		// What has a form for suites goes to their command URL, below.
		if a.Kind.Commanded() && len(e.SuiteCallbacks) > 0 || !s.choices().wants(a.CallbackEvents, e.Name) {
			continue
		}
		if err := s.broadcastTo(tx, e, pusher, a, appReceiver(a.CorpID, a.No)); err != nil {
			return err
		}
	}
	if len(e.SuiteCallbacks) == 0 {
		return nil
	}
	suites, err := s.deps.Suites.Commanded(tx, e.CorpID)
	if err != nil {
		return err
	}
	for _, a := range suites {
		if err := s.broadcastTo(tx, e, pusher, a, suiteReceiver(a)); err != nil {
			return err
		}
	}
	return nil
}

// broadcastTo queues an event that every application is told of for one of them. An
// application is not told of its own changes (doc 90970).
func (s *Service) broadcastTo(tx *store.Tx, e event.Event, pusher event.Pusher, a app.App, to Receiver) error {
	form := e.Receivers[a.Kind]
	if form == event.Nothing || (e.By.App != 0 && e.By.App == a.No) {
		return nil
	}
	who, err := s.audience(tx, a, form)
	if err != nil {
		return err
	}
	if to.Book == suite.Book && !e.CorpForm {
		who.Envelope = event.OfSuite
	}
	if e.Only != nil && !e.Only(who.Caller) {
		return nil
	}
	return s.queueFor(tx, to, e.Declaration, pusher, who)
}

// resolveOne queues an event that has an address.
func (s *Service) resolveOne(tx *store.Tx, e event.Event, one event.Addressed) error {
	to := one.Receiver()
	if to.Book != "" {
		return s.queueFor(tx, Receiver{Book: to.Book, Key: to.Key, CorpID: e.CorpID}, e.Declaration, one,
			event.Audience{Form: event.Full, Envelope: e.Envelope})
	}
	a, err := s.deps.Apps.AppNo(tx, to.App)
	if errors.Is(err, app.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	receiver, envelope := appReceiver(a.CorpID, a.No), e.Envelope
	switch {
	case to.Endpoint.URL != "":
		receiver = s.endpointReceiver(a.CorpID, a.No, to.Endpoint)
	case to.Command && a.Kind.Commanded():
		if found, err := s.deps.Suites.Receives(tx, a.Suite); err != nil || !found {
			return err
		}
		if receiver = suiteReceiver(a); !e.CorpForm {
			envelope = event.OfSuite
		}
	case a.CallbackURL == "", !e.Passing && !s.choices().wants(a.CallbackEvents, e.Name):
		return nil
	}
	who, err := s.audience(tx, a, event.Full)
	if err != nil {
		return err
	}
	who.Envelope = envelope
	return s.queueFor(tx, receiver, e.Declaration, one, who)
}

func (s *Service) queueFor(tx *store.Tx, to Receiver, d *event.Declaration, pusher event.Pusher, who event.Audience) error {
	pushes, err := pusher.Push(tx, who)
	if err != nil || len(pushes) == 0 {
		return err
	}
	texts := make([]text, len(pushes))
	for i, p := range pushes {
		if texts[i], err = s.text(tx, to, d, p, who); err != nil {
			return err
		}
	}
	return s.queue(tx, to, texts)
}

// audience returns the application as the caller that it would be at the API.
func (s *Service) audience(tx *store.Tx, a app.App, form event.Form) (event.Audience, error) {
	if form == event.Reduced {
		form = event.IDs
		if a.Legacy {
			form = event.Full
		}
	}
	by, err := s.deps.Apps.Caller(tx, a)
	if err != nil {
		return event.Audience{}, err
	}
	by.Level = access.InRange
	switch a.Kind {
	case access.ContactSync, access.ThirdPartyContacts, access.ContactsEdit:
		by.Level = access.All
	}
	corpID, err := corpOf(tx, by, a.CorpID)
	return event.Audience{Form: form, Caller: by, Corp: corpID}, err
}

// text is the finished content of a push: what goes into the envelope.
type text struct {
	name       string // for people: the event's name
	body       string
	within     time.Duration // the settings' if it is zero
	tries      int           // three if it is zero
	reply, ref string        // as in event.Push
	newest     bool          // as in event.Push
}

// text writes a push for its receiver, with the ids that the receiver knows.
func (s *Service) text(tx *store.Tx, to Receiver, d *event.Declaration, p event.Push, who event.Audience) (text, error) {
	at := s.spacing.next(to.Key, d.Identity, p, tx.Now())
	corpID := to.CorpID
	if who.Corp != "" {
		corpID = who.Corp
	}
	ask := func(ids access.IDs) func([]string) (map[string]string, error) {
		return func(own []string) (map[string]string, error) {
			return ids.Shown(tx, who.CorpID, access.MemberID, own)
		}
	}
	var err error
	if who.IDs != nil {
		if p, err = p.Shown(ask(who.IDs)); err != nil {
			return text{}, err
		}
	}
	if who.Open != nil {
		if p, err = p.Opened(ask(who.Open)); err != nil {
			return text{}, err
		}
	}
	body := p.Body
	if body == "" {
		body = p.XML(who.Envelope, event.Head{To: corpID, Suite: to.Key, At: at})
	}
	return text{name: d.Name, body: body, within: p.Within, tries: p.Tries, reply: p.Reply, ref: p.Ref, newest: p.Newest}, nil
}

// corpOf returns the id by which the receiver knows the corp.
func corpOf(tx *store.Tx, who access.Caller, corpID string) (string, error) {
	if who.IDs == nil {
		return corpID, nil
	}
	known, err := who.IDs.Shown(tx, who.CorpID, access.CorpID, []string{corpID})
	if shown, ok := known[corpID]; ok {
		corpID = shown
	}
	return corpID, err
}

// queueAtOnce is how many rows go into one statement.
const queueAtOnce = 100

// queue appends the texts to what waits for the receiver, and wakes the receiver's queue once they are on
// disk.
func (s *Service) queue(tx *store.Tx, to Receiver, texts []text) error {
	no, err := s.receiverNo(tx, to)
	if err != nil {
		return err
	}
	for _, t := range texts {
		if t.newest {
			if err := giveUp(tx, no, t.name, "a newer one has taken its place"); err != nil {
				return err
			}
		}
	}
	for some := range slices.Chunk(texts, queueAtOnce) {
		var args []any
		for _, t := range some {
			if t.within <= 0 {
				t.within = s.deps.Timeout
			}
			if t.tries <= 0 {
				t.tries = maxTries
			}
			args = append(args, no, t.name, t.body, tx.Now().UnixMilli(), int64(t.tries), t.within.Milliseconds(), t.reply, t.ref)
		}
		if err := tx.Send(`INSERT INTO callback_delivery (receiver, name, body, queued_at, chances, within, reply, ref) VALUES `+
			rowMarks(len(some), 8), args...); err != nil {
			return fmt.Errorf("queue callback: %w", err)
		}
	}
	s.work.Queued(tx, no, len(texts))
	if s.deps.Faults != nil {
		tx.AfterCommit(func() {
			if s.spoils.holds(no) { // one waits for this
				s.work.Wake(no, true)
			}
		})
	}
	return nil
}

// rowMarks returns question marks for n rows of k columns.
func rowMarks(n, k int) string {
	row := "(" + store.Marks(k) + ")"
	return strings.Repeat(row+",", n-1) + row
}
