package media_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

func sweep(t *testing.T, w *qiweitest.World) {
	t.Helper()
	if err := w.Server.Media.Sweep(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func TestExpiredFilesGo(t *testing.T) {
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		w.WithoutTwin()
		c := w.As(access.SelfBuilt)
		for range 3 {
			upload(t, c, "file", "a.txt", []byte("mytext"))
		}
		upload(t, w.Second.As(access.SelfBuilt), "file", "a.txt", []byte("mytext"))
		w.Advance(2 * 24 * time.Hour)
		young := upload(t, c, "file", "b.txt", []byte("a younger one"))
		expect := func(when string, files, kept int) {
			t.Helper()
			sweep(t, w)
			if n := int(count(t, w, `SELECT count(*) FROM media`)); n != files {
				t.Errorf("%s: %d files, want %d", when, n, files)
			}
			if n := blobs(t, w); n != kept {
				t.Errorf("%s: %d contents, want %d", when, n, kept)
			}
			if n := int(count(t, w, `SELECT count(*) FROM blob`)); n != kept {
				t.Errorf("%s: %d rows of contents, want %d", when, n, kept)
			}
		}
		expect("before", 5, 5)
		w.Advance(24*time.Hour - time.Millisecond)
		expect("a moment before their end", 5, 5)
		w.Advance(time.Millisecond)
		expect("at their end", 1, 5) // a download under way gets the rest
		w.Advance(time.Hour - time.Millisecond)
		expect("not yet an hour later", 1, 5)
		w.Advance(time.Millisecond)
		expect("an hour later", 1, 1)
		if got := c.Request("GET", "/cgi-bin/media/get?media_id="+young, nil); got.Body != "a younger one" {
			t.Errorf("the younger one: %s", got.Body)
		}
	})
}

// More files than one step of the sweep handles.
func TestManyExpiredFiles(t *testing.T) {
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		w.WithoutTwin()
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			for i := range 450 {
				key := strings.Repeat("0", 29) + string([]byte{'a' + byte(i/100), '0' + byte(i/10%10), '0' + byte(i%10)})
				if _, err := tx.Exec(`INSERT INTO blob (key, corpid, refs, since) VALUES (?, ?, 1, 0)`, key, w.CorpID); err != nil {
					return err
				}
				if _, err := tx.Exec(`INSERT INTO media (media_id, corpid, kind, scene, name, type, size, blob, app, created_at, expires_at) VALUES (?, ?, 'file', 'upload', '', '', 0, ?, 0, 0, 1)`,
					"3"+key, w.CorpID, key); err != nil {
					return err
				}
			}
			return nil
		})
		sweep(t, w)
		w.Advance(time.Hour)
		sweep(t, w)
		if n := count(t, w, `SELECT (SELECT count(*) FROM media) + (SELECT count(*) FROM blob)`); n != 0 {
			t.Errorf("%d rows are left", n)
		}
	})
}

// The points at which a crash can separate a file's content from its rows, and what is left. Each state is
// made by hand, as the steps before it leave it.
func TestCrashes(t *testing.T) {
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		w.WithoutTwin()
		other := upload(t, w.As(access.SelfBuilt), "file", "a.txt", []byte("another file"))
		for i, state := range []struct {
			refs    int // as in the row
			written bool
		}{
			{0, false}, // announced, not written
			{0, true},  // written, without its file's row
			{-1, true}, // marked for deletion
			{-1, false},
		} {
			key := fmt.Sprintf("%032d", i)
			change(w, `INSERT INTO blob (key, corpid, refs, since) VALUES (?, ?, ?, ?)`, key, w.CorpID, state.refs, w.Clock.Now().UnixMilli())
			if !state.written {
				continue
			}
			d, err := w.Server.Blobs.Draft()
			if err != nil {
				t.Fatal(err)
			}
			d.Write([]byte("mytext"))
			if err := d.Keep(context.Background(), key); err != nil {
				t.Fatal(err)
			}
		}
		restarted, err := platform.Open(context.Background(), w.Server.Config)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { restarted.Close() })
		w.Advance(time.Hour)
		if err := restarted.Media.Sweep(context.Background()); err != nil {
			t.Fatal(err)
		}
		if n, rows := blobs(t, w), count(t, w, `SELECT count(*) FROM blob`); n != 1 || rows != 1 {
			t.Errorf("%d contents and %d rows are left, want the other file's", n, rows)
		}
		if got := w.As(access.SelfBuilt).Request("GET", "/cgi-bin/media/get?media_id="+other, nil); got.Body != "another file" {
			t.Errorf("the other file: %s", got.Body)
		}
	})
}

// A file that arrives so slowly that the sweep takes its content for the leftover of a crash gets no
// media_id.
func TestSweptWhileItWasWritten(t *testing.T) {
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		w.WithoutTwin()
		for late, want := range map[time.Duration]int64{time.Hour - time.Millisecond: 1, time.Hour: 0} {
			before := count(t, w, `SELECT count(*) FROM media`)
			err := w.Server.Media.UploadWith(context.Background(), access.System(w.CorpID), "mytext", func() {
				w.Advance(late)
				sweep(t, w)
			})
			if n := count(t, w, `SELECT count(*) FROM media`) - before; (err == nil) != (want == 1) || n != want {
				t.Errorf("swept %v later: %v, %d files", late, err, n)
			}
		}
		w.Advance(time.Hour)
		sweep(t, w)
		if n, rows := blobs(t, w), count(t, w, `SELECT count(*) FROM blob`); n != 1 || rows != 1 {
			t.Errorf("%d contents and %d rows", n, rows)
		}
	})
}

func TestDeletedCorps(t *testing.T) {
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		w.WithoutTwin()
		upload(t, w.As(access.SelfBuilt), "file", "a.txt", []byte("mytext"))
		url := show(t, w.As(access.SelfBuilt), jpegOf(200, 100))
		see(t, w, strings.TrimSuffix(url, "/0")+"/100") // which is stored too
		stays := upload(t, w.Second.As(access.SelfBuilt), "file", "a.txt", []byte("of the other corp"))
		if n := blobs(t, w); n != 4 {
			t.Fatalf("%d contents", n)
		}
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			for _, user := range []id.UserID{"zhangsan", "lisi", "wangwu"} {
				if err := w.Server.Directory.DeleteMember(ctx, tx, access.System(w.CorpID), user); err != nil {
					return err
				}
			}
			return w.Server.Corps.DeleteCorp(ctx, tx, w.CorpID)
		})
		if status, _, _ := see(t, w, url); status != 404 {
			t.Errorf("its picture: %d", status)
		}
		sweep(t, w)
		w.Advance(time.Hour)
		sweep(t, w)
		if n, rows := blobs(t, w), count(t, w, `SELECT count(*) FROM blob`); n != 1 || rows != 1 {
			t.Errorf("%d contents and %d rows are left, want the other corp's", n, rows)
		}
		if got := w.Second.As(access.SelfBuilt).Request("GET", "/cgi-bin/media/get?media_id="+stays, nil); got.Body != "of the other corp" {
			t.Errorf("the other corp's: %s", got.Body)
		}
	})
}

// What a crash left in the folder for drafts is deleted at a later start.
func TestStaleDrafts(t *testing.T) {
	w := qiweitest.New(t)
	if err := w.Server.Blobs.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(w.Server.Blobs.String(), "drafts")
	for _, name := range []string{"old", "new"} {
		if err := os.WriteFile(filepath.Join(folder, name), bytes.Repeat([]byte("x"), 100), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	old := time.Now().Add(-25 * time.Hour)
	if err := os.Chtimes(filepath.Join(folder, "old"), old, old); err != nil {
		t.Fatal(err)
	}
	if err := w.Server.Media.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(folder)
	if err != nil || len(left) != 1 || left[0].Name() != "new" {
		t.Errorf("left are %v, %v", left, err)
	}
}
