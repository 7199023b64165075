package library_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
)

const (
	corpID  = "ww00000000000000a1"
	secret  = "the-archive's secret&+"
	chunk   = 512 << 10
	fileID  = "CiA\"\\快"
	proxied = "archive.invalid" // a name that only a proxy knows
)

// archive is a server of the library's two calls.
type archive struct {
	*httptest.Server
	key string // the random key of all messages

	mu       sync.Mutex
	messages []message
	file     []byte
	made     int // tokens
	valid    string
	every    int // answers after which a token ends; never if 0
	left     int
	requests []string
	answer   func(w http.ResponseWriter, r *http.Request) bool // instead, where it returns true
}

type message struct {
	Seq  uint64 `json:"seq"`
	ID   string `json:"msgid"`
	Ver  int    `json:"publickey_ver"`
	Key  string `json:"encrypt_random_key"`
	Text string `json:"encrypt_chat_msg"`
}

func newArchive(t testing.TB, tls bool) *archive {
	t.Helper()
	raw := make([]byte, 32)
	rand.Read(raw)
	a := &archive{key: hex.EncodeToString(raw)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /cgi-bin/gettoken", a.gettoken)
	mux.HandleFunc("POST /_archive/chatdata", a.chatdata)
	mux.HandleFunc("POST /_archive/media", a.media)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.mu.Lock()
		a.requests = append(a.requests, r.URL.Path)
		answer := a.answer
		a.mu.Unlock()
		if answer == nil || !answer(w, r) {
			mux.ServeHTTP(w, r)
		}
	})
	a.Server = httptest.NewUnstartedServer(handler)
	a.Config.ErrorLog = log.New(io.Discard, "", 0) // of clients that are to fail
	if tls {
		a.StartTLS()
	} else {
		a.Start()
	}
	t.Cleanup(a.Close)
	return a
}

// say adds messages with these texts.
func (a *archive) say(t testing.TB, texts ...string) {
	t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, text := range texts {
		seq := uint64(len(a.messages) + 1)
		plain, err := json.Marshal(map[string]any{
			"msgid": fmt.Sprint(seq, "_1"), "action": "send", "msgtype": "text", "text": map[string]string{"content": text}})
		if err != nil {
			t.Fatal(err)
		}
		a.messages = append(a.messages, message{seq, fmt.Sprint(seq, "_1"), 1, strings.Repeat("A", 344), seal(t, a.key, plain)})
	}
}

// seal is the envelope of encrypt_chat_msg.
func seal(t testing.TB, key string, plain []byte) string {
	t.Helper()
	raw, err := hex.DecodeString(key)
	if err != nil {
		t.Fatal(err)
	}
	block, err := aes.NewCipher(raw)
	if err != nil {
		t.Fatal(err)
	}
	iv := make([]byte, 16)
	rand.Read(iv)
	pad := 16 - len(plain)%16
	body := append(bytes.Clone(plain), bytes.Repeat([]byte{byte(pad)}, pad)...)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(body, body)
	return base64.StdEncoding.EncodeToString(append(iv, body...))
}

func refuse(w http.ResponseWriter, status, code int, msg string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"errcode":%d,"errmsg":%q}`, code, msg)
}

func (a *archive) gettoken(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("corpid") != corpID || q.Get("corpsecret") != secret {
		refuse(w, 200, 40001, "invalid credential")
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.made++
	a.left = a.every
	a.valid = "token/+= " + strconv.Itoa(a.made)
	json.NewEncoder(w).Encode(map[string]any{"errcode": 0, "errmsg": "ok", "access_token": a.valid, "expires_in": 7200})
}

// admit refuses a token that has ended. The lock is held.
func (a *archive) admit(w http.ResponseWriter, r *http.Request) bool {
	token := r.URL.Query().Get("access_token")
	if token != a.valid {
		refuse(w, 400, 40014, "invalid access_token")
		return false
	}
	if a.every > 0 {
		if a.left--; a.left < 0 {
			refuse(w, 400, 42001, "access_token expired")
			a.valid = "none"
			return false
		}
	}
	return true
}

func (a *archive) chatdata(w http.ResponseWriter, r *http.Request) {
	var req struct {
		Seq   uint64
		Limit int
	}
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		refuse(w, 400, 40035, err.Error())
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.admit(w, r) {
		return
	}
	out := []message{}
	for i := req.Seq; i < uint64(len(a.messages)) && len(out) < req.Limit; i++ {
		out = append(out, a.messages[i])
	}
	json.NewEncoder(w).Encode(map[string]any{"errcode": 0, "errmsg": "ok", "chatdata": out})
}

func (a *archive) media(w http.ResponseWriter, r *http.Request) {
	var req struct{ SDKFileID, IndexBuf string }
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		refuse(w, 400, 40035, err.Error())
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.admit(w, r) {
		return
	}
	if req.SDKFileID != fileID {
		refuse(w, 400, 10005, "invalid sdkfileid")
		return
	}
	from, to := 0, chunk
	if req.IndexBuf != "" {
		if n, err := fmt.Sscanf(req.IndexBuf, "Range:bytes=%d-%d", &from, &to); n != 2 || from > len(a.file) {
			refuse(w, 400, 10000, fmt.Sprint("indexbuf: ", err))
			return
		}
		to++
	}
	to = min(to, len(a.file))
	w.Header().Set("X-Qiwei-Outindexbuf", fmt.Sprintf("Range:bytes=%d-%d", to, min(to+chunk, len(a.file))-1))
	w.Header().Set("X-Qiwei-Finish", "0")
	if to == len(a.file) {
		w.Header().Set("X-Qiwei-Finish", "1")
	}
	w.Write(a.file[from:to])
}

// instead answers as this function does where it returns true, until the next call.
func (a *archive) instead(f func(w http.ResponseWriter, r *http.Request) bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.answer = f
}

func (a *archive) count(path string) (n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, p := range a.requests {
		if p == path {
			n++
		}
	}
	return n
}
