package mcp_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/meeting"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// desk is a member's robot at work: the addresses of its categories, and the tools that it has used.
type desk struct {
	*house
	at   map[string]string
	used map[string]bool
}

func work(h *house, user string) *desk {
	d := &desk{h, map[string]string{}, map[string]bool{}}
	for _, category := range []string{"contact", "doc", "meeting", "msg", "schedule", "todo"} {
		h.allow(user, category)
		d.at[category] = h.address(category)
	}
	return d
}

// do uses a tool, which must answer the code.
func (d *desk) do(category, tool string, code int, args string, headers ...string) qiweitest.JSON {
	d.t.Helper()
	d.used[category+"/"+tool] = true
	got := d.use(d.at[category], tool, rawJSON(args), headers...)
	if got.Code() != code {
		d.t.Errorf("%s %s: %v, want %d", tool, args, got, code)
	}
	return got
}

// rawJSON is JSON that is sent as it is written.
type rawJSON string

func (r rawJSON) MarshalJSON() ([]byte, error) { return []byte(r), nil }

// A robot uses every tool, and what it does is seen elsewhere.
func TestEveryTool(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		d := work(h, "zhangsan")
		d.meetings() // before a rule hides somebody
		d.contact()
		d.todos()
		d.schedules()
		d.messages()
		d.texts()
		d.sheets()
		d.pages()
		d.smartsheets()
		for category, url := range d.at {
			for _, line := range qiweitest.Lines(d.rpc(url, "tools/list", nil).List("result.tools"), "name") {
				if !d.used[category+"/"+line] {
					t.Errorf("%s was not used", line)
				}
			}
		}
	})
}

func (d *desk) contact() {
	got := d.do("contact", "get_userlist", 0, `{}`)
	if lines := strings.Join(qiweitest.Lines(got.List("userlist"), "userid", "name"), ", "); lines != "zhangsan 张三, lisi 李四, wangwu 王五" {
		d.t.Errorf("get_userlist: %s", lines)
	}
	// A rule hides somebody from the member.
	d.hide("wangwu")
	if got := d.do("contact", "get_userlist", 0, `{}`).List("userlist"); len(got) != 2 {
		d.t.Errorf("with wangwu hidden: %v", got)
	}
}

func (d *desk) todos() {
	if got := d.do("todo", "search_todo_userid", 0, `{"keyword":"李"}`); len(got.List("userlist")) != 1 || got.Text("userlist.0.userid") != "lisi" {
		d.t.Errorf("search: %v", got)
	}
	if got := d.do("todo", "search_todo_userid", 0, `{"keyword":"1380000"}`); len(got.List("userlist")) != 0 {
		d.t.Errorf("a telephone number is no name: %v", got)
	}
	d.do("todo", "search_todo_userid", 40063, `{}`)
	d.do("todo", "search_todo_userid", 40058, `{"keyword":{}}`)
	made := d.do("todo", "create_todo", 0, `{"content":"写周报","follower_list":{"followers":[{"follower_id":"lisi","follower_status":1},{"follower_id":"zhangsan"}]},"end_time":"2031-01-08 09:00:00","remind_type_list":[3,7]}`)
	todoID := made.Text("todo_id")
	if got := d.Phone("lisi").Ask("todos?box=open").List("todos"); len(got) != 1 {
		d.t.Errorf("lisi's page: %v", got)
	}
	d.do("todo", "create_todo", 40063, `{"content":"a"}`)
	d.do("todo", "create_todo", 60111, `{"content":"a","follower_list":{"followers":[{"follower_id":"nix"}]}}`)
	d.do("todo", "create_todo", 40058, `{"content":"a","follower_list":{"followers":[]},"end_time":"tomorrow"}`)
	d.do("todo", "update_todo", 0, `{"todo_id":"`+todoID+`","content":"写月报","follower_list":{"followers":[{"follower_id":"lisi","follower_status":2}]}}`)
	d.do("todo", "change_todo_user_status", 0, `{"todo_id":"`+todoID+`","follower_id":"lisi","user_status":"0"}`)
	d.do("todo", "change_todo_user_status", 40058, `{"todo_id":"`+todoID+`","follower_id":"lisi","user_status":3}`)
	got := d.do("todo", "get_todo_detail", 0, `{"todo_id_list":["`+todoID+`"]}`)
	if line := strings.Join(qiweitest.Lines(got.List("data_list"), "content", "todo_status", "creator_id", "end_time", "follower_list.followers.0.follower_id", "follower_list.followers.0.follower_status", "follower_list.followers.1"), ""); line != "写月报 1 zhangsan 2031-01-08 09:00:00 lisi 0" {
		d.t.Errorf("detail: %s", line)
	}
	for i := range 11 {
		d.do("todo", "create_todo", 0, fmt.Sprintf(`{"content":"第%d","follower_list":{"followers":[]}}`, i))
	}
	first := d.do("todo", "get_todo_list", 0, `{"follower_id":"zhangsan"}`)
	rest := d.do("todo", "get_todo_list", 0, `{"follower_id":"zhangsan","cursor":"`+first.Text("next_cursor")+`"}`)
	if len(first.List("index_list")) != 10 || first.At("has_more") != true || len(rest.List("index_list")) != 2 || rest.Text("next_cursor") != "" {
		d.t.Errorf("list: %v, %v", first, rest)
	}
	d.do("todo", "get_todo_list", 0, `{"follower_id":"zhangsan","limit":20}`)
	d.do("todo", "get_todo_list", 40058, `{"follower_id":"zhangsan","limit":21}`)
	d.do("todo", "get_todo_list", 40058, `{"follower_id":"zhangsan","cursor":"nix"}`)
	d.do("todo", "get_todo_list", 0, `{"follower_id":"zhangsan","create_begin_time":"2030-12-07 00:00:00"}`)
	d.do("todo", "get_todo_list", 40058, `{"follower_id":"zhangsan","create_begin_time":"2030-12-06 23:59:59"}`)
	d.do("todo", "get_todo_list", 0, `{"follower_id":"zhangsan","deadline_end_time":"2031-02-05 23:59:59"}`)
	d.do("todo", "get_todo_list", 40058, `{"follower_id":"zhangsan","deadline_end_time":"2031-02-06 00:00:00"}`)
	// Another member's robot sees neither the to-do nor its existence.
	d.allow("wangwu", "todo")
	d.at["todo"] = d.address("todo")
	d.do("todo", "get_todo_detail", 40058, `{"todo_id_list":["`+todoID+`"]}`, "x-openclaw-wecom-userid", "wangwu")
	d.do("todo", "delete_todo", 40058, `{"todo_id":"`+todoID+`"}`, "x-openclaw-wecom-userid", "wangwu")
	d.do("todo", "delete_todo", 0, `{"todo_id":"`+todoID+`"}`, "x-openclaw-wecom-userid", "zhangsan")
	ids := strings.Repeat(`"`+todoID+`",`, 19) + `"` + todoID + `"`
	d.do("todo", "get_todo_detail", 0, `{"todo_id_list":[`+ids+`]}`, "x-openclaw-wecom-userid", "ZhangSan")
	d.do("todo", "get_todo_detail", 40058, `{"todo_id_list":[`+ids+`,"`+todoID+`"]}`, "x-openclaw-wecom-userid", "zhangsan")
}

func (d *desk) schedules() {
	made := d.do("schedule", "create_schedule", 0, `{"schedule":{"start_time":"2031-01-07 10:00:00","end_time":"2031-01-07 11:00","summary":"评审","attendees":[{"userid":"lisi"}],"reminders":{"is_remind":1,"remind_before_event_secs":3600,"timezone":8}}}`).Text("schedule_id")
	d.do("schedule", "create_schedule", 40058, `{"schedule":{"summary":"无时间"}}`)
	d.do("schedule", "create_schedule", 60111, `{"schedule":{"start_time":"2031-01-07 10:00:00","end_time":"2031-01-07 11:00:00","attendees":[{"userid":"nix"}]}}`)
	d.do("schedule", "update_schedule", 0, `{"schedule":{"schedule_id":"`+made+`","summary":"技术评审"}}`)
	d.do("schedule", "add_schedule_attendees", 0, `{"schedule_id":"`+made+`","attendees":[{"userid":"zhangsan"}]}`)
	d.do("schedule", "del_schedule_attendees", 0, `{"schedule_id":"`+made+`","attendees":[{"userid":"lisi"}]}`)
	got := d.do("schedule", "get_schedule_detail", 0, `{"schedule_id_list":["`+made+`"]}`)
	if line := qiweitest.Lines(got.List("schedule"), "summary", "attendees.0.userid", "attendees.1", "reminders.remind_before_event_secs", "start_time")[0]; line != "技术评审 zhangsan 3600 1.9255176e+09" {
		d.t.Errorf("detail: %s", line)
	}
	if got := d.do("schedule", "get_schedule_list_by_range", 0, `{"start_time":"2031-01-07","end_time":"2031-01-07"}`).List("schedule_id_list"); len(got) != 1 {
		d.t.Errorf("list: %v", got)
	}
	d.do("schedule", "get_schedule_list_by_range", 0, `{"start_time":"2030-12-07 00:00:00","end_time":"2031-02-05 23:59:59"}`)
	d.do("schedule", "get_schedule_list_by_range", 40058, `{"start_time":"2030-12-06 23:59:59","end_time":"2031-01-07 00:00:00"}`)
	d.do("schedule", "get_schedule_list_by_range", 40058, `{"start_time":"2031-01-07","end_time":"2031-02-06 00:00:00"}`)
	busy := d.do("schedule", "check_availability", 0, `{"check_user_list":["zhangsan","lisi"],"start_time":"2031-01-07 00:00:00","end_time":"2031-01-08 00:00:00"}`)
	if lines := strings.Join(qiweitest.Lines(busy.List("user_busy_list"), "userid", "busy_slots.0.start_time", "busy_slots.0.subject"), ", "); lines != "zhangsan 2031-01-07 10:00:00 技术评审, lisi" {
		d.t.Errorf("busy: %s", lines)
	}
	if got := d.do("schedule", "check_availability", 60111, `{"check_user_list":["lisi","wangwu"],"start_time":"2031-01-07","end_time":"2031-01-08"}`); !strings.Contains(got.Text("errmsg"), "check_user_list[1]") {
		d.t.Errorf("a member whom a rule hides from the one who asks: %v", got)
	}
	d.do("schedule", "check_availability", 40058, `{"check_user_list":["a","b","c","d","e","f","g","h","i","j","k"],"start_time":"2031-01-07","end_time":"2031-01-08"}`)
	d.do("schedule", "get_schedule_detail", 90461, `{"schedule_id_list":["nix"]}`)
	d.do("schedule", "cancel_schedule", 0, `{"schedule_id":"`+made+`"}`)
	d.do("schedule", "cancel_schedule", 90460, `{"schedule_id":"`+made+`"}`)
}

func (d *desk) messages() {
	d.do("msg", "send_message", 0, `{"chat_type":1,"chatid":"lisi","msgtype":"text","text":{"content":"你好"}}`)
	d.do("msg", "send_message", 0, `{"chat_type":1,"chatid":"lisi","msgtype":"text","text":{"content":"`+strings.Repeat("a", 2048)+`"}}`)
	d.do("msg", "send_message", 40058, `{"chat_type":1,"chatid":"lisi","msgtype":"text","text":{"content":"`+strings.Repeat("a", 2049)+`"}}`)
	d.do("msg", "send_message", 40058, `{"chat_type":1,"chatid":"lisi","msgtype":"image","text":{"content":"a"}}`)
	d.do("msg", "send_message", 40058, `{"chat_type":3,"chatid":"lisi","msgtype":"text","text":{"content":"a"}}`)
	d.do("msg", "send_message", 60111, `{"chat_type":1,"chatid":"nix","msgtype":"text","text":{"content":"a"}}`)
	group := d.Phone("lisi").Does("chats/groups", 200, qiweitest.JSON{"name": "项目", "add": []string{"zhangsan", "wangwu"}}).Text("chatid")
	d.do("msg", "send_message", 0, `{"chat_type":2,"chatid":"`+group+`","msgtype":"text","text":{"content":"大家好"}}`)
	d.do("msg", "send_message", 86003, `{"chat_type":2,"chatid":"nix","msgtype":"text","text":{"content":"a"}}`)
	d.picture("lisi", "zhangsan")
	span := `"begin_time":"` + d.day(-7) + `","end_time":"` + d.day(1) + `"`
	chats := d.do("msg", "get_msg_chat_list", 0, `{`+span+`}`)
	if lines := qiweitest.Lines(chats.List("chats"), "chat_name", "msg_count"); len(lines) != 2 || strings.Join(lines, ", ") != "李四 3, 项目 1" && strings.Join(lines, ", ") != "项目 1, 李四 3" {
		d.t.Errorf("chats: %q", lines)
	}
	d.do("msg", "get_msg_chat_list", 40058, `{"begin_time":"`+d.day(-9)+`","end_time":"`+d.day(1)+`"}`)
	got := d.do("msg", "get_message", 0, `{"chat_type":1,"chatid":"lisi",`+span+`}`)
	if lines := qiweitest.Lines(got.List("messages"), "userid", "msgtype"); strings.Join(lines, ", ") != "zhangsan text, zhangsan text, lisi image" {
		d.t.Errorf("messages: %q", lines)
	}
	d.do("msg", "get_message", 86003, `{"chat_type":2,"chatid":"nix",`+span+`}`)
	media := got.Text("messages.2.image.media_id")
	if item := d.do("msg", "get_msg_media", 0, `{"media_id":"`+media+`"}`); item.Text("media_item.type") != "image" || item.Text("media_item.content_type") != "image/png" || item.Text("media_item.base64_data") != png {
		d.t.Errorf("media: %v", item)
	}
	d.do("msg", "get_msg_media", 40007, `{"media_id":"nix"}`)
	// Who is not in the conversation does not have the file, with its name or without.
	d.allow("wangwu", "msg")
	d.at["msg"] = d.address("msg")
	d.do("msg", "get_msg_media", 40007, `{"media_id":"`+media+`"}`, "x-openclaw-wecom-userid", "wangwu")
}

func (d *desk) meetings() {
	made := d.do("meeting", "create_meeting", 0, `{"title":"周例会","meeting_start_datetime":"2031-01-07 15:00","meeting_duration":3600,"location":"三楼","invitees":{"userid":["lisi"]},"settings":{"enable_waiting_room":true,"remind_scope":3}}`)
	meetingID := made.Text("meetingid")
	if made.Text("meeting_code") == "" || !strings.HasPrefix(made.Text("meeting_link"), d.URL) || made.At("excess_users") == nil {
		d.t.Errorf("created: %v", made)
	}
	d.do("meeting", "create_meeting", 40063, `{"title":"a","meeting_duration":3600}`)
	d.do("meeting", "create_meeting", 40058, `{"title":"a","meeting_start_datetime":"soon","meeting_duration":3600}`)
	d.do("meeting", "set_invite_meeting_members", 0, `{"meetingid":"`+meetingID+`","invitees":[{"userid":"wangwu"}]}`)
	for _, args := range []string{`{"meetingid":"` + meetingID + `"}`, `{"meeting_code":"` + made.Text("meeting_code") + `"}`} {
		got := d.do("meeting", "get_meeting_info", 0, args)
		if got.Text("title") != "周例会" || got.Text("meeting_start_datetime") != "2031-01-07 15:00" || got.At("settings.enable_waiting_room") != true || len(got.List("attendees.member")) != 2 || got.At("meeting_start") != nil {
			d.t.Errorf("info: %v", got)
		}
	}
	d.do("meeting", "get_meeting_info", 40058, `{}`)
	if got := d.do("meeting", "list_user_meetings", 0, `{"begin_datetime":"2031-01-01 00:00","end_datetime":"2031-01-31 23:59","limit":100}`); fmt.Sprint(got.List("meetingid_list")) != "["+meetingID+"]" {
		d.t.Errorf("list: %v", got)
	}
	if got := d.do("meeting", "list_user_meetings", 0, `{"end_datetime":"2031-01-07 14:59"}`); len(got.List("meetingid_list")) != 0 {
		d.t.Errorf("list of earlier ones: %v", got)
	}
	d.do("meeting", "list_user_meetings", 40058, `{"limit":101}`)
	d.do("meeting", "list_user_meetings", 40058, `{"begin_datetime":"2030-12-06 23:59"}`)
	// Who is not invited neither sees nor cancels it; who is invited does not cancel it.
	for user, want := range map[string][2]int{"lisi": {d.notTheirs(), d.notTheirs()}, "wangwu": {0, d.notTheirs()}} {
		d.allow(user, "meeting")
		d.at["meeting"] = d.address("meeting")
		d.do("meeting", "get_meeting_info", want[0], `{"meetingid":"`+meetingID+`"}`, "x-openclaw-wecom-userid", user)
		d.do("meeting", "cancel_meeting", want[1], `{"meetingid":"`+meetingID+`"}`, "x-openclaw-wecom-userid", user)
	}
	d.do("meeting", "cancel_meeting", 0, `{"meetingid":"`+meetingID+`"}`, "x-openclaw-wecom-userid", "zhangsan")
}

func (*desk) notTheirs() int { return meeting.ErrNotYours.Code }

const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

func pngBytes() []byte {
	out, _ := base64.StdEncoding.DecodeString(png)
	return out
}

func (d *desk) texts() {
	made := d.do("doc", "create_doc", 0, `{"doc_type":3,"doc_name":"周报"}`)
	doc, url := made.Text("docid"), made.Text("url")
	text := "# 标题\n\n正文**粗**的\n- 一\n\n| a | b |\n| --- | --- |\n| 1 | 二\\|三 |\n"
	d.do("doc", "edit_doc_content", 0, `{"docid":"`+doc+`","content":`+quote(text)+`,"content_type":1}`)
	got := d.do("doc", "get_doc_content", 0, `{"url":"`+strings.Replace(url, d.URL, "https://doc.weixin.qq.com", 1)+`?scode=x","type":2}`)
	if got.Text("content") != text || got.At("task_done") != true {
		d.t.Errorf("content: %q", got.Text("content"))
	}
	d.do("doc", "get_doc_content", 0, `{"docid":"`+doc+`","type":2,"task_id":"`+got.Text("task_id")+`"}`)
	d.do("doc", "get_doc_content", 40058, `{"docid":"`+doc+`","type":1}`)
	d.do("doc", "get_doc_content", 301085, `{"docid":"nix","type":2}`)
	d.do("doc", "get_doc_content", 40058, `{"type":2}`)
	d.do("doc", "edit_doc_content", 0, `{"docid":"`+doc+`","content":"`+strings.Repeat("字", 499_999)+`","content_type":1}`)
	d.do("doc", "edit_doc_content", 40058, `{"docid":"`+doc+`","content":"`+strings.Repeat("字", 500_000)+`","content_type":1}`)
	d.do("doc", "create_doc", 40058, `{"doc_type":11,"doc_name":"甲"}`)
	d.do("doc", "create_doc", 640052, `{"doc_type":3,"doc_name":" "}`)
	// lisi may look into it, as everybody in the enterprise, and not write.
	d.allow("lisi", "doc")
	d.at["doc"] = d.address("doc")
	asLi := []string{"x-openclaw-wecom-userid", "lisi"}
	d.do("doc", "get_doc_content", 0, `{"docid":"`+doc+`","type":2}`, asLi...)
	d.do("doc", "edit_doc_content", 851003, `{"docid":"`+doc+`","content":"x","content_type":1}`, asLi...)
	d.restrict(doc)
	if got := d.do("doc", "get_doc_content", 851008, `{"docid":"`+doc+`","type":2}`, asLi...); !strings.Contains(got.Text("help_message"), "/phone/robots/") {
		d.t.Errorf("help: %v", got)
	}
	d.allow("zhangsan", "doc")
	d.at["doc"] = d.address("doc")
}

func (d *desk) sheets() {
	doc := d.do("doc", "create_doc", 0, `{"doc_type":4,"doc_name":"数据"}`).Text("docid")
	first := d.do("doc", "sheet_get_info", 0, `{"docid":"`+doc+`"}`).Text("sheets.0.sheet_id")
	in := `{"docid":"` + doc + `","sheet_id":"` + first + `",`
	d.do("doc", "sheet_append_data", 0, in+`"row":{"values":[{"cell_value":{"text":"任务"},"cell_format":{}},{"cell_value":{"link":{"url":"https://a.example","text":"李"}}}]}}`)
	d.do("doc", "sheet_append_data", 0, in+`"row":{"values":[{"cell_value":{"text":"第二"}}]}}`)
	d.do("doc", "sheet_append_data", 48002, in+`"row":{"values":[{"cell_value":{"formula":"=A1"}}]}}`)
	d.do("doc", "sheet_update_range_data", 0, in+`"grid_data":{"start_row":3,"start_column":2,"rows":[{"values":[{"cell_value":{"text":"100"}}]}]}}`)
	d.do("doc", "sheet_update_range_data", 40058, in+`"grid_data":{"start_row":-1,"start_column":2,"rows":[{"values":[{"cell_value":{"text":"100"}}]}]}}`)
	info := d.do("doc", "sheet_get_info", 0, `{"docid":"`+doc+`"}`)
	if info.Text("sheets.0.data_range") != "A1:C4" || info.Text("name") != "数据" {
		d.t.Errorf("info: %v", info)
	}
	sub := d.do("doc", "sheet_add_sub", 0, `{"docid":"`+doc+`","sheet":{"title":"子表"},"index":0}`).Text("sheet.sheet_id")
	d.do("doc", "sheet_add_sub", 48002, `{"docid":"`+doc+`","sheet":{"title":"最前"},"index":1}`)
	d.do("doc", "sheet_delete_sub", 0, `{"docid":"`+doc+`","sheet_id":"`+sub+`"}`)
	d.do("doc", "sheet_delete_sub", 2543303, `{"docid":"`+doc+`","sheet_id":"`+sub+`"}`)
	d.do("doc", "sheet_delete_sub", 2543306, `{"docid":"`+doc+`","sheet_id":"`+first+`"}`)
	if got := d.do("doc", "get_doc_content", 0, `{"docid":"`+doc+`","type":2}`).Text("content"); !strings.HasPrefix(got, "## 工作表1\n\n| 任务 | [李](https://a.example) |  |\n| --- | --- | --- |\n| 第二 |") {
		d.t.Errorf("as Markdown: %q", got)
	}
	d.do("doc", "edit_doc_content", 851002, `{"docid":"`+doc+`","content":"x","content_type":1}`)
}

func (d *desk) pages() {
	made := d.do("doc", "smartpage_create", 0, `{"title":"概览","pages":[{"page_title":"需求","page_content":"# 一\n"},{"content_type":0,"page_content":"二"}]}`).Text("docid")
	d.do("doc", "smartpage_create", 40058, `{"title":"概览","pages":[]}`)
	d.do("doc", "smartpage_create", 40063, `{"title":"概览"}`)
	task := d.do("doc", "smartpage_export_task", 0, `{"docid":"`+made+`","content_type":1}`).Text("task_id")
	got := d.do("doc", "smartpage_get_export_result", 0, `{"task_id":"`+task+`"}`)
	if got.At("task_done") != true || got.Text("content") != "# 需求\n\n# 一\n\n二\n" {
		d.t.Errorf("export: %v", got)
	}
	d.do("doc", "smartpage_get_export_result", 40058, `{"task_id":"nix"}`)
	d.do("doc", "smartpage_get_export_result", 40058, `{"task_id":"`+task+`"}`, "x-openclaw-wecom-userid", "lisi")
	d.do("doc", "smartpage_export_task", 40058, `{"docid":"`+made+`","content_type":2}`)
}

func (d *desk) smartsheets() {
	doc := d.do("doc", "create_doc", 0, `{"doc_type":10,"doc_name":"任务"}`).Text("docid")
	sheet := d.do("doc", "smartsheet_get_sheet", 0, `{"docid":"`+doc+`"}`).Text("sheet_list.0.sheet_id")
	in := `{"docid":"` + doc + `","sheet_id":"` + sheet + `",`
	field := d.do("doc", "smartsheet_get_fields", 0, in+`"offset":0}`).Text("fields.0.field_id")
	d.do("doc", "smartsheet_update_fields", 0, in+`"fields":[{"field_id":"`+field+`","field_title":"名称","field_type":"FIELD_TYPE_TEXT"}]}`)
	date := d.do("doc", "smartsheet_add_fields", 0, in+`"fields":[{"field_title":"截止","field_type":"FIELD_TYPE_DATE_TIME"},{"field_title":"金额","field_type":"FIELD_TYPE_NUMBER"}]}`).Text("fields.0.field_id")
	url := d.do("doc", "upload_doc_image", 0, `{"docid":"`+doc+`","base64_content":"`+png+`"}`).Text("url")
	if got := d.Do(httpGet(d.t, url)); got.StatusCode != 200 {
		d.t.Errorf("the picture: %d", got.StatusCode)
	}
	d.do("doc", "upload_doc_image", 40058, `{"docid":"`+doc+`","base64_content":"eA=="}`)
	d.files(in)
	added := d.do("doc", "smartsheet_add_records", 0, in+`"records":[{"values":{"名称":[{"type":"text","text":"一"}],"截止":"2026-01-15 14:30:00","金额":3}},{"values":{"名称":[{"type":"text","text":"二"}]}}]}`)
	if got := added.Text("records.0.values.截止"); got != "1768458600000" {
		d.t.Errorf("the date: %q", got)
	}
	record := added.Text("records.0.record_id")
	d.do("doc", "smartsheet_update_records", 0, in+`"key_type":"CELL_VALUE_KEY_TYPE_FIELD_ID","records":[{"record_id":"`+record+`","values":{"`+date+`":"2026-01-16"}}]}`)
	first := d.do("doc", "smartsheet_get_records", 0, in+`"limit":1}`)
	rest := d.do("doc", "smartsheet_get_records", 0, in+`"limit":1,"cursor":"`+first.Text("next_cursor")+`"}`)
	if first.At("has_more") != true || first.Text("records.0.values.截止") != "1768492800000" || rest.At("has_more") != false || rest.At("next_cursor") != nil || rest.Text("records.0.values.名称.0.text") != "二" {
		d.t.Errorf("records: %v, %v", first, rest)
	}
	d.do("doc", "smartsheet_get_records", 40063, `{"docid":"`+doc+`"}`)
	d.do("doc", "smartsheet_delete_records", 0, in+`"record_ids":["`+record+`"]}`)
	d.do("doc", "smartsheet_delete_fields", 0, in+`"field_ids":["`+date+`"]}`)
	d.do("doc", "smartsheet_add_records", 851003, in+`"records":[{"values":{}}]}`, "x-openclaw-wecom-userid", "lisi")
	more := d.do("doc", "smartsheet_add_sheet", 0, `{"docid":"`+doc+`","properties":{"title":"新"}}`).Text("properties.sheet_id")
	d.do("doc", "smartsheet_update_sheet", 0, `{"docid":"`+doc+`","properties":{"sheet_id":"`+more+`","title":"旧"}}`)
	d.do("doc", "smartsheet_delete_sheet", 0, `{"docid":"`+doc+`","sheet_id":"`+more+`"}`)
}

// files puts a file into a cell, as WeCom's plugin does.
func (d *desk) files(in string) {
	d.t.Helper()
	text := "%PDF-1.7 a paper"
	file := d.do("doc", "upload_doc_file", 0, `{"file_name":"C:\\tmp\\周报.pdf","file_base64_content":"`+base64.StdEncoding.EncodeToString([]byte(text))+`"}`).Text("fileid")
	for _, wrong := range []string{`"%"`, `""`, `"` + base64.StdEncoding.EncodeToString(make([]byte, 10<<20+1)) + `"`} {
		d.do("doc", "upload_doc_file", 40058, `{"file_name":"a","file_base64_content":`+wrong+`}`)
	}
	d.do("doc", "upload_doc_file", 0, `{"file_name":"a","file_base64_content":"`+base64.StdEncoding.EncodeToString(make([]byte, 10<<20))+`"}`)
	d.do("doc", "upload_doc_file", 40063, `{"file_base64_content":"YQ=="}`)
	field := d.do("doc", "smartsheet_add_fields", 0, in+`"fields":[{"field_title":"附件","field_type":"FIELD_TYPE_ATTACHMENT"}]}`).Text("fields.0.field_id")
	put := func(code int, cells string) qiweitest.JSON {
		d.t.Helper()
		return d.do("doc", "smartsheet_add_records", code, in+`"records":[{"values":{"附件":`+cells+`}}]}`)
	}
	got := put(0, `[{"file_id":"`+file+`"}]`)
	cell := "records.0.values.附件.0."
	if got.Text(cell+"name") != "周报.pdf" || got.Text(cell+"file_ext") != "PDF" || got.Int(cell+"size") != int64(len(text)) || got.Text(cell+"file_id") != file {
		d.t.Errorf("the cell: %v", got)
	}
	if p := d.Phone("lisi").Get(strings.TrimPrefix(got.Text(cell+"file_url"), d.URL)); p.Status != 200 || p.Body != text {
		d.t.Errorf("the file: %d %s", p.Status, p.Body)
	}
	put(40058, `[{"file_id":"`+file+`"},{"file_id":"none"}]`)
	put(40058, `[{"name":"a"}]`)
	put(0, `[{"name":"a","file_url":"https://doc.weixin.qq.com/a"}]`)
	d.do("doc", "smartsheet_delete_records", 0, in+`"record_ids":["`+got.Text("records.0.record_id")+`"]}`)
	for _, r := range d.do("doc", "smartsheet_get_records", 0, in+`"limit":10}`).List("records") {
		d.do("doc", "smartsheet_delete_records", 0, in+`"record_ids":["`+qiweitest.JSON(r.(map[string]any)).Text("record_id")+`"]}`)
	}
	d.do("doc", "smartsheet_delete_fields", 0, in+`"field_ids":["`+field+`"]}`)
}

// hide makes a rule that hides a member from everybody.
func (d *desk) hide(user string) {
	d.t.Helper()
	if got := d.As(access.ContactSync).Call("POST", "/cgi-bin/contactrule/create", `{"rules":[{"rule_type":1,"range":{"userid":["`+user+`"]}}]}`); got.ErrCode != 0 {
		d.t.Fatal(got.Body)
	}
}

// picture has a member send another one a picture.
func (d *desk) picture(from, to string) {
	d.t.Helper()
	var file struct {
		MediaID string `json:"media_id"`
	}
	d.Corp.As(access.SelfBuilt).Upload("/cgi-bin/media/upload?type=image", "a.png", pngBytes()).Decode(&file)
	d.Phone(from).Does("chats/messages", 200, qiweitest.JSON{"userid": to, "msgtype": "image", "content": qiweitest.JSON{"media_id": file.MediaID}})
}

// restrict keeps a document to those whom it names.
func (d *desk) restrict(docID string) {
	d.Write(func(ctx context.Context, tx *store.Tx) error {
		doc, _, err := d.Server.Documents.Find(tx, d.CorpID, docID)
		if err != nil {
			return err
		}
		rules := doc.Rules
		rules.Internal, rules.InternalAsks = false, true
		return d.Server.Documents.SetRules(tx, access.System(d.CorpID), doc, rules)
	})
}

func quote(text string) string {
	out, _ := json.Marshal(text)
	return string(out)
}

// What a robot of the twin enterprise names of this one is unknown to it.
func TestOtherEnterprise(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		d := work(h, "zhangsan")
		todoID := d.do("todo", "create_todo", 0, `{"content":"a","follower_list":{"followers":[]}}`).Text("todo_id")
		sch := d.do("schedule", "create_schedule", 0, `{"schedule":{"start_time":"2031-01-07 10:00:00","end_time":"2031-01-07 11:00:00"}}`).Text("schedule_id")
		doc := d.do("doc", "create_doc", 0, `{"doc_type":3,"doc_name":"a"}`).Text("docid")
		theirs := h.robot(h.Second)
		for _, category := range []string{"todo", "schedule", "doc", "msg"} {
			h.Second.Phone("zhangsan").Does("robots/"+theirs.BotID+"/allow", 200, qiweitest.JSON{"biz_type": category})
			d.at[category] = ""
			h.Write(func(ctx context.Context, tx *store.Tx) (err error) {
				d.at[category], err = h.Server.Tools.Address(tx, theirs, category)
				return err
			})
		}
		d.do("todo", "get_todo_detail", 40058, `{"todo_id_list":["`+todoID+`"]}`)
		d.do("todo", "update_todo", 40058, `{"todo_id":"`+todoID+`","content":"b"}`)
		d.do("schedule", "get_schedule_detail", 90461, `{"schedule_id_list":["`+sch+`"]}`)
		d.do("schedule", "cancel_schedule", 90461, `{"schedule_id":"`+sch+`"}`)
		d.do("doc", "get_doc_content", 301085, `{"docid":"`+doc+`","type":2}`)
		// A member of this enterprise cannot let the other's robot in.
		h.Phone("zhangsan").Does("robots/"+theirs.BotID+"/allow", 404, qiweitest.JSON{"biz_type": "todo"})
	})
}
