package callbackcrypto_test

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"qiwei/callbackcrypto"
)

// clockAt stands still.
func clockAt(unix int64) callbackcrypto.Option {
	return callbackcrypto.WithTime(func() time.Time { return time.Unix(unix, 0) })
}

// entropy yields a prefix and then, if it is not 0, a nonce.
func entropy(prefix string, nonce uint32) callbackcrypto.Option {
	r := io.Reader(strings.NewReader(prefix))
	if nonce != 0 {
		r = io.MultiReader(r, strings.NewReader(string(binary.BigEndian.AppendUint32(nil, nonce))))
	}
	return callbackcrypto.WithEntropy(r)
}

const (
	v1Query = "msg_signature=cbdfa7839b4ee873a3a5639c2e86bb440bcdd8c2&timestamp=1700000000&nonce=1597534682&echostr=4j%2FAuRx71kQlxVlzbpsMWHsjvwgJWOW%2F6z4Rm2BPKhKBKfQk0R%2Fh%2BKy9fdqULlKyqelL9ZexyawDq3C5XYBaRA%3D%3D"
	v3Body  = "<xml><Encrypt><![CDATA[3La67gViGyh4vX/3t/GXBZV0Qft7HhfqczA0Q+KCwRvNfRX9prUW2gV3l4sK0+i494usro7VPGKep6HTpgYsVBN2czIcSjdKAC8g7P+tuffhw+L46U5fIJ7UOu7UGjHoYDUmdqIbcRVNM5y5F1XM5b8kagYJqsHS6M4Wc/uCJRcyVeCO73xFs1OezCGuVwhcuqHlvV2IshMDYTigakXSqFUa/MW4ueLvPYlidpGf/7fEh4DNDFCjn1gpAw0Ohv0Spx3Y9sBCn7Csqccqapkh8JABO+5OKBCha4+HoTHjErxrOMQ0exVfq8YG7ePZJN598DON9Sj9UUefprSGQcLkmuuMPVzPMvOMG25h4A6rGSriKI0kqe0uu/+LssnUXS/g]]></Encrypt><MsgSignature><![CDATA[44133b2768c984bfb294d880024991dbaf23922d]]></MsgSignature><TimeStamp>1700000002</TimeStamp><Nonce><![CDATA[20486137]]></Nonce></xml>"
	v4Query = "msg_signature=54a18887029d08a977c7201f56bec69fb2b12c4f&timestamp=1700000003&nonce=1122334455"
	v4Body  = "<xml><ToUserName><![CDATA[wwaabbccddeeff0011]]></ToUserName><Encrypt><![CDATA[wrNmYnsdngNwZHPRm4NnSw2Bhq+sd7ESbjCclCY/cQeqfFFLsWYkuT5gFxYSTbAMPVPeKlOL5z4oaBBfujsqwZ47hWOyFi+W21NadqNYD4lcqWVzm8wIhoR2jAZ1BbAyP8R0peYtGQ7uqBF+G/GgqmpceFyujqPh3TMZFhcwPnSv/SBTkU73BBn/jmUOAVY0CVCe95TXj1NWppmT5BN2j0NW52PCMOTmdvyo7PrPklVVWooOrXLDDTj94aY22HopF+cyxcpP0SEsFFiB7VyZvLdxM/jxJr+HNgB8MGZNP4KofFNy82yQo4S2fDUiaaBxEchFonZwdyDx2e7VkTEnxQ==]]></Encrypt><AgentID><![CDATA[]]></AgentID></xml>"
	v5Query = "msg_signature=aed682803d1d195a91dffeaa71779a6aa969d61a&timestamp=1700000004&nonce=30405060"
	v5Body  = `{"encrypt":"Nsg5aaMH8f5OUa19u8Ik+HkEavQpA2hEa7fTJEzybXTAVkT1sGNQeeT+T8XLLEN/2g5qpPGFyj5qpfNpcQGaENi+0tDhRlMuuZb+RfMOQI8FrVE7dWp/LDwvlADhLdfT3i0wSUEDrJ6JylJx+0jwGB17xYMZHEhI19nE50KE7N7GfB3vdqXaz/dLr+WWV9lbQv3kDGliREVwdz0N/KzRioavagQL1i/AyfGTRb2Q8nONb0wUlsU19GA2XwsU5KeYA6ZyD79x7WjPLTgaQIzSd3mY6Ku0CRQEu89RQ/hKbTc="}`
	v10Body = `{"encrypt":"WGuBIbnT7TfXtxLeLW3pqTQua7/kHzuBwRsctGPP30w35VF5KbIQdXwgKheZ3k2onOkIFYS9tG4WcQ45ipcyPw==","msgsignature":"fea420ece330f851635d215484aa34776ba19310","timestamp":1700000010,"nonce":"30405060"}`
)

// The official POST as its page prints it, line feed and all.
const officialBody = `<xml><ToUserName><![CDATA[wx5823bf96d3bd56c7]]></ToUserName>
<Encrypt><![CDATA[RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q==]]></Encrypt>
<AgentID><![CDATA[218]]></AgentID>
</xml>`

func query(t *testing.T, encoded string) callbackcrypto.Query {
	t.Helper()
	v, err := url.ParseQuery(encoded)
	if err != nil {
		t.Fatal(err)
	}
	return callbackcrypto.ParseQuery(v)
}

func mustAtoi(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func same(a, b callbackcrypto.Push) bool {
	bodies := string(a.Body) == string(b.Body)
	a.Body, b.Body = nil, nil
	return bodies && a.Format == b.Format && a.ToUserName == b.ToUserName && a.AgentID == b.AgentID &&
		a.ReceiveID == b.ReceiveID && a.Timestamp == b.Timestamp && a.Nonce == b.Nonce
}

func TestURLVerification(t *testing.T) {
	c := newCrypt(t, token, aesKey, corpID, clockAt(1700000000), entropy("0123456789abcdef", 1597534682))
	q, err := c.SealEcho([]byte("7391046258013794622"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := q.AppendTo("https://example.com/wecom/cb"), "https://example.com/wecom/cb?"+v1Query; got != want {
		t.Errorf("URL %s\nwant %s", got, want)
	}
	msg, err := c.OpenEcho(query(t, v1Query))
	if err != nil || string(msg) != "7391046258013794622" {
		t.Errorf("OpenEcho = %q, %v", msg, err)
	}
	official := newCrypt(t, officialToken, officialKey, officialCorpID)
	o := vectors[12]
	msg, err = official.OpenEcho(callbackcrypto.Query{Signature: o.signature, Timestamp: o.timestamp, Nonce: o.nonce, Echostr: o.encrypt})
	if err != nil || string(msg) != o.msg {
		t.Errorf("OpenEcho of the official vector = %q, %v", msg, err)
	}
}

func TestURLVerificationRefused(t *testing.T) {
	c := newCrypt(t, token, aesKey, corpID)
	raw := strings.ReplaceAll(v1Query, "%2B", "+") // a sender that does not encode
	if _, err := c.OpenEcho(query(t, raw)); !errors.Is(err, callbackcrypto.ErrSignature) || !strings.Contains(err.Error(), "percent-encoded") {
		t.Errorf("a raw plus: %v", err)
	}
	q := query(t, v1Query)
	q.Echostr = ""
	if _, err := c.OpenEcho(q); !errors.Is(err, callbackcrypto.ErrParse) {
		t.Errorf("no echostr: %v", err)
	}
	q = query(t, v1Query)
	q.Signature = ""
	if _, err := c.OpenEcho(q); !errors.Is(err, callbackcrypto.ErrSignature) || !strings.Contains(err.Error(), "missing") {
		t.Errorf("no signature: %v", err)
	}
}

func TestAppendTo(t *testing.T) {
	q := callbackcrypto.Query{Signature: "ab", Timestamp: "1", Nonce: "2"}
	const tail = "msg_signature=ab&timestamp=1&nonce=2"
	for to, want := range map[string]string{
		"http://h/cb":                          "http://h/cb?" + tail,
		"http://h/cb?":                         "http://h/cb?" + tail,
		"http://h/cb?callback_format=json":     "http://h/cb?callback_format=json&" + tail,
		"http://h/cb?a=%E4%BC%81&":             "http://h/cb?a=%E4%BC%81&" + tail,
		"http://h/cb?callback_format=json#top": "http://h/cb?callback_format=json&" + tail,
	} {
		if got := q.AppendTo(to); got != want {
			t.Errorf("%s: %s, want %s", to, got, want)
		}
	}
}

func TestPushes(t *testing.T) {
	v2, v9, official := vectors[1], vectors[8], vectors[13]
	v2Body := "<xml><ToUserName><![CDATA[ww1234567890abcdef]]></ToUserName><Encrypt><![CDATA[" + v2.encrypt + "]]></Encrypt><AgentID><![CDATA[]]></AgentID></xml>"
	v9Body := "<xml><ToUserName><![CDATA[ww1234567890abcdef]]></ToUserName><Encrypt><![CDATA[" + v9.encrypt + "]]></Encrypt><AgentID><![CDATA[1000002]]></AgentID></xml>"
	for _, tt := range []struct {
		name        string
		v           vector
		push        callbackcrypto.Push // without what the vector says
		query, body string
	}{
		{"contact event", v2, callbackcrypto.Push{ToUserName: corpID},
			"msg_signature=424f0e979daeddd9877a0660d318057b09f152b9&timestamp=1700000001&nonce=846027315", v2Body},
		{"message to an app", v9, callbackcrypto.Push{ToUserName: corpID, AgentID: "1000002"},
			"msg_signature=1dd2d15016175e73c0b48f529bba97154a3d23df&timestamp=1700000008&nonce=516273849", v9Body},
		{"suite event", vectors[3], callbackcrypto.Push{ToUserName: suiteID}, v4Query, v4Body},
		{"robot event", vectors[4], callbackcrypto.Push{Format: callbackcrypto.JSON}, v5Query, v5Body},
		{"the official message", official, callbackcrypto.Push{ToUserName: officialCorpID, AgentID: "218"},
			"msg_signature=477715d11cdb4164915debcba66cb864d751f3e6&timestamp=1409659813&nonce=1372623149", strings.ReplaceAll(officialBody, "\n", "")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newCrypt(t, tt.v.token, tt.v.key, tt.v.receiveID, entropy(tt.v.prefix, 0))
			want := tt.push
			want.ReceiveID, want.Nonce, want.Body = tt.v.receiveID, tt.v.nonce, []byte(tt.v.msg)
			want.Timestamp = int64(mustAtoi(t, tt.v.timestamp))
			q, body, err := c.SealPush(want)
			if err != nil || q.Encode() != tt.query || string(body) != tt.body {
				t.Errorf("SealPush = %s, %v\n%s\nwant %s\n%s", q.Encode(), err, body, tt.query, tt.body)
			}
			got, err := c.OpenPush(query(t, tt.query), []byte(tt.body))
			if err != nil || !same(got, want) {
				t.Errorf("OpenPush = %+v, %v\nwant %+v", got, err, want)
			}
		})
	}
	c := newCrypt(t, officialToken, officialKey, officialCorpID)
	q := callbackcrypto.Query{Signature: official.signature, Timestamp: official.timestamp, Nonce: official.nonce}
	if got, err := c.OpenPush(q, []byte(officialBody)); err != nil || string(got.Body) != officialMessage || got.AgentID != "218" {
		t.Errorf("the official body over several lines: %+v, %v", got, err)
	}
}

func TestReplies(t *testing.T) {
	for _, tt := range []struct {
		name   string
		v      vector
		format callbackcrypto.Format
		body   string
	}{
		{"text reply", vectors[2], callbackcrypto.XML, v3Body},
		{"robot's reply", vectors[9], callbackcrypto.JSON, v10Body},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newCrypt(t, tt.v.token, tt.v.key, tt.v.receiveID, entropy(tt.v.prefix, 0), clockAt(int64(mustAtoi(t, tt.v.timestamp))))
			body, err := c.SealReply(callbackcrypto.Reply{Format: tt.format, Nonce: tt.v.nonce, Body: []byte(tt.v.msg)})
			if err != nil || string(body) != tt.body {
				t.Errorf("SealReply = %s, %v\nwant %s", body, err, tt.body)
			}
			r, err := c.OpenReply([]byte(tt.body))
			if err != nil || string(r.Body) != tt.v.msg || r.Nonce != tt.v.nonce || r.Format != tt.format || r.ReceiveID != tt.v.receiveID || r.Timestamp != int64(mustAtoi(t, tt.v.timestamp)) {
				t.Errorf("OpenReply = %+v, %v", r, err)
			}
		})
	}
}

func TestARobotsReplyBearsThePushsNonce(t *testing.T) {
	c := newCrypt(t, token, aesKey, "", entropy("9988776655443322", 0), clockAt(1700000010))
	p, err := c.OpenPush(query(t, v5Query), []byte(v5Body))
	if err != nil {
		t.Fatal(err)
	}
	body, err := c.SealReply(p.Reply([]byte(`{"msgtype":"text","text":{"content":"hi"}}`)))
	if err != nil || string(body) != v10Body {
		t.Errorf("%s, %v; want %s", body, err, v10Body)
	}
}

// A robot's {"encrypt":"…"} alone is opened; a tampered one is not, nor is one in
// XML, nor one that has only some of the other fields.
func TestARobotsBareReply(t *testing.T) {
	c := newCrypt(t, token, aesKey, "")
	whole, err := c.SealReply(callbackcrypto.Reply{Format: callbackcrypto.JSON, Body: []byte(`{"msgtype":"text"}`)})
	if err != nil {
		t.Fatal(err)
	}
	e, err := callbackcrypto.ParseReplyEnvelope(whole)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := c.OpenReply([]byte(`{"encrypt":"` + e.Encrypt + `"}`)); err != nil || string(r.Body) != `{"msgtype":"text"}` || r.Format != callbackcrypto.JSON {
		t.Errorf("%+v, %v", r, err)
	}
	other := newCrypt(t, token, "zzECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "")
	if r, err := other.OpenReply([]byte(`{"encrypt":"` + e.Encrypt + `"}`)); err == nil {
		t.Errorf("opened with another key: %+v", r)
	}
	for _, body := range []string{
		`{"encrypt":"` + e.Encrypt + `","nonce":"1"}`,
		`{"encrypt":"` + e.Encrypt + `","timestamp":1,"nonce":"1"}`,
		`<xml><Encrypt>` + e.Encrypt + `</Encrypt></xml>`,
	} {
		if r, err := c.OpenReply([]byte(body)); !errors.Is(err, callbackcrypto.ErrNoReply) {
			t.Errorf("%.40s: %+v, %v", body, r, err)
		}
	}
}

func TestADataURLRepliesForTheCorpThatPushed(t *testing.T) {
	sender := newCrypt(t, token, aesKey, "")
	receiver := newCrypt(t, token, aesKey, "")
	q, body, err := sender.SealPush(callbackcrypto.Push{ToUserName: corpID, ReceiveID: corpID, Body: []byte("<xml/>")})
	if err != nil {
		t.Fatal(err)
	}
	p, err := receiver.OpenPush(q, body)
	if err != nil || p.ReceiveID != corpID || p.Nonce != q.Nonce {
		t.Fatalf("%+v, %v", p, err)
	}
	answer, err := receiver.SealReply(p.Reply([]byte("hi")))
	if err != nil {
		t.Fatal(err)
	}
	if r, err := sender.OpenReply(answer); err != nil || r.ReceiveID != corpID || string(r.Body) != "hi" {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestAnswersThatAreNoReply(t *testing.T) {
	c := newCrypt(t, token, aesKey, corpID)
	for _, body := range []string{"", "\n", "success", "SUCCESS", " success\n", "ok", "<html>504</html>", `{"errcode":0}`,
		"<xml><Encrypt>Zm9v</Encrypt></xml>", strings.Repeat("x", callbackcrypto.MaxBody+1)} {
		if r, err := c.OpenReply([]byte(body)); !errors.Is(err, callbackcrypto.ErrNoReply) {
			t.Errorf("%.40q: %+v, %v; want %v", body, r, err, callbackcrypto.ErrNoReply)
		}
	}
	if _, err := c.OpenReply([]byte("<html>504</html>")); !errors.Is(err, callbackcrypto.ErrParse) {
		t.Errorf("no reason given: %v", err)
	}
	if _, err := c.OpenReply([]byte(strings.Replace(v3Body, "44133b", "44133c", 1))); !errors.Is(err, callbackcrypto.ErrSignature) || errors.Is(err, callbackcrypto.ErrNoReply) {
		t.Errorf("a forged reply: %v", err)
	}
}

func TestReplyOfWhateverReceiveIDIsOpened(t *testing.T) {
	c := newCrypt(t, token, aesKey, corpID)
	for _, receiveID := range []string{"", "wwOTHER"} {
		body, err := newCrypt(t, token, aesKey, receiveID).SealReply(callbackcrypto.Reply{Body: []byte("hi")})
		if err != nil {
			t.Fatal(err)
		}
		if r, err := c.OpenReply(body); err != nil || string(r.Body) != "hi" || r.ReceiveID != receiveID {
			t.Errorf("receiveid %q: %+v, %v", receiveID, r, err)
		}
	}
}

// A push with any byte changed is refused, or says what it said before. The names beside Encrypt are not
// signed, nor is the space between elements.
func TestTampering(t *testing.T) {
	v9 := vectors[8]
	c := newCrypt(t, token, aesKey, corpID)
	good := callbackcrypto.Query{Signature: v9.signature, Timestamp: v9.timestamp, Nonce: v9.nonce}
	for _, format := range []callbackcrypto.Format{callbackcrypto.XML, callbackcrypto.JSON} {
		body, err := callbackcrypto.Envelope{Format: format, ToUserName: corpID, Encrypt: v9.encrypt, AgentID: "1000002"}.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		from := strings.Index(string(body), v9.encrypt)
		for i := range body {
			for _, flip := range []byte{0x01, 0x20, 0x80} {
				changed := []byte(string(body))
				changed[i] ^= flip
				p, err := c.OpenPush(good, changed)
				if inside := i >= from && i < from+len(v9.encrypt); inside && err == nil {
					t.Fatalf("byte %d of Encrypt was changed and taken: %s", i-from, changed)
				}
				if err == nil && string(p.Body) != v9.msg {
					t.Fatalf("byte %d changed the message: %q", i, p.Body)
				}
			}
		}
		for name, field := range map[string]func(*callbackcrypto.Query) *string{
			"signature": func(q *callbackcrypto.Query) *string { return &q.Signature },
			"timestamp": func(q *callbackcrypto.Query) *string { return &q.Timestamp },
			"nonce":     func(q *callbackcrypto.Query) *string { return &q.Nonce },
		} {
			for i := range *field(&good) {
				q := good
				b := []byte(*field(&q))
				b[i] ^= 0x01
				*field(&q) = string(b)
				if _, err := c.OpenPush(q, body); !errors.Is(err, callbackcrypto.ErrSignature) {
					t.Errorf("byte %d of %s was changed: %v", i, name, err)
				}
			}
		}
	}
}

// Without the signature a change of the cipher may go unnoticed in the message. It never causes a panic or a
// longer message than was sent.
func TestCipherTampering(t *testing.T) {
	v9 := vectors[8]
	c := newCrypt(t, token, aesKey, corpID)
	raw, err := base64.StdEncoding.DecodeString(v9.encrypt)
	if err != nil {
		t.Fatal(err)
	}
	for i := range raw {
		changed := []byte(string(raw))
		changed[i] ^= 0x01
		msg, id, err := c.Decrypt(base64.StdEncoding.EncodeToString(changed))
		if err == nil && (id != corpID || len(msg) != len(v9.msg)) {
			t.Errorf("byte %d: %q for %q", i, msg, id)
		}
	}
}

func TestTimestampMustBeANumber(t *testing.T) {
	c := newCrypt(t, token, aesKey, corpID)
	v := vectors[8]
	body, err := callbackcrypto.Envelope{Encrypt: v.encrypt}.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	q := callbackcrypto.Query{Signature: c.Sign("soon", v.nonce, v.encrypt), Timestamp: "soon", Nonce: v.nonce}
	if _, err := c.OpenPush(q, body); !errors.Is(err, callbackcrypto.ErrParse) {
		t.Errorf("%v, want %v", err, callbackcrypto.ErrParse)
	}
}

func TestFreshNonces(t *testing.T) {
	c := newCrypt(t, token, aesKey, corpID)
	seen := map[string]bool{}
	for range 200 {
		q, _, err := c.SealPush(callbackcrypto.Push{Body: []byte("x")})
		if err != nil {
			t.Fatal(err)
		}
		if n := mustAtoi(t, q.Nonce); seen[q.Nonce] || n < 100_000_000 || n >= 1<<31 {
			t.Fatalf("nonce %s", q.Nonce)
		}
		if at := mustAtoi(t, q.Timestamp); time.Since(time.Unix(int64(at), 0)).Abs() > time.Minute {
			t.Fatalf("timestamp %s", q.Timestamp)
		}
		seen[q.Nonce] = true
	}
}

func TestRefusals(t *testing.T) {
	const v6 = "4j/AuRx71kQlxVlzbpsMWO9kIMy5sMRvIq8xx0hrt8p+ZqCblfvwKw8JL9fRtuKdv8G1vWwWyH3SR7Jt7AVjC0xKDA126K20My0a2QzIa+SzUdavnpNmT5B6toRk/OEv"
	const v1 = "4j/AuRx71kQlxVlzbpsMWHsjvwgJWOW/6z4Rm2BPKhKBKfQk0R/h+Ky9fdqULlKyqelL9ZexyawDq3C5XYBaRA=="
	for _, tt := range []struct {
		name, receiveID             string
		signature, timestamp, nonce string
		encrypt                     string
		want                        *callbackcrypto.Error
		code                        int
	}{
		{"a digit of the signature changed", corpID, "0395e6065c099aff528746a0767cc0709accec29", "1700000005", "77", v6,
			callbackcrypto.ErrSignature, -40001},
		{"another receiveid", "wwOTHER", "cbdfa7839b4ee873a3a5639c2e86bb440bcdd8c2", "1700000000", "1597534682", v1,
			callbackcrypto.ErrReceiveID, -40005},
		{"a byte short", corpID, "722e7063e223996228ab45378fad1a79c6d4b63c", "1700000005", "77",
			"4j/AuRx71kQlxVlzbpsMWO9kIMy5sMRvIq8xx0hrt8p+ZqCblfvwKw8JL9fRtuKdv8G1vWwWyH3SR7Jt7AVjC0xKDA126K20My0a2QzIa+SzUdavnpNmT5B6toRk/OE=",
			callbackcrypto.ErrDecrypt, -40007},
		{"length 9999 before 3 bytes", corpID, "65e6521bf0dff0e342bfa103d857ae1d1675d630", "1700000005", "77",
			"4j/AuRx71kQlxVlzbpsMWLsbjzfg9PCLgPN6hlvlqZm+AUCwHkJkH6Rd/46WtMJmHMw6fUe/GN7+X2Juj6xZJw==",
			callbackcrypto.ErrBuffer, -40008},
		{"a buffer of 5 bytes", corpID, "5e12cfa737703bb35d4201f1f590249fb7cc0473", "1700000005", "77",
			"LmP0YEVddX1RWpIWmwBTB4A96S4ih3GAjNYTE6ptRJI=",
			callbackcrypto.ErrBuffer, -40008},
		{"no base64", corpID, "b9cdedadd31f6f6395b4ac0bbed2b754c1d31837", "1700000005", "77", "####" + v6[4:],
			callbackcrypto.ErrBase64Decode, -40010},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newCrypt(t, token, aesKey, tt.receiveID)
			q := callbackcrypto.Query{Signature: tt.signature, Timestamp: tt.timestamp, Nonce: tt.nonce}
			body, err := callbackcrypto.Envelope{ToUserName: corpID, Encrypt: tt.encrypt}.Marshal()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.OpenPush(q, body); !errors.Is(err, tt.want) || tt.want.Code != tt.code {
				t.Errorf("OpenPush: %v, want %d", err, tt.code)
			}
			q.Echostr = tt.encrypt
			if _, err := c.OpenEcho(q); !errors.Is(err, tt.want) {
				t.Errorf("OpenEcho: %v, want %d", err, tt.code)
			}
		})
	}
}

func TestSignedRepliesThatDoNotOpen(t *testing.T) {
	c := newCrypt(t, token, aesKey, corpID)
	for _, tt := range []struct {
		name, encrypt, timestamp string
		want                     error
	}{
		{"no base64", "####", "1", callbackcrypto.ErrBase64Decode},
		{"half a block", "Zm9v", "1", callbackcrypto.ErrDecrypt},
		{"a buffer of zeros", encryptBuffer(t, make([]byte, 32)), "1", callbackcrypto.ErrBuffer},
		{"no time", vectors[0].encrypt, "soon", callbackcrypto.ErrParse},
	} {
		t.Run(tt.name, func(t *testing.T) {
			body := "<xml><Encrypt>" + tt.encrypt + "</Encrypt><MsgSignature>" + c.Sign(tt.timestamp, "1", tt.encrypt) +
				"</MsgSignature><TimeStamp>" + tt.timestamp + "</TimeStamp><Nonce>1</Nonce></xml>"
			if r, err := c.OpenReply([]byte(body)); !errors.Is(err, tt.want) || errors.Is(err, callbackcrypto.ErrNoReply) {
				t.Errorf("%+v, %v; want %v", r, err, tt.want)
			}
		})
	}
}

func TestSealingFails(t *testing.T) {
	broken := newCrypt(t, token, aesKey, corpID, callbackcrypto.WithEntropy(repeating(0)))
	noNonce := newCrypt(t, token, aesKey, corpID, callbackcrypto.WithEntropy(io.MultiReader(strings.NewReader("0123456789abcdef"), repeating(0))))
	short := newCrypt(t, token, aesKey, corpID, entropy("0123456789abcdef", 0))
	for name, c := range map[string]*callbackcrypto.Crypt{"no prefix": broken, "no nonce": noNonce, "no more": short} {
		if _, err := c.SealEcho(nil); !errors.Is(err, callbackcrypto.ErrEncrypt) {
			t.Errorf("%s: SealEcho: %v, want %v", name, err, callbackcrypto.ErrEncrypt)
		}
	}
	if _, _, err := broken.SealPush(callbackcrypto.Push{}); !errors.Is(err, callbackcrypto.ErrEncrypt) {
		t.Errorf("SealPush: %v, want %v", err, callbackcrypto.ErrEncrypt)
	}
	if _, err := broken.SealReply(callbackcrypto.Reply{}); !errors.Is(err, callbackcrypto.ErrEncrypt) {
		t.Errorf("SealReply: %v, want %v", err, callbackcrypto.ErrEncrypt)
	}
	c := newCrypt(t, token, aesKey, corpID)
	if _, _, err := c.SealPush(callbackcrypto.Push{ToUserName: "\x00"}); !errors.Is(err, callbackcrypto.ErrBuild) {
		t.Errorf("SealPush: %v, want %v", err, callbackcrypto.ErrBuild)
	}
}

func BenchmarkOpenPush(b *testing.B) {
	c := newCrypt(b, token, aesKey, corpID)
	q, body, err := c.SealPush(callbackcrypto.Push{ToUserName: corpID, Body: []byte(vectors[1].msg)})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := c.OpenPush(q, body); err != nil {
			b.Fatal(err)
		}
	}
}
