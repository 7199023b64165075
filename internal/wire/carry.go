package wire

import (
	"context"
	"fmt"

	"qiwei/internal/access"
	"qiwei/internal/store"
)

// Carry runs the operation of an endpoint for a room above that has found the caller itself, in the room's
// transaction. The body is decoded as that of a request. Handlers that open their own transactions, or take files,
// cannot be carried.
func (h Handler) Carry(ctx context.Context, tx *store.Tx, by access.Caller, body []byte) (resp any, err error) {
	if h.inTx == nil {
		return nil, fmt.Errorf("%s opens its transactions itself", h.Request)
	}
	req := h.newRequest()
	input{body: body}.decode(req)
	return h.inTx(ctx, tx, by, req)
}

// Writes reports whether the operation needs a write transaction.
func (h Handler) Writes() bool { return h.mode == write }
