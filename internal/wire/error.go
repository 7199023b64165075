package wire

import "fmt"

// Error is a refusal with WeCom's code. It is a value: With and Because return
// copies, so a declared error can be shared. Compare with errors.Is, which looks
// at the code alone.
type Error struct {
	Code int
	Text string // WeCom's words, first in errmsg
	Note string // ours, after them
	// Bare has the message end with WeCom's words and a value: programs cut the value
	// off its end, so no hint stands behind it.
	Bare bool
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

// With returns e with a note that tells the caller more, such as the value that
// was refused. Nothing secret may stand in it.
func (e Error) With(format string, args ...any) Error {
	e.Note = fmt.Sprintf(format, args...)
	return e
}

// Value returns e with a value after WeCom's words and a colon, which some
// messages have: "department existed: 7".
func (e Error) Value(sep string, v any) Error {
	e.Text = fmt.Sprintf("%s%s%v", e.Text, sep, v)
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
	ErrAddress       = Code(60020, "not allow to access from your ip")
	ErrNoPrivilege   = Code(60011, "no privilege to access/modify contact/party/agent")
)
