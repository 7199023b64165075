package install_test

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/qiweitest"
)

// letMembers sets whether members of the first enterprise may install for themselves.
func (s *shop) letMembers(may bool) {
	s.t.Helper()
	s.Write(func(ctx context.Context, tx *store.Tx) error {
		c, err := s.Server.Corps.Corp(tx, s.CorpID)
		c.MemberAuth = may
		if err == nil {
			err = s.Server.Corps.UpdateCorp(ctx, tx, c)
		}
		return err
	})
}

// TestMembersInstallForThemselves: a member who opens the application's link is asked, and goes on; the provider is
// told of the first one alone.
func TestMembersInstallForThemselves(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		s := open(t, w, access.ThirdParty, nil)
		link := "/connect/oauth2/authorize?" + url.Values{"appid": {s.suite.SuiteID}, "redirect_uri": {site + "/home"}, "response_type": {"code"}, "scope": {"snsapi_userinfo"}, "state": {"S"}}.Encode()
		lisi, wangwu := signedIn(w.Corp, "lisi"), signedIn(w.Corp, "wangwu")
		if got := lisi.Get(link, "Referer", ""); !strings.HasPrefix(got.Location, site+"/home?code=") {
			t.Fatalf("the enterprise lets nobody: %s %s", got.Location, got.Text())
		}
		s.letMembers(true)
		page := lisi.Get(link, "Referer", "")
		if !strings.Contains(page.Text(), "使用「报表」") || strings.Contains(page.Text(), "可见范围") {
			t.Fatalf("%s", page.Text())
		}
		if no := lisi.Press(page, "decision", "cancel"); !strings.Contains(no.Text(), "没有安装") {
			t.Errorf("cancelled: %s", no.Text())
		}
		if forged := lisi.Post(page.At, url.Values{"decision": {"confirm"}}); !strings.Contains(forged.Text(), "页面已过期") {
			t.Errorf("without a form token: %s", forged.Text())
		}
		if _, there := s.installed(s.suite.SuiteID); there {
			t.Fatal("installed without a yes")
		}
		done := lisi.Press(page, "decision", "confirm")
		if !strings.HasPrefix(done.Location, site+"/home?code=") {
			t.Fatalf("%s %s", done.Location, done.Text())
		}
		if told := s.told(); len(told) != 1 || told[0].Field("InfoType") != "create_auth" {
			t.Errorf("%+v", told)
		}
		in, _ := s.installed(s.suite.SuiteID)
		if in.Mode != suite.ByMembers || in.By != "lisi" || len(in.Range.Members) != 1 || len(in.Range.Departments) != 0 {
			t.Errorf("%+v", in)
		}
		// The second is added, and nobody is told by the command URL.
		second := wangwu.Press(wangwu.Get(link, "Referer", ""), "decision", "confirm")
		if !strings.HasPrefix(second.Location, site+"/home?code=") {
			t.Errorf("%s %s", second.Location, second.Text())
		}
		if told := s.told(); len(told) != 0 {
			t.Errorf("%+v", told)
		}
		if in, _ := s.installed(s.suite.SuiteID); len(in.Range.Members) != 2 {
			t.Errorf("%+v", in.Range)
		}
		if again := lisi.Get(link, "Referer", ""); !strings.HasPrefix(again.Location, site+"/home?code=") {
			t.Errorf("asked again: %s", again.Text())
		}
		// Its code comes with a ticket: the member is in the range.
		var who struct {
			Ticket string `json:"user_ticket"`
		}
		u, _ := url.Parse(second.Location)
		s.Get("/cgi-bin/service/auth/getuserinfo3rd?suite_access_token=" + s.token() + "&code=" + u.Query().Get("code")).Decode(&who)
		if who.Ticket == "" {
			t.Error("no ticket")
		}
		// What an administrator has installed is not for members to join.
		other := *s
		other.suite, other.commands = s.add(access.ThirdParty, nil)
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			_, _, err := w.Server.Suites.InstallSuite(ctx, tx, suite.Install{SuiteID: other.suite.SuiteID, CorpID: w.CorpID, By: "zhangsan", Range: access.Range{Departments: []int64{2}}})
			return err
		})
		if got := wangwu.Get(strings.ReplaceAll(link, s.suite.SuiteID, other.suite.SuiteID), "Referer", ""); !strings.HasPrefix(got.Location, site+"/home?code=") {
			t.Errorf("an administrator's: %s", got.Text())
		}
		if got := wangwu.Get("/3rdapp/join?suite_id="+other.suite.SuiteID+"&next=/", "Referer", ""); !strings.Contains(got.Text(), "无权限") {
			t.Errorf("an administrator's: %s", got.Text())
		}
	})
}

// TestMemberAuthorisation: the application reads who has installed it, by pages.
func TestMemberAuthorisation(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		s := open(t, w, access.ThirdParty, nil)
		s.letMembers(true)
		for _, user := range []string{"zhangsan", "lisi", "wangwu"} {
			b := signedIn(w.Corp, user)
			b.Press(b.Get("/3rdapp/join?suite_id="+s.suite.SuiteID+"&next=/account/", "Referer", ""), "decision", "confirm")
		}
		token := s.corpToken(s.suite)
		type page struct {
			ErrCode int
			Next    string `json:"next_cursor"`
			Members []struct {
				Open string `json:"open_userid"`
			} `json:"member_auth_list"`
		}
		list := func(token, body string) (p page) {
			s.Send("POST", "/cgi-bin/user/list_member_auth?access_token="+token, body).Decode(&p)
			return p
		}
		all := list(token, `{}`)
		if len(all.Members) != 3 || all.Next != "" || !strings.HasPrefix(all.Members[0].Open, "wo") {
			t.Fatalf("%+v", all)
		}
		for n, code := range map[int]int{0: 40058, 1: 0, 999: 0, 1000: 0, 1001: 40058} {
			if got := list(token, `{"limit":`+strconv.Itoa(n)+`}`); got.ErrCode != code {
				t.Errorf("%s, %d: %+v", "suite.maxAuthorised", n, got)
			}
		}
		first := list(token, `{"limit":2}`)
		rest := list(token, `{"limit":2,"cursor":"`+first.Next+`"}`)
		if len(first.Members) != 2 || len(rest.Members) != 1 || rest.Next != "" || rest.Members[0] != all.Members[2] {
			t.Errorf("%+v, then %+v", first, rest)
		}
		if got := list(token, `{"cursor":"x"}`); got.ErrCode != 50100 {
			t.Errorf("a cursor that is none: %+v", got)
		}
		check := func(open string) string {
			return s.Send("POST", "/cgi-bin/user/check_member_auth?access_token="+token, `{"open_userid":"`+open+`"}`).Body
		}
		if got := check(all.Members[1].Open); !strings.Contains(got, `"is_member_auth":true`) {
			t.Error(got)
		}
		for _, open := range []string{"lisi", "wonobody"} {
			if got := check(open); !strings.Contains(got, `"is_member_auth":false`) {
				t.Errorf("%s: %s", open, got)
			}
		}
		if got := check(""); !strings.Contains(got, `"errcode":40058`) {
			t.Error(got)
		}
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			return w.Server.Directory.DeleteMember(ctx, tx, access.System(w.CorpID), "lisi")
		})
		if left := list(token, `{}`); len(left.Members) != 2 {
			t.Errorf("after one has left: %+v", left)
		}
		other, _ := s.add(access.ThirdParty, nil)
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			_, _, err := w.Server.Suites.InstallSuite(ctx, tx, suite.Install{SuiteID: other.SuiteID, CorpID: w.CorpID, By: "zhangsan"})
			return err
		})
		if got := list(s.corpToken(other), `{}`); got.ErrCode != 60218 {
			t.Errorf("an administrator's: %+v", got)
		}
	})
}

// corpToken is the access token of the suite's installation in the first enterprise.
func (s *shop) corpToken(v suite.Suite) (token string) {
	s.t.Helper()
	in, _ := s.installed(v.SuiteID)
	token, _, err := s.Server.Tokens.Issue(context.Background(), s.Server.Store, in.App)
	if err != nil {
		s.t.Fatal(err)
	}
	return token
}
