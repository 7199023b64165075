package customer_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

func letters(n int) string { return strings.Repeat("字", n) }

// list writes n elements, # in them being their number.
func list(element string, n int) string {
	out := make([]string, n)
	for i := range out {
		out[i] = strings.ReplaceAll(element, "#", strconv.Itoa(i))
	}
	return "[" + strings.Join(out, ",") + "]"
}

// TestLimits walks each limit at its value, one below and one above.
func TestLimits(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		lin := h.add(`{"userid":"zhangsan","name":"Lin"}`)
		of := fmt.Sprintf(`{"userid":"zhangsan","external_userid":%q`, lin.External)
		h.crowd(101)
		h.medical()
		note := func(field, text string) int { return h.call("remark", of+`,"`+field+`":"`+text+`"}`).ErrCode }
		welcome := func(content string) int {
			a := h.add(`{"userid":"zhangsan","name":"x"}`)
			return h.call("send_welcome_msg", `{"welcome_code":"`+a.Code+`",`+content+`}`).ErrCode
		}
		link := func(fields string) int {
			return welcome(`"attachments":[{"msgtype":"link","link":{` + fields + `}}]`)
		}
		const site = "https://x.example/"
		tag, picture := 0, h.picture()
		for _, row := range []struct {
			constant    string
			most, above int
			code        func(n int) int
		}{
			{"customer.maxRemark", 20, 40058, func(n int) int { return note("remark", letters(n)) }},
			{"customer.maxDescription", 150, 40058, func(n int) int { return note("description", letters(n)) }},
			{"customer.maxCompany", 20, 40058, func(n int) int { return note("remark_company", letters(n)) }},
			{"customer.maxBatchUsers", 100, 40058, func(n int) int {
				return h.call("batch/get_by_user", `{"userid_list":`+list(`"m#"`, n)+`}`).ErrCode
			}},
			{"customer.maxTagName", 30, 40072, func(n int) int {
				tag++
				return h.call("add_corp_tag", fmt.Sprintf(`{"group_name":"g","tag":[{"name":"%d%s"}]}`, tag, letters(n-1))).ErrCode
			}},
			{"customer.maxOrder", 1<<32 - 1, 40058, func(n int) int {
				tag++
				return h.call("add_corp_tag", fmt.Sprintf(`{"group_name":"g","tag":[{"name":"o%d","order":%d}]}`, tag, n)).ErrCode
			}},
			{"customer.maxText", 4000, 40058, func(n int) int { return welcome(`"text":{"content":"` + strings.Repeat("a", n) + `"}`) }},
			{"customer.maxAttachments", 9, 41064, func(n int) int {
				return welcome(`"attachments":` + list(`{"msgtype":"link","link":{"title":"t","url":"`+site+`"}}`, n))
			}},
			{"customer.maxLinkTitle", 128, 40058, func(n int) int { return link(`"title":"` + strings.Repeat("a", n) + `","url":"` + site + `"`) }},
			{"customer.maxLinkText", 512, 40058, func(n int) int {
				return link(`"title":"t","desc":"` + strings.Repeat("a", n) + `","url":"` + site + `"`)
			}},
			{"customer.maxLinkURL", 2048, 40058, func(n int) int { return link(`"title":"t","url":"` + site + strings.Repeat("a", n-len(site)) + `"`) }},
			{"customer.maxLinkURL", 2048, 40058, func(n int) int {
				return link(`"title":"t","url":"` + site + `","picurl":"` + site + strings.Repeat("a", n-len(site)) + `"`)
			}},
			{"customer.maxProgramTitle", 64, 40058, func(n int) int {
				return welcome(fmt.Sprintf(`"attachments":[{"msgtype":"miniprogram","miniprogram":{"title":"%s","pic_media_id":%q,"appid":"wx1","page":"/p"}}]`, strings.Repeat("a", n), picture))
			}},
			{"customer.maxWayMembers", 100, 41041, func(n int) int {
				return h.call("add_contact_way", `{"type":2,"scene":2,"user":`+list(`"m#"`, n)+`}`).ErrCode
			}},
			{"customer.maxWayMembers", 100, 41041, func(n int) int { // with the one of the department
				return h.call("add_contact_way", `{"type":2,"scene":2,"party":[4],"user":`+list(`"m#"`, n-1)+`}`).ErrCode
			}},
			{"customer.maxWayRemark", 30, 40058, func(n int) int {
				return h.call("add_contact_way", `{"type":1,"scene":2,"user":["lisi"],"remark":"`+letters(n)+`"}`).ErrCode
			}},
			{"customer.maxTemporary", 14 * 24 * 3600, 40058, func(n int) int {
				return h.call("add_contact_way", fmt.Sprintf(`{"type":1,"scene":2,"user":["lisi"],"is_temp":true,"expires_in":%d}`, n)).ErrCode
			}},
			{"customer.maxTemporary", 14 * 24 * 3600, 40058, func(n int) int {
				return h.call("add_contact_way", fmt.Sprintf(`{"type":1,"scene":2,"user":["lisi"],"is_temp":true,"chat_expires_in":%d}`, n)).ErrCode
			}},
			{"customer.maxState", 30, 40058, func(n int) int {
				return h.call("add_contact_way", `{"type":1,"scene":2,"user":["lisi"],"state":"`+letters(n)+`"}`).ErrCode
			}},
			{"customer.maxTransfers", 100, 40058, func(n int) int {
				return h.call("transfer_customer", `{"handover_userid":"zhangsan","takeover_userid":"lisi","external_userid":`+list(`"x#"`, n)+`}`).ErrCode
			}},
			{"customer.maxStatMembers", 100, 40058, func(n int) int {
				return h.call("get_user_behavior_data", fmt.Sprintf(`{"userid":%s,"start_time":%d,"end_time":%d}`, list(`"m#"`, n), h.Clock.Now().Unix(), h.Clock.Now().Unix())).ErrCode
			}},
			{"customer.maxStatParties", 100, 40058, func(n int) int {
				return h.call("get_user_behavior_data", fmt.Sprintf(`{"partyid":[%s],"start_time":%d,"end_time":%d}`, strings.TrimSuffix(strings.Repeat("2,", n), ","), h.Clock.Now().Unix(), h.Clock.Now().Unix())).ErrCode
			}},
			{"customer.maxTransferMessage", 200, 40058, func(n int) int {
				return h.call("transfer_customer", `{"handover_userid":"zhangsan","takeover_userid":"lisi","external_userid":["x"],"transfer_success_msg":"`+letters(n)+`"}`).ErrCode
			}},
		} {
			for n, want := range map[int]int{row.most - 1: 0, row.most: 0, row.most + 1: row.above} {
				if got := row.code(n); got != want {
					t.Errorf("%s: %d of %d: %d, want %d", row.constant, n, row.most, got, want)
				}
			}
		}
		if status, text := h.script(h.CorpID, "add", `{"userid":"lisi","name":"x","state":"`+letters(31)+`"}`); status == 200 {
			t.Errorf("a state of 31 characters: %s", text)
		}
	})
}

// crowd makes members m0, m1, … in 后端组, who have signed in.
func (h *house) crowd(n int) {
	h.t.Helper()
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		for i := range n {
			m := directory.Member{UserID: id.UserID(fmt.Sprintf("m%d", i)), Name: "成员", Email: fmt.Sprintf("m%d@corp.example", i), Enabled: true, Activated: true,
				Places: []directory.Place{{Department: 3}}}
			if _, _, err := h.Server.Directory.CreateMember(ctx, tx, access.System(h.CorpID), m, false); err != nil {
				return err
			}
		}
		return nil
	})
}

// TestManyTags: a corp has 10,000 tags, and a member gives a customer 3,000 of them.
func TestManyTags(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		var made group
		h.must("add_corp_tag", `{"group_name":"g","tag":`+list(`{"name":"t#"}`, 9999)+`}`).Decode(&made)
		h.refused("add_corp_tag", []refusal{
			{"too many at once", `{"group_name":"h","tag":[{"name":"a"},{"name":"b"}]}`, 40126}, {"the last", `{"group_name":"h","tag":[{"name":"a"}]}`, 0},
			{"one too many", `{"group_name":"h","tag":[{"name":"b"}]}`, 40126},
		})
		h.must("del_corp_tag", `{"tag_id":["`+made.Group.Tags[9998].ID+`"]}`)
		h.refused("add_corp_tag", []refusal{{"in the place of one that has gone", `{"group_name":"h","tag":[{"name":"b"}]}`, 0}})

		lin := h.add(`{"userid":"zhangsan","name":"Lin"}`)
		mark := func(add, remove []string) string {
			return fmt.Sprintf(`{"userid":"zhangsan","external_userid":%q,"add_tag":[%s],"remove_tag":[%s]}`, lin.External, strings.Join(add, ","), strings.Join(remove, ","))
		}
		var ids []string
		for _, t := range made.Group.Tags[:3001] {
			ids = append(ids, strconv.Quote(t.ID))
		}
		h.refused("mark_tag", []refusal{
			{"too many", mark(ids, nil), 40144}, {"all but one", mark(ids[:2999], nil), 0}, {"the last", mark(ids[2999:3000], nil), 0},
			{"one too many", mark(ids[3000:], nil), 40144}, {"one for another", mark(ids[3000:], ids[:1]), 0},
		})
	})
}
