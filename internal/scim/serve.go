package scim

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"qiwei/internal/store"
)

const mediaType = "application/scim+json"

// answer is the answer to a request.
type answer struct {
	status int
	body   document // nil: nothing
	header map[string]string
}

// call is an authenticated client's request.
type call struct {
	s      *Service
	ctx    context.Context
	corpID string
	base   string
	method string
	parts  []string // of the path after the corpid
	query  url.Values
	header http.Header
	body   func(most int64) (document, error)
}

func (s *Service) serve(w http.ResponseWriter, r *http.Request) {
	corpID, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, prefix), "/")
	c := &call{s: s, ctx: r.Context(), corpID: corpID, base: s.deps.BaseURL() + prefix + corpID, method: r.Method, query: r.URL.Query(), header: r.Header}
	if rest = strings.Trim(rest, "/"); rest != "" {
		c.parts = strings.Split(rest, "/")
	}
	c.body = func(most int64) (document, error) {
		if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != mediaType && kind != "application/json" {
			return nil, fault{status: http.StatusUnsupportedMediaType, detail: "Content-Type: " + mediaType + " expected"}
		}
		raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return nil, errLarge
		}
		if err != nil {
			return nil, bad(invalidSyntax, "the body could not be read")
		}
		return decode(raw)
	}
	a, err := s.authorized(c, r)
	if err != nil {
		a = s.refused(err)
	}
	for k, v := range a.header {
		w.Header().Set(k, v)
	}
	if a.body == nil {
		w.WriteHeader(a.status)
		return
	}
	out := &bytes.Buffer{}
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(a.body); err != nil {
		s.deps.Log.Error("scim: encode", "err", err)
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", mediaType)
	w.WriteHeader(a.status)
	w.Write(out.Bytes())
}

func (s *Service) refused(err error) answer {
	f, ours := faultOf(err)
	if ours {
		s.deps.Log.Error("scim", "err", err)
	}
	a := answer{status: f.status, body: f.document()}
	if f.status == http.StatusUnauthorized {
		a.header = map[string]string{"WWW-Authenticate": `Bearer realm="scim"`}
	}
	return a
}

func (s *Service) authorized(c *call, r *http.Request) (answer, error) {
	kind, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(kind, "Bearer") || token == "" {
		return answer{}, fault{status: http.StatusUnauthorized, detail: "Authorization: Bearer and a token expected; make one with qiwei scim token add"}
	}
	_, ok, err := s.admitted(c.ctx, c.corpID, strings.TrimSpace(token))
	if err != nil {
		return answer{}, err
	}
	if !ok {
		return answer{}, fault{status: http.StatusUnauthorized, detail: "the token is not one of this enterprise's"}
	}
	return c.run()
}

func notAllowed(allow ...string) error {
	return fault{status: http.StatusMethodNotAllowed, detail: "this address answers " + strings.Join(allow, ", ")}
}

// run finds the requested operation and carries it out.
func (c *call) run() (answer, error) {
	if len(c.parts) == 0 {
		return answer{}, fault{status: http.StatusNotFound, detail: "name a resource: Users, Groups, Bulk, Schemas, ResourceTypes or ServiceProviderConfig"}
	}
	name := c.parts[0]
	switch name {
	case "ServiceProviderConfig", "Schemas", "ResourceTypes":
		return c.describe(name)
	case "Me":
		return answer{}, fault{status: http.StatusNotImplemented, detail: "/Me is not built in qiwei: a token belongs to no member"}
	case "Bulk":
		if c.method != http.MethodPost || len(c.parts) > 1 {
			return answer{}, notAllowed("POST")
		}
		return c.bulk()
	case ".search":
		return answer{}, fault{status: http.StatusNotImplemented, detail: "a search across types is not built in qiwei; search Users or Groups"}
	}
	for _, t := range resourceTypes {
		if t.endpoint == name {
			return c.resource(t)
		}
	}
	return answer{}, errNotFound
}

// describe answers what the server can do (RFC 7644, 4).
func (c *call) describe(name string) (answer, error) {
	if c.method != http.MethodGet {
		return answer{}, notAllowed("GET")
	}
	if c.query.Has("filter") {
		return answer{}, fault{status: http.StatusForbidden, detail: "these cannot be filtered"}
	}
	if name == "ServiceProviderConfig" {
		return answer{status: http.StatusOK, body: configDocument(c.base)}, nil
	}
	var list []any
	for _, t := range resourceTypes {
		if name == "ResourceTypes" {
			list = append(list, t.document(c.base))
			continue
		}
		for _, s := range append([]*schema{t.schema}, t.extensions...) {
			list = append(list, s.document(c.base))
		}
	}
	if len(c.parts) == 1 {
		return answer{status: http.StatusOK, body: document{"schemas": []any{urnList}, "totalResults": len(list), "itemsPerPage": len(list), "startIndex": 1, "Resources": list}}, nil
	}
	for _, e := range list {
		if d := e.(document); len(c.parts) == 2 && strings.EqualFold(d.text("id"), c.parts[1]) {
			return answer{status: http.StatusOK, body: d}, nil
		}
	}
	return answer{}, errNotFound
}

// resource answers requests for one type of resource.
func (c *call) resource(t *resourceType) (answer, error) {
	switch {
	case len(c.parts) == 1 && c.method == http.MethodGet:
		a, err := askedByQuery(c.query)
		if err != nil {
			return answer{}, err
		}
		return c.list(t, a)
	case len(c.parts) == 2 && c.parts[1] == ".search":
		if c.method != http.MethodPost {
			return answer{}, notAllowed("POST")
		}
		body, err := c.body(maxBody)
		if err != nil {
			return answer{}, err
		}
		a, err := askedByBody(body)
		if err != nil {
			return answer{}, err
		}
		return c.list(t, a)
	case len(c.parts) == 1 && c.method == http.MethodPost:
	case len(c.parts) == 1:
		return answer{}, notAllowed("GET", "POST")
	case len(c.parts) > 2:
		return answer{}, errNotFound
	case !slices.Contains([]string{http.MethodGet, http.MethodPut, http.MethodPatch, http.MethodDelete}, c.method):
		return answer{}, notAllowed("GET", "PUT", "PATCH", "DELETE")
	}
	a, err := askedByQuery(c.query)
	if err != nil {
		return answer{}, err
	}
	var body document
	if c.method != http.MethodGet && c.method != http.MethodDelete {
		if body, err = c.body(maxBody); err != nil {
			return answer{}, err
		}
	}
	resourceID := ""
	if len(c.parts) == 2 {
		resourceID = c.parts[1]
	}
	return c.do(t, c.method, resourceID, body, t.newProjection(a.attributes, a.without), c.header)
}

func (c *call) list(t *resourceType, a asked) (answer, error) {
	l, err := a.listing(t)
	if err != nil {
		return answer{}, err
	}
	var d document
	err = c.s.deps.Store.Read(c.ctx, func(tx *store.Tx) (err error) {
		q := c.s.newRequest(c.ctx, tx, c.corpID)
		if t == userType {
			d, err = q.users(l)
		} else {
			d, err = q.groups(l)
		}
		return err
	})
	return answer{status: http.StatusOK, body: d}, err
}

// do carries out one operation on one resource, in a transaction of its own.
func (c *call) do(t *resourceType, method, resourceID string, body document, p projection, h http.Header) (a answer, err error) {
	var list []change
	switch method {
	case http.MethodPatch:
		if list, err = changes(body); err != nil {
			return a, err
		}
	case http.MethodPost, http.MethodPut:
		if err := checkSchemas(t, body); err != nil {
			return a, err
		}
		if body, err = t.normal(body); err != nil {
			return a, err
		}
	}
	run := c.s.deps.Store.Write
	if method == http.MethodGet {
		run = c.s.deps.Store.Read
	}
	err = run(c.ctx, func(tx *store.Tx) error {
		q := c.s.newRequest(c.ctx, tx, c.corpID)
		a, err = q.do(t, method, resourceID, body, list, h)
		return err
	})
	if err != nil || a.body == nil {
		return a, err
	}
	meta := a.body.object("meta")
	a.header = map[string]string{"ETag": meta.text("version"), "Content-Location": meta.text("location")}
	if method == http.MethodPost {
		a.header["Location"] = meta.text("location")
	}
	if method == http.MethodGet && matchesVersion(h.Get("If-None-Match"), meta.text("version")) {
		return answer{status: http.StatusNotModified, header: a.header}, nil
	}
	a.body = p.apply(a.body)
	return a, nil
}

// checkSchemas refuses a body of another type, or one that claims to have none.
func checkSchemas(t *resourceType, body document) error {
	v, ok := body.get("schemas")
	if !ok {
		return nil // as some leave it out
	}
	list, isList := v.([]any)
	for _, e := range list {
		if s, ok := e.(string); ok && strings.EqualFold(s, t.schema.urn) {
			return nil
		}
	}
	if !isList {
		return bad(invalidSyntax, "schemas: a list expected")
	}
	return bad(invalidValue, "schemas: %s expected", t.schema.urn)
}

// matchesVersion reports whether a list of versions has this one. They are weak,
// and compared as such.
func matchesVersion(header, version string) bool {
	if header == "" || version == "" {
		return false
	}
	for _, v := range strings.Split(header, ",") {
		if v = strings.TrimSpace(v); v == "*" || strings.TrimPrefix(v, "W/") == strings.TrimPrefix(version, "W/") {
			return true
		}
	}
	return false
}

func (q *request) do(t *resourceType, method, resourceID string, body document, list []change, h http.Header) (answer, error) {
	if t == userType {
		return q.doUser(method, resourceID, body, list, h)
	}
	return q.doGroup(method, resourceID, body, list, h)
}

// precondition checks If-Match against the resource as it is.
func precondition(h http.Header, current func() (document, error)) error {
	want := h.Get("If-Match")
	if want == "" {
		return nil
	}
	d, err := current()
	if err == nil && !matchesVersion(want, d.object("meta").text("version")) {
		err = errVersion
	}
	return err
}

func (q *request) doUser(method, resourceID string, body document, list []change, h http.Header) (a answer, err error) {
	if method == http.MethodPost {
		a.status = http.StatusCreated
		a.body, err = q.createUser(body)
		return a, err
	}
	m, err := q.member(resourceID)
	if err != nil {
		return a, err
	}
	if err := precondition(h, func() (document, error) { return q.user(m) }); err != nil {
		return a, err
	}
	a.status = http.StatusOK
	switch method {
	case http.MethodGet:
		a.body, err = q.user(m)
	case http.MethodPut:
		a.body, err = q.replaceUser(m, body)
	case http.MethodPatch:
		a.body, err = q.patchUser(m, list)
	case http.MethodDelete:
		a.status = http.StatusNoContent
		err = q.s.deps.Directory.DeleteMember(q.ctx, q.tx, q.by, m.UserID)
	}
	return a, err
}

func (q *request) doGroup(method, resourceID string, body document, list []change, h http.Header) (a answer, err error) {
	if method == http.MethodPost {
		a.status = http.StatusCreated
		a.body, err = q.createGroup(body)
		return a, err
	}
	g, err := q.group(resourceID)
	if err != nil {
		return a, err
	}
	if err := precondition(h, func() (document, error) { return q.whole(g.groupID) }); err != nil {
		return a, err
	}
	a.status = http.StatusOK
	switch method {
	case http.MethodGet:
		a.body, err = q.whole(g.groupID)
	case http.MethodPut:
		a.body, err = q.replaceGroup(g, body)
	case http.MethodPatch:
		a.body, err = q.patchGroup(g, list)
	case http.MethodDelete:
		a.status = http.StatusNoContent
		err = q.deleteGroup(g)
	}
	return a, err
}
