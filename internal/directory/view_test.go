package directory_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/qiweitest"
)

// reader is a class of callers of the two tables: an application that sees 研发部 and what is below it.
type reader struct {
	name   string
	kind   access.Kind
	change func(*app.Settings)
}

func permits(s *app.Settings) {
	s.Grants = []string{"contact:sensitive:department_name", "corp_arch:base:base"}
	for _, row := range directory.FieldTable {
		if row.Permission != "" && !slices.Contains(s.Grants, row.Permission) {
			s.Grants = append(s.Grants, row.Permission)
		}
	}
}

var readers = []reader{
	{"self-built", access.SelfBuilt, nil},
	{"self-built, old", access.SelfBuilt, func(s *app.Settings) { s.Legacy = true }},
	{"contact sync", access.ContactSync, nil},
	{"contact sync, historical IP", access.ContactSync, func(s *app.Settings) { s.TrustedIPs, _ = access.ParseAddresses("127.0.0.0/8!historical") }},
	{"customer contact", access.CustomerContact, nil},
	{"customer contact, old", access.CustomerContact, func(s *app.Settings) { s.Legacy = true }},
	{"check-in", access.Checkin, nil},
	{"developed", access.Custom, nil},
	{"developed, permitted", access.Custom, permits},
	{"developed, old", access.Custom, func(s *app.Settings) { s.Legacy = true }},
	{"developed, old, permitted", access.Custom, func(s *app.Settings) { permits(s); s.Legacy = true }},
	{"third party", access.ThirdParty, nil},
	{"third party, permitted", access.ThirdParty, permits},
	{"third-party contacts", access.ThirdPartyContacts, nil},
	{"contacts edit", access.ContactsEdit, nil},
}

func (r reader) client(w *qiweitest.World) *qiweitest.Client {
	client := w.As(r.kind)
	client.Configure(func(a *app.App) {
		a.Legacy, a.Grants, a.TrustedIPs, a.Range = false, nil, qiweitest.Local, access.Range{Departments: []int64{2}}
		if r.change != nil {
			r.change(&a.Settings)
		}
	})
	return client
}

// object is a JSON object as it was written.
type object map[string]json.RawMessage

func (o object) text(field string) string { return string(o[field]) }

// state says how a field is shown, compared with what somebody who sees everything gets.
func state(field string, shown, whole object) string {
	got, there := shown[field]
	switch {
	case !there:
		return "-"
	case field == "name" && (string(got) == shown.text("userid") || string(got) == `"`+shown.text("id")+`"`):
		return "id"
	case field == "gender" && string(got) == `"0"`:
		return "0"
	case bytes.Equal(got, whole[field]):
		return "yes"
	case string(got) == "[]":
		return "[]"
	}
	return "part"
}

// matrix is a printed table: a line for each field, a column for each reader.
type matrix struct {
	fields []string
	cells  map[string][]string // by field, then by reader
}

func (m *matrix) add(field, cell string) {
	if m.cells == nil {
		m.cells = map[string][]string{}
	}
	if !slices.Contains(m.fields, field) {
		m.fields = append(m.fields, field)
	}
	m.cells[field] = append(m.cells[field], cell)
}

func (m *matrix) print(out *strings.Builder, columns int) {
	fmt.Fprintf(out, "%-20s", "")
	for i := range columns {
		fmt.Fprintf(out, "%6c", 'A'+i)
	}
	for _, f := range m.fields {
		fmt.Fprintf(out, "\n%-20s", f)
		for _, c := range m.cells[f] {
			fmt.Fprintf(out, "%6s", c)
		}
	}
	out.WriteString("\n\n")
}

func legend(out *strings.Builder) {
	for i, r := range readers {
		fmt.Fprintf(out, "%c  %s\n", 'A'+i, r.name)
	}
	out.WriteString("\nEach sees department 2 and what is below it, unless its kind sees all.\n" +
		"yes: as it is   part: what is in the range   id: the id in place of the name\n" +
		"-: absent   []: an empty list   0: no gender   a number: the error code\n\n")
}

// TestMemberFieldTable reads members as each class of readers, by user/get and by
// user/list, which show the same.
func TestMemberFieldTable(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		seedViewed(t, w)
		all := everything(w)
		var out strings.Builder
		legend(&out)
		for _, m := range []struct{ user, department, words string }{
			{"inside", "3", "a member whose main department and leader are in the range"},
			{"outside", "3", "a member of the same department whose main department and leader are not"},
			{"theirs", "3", "a member that the third-party contacts application created"},
			{"wangwu", "4", "a member outside the range"},
		} {
			var table matrix
			whole := shownBy(t, all, m.user, m.department)
			for _, r := range readers {
				shown := shownBy(t, r.client(w), m.user, m.department)
				for _, f := range fieldNames() {
					if code := shown.text("errcode"); code != "0" {
						table.add(f, code)
						continue
					}
					table.add(f, state(f, shown, whole))
				}
			}
			fmt.Fprintf(&out, "%s\n", m.words)
			table.print(&out, len(readers))
		}
		qiweitest.Golden(t, "member_fields.txt", out.String())
	})
}

func fieldNames() []string {
	var names []string
	for _, row := range directory.FieldTable {
		if row.Show != (directory.Shows{}) {
			names = append(names, string(row.Name))
		}
	}
	return names
}

// seedViewed gives the members every field, so that nothing is absent for want of
// a value.
func seedViewed(t *testing.T, w *qiweitest.World) {
	t.Helper()
	configure(w, func(c *corp.Corp) { c.MailDomain = "mail.example" })
	contacts := reader{"", access.ThirdPartyContacts, nil}.client(w)
	for _, m := range []struct {
		as         *qiweitest.Client
		user, more string
	}{
		{w.As(access.ContactSync), "inside", `"department":[3,4],"main_department":3,"direct_leader":["lisi"],"mobile":"13900000001"`},
		{w.As(access.ContactSync), "outside", `"department":[3,4],"main_department":4,"direct_leader":["wangwu"],"mobile":"13900000002"`},
		{contacts, "theirs", `"department":[3,4],"main_department":3,"direct_leader":["lisi"],"mobile":"13900000003"`},
	} {
		got := m.as.Call("POST", "/cgi-bin/user/create", `{"userid":"`+m.user+`","name":"名","email":"`+m.user+`@corp.example","biz_mail":"`+m.user+`@mail.example",
			"alias":"a","english_name":"E","position":"p","gender":"1","telephone":"1","address":"a","external_position":"e","order":[1,2],"is_leader_in_dept":[1,0],
			"extattr":{"attrs":[{"type":0,"name":"工位","text":{"value":"x"}}]},"external_profile":{"external_corp_name":"甲"},`+m.more+`}`)
		if got.ErrCode != 0 {
			t.Fatal(got.Body)
		}
	}
}

// shownBy returns the member as user/get shows it, and fails if user/list shows it differently.
func shownBy(t *testing.T, c *qiweitest.Client, user, department string) object {
	t.Helper()
	var get object
	c.Call("GET", "/cgi-bin/user/get?userid="+user, "").Decode(&get)
	var list struct {
		ErrCode  int
		UserList []object
	}
	c.Call("GET", "/cgi-bin/user/list?department_id="+department, "").Decode(&list)
	if fmt.Sprint(list.ErrCode) != get.text("errcode") {
		t.Errorf("%s: errcode %s from user/get, %d from user/list", user, get["errcode"], list.ErrCode)
	}
	for _, u := range list.UserList {
		if u.text("userid") != get.text("userid") {
			continue
		}
		for field := range get {
			if field != "errcode" && field != "errmsg" && !bytes.Equal(get[field], u[field]) {
				t.Errorf("%s of %s: %s from user/get, %s from user/list", field, user, get[field], u[field])
			}
		}
		for field := range u { // what only user/list answers
			if _, ok := get[field]; !ok && directory.Field(field).Row().ListOnly {
				get[field] = u[field]
			}
		}
	}
	return get
}

// TestDepartmentFieldTable reads departments as each class of readers.
func TestDepartmentFieldTable(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		sync := w.As(access.ContactSync)
		for _, body := range []string{`{"id":3,"name_en":"Backend"}`, `{"id":4,"name_en":"Marketing"}`} {
			sync.Call("POST", "/cgi-bin/department/update", body)
		}
		sync.Call("POST", "/cgi-bin/user/update", `{"userid":"lisi","department":[3,4],"is_leader_in_dept":[1,1]}`)
		sync.Call("POST", "/cgi-bin/user/update", `{"userid":"wangwu","is_leader_in_dept":[1]}`)
		all := everything(w)
		var out strings.Builder
		legend(&out)
		for _, d := range []struct{ id, words string }{
			{"3", "a department in the range"},
			{"4", "a department outside the range, led by one member in it and one outside"},
		} {
			for _, call := range []string{"department/get", "department/list", "department/simplelist"} {
				var table matrix
				whole := departmentBy(t, all, "department/get", d.id)
				for _, r := range readers {
					shown := departmentBy(t, r.client(w), call, d.id)
					for _, f := range []string{"id", "name", "name_en", "department_leader", "parentid", "order"} {
						if code, refused := shown["errcode"]; refused {
							table.add(f, string(code))
							continue
						}
						table.add(f, state(f, shown, whole))
					}
				}
				fmt.Fprintf(&out, "%s: %s\n", call, d.words)
				table.print(&out, len(readers))
			}
		}
		qiweitest.Golden(t, "department_fields.txt", out.String())
	})
}

// departmentBy returns the department as a call shows it, or just the errcode.
func departmentBy(t *testing.T, c *qiweitest.Client, call, id string) object {
	t.Helper()
	var got struct {
		ErrCode    json.RawMessage
		Department json.RawMessage
		IDs        []object `json:"department_id"`
	}
	c.Call("GET", "/cgi-bin/"+call+"?id="+id, "").Decode(&got)
	if string(got.ErrCode) != "0" {
		return object{"errcode": got.ErrCode}
	}
	list := got.IDs
	if call == "department/list" {
		if err := json.Unmarshal(got.Department, &list); err != nil {
			t.Fatal(err)
		}
	}
	if call == "department/get" {
		list = make([]object, 1)
		if err := json.Unmarshal(got.Department, &list[0]); err != nil {
			t.Fatal(err)
		}
	}
	for _, d := range list {
		if d.text("id") == id {
			return d
		}
	}
	t.Fatalf("%s?id=%s has no department %s", call, id, id)
	return nil
}
