package customergroup_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/qiweitest"
)

// masked replaces in a push what differs from run to run.
func masked(h *house, text string, names map[string]string) string {
	text = strings.ReplaceAll(text, h.CorpID, "CORPID")
	for id, name := range names {
		text = strings.ReplaceAll(text, id, name)
	}
	text = regexp.MustCompile(`<(CreateTime|TimeStamp)>\d+<`).ReplaceAllString(text, "<$1>TIME<")
	text = regexp.MustCompile(`<(LastMemVer|CurMemVer)>[0-9a-f]{32}<`).ReplaceAllString(text, "<$1>VERSION<")
	text = regexp.MustCompile(`(SuiteId|AuthCorpId|ChatId)><!\[CDATA\[[\w-]+\]`).ReplaceAllString(text, "$1><![CDATA[ID]")
	return regexp.MustCompile(`<Item>w[mo][\w-]+<`).ReplaceAllString(text, "<Item>PERSON<")
}

// TestTold compares what applications are told with testdata/push: of everything that people do, and of nothing
// that an application does (doc 92130, 92277).
func TestTold(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		custom := func(grants ...string) *qiweitest.Client {
			return h.WithApp(access.Custom, app.Settings{Range: access.Everything(), Grants: grants})
		}
		receivers := map[string]*qiweitest.Receiver{}
		names := []string{"app", "market", "system", "custom", "without", "unlisted", "twin", "suite"}
		for i, c := range []*qiweitest.Client{
			h.App, h.WithApp(access.SelfBuilt, h.Listed(access.Range{Departments: []int64{4}})), h.As(access.CustomerContact), custom("externalcontact:base:base"), custom("externalcontact:contact:tag"),
			h.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything()}), h.Second.WithApp(access.SelfBuilt, h.Listed(access.Everything())),
		} {
			receivers[names[i]] = h.Receiver(c)
		}
		receivers["suite"] = h.Receiver()
		receivers["suite"].Always(qiweitest.Text(200, "success"))
		h.SuiteApp(access.ThirdParty, receivers["suite"], "externalcontact:base:base")
		h.Delivered()
		for _, r := range receivers {
			r.Take()
		}
		lin := h.customer(h.Corp, "zhangsan", "Lin")
		h.Delivered()
		for _, r := range receivers {
			r.Take()
		}
		var m made
		var way string
		of := func(rest string) string { return fmt.Sprintf(`{"chat_id":%q%s}`, m.ChatID, rest) }
		const chat = "change_external_chat/"
		all, wang := "app system custom suite", "app market system custom suite"
		last := ""
		var out strings.Builder
		for _, step := range []struct {
			what string
			do   func()
			kind string
			to   string
		}{
			{"a member makes a group", func() {
				m = h.group(h.Corp, fmt.Sprintf(`{"owner":"zhangsan","group_name":"g","external_userid":%q}`, lin))
			}, chat + "create", all},
			{"a member and a customer are invited", func() {
				h.join(`{"chat_id":%q,"userid":"wangwu","name":"He","invitor":"zhangsan"}`, m.ChatID)
			}, chat + "update", all},
			{"somebody comes by a code", func() { h.join(`{"chat_id":%q,"name":"Gu"}`, m.ChatID) }, chat + "update", all},
			{"by a link", func() { h.join(`{"chat_id":%q,"name":"Qi","join_scene":2}`, m.ChatID) }, chat + "update", all},
			{"somebody goes", func() { h.Play("leave", `{"chat_id":%q,"external_userid":%q}`, m.ChatID, lin) }, chat + "update", all},
			{"the owner hands it on", func() { h.Play("group/owner", `{"chat_id":%q,"userid":"wangwu"}`, m.ChatID) }, chat + "update", wang},
			{"somebody is removed", func() { h.Play("leave", `{"chat_id":%q,"userid":"zhangsan","removed_by":"wangwu"}`, m.ChatID) }, chat + "update", wang},
			{"it gets a name", func() { h.PlayIn(h.Corp, "group/rename", of(`,"group_name":"n"`)) }, chat + "update", wang},
			{"and a notice", func() { h.PlayIn(h.Corp, "group/notice", of(`,"notice":"n"`)) }, chat + "update", wang},
			{"somebody says something", func() { h.PlayIn(h.Corp, "group/send", of(`,"userid":"wangwu","text":"n"`)) }, "", ""},
			{"an application makes a way and hands the group over", func() {
				way = h.way(fmt.Sprintf(`{"scene":2,"chat_id_list":[%q]}`, m.ChatID))
				h.Must(h.App, "groupchat/onjob_transfer", handed("lisi", m.ChatID))
			}, "", ""},
			{"somebody comes by the way", func() { h.join(`{"config_id":%q,"external_userid":%q}`, way, lin) }, chat + "update", all},
			{"the owner leaves the corp", func() { h.leave("lisi") }, "", ""},
			{"somebody comes meanwhile", func() { h.join(`{"chat_id":%q,"name":"Bo"}`, m.ChatID) }, chat + "update", wang},
			{"a member who is in it leaves the corp", func() { h.leave("wangwu") }, chat + "update", wang},
			{"it is dismissed", func() { h.PlayIn(h.Corp, "group/dismiss", of(``)) }, chat + "dismiss", wang},
		} {
			step.do()
			h.Delivered()
			fmt.Fprintf(&out, "# %s\n", step.what)
			var told []string
			for _, name := range names {
				got := receivers[name].Take()
				for _, r := range got {
					kind := r.Kind()
					if name == "suite" {
						kind = r.Field("InfoType") + "/" + r.Field("ChangeType")
					}
					if !strings.HasPrefix(kind, chat) {
						continue // of the directory
					}
					if len(told) == 0 || told[len(told)-1] != name {
						told = append(told, name)
					}
					if kind != step.kind || r.Problem != "" {
						t.Errorf("%s: %s was told %s %s", step.what, name, kind, r.Problem)
					}
					if name == "suite" && (strings.Contains(r.XML(), m.ChatID) || strings.Contains(r.XML(), "wangwu") || strings.Contains(r.XML(), lin)) {
						t.Errorf("the corp's own ids: %s", r.XML())
					}
					if name == "app" && r.Field("CurMemVer") != "" {
						if last != "" && step.what != "somebody comes by the way" && r.Field("LastMemVer") != last {
							t.Errorf("%s: from version %s, %s expected", step.what, r.Field("LastMemVer"), last)
						}
						last = r.Field("CurMemVer")
					}
					if name == "app" || name == "suite" {
						out.WriteString(masked(h, r.XML(), map[string]string{}) + "\n")
					}
				}
			}
			if got := strings.Join(told, " "); got != step.to {
				t.Errorf("%s: told %s, want %s", step.what, got, step.to)
			}
		}
		qiweitest.Golden(t, "push/told.txt", out.String())
	})
}
