package install_test

import (
	"context"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/qiweitest"
)

// TestModes: an administrator takes over what members have installed, and gives it back (doc 94496). The provider is
// told of each by change_auth, once.
func TestModes(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		s := open(t, w, access.ThirdParty, nil)
		s.letMembers(true)
		for _, user := range []string{"lisi", "wangwu"} {
			b := signedIn(w.Corp, user)
			b.Press(b.Get("/3rdapp/join?suite_id="+s.suite.SuiteID+"&next=/account/", "Referer", ""), "decision", "confirm")
		}
		token := s.corpToken(s.suite)
		s.told()
		change := func(more string, want int) {
			t.Helper()
			if status, said := w.Script("providers/change", `{"suite_id":"`+s.suite.SuiteID+`","corpid":"`+w.CorpID+`"`+more+`}`); status != want {
				t.Fatalf("%s: %d %s", more, status, said)
			}
		}
		changed := func(what string, n int) {
			t.Helper()
			told := s.told()
			for _, p := range told {
				if p.Field("InfoType") != "change_auth" {
					t.Errorf("%s: %+v", what, p)
				}
			}
			if len(told) != n {
				t.Errorf("%s: %d pushes, want %d", what, len(told), n)
			}
		}
		// What members have installed sees no departments, and of their own the root.
		var lisi string
		w.Write(func(_ context.Context, tx *store.Tx) error {
			numbers, err := w.Server.Directory.MemberNumbers(tx, w.CorpID, []string{"lisi"})
			_, lisi = w.Server.Suites.ShownIDs(s.suite.Provider, w.CorpID, numbers["lisi"])
			return err
		})
		user := func() qiweitest.JSON {
			return w.Get("/cgi-bin/user/get?userid=" + lisi + "&access_token=" + token).JSON()
		}
		lists := func(want int) {
			t.Helper()
			for _, call := range []string{"user/simplelist?department_id=3", "user/list?department_id=3", "department/list?", "department/simplelist?"} {
				if got := w.Get("/cgi-bin/" + call + "&access_token=" + token); got.ErrCode != want {
					t.Errorf("%s: %s, want %d", call, got.Body, want)
				}
			}
		}
		lists(60011)
		if got := user(); got.Text("department") != "[1]" || got.Text("main_department") != "1" || got.At("order") != nil {
			t.Errorf("of a member: %v", got)
		}

		change(`,"auth_mode":0`, 200)
		changed("by an administrator", 1)
		if in, _ := s.installed(s.suite.SuiteID); in.Mode != suite.ByAdmin || len(in.Range.Members) != 2 {
			t.Errorf("%v %v", in.Mode, in.Range)
		}
		change(`,"auth_mode":0,"range":{"departments":[3]}`, 200)
		changed("another range", 1)
		if got := user(); got.Text("department") != "[3]" || got.At("order") == nil {
			t.Errorf("of a member, by an administrator: %v", got)
		}
		lists(0)
		if got := w.Send("POST", "/cgi-bin/user/list_member_auth?access_token="+token, `{}`); got.ErrCode != 60218 {
			t.Errorf("%s", got.Body)
		}
		// wangwu is outside of what the administrator has chosen, and the administrator's mode asks nobody.
		if got := signedIn(w.Corp, "wangwu").Get("/3rdapp/join?suite_id="+s.suite.SuiteID+"&next=/", "Referer", ""); !strings.Contains(got.Text(), "无权限") {
			t.Errorf("%s", got.Text())
		}

		change(`,"auth_mode":1,"range":{"departments":[3]}`, 400)
		change(`,"auth_mode":2`, 400)
		s.letMembers(false)
		change(`,"auth_mode":1`, 400)
		s.letMembers(true)
		s.told()
		change(`,"auth_mode":1`, 200)
		changed("by members again", 1)
		if in, _ := s.installed(s.suite.SuiteID); in.Mode != suite.ByMembers || len(in.Range.Departments) != 0 {
			t.Errorf("%v %v", in.Mode, in.Range)
		}
		change(`,"auth_mode":1,"range":{"members":["lisi"]}`, 200)
		changed("no news", 0)
		lists(60011)
		change(`,"auth_mode":0,"range":{"members":["lisi","wangwu"]}`, 200)
		changed("both at once", 1)
	})
}
