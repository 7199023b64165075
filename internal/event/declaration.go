package event

import (
	"fmt"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/store"
)

// Declaration describes a kind of event besides its payload. It decides who may choose the kind, who is told,
// what a test of a callback sends, and how two pushes are distinguished.
type Declaration struct {
	// Name is the name by which applications choose it: "change_contact/create_user".
	Name string
	Doc  int // the official page that describes it
	// Callbacks are the documented callbacks that it is pushed as, by the names of the pages' elements; if it
	// is nil and the envelope is a corp's, "event/" and Name.
	Callbacks []string
	// SuiteCallbacks are those of an event of a corp that is told to suites as well, in their envelope: of one
	// with Receivers, to the suites installed there whose kind is among these; of one with an address, where
	// the address says so.
	SuiteCallbacks []string
	// CorpForm has suites told in the envelope of a corp's application, though at their command URLs, as the
	// platform does with approvals (doc 92633).
	CorpForm bool
	// Passing marks an event that is pushed but not recorded, because it changes nothing that anybody looks
	// up later.
	Passing  bool
	Envelope Envelope
	// Receivers are the kinds of application that are told of every event of the kind in their corp. Only
	// selects which of those applications; nil selects all. An event with an address (Addressed) needs
	// neither.
	Receivers Receivers
	Only      func(access.Caller) bool
	// Identity are the elements, besides the event and its sender, by which a receiver that drops repetitions
	// distinguishes two pushes.
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

// Broadcast reports whether every application of the corp that has chosen the kind is told.
func (d Declaration) Broadcast() bool { return len(d.Receivers) > 0 }

// Envelope is the form in which a push of the kind travels.
type Envelope int

// The envelopes.
const (
	InCorp     Envelope = iota // XML of a corp's application (doc 90967)
	OfSuite                    // XML of a provider's suite, by InfoType (doc 90613)
	OfProvider                 // XML of a provider, for what belongs to no suite (doc 90585)
	OfRobot                    // JSON of an intelligent robot (doc 101033)
	OfModel                    // JSON of a model of smart hardware (doc 96062)
	OfDevice                   // XML of a suite in a corp, about a device there (doc 97214)
)

func (e Envelope) String() string {
	return [...]string{"corp", "suite", "provider", "robot", "model", "device"}[e]
}

// Form says how much of an event a receiver is told.
type Form int

// The forms. The event's row in the table of subscriptions says which kind of application gets which form;
// see Receivers.
const (
	Nothing Form = iota
	Full         // all fields
	IDs          // identifiers only, and only if one of them changed
	// Reduced is IDs for a callback set up after 2022-08-15, and Full for the older one of a legacy
	// application (doc 96079).
	Reduced
	Visible // what is in the application's range, with the fields that it may read
)

func (f Form) String() string {
	return [...]string{"-", "full", "ids", "reduced", "visible"}[f]
}

// Receivers is an event's row in the table of subscriptions: the kinds of application that are told of every
// event of the kind in their corp, and how. An application is not told of changes that it made itself (doc
// 90970).
type Receivers map[access.Kind]Form

// Audience is one receiver of an event: an application as a caller of the API, and the form that it gets,
// which is never Reduced.
type Audience struct {
	access.Caller
	Form Form
	// Envelope is the one that the push travels in, and Corp the corp as the receiver knows it.
	Envelope Envelope
	Corp     string
}

// Pusher is a payload that is pushed to applications. Push returns what one of them is told; nothing if the
// event does not concern it. It runs in the transaction that records the event, before any room has reacted
// to it.
type Pusher interface {
	Push(tx *store.Tx, to Audience) ([]Push, error)
}

// Addressed is a Pusher for one receiver, whatever the receiver's kind.
type Addressed interface {
	Pusher
	Receiver() Receiver
}

// Receiver names who is told: an application, a callback given in one of its requests, or a receiver in
// another room's book.
type Receiver struct {
	App      int64
	Endpoint Endpoint
	// Command sends what App is told to the command URL of its suite, in the suite's envelope, if it is an
	// application that a suite has brought.
	Command bool
	// Book and Key name a receiver of another room, see package callback.
	Book, Key string
}

// Endpoint is a callback given in a request, as for batch jobs (doc 90980). Without a URL there is none.
type Endpoint struct {
	URL, Token, AESKey string
}

// Letter is the payload of kinds that tell one receiver something that the room has already written out.
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
