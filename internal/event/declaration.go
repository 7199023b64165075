package event

import (
	"fmt"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/store"
)

// Declaration is what is known of a kind of event beside its payload. Who may
// choose it, who is told, what a test of a callback sends, and how two pushes are
// kept apart follow from it.
type Declaration struct {
	// Name is what applications choose it by: "change_contact/create_user".
	Name string
	Doc  int // the official page that describes it
	// Callbacks are the documented callbacks that it is pushed as, by the names of
	// the pages' elements; "event/" and Name where it is nil and the envelope a corp's.
	Callbacks []string
	// Passing marks what is pushed and not recorded: it changes nothing that
	// anybody looks up later.
	Passing  bool
	Envelope Envelope
	// Receivers are the kinds of application that are told of every event of the
	// kind in their corp, and Only those of them that are; nil is all. An event
	// with an address (Addressed) needs neither.
	Receivers Receivers
	Only      func(access.Caller) bool
	// Identity are the elements by which, beside the event and its sender, a
	// receiver that drops repetitions tells two pushes from each other.
	Identity []string
}

func (d Declaration) check(pushed bool, samples int) error {
	for kind, form := range d.Receivers {
		if form == Nothing {
			return fmt.Errorf("event %q tells nothing to %s; leave it out", d.Name, kind)
		}
	}
	switch {
	case d.Name == "" || d.Doc == 0:
		return fmt.Errorf("event %q, page %d: a name and the page's number are needed", d.Name, d.Doc)
	case pushed && samples == 0:
		return fmt.Errorf("event %q is pushed and has no sample", d.Name)
	case d.Callbacks != nil && len(d.Callbacks) != samples:
		return fmt.Errorf("event %q has %d callbacks and %d samples", d.Name, len(d.Callbacks), samples)
	}
	return nil
}

// Broadcast reports whether the kind is told to whoever in the corp has chosen it.
func (d Declaration) Broadcast() bool { return len(d.Receivers) > 0 }

// Envelope says in what a push of the kind travels.
type Envelope int

// The envelopes.
const (
	InCorp     Envelope = iota // XML of a corp's application (doc 90967)
	OfSuite                    // XML of a provider's suite, by InfoType (doc 90613)
	OfProvider                 // XML of a provider, for what belongs to no suite (doc 90585)
	OfRobot                    // JSON of an intelligent robot (doc 101033)
)

func (e Envelope) String() string { return [...]string{"corp", "suite", "provider", "robot"}[e] }

// Form says how much of an event a receiver is told.
type Form int

// The forms. Which kind of application is told of an event in which form is the
// event's row in the table of subscriptions, see Receivers.
const (
	Nothing Form = iota
	Full         // all fields
	IDs          // identifiers alone, and only where one changed
	// Reduced is IDs for a callback that was set up after 2022-08-15, and Full for
	// an older one, which a legacy application has (doc 96079).
	Reduced
	Visible // what is in the application's range, and of it the fields that it may read
)

func (f Form) String() string {
	return [...]string{"-", "full", "ids", "reduced", "visible"}[f]
}

// Receivers is an event's row in the table of subscriptions: the kinds of
// application that are told of every event of the kind in their corp, and how.
// A change that an application made itself is not told to it (doc 90970).
type Receivers map[access.Kind]Form

// Audience is one receiver of an event: an application as it would call the API,
// and the form that it is told in, which is never Reduced.
type Audience struct {
	access.Caller
	Form Form
}

// Pusher is a payload that is told to applications. Push returns what it tells to
// one of them; nothing where it is none of its business. It runs in the
// transaction that records the event, before any room has reacted to it.
type Pusher interface {
	Push(tx *store.Tx, to Audience) ([]Push, error)
}

// Addressed is a Pusher that is told to one receiver, whatever its kind.
type Addressed interface {
	Pusher
	Receiver() Receiver
}

// Receiver names who is told: an application, the callback that came along with a
// request of it, or what another room keeps in its book.
type Receiver struct {
	App      int64
	Endpoint Endpoint
	// Book and Key name a receiver of another room, see package callback.
	Book, Key string
}

// Endpoint is a callback that came along with a request, as batch jobs have it
// (doc 90980); without a URL it is none.
type Endpoint struct {
	URL, Token, AESKey string
}

// Letter is the payload of kinds that tell one receiver something that the room
// has written out already.
type Letter struct {
	To   Receiver `json:"-"`
	What Push     `json:"-"`
}

// Receiver returns who is told.
func (l Letter) Receiver() Receiver { return l.To }

// Push returns what was written.
func (l Letter) Push(*store.Tx, Audience) ([]Push, error) { return []Push{l.What}, nil }

// Head is what stands before the elements of a push.
type Head struct {
	To    string // ToUserName: the corpid, or the suite's id
	Suite string // SuiteId, or the provider's corpid as ServiceCorpId
	At    time.Time
}
