package door

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
)

// maxScript is how many bytes a script may send.
const maxScript = 1 << 20

// Script returns a call that drives simulated people and things, in dev only: JSON in, JSON out. An unknown
// field is refused, because a typing error would otherwise do something else. Another site's page that the
// developer has open cannot call it.
func Script[Req, Resp any](pattern string, log *slog.Logger, op func(context.Context, Req) (Resp, error)) Route {
	serve := func(w http.ResponseWriter, r *http.Request) {
		Answer(w, r, log, nil, func() (any, error) {
			var req Req
			dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxScript))
			dec.DisallowUnknownFields()
			if err := dec.Decode(&req); err != nil {
				return nil, badScript{err}
			}
			return op(r.Context(), req)
		})
	}
	return Route{pattern, http.NewCrossOriginProtection().Handler(http.HandlerFunc(serve))}
}

// badScript is a request of a script that could not be read.
type badScript struct{ error }
