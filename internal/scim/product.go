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
)

// maxAnswer bounds what is read of a product's answer.
const maxAnswer = 8 << 20

// newClient returns what products are spoken to with. The addresses are the
// administrator's own, so any of them is called; redirects are not followed,
// because a token would go with them.
func newClient() *http.Client {
	return &http.Client{
		Timeout:       30 * time.Second,
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 4, IdleConnTimeout: time.Minute, TLSHandshakeTimeout: 10 * time.Second},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

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
	resp, err := p.client.Do(req)
	if err != nil {
		return 0, nil, unavailable{err}
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return 0, nil, unavailable{err}
	}
	if len(raw) > 0 {
		json.Unmarshal(raw, &answer) // what is no JSON has no id and no detail
	}
	s := resp.StatusCode
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
