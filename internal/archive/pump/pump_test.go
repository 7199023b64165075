package pump_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/archive"
	"qiwei/internal/archive/library"
	"qiwei/internal/archive/pump"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// built is our library, one that crashes, and the program that loads them.
type built struct{ program, library, crash string }

var root string

var build = sync.OnceValues(func() (b built, err error) {
	ctx := context.Background()
	cc, err := library.FindCompiler("")
	if err != nil {
		return b, err
	}
	lib := filepath.Join(root, "lib")
	if err := library.Unpack(lib); err != nil {
		return b, err
	}
	if _, err := cc.Build(ctx, lib); err != nil {
		return b, err
	}
	b.library, b.crash = filepath.Join(lib, "libWeWorkFinanceSdk_C.so"), filepath.Join(root, "crash.so")
	args := slices.Concat(cc[1:], []string{"-shared", "-fPIC", "-I", lib, "-o", b.crash, "testdata/crash.c"})
	if out, err := exec.Command(cc[0], args...).CombinedOutput(); err != nil {
		return b, fmt.Errorf("%w: %s", err, out)
	}
	b.program, err = pump.Compile(ctx, append(cc, "-Wall", "-Wextra", "-Werror"), root)
	return b, err
})

func TestMain(m *testing.M) {
	var err error
	if root, err = os.MkdirTemp("", "qiwei-pump-"); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(root)
	os.Exit(code)
}

var keys = sync.OnceValue(func() (out [2]*rsa.PrivateKey) {
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

// world is one enterprise with an archive, and another one into which it is taken.
type world struct {
	*qiweitest.World
	t    *testing.T
	b    built
	host *pump.Host
}

func run(t *testing.T, test func(w *world)) {
	t.Parallel()
	b, err := build()
	if err != nil {
		t.Fatal(err)
	}
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		one := &world{World: w, t: t, b: b}
		one.settings(w.Corp, fmt.Sprintf(`"public_key":%q,"enabled":true,"editions":{"1":{"departments":[1]}}`, publicPEM(keys()[0])))
		one.settings(w.Second, fmt.Sprintf(`"public_key":%q,"plain":true`, publicPEM(keys()[1])))
		one.host = one.hosted(b.library)
		test(one)
	}, func(c *platform.Config) { c.Dev = true })
}

func (w *world) hosted(lib string) *pump.Host {
	from := w.As(access.ChatArchive)
	h := pump.NewHost(pump.Options{Program: w.b.program, Library: lib, CorpID: w.CorpID, Secret: from.Secret, URL: w.URL, Stderr: io.Discard})
	w.t.Cleanup(func() { h.Close() })
	return h
}

func (w *world) script(c *qiweitest.Corp, path, body string, into any) {
	w.t.Helper()
	w.Scripted(path, fmt.Sprintf(`{"corpid":%q,%s}`, c.CorpID, body), into)
}

func (w *world) settings(c *qiweitest.Corp, body string) {
	w.t.Helper()
	w.script(c, "archive/settings", body, &struct{}{})
}

func (w *world) says(body string) (msgID string) {
	w.t.Helper()
	var sent struct{ MsgID string }
	w.script(w.Corp, "chat/send", body, &sent)
	return sent.MsgID
}

func (w *world) seal() {
	w.t.Helper()
	if err := w.Server.Archive.SealAll(context.Background()); err != nil {
		w.t.Fatal(err)
	}
}

// pull takes the first enterprise's archive into the second's.
func (w *world) pull(change func(*archive.Pull)) (archive.Pulled, error) {
	p := archive.Pull{CorpID: w.Second.CorpID, Source: "the first", Origin: w.host, Keys: map[int64]*rsa.PrivateKey{1: keys()[0], 2: keys()[1]}}
	if change != nil {
		change(&p)
	}
	return w.Server.Archive.PullAll(context.Background(), p)
}

// here returns the plaintexts in an archive.
func (w *world) here(c *qiweitest.Corp) (out []string) {
	w.t.Helper()
	by := archive.Reader{CorpID: c.CorpID, Range: access.Everything()}
	if err := w.Server.Store.Read(context.Background(), func(tx *store.Tx) error {
		answer, err := w.Server.Archive.Records(tx, by.CorpID, archive.Question{Limit: 1000})
		for _, r := range answer.Records {
			out = append(out, string(r.Message))
		}
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	return out
}

// An archive with two keys, files and a revocation is taken over whole, and nothing twice.
func TestFromOneEnterpriseToAnother(t *testing.T) {
	run(t, func(w *world) {
		content := bytes.Repeat([]byte("0123456789abcdef"), 90_000) // three pieces
		var up struct {
			MediaID string `json:"media_id"`
		}
		w.As(access.SelfBuilt).Upload("/cgi-bin/media/upload?type=file", "大文件.bin", content).Decode(&up)
		first := w.says(`"from":"zhangsan","to":"lisi","msgtype":"text","text":{"content":"第一条 <&>"}`)
		w.seal()
		w.settings(w.Corp, fmt.Sprintf(`"public_key":%q`, publicPEM(keys()[1])))
		w.says(fmt.Sprintf(`"from":"zhangsan","to":"lisi","msgtype":"file","file":{"media_id":%q}`, up.MediaID))
		w.says(fmt.Sprintf(`"from":"zhangsan","to":"lisi","msgtype":"mixed","mixed":{"item":[{"type":"text","content":{"content":"看"}},{"type":"file","content":{"media_id":%q}}]}`, up.MediaID))
		w.says(fmt.Sprintf(`"from":"zhangsan","msgtype":"revoke","revoke":{"pre_msgid":%q}`, first))
		w.seal()
		if _, err := w.pull(func(p *archive.Pull) { delete(p.Keys, 1) }); err == nil || !strings.Contains(err.Error(), "publickey_ver 1") || len(w.here(w.Second)) != 0 {
			w.t.Errorf("without the first key: %v", err)
		}
		if done, err := w.pull(func(p *archive.Pull) { delete(p.Keys, 2) }); err == nil || !strings.Contains(err.Error(), "publickey_ver 2") || done.Seq != 1 || done.Records != 1 {
			w.t.Errorf("without the second key: %+v %v", done, err)
		}
		var inside error
		done, err := w.pull(func(p *archive.Pull) {
			p.Page = func(archive.Pulled) { _, inside = w.pull(nil) }
		})
		if err != nil || done.Seq != 4 || done.Records != 4 || done.Files != 2 || len(done.Gaps) != 0 {
			w.t.Fatalf("%+v %v", done, err)
		}
		if inside == nil || !strings.Contains(inside.Error(), "another pump") {
			w.t.Errorf("two pumps at once: %v", inside)
		}
		got := w.here(w.Second)
		if len(got) != 4 || !strings.Contains(got[0], `"content":"第一条 <&>"`) || !strings.Contains(got[3], first) {
			w.t.Fatalf("%q", got)
		}
		for _, text := range got[1:3] {
			if i := strings.Index(text, "sdkfileid"); i >= 0 {
				w.same(strings.Split(strings.ReplaceAll(text[i:], `\`, ""), `"`)[2], content)
			} else {
				w.t.Errorf("no file in %s", text)
			}
		}
		if done, err := w.pull(nil); err != nil || done.Records != 4 || len(w.here(w.Second)) != 4 {
			w.t.Errorf("again: %+v %v", done, err)
		}
		// Another way to the same archive has the same msgids.
		if done, err := w.pull(func(p *archive.Pull) { p.Source = "the same by another name" }); err != nil || done.Seq != 4 || done.Records != 0 || len(w.here(w.Second)) != 4 {
			w.t.Errorf("by another name: %+v %v", done, err)
		}
		w.says(`"from":"lisi","to":"zhangsan","msgtype":"text","text":{"content":"后来"}`)
		w.seal()
		if done, err := w.pull(nil); err != nil || done.Seq != 5 || done.Records != 5 {
			w.t.Errorf("one more: %+v %v", done, err)
		}
		if v, err := w.Server.Archive.Verify(context.Background(), w.Second.CorpID, nil); err != nil || len(v.Faults) > 0 || v.Records != 5 {
			w.t.Errorf("%+v %v", v, err)
		}
	})
}

// A file of 50 MB, which the platform takes from an address alone, comes through the library whole, in pieces.
func TestALargeFile(t *testing.T) {
	run(t, func(w *world) {
		content := make([]byte, 50<<20)
		for i := range content {
			content[i] = byte(i >> 8 * i)
		}
		from := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			http.ServeContent(rw, r, "", time.Time{}, bytes.NewReader(content))
		}))
		w.t.Cleanup(from.Close)
		sum := md5.Sum(content)
		app := w.As(access.CustomerContact)
		var job struct{ JobID string }
		app.Call("POST", "/cgi-bin/media/upload_by_url", fmt.Sprintf(`{"scene":1,"type":"file","filename":"large.bin","url":%q,"md5":%q}`, from.URL, hex.EncodeToString(sum[:]))).Decode(&job)
		w.Server.Media.Settle()
		var done struct {
			Detail struct {
				MediaID string `json:"media_id"`
			}
		}
		got := app.Call("POST", "/cgi-bin/media/get_upload_by_url_result", fmt.Sprintf(`{"jobid":%q}`, job.JobID))
		if got.Decode(&done); done.Detail.MediaID == "" {
			w.t.Fatal(got.Body)
		}
		w.says(fmt.Sprintf(`"from":"zhangsan","to":"lisi","msgtype":"file","file":{"media_id":%q}`, done.Detail.MediaID))
		w.seal()
		if done, err := w.pull(nil); err != nil || done.Files != 1 || len(done.Gaps) != 0 {
			w.t.Fatalf("%+v %v", done, err)
		}
		text := w.here(w.Second)[0]
		if !strings.Contains(text, `"filesize":52428800`) || !strings.Contains(text, hex.EncodeToString(sum[:])) {
			w.t.Errorf("%s", text)
		}
		w.same(strings.Split(text[strings.Index(text, "sdkfileid"):], `"`)[2], content)
	})
}

// same compares a file of the second archive.
func (w *world) same(fileID string, want []byte) {
	w.t.Helper()
	w.settings(w.Second, `"enabled":true,"editions":{"1":{"departments":[1]}}`)
	to := w.Second.As(access.ChatArchive)
	h := pump.NewHost(pump.Options{Program: w.b.program, Library: w.b.library, CorpID: w.Second.CorpID, Secret: to.Secret, URL: w.URL, Stderr: io.Discard})
	defer h.Close()
	var got []byte
	for next := ""; ; {
		p, err := h.Media(context.Background(), fileID, next)
		if err != nil {
			w.t.Fatalf("%s: %v", fileID, err)
		}
		got = append(got, p.Content...)
		if next = p.Next; p.Last {
			break
		}
	}
	if !bytes.Equal(got, want) {
		w.t.Errorf("%d bytes of the file, want %d", len(got), len(want))
	}
}

// What is left out over there is a gap with a name, and so is what no key opens.
func TestGaps(t *testing.T) {
	run(t, func(w *world) {
		for i := range 5 {
			w.says(fmt.Sprintf(`"from":"zhangsan","to":"lisi","msgtype":"text","text":{"content":"%d"}`, i))
		}
		w.seal()
		w.settings(w.Corp, fmt.Sprintf(`"public_key":%q`, publicPEM(keys()[1])))
		w.says(`"from":"zhangsan","to":"lisi","msgtype":"text","text":{"content":"the sixth"}`)
		w.seal()
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE archive_record SET erased = 1 WHERE corpid = ? AND seq IN (1, 2, 4)`, w.CorpID)
			return err
		})
		done, err := w.pull(func(p *archive.Pull) { delete(p.Keys, 2); p.PastUnreadable = true })
		if err != nil || done.Seq != 6 || done.Records != 2 {
			w.t.Fatalf("%+v %v", done, err)
		}
		var list []archive.Pulled
		w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
			list, err = w.Server.Archive.Pulls(tx, w.Second.CorpID)
			return err
		})
		var got []string
		for _, g := range list[0].Gaps {
			got = append(got, fmt.Sprintf("%d-%d %s", g.From, g.To, g.Why))
		}
		if strings.Join(got, ", ") != "6-6 key, 4-4 missing, 1-2 missing" || list[0].Running {
			w.t.Errorf("%q %+v", got, list)
		}
	})
}

// The line of a member who changes into another enterprise has its time and its member elsewhere than messages do.
func TestASwitchIsTakenOver(t *testing.T) {
	run(t, func(w *world) {
		w.says(`"from":"zhangsan","to":"lisi","msgtype":"text","text":{"content":"one"}`)
		w.says(`"from":"lisi","msgtype":"switch"`)
		w.seal()
		if done, err := w.pull(nil); err != nil || done.Records != 2 {
			w.t.Fatalf("%+v %v", done, err)
		}
		if err := w.Server.Store.Read(context.Background(), func(tx *store.Tx) error {
			there, err := w.Server.Archive.Records(tx, w.CorpID, archive.Question{Limit: 10})
			if err != nil {
				return err
			}
			here, err := w.Server.Archive.Records(tx, w.Second.CorpID, archive.Question{Limit: 10})
			for i, r := range here.Records {
				if of := there.Records[i]; r.From != of.From || r.Peer != of.Peer || r.At != of.At || r.Type != of.Type || r.Action != of.Action || r.MsgID != of.MsgID {
					w.t.Errorf("%+v became %+v", of, r)
				}
			}
			if len(here.Records) != 2 || here.Records[1].From != "lisi" || here.Records[1].Type != "switch" || here.Records[1].At == 0 {
				w.t.Errorf("%+v", here.Records)
			}
			return err
		}); err != nil {
			w.t.Fatal(err)
		}
	})
}

// A server that does not answer is given up after the time that was asked for.
func TestAServerThatHangs(t *testing.T) {
	run(t, func(w *world) {
		hangs := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
		w.t.Cleanup(hangs.Close)
		h := pump.NewHost(pump.Options{Program: w.b.program, Library: w.b.library, CorpID: w.CorpID, Secret: "s", URL: hangs.URL, Timeout: 1, Stderr: io.Discard})
		defer h.Close()
		ctx, stop := context.WithTimeout(context.Background(), 25*time.Second)
		defer stop()
		var code pump.Code
		if _, err := h.Chat(ctx, 0, 10); ctx.Err() != nil || !errors.As(err, &code) || !code.Passing() {
			w.t.Errorf("%v, %v", err, ctx.Err())
		}
	})
}

// A key that is replaced over there in the middle of a pull ends it before what it cannot open, and the next one
// that brings the key goes on from there.
func TestAKeyReplacedMeanwhile(t *testing.T) {
	run(t, func(w *world) {
		for i := range 3 {
			w.says(fmt.Sprintf(`"from":"zhangsan","to":"lisi","msgtype":"text","text":{"content":"message %d"}`, i))
		}
		w.seal()
		done, err := w.pull(func(p *archive.Pull) {
			delete(p.Keys, 2)
			p.Page = func(at archive.Pulled) {
				if at.Seq == 3 {
					w.settings(w.Corp, fmt.Sprintf(`"public_key":%q`, publicPEM(keys()[1])))
					w.says(`"from":"lisi","to":"zhangsan","msgtype":"text","text":{"content":"message 3"}`)
					w.seal()
				}
			}
		})
		if err == nil || !strings.Contains(err.Error(), "publickey_ver 2") || done.Seq != 3 || len(done.Gaps) != 0 {
			w.t.Fatalf("%+v %v", done, err)
		}
		if done, err = w.pull(nil); err != nil || done.Seq != 4 || done.Records != 4 || len(done.Gaps) != 0 {
			w.t.Errorf("with the key: %+v %v", done, err)
		}
		for i, text := range w.here(w.Second) {
			if !strings.Contains(text, fmt.Sprint("message ", i)) {
				w.t.Errorf("%d: %s", i, text)
			}
		}
	})
}

// A pump that has died is let go within a minute.
func TestADeadPump(t *testing.T) {
	run(t, func(w *world) {
		w.says(`"from":"zhangsan","to":"lisi","msgtype":"text","text":{"content":"one"}`)
		w.seal()
		if _, err := w.pull(nil); err != nil {
			w.t.Fatal(err)
		}
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE archive_pull SET holder = 'dead', until = ? WHERE corpid = ?`, tx.Now().Add(time.Minute).UnixMilli(), w.Second.CorpID)
			return err
		})
		if _, err := w.pull(nil); err == nil {
			w.t.Error("it holds no longer")
		}
		w.Advance(time.Minute)
		if _, err := w.pull(nil); err != nil {
			w.t.Error(err)
		}
	})
}

// A library that crashes does not take the program with it; what it prints is no answer.
func TestALibraryThatCrashes(t *testing.T) {
	run(t, func(w *world) {
		h := w.hosted(w.b.crash)
		ctx := context.Background()
		for i, want := range []bool{true, false, true} { // another process begins anew
			raw, err := h.Chat(ctx, 0, 10)
			if (err == nil) != want || err != nil && !errors.Is(err, pump.ErrEnded) || err == nil && !json.Valid(raw) {
				w.t.Errorf("%d: %q %v", i, raw, err)
			}
		}
		var code pump.Code
		if _, err := h.Decrypt(ctx, "key", "message"); !errors.As(err, &code) || code != 10006 {
			w.t.Errorf("%v", err)
		}
		if _, err := h.Media(ctx, "file", ""); !errors.As(err, &code) || !code.Gone() {
			w.t.Errorf("%v", err)
		}
		other := pump.NewHost(pump.Options{Program: w.b.program, Library: w.b.crash, CorpID: "ww", Secret: "x", Stderr: io.Discard})
		defer other.Close()
		if _, err := other.Chat(ctx, 0, 10); !errors.As(err, &code) || code != 10003 {
			w.t.Errorf("a wrong secret: %v", err)
		}
		none := pump.NewHost(pump.Options{Program: w.b.program, Library: "/nowhere.so", CorpID: "ww", Secret: "s", Stderr: io.Discard})
		if _, err := none.Chat(ctx, 0, 10); !errors.Is(err, pump.ErrEnded) {
			w.t.Errorf("no library: %v", err)
		}
		stopped, stop := context.WithCancel(ctx)
		stop()
		if _, err := h.Chat(stopped, 0, 10); !errors.Is(err, context.Canceled) && err != nil {
			w.t.Errorf("stopped: %v", err)
		}
	})
}
