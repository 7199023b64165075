package wire

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/store"
)

// Endpoint is one call of the API.
type Endpoint struct {
	Method string // as documented; both GET and POST are answered
	Path   string
	Doc    int // number of the official page

	// Allow is the endpoint's row in the permission table.
	Allow access.Allow
	// Credential is what authenticates the call; AccessToken if it is nil.
	Credential *Credential
	// Open marks a call without a credential.
	Open bool

	// Family is the kind of WeCom's own application that the call belongs to, if the row grants a level to
	// those that are Listed for it.
	Family access.Kind

	// Grants are the permissions, by the names of agent/get_permissions (doc 99052), of which a provider's
	// application needs one. Without any it needs none.
	Grants []string

	// Gate refuses the call for something that is so in the corp. It is asked last; nil refuses nobody.
	Gate func(tx *store.Tx, by access.Caller) error

	// OK is errmsg on success; "ok" if it is empty.
	OK string
	// Tail puts errcode and errmsg after the payload, as the platform does in this call.
	Tail bool
	// TokenHint adds the hint to the answer for a bad token, which other calls leave out (decision 64).
	TokenHint bool
	// Limit is this call's own limit, besides the base limits.
	Limit Limit
	// Concurrent is how many of these calls one corp may have under way; 0 means any number.
	Concurrent int
	// Unlimited exempts successful calls from the base limits.
	Unlimited bool

	Handle Handler
}

// Limit is a number of calls in a period.
type Limit struct {
	PerCorp int
	PerApp  int
	Every   time.Duration
}

// Handler is an operation behind an endpoint. Read, Write, Direct and Stream make
// it. Its response is a struct, which is answered as JSON, or *File.
type Handler struct{ *operation }

type operation struct {
	Request, Response reflect.Type
	mode              mode
	inTx              func(context.Context, *store.Tx, access.Caller, any) (any, error)
	direct            func(context.Context, *store.Store, access.Caller, any) (any, error)
	stream            func(context.Context, *store.Store, access.Caller, any, *Form) (any, error)
}

// newRequest returns a pointer to an empty request.
func (o *operation) newRequest() any { return reflect.New(o.Request).Interface() }

type mode int

const (
	read mode = iota + 1
	write
	direct
	stream
)

// None is the request or response of calls that have none.
type None struct{}

// Read makes a handler that runs in a read transaction.
func Read[Req, Resp any](op func(context.Context, *store.Tx, access.Caller, Req) (Resp, error)) Handler {
	return newHandler(read, op, untyped(op))
}

// Write makes a handler that runs in a write transaction: all of it happens or nothing.
func Write[Req, Resp any](op func(context.Context, *store.Tx, access.Caller, Req) (Resp, error)) Handler {
	return newHandler(write, op, untyped(op))
}

// Direct makes a handler that opens its transactions itself, because most calls need no write transaction, or
// because it must make requests between two transactions.
func Direct[Req, Resp any](op func(context.Context, *store.Store, access.Caller, Req) (Resp, error)) Handler {
	return newHandler(direct, op, untyped(op))
}

// Stream makes a handler for calls that bring a file. The request is filled from the query only. The
// operation itself reads the body, outside of any transaction.
func Stream[Req, Resp any](op func(context.Context, *store.Store, access.Caller, Req, *Form) (Resp, error)) Handler {
	return newHandler(stream, op, func(ctx context.Context, st *store.Store, by access.Caller, req any, form *Form) (any, error) {
		return op(ctx, st, by, *req.(*Req), form)
	})
}

// untyped is the operation for a request that is a pointer to Req. On is *store.Tx or *store.Store.
func untyped[On, Req, Resp any](op func(context.Context, On, access.Caller, Req) (Resp, error)) func(context.Context, On, access.Caller, any) (any, error) {
	return func(ctx context.Context, on On, by access.Caller, req any) (any, error) {
		return op(ctx, on, by, *req.(*Req))
	}
}

// newHandler makes the handler of an operation, which it takes with its types and without. The functions above are
// compiled once for each call of the API, so all that does not need their types is here, and is not inlined.
//
//go:noinline
func newHandler(m mode, op, untyped any) Handler {
	signature := reflect.TypeOf(op)
	h := Handler{&operation{Request: signature.In(3), Response: signature.Out(0), mode: m}}
	switch call := untyped.(type) {
	case func(context.Context, *store.Tx, access.Caller, any) (any, error):
		h.inTx = call
	case func(context.Context, *store.Store, access.Caller, any) (any, error):
		h.direct = call
	case func(context.Context, *store.Store, access.Caller, any, *Form) (any, error):
		h.stream = call
	}
	return h
}

// answersFile reports whether the response is a file instead of JSON.
func (h Handler) answersFile() bool { return h.Response == reflect.TypeFor[*File]() }

// Reads reports whether a call changes nothing for certain.
func (h Handler) Reads() bool { return h.mode == read }

// TakesFile reports whether a call brings a file instead of JSON.
func (h Handler) TakesFile() bool { return h.mode == stream }

// check says what is wrong in how an endpoint is declared. The types are left to CheckTypes.
func (ep Endpoint) check() error {
	switch {
	case ep.Method != "GET" && ep.Method != "POST":
		return fmt.Errorf("%s: method %q", ep.Path, ep.Method)
	case !strings.HasPrefix(ep.Path, "/cgi-bin/"):
		return fmt.Errorf("%s: not below /cgi-bin/", ep.Path)
	case ep.Doc == 0:
		return fmt.Errorf("%s: no number of its official page", ep.Path)
	case ep.Open && ep.Credential != nil:
		return fmt.Errorf("%s: both open and with a credential", ep.Path)
	case len(ep.Allow) == 0 && !ep.Open:
		return fmt.Errorf("%s: nobody may call it", ep.Path)
	case ep.Handle.operation == nil:
		return fmt.Errorf("%s: no handler", ep.Path)
	}
	for k, l := range ep.Allow {
		if l == access.Nothing {
			return fmt.Errorf("%s: grants nothing to %s; leave it out", ep.Path, k)
		}
		if l == access.Listed && ep.Family == "" {
			return fmt.Errorf("%s: lists applications for no family", ep.Path)
		}
	}
	return nil
}

// CheckTypes panics if a request or a response of the endpoints has a field that cannot be read or written. It is for
// tests: a server does not look at the types of a thousand calls in advance, of which it gets a few dozen.
func CheckTypes(endpoints []Endpoint) {
	for _, ep := range endpoints {
		decodable(ep.Handle.Request, ep.Path)
		if !ep.Handle.answersFile() {
			encodable(ep.Handle.Response, ep.Path)
		}
	}
}
