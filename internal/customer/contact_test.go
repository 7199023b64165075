package customer_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"slices"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// TestCustomer: what a customer looks like from the first day on (doc 92114).
func TestCustomer(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		now := h.Clock.Now().Unix()
		lin := h.add(`{"userid":"ZhangSan","name":"Lin","unionid":"oLin","gender":2,"avatar":"https://x.example/lin","state":"booth7","add_way":10,"wechat_channels":{"nickname":"甲视频","source":2}}`)
		if !strings.HasPrefix(lin.External, "wm") || lin.Code == "" || lin.UserID != "ZhangSan" && lin.UserID != "zhangsan" {
			t.Errorf("added %+v", lin)
		}
		contact := fmt.Sprintf(`{"external_userid":%q,"name":"Lin","type":1,"avatar":"https://x.example/lin","gender":2,"unionid":"oLin"}`, lin.External)
		follow := func(rest string) string {
			return fmt.Sprintf(`{"userid":"zhangsan","remark":"","description":"","createtime":%d,"remark_mobiles":[],"add_way":10,"wechat_channels":{"nickname":"甲视频","source":2},"oper_userid":%q,"state":"booth7"%s}`, now, lin.External, rest)
		}
		if got := h.must("get", `{"external_userid":"`+lin.External+`"}`); got.Body != `{"errcode":0,"errmsg":"ok","external_contact":`+contact+`,"follow_user":[`+follow("")+`]}` {
			t.Errorf("get: %s", got.Body)
		}
		if got := h.must("list", `{"userid":"zhangsan"}`); got.Body != `{"errcode":0,"errmsg":"ok","external_userid":["`+lin.External+`"]}` {
			t.Errorf("list: %s", got.Body)
		}
		want := `{"errcode":0,"errmsg":"ok","external_contact_list":[{"external_contact":` + contact + `,"follow_info":` + follow(`,"tag_id":[]`) + `}],"next_cursor":"","fail_info":{"unlicensed_userid_list":[]}}`
		for _, body := range []string{`{"userid_list":["zhangsan","ZhangSan"]}`, `{"userid":"zhangsan"}`} { // older clients send one
			if got := h.must("batch/get_by_user", body); got.Body != want {
				t.Errorf("batch: %s\nwant %s", got.Body, want)
			}
		}
		again := h.add(`{"userid":"lisi","name":"another name","unionid":"oLin","by":"member"}`)
		if again.External != lin.External {
			t.Errorf("one unionid, two customers: %s, %s", lin.External, again.External)
		}
		if got := h.must("get", `{"external_userid":"`+lin.External+`"}`); !strings.Contains(got.Body, `"name":"Lin"`) || !strings.Contains(got.Body, `"oper_userid":"lisi"`) {
			t.Errorf("followed by two: %s", got.Body)
		}
		if twin := h.addIn(h.Second, `{"userid":"zhangsan","name":"Lin","unionid":"oLin"}`); twin.External == lin.External {
			t.Error("two enterprises know one customer by one id")
		}
		colleague := h.add(`{"userid":"wangwu","name":"He","type":2,"position":"经理","corp_name":"乙","corp_full_name":"乙有限公司","external_profile":{"external_attr":[{"type":0,"name":"专长","text":{"value":"茶"}}]}}`)
		if !strings.HasPrefix(colleague.External, "wo") || colleague.Code != "" {
			t.Errorf("a member of another corp: %+v", colleague)
		}
		profile := `"position":"经理","corp_name":"乙","corp_full_name":"乙有限公司","external_profile":{"external_attr":[{"type":0,"name":"专长","text":{"value":"茶"}}]}`
		if got := h.must("get", `{"external_userid":"`+colleague.External+`"}`); !strings.Contains(got.Body, profile) {
			t.Errorf("a member of another corp: %s", got.Body)
		}
	})
}

// TestStanding: who has removed whom decides which calls work (doc 90313, 84061).
func TestStanding(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		lin := h.add(`{"userid":"zhangsan","name":"Lin"}`)
		of := fmt.Sprintf(`{"userid":"zhangsan","external_userid":%q`, lin.External)
		h.done(h.Corp, "remove", of+`}`, nil)
		h.must("remark", of+`,"remark":"one way"}`)
		h.must("list", `{"userid":"zhangsan"}`)
		if got := followers(h.app, lin.External); !slices.Equal(got, []string{"zhangsan"}) {
			t.Errorf("removed by the customer: %v", got)
		}
		if status, text := h.script(h.CorpID, "remove", of+`}`); status == 200 {
			t.Errorf("removed twice: %s", text)
		}
		h.Advance(time.Hour)
		h.add(of + `}`) // friends again
		if got := h.must("get", `{"external_userid":"`+lin.External+`"}`); !strings.Contains(got.Body, fmt.Sprintf(`"remark":"one way","description":"","createtime":%d`, h.Clock.Now().Unix())) {
			t.Errorf("friends again: %s", got.Body)
		}
		if status, text := h.script(h.CorpID, "add", of+`}`); status == 200 {
			t.Errorf("friends twice: %s", text)
		}
		h.done(h.Corp, "remove", of+`,"by":"member"}`, nil)
		h.refused("remark", []refusal{{"removed by the member", of + `,"remark":"x"}`, 84061}})
		h.refused("get", []refusal{{"followed by nobody", of + `}`, 84061}})
		h.refused("list", []refusal{{"the last one has gone", of + `}`, 84061}})

		half := h.add(`{"userid":"lisi","name":"Half","half":true}`)
		of = fmt.Sprintf(`{"userid":"lisi","external_userid":%q`, half.External)
		h.refused("remark", []refusal{{"not confirmed", of + `,"remark":"x"}`, 84061}})
		h.refused("list", []refusal{{"not confirmed", of + `}`, 84061}})
		if got := followers(h.app, half.External); !slices.Equal(got, []string{"lisi"}) {
			t.Errorf("not confirmed: %v", got)
		}
		h.add(of + `}`)
		h.must("remark", of+`,"remark":"x"}`)
	})
}

// TestRemark: a note keeps what is not given, and each of its bounds (doc 92115).
func TestRemark(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		lin := h.add(`{"userid":"zhangsan","name":"Lin"}`)
		of := fmt.Sprintf(`{"userid":"zhangsan","external_userid":%q`, lin.External)
		note := func() string {
			got := h.must("get", of+`}`).Body
			return got[strings.Index(got, `"remark"`):strings.Index(got, `,"add_way"`)]
		}
		h.must("remark", of+`,"remark":"林","description":"茶","remark_company":"乙","remark_mobiles":["138","139"]}`)
		h.must("remark", of+`,"description":""}`)
		at := h.Clock.Now().Unix()
		if got, want := note(), fmt.Sprintf(`"remark":"林","description":"","createtime":%d,"remark_corp_name":"乙","remark_mobiles":["138","139"]`, at); got != want {
			t.Errorf("%s, want %s", got, want)
		}
		h.must("remark", of+`,"remark_mobiles":[""]}`)
		if got := note(); !strings.HasSuffix(got, `"remark_mobiles":[]`) {
			t.Errorf("mobiles emptied: %s", got)
		}
		for range 2 { // the second takes the place of the first
			h.must("remark", of+`,"remark_pic_mediaid":"`+h.picture()+`"}`)
		}
		h.must("remark", of+`,"remark_pic_mediaid":""}`)
		h.refused("remark", []refusal{
			{"nothing", of + `}`, 40058},
			{"an empty list is nothing", of + `,"remark_mobiles":[]}`, 40058},
			{"a picture of nobody", of + `,"remark_pic_mediaid":"x"}`, 40007},
			{"no member", fmt.Sprintf(`{"external_userid":%q,"remark":"x"}`, lin.External), 41009},
			{"no customer", `{"userid":"zhangsan","remark":"x"}`, 41035},
		})
		if events := h.Corp.Events(); len(events) != 1 {
			t.Errorf("events %v; want the arrival alone", events)
		}
	})
}

// uploaded uploads a file and returns its media_id.
func (h *house) uploaded(kind, name string, content []byte) string {
	h.t.Helper()
	var file struct {
		MediaID string `json:"media_id"`
	}
	got := h.app.Upload("/cgi-bin/media/upload?type="+kind, name, content)
	if got.Decode(&file); file.MediaID == "" {
		h.t.Fatalf("upload: %s", got.Body)
	}
	return file.MediaID
}

// picture uploads one.
func (h *house) picture() string {
	h.t.Helper()
	var content bytes.Buffer
	if err := jpeg.Encode(&content, image.NewGray(image.Rect(0, 0, 8, 8)), nil); err != nil {
		h.t.Fatal(err)
	}
	return h.uploaded("image", "a.jpg", content.Bytes())
}

// TestBatch reads the customers of several members in pages.
func TestBatch(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		var want []string
		for i := range 7 {
			user := []string{"zhangsan", "lisi"}[i/4]
			want = append(want, user+" "+h.add(fmt.Sprintf(`{"userid":%q,"name":"n%d"}`, user, i)).External)
		}
		h.add(`{"userid":"wangwu","name":"not asked for"}`)
		h.add(`{"userid":"lisi","name":"half","half":true}`)
		for _, limit := range []int{0, 1, 2, 4, 7, 1000} {
			var got []string
			cursor, pages := "", 0
			for {
				var page struct {
					List []struct {
						Contact struct {
							External string `json:"external_userid"`
						} `json:"external_contact"`
						Follow struct{ UserID string } `json:"follow_info"`
					} `json:"external_contact_list"`
					Next string `json:"next_cursor"`
				}
				h.must("batch/get_by_user", fmt.Sprintf(`{"userid_list":["lisi","zhangsan"],"cursor":%q,"limit":%d}`, cursor, limit)).Decode(&page)
				for _, one := range page.List {
					got = append(got, one.Follow.UserID+" "+one.Contact.External)
				}
				pages++
				if cursor = page.Next; cursor == "" {
					break
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("limit %d: %v, want %v", limit, got, want)
			}
			if limit > 0 && limit < 7 && pages != (7+limit-1)/limit {
				t.Errorf("limit %d: %d pages", limit, pages)
			}
		}
		var first struct {
			Next string `json:"next_cursor"`
		}
		h.must("batch/get_by_user", `{"userid_list":["lisi","zhangsan"],"limit":1}`).Decode(&first)
		h.refused("batch/get_by_user", []refusal{
			{"a cursor of another list", fmt.Sprintf(`{"userid_list":["lisi"],"cursor":%q}`, first.Next), 50100},
			{"nobody", `{}`, 40058},
			{"an unknown member", `{"userid_list":["zhangsan","nobody"]}`, 60111},
		})
	})
}

// TestManyFollowers: a customer of more than 500 members is told in pages (doc 92114).
func TestManyFollowers(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		lin := h.add(`{"userid":"zhangsan","name":"Lin"}`)
		const members = 501
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			by := access.System(h.CorpID)
			for i := range members - 1 {
				m := directory.Member{UserID: id.UserID(fmt.Sprintf("m%03d", i)), Name: "成员", Email: fmt.Sprintf("m%d@corp.example", i), Enabled: true, Places: []directory.Place{{Department: 4}}}
				if _, _, err := h.Server.Directory.CreateMember(ctx, tx, by, m, false); err != nil {
					return err
				}
				if _, _, err := h.Server.Customers.Befriend(ctx, tx, by, customer.Arrival{External: id.ExternalID(lin.External), UserID: m.UserID, Contact: customer.Contact{Kind: customer.WeChat}}); err != nil {
					return err
				}
			}
			return nil
		})
		seen := map[string]bool{}
		cursor := ""
		for _, want := range []int{500, 1} {
			var page struct {
				Follow []struct{ UserID string } `json:"follow_user"`
				Next   string                    `json:"next_cursor"`
			}
			got := h.must("get", fmt.Sprintf(`{"external_userid":%q,"cursor":%q}`, lin.External, cursor))
			got.Decode(&page)
			for _, f := range page.Follow {
				seen[f.UserID] = true
			}
			if len(page.Follow) != want || (page.Next == "") != (want == 1) || strings.Contains(got.Body, `"next_cursor"`) != (want == 500) {
				t.Errorf("%d followers, next %q; want %d", len(page.Follow), page.Next, want)
			}
			cursor = page.Next
		}
		if len(seen) != members {
			t.Errorf("%d of %d seen", len(seen), members)
		}
	})
}
