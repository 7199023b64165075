package archive_test

import (
	"fmt"
	"strings"
	"testing"

	"qiwei/internal/access"
)

// The window moves over what is there, and what is older stays.
func TestPullWindow(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		for day := range 8 {
			h.says("zhangsan", "lisi", fmt.Sprint("day ", day))
			h.sealAll()
			h.Advance(24 * 3600 * 1e9)
		}
		for _, tt := range []struct {
			days, seq int64
			first     int64
			count     int
		}{{5, 0, 4, 5}, {5, 6, 7, 2}, {0, 0, 1, 8}, {1, 0, 8, 1}, {30, 2, 3, 6}} {
			h.done(h.Corp, "archive/settings", fmt.Sprintf(`{"pull_days":%d}`, tt.days), nil)
			page := h.pull(tt.seq, 1000)
			if len(page) != tt.count || page[0].Seq != tt.first {
				t.Errorf("%d days, behind %d: %d from %d", tt.days, tt.seq, len(page), page[0].Seq)
			}
		}
	})
}

// What the library sends wrong, and who may not ask.
func TestLibraryRefusals(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.says("zhangsan", "lisi", "one")
		h.sealAll()
		for _, tt := range []struct {
			what, body   string
			status, code int
		}{
			{"no limit", `{"seq":0}`, 400, 10000},
			{"a limit of nothing", `{"seq":0,"limit":0}`, 400, 10000},
			{"one more than the most", `{"seq":0,"limit":1001}`, 400, 10000},
			{"the most", `{"seq":0,"limit":1000}`, 200, 0},
			{"a negative seq", `{"seq":-1,"limit":10}`, 400, 10000},
			{"the largest seq", `{"seq":18446744073709551615,"limit":10}`, 200, 0},
			{"no JSON", `seq`, 400, 10000},
			{"nothing", ``, 400, 10000},
			{"a text", `{"seq":"x","limit":10}`, 400, 10000},
		} {
			if got := h.ask(h.app, "chatdata", tt.body); got.Status != tt.status || got.ErrCode != tt.code || !strings.Contains(got.Body, `"chatdata":[`) {
				t.Errorf("%s: %d %s", tt.what, got.Status, got.Body)
			}
		}
		if got := h.ask(h.As(access.SelfBuilt), "chatdata", `{"seq":0,"limit":10}`); got.Status != 200 || got.ErrCode != 48002 || !strings.Contains(got.Body, `"chatdata":[]`) {
			t.Errorf("another application: %d %s", got.Status, got.Body)
		}
		for path, code := range map[string]int{"/_archive/chatdata": 41001, "/_archive/chatdata?access_token=x": 40014, "/_archive/media?access_token=x": 40014} {
			if got := h.post(path, `{"seq":0,"limit":10}`); got.Status != 400 || got.ErrCode != code {
				t.Errorf("%s: %d %s", path, got.Status, got.Body)
			}
		}
		old := h.app.Token()
		h.Advance(7201 * 1e9)
		if got := h.post("/_archive/chatdata?access_token="+old, `{"seq":0,"limit":10}`); got.Status != 400 || got.ErrCode != 42001 {
			t.Errorf("an old token: %d %s", got.Status, got.Body)
		}
		foreign := h.Second.As(access.ChatArchive)
		h.open(h.Second, `,"editions":{"1":{"departments":[1]}}`)
		if got := h.ask(foreign, "chatdata", `{"seq":0,"limit":10}`); got.ErrCode != 0 || !strings.Contains(got.Body, `"chatdata":[]`) {
			t.Errorf("another enterprise reads %s", got.Body)
		}
	})
}
