package console_test

import (
	"strings"
	"testing"

	admins "qiwei/internal/admin"
	"qiwei/qiweitest"
)

// TestMemberAccess: an admin gives members a way in, and sees and ends their sessions; a ranged one never
// becomes who stands above.
func TestMemberAccess(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		appoint(t, w, w.CorpID, "zhangsan", admins.Super)
		super := as(t, w, w.CorpID, "zhangsan")
		for _, m := range []string{
			`{"userid":"staff","name":"员工","mobile":"13900000004","departments":[3]}`, `{"userid":"peer","name":"审计","mobile":"13900000003","departments":[3]}`,
			`{"userid":"both","name":"跨部门","mobile":"13900000001","departments":[3,2]}`, `{"userid":"off","name":"离岗","mobile":"13900000005","departments":[3],"enabled":false}`,
		} {
			super.ok("POST", "/console/api/members", m, nil)
		}
		appoint(t, w, w.CorpID, "peer", admins.Reader)
		appoint(t, w, w.CorpID, "lisi", admins.Ranged, 3)
		ranged := as(t, w, w.CorpID, "lisi")

		signIn := func(user, password string) *qiweitest.Browser {
			b := w.Browser()
			b.Press(b.Get("/account/sign-in?way=password&corp="+w.CorpID), "userid", user, "password", password)
			return b
		}
		in := func(b *qiweitest.Browser) bool {
			return strings.Contains(b.Get("/account/?corp="+w.CorpID).Text(), "已登录")
		}
		type access struct {
			Password bool
			Passkeys int
			Invited  string `json:"invited_until"`
			Sessions []struct{ ID, Door, Way, Device string }
		}
		of := func(a *admin, user string) (out access) {
			a.ok("GET", "/console/api/members/"+user+"/access", "", &out)
			return out
		}
		if got := of(ranged, "staff"); got.Password || got.Sessions == nil || len(got.Sessions) != 0 { // the page wants a list
			t.Errorf("at first %+v", got)
		}
		for _, tt := range []struct{ name, password, says string }{
			{"short", "1234567", "8"}, {"common", "password123", "guess"}, {"with the userid", "my-staff-word", "userid"}, {"long", strings.Repeat("x", 257), "256"},
		} {
			if status, body := ranged.do("PUT", "/console/api/members/staff/password", `{"password":"`+tt.password+`"}`); status != 422 || !strings.Contains(body, tt.says) {
				t.Errorf("a password that is %s: %d %s", tt.name, status, body)
			}
		}
		ranged.ok("PUT", "/console/api/members/staff/password", `{"password":"correct horse battery"}`, nil)
		b, c := signIn("staff", "correct horse battery"), signIn("staff", "correct horse battery")
		got := of(ranged, "staff")
		if !in(b) || !in(c) || !got.Password || len(got.Sessions) != 2 || got.Sessions[0].Door != "pages" || got.Sessions[0].Way != "password" || !strings.Contains(got.Sessions[0].Device, "127.0.0.1") {
			t.Fatalf("with a password %+v", got)
		}
		ranged.ok("DELETE", "/console/api/members/staff/sessions/"+got.Sessions[1].ID, "", nil)
		if status, _ := ranged.do("DELETE", "/console/api/members/staff/sessions/"+got.Sessions[1].ID, ""); status != 404 {
			t.Errorf("a session that has ended: %d", status)
		}
		if got := of(ranged, "staff"); in(b) == in(c) || len(got.Sessions) != 1 {
			t.Errorf("one ended: %+v", got)
		}
		ranged.ok("DELETE", "/console/api/members/staff/sessions", "", nil)
		if in(b) || in(c) || len(of(ranged, "staff").Sessions) != 0 || !in(signIn("staff", "correct horse battery")) {
			t.Error("all ended")
		}
		var made struct{ Password string }
		super.ok("PUT", "/console/api/members/staff/password", `{}`, &made)
		if len(made.Password) != 16 || !in(signIn("staff", made.Password)) {
			t.Errorf("a password that was made: %q", made.Password)
		}

		var inv struct{ Code, Link string }
		super.ok("POST", "/console/api/members/staff/invitation", "", &inv)
		if link, ok := strings.CutPrefix(inv.Link, w.URL); !ok || !strings.Contains(link, "code="+inv.Code) || of(super, "staff").Invited == "" {
			t.Errorf("%+v", inv)
		} else {
			b := w.Browser()
			b.Press(b.Get(link), "userid", "staff", "code", inv.Code, "new", "another horse battery", "again", "another horse battery")
			if !in(b) {
				t.Error("the invitation does not let in")
			}
		}
		// The admin's own sessions of the console are listed, too.
		if own := of(super, "zhangsan").Sessions; len(own) == 0 || own[0].Door != "console" {
			t.Errorf("the admin's own: %+v", own)
		}

		for _, tt := range []struct {
			who    *admin
			user   string
			status int
		}{
			{ranged, "peer", 403}, {ranged, "both", 403}, {ranged, "zhangsan", 422}, {ranged, "nobody", 422}, {super, "nobody", 422},
		} {
			for _, call := range [][3]string{
				{"GET", "/access", ""}, {"PUT", "/password", `{"password":"correct horse battery"}`}, {"POST", "/invitation", ""}, {"DELETE", "/sessions", ""}, {"DELETE", "/sessions/x", ""},
			} {
				if status, body := tt.who.do(call[0], "/console/api/members/"+tt.user+call[1], call[2]); status != tt.status {
					t.Errorf("%s %s of %s: %d %s, want %d", call[0], call[1], tt.user, status, body, tt.status)
				}
			}
		}
		if status, body := super.do("PUT", "/console/api/members/zhangsan/password", `{"password":"correct horse battery"}`); status != 422 {
			t.Errorf("one's own password: %d %s", status, body)
		}
		if status, _ := super.do("POST", "/console/api/members/off/invitation", ""); status != 422 {
			t.Errorf("inviting a disabled member: %d", status)
		}

		var many struct {
			Invited []struct{ UserID, Code string }
			Refused int
			More    bool
		}
		ranged.ok("POST", "/console/api/members.invite", `{"department":3}`, &many)
		for _, i := range many.Invited {
			if i.UserID == "peer" || i.UserID == "both" || i.UserID == "staff" || i.UserID == "off" || i.Code == "" {
				t.Errorf("invited %+v", i)
			}
		}
		if many.Refused != 2 || many.More {
			t.Errorf("%+v", many)
		}
		super.ok("POST", "/console/api/members.invite", `{"userids":["staff","peer","off"]}`, &many)
		if len(many.Invited) != 2 || many.Refused != 1 {
			t.Errorf("by name: %+v", many)
		}
		for _, body := range []string{`{}`, `{"userids":["staff"],"department":3}`, `{"userids":[]}`} {
			if status, _ := super.do("POST", "/console/api/members.invite", body); status != 400 {
				t.Errorf("%s: %d", body, status)
			}
		}
		_, log := super.do("GET", "/console/api/audit?action=member", "")
		if !strings.Contains(log, "member.password") || !strings.Contains(log, "member.invite") {
			t.Errorf("the audit log: %s", log)
		}
		for _, secret := range []string{"correct horse", made.Password, inv.Code} {
			if strings.Contains(log, secret) {
				t.Errorf("a secret in the audit log: %s", log)
			}
		}
	})
}
