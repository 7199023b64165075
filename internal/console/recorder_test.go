package console

import (
	"fmt"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/wire"
)

func TestMasks(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		"access_token=abc&userid=x":        "access_token=" + masked + "&userid=x",
		"corpid=ww1&corpsecret=s%26":       "corpid=ww1&corpsecret=" + masked,
		"ACCESS%5Ftoken=abc":               "ACCESS%5Ftoken=" + masked,
		"key=robot":                        "key=" + masked,
		"userid=token":                     "userid=token",
		"access_token=&debug=1":            "access_token=&debug=1",
		"code=abc":                         "code=" + masked,
		"suite_ticket=a&encoding_aeskey=b": "suite_ticket=" + masked + "&encoding_aeskey=" + masked,
		"":                                 "",
	} {
		if got := maskQuery(query); got != want {
			t.Errorf("%q becomes %q, want %q", query, got, want)
		}
	}
	for body, want := range map[string]string{
		`{"errcode":0,"access_token":"abc","expires_in":7200}`:              `{"errcode":0,"access_token":"` + masked + `","expires_in":7200}`,
		`{"secret" : "a\"b","x":"secret"}`:                                  `{"secret" : "` + masked + `","x":"secret"}`,
		`{"button_list":[{"key":"yes","text":"同意"}]}`:                       `{"button_list":[{"key":"yes","text":"同意"}]}`,
		`{"errcode":0,"ticket":"cut off in the mid`:                         `{"errcode":0,"ticket":"` + masked + `"`,
		`{"encoding_aeskey":"IJUiXNpvGbODwKEBSEsAeOAPAhkqHqNCF6g19t9wfg2"}`: `{"encoding_aeskey":"` + masked + `"}`,
		`{"EncodingAESKey":"a","model_secret":"b","aeskey":"c"}`:            `{"EncodingAESKey":"` + masked + `","model_secret":"` + masked + `","aeskey":"` + masked + `"}`,
		`{"access\u005ftoken":"abc","next":"x"}`:                            `{"access\u005ftoken":"` + masked + `","next":"x"}`,
		// An address may have a key in it, and the answer of a robot's tool is JSON in a text.
		`{"url":"http://a/mcp/bot/doc?uaKey=abc","x":1}`:           `{"url":"http://a/mcp/bot/doc?uaKey=` + masked + `","x":1}`,
		`{"url":"http://a/send?a=b&key=abc#x"}`:                    `{"url":"http://a/send?a=b&key=` + masked + `#x"}`,
		`{"url":"http://a/send?a=b\u0026key=abc"}`:                 `{"url":"http://a/send?a=b\u0026key=` + masked + `"}`,
		`{"text":"why? a&b=c"}`:                                    `{"text":"why? a&b=c"}`,
		`{"text":"{\"errcode\":0,\"password\":\"1234\",\"n\":1}"}`: `{"text":"{\"errcode\":0,\"password\":\"` + masked + `\",\"n\":1}"}`,
		`{"text":"{\"n\":1,\"password\":\"12`:                      `{"text":"{\"n\":1,\"password\":\"` + masked + `\"`,
		`{"text":"{nothing}"}`:                                     `{"text":"{nothing}"}`,
		`{"secret":["a",{"b":"c"}],"d":"e"}`:                       `{"secret":["` + masked + `",{"b":"` + masked + `"}],"d":"e"}`,
		`{"token":7,"a":"b"}`:                                      `{"token":7,"a":"b"}`,
		`{"token":null,"a":"b"}`:                                   `{"token":null,"a":"b"}`,
	} {
		if got := maskBody([]byte(body)); got != want {
			t.Errorf("%s becomes %s, want %s", body, got, want)
		}
	}
}

// TestRecorderKeepsNoWholeRequests: what strangers send in paths and headers does not stay in memory with the few
// characters that are kept. It is not parallel, as it looks at the memory.
func TestRecorderKeepsNoWholeRequests(t *testing.T) {
	const limit = 1 << 20
	inUse := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	rec := NewRecorder(limit, true)
	before := inUse()
	for i := range 1000 {
		sent := fmt.Sprint(i) + strings.Repeat("x", 60<<10)
		req := httptest.NewRequest("GET", "/", nil)
		req.URL.RawQuery = sent[:10]
		req.Header.Set("Content-Type", fmt.Sprint(i)+strings.Repeat("y", 60<<10))
		rec.Record(wire.Call{Method: "GET", Path: sent[:200], HTTP: req, Missing: true}, time.Unix(1e9, 0))
	}
	if grown := inUse() - before; grown > 4*limit {
		t.Errorf("%d bytes are kept where %d may be", grown, limit)
	}
	if got := len(rec.before("", 0, 2000, func(*kept) bool { return true })); got < 100 || got == 1000 {
		t.Errorf("%d calls are kept", got)
	}
}

// TestStrangersPushNothingOut: where nobody sees what strangers send, it takes no room from what admins see.
func TestStrangersPushNothingOut(t *testing.T) {
	t.Parallel()
	rec, req := NewRecorder(10<<10, false), httptest.NewRequest("GET", "/", nil)
	rec.Record(wire.Call{Method: "GET", Path: "/cgi-bin/user/get", HTTP: req, By: access.System("ww1")}, time.Unix(1e9, 0))
	for range 100 {
		rec.Record(wire.Call{Method: "GET", Path: "/cgi-bin/none", HTTP: req, Missing: true}, time.Unix(1e9, 0))
	}
	if got := rec.before("ww1", 0, 10, func(*kept) bool { return true }); len(got) != 1 {
		t.Errorf("%d calls of the enterprise are kept", len(got))
	}
}

// TestNobodyWritesIntoAnothersInspector: without a token only gettoken says whose call it is. Anything else that names an
// enterprise is a stranger's word.
func TestNobodyWritesIntoAnothersInspector(t *testing.T) {
	t.Parallel()
	for path, seen := range map[string]bool{"/cgi-bin/gettoken": true, "/cgi-bin/user/get": false, "/cgi-bin/none": false} {
		for _, sent := range []string{"query", "body"} {
			rec, req, body := NewRecorder(10<<10, false), httptest.NewRequest("POST", "/", nil), []byte(nil)
			if sent == "query" {
				req.URL.RawQuery = "corpid=ww1"
			} else {
				body = []byte(`{"corpid":"ww1"}`)
			}
			rec.Record(wire.Call{Method: "POST", Path: path, HTTP: req, Request: body, ErrCode: 40013, ID: func() string { return "" }}, time.Unix(1e9, 0))
			if got := rec.before("ww1", 0, 10, func(*kept) bool { return true }); (len(got) == 1) != seen {
				t.Errorf("%s with the corpid in the %s: seen %v", path, sent, !seen)
			}
		}
	}
}

// TestCurlOfAnyMethod: a method may have letters that a shell reads, and whoever pastes the command runs none of them.
func TestCurlOfAnyMethod(t *testing.T) {
	t.Parallel()
	if got := curl("http://a", &kept{method: "`id`'|id", path: "/b", request: []byte("{}")}); !strings.Contains(got, ` -X '`+"`id`"+`'\''|id' `) {
		t.Error(got)
	}
}

func FuzzMask(f *testing.F) {
	f.Add(`{"access_token":"abc"}`, "access_token=abc&a=b")
	f.Fuzz(func(t *testing.T, body, query string) {
		maskBody([]byte(body))
		maskQuery(query)
		const secret = "S3cretS3cret"
		if got := maskQuery("access_token=" + secret + "&" + query); strings.Contains(got, secret) && !strings.Contains(query, secret) {
			t.Errorf("%q shows the secret", got)
		}
		if got := maskBody([]byte(`{"corpsecret":"` + secret + `"` + body)); strings.Contains(got, secret) && !strings.Contains(body, secret) {
			t.Errorf("%q shows the secret", got)
		}
	})
}

// BenchmarkRecord measures what recording adds to the cost of a call.
func BenchmarkRecord(b *testing.B) {
	r := httptest.NewRequest("GET", "/cgi-bin/user/get?access_token="+strings.Repeat("t", 200)+"&userid=zhangsan", nil)
	r.Header.Set("User-Agent", "Go-http-client/1.1")
	answer := []byte(strings.Repeat("x", 500))
	now := time.Unix(1e9, 0)
	call := wire.Call{ID: func() string { return "" }, Method: "GET", Path: "/cgi-bin/user/get", By: access.Caller{CorpID: "ww1"}, HTTP: r, Response: answer}
	for _, limit := range []int64{0, 16 << 20} {
		b.Run(fmt.Sprint(limit>>20, "MB"), func(b *testing.B) {
			rec := NewRecorder(limit, false)
			b.ReportAllocs()
			for b.Loop() {
				rec.Record(call, now)
			}
		})
	}
}
