package control_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/qiweitest"
)

func send(t *testing.T, method, url, body string, header ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

func TestClock(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	now := func(body string) time.Time {
		t.Helper()
		var got struct{ Now time.Time }
		if err := json.Unmarshal([]byte(body), &got); err != nil {
			t.Fatalf("%v in %s", err, body)
		}
		return got.Now
	}
	if _, body := send(t, "GET", w.URL+"/_qiwei/clock", ""); !now(body).Equal(qiweitest.Start) {
		t.Errorf("the clock shows %s", body)
	}
	app := w.As(access.SelfBuilt)
	token := app.Token()
	path := "/cgi-bin/user/get?userid=zhangsan&access_token=" + token
	if got := w.Get(path); got.ErrCode != 0 {
		t.Fatalf("user/get: %s", got.Body)
	}
	if status, body := send(t, "POST", w.URL+"/_qiwei/clock", `{"advance":"2h1m"}`); status != 200 || !now(body).Equal(qiweitest.Start.Add(2*time.Hour+time.Minute)) {
		t.Errorf("advanced: %d %s", status, body)
	}
	if got := w.Get(path); got.ErrCode != 42001 {
		t.Errorf("with a token of two hours ago: %s", got.Body)
	}
	if _, body := send(t, "POST", w.URL+"/_qiwei/clock", `{"set":"2032-02-03T04:05:06+08:00"}`); !now(body).Equal(time.Date(2032, 2, 2, 20, 5, 6, 0, time.UTC)) {
		t.Errorf("set: %s", body)
	}
	for body, says := range map[string]string{
		`{"advance":"two hours"}`:                       "a duration such as 2h",
		`{"set":"tomorrow"}`:                            "a time such as 2027-01-31T09:00:00+08:00",
		`{"advance":"1h","set":"2032-02-03T04:05:06Z"}`: "not both",
		`{}`:               "expected",
		`{"forward":"1h"}`: `unknown field "forward"`,
		`later`:            "expected",
	} {
		if status, got := send(t, "POST", w.URL+"/_qiwei/clock", body); status != 400 || !strings.Contains(got, says) {
			t.Errorf("%s: %d %s", body, status, got)
		}
	}
	if status, _ := send(t, "POST", w.URL+"/_qiwei/clock", `{"advance":"1h"}`, "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"); status != 403 {
		t.Errorf("a page of another site moved the clock: %d", status)
	}
}

func TestLanding(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	for lang, word := range map[string]string{"zh-CN,zh;q=0.9": "演示企业", "de": "demo enterprise"} {
		status, body := send(t, "GET", w.URL+"/", "", "Accept-Language", lang)
		if status != 200 || !strings.Contains(body, word) || !strings.Contains(body, w.CorpID) || strings.Contains(body, w.As(access.SelfBuilt).Secret) {
			t.Errorf("in %s: %d %s", lang, status, body)
		}
		// Its links lead somewhere.
		for _, link := range strings.Split(body, `href="`)[1:] {
			path, _, _ := strings.Cut(link, `"`)
			if !strings.HasPrefix(path, "/") {
				continue
			}
			// A program built without the pages says how to get them.
			if status, page := send(t, "GET", w.URL+path, ""); status != 200 && !(status == 503 && strings.Contains(page, "make run")) {
				t.Errorf("the link %s: %d", path, status)
			}
		}
	}
}
