package archive_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"qiwei/internal/archive"
	"qiwei/internal/store"
)

// hooked is a receiver of records.
type hooked struct {
	mu     sync.Mutex
	status int
	secret string
	got    []string // the words of the records, by request
	bad    int      // requests with another signature
}

func (r *hooked) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	body, _ := io.ReadAll(req.Body)
	sum := hmac.New(sha256.New, []byte(r.secret))
	sum.Write([]byte(req.Header.Get("X-Qiwei-Timestamp") + "." + string(body)))
	if req.Header.Get("X-Qiwei-Signature") != hex.EncodeToString(sum.Sum(nil)) {
		r.bad++
	}
	var sent shown
	if json.Unmarshal(body, &sent) == nil && r.status == 200 {
		var words []string
		for _, one := range sent.Records {
			words = append(words, one.Message.Text.Content)
		}
		r.got = append(r.got, strings.Join(words, "|"))
	}
	w.WriteHeader(r.status)
}

func (r *hooked) take() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := strings.Join(r.got, " / ")
	r.got = nil
	return out
}

func (r *hooked) answer(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status = status
}

// Records are sent as they come, in order, until they are taken; those with words alone, where words are named.
func TestHooks(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.WithoutTwin()
		h.done(h.Corp, "archive/settings", `{"plain":true}`, nil)
		h.says("zhangsan", "lisi", "before")
		h.sealAll()
		if err := h.Server.Store.Write(context.Background(), func(tx *store.Tx) error {
			_, err := h.Server.Archive.AddHook(context.Background(), tx, h.Second.CorpID, "https://a.example", nil)
			return err
		}); code(err) != archive.ErrOff.Code {
			t.Errorf("a hook on an archive that was never set up: %v", err)
		}
		all, some := &hooked{status: 200}, &hooked{status: 200}
		for r, words := range map[*hooked][]string{all: nil, some: {"退款", "REFUND"}} {
			server := httptest.NewServer(r)
			t.Cleanup(server.Close)
			h.Write(func(ctx context.Context, tx *store.Tx) error {
				made, err := h.Server.Archive.AddHook(ctx, tx, h.CorpID, server.URL, words)
				r.mu.Lock()
				defer r.mu.Unlock()
				r.secret = made.Secret
				return err
			})
		}
		sent := func() {
			h.t.Helper()
			h.sealAll()
			if err := h.Server.Archive.SendAll(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		h.says("zhangsan", "lisi", "one")
		sent()
		h.says("zhangsan", "lisi", "要退款吗")
		sent()
		h.says("zhangsan", "lisi", "a refund")
		sent()
		if got := all.take(); got != "one / 要退款吗 / a refund" {
			t.Errorf("all: %s", got)
		}
		if got := some.take(); got != "要退款吗 / a refund" {
			t.Errorf("some: %s", got)
		}
		all.answer(500)
		h.says("zhangsan", "lisi", "two")
		sent()
		h.says("zhangsan", "lisi", "three")
		sent()
		if hooks := h.hooks(); all.take() != "" || hooks[0].Failures+hooks[1].Failures != 1 {
			t.Errorf("%+v", hooks)
		}
		all.answer(200)
		h.Advance(6e9)
		sent()
		if got := all.take(); got != "two|three" {
			t.Errorf("once it answers again: %s", got)
		}
		if all.bad+some.bad != 0 {
			t.Errorf("%d signatures are others", all.bad+some.bad)
		}
		for _, hook := range h.hooks() {
			if hook.Failures != 0 || hook.Error != "" || hook.Secret != "" {
				t.Errorf("%+v", hook)
			}
			if err := h.Server.Store.Write(t.Context(), func(tx *store.Tx) error {
				return h.Server.Archive.RemoveHook(t.Context(), tx, h.Second.CorpID, hook.No)
			}); err == nil {
				t.Error("another enterprise removes it")
			}
			h.Write(func(ctx context.Context, tx *store.Tx) error {
				return h.Server.Archive.RemoveHook(ctx, tx, h.CorpID, hook.No)
			})
		}
		h.done(h.Corp, "archive/settings", `{"plain":false}`, nil)
		for what, try := range map[string]func(tx *store.Tx) error{
			"no address": func(tx *store.Tx) error {
				_, err := h.Server.Archive.AddHook(t.Context(), tx, h.CorpID, "ftp://x", nil)
				return err
			},
			"words without a plaintext": func(tx *store.Tx) error {
				_, err := h.Server.Archive.AddHook(t.Context(), tx, h.CorpID, "http://x.example", []string{"a"})
				return err
			},
			"an archive that is none": func(tx *store.Tx) error {
				_, err := h.Server.Archive.AddHook(t.Context(), tx, h.Second.CorpID, "http://x.example", nil)
				return err
			},
		} {
			if err := h.Server.Store.Write(t.Context(), try); err == nil {
				t.Errorf("%s is accepted", what)
			}
		}
	})
}

func (h *house) hooks() (list []archive.Hook) {
	h.t.Helper()
	if err := h.Server.Store.Read(h.t.Context(), func(tx *store.Tx) (err error) {
		list, err = h.Server.Archive.Hooks(tx, h.CorpID)
		return err
	}); err != nil {
		h.t.Fatal(err)
	}
	return list
}
