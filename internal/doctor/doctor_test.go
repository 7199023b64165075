package doctor_test

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"qiwei/callbackcrypto"
	"qiwei/internal/doctor"
	"qiwei/internal/outbound"
)

const (
	token  = "QDG6eK"
	aesKey = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2A"
	corpID = "wx5823bf96d3bd56c7"
)

// receiver is a program that receives callbacks, with what its author got wrong.
type receiver struct {
	token, key, receiveID string
	answer                func(w http.ResponseWriter, r *http.Request, text string) // instead of the text
	before                func(w http.ResponseWriter, r *http.Request) (done bool)
	query                 func(raw string) url.Values
	unpad                 func(buf []byte) ([]byte, bool)
	unsigned, unchecked   bool
	push                  func(w http.ResponseWriter, crypt *callbackcrypto.Crypt, p callbackcrypto.Push)
}

func (rc receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if rc.before != nil && rc.before(w, r) {
		return
	}
	crypt, err := callbackcrypto.New(or(rc.token, token), or(rc.key, aesKey), "")
	if err != nil {
		panic(err)
	}
	v := r.URL.Query()
	if rc.query != nil {
		v = rc.query(r.URL.RawQuery)
	}
	q := callbackcrypto.ParseQuery(v)
	if r.Method == http.MethodPost {
		body, _ := io.ReadAll(r.Body)
		p, err := crypt.OpenPush(q, body)
		if err != nil {
			http.Error(w, "bad push", http.StatusBadRequest)
		} else if rc.push != nil {
			rc.push(w, crypt, p)
		}
		return
	}
	if !rc.unsigned && crypt.Verify(q.Signature, q.Timestamp, q.Nonce, q.Echostr) != nil {
		http.Error(w, "bad signature", http.StatusForbidden)
		return
	}
	text, receiveID, ok := rc.open(or(rc.key, aesKey), q.Echostr)
	if !ok || !rc.unchecked && receiveID != rc.due() {
		http.Error(w, "cannot decrypt", http.StatusInternalServerError)
		return
	}
	if rc.answer != nil {
		rc.answer(w, r, text)
		return
	}
	io.WriteString(w, text)
}

func (rc receiver) due() string {
	if rc.receiveID == "none" {
		return ""
	}
	return or(rc.receiveID, corpID)
}

func (rc receiver) open(key, encrypted string) (text, receiveID string, ok bool) {
	raw, _ := base64.StdEncoding.DecodeString(key + "=")
	buf, err := base64.StdEncoding.DecodeString(encrypted)
	if err != nil || len(buf) == 0 || len(buf)%16 != 0 {
		return "", "", false
	}
	block, _ := aes.NewCipher(raw)
	cipher.NewCBCDecrypter(block, raw[:16]).CryptBlocks(buf, buf)
	unpad := rc.unpad
	if unpad == nil {
		unpad = func(b []byte) ([]byte, bool) { return cut(b, 32) }
	}
	if buf, ok = unpad(buf); !ok || len(buf) < 20 {
		return "", "", false
	}
	n := int(binary.BigEndian.Uint32(buf[16:]))
	if n < 0 || 20+n > len(buf) {
		return "", "", false
	}
	return string(buf[20 : 20+n]), string(buf[20+n:]), true
}

func cut(b []byte, most int) ([]byte, bool) {
	n := int(b[len(b)-1])
	if n < 1 || n > most || n > len(b) {
		return nil, false
	}
	return b[:len(b)-n], true
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// say answers with a text of its own.
func say(format string, headers ...string) func(http.ResponseWriter, *http.Request, string) {
	return func(w http.ResponseWriter, _ *http.Request, text string) {
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		fmt.Fprintf(w, format, text)
	}
}

func before(status int, body string, headers ...string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
		return true
	}
}

func examine(t *testing.T, d *doctor.Doctor, p doctor.Patient) doctor.Report {
	t.Helper()
	report, err := d.Examine(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Findings {
		if f.Zh == "" || f.En == "" || (f.MendZh == "") != (f.MendEn == "") {
			t.Errorf("a finding is not in both languages: %+v", f)
		}
	}
	return report
}

func open(t *testing.T) *doctor.Doctor {
	t.Helper()
	return doctor.New(doctor.Deps{Outbound: outbound.New(nil), Options: outbound.Options{Policy: outbound.Policy{Private: true}}, Within: time.Minute})
}

// TestMistakes has a receiver make each of the mistakes that integrators make.
func TestMistakes(t *testing.T) {
	t.Parallel()
	d := open(t)
	once := func(raw string) url.Values { v, _ := url.ParseQuery(raw); return v }
	for name, tt := range map[string]struct {
		receiver
		kind  doctor.Kind
		also  []string
		step  string // of the fault; nothing if the URL is good
		state doctor.State
		words string // in its English
	}{
		"none at all":        {},
		"a robot's, none":    {receiver: receiver{receiveID: "none"}, kind: doctor.Robot},
		"in quotes":          {receiver: receiver{answer: say(`"%s"`)}, step: doctor.StepAnswer, words: "in quotes"},
		"a line break":       {receiver: receiver{answer: say("%s\n")}, step: doctor.StepAnswer, words: "line break"},
		"a byte order mark":  {receiver: receiver{answer: say("\ufeff%s")}, step: doctor.StepAnswer, words: "byte order mark"},
		"as JSON":            {receiver: receiver{answer: say(`{"data":"%s"}`)}, step: doctor.StepAnswer, words: "wrapped in JSON"},
		"as a page":          {receiver: receiver{answer: say("<html><body>%s</body></html>")}, step: doctor.StepAnswer, words: "HTML"},
		"as XML":             {receiver: receiver{answer: say("<xml>%s</xml>")}, step: doctor.StepAnswer, words: "XML"},
		"with the receiveid": {receiver: receiver{answer: say("%s" + corpID)}, step: doctor.StepAnswer, words: "receiveid"},
		"with something":     {receiver: receiver{answer: say("echo: %s")}, step: doctor.StepAnswer, words: "more around"},
		"201":                {receiver: receiver{answer: func(w http.ResponseWriter, _ *http.Request, s string) { w.WriteHeader(201); io.WriteString(w, s) }}, step: doctor.StepStatus, words: "201"},
		"echostr as it came": {receiver: receiver{before: func(w http.ResponseWriter, r *http.Request) bool {
			io.WriteString(w, r.FormValue("echostr"))
			return true
		}}, step: doctor.StepAnswer, words: "as it came"},
		"not there":             {receiver: receiver{before: before(404, "no")}, step: doctor.StepStatus, words: "nothing receives"},
		"no GET":                {receiver: receiver{before: before(405, "no")}, step: doctor.StepStatus, words: "GET is not routed"},
		"a sign-in":             {receiver: receiver{before: before(401, "please sign in")}, step: doctor.StepStatus, words: "sign-in"},
		"sent to the sign-in":   {receiver: receiver{before: before(302, "", "Location", "/login?next=x")}, step: doctor.StepRedirect, words: "/login"},
		"sent to the slash":     {receiver: receiver{before: before(301, "", "Location", "/callback/?x=1")}, step: doctor.StepRedirect, words: "301"},
		"decodes twice":         {receiver: receiver{query: func(raw string) url.Values { s, _ := url.QueryUnescape(raw); return once(s) }}, step: doctor.StepQuery, words: "holds a +"},
		"cuts at each =":        {receiver: receiver{query: cutAtEach}, step: doctor.StepQuery, words: "ends in ="},
		"unpads by 16":          {receiver: receiver{unpad: func(b []byte) ([]byte, bool) { return cut(b, 16) }}, step: doctor.StepPadding, words: "32 bytes"},
		"unpads up to 31":       {receiver: receiver{unpad: func(b []byte) ([]byte, bool) { return cut(b, 31) }}, step: doctor.StepPadding, words: "32 bytes"},
		"another token":         {receiver: receiver{token: "another"}, step: doctor.StepSignature, words: "the signature does not pass"},
		"a token with a break":  {receiver: receiver{token: token + "\n"}, step: doctor.StepSignature, words: "line break"},
		"a token in lower case": {receiver: receiver{token: strings.ToLower(token)}, step: doctor.StepSignature, words: "lower case"},
		"the key as the token":  {receiver: receiver{token: aesKey}, step: doctor.StepSignature, words: "in place of the Token"},
		"a letter of the key":   {receiver: receiver{key: strings.Replace(aesKey, "W", "w", 1)}, step: doctor.StepDecrypt, words: "Character 2 of its EncodingAESKey is w; it must be W"},
		"another key":           {receiver: receiver{key: strings.Repeat("a", 42) + "A"}, step: doctor.StepDecrypt, words: "decryption fails"},
		"another key, garbage":  {receiver: receiver{key: strings.Repeat("a", 42) + "A", before: garbage}, step: doctor.StepDecrypt, words: "decryption fails"},
		"refuses all":           {receiver: receiver{before: before(500, "no")}, step: doctor.StepSignature, words: "every failure gets the same answer"},
		"an empty answer":       {receiver: receiver{before: before(200, "")}, step: doctor.StepSignature, words: "every failure gets the same answer"},
		"no receiveid":          {receiver: receiver{receiveID: "none"}, step: doctor.StepReceiveID, words: `expects the receiveid ""`},
		"the suite's id":        {receiver: receiver{receiveID: "dk0123456789"}, kind: doctor.Suite, also: []string{"dk0123456789"}, step: doctor.StepReceiveID, words: "provider's corpid"},
		"a robot with corpid":   {receiver: receiver{}, kind: doctor.Robot, also: []string{corpID}, step: doctor.StepReceiveID, words: "empty string"},
		"no signature":          {receiver: receiver{unsigned: true}, step: doctor.StepSignature, state: doctor.Remark, words: "does not check signatures"},
		"any receiveid":         {receiver: receiver{unchecked: true}, step: doctor.StepReceiveID, state: doctor.Remark, words: "does not check the receiveid"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(tt.receiver)
			defer server.Close()
			p := doctor.Patient{URL: server.URL + "/callback", Token: token, AESKey: aesKey, Kind: tt.kind, ReceiveID: corpID, Others: tt.also}
			if tt.kind == doctor.Robot {
				p.ReceiveID = ""
			}
			if tt.step != "" && tt.state == 0 {
				tt.state = doctor.Fault
			}
			report := examine(t, d, p)
			if want := tt.state != doctor.Fault; report.Verified != want {
				t.Errorf("verified %v, want %v: %+v", report.Verified, want, report.Findings)
			}
			found := tt.step == ""
			for _, f := range report.Findings {
				if tt.step == "" && f.State != doctor.Good {
					t.Errorf("found %+v", f)
				}
				found = found || f.Step == tt.step && f.State == tt.state && strings.Contains(f.En+f.MendEn, tt.words)
			}
			if !found {
				t.Errorf("not found in %+v", report.Findings)
			}
		})
	}
}

// garbage answers what the wrong key made of the text.
func garbage(w http.ResponseWriter, r *http.Request) bool {
	crypt, _ := callbackcrypto.New(token, aesKey, "")
	q := callbackcrypto.ParseQuery(r.URL.Query())
	if crypt.Verify(q.Signature, q.Timestamp, q.Nonce, q.Echostr) != nil {
		return false
	}
	io.WriteString(w, "\x01\x02"+q.Nonce)
	return true
}

// cutAtEach is a query parser that loses what follows a second "=".
func cutAtEach(raw string) url.Values {
	v := url.Values{}
	for _, pair := range strings.Split(raw, "&") {
		value, _ := url.QueryUnescape(pair)
		parts := strings.Split(value, "=")
		v.Set(parts[0], parts[1])
	}
	return v
}

// TestForm checks what needs no request.
func TestForm(t *testing.T) {
	t.Parallel()
	d := open(t)
	for name, tt := range map[string]struct {
		p     doctor.Patient
		words string
	}{
		"no URL":                {doctor.Patient{URL: "example.com/x", Token: token, AESKey: aesKey}, "whole URL"},
		"another scheme":        {doctor.Patient{URL: "ftp://example.com/x", Token: token, AESKey: aesKey}, "neither"},
		"a password in the URL": {doctor.Patient{URL: "http://a:b@example.com/x", Token: token, AESKey: aesKey}, "password"},
		"no token":              {doctor.Patient{URL: "http://127.0.0.1:1/", AESKey: aesKey}, "The Token is missing"},
		"a short key":           {doctor.Patient{URL: "http://127.0.0.1:1/", Token: token, AESKey: aesKey[1:]}, "43 characters"},
		"a key of signs":        {doctor.Patient{URL: "http://127.0.0.1:1/", Token: token, AESKey: "!" + aesKey[1:]}, "does not decode"},
		"a key with =":          {doctor.Patient{URL: "http://127.0.0.1:1/", Token: token, AESKey: aesKey + "="}, "no = at its end"},
		"a key with a space":    {doctor.Patient{URL: "http://127.0.0.1:1/", Token: token, AESKey: " " + aesKey}, "white space"},
		"a key with bits over":  {doctor.Patient{URL: "http://127.0.0.1:1/", Token: token, AESKey: aesKey[:42] + "B"}, "Write A instead"},
		"a token with a break":  {doctor.Patient{URL: "http://127.0.0.1:1/", Token: token + "\n", AESKey: aesKey}, "around the Token"},
		"a token of 33":         {doctor.Patient{URL: "http://127.0.0.1:1/", Token: strings.Repeat("a", 33), AESKey: aesKey}, "1 to 32"},
		"nothing listens":       {doctor.Patient{URL: "http://127.0.0.1:1/", Token: token, AESKey: aesKey}, "No connection"},
		"no such name":          {doctor.Patient{URL: "http://no-such-name.invalid/", Token: token, AESKey: aesKey}, "name"},
		"not allowed":           {doctor.Patient{URL: "http://169.254.169.254/", Token: token, AESKey: aesKey}, "not called"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			report := examine(t, d, tt.p)
			all, _ := json.Marshal(report)
			if report.Verified || !strings.Contains(string(all), tt.words) {
				t.Errorf("%s", all)
			}
		})
	}
}

// TestLine has the way to the receiver broken.
func TestLine(t *testing.T) {
	t.Parallel()
	d := open(t)
	plain := httptest.NewServer(receiver{})
	t.Cleanup(plain.Close)
	secure := httptest.NewTLSServer(receiver{})
	t.Cleanup(secure.Close)
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		io.WriteString(w, "short")
	}))
	t.Cleanup(broken.Close)
	closing := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	t.Cleanup(closing.Close)
	for name, tt := range map[string]struct{ url, step, words string }{
		"an unknown authority": {secure.URL, doctor.StepTLS, "authority"},
		"no TLS":               {strings.Replace(plain.URL, "http:", "https:", 1), doctor.StepTLS, "HTTP and not HTTPS"},
		"a short body":         {broken.URL, doctor.StepAnswer, "broke off"},
		"closed":               {closing.URL, doctor.StepAnswer, "without an answer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			report := examine(t, d, doctor.Patient{URL: tt.url, Token: token, AESKey: aesKey, ReceiveID: corpID})
			if len(report.Findings) != 1 || report.Findings[0].Step != tt.step || !strings.Contains(report.Findings[0].En, tt.words) {
				t.Errorf("%+v", report)
			}
		})
	}
}

// TestLate answers rightly, and too late.
func TestLate(t *testing.T) {
	t.Parallel()
	d := doctor.New(doctor.Deps{Outbound: outbound.New(nil), Options: outbound.Options{Policy: outbound.Policy{Private: true}}, Within: 100 * time.Millisecond})
	server := httptest.NewServer(receiver{before: func(_ http.ResponseWriter, r *http.Request) bool {
		select {
		case <-time.After(150 * time.Millisecond):
		case <-r.Context().Done():
		}
		return false
	}})
	defer server.Close()
	report := examine(t, d, doctor.Patient{URL: server.URL, Token: token, AESKey: aesKey, ReceiveID: corpID})
	if report.Verified || report.Findings[0].Step != doctor.StepTime || !strings.Contains(report.Findings[0].En, "took") {
		t.Errorf("%+v", report)
	}
}

// TestPushes looks at the answers to an event.
func TestPushes(t *testing.T) {
	t.Parallel()
	d := open(t)
	for name, tt := range map[string]struct {
		push  func(w http.ResponseWriter, crypt *callbackcrypto.Crypt, p callbackcrypto.Push)
		kind  doctor.Kind
		state doctor.State
		words string
	}{
		"nothing":           {nil, doctor.Application, doctor.Good, "taken"},
		"success":           {text("success"), doctor.Application, doctor.Remark, "answered with success"},
		"a reply":           {reply(callbackcrypto.XML), doctor.Application, doctor.Good, "reply opens"},
		"a robot's reply":   {reply(callbackcrypto.JSON), doctor.Robot, doctor.Good, "reply opens"},
		"JSON, not XML":     {text(`{"errcode":0}`), doctor.Application, doctor.Fault, "JSON came"},
		"XML, not JSON":     {text(`<xml></xml>`), doctor.Robot, doctor.Fault, "XML came"},
		"a plain text":      {text("hello"), doctor.Application, doctor.Fault, "does not open"},
		"a suite's success": {text("success"), doctor.Suite, doctor.Good, "taken"},
		"a suite's nothing": {nil, doctor.Suite, doctor.Fault, "success is expected"},
		"a suite's break":   {text("success\n"), doctor.Suite, doctor.Fault, "success is expected"},
		"an error": {func(w http.ResponseWriter, _ *callbackcrypto.Crypt, _ callbackcrypto.Push) { http.Error(w, "oh", 500) },
			doctor.Application, doctor.Fault, "answered 500"},
		"a guard against forgery": {func(w http.ResponseWriter, _ *callbackcrypto.Crypt, _ callbackcrypto.Push) {
			http.Error(w, "CSRF verification failed", http.StatusForbidden)
		}, doctor.Application, doctor.Fault, "CSRF"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rc := receiver{push: tt.push}
			p := doctor.Patient{Token: token, AESKey: aesKey, Kind: tt.kind, ReceiveID: corpID, Push: true}
			if tt.kind == doctor.Robot {
				p.ReceiveID, rc.receiveID = "", "none"
			}
			server := httptest.NewServer(rc)
			defer server.Close()
			p.URL = server.URL
			report := examine(t, d, p)
			last := report.Findings[len(report.Findings)-1]
			if !report.Verified || last.Step != doctor.StepPush || last.State != tt.state || !strings.Contains(last.En, tt.words) {
				t.Errorf("%+v", report.Findings)
			}
		})
	}
}

func text(body string) func(http.ResponseWriter, *callbackcrypto.Crypt, callbackcrypto.Push) {
	return func(w http.ResponseWriter, _ *callbackcrypto.Crypt, _ callbackcrypto.Push) { io.WriteString(w, body) }
}

func reply(f callbackcrypto.Format) func(http.ResponseWriter, *callbackcrypto.Crypt, callbackcrypto.Push) {
	return func(w http.ResponseWriter, crypt *callbackcrypto.Crypt, p callbackcrypto.Push) {
		p.Format = f
		body, err := crypt.SealReply(p.Reply([]byte("hello")))
		if err != nil {
			panic(err)
		}
		w.Write(body)
	}
}
