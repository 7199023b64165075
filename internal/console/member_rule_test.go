package console_test

import (
	"io"
	"strings"
	"testing"

	admins "qiwei/internal/admin"
	"qiwei/qiweitest"
)

// TestMemberRule tries what an admin may not do to a member, by every way. lisi administers department 3. The
// member "both" has a second department beyond it; boss is a super admin and peer a reader, and both are in
// it.
func TestMemberRule(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		appoint(t, w, w.CorpID, "zhangsan", admins.Super)
		super := as(t, w, w.CorpID, "zhangsan")
		for _, m := range []string{
			`{"userid":"both","name":"跨部门","mobile":"13900000001","departments":[3,2]}`, `{"userid":"boss","name":"总管","mobile":"13900000002","departments":[3]}`,
			`{"userid":"peer","name":"审计","mobile":"13900000003","departments":[3]}`, `{"userid":"staff","name":"员工","mobile":"13900000004","departments":[3]}`,
			`{"userid":"off","name":"离岗","mobile":"13900000005","departments":[3,2],"enabled":false}`,
		} {
			super.ok("POST", "/console/api/members", m, nil)
		}
		appoint(t, w, w.CorpID, "boss", admins.Super)
		appoint(t, w, w.CorpID, "peer", admins.Reader)
		appoint(t, w, w.CorpID, "lisi", admins.Ranged, 3)
		ranged := as(t, w, w.CorpID, "lisi")

		sheet := func(user, off string) string {
			row := map[string]string{
				"both": "13900000001,3;2", "boss": "13900000002,3", "peer": "13900000003,3", "staff": "13900000004,3", "off": "13900000005,3;2",
				"zhangsan": "13800000001,2", "lisi": "13800000002,3",
			}[user]
			return "姓名,帐号,手机号,所在部门,禁用\n" + user + "," + user + "," + row + "," + off + "\n"
		}
		for _, tt := range []struct {
			who    *admin
			user   string
			enable bool // instead of disable
		}{
			{ranged, "both", false}, {ranged, "off", true}, {ranged, "boss", false}, {ranged, "peer", false}, {ranged, "lisi", false}, {super, "zhangsan", false},
			{ranged, "zhangsan", false}, // entirely outside the range
		} {
			flag, action, off := `{"enabled":false}`, "disable", "1"
			if tt.enable {
				flag, action, off = `{"enabled":true}`, "enable", "0"
			}
			if status, body := tt.who.do("PUT", "/console/api/members/"+tt.user, flag); status != 403 && status != 422 {
				t.Errorf("PUT %s %s: %d %s", tt.user, flag, status, body)
			}
			if status, body := tt.who.do("DELETE", "/console/api/members/"+tt.user, ""); status != 403 && status != 422 {
				t.Errorf("DELETE %s: %d %s", tt.user, status, body)
			}
			for _, action := range []string{action, "delete"} {
				var done struct{ Done int }
				tt.who.ok("POST", "/console/api/members.batch", `{"action":"`+action+`","userids":["`+tt.user+`"]}`, &done)
				if done.Done != 0 {
					t.Errorf("%s %s in a batch", action, tt.user)
				}
			}
			if p := tt.who.imported("members", sheet(tt.user, off)); p.Failed != 1 || p.Updated != 0 || !p.Ended {
				t.Errorf("import of %s, 禁用 %s: %+v", tt.user, off, p)
			}
		}
		// A ranged admin cannot make anybody the leader of a department beyond the range.
		ranged.refused(403, "PUT", "/console/api/members/both", `{"leads":[2]}`)
		ranged.ok("PUT", "/console/api/members/both", `{"leads":[3]}`, nil)
		for _, user := range []string{"both", "boss", "peer", "lisi", "zhangsan"} {
			var m struct {
				Enabled bool
				Leads   []int64
			}
			super.ok("GET", "/console/api/members/"+user, "", &m)
			if !m.Enabled {
				t.Errorf("%s is disabled", user)
			}
		}
		// What the ranged admin may do still works.
		ranged.ok("PUT", "/console/api/members/staff", `{"enabled":false}`, nil)
		if p := ranged.imported("members", sheet("staff", "0")); p.Updated != 1 {
			t.Errorf("%+v", p)
		}
		ranged.ok("PUT", "/console/api/members/boss", `{"position":"总监"}`, nil)
		ranged.ok("DELETE", "/console/api/members/staff", "", nil)
		super.ok("DELETE", "/console/api/members/peer", "", nil)
	})
}

// TestMemberAddresses: an admin of a range gives nobody above them, and nobody who is only partly in the range, another
// mobile number or mail address, by which an OpenID Connect client may take one person for another. Their other
// fields they may change, and a file that repeats an address is no change.
func TestMemberAddresses(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		appoint(t, w, w.CorpID, "zhangsan", admins.Super)
		super := as(t, w, w.CorpID, "zhangsan")
		for _, m := range []string{
			`{"userid":"boss","name":"总管","mobile":"13900000002","email":"boss@corp.example","departments":[3]}`,
			`{"userid":"peer","name":"审计","mobile":"13900000003","email":"peer@corp.example","departments":[3]}`,
			`{"userid":"archivist","name":"存档","mobile":"13900000006","email":"archivist@corp.example","departments":[3]}`,
			`{"userid":"both","name":"跨部门","mobile":"13900000001","email":"both@corp.example","departments":[3,2]}`,
			`{"userid":"staff","name":"员工","mobile":"13900000004","email":"staff@corp.example","departments":[3]}`,
		} {
			super.ok("POST", "/console/api/members", m, nil)
		}
		appoint(t, w, w.CorpID, "boss", admins.Super)
		appoint(t, w, w.CorpID, "peer", admins.Reader)
		super.ok("PUT", "/console/api/archive/roles/archivist", `{"role":"officer","range":{}}`, nil)
		appoint(t, w, w.CorpID, "lisi", admins.Ranged, 3)
		ranged := as(t, w, w.CorpID, "lisi")
		member := func(user string) (m struct{ Mobile, Email, Position string }) {
			super.ok("GET", "/console/api/members/"+user, "", &m)
			return m
		}
		file := func(user, mobile, email, position string) string {
			return "姓名,帐号,手机号,邮箱,所在部门,职位\n" + user + "," + user + "," + mobile + "," + email + "," + map[bool]string{true: "3;2", false: "3"}[user == "both"] + "," + position + "\n"
		}
		for _, user := range []string{"boss", "peer", "archivist", "both"} {
			before := member(user)
			for field, value := range map[string]string{"mobile": "13900000099", "email": "staff+x@corp.example", "biz_mail": user + "x@corp.example"} {
				if status, body := ranged.do("PUT", "/console/api/members/"+user, `{"`+field+`":"`+value+`"}`); status != 403 {
					t.Errorf("%s of %s: %d %s", field, user, status, body)
				}
			}
			ranged.refused(403, "PUT", "/console/api/members/"+user, `{"email":""}`)
			if p := ranged.imported("members", file(user, before.Mobile, "other@corp.example", "")); p.Failed != 1 || p.Updated != 0 {
				t.Errorf("a file with another address of %s: %+v", user, p)
			}
			if p := ranged.imported("members", file(user, "+86-"+before.Mobile, before.Email, "总监")); p.Updated != 1 {
				t.Errorf("a file with the same addresses of %s: %+v", user, p)
			}
			if now := member(user); now.Mobile != before.Mobile || now.Email != before.Email || now.Position != "总监" {
				t.Errorf("%s: %+v, before %+v", user, now, before)
			}
		}
		if status, body := ranged.do("DELETE", "/console/api/members/archivist", ""); status != 403 {
			t.Errorf("an archivist deleted: %d %s", status, body)
		}
		ranged.ok("PUT", "/console/api/members/staff", `{"mobile":"13900000098","email":"staff2@corp.example"}`, nil)
		ranged.ok("PUT", "/console/api/members/lisi", `{"email":"lisi.new@corp.example"}`, nil) // their own
		super.ok("PUT", "/console/api/members/boss", `{"email":"boss2@corp.example"}`, nil)
	})
}

// TestDismissedAdmin: a dismissed admin has no session, and no open stream of calls.
func TestDismissedAdmin(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		appoint(t, w, w.CorpID, "zhangsan", admins.Super)
		appoint(t, w, w.CorpID, "lisi", admins.Reader)
		super, reader := as(t, w, w.CorpID, "zhangsan"), as(t, w, w.CorpID, "lisi")
		resp, err := reader.client.Get(w.URL + "/console/api/calls/live")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		super.ok("DELETE", "/console/api/admins/lisi", "", nil)
		if status, body := reader.do("GET", "/console/api/home", ""); status != 401 {
			t.Errorf("%d %s", status, body)
		}
		text, err := io.ReadAll(resp.Body) // until the server ends it
		if err != nil || !strings.Contains(string(text), "event: signed-out") {
			t.Errorf("the open page read %q, %v", text, err)
		}
	})
}
