package wire_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func TestFind(t *testing.T) {
	t.Parallel()
	b := serve(t, echoes)
	const ok = "?access_token=good&userid=li"
	for _, tt := range []struct {
		method, path string
		status, code int
	}{
		{"GET", "/cgi-bin/read" + ok, 200, 0},
		{"POST", "/cgi-bin/read" + ok, 200, 0}, // PowerWeChat and others
		{"GET", "/cgi-bin/write" + ok, 200, 0},
		{"GET", "//cgi-bin//read" + ok, 200, 0},
		{"GET", "/cgi-bin///read" + ok, 200, 0},
		{"HEAD", "/cgi-bin/read" + ok, 200, 0},
		{"GET", "/cgi-bin/read/" + ok, 404, 0},
		{"GET", "/cgi-bin/Read" + ok, 404, 0},
		{"GET", "/cgi-bin/nothing" + ok, 404, 0},
		{"GET", "/cgi-bin/" + ok, 404, 0},
		{"GET", "/" + ok, 404, 0},
		{"OPTIONS", "/cgi-bin/read" + ok, 405, 0},
		{"PUT", "/cgi-bin/read" + ok, 405, 0},
		{"DELETE", "/cgi-bin/read" + ok, 405, 0},
		{"GET", "/cgi-bin/media/uploadimg", 200, 48002}, // known, not built here
		{"POST", "/cgi-bin/media/uploadimg" + ok, 200, 48002},
	} {
		got := b.call(tt.method, tt.path, "")
		if got.Status != tt.status || got.Code != tt.code {
			t.Errorf("%s %s: %d %s; want %d, errcode %d", tt.method, tt.path, got.Status, got.Body, tt.status, tt.code)
		}
		if got.Status != 200 && got.Body != "" {
			t.Errorf("%s %s: %d with the body %q", tt.method, tt.path, got.Status, got.Body)
		}
		if tt.code == 48002 && !strings.Contains(got.Msg, "not built in qiwei: /cgi-bin/media/uploadimg") {
			t.Errorf("%s", got.Body)
		}
		if tt.method == "HEAD" && (got.Header.Get("Error-Code") != "0" || got.Body != "") {
			t.Errorf("HEAD: %v %q", got.Header, got.Body)
		}
	}
}

func TestPlacement(t *testing.T) {
	t.Parallel()
	b := serve(t, echoes, func(c *wire.Config) { c.MaxBody = 1000 })
	large := `{"userid":"` + strings.Repeat("x", 1000) + `"}`
	for _, path := range []string{"/cgi-bin/read", "/cgi-bin/write", "/cgi-bin/direct"} {
		for _, tt := range []struct {
			name, method, query, body string
			header                    string
			code                      int
			msg                       string // how errmsg begins
		}{
			{"a token in the body", "POST", "?x=1", `{"access_token":"good","userid":"li"}`, "", 41001, "access_token missing, hint: ["},
			{"a token in a form", "POST", "", `access_token=good&userid=li`, "Content-Type: application/x-www-form-urlencoded", 41001, "access_token missing, hint"},
			{"a token in a header", "GET", "?userid=li", "", "Authorization: Bearer good", 41001, "access_token missing, hint"},
			{"an empty token", "GET", "?access_token=&userid=li", "", "", 41001, "access_token missing, hint"},
			{"a bad token", "GET", "?access_token=bad&userid=li", "", "", 40014, "invalid access_token"},
			{"an old token", "GET", "?access_token=old&userid=li", "", "", 42001, "access_token expired, hint"},
			{"a bad token comes before a bad body", "POST", "?access_token=bad", `{{{`, "", 40014, "invalid access_token"},
			{"and before a large body", "POST", "?access_token=bad", large, "", 40014, "invalid access_token"},
			{"and before an empty one", "POST", "?access_token=bad", "", "", 40014, "invalid access_token"},

			{"parameters in the query of a POST", "POST", "?access_token=good&userid=li", "", "", 0, ""},
			{"a body of a GET", "GET", "?access_token=good", `{"userid":"li"}`, "", 0, ""},
			{"a body without a type", "POST", "?access_token=good", `{"userid":"li"}`, "Content-Type: ", 0, ""},
			{"a body of curl's type", "POST", "?access_token=good", `{"userid":"li"}`, "Content-Type: application/x-www-form-urlencoded", 0, ""},
			{"a body of a charset", "POST", "?access_token=good", `{"userid":"li"}`, "Content-Type: application/json;charset=utf-8", 0, ""},
			{"a byte order mark", "POST", "?access_token=good", "\xEF\xBB\xBF" + `{"userid":"li"}`, "", 0, ""},
			{"unknown parameters", "POST", "?access_token=good&what=1&timestamp=2", `{"userid":"li","what":{}}`, "", 0, ""},
			{"an empty pair", "GET", "?&userid=li&access_token=good", "", "", 0, ""},
			{"the body in pieces", "POST", "?access_token=good", `{"userid":"li"}`, "Transfer-Encoding: chunked", 0, ""},

			{"an empty body", "POST", "?access_token=good", "", "", 41009, "userid missing, hint"},
			{"an empty object", "POST", "?access_token=good", "{}", "", 41009, "userid missing, hint"},
			{"null", "POST", "?access_token=good", `{"userid":null}`, "", 41009, "userid missing, hint"},
			{"an empty text", "POST", "?access_token=good", `{"userid":""}`, "", 41009, "userid missing, hint"},
			{"a form", "POST", "?access_token=good", `userid=li`, "", 41009, "Warning: wrong json format. userid missing, hint"},
			{"text", "POST", "?access_token=good", `hello`, "", 41009, "Warning: wrong json format. userid missing, hint"},
			{"a body that breaks off", "POST", "?access_token=good", `{"userid":"li`, "", 41009, "Warning: wrong json format. userid missing, hint"},
			{"a field of the wrong type", "POST", "?access_token=good", `{"userid":"li","n":"x"}`, "", 40058, "Warning: wrong json format. invalid Request Parameter. n is no number, hint"},
			{"a parameter of the wrong type", "POST", "?access_token=good&n=x", `{"userid":"li"}`, "", 40058, "invalid Request Parameter. n is no number, hint"},
			{"a large body", "POST", "?access_token=good", large, "", 40206, "request body too large. "},
			{"a large body in pieces", "POST", "?access_token=good", large, "Transfer-Encoding: chunked", 40206, "request body too large. "},
		} {
			req, err := http.NewRequest(tt.method, b.URL+path+tt.query, strings.NewReader(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			switch name, value, _ := strings.Cut(tt.header, ": "); name {
			case "":
			case "Transfer-Encoding":
				req.Body, req.ContentLength = io.NopCloser(strings.NewReader(tt.body)), -1
			default:
				req.Header.Set(name, value)
			}
			want := tt.msg
			if tt.code == 0 {
				want = map[bool]string{true: "created", false: "ok"}[path == "/cgi-bin/write"]
			}
			got := b.do(req)
			if got.Code != tt.code || !strings.HasPrefix(got.Msg, want) || tt.code == 40014 && got.Msg != want {
				t.Errorf("%s: %s: %s; want errcode %d %s", path, tt.name, got.Body, tt.code, want)
			}
		}
	}
	// A list with one wrong element is read apart from it. The message then ends with the warning and its
	// space.
	for path, want := range map[string]string{"/cgi-bin/read": "ok. Warning: wrong json format. ", "/cgi-bin/write": "created. Warning: wrong json format. "} {
		got := b.call("POST", path+"?access_token=good", `{"userid":"li","list":["a",{},"b"],}`)
		if got.Code != 0 || got.Msg != want || string(got.List) != `["a","b"]` {
			t.Errorf("%s: %s", path, got.Body)
		}
	}
}

// A chunked body that breaks off is the sender's fault, not ours.
func TestBodyBreaksOff(t *testing.T) {
	t.Parallel()
	b := serve(t, echoes)
	for _, body := range []string{"zz\r\n", "5\r\n{\"a\":\r\nxyz\r\n", "5\r\n{\"a"} {
		conn, err := net.Dial("tcp", b.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "POST /cgi-bin/write?access_token=good HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n%s", body)
		conn.(*net.TCPConn).CloseWrite()
		raw, err := io.ReadAll(conn)
		conn.Close()
		if cut := !strings.HasSuffix(body, "\n"); err != nil || !(cut || strings.Contains(string(raw), `"errcode":40058`)) { // who has cut it is gone
			t.Errorf("%q: %s %v", body, raw, err)
		}
	}
	if log := b.log.String(); log != "" {
		t.Errorf("logged %s", log)
	}
}

func TestErrorEnvelope(t *testing.T) {
	t.Parallel()
	b := serve(t, echoes)
	shape := regexp.MustCompile(`^access_token expired, hint: \[(\d{10})(\d{15})\], from ip: 127\.0\.0\.1, more info at https://open\.work\.weixin\.qq\.com/devtool/query\?e=42001$`)
	hints := map[string]bool{}
	for range 20 {
		got := b.call("GET", "/cgi-bin/read?access_token=old", "")
		m := shape.FindStringSubmatch(got.Msg)
		if m == nil || m[1] != fmt.Sprint(start.Unix()) {
			t.Fatal(got.Body)
		}
		hints[m[2]] = true
		if want := `{"errcode":42001,"errmsg":"` + got.Msg + `","list":[]}`; got.Body != want {
			t.Errorf("%s, want %s", got.Body, want)
		}
	}
	if len(hints) != 20 {
		t.Errorf("20 calls had %d hints", len(hints))
	}
	for path, want := range map[string]string{
		// As seen live (2026-09), without the tail unless the endpoint says so.
		"/cgi-bin/read?access_token=bad":            `^\{"errcode":40014,"errmsg":"invalid access_token","list":\[\]\}$`,
		"/cgi-bin/read?access_token=bad&debug=1":    `^\{"errcode":40014,"errmsg":"invalid access_token","list":\[\]\}$`,
		"/cgi-bin/tail?access_token=bad":            `^\{"list":\[\],"errcode":40014,"errmsg":"invalid access_token, hint: \[\d{25}\], from ip: 127.0.0.1, more info at [^"]*\?e=40014"\}$`,
		"/cgi-bin/tail?access_token=good":           `^\{"list":\[\],"errcode":41009,"errmsg":"userid missing, hint: [^"]*"\}$`,
		"/cgi-bin/tail?access_token=good&userid=li": `^\{"userid":"li","list":\[\],"errcode":0,"errmsg":"ok"\}$`,
		"/cgi-bin/read?access_token=good&userid=li": `^\{"errcode":0,"errmsg":"ok","userid":"li","list":\[\]\}$`,
	} {
		if got := b.call("GET", path, ""); !regexp.MustCompile(want).MatchString(got.Body) {
			t.Errorf("%s: %s, want %s", path, got.Body, want)
		}
	}
	// An address that is not known is left empty, and one of IPv6 written as such.
	for ip, want := range map[string]string{"?": "from ip: , more", "2001:db8::7": "from ip: 2001:db8::7, more", "::ffff:203.0.113.9": "from ip: 203.0.113.9, more"} {
		req, _ := http.NewRequest("GET", b.URL+"/cgi-bin/read?access_token=old", nil)
		req.Header.Set("From-IP", ip)
		if got := b.do(req); !strings.Contains(got.Msg, want) {
			t.Errorf("from %q: %s", ip, got.Msg)
		}
	}
}

// If there are two faults, the earlier check answers.
func TestOrderOfChecks(t *testing.T) {
	t.Parallel()
	own := wire.Limit{PerCorp: 1, Every: time.Minute}
	endpoints := []wire.Endpoint{
		{Method: "POST", Path: "/cgi-bin/call", Doc: 1, Allow: access.Allow{access.SelfBuilt: access.InRange, access.ContactSync: access.Edit}, Handle: wire.Write(echoInTx)},
		{Method: "POST", Path: "/cgi-bin/limited", Doc: 1, Limit: own, Allow: access.Allow{access.SelfBuilt: access.InRange}, Handle: wire.Write(echoInTx)},
		{Method: "GET", Path: "/cgi-bin/details", Doc: 1, Allow: access.Allow{access.ContactSync: access.Historical}, Handle: wire.Read(echoInTx)},
	}
	b := serve(t, endpoints, func(c *wire.Config) { c.Limits = true })
	make := func(name string, kind access.Kind, change func(*access.Caller)) {
		c := caller("corp of "+name, kind)
		if change != nil {
			change(&c)
		}
		b.callers[name] = c
	}
	nowhere := access.Addresses{}
	make("elsewhere", access.SelfBuilt, func(c *access.Caller) { c.Trusted = nowhere })
	make("elsewhere and off", access.SelfBuilt, func(c *access.Caller) { c.Trusted, c.Disabled = nowhere, true })
	make("off", access.SelfBuilt, func(c *access.Caller) { c.Disabled = true })
	make("plain", access.SelfBuilt, nil)
	make("archive", access.ChatArchive, nil)
	make("archive, off", access.ChatArchive, func(c *access.Caller) { c.Disabled = true })
	make("grant", access.ContactsEdit, nil)
	make("sync", access.ContactSync, nil)
	make("sync that reads", access.ContactSync, func(c *access.Caller) { c.Sync = "read" })
	make("sync that is off", access.ContactSync, func(c *access.Caller) { c.Sync = "" })
	make("sync from an old address", access.ContactSync, func(c *access.Caller) { c.Trusted, _ = access.ParseAddresses("127.0.0.1!historical") })
	for _, tt := range []struct {
		name, path, token, body string
		code                    int
	}{
		{"a bad token, from elsewhere", "call", "bad", `{`, 40014},
		{"from elsewhere, off, with a bad body", "call", "elsewhere and off", `{`, 60020},
		{"from elsewhere, of the wrong kind", "details", "elsewhere", ``, 60020},
		{"off, with a bad body", "call", "off", `{`, 50003},
		{"off, of the wrong kind", "details", "archive, off", ``, 50003},
		{"the first of a minute", "limited", "plain", `{"userid":"li"}`, 0},
		{"the second, with a bad body", "limited", "plain", `{`, 45009},
		{"of the wrong kind for the first time", "limited", "archive", `{`, 48002},
		{"of the wrong kind, too often", "limited", "archive", `{`, 45009},
		{"of the wrong kind, with a bad body", "call", "archive", `{`, 48002},
		{"a grant for something else", "call", "grant", `{`, 48008},
		{"contact sync that edits", "call", "sync", `{"userid":"li"}`, 0},
		{"contact sync that only reads", "call", "sync that reads", `{"userid":"li"}`, 48002},
		{"contact sync that is switched off", "call", "sync that is off", `{"userid":"li"}`, 48002},
		{"contact sync reading details", "details", "sync", ``, 48009},
		{"contact sync reading details from an old address", "details", "sync from an old address", ``, 41009},
		{"contact sync that is switched off, reading", "details", "sync that is off", ``, 48002},
		{"everything right but the body", "call", "plain", `{`, 41009},
	} {
		if got := b.call("POST", "/cgi-bin/"+tt.path+"?access_token="+strings.ReplaceAll(tt.token, " ", "%20"), tt.body); got.Code != tt.code {
			t.Errorf("%s: %s, want %d", tt.name, got.Body, tt.code)
		}
	}
}

// An internal error is "system busy" to the caller, and complete in the log under the hint's number.
func TestOurOwnFailures(t *testing.T) {
	t.Parallel()
	secret := errors.New("password sesame of postgres://")
	failing := func(_ context.Context, _ *store.Tx, _ access.Caller, req echoRequest) (echoResponse, error) {
		switch req.UserID {
		case "error":
			return echoResponse{}, fmt.Errorf("insert member: %w", secret)
		case "panic":
			panic("sesame")
		case "unique":
			return echoResponse{}, fmt.Errorf("insert member: %w", store.ErrUnique)
		case "refused":
			return echoResponse{}, fmt.Errorf("step 3: %w", errUser.With("because"))
		}
		return echoResponse{}, nil
	}
	b := serve(t, []wire.Endpoint{
		{Method: "GET", Path: "/cgi-bin/read", Doc: 1, Allow: all, Handle: wire.Read(failing)},
		{Method: "GET", Path: "/cgi-bin/write", Doc: 1, Allow: all, Handle: wire.Write(failing)},
	})
	for _, path := range []string{"/cgi-bin/read", "/cgi-bin/write"} {
		for user, want := range map[string]string{
			"error": "system busy, hint: [", "panic": "system busy, hint: [", "unique": "data version conflict, hint: [", "refused": "userid missing. because, hint: [",
		} {
			before := len(b.log.String())
			got := b.call("GET", path+"?access_token=good&userid="+user, "")
			log := b.log.String()[before:]
			hint := regexp.MustCompile(`\[(\d{25})\]`).FindStringSubmatch(got.Msg)
			if !strings.HasPrefix(got.Msg, want) || strings.Contains(got.Body, "sesame") || hint == nil || string(got.List) != "[]" {
				t.Errorf("%s %s: %s", path, user, got.Body)
				continue
			}
			if logged := user != "refused"; logged != strings.Contains(log, `"id":"`+hint[1]+`"`) || (logged && !strings.Contains(log, `"path":"`+path+`"`)) {
				t.Errorf("%s %s: logged %s", path, user, log)
			}
			if (user == "error" || user == "panic") && !strings.Contains(log, "sesame") {
				t.Errorf("%s %s: the cause is not in the log: %s", path, user, log)
			}
			if user == "panic" && !strings.Contains(log, "server_test.go") {
				t.Errorf("%s: the log does not say where: %s", path, log)
			}
		}
	}
}

func TestDeclarations(t *testing.T) {
	t.Parallel()
	good := func() wire.Endpoint {
		return wire.Endpoint{Method: "GET", Path: "/cgi-bin/x", Doc: 1, Allow: all, Handle: wire.Read(echoInTx)}
	}
	if _, err := wire.NewServer(wire.Config{}, []wire.Endpoint{good()}); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*wire.Endpoint){
		"no method":         func(ep *wire.Endpoint) { ep.Method = "" },
		"another method":    func(ep *wire.Endpoint) { ep.Method = "PUT" },
		"another place":     func(ep *wire.Endpoint) { ep.Path = "/x" },
		"no page":           func(ep *wire.Endpoint) { ep.Doc = 0 },
		"for nobody":        func(ep *wire.Endpoint) { ep.Allow = nil },
		"nothing to a kind": func(ep *wire.Endpoint) { ep.Allow = access.To(access.Nothing, access.SelfBuilt) },
		"no handler":        func(ep *wire.Endpoint) { ep.Handle = wire.Handler{} },
	} {
		ep := good()
		spoil(&ep)
		if _, err := wire.NewServer(wire.Config{}, []wire.Endpoint{ep}); err == nil {
			t.Errorf("%s: it was taken", name)
		}
	}
	if _, err := wire.NewServer(wire.Config{}, []wire.Endpoint{good(), good()}); err == nil {
		t.Error("two endpoints at one path were taken")
	}
}

func TestErrorValues(t *testing.T) {
	t.Parallel()
	base := wire.Code(60102, "userid existed")
	said := base.With("%q", "li")
	if !errors.Is(said, base) || !errors.Is(fmt.Errorf("x: %w", said), base) || errors.Is(said, wire.Code(60103, "userid existed")) || base.Note != "" {
		t.Errorf("%v and %v", base, said)
	}
	if got := base.Value(":", "li"); got.Text != "userid existed:li" || base.Text != "userid existed" || !errors.Is(got, base) {
		t.Errorf("%v", got)
	}
}

// A refusal stands in a header line, too, so it is short whatever it says of the request.
func TestLongRefusals(t *testing.T) {
	t.Parallel()
	b := serve(t, []wire.Endpoint{{Method: "POST", Path: "/cgi-bin/write", Doc: 1, Allow: all, Handle: wire.Write(
		func(_ context.Context, _ *store.Tx, _ access.Caller, req echoRequest) (echoResponse, error) {
			return echoResponse{}, wire.ErrParameter.With("userid: %q", req.UserID)
		})}})
	for _, tt := range []struct {
		letter   string
		most     int // bytes of the message's beginning, before the hint
		complete bool
	}{{"x", 100, true}, {"x", 70_000, false}, {"中", 20_000, false}} {
		got := b.call("POST", "/cgi-bin/write?access_token=good", `{"userid":"`+strings.Repeat(tt.letter, tt.most)+`"}`)
		if got.Code != 40058 || len(got.Msg) > 2300 || len(got.Header.Get("Error-Msg")) > 2300 || !utf8.ValidString(got.Msg) || strings.Contains(got.Msg, "\uFFFD") {
			t.Errorf("%d times %s: %d bytes, in the header %d: %.100s", tt.most, tt.letter, len(got.Msg), len(got.Header.Get("Error-Msg")), got.Body)
		}
		if whole := strings.Contains(got.Msg, strings.Repeat(tt.letter, tt.most)+`"`); whole != tt.complete {
			t.Errorf("%d times %s: whole %v", tt.most, tt.letter, whole)
		}
	}
}
