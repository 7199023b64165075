package platform_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	mrand "math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/archive"
	"qiwei/internal/chat"
	"qiwei/internal/clock"
	"qiwei/internal/platform"
	"qiwei/internal/store"
)

// archiveCrashes is how often the server is killed on each database while it archives. QIWEI_TEST_CRASHES names another
// number.
const archiveCrashes = 12

// doomedSaying is what a doomed server is told to have said, or with a checkpoint, to verify.
type doomedSaying struct {
	CorpID     string
	Text       string
	Checkpoint *archive.Checkpoint
}

type doomedProof struct {
	archive.Checkpoint
	Records int64
	Faults  []string
}

// doomedArchive has members talk, and verifies the chain.
func doomedArchive(s *platform.Server) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var q doomedSaying
		var out doomedProof
		err := json.NewDecoder(r.Body).Decode(&q)
		switch {
		case err != nil:
		case q.Checkpoint != nil:
			var noted []archive.Checkpoint
			if q.Checkpoint.Seq > 0 {
				noted = append(noted, *q.Checkpoint)
			}
			v, failed := s.Archive.Verify(r.Context(), q.CorpID, noted)
			err = failed
			out = doomedProof{archive.Checkpoint{Seq: v.Seq, Hash: v.Hash}, v.Records, nil}
			for _, f := range v.Faults {
				out.Faults = append(out.Faults, fmt.Sprint(f))
			}
		default:
			content, _ := json.Marshal(map[string]string{"content": q.Text})
			err = s.Store.Write(r.Context(), func(tx *store.Tx) error {
				_, err := s.Chats.SendText(r.Context(), tx, chat.Say{CorpID: q.CorpID, From: "boss", To: "aide", Type: "text", Content: content})
				return err
			})
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		json.NewEncoder(w).Encode(out)
	}
}

// TestCrashWhileArchiving kills the server over and over while messages are taken in, sealed, chained and indexed. Each
// message that was acknowledged is in the archive once, the chain is whole after each crash, and what was noted of it
// before still holds.
func TestCrashWhileArchiving(t *testing.T) {
	t.Parallel()
	rounds, err := strconv.Atoi(cmp.Or(os.Getenv("QIWEI_TEST_CRASHES"), strconv.Itoa(archiveCrashes)))
	if err != nil {
		t.Fatal(err)
	}
	for name, database := range freshDatabases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			corpID := prepareArchive(t, database)
			r := mrand.New(mrand.NewPCG(uint64(len(name)), 13))
			var mu sync.Mutex
			told := map[string]bool{} // whether it was acknowledged
			var noted archive.Checkpoint
			for round := range rounds {
				s := startDoomed(t, database)
				proof, err := s.archive(doomedSaying{CorpID: corpID, Checkpoint: &noted})
				if err != nil || len(proof.Faults) > 0 || proof.Seq < noted.Seq {
					t.Fatalf("round %d: %+v after %+v, %v", round, proof, noted, err)
				}
				noted = proof.Checkpoint
				var talking sync.WaitGroup
				for c := range 6 {
					talking.Go(func() {
						for n := 0; ; n++ {
							text := fmt.Sprintf("round %d speaker %d word %d", round, c, n)
							mu.Lock()
							told[text] = false
							mu.Unlock()
							if _, err := s.archive(doomedSaying{CorpID: corpID, Text: text}); err != nil {
								return // killed
							}
							mu.Lock()
							told[text] = true
							mu.Unlock()
						}
					})
				}
				<-time.After(time.Duration(20+r.IntN(280)) * time.Millisecond) // anywhere in taking in and sealing
				s.kill()
				talking.Wait()
			}
			inArchive(t, database, corpID, told)
			t.Logf("%d messages, %d kills", len(told), rounds)
		})
	}
}

// archive tells the server something.
func (d *doomed) archive(q doomedSaying) (out doomedProof, err error) {
	body, err := json.Marshal(q)
	if err != nil {
		return out, err
	}
	resp, err := http.Post(d.url+"/doomed/archive", "application/json", bytes.NewReader(body))
	if err != nil {
		return out, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != 200 {
		return out, fmt.Errorf("status %d", resp.StatusCode)
	}
	return out, json.NewDecoder(resp.Body).Decode(&out)
}

// prepareArchive founds an enterprise of two members whose archive keeps the plaintext.
func prepareArchive(t *testing.T, database string) string {
	t.Helper()
	n := newNode(t, database, clock.New())
	corpID, sync, _ := n.found()
	token := n.call("gettoken", "corpid", corpID, "corpsecret", sync.Secret).Token
	for _, user := range []string{"boss", "aide"} {
		if r := n.call("user/create", "access_token", token, "userid", user, "name", "某", "email", user+"@x.example", "department", "[1]"); r.Code != 0 {
			t.Fatal(r)
		}
	}
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	n.write(func(ctx context.Context, tx *store.Tx) error {
		if _, err := n.server.Archive.AddKey(ctx, tx, corpID, string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}))); err != nil {
			return err
		}
		return n.server.Archive.Set(ctx, tx, corpID, archive.Settings{Enabled: true, Plain: true, Editions: map[archive.Edition]access.Range{archive.Office: access.Everything()}})
	})
	if err := n.server.Close(); err != nil {
		t.Fatal(err)
	}
	return corpID
}

// inArchive has what is left sealed, and compares what is in the archive with what was told.
func inArchive(t *testing.T, database, corpID string, told map[string]bool) {
	t.Helper()
	n := newNode(t, database, clock.New())
	ctx := context.Background()
	if err := n.server.Archive.SealAll(ctx); err != nil {
		t.Fatal(err)
	}
	v, err := n.server.Archive.Verify(ctx, corpID, nil)
	if err != nil || len(v.Faults) > 0 {
		t.Errorf("%+v, %v", v, err)
	}
	times, records := map[string]int{}, 0
	if err := n.server.Store.Read(ctx, func(tx *store.Tx) error {
		return tx.Each(`SELECT plain FROM archive_plain WHERE corpid = ?`, []any{corpID}, func(rows *store.Rows) error {
			var plain string
			var m struct{ Text struct{ Content string } }
			if err := rows.Scan(&plain); err != nil {
				return err
			}
			err := json.Unmarshal([]byte(plain), &m)
			times[m.Text.Content]++
			records++
			return err
		})
	}); err != nil {
		t.Fatal(err)
	}
	if int64(records) != v.Records {
		t.Errorf("%d plaintexts of %d records", records, v.Records)
	}
	for text, acknowledged := range told {
		if n := times[text]; n > 1 || acknowledged && n == 0 {
			t.Errorf("%q is there %d times; acknowledged: %v", text, n, acknowledged)
		}
		delete(times, text)
	}
	if len(times) > 0 {
		t.Errorf("nobody has said %v", times)
	}
}
