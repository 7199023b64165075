package acquisition_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/customer"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// TestLinks: a link is made, read, changed and deleted by the application that made it alone (doc 97297).
func TestLinks(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		now := h.Clock.Now().Unix()
		made := h.create(h.App, `"user_list":["ZhangSan"],"department_list":[2]`, `,"skip_verify":false,"mark_source":false,"priority_option":{"priority_type":2,"priority_userid_list":["wangwu"]}`)
		if want := h.URL + "/ca/" + made.LinkID; made.URL != want || !strings.HasPrefix(made.LinkID, "ca") {
			t.Errorf("%+v, want %s", made, want)
		}
		of := `{"link_id":"` + made.LinkID + `"`
		want := fmt.Sprintf(`{"errcode":0,"errmsg":"ok","link":{"link_name":"展会","url":%q,"create_time":%d,"skip_verify":false,"mark_source":false},"range":{"user_list":["zhangsan"],"department_list":[2]},"priority_option":{"priority_type":2,"priority_userid_list":["wangwu"]}}`, made.URL, now)
		if got := h.Must(h.App, "get", of+`}`).Body; got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
		h.Must(h.App, "update_link", of+`,"link_name":"官网","skip_verify":true}`)
		h.Must(h.App, "update_link", of+`,"range":{"user_list":["lisi"]},"priority_option":{"priority_type":1}}`)
		want = fmt.Sprintf(`{"errcode":0,"errmsg":"ok","link":{"link_name":"官网","url":%q,"create_time":%d,"skip_verify":true,"mark_source":false},"range":{"user_list":["lisi"],"department_list":[]},"priority_option":{"priority_type":1,"priority_userid_list":[]}}`, made.URL, now)
		if got := h.Must(h.App, "get", of+`}`).Body; got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
		other, twin := h.WithApp(access.SelfBuilt, h.Listed(access.Everything())), h.Second.WithApp(access.SelfBuilt, h.Listed(access.Everything()))
		for _, c := range []*qiweitest.Client{other, twin} {
			for _, name := range []string{"get", "update_link", "delete_link", "customer", "statistic"} {
				if got := h.Call(c, name, of+`}`); got.ErrCode != 40058 {
					t.Errorf("%s by another: %s", name, got.Body)
				}
			}
			if got := h.Must(c, "list_link", `{}`); !strings.Contains(got.Body, `"link_id_list":[]`) {
				t.Errorf("another's list: %s", got.Body)
			}
		}
		h.Must(h.App, "delete_link", of+`}`)
		if got := h.Call(h.App, "get", of+`}`); got.ErrCode != 40058 {
			t.Errorf("deleted: %s", got.Body)
		}
		var all, read []string
		for range 3 {
			all = append(all, h.create(h.App, `"user_list":["lisi"]`, "").LinkID)
		}
		for cursor, pages := "", 0; pages == 0 || cursor != "" && pages < 9; pages++ {
			var page struct {
				IDs  []string `json:"link_id_list"`
				Next string   `json:"next_cursor"`
			}
			h.Must(h.App, "list_link", `{"limit":2,"cursor":"`+cursor+`"}`).Decode(&page)
			read, cursor = append(read, page.IDs...), page.Next
		}
		if strings.Join(read, " ") != strings.Join(all, " ") {
			t.Errorf("%s, want %s", read, all)
		}
		for limit, want := range map[int]int{-1: 3, 0: 3, 1: 1, 2: 2, 3: 3, 101: 3} {
			if got := strings.Count(h.Must(h.App, "list_link", fmt.Sprintf(`{"limit":%d}`, limit)).Body, `"cawcde`); got != want {
				t.Errorf("limit %d: %d links, want %d", limit, got, want)
			}
		}
	})
}

// TestWhatALinkNeeds: every bad setting says so.
func TestWhatALinkNeeds(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		small := h.WithApp(access.SelfBuilt, h.Listed(access.Range{Departments: []int64{2}}))
		h.Play("scope", `{"range":{"members":["zhangsan","wangwu"]}}`)
		made := h.create(h.App, `"user_list":["zhangsan"]`, "")
		for _, tt := range []struct {
			what   string
			client *qiweitest.Client
			body   string
			code   int
		}{
			{"no name", h.App, `{"range":{"user_list":["zhangsan"]}}`, 40058},
			{"an empty name", h.App, `{"link_name":" ","range":{"user_list":["zhangsan"]}}`, 40058},
			{"nobody", h.App, `{"link_name":"x"}`, 40058},
			{"nobody in the range", h.App, `{"link_name":"x","range":{}}`, 40058},
			{"an unknown member", h.App, `{"link_name":"x","range":{"user_list":["nobody"]}}`, 60111},
			{"without customer contact", h.App, `{"link_name":"x","range":{"user_list":["lisi"]}}`, 84074},
			{"out of range", small, `{"link_name":"x","range":{"user_list":["wangwu"]}}`, 60011},
			{"a department out of range", small, `{"link_name":"x","range":{"department_list":[4]}}`, 60011},
			{"another priority", h.App, `{"link_name":"x","range":{"user_list":["zhangsan"]},"priority_option":{"priority_type":3}}`, 40058},
			{"no priority", h.App, `{"link_name":"x","range":{"user_list":["zhangsan"]},"priority_option":{"priority_type":0}}`, 0},
			{"a negative priority", h.App, `{"link_name":"x","range":{"user_list":["zhangsan"]},"priority_option":{"priority_type":-1}}`, 40058},
			{"a priority of nobody", h.App, `{"link_name":"x","range":{"user_list":["zhangsan"]},"priority_option":{"priority_type":2}}`, 40058},
			{"a priority out of range", small, `{"link_name":"x","range":{"user_list":["zhangsan"]},"priority_option":{"priority_type":2,"priority_userid_list":["wangwu"]}}`, 60011},
			{"all well", small, `{"link_name":"x","range":{"user_list":["zhangsan"]}}`, 0},
		} {
			if got := h.Call(tt.client, "create_link", tt.body); got.ErrCode != tt.code {
				t.Errorf("%s: %s, want %d", tt.what, got.Body, tt.code)
			}
			if tt.client == h.App && strings.Contains(tt.body, `"link_name":"x","range":{`) {
				if got := h.Call(h.App, "update_link", `{"link_id":"`+made.LinkID+`",`+tt.body[1:]); got.ErrCode != tt.code {
					t.Errorf("%s, of an update: %s, want %d", tt.what, got.Body, tt.code)
				}
			}
		}
	})
}

// TestWhoMayCall: not the system application, and a provider's with the permission for links (doc 97297).
func TestWhoMayCall(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		grants := func(list ...string) app.Settings { return app.Settings{Range: access.Everything(), Grants: list} }
		for _, tt := range []struct {
			what   string
			client *qiweitest.Client
			code   int
		}{
			{"listed", h.App, 0},
			{"not listed", h.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything()}), 48002},
			{"the system application", h.As(access.CustomerContact), 48002},
			{"a provider's without the permission", h.WithApp(access.Custom, grants("externalcontact:base:base")), 48002},
			{"a proxy-developed one", h.WithApp(access.Custom, grants("externalcontact:customer_acquisition:base")), 0},
			{"a third party's", h.WithApp(access.ThirdParty, grants("externalcontact:customer_acquisition:base")), 0},
		} {
			list, quota := h.Call(tt.client, "list_link", `{}`), tt.client.Call("GET", "/cgi-bin/externalcontact/customer_acquisition_quota", "")
			if list.ErrCode != tt.code || quota.ErrCode != tt.code {
				t.Errorf("%s: %s and %s, want %d", tt.what, list.Body, quota.Body, tt.code)
			}
		}
	})
}

// TestLimits walks each limit at its value and one above.
func TestLimits(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.Write(func(ctx context.Context, tx *store.Tx) error { // zhangsan, lisi and wangwu are there
			for _, c := range []string{h.CorpID, h.Second.CorpID} {
				for n := range 1001 {
					place := int64(1)
					if n < 498 { // and wangwu
						place = 4
					}
					m := directory.Member{UserID: id.UserID(fmt.Sprintf("m%d", n)), Name: "成员", Enabled: true, Email: fmt.Sprintf("m%d@corp.example", n), Places: []directory.Place{{Department: place}}}
					if _, _, err := h.Server.Directory.CreateMember(ctx, tx, access.System(c), m, false); err != nil {
						return err
					}
				}
			}
			return nil
		})
		users := func(n, from int) string {
			out := make([]string, n)
			for i := range out {
				out[i] = fmt.Sprintf(`"m%d"`, from+i)
			}
			return strings.Join(out, ",")
		}
		for _, row := range []struct {
			constant string
			most     int
			body     func(n int) string
		}{
			{"acquisition.maxName", 30, func(n int) string {
				return `{"link_name":"` + strings.Repeat("字", n) + `","range":{"user_list":["zhangsan"]}}`
			}},
			{"acquisition.maxPeople", 500, func(n int) string { return `{"link_name":"x","range":{"user_list":[` + users(n, 0) + `]}}` }},
			{"acquisition.maxPeople", 500, func(n int) string { // with the 499 of the department
				return `{"link_name":"x","range":{"department_list":[4],"user_list":[` + users(n-499, 499) + `]}}`
			}},
			{"acquisition.maxPriority", 1000, func(n int) string {
				return `{"link_name":"x","range":{"user_list":["zhangsan"]},"priority_option":{"priority_type":2,"priority_userid_list":[` + users(n, 0) + `]}}`
			}},
		} {
			for n, code := range map[int]int{row.most: 0, row.most + 1: 40058} {
				if got := h.Call(h.App, "create_link", row.body(n)); got.ErrCode != code {
					t.Errorf("%s: %d gives %s, want %d", row.constant, n, got.Body, code)
				}
			}
		}
	})
}

// TestDaysOfLinks: what days have brought is of the links that are asked for, and of none where none is.
func TestDaysOfLinks(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		a, b := h.create(h.App, `"user_list":["zhangsan"]`, ""), h.create(h.App, `"user_list":["lisi"]`, "")
		h.buy(10)
		h.come(a.URL, "Lin")
		h.come(b.URL, "He")
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			by := access.System(h.CorpID)
			l, err := h.Server.Acquisition.LinkOf(tx, by, a.LinkID)
			if err != nil {
				return err
			}
			day := customer.DayOf(tx.Now())
			for what, links := range map[string][]int64{"one": {l.No}, "none": nil} {
				got, err := h.Server.Acquisition.DayCounts(tx, h.CorpID, links, day, day)
				if err != nil {
					return err
				}
				if len(got) != len(links) || len(links) > 0 && got[l.No][day.Unix()].Added != 1 {
					t.Errorf("of %s: %v", what, got)
				}
			}
			return nil
		})
	})
}
