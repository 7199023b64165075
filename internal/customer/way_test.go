package customer_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

type way struct {
	ConfigID string `json:"config_id"`
	QRCode   string `json:"qr_code"`
}

func (h *house) way(body string) (w way) {
	h.t.Helper()
	h.must("add_contact_way", body).Decode(&w)
	return w
}

// TestContactWay: what is made is answered, and customers who come by it bring its state (doc 92228).
func TestContactWay(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		w := h.way(`{"type":1,"scene":2,"remark":"展会","state":"booth7","user":["ZhangSan"]}`)
		if !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(w.ConfigID) || w.QRCode != h.URL+"/wechat/way/"+w.ConfigID {
			t.Errorf("%+v", w)
		}
		ok := `{"errcode":0,"errmsg":"ok","contact_way":`
		get := func(id string) string { return h.must("get_contact_way", `{"config_id":"`+id+`"}`).Body }
		if got, want := get(w.ConfigID), ok+fmt.Sprintf(`{"config_id":%q,"type":1,"scene":2,"remark":"展会","skip_verify":true,"state":"booth7","qr_code":%q,"user":["zhangsan"],"party":[],"is_temp":false,"mark_source":true}}`, w.ConfigID, w.QRCode); got != want {
			t.Errorf("%s, want %s", got, want)
		}
		lin := h.add(`{"config_id":"` + w.ConfigID + `","name":"Lin"}`)
		he := h.add(`{"link":"` + w.QRCode + `","name":"He","state":"own"}`)
		for external, state := range map[string]string{lin.External: "booth7", he.External: "own"} {
			if got := h.must("get", `{"external_userid":"`+external+`"}`); !strings.Contains(got.Body, `"add_way":1,`) || !strings.Contains(got.Body, `"state":"`+state+`"`) || !strings.Contains(got.Body, `"userid":"zhangsan"`) {
				t.Errorf("came by it: %s", got.Body)
			}
		}
		button := h.way(`{"type":2,"scene":1,"style":2,"user":["zhangsan"],"party":[4],"skip_verify":false,"is_exclusive":true}`)
		if got := get(button.ConfigID); button.QRCode != "" || !strings.Contains(got, `"style":2,"remark":"","skip_verify":false,"state":"","user":["zhangsan"],"party":[4]`) {
			t.Errorf("a button: %s", got)
		}
		h.must("update_contact_way", `{"config_id":"`+button.ConfigID+`","state":"s","user":["lisi"]}`)
		h.must("update_contact_way", `{"config_id":"`+button.ConfigID+`","style":1,"skip_verify":true}`)
		if got := get(button.ConfigID); !strings.Contains(got, `"style":1,"remark":"","skip_verify":true,"state":"s","user":["lisi"],"party":[4]`) {
			t.Errorf("updated: %s", got)
		}
		h.must("update_contact_way", `{"config_id":"`+button.ConfigID+`","mark_source":false}`)
		unmarked := h.way(`{"type":1,"scene":2,"user":["zhangsan"],"mark_source":false}`)
		for _, id := range []string{button.ConfigID, unmarked.ConfigID} {
			if got := get(id); !strings.Contains(got, `"mark_source":false`) {
				t.Errorf("unmarked: %s", got)
			}
		}
		h.must("update_contact_way", `{"config_id":"`+button.ConfigID+`","party":[2]}`)
		if got := get(button.ConfigID); !strings.Contains(got, `"user":["lisi"],"party":[2]`) {
			t.Errorf("updated: %s", got)
		}
		h.must("del_contact_way", `{"config_id":"`+button.ConfigID+`"}`)
		h.refused("get_contact_way", []refusal{{"deleted", `{"config_id":"` + button.ConfigID + `"}`, 41044}})
		if status, text := h.script(h.CorpID, "add", `{"config_id":"`+button.ConfigID+`","name":"x"}`); status == 200 {
			t.Errorf("by a way that is gone: %s", text)
		}
	})
}

// TestTurns: several members receive in turn, and a customer comes back to the same one.
func TestTurns(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		w := h.way(`{"type":2,"scene":2,"user":["wangwu"],"party":[2]}`)
		var users []string
		var first added
		for i := range 4 {
			a := h.add(fmt.Sprintf(`{"config_id":%q,"name":"n%d"}`, w.ConfigID, i))
			if users = append(users, a.UserID); i == 0 {
				first = a
			}
		}
		if !slices.Equal(users, []string{"wangwu", "zhangsan", "lisi", "wangwu"}) {
			t.Errorf("%v", users)
		}
		h.done(h.Corp, "remove", fmt.Sprintf(`{"userid":"wangwu","external_userid":%q}`, first.External), nil)
		if again := h.add(fmt.Sprintf(`{"config_id":%q,"external_userid":%q}`, w.ConfigID, first.External)); again.UserID != "wangwu" {
			t.Errorf("came back to %s", again.UserID)
		}
		h.done(h.Corp, "scope", `{"range":{"members":["lisi"]}}`, nil)
		if a := h.add(fmt.Sprintf(`{"config_id":%q,"name":"x"}`, w.ConfigID)); a.UserID != "lisi" {
			t.Errorf("led to %s, who has no customer contact", a.UserID)
		}
		h.done(h.Corp, "scope", `{"range":{}}`, nil)
		if status, text := h.script(h.CorpID, "add", fmt.Sprintf(`{"config_id":%q,"name":"x"}`, w.ConfigID)); status == 200 {
			t.Errorf("led to nobody: %s", text)
		}
	})
}

// TestContactWayRefusals: what a way cannot be, and whose it is.
func TestContactWayRefusals(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		sync := h.As(access.ContactSync)
		sync.Call("POST", "/cgi-bin/user/create", `{"userid":"sleeper","name":"x","department":[4],"mobile":"13800000009"}`)
		h.refused("add_contact_way", []refusal{
			{"no type", `{"scene":2,"user":["zhangsan"]}`, 41037}, {"no scene", `{"type":1,"user":["zhangsan"]}`, 41038},
			{"a bad type", `{"type":3,"scene":2,"user":["zhangsan"]}`, 41039}, {"a bad scene", `{"type":1,"scene":3,"user":["zhangsan"]}`, 41040},
			{"a bad style", `{"type":1,"scene":1,"style":4,"user":["zhangsan"]}`, 41042}, {"a bad style of several", `{"type":2,"scene":1,"style":3,"user":["zhangsan"]}`, 41042},
			{"the last style", `{"type":1,"scene":1,"style":3,"user":["zhangsan"]}`, 0}, {"a style below 0", `{"type":1,"scene":2,"style":-1,"user":["zhangsan"]}`, 41042},
			{"nobody", `{"type":1,"scene":2}`, 40003}, {"two of one", `{"type":1,"scene":2,"user":["zhangsan","lisi"]}`, 40003}, {"nobody of several", `{"type":2,"scene":2}`, 40003},
			{"an unknown member", `{"type":1,"scene":2,"user":["nobody"]}`, 60111}, {"an unknown department", `{"type":2,"scene":2,"party":[99]}`, 60011},
			{"one who has not signed in", `{"type":1,"scene":2,"user":["sleeper"]}`, 41054},
			{"a temporary session", `{"type":1,"scene":2,"user":["zhangsan"],"is_temp":true}`, 48002},
		})
		small := &house{h.World, t, h.WithApp(access.SelfBuilt, listed(access.Range{Departments: []int64{2}}))}
		small.refused("add_contact_way", []refusal{
			{"a member out of range", `{"type":1,"scene":2,"user":["wangwu"]}`, 60011}, {"a department out of range", `{"type":2,"scene":2,"party":[4]}`, 60011},
			{"a department below", `{"type":2,"scene":2,"party":[3]}`, 0},
		})
		h.done(h.Corp, "scope", `{"range":{"members":["lisi"]}}`, nil)
		h.refused("add_contact_way", []refusal{{"one without customer contact", `{"type":1,"scene":2,"user":["zhangsan"]}`, 84074}})
		h.done(h.Corp, "scope", `{"range":null}`, nil)
		w := h.way(`{"type":1,"scene":2,"user":["zhangsan"]}`)
		twin := &house{h.World, t, h.Second.WithApp(access.SelfBuilt, listed(access.Everything()))}
		for _, name := range []string{"get_contact_way", "update_contact_way", "del_contact_way"} {
			h.refused(name, []refusal{{"no config_id", `{}`, 41043}, {"a bad one", `{"config_id":"x"}`, 41044}})
			small.refused(name, []refusal{{"another application's", `{"config_id":"` + w.ConfigID + `"}`, 41044}})
			twin.refused(name, []refusal{{"the twin's", `{"config_id":"` + w.ConfigID + `"}`, 41044}})
		}
		h.refused("update_contact_way", []refusal{
			{"two of one", `{"config_id":"` + w.ConfigID + `","user":["zhangsan","lisi"]}`, 40003}, {"nobody", `{"config_id":"` + w.ConfigID + `","user":[]}`, 40003},
			{"departments of one count for nothing", `{"config_id":"` + w.ConfigID + `","party":[4]}`, 0},
		})
		if status, text := h.script(h.Second.CorpID, "add", `{"config_id":"`+w.ConfigID+`","name":"x"}`); status == 200 {
			t.Errorf("by the twin's: %s", text)
		}
	})
}

// TestContactWayList: an application lists its own, of a time span, in pages (doc 92228).
func TestContactWayList(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		var want []string
		start := h.Clock.Now()
		for i := range 5 {
			if i%2 == 0 {
				h.Advance(time.Hour)
			}
			want = append(want, h.way(`{"type":1,"scene":2,"user":["zhangsan"]}`).ConfigID)
		}
		other := &house{h.World, t, h.WithApp(access.SelfBuilt, listed(access.Everything()))}
		theirs := other.way(`{"type":1,"scene":2,"user":["zhangsan"]}`).ConfigID
		list := func(c *qiweitest.Client, span string, limit int) (out []string) {
			cursor := ""
			for {
				var page struct {
					Ways []way  `json:"contact_way"`
					Next string `json:"next_cursor"`
				}
				as(c, "list_contact_way", fmt.Sprintf(`{"cursor":%q,"limit":%d%s}`, cursor, limit, span)).Decode(&page)
				for _, w := range page.Ways {
					out = append(out, w.ConfigID)
				}
				if cursor = page.Next; cursor == "" {
					return out
				}
			}
		}
		at := func(n int) int64 { return start.Add(time.Duration(n) * time.Hour).Unix() }
		for _, tt := range []struct {
			what, span string
			limit      int
			want       []string
		}{
			{"all", "", 0, want}, {"by one", "", 1, want}, {"by two", "", 2, want}, {"by too many", "", 5000, want},
			{"from the second hour", fmt.Sprintf(`,"start_time":%d`, at(2)), 0, want[2:]}, {"behind it", fmt.Sprintf(`,"start_time":%d`, at(2)+1), 0, want[4:]},
			{"up to it", fmt.Sprintf(`,"end_time":%d`, at(2)), 0, want[:4]}, {"before it", fmt.Sprintf(`,"end_time":%d`, at(2)-1), 0, want[:2]},
		} {
			if got := list(h.app, tt.span, tt.limit); !slices.Equal(got, tt.want) {
				t.Errorf("%s: %v, want %v", tt.what, got, tt.want)
			}
		}
		if got := list(other.app, "", 0); !slices.Equal(got, []string{theirs}) {
			t.Errorf("another application's: %v", got)
		}
		h.refused("list_contact_way", []refusal{{"a cursor of nobody", `{"cursor":"x"}`, 50100}})
		h.Advance(90 * 24 * time.Hour)
		if got := list(h.app, "", 0); !slices.Equal(got, want[4:]) {
			t.Errorf("of the last 90 days: %v", got)
		}
	})
}

// TestWaysAreCounted: a corp has 500,000 ways, and those that were deleted and refused are not among them.
func TestWaysAreCounted(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		const one = `{"type":1,"scene":2,"user":["zhangsan"]}`
		first := h.way(one)
		h.refused("add_contact_way", []refusal{{"of nobody", `{"type":1,"scene":2,"user":["nobody"]}`, 60111}})
		h.Write(func(ctx context.Context, tx *store.Tx) error { // as if so many had been made
			_, err := tx.Exec(`UPDATE customer_size SET ways = ways + 499998 WHERE corpid = ?`, h.CorpID)
			return err
		})
		h.refused("add_contact_way", []refusal{{"the last", one, 0}, {"one too many", one, 41045}})
		h.must("del_contact_way", `{"config_id":"`+first.ConfigID+`"}`)
		h.refused("add_contact_way", []refusal{{"in the place of the first", one, 0}, {"one too many", one, 41045}})
	})
}
