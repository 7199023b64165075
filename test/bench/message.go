package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// measureMessages measures what applications send, and the files in it.
func measureMessages(t *table, dir string) error {
	if err := measureSends(t, filepath.Join(dir, "messages.db"), large); err != nil {
		return err
	}
	return measureFiles(t, filepath.Join(dir, "files.db"))
}

func (t *target) post(path, token, body string) *http.Request {
	req, err := http.NewRequest("POST", t.URL+path+"?access_token="+token, strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	return req
}

func measureSends(t *table, database string, s size) error {
	srv, err := start(database, s)
	if err != nil {
		return err
	}
	defer srv.stop()
	token := srv.token(srv.Secret)
	send := func(to string) *http.Request {
		return srv.post("/cgi-bin/message/send", token, fmt.Sprintf(`{"touser":%q,"agentid":%d,"msgtype":"text","text":{"content":"会议改到三点"}}`, to, srv.AgentID))
	}
	one := func(n int) *http.Request { return send(fmt.Sprintf("user%06d", 1+n*7919%s.members)) }
	if err := pass(2000, one); err != nil {
		return err
	}
	const sends = 12_000
	before, began := srv.cpuTime(), time.Now()
	if err := pass(sends, one); err != nil {
		return err
	}
	rate := sends / time.Since(began).Seconds()
	t.add(fmt.Sprintf("message/send to one of %d, durable, %d callers", s.members, connections), rate >= 3000, "3000/s", "%.0f/s, cpu %v", rate,
		((srv.cpuTime() - before) / sends).Round(time.Microsecond))

	var accepted, fanned []time.Duration
	for range 5 {
		had, err := srv.delivered(token)
		if err != nil {
			return err
		}
		began := time.Now()
		if _, err := do(send("@all")); err != nil {
			return err
		}
		accepted = append(accepted, time.Since(began))
		for {
			has, err := srv.delivered(token)
			if err != nil {
				return err
			}
			if has-had >= int64(s.members) {
				break
			}
			if time.Since(began) > 2*time.Minute {
				return fmt.Errorf("a message to everybody has reached %d of %d after two minutes", has-had, s.members)
			}
			time.Sleep(5 * time.Millisecond)
		}
		fanned = append(fanned, time.Since(began))
	}
	slices.Sort(accepted)
	slices.Sort(fanned)
	most := len(accepted) - 1
	t.add(fmt.Sprintf("message/send to @all of %d, until it is answered", s.members), accepted[most] < 50*time.Millisecond, "under 50 ms",
		"%v, at most %v", accepted[most/2].Round(10*time.Microsecond), accepted[most].Round(10*time.Microsecond))
	t.add("… until everybody has it", fanned[most] < 10*time.Second, "under 10 s", "%v, at most %v", fanned[most/2].Round(time.Millisecond), fanned[most].Round(time.Millisecond))
	return nil
}

// delivered returns how many copies the application's messages have made today.
func (t *target) delivered(token string) (n int64, err error) {
	body, err := do(t.post("/cgi-bin/message/get_statistics", token, `{}`))
	if err != nil {
		return 0, err
	}
	var got struct {
		Statistics []struct {
			AgentID int64 `json:"agentid"`
			Count   int64 `json:"count"`
		} `json:"statistics"`
	}
	if err := json.Unmarshal(body, &got); err != nil {
		return 0, err
	}
	for _, s := range got.Statistics {
		if s.AgentID == t.AgentID {
			n += s.Count
		}
	}
	return n, nil
}

// largestFile is the most that media/upload takes.
const largestFile = 20 << 20

// measureFiles sends the largest file up and down, and looks at the resident memory of the server meanwhile:
// by how much it grows. A server that has carried a file has grown its buffers, as one in use has. What a
// first file adds is reported separately.
func measureFiles(t *table, database string) error {
	srv, err := start(database, small)
	if err != nil {
		return err
	}
	defer srv.stop()
	token := srv.token(srv.Secret)
	if err := pass(2000, get(func(int) string { // what calls take anyway
		return srv.URL + "/cgi-bin/user/get?userid=user000001&access_token=" + token
	})); err != nil {
		return err
	}
	var id string
	up := func() error { id, err = srv.uploadLargest(token); return err }
	down := func() error { return srv.downloadLargest(token, id) }
	var first, upMost, downMost int64
	var upTook, downTook time.Duration
	for i := range 6 {
		var grown [2]int64
		var took [2]time.Duration
		for k, move := range []func() error{up, down} {
			began := time.Now()
			if grown[k], err = srv.growth(move); err != nil {
				return err
			}
			took[k] = time.Since(began)
		}
		if i == 0 {
			first = max(grown[0], grown[1])
			continue
		}
		upMost, downMost = max(upMost, grown[0]), max(downMost, grown[1])
		upTook, downTook = took[0], took[1]
	}
	const floor = 5 << 20
	mb := func(n int64) float64 { return float64(n) / (1 << 20) }
	t.add("a file of 20 MB up and down: the server's memory grows", max(first, upMost, downMost) < floor, "under 5 MB", "%.1f MB", mb(max(upMost, downMost)))
	t.add("… the first one", first < floor, "under 5 MB", "%.1f MB", mb(first))
	t.add("… and it takes", true, "", "%v up, %v down", upTook.Round(time.Millisecond), downTook.Round(time.Millisecond))
	return nil
}

// growth returns by how much the server's resident memory grows at most while fn
// runs.
func (t *target) growth(fn func() error) (int64, error) {
	base := t.memory()
	most := base
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
				most = max(most, t.memory())
			}
		}
	})
	err := fn()
	close(done)
	watching.Wait()
	return max(most, t.memory()) - base, err
}

// zeros is a reader of zeros without end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func (t *target) uploadLargest(token string) (mediaID string, err error) {
	head, tail := "--b\r\nContent-Disposition: form-data; name=\"media\"; filename=\"a.bin\"\r\n\r\n", "\r\n--b--\r\n"
	req, err := http.NewRequest("POST", t.URL+"/cgi-bin/media/upload?type=file&access_token="+token,
		io.MultiReader(strings.NewReader(head), io.LimitReader(zeros{}, largestFile), strings.NewReader(tail)))
	if err != nil {
		return "", err
	}
	req.ContentLength = int64(len(head)+len(tail)) + largestFile
	req.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	body, err := do(req)
	if err != nil {
		return "", err
	}
	var got struct {
		MediaID string `json:"media_id"`
	}
	err = json.Unmarshal(body, &got)
	return got.MediaID, err
}

func (t *target) downloadLargest(token, mediaID string) error {
	resp, err := client.Get(t.URL + "/cgi-bin/media/get?media_id=" + mediaID + "&access_token=" + token)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	n, err := io.Copy(io.Discard, resp.Body)
	if err == nil && n != largestFile {
		err = fmt.Errorf("media/get: %d bytes", n)
	}
	return err
}
