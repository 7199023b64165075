package media_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/clock"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// The test program is also the server that the test kills.
func TestMain(m *testing.M) {
	if database := os.Getenv("QIWEI_MEDIA_SERVER"); database != "" {
		if err := serveUntilKilled(database, os.Getenv("QIWEI_MEDIA_BLOBS")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func serveUntilKilled(database, blobs string) error {
	s, err := platform.Open(context.Background(), platform.Config{
		Database: database, Blobs: blobs, Key: qiweitest.Key, Clock: clock.At(qiweitest.Start), Dev: true, SweepEvery: -1,
	})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("http://" + l.Addr().String())
	go http.Serve(l, s)
	io.Copy(io.Discard, os.Stdin) // it ends when the test does, at the latest
	return nil
}

// TestKilled uploads to a server from many sides and kills it in the middle. What it acknowledged is there
// and complete; what it did not leaves nothing behind.
func TestKilled(t *testing.T) {
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		w.WithoutTwin()
		token := w.As(access.SelfBuilt).Token()
		var mu sync.Mutex
		acknowledged := map[string][]byte{}
		for range 6 {
			child := exec.Command(os.Args[0])
			child.Env = append(os.Environ(), "QIWEI_MEDIA_SERVER="+w.Server.Config.Database, "QIWEI_MEDIA_BLOBS="+w.Server.Config.Blobs)
			child.Stderr = os.Stderr
			stdin, _ := child.StdinPipe()
			stdout, _ := child.StdoutPipe()
			if err := child.Start(); err != nil {
				t.Fatal(err)
			}
			line, err := bufio.NewReader(stdout).ReadString('\n')
			if err != nil {
				t.Fatalf("the server did not start: %v", err)
			}
			url := strings.TrimSpace(line) + "/cgi-bin/media/upload?type=file&access_token=" + token
			left := atomic.Int64{}
			left.Store(1 + rand.Int64N(25))
			var uploaders sync.WaitGroup
			for range 4 {
				uploaders.Go(func() {
					for {
						content := bytes.Repeat([]byte{byte('a' + rand.N(26))}, 6+rand.N(300*kb))
						id, err := post(url, content)
						if err != nil {
							return // killed
						}
						mu.Lock()
						acknowledged[id] = content
						mu.Unlock()
						if left.Add(-1) == 0 {
							child.Process.Kill()
						}
					}
				})
			}
			uploaders.Wait()
			stdin.Close()
			child.Wait()
		}
		if len(acknowledged) < 6 {
			t.Fatalf("%d uploads were acknowledged", len(acknowledged))
		}
		for id, content := range acknowledged {
			if got := w.As(access.SelfBuilt).Request("GET", "/cgi-bin/media/get?media_id="+id, nil); got.Body != string(content) {
				t.Errorf("an acknowledged file came back with %d bytes, want %d: %.100s", len(got.Body), len(content), got.Body)
			}
		}
		every(t, w)
		os.RemoveAll(w.Server.Config.Blobs + "/drafts")
		w.Advance(time.Hour)
		sweep(t, w)
		rows := int(count(t, w, `SELECT count(*) FROM media`))
		if n := blobs(t, w); n != rows || rows < len(acknowledged) {
			t.Errorf("%d contents for %d files, %d of which were acknowledged", n, rows, len(acknowledged))
		}
		every(t, w)
	})
}

// every checks that each file has its complete content.
func every(t *testing.T, w *qiweitest.World) {
	t.Helper()
	type file struct {
		key  string
		size int64
	}
	var files []file
	err := w.Server.Store.Read(context.Background(), func(tx *store.Tx) error {
		return tx.Each(`SELECT blob, size FROM media`, nil, func(rows *store.Rows) error {
			var f file
			err := rows.Scan(&f.key, &f.size)
			files = append(files, f)
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		content, err := w.Server.Blobs.Open(context.Background(), f.key, 0, -1)
		if err != nil {
			t.Errorf("a file without content: %v", err)
			continue
		}
		n, err := io.Copy(io.Discard, content)
		if content.Close(); n != f.size || err != nil {
			t.Errorf("a file of %d bytes has %d: %v", f.size, n, err)
		}
	}
}

func post(url string, content []byte) (mediaID string, err error) {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, _ := form.CreateFormFile("media", "a.bin")
	part.Write(content)
	form.Close()
	resp, err := http.Post(url, form.FormDataContentType(), &body)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var got struct {
		ErrCode int
		ErrMsg  string
		MediaID string `json:"media_id"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&got); err != nil {
		return "", err
	}
	if got.ErrCode != 0 {
		return "", fmt.Errorf("%d %s", got.ErrCode, got.ErrMsg)
	}
	return got.MediaID, nil
}
