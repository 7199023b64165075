package oauth_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/admin"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/qiweitest"
)

// TestSignInOnAProvidersSite: wwlogin with a login authorisation, for members of any enterprise.
func TestSignInOnAProvidersSite(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		s := openShop(t, w, suite.Login)
		at := func(pairs ...string) string {
			q := url.Values{"login_type": {"ServiceApp"}, "appid": {s.suite.SuiteID}, "redirect_uri": {"https://isv.example.com/in"}, "state": {"s 1"}}
			for i := 0; i < len(pairs); i += 2 {
				q.Set(pairs[i], pairs[i+1])
			}
			return "/wwlogin/sso/login?" + q.Encode()
		}
		screen := w.Browser()
		token := s.token()
		seen := map[string]bool{}
		for _, c := range []*qiweitest.Corp{w.Corp, w.Second} {
			page := screen.Get(at())
			if !strings.Contains(page.Text(), "报表") || !strings.Contains(page.Body, `"appid":"`+s.suite.SuiteID+`"`) {
				t.Fatalf("%s", page.Text())
			}
			key := keyOn(t, page)
			hand := c.SignedIn("wangwu")
			confirm := hand.Get("/wwopen/sso/confirm2?k=" + key)
			if !strings.Contains(confirm.Text(), "报表") || !strings.Contains(confirm.Text(), c.Name) {
				t.Errorf("%s", confirm.Text())
			}
			hand.Press(confirm, "decision", "confirm")
			_, code := pollWebJSON(screen, key, "")
			if got := screen.Get(at() + "&key=" + key); got.Location != "https://isv.example.com/in?code="+code+"&state=s+1" {
				t.Errorf("without scripts to %s", got.Location)
			}
			got := s.who(token, code)
			if got.ErrCode != 0 || !strings.HasPrefix(got.UserID, "wo") || got.Ticket != "" || seen[got.CorpID] {
				t.Errorf("%+v", got)
			}
			seen[got.CorpID] = true
			if again := s.who(token, code); again.ErrCode != 40029 {
				t.Errorf("again: %+v", again)
			}
		}
		app := s.another(access.ThirdParty)
		for name, tt := range map[string][2]string{
			"an application's suite": {at("appid", app.suite.SuiteID), "-31037"},
			"an enterprise":          {at("appid", w.CorpID), "-31037"},
			"nobody":                 {at("appid", "ww0"), "-31027"},
			"no address":             {at("redirect_uri", ""), "-31035"},
			"another domain":         {at("redirect_uri", "https://evil.example/"), "-31039"},
			"another type":           {at("login_type", "Other"), "-31040"},
			"as an enterprise's":     {at("login_type", "CorpApp"), "-31027"},
		} {
			if got := screen.Get(tt[0]); got.Location != "" || !strings.Contains(got.Body, tt[1]) {
				t.Errorf("%s: %s %s", name, got.Location, got.Text())
			}
		}
	})
}

// TestProvidersQRCode: 3rd_qrConnect, for administrators or for everybody, and get_login_info.
func TestProvidersQRCode(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		s := openShop(t, w, access.ThirdParty)
		in := s.install(w.Corp, access.Everything())
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			if err := w.Server.Admins.Appoint(ctx, tx, w.CorpID, "zhangsan", admin.Super, access.Range{}); err != nil {
				return err
			}
			return w.Server.Admins.Appoint(ctx, tx, w.CorpID, "lisi", admin.Ranged, access.Range{Departments: []int64{3}})
		})
		at := func(pairs ...string) string {
			q := url.Values{"appid": {s.provider.CorpID}, "redirect_uri": {"https://isv.example.com/in"}, "state": {"s1"}}
			for i := 0; i < len(pairs); i += 2 {
				q.Set(pairs[i], pairs[i+1])
			}
			return "/wwopen/sso/3rd_qrConnect?" + q.Encode()
		}
		screen := w.Browser()
		from := func(link, referer string) qiweitest.Page {
			req, err := http.NewRequest("GET", w.URL+link, nil)
			if err != nil {
				t.Fatal(err)
			}
			if referer != "" {
				req.Header.Set("Referer", referer)
			}
			return screen.Do(req)
		}
		const start = "https://www.isv.example.com/"
		for name, tt := range map[string][3]string{
			"from nowhere":       {at(), "", "-31033"},
			"from another site":  {at(), "https://evil.example/", "-31033"},
			"from where it ends": {at(), "https://isv.example.com/", "-31033"},
			"to another site":    {at("redirect_uri", "https://www.isv.example.com/"), start, "-31020"},
			"to nowhere":         {at("redirect_uri", ""), start, "-31035"},
			"no provider":        {at("appid", w.CorpID), start, "-31034"},
			"no enterprise":      {at("appid", "ww0"), start, "-31027"},
			"a suite":            {at("appid", s.suite.SuiteID), start, "-31027"},
			"another type":       {at("usertype", "x"), start, "-31027"},
		} {
			if got := from(tt[0], tt[1]); got.Location != "" || !strings.Contains(got.Body, tt[2]) {
				t.Errorf("%s: %s %s", name, got.Location, got.Text())
			}
		}

		type info struct {
			ErrCode int
			Type    int64 `json:"usertype"`
			User    struct {
				UserID string
				Open   string `json:"open_userid"`
				Name   string
			} `json:"user_info"`
			Corp   struct{ CorpID string } `json:"corp_info"`
			Agents []struct {
				AgentID int64
				Type    int64 `json:"auth_type"`
			} `json:"agent"`
			Auth struct {
				Departments []struct {
					ID       int64
					Writable bool
				} `json:"department"`
			} `json:"auth_info"`
		}
		ask := func(code string) (got info) {
			s.Send("POST", "/cgi-bin/service/get_login_info?access_token="+s.providerToken(), `{"auth_code":"`+code+`"}`).Decode(&got)
			return got
		}
		scan := func(c *qiweitest.Corp, user, usertype string) (code string) {
			key := keyOn(t, from(at("usertype", usertype), start))
			hand := c.SignedIn(user)
			hand.Press(hand.Get("/wwopen/sso/confirm2?k="+key), "decision", "confirm")
			_, code = pollPost(screen, key, "")
			if got := from(at("usertype", usertype)+"&key="+key, w.URL); got.Location != "https://isv.example.com/in?auth_code="+code+"&expires_in=600&state=s1" {
				t.Errorf("without scripts to %s", got.Location)
			}
			return code
		}
		code := scan(w.Corp, "zhangsan", "")
		if got := s.who(s.token(), code); got.ErrCode != 40029 {
			t.Errorf("as a suite's code: %+v", got)
		}
		boss := ask(code)
		if boss.Type != 2 || !strings.HasPrefix(boss.User.UserID, "wo") || boss.User.Open != boss.User.UserID || boss.User.Name != boss.User.UserID || !strings.HasPrefix(boss.Corp.CorpID, "wp") ||
			len(boss.Agents) != 1 || boss.Agents[0].AgentID != in.AgentID || boss.Agents[0].Type != 1 || len(boss.Auth.Departments) != 1 || boss.Auth.Departments[0].ID != 1 || !boss.Auth.Departments[0].Writable {
			t.Errorf("%+v", boss)
		}
		if again := ask(code); again.ErrCode != 84075 {
			t.Errorf("again: %+v", again)
		}
		if none := ask(""); none.ErrCode != 84076 {
			t.Errorf("none: %+v", none)
		}
		if graded := ask(scan(w.Corp, "lisi", "admin")); graded.Type != 4 || graded.Agents[0].Type != 0 || graded.Auth.Departments[0].ID != 3 {
			t.Errorf("%+v", graded)
		}
		if member := ask(scan(w.Corp, "wangwu", "member")); member.Type != 5 || len(member.Agents) != 0 || len(member.Auth.Departments) != 0 || member.Corp.CorpID != boss.Corp.CorpID {
			t.Errorf("%+v", member)
		}
		if stranger := ask(scan(w.Second, "wangwu", "member")); stranger.Type != 5 || stranger.Corp.CorpID == boss.Corp.CorpID {
			t.Errorf("%+v", stranger)
		}
		key := keyOn(t, from(at(), start))
		if got := w.SignedIn("wangwu").Get("/wwopen/sso/confirm2?k=" + key); !strings.Contains(got.Text(), "需要管理员") {
			t.Errorf("a member at an administrator's code: %s", got.Text())
		}
		// It is good for ten minutes.
		late, over := scan(w.Corp, "zhangsan", ""), scan(w.Corp, "zhangsan", "")
		w.Advance(10*time.Minute - time.Second)
		if got := ask(late); got.Type != 2 {
			t.Errorf("after 599 seconds: %+v", got)
		}
		w.Advance(time.Second)
		if got := ask(over); got.ErrCode != 84075 {
			t.Errorf("after 600 seconds: %+v", got)
		}
	})
}
