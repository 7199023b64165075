package customergroup_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/qiweitest"
)

type groupAnswer struct {
	Group struct {
		Name    string `json:"name"`
		Owner   string `json:"owner"`
		Notice  string `json:"notice"`
		Version string `json:"member_version"`
		Members []struct {
			UserID  string `json:"userid"`
			Type    int    `json:"type"`
			Scene   int    `json:"join_scene"`
			State   string `json:"state"`
			Name    string `json:"name"`
			UnionID string `json:"unionid"`
			Nick    string `json:"group_nickname"`
			Invitor *struct{ UserID string }
		} `json:"member_list"`
		Admins []struct{ UserID string } `json:"admin_list"`
	} `json:"group_chat"`
}

// get returns a group and who is in it, as a line.
func (h *house) get(chat string) (g groupAnswer, members string) {
	h.T.Helper()
	h.Must(h.App, "groupchat/get", fmt.Sprintf(`{"chat_id":%q,"need_name":1}`, chat)).Decode(&g)
	var names []string
	for _, m := range g.Group.Members {
		names = append(names, m.Name)
	}
	return g, strings.Join(names, " ")
}

// TestGroup: a group is answered as its people made it (doc 92122).
func TestGroup(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		lin := h.customer(h.Corp, "zhangsan", "Lin")
		m := h.group(h.Corp, fmt.Sprintf(`{"owner":"ZhangSan","group_name":"买家群","userids":["lisi","zhangsan"],"external_userid":%q,"admins":["lisi"]}`, lin))
		now := h.Clock.Now().Unix()
		got := h.Must(h.App, "groupchat/get", fmt.Sprintf(`{"chat_id":%q}`, m.ChatID)).Body
		version := regexp.MustCompile(`"member_version":"([0-9a-f]{32})"`).FindStringSubmatch(got)
		if version == nil {
			t.Fatalf("%s", got)
		}
		want := fmt.Sprintf(`{"errcode":0,"errmsg":"ok","group_chat":{"chat_id":%q,"name":"买家群","owner":"zhangsan","create_time":%d,"notice":"","member_list":[`+
			`{"userid":"zhangsan","type":1,"join_time":%d,"join_scene":1,"group_nickname":""},`+
			`{"userid":"lisi","type":1,"join_time":%d,"join_scene":1,"invitor":{"userid":"zhangsan"},"group_nickname":""},`+
			`{"userid":%q,"type":2,"unionid":"oLin","join_time":%d,"join_scene":1,"invitor":{"userid":"zhangsan"},"group_nickname":""}],`+
			`"admin_list":[{"userid":"lisi"}],"member_version":%q}}`, m.ChatID, now, now, now, lin, now, version[1])
		if got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
		h.join(`{"chat_id":%q,"name":"He","unionid":"oHe","group_nickname":"何","state":"s"}`, m.ChatID)
		h.join(`{"chat_id":%q,"userid":"wangwu","invitor":"lisi"}`, m.ChatID)
		h.join(`{"chat_id":%q,"name":"Gu","join_scene":2,"invitor":"lisi","type":2}`, m.ChatID)
		g, names := h.get(m.ChatID)
		if names != "张三 李四 Lin He 王五 Gu" || g.Group.Version == version[1] {
			t.Errorf("%s, version %s", names, g.Group.Version)
		}
		he, wang, gu := g.Group.Members[3], g.Group.Members[4], g.Group.Members[5]
		if he.Scene != 3 || he.State != "s" || he.Nick != "何" || he.UnionID != "oHe" || he.Invitor != nil {
			t.Errorf("by a code: %+v", he)
		}
		if wang.Scene != 1 || wang.Invitor.UserID != "lisi" || wang.Type != 1 {
			t.Errorf("invited: %+v", wang)
		}
		if gu.Scene != 2 || !strings.HasPrefix(gu.UserID, "wo") {
			t.Errorf("by a link: %+v", gu)
		}
		h.Play("group/rename", `{"chat_id":%q,"group_name":"新名"}`, m.ChatID)
		h.Play("group/notice", `{"chat_id":%q,"notice":"文明"}`, m.ChatID)
		h.Play("group/owner", `{"chat_id":%q,"userid":"lisi"}`, m.ChatID)
		h.Play("leave", `{"chat_id":%q,"userid":"zhangsan"}`, m.ChatID)
		h.Play("leave", `{"chat_id":%q,"external_userid":%q,"removed_by":"lisi"}`, m.ChatID, lin)
		if g, names = h.get(m.ChatID); names != "李四 He 王五 Gu" || g.Group.Name != "新名" || g.Group.Notice != "文明" || g.Group.Owner != "lisi" {
			t.Errorf("%s, %+v", names, g)
		}
		h.join(`{"chat_id":%q,"external_userid":%q}`, m.ChatID, lin) // comes again
		if _, names = h.get(m.ChatID); names != "李四 He 王五 Gu Lin" {
			t.Errorf("come again: %s", names)
		}
		h.Play("group/dismiss", `{"chat_id":%q}`, m.ChatID)
		h.Answers("groupchat/get", qiweitest.Refusal{"dismissed", fmt.Sprintf(`{"chat_id":%q}`, m.ChatID), 49008})
		h.Answers("opengid_to_chatid", qiweitest.Refusal{"dismissed", fmt.Sprintf(`{"opengid":%q}`, m.OpenGID), 90511})
		h.Forbids("join", [2]string{fmt.Sprintf(`{"chat_id":%q,"name":"x"}`, m.ChatID), "dissolved"})
	})
}

// TestWhatAGroupRefuses: people who are in it or are not, and those who may not.
func TestWhatAGroupRefuses(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		lin, twin := h.customer(h.Corp, "zhangsan", "Lin"), h.customer(h.Second, "zhangsan", "Lin")
		m := h.group(h.Corp, fmt.Sprintf(`{"owner":"zhangsan","userids":["lisi"],"external_userid":%q,"capacity":4}`, lin))
		of := func(rest string) string { return fmt.Sprintf(`{"chat_id":%q%s}`, m.ChatID, rest) }
		h.Forbids("join",
			[2]string{of(`,"userid":"lisi"`), "already"}, [2]string{of(`,"external_userid":"` + lin + `"`), "already"}, [2]string{of(``), "nobody is named"},
			[2]string{of(`,"external_userid":"` + twin + `"`), "invalid external userid"}, [2]string{of(`,"userid":"nobody"`), "userid not found"},
			[2]string{of(`,"name":"x","invitor":"wangwu"`), "is not in the group"}, [2]string{of(`,"name":"x","join_scene":4`), "1, 2 or 3"},
			[2]string{`{"name":"x"}`, "chat_id, or"}, [2]string{`{"chat_id":"wrx","name":"x"}`, "chatid"}, [2]string{`{"link":"x","name":"x"}`, "qr_code"},
			[2]string{`{"config_id":"x","name":"x"}`, "config_id"}, [2]string{of(`,"unionid":"oX"`), "a name"})
		h.join(`{"chat_id":%q,"userid":"wangwu"}`, m.ChatID)
		h.Forbids("join", [2]string{of(`,"name":"x"`), "4 of 4"})
		h.Forbids("leave",
			[2]string{of(`,"userid":"zhangsan"`), "hand it on first"}, [2]string{of(`,"userid":"wangwu","removed_by":"lisi"`), "neither the owner nor"},
			[2]string{of(``), "nobody is named"}, [2]string{of(`,"external_userid":"` + twin + `"`), "invalid external userid"})
		h.Play("leave", `{"chat_id":%q,"external_userid":%q}`, m.ChatID, lin)
		h.Forbids("leave", [2]string{of(`,"external_userid":"` + lin + `"`), "is not in the group"})
		h.Forbids("group/owner", [2]string{of(`,"userid":"zhangsan"`), "unchanged"}, [2]string{of(`,"userid":"nobody"`), "userid not found"})
		h.Play("leave", `{"chat_id":%q,"userid":"wangwu"}`, m.ChatID)
		h.Forbids("group/owner", [2]string{of(`,"userid":"wangwu"`), "is not in the group"})
		h.Forbids("group/admins", [2]string{of(`,"userids":["zhangsan"]`), "owns the group"}, [2]string{of(`,"userids":["wangwu"]`), "is not in it"})
		h.Play("group/admins", `{"chat_id":%q,"userids":["lisi"]}`, m.ChatID)
		h.Forbids("group/create", [2]string{`{"owner":"nobody"}`, "userid not found"}, [2]string{`{"owner":"zhangsan","userids":["lisi"],"capacity":1}`, "full"})
		h.Play("scope", `{"range":{"departments":[4]}}`)
		h.Forbids("group/create", [2]string{`{"owner":"zhangsan"}`, "no external contact privilege"})
		h.Forbids("group/owner", [2]string{of(`,"userid":"lisi"`), "no external contact privilege"})
		h.Answers("groupchat/get", qiweitest.Refusal{"of an owner without customer contact", of(``), 60011})
	})
}

// listed returns the groups of a list as their names in known, page by page.
func (h *house) listed(c *qiweitest.Client, filter string, limit int, known map[string]string) (out []string) {
	h.T.Helper()
	cursor := ""
	for {
		var page struct {
			Groups []struct {
				ChatID string `json:"chat_id"`
				Status int
			} `json:"group_chat_list"`
			Next string `json:"next_cursor"`
		}
		got := h.Call(c, "groupchat/list", fmt.Sprintf(`{"limit":%d,"cursor":%q%s}`, limit, cursor, filter))
		if got.ErrCode != 0 {
			return []string{fmt.Sprint(got.ErrCode)}
		}
		got.Decode(&page)
		for _, g := range page.Groups {
			out = append(out, fmt.Sprint(known[g.ChatID], g.Status))
		}
		if cursor = page.Next; cursor == "" {
			return out
		}
	}
}

// TestGroupList: an application lists the groups of owners whom it sees, in pages (doc 92120).
func TestGroupList(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		known := map[string]string{}
		for i, owner := range []string{"zhangsan", "wangwu", "lisi", "zhangsan", "wangwu"} {
			m := h.group(h.Corp, `{"owner":"`+owner+`"}`)
			known[m.ChatID] = fmt.Sprint("g", i, "=")
		}
		h.group(h.Second, `{"owner":"zhangsan"}`)
		small := h.WithApp(access.SelfBuilt, h.Listed(access.Range{Departments: []int64{2}}))
		h.leave("wangwu")
		for _, tt := range []struct {
			what, filter string
			client       *qiweitest.Client
			want         string
		}{
			{"all whose owner is there", ``, h.App, "g0=0 g2=0 g3=0"},
			{"of one", `,"owner_filter":{"userid_list":["ZhangSan"]}`, h.App, "g0=0 g3=0"},
			{"of two, one who has left", `,"owner_filter":{"userid_list":["lisi","wangwu"]}`, h.App, "g1=1 g2=0 g4=1"},
			{"those that wait for an owner", `,"status_filter":1,"owner_filter":{"userid_list":["lisi","wangwu"]}`, h.App, "g1=1 g4=1"},
			{"those that have been inherited", `,"status_filter":3,"owner_filter":{"userid_list":["lisi","wangwu"]}`, h.App, ""},
			{"of a department", `,"owner_filter":{"partyid_list":[3]}`, h.App, "g2=0"},
			{"of a department and one more", `,"owner_filter":{"partyid_list":[3],"userid_list":["wangwu"]}`, h.App, "g1=1 g2=0 g4=1"},
			{"what a small application sees", ``, small, "g0=0 g2=0 g3=0"},
			{"it names who has left", `,"owner_filter":{"userid_list":["wangwu"]}`, small, "g1=1 g4=1"},
			{"nobody", `,"owner_filter":{"userid_list":["nobody"]}`, h.App, "60111"},
			{"the wrong cursor", `,"cursor":"x"`, h.App, "50100"},
			{"an unknown state", `,"status_filter":4`, h.App, "40058"},
			{"an offset, as older clients page", `,"offset":1`, h.App, "g2=0 g3=0"},
		} {
			for _, limit := range []int{1, 2, 1000} {
				if strings.Contains(tt.filter, "offset") && limit < 1000 {
					continue
				}
				if got := strings.Join(h.listed(tt.client, tt.filter, limit, known), " "); got != tt.want {
					t.Errorf("%s, by %d: %s, want %s", tt.what, limit, got, tt.want)
				}
			}
		}
		tiny := h.WithApp(access.SelfBuilt, h.Listed(access.Range{Departments: []int64{3}}))
		if got := h.listed(tiny, ``, 10, known); !slices.Equal(got, []string{"g2=0"}) {
			t.Errorf("of the range: %v", got)
		}
		if got := h.listed(tiny, `,"owner_filter":{"userid_list":["zhangsan"]}`, 10, known); !slices.Equal(got, []string{"60011"}) {
			t.Errorf("out of range: %v", got)
		}
	})
}

// TestVisibleGroups: a group is seen by whoever sees its owner, and the twin's by nobody here.
func TestVisibleGroups(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		ours, theirs := h.group(h.Corp, `{"owner":"wangwu"}`), h.group(h.Second, `{"owner":"wangwu"}`)
		all := h.App
		small := h.WithApp(access.SelfBuilt, h.Listed(access.Range{Departments: []int64{2}}))
		for _, tt := range []struct {
			client        *qiweitest.Client
			m             made
			get, get_open int
		}{
			{all, ours, 0, 0}, {all, theirs, 40050, 90511}, {small, ours, 60011, 60011}, {all, made{"wrAAAA", "tGAAAA"}, 40050, 90511}, {all, made{ours.OpenGID, ours.ChatID}, 40050, 90511}, {all, made{}, 40050, 90511},
		} {
			h.App = tt.client
			h.Answers("groupchat/get", qiweitest.Refusal{"get", fmt.Sprintf(`{"chat_id":%q}`, tt.m.ChatID), tt.get})
			h.Answers("opengid_to_chatid", qiweitest.Refusal{"convert", fmt.Sprintf(`{"opengid":%q}`, tt.m.OpenGID), tt.get_open})
			h.Answers("groupchat/add_join_way", qiweitest.Refusal{"a way", fmt.Sprintf(`{"scene":2,"chat_id_list":[%q]}`, tt.m.ChatID), tt.get})
		}
		for _, name := range []string{"group/rename", "group/dismiss", "group/notice"} {
			h.Forbids(name, [2]string{fmt.Sprintf(`{"chat_id":%q}`, theirs.ChatID), "chatid"})
		}
	})
}

// TestProvidersIDs: a provider knows groups and the people in them by ids of its own, and is told no unionid
// (doc 92707).
func TestProvidersIDs(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		lin := h.customer(h.Corp, "zhangsan", "Lin")
		m := h.group(h.Corp, fmt.Sprintf(`{"owner":"zhangsan","group_name":"g","external_userid":%q}`, lin))
		theirs := h.SuiteApp(access.ThirdParty, nil, "externalcontact:base:base", "externalcontact:groupchat:transfer")
		var page struct {
			Groups []struct {
				ChatID string `json:"chat_id"`
			} `json:"group_chat_list"`
		}
		h.Call(theirs, "groupchat/list", `{"limit":10}`).Decode(&page)
		if len(page.Groups) != 1 || page.Groups[0].ChatID == m.ChatID || !strings.HasPrefix(page.Groups[0].ChatID, "wr") {
			t.Fatalf("%+v", page)
		}
		chat := page.Groups[0].ChatID
		got := h.Call(theirs, "groupchat/get", fmt.Sprintf(`{"chat_id":%q,"need_name":1}`, chat))
		for _, secret := range []string{m.ChatID, lin, "zhangsan", "张三", "oLin"} {
			if got.ErrCode != 0 || strings.Contains(got.Body, secret) {
				t.Errorf("%s is told: %s", secret, got.Body)
			}
		}
		h.App = theirs
		h.Answers("groupchat/get", qiweitest.Refusal{"the corp's own id", fmt.Sprintf(`{"chat_id":%q}`, m.ChatID), 40050})
		if got := h.Call(theirs, "groupchat/onjob_transfer", fmt.Sprintf(`{"chat_id_list":[%q],"new_owner":"zhangsan"}`, chat)); got.ErrCode != 60111 || strings.Contains(got.Body, m.ChatID) {
			t.Errorf("%s", got.Body)
		}
	})
}
