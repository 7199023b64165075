package media_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/qiweitest"
)

const (
	kb = 1 << 10
	mb = 1 << 20
)

func TestWhatMayBeUploaded(t *testing.T) {
	full := func(size int) []byte { return make([]byte, size) }
	files := []struct {
		name    string
		kind    string
		content []byte
		want    string // the code, and what the answer contains
	}{
		{"a JPG", "image", jpegOf(8, 8), `0 "errmsg":"ok","type":"image","media_id":"3`},
		{"a PNG", "image", pngOf(8, 8), `0 "created_at":"1925456400"`},
		{"a PNG of exactly 10 MB", "image", filled(pngOf(8, 8), 10*mb), `0`},
		{"one byte more", "image", filled(pngOf(8, 8), 10*mb+1), `40009 invalid image size`},
		{"a GIF", "image", []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"), `40004 invalid media type`},
		{"a text", "image", []byte("no picture at all"), `40004`},
		{"a JPG that ends in its header", "image", jpegOf(8, 8)[:40], `40123 invalid image file`},
		{"a PNG whose header is broken", "image", append([]byte("\x89PNG\r\n\x1a\n"), full(40)...), `40123`},

		{"an AMR", "voice", amr(50), `0 "type":"voice"`},
		{"of 60 seconds", "voice", amr(3000), `0`},
		{"of one frame more", "voice", amr(3001), `45007 playtime out of limit`},
		{"whose last frame is cut off", "voice", amr(50)[:1000], `0`},
		{"without a frame", "voice", []byte("#!AMR\n"), `301016`},
		{"with something else in it", "voice", append(amr(2), 0x4c), `301016 invalid voice file`},
		{"a wide-band AMR", "voice", append([]byte("#!AMR-WB\n"), full(100)...), `301017`},
		{"an MP3", "voice", []byte("ID3\x03\x00\x00\x00\x00\x00\x00"), `301017 voice file only support amr like myvoice.amr`},
		{"an AMR of exactly 2 MB, which is too long a time", "voice", append(amr(3001), full(2*mb-len(amr(3001)))...), `45007`},
		{"an AMR of more than 2 MB", "voice", append([]byte("#!AMR\n"), full(2*mb)...), `45001`},

		{"an MP4", "video", mp4(10), `0 "type":"video"`},
		{"an MP4 of exactly 10 MB", "video", filled(mp4(10), 10*mb), `0`},
		{"one byte more", "video", filled(mp4(10), 10*mb+1), `40011 invalid video size`},
		{"a QuickTime film", "video", box("ftyp", []byte("qt  \x00\x00\x00\x00qt  ")), `40004`},
		{"an AVI", "video", []byte("RIFF\x00\x00\x00\x00AVI LIST"), `40004`},

		{"6 bytes", "file", []byte("mytext"), `0 "type":"file"`},
		{"5 bytes", "file", []byte("mytex"), `40006 invalid file size`},
		{"a PNG of 5 bytes", "image", pngOf(1, 1)[:5], `40006`},
		{"nothing", "file", nil, `44001 empty media data`},
		{"exactly 20 MB", "file", full(20 * mb), `0`},
		{"one byte more", "file", full(20*mb + 1), `45001 media size out of limit`},
		{"30 MB, read to its end", "file", full(30 * mb), `45001`},

		{"an unknown type", "audio", []byte("mytext"), `40005 invalid type`},
		{"no type", "", []byte("mytext"), `40005`},
		{"a type in capitals", "IMAGE", jpegOf(8, 8), `40005`},
	}
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		for _, f := range files {
			got := w.As(access.SelfBuilt).Upload("/cgi-bin/media/upload?type="+f.kind, "a.bin", f.content)
			if code, says, _ := strings.Cut(f.want, " "); strconv.Itoa(got.ErrCode) != code || !strings.Contains(got.Body, says) {
				t.Errorf("%s as %q: %s, want %s", f.name, f.kind, got.Body, f.want)
			}
		}
		if events := w.Events(); events != nil {
			t.Errorf("events %q", events)
		}
	})
}

// form is a multipart body written by hand, as some client writes it.
func form(header, content string) string {
	return "--b\r\nContent-Disposition: form-data; " + header + "\r\nContent-Type: application/octet-stream\r\n\r\n" + content + "\r\n--b--\r\n"
}

// The names that clients give a file, and its name when it is downloaded.
func TestFormsOfManyClients(t *testing.T) {
	const multi = "multipart/form-data; boundary=b"
	forms := []struct {
		name, contentType, body string
		want                    string // the code, or the file's name
	}{
		{"WeCom's own example", "multipart/form-data; boundary=-------------------------acebdf13572468",
			"---------------------------acebdf13572468\r\nContent-Disposition: form-data; name=\"media\";filename=\"wework.txt\"; filelength=6\r\nContent-Type: application/octet-stream\r\n\r\nmytext\r\n---------------------------acebdf13572468--\r\n", `filename="wework.txt"`},
		{"with line feeds alone", multi, strings.ReplaceAll(form(`name="media"; filename="a.txt"`, "mytext"), "\r\n", "\n"), `filename="a.txt"`},
		{"Go, Node and PHP, a name in UTF-8", multi, form(`name="media"; filename="合同 1.pdf"`, "mytext"), "filename*=utf-8''%E5%90%88%E5%90%8C%201.pdf; filename=\"合同 1.pdf\""},
		{".NET, both forms: the plain one, as it was sent", multi, form(`name=media; filename="=?utf-8?B?5ZCI5ZCM?="; filename*=utf-8''%E5%90%88%E5%90%8C`, "mytext"), `filename="=?utf-8?B?5ZCI5ZCM?="`},
		{"Java's mail classes, RFC 2047, as it was sent", multi, form(`name="media"; filename="=?UTF-8?Q?=E5=90=88=E5=90=8C.pdf?="`, "mytext"), `filename="=?UTF-8?Q?=E5=90=88=E5=90=8C.pdf?="`},
		{"and their boundary", `multipart/form-data; boundary=----=_Part_1_22.33`,
			"------=_Part_1_22.33\r\nContent-Disposition: form-data; name=\"media\"; filename=\"a.txt\"\r\n\r\nmytext\r\n------=_Part_1_22.33--\r\n", `filename="a.txt"`},
		{"a boundary in quotes", `multipart/form-data; charset=utf-8; boundary="b"`, form(`name="media"; filename="a.txt"`, "mytext"), `filename="a.txt"`},
		{"a browser, quotes in the name", multi, form(`name="media"; filename="a %22b%22.txt"`, "mytext"), `filename*=utf-8''a%20%22b%22.txt; filename="a _b_.txt"`},
		{"Go, quotes in the name", multi, form(`name="media"; filename="a \"b\".txt"`, "mytext"), `filename="a _b_.txt"`},
		{"a name with a percent sign", multi, form(`name="media"; filename="100%.txt"`, "mytext"), `filename="100%.txt"`},
		{"a folder of Windows", multi, form(`name="media"; filename="C:\temp\a.txt"`, "mytext"), `filename="a.txt"`},
		{"a folder", multi, form(`name="media"; filename="../../etc/passwd"`, "mytext"), `filename="passwd"`},
		{"a name without quotes", multi, form(`name=media; filename=a.txt`, "mytext"), `filename="a.txt"`},
		{"an empty name", multi, form(`name="media"; filename=""`, "mytext"), `filename="file"`},
		{"a name that breaks the line", multi, form("name=\"media\"; filename=\"a\tb%0D%0Ac.txt\"", "mytext"), `filename="abc.txt"`},
		{"bytes that are no UTF-8", multi, form("name=\"media\"; filename=\"\xba\xcf.txt\"", "mytext"), `filename="`},
		{"a name of 300 bytes", multi, form(`name="media"; filename="`+strings.Repeat("长", 100)+`.pdf"`, "mytext"), strings.Repeat("长", 83) + `.pdf"`},
		{"headers in small letters", multi, strings.ToLower(form(`name="media"; filename="a.txt"`, "mytext")), `filename="a.txt"`},
		{"a transfer encoding, which is not applied", multi, "--b\r\nContent-Disposition: form-data; name=\"media\"; filename=\"a.txt\"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\na=41bcdef\r\n--b--\r\n", `filename="a.txt"`},
		{"a field before the file", multi, "--b\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\nimage\r\n" + form(`name="media"; filename="a.txt"`, "mytext"), `filename="a.txt"`},
		{"a length that is not the file's, of no image", multi, form(`name="media"; filename="a.txt"; filelength=7`, "mytext"), `filename="a.txt"`},

		{"another field", multi, form(`name="file"; filename="a.txt"`, "mytext"), `filename="a.txt"`},
		{"a field without a name", multi, form(`filename="a.txt"`, "mytext"), `filename="a.txt"`},
		{"a field named media before the file", multi, "--b\r\nContent-Disposition: form-data; name=\"media\"\r\n\r\nx\r\n" + form(`name="file"; filename="a.txt"`, "mytext"), `filename="a.txt"`},
		{"two files, of which the first counts", multi, "--b\r\nContent-Disposition: form-data; name=\"a\"; filename=\"1.txt\"\r\n\r\nmytext\r\n" + form(`name="media"; filename="2.txt"`, "others"), `filename="1.txt"`},
		{"no boundary in Content-Type", "multipart/form-data", form(`name="media"; filename="a.txt"`, "mytext"), `filename="a.txt"`},
		{"an empty one", "multipart/form-data; boundary=", form(`name="media"; filename="a.txt"`, "mytext"), `filename="a.txt"`},

		{"no filename", multi, form(`name="media"`, "mytext"), "44001"},
		{"filename* alone, RFC 2231: Python's requests of old", multi, form(`name="media"; filename*=utf-8''%E5%90%88%E5%90%8C.pdf`, "mytext"), "44001"},
		{"no part", multi, "--b--\r\n", "44001"},
		{"no body", multi, "", "44001"},
		{"an empty file", multi, form(`name="media"; filename="a.txt"`, ""), "44001"},
		{"a form that breaks off in the file", multi, form(`name="media"; filename="a.txt"`, "mytext")[:100], "44001"},
		{"in the header", multi, form(`name="media"; filename="a.txt"`, "mytext")[:30], "44001"},
		{"without its last boundary", multi, strings.TrimSuffix(form(`name="media"; filename="a.txt"`, "mytext"), "\r\n--b--\r\n"), "44001"},
		{"another boundary", "multipart/form-data; boundary=c", form(`name="media"; filename="a.txt"`, "mytext"), "44001"},
		{"no boundary anywhere", "multipart/form-data", "mytext", "44001"},
		{"nor in a long first line", "multipart/form-data", "--" + strings.Repeat("b", 1000), "44001"},
		{"the file as the body", "application/octet-stream", "mytext", "44001"},
		{"JSON", "application/json", `{"media":"mytext"}`, "44001"},
	}
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		c := w.As(access.SelfBuilt)
		for _, f := range forms {
			got := c.Request("POST", "/cgi-bin/media/upload?type=file", strings.NewReader(f.body), "Content-Type", f.contentType)
			if code, err := strconv.Atoi(f.want); err == nil {
				if got.ErrCode != code {
					t.Errorf("%s: %s, want %d", f.name, got.Body, code)
				}
				continue
			}
			if got.ErrCode != 0 {
				t.Errorf("%s: %s", f.name, got.Body)
				continue
			}
			var resp struct {
				MediaID string `json:"media_id"`
			}
			got.Decode(&resp)
			back := c.Request("GET", "/cgi-bin/media/get?media_id="+resp.MediaID, nil)
			if d := back.Header.Get("Content-Disposition"); !strings.Contains(d, f.want) || !strings.HasPrefix(d, "attachment; ") {
				t.Errorf("%s: %s, want %s", f.name, d, f.want)
			}
			if want := "mytext"; back.Body != want && back.Body != "a=41bcdef" {
				t.Errorf("%s: came back as %q", f.name, back.Body)
			}
		}
		got := c.Request("POST", "/cgi-bin/media/upload?type=image", strings.NewReader(form(`name="media"; filename="a.png"; filelength=7`, string(pngOf(1, 1)))), "Content-Type", multi)
		if got.ErrCode != 40123 {
			t.Errorf("an image that has another length than it says: %s", got.Body)
		}
	})
}

// An upload that is refused by its token or query is not read: a client that waits before sending the body
// (Expect: 100-continue) is not told to send it.
func TestRefusedBeforeItIsRead(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		token := w.As(access.SelfBuilt).Token()
		waiting := &http.Client{Transport: &http.Transport{ExpectContinueTimeout: time.Minute}}
		defer waiting.CloseIdleConnections()
		for query, want := range map[string]string{
			"type=file":                                   "41001",
			"type=file&access_token=none":                 "40014",
			"type=none&access_token=" + token:             "40005",
			"type=file&access_token=" + token + "&waits=": "0",
		} {
			body := form(`name="media"; filename="a.txt"`, strings.Repeat("x", 15*mb))
			counted := &counter{Reader: strings.NewReader(body)}
			req, _ := http.NewRequest("POST", w.URL+"/cgi-bin/media/upload?"+query, counted)
			req.ContentLength = int64(len(body))
			req.Header.Set("Content-Type", "multipart/form-data; boundary=b")
			req.Header.Set("Expect", "100-continue")
			resp, err := waiting.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			answer, _ := io.ReadAll(resp.Body)
			resp.Body.Close()
			if code := resp.Header.Get("Error-Code"); code != want || (want == "0") != (counted.n.Load() > 0) {
				t.Errorf("%s: %s, want %s; %d bytes were sent", query, answer, want, counted.n.Load())
			}
		}
		// Other clients send at once, and can read the answer.
		if got := w.As(access.SelfBuilt).Upload("/cgi-bin/media/upload?type=none", "a", make([]byte, 30*mb)); got.ErrCode != 40005 {
			t.Errorf("sent at once: %s", got.Body)
		}
	})
}

// counter counts what is read from it.
type counter struct {
	io.Reader
	n atomic.Int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// A body that ends before its Content-Length leaves nothing behind, nor does an aborted one.
func TestBrokenUploads(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		before := blobs(t, w)
		token := w.As(access.SelfBuilt).Token()
		r, pipe := io.Pipe()
		req, _ := http.NewRequest("POST", w.URL+"/cgi-bin/media/upload?type=file&access_token="+token, r)
		req.Header.Set("Content-Type", "multipart/form-data; boundary=b")
		go func() {
			io.WriteString(pipe, form(`name="media"; filename="a.txt"`, strings.Repeat("x", 100*kb))[:90*kb])
			pipe.CloseWithError(fmt.Errorf("the client is gone"))
		}()
		if resp, err := http.DefaultClient.Do(req); err == nil {
			resp.Body.Close()
			t.Error("an upload that broke off was answered")
		}
		for _, body := range []string{form(`name="media"; filename="a"`, "x"), form(`name="media"; filename="a"`, strings.Repeat("x", 21*mb))} {
			w.As(access.SelfBuilt).Request("POST", "/cgi-bin/media/upload?type=file", strings.NewReader(body), "Content-Type", "multipart/form-data; boundary=b")
		}
		w.As(access.SelfBuilt).Upload("/cgi-bin/media/upload?type=file", "a", []byte("the server has seen the break by now"))
		if n := blobs(t, w); n != before+1 {
			t.Errorf("%d files are kept, want %d", n, before+1)
		}
		if n := count(t, w, `SELECT count(*) FROM blob WHERE corpid = ? AND refs <> 1`, w.CorpID); n != 0 {
			t.Errorf("%d blobs are kept for nobody", n)
		}
	})
}

func TestDownloads(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		c := w.As(access.SelfBuilt)
		for _, f := range []struct {
			kind, name string
			content    []byte
			typ        string
		}{
			{"image", "a.jpg", jpegOf(3, 3), "image/jpeg"},
			{"image", "a.gif", pngOf(3, 3), "image/png"},
			{"voice", "a.amr", amr(3), "voice/amr"},
			{"video", "a.mp4", mp4(3), "video/mp4"},
			{"file", "page.html", []byte("<script>alert(1)</script>"), "application/octet-stream"},
			{"file", "a.json", []byte(`{"errcode":1}`), "application/octet-stream"},
		} {
			id := upload(t, c, f.kind, f.name, f.content)
			if len(id) > 256 || strings.ContainsAny(id, " +/?&#%") {
				t.Errorf("media_id %q", id)
			}
			for _, method := range []string{"GET", "POST", "HEAD"} {
				got := c.Request(method, "/cgi-bin/media/get?media_id="+id, nil)
				want := string(f.content)
				if method == "HEAD" {
					want = ""
				}
				h := got.Header
				if got.Status != 200 || got.Body != want || h.Get("Content-Type") != f.typ || h.Get("Content-Disposition") != `attachment; filename="`+f.name+`"` ||
					h.Get("Content-Length") != strconv.Itoa(len(f.content)) || h.Get("Error-Code") != "0" || h.Get("Accept-Ranges") != "bytes" || h.Get("X-Content-Type-Options") != "nosniff" {
					t.Errorf("%s %s: %d %v %q", method, f.name, got.Status, h, got.Body)
				}
			}
		}
	})
}

func TestWhoseFilesAreThese(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a, b := w.Corps()
		mine := upload(t, a.As(access.SelfBuilt), "file", "a.txt", []byte("of the first"))
		for _, tt := range []struct {
			name string
			who  *qiweitest.Client
			to   string
			want int
		}{
			{"who uploaded it", a.As(access.SelfBuilt), "media/get?media_id=" + mine, 0},
			{"another application of the corp", a.As(access.ContactSync), "media/get?media_id=" + mine, 0},
			{"an application of another corp", b.As(access.SelfBuilt), "media/get?media_id=" + mine, 40007},
			{"an unknown one", a.As(access.SelfBuilt), "media/get?media_id=3unknown", 40007},
			{"a number", a.As(access.SelfBuilt), "media/get?media_id=7", 40007},
			{"none", a.As(access.SelfBuilt), "media/get", 41006},
			{"the high-definition form, which is not built", a.As(access.SelfBuilt), "media/get/jssdk?media_id=" + mine, 48002},
			{"the grant to edit contacts", a.As(access.ContactsEdit), "media/get?media_id=" + mine, 48008},
		} {
			got := tt.who.Request("GET", "/cgi-bin/"+tt.to, nil)
			if got.ErrCode != tt.want || got.Header.Get("Error-Code") != strconv.Itoa(tt.want) {
				t.Errorf("%s: %s, want %d", tt.name, got.Body, tt.want)
			}
		}
		w.Advance(3*24*time.Hour - time.Second)
		if got := a.As(access.SelfBuilt).Request("GET", "/cgi-bin/media/get?media_id="+mine, nil); got.Body != "of the first" {
			t.Errorf("a second before its end: %s", got.Body)
		}
		w.Advance(time.Second)
		if got := a.As(access.SelfBuilt).Request("GET", "/cgi-bin/media/get?media_id="+mine, nil); got.ErrCode != 40007 {
			t.Errorf("after three days: %s", got.Body)
		}
	})
}

func TestParts(t *testing.T) {
	content := make([]byte, 2048)
	for i := range content {
		content[i] = byte(i * 7)
	}
	part := func(from, to int) string { return fmt.Sprintf("206 %d-%d", from, to) }
	parts := []struct{ header, want string }{
		{"bytes=0-1023", part(0, 1023)},
		{"bytes 0-1023", part(0, 1023)}, // as the page writes it
		{"Bytes=0-0", part(0, 0)},
		{"bytes=1024-", part(1024, 2047)},
		{"bytes=2047-", part(2047, 2047)},
		{"bytes=2047-9999", part(2047, 2047)},
		{"bytes=0-", part(0, 2047)},
		{"bytes=-16", part(2032, 2047)},
		{"bytes=-9999", part(0, 2047)},
		{"bytes= 16 - 31 ", part(16, 31)},
		{"bytes=2048-", "40146"},
		{"bytes=5-3", "40146"},
		{"bytes=-0", "40146"},
		{"bytes=-", "40146"},
		{"bytes=a-b", "40146"},
		{"bytes=0-1,4-5", "40146"},
		{"bytes=", "40146"},
		{"bytes=99999999999999999999-", "40146"},
		{"items=0-5", "200"},
		{"", "200"},
	}
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		c := w.As(access.SelfBuilt)
		path := "/cgi-bin/media/get?media_id=" + upload(t, c, "file", "a.bin", content)
		for _, p := range parts {
			got := c.Request("GET", path, nil, "Range", p.header)
			is := strconv.Itoa(got.Status)
			var want []byte
			switch got.Status {
			case 206:
				var from, to int
				fmt.Sscanf(got.Header.Get("Content-Range"), "bytes %d-%d/2048", &from, &to)
				is, want = part(from, to), content[from:to+1]
			case 200:
				want = content
				if got.ErrCode != 0 {
					is, want = strconv.Itoa(got.ErrCode), []byte(got.Body)
				}
			}
			if is != p.want || got.Body != string(want) || got.Header.Get("Content-Length") != strconv.Itoa(len(want)) {
				t.Errorf("Range %q: %s with %d bytes, want %s", p.header, is, len(got.Body), p.want)
			}
		}
		if got := c.Request("GET", path, nil, "Range", "bytes=0-9", "If-Range", `"tag"`); got.Status != 200 || len(got.Body) != 2048 {
			t.Errorf("with a condition that cannot hold: %d with %d bytes", got.Status, len(got.Body))
		}
		if got := c.Request("HEAD", path, nil, "Range", "bytes=0-9"); got.Status != 200 || got.Header.Get("Content-Length") != "2048" {
			t.Errorf("HEAD with a Range: %d, %s bytes", got.Status, got.Header.Get("Content-Length"))
		}
	})
}

func TestAttachments(t *testing.T) {
	files := []struct {
		name, query string
		content     []byte
		want        string
	}{
		{"an image for a moment", "media_type=image&attachment_type=1", jpegOf(1080, 20), `0 "errmsg":"","type":"image","media_id":`},
		{"its time is a number", "media_type=image&attachment_type=1", jpegOf(8, 8), `0 "created_at":1925456400}`},
		{"an image for an album", "media_type=image&attachment_type=2", pngOf(1081, 1081), `0`},
		{"a moment whose short side is too long", "media_type=image&attachment_type=1", jpegOf(1081, 1081), `41081 attachment resolution out of limit`},
		{"whose long side is", "media_type=image&attachment_type=1", pngOf(10801, 1), `41081`},
		{"the largest one", "media_type=image&attachment_type=1", pngOf(1080, 10800), `0`},
		{"an image of exactly 10 MB", "media_type=image&attachment_type=1", filled(pngOf(8, 8), 10*mb), `0`},
		{"an image of more than 10 MB", "media_type=image&attachment_type=1", filled(pngOf(8, 8), 10*mb+1), `41080 attachment size out of limit`},
		{"a text for an image", "media_type=image&attachment_type=2", []byte("no picture"), `40004`},
		{"a video of 30 seconds", "media_type=video&attachment_type=1", mp4(300), `0 "type":"video"`},
		{"a video of 30.1", "media_type=video&attachment_type=1", mp4(301), `41082 attachment duration out of limit`},
		{"a video that is none", "media_type=video&attachment_type=1", []byte("RIFF\x00\x00\x00\x00AVI LIST"), `41090 invalid video format`},
		{"a video without a header", "media_type=video&attachment_type=1", box("ftyp", []byte("isom\x00\x00\x02\x00")), `41090`},
		{"a video for an album", "media_type=video&attachment_type=2", mp4(3), `41072 invalid attachment scene`},
		{"a file", "media_type=file&attachment_type=1", []byte("mytext"), `41072`},
		{"a voice", "media_type=voice&attachment_type=1", amr(3), `41072`},
		{"no scene", "media_type=image", jpegOf(8, 8), `41072`},
		{"an unknown one", "media_type=image&attachment_type=3", jpegOf(8, 8), `41072`},
		{"nothing at all", "media_type=image&attachment_type=1", nil, `44001`},
	}
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		for kind, want := range map[access.Kind]int{access.SelfBuilt: 48002, access.ContactSync: 48002, access.CustomerContact: 0} {
			if got := w.As(kind).Upload("/cgi-bin/media/upload_attachment?media_type=image&attachment_type=1", "a.jpg", jpegOf(8, 8)); got.ErrCode != want {
				t.Errorf("as %s: %s, want %d", kind, got.Body, want)
			}
		}
		c := seller(w.Corp)
		for _, f := range files {
			got := c.Upload("/cgi-bin/media/upload_attachment?"+f.query, "a", f.content)
			if code, says, _ := strings.Cut(f.want, " "); strconv.Itoa(got.ErrCode) != code || !strings.Contains(got.Body, says) {
				t.Errorf("%s: %s, want %s", f.name, got.Body, f.want)
			}
		}
		var resp struct {
			MediaID string `json:"media_id"`
		}
		c.Upload("/cgi-bin/media/upload_attachment?media_type=image&attachment_type=1", "片.jpg", jpegOf(8, 8)).Decode(&resp)
		if got := w.As(access.SelfBuilt).Request("GET", "/cgi-bin/media/get?media_id="+resp.MediaID, nil); got.Body != string(jpegOf(8, 8)) {
			t.Errorf("media/get of an attachment: %s", got.Body)
		}
		// It is for moments only.
		if got := w.As(access.ContactSync).Call("POST", "/cgi-bin/user/update", `{"userid":"lisi","avatar_mediaid":"`+resp.MediaID+`"}`); got.ErrCode != 301015 {
			t.Errorf("an attachment as an avatar: %s", got.Body)
		}
	})
}

// With the limits on, a file may be fetched only a few times at once.
func TestFetchingOneFile(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		c := w.As(access.SelfBuilt)
		id, other := upload(t, c, "file", "a.bin", bytes.Repeat([]byte("x"), 15*mb)), upload(t, c, "file", "b.bin", []byte("another"))
		var open []*http.Response
		for range 10 { // each is read up to its header
			req, _ := http.NewRequest("GET", w.URL+"/cgi-bin/media/get?media_id="+id+"&access_token="+c.Token(), nil)
			open = append(open, w.Do(req))
		}
		if got := c.Request("GET", "/cgi-bin/media/get?media_id="+id, nil); got.ErrCode != 45033 {
			t.Errorf("the eleventh: %.200s", got.Body)
		}
		if got := c.Request("GET", "/cgi-bin/media/get?media_id="+other, nil); got.Body != "another" {
			t.Errorf("another file: %s", got.Body)
		}
		for _, resp := range open {
			if n, err := io.Copy(io.Discard, resp.Body); n != 15*mb || err != nil {
				t.Errorf("%d bytes, %v", n, err)
			}
		}
		// The server notices their end a moment later.
		got := c.Request("GET", "/cgi-bin/media/get?media_id="+id, nil)
		for tries := 1; got.ErrCode == 45033 && tries < 1000; tries++ {
			got = c.Request("GET", "/cgi-bin/media/get?media_id="+id, nil)
		}
		if len(got.Body) != 15*mb {
			t.Errorf("after them: %.200s", got.Body)
		}
	}, qiweitest.WithLimits())
}
