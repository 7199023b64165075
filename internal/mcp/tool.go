package mcp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
	"time"

	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// tool is something that a model can use.
type tool struct {
	name, about string
	schema      map[string]any // of its arguments
	readOnly    bool
	run         func(ctx context.Context, st *store.Store, who func(*store.Tx) (actor, error), args []byte) (any, actor, error)
}

// later is an answer that is completed outside of the transaction, because it reads a file.
type later interface {
	complete(context.Context) (any, error)
}

// reads makes a tool of an operation that changes nothing.
func reads[Req, Resp any](name, about string, op func(context.Context, *store.Tx, actor, Req) (Resp, error)) tool {
	return newTool(name, about, true, op)
}

// writes makes a tool of an operation that changes something: all of it happens or nothing.
func writes[Req, Resp any](name, about string, op func(context.Context, *store.Tx, actor, Req) (Resp, error)) tool {
	return newTool(name, about, false, op)
}

func newTool[Req, Resp any](name, about string, readOnly bool, op func(context.Context, *store.Tx, actor, Req) (Resp, error)) tool {
	t := tool{name: name, about: about, readOnly: readOnly, schema: schemaOf(reflect.TypeFor[Req]())}
	t.run = func(ctx context.Context, st *store.Store, who func(*store.Tx) (actor, error), args []byte) (any, actor, error) {
		return t.inTx(ctx, st, who, func(tx *store.Tx, a actor) (any, error) {
			if err := check(t.schema, args); err != nil {
				return nil, err
			}
			var req Req
			wire.Decode(args, &req)
			return op(ctx, tx, a, req)
		})
	}
	return t
}

// inTx finds who uses the tool and runs fn, in one transaction, so that nothing happens for somebody who has just taken
// the permission back.
func (t tool) inTx(ctx context.Context, st *store.Store, who func(*store.Tx) (actor, error), fn func(*store.Tx, actor) (any, error)) (resp any, a actor, err error) {
	begin := st.Write
	if t.readOnly {
		begin = st.Read
	}
	err = begin(ctx, func(tx *store.Tx) (err error) {
		if a, err = who(tx); err != nil {
			return err
		}
		resp, err = fn(tx, a)
		return err
	})
	if l, ok := resp.(later); ok && err == nil {
		resp, err = l.complete(ctx)
	}
	return resp, a, err
}

// answerText is what a tool answers: JSON with an errcode, as the calls of the API.
func answerText(resp any) []byte {
	body, ok := resp.(json.RawMessage)
	if !ok {
		body = wire.Encode(resp)
	}
	out := []byte(`{"errcode":0,"errmsg":"ok"`)
	if rest := bytes.TrimPrefix(body, []byte("{")); len(rest) > 1 {
		out = append(append(out, ','), rest...)
	} else {
		out = append(out, '}')
	}
	return out
}

// refusalText is what a tool answers when it refuses. An error that is no refusal is told as "system busy".
func refusalText(err error, hint string) (text []byte, code int) {
	refused := wire.ErrBusy
	errors.As(err, &refused)
	text = append(strconv.AppendInt([]byte(`{"errcode":`), int64(refused.Code), 10), `,"errmsg":`...)
	text = wire.AppendString(text, refused.Message()+", hint: ["+hint+"]")
	var h helped
	if errors.As(err, &h) {
		text = wire.AppendString(append(text, `,"help_message":`...), "请打开 "+h.page+" 授权后重试")
	}
	return append(text, '}'), refused.Code
}

// china is whose clock the tools' times are of.
var china = time.FixedZone("UTC+8", 8*3600)

const timeForm = "2006-01-02 15:04:05"

// readTime reads a time as models write it, in Unix seconds; 0 if it is not given.
func readTime(field, text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	for _, form := range []string{timeForm, "2006-01-02 15:04", "2006-01-02"} {
		if at, err := time.ParseInLocation(form, text, china); err == nil && at.Unix() > 0 {
			return at.Unix(), nil
		}
	}
	return 0, errParameter.With("%s: a time such as 2026-03-17 09:00:00 expected, not %q", field, text)
}

// readSpan reads a time span, both ends of which must be given. A day alone, as the end, is meant to its last second.
func readSpan(fromField, from, toField, to string) (start, end int64, err error) {
	if start, err = readTime(fromField, from); err != nil {
		return 0, 0, err
	}
	if end, err = readTime(toField, to); err != nil {
		return 0, 0, err
	}
	if len(to) == len("2006-01-02") {
		end += 86399
	}
	if start == 0 || end < start {
		return 0, 0, errParameter.With("%s, %s: two times expected, the latter not being before the former", fromField, toField)
	}
	return start, end, nil
}

// showTime writes a time as models read it; empty for 0.
func showTime(at int64) string {
	if at == 0 {
		return ""
	}
	return time.Unix(at, 0).In(china).Format(timeForm)
}
