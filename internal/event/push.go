package event

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/store"
)

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

// Addressed is a Pusher that is told to one application, whatever its kind.
type Addressed interface {
	Pusher
	Receiver() Receiver
}

// Receiver names an application, and the callback where it is not the
// application's own.
type Receiver struct {
	App      int64
	Endpoint Endpoint
}

// Endpoint is a callback that came along with a request, as batch jobs have it
// (doc 90980); without a URL it is none.
type Endpoint struct {
	URL, Token, AESKey string
}

// Push is a message or an event on its way to a receiver.
type Push struct {
	MsgType string // "event" where it is empty
	Event   string // "change_contact"; empty for a message
	From    string // userid of who caused it; "sys" where it is empty
	Fields  Fields // what follows the header

	// Within and Tries are for the few pushes that are not given five seconds and
	// three attempts.
	Within time.Duration
	Tries  int

	// Reply names who is given what the receiver answers, and Ref is given to him
	// with it. Where it is empty the answer is kept with the delivery and that is all.
	Reply, Ref string
}

// XML writes the push as an enterprise's receiver gets it (doc 90967): to is the
// corpid. What XML cannot carry is left out of the texts.
func (p Push) XML(to string, at time.Time) string {
	head := Fields{}
	head.Text("ToUserName", to)
	from := p.From
	if from == "" {
		from = "sys"
	}
	head.Text("FromUserName", from)
	head.Int("CreateTime", at.Unix())
	if p.MsgType != "" {
		head.Text("MsgType", p.MsgType)
	} else {
		head.Text("MsgType", "event")
		head.Text("Event", p.Event)
	}
	var b strings.Builder
	b.Grow(512)
	b.WriteString("<xml>")
	head.write(&b)
	p.Fields.write(&b)
	b.WriteString("</xml>")
	return b.String()
}

// Fields are the elements of a push in their order. Names are WeCom's.
type Fields []field

type field struct {
	name  string
	kind  fieldKind
	text  string
	group Fields
}

type fieldKind int

const (
	bare fieldKind = iota
	cdata
	group
)

// Text adds a text, which is written as CDATA.
func (f *Fields) Text(name, text string) { *f = append(*f, field{name: name, kind: cdata, text: text}) }

// Bare adds a text that the platform writes without CDATA.
func (f *Fields) Bare(name, text string) { *f = append(*f, field{name: name, kind: bare, text: text}) }

// Int adds a number.
func (f *Fields) Int(name string, n int64) { f.Bare(name, strconv.FormatInt(n, 10)) }

// Group adds an element that holds others.
func (f *Fields) Group(name string, inner Fields) {
	*f = append(*f, field{name: name, kind: group, group: inner})
}

// Get returns the text of the first element of the name, empty where there is none.
func (f Fields) Get(name string) string {
	for _, e := range f {
		if e.name == name {
			return e.text
		}
	}
	return ""
}

func (f Fields) write(b *strings.Builder) {
	for _, e := range f {
		b.WriteString("<" + e.name + ">")
		switch e.kind {
		case cdata:
			// "]]>" would end the section; it is cut between two of them.
			b.WriteString("<![CDATA[" + strings.ReplaceAll(carriable(e.text), "]]>", "]]]]><![CDATA[>") + "]]>")
		case bare:
			b.WriteString(escape.Replace(carriable(e.text)))
		case group:
			e.group.write(b)
		}
		b.WriteString("</" + e.name + ">")
	}
}

var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// carriable drops what cannot stand in XML 1.0: control characters, and bytes
// that are not UTF-8. A receiver could not read the whole push otherwise.
func carriable(s string) string {
	for _, r := range s {
		if !inXML(r) || r == '\uFFFD' {
			return strings.Map(func(r rune) rune {
				if !inXML(r) {
					return -1
				}
				return r
			}, strings.ToValidUTF8(s, ""))
		}
	}
	return s
}

func inXML(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' ||
		r >= 0x20 && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= 0x10FFFF
}

// Subscription is a line of the table of subscriptions.
type Subscription struct {
	Event     string
	Doc       int
	Receivers Receivers
}

func (s Subscription) check() error {
	for kind, form := range s.Receivers {
		if form == Nothing {
			return fmt.Errorf("event %q tells nothing to %s; leave it out", s.Event, kind)
		}
	}
	return nil
}
