package archive_test

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/platform"
	"qiwei/qiweitest"
)

// house is a World whose first enterprise has an archive.
type house struct {
	*qiweitest.World
	t   *testing.T
	app *qiweitest.Client
}

func run(t *testing.T, test func(t *testing.T, h *house)) {
	t.Parallel()
	qiweitest.Run(t, housed(test), dev)
}

// runAlone is run on a database that is nobody else's.
func runAlone(t *testing.T, test func(t *testing.T, h *house)) {
	t.Parallel()
	qiweitest.RunAlone(t, housed(test), dev)
}

func dev(c *platform.Config) { c.Dev = true }

func housed(test func(t *testing.T, h *house)) func(*testing.T, *qiweitest.World) {
	return func(t *testing.T, w *qiweitest.World) {
		h := &house{w, t, w.As(access.ChatArchive)}
		h.open(h.Corp, `,"editions":{"3":{"departments":[1]}}`)
		test(t, h)
	}
}

// privateKeys are made once: making one takes a while.
var privateKeys = sync.OnceValue(func() (out [2]*rsa.PrivateKey) {
	for i := range out {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		out[i] = key
	}
	return out
})

func publicPEM(key *rsa.PrivateKey) string {
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// open switches an archive on.
func (h *house) open(c *qiweitest.Corp, rest string) {
	h.t.Helper()
	h.done(c, "archive/settings", fmt.Sprintf(`{"public_key":%q,"enabled":true%s}`, publicPEM(privateKeys()[0]), rest), nil)
}

// script runs one in an enterprise and returns the status and the body of the answer.
func (h *house) script(c *qiweitest.Corp, name, body string) (int, string) {
	h.t.Helper()
	body = strings.Replace(body, "{", `{"corpid":"`+c.CorpID+`",`, 1)
	body = strings.Replace(body, ",}", "}", 1)
	req, err := http.NewRequest("POST", h.URL+"/_qiwei/"+name, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	resp := h.Do(req)
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// done runs a script that must succeed.
func (h *house) done(c *qiweitest.Corp, name, body string, into any) {
	h.t.Helper()
	status, text := h.script(c, name, body)
	if status != 200 {
		h.t.Fatalf("%s %s: %d %s", name, body, status, text)
	}
	if into != nil {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			h.t.Fatalf("%s: %v in %s", name, err, text)
		}
	}
}

// say sends a message and returns its msgid.
func (h *house) say(body string) string {
	h.t.Helper()
	var sent struct{ MsgID string }
	h.done(h.Corp, "chat/send", body, &sent)
	return sent.MsgID
}

// says has one member write a text to another.
func (h *house) says(from, to, text string) string {
	h.t.Helper()
	return h.say(fmt.Sprintf(`{"from":%q,"to":%q,"msgtype":"text","text":{"content":%q}}`, from, to, text))
}

// sealed is a record as it is pulled.
type sealed struct {
	Seq     int64
	MsgID   string
	Version int64  `json:"publickey_ver"`
	Key     string `json:"encrypt_random_key"`
	Msg     string `json:"encrypt_chat_msg"`
}

// sealAll has what was said sealed.
func (h *house) sealAll() {
	h.t.Helper()
	if err := h.Server.Archive.SealAll(context.Background()); err != nil {
		h.t.Fatal(err)
	}
}

// ask asks for something as the library does.
func (h *house) ask(c *qiweitest.Client, what, body string) qiweitest.Result {
	h.t.Helper()
	return h.post("/_archive/"+what+"?access_token="+c.Token(), body)
}

// post returns an answer of the library's door, where errors have status 400 and files are bytes.
func (h *house) post(path, body string) qiweitest.Result {
	h.t.Helper()
	req, err := http.NewRequest("POST", h.URL+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	resp := h.Do(req)
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	r := qiweitest.Result{Status: resp.StatusCode, Header: resp.Header, Body: string(raw)}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") {
		r.Decode(&r)
	}
	return r
}

// pull has what was said sealed, and pulls what is behind seq.
func (h *house) pull(seq, limit int64) []sealed {
	h.t.Helper()
	h.sealAll()
	got := h.ask(h.app, "chatdata", fmt.Sprintf(`{"seq":%d,"limit":%d}`, seq, limit))
	var page struct{ ChatData []sealed }
	got.Decode(&page)
	if got.Status != 200 || got.ErrCode != 0 || got.ErrMsg != "ok" {
		h.t.Fatalf("pull: %d %s", got.Status, got.Body)
	}
	return page.ChatData
}

// opened decrypts a record, as a client and the library do.
func opened(t *testing.T, key *rsa.PrivateKey, s sealed) string {
	t.Helper()
	closed, err := base64.StdEncoding.DecodeString(s.Key)
	if err != nil {
		t.Fatal(err)
	}
	//lint:ignore SA1019 as the platform's clients do (doc 91774)
	text, err := rsa.DecryptPKCS1v15(nil, key, closed)
	if err != nil {
		t.Fatalf("seq %d: %v", s.Seq, err)
	}
	random, err := hex.DecodeString(string(text))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := base64.StdEncoding.DecodeString(s.Msg)
	if err != nil {
		t.Fatal(err)
	}
	block, err := aes.NewCipher(random)
	if err != nil {
		t.Fatal(err)
	}
	out := raw[16:]
	cipher.NewCBCDecrypter(block, raw[:16]).CryptBlocks(out, out)
	return string(out[:len(out)-int(out[len(out)-1])])
}

// read pulls and decrypts everything behind seq.
func (h *house) read(seq int64) (out []string) {
	h.t.Helper()
	for _, s := range h.pull(seq, 1000) {
		out = append(out, opened(h.t, privateKeys()[s.Version-1], s))
	}
	return out
}

// Two members talk. The record is sealed, pulled, and opened with the private key.
func TestTwoMembersTalk(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		first := h.says("zhangsan", "lisi", "合同已经\n发你了 <&>")
		second := h.says("lisi", "ZhangSan", "收到")
		at := h.Clock.Now().UnixMilli()
		want := []string{
			fmt.Sprintf(`{"msgid":%q,"action":"send","from":"zhangsan","tolist":["lisi"],"roomid":"","msgtime":%d,"msgtype":"text","text":{"content":"合同已经\n发你了 <&>"}}`, first, at),
			fmt.Sprintf(`{"msgid":%q,"action":"send","from":"lisi","tolist":["zhangsan"],"roomid":"","msgtime":%d,"msgtype":"text","text":{"content":"收到"}}`, second, at),
		}
		got := h.read(0)
		if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
			t.Errorf("%s\nwant %s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		page := h.pull(0, 1)
		if len(page) != 1 || page[0].Seq != 1 || page[0].MsgID != first || page[0].Version != 1 {
			t.Errorf("%+v", page)
		}
		if page := h.pull(1, 10); len(page) != 1 || page[0].Seq != 2 || page[0].MsgID != second {
			t.Errorf("%+v", page)
		}
		if page := h.pull(2, 10); len(page) != 0 {
			t.Errorf("%+v", page)
		}
	})
}

// A new key is sealed for from then on. What is there stays sealed for the old one.
func TestKeysRotate(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.says("zhangsan", "lisi", "one")
		h.sealAll()
		for want, key := range []*rsa.PrivateKey{privateKeys()[1], privateKeys()[0]} {
			var now struct {
				Version int `json:"publickey_ver"`
			}
			h.done(h.Corp, "archive/settings", fmt.Sprintf(`{"public_key":%q}`, publicPEM(key)), &now)
			if now.Version != want+2 {
				t.Errorf("version %d", now.Version)
			}
			h.says("zhangsan", "lisi", fmt.Sprint("version ", now.Version))
			h.sealAll()
		}
		keys := []*rsa.PrivateKey{privateKeys()[0], privateKeys()[1], privateKeys()[0]}
		page := h.pull(0, 10)
		if len(page) != 3 {
			t.Fatalf("%+v", page)
		}
		for i, s := range page {
			if s.Version != int64(i+1) || !strings.Contains(opened(t, keys[i], s), `"msgtype":"text"`) {
				t.Errorf("%+v", s)
			}
		}
		for _, bad := range []string{"", "no key", publicPEM(privateKeys()[0])[:100]} {
			if status, body := h.script(h.Corp, "archive/settings", fmt.Sprintf(`{"public_key":%q}`, bad)); bad != "" && status != 400 {
				t.Errorf("%q: %d %s", bad, status, body)
			}
		}
	})
}

// An archive that is not set up says so; one that is off archives nothing; what it needs is said.
func TestSwitchedOff(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		other := h.Second.As(access.ChatArchive)
		for _, path := range []string{"get_permit_user_list", "check_room_agree", "groupchat/get", "check_single_agree", "get_robot_info"} {
			if got := other.Call("POST", "/cgi-bin/msgaudit/"+path, `{"roomid":"x","robot_id":"x","info":[{"userid":"zhangsan","exteranalopenid":"wmx"}]}`); got.ErrCode != 301053 {
				t.Errorf("%s: %s", path, got.Body)
			}
		}
		got := h.ask(other, "chatdata", `{"seq":0,"limit":10}`)
		if got.Status != 200 || got.ErrCode != 301053 || !strings.Contains(got.Body, `"chatdata":[]`) {
			t.Errorf("%d %s", got.Status, got.Body)
		}
		for what, body := range map[string]string{
			"without a key":         `{"enabled":true,"editions":{"1":{"departments":[1]}}}`,
			"an edition of nothing": `{"editions":{"4":{"departments":[1]}}}`,
			"a window before today": `{"pull_days":-1}`,
		} {
			if status, body := h.script(h.Second, "archive/settings", body); status != 400 {
				t.Errorf("%s: %d %s", what, status, body)
			}
		}
		if status, body := h.script(h.Second, "archive/settings", fmt.Sprintf(`{"public_key":%q,"enabled":true}`, publicPEM(privateKeys()[0]))); status != 400 || !strings.Contains(body, "editions") {
			t.Errorf("without members: %d %s", status, body)
		}
		h.says("zhangsan", "lisi", "while it is on")
		h.done(h.Corp, "archive/settings", `{"enabled":false}`, nil)
		h.says("zhangsan", "lisi", "while it is off")
		h.done(h.Corp, "archive/settings", `{"enabled":true}`, nil)
		if got := h.read(0); len(got) != 1 || !strings.Contains(got[0], "while it is on") {
			t.Errorf("%q", got)
		}
	})
}

// What two members say is archived if one of them is; each edition has its own members.
func TestWhoIsArchived(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.done(h.Corp, "archive/settings", `{"editions":{"1":{"members":["lisi"]},"2":{"departments":[4]}}}`, nil)
		for _, tt := range []struct{ body, want string }{
			{`{}`, "lisi wangwu"}, {``, "lisi wangwu"}, {`{"type":0}`, "lisi wangwu"}, {`{"type":1}`, "lisi"}, {`{"type":"2"}`, "wangwu"}, {`{"type":3}`, ""},
		} {
			var list struct{ IDs []string }
			got := h.app.Call("POST", "/cgi-bin/msgaudit/get_permit_user_list", tt.body)
			got.Decode(&list)
			if got.ErrCode != 0 || strings.Join(list.IDs, " ") != tt.want || list.IDs == nil {
				t.Errorf("%s: %s", tt.body, got.Body)
			}
		}
		if got := h.app.Call("POST", "/cgi-bin/msgaudit/get_permit_user_list", `{"type":4}`); got.ErrCode != 40058 {
			t.Errorf("a fourth edition: %s", got.Body)
		}
		h.done(h.Corp, "archive/settings", `{"editions":{"1":{"members":["lisi"]}}}`, nil)
		h.says("zhangsan", "wangwu", "neither")
		h.says("zhangsan", "lisi", "to one")
		h.says("lisi", "wangwu", "from one")
		got := h.read(0)
		if len(got) != 2 || !strings.Contains(got[0], "to one") || !strings.Contains(got[1], "from one") {
			t.Errorf("%q", got)
		}
	})
}
