package sheet_test

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/sheet"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// What is wrong with a whole file is said before a row is read.
func TestHeaders(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, header, says string }{
		{"all that it needs", "姓名,帐号,手机号,所在部门", ""},
		{"an address in place of a number", "姓名,帐号,邮箱,所在部门", ""},
		{"neither", "姓名,帐号,所在部门", "is needed"},
		{"no name", "帐号,手机号,所在部门", "姓名 is missing"},
		{"one twice", "姓名,帐号,手机号,所在部门,姓名", "姓名 appears twice"},
		{"empty ones, twice", "姓名,帐号,手机号,所在部门,,", ""},
		{"what nobody knows, twice", "姓名,帐号,手机号,所在部门,谁,谁", ""},
		{"in another encoding", "姓名,帐号,手机号,所在部门,\xd0\xd5", "UTF-8"},
		{"nothing", "", "empty"},
	} {
		_, err := sheet.ReadMembers(strings.NewReader(tt.header), nil)
		if (tt.says == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.says)
		}
	}
}

// Each row stands for itself: what is wrong with one is said of that one.
func TestRows(t *testing.T) {
	t.Parallel()
	const header = "姓名,帐号,手机号,邮箱,所在部门,性别,直属上级,工位\n"
	for _, tt := range []struct{ name, row, says string }{
		{"whole", "张,zhang,13800000009,z@corp.example,2,男,li,5", ""},
		{"shorter than the header", "张,zhang,13800000009,,2", ""},
		{"by its address alone", "张,zhang,,z@corp.example,2", ""},
		{"without a way to reach him", "张,zhang,,,2", "40092"},
		{"without a userid", "张,,13800000009,,2", "40092"},
		{"without a name", ",zhang,13800000009,,2", "40092"},
		{"in no department", "张,zhang,13800000009,,", "40092"},
		{"of a strange gender", "张,zhang,13800000009,,2,x", "男 or 女 expected"},
		{"of none that is known", "张,zhang,13800000009,,2,未知", ""},
		{"in another encoding", "\xd5\xc5,zhang,13800000009,,2", "UTF-8"},
	} {
		s, err := sheet.ReadMembers(strings.NewReader(header+tt.row), []string{"工位"})
		if err != nil {
			t.Fatal(err)
		}
		row, err := s.Next()
		if err != nil || (row.Err == nil) != (tt.says == "") || row.Err != nil && !strings.Contains(fmt.Sprint(row.Err), tt.says) {
			t.Errorf("%s: %v, %v, want %q", tt.name, row.Err, err, tt.says)
		}
		if wants := tt.name == "whole"; (row.DirectLeader() == "li") != wants {
			t.Errorf("%s: the leader is %q", tt.name, row.DirectLeader())
		}
		if a := row.Update().Attributes; tt.says != "UTF-8" && (a == nil || len(*a) != 1) {
			t.Errorf("%s: a file with a column for it says nothing of the attribute", tt.name)
		}
		if _, err := s.Next(); !errors.Is(err, io.EOF) {
			t.Errorf("%s: a second row: %v", tt.name, err)
		}
	}
	s, err := sheet.ReadMembers(strings.NewReader("姓名,帐号,手机号,所在部门\n张,zhang,13800000009,2\n"), []string{"工位"})
	if err != nil {
		t.Fatal(err)
	}
	if row, err := s.Next(); err != nil || row.Update().Attributes != nil || row.Update().DirectLeaders != nil || row.Err != nil {
		t.Errorf("a file without the columns changes them: %+v, %v", row, err)
	}
}

func TestDepartments(t *testing.T) {
	t.Parallel()
	read := func(rows string) []sheet.DepartmentRow {
		t.Helper()
		list, err := sheet.ReadDepartments(strings.NewReader("部门名称,部门ID,父部门ID,排序\n" + rows))
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	for _, tt := range []struct{ name, row, says string }{
		{"whole", "研发,2,1,7", ""}, {"without an order", "研发,2,1", ""}, {"the root", "甲,1,0", ""}, {"the root with no parent at all", "甲,1,", ""},
		{"no name", ",2,1", "a name and an id"}, {"no id", "研发,,1", "a name and an id"}, {"no parent", "研发,2,", "no parent"},
		{"a root that hangs somewhere", "甲,1,2", "the root has no parent"}, {"no number", "研发,x,1", "a number expected"}, {"in another encoding", "\xd1\xd0,2,1", "UTF-8"},
	} {
		list := read(tt.row)
		if len(list) != 1 || (list[0].Err == nil) != (tt.says == "") || list[0].Err != nil && !strings.Contains(fmt.Sprint(list[0].Err), tt.says) {
			t.Errorf("%s: %+v, want %q", tt.name, list, tt.says)
		}
	}
	var order []int64
	for _, row := range read("c,4,3\nb,3,2\n,,\n, ,\na,2,1\n'=x,5,1\n''=x,6,1") {
		order = append(order, row.ID)
		if want, ok := map[int64]string{5: "=x", 6: "'=x"}[row.ID]; ok && row.Name != want {
			t.Errorf("what was exported as it must be is read as %q, want %q", row.Name, want)
		}
	}
	if at := func(id int64) int { return slices.Index(order, id) }; at(2) > at(3) || at(3) > at(4) || len(order) != 5 {
		t.Errorf("parents do not come first: %v", order)
	}
	for rows, fine := range map[string]bool{"a,2,1\nb,3,2": true, "甲,1,0\na,2,1": true, "a,2,9": false, "b,3,2\na,2,1\nc,4,5": false, "a,x,1": false} {
		if err := sheet.CheckTree(read(rows)); (err == nil) != fine {
			t.Errorf("%q: %v", rows, err)
		}
	}
}

// What is written of a member is what is read of him, and what a file leaves out is
// left as it is.
func TestMembersAreReadAsTheyAreWritten(t *testing.T) {
	t.Parallel()
	attributes := []string{"工位", "主页", "空"}
	m := directory.Member{UserID: "zhang", Name: "张", Mobile: "13800000009", Gender: 2, MainDepartment: 3, DirectLeader: "li",
		Places: []directory.Place{{Department: 2, Order: 7, Leader: true}, {Department: 3}},
		Attributes: []directory.Attribute{
			{Type: directory.AttributeWeb, Name: "主页", Title: "我", URL: "https://a.example"}, {Type: directory.AttributeText, Name: "工位", Text: "5"},
		}}
	var file strings.Builder
	out := csv.NewWriter(&file)
	header := append(slices.Clone(sheet.MemberHeader), attributes...)
	for _, enabled := range []bool{true, false} {
		if m.Enabled = enabled; enabled {
			out.Write(header)
		}
		m.UserID += "1"
		out.Write(sheet.MemberCells(&m, attributes))
	}
	out.Flush()
	s, err := sheet.ReadMembers(strings.NewReader(file.String()), attributes)
	if err != nil {
		t.Fatal(err)
	}
	for _, enabled := range []bool{true, false} {
		row, err := s.Next()
		if err != nil || row.Err != nil {
			t.Fatal(err, row.Err)
		}
		u := row.Update()
		got := fmt.Sprint(u.Texts[directory.FieldName], u.Texts[directory.FieldMobile], *u.Gender, *u.MainDepartment, *u.DirectLeaders, *u.Departments, *u.Orders, *u.Leads, *u.Enabled)
		if want := fmt.Sprint("张", "13800000009", 2, 3, []string{"li"}, []int64{2, 3}, []int64{7, 0}, []int64{1, 0}, enabled); got != want {
			t.Errorf("enabled %v: %s; want %s", enabled, got, want)
		}
		if got, want := fmt.Sprint(*u.Attributes), fmt.Sprint([]directory.Attribute{m.Attributes[1], m.Attributes[0], {Type: directory.AttributeText, Name: "空"}}); got != want {
			t.Errorf("the attributes: %s; want %s", got, want)
		}
	}
}

// A provider's file names members by the provider's ids.
func TestRowsOfAProvider(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, columns, cells string
		ids                  access.IDs
		user                 id.UserID
		leaders              string // as the row names them; "none" where it says nothing
	}{
		{"with a leader", ",直属上级", ",wo-li", providerIDs{}, "zhang", "[li]"},
		{"without one", ",直属上级", ",", providerIDs{}, "zhang", "[]"},
		{"that says nothing of leaders", "", "", providerIDs{}, "zhang", "none"},
		{"of the corp itself", ",直属上级", ",wo-li", nil, "wo-zhang", "[wo-li]"},
	} {
		s, err := sheet.ReadMembers(strings.NewReader("姓名,帐号,手机号,所在部门"+tt.columns+"\n张,wo-zhang,13800000009,2"+tt.cells+"\n"), nil)
		if err != nil {
			t.Fatal(err)
		}
		row, err := s.Next()
		if err != nil {
			t.Fatal(err)
		}
		if err := row.Own(nil, access.Caller{CorpID: "ww1", View: access.View{IDs: tt.ids}}); err != nil {
			t.Fatal(err)
		}
		leaders := "none"
		if list := row.Update().DirectLeaders; list != nil {
			leaders = fmt.Sprint(*list)
		}
		if row.UserID != tt.user || row.Update().UserID != tt.user || leaders != tt.leaders {
			t.Errorf("%s: %q, %q, leaders %s", tt.name, row.UserID, row.Update().UserID, leaders)
		}
	}
}

// providerIDs knows each member by "wo-" and his userid.
type providerIDs struct{}

func (providerIDs) Shown(*store.Tx, string, access.Form, []string) (map[string]string, error) {
	panic("nothing is shown")
}

func (providerIDs) Own(_ *store.Tx, corpID string, form access.Form, shown []string) (map[string]string, error) {
	own := map[string]string{}
	for _, text := range shown {
		if bare, ok := strings.CutPrefix(text, "wo-"); ok && corpID == "ww1" && form == access.MemberID {
			own[text] = bare
		}
	}
	return own, nil
}

// What importing departments would do is told before it is done.
func TestPlan(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			d := w.Server.Directory
			two, _, err := d.FindDepartment(tx, w.CorpID, 2)
			if err != nil {
				return err
			}
			root, _, err := d.FindDepartment(tx, w.CorpID, access.Root)
			if err != nil {
				return err
			}
			for _, tt := range []struct {
				name string
				row  sheet.DepartmentRow
				want int64
			}{
				{"a new one", sheet.DepartmentRow{ID: 9, ParentID: 1, Name: "新"}, 1},
				{"one as it is", sheet.DepartmentRow{ID: 2, ParentID: 1, Name: two.Name, Order: two.Order}, 0},
				{"without an order", sheet.DepartmentRow{ID: 2, ParentID: 1, Name: two.Name}, 0},
				{"another name", sheet.DepartmentRow{ID: 2, ParentID: 1, Name: "新"}, 2},
				{"another parent", sheet.DepartmentRow{ID: 2, ParentID: 4, Name: two.Name}, 4},
				{"another order", sheet.DepartmentRow{ID: 2, ParentID: 1, Name: two.Name, Order: two.Order + 1}, 8},
				{"all of it", sheet.DepartmentRow{ID: 2, ParentID: 4, Name: "新", Order: two.Order + 1}, 14},
				{"the root", sheet.DepartmentRow{ID: 1, ParentID: 7, Name: root.Name}, 0},
			} {
				if got, err := sheet.DepartmentAction(tx, d, w.CorpID, tt.row); err != nil || got != tt.want {
					t.Errorf("%s: %d, %v; want %d", tt.name, got, err, tt.want)
				}
			}
			list, err := sheet.DepartmentsDeepestFirst(ctx, tx, d, w.CorpID)
			if err != nil || len(list) != 3 || slices.Contains(list, access.Root) || slices.Index(list, 3) > slices.Index(list, 2) {
				t.Errorf("deepest first: %v, %v", list, err)
			}
			return nil
		})
	})
}
