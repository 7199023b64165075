package backup_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/backup"
	"qiwei/internal/blob"
	"qiwei/internal/clock"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

const passphrase = "correct horse battery"

func openStore(t *testing.T, database string) *store.Store {
	t.Helper()
	st, err := store.Open(t.Context(), store.Config{URL: database, Clock: clock.At(qiweitest.Start)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	return st
}

func bucket(t *testing.T) *blob.Bucket {
	t.Helper()
	b, err := blob.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// of returns a source that is the world's server.
func of(w *qiweitest.World) backup.Source {
	return backup.Source{Store: w.Server.Store, Files: w.Server.Blobs, Program: "test", Now: qiweitest.Start}
}

func target(st *store.Store, files *blob.Bucket, content []byte) backup.Target {
	return backup.Target{
		Store: st, Files: files, Rooms: platform.Migrations(),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil },
	}
}

// empties are empty databases of each kind that this machine has.
func empties(t *testing.T) []string {
	t.Helper()
	list := []string{filepath.Join(t.TempDir(), "restored.db")}
	if server := os.Getenv("QIWEI_TEST_POSTGRES"); server != "" {
		u, err := qiweitest.CreatePostgres(server)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, u)
	}
	return list
}

// alone runs a test on an installation of each kind. None has a twin: its tables are no installation's.
func alone(t *testing.T, test func(*testing.T, *qiweitest.World)) {
	t.Parallel()
	for _, database := range empties(t) {
		name, _, _ := strings.Cut(filepath.Base(database), "_")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, qiweitest.NewOn(t, database))
		})
	}
}

// counts are numbers that agree in every consistent state.
func counts(t *testing.T, st *store.Store) (members, counted, leaders int64) {
	t.Helper()
	if err := st.Read(t.Context(), func(tx *store.Tx) (err error) {
		if members, err = tx.Count(`SELECT count(*) FROM member`); err != nil {
			return err
		}
		if counted, err = tx.Count(`SELECT coalesce((SELECT sum(members) FROM directory_size), 0) + coalesce((SELECT sum(n) FROM member_count), 0)`); err != nil {
			return err
		}
		leaders, err = tx.Count(`SELECT count(*) FROM member WHERE leader IS NOT NULL`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return members, counted, leaders
}

// TestBackupBesideWriters backs up an installation that is written to, and puts it into each kind of database. What is
// there is one moment's state, and a server goes on from it.
func TestBackupBesideWriters(t *testing.T) {
	alone(t, func(t *testing.T, w *qiweitest.World) {
		contacts := w.As(access.ContactSync)
		for i := range 20 {
			contacts.Call("POST", "/cgi-bin/user/create", fmt.Sprintf(`{"userid":"early%d","name":"早","department":[2],"email":"early%d@corp.example","direct_leader":["zhangsan"]}`, i, i))
		}
		var wg sync.WaitGroup
		stop, begun := make(chan struct{}), make(chan struct{})
		for c := range 3 {
			wg.Go(func() {
				for i := 0; ; i++ {
					select {
					case <-stop:
						return
					default:
					}
					contacts.Call("POST", "/cgi-bin/user/create", fmt.Sprintf(`{"userid":"late%dof%d","name":"晚","department":[2],"email":"late%dof%d@corp.example"}`, i, c, i, c))
					if i == 2 && c == 0 {
						close(begun)
					}
				}
			})
		}
		<-begun
		var out bytes.Buffer
		sum, err := backup.Write(t.Context(), &out, of(w))
		close(stop)
		wg.Wait()
		if err != nil {
			t.Fatal(err)
		}
		for _, database := range empties(t) {
			st := openStore(t, database)
			done, err := backup.Restore(t.Context(), target(st, bucket(t), out.Bytes()))
			if err != nil || done.Sum.Rows != sum.Rows || sum.Rows == 0 {
				t.Fatalf("%s: %+v %v", database, done, err)
			}
			members, counted, leaders := counts(t, st)
			if members != counted || leaders < 20 || members < 23 {
				t.Errorf("%d members, %d counted, %d with a leader", members, counted, leaders)
			}
			if _, err := backup.Restore(t.Context(), target(st, bucket(t), out.Bytes())); !errors.Is(err, store.ErrNotEmpty) {
				t.Errorf("over what is there: %v", err)
			}
			st.Close()
			goesOn(t, w, database, members)
		}
	})
}

// goesOn opens a server on what was restored.
func goesOn(t *testing.T, w *qiweitest.World, database string, members int64) {
	t.Helper()
	s, err := platform.Open(t.Context(), platform.Config{Database: database, Key: qiweitest.Key, Clock: clock.At(qiweitest.Start), SweepEvery: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Store.Read(t.Context(), func(tx *store.Tx) error { _, err := s.Corps.Corp(tx, w.CorpID); return err }); err != nil {
		t.Error(err)
	}
	if n, _, _ := counts(t, s.Store); n != members {
		t.Errorf("%d members, want %d", n, members)
	}
}

// TestNumbersGoOn deletes the newest row before the backup: its number is not given again.
func TestNumbersGoOn(t *testing.T) {
	alone(t, func(t *testing.T, w *qiweitest.World) {
		var last int64
		w.Write(func(_ context.Context, tx *store.Tx) (err error) {
			if last, err = tx.Count(`SELECT max(no) FROM event`); err == nil {
				_, err = tx.Exec(`DELETE FROM event WHERE no = ?`, last)
			}
			return err
		})
		var out bytes.Buffer
		if _, err := backup.Write(t.Context(), &out, of(w)); err != nil {
			t.Fatal(err)
		}
		for _, database := range empties(t) {
			st := openStore(t, database)
			if _, err := backup.Restore(t.Context(), target(st, bucket(t), out.Bytes())); err != nil {
				t.Fatal(err)
			}
			var no int64
			if err := st.Write(t.Context(), func(tx *store.Tx) (err error) {
				no, err = tx.Insert(`INSERT INTO event (corpid, name, at, by_kind, by_app, payload) VALUES ('x', 'x', 0, '', 0, '{}')`)
				return err
			}); err != nil || no <= last {
				t.Errorf("the next event is number %d, %v; %d was deleted", no, err, last)
			}
		}
	})
}

// TestFiles restores what was uploaded, and names what was deleted meanwhile.
func TestFiles(t *testing.T) {
	alone(t, func(t *testing.T, w *qiweitest.World) {
		a := w.As(access.SelfBuilt)
		content := []byte(strings.Repeat("content ", 20_000))
		for _, name := range []string{"a.bin", "b.bin"} {
			a.Upload("/cgi-bin/media/upload?type=file", name, append([]byte(name), content...))
		}
		keys := blobs(t, w.Server.Store)
		if len(keys) != 2 {
			t.Fatalf("files %v", keys)
		}
		if err := w.Server.Blobs.Delete(t.Context(), keys[1]); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		sum, err := backup.Write(t.Context(), &out, of(w))
		if err != nil || sum.Files != 1 || len(sum.Gone) != 1 || sum.Gone[0] != keys[1] {
			t.Fatalf("%+v %v", sum, err)
		}
		files := bucket(t)
		if _, err := backup.Restore(t.Context(), target(openStore(t, empties(t)[0]), files, out.Bytes())); err != nil {
			t.Fatal(err)
		}
		back, err := files.Open(t.Context(), keys[0], 0, -1)
		if err != nil {
			t.Fatal(err)
		}
		defer back.Close()
		if got, _ := io.ReadAll(back); !bytes.HasSuffix(got, content) {
			t.Errorf("%d bytes came back", len(got))
		}
	})
}

func blobs(t *testing.T, st *store.Store) (keys []string) {
	t.Helper()
	if err := st.Read(t.Context(), func(tx *store.Tx) error {
		return tx.Each(`SELECT key FROM blob ORDER BY key`, nil, func(rows *store.Rows) error {
			var key string
			err := rows.Scan(&key)
			keys = append(keys, key)
			return err
		})
	}); err != nil {
		t.Fatal(err)
	}
	return keys
}

// TestEncrypted keeps the master key in an encrypted backup, and in no other.
func TestEncrypted(t *testing.T) {
	t.Parallel()
	w := qiweitest.NewOn(t, empties(t)[0])
	from := of(w)
	from.Key = qiweitest.Key
	if _, err := backup.Write(t.Context(), io.Discard, from); err == nil {
		t.Error("an open backup took the master key")
	}
	from.Passphrase = passphrase
	var out bytes.Buffer
	if _, err := backup.Write(t.Context(), &out, from); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(out.Bytes(), []byte(manifest)) || bytes.Contains(out.Bytes(), qiweitest.Key) {
		t.Error("it can be read")
	}
	var key []byte
	to := target(openStore(t, empties(t)[0]), bucket(t), out.Bytes())
	to.Key = func(k []byte) error { key = k; return nil }
	for _, wrong := range []string{"", "another passphrase"} {
		to.Passphrase = wrong
		if _, err := backup.Restore(t.Context(), to); !errors.Is(err, backup.ErrLocked) {
			t.Errorf("with %q: %v", wrong, err)
		}
	}
	to.Passphrase = passphrase
	if done, err := backup.Restore(t.Context(), to); err != nil || !done.HasKey || !bytes.Equal(key, qiweitest.Key) {
		t.Errorf("%+v %v, key %x", done, err, key)
	}
}

const manifest = "manifest.json"

// TestBroken cuts a backup short and changes bytes of it: nothing is restored, and the database stays empty.
func TestBroken(t *testing.T) {
	t.Parallel()
	w := qiweitest.NewOn(t, empties(t)[0])
	var whole bytes.Buffer
	if _, err := backup.Write(t.Context(), &whole, of(w)); err != nil {
		t.Fatal(err)
	}
	broken := map[string][]byte{"no file": nil, "a text": []byte("hello, this is not one"), "a gzip of nothing": whole.Bytes()[:20]}
	for i := 1; i < 8; i++ {
		at := i * whole.Len() / 8
		broken[fmt.Sprintf("cut at %d", at)] = whole.Bytes()[:at]
		changed := bytes.Clone(whole.Bytes())
		changed[at] ^= 0x10
		broken[fmt.Sprintf("changed at %d", at)] = changed
	}
	broken["without its last byte"] = whole.Bytes()[:whole.Len()-1]
	st := openStore(t, empties(t)[0])
	for name, content := range broken {
		_, err := backup.Restore(t.Context(), target(st, bucket(t), content))
		if !errors.Is(err, backup.ErrCut) && !errors.Is(err, backup.ErrForm) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := backup.Restore(t.Context(), target(st, bucket(t), whole.Bytes())); err != nil {
		t.Errorf("the whole one after them: %v", err)
	}
}
