package scim

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"qiwei/internal/outbound"
)

// maxAnswer bounds what is read of a product's answer.
const maxAnswer = 8 << 20

// newClient returns the HTTP client for products, which are often in the operator's own network. It follows
// no redirects, because they would get the token.
func newClient(n *outbound.Network) *outbound.Client {
	return n.Client(outbound.Options{
		Purpose: "scim", Policy: outbound.Policy{Private: true}, Timeout: 30 * time.Second, Proxied: true, KeepPerHost: 4, Compressed: true, HTTP2: true,
	})
}

// product is a target as it is spoken to.
type product struct {
	target Target
	client *outbound.Client
	token  string
}

// unavailable says that the product as a whole does not answer, or not to us.
type unavailable struct{ error }

// send makes a request. 404 and 409 are answers; whatever else is no success is
// an error, unavailable where it is not about this one resource.
func (p *product) send(ctx context.Context, method, path string, body document) (status int, answer document, err error) {
	var in io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return 0, nil, err
		}
		in = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, p.target.URL+path, in)
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+p.token)
	req.Header.Set("Accept", mediaType+", application/json")
	if body != nil {
		req.Header.Set("Content-Type", mediaType)
	}
	got, err := p.client.Read(req, maxAnswer)
	if err != nil {
		return 0, nil, unavailable{err}
	}
	if len(got.Body) > 0 {
		json.Unmarshal(got.Body, &answer) // what is no JSON has no id and no detail
	}
	s := got.Status
	switch {
	case s >= 200 && s < 300, s == http.StatusNotFound, s == http.StatusConflict:
		return s, answer, nil
	}
	err = fmt.Errorf("%s %s: %d %s", method, strings.SplitN(path, "?", 2)[0], s, answer.text("detail"))
	if s >= 500 && s != http.StatusNotImplemented || s >= 300 && s < 400 || s == http.StatusUnauthorized || s == http.StatusForbidden || s == http.StatusTooManyRequests || s == http.StatusRequestTimeout {
		err = unavailable{err}
	}
	return s, answer, err
}

// keep makes the product have the document, and returns the resource's id. What
// has the same name already, without our knowing, becomes ours.
func (p *product) keep(ctx context.Context, endpoint, remoteID string, doc document) (string, error) {
	if remoteID != "" {
		found, err := p.put(ctx, endpoint, remoteID, doc)
		if err != nil || found {
			return remoteID, err
		}
	}
	status, answer, err := p.send(ctx, http.MethodPost, endpoint, doc)
	if err != nil {
		return "", err
	}
	if status == http.StatusConflict {
		name := "userName"
		if endpoint == "/Groups" {
			name = "displayName"
		}
		_, list, err := p.send(ctx, http.MethodGet, endpoint+"?filter="+url.QueryEscape(name+" eq "+strconv.Quote(doc.text(name))), nil)
		if err != nil {
			return "", err
		}
		found := list.objects("Resources")
		if len(found) != 1 || found[0].text("id") == "" {
			return "", fmt.Errorf("409, and %d resources have the %s %q: %s", len(found), name, doc.text(name), answer.text("detail"))
		}
		remoteID = found[0].text("id")
		there, err := p.put(ctx, endpoint, remoteID, doc)
		if err == nil && !there {
			err = errors.New("404 for a resource that it has just listed")
		}
		return remoteID, err
	}
	if answer.text("id") == "" {
		return "", fmt.Errorf("%d without an id", status)
	}
	return answer.text("id"), nil
}

// put replaces a resource; found is false where the product has it no more.
func (p *product) put(ctx context.Context, endpoint, remoteID string, doc document) (found bool, err error) {
	status, answer, err := p.send(ctx, http.MethodPut, endpoint+"/"+url.PathEscape(remoteID), doc.with("id", remoteID))
	if err == nil && status == http.StatusConflict {
		err = fmt.Errorf("PUT %s/%s: 409 %s", endpoint, remoteID, answer.text("detail"))
	}
	return status != http.StatusNotFound, err
}

func (d document) with(key string, v any) document {
	out := maps.Clone(d)
	out[key] = v
	return out
}

// deactivate tells the product that a member has left.
func (p *product) deactivate(ctx context.Context, remoteID string) error {
	_, _, err := p.send(ctx, http.MethodPatch, "/Users/"+url.PathEscape(remoteID), document{"schemas": []any{urnPatch},
		"Operations": []any{document{"op": "replace", "value": document{"active": false}}}})
	return err // one that it does not know is fine
}

func (p *product) remove(ctx context.Context, endpoint, remoteID string) error {
	_, _, err := p.send(ctx, http.MethodDelete, endpoint+"/"+url.PathEscape(remoteID), nil)
	return err
}
