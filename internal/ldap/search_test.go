package ldap_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	client "github.com/go-ldap/ldap/v3"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/ldap"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

func TestSearch(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		w.As(access.ContactSync).Call("POST", "/cgi-bin/tag/create", `{"tagname":"值班","tagid":7}`)
		w.As(access.ContactSync).Call("POST", "/cgi-bin/tag/addtagusers", `{"tagid":7,"userlist":["wangwu"],"partylist":[3]}`)
		w.As(access.ContactSync).Call("POST", "/cgi-bin/user/update", `{"userid":"zhangsan","extattr":{"attrs":[{"type":0,"name":"工位","text":{"value":"A-101"}}]}}`)
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			return w.Server.LDAP.SetSettings(ctx, tx, w.CorpID, ldap.Settings{Attributes: map[string]string{"sAMAccountName": "userid", "employeeNumber": "extattr:工位", "street": ""}})
		})
		d := open(t, w, ldap.Listening{PlainBinds: true})
		root := suffix(w.Corp)
		conn := d.as(w.Corp, "reader", access.Everything())
		const zhang, li, wang = "uid=zhangsan,ou=people", "uid=lisi,ou=people", "uid=wangwu,ou=people"
		const all = li + " " + wang + " " + zhang
		const everyone, research, backend, market, duty = "cn=/,ou=groups", "cn=研发部,ou=groups", "cn=研发部/后端组,ou=groups", "cn=市场部,ou=groups", "cn=值班,ou=tags,ou=groups"
		const depth = "\\2c" // a comma in a filter needs no escape, and may have one
		for _, tt := range []struct{ base, scope, filter, want string }{
			{"", "sub", "(uid=zhangsan)", zhang},
			{"", "sub", "(UID=ZhangSan)", zhang},
			{"", "sub", "(uid=nobody)", ""},
			{"", "base", "(objectClass=*)", "O"},
			{"", "one", "(objectClass=*)", "ou=departments ou=groups ou=people"},
			{"ou=people", "one", "(objectClass=*)", all},
			{"ou=people", "sub", "(objectClass=*)", "ou=people " + all},
			{"ou=people", "below", "(objectClass=*)", all},
			{"ou=people", "base", "(objectClass=*)", "ou=people"},
			{zhang, "base", "(objectClass=*)", zhang},
			{"UID=ZhangSan,OU=People", "base", "(objectClass=*)", zhang},
			{zhang, "sub", "(mail=*)", zhang},
			{zhang, "base", "(uid=lisi)", ""},
			{zhang, "one", "(objectClass=*)", ""},
			// by unique fields
			{"", "sub", "(mail=ZHANGSAN@corp.example)", zhang},
			{"", "sub", "(mobile=13800000002)", li},
			{"", "sub", "(mobile=+86 138-0000-0002)", li},
			{"", "sub", "(cn=张三)", zhang},
			{"", "sub", "(cn~=张三)", zhang},
			{"", "sub", "(cn:caseIgnoreMatch:=张三)", zhang},
			{"", "sub", "(cn:1.2.3.4:=张三)", ""},
			{"", "sub", "(sAMAccountName=lisi)", li},
			{"", "sub", "(employeeNumber=a-101)", zhang},
			{"", "sub", "(employeeNumber=*)", zhang},
			{"", "sub", "(employeeNumber=A-1)", ""},
			// by the name itself
			{"", "sub", "(entryDN=" + zhang + "," + root + ")", zhang},
			{"", "sub", "(entryDN=UID=ZhangSan, OU=People," + root + ")", zhang},
			{"", "sub", "(entryDN=uid=nobody,ou=people," + root + ")", ""},
			{"", "sub", "(entryDN=" + zhang + "," + suffix(w.Second) + ")", ""},
			{"", "sub", "(entryDN=" + research + "," + root + ")", research},
			{"", "sub", "(entryDN=" + backend + "," + root + ")", backend},
			{"", "sub", "(entryDN=" + duty + "," + root + ")", duty},
			{"", "sub", "(entryDN=cn=nothing,ou=groups," + root + ")", ""},
			{"", "sub", "(entryDN=no name)", ""},
			{"ou=people", "one", "(entryDN=*)", all},
			{"", "sub", "(&(objectClass=groupOfNames)(entryDN=*)(cn=市场部))", market},
			{"", "sub", "(&(objectClass=inetOrgPerson)(!(entryDN=" + zhang + "," + root + ")))", li + " " + wang},
			// pieces
			{"", "sub", "(uid=zh*)", zhang},
			{"", "sub", "(uid=*s*)", li + " " + zhang},
			{"", "sub", "(uid=z*g*n)", zhang},
			{"", "sub", "(uid=*wu)", wang},
			{"", "sub", "(cn=王*)", wang},
			{"", "sub", "(cn=*五)", wang},
			{"", "sub", "(uid=%)", ""},
			{"", "sub", "(uid=*_*)", ""},
			{"", "sub", "(mail=*@corp.example)", all},
			// combinations
			{"", "sub", "(&(objectClass=inetOrgPerson)(uid=lisi))", li},
			{"", "sub", "(&(objectClass=groupOfNames)(uid=lisi))", ""},
			{"", "sub", "(|(uid=lisi)(mail=wangwu@corp.example)(mobile=000))", li + " " + wang},
			{"", "sub", "(&(objectClass=person)(!(uid=lisi)))", wang + " " + zhang},
			{"", "sub", "(&(objectClass=person)(!(|(uid=lisi)(uid=wangwu))))", zhang},
			{"ou=people", "one", "(&)", all},
			{"ou=people", "one", "(|)", ""},
			{"", "sub", "(title=经理)", zhang},
			{"", "sub", "(&(objectClass=person)(!(title=*)))", li + " " + wang},
			{"", "sub", "(qiweiStatus=1)", all},
			{"", "sub", "(qiweiStatus=2)", ""},
			// an undefined term stays undefined when negated
			{"ou=people", "sub", "(shoeSize=44)", ""},
			{"ou=people", "sub", "(!(shoeSize=44))", ""},
			{"ou=people", "one", "(|(shoeSize=44)(uid=lisi))", li},
			{"ou=people", "sub", "(street=x)", ""},
			{"ou=people", "sub", "(uid>=a)", ""},
			// groups
			{"", "sub", "(objectClass=groupOfNames)", everyone + " " + duty + " " + market + " " + research + " " + backend},
			{"ou=groups", "one", "(objectClass=groupOfNames)", everyone + " " + market + " " + research + " " + backend},
			{"ou=tags,ou=groups", "one", "(objectClass=*)", duty},
			{"", "sub", "(cn=研发部)", research},
			{"", "sub", "(cn=研发部/后端组)", backend},
			{"", "sub", "(cn=值班)", duty},
			{"", "sub", "(cn=研发部*)", research + " " + backend},
			{"ou=groups", "sub", "(member=uid=lisi" + depth + "ou=people," + root + ")", everyone + " " + duty + " " + research + " " + backend},
			{"ou=groups", "sub", "(&(objectClass=groupOfNames)(!(member=uid=lisi,ou=people," + root + ")))", market},
			{"ou=groups", "sub", "(member=uid=nobody,ou=people," + root + ")", ""},
			{backend, "base", "(objectClass=*)", backend},
			{"", "sub", "(memberOf=cn=研发部,ou=groups," + root + ")", li + " " + zhang},
			{"", "sub", "(memberOf=" + backend + "," + root + ")", li},
			{"", "sub", "(memberOf=" + duty + "," + root + ")", li + " " + wang},
			{"", "sub", "(&(objectClass=person)(!(memberOf=" + duty + "," + root + ")))", zhang},
			{"", "sub", "(memberOf:1.2.840.113556.1.4.1941:=cn=研发部,ou=groups," + root + ")", li + " " + zhang},
			{"", "sub", "(memberOf=cn=nothing,ou=groups," + root + ")", ""},
			{"", "sub", "(&(uid=lisi)(memberOf=cn=市场部,ou=groups," + root + "))", ""},
			{"", "sub", "(manager=uid=zhangsan,ou=people," + root + ")", li},
			{"", "sub", "(manager=*)", li},
			{"", "sub", "(&(objectClass=person)(departmentNumber=3))", li},
			// units
			{"ou=departments", "one", "(objectClass=*)", "ou=市场部,ou=departments ou=研发部,ou=departments"},
			{"ou=研发部,ou=departments", "sub", "(objectClass=*)", "ou=后端组,ou=研发部,ou=departments ou=研发部,ou=departments"},
			{"ou=研发部,ou=departments", "below", "(objectClass=*)", "ou=后端组,ou=研发部,ou=departments"},
			{"ou=研发部,ou=departments", "base", "(ou=研发部)", "ou=研发部,ou=departments"},
			{"", "sub", "(ou=后端组)", backend + " ou=后端组,ou=研发部,ou=departments"},
			// times
			{"", "sub", "(createTimestamp>=20310106090000Z)", all},
			{"", "sub", "(modifyTimestamp>=20310106090001Z)", ""},
			{"", "sub", "(createTimestamp<=20310106085959Z)", ""},
			{"", "sub", "(createTimestamp=20310106090000Z)", all},
			{"", "sub", "(entryDN=" + li + "," + root + ")", li},
		} {
			got, err := names(t, conn, root, tt.base, tt.scope, tt.filter)
			if err != nil || got != tt.want {
				t.Errorf("%q %s %s: %q, %v; want %q", tt.base, tt.scope, tt.filter, got, err, tt.want)
			}
		}
		for _, base := range []string{"uid=nobody,ou=people", "cn=nothing,ou=groups", "ou=nothing,ou=departments", "ou=services", "cn=reader,ou=services", "x=y"} {
			if _, err := names(t, conn, root, base, "sub", "(objectClass=*)"); !client.IsErrorWithCode(err, client.LDAPResultNoSuchObject) {
				t.Errorf("base %s: %v; want no such object", base, err)
			}
		}
		if _, err := conn.Search(request("=,", "sub", "(uid=lisi)")); !client.IsErrorWithCode(err, client.LDAPResultInvalidDNSyntax) {
			t.Errorf("a base that is no DN: %v", err)
		}
		if _, err := conn.Search(request(suffix(w.Second), "sub", "(uid=lisi)")); !client.IsErrorWithCode(err, client.LDAPResultNoSuchObject) {
			t.Errorf("another enterprise: %v", err)
		}
	})
}

func TestAnEntryHasWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		d := open(t, w, ldap.Listening{PlainBinds: true})
		conn := d.as(w.Corp, "reader", access.Everything())
		root := suffix(w.Corp)
		get := func(base string, attributes ...string) *client.Entry {
			t.Helper()
			got, err := conn.Search(request(base, "base", "(objectClass=*)", attributes...))
			if err != nil || len(got.Entries) != 1 {
				t.Fatalf("%s: %v", base, err)
			}
			return got.Entries[0]
		}
		lisi := "uid=lisi,ou=people," + root
		e := get(lisi)
		for name, want := range map[string]string{"uid": "lisi", "cn": "李四", "sn": "李四", "mail": "lisi@corp.example", "mobile": "13800000002", "departmentNumber": "3",
			"manager": "uid=zhangsan,ou=people," + root, "objectClass": "top person organizationalPerson inetOrgPerson qiweiMember", "title": "", "entryUUID": "", "qiweiStatus": "1",
			"memberOf": "cn=研发部/后端组,ou=groups," + root + " cn=研发部,ou=groups," + root + " cn=/,ou=groups," + root} {
			if got := strings.Join(e.GetAttributeValues(name), " "); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
		w.As(access.ContactSync).Call("POST", "/cgi-bin/user/update", `{"userid":"wangwu","extattr":{"attrs":[{"type":0,"name":"工位","text":{"value":"A-101"}},{"type":1,"name":"主页","web":{"title":"我","url":"https://a.example"}}]}}`)
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			return w.Server.LDAP.SetSettings(ctx, tx, w.CorpID, ldap.Settings{Attributes: map[string]string{"employeeNumber": "extattr:工位", "labeledURI": "extattr:主页", "roomNumber": "extattr:没有"}})
		})
		if e := get("uid=wangwu,ou=people,"+root, "employeeNumber", "labeledURI", "roomNumber"); e.GetAttributeValue("employeeNumber") != "A-101" || e.GetAttributeValue("labeledURI") != "https://a.example" || len(e.Attributes) != 2 {
			t.Errorf("extended attributes: %v", e.Attributes)
		}
		if e := get(lisi, "UID", "nothing"); len(e.Attributes) != 1 || e.GetAttributeValue("uid") != "lisi" {
			t.Errorf("uid alone: %v", e.Attributes)
		}
		if e := get(lisi, "1.1"); len(e.Attributes) != 0 {
			t.Errorf("nothing: %v", e.Attributes)
		}
		e = get(lisi, "+")
		uuid := e.GetAttributeValue("entryUUID")
		if len(uuid) != 36 || e.GetAttributeValue("createTimestamp") != "20310106090000Z" || e.GetAttributeValue("uid") != "" {
			t.Errorf("operational: %v", e.Attributes)
		}
		if got, err := names(t, conn, root, "", "sub", "(entryUUID="+uuid+")"); got != "uid=lisi,ou=people" || err != nil {
			t.Errorf("by entryUUID: %q, %v", got, err)
		}
		e = get("cn=研发部,ou=groups,"+root, "*", "+")
		if got := e.GetAttributeValues("member"); len(got) != 2 || e.GetAttributeValue("cn") != "研发部" || e.GetAttributeValue("entryUUID") == "" {
			t.Errorf("group: %v", e.Attributes)
		}
		types := request(lisi, "base", "(objectClass=*)", "mail")
		types.TypesOnly = true
		got, err := conn.Search(types)
		if err != nil || len(got.Entries[0].Attributes) != 1 || len(got.Entries[0].GetAttributeValues("mail")) != 0 {
			t.Errorf("types only: %v, %v", got, err)
		}
		for _, tt := range []struct {
			attribute, value string
			want             bool
		}{{"mail", "LISI@corp.example", true}, {"mail", "other@corp.example", false}, {"memberOf", "cn=研发部,ou=groups," + root, true}} {
			if is, err := conn.Compare(lisi, tt.attribute, tt.value); is != tt.want || err != nil {
				t.Errorf("compare %s %s: %v, %v", tt.attribute, tt.value, is, err)
			}
		}
		if _, err := conn.Compare(lisi, "shoeSize", "44"); !client.IsErrorWithCode(err, client.LDAPResultNoSuchAttribute) {
			t.Errorf("compare with what nobody has: %v", err)
		}
		if who, err := conn.WhoAmI(nil); err != nil || who.AuthzID != "dn:cn=reader,ou=services,"+root {
			t.Errorf("who am I: %v, %v", who, err)
		}
	})
}

// A slash in a department's name is no step of a path, and names that need escaping in DNs survive.
func TestNamesWithSpecialCharacters(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		sync := w.As(access.ContactSync)
		sync.Call("POST", "/cgi-bin/department/create", `{"id":20,"parentid":1,"name":"A/B"}`)
		sync.Call("POST", "/cgi-bin/department/create", `{"id":21,"parentid":20,"name":"x, y+z=#1;"}`)
		sync.Call("POST", "/cgi-bin/user/create", `{"userid":"odd@name.x","name":" 空 格 , ","email":"odd@corp.example","department":[21]}`)
		d := open(t, w, ldap.Listening{PlainBinds: true})
		conn := d.as(w.Corp, "reader", access.Everything())
		got, err := conn.Search(request(suffix(w.Corp), "sub", "(departmentNumber=21)", "memberOf", "ou", "cn"))
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Entries) != 3 {
			t.Fatalf("%d entries: %v", len(got.Entries), got.Entries)
		}
		for _, e := range got.Entries {
			for _, dn := range append(e.GetAttributeValues("memberOf"), e.DN) {
				found, err := conn.Search(request(dn, "base", "(objectClass=*)", "1.1"))
				if err != nil || len(found.Entries) != 1 || found.Entries[0].DN != dn {
					t.Errorf("%q as a base: %v, %v", dn, found, err)
				}
			}
		}
	})
}

func TestARangeIsNotLeft(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		d := open(t, w, ldap.Listening{PlainBinds: true})
		root := suffix(w.Corp)
		research := d.as(w.Corp, "research", access.Range{Departments: []int64{2}})
		single := d.as(w.Corp, "single", access.Range{Members: []id.UserID{"wangwu"}})
		for _, tt := range []struct {
			name   string
			conn   *client.Conn
			filter string
			want   string
		}{
			{"members of the range", research, "(objectClass=person)", "uid=lisi,ou=people uid=zhangsan,ou=people"},
			{"groups of the range", research, "(objectClass=groupOfNames)", "cn=研发部,ou=groups cn=研发部/后端组,ou=groups"},
			{"a member outside, by his mobile", research, "(mobile=13800000003)", ""},
			{"a group outside, by its member", research, "(member=uid=wangwu,ou=people," + root + ")", ""},
			{"members of a group outside", research, "(memberOf=cn=/,ou=groups," + root + ")", ""},
			{"members of a department outside", research, "(departmentNumber=4)", ""},
			{"one member", single, "(objectClass=person)", "uid=wangwu,ou=people"},
			{"no groups", single, "(objectClass=groupOfNames)", ""},
		} {
			if got, err := names(t, tt.conn, root, "", "sub", tt.filter); got != tt.want || err != nil {
				t.Errorf("%s: %q, %v; want %q", tt.name, got, err, tt.want)
			}
		}
		for _, base := range []string{"uid=wangwu,ou=people", "cn=市场部,ou=groups", "cn=/,ou=groups"} {
			if _, err := names(t, research, root, base, "base", "(objectClass=*)"); !client.IsErrorWithCode(err, client.LDAPResultNoSuchObject) {
				t.Errorf("%s: %v; want no such object", base, err)
			}
		}
		got, err := research.Search(request("uid=lisi,ou=people,"+root, "base", "(objectClass=*)", "memberOf"))
		if err != nil || slices.Contains(got.Entries[0].GetAttributeValues("memberOf"), "cn=/,ou=groups,"+root) {
			t.Errorf("memberOf names a group outside: %v, %v", got, err)
		}
	})
}

// An account of an application reads what the application reads: a new self-built application reads neither
// mobile numbers nor mail addresses, and does not find members by them.
func TestAnAccountHasTheRightsOfItsApplication(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		d := open(t, w, ldap.Listening{PlainBinds: true})
		root := suffix(w.Corp)
		app := w.As(access.SelfBuilt)
		app.SetRange([]int64{2})
		var no int64
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			a, err := w.Server.Apps.App(tx, w.CorpID, app.AgentID)
			no = a.No
			return err
		})
		dn, secret := d.account(w.Corp, ldap.Account{Name: "app", App: no})
		conn := d.dial()
		if err := conn.Bind(dn, secret); err != nil {
			t.Fatal(err)
		}
		got, err := conn.Search(request(root, "sub", "(objectClass=person)"))
		if err != nil || len(got.Entries) != 2 {
			t.Fatalf("%v, %v", got, err)
		}
		for _, e := range got.Entries {
			if e.GetAttributeValue("mail") != "" || e.GetAttributeValue("mobile") != "" || e.GetAttributeValue("cn") == "" {
				t.Errorf("%s: %v", e.DN, e.Attributes)
			}
		}
		for _, filter := range []string{"(mail=lisi@corp.example)", "(!(mail=lisi@corp.example))", "(mobile=138*)", "(mobile=*)"} {
			if found, err := names(t, conn, root, "ou=people", "one", filter); found != "" || err != nil {
				t.Errorf("%s: %q, %v", filter, found, err)
			}
		}
		app.SetRange([]int64{4})
		if found, _ := names(t, conn, root, "", "sub", "(objectClass=person)"); found != "uid=wangwu,ou=people" {
			t.Errorf("after the range was changed: %q", found)
		}
		app.Configure(disable)
		if _, err := names(t, conn, root, "", "sub", "(objectClass=person)"); !client.IsErrorWithCode(err, client.LDAPResultInsufficientAccessRights) {
			t.Errorf("of an application that is switched off: %v", err)
		}
		if err := d.dial().Bind(dn, secret); !client.IsErrorWithCode(err, client.LDAPResultInvalidCredentials) {
			t.Errorf("bind for an application that is switched off: %v", err)
		}
	})
}

func TestPages(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		sync := w.As(access.ContactSync)
		const more = 30
		for n := range more {
			body := `{"userid":"m` + string(rune('a'+n/10)) + string(rune('0'+n%10)) + `","name":"成员","email":"m` + string(rune('a'+n/10)) + string(rune('0'+n%10)) + `@corp.example","department":[2]}`
			if got := sync.Call("POST", "/cgi-bin/user/create", body); got.ErrCode != 0 {
				t.Fatal(got.Body)
			}
		}
		d := open(t, w, ldap.Listening{PlainBinds: true})
		conn := d.as(w.Corp, "reader", access.Everything())
		root := suffix(w.Corp)
		for _, size := range []uint32{1, 7, 33, 34, 1000} {
			got, err := conn.SearchWithPaging(request(root, "sub", "(objectClass=inetOrgPerson)", "uid"), size)
			if err != nil || len(got.Entries) != more+3 {
				t.Errorf("pages of %d: %d entries, %v", size, len(got.Entries), err)
			}
			seen := map[string]bool{}
			for _, e := range got.Entries {
				if seen[e.DN] {
					t.Errorf("pages of %d: %s twice", size, e.DN)
				}
				seen[e.DN] = true
			}
		}
		got, err := conn.SearchWithPaging(request(root, "sub", "(objectClass=*)", "1.1"), 4)
		if err != nil || len(got.Entries) != 4+4+4+more+3 { // containers, groups, units, members
			t.Errorf("everything in pages: %d, %v", len(got.Entries), err)
		}
		limited := request(root, "sub", "(objectClass=person)", "uid")
		limited.SizeLimit = 10
		got, err = conn.Search(limited)
		if !client.IsErrorWithCode(err, client.LDAPResultSizeLimitExceeded) || len(got.Entries) != 10 {
			t.Errorf("size limit: %d, %v", len(got.Entries), err)
		}
		limited.SizeLimit = more + 3
		if got, err = conn.Search(limited); err != nil || len(got.Entries) != more+3 {
			t.Errorf("size limit of all: %d, %v", len(got.Entries), err)
		}
		// A page that is longer than the limit of the whole ends with it; a shorter one is followed by others.
		for size, want := range map[uint32]struct {
			code    uint16
			entries int
		}{4: {0, 4}, 10: {0, 10}, 11: {client.LDAPResultSizeLimitExceeded, 10}, 100: {client.LDAPResultSizeLimitExceeded, 10}} {
			both := request(root, "sub", "(objectClass=person)", "uid")
			both.SizeLimit = 10
			both.Controls = []client.Control{client.NewControlPaging(size)}
			got, err := conn.Search(both)
			if want.code == 0 && err != nil || want.code != 0 && !client.IsErrorWithCode(err, want.code) || len(got.Entries) != want.entries {
				t.Errorf("a page of %d with a limit of 10: %d entries, %v", size, len(got.Entries), err)
			}
			if control, ok := client.FindControl(got.Controls, client.ControlTypePaging).(*client.ControlPaging); want.code == 0 && (!ok || len(control.Cookie) == 0) {
				t.Errorf("a page of %d with a limit of 10 has no cookie", size)
			}
		}
		// A cookie is valid only for the search that got it.
		first := request(root, "sub", "(objectClass=person)", "uid")
		paging := client.NewControlPaging(5)
		first.Controls = []client.Control{paging}
		if got, err = conn.Search(first); err != nil {
			t.Fatal(err)
		}
		cookie := client.FindControl(got.Controls, client.ControlTypePaging).(*client.ControlPaging).Cookie
		other := request(root, "sub", "(uid=lisi)", "uid")
		paging.SetCookie(cookie)
		other.Controls = []client.Control{paging}
		if _, err := conn.Search(other); !client.IsErrorWithCode(err, client.LDAPResultUnwillingToPerform) {
			t.Errorf("a cookie of another search: %v", err)
		}
	})
}

func TestSuffix(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		d := open(t, w, ldap.Listening{PlainBinds: true})
		name := "dc=" + strings.ToLower(w.CorpID) + ",dc=corp,dc=example"
		set := func(c *qiweitest.Corp, to string) (err error) {
			err = w.Server.Store.Write(context.Background(), func(tx *store.Tx) error {
				return w.Server.LDAP.SetSettings(context.Background(), tx, c.CorpID, ldap.Settings{Suffix: to})
			})
			return err
		}
		dn, secret := d.account(w.Corp, ldap.Account{Name: "reader", Range: access.Everything()})
		if err := set(w.Corp, name); err != nil {
			t.Fatal(err)
		}
		conn := d.dial()
		if err := conn.Bind(dn, secret); !client.IsErrorWithCode(err, client.LDAPResultInvalidCredentials) {
			t.Errorf("below the old suffix: %v", err)
		}
		if err := conn.Bind("cn=reader,ou=services,"+name, secret); err != nil {
			t.Fatal(err)
		}
		got, err := conn.Search(request(strings.ToUpper(name), "sub", "(uid=lisi)", "memberOf"))
		if err != nil || len(got.Entries) != 1 || got.Entries[0].DN != "uid=lisi,ou=people,"+name {
			t.Errorf("%v, %v", got, err)
		}
		for _, taken := range []string{name, "dc=corp,dc=example", "ou=x," + name} {
			if err := set(w.Second, taken); !errors.Is(err, ldap.ErrSuffixTaken) {
				t.Errorf("%s for another enterprise: %v", taken, err)
			}
		}
		if err := set(w.Second, "uid=x"); err == nil {
			t.Error("uid=x is taken as a suffix")
		}
	})
}
