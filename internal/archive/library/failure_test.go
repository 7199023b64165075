package library_test

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
)

func TestRefusalsAndFailures(t *testing.T) {
	t.Parallel()
	b := needed(t, strict)
	json := func(status, code int, msg string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, r *http.Request) { refuse(w, status, code, msg) }
	}
	raw := func(answer string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, r *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				panic(err)
			}
			fmt.Fprint(conn, answer)
			conn.Close()
		}
	}
	const empty = `"chatdata":[]}`
	for name, tt := range map[string]struct {
		answer          func(http.ResponseWriter, *http.Request)
		chatdata, media string // what the driver prints, and the code of the media call
	}{
		"the secret of another application": {json(400, 48002, "api forbidden"),
			"0\n{\"errcode\":48002,\"errmsg\":\"api forbidden\"," + empty, "10003"},
		"an untrusted address": {json(400, 301042, "not allow to access from your ip"),
			"0\n{\"errcode\":301042,\"errmsg\":\"not allow to access from your ip\"," + empty, "10009"},
		"a file that is gone":       {json(400, 301048, "expired"), "0\n{\"errcode\":301048,\"errmsg\":\"expired\"," + empty, "10010"},
		"a code of the library":     {json(400, 10010, "expired"), "10010\n", "10010"},
		"a refusal with status 200": {json(200, 45009, "slower"), "0\n{\"errcode\":45009,\"errmsg\":\"slower\"," + empty, "10001"},
		"busy":                      {json(400, -1, "busy"), "0\n{\"errcode\":-1,\"errmsg\":\"busy\"," + empty, "10001"},
		"status 503":                {raw("HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy"), "10001\n", "10001"},
		"status 404":                {raw("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"), "10001\n", "10001"},
		"a redirection":             {raw("HTTP/1.1 302 Found\r\nLocation: https://elsewhere.invalid/\r\n\r\n"), "10001\n", "10001"},
		"a page":                    {raw("HTTP/1.1 200 OK\r\n\r\n<html>"), "10002\n", "10002"},
		"half a JSON":               {raw("HTTP/1.1 200 OK\r\n\r\n{\"errcode\":0,\"chatdata\":["), "10002\n", "10002"},
		"a JSON with more behind":   {raw("HTTP/1.1 200 OK\r\n\r\n{\"errcode\":0}}"), "10002\n", "10002"},
		"nested without end":        {raw("HTTP/1.1 200 OK\r\n\r\n{\"a\":" + strings.Repeat("[", 100000)), "10002\n", "10002"},
		"a body cut short":          {raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}"), "10001\n", "10001"},
		"a length that is none":     {raw("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}"), "10001\n", "10001"},
		"a length beyond all":       {raw("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n{}"), "10001\n", "10001"},
		"a chunk beyond all":        {raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n"), "10001\n", "10001"},
		"a chunk without a size":    {raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n{}"), "10001\n", "10001"},
		"a coding that is unknown":  {raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n{}"), "10001\n", "10001"},
		"a head without an end":     {raw("HTTP/1.1 200 OK\r\n" + strings.Repeat("X: y\r\n", 20000)), "10001\n", "10001"},
		"something else":            {raw("220 smtp.invalid ready\r\n\r\n"), "10001\n", "10001"},
		"nothing":                   {raw(""), "10001\n", "10001"},
		"a continuation first": {raw("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 27\r\n\r\n{\"errcode\":0,\"chatdata\":[]}"),
			"0\n{\"errcode\":0,\"chatdata\":[]}", "10002"},
		"chunks": {raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nD;x=y\r\n{\"errcode\":0,\r\ne\r\n\"chatdata\":[]}\r\n0\r\nX: y\r\n\r\n"),
			"0\n{\"errcode\":0,\"chatdata\":[]}", "10002"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newArchive(t, false)
			a.instead(func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path == "/cgi-bin/gettoken" {
					return false
				}
				tt.answer(w, r)
				return true
			})
			if got := run(t, b, a, "chatdata", "0", "1000"); got != tt.chatdata {
				t.Errorf("chatdata: %q; want %q", got, tt.chatdata)
			}
			if got, _, _ := strings.Cut(run(t, b, a, "media", fileID, "/dev/null"), "\n"); got != tt.media {
				t.Errorf("media: %q; want %q", got, tt.media)
			}
		})
	}
}

func TestTheTokenIsRefused(t *testing.T) {
	t.Parallel()
	b, a := needed(t, strict), newArchive(t, false)
	got := run(t, b, a, "secret=wrong", "chatdata", "0", "1")
	if want := `0` + "\n" + `{"errcode":40001,"errmsg":"invalid credential","chatdata":[]}`; got != want {
		t.Errorf("%q; want %q", got, want)
	}
	if got := run(t, b, a, "secret=wrong", "media", fileID, "/dev/null"); !strings.HasPrefix(got, "10003\n") {
		t.Errorf("media: %q", got)
	}
	a.instead(func(w http.ResponseWriter, r *http.Request) bool {
		fmt.Fprint(w, `{"errcode":0,"access_token":""}`)
		return true
	})
	if got := run(t, b, a, "chatdata", "0", "1"); got != "10002\n" {
		t.Errorf("no token: %q", got)
	}
}

func TestAServerThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	b, a := needed(t, strict), newArchive(t, false)
	a.instead(func(w http.ResponseWriter, r *http.Request) bool {
		<-r.Context().Done() // until the library hangs up
		return true
	})
	if got := run(t, b, a, "timeout=1", "chatdata", "0", "1"); got != "10001\n" {
		t.Errorf("%q", got)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + l.Addr().String()
	l.Close()
	if got := runWith(t, b, nil, []string{"QIWEI_URL=" + url}, "chatdata", "0", "1"); got != "10001\n" {
		t.Errorf("nobody is there: %q", got)
	}
}

// TestAServerThatHangsUp says nothing of it, as servers do that give up an idle connection.
func TestAServerThatHangsUp(t *testing.T) {
	t.Parallel()
	b, a := needed(t, strict), newArchive(t, false)
	a.instead(func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/_archive/chatdata" {
			return false
		}
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Length: 27\r\n\r\n{\"errcode\":0,\"chatdata\":[]}")
		conn.Close()
		return true
	})
	if got := run(t, b, a, "pulls", "300", "10"); strings.Count(got, " ") != 1 || a.count("/cgi-bin/gettoken") != 1 {
		t.Errorf("%q, %d tokens", got, a.count("/cgi-bin/gettoken"))
	}
}

func TestTheAddress(t *testing.T) {
	t.Parallel()
	b := needed(t, strict)
	for _, url := range []string{"", "127.0.0.1:80", "ftp://127.0.0.1", "http://", "http://:80", "http://host:port", "http://host:0",
		"http://host:65536", "http://user@host", "http://host/?a=b", "http://host/#a", "http://[::1", "http://ho st", "http://\x01",
		"http://" + strings.Repeat("a", 256), "http://host/" + strings.Repeat("a", 256)} {
		if got := runWith(t, b, nil, []string{"QIWEI_URL=" + url}, "chatdata", "0", "1"); got != "init 10000\n" {
			t.Errorf("QIWEI_URL=%s: %q", url, got)
		}
	}
}
