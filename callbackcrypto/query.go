package callbackcrypto

import (
	"net/url"
	"strings"
)

// Query is what the URL of a callback carries (doc 90930), decoded.
type Query struct {
	Signature string // msg_signature
	Timestamp string // unix seconds
	Nonce     string
	Echostr   string // only where a URL is verified (GET)
}

// ParseQuery picks the callback's parameters out of a URL's. A missing one is empty, and others are ignored.
func ParseQuery(v url.Values) Query {
	return Query{
		Signature: v.Get("msg_signature"),
		Timestamp: v.Get("timestamp"),
		Nonce:     v.Get("nonce"),
		Echostr:   v.Get("echostr"),
	}
}

// Encode returns the query as WeCom writes it: in its order, every value
// percent-encoded. A raw "+" in echostr would reach the receiver as a space.
func (q Query) Encode() string {
	s := "msg_signature=" + url.QueryEscape(q.Signature) +
		"&timestamp=" + url.QueryEscape(q.Timestamp) +
		"&nonce=" + url.QueryEscape(q.Nonce)
	if q.Echostr != "" {
		s += "&echostr=" + url.QueryEscape(q.Echostr)
	}
	return s
}

// AppendTo returns the URL to call: callbackURL, which may have a query of its
// own (callback_format=json), with q after it and without its fragment.
func (q Query) AppendTo(callbackURL string) string {
	callbackURL, _, _ = strings.Cut(callbackURL, "#")
	switch {
	case strings.HasSuffix(callbackURL, "?"), strings.HasSuffix(callbackURL, "&"):
		return callbackURL + q.Encode()
	case strings.Contains(callbackURL, "?"):
		return callbackURL + "&" + q.Encode()
	}
	return callbackURL + "?" + q.Encode()
}
