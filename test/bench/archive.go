package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/archive"
	"qiwei/internal/archive/library"
	"qiwei/internal/archive/pump"
	"qiwei/internal/chat"
	"qiwei/internal/clock"
	"qiwei/internal/id"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/test/pgserver"
)

// archiveRecords is how many records the archive has that is pulled and searched. QIWEI_BENCH_ARCHIVE names
// another number.
const archiveRecords = 1_000_000

// measureArchive measures the chat archive: keeping, sealing, pulling and searching.
func measureArchive(t *table, dir string) error {
	n, err := strconv.Atoi(cmp.Or(os.Getenv("QIWEI_BENCH_ARCHIVE"), strconv.Itoa(archiveRecords)))
	if err != nil {
		return err
	}
	if err := measureArchiveOn(t, filepath.Join(dir, "archive.db"), "SQLite", dir, n); err != nil {
		return err
	}
	pg, err := pgserver.Start(context.Background(), "fsync=on", "full_page_writes=on", "shared_buffers=256MB", "max_wal_size=2GB")
	if err != nil {
		fmt.Printf("| %-58s | %-22s | %-22s | %-6s |\n", "the archive on PostgreSQL", "no PostgreSQL here", "", "")
		return nil
	}
	defer pg.Stop()
	return measureArchiveOn(t, createDatabase(pg.URL(), "archive"), "PostgreSQL", dir, n)
}

func measureArchiveOn(t *table, database, name, dir string, n int) error {
	srv, err := start(database, small)
	if err != nil {
		return err
	}
	srv.stop()
	secret, n, err := srv.keepArchive(t, database, name, n)
	if err != nil {
		return err
	}
	if err := srv.again(database); err != nil {
		return err
	}
	defer srv.stop()
	token := srv.token(secret)
	if err := srv.pages(t, token, name, n); err != nil {
		return err
	}
	if err := srv.searches(t, token, name, n); err != nil {
		return err
	}
	return srv.pullByLibrary(t, secret, name, dir, n)
}

// processorTime is what this process has used.
func processorTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// counted measures something that is done n times.
func counted(n int, do func() error) (rate float64, cpu time.Duration, err error) {
	before, began := processorTime(), time.Now()
	err = do()
	return float64(n) / time.Since(began).Seconds(), ((processorTime() - before) / time.Duration(max(n, 1))).Round(100 * time.Nanosecond), err
}

// sealedMost is how many messages are sealed. An archive of more is filled with copies of them.
const sealedMost = 100_000

// keepArchive has people talk one by one, then has many messages sealed. It returns the archive's secret, and how
// many records it has in the clear.
func (srv *target) keepArchive(t *table, database, name string, n int) (secret string, have int, err error) {
	ctx := context.Background()
	server, err := platform.Open(ctx, platform.Config{Database: database, Key: key, Clock: clock.New()})
	if err != nil {
		return "", 0, err
	}
	defer server.Close()
	settings := archive.Settings{Enabled: true, Editions: map[archive.Edition]access.Range{archive.Office: access.Everything()}}
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return "", 0, err
	}
	public, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	if err != nil {
		return "", 0, err
	}
	if err := server.Store.Write(ctx, func(tx *store.Tx) error {
		apps, err := server.Apps.Apps(tx, srv.CorpID)
		if err != nil {
			return err
		}
		for _, a := range apps {
			if a.Kind == access.ChatArchive {
				secret = a.Secret
			}
		}
		if _, err := server.Archive.AddKey(ctx, tx, srv.CorpID, string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}))); err != nil {
			return err
		}
		return server.Archive.Set(ctx, tx, srv.CorpID, settings)
	}); err != nil {
		return "", 0, err
	}
	const one = 6000
	rate, cpu, err := counted(one, func() error { return oneByOne(ctx, server, srv.CorpID, one) })
	if err != nil {
		return "", 0, err
	}
	t.add(fmt.Sprintf("archived messages one by one, durable, %d callers, %s", connections, name), rate >= 3000, "3000/s", "%.0f/s, cpu %v", rate, cpu)
	if err := server.Archive.SealAll(ctx); err != nil {
		return "", 0, err
	}
	for _, kind := range []struct {
		what  string
		plain bool
		n     int
		floor float64
	}{{"sealed and chained", false, min(n, sealedMost), 20_000}, {"sealed, chained, kept in the clear and indexed", true, min(n, sealedMost), 0}} {
		settings.Plain = kind.plain
		if err := server.Store.Write(ctx, func(tx *store.Tx) error { return server.Archive.Set(ctx, tx, srv.CorpID, settings) }); err != nil {
			return "", 0, err
		}
		rate, cpu, err = counted(kind.n, func() error { return waiting(ctx, server, srv.CorpID, kind.n) })
		if err != nil {
			return "", 0, err
		}
		if !kind.plain {
			t.add(fmt.Sprintf("%d messages taken in by the %d, durable, %s", kind.n, takenAtOnce, name), rate >= 20_000, "20000/s", "%.0f/s, cpu %v", rate, cpu)
		}
		rate, cpu, err = counted(kind.n, func() error { return errors.Join(server.Archive.SealAll(ctx), server.Archive.IndexAll(ctx)) })
		if err != nil {
			return "", 0, err
		}
		t.add(fmt.Sprintf("%d messages %s, %s", kind.n, kind.what, name), rate >= kind.floor, atLeast(kind.floor, "/s"), "%.0f/s, cpu %v", rate, cpu)
	}
	have, err = copies(ctx, server, srv.CorpID, min(n, sealedMost), n)
	return secret, have, err
}

// copies fills an archive up to n records with copies of the last of it, which have texts of their own and stand
// between the same people. They are no chain: what is measured on them is reading.
func copies(ctx context.Context, server *platform.Server, corpID string, of, n int) (have int, err error) {
	last := 0
	for have = of; have < n; have += of {
		if err := server.Store.Write(ctx, func(tx *store.Tx) error {
			seq, err := tx.Count(`SELECT seq FROM archive_chain WHERE corpid = ?`, corpID)
			if err != nil {
				return err
			}
			if last == 0 {
				last = int(seq)
			}
			behind, number := seq-int64(last-of), (have/of)*100
			from := []any{corpID, int64(last - of), int64(last)}
			if _, err := tx.Exec(fmt.Sprintf(`INSERT INTO archive_record (archive, seq, corpid, msgid, at, kept_at, action, msgtype, sender, peer, roomid, external, version, sealed_key, sealed_msg, plain_sum, digest, hash, erased, conversation)
				SELECT archive, seq + %[1]d, corpid, '%[2]d-' || msgid, at + %[1]d, kept_at, action, msgtype, sender, peer, roomid, external, version, sealed_key, sealed_msg, plain_sum, digest, hash, erased, conversation
				FROM archive_record WHERE corpid = ? AND seq > ? AND seq <= ?`, behind, number), from...); err != nil {
				return err
			}
			if _, err := tx.Exec(fmt.Sprintf(`INSERT INTO archive_plain (archive, seq, corpid, plain) SELECT archive, seq + %d, corpid, replace(plain, '编号 ', '编号 %d') FROM archive_plain WHERE corpid = ? AND seq > ? AND seq <= ?`, behind, number), from...); err != nil {
				return err
			}
			if _, err := tx.Exec(`UPDATE archive_conversation SET records = records + ?, last_seq = last_seq + ? WHERE corpid = ?`, int64(of/997), int64(of), corpID); err != nil {
				return err
			}
			_, err = tx.Exec(`UPDATE archive_chain SET seq = seq + ? WHERE corpid = ?`, int64(of), corpID)
			return err
		}); err != nil {
			return 0, err
		}
	}
	return have, server.Archive.IndexAll(ctx)
}

// oneByOne has callers say things, each in a transaction of its own.
func oneByOne(ctx context.Context, server *platform.Server, corpID string, n int) error {
	var all sync.WaitGroup
	failed := make([]error, connections)
	for c := range connections {
		all.Go(func() {
			for i := c; i < n && failed[c] == nil; i += connections {
				failed[c] = server.Store.Write(ctx, func(tx *store.Tx) error {
					_, err := server.Chats.SendText(ctx, tx, chat.Say{CorpID: corpID, From: id.Person(fmt.Sprintf("user%06d", 1+i%500)), To: id.UserID(fmt.Sprintf("user%06d", 501+i%500)), Type: "text",
						Content: json.RawMessage(fmt.Sprintf(`{"content":"第 %d 份报价单发你了"}`, i))})
					return err
				})
			}
		})
	}
	all.Wait()
	return errors.Join(failed...)
}

// takenAtOnce is how many messages one transaction takes in.
const takenAtOnce = 1000

// waiting writes messages that wait to be sealed, as the rooms of conversations do.
func waiting(ctx context.Context, server *platform.Server, corpID string, n int) error {
	subjects := []string{"报价单", "接口文档", "测试环境", "合同附件", "上线清单", "周报", "回归用例", "展会物料", "账期", "监控告警"}
	const atOnce = 200
	at := server.Clock.Now().UnixMilli()
	for from := 0; from < n; from += takenAtOnce {
		if err := server.Store.Write(ctx, func(tx *store.Tx) error {
			no, err := tx.Count(`SELECT no FROM archive_corp WHERE corpid = ?`, corpID)
			for i := from; i < min(n, from+takenAtOnce) && err == nil; i += atOnce {
				var args []any
				for k := i; k < min(n, i+atOnce); k++ {
					sender, receiver := fmt.Sprintf("user%06d", 1+k%997), fmt.Sprintf("user%06d", 1+(k*7919+13)%997)
					head := fmt.Sprintf(`{"msgid":"%d_%d","action":"send","from":%q,"tolist":[%q],"roomid":"","msgtime":%d,"msgtype":"text"}`, 1<<62+k, at, sender, receiver, at+int64(k))
					plain := fmt.Sprintf(`%s,"text":{"content":"麻烦看一下%s，编号 %d，改到周四下午三点"}}`, strings.TrimSuffix(head, "}"), subjects[k%len(subjects)], k)
					args = append(args, no, corpID, head, plain)
				}
				_, err = tx.Exec(`INSERT INTO archive_pending (archive, corpid, head, plain) VALUES (?, ?, ?, ?)`+strings.Repeat(`, (?, ?, ?, ?)`, len(args)/4-1), args...)
			}
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// pages asks for pages of 1,000 sealed records all over the archive.
func (srv *target) pages(t *table, token, name string, n int) error {
	const pages = 60
	var took []time.Duration
	before := srv.cpuTime()
	for i := range pages {
		began := time.Now()
		body, err := do(srv.post("/_archive/chatdata", token, fmt.Sprintf(`{"seq":%d,"limit":1000}`, i*max(n-2000, 1)/pages)))
		if err != nil {
			return err
		}
		if took = append(took, time.Since(began)); len(body) < 100_000 {
			return fmt.Errorf("a page of %d bytes: %.200s", len(body), body)
		}
	}
	slices.Sort(took)
	median := took[len(took)/2]
	t.add("a page of 1,000 sealed records, "+name, median < 50*time.Millisecond, "under 50 ms", "%v, cpu %v", median.Round(100*time.Microsecond), ((srv.cpuTime() - before) / pages).Round(100*time.Microsecond))
	return nil
}

// searches looks for words that many records have and for some that one has.
func (srv *target) searches(t *table, token, name string, n int) error {
	for _, words := range []string{"报价单", fmt.Sprint("编号 ", sealedMost/2), "周四下午 接口文档", "报价单 接口文档", "没有这句话"} {
		if err := srv.reads(t, token, fmt.Sprintf("search for “%s” in %d, %s", words, n, name), "search?limit=30&words="+url.QueryEscape(words)); err != nil {
			return err
		}
	}
	if err := srv.reads(t, token, fmt.Sprintf("a conversation opened in the middle of %d, %s", n, name), fmt.Sprint("context?limit=60&after=", n/2)); err != nil {
		return err
	}
	return srv.reads(t, token, fmt.Sprintf("a person's records from the first of %d on, %s", n, name), "records?limit=60&person=user000003")
}

// reads measures one question of those who read.
func (srv *target) reads(t *table, token, what, question string) error {
	var took []time.Duration
	before := srv.cpuTime()
	for range 9 {
		req, err := http.NewRequest("GET", srv.URL+"/archive/"+question, nil)
		if err != nil {
			return err
		}
		req.Header.Set("Authorization", "Bearer "+token)
		began := time.Now()
		if _, err := do(req); err != nil {
			return err
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	t.add(what, took[4] < 200*time.Millisecond, "under 200 ms", "%v, cpu %v", took[4].Round(100*time.Microsecond), ((srv.cpuTime() - before) / 9).Round(100*time.Microsecond))
	return nil
}

// pulledMost is how many records are pulled.
const pulledMost = 1_000_000

// pullByLibrary pulls records by our library, and looks at the server's memory in the middle and at the end.
func (srv *target) pullByLibrary(t *table, secret, name, dir string, n int) error {
	ctx := context.Background()
	cc, err := library.FindCompiler("")
	if err != nil {
		fmt.Printf("| %-58s | %-22s | %-22s | %-6s |\n", "a pull by the library", "no C compiler here", "", "")
		return nil
	}
	lib := filepath.Join(dir, "lib")
	if err := library.Unpack(lib); err != nil {
		return err
	}
	if _, err := cc.Build(ctx, lib); err != nil {
		return err
	}
	program, err := pump.Compile(ctx, cc, dir)
	if err != nil {
		return err
	}
	h := pump.NewHost(pump.Options{Program: program, Library: filepath.Join(lib, "libWeWorkFinanceSdk_C.so"), CorpID: srv.CorpID, Secret: secret, URL: srv.URL, Stderr: os.Stderr})
	defer h.Close()
	var seq uint64
	var at int64
	count, began, before := 0, time.Now(), srv.cpuTime()
	for {
		raw, err := h.Chat(ctx, seq, 1000)
		if err != nil {
			return err
		}
		var page struct {
			List []struct{ Seq uint64 } `json:"chatdata"`
		}
		if err := json.Unmarshal(raw, &page); err != nil {
			return err
		}
		if len(page.List) == 0 || count >= pulledMost {
			break
		}
		if seq, count = page.List[len(page.List)-1].Seq, count+len(page.List); at == 0 && count >= min(n, pulledMost)/2 {
			at = srv.memory()
		}
	}
	rate := float64(count) / time.Since(began).Seconds()
	if count < min(n, pulledMost) {
		return fmt.Errorf("%d records were pulled of %d", count, n)
	}
	t.add(fmt.Sprintf("a pull of %d by the library, %s", count, name), rate >= 15_000, "15000/s", "%.0f/s, cpu %v", rate, ((srv.cpuTime() - before) / time.Duration(count)).Round(100*time.Nanosecond))
	grown := float64(srv.memory()-at) / (1 << 20)
	t.add("… the server's memory grows in its second half", grown < 16, "under 16 MB", "%.1f MB", grown)
	return nil
}
