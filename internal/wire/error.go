package wire

import (
	"fmt"
	"reflect"
	"slices"
)

// Error is a refusal with WeCom's code. It is a value: With and Because return copies, so a declared error
// can be shared. Compare with errors.Is, which compares only the code.
type Error struct {
	Code int
	Text string // WeCom's words, first in errmsg
	Note string // ours, after them
	// Bare ends the message with WeCom's words and a value. Programs cut the value off the end, so no hint
	// follows it.
	Bare bool

	// text and note are the parts of Text and Note if they contain ids: each caller gets the ids that it
	// knows.
	text, note *phrase
}

// phrase is a message with ids among its arguments.
type phrase struct {
	format string
	args   []any
}

// newPhrase returns nil if no argument is an id.
func newPhrase(format string, args []any) *phrase {
	if slices.ContainsFunc(args, isID) {
		return &phrase{format, args}
	}
	return nil
}

func isID(v any) bool { _, ok := idForms[reflect.TypeOf(v)]; return ok }

func (p *phrase) find(w *walk) {
	if p == nil {
		return
	}
	for _, a := range p.args {
		if isID(a) {
			finderOf(reflect.TypeOf(a))(reflect.ValueOf(a), w)
		}
	}
}

// as returns the message with the ids as they are shown, or plain if there is no phrase.
func (p *phrase) as(s *shown, plain string) string {
	if p == nil {
		return plain
	}
	args := slices.Clone(p.args)
	for i, a := range args {
		if isID(a) {
			t := reflect.TypeOf(a)
			args[i] = s.text(idForms[t], t == usersType, reflect.ValueOf(a).String())
		}
	}
	return fmt.Sprintf(p.format, args...)
}

// Code declares an error of the platform. The text is what WeCom sends.
func Code(code int, text string) Error { return Error{Code: code, Text: text} }

func (e Error) Error() string { return fmt.Sprintf("%d %s", e.Code, e.message()) }

// Message is what a caller is told: WeCom's words and our note, without the hint.
func (e Error) Message() string { return e.message() }

func (e Error) message() string {
	if e.Note == "" {
		return e.Text
	}
	return e.Text + ". " + e.Note
}

// Is reports whether target is an Error of the same code.
func (e Error) Is(target error) bool {
	t, ok := target.(Error)
	return ok && t.Code == e.Code
}

// With returns e with a note that tells the caller more, such as the refused value. It must contain no
// secrets. An argument of a type of package id is shown as the caller knows it. A plain string is shown as it
// is.
func (e Error) With(format string, args ...any) Error {
	e.Note, e.note = fmt.Sprintf(format, args...), newPhrase(format, args)
	return e
}

// Value returns e with a value after WeCom's words and a colon, as in some messages: "department existed: 7".
// An id is shown as With does.
func (e Error) Value(sep string, v any) Error {
	const format = "%s%s%v"
	args := []any{e.Text, sep, v}
	e.Text, e.text = fmt.Sprintf(format, args...), newPhrase(format, args)
	return e
}

// Ending returns e with a value that ends the message, as in "mobile existed:zhangsan".
func (e Error) Ending(sep string, v any) Error {
	e = e.Value(sep, v)
	e.Bare = true
	return e
}

// Errors that belong to the protocol and not to a room.
var (
	ErrBusy          = Code(-1, "system busy")
	ErrVersion       = Code(6000, "data version conflict")
	ErrParameter     = Code(40058, "invalid Request Parameter")
	ErrEmpty         = Code(40063, "parameter missing")
	ErrBodySize      = Code(40206, "request body too large")
	ErrFrequency     = Code(45009, "api freq out of limit")
	ErrConcurrent    = Code(45033, "api concurrent out of limit")
	ErrForbidden     = Code(48002, "api forbidden")
	ErrGrant         = Code(48008, "api forbidden for contact edit authorization")
	ErrContactHelper = Code(48009, "api forbidden for contact assistant")
	ErrDisabled      = Code(50003, "agent disabled")
	ErrWithdrawn     = Code(48006, "api permission revoked") // an administrator opens the application again
	ErrLowActive     = Code(48011, "member activity too low to read customer data")
	ErrAddress       = Code(60020, "not allow to access from your ip")
	ErrNoPrivilege   = Code(60011, "no privilege to access/modify contact/party/agent")
)
