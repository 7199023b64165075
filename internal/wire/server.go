package wire

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/wire/known"
)

// Config says how the server behaves.
type Config struct {
	Store    *store.Store
	Resolver Resolver
	Log      *slog.Logger
	// Limits turns the platform's frequency limits on.
	Limits bool
	// MaxBody is the largest JSON body in bytes that is read.
	MaxBody int64
	// ClientIP says where a request comes from.
	ClientIP func(*http.Request) netip.Addr
	// Observe is called for each answered call. It may be nil.
	Observe func(Call)
	// Stray is called for each request to a path that does not exist. It may be nil.
	Stray func(Call)
	// Intervene may change what becomes of a call before it is handled. It may be nil.
	Intervene func(w http.ResponseWriter, r *http.Request, path string) Intervention
}

// Intervention is what is to become of a call; the zero value changes nothing.
type Intervention struct {
	// Instead names what was done with the request instead of an answer.
	Instead string
	// Err is answered as any other error, and the call is not carried out.
	Err error
	// Answer takes the answer in place of the client, and After is called when it has all of it. Fault names
	// what becomes of it.
	Answer http.ResponseWriter
	After  func()
	Fault  string
}

// Call is an answered call, for logs, metrics and the inspector.
type Call struct {
	ID      func() string // the hint of its error message
	Method  string
	Path    string
	By      access.Caller
	ErrCode int
	Debug   bool // made with debug=1: someone will look for it
	Took    time.Duration

	// HTTP is the request. Its body has been read; Request is its content if that was JSON, and Response the
	// answer if that was. These and ID are valid only until Observe returns.
	HTTP              *http.Request
	Request, Response []byte
	// Fault names what Intervene did instead of an answer.
	Fault string
	// Missing says that there is no such path, and that the answer was a bare 404.
	Missing bool
}

// Server answers everything below /cgi-bin/.
type Server struct {
	Config
	endpoints map[string]*mounted
	inOrder   []Endpoint
	limits    *Limiter
}

type mounted struct {
	Endpoint
	underWay sync.Map // corpid -> *atomic.Int64, where Concurrent is set
}

// NewServer mounts the endpoints. It fails if two share a path or one is declared wrongly.
func NewServer(c Config, endpoints []Endpoint) (*Server, error) {
	if c.MaxBody == 0 {
		c.MaxBody = 8 << 20
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Observe == nil {
		c.Observe = func(Call) {}
	}
	s := &Server{Config: c, endpoints: map[string]*mounted{}, inOrder: endpoints, limits: NewLimiter()}
	for _, ep := range endpoints {
		if err := ep.check(); err != nil {
			return nil, fmt.Errorf("endpoint %w", err)
		}
		if s.endpoints[ep.Path] != nil {
			return nil, fmt.Errorf("two endpoints are at %s", ep.Path)
		}
		s.endpoints[ep.Path] = &mounted{Endpoint: ep}
	}
	return s, nil
}

// Endpoints returns what is mounted, in the order of assembly.
func (s *Server) Endpoints() []Endpoint { return s.inOrder }

// ServeHTTP answers a call. It reads from top to bottom: find, read, resolve,
// check, decode, run, encode.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	for strings.Contains(path, "//") { // base URLs with a slash too many
		path = strings.ReplaceAll(path, "//", "/")
	}
	x := exchanges.Get().(*exchange)
	x.ep, x.store, x.start, x.clean = s.endpoints[path], s.Store, time.Now(), true
	x.from, x.query = s.ClientIP(r), parseQuery(x.few[:0], r.URL.RawQuery)
	x.by, x.debug = access.Anyone(x.from), x.query.get("debug") == "1"
	s.serve(w, r, x, path)
	x.done()
}

// serve answers a call to a path that may not exist.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, x *exchange, path string) {
	if x.ep == nil {
		if _, ok := known.Lookup(path); !ok {
			w.WriteHeader(http.StatusNotFound)
			if s.Stray != nil {
				s.Stray(Call{ID: x.id, Method: r.Method, Path: path, By: x.by, Took: time.Since(x.start), HTTP: r, Missing: true})
			}
			return
		}
		x.ep = &mounted{Endpoint: Endpoint{Path: path, Open: true, Handle: Handler{&operation{}}}}
		s.refuse(w, r, x, ErrForbidden.With("not built in qiwei: %s", path))
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodPost && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, POST")
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	defer func() {
		if p := recover(); p != nil {
			if p == http.ErrAbortHandler {
				panic(p)
			}
			s.Log.Error("panic", "id", x.id(), "path", path, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			s.refuse(w, r, x, ErrBusy)
		}
	}()
	if s.Intervene != nil {
		in := s.Intervene(w, r, path)
		if in.Instead != "" {
			s.recognise(r.Context(), x)
			s.observe(r, x, 0, nil, in.Instead)
			if in.Instead == Dropped {
				panic(http.ErrAbortHandler)
			}
			return
		}
		if in.Answer != nil {
			w, x.fault = in.Answer, in.Fault
			defer in.After()
		}
		if in.Err != nil {
			x.body, _ = s.body(r, x.ep.Open) // for the observer
			s.recognise(r.Context(), x)
			s.refuse(w, r, x, in.Err)
			return
		}
	}
	resp, err := s.call(w, r, x)
	if f := fileOf(resp); f != nil && err == nil {
		err = s.sendFile(w, r, x, f)
	} else if err == nil {
		s.answer(w, r, x, resp)
	}
	if err != nil {
		s.refuse(w, r, x, err)
	}
}

// recognise finds out for the observer whose a call is that is not carried out. It counts against no limit.
func (s *Server) recognise(ctx context.Context, x *exchange) {
	if x.ep.Open {
		return
	}
	credential := x.ep.By()
	// A client that has been cut off is recognised as well.
	err := s.Store.Read(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		by, err := s.resolve(tx, credential, credential.in(x.query))
		if err == nil {
			by.From, x.by = x.from, by
		}
		return err
	})
	if err != nil && !errors.As(err, new(Error)) {
		s.Log.Warn("whose call it is", "id", x.id(), "path", x.ep.Path, "err", err)
	}
}

// Dropped is what Intervene returns to close the connection.
const Dropped = "dropped"

func (s *Server) observe(r *http.Request, x *exchange, code int, response []byte, fault string) {
	s.Observe(Call{ID: x.id, Method: r.Method, Path: x.ep.Path, By: x.by, ErrCode: code, Debug: x.debug, Took: time.Since(x.start),
		HTTP: r, Request: x.body, Response: response, Fault: cmp.Or(fault, x.fault)})
}

// call takes a call to its response. A large body is read only for a caller who may call, so that strangers
// cost no memory.
func (s *Server) call(w http.ResponseWriter, r *http.Request, x *exchange) (any, error) {
	ctx := r.Context()
	defer func() {
		if x.underWay != nil {
			x.underWay.Add(-1)
		}
	}()
	if x.ep.Handle.mode == stream {
		body := newBody(w, r)
		defer body.done()
		resp, err := s.run(ctx, x, nil, &Form{header: r.Header, body: body})
		body.drain(r)
		return resp, err
	}
	if r.ContentLength < 0 || r.ContentLength > smallBody {
		if err := s.read(ctx, x, s.admit); err != nil {
			return nil, err
		}
		x.admitted = true
	}
	var bodyErr error
	x.body, bodyErr = s.body(r, x.ep.Open)
	if bodyErr != nil && ctx.Err() != nil { // gone or out of time: with the connection's end nobody is looked up
		return nil, bodyErr
	}
	return s.run(ctx, x, bodyErr, nil)
}

// smallBody is how many bytes of a body are read before the sender is known.
const smallBody = 16 << 10

// body reads the whole body before any transaction begins, so that a slow client holds none. The body of an
// open call must be small, because anybody may send it.
func (s *Server) body(r *http.Request, open bool) ([]byte, error) {
	if r.ContentLength == 0 || r.Body == nil {
		return nil, nil
	}
	most := s.MaxBody
	if open {
		most = smallBody
	}
	if r.ContentLength > most {
		return nil, ErrBodySize.With("%d bytes, at most %d", r.ContentLength, most)
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, most+1))
	switch {
	case err != nil: // the sender's fault: cut short, or invalid chunks
		return nil, ErrParameter.With("the body breaks off")
	case int64(len(body)) > most:
		return nil, ErrBodySize.With("more than %d bytes", most)
	}
	return body, nil
}

// read runs a step in a read transaction, or in none if the call is open.
func (s *Server) read(ctx context.Context, x *exchange, step func(*store.Tx, *exchange) error) error {
	if x.ep.Open {
		return step(nil, x)
	}
	return s.Store.Read(ctx, func(tx *store.Tx) error { return step(tx, x) })
}

// run admits the call, decodes its request and runs its operation.
func (s *Server) run(ctx context.Context, x *exchange, bodyErr error, form *Form) (resp any, err error) {
	h := &x.ep.Handle
	req := h.newRequest()
	if h.mode == read {
		err = s.Store.Read(ctx, func(tx *store.Tx) (err error) {
			if err = s.ready(tx, x, req, bodyErr); err == nil {
				resp, err = s.inTx(ctx, tx, x, req)
			}
			return err
		})
		return resp, err
	}
	if x.ep.Open {
		err = s.ready(nil, x, req, bodyErr)
	} else {
		err = s.Store.Read(ctx, func(tx *store.Tx) error { return s.ready(tx, x, req, bodyErr) })
	}
	if err != nil {
		return nil, err
	}
	switch h.mode {
	case write:
		err = s.Store.Write(ctx, func(tx *store.Tx) (err error) {
			resp, err = s.inTx(ctx, tx, x, req)
			return err
		})
		return resp, err
	case stream:
		resp, err = h.stream(ctx, s.Store, x.by, req, form)
	default:
		resp, err = h.direct(ctx, s.Store, x.by, req)
	}
	if err == nil && x.by.IDs != nil {
		err = s.Store.Read(ctx, func(tx *store.Tx) (err error) {
			x.shown, err = showIDs(tx, &x.by, resp)
			return err
		})
	}
	return resp, err
}

// ready admits the call and fills in its request, a pointer to a request type.
func (s *Server) ready(tx *store.Tx, x *exchange, req any, bodyErr error) error {
	if !x.admitted {
		if err := s.admit(tx, x); err != nil {
			return err
		}
	}
	if bodyErr != nil {
		return bodyErr
	}
	x.clean = input{x.query, x.body}.decode(req)
	if x.by.IDs == nil {
		return nil
	}
	return ownIDs(tx, &x.by, req)
}

// inTx runs an operation inside the transaction.
func (s *Server) inTx(ctx context.Context, tx *store.Tx, x *exchange, req any) (any, error) {
	resp, err := x.ep.Handle.inTx(ctx, tx, x.by, req)
	if err == nil && x.by.IDs != nil {
		x.shown, err = showIDs(tx, &x.by, resp)
	}
	return resp, err
}

// admit decides whether the call may go on: credential, address, frequency, kind. Every documented refusal is
// compatible with this order.
func (s *Server) admit(tx *store.Tx, x *exchange) error {
	if x.ep.Open {
		return s.frequency(x)
	}
	credential := x.ep.By()
	by, err := s.resolve(tx, credential, credential.in(x.query))
	if err != nil {
		return err
	}
	by.From = x.from
	by.Level = x.ep.Allow[by.Kind]
	x.by = by
	if !x.by.MayCall() {
		return ErrAddress
	}
	if by.Disabled {
		return ErrDisabled
	}
	if by.Withdrawn {
		return ErrWithdrawn
	}
	if err := s.frequency(x); err != nil {
		return err
	}
	if x.ep.Concurrent > 0 {
		n, _ := x.ep.underWay.LoadOrStore(by.CorpID, new(atomic.Int64))
		x.underWay = n.(*atomic.Int64)
		if x.underWay.Add(1) > int64(x.ep.Concurrent) {
			return ErrConcurrent
		}
	}
	switch {
	case by.Level == access.Nothing && by.Kind == access.ContactsEdit:
		return ErrGrant
	case by.Level == access.Nothing:
		return ErrForbidden.With("%s may not be called by %s", x.ep.Path, by.Kind)
	case by.Kind == access.ContactSync && by.Sync == "":
		return ErrForbidden.With("the corp's contact sync is switched off")
	case by.Level == access.Edit && by.Kind == access.ContactSync && by.Sync != "edit":
		return ErrForbidden.With("the corp's contact sync is not switched to edit")
	case by.Level == access.Customers && !by.MayCallCustomers() && !slices.ContainsFunc(x.ep.Grants, by.Granted):
		return ErrForbidden.With("the application may not call customer contact")
	case by.Level == access.Customers && by.LowActive:
		return ErrLowActive
	case len(x.ep.Grants) > 0 && by.Kind.Installed() && !slices.ContainsFunc(x.ep.Grants, by.Granted):
		return ErrForbidden.With("the enterprise has not granted the application any of %s", strings.Join(x.ep.Grants, ", "))
	case by.Level == access.Listed && !by.MayCallOf(x.ep.Family):
		return ErrForbidden.With("the application is not among those that may call %s (qiwei app set --callable %s)", x.ep.Family, x.ep.Family)
	case by.Level == access.Historical && !by.FromHistoricalIP():
		return ErrContactHelper
	case x.ep.Gate != nil:
		return x.ep.Gate(tx, by)
	}
	return nil
}
