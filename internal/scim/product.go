package scim

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
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

// send makes a request. 404 and 409 are answers. Any other failure is an error; it is unavailable if it does
// not concern only this resource.
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
