package approval_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"qiwei/qiweitest"
)

// TestLimits walks each limit at its value, one below and one above.
func TestLimits(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		text, attendance := h.template("买书", textControl), h.template("加班", attendanceControl(5, "hour", "加班"))
		files := h.template("附件", `{"property":{"control":"File","id":"File-1","title":[{"text":"附件","lang":"zh_CN"}]}}`)
		h.Play("vacations", `{"lists":[{"id":1,"name":"年假","time_attr":0,"quota_attr":{"type":2}},{"id":2,"name":"调休","time_attr":1,"quota_attr":{"type":2}}]}`)
		made, away := 0, h.Clock.Now().Unix()
		create := func(property, config string) int {
			made++
			return h.Call(h.App, "oa/approval/create_template", fmt.Sprintf(`{"template_name":[{"text":"t%d","lang":"zh_CN"}],"template_content":{"controls":[{"property":{%s},"config":{%s}}]}}`, made, property, config)).ErrCode
		}
		apply := func(old, new string) int {
			return h.Call(h.App, "oa/applyevent", strings.Replace(application("zhangsan", text, node(1, 1, "lisi"), textContent), old, new, 1)).ErrCode
		}
		tips := func(content string) int {
			return create(`"control":"Tips","id":"Tips-1","title":[{"text":"说明","lang":"zh_CN"}]`, `"tips":{"tips_content":[{"lang":"zh_CN","text":{"sub_text":[`+content+`]}}]}`)
		}
		quota := func(vacation, seconds, scale int) int {
			return h.Call(h.App, "oa/vacation/setoneuserquota", fmt.Sprintf(`{"userid":"lisi","vacation_id":%d,"leftduration":%d,"time_attr":%d}`, vacation, seconds, scale)).ErrCode
		}
		now := int(h.Clock.Now().Unix())
		for _, row := range []struct {
			constant    string
			most, above int
			code        func(n int) int
		}{
			{"form.maxTitle", 40, 301086, func(n int) int {
				return create(`"control":"Text","id":"Text-1","title":[{"text":"`+qiweitest.Letters(n)+`","lang":"zh_CN"}]`, "")
			}},
			{"form.maxTitle", 40, 301086, func(n int) int {
				return h.Call(h.App, "oa/approval/create_template", `{"template_name":[{"text":"`+qiweitest.Letters(n)+`","lang":"zh_CN"}],"template_content":{"controls":[`+textControl+`]}}`).ErrCode
			}},
			{"form.maxPlaceholder", 80, 301086, func(n int) int {
				return create(`"control":"Text","id":"Text-1","title":[{"text":"a","lang":"zh_CN"}],"placeholder":[{"text":"`+qiweitest.Letters(n)+`","lang":"zh_CN"}]`, "")
			}},
			{"form.maxTips", 800, 301086, func(n int) int {
				return tips(`{"type":1,"content":{"plain_text":{"content":"` + qiweitest.Letters(n-4) + `"}}},{"type":2,"content":{"link":{"title":"链接标题","url":"https://a.example/"}}}`)
			}},
			{"form.maxTipsURL", 600, 301086, func(n int) int {
				return tips(`{"type":2,"content":{"link":{"title":"t","url":"` + strings.Repeat("a", n) + `"}}}`)
			}},
			{"form.maxFiles", 6, 301025, func(n int) int {
				return h.Call(h.App, "oa/applyevent", application("zhangsan", files, node(1, 1, "lisi"), `{"control":"File","id":"File-1","value":{"files":`+qiweitest.Elements(`{"file_id":"`+h.upload("a.txt")+`"}`, n)+`}}`)).ErrCode
			}},
			{"form.maxOvertime", 7 * 24 * 3600, 301025, func(n int) int {
				away += 8 * 24 * 3600
				return h.Call(h.App, "oa/applyevent", application("lisi", attendance, node(1, 1, "lisi"),
					fmt.Sprintf(`{"control":"Attendance","id":"Attendance-1","value":{"attendance":{"type":5,"date_range":{"type":"hour","new_begin":%d,"new_end":%d}}}}`, away, away+int64(n)))).ErrCode
			}},
			{"approval.maxSummary", 3, 301025, func(n int) int {
				return apply(`[{"summary_info":[{"text":"摘要","lang":"zh_CN"}]}]`, qiweitest.Elements(`{"summary_info":[{"text":"#","lang":"zh_CN"}]}`, n))
			}},
			{"approval.maxSummaryText", 20, 301025, func(n int) int { return apply(`"摘要"`, `"`+qiweitest.Letters(n)+`"`) }},
			{"approval.maxPage", 100, 301025, func(n int) int {
				return h.Call(h.App, "oa/getapprovalinfo", fmt.Sprintf(`{"starttime":"%d","endtime":"%d","new_cursor":"","size":%d}`, now, now+1, n)).ErrCode
			}},
			{"approval.maxSpan", 31 * 24 * 3600, 301112, func(n int) int {
				return h.Call(h.App, "oa/getapprovalinfo", fmt.Sprintf(`{"starttime":%d,"endtime":%d}`, now, now+n)).ErrCode
			}},
			{"approval.maxDays", 10_000, 301063, func(n int) int { return quota(1, n*8640, 0) }},
			{"approval.maxHours", 240_000, 301063, func(n int) int { return quota(2, n*360, 1) }},
			{"approval.maxRemarks", 200, 301063, func(n int) int {
				return h.Call(h.App, "oa/vacation/setoneuserquota", `{"userid":"lisi","vacation_id":1,"leftduration":0,"time_attr":0,"remarks":"`+qiweitest.Letters(n)+`"}`).ErrCode
			}},
		} {
			for n, want := range map[int]int{row.most - 1: 0, row.most: 0, row.most + 1: row.above} {
				if got := row.code(n); got != want {
					t.Errorf("%s: %d of %d: %d, want %d", row.constant, n, row.most, got, want)
				}
			}
		}
	})
}

// upload uploads a file and returns its media_id.
func (h *house) upload(name string) string {
	h.T.Helper()
	var resp struct {
		MediaID string `json:"media_id"`
	}
	if got := h.App.Upload("/cgi-bin/media/upload?type=file", name, []byte("content of "+name)); got.ErrCode != 0 {
		h.T.Fatal(got.Body)
	} else if err := json.Unmarshal([]byte(got.Body), &resp); err != nil {
		h.T.Fatal(err)
	}
	return resp.MediaID
}

func attendanceControl(kind int, scale, title string) string {
	return fmt.Sprintf(`{"property":{"control":"Attendance","id":"Attendance-1","title":[{"text":%q,"lang":"zh_CN"}]},"config":{"attendance":{"type":%d,"date_range":{"type":%q}}}}`, title, kind, scale)
}
