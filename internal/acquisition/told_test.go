package acquisition_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/qiweitest"
)

// masked replaces in a push what differs from run to run.
func masked(text string) string {
	for _, element := range []string{"ToUserName", "SuiteId", "AuthCorpId", "LinkId", "ChatKey", "ExternalUserID", "UserID", "OnceKey"} {
		text = regexp.MustCompile(`<`+element+`><!\[CDATA\[[\w-]+\]`).ReplaceAllString(text, `<`+element+`><![CDATA[X]`)
	}
	return regexp.MustCompile(`<(CreateTime|TimeStamp|ExpireTime|EffectiveTime)>\d+<`).ReplaceAllString(text, "<$1>TIME<")
}

// suite has a suite of a provider, namely the second enterprise, installed with the permission for links, and
// returns a client of the application and who is told at the suite's command URL.
func (h *house) suite() (*qiweitest.Client, *qiweitest.Receiver) {
	h.T.Helper()
	rc := h.Receiver()
	rc.Always(qiweitest.Text(200, "success"))
	return h.SuiteApp(access.ThirdParty, rc, "externalcontact:customer_acquisition:base"), rc
}

// TestTold compares with testdata/push what applications and suites are told: of links the one that made it, of
// the balance all that may call (doc 97299, 97402).
func TestTold(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		third, command := h.suite()
		other := h.WithApp(access.SelfBuilt, h.Listed(access.Everything()))
		names := []string{"app", "other", "suite", "unlisted", "twin"}
		receivers := map[string]*qiweitest.Receiver{
			"app": h.Receiver(h.App), "other": h.Receiver(other), "suite": command,
			"unlisted": h.Receiver(h.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything()})), "twin": h.Receiver(h.Second.WithApp(access.SelfBuilt, h.Listed(access.Everything()))),
		}
		h.Delivered()
		for _, r := range receivers {
			r.Take()
		}
		var out strings.Builder
		step := func(what string, do func(), want string) {
			t.Helper()
			h.Advance(time.Minute)
			do()
			h.Delivered()
			fmt.Fprintf(&out, "# %s\n", what)
			var told []string
			for _, name := range names {
				for _, r := range receivers[name].Take() {
					if r.Field("Event") != "customer_acquisition" && r.Field("InfoType") != "customer_acquisition" {
						continue
					}
					told = append(told, name+":"+r.Field("ChangeType"))
					if r.Problem != "" {
						t.Errorf("%s: %s", what, r.Problem)
					}
					if name == "app" || name == "suite" {
						out.WriteString(masked(r.XML()) + "\n")
					}
				}
			}
			slices.Sort(told)
			if got := strings.Join(slices.Compact(told), " "); got != want {
				t.Errorf("%s: told %q, want %q", what, got, want)
			}
		}
		all := func(change string) string { return "app:" + change + " other:" + change + " suite:" + change }
		step("quota is bought", func() { h.buy(21) }, all("balance_increased"))
		step("more", func() { h.buy(1) }, "")
		for _, who := range []struct {
			name   string
			client *qiweitest.Client
		}{{"app", h.App}, {"suite", third}} {
			people := `"user_list":["zhangsan"]`
			if who.name == "suite" { // it knows members by other ids
				people = `"department_list":[2]`
			}
			l := h.create(who.client, people, "")
			step("a link is opened", func() { h.Play("acquisition/open", `{"link":"%s?customer_channel=A"}`, l.URL) }, who.name+":open_profile")
			var external, user string
			step("somebody comes by it", func() { external, user = h.come(l.URL+"?customer_channel=A", who.name) }, who.name+":friend_request "+who.name+":open_profile")
			step("and writes", func() { h.Play("send", `{"userid":%q,"external_userid":%q,"text":"hi"}`, user, external) }, who.name+":customer_start_chat")
			step("twice more", func() {
				h.Play("send", `{"userid":%q,"external_userid":%q,"text":"hi"}`, user, external)
				h.Play("send", `{"userid":%q,"external_userid":%q,"text":"hi"}`, user, external)
			}, who.name+":message_from_customer")
			h.Play("scope", `{"range":{"members":["wangwu"]}}`)
			step("nobody can be added", func() {
				h.Play("acquisition/open", `{"link":%q}`, l.URL)
				h.Play("acquisition/open", `{"link":%q}`, l.URL)
			}, who.name+":link_unavailable")
			h.Play("scope", `{"range":null}`)
			step("an administrator deletes it", func() { h.PlayIn(h.Corp, "acquisition/delete", `{"link_id":"`+l.LinkID+`"}`) }, who.name+":delete_link")
			step("its application deletes another", func() {
				h.Must(who.client, "delete_link", `{"link_id":"`+h.create(who.client, people, "").LinkID+`"}`)
			}, "")
		}
		l := h.create(other, `"user_list":["wangwu"]`, "")
		step("below twenty", func() { h.come(l.URL, "n1") }, "app:balance_low other:balance_low other:friend_request other:open_profile suite:balance_low")
		step("the last", func() {
			for n := range 19 {
				h.come(l.URL, fmt.Sprint("m", n))
			}
		}, "app:balance_exhausted other:balance_exhausted other:friend_request other:open_profile suite:balance_exhausted")
		h.PlayIn(h.Corp, "acquisition/buy", `{"count":100,"expires":"`+h.Clock.Now().Add(8*24*time.Hour).Format(time.RFC3339)+`"}`)
		h.Delivered()
		for _, r := range receivers {
			r.Take()
		}
		for _, days := range []int{1, 4, 1, 1} {
			step("it expires soon", func() {
				h.Advance(time.Duration(days) * 24 * time.Hour)
				if err := h.Server.Acquisition.TellExpiring(context.Background()); err != nil {
					t.Fatal(err)
				}
			}, all("quota_expire_soon"))
		}
		step("it expires", func() {
			h.Advance(24 * time.Hour)
			if err := h.Server.Acquisition.TellExpiring(context.Background()); err != nil {
				t.Fatal(err)
			}
		}, all("balance_exhausted"))
		if got := h.balance(); got != "0 left, 22 used" {
			t.Errorf("%s", got)
		}
		qiweitest.Golden(t, "push/told.txt", out.String())
	})
}
