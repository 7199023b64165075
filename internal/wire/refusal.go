package wire

import (
	"context"
	"reflect"

	"qiwei/internal/access"
	"qiwei/internal/store"
)

// refusal is an error whose answer has members besides errcode and errmsg.
type refusal struct {
	reason Error
	answer any
}

func (r refusal) Error() string { return r.reason.Error() }

// Unwrap returns the error itself.
func (r refusal) Unwrap() error { return r.reason }

// Answering returns e as an error whose answer also has the members of a response, such as the userids that a
// message could not reach, or a job's progress. answer is a struct.
func (e Error) Answering(answer any) error { return refusal{e, answer} }

// To returns the error as its caller sees it: with the ids that the caller knows.
func (e Error) To(tx *store.Tx, by access.Caller) (Error, error) {
	if by.IDs == nil || (e.text == nil && e.note == nil) {
		return e, nil
	}
	w := newWalk()
	defer w.done()
	e.text.find(w)
	e.note.find(w)
	as := new(shown)
	err := w.look(tx, &by, &as.named, by.IDs.Shown)
	e.Text, e.Note = e.text.as(as, e.Text), e.note.as(as, e.Note)
	return e, err
}

// words returns what the caller is told about an error.
func (s *Server) words(ctx context.Context, x *exchange, e Error) Error {
	if x.by.IDs == nil || (e.text == nil && e.note == nil) {
		return e
	}
	told := e
	err := s.Store.Read(ctx, func(tx *store.Tx) (err error) {
		told, err = e.To(tx, x.by)
		return err
	})
	if err != nil {
		return ErrBusy
	}
	return told
}

// members returns the members of a refusal's answer, each after a comma, with the ids that the caller knows.
func (s *Server) members(ctx context.Context, x *exchange, r refusal) (out []byte, err error) {
	if x.by.IDs != nil {
		err = s.Store.Read(ctx, func(tx *store.Tx) (err error) {
			x.shown, err = showIDs(tx, &x.by, r.answer)
			return err
		})
	}
	return appendMembers(nil, reflect.ValueOf(r.answer), x.shown, false), err
}
