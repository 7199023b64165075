package wire

import (
	"context"
	"reflect"

	"qiwei/internal/store"
)

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

// members returns the members of a refusal's answer, each behind a comma, with the
// ids that the caller knows.
func (s *Server) members(ctx context.Context, x *exchange, r refusal) (out []byte, err error) {
	if x.by.IDs != nil {
		err = s.Store.Read(ctx, func(tx *store.Tx) (err error) {
			x.shown, err = showIDs(tx, x.by, r.answer)
			return err
		})
	}
	return appendMembers(nil, reflect.ValueOf(r.answer), x.shown, false), err
}
