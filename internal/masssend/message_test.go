package masssend_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/qiweitest"
)

type massAnswer struct {
	MsgID  string   `json:"msgid"`
	Failed []string `json:"fail_list"`
}

// mass makes a message.
func (h *house) mass(format string, args ...any) (m massAnswer) {
	h.T.Helper()
	h.Must(h.App, "add_msg_template", fmt.Sprintf(format, args...)).Decode(&m)
	return m
}

// outcomes are what has become of a member's part of a message, by the names of those who get it.
func (h *house) outcomes(msgID, user string, known map[string]string) string {
	h.T.Helper()
	var out []string
	cursor := ""
	for {
		var page struct {
			Next string `json:"next_cursor"`
			List []struct {
				External string `json:"external_userid"`
				ChatID   string `json:"chat_id"`
				UserID   string `json:"userid"`
				Status   int    `json:"status"`
				SentAt   int64  `json:"send_time"`
			} `json:"send_list"`
		}
		h.Must(h.App, "get_groupmsg_send_result", fmt.Sprintf(`{"msgid":%q,"userid":%q,"limit":2,"cursor":%q}`, msgID, user, cursor)).Decode(&page)
		for _, o := range page.List {
			if (o.SentAt != 0) != (o.Status == 1) || !strings.EqualFold(o.UserID, user) {
				h.T.Errorf("%+v", o)
			}
			out = append(out, fmt.Sprint(known[o.External+o.ChatID], o.Status))
		}
		if cursor = page.Next; cursor == "" {
			return strings.Join(out, " ")
		}
	}
}

// tasks are the members of a message, with their states.
func (h *house) tasks(c *qiweitest.Client, msgID string) string {
	h.T.Helper()
	var out []string
	cursor := ""
	for {
		var page struct {
			Next  string `json:"next_cursor"`
			Tasks []struct {
				UserID string
				Status int
				SentAt *int64 `json:"send_time"`
			} `json:"task_list"`
		}
		h.Call(c, "get_groupmsg_task", fmt.Sprintf(`{"msgid":%q,"limit":1,"cursor":%q}`, msgID, cursor)).Decode(&page)
		for _, o := range page.Tasks {
			if (o.SentAt != nil) != (o.Status == 2) {
				h.T.Errorf("%+v", o)
			}
			out = append(out, fmt.Sprint(o.UserID, o.Status))
		}
		if cursor = page.Next; cursor == "" {
			return strings.Join(out, " ")
		}
	}
}

// got are the texts that a customer reads, with who wrote them.
func (h *house) got(c *qiweitest.Corp, external string) string {
	h.T.Helper()
	var a struct {
		Messages []struct {
			UserID, From string
			Text         struct{ Content string }
		}
	}
	h.World.Get("/_qiwei/wechat/messages?corpid=" + c.CorpID + "&external_userid=" + external).Decode(&a)
	var out []string
	for _, m := range a.Messages {
		out = append(out, m.UserID+":"+m.From+":"+m.Text.Content)
	}
	return strings.Join(out, " ")
}

// friends makes customers: Lin of zhangsan and lisi, He of zhangsan, Gu of lisi, Bo of wangwu.
func (h *house) friends() (ids, known map[string]string) {
	h.T.Helper()
	ids, known = map[string]string{}, map[string]string{}
	for _, f := range [][2]string{{"zhangsan", "Lin"}, {"zhangsan", "He"}, {"lisi", "Gu"}, {"wangwu", "Bo"}} {
		external := h.customer(h.Corp, f[0], f[1])
		ids[f[1]], known[external] = external, f[1]
	}
	h.Advance(time.Second)
	h.Play("add", `{"userid":"lisi","external_userid":%q}`, ids["Lin"])
	h.customer(h.Second, "zhangsan", "Lin")
	return ids, known
}

const text = `"text":{"content":"上新"}`

// TestMassMessage: a message waits for its member, and then arrives once (doc 92135, 93338).
func TestMassMessage(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		ids, known := h.friends()
		m := h.mass(`{"sender":"ZhangSan",%s}`, text)
		if !strings.HasPrefix(m.MsgID, "msg") || len(m.Failed) != 0 {
			t.Fatalf("%+v", m)
		}
		if got := h.tasks(h.App, m.MsgID) + " " + h.outcomes(m.MsgID, "zhangsan", known); got != "zhangsan0 Lin0 He0" {
			t.Errorf("waiting: %s", got)
		}
		if got := h.got(h.Corp, ids["Lin"]); got != "" {
			t.Errorf("before it is confirmed: %s", got)
		}
		h.Play("confirm", `{"msgid":%q,"userid":"zhangsan"}`, m.MsgID)
		if got := h.tasks(h.App, m.MsgID) + " " + h.outcomes(m.MsgID, "ZhangSan", known); got != "zhangsan2 Lin1 He1" {
			t.Errorf("sent: %s", got)
		}
		for _, name := range []string{"Lin", "He"} {
			if got := h.got(h.Corp, ids[name]); got != "zhangsan:mass:上新" {
				t.Errorf("%s reads %q", name, got)
			}
		}
		h.Forbids("confirm", [2]string{fmt.Sprintf(`{"msgid":%q,"userid":"zhangsan"}`, m.MsgID), "has sent it"}, [2]string{fmt.Sprintf(`{"msgid":%q,"userid":"lisi"}`, m.MsgID), "has no part"},
			[2]string{`{"msgid":"x","userid":"lisi"}`, "message id not found"}, [2]string{`{"userid":"lisi"}`, "message id missing"}, [2]string{fmt.Sprintf(`{"msgid":%q,"userid":"nobody"}`, m.MsgID), "userid not found"})
		if got := h.got(h.Corp, ids["Lin"]); got != "zhangsan:mass:上新" {
			t.Errorf("again: %q", got)
		}
	})
}

// TestWhoWrites: to a customer of several members writes the one who talked last, or came to know them last.
func TestWhoWrites(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		ids, known := h.friends()
		var tag struct {
			Group struct {
				Tags []struct{ ID string } `json:"tag"`
			} `json:"tag_group"`
		}
		h.Must(h.App, "add_corp_tag", `{"group_name":"g","tag":[{"name":"金"},{"name":"银"},{"name":"铜"}]}`).Decode(&tag)
		gold, silver, bronze := tag.Group.Tags[0].ID, tag.Group.Tags[1].ID, tag.Group.Tags[2].ID
		mark := func(user, name, tag string) {
			h.Must(h.App, "mark_tag", fmt.Sprintf(`{"userid":%q,"external_userid":%q,"add_tag":[%q]}`, user, ids[name], tag))
		}
		mark("zhangsan", "Lin", gold)
		mark("lisi", "Lin", silver)
		mark("lisi", "Gu", gold)
		mark("wangwu", "Bo", silver)
		all := qiweitest.Quoted(ids["Lin"], ids["Gu"], ids["Bo"])
		small := h.WithApp(access.SelfBuilt, h.Listed(access.Range{Departments: []int64{2}}))
		filter := func(lists ...[]string) string {
			var out []string
			for _, l := range lists {
				out = append(out, `{"tag_list":`+qiweitest.Quoted(l...)+`}`)
			}
			return `"tag_filter":{"group_list":[` + strings.Join(out, ",") + `]}`
		}
		for _, tt := range []struct {
			what   string
			client *qiweitest.Client
			body   string
			want   string // members with their customers, or the code
		}{
			{"named", h.App, `"external_userid":` + all, "lisi:Lin,Gu wangwu:Bo"},
			{"named beside a filter, which counts for nothing", h.App, `"external_userid":` + qiweitest.Quoted(ids["Bo"]) + `,` + filter([]string{gold}), "wangwu:Bo"},
			{"named, by one member", h.App, `"sender":"zhangsan","external_userid":` + all, "zhangsan:Lin fail:Gu,Bo"},
			{"with a tag", h.App, filter([]string{gold}), "lisi:Lin,Gu"},
			{"with one of two", h.App, filter([]string{gold, silver}), "lisi:Lin,Gu wangwu:Bo"},
			{"with both", h.App, filter([]string{gold}, []string{silver}), "lisi:Lin"},
			{"with a tag, by one member", h.App, `"sender":"zhangsan",` + filter([]string{gold}), "zhangsan:Lin"},
			{"with a tag that nobody has", h.App, filter([]string{bronze}), "41048"},
			{"with a tag that there is not", h.App, filter([]string{"etx"}), "40068"},
			{"with an empty list", h.App, filter([]string{}), "40058"},
			{"in a small range", small, `"external_userid":` + all, "lisi:Lin,Gu fail:Bo"},
			{"with a tag in a small range", small, filter([]string{silver}), "lisi:Lin"},
			{"a sender out of range", small, `"sender":"wangwu"`, "60011"},
			{"an unknown sender", h.App, `"sender":"nobody"`, "60111"},
			{"an unknown customer", h.App, `"external_userid":` + qiweitest.Quoted("wmx", ids["He"], ids["He"]), "zhangsan:He fail:wmx"},
			{"unknown customers alone", h.App, `"external_userid":["wmx"]`, "41048"},
			{"nobody", h.App, `"allow_select":true`, "40058"},
		} {
			if got := h.written(tt.client, tt.body, known); got != tt.want {
				t.Errorf("%s: %s, want %s", tt.what, got, tt.want)
			}
		}
		h.Play("send", `{"userid":"zhangsan","external_userid":%q,"text":"hi"}`, ids["Lin"])
		if got := h.written(h.App, `"external_userid":`+all, known); got != "zhangsan:Lin lisi:Gu wangwu:Bo" {
			t.Errorf("after a talk: %s", got)
		}
		h.Play("scope", `{"range":{"members":["lisi"]}}`)
		if got := h.written(h.App, `"external_userid":`+all, known); got != "lisi:Lin,Gu fail:Bo" {
			t.Errorf("without customer contact: %s", got)
		}
		if got := h.written(h.App, `"sender":"zhangsan"`, known); got != "84074" {
			t.Errorf("a sender without customer contact: %s", got)
		}
	})
}

// written makes a message and says who writes to whom, or the code.
func (h *house) written(c *qiweitest.Client, body string, known map[string]string) string {
	h.T.Helper()
	got := h.Call(c, "add_msg_template", `{`+text+`,`+body+`}`)
	if got.ErrCode != 0 {
		return fmt.Sprint(got.ErrCode)
	}
	var m massAnswer
	got.Decode(&m)
	var out []string
	for task := range strings.FieldsSeq(h.tasks(h.App, m.MsgID)) {
		user := strings.TrimSuffix(task, "0")
		out = append(out, user+":"+strings.ReplaceAll(strings.ReplaceAll(h.outcomes(m.MsgID, user, known), "0", ""), " ", ","))
	}
	if len(m.Failed) > 0 {
		for i, e := range m.Failed {
			if known[e] != "" {
				m.Failed[i] = known[e]
			}
		}
		out = append(out, "fail:"+strings.Join(m.Failed, ","))
	}
	return strings.Join(out, " ")
}

// TestChoosing: a member chooses among the customers where the message says so.
func TestChoosing(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		ids, known := h.friends()
		fixed, free := h.mass(`{"sender":"zhangsan",%s}`, text), h.mass(`{"sender":"zhangsan","allow_select":true,%s}`, text)
		only := qiweitest.Quoted(ids["He"], ids["He"])
		h.Forbids("confirm", [2]string{fmt.Sprintf(`{"msgid":%q,"userid":"zhangsan","external_userids":%s}`, fixed.MsgID, only), "does not let"},
			[2]string{fmt.Sprintf(`{"msgid":%q,"userid":"zhangsan","external_userids":%s}`, free.MsgID, qiweitest.Quoted(ids["He"], ids["Bo"])), "1 of 2"},
			[2]string{fmt.Sprintf(`{"msgid":%q,"userid":"zhangsan","chat_ids":["x"]}`, free.MsgID), "chat_ids among groups"})
		h.Forbids("confirm", [2]string{fmt.Sprintf(`{"msgid":%q,"userid":"zhangsan","external_userids":["wmnobody"]}`, free.MsgID), "wmnobody"})
		h.Play("confirm", `{"msgid":%q,"userid":"zhangsan","external_userids":%s}`, free.MsgID, only)
		if got := h.outcomes(free.MsgID, "zhangsan", known); got != "Lin0 He1" {
			t.Errorf("%s", got)
		}
		if got := h.got(h.Corp, ids["Lin"]); got != "" {
			t.Errorf("who was left out reads %q", got)
		}
	})
}

// TestRemindAndCancel: three reminders in 24 hours, and nothing after the end (doc 97610, 97611).
func TestRemindAndCancel(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		ids, known := h.friends()
		m := h.mass(`{"external_userid":%s,%s}`, qiweitest.Quoted(ids["Lin"], ids["Bo"]), text)
		of := fmt.Sprintf(`{"msgid":%q}`, m.MsgID)
		waits := func(user string) string {
			return h.World.Get("/_qiwei/wechat/tasks?corpid=" + h.CorpID + "&userid=" + user).Body
		}
		h.Answers("remind_groupmsg_send", qiweitest.Refusal{"once", of, 0}, qiweitest.Refusal{"twice", of, 0}, qiweitest.Refusal{"three times", of, 0}, qiweitest.Refusal{"a fourth time", of, 41094})
		want := fmt.Sprintf(`{"tasks":[{"msgid":%q,"chat_type":"single","allow_select":false,"reminded":3,"external_userids":[%q],"text":{"content":"上新"}}]}`, m.MsgID, ids["Bo"])
		if got := waits("wangwu"); got != want {
			t.Errorf("%s, want %s", got, want)
		}
		h.Advance(24 * time.Hour)
		h.Answers("remind_groupmsg_send", qiweitest.Refusal{"the next day", of, 0})
		h.Play("confirm", `{"msgid":%q,"userid":"lisi"}`, m.MsgID)
		h.Must(h.App, "cancel_groupmsg_send", of)
		h.Must(h.App, "cancel_groupmsg_send", of)
		h.Answers("remind_groupmsg_send", qiweitest.Refusal{"cancelled", of, 41093})
		h.Forbids("confirm", [2]string{fmt.Sprintf(`{"msgid":%q,"userid":"wangwu"}`, m.MsgID), "cancelled"})
		if got := h.tasks(h.App, m.MsgID) + " " + h.outcomes(m.MsgID, "lisi", known) + " " + h.outcomes(m.MsgID, "wangwu", known) + waits("wangwu"); got != `lisi2 wangwu0 Lin1 Bo0{"tasks":[]}` {
			t.Errorf("%s", got)
		}
		twin := h.Second.WithApp(access.SelfBuilt, h.Listed(access.Everything()))
		for _, name := range []string{"remind_groupmsg_send", "cancel_groupmsg_send", "get_groupmsg_task"} {
			h.Answers(name, qiweitest.Refusal{"no id", `{}`, 41046}, qiweitest.Refusal{"a bad id", `{"msgid":"msgx"}`, 41047})
			if got := h.Call(twin, name, of); got.ErrCode != 41047 {
				t.Errorf("the twin's: %s", got.Body)
			}
		}
		h.Answers("get_groupmsg_send_result", qiweitest.Refusal{"nobody", fmt.Sprintf(`{"msgid":%q,"userid":"nobody"}`, m.MsgID), 60111}, qiweitest.Refusal{"a bad id", `{"msgid":"msgx","userid":"lisi"}`, 41047}, qiweitest.Refusal{"a cursor of nobody", fmt.Sprintf(`{"msgid":%q,"userid":"lisi","cursor":"x"}`, m.MsgID), 50100}, qiweitest.Refusal{"no part", fmt.Sprintf(`{"msgid":%q,"userid":"zhangsan"}`, m.MsgID), 0})
		small := h.WithApp(access.SelfBuilt, h.Listed(access.Range{Departments: []int64{4}}))
		if got := h.tasks(small, m.MsgID); got != "wangwu0" {
			t.Errorf("in a small range: %s", got)
		}
		if got := h.Call(small, "get_groupmsg_send_result", fmt.Sprintf(`{"msgid":%q,"userid":"lisi"}`, m.MsgID)); got.ErrCode != 60011 {
			t.Errorf("out of range: %s", got.Body)
		}
	})
}

// TestMassList: messages of a time span, by kind and by who made them (doc 93338).
func TestMassList(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.friends()
		g := h.group(h.Corp, `{"owner":"zhangsan"}`)
		start := h.Clock.Now()
		mine := h.mass(`{"sender":"zhangsan",%s}`, text)
		var own, corp massAnswer
		h.Advance(time.Hour)
		h.Play("mass", `{"userid":"lisi","text":"亲"}`).Into(&own)
		h.Advance(time.Hour)
		h.Play("mass", `{"userid":"lisi","for_corp":true,"sender":"zhangsan","text":"管"}`).Into(&corp)
		group := h.mass(`{"chat_type":"group","sender":"zhangsan","chat_id_list":[%q],%s}`, g.ChatID, text)
		known := map[string]string{mine.MsgID: "mine", own.MsgID: "own", corp.MsgID: "corp", group.MsgID: "group"}
		list := func(c *qiweitest.Client, rest string) string {
			var out []string
			cursor := ""
			for {
				var page struct {
					Next string `json:"next_cursor"`
					List []struct {
						MsgID   string `json:"msgid"`
						Creator string `json:"creator"`
						Type    int    `json:"create_type"`
					} `json:"group_msg_list"`
				}
				got := h.Call(c, "get_groupmsg_list_v2", fmt.Sprintf(`{"limit":1,"cursor":%q,%s}`, cursor, rest))
				if got.ErrCode != 0 {
					return fmt.Sprint(got.ErrCode)
				}
				got.Decode(&page)
				for _, m := range page.List {
					out = append(out, fmt.Sprint(known[m.MsgID], m.Creator, m.Type))
				}
				if cursor = page.Next; cursor == "" {
					return strings.Join(out, " ")
				}
			}
		}
		span := func(from, to int) string {
			return fmt.Sprintf(`"start_time":%d,"end_time":%d`, start.Add(time.Duration(from)*time.Hour).Unix(), start.Add(time.Duration(to)*time.Hour).Unix())
		}
		for _, tt := range []struct{ what, body, want string }{
			{"all", `"chat_type":"single",` + span(-1, 5), "corplisi0 ownlisi1 mine0"},
			{"to groups", `"chat_type":"group",` + span(-1, 5), "group0"},
			{"of the corp", `"chat_type":"single","filter_type":0,` + span(-1, 5), "corplisi0 mine0"},
			{"of members", `"chat_type":"single","filter_type":1,` + span(-1, 5), "ownlisi1"},
			{"of one", `"chat_type":"single","creator":"LiSi","filter_type":2,` + span(-1, 5), "corplisi0 ownlisi1"},
			{"of an hour", `"chat_type":"single",` + span(1, 1), "ownlisi1"},
			{"a month", `"chat_type":"single",` + span(-31*24+1, 1), "ownlisi1 mine0"},
			{"more than a month", `"chat_type":"single",` + span(-31*24, 1), "600018"},
			{"backwards", `"chat_type":"single",` + span(2, 1), "600018"},
			{"of nobody", `"chat_type":"single","creator":"nobody",` + span(-1, 5), "60111"},
			{"another filter", `"chat_type":"single","filter_type":3,` + span(-1, 5), "40058"},
			{"no type", span(-1, 5), "40058"}, {"no span", `"chat_type":"single"`, "40058"},
		} {
			if got := list(h.App, tt.body); got != tt.want {
				t.Errorf("%s: %s, want %s", tt.what, got, tt.want)
			}
		}
		if got := list(h.Second.WithApp(access.SelfBuilt, h.Listed(access.Everything())), `"chat_type":"single",`+span(-1, 5)); got != "" {
			t.Errorf("the twin's: %s", got)
		}
	})
}

// TestWhoMaySend: the system application, self-built ones that are listed, and providers' that have the
// permission.
func TestWhoMaySend(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		grants := func(list ...string) *qiweitest.Client {
			return h.WithApp(access.Custom, app.Settings{Range: access.Everything(), Grants: list})
		}
		for _, tt := range []struct {
			what   string
			client *qiweitest.Client
			may    bool
		}{
			{"a listed application", h.App, true}, {"one that is not listed", h.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything()}), false}, {"the system application", h.As(access.CustomerContact), true},
			{"contact sync", h.As(access.ContactSync), false}, {"a provider's", grants("externalcontact:contact:group_msg"), true}, {"a provider's without the permission", grants("externalcontact:base:base"), false},
		} {
			for _, name := range []string{"add_msg_template", "remind_groupmsg_send", "cancel_groupmsg_send", "get_groupmsg_list_v2", "get_groupmsg_task", "get_groupmsg_send_result"} {
				if got := h.Call(tt.client, name, `{}`); (got.ErrCode != 48002) != tt.may || got.ErrCode == 0 {
					t.Errorf("%s, %s: %s", tt.what, name, got.Body)
				}
			}
		}
	})
}

// TestProvidersIDs: a provider names customers and groups by ids of its own, and is told those that failed by
// them.
func TestProvidersIDs(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		ids, _ := h.friends()
		g := h.group(h.Corp, `{"owner":"lisi"}`)
		theirs := h.SuiteApp(access.ThirdParty, nil, "externalcontact:base:base", "externalcontact:contact:group_msg")
		var users struct {
			Follow []string `json:"follow_user"`
		}
		h.Call(theirs, "get_follow_user_list", "").Decode(&users)
		var list struct {
			Externals []string `json:"external_userid"`
			Groups    []struct {
				ChatID string `json:"chat_id"`
			} `json:"group_chat_list"`
		}
		h.Call(theirs, "groupchat/list", `{"limit":10}`).Decode(&list)
		theirs.Call("GET", "/cgi-bin/externalcontact/list?userid="+users.Follow[2], "").Decode(&list) // wangwu's
		m := h.Call(theirs, "add_msg_template", fmt.Sprintf(`{"sender":%q,"external_userid":%s,%s}`, users.Follow[0], qiweitest.Quoted(list.Externals[0], ids["Lin"]), text))
		if m.ErrCode != 41048 || strings.Contains(m.Body, ids["Bo"]) {
			t.Errorf("none of the sender's: %s", m.Body)
		}
		h.Play("add", `{"userid":"zhangsan","external_userid":%q}`, ids["Gu"])
		var seen struct {
			Externals []string `json:"external_userid"`
		}
		theirs.Call("GET", "/cgi-bin/externalcontact/list?userid="+users.Follow[0], "").Decode(&seen)
		m = h.Call(theirs, "add_msg_template", fmt.Sprintf(`{"sender":%q,"external_userid":%s,%s}`, users.Follow[0], qiweitest.Quoted(list.Externals[0], seen.Externals[0]), text))
		if !strings.Contains(m.Body, `"fail_list":["`+list.Externals[0]+`"]`) {
			t.Errorf("%s, want %s", m.Body, list.Externals[0])
		}
		var sent massAnswer
		m.Decode(&sent)
		got := h.Call(theirs, "get_groupmsg_send_result", fmt.Sprintf(`{"msgid":%q,"userid":%q}`, sent.MsgID, users.Follow[0])).Body
		if !strings.Contains(got, seen.Externals[0]) || !strings.Contains(got, users.Follow[0]) || strings.Contains(got, "zhangsan") {
			t.Errorf("%s", got)
		}
		m = h.Call(theirs, "add_msg_template", fmt.Sprintf(`{"chat_type":"group","sender":%q,"chat_id_list":%s,%s}`, users.Follow[1], qiweitest.Quoted(list.Groups[0].ChatID, g.ChatID), text))
		if !strings.Contains(m.Body, `"fail_list":["`+g.ChatID+`"]`) || m.ErrCode != 0 {
			t.Errorf("a group by the corp's own id: %s", m.Body)
		}
	})
}
