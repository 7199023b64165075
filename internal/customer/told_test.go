package customer_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/qiweitest"
)

type group struct {
	Group struct {
		ID   string `json:"group_id"`
		Tags []struct {
			ID, Name string
		} `json:"tag"`
	} `json:"tag_group"`
}

// masked replaces in a push what differs from run to run.
func masked(h *house, text string, names map[string]string) string {
	text = strings.ReplaceAll(text, h.CorpID, "CORPID")
	for id, name := range names {
		if id != "" {
			text = strings.ReplaceAll(text, id, name)
		}
	}
	text = regexp.MustCompile(`<CreateTime>\d+<`).ReplaceAllString(text, "<CreateTime>TIME<")
	return regexp.MustCompile(`<WelcomeCode><!\[CDATA\[[\w-]+\]`).ReplaceAllString(text, "<WelcomeCode><![CDATA[CODE]")
}

// TestTold compares what applications are told with testdata/push: of everything that people do, and of nothing
// that an application does (doc 92130).
func TestTold(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		provider := func(grants ...string) *qiweitest.Client {
			return h.WithApp(access.Custom, app.Settings{Range: access.Everything(), Grants: grants})
		}
		receivers := map[string]*qiweitest.Receiver{}
		names := []string{"app", "research", "system", "provider", "tags", "unlisted", "twin"}
		for i, c := range []*qiweitest.Client{
			h.app, h.WithApp(access.SelfBuilt, listed(access.Range{Departments: []int64{2}})), h.As(access.CustomerContact), provider("externalcontact:base:base"),
			provider("externalcontact:contact:tag"), h.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything()}), h.Second.WithApp(access.SelfBuilt, listed(access.Everything())),
		} {
			receivers[names[i]] = h.Receiver(c)
		}
		h.Delivered()
		for _, r := range receivers {
			r.Take()
		}
		var lin, he added
		var made group
		known := map[string]string{}
		of := func(rest string) string {
			return fmt.Sprintf(`{"userid":"wangwu","external_userid":%q%s}`, lin.External, rest)
		}
		const contact, tag = "change_external_contact/", "change_external_tag/"
		all, tags := "app research system provider", "app research system tags"
		wang, zhang := "app system provider", all
		var out strings.Builder
		for _, step := range []struct {
			what string
			do   func()
			kind string
			to   string
		}{
			{"a customer adds a member", func() {
				lin = h.add(`{"userid":"wangwu","name":"Lin","state":"booth7"}`)
				known[lin.External] = "EXTERNAL"
			}, contact + "add_external_contact", wang},
			{"a member adds a customer", func() {
				he = h.add(`{"userid":"zhangsan","name":"He","by":"member"}`)
				known[he.External] = "EXTERNAL"
			}, contact + "add_external_contact", zhang},
			{"the first is not confirmed", func() { h.add(`{"userid":"lisi","external_userid":"` + lin.External + `","half":true,"state":"x"}`) }, contact + "add_half_external_contact", zhang},
			{"it is", func() { h.add(`{"userid":"lisi","external_userid":"` + lin.External + `"}`) }, contact + "add_external_contact", zhang},
			{"a member edits", func() { h.done(h.Corp, "edit", of(`,"remark":"林"`), nil) }, contact + "edit_external_contact", wang},
			{"a customer removes a member", func() { h.done(h.Corp, "remove", of(``), nil) }, contact + "del_follow_user", wang},
			{"the member too", func() { h.done(h.Corp, "remove", of(`,"by":"member"`), nil) }, contact + "del_external_contact", wang},
			{"an administrator makes tags", func() {
				h.done(h.Corp, "tags", `{"add":{"group_name":"级别","tag":[{"name":"金"},{"name":"银"}]}}`, &made)
				known[made.Group.ID], known[made.Group.Tags[0].ID], known[made.Group.Tags[1].ID] = "GROUP", "TAG", "TAG"
			}, tag + "create", tags},
			{"renames one", func() { h.done(h.Corp, "tags", `{"edit":{"id":"`+made.Group.Tags[0].ID+`","name":"钻"}}`, nil) }, tag + "update", tags},
			{"puts them into an order", func() {
				h.done(h.Corp, "tags", `{"shuffle":{"group_id":"`+made.Group.ID+`","order":["`+made.Group.Tags[1].ID+`","`+made.Group.Tags[0].ID+`"]}}`, nil)
			}, tag + "shuffle", tags},
			{"puts the groups into one", func() { h.done(h.Corp, "tags", `{"shuffle":{"order":["`+made.Group.ID+`"]}}`, nil) }, tag + "shuffle", tags},
			{"deletes one", func() { h.done(h.Corp, "tags", `{"delete":{"tag_id":["`+made.Group.Tags[0].ID+`"]}}`, nil) }, tag + "delete", tags},
			{"deletes the last", func() { h.done(h.Corp, "tags", `{"delete":{"tag_id":["`+made.Group.Tags[1].ID+`"]}}`, nil) }, tag + "delete", tags},
			{"an application remarks and tags", func() {
				var own group
				h.must("add_corp_tag", `{"group_name":"own","tag":[{"name":"a"},{"name":"b"}]}`).Decode(&own)
				of := fmt.Sprintf(`{"userid":"zhangsan","external_userid":%q,`, he.External)
				h.must("mark_tag", of+`"add_tag":["`+own.Group.Tags[0].ID+`"]}`)
				h.must("remark", of+`"remark":"x"}`)
				h.must("edit_corp_tag", `{"id":"`+own.Group.ID+`","name":"renamed"}`)
				h.must("del_corp_tag", `{"tag_id":["`+own.Group.Tags[0].ID+`"]}`)
			}, "", ""},
			{"one hands a customer over", func() {
				h.must("transfer_customer", fmt.Sprintf(`{"handover_userid":"zhangsan","takeover_userid":"lisi","external_userid":[%q]}`, he.External))
			}, "", ""},
			{"who refuses", func() {
				h.done(h.Corp, "transfer", fmt.Sprintf(`{"userid":"lisi","external_userid":%q,"answer":"refuse"}`, he.External), nil)
			}, contact + "transfer_fail", "app research system"},
			{"again, to one who has too many customers", func() {
				h.must("transfer_customer", fmt.Sprintf(`{"handover_userid":"zhangsan","takeover_userid":"lisi","external_userid":[%q]}`, he.External))
				h.done(h.Corp, "transfer", fmt.Sprintf(`{"userid":"lisi","external_userid":%q,"answer":"full"}`, he.External), nil)
			}, contact + "transfer_fail", "app research system"},
			{"again, and nobody refuses", func() {
				h.must("transfer_customer", fmt.Sprintf(`{"handover_userid":"zhangsan","takeover_userid":"lisi","external_userid":[%q]}`, he.External))
				h.Advance(24 * time.Hour)
				h.due()
			}, contact + "del_external_contact " + contact + "add_external_contact", zhang},
			{"back to the first, who once had handed over", func() {
				h.must("transfer_customer", fmt.Sprintf(`{"handover_userid":"lisi","takeover_userid":"zhangsan","external_userid":[%q]}`, he.External))
				h.done(h.Corp, "transfer", fmt.Sprintf(`{"userid":"zhangsan","external_userid":%q,"answer":"accept"}`, he.External), nil)
			}, contact + "del_external_contact", zhang},
			{"a customer and a member write", func() {
				h.done(h.Corp, "send", fmt.Sprintf(`{"userid":"zhangsan","external_userid":%q,"text":"hi"}`, he.External), nil)
			}, "", ""},
		} {
			h.Advance(time.Minute)
			step.do()
			h.Delivered()
			fmt.Fprintf(&out, "# %s\n", step.what)
			var told []string
			for _, name := range names {
				got := receivers[name].Take()
				if len(got) > 0 {
					told = append(told, name)
				}
				for _, r := range got {
					if !strings.Contains(step.kind, r.Kind()) || r.Problem != "" {
						t.Errorf("%s: %s was told %s %s", step.what, name, r.Kind(), r.Problem)
					}
					if code := r.Field("WelcomeCode"); name == "provider" && code != "" {
						t.Errorf("%s: a provider's that may not welcome has a code", step.what)
					}
					if name == "app" {
						out.WriteString(masked(h, r.XML(), known) + "\n")
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
