package customergroup_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

func (h *house) way(body string) string {
	h.T.Helper()
	var w struct {
		ConfigID string `json:"config_id"`
	}
	h.Must(h.App, "groupchat/add_join_way", body).Decode(&w)
	return w.ConfigID
}

// TestJoinWay: what is made is answered, and those who come by it bring its state (doc 92229).
func TestJoinWay(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		one, two := h.group(h.Corp, `{"owner":"zhangsan"}`), h.group(h.Corp, `{"owner":"lisi"}`)
		way := h.way(fmt.Sprintf(`{"scene":2,"remark":"%s","room_base_name":"销售","room_base_id":10,"chat_id_list":[%q,%q,%q],"state":"booth7"}`, qiweitest.Letters(31), one.ChatID, two.ChatID, one.ChatID))
		if !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(way) {
			t.Errorf("%q", way)
		}
		of := fmt.Sprintf(`{"config_id":%q`, way)
		got := h.Must(h.App, "groupchat/get_join_way", of+`}`).Body
		want := fmt.Sprintf(`{"errcode":0,"errmsg":"ok","join_way":{"config_id":%q,"scene":2,"remark":"%s","auto_create_room":1,"room_base_name":"销售","room_base_id":10,"chat_id_list":[%q,%q],"qr_code":"%s/wechat/join/%s","state":"booth7","mark_source":true}}`,
			way, qiweitest.Letters(30), one.ChatID, two.ChatID, h.URL, way)
		if got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
		if c := h.join(`{"config_id":%q,"name":"Lin"}`, way); c.ChatID != one.ChatID {
			t.Errorf("came into %+v", c)
		}
		h.join(`{"link":"%s/wechat/join/%s","name":"He","state":"own"}`, h.URL, way)
		g, names := h.get(one.ChatID)
		if names != "张三 Lin He" || g.Group.Members[1].State != "booth7" || g.Group.Members[1].Scene != 3 || g.Group.Members[2].State != "own" {
			t.Errorf("%s: %+v", names, g.Group.Members)
		}
		h.Must(h.App, "groupchat/update_join_way", of+fmt.Sprintf(`,"scene":1,"auto_create_room":0,"chat_id_list":[%q]}`, two.ChatID))
		if got := h.Must(h.App, "groupchat/get_join_way", of+`}`).Body; !strings.Contains(got, fmt.Sprintf(`"scene":1,"remark":"","auto_create_room":0,"room_base_name":"","room_base_id":0,"chat_id_list":[%q]`, two.ChatID)) || !strings.Contains(got, `"state":""`) {
			t.Errorf("written anew: %s", got)
		}
		h.Must(h.App, "groupchat/del_join_way", of+`}`)
		h.Answers("groupchat/get_join_way", qiweitest.Refusal{"deleted", of + `}`, 41044}, qiweitest.Refusal{"none", `{}`, 41043})
		h.Forbids("join", [2]string{of + `,"name":"x"}`, "config_id"})
	})
}

// TestFullGroups: whoever comes into a full group is led to the next, and at last into a new one (doc 92229).
func TestFullGroups(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		one, two := h.group(h.Corp, `{"owner":"zhangsan","capacity":2}`), h.group(h.Corp, `{"owner":"lisi","capacity":2}`)
		way := h.way(fmt.Sprintf(`{"scene":2,"room_base_name":"销售","room_base_id":10,"chat_id_list":[%q,%q]}`, one.ChatID, two.ChatID))
		closed := h.way(fmt.Sprintf(`{"scene":2,"auto_create_room":0,"chat_id_list":[%q]}`, one.ChatID))
		seen := []string{}
		for i := range 4 {
			seen = append(seen, h.join(`{"config_id":%q,"name":"n%d"}`, way, i).ChatID)
		}
		if seen[0] != one.ChatID || seen[1] != two.ChatID || seen[2] == seen[3] {
			t.Errorf("%v", seen)
		}
		for i, name := range map[int]string{2: "销售10", 3: "销售11"} {
			if g, _ := h.get(seen[i]); g.Group.Name != name || g.Group.Owner != "lisi" || len(g.Group.Members) != 2 {
				t.Errorf("a new one: %+v", g)
			}
		}
		if got := h.Must(h.App, "groupchat/get_join_way", fmt.Sprintf(`{"config_id":%q}`, way)).Body; !strings.Contains(got, fmt.Sprintf(`"chat_id_list":%s`, qiweitest.Quoted(seen...))) {
			t.Errorf("%s, want %v", got, seen)
		}
		h.Forbids("join", [2]string{fmt.Sprintf(`{"config_id":%q,"name":"x"}`, closed), "are full"})
		h.Play("group/dismiss", `{"chat_id":%q}`, one.ChatID)
		h.Forbids("join", [2]string{fmt.Sprintf(`{"config_id":%q,"name":"x"}`, closed), "have been dismissed"})
		h.Play("leave", `{"chat_id":%q,"external_userid":%q}`, two.ChatID, second(h, two.ChatID))
		if c := h.join(`{"config_id":%q,"name":"back"}`, way); c.ChatID != two.ChatID {
			t.Errorf("where there is room again: %+v", c)
		}
	})
}

// second is the id of the second person in a group.
func second(h *house, chat string) string {
	g, _ := h.get(chat)
	return g.Group.Members[1].UserID
}

// TestJoinWayRefusals: whose way, whose groups, and how many.
func TestJoinWayRefusals(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		one, twin := h.group(h.Corp, `{"owner":"zhangsan"}`), h.group(h.Second, `{"owner":"zhangsan"}`)
		way := h.way(fmt.Sprintf(`{"scene":2,"chat_id_list":[%q]}`, one.ChatID))
		in := fmt.Sprintf(`"chat_id_list":[%q]`, one.ChatID)
		bad := []qiweitest.Refusal{
			{"no scene", `{` + in + `}`, 41038}, {"another scene", `{"scene":3,` + in + `}`, 41040}, {"no groups", `{"scene":2}`, 40058}, {"the twin's", fmt.Sprintf(`{"scene":2,"chat_id_list":[%q]}`, twin.ChatID), 40050},
			{"neither 0 nor 1", `{"scene":2,"auto_create_room":2,` + in + `}`, 40058}, {"a number below 0", `{"scene":2,"room_base_id":-1,` + in + `}`, 40058}, {"a list that is none", `{"scene":2,"chat_id_list":"x"}`, 40058},
		}
		h.Answers("groupchat/add_join_way", bad...)
		for i := range bad {
			bad[i].Body = strings.Replace(bad[i].Body, "{", fmt.Sprintf(`{"config_id":%q,`, way), 1)
		}
		h.Answers("groupchat/update_join_way", bad...)
		other := h.WithApp(access.SelfBuilt, h.Listed(access.Everything()))
		theirs := h.Second.WithApp(access.SelfBuilt, h.Listed(access.Everything()))
		for _, name := range []string{"groupchat/get_join_way", "groupchat/update_join_way", "groupchat/del_join_way"} {
			for what, client := range map[string]string{"another application": "other", "the twin's": "theirs"} {
				c := other
				if client == "theirs" {
					c = theirs
				}
				if got := h.Call(c, name, fmt.Sprintf(`{"config_id":%q,"scene":2,%s}`, way, in)); got.ErrCode != 41044 {
					t.Errorf("%s, %s: %s", name, what, got.Body)
				}
			}
		}
		if status, text := h.Attempt(h.Second, "join", fmt.Sprintf(`{"config_id":%q,"name":"x"}`, way)); status == 200 {
			t.Errorf("into the twin: %s", text)
		}
	})
}

// TestWaysShareAQuota: contact ways and join ways are counted together (doc 92229).
func TestWaysShareAQuota(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		one := h.group(h.Corp, `{"owner":"zhangsan"}`)
		body := fmt.Sprintf(`{"scene":2,"chat_id_list":[%q]}`, one.ChatID)
		first := h.way(body)
		h.Write(func(ctx context.Context, tx *store.Tx) error { // as if so many had been made
			_, err := tx.Exec(`UPDATE customer_size SET ways = ways + 499998 WHERE corpid = ?`, h.CorpID)
			return err
		})
		h.Answers("add_contact_way", qiweitest.Refusal{"the last", `{"type":1,"scene":2,"user":["zhangsan"]}`, 0})
		h.Answers("groupchat/add_join_way", qiweitest.Refusal{"one too many", body, 41045})
		h.Must(h.App, "groupchat/del_join_way", fmt.Sprintf(`{"config_id":%q}`, first))
		h.Answers("groupchat/add_join_way", qiweitest.Refusal{"in the place of the first", body, 0}, qiweitest.Refusal{"one too many", body, 41045})
	})
}
