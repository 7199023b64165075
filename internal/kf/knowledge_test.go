package kf_test

import (
	"fmt"
	"strings"
	"testing"

	"qiwei/internal/access"
)

type groups struct {
	Next   string `json:"next_cursor"`
	More   int    `json:"has_more"`
	Groups []struct {
		ID      string `json:"group_id"`
		Name    string `json:"name"`
		Default int    `json:"is_default"`
	} `json:"group_list"`
}

func (h *house) groups(body string) (out groups) {
	h.t.Helper()
	h.must("knowledge/list_group", body).Decode(&out)
	return out
}

func (h *house) addGroup(name string) string {
	h.t.Helper()
	var got struct {
		ID string `json:"group_id"`
	}
	h.must("knowledge/add_group", `{"name":"`+name+`"}`).Decode(&got)
	return got.ID
}

// TestGroups of knowledge, of which one is there from the beginning (doc 95971).
func TestGroups(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		if got := h.groups(`{}`); len(got.Groups) != 1 || got.Groups[0].Default != 1 {
			t.Fatalf("at first: %+v", got)
		}
		usual := h.groups(`{}`).Groups[0].ID
		one, two := h.addGroup("售前"), h.addGroup("售后")
		h.must("knowledge/mod_group", `{"group_id":"`+two+`","name":"售后服务"}`)
		h.must("knowledge/mod_group", `{"group_id":"`+two+`","name":"售后服务"}`)
		var got []string
		cursor := ""
		for {
			page := h.groups(fmt.Sprintf(`{"cursor":%q,"limit":2}`, cursor))
			for _, g := range page.Groups {
				got = append(got, fmt.Sprint(g.Name, g.Default))
			}
			if cursor = page.Next; page.More == 0 {
				break
			}
		}
		if strings.Join(got, " ") != "默认分组1 售前0 售后服务0" || cursor != "" {
			t.Errorf("%q, then %q", got, cursor)
		}
		if only := h.groups(`{"group_id":"` + one + `"}`); len(only.Groups) != 1 || only.Groups[0].Name != "售前" {
			t.Errorf("one: %+v", only)
		}
		twinApp := h.Second.WithApp(access.SelfBuilt, listed(access.Everything()))
		for _, tt := range []struct{ what, call, body string }{
			{"no name", "add_group", `{}`}, {"a name that is taken", "add_group", `{"name":"售前"}`}, {"another's name", "mod_group", `{"group_id":"` + two + `","name":"售前"}`},
			{"the default one's name", "mod_group", `{"group_id":"` + usual + `","name":"x"}`}, {"the default one", "del_group", `{"group_id":"` + usual + `"}`},
			{"one of nobody", "del_group", `{"group_id":"kgx"}`}, {"none", "del_group", `{}`}, {"one of nobody", "list_group", `{"group_id":"kgx"}`}, {"a long page", "list_group", `{"limit":1001}`},
		} {
			if got := h.call("knowledge/"+tt.call, tt.body); got.ErrCode != 40058 {
				t.Errorf("%s, %s: %s", tt.what, tt.call, got.Body)
			}
		}
		for _, call := range []string{"del_group", "mod_group", "list_group"} {
			if got := as(twinApp, "knowledge/"+call, `{"group_id":"`+one+`","name":"x"}`); got.ErrCode != 40058 {
				t.Errorf("the twin, %s: %s", call, got.Body)
			}
		}
		if got := as(twinApp, "knowledge/add_group", `{"name":"售前"}`); got.ErrCode != 0 {
			t.Errorf("the twin's own: %s", got.Body)
		}
		h.must("knowledge/del_group", `{"group_id":"`+one+`"}`)
		if got := h.groups(`{}`); len(got.Groups) != 2 {
			t.Errorf("left: %+v", got)
		}
	})
}

// question writes a question with an answer.
func question(group, text, more string) string {
	return fmt.Sprintf(`{"group_id":%q,"question":{"text":{"content":%q}},"answers":[{"text":{"content":"答"}%s}]}`, group, text, more)
}

// TestIntents: questions with similar ones, an answer and attachments (doc 95972).
func TestIntents(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		one, two := h.addGroup("售前"), h.addGroup("售后")
		var made struct {
			ID string `json:"intent_id"`
		}
		picture := h.picture()
		h.must("knowledge/add_intent", fmt.Sprintf(`{"group_id":%q,"question":{"text":{"content":"价格"}},"similar_questions":{"items":[{"text":{"content":"多少钱"}}]},"answers":[{"text":{"content":"十元"},"attachments":[
			{"msgtype":"image","image":{"media_id":%q}},{"msgtype":"video","video":{"media_id":%q}},{"msgtype":"link","link":{"title":"t","picurl":"p","desc":"d","url":"https://x.example"}},
			{"msgtype":"miniprogram","miniprogram":{"title":"t","thumb_media_id":%q,"appid":"wx1","pagepath":"/p"}}]}]}`,
			one, picture, h.upload("video", "a.mp4", []byte("\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom")), picture)).Decode(&made)
		similar := `"similar_questions":{"items":[{"text":{"content":"多少钱"}}]},`
		answers := `"answers":[{"text":{"content":"十元"},"attachments":[{"msgtype":"image","image":{"name":"a.jpg"}},{"msgtype":"video","video":{"name":"a.mp4"}},` +
			`{"msgtype":"link","link":{"title":"t","pic_url":"p","desc":"d","url":"https://x.example"}},{"msgtype":"miniprogram","miniprogram":{"title":"t","appid":"wx1","pagepath":"/p"}}]}]`
		whole := func(question, similar, answers string) string {
			return fmt.Sprintf(`"next_cursor":"","has_more":0,"intent_list":[{"group_id":%q,"intent_id":%q,"question":{"text":{"content":%q},%s%s},%s%s}]}`, one, made.ID, question, similar, answers, similar, answers)
		}
		check := func(what, body, want string) {
			t.Helper()
			if got := h.must("knowledge/list_intent", body); !strings.HasSuffix(got.Body, want) {
				t.Errorf("%s: %s, want %s", what, got.Body, want)
			}
		}
		check("all", `{}`, whole("价格", similar, answers))
		check("of the group", `{"group_id":"`+one+`"}`, whole("价格", similar, answers))
		check("of another", `{"group_id":"`+two+`"}`, `"intent_list":[]}`)
		check("one", `{"intent_id":"`+made.ID+`"}`, whole("价格", similar, answers))
		h.must("knowledge/mod_intent", `{"intent_id":"`+made.ID+`","question":{"text":{"content":"价钱"}}}`)
		check("another question", `{}`, whole("价钱", similar, answers))
		h.must("knowledge/mod_intent", `{"intent_id":"`+made.ID+`","similar_questions":{"items":[]},"answers":[{"text":{"content":"问客服"}}]}`)
		similar, answers = `"similar_questions":{"items":[]},`, `"answers":[{"text":{"content":"问客服"},"attachments":[]}]`
		check("another answer", `{}`, whole("价钱", similar, answers))
		h.must("knowledge/add_intent", question(two, "退货", ""))
		attach := func(a string) string { return question(two, "x", `,"attachments":[`+a+`]`) }
		for _, tt := range []struct {
			what, call, body string
			code             int
		}{
			{"a question of another group", "add_intent", question(one, "退货", ""), 511020},
			{"another's question", "mod_intent", `{"intent_id":"` + made.ID + `","question":{"text":{"content":"退货"}}}`, 511020},
			{"a group of nobody", "add_intent", question("kgx", "x", ""), 40058},
			{"no question", "add_intent", `{"group_id":"` + one + `","answers":[{"text":{"content":"x"}}]}`, 40058},
			{"no answer", "add_intent", `{"group_id":"` + one + `","question":{"text":{"content":"x"}}}`, 40058},
			{"an empty answer", "add_intent", `{"group_id":"` + one + `","question":{"text":{"content":"x"}},"answers":[{}]}`, 40058},
			{"two answers", "add_intent", `{"group_id":"` + one + `","question":{"text":{"content":"x"}},"answers":[{"text":{"content":"x"}},{"text":{"content":"y"}}]}`, 40058},
			{"an empty similar one", "add_intent", `{"group_id":"` + one + `","question":{"text":{"content":"x"}},"similar_questions":{"items":[{}]},"answers":[{"text":{"content":"x"}}]}`, 40058},
			{"an attachment that is none", "add_intent", attach(`{"msgtype":"dance"}`), 40058},
			{"an attachment without its object", "add_intent", attach(`{"msgtype":"image"}`), 40058},
			{"a picture of nobody", "add_intent", attach(`{"msgtype":"image","image":{"media_id":"3x"}}`), 40007},
			{"a link without a scheme", "add_intent", attach(`{"msgtype":"link","link":{"title":"t","url":"x"}}`), 40058},
			{"a mini program without a page", "add_intent", attach(`{"msgtype":"miniprogram","miniprogram":{"appid":"wx1","thumb_media_id":"` + picture + `"}}`), 40058},
			{"one of nobody", "del_intent", `{"intent_id":"kix"}`, 40058},
			{"a group's id", "del_intent", `{"intent_id":"` + one + `"}`, 40058},
			{"one of nobody", "list_intent", `{"intent_id":"kix"}`, 40058},
			{"a long page", "list_intent", `{"limit":1001}`, 40058},
			{"a cursor of nobody", "list_intent", `{"cursor":"x"}`, 50100},
		} {
			if got := h.call("knowledge/"+tt.call, tt.body); got.ErrCode != tt.code {
				t.Errorf("%s, %s: %s, want %d", tt.what, tt.call, got.Body, tt.code)
			}
		}
		var page struct {
			Next string `json:"next_cursor"`
			More int    `json:"has_more"`
		}
		h.must("knowledge/list_intent", `{"limit":1}`).Decode(&page)
		if got := h.must("knowledge/list_intent", fmt.Sprintf(`{"limit":1,"cursor":%q}`, page.Next)); page.More != 1 || !strings.Contains(got.Body, `"has_more":0,"intent_list":[{"group_id":"`+two) {
			t.Errorf("the second page: %s", got.Body)
		}
		twinApp := h.Second.WithApp(access.SelfBuilt, listed(access.Everything()))
		for _, call := range []string{"del_intent", "mod_intent", "list_intent"} {
			if got := as(twinApp, "knowledge/"+call, `{"intent_id":"`+made.ID+`"}`); got.ErrCode != 40058 {
				t.Errorf("the twin, %s: %s", call, got.Body)
			}
		}
		h.must("knowledge/del_intent", `{"intent_id":"`+made.ID+`"}`)
		h.must("knowledge/del_group", `{"group_id":"`+two+`"}`)
		check("all are deleted", `{}`, `"intent_list":[]}`)
		h.must("knowledge/add_intent", question(one, "退货", ""))
	})
}
