package smartsheet

import (
	"bytes"
	"context"
	"encoding/json"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/wedoc"
)

// played makes a script of a call of the API: a member makes it, who is named beside what the call takes.
func played[Req, Resp any](s *Service, op func(context.Context, *store.Tx, access.Caller, Req) (Resp, error)) func(context.Context, map[string]json.RawMessage) (Resp, error) {
	return func(ctx context.Context, given map[string]json.RawMessage) (resp Resp, err error) {
		var p wedoc.Person
		var req Req
		if err := taken(given, &p, "corpid", "userid"); err != nil {
			return resp, err
		}
		if err := taken(given, &req); err != nil {
			return resp, err
		}
		err = s.deps.Docs.As(ctx, p, func(tx *store.Tx, by access.Caller) error {
			resp, err = op(ctx, tx, by, req)
			return err
		})
		return resp, err
	}
}

// taken reads fields of a script into a struct and takes them away: those named, or all that are left. It refuses one
// that the struct does not have.
func taken(given map[string]json.RawMessage, into any, names ...string) error {
	some := given
	if len(names) > 0 {
		some = map[string]json.RawMessage{}
		for _, name := range names {
			if raw, ok := given[name]; ok {
				some[name] = raw
				delete(given, name)
			}
		}
	}
	body, err := json.Marshal(some)
	if err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return errParameter.With("%v", err)
	}
	return nil
}
