package callbackcrypto_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"qiwei/callbackcrypto"
)

// serve sends h one request and returns its answer and its report.
func serve(h callbackcrypto.Handler, method, query, body string) (*httptest.ResponseRecorder, error) {
	var reported error
	h.Report = func(_ *http.Request, err error) { reported = err }
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, "/wecom/cb?"+query, strings.NewReader(body)))
	return w, reported
}

func TestHandler(t *testing.T) {
	v2, v9 := vectors[1], vectors[8]
	const v2Query = "msg_signature=424f0e979daeddd9877a0660d318057b09f152b9&timestamp=1700000001&nonce=846027315"
	const v9Query = "msg_signature=1dd2d15016175e73c0b48f529bba97154a3d23df&timestamp=1700000008&nonce=516273849"
	envelope := func(toUserName, encrypt string) string {
		return "<xml><ToUserName><![CDATA[" + toUserName + "]]></ToUserName><Encrypt><![CDATA[" + encrypt + "]]></Encrypt><AgentID><![CDATA[]]></AgentID></xml>"
	}
	for _, tt := range []struct {
		name                string
		receiveID           string
		ack, reply          string
		failure             error
		method, query, body string
		status              int
		answer              string // the whole of it
		contentType         string
		received            string
		reported            error
	}{
		{name: "verification", receiveID: corpID, method: "GET", query: v1Query,
			status: 200, answer: "7391046258013794622", contentType: "text/plain; charset=utf-8"},
		{name: "verification with a query of its own", receiveID: corpID, method: "GET", query: "callback_format=json&" + v1Query,
			status: 200, answer: "7391046258013794622", contentType: "text/plain; charset=utf-8"},
		{name: "an event, nothing to say", receiveID: corpID, method: "POST", query: v2Query, body: envelope(corpID, v2.encrypt),
			status: 200, contentType: "text/plain; charset=utf-8", received: v2.msg},
		{name: "a suite's event", receiveID: suiteID, ack: callbackcrypto.Success, method: "POST", query: v4Query, body: v4Body,
			status: 200, answer: "success", contentType: "text/plain; charset=utf-8", received: vectors[3].msg},
		{name: "a robot's event and reply", reply: `{"msgtype":"text","text":{"content":"hi"}}`, method: "POST", query: v5Query, body: v5Body,
			status: 200, answer: v10Body, contentType: "application/json; charset=utf-8", received: vectors[4].msg},
		{name: "a forged verification", receiveID: corpID, method: "GET", query: strings.Replace(v1Query, "=cb", "=cc", 1),
			status: 400, answer: "-40001 signature error\n", contentType: "text/plain; charset=utf-8", reported: callbackcrypto.ErrSignature},
		{name: "a visit", receiveID: corpID, method: "GET",
			status: 400, answer: "-40002 xml or json parse error\n", contentType: "text/plain; charset=utf-8", reported: callbackcrypto.ErrParse},
		{name: "a forged push", receiveID: corpID, method: "POST", query: v9Query, body: envelope(corpID, v2.encrypt),
			status: 400, answer: "-40001 signature error\n", contentType: "text/plain; charset=utf-8", reported: callbackcrypto.ErrSignature},
		{name: "another's push", receiveID: "wwOTHER", method: "POST", query: v9Query, body: envelope(corpID, v9.encrypt),
			status: 400, answer: "-40005 receiveid mismatch\n", contentType: "text/plain; charset=utf-8", reported: callbackcrypto.ErrReceiveID},
		{name: "no envelope", receiveID: corpID, method: "POST", query: v9Query, body: "hello",
			status: 400, answer: "-40002 xml or json parse error\n", contentType: "text/plain; charset=utf-8", reported: callbackcrypto.ErrParse},
		{name: "a body without end", receiveID: corpID, method: "POST", query: v9Query, body: strings.Repeat(" ", callbackcrypto.MaxBody+1),
			status: 413, answer: "-40002 xml or json parse error\n", contentType: "text/plain; charset=utf-8", reported: callbackcrypto.ErrParse},
		{name: "a push of no time", receiveID: corpID, method: "POST", query: "msg_signature=" + newCrypt(t, token, aesKey, corpID).Sign("soon", "1", v9.encrypt) + "&timestamp=soon&nonce=1", body: envelope(corpID, v9.encrypt),
			status: 400, answer: "-40002 xml or json parse error\n", contentType: "text/plain; charset=utf-8", reported: callbackcrypto.ErrParse},
		{name: "a nonce that no reply can carry", receiveID: corpID, reply: "hi", method: "POST", query: "msg_signature=" + newCrypt(t, token, aesKey, corpID).Sign("1", "\x01", v9.encrypt) + "&timestamp=1&nonce=%01", body: envelope(corpID, v9.encrypt),
			status: 500, answer: "-40011 xml or json generation failure\n", contentType: "text/plain; charset=utf-8", received: v9.msg, reported: callbackcrypto.ErrBuild},
		{name: "the receiver fails", receiveID: corpID, failure: errors.ErrUnsupported, method: "POST", query: v2Query, body: envelope(corpID, v2.encrypt),
			status: 500, answer: "Internal Server Error\n", contentType: "text/plain; charset=utf-8", received: v2.msg, reported: errors.ErrUnsupported},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var received string
			w, reported := serve(callbackcrypto.Handler{
				Crypt: newCrypt(t, token, aesKey, tt.receiveID, entropy("9988776655443322", 0), clockAt(1700000010)),
				Receive: func(_ context.Context, p callbackcrypto.Push) ([]byte, error) {
					received = string(p.Body)
					return []byte(tt.reply), tt.failure
				},
				Ack: tt.ack,
			}, tt.method, tt.query, tt.body)
			if w.Code != tt.status || w.Body.String() != tt.answer || w.Header().Get("Content-Type") != tt.contentType {
				t.Errorf("%d, %s, %q; want %d, %s, %q", w.Code, w.Header().Get("Content-Type"), w.Body, tt.status, tt.contentType, tt.answer)
			}
			if received != tt.received {
				t.Errorf("received %q, want %q", received, tt.received)
			}
			if !errors.Is(reported, tt.reported) {
				t.Errorf("reported %v, want %v", reported, tt.reported)
			}
		})
	}
}

func TestHandlerTakesOnlyGetAndPost(t *testing.T) {
	for _, method := range []string{"HEAD", "PUT", "DELETE"} {
		w, reported := serve(callbackcrypto.Handler{Crypt: newCrypt(t, token, aesKey, corpID)}, method, v1Query, "")
		if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, POST" || reported == nil {
			t.Errorf("%s: %d, Allow %q, reported %v", method, w.Code, w.Header().Get("Allow"), reported)
		}
	}
}

func TestAReplyIsForTheSenderToOpen(t *testing.T) {
	c := newCrypt(t, token, aesKey, corpID)
	s := httptest.NewServer(&callbackcrypto.Handler{
		Crypt: c,
		Receive: func(_ context.Context, p callbackcrypto.Push) ([]byte, error) {
			return append([]byte("re: "), p.Body...), nil
		},
	})
	defer s.Close()
	for _, format := range []callbackcrypto.Format{callbackcrypto.XML, callbackcrypto.JSON} {
		q, body, err := c.SealPush(callbackcrypto.Push{Format: format, ToUserName: corpID, Body: []byte("hello")})
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.Post(q.AppendTo(s.URL), format.ContentType(), strings.NewReader(string(body)))
		if err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		r, err := c.OpenReply(answer)
		if err != nil || string(r.Body) != "re: hello" || r.Format != format || r.Nonce != q.Nonce {
			t.Errorf("%v: %s: %+v, %v", format, answer, r, err)
		}
	}
}
