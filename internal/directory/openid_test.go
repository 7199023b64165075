package directory_test

import (
	"testing"

	"qiwei/internal/access"
	"qiwei/qiweitest"
)

func TestOpenIDs(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a, b := w.Corps()
		openID := func(c *qiweitest.Client, user string) string {
			t.Helper()
			var got struct{ OpenID string }
			r := c.Call("POST", "/cgi-bin/user/convert_to_openid", `{"userid":"`+user+`"}`)
			if r.Decode(&got); r.ErrCode != 0 || len(got.OpenID) != 28 {
				t.Fatalf("openid of %s: %s", user, r.Body)
			}
			return got.OpenID
		}
		mine := openID(a.As(access.SelfBuilt), "ZhangSan")
		for _, kind := range []access.Kind{access.ContactSync, access.Approval, access.Custom, access.ThirdPartyContacts} {
			if got := openID(a.As(kind), "zhangsan"); got != mine {
				t.Errorf("as %s zhangsan's openid is %s, was %s", kind, got, mine)
			}
		}
		theirs := openID(b.As(access.SelfBuilt), "zhangsan")
		if theirs == mine || openID(a.As(access.SelfBuilt), "lisi") == mine {
			t.Errorf("one openid %s for two members", mine)
		}
		a.As(access.ContactSync).Call("POST", "/cgi-bin/user/create", newcomer("neu"))
		w.Events()
		self := access.SelfBuilt
		for _, l := range []line{
			{"and back", self, "user/convert_to_userid", `{"openid":"` + mine + `"}`, `0 "userid":"zhangsan"}`, ""},
			{"another enterprise's", self, "user/convert_to_userid", `{"openid":"` + theirs + `"}`, `40073`, ""},
			{"one letter differs", self, "user/convert_to_userid", `{"openid":"` + mine[:27] + `_"}`, `40073`, ""},
			{"no openid", self, "user/convert_to_userid", `{"openid":"zhangsan"}`, `40073`, ""},
			{"none", self, "user/convert_to_userid", `{}`, `40063`, ""},
			{"of one who has not signed in", self, "user/convert_to_openid", `{"userid":"neu"}`, `43004`, ""},
			{"of nobody", self, "user/convert_to_openid", `{}`, `41009`, ""},
			{"of somebody unknown", self, "user/convert_to_openid", `{"userid":"ghost"}`, `60111`, ""},
			{"for another application", self, "user/convert_to_openid", `{"userid":"zhangsan","agentid":1}`, `301002`, ""},
			{"by a contacts-edit grant", access.ContactsEdit, "user/convert_to_openid", `{"userid":"zhangsan"}`, `48008`, ""},
		} {
			l.check(t, w)
		}
		narrow := w.WithApp(access.SelfBuilt, appThatSees("lisi"))
		for path, body := range map[string]string{"convert_to_openid": `{"userid":"zhangsan"}`, "convert_to_userid": `{"openid":"` + mine + `"}`} {
			if got := narrow.Call("POST", "/cgi-bin/user/"+path, body); got.ErrCode != 60011 {
				t.Errorf("%s outside the range: %s, want 60011", path, got.Body)
			}
		}
		if got := narrow.Call("POST", "/cgi-bin/user/convert_to_openid", `{"userid":"lisi","agentid":`+itoa(narrow.AgentID)+`}`); got.ErrCode != 0 {
			t.Errorf("with the application's own agentid: %s", got.Body)
		}
		a.As(access.ContactSync).Call("GET", "/cgi-bin/user/delete?userid=zhangsan", "")
		if got := a.As(self).Call("POST", "/cgi-bin/user/convert_to_userid", `{"openid":"`+mine+`"}`); got.ErrCode != 40073 {
			t.Errorf("of one who is gone: %s, want 40073", got.Body)
		}
	})
}
