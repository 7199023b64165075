package media_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/platform"
	"qiwei/qiweitest"
)

func sum(content []byte) string {
	s := md5.Sum(content)
	return hex.EncodeToString(s[:])
}

// source serves files by path as a CDN does, with Range.
func source(t *testing.T, files map[string][]byte) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		content, ok := files[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
	}))
	t.Cleanup(s.Close)
	return s
}

// fetched is what get_upload_by_url_result answers.
type fetched struct {
	Status int
	Detail struct {
		ErrCode   int
		ErrMsg    string
		MediaID   string `json:"media_id"`
		CreatedAt string `json:"created_at"`
	}
}

// give makes the server fetch a file and returns the job's id.
func give(t *testing.T, c *qiweitest.Client, kind, url, md5 string) string {
	t.Helper()
	got := c.Call("POST", "/cgi-bin/media/upload_by_url", fmt.Sprintf(`{"scene":1,"type":%q,"filename":"大.mp4","url":%q,"md5":%q}`, kind, url, md5))
	var resp struct{ JobID string }
	if got.Decode(&resp); got.ErrCode != 0 || len(resp.JobID) < 10 || len(resp.JobID) > 128 {
		t.Fatalf("upload_by_url: %s", got.Body)
	}
	return resp.JobID
}

func ask(t *testing.T, c *qiweitest.Client, jobID string) (f fetched) {
	t.Helper()
	got := c.Call("POST", "/cgi-bin/media/get_upload_by_url_result", `{"jobid":"`+jobID+`"}`)
	if got.ErrCode != 0 {
		t.Fatalf("get_upload_by_url_result: %s", got.Body)
	}
	got.Decode(&f)
	return f
}

func TestFetchingByURL(t *testing.T) {
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		large := bytes.Repeat([]byte("0123456789abcdef"), 21*mb/16)
		files := source(t, map[string][]byte{"/a.mp4": mp4(10), "/large": large})
		c := seller(w.Corp)
		told := w.Receiver(c)
		w.Events()

		job := give(t, c, "video", files.URL+"/a.mp4", strings.ToUpper(sum(mp4(10))))
		w.Server.Media.Settle()
		got := ask(t, c, job)
		if got.Status != 2 || got.Detail.ErrCode != 0 || got.Detail.ErrMsg != "ok" || got.Detail.CreatedAt != strconv.FormatInt(w.Clock.Now().Unix(), 10) {
			t.Fatalf("%+v", got)
		}
		back := w.As(access.SelfBuilt).Request("GET", "/cgi-bin/media/get?media_id="+got.Detail.MediaID, nil)
		if back.Body != string(mp4(10)) || back.Header.Get("Content-Type") != "video/mp4" || !strings.Contains(back.Header.Get("Content-Disposition"), `filename="大.mp4"`) {
			t.Errorf("media/get: %v", back.Header)
		}
		if events := w.Events(); !slices.Equal(events, []string{"upload_media_job_finish"}) {
			t.Errorf("events %q", events)
		}
		w.Delivered()
		if list := told.Take(); len(list) != 1 || list[0].Field("Event") != "upload_media_job_finish" || list[0].Field("JobId") != job {
			t.Errorf("pushed %+v", list)
		}
		if got := w.As(access.ContactSync).Call("POST", "/cgi-bin/user/update", `{"userid":"lisi","avatar_mediaid":"`+got.Detail.MediaID+`"}`); got.ErrCode != 301015 {
			t.Errorf("as an avatar: %s", got.Body)
		}

		job = give(t, c, "file", files.URL+"/large", sum(large))
		w.Server.Media.Settle()
		id := ask(t, c, job).Detail.MediaID
		for _, p := range []struct{ header, want string }{
			{"", "830002"}, {"bytes=0-", "830002"}, {"bytes=0-20971520", "830002"}, {"bytes=0-20971519", "206"}, {"bytes=20971520-", "206"}, {"bytes=-16", "206"},
		} {
			got := c.Request("GET", "/cgi-bin/media/get?media_id="+id, nil, "Range", p.header)
			if is := map[bool]string{true: strconv.Itoa(got.Status), false: strconv.Itoa(got.ErrCode)}[got.ErrCode == 0]; is != p.want || is == "206" && !strings.HasPrefix(got.Body, "0123456789abcdef") {
				t.Errorf("Range %q of 21 MB: %s with %d bytes, want %s", p.header, is, len(got.Body), p.want)
			}
		}
		if got := c.Request("HEAD", "/cgi-bin/media/get?media_id="+id, nil); got.Header.Get("Content-Length") != strconv.Itoa(len(large)) {
			t.Errorf("HEAD of 21 MB: %v", got.Header)
		}

		for who, client := range map[string]*qiweitest.Client{"another corp": seller(w.Second), "an unknown job": c} {
			jobID := job
			if client == c {
				jobID = "jobid_unknown"
			}
			if got := client.Call("POST", "/cgi-bin/media/get_upload_by_url_result", `{"jobid":"`+jobID+`"}`); got.ErrCode != 40088 {
				t.Errorf("%s: %s", who, got.Body)
			}
		}
		w.Advance(time.Hour - time.Second)
		ask(t, c, job)
		w.Advance(time.Second)
		if got := c.Call("POST", "/cgi-bin/media/get_upload_by_url_result", `{"jobid":"`+job+`"}`); got.ErrCode != 40088 {
			t.Errorf("after an hour: %s", got.Body)
		}
	})
}

func TestWhatMayBeFetched(t *testing.T) {
	good := func(change ...string) string {
		body := `{"scene":1,"type":"file","filename":"a.txt","url":"https://cdn.example/a","md5":"d41d8cd98f00b204e9800998ecf8427e"}`
		return strings.NewReplacer(change...).Replace(body)
	}
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		w.Server.Media.Stop() // nothing is fetched
		c := seller(w.Corp)
		for _, tt := range []struct {
			name, body string
			want       int
		}{
			{"a file", good(), 0},
			{"a scene in quotes", good(`"scene":1`, `"scene":"1"`), 0},
			{"another scene", good(`"scene":1`, `"scene":2`), 40058},
			{"no scene", good(`"scene":1,`, ``), 40058},
			{"an image", good(`"file"`, `"image"`), 40005},
			{"no type", good(`"file"`, `""`), 40005},
			{"no name", good(`a.txt`, ``), 40058},
			{"a name of 128 bytes", good(`a.txt`, strings.Repeat("a", 128)), 0},
			{"of 129", good(`a.txt`, strings.Repeat("a", 129)), 40058},
			{"an URL of 1024 bytes", good(`/a"`, `/`+strings.Repeat("a", 1024-20)+`"`), 0},
			{"of 1025", good(`/a"`, `/`+strings.Repeat("a", 1025-20)+`"`), 40039},
			{"no URL", good(`https://cdn.example/a`, ``), 830001},
			{"a file of the server", good(`https://cdn.example/a`, `file:///etc/passwd`), 830001},
			{"a path", good(`https://cdn.example/a`, `/a`), 830001},
			{"no MD5", good(`d41d8cd98f00b204e9800998ecf8427e`, ``), 301019},
			{"a short one", good(`427e`, ``), 301019},
			{"one that is none", good(`427e`, `427g`), 301019},
			{"nothing", `{}`, 40058},
		} {
			if got := c.Call("POST", "/cgi-bin/media/upload_by_url", tt.body); got.ErrCode != tt.want {
				t.Errorf("%s: %s, want %d", tt.name, got.Body, tt.want)
			}
		}
		if got := c.Call("POST", "/cgi-bin/media/get_upload_by_url_result", `{}`); got.ErrCode != 40063 {
			t.Errorf("no job: %s", got.Body)
		}
		if events := w.Events(); events != nil {
			t.Errorf("events %q", events)
		}
	})
}

// faulty is a server of files with whims, by path.
func faulty(t *testing.T) *httptest.Server {
	var changes, shakes atomic.Int64                             // counted apart, because downloads run in parallel
	content := bytes.Repeat([]byte("0123456789abcdef"), 9*mb/16) // three parts
	mux := http.NewServeMux()
	serve := func(w http.ResponseWriter, r *http.Request, content []byte) {
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
	}
	mux.HandleFunc("/good", func(w http.ResponseWriter, r *http.Request) { serve(w, r, content) })
	mux.HandleFunc("/short", func(w http.ResponseWriter, r *http.Request) { serve(w, r, content[:5]) })
	mux.HandleFunc("/whole", func(w http.ResponseWriter, r *http.Request) { w.Write(content) })
	mux.HandleFunc("/huge", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Range", "bytes 0-99/209715201")
		w.WriteHeader(206)
		w.Write(content[:100])
	})
	mux.HandleFunc("/unsaid", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(206); w.Write(content[:100]) })
	mux.HandleFunc("/endless", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Range", "bytes 0-99/*")
		w.WriteHeader(206)
		w.Write(content[:100])
	})
	mux.HandleFunc("/changing", func(w http.ResponseWriter, r *http.Request) { serve(w, r, content[:8*mb+int(changes.Add(1))]) })
	mux.HandleFunc("/down", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(503) })
	mux.HandleFunc("/shaky", func(w http.ResponseWriter, r *http.Request) {
		if shakes.Add(1)%2 == 0 {
			w.WriteHeader(503)
			return
		}
		serve(w, r, content)
	})
	mux.HandleFunc("/tearing", func(w http.ResponseWriter, r *http.Request) { // each answer breaks off half-way
		var from int
		fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from)
		to := min(from+4*mb, len(content))
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, to-1, len(content)))
		w.Header().Set("Content-Length", strconv.Itoa(to-from))
		w.WriteHeader(206)
		w.Write(content[from : from+(to-from+1)/2])
		if to < len(content) {
			panic(http.ErrAbortHandler)
		}
		w.Write(content[from+(to-from+1)/2 : to])
	})
	mux.HandleFunc("/moved/{n}", func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.PathValue("n"))
		if n == 0 {
			http.Redirect(w, r, "/good", http.StatusFound)
			return
		}
		http.Redirect(w, r, "/moved/"+strconv.Itoa(n-1), http.StatusFound)
	})
	mux.HandleFunc("/to", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.Query().Get("url"), http.StatusFound)
	})
	s := httptest.NewServer(mux)
	s.Config.ErrorLog = nil
	t.Cleanup(s.Close)
	return s
}

func TestFetchingFromServersWithWhims(t *testing.T) {
	content := bytes.Repeat([]byte("0123456789abcdef"), 9*mb/16)
	whole := sum(content)
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		s := faulty(t)
		c := seller(w.Corp)
		w.Events()
		jobs := []struct {
			name, kind, url, md5 string
			want                 int
			says                 string
		}{
			{"a good one", "file", s.URL + "/good", whole, 0, "ok"},
			{"a wrong MD5", "file", s.URL + "/good", sum(nil), 301019, "invalid file md5. the file's is " + whole},
			{"a text for a video", "video", s.URL + "/good", whole, 40004, ""},
			{"5 bytes", "file", s.URL + "/short", sum(content[:5]), 45001, ""},
			{"more than 200 MB", "file", s.URL + "/huge", whole, 45001, ""},
			{"the whole file for a part", "file", s.URL + "/whole", whole, 830001, "invalid upload url"},
			{"a part of nobody knows how much", "file", s.URL + "/unsaid", whole, 830001, ""},
			{"nor here", "file", s.URL + "/endless", whole, 830001, ""},
			{"another file each time", "file", s.URL + "/changing", whole, 830003, ""},
			{"nothing there", "file", s.URL + "/none", whole, 830003, "404"},
			{"out of order", "file", s.URL + "/down", whole, 830003, "503"},
			{"out of order now and then", "file", s.URL + "/shaky", whole, 0, ""},
			{"connections that break off", "file", s.URL + "/tearing", whole, 0, ""},
			{"five redirects", "file", s.URL + "/moved/4", whole, 0, ""},
			{"six", "file", s.URL + "/moved/5", whole, 830003, "too many redirects"},
			{"a redirect to a file of the server", "file", s.URL + "/to?url=file:///etc/passwd", whole, 830003, ""},
			{"nobody listens", "file", "http://127.0.0.1:1/a", whole, 830003, "its host cannot be reached"},
			{"cloud metadata", "file", "http://169.254.169.254/latest/meta-data/", whole, 830001, "does not fetch from"},
			{"a redirect to it", "file", s.URL + "/to?url=http://169.254.169.254/latest/", whole, 830001, ""},
			{"in disguise", "file", "http://[::ffff:169.254.169.254]/latest/", whole, 830001, ""},
		}
		ids := make([]string, len(jobs))
		for i, j := range jobs {
			ids[i] = give(t, c, j.kind, j.url, j.md5)
		}
		w.Server.Media.Settle()
		for i, j := range jobs {
			got := ask(t, c, ids[i])
			status := map[bool]int{true: 2, false: 3}[j.want == 0]
			if got.Status != status || got.Detail.ErrCode != j.want || !strings.Contains(got.Detail.ErrMsg, j.says) || (got.Detail.MediaID == "") != (j.want != 0) {
				t.Errorf("%s: %+v, want status %d, errcode %d %q", j.name, got, status, j.want, j.says)
			}
			if j.want == 0 {
				if back := c.Request("GET", "/cgi-bin/media/get?media_id="+got.Detail.MediaID, nil); back.Body != string(content) {
					t.Errorf("%s: media/get with %d bytes", j.name, len(back.Body))
				}
			}
		}
		if events := w.Events(); len(events) != len(jobs) {
			t.Errorf("%d events for %d jobs", len(events), len(jobs))
		}
		if n := blobs(t, w); n != 4 {
			t.Errorf("%d files are kept, want those of the 4 good jobs", n)
		}
	})
}

// In production nothing is fetched from this machine or from private networks, unless the operator names
// them.
func TestWhereServeFetchesFrom(t *testing.T) {
	allow := func(c *platform.Config) { c.FetchFrom = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} }
	content := []byte("mytext")
	for name, tt := range map[string]struct {
		opts []qiweitest.Option
		want int
	}{
		"as it comes": {[]qiweitest.Option{qiweitest.WithServe()}, 830001},
		"allowed":     {[]qiweitest.Option{qiweitest.WithServe(), allow}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
				s, c := source(t, map[string][]byte{"/a": content}), seller(w.Corp)
				_, port, _ := strings.Cut(strings.TrimPrefix(s.URL, "http://"), ":")
				for _, host := range []string{"127.0.0.1", "localhost"} {
					job := give(t, c, "file", "http://"+host+":"+port+"/a", sum(content))
					w.Server.Media.Settle()
					if got := ask(t, c, job); got.Detail.ErrCode != tt.want {
						t.Errorf("%s: %+v, want %d", host, got, tt.want)
					}
				}
			}, tt.opts...)
		})
	}
}

// A job outlives its server, whether the server is stopped or dies.
func TestJobsSurvive(t *testing.T) {
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		content := bytes.Repeat([]byte("0123456789abcdef"), 9*mb/16)
		begun, stuck := make(chan bool, 1), make(chan bool)
		var first atomic.Bool
		first.Store(true)
		s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if first.Load() && !strings.HasPrefix(r.Header.Get("Range"), "bytes=0-") { // the second part does not come
				begun <- true
				select {
				case <-stuck:
				case <-r.Context().Done():
				}
				return
			}
			http.ServeContent(rw, r, "", time.Time{}, bytes.NewReader(content))
		}))
		t.Cleanup(s.Close)
		t.Cleanup(func() { close(stuck) })
		c := seller(w.Corp)
		w.Events()
		job := give(t, c, "file", s.URL, sum(content))
		<-begun
		if got := ask(t, c, job); got.Status != 1 || got.Detail.ErrMsg != "ok" || got.Detail.MediaID != "" {
			t.Errorf("meanwhile: %+v", got)
		}
		w.Server.Media.Stop()
		if got := ask(t, c, job); got.Status != 1 {
			t.Errorf("after the server has stopped: %+v", got)
		}
		if events := w.Events(); events != nil {
			t.Errorf("events %q", events)
		}
		first.Store(false)
		next, err := platform.Open(context.Background(), w.Server.Config)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { next.Close() })
		next.Start()
		next.Media.Settle()
		got := ask(t, c, job)
		if back := c.Request("GET", "/cgi-bin/media/get?media_id="+got.Detail.MediaID, nil); got.Status != 2 || back.Body != string(content) {
			t.Errorf("after the next start: %+v", got)
		}

		// A dead server does not give its jobs back.
		next.Media.Stop()
		job = give(t, c, "file", s.URL, sum(content))
		change(w, `UPDATE media_job SET worker = 'dead', tries = 1, due_at = ? WHERE jobid = ?`, w.Clock.Now().Add(time.Minute).UnixMilli(), job)
		third, err := platform.Open(context.Background(), w.Server.Config)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { third.Close() })
		third.Start()
		third.Media.Settle()
		if got := ask(t, c, job); got.Status != 1 {
			t.Errorf("while the dead one may still be alive: %+v", got)
		}
		w.Advance(time.Minute)
		third.Media.Settle()
		if got := ask(t, c, job); got.Status != 2 {
			t.Errorf("a minute after its death: %+v", got)
		}
		if events := w.Events(); !slices.Equal(events, []string{"upload_media_job_finish", "upload_media_job_finish"}) {
			t.Errorf("events %q", events)
		}

		// A job that kills each server is given up.
		third.Media.Stop()
		job = give(t, c, "file", s.URL, sum(content))
		change(w, `UPDATE media_job SET tries = 5 WHERE jobid = ?`, job)
		fourth, err := platform.Open(context.Background(), w.Server.Config)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { fourth.Close() })
		fourth.Start()
		fourth.Media.Settle()
		if got := ask(t, c, job); got.Status != 3 || got.Detail.ErrCode != 830003 {
			t.Errorf("begun for the sixth time: %+v", got)
		}
	})
}

// Two servers share the work, and none of it is done twice.
func TestTwoServersFetch(t *testing.T) {
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		other, err := platform.Open(context.Background(), w.Server.Config)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { other.Close() })
		var calls atomic.Int64
		s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			calls.Add(1)
			http.ServeContent(rw, r, "", time.Time{}, strings.NewReader("mytext"))
		}))
		t.Cleanup(s.Close)
		c := seller(w.Corp)
		w.Events()
		other.Start()
		for range 12 {
			give(t, c, "file", s.URL, sum([]byte("mytext")))
		}
		for range 2 { // what one server looked for in vain, the other may have done
			w.Server.Media.Settle()
			other.Media.Settle()
		}
		if n := count(t, w, `SELECT count(*) FROM media_job WHERE status = 2 AND corpid = ?`, w.CorpID); n != 12 || calls.Load() != 12 || len(w.Events()) != 12 {
			t.Errorf("%d jobs of 12 are done, with %d downloads", n, calls.Load())
		}
	})
}
