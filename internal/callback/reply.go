package callback

import (
	"context"
	"errors"
	"fmt"

	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// An answer that is thrown away leaves a note in its delivery.

// unread notes that nobody reads the reply, if there is one and nothing else is wrong.
func (a *attempt) unread() {
	if a.ok && len(a.reply) > 0 && a.problem == "" {
		a.problem = "the reply was not accepted: the answer to this push is not read"
	}
}

// hand passes the reply to take and records the attempt with the outcome.
func (a attempt) hand(ctx context.Context, tx *store.Tx, take func(context.Context, *store.Tx, Reply) error) error {
	if err := take(ctx, tx, Reply{CorpID: a.who.CorpID, App: a.who.App, Ref: a.of.ref, Body: a.reply, problem: &a.problem}); err != nil {
		return err
	}
	return record(tx, []attempt{a})
}

// notTaken says why a reply was not taken, with the platform's code if it was refused. Other errors go to the
// log.
func notTaken(err error) string {
	var refused wire.Error
	if errors.As(err, &refused) {
		return fmt.Sprintf("the reply was not accepted: %d %s", refused.Code, refused.Message())
	}
	return "the reply was not accepted; the server's log says why"
}
