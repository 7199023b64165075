package customer_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/qiweitest"
)

// installed has a suite of a provider, namely the second enterprise, installed in an enterprise with
// permissions, and returns who is told at its command URL.
func (h *house) installed(c *qiweitest.Corp, within access.Range, grants ...string) *qiweitest.Receiver {
	h.t.Helper()
	rc := h.Receiver()
	rc.Always(qiweitest.Text(200, "success"))
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		if _, err := h.Server.Suites.Provider(tx, h.Second.CorpID); err != nil {
			if _, err = h.Server.Suites.CreateProvider(ctx, tx, suite.Provider{CorpID: h.Second.CorpID, TrustedIPs: qiweitest.Local}); err != nil {
				return err
			}
		}
		v, err := h.Server.Suites.CreateSuite(ctx, tx, suite.Suite{Partner: h.Second.CorpID, Kind: access.ThirdParty, Token: rc.Token, AESKey: rc.AESKey,
			Settings: suite.Settings{Name: "客户", CommandURL: rc.URL, Permissions: grants}})
		if err != nil {
			return err
		}
		in, _, err := h.Server.Suites.InstallSuite(ctx, tx, suite.Install{SuiteID: v.SuiteID, CorpID: c.CorpID, Silent: true})
		if err != nil {
			return err
		}
		in.Range, in.Grants = within, grants
		return h.Server.Apps.UpdateApp(ctx, tx, in.App)
	})
	h.Delivered()
	rc.Take()
	return rc
}

// maskedSuite replaces in a push to a suite what differs from run to run.
func maskedSuite(text string) string {
	text = regexp.MustCompile(`<TimeStamp>\d+<`).ReplaceAllString(text, "<TimeStamp>TIME<")
	for element, as := range map[string]string{"SuiteId": "SUITE", "AuthCorpId": "CORP", "UserID": "USER", "ExternalUserID": "EXTERNAL", "Id": "TAG", "WelcomeCode": "CODE"} {
		text = regexp.MustCompile(`<`+element+`><!\[CDATA\[[\w-]+\]`).ReplaceAllString(text, `<`+element+`><![CDATA[`+as+`]`)
	}
	return text
}

// TestToldSuites: a third-party application's suite is told at its command URL of what people do, as far as
// the application sees them and has the permission, in its provider's ids (doc 92277).
func TestToldSuites(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		const base, tags = "externalcontact:base:base", "externalcontact:contact:tag"
		receivers := map[string]*qiweitest.Receiver{
			"all":      h.installed(h.Corp, access.Everything(), base, tags, "externalcontact:contact:welcome_msg", "externalcontact:contact:transfer"),
			"research": h.installed(h.Corp, access.Range{Departments: []int64{2}}, base),
			"nothing":  h.installed(h.Corp, access.Everything(), "contact:base:base"),
			"twin":     h.installed(h.Second, access.Everything(), base, tags),
		}
		var lin, he added
		var made group
		of := func(user string, a added, rest string) string {
			return fmt.Sprintf(`{"userid":%q,"external_userid":%q%s}`, user, a.External, rest)
		}
		var out strings.Builder
		for _, step := range []struct {
			what string
			do   func()
			to   string
		}{
			{"a customer adds a member", func() { lin = h.add(`{"userid":"wangwu","name":"Lin","state":"booth7"}`) }, "all"},
			{"another", func() { he = h.add(`{"userid":"zhangsan","name":"He"}`) }, "all research"},
			{"one is not confirmed", func() { h.add(of("lisi", lin, `,"half":true,"state":"x"`)) }, "all research"},
			{"a member edits", func() { h.done(h.Corp, "edit", of("wangwu", lin, `,"remark":"林"`), nil) }, "all"},
			{"a member edits a number", func() { h.done(h.Corp, "edit", of("wangwu", lin, `,"remark_mobiles":["138"]`), nil) }, ""},
			{"a customer removes a member", func() { h.done(h.Corp, "remove", of("wangwu", lin, ``), nil) }, "all"},
			{"the member too", func() { h.done(h.Corp, "remove", of("wangwu", lin, `,"by":"member"`), nil) }, "all"},
			{"tags are made", func() {
				h.done(h.Corp, "tags", `{"add":{"group_name":"级别","tag":[{"name":"金"}]}}`, &made)
			}, "all"},
			{"one is renamed", func() { h.done(h.Corp, "tags", `{"edit":{"id":"`+made.Group.Tags[0].ID+`","name":"钻"}}`, nil) }, "all"},
			{"they are put into an order", func() { h.done(h.Corp, "tags", `{"shuffle":{"order":["`+made.Group.ID+`"]}}`, nil) }, "all"},
			{"they are deleted", func() { h.done(h.Corp, "tags", `{"delete":{"group_id":["`+made.Group.ID+`"]}}`, nil) }, "all"},
			{"a customer refuses to be handed over", func() {
				h.must("transfer_customer", fmt.Sprintf(`{"handover_userid":"zhangsan","takeover_userid":"lisi","external_userid":[%q]}`, he.External))
				h.done(h.Corp, "transfer", of("lisi", he, `,"answer":"refuse"`), nil)
			}, "all"},
			{"one is handed over", func() {
				h.must("transfer_customer", fmt.Sprintf(`{"handover_userid":"zhangsan","takeover_userid":"lisi","external_userid":[%q]}`, he.External))
				h.done(h.Corp, "transfer", of("lisi", he, `,"answer":"accept"`), nil)
			}, "all research"},
			{"an application remarks", func() { h.must("remark", of("lisi", he, `,"remark":"x"`)) }, ""},
		} {
			h.Advance(time.Minute)
			step.do()
			h.Delivered()
			fmt.Fprintf(&out, "# %s\n", step.what)
			var told []string
			for _, name := range []string{"all", "research", "nothing", "twin"} {
				got := slices.DeleteFunc(receivers[name].Take(), func(r qiweitest.Received) bool { return r.Field("SuiteTicket") != "" })
				if len(got) > 0 {
					told = append(told, name)
				}
				for _, r := range got {
					if r.Problem != "" || strings.Contains(r.XML(), h.CorpID) || strings.Contains(r.XML(), lin.External) || strings.Contains(r.XML(), "zhangsan") {
						t.Errorf("%s: %s was told %s %s", step.what, name, r.Problem, r.XML())
					}
					if name == "all" {
						out.WriteString(maskedSuite(r.XML()) + "\n")
					}
				}
			}
			if got := strings.Join(told, " "); got != step.to {
				t.Errorf("%s: told %q, want %q", step.what, got, step.to)
			}
		}
		qiweitest.Golden(t, "push/suite.txt", out.String())
	})
}
