package media_test

import (
	"fmt"
	"io"
	"net/http"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/qiweitest"
)

// zeros is a reader of n zeros, so that the client takes no memory.
type zeros struct{ n int64 }

func (z *zeros) Read(p []byte) (int, error) {
	if z.n == 0 {
		return 0, io.EOF
	}
	n := min(int64(len(p)), z.n)
	clear(p[:n])
	z.n -= n
	return int(n), nil
}

// peak returns by how many bytes the heap in use grows at most while fn runs.
func peak(fn func()) float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	base, most := m.HeapInuse, m.HeapInuse
	done := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() {
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapInuse)
			}
		}
	})
	fn()
	close(done)
	watching.Wait()
	return float64(most - base)
}

// BenchmarkMemory moves the largest file of media/upload up and down and reports how much the heap grows
// meanwhile, client and server together. It is a benchmark because nobody controls when the collector runs.
func BenchmarkMemory(b *testing.B) {
	const size = 20 * mb
	w := qiweitest.New(b)
	c := w.As(access.SelfBuilt)
	token := c.Token()
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	head := "--b\r\nContent-Disposition: form-data; name=\"media\"; filename=\"a.bin\"\r\n\r\n"
	up := func() string {
		body := io.MultiReader(strings.NewReader(head), &zeros{size}, strings.NewReader("\r\n--b--\r\n"))
		req, _ := http.NewRequest("POST", w.URL+"/cgi-bin/media/upload?type=file&access_token="+token, body)
		req.ContentLength = int64(len(head)+len("\r\n--b--\r\n")) + size
		req.Header.Set("Content-Type", "multipart/form-data; boundary=b")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			b.Fatal(err)
		}
		defer resp.Body.Close()
		var id string
		answer, _ := io.ReadAll(resp.Body)
		if n, _ := fmt.Sscanf(string(answer), `{"errcode":0,"errmsg":"ok","type":"file","media_id":"%44s`, &id); n != 1 {
			b.Fatalf("upload: %s", answer)
		}
		return id
	}
	down := func(id string) {
		resp, err := http.Get(w.URL + "/cgi-bin/media/get?media_id=" + id + "&access_token=" + token)
		if err != nil {
			b.Fatal(err)
		}
		defer resp.Body.Close()
		if n, err := io.Copy(io.Discard, resp.Body); n != size || err != nil {
			b.Fatalf("download: %d bytes, %v", n, err)
		}
	}
	id := up()
	down(id)
	var upPeak, downPeak float64
	b.SetBytes(2 * size)
	for b.Loop() {
		upPeak = max(upPeak, peak(func() { id = up() }))
		downPeak = max(downPeak, peak(func() { down(id) }))
	}
	b.ReportMetric(upPeak/mb, "MB-up")
	b.ReportMetric(downPeak/mb, "MB-down")
}
