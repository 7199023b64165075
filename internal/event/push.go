package event

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"qiwei/internal/id"
)

// Push is a message or an event on its way to a receiver.
type Push struct {
	MsgType string    // "event" if it is empty
	Event   string    // "change_contact"; empty for a message
	From    id.UserID // of who caused it; "sys" where it is empty
	NoFrom  bool      // it is one of the few without FromUserName
	Nobody  bool      // FromUserName is empty: somebody who is no member caused it
	Sender  Fields    // what stands between FromUserName and CreateTime in a corp's envelope
	Fields  Fields    // what follows the header
	Lead    Fields    // what stands before InfoType in a suite's envelope, and before Event in a corp's
	// Body is the whole text where the room writes it itself, as for a robot.
	Body string

	// Within and Tries are for the few pushes that do not get five seconds and three attempts.
	Within time.Duration
	Tries  int

	// Newest gives up what waits for the receiver under the same name: this push makes it worthless.
	Newest bool

	// Reply names the taker of the receiver's answer, who gets Ref with it. If it is empty, the answer is
	// only kept with the delivery.
	Reply, Ref string
}

// ReplyToMember is the Reply of a push whose answer goes to the member who caused
// it, named by MemberRef (doc 90241).
const ReplyToMember = "message"

const memberRef = "user "

// MemberRef names a member in a push's Ref.
func MemberRef(user id.UserID) string { return memberRef + string(user) }

// ParseMemberRef reads what MemberRef wrote; ok is false for any other Ref.
func ParseMemberRef(ref string) (user id.UserID, ok bool) {
	text, ok := strings.CutPrefix(ref, memberRef)
	return id.UserID(text), ok
}

// XML writes the push in its envelope: for an enterprise's receiver (doc 90967) or a suite's (doc 90613).
// Characters that XML cannot carry are left out of the texts.
func (p Push) XML(e Envelope, h Head) string {
	head := Fields{}
	if p.Fields.has(timeStamp) {
		p.Fields = p.Fields.clone()
	}
	if e == OfSuite || e == OfProvider {
		head.Text(map[Envelope]string{OfSuite: "SuiteId", OfProvider: "ServiceCorpId"}[e], h.Suite)
		head = append(head, p.Lead...)
		head.Text("InfoType", p.Event)
		if !p.Fields.stamp(h.At) {
			head.Int("TimeStamp", h.At.Unix())
		}
	} else {
		head.Text("ToUserName", h.To)
		if !p.NoFrom {
			head.Text("FromUserName", p.sender())
		}
		if e == InCorp {
			head = append(head, p.Sender...)
		}
		if e == OfDevice {
			head.Text("MsgType", "event")
			head.Text("Event", p.Event)
			head.Int("TimeStamp", h.At.Unix())
			return document(head, p.Fields)
		}
		head.Int("CreateTime", h.At.Unix())
		if p.MsgType != "" {
			head.Text("MsgType", p.MsgType)
		} else {
			head.Text("MsgType", "event")
			if e == InCorp {
				head = append(head, p.Lead...)
			}
			head.Text("Event", p.Event)
		}
	}
	return document(head, p.Fields)
}

func document(head, fields Fields) string {
	var b strings.Builder
	b.Grow(512)
	b.WriteString("<xml>")
	head.write(&b)
	fields.write(&b)
	b.WriteString("</xml>")
	return b.String()
}

func (p Push) sender() string {
	if p.From == "" && !p.Nobody {
		return "sys"
	}
	return string(p.From)
}

// Shown returns the push with its members named as ask says. ask gets their userids and returns the ids by
// which the receiver knows them.
func (p Push) Shown(ask func(own []string) (map[string]string, error)) (Push, error) {
	return p.named(false, ask)
}

// Opened returns the push with the members of OpenUser named as ask says.
func (p Push) Opened(ask func(own []string) (map[string]string, error)) (Push, error) {
	return p.named(true, ask)
}

func (p Push) named(open bool, ask func(own []string) (map[string]string, error)) (Push, error) {
	own := []string{}
	if p.From != "" && !open {
		own = append(own, string(p.From))
	}
	p.Sender.eachUser(open, func(u *string) { own = append(own, strings.Split(*u, ",")...) })
	p.Fields.eachUser(open, func(u *string) { own = append(own, strings.Split(*u, ",")...) })
	if len(own) == 0 {
		return p, nil
	}
	known, err := ask(own)
	if err != nil {
		return p, err
	}
	name := func(list string) string {
		parts := strings.Split(list, ",")
		for i, u := range parts {
			if to, ok := known[u]; ok {
				parts[i] = to
			}
		}
		return strings.Join(parts, ",")
	}
	if !open {
		p.From = id.UserID(name(string(p.From)))
	}
	p.Fields, p.Sender = p.Fields.clone(), p.Sender.clone()
	p.Fields.eachUser(open, func(u *string) { *u = name(*u) })
	p.Sender.eachUser(open, func(u *string) { *u = name(*u) })
	return p, nil
}

// Fields are the elements of a push in their order. The names are WeCom's.
type Fields []field

type field struct {
	name  string
	kind  fieldKind
	text  string
	group Fields
	user  bool // text is a userid, or several separated by commas
	open  bool // it is always written by the provider's id
}

type fieldKind int

const (
	bare fieldKind = iota
	cdata
	group
)

// Text adds a text, which is written as CDATA.
func (f *Fields) Text(name, text string) { *f = append(*f, field{name: name, kind: cdata, text: text}) }

// User adds a member's userid, which is translated into the id of each receiver's view.
func (f *Fields) User(name string, user id.UserID) {
	*f = append(*f, field{name: name, kind: cdata, text: string(user), user: true})
}

// Users adds the userids of members, separated by commas.
func (f *Fields) Users(name string, users []id.UserID) {
	texts := make([]string, len(users))
	for i, u := range users {
		texts[i] = string(u)
	}
	*f = append(*f, field{name: name, kind: cdata, text: strings.Join(texts, ","), user: true})
}

// Stamp puts TimeStamp here, in a suite's or a provider's envelope, instead of behind
// InfoType.
func (f *Fields) Stamp() { f.Bare(timeStamp, "") }

const timeStamp = "TimeStamp"

func (f Fields) has(name string) bool {
	return slices.ContainsFunc(f, func(e field) bool { return e.name == name })
}

// stamp writes the time where Stamp was called, and reports whether it was.
func (f Fields) stamp(at time.Time) bool {
	f.Set(timeStamp, strconv.FormatInt(at.Unix(), 10))
	return f.has(timeStamp)
}

// OpenUser adds the id by which the receiver's provider knows the member, even where the receiver is shown the
// corp's own ids. It is left out for a receiver without a provider.
func (f *Fields) OpenUser(name string, user id.UserID) {
	*f = append(*f, field{name: name, kind: cdata, text: string(user), user: true, open: true})
}

// Bare adds a text that the platform writes without CDATA.
func (f *Fields) Bare(name, text string) { *f = append(*f, field{name: name, kind: bare, text: text}) }

// BareUser adds a member's userid without CDATA, which is translated as that of User.
func (f *Fields) BareUser(name string, user id.UserID) {
	*f = append(*f, field{name: name, kind: bare, text: string(user), user: true})
}

// Int adds a number.
func (f *Fields) Int(name string, n int64) { f.Bare(name, strconv.FormatInt(n, 10)) }

// Group adds an element that holds others.
func (f *Fields) Group(name string, inner Fields) {
	*f = append(*f, field{name: name, kind: group, group: inner})
}

// Get returns the text of the first element of the name, empty if there is none.
func (f Fields) Get(name string) string {
	for _, e := range f {
		if e.name == name {
			return e.text
		}
	}
	return ""
}

// Set replaces the text of the element of the name, if there is one.
func (f Fields) Set(name, text string) {
	for i := range f {
		if f[i].name == name {
			f[i].text = text
		}
	}
}

func (f Fields) eachUser(open bool, fn func(*string)) {
	for i := range f {
		if f[i].user && f[i].open == open {
			fn(&f[i].text)
		}
		f[i].group.eachUser(open, fn)
	}
}

func (f Fields) clone() Fields {
	out := slices.Clone(f)
	for i := range out {
		out[i].group = out[i].group.clone()
	}
	return out
}

func (f Fields) write(b *strings.Builder) {
	for _, e := range f {
		b.WriteString("<" + e.name + ">")
		switch e.kind {
		case cdata:
			// "]]>" would end the section, so it is split between two sections.
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

// carriable drops what cannot stand in XML 1.0: control characters, and bytes that are not UTF-8. Otherwise
// the receiver could not read the push at all.
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
