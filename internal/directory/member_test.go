package directory_test

import (
	"context"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// newcomer is the body of a user/create that succeeds.
func newcomer(user string) string {
	return `{"userid":"` + user + `","name":"新人","email":"` + strings.ToLower(user) + `@corp.example","department":[2]}`
}

func TestUserIDs(t *testing.T) {
	sync, create := access.ContactSync, "user/create"
	long := strings.Repeat("u", 64)
	withoutMail := func(user string) string { return `{"userid":` + user + `,"name":"新人","mobile":"13900000001"}` }
	talk(t, []line{
		{"of one letter", sync, create, newcomer("a"), `0 "errmsg":"created"}`, "create_user"},
		{"whose address is none", sync, create, newcomer("7a_-@."), `60141`, ""},
		{"of a digit and all signs", sync, create, withoutMail(`"7a_-@."`), `0`, "create_party create_user"},
		{"of 64 bytes", sync, create, `{"userid":"` + long + `","name":"新人","email":"long@corp.example","department":[2]}`, `0`, "create_user"},
		{"of 65 bytes", sync, create, `{"userid":"` + long + `u","name":"新人","email":"longer@corp.example"}`, `40058 userid has 65 bytes`, ""},
		{"that begins with a sign", sync, create, withoutMail(`"_a"`), `40003`, ""},
		{"with a space", sync, create, withoutMail(`"a b"`), `40003`, ""},
		{"in Chinese", sync, create, withoutMail(`"张三"`), `40003`, ""},
		{"a message target", sync, create, withoutMail(`"@all"`), `40003`, ""},
		{"empty", sync, create, withoutMail(`""`), `41009`, ""},
		{"null", sync, create, withoutMail(`null`), `41009`, ""},
		{"a list", sync, create, withoutMail(`["a"]`), `41009 Warning: wrong json format. `, ""},
		{"absent", sync, create, `{"name":"新人","mobile":"13900000009"}`, `41009`, ""},
		{"a number", sync, create, `{"userid":12345,"name":"新人","mobile":"13900000002","department":[2]}`, `0`, "create_user"},
		{"taken", sync, create, `{"userid":"zhangsan","name":"新人","mobile":"13900000003"}`, `60102 userid existed`, ""},
		{"taken, in another case", sync, create, `{"userid":"ZhangSan","name":"新人","mobile":"13900000003"}`, `60102`, ""},
		{"keeps its case", sync, create, newcomer("CamelCase"), `0`, "create_user"},
		{"is found in any case", access.SelfBuilt, "user/get?userid=camelcase", "", `0 "userid":"CamelCase"`, ""},
		{"not JSON", sync, create, `userid=x`, `41009 Warning: wrong json format. `, ""},
		{"JSON with a comma too many", sync, create, `{"userid":"wu","name":"吴","email":"wu@corp.example","department":[2],}`, `0 created. Warning: wrong json format. `, "create_user"},
		{"JSON that breaks off", sync, create, `{"userid":"bei","name":"北","email":"bei@corp.example","department":[2],"alias":"b`, `0 created. Warning: wrong json format. `, "create_user"},

		{"read none", access.SelfBuilt, "user/get", "", `41009 "department":[],"order":[],"is_leader_in_dept":[],"direct_leader":[]`, ""},
		{"read an unknown one", access.SelfBuilt, "user/get?userid=ghost", "", `60111 userid not found`, ""},
		{"read a malformed one", access.SelfBuilt, "user/get?userid=%E5%BC%A0", "", `60111`, ""},
		{"read by POST with everything in the query", access.SelfBuilt, "user/get?userid=zhangsan", `{}`, `0 "userid":"zhangsan"`, ""},
		{"read by POST with the userid in the body", access.SelfBuilt, "user/get", `{"userid":"zhangsan"}`, `0 "userid":"zhangsan"`, ""},
	})
}

func TestNewMembersPlaces(t *testing.T) {
	sync, create := access.ContactSync, "user/create"
	talk(t, []line{
		{"without a department he waits", sync, create, `{"userid":"a","name":"甲","mobile":"13900000001"}`, `0 "errmsg":"created"}`, "create_party create_user"},
		{"in a department of that name", access.SelfBuilt, "department/get?id=5", "", `0 "name":"其他（待设置部门）"`, ""},
		{"which is his", access.SelfBuilt, "user/get?userid=a", "", `0 "department":[5],"order":[0]`, ""},
		{"so he does in department 0", sync, create, `{"userid":"b","name":"乙","mobile":"13900000002","department":[0]}`, `0`, "create_user"},
		{"and with an empty list", sync, create, `{"userid":"c","name":"丙","mobile":"13900000003","department":[]}`, `0`, "create_user"},
		{"all three wait", access.SelfBuilt, "user/simplelist?department_id=5", "", `0 "userlist":[{"userid":"a","name":"甲","department":[5]},{"userid":"b","name":"乙","department":[5]},{"userid":"c"`, ""},
		{"unknown departments are made below it", sync, create, `{"userid":"d","name":"丁","mobile":"13900000004","department":[2,70,80],"order":[1,2,3]}`,
			`0 "created_department_list":{"department_info":[{"name":"70","id":70},{"name":"80","id":80}]}}`, "create_party create_party create_user"},
		{"and are his", access.SelfBuilt, "user/get?userid=d", "", `0 "department":[2,70,80],"order":[1,2,3]`, ""},
		{"there", access.SelfBuilt, "department/list?id=5", "", `0 {"id":70,"name":"70","department_leader":[],"parentid":5,`, ""},
		{"a second member finds them", sync, create, `{"userid":"e","name":"戊","mobile":"13900000005","department":[70]}`, `0 "errmsg":"created"}`, "create_user"},
		{"an update makes none", sync, "user/update", `{"userid":"e","department":[90]}`, `60123 invalid party id. department 90`, ""},
		{"whatever else is wrong", sync, "user/update", `{"userid":"e","department":[91],"position":"` + chars(129) + `"}`, `301012`, ""},
		{"nor a refused one", access.SelfBuilt, "department/get?id=91", "", `60003`, ""},
		{"nor for a member who is refused", sync, create, `{"userid":"a","name":"己","mobile":"13900000006","department":[92]}`, `60102`, ""},
		{"nothing at all", access.SelfBuilt, "department/get?id=92", "", `60003`, ""},
		{"100 departments", sync, create, `{"userid":"many","name":"多","mobile":"13900000007","department":` + list(100, "%d") + `}`, `0`,
			strings.Repeat("create_party ", 93) + "create_user"},
	})
}

// The counters are set near their limits: creating 30,000 members would take too long.
func TestMemberLimits(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		sync := access.ContactSync
		exec(w, `UPDATE department SET nodes = 29999 WHERE corpid = $corpid AND id = 2`)
		configure(w, func(c *corp.Corp) { c.MemberLimit = 5 })
		for _, l := range []line{
			{"the 30000th below a department", sync, "user/create", newcomer("a"), `0`, "create_user"},
			{"one more", sync, "user/create", newcomer("b"), `81001`, ""},
			{"one more department", sync, "department/create", `{"name":"新","parentid":2}`, `81001`, ""},
			{"one who moves there", sync, "user/update", `{"userid":"wangwu","department":[4,2]}`, `81001`, ""},
			{"has not moved", access.SelfBuilt, "user/get?userid=wangwu", "", `0 "department":[4]`, ""},
			{"one who is there may change his order", sync, "user/update", `{"userid":"a","department":[2],"order":[9]}`, `0`, "update_user"},
			{"one who leaves makes room", sync, "user/update", `{"userid":"a","department":[4]}`, `0`, "update_user"},
			{"for another, the fifth of the corp", sync, "user/create", newcomer("b"), `0`, "create_user"},
			{"the sixth", sync, "user/create", `{"userid":"c","name":"丙","mobile":"13900000003","department":[4]}`, `45024`, ""},
			{"after one has gone", sync, "user/delete?userid=a", "", `0`, "delete_user"},
			{"there is room", sync, "user/create", `{"userid":"c","name":"丙","mobile":"13900000003","department":[4]}`, `0`, "create_user"},
		} {
			l.check(t, w)
		}
	})
}

func TestMembersAreDistinct(t *testing.T) {
	sync, create, update := access.ContactSync, "user/create", "user/update"
	talk(t, []line{
		{"a mobile number that is taken", sync, create, `{"userid":"a","name":"甲","mobile":"+86 13800000001"}`, `60104 mobile existed:zhangsan`, ""},
		{"a mail address that is taken", sync, create, `{"userid":"a","name":"甲","email":"ZhangSan@corp.example"}`, `60106`, ""},
		{"both are free", sync, create, `{"userid":"a","name":"甲","mobile":"13900000001","email":"a@corp.example","department":[2]}`, `0`, "create_user"},
		{"his own again", sync, update, `{"userid":"a","mobile":"13900000001","email":"a@corp.example"}`, `0`, ""},
		{"another's number", sync, update, `{"userid":"a","mobile":"13800000002"}`, `60104`, ""},
		{"another's address", sync, update, `{"userid":"a","email":"lisi@corp.example"}`, `60142`, ""},
		{"without a number", sync, update, `{"userid":"a","mobile":""}`, `0`, "update_user"},
		{"and without an address", sync, update, `{"userid":"a","email":""}`, `60129`, ""},
		{"his number is free now", sync, create, `{"userid":"b","name":"乙","mobile":"13900000001","department":[2]}`, `0`, "create_user"},
		{"two without a number or without an address", sync, create, `{"userid":"c","name":"丙","mobile":"13900000002","department":[2]}`, `0`, "create_user"},
		{"what a deleted member had", sync, "user/delete?userid=lisi", "", `0`, "delete_user"},
		{"is free", sync, create, `{"userid":"lisi","name":"李四","mobile":"13800000002","email":"lisi@corp.example","department":[3]}`, `0`, "create_user"},
	})
}

func TestUpdatingMembers(t *testing.T) {
	sync, update := access.ContactSync, "user/update"
	get := func(want string) line {
		return line{"he is now", access.SelfBuilt, "user/get?userid=lisi", "", "0 " + want, ""}
	}
	talk(t, []line{
		{"one field", sync, update, `{"userid":"LISI","position":"工程师"}`, `0 "errmsg":"updated"}`, "update_user"},
		get(`"name":"李四","department":[3],"order":[0],"position":"工程师"`),
		{"nothing", sync, update, `{"userid":"lisi"}`, `0`, ""},
		{"the same", sync, update, `{"userid":"lisi","position":"工程师"}`, `0`, ""},
		{"an empty text clears", sync, update, `{"userid":"lisi","position":""}`, `0`, "update_user"},
		get(`"position":""`),
		{"null leaves as it is", sync, update, `{"userid":"lisi","name":null,"department":null,"order":null}`, `0`, ""},
		{"departments", sync, update, `{"userid":"lisi","department":[4,3],"order":[5,6],"is_leader_in_dept":[1,0]}`, `0`, "update_user"},
		get(`"department":[4,3],"order":[5,6],"position":"","gender":"0","is_leader_in_dept":[1,0]`),
		{"an order alone is not looked at", sync, update, `{"userid":"lisi","order":[7]}`, `0`, ""},
		get(`"order":[5,6]`),
		{"leading alone", sync, update, `{"userid":"lisi","is_leader_in_dept":[0,1]}`, `0`, "update_user"},
		get(`"department":[4,3],"order":[5,6],"position":"","gender":"0","is_leader_in_dept":[0,1]`),
		{"leading of another length", sync, update, `{"userid":"lisi","is_leader_in_dept":[0]}`, `60132`, ""},
		{"the main department", sync, update, `{"userid":"lisi","main_department":4}`, `0`, "update_user"},
		{"departments without the others put those back", sync, update, `{"userid":"lisi","department":[3,4]}`, `0`, "update_user"},
		get(`"department":[3,4],"order":[0,0],"position":"","gender":"0","is_leader_in_dept":[0,0]`),
		get(`"main_department":4`),
		{"an empty list sends him to wait", sync, update, `{"userid":"lisi","department":[]}`, `0`, "create_party update_user"},
		get(`"department":[5],"order":[0]`),
		get(`"main_department":5`),
		{"another leader", sync, update, `{"userid":"lisi","direct_leader":["wangwu"]}`, `0`, "update_user"},
		get(`"direct_leader":["wangwu"]`),
		{"himself as leader", sync, update, `{"userid":"lisi","direct_leader":["lisi"]}`, `40058`, ""},
		{"a leader who is deleted", sync, "user/delete?userid=wangwu", "", `0`, "delete_user"},
		get(`"direct_leader":[]`),

		{"an active member's number is his own affair", sync, update, `{"userid":"lisi","mobile":"13900000001"}`, `0`, ""},
		{"even a wrong one", sync, update, `{"userid":"lisi","mobile":"x","alias":"li"}`, `0`, "update_user"},
		{"he still has the old one", sync, "user/getuserid", `{"mobile":"13800000002"}`, `0 "userid":"lisi"`, ""},

		{"disable", sync, update, `{"userid":"lisi","enable":0}`, `0`, "update_user"},
		get(`"status":2`),
		{"enable", sync, update, `{"userid":"lisi","enable":1}`, `0`, "update_user"},
		get(`"status":1`),
		{"one who was never active", sync, "user/create", `{"userid":"neu","name":"新","mobile":"13900000002","department":[2],"enable":0}`, `0`, "create_user"},
		{"is disabled", access.SelfBuilt, "user/get?userid=neu", "", `0 "status":2`, ""},
		{"enable him", sync, update, `{"userid":"neu","enable":true}`, `0`, "update_user"},
		{"and he is inactive", access.SelfBuilt, "user/get?userid=neu", "", `0 "status":4`, ""},

		{"a value of a wrong type is left out", sync, update, `{"userid":"lisi","name":["x"],"enable":{},"position":"员工"}`, `0 updated. Warning: wrong json format. `, "update_user"},
		get(`"name":"李四","department":[5]`),
		{"and missed, where it is needed", sync, "user/create", `{"userid":"x","name":["x"],"mobile":"13900000003"}`, `60112 Warning: wrong json format. `, ""},

		{"nobody", sync, update, `{"name":"x"}`, `41009`, ""},
		{"somebody unknown", sync, update, `{"userid":"ghost","name":"x"}`, `60111`, ""},
		{"by an ordinary application", access.SelfBuilt, update, `{"userid":"lisi","name":"x"}`, `48002`, ""},
		{"by customer contact", access.CustomerContact, "user/create", newcomer("x"), `48002`, ""},
		{"by a contacts-edit grant", access.ContactsEdit, update, `{"userid":"lisi","name":"x"}`, `0`, "update_user"},
		{"by a third party's contacts application", access.ThirdPartyContacts, update, `{"userid":"lisi","name":"李四"}`, `0`, "update_user"},
	})
}

// What one library sends with every update, filled with zero values (go-workwx),
// and what another does (WxJava).
func TestUpdatesOfLibraries(t *testing.T) {
	sync, update := access.ContactSync, "user/update"
	talk(t, []line{
		{"zero values", sync, update, `{"userid":"lisi","name":"李四","alias":"","mobile":"","department":null,"order":null,"position":"","gender":"","email":"lisi@corp.example",
			"telephone":"","is_leader_in_dept":null,"avatar_mediaid":"","enable":1,"extattr":{"attrs":null},"to_invite":false,"external_profile":{"external_corp_name":"","external_attr":null},"external_position":""}`,
			`0 "errmsg":"updated"}`, ""},
		{"nothing is lost", access.SelfBuilt, "user/get?userid=lisi", "", `0 "name":"李四","department":[3],"order":[0]`, ""},
		{"not even the profile", sync, update, `{"userid":"lisi","external_profile":{"external_corp_name":"甲","external_attr":[{"type":0,"name":"专长","text":{"value":"Go"}}]}}`, `0`, "update_user"},
		{"when an empty one is sent", sync, update, `{"userid":"lisi","main_department":"3","external_profile":{}}`, `0`, ""},
		{"and the numbers are text", access.SelfBuilt, "user/get?userid=lisi", "", `0 "external_profile":{"external_corp_name":"甲","external_attr":[{"type":0,"name":"专长","text":{"value":"Go"}}]}`, ""},
	})
}

func TestAttributesMerge(t *testing.T) {
	sync, update := access.ContactSync, "user/update"
	shown := func(want string) line {
		return line{"so there is", access.SelfBuilt, "user/get?userid=lisi", "", "0 " + want, ""}
	}
	talk(t, []line{
		{"one attribute", sync, update, `{"userid":"lisi","extattr":{"attrs":[{"type":0,"name":"工位","text":{"value":"A"}}]}}`, `0`, "update_user"},
		{"another beside it", sync, update, `{"userid":"lisi","extattr":{"attrs":[{"type":1,"name":"主页","web":{"url":"http://e.example","title":"e"}}]}}`, `0`, "update_user"},
		shown(`"extattr":{"attrs":[{"type":0,"name":"工位","text":{"value":"A"}},{"type":1,"name":"主页"`),
		{"a new value keeps its place", sync, update, `{"userid":"lisi","extattr":{"attrs":[{"type":0,"name":"工位","text":{"value":"B"}}]}}`, `0`, "update_user"},
		shown(`"extattr":{"attrs":[{"type":0,"name":"工位","text":{"value":"B"}},{"type":1,"name":"主页"`),
		{"an empty text clears", sync, update, `{"userid":"lisi","extattr":{"attrs":[{"type":0,"name":"工位","text":{"value":""}}]}}`, `0`, "update_user"},
		{"empty address and title clear", sync, update, `{"userid":"lisi","extattr":{"attrs":[{"type":1,"name":"主页","web":{"url":"","title":""}}]}}`, `0`, "update_user"},
		shown(`"extattr":{"attrs":[]}`),
		{"clearing what is not there", sync, update, `{"userid":"lisi","extattr":{"attrs":[{"type":0,"name":"工位","text":{"value":""}}]}}`, `0`, ""},
		{"an unknown type does not clear", sync, update, `{"userid":"lisi","extattr":{"attrs":[{"type":7,"name":"工位"}]}}`, `60150`, ""},

		{"a name for the outside", sync, update, `{"userid":"lisi","external_profile":{"external_corp_name":"甲"}}`, `0`, "update_user"},
		{"a channel beside it", sync, update, `{"userid":"lisi","external_profile":{"wechat_channels":{"nickname":"甲视频"}}}`, `0`, "update_user"},
		{"an attribute beside both", sync, update, `{"userid":"lisi","external_profile":{"external_attr":[{"type":0,"name":"专长","text":{"value":"Go"}}]}}`, `0`, "update_user"},
		shown(`"external_profile":{"external_corp_name":"甲","external_attr":[{"type":0,"name":"专长","text":{"value":"Go"}}],"wechat_channels":{"nickname":"甲视频","status":0}}`),
		{"an empty name is the default one", sync, update, `{"userid":"lisi","external_profile":{"external_corp_name":"","wechat_channels":{"nickname":""},"external_attr":[{"type":0,"name":"专长","text":{"value":""}}]}}`, `0`, "update_user"},
		shown(`"external_profile":{"external_attr":[]}`),
	})
}

func TestEnterpriseMail(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		sync := access.ContactSync
		check := func(lines ...line) {
			t.Helper()
			for _, l := range lines {
				l.check(t, w)
			}
		}
		mail := everything(w)
		has := func(user, want string) {
			t.Helper()
			if got := mail.Call("GET", "/cgi-bin/user/get?userid="+user, ""); !strings.Contains(got.Body, `"biz_mail":"`+want+`"`) {
				t.Errorf("%s: %s, want biz_mail %s", user, got.Body, want)
			}
		}
		check(
			line{"without enterprise mail the field does nothing", sync, "user/create", `{"userid":"old","name":"旧","mobile":"13900000000","department":[2],"biz_mail":"old@mail.example"}`, `0`, "create_user"},
			line{"but must be an address", sync, "user/create", `{"userid":"x","name":"旧","mobile":"13900000009","biz_mail":"x"}`, `60143`, ""},
			line{"and there are no aliases", sync, "user/update", `{"userid":"old","biz_mail_alias":{"item":["o@mail.example"]}}`, `60272`, ""},
		)
		has("old", "")
		configure(w, func(c *corp.Corp) { c.MailDomain = "Mail.example" })
		check(
			line{"the system gives one", sync, "user/create", `{"userid":"Auto","name":"甲","mobile":"13900000001","department":[2]}`, `0`, "create_user"},
			line{"which may be changed", sync, "user/update", `{"userid":"auto","biz_mail":"Chosen@mail.example"}`, `0`, "update_user"},
			line{"once", sync, "user/update", `{"userid":"auto","biz_mail":"again@mail.example"}`, `60144`, ""},
			line{"an empty one changes nothing", sync, "user/update", `{"userid":"auto","biz_mail":""}`, `0`, ""},
			line{"nor does the same", sync, "user/update", `{"userid":"auto","biz_mail":"chosen@MAIL.example"}`, `0`, ""},
			line{"one that is given", sync, "user/create", `{"userid":"given","name":"乙","mobile":"13900000002","department":[2],"biz_mail":"mine@mail.example"}`, `0`, "create_user"},
			line{"is never changed", sync, "user/update", `{"userid":"given","biz_mail":"other@mail.example"}`, `60144`, ""},
			line{"one at another domain", sync, "user/create", `{"userid":"x","name":"丙","mobile":"13900000003","biz_mail":"x@else.example"}`, `81015`, ""},
			line{"one that is taken", sync, "user/create", `{"userid":"x","name":"丙","mobile":"13900000003","biz_mail":"MINE@mail.example"}`, `60145`, ""},
			line{"one of 64 bytes", sync, "user/create", `{"userid":"x64","name":"丙","mobile":"13900000003","department":[2],"biz_mail":"` + strings.Repeat("m", 51) + `@mail.example"}`, `0`, "create_user"},
			line{"an update takes 63", sync, "user/update", `{"userid":"old","biz_mail":"` + strings.Repeat("n", 51) + `@mail.example"}`, `60143`, ""},
			line{"who came before the mail gets one", sync, "user/update", `{"userid":"old","biz_mail":"` + strings.Repeat("n", 50) + `@mail.example"}`, `0`, "update_user"},
			line{"a userid whose address another has chosen", sync, "user/create", `{"userid":"chosen","name":"丁","mobile":"13900000004","department":[2]}`, `0`, "create_user"},
			line{"a userid with an at sign", sync, "user/create", `{"userid":"a@b","name":"戊","mobile":"13900000005","department":[2]}`, `0`, "create_user"},
			line{"a long userid", sync, "user/create", `{"userid":"` + strings.Repeat("l", 64) + `","name":"己","mobile":"13900000006","department":[2]}`, `0`, "create_user"},
		)
		has("auto", "chosen@mail.example")
		has("given", "mine@mail.example")
		has("chosen", "chosen2@mail.example")
		has("a@b", "a.b@mail.example")
		has(strings.Repeat("l", 64), strings.Repeat("l", 51)+"@mail.example")
		check(
			line{"found by its address", sync, "user/get_userid_by_email", `{"email":"Chosen@mail.example"}`, `0 "userid":"Auto"`, ""},
			line{"aliases", sync, "user/update", `{"userid":"auto","biz_mail_alias":{"item":["A1@mail.example","a2@mail.example","a1@mail.example"]}}`, `0`, "update_user"},
			line{"the same again", sync, "user/update", `{"userid":"auto","biz_mail_alias":{"item":["a1@mail.example","a2@mail.example"]}}`, `0`, ""},
			line{"of another", sync, "user/update", `{"userid":"given","biz_mail_alias":{"item":["a2@mail.example"]}}`, `60270`, ""},
			line{"a mailbox for an alias", sync, "user/update", `{"userid":"given","biz_mail_alias":{"item":["chosen@mail.example"]}}`, `60270`, ""},
			line{"an alias for a mailbox", sync, "user/create", `{"userid":"x","name":"庚","mobile":"13900000007","biz_mail":"a1@mail.example"}`, `60145`, ""},
			line{"at another domain", sync, "user/update", `{"userid":"given","biz_mail_alias":{"item":["a@else.example"]}}`, `60269`, ""},
			line{"no address", sync, "user/update", `{"userid":"given","biz_mail_alias":{"item":["a"]}}`, `60271`, ""},
			line{"six", sync, "user/update", `{"userid":"given","biz_mail_alias":{"item":` + list(6, `"g%d@mail.example"`) + `}}`, `60273`, ""},
			line{"five", sync, "user/update", `{"userid":"given","biz_mail_alias":{"item":` + list(5, `"g%d@mail.example"`) + `}}`, `0`, "update_user"},
			line{"others in their place", sync, "user/update", `{"userid":"given","biz_mail_alias":{"item":["g9@mail.example"]}}`, `0`, "update_user"},
			line{"so that the first are free", sync, "user/update", `{"userid":"auto","biz_mail_alias":{"item":["g1@mail.example"]}}`, `0`, "update_user"},
			line{"an empty object clears", sync, "user/update", `{"userid":"auto","biz_mail_alias":{}}`, `0`, "update_user"},
			line{"an empty list clears", sync, "user/update", `{"userid":"given","biz_mail_alias":{"item":[]}}`, `0`, "update_user"},
			line{"and null does not", sync, "user/update", `{"userid":"given","biz_mail_alias":null}`, `0`, ""},
		)
	})
}

func TestDeletingMembers(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		sync := access.ContactSync
		configure(w, func(c *corp.Corp) { c.Creator = "zhangsan" })
		for _, l := range []line{
			{"one", sync, "user/create", newcomer("a"), `0`, "create_user"},
			{"another", sync, "user/create", newcomer("b"), `0`, "create_user"},
			{"the founder", sync, "user/delete?userid=ZhangSan", "", `301005`, ""},
			{"nobody", sync, "user/delete", "", `41009`, ""},
			{"somebody unknown", sync, "user/delete?userid=ghost", "", `60111`, ""},
			{"in another case", sync, "user/delete?userid=A", "", `0 "errmsg":"deleted"}`, "delete_user"},
			{"again", sync, "user/delete?userid=a", "", `60111`, ""},
			{"by an ordinary application", access.SelfBuilt, "user/delete?userid=b", "", `48002`, ""},

			{"several, one of them unknown", sync, "user/batchdelete", `{"useridlist":["b","lisi","ghost"]}`, `60111`, ""},
			{"several, one of them the founder", sync, "user/batchdelete", `{"useridlist":["b","lisi","zhangsan"]}`, `301005`, ""},
			{"then nobody has gone", access.SelfBuilt, "user/get?userid=b", "", `0`, ""},
			{"an empty name among them", sync, "user/batchdelete", `{"useridlist":["b",""]}`, `41009`, ""},
			{"none", sync, "user/batchdelete", `{"useridlist":[]}`, `40058`, ""},
			{"no list", sync, "user/batchdelete", `{}`, `40058`, ""},
			{"a text for the list", sync, "user/batchdelete", `{"useridlist":"b"}`, `40058`, ""},
			{"201 of them", sync, "user/batchdelete", `{"useridlist":` + list(201, `"u%d"`) + `}`, `40032`, ""},
			{"200, all unknown", sync, "user/batchdelete", `{"useridlist":` + list(200, `"u%d"`) + `}`, `60111`, ""},
			{"several, one of them twice", sync, "user/batchdelete", `{"useridlist":["b","lisi","B"]}`, `0 "errmsg":"deleted"}`, "delete_user delete_user"},
			{"their department is empty", sync, "department/delete?id=3", "", `0`, "delete_party"},
			{"in batch by an ordinary application", access.SelfBuilt, "user/batchdelete", `{"useridlist":["wangwu"]}`, `48002`, ""},
		} {
			l.check(t, w)
		}
	})
}

// A userid that the system made may be changed once, and everything that named the member by the old one
// follows.
func TestChangingAUserID(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		sync := access.ContactSync
		var made directory.Member
		w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
			made, _, err = w.Server.Directory.CreateMember(ctx, tx, access.System(w.CorpID), directory.Member{
				Name: "创始人", Mobile: "13900000001", Enabled: true, Activated: true, Places: []directory.Place{{Department: 2}},
			}, false)
			return err
		})
		if made.UserID == "" {
			t.Fatal("the system made no userid")
		}
		configure(w, func(c *corp.Corp) {
			c.Creator, c.TwoFactor.Members = made.UserID, []id.UserID{"lisi", made.UserID}
		})
		client := w.WithApp(access.SelfBuilt, appThatSees(made.UserID))
		old := string(made.UserID)
		w.Events()
		for _, l := range []line{
			{"one that was given", sync, "user/update", `{"userid":"lisi","new_userid":"li"}`, `301036`, ""},
			{"to the same", sync, "user/update", `{"userid":"lisi","new_userid":"lisi"}`, `0`, ""},
			{"to one that is taken", sync, "user/update", `{"userid":"` + old + `","new_userid":"LiSi"}`, `60102`, ""},
			{"to one that is none", sync, "user/update", `{"userid":"` + old + `","new_userid":"-"}`, `40003`, ""},
			{"to a new one", sync, "user/update", `{"userid":"` + old + `","new_userid":"Founder"}`, `0`, "update_user"},
			{"once more", sync, "user/update", `{"userid":"founder","new_userid":"other"}`, `301036`, ""},
			{"the old one is unknown", sync, "user/update", `{"userid":"` + old + `","name":"x"}`, `60111`, ""},
			{"he is still the founder", sync, "user/delete?userid=founder", "", `301005`, ""},
		} {
			l.check(t, w)
		}
		if got := client.Call("GET", "/cgi-bin/user/get?userid=founder", ""); got.ErrCode != 0 {
			t.Errorf("the application that sees him alone: %s", got.Body)
		}
		configure(w, func(c *corp.Corp) {
			if len(c.TwoFactor.Members) != 2 || c.TwoFactor.Members[1] != "Founder" {
				t.Errorf("asked for a second verification: %v", c.TwoFactor.Members)
			}
		})
	})
}

func TestMemberEvents(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		sync := w.As(access.ContactSync)
		for _, tt := range []struct{ path, body, kind, says string }{
			{"user/create", newcomer("a"), "create_user", `"Invite":true`},
			{"user/create", `{"userid":"b","name":"乙","mobile":"13900000002","department":[2],"to_invite":false}`, "create_user", `"Invite":false`},
			{"user/create", `{"userid":"c","name":"丙","mobile":"13900000003","department":[2],"to_invite":"0"}`, "create_user", `"Invite":false`},
			{"user/update", `{"userid":"a","name":"甲","position":"x","gender":2}`, "update_user", `"Changed":["name","position","gender"]`},
			{"user/update", `{"userid":"a","department":[3],"is_leader_in_dept":[1]}`, "update_user", `"Changed":["department","is_leader_in_dept","main_department"]`},
			{"user/update", `{"userid":"a","enable":0}`, "update_user", `"Changed":["status"]`},
			{"user/delete?userid=A", ``, "delete_user", `{"UserID":"a"}`},
		} {
			sync.Call("POST", "/cgi-bin/"+tt.path, tt.body)
			got := w.EventRecords()
			if len(got) != 1 || got[0].Name != "change_contact/"+tt.kind || !strings.Contains(string(got[0].Payload), tt.says) {
				t.Errorf("%s %s: events %+v, want one %s with %s", tt.path, tt.body, got, tt.kind, tt.says)
			}
		}
	})
}

// The two enterprises have members of the same userids; a member of only one is unknown to the other.
func TestOtherEnterprisesMembers(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a, b := w.Corps()
		mine, theirs := a.As(access.ContactSync), b.As(access.ContactSync)
		if got := theirs.Call("POST", "/cgi-bin/user/create", newcomer("only-in-b")); got.ErrCode != 0 {
			t.Fatal(got.Body)
		}
		theirs.Call("POST", "/cgi-bin/department/create", `{"name":"仅乙","parentid":1,"id":77}`)
		theirs.Call("POST", "/cgi-bin/tag/create", `{"tagname":"仅乙","tagid":77}`)
		b.Events()
		reader := everything(w)
		for _, tt := range []struct {
			as   *qiweitest.Client
			path string
			body string
			code int
		}{
			{reader, "user/get?userid=only-in-b", "", 60111},
			{mine, "user/update", `{"userid":"only-in-b","name":"x"}`, 60111},
			{mine, "user/delete?userid=only-in-b", "", 60111},
			{mine, "user/batchdelete", `{"useridlist":["only-in-b"]}`, 60111},
			{reader, "user/list?department_id=77", "", 60003},
			{reader, "user/simplelist?department_id=77", "", 60003},
			{reader, "department/get?id=77", "", 60003},
			{mine, "department/update", `{"id":77,"name":"x"}`, 60003},
			{mine, "department/delete?id=77", "", 60003},
			{mine, "department/create", `{"name":"x","parentid":77}`, 60004},
			{reader, "user/get_userid_by_email", `{"email":"only-in-b@corp.example","email_type":2}`, 46004},
			{mine, "user/update", `{"userid":"lisi","direct_leader":["only-in-b"]}`, 60111},
			{mine, "tag/get?tagid=77", "", 40068},
			{mine, "tag/delete?tagid=77", "", 40068},
			{mine, "user/create", newcomer("only-in-b"), 0}, // their member does not count
			{mine, "user/update", `{"userid":"zhangsan","name":"我们的"}`, 0},
			{mine, "user/delete?userid=lisi", "", 0},
		} {
			method := "POST"
			if tt.body == "" {
				method = "GET"
			}
			if got := tt.as.Call(method, "/cgi-bin/"+tt.path, tt.body); got.ErrCode != tt.code {
				t.Errorf("%s %s: %s, want %d", tt.path, tt.body, got.Body, tt.code)
			}
		}
		if stray := b.Events(); stray != nil {
			t.Errorf("the other enterprise had events %q", stray)
		}
		for path, want := range map[string]string{"user/get?userid=zhangsan": `"name":"张三"`, "user/get?userid=lisi": `"errcode":0`} {
			if got := b.As(access.SelfBuilt).Call("GET", "/cgi-bin/"+path, ""); !strings.Contains(got.Body, want) {
				t.Errorf("theirs, %s: %s, want %s", path, got.Body, want)
			}
		}
	})
}

// Of concurrent calls one succeeds, and the others are told why they did not.
func TestMemberRaces(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		sync := w.As(access.ContactSync)
		for _, tt := range []struct {
			name, path, body string
			lost             int
		}{
			{"one userid", "user/create", `{"userid":"a","name":"甲","mobile":"1390000000%d","department":[2]}`, 60102},
			{"one mobile number", "user/create", `{"userid":"b%d","name":"乙","mobile":"13900000009","department":[3]}`, 60104},
			{"one mail address", "user/create", `{"userid":"c%d","name":"丙","email":"c@corp.example","department":[4]}`, 60106},
			{"one new department", "department/create", `{"name":"抢","parentid":4}`, 60008},
			{"one department id", "department/create", `{"name":"抢%d","parentid":3,"id":50}`, 60008},
			{"one to delete", "user/delete", `{"userid":"a"}`, 60111},
			{"some to delete", "user/batchdelete", `{"useridlist":["zhangsan","lisi"]}`, 60111},
		} {
			w.Events()
			codes := atOnce(sync, 4, "/cgi-bin/"+tt.path, tt.body)
			if codes[0] != 1 || codes[tt.lost] != 3 {
				t.Errorf("%s: %v, want one 0 and three %d", tt.name, codes, tt.lost)
			}
			if events := w.Events(); len(events) != map[bool]int{true: 2, false: 1}[tt.path == "user/batchdelete"] {
				t.Errorf("%s: events %q", tt.name, events)
			}
		}
		codes := atOnce(sync, 4, "/cgi-bin/user/create", `{"userid":"d%d","name":"丁","mobile":"1390000010%d"}`)
		if codes[0] != 4 {
			t.Errorf("four at once into a waiting department that is not there yet: %v", codes)
		}
		configure(w, func(c *corp.Corp) { c.MemberLimit = 8 }) // wangwu, b, c and the four
		codes = atOnce(sync, 4, "/cgi-bin/user/create", `{"userid":"e%d","name":"戊","mobile":"1390000020%d","department":[2]}`)
		if codes[0] != 1 || codes[45024] != 3 {
			t.Errorf("four for the last place: %v, want one 0 and three 45024", codes)
		}
	})
}
