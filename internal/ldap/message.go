package ldap

import "errors"

// The operations, by their tags.
const (
	opBind       = 0x60
	opUnbind     = 0x42
	opSearch     = 0x63
	opModify     = 0x66
	opAdd        = 0x68
	opDelete     = 0x4a
	opModifyDN   = 0x6c
	opCompare    = 0x6e
	opAbandon    = 0x50
	opExtended   = 0x77
	opEntry      = 0x64
	opSearchDone = 0x65
	opExtendedTo = 0x78
)

// answerOf returns the tag of an operation's answer.
var answerOf = map[byte]byte{opBind: 0x61, opSearch: opSearchDone, opModify: 0x67, opAdd: 0x69, opDelete: 0x6b,
	opModifyDN: 0x6d, opCompare: 0x6f, opExtended: opExtendedTo}

// code is a result code (RFC 4511, 4.1.9).
type code int

const (
	success                = code(0)
	operationsError        = code(1)
	protocolError          = code(2)
	timeLimitExceeded      = code(3)
	sizeLimitExceeded      = code(4)
	compareFalse           = code(5)
	compareTrue            = code(6)
	authMethodNotSupported = code(7)
	adminLimitExceeded     = code(11)
	unavailableCritical    = code(12)
	confidentialityNeeded  = code(13)
	noSuchAttribute        = code(16)
	noSuchObject           = code(32)
	invalidDN              = code(34)
	invalidCredentials     = code(49)
	insufficientAccess     = code(50)
	busy                   = code(51)
	unwilling              = code(53)
	other                  = code(80)
)

// refusal is an answer other than success. Its text reaches the client.
type refusal struct {
	code code
	text string
	at   string // for noSuchObject: the nearest existing entry
}

func (r refusal) Error() string { return r.text }

func refuse(c code, text string) error { return refusal{code: c, text: text} }

// message is a request.
type message struct {
	id       int
	op       byte
	body     elements
	controls []control
}

// control is an extension of a request.
type control struct {
	oid      string
	critical bool
	value    []byte
}

const maxControls = 10

// parseMessage decodes the body of a message's sequence. If only the operation is wrong, the id is still
// valid.
func parseMessage(body elements) (m message, err error) {
	if m.id, err = body.number(tagInteger); err != nil {
		return m, err
	}
	op, err := body.next()
	if err != nil {
		return m, err
	}
	m.op, m.body = op.tag, op.body
	if body.empty() {
		return m, nil
	}
	list, err := body.row(0xa0)
	if err != nil {
		return m, err
	}
	for !list.empty() {
		if len(m.controls) == maxControls {
			return m, errors.New("too many controls")
		}
		c, err := parseControl(&list)
		if err != nil {
			return m, err
		}
		m.controls = append(m.controls, c)
	}
	return m, nil
}

func parseControl(list *elements) (c control, err error) {
	one, err := list.row(tagSequence)
	if err != nil {
		return c, err
	}
	if c.oid, err = one.text(tagOctets); err != nil {
		return c, err
	}
	if one.peek() == tagBoolean {
		if c.critical, err = one.boolean(); err != nil {
			return c, err
		}
	}
	if one.peek() == tagOctets {
		if c.value, err = one.take(tagOctets); err != nil {
			return c, err
		}
	}
	return c, nil
}

// bindRequest is a sign-in.
type bindRequest struct {
	version  int
	name     string
	simple   bool
	password string
}

func parseBind(body elements) (b bindRequest, err error) {
	if b.version, err = body.number(tagInteger); err != nil {
		return b, err
	}
	if b.name, err = body.text(tagOctets); err != nil {
		return b, err
	}
	auth, err := body.next()
	if err != nil {
		return b, err
	}
	b.simple, b.password = auth.tag == 0x80, string(auth.body)
	return b, nil
}

// The scopes of a search.
const (
	scopeBase = iota
	scopeOne
	scopeSub
	scopeBelow // RFC draft "subordinates": like sub, without the base itself
)

// searchRequest asks for entries.
type searchRequest struct {
	base       string
	scope      int
	sizeLimit  int
	timeLimit  int // seconds
	typesOnly  bool
	filter     filter
	attributes []string
}

const maxAttributes = 200

func parseSearch(body elements) (r searchRequest, err error) {
	if r.base, err = body.text(tagOctets); err != nil {
		return r, err
	}
	if r.scope, err = body.number(tagEnumerated); err != nil || r.scope > scopeBelow {
		return r, errBER
	}
	if _, err = body.number(tagEnumerated); err != nil { // alias handling: there are no aliases
		return r, err
	}
	if r.sizeLimit, err = body.number(tagInteger); err != nil {
		return r, err
	}
	if r.timeLimit, err = body.number(tagInteger); err != nil {
		return r, err
	}
	if r.typesOnly, err = body.boolean(); err != nil {
		return r, err
	}
	if r.filter, err = parseFilter(&body); err != nil {
		return r, err
	}
	list, err := body.row(tagSequence)
	if err != nil {
		return r, err
	}
	for !list.empty() {
		name, err := list.text(tagOctets)
		if err != nil {
			return r, err
		}
		if len(r.attributes) == maxAttributes {
			return r, refuse(adminLimitExceeded, "too many attributes are asked for")
		}
		r.attributes = append(r.attributes, name)
	}
	return r, nil
}

// result writes the answer that ends an operation. more is appended to it.
func (w *writer) result(id int, op byte, c code, matched, text string, more func()) {
	w.within(tagSequence, func() {
		w.number(tagInteger, id)
		w.within(op, func() {
			w.number(tagEnumerated, int(c))
			w.text(tagOctets, matched)
			w.text(tagOctets, text)
			if more != nil && op == opExtendedTo {
				more()
			}
		})
		if more != nil && op != opExtendedTo {
			more()
		}
	})
}
