package wire

import "reflect"

// refusal is an error that is answered with members beside errcode and errmsg.
type refusal struct {
	reason Error
	answer any
}

func (r refusal) Error() string { return r.reason.Error() }

// Unwrap returns the error itself.
func (r refusal) Unwrap() error { return r.reason }

// Answering returns e as an error whose answer has the members of a response, too:
// whom a message could not reach, how far a job is. answer is a struct.
func (e Error) Answering(answer any) error { return refusal{e, answer} }

// members returns the members of the answer, each behind a comma.
func (r refusal) members() []byte { return appendMembers(nil, reflect.ValueOf(r.answer), false) }
