package install_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// registering is a provider with a package, and the path of a link that it has made.
func registering(w *qiweitest.World) (h qiweitest.Seller, link func() string) {
	h = w.Seller(access.ThirdParty)
	template := h.Play("package", fmt.Sprintf(`{"provider":%q,"name":"推广","suites":[%q]}`, h.Provider.CorpID, h.Suite.SuiteID)).Text("template_id")
	return h, func() string {
		return "/3rdservice/wework/register?register_code=" + url.QueryEscape(h.Must("service/get_register_code",
			`{"template_id":"`+template+`","corp_name":"西风","admin_name":"赵六","admin_mobile":"13900000009","state":"s1"}`).Text("register_code"))
	}
}

func named(t *testing.T, w *qiweitest.World, name string) (out []corp.Corp) {
	t.Helper()
	w.Write(func(ctx context.Context, tx *store.Tx) error {
		all, err := w.Server.Corps.Corps(tx)
		for _, c := range all {
			if c.Name == name {
				out = append(out, c)
			}
		}
		return err
	})
	return out
}

// TestRegisterByLink: a provider's link asks for an enterprise with what the provider has filled in, which its founder
// administers and the package's application is installed in. The link is good once, for those who have opened it in
// time.
func TestRegisterByLink(t *testing.T) {
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h, link := registering(w)
		one := link()
		b, late := w.Browser(), w.Browser()
		page := b.Get(one)
		for _, want := range []string{`value="西风"`, `value="赵六"`, `value="13900000009"`, "报表"} {
			if !strings.Contains(page.Body, want) {
				t.Errorf("the page lacks %s: %s", want, page.Text())
			}
		}
		if english := w.Browser().Get(one + "&lang=en"); !strings.Contains(english.Text(), "Register an enterprise") {
			t.Errorf("in English: %s", english.Text())
		}
		w.Advance(10*time.Minute - time.Second)
		second := late.Get(one)
		w.Advance(time.Second)
		if got := w.Browser().Get(one); strings.Contains(got.Body, `name="corp"`) || !strings.Contains(got.Text(), "这个注册链接已失效") {
			t.Errorf("opened after ten minutes: %s", got.Text())
		}
		fill := []string{"corp", "西风", "name", "赵六", "userid", "zhaoliu", "mobile", "13900000009", "email", ""}
		with := func(name, value string) []string {
			out := append([]string{}, fill...)
			for i := 0; i < len(out); i += 2 {
				if out[i] == name {
					out[i+1] = value
				}
			}
			return out
		}
		for what, fields := range map[string][]string{
			"no name of the enterprise": with("corp", " "), "a long one": with("corp", strings.Repeat("企", 65)), "no userid": with("userid", ""), "a userid that is none": with("userid", "a b"),
			"no name": with("name", ""), "nowhere to reach the founder": with("mobile", ""), "a mobile number that is none": with("mobile", "12"),
		} {
			if got := b.Press(page, fields...); got.Status != 422 || !strings.Contains(got.Body, `name="corp"`) || len(named(t, w, "西风")) != 0 {
				t.Errorf("%s: %d %s", what, got.Status, got.Text())
			}
		}
		_, foreign := page.Form(t)
		for i := 0; i < len(fill); i += 2 {
			foreign.Set(fill[i], fill[i+1])
		}
		if got := w.Browser().Post("/3rdservice/wework/register", foreign); got.Status == 303 || len(named(t, w, "西风")) != 0 {
			t.Errorf("a form of another browser: %d", got.Status)
		}
		// The page was opened in time, and is sent later.
		got := b.Press(page, fill...)
		if got.Status != 303 || !strings.HasPrefix(got.Location, "/account/invite?") {
			t.Fatalf("%d %q: %s", got.Status, got.Location, got.Text())
		}
		if got := late.Press(second, with("userid", "other")...); got.Status == 303 || !strings.Contains(got.Text(), "这个注册链接已失效") {
			t.Errorf("a link that was used: %d %s", got.Status, got.Text())
		}
		made := named(t, w, "西风")
		if len(made) != 1 || made[0].Creator != "zhaoliu" {
			t.Fatalf("%+v", made)
		}
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			in, err := w.Server.Suites.Installation(tx, made[0].CorpID, h.Suite.SuiteID)
			if err == nil && (!in.Range.All() || in.State != "s1") {
				err = fmt.Errorf("installed as %+v", in)
			}
			m, gone := w.Server.Directory.Member(ctx, tx, access.System(made[0].CorpID), "zhaoliu")
			if m.Name != "赵六" || m.Mobile != "13900000009" {
				t.Errorf("the founder is %+v", m)
			}
			return errors.Join(err, gone)
		})
		const secret = "correct horse battery"
		invite := b.Get(got.Location)
		for _, filled := range []string{"zhaoliu", got.To(t).Query().Get("code")} {
			if !strings.Contains(invite.Body, `value="`+filled+`"`) {
				t.Errorf("the invitation is not filled in with %q", filled)
			}
		}
		if got := b.Press(invite, "userid", "zhaoliu", "code", got.To(t).Query().Get("code"), "new", secret, "again", secret); got.Location != "/console/?enter=1" {
			t.Errorf("the invitation leads to %q: %s", got.Location, got.Text())
		}
		for _, nothing := range []string{"", "?register_code=", "?register_code=guess"} {
			if got := w.Browser().Get("/3rdservice/wework/register" + nothing); strings.Contains(got.Body, `name="corp"`) {
				t.Errorf("%q: %s", nothing, got.Text())
			}
		}
		// A page that was open for longer than it may.
		slow := w.Browser()
		h.SignIn()
		open := slow.Get(link())
		w.Advance(2 * time.Hour)
		if got := slow.Press(open, with("userid", "slow")...); got.Status == 303 || len(named(t, w, "西风")) != 1 {
			t.Errorf("two hours later: %d", got.Status)
		}
	})
}
