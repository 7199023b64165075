package oidc

import (
	"crypto/sha256"
	"encoding/base64"
	"html/template"
	"net/http"
	"net/url"
	"sync"

	"qiwei/internal/login"
	"qiwei/internal/login/page"
)

// sendBack answers the client with an error. If the client does not exist or the address is not registered,
// it answers the member with a page instead. No request leads to an unregistered address.
func (s *Service) sendBack(v *login.Visit, a authRequest, e *refusal) error {
	if a.redirect == nil {
		return v.Problem(http.StatusBadRequest, page.BadClient(a.query.Get("client_id"), a.query.Get("redirect_uri"), e.code, e.description()))
	}
	return s.answer(v, a, url.Values{"error": {e.code}, "error_description": {e.description()}})
}

// answer takes the browser back to the client. The answer names the issuer, so that a client of several
// issuers does not take one's code to another (RFC 9207).
func (s *Service) answer(v *login.Visit, a authRequest, answer url.Values) error {
	answer.Set("iss", s.Issuer(a.corp.CorpID))
	if a.query.Has("state") {
		answer.Set("state", a.query.Get("state"))
	}
	h := v.Writer().Header()
	h.Set("Pragma", "no-cache")
	if a.formPost {
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'sha256-"+sendScriptHash+"'; frame-ancestors 'none'; base-uri 'none'")
		h.Set("Content-Type", "text/html; charset=utf-8")
		return formPost().Execute(v.Writer(), formAnswer{template.URL(a.redirect.String()), answer, template.JS(sendScript)})
	}
	to := *a.redirect
	q := to.Query()
	for name := range answer {
		q.Set(name, answer.Get(name))
	}
	to.RawQuery = q.Encode()
	h.Set("Location", to.String())
	v.Writer().WriteHeader(http.StatusSeeOther)
	return nil
}

// formAnswer is an answer as a form that sends itself (OAuth 2.0 Form Post Response Mode). Its address was
// checked when it was registered. It may have an application's own scheme, which the template alone would not
// let through.
type formAnswer struct {
	To     template.URL
	Fields url.Values
	Script template.JS
}

// The Content-Security-Policy lets this script run and no other.
const sendScript = `document.forms[0].submit()`

var sendScriptHash = func() string {
	sum := sha256.Sum256([]byte(sendScript))
	return base64.StdEncoding.EncodeToString(sum[:])
}()

var formPost = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("form_post").Parse(`<!doctype html>
<html><head><meta charset="utf-8"><title>正在返回 / Returning</title></head><body>
<form method="post" action="{{.To}}">
{{range $name, $values := .Fields}}{{range $values}}<input type="hidden" name="{{$name}}" value="{{.}}">
{{end}}{{end}}<noscript><button type="submit">继续 / Continue</button></noscript>
</form>
<script>{{.Script}}</script>
</body></html>
`))
})
