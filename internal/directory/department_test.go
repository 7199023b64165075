package directory_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"qiwei/internal/access"
	"qiwei/qiweitest"
)

// call is one line of a table: a call, the code of its answer, and all events that it causes.
type call struct {
	name   string
	as     access.Kind
	method string
	path   string
	body   string
	code   int
	events []string
}

// run makes the calls in sequence, in one world of each database.
func run(t *testing.T, calls []call) {
	t.Helper()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		for _, c := range calls {
			got := w.As(c.as).Call(c.method, c.path, c.body)
			if events := w.Events(); got.ErrCode != c.code || !slices.Equal(events, c.events) {
				t.Errorf("%s: %s %s: %s, events %q; want errcode %d, events %q", c.name, c.path, c.body, got.Body, events, c.code, c.events)
			}
		}
		if stray := w.Second.Events(); stray != nil {
			t.Errorf("the other enterprise had events %q", stray)
		}
	})
}

func TestDepartmentRules(t *testing.T) {
	create, update, remove := "/cgi-bin/department/create", "/cgi-bin/department/update", "/cgi-bin/department/delete"
	created, updated, deleted := []string{"change_contact/create_party"}, []string{"change_contact/update_party"}, []string{"change_contact/delete_party"}
	sync := access.ContactSync
	run(t, []call{
		{"a department", sync, "POST", create, `{"name":"测试组","name_en":"QA","parentid":2,"order":7,"id":10}`, 0, created},
		{"an id that is taken", sync, "POST", create, `{"name":"另一组","parentid":2,"id":10}`, 60008, nil},
		{"the root's id", sync, "POST", create, `{"name":"另一组","parentid":2,"id":1}`, 40058, nil},
		{"an id beyond 32 bits", sync, "POST", create, `{"name":"另一组","parentid":2,"id":2147483648}`, 40058, nil},
		{"a sibling's name", sync, "POST", create, `{"name":"测试组","parentid":2}`, 60008, nil},
		{"a sibling's English name", sync, "POST", create, `{"name":"另一组","name_en":"QA","parentid":2}`, 60008, nil},
		{"the same name elsewhere", sync, "POST", create, `{"name":"测试组","parentid":4}`, 0, created},
		{"no name", sync, "POST", create, `{"parentid":2}`, 60001, nil},
		{"a name of 64 characters", sync, "POST", create, `{"name":"` + strings.Repeat("部", 64) + `","parentid":4}`, 0, created},
		{"a name of 65 characters", sync, "POST", create, `{"name":"` + strings.Repeat("部", 65) + `","parentid":4}`, 60001, nil},
		{"a name with a colon", sync, "POST", create, `{"name":"a:b","parentid":4}`, 60009, nil},
		{"a name with a bar", sync, "POST", create, `{"name":"a|b","parentid":4}`, 60009, nil},
		{"a name with a full-width bar", sync, "POST", create, `{"name":"a｜b","parentid":4}`, 60009, nil},
		{"no parent", sync, "POST", create, `{"name":"孤儿"}`, 60004, nil},
		{"an unknown parent", sync, "POST", create, `{"name":"孤儿","parentid":99}`, 60004, nil},
		{"the largest order", sync, "POST", create, `{"name":"大","parentid":4,"order":4294967295}`, 0, created},
		{"an order too large", sync, "POST", create, `{"name":"更大","parentid":4,"order":4294967296}`, 40058, nil},
		{"a number as text", sync, "POST", create, `{"name":"数","parentid":"4"}`, 0, created},
		{"by an ordinary application", access.SelfBuilt, "POST", create, `{"name":"我","parentid":1}`, 48002, nil},
		{"by customer contact", access.CustomerContact, "POST", create, `{"name":"我","parentid":1}`, 48002, nil},

		{"rename", sync, "POST", update, `{"id":10,"name":"质量组"}`, 0, updated},
		{"rename to the same", sync, "POST", update, `{"id":10,"name":"质量组"}`, 0, nil},
		{"move", sync, "POST", update, `{"id":10,"parentid":3}`, 0, updated},
		{"move below itself", sync, "POST", update, `{"id":2,"parentid":10}`, 60010, nil},
		{"move to itself", sync, "POST", update, `{"id":2,"parentid":2}`, 60010, nil},
		{"move the root", sync, "POST", update, `{"id":1,"parentid":2}`, 60010, nil},
		{"move to nowhere", sync, "POST", update, `{"id":10,"parentid":99}`, 60004, nil},
		{"an unknown one", sync, "POST", update, `{"id":99,"name":"无"}`, 60003, nil},
		{"without an id", sync, "POST", update, `{"name":"无"}`, 40058, nil},
		{"rename by an ordinary application", access.SelfBuilt, "POST", update, `{"id":10,"name":"无"}`, 48002, nil},

		{"delete the root", sync, "GET", remove + "?id=1", "", 60007, nil},
		{"delete one with departments", sync, "GET", remove + "?id=2", "", 60006, nil},
		{"delete one with members", sync, "GET", remove + "?id=4", "", 60006, nil},
		{"delete an unknown one", sync, "GET", remove + "?id=99", "", 60003, nil},
		{"delete an empty one", sync, "GET", remove + "?id=10", "", 0, deleted},
		{"delete it again", sync, "GET", remove + "?id=10", "", 60003, nil},
		{"delete one with members only", sync, "GET", remove + "?id=3", "", 60005, nil},
	})
}

func TestDepartmentDepth(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		sync, parent := w.As(access.ContactSync), 1
		for level := 2; level <= 16; level++ {
			got := sync.Call("POST", "/cgi-bin/department/create", fmt.Sprintf(`{"name":"层","parentid":%d,"id":%d}`, parent, 100+level))
			if want := map[bool]int{true: 0, false: 81002}[level <= 15]; got.ErrCode != want {
				t.Fatalf("level %d: %s, want errcode %d", level, got.Body, want)
			}
			parent = 100 + level
		}
		// 研发部 has a department below it: hung at level 14 its child would be at 15, at 15 too deep.
		if got := sync.Call("POST", "/cgi-bin/department/update", `{"id":2,"parentid":114}`); got.ErrCode != 81002 {
			t.Errorf("a tree of two levels below level 14: %s, want 81002", got.Body)
		}
		if got := sync.Call("POST", "/cgi-bin/department/update", `{"id":2,"parentid":113}`); got.ErrCode != 0 {
			t.Errorf("a tree of two levels below level 13: %s", got.Body)
		}
	})
}

func TestTooManyDepartments(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		sync := access.ContactSync
		exec(w, `UPDATE directory_size SET departments = 29999 WHERE corpid = $corpid`)
		exec(w, `UPDATE department SET nodes = 29999 WHERE corpid = $corpid AND id = 4`)
		for _, l := range []line{
			{"the 30000th, and the 30000th below its parent", sync, "department/create", `{"name":"末","parentid":4,"id":9}`, `0`, "create_party"},
			{"one more", sync, "department/create", `{"name":"多","parentid":2}`, `81001`, ""},
			{"one by way of a member", sync, "user/create", `{"userid":"a","name":"甲","mobile":"13900000001","department":[77]}`, `81001`, ""},
			{"a move below the full one", sync, "department/update", `{"id":3,"parentid":4}`, `81001`, ""},
			{"out of it", sync, "department/update", `{"id":9,"parentid":1}`, `0`, "update_party"},
			{"makes room", sync, "department/update", `{"id":3,"parentid":4}`, `0`, "update_party"},
			{"one fewer", sync, "department/delete?id=9", "", `0`, "delete_party"},
			{"makes room, too", sync, "department/create", `{"name":"多","parentid":2}`, `0`, "create_party"},
		} {
			l.check(t, w)
		}
	})
}

type departmentList struct {
	Department []struct {
		ID       int64
		Name     string
		NameEN   string   `json:"name_en"`
		Leaders  []string `json:"department_leader"`
		ParentID int64
		Order    int64
	}
	IDs []struct{ ID, ParentID, Order int64 } `json:"department_id"`
}

func TestDepartmentLists(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		var all, below departmentList
		w.As(access.SelfBuilt).Call("GET", "/cgi-bin/department/list", "").Decode(&all)
		if len(all.Department) != 4 || all.Department[1].Name != "研发部" || !slices.Equal(all.Department[1].Leaders, []string{"zhangsan"}) {
			t.Errorf("all: %+v", all)
		}
		w.As(access.SelfBuilt).Call("GET", "/cgi-bin/department/list?id=2", "").Decode(&below)
		if len(below.Department) != 2 || below.Department[0].ID != 2 || below.Department[1].ID != 3 {
			t.Errorf("below 2: %+v", below)
		}
		var ids departmentList
		w.As(access.ContactSync).Call("GET", "/cgi-bin/department/simplelist", "").Decode(&ids)
		if len(ids.IDs) != 4 || ids.IDs[0].ID != 1 || ids.IDs[0].ParentID != 0 {
			t.Errorf("simplelist: %+v", ids)
		}
	})
}

// If two calls together would break the tree, one of them is refused.
func TestDepartmentRaces(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		client := w.As(access.ContactSync)
		for range 5 {
			client.Call("POST", "/cgi-bin/department/create", `{"name":"一","parentid":1,"id":11}`)
			client.Call("POST", "/cgi-bin/department/create", `{"name":"二","parentid":1,"id":12}`)
			codes := together(client, "/cgi-bin/department/update", `{"id":11,"parentid":12}`, `{"id":12,"parentid":11}`)
			if codes[0] != 1 || codes[60010] != 1 {
				t.Fatalf("two that move below each other: %v, want one 0 and one 60010", codes)
			}
			for range 2 { // delete the lower one first, whichever it is
				client.Call("GET", "/cgi-bin/department/delete?id=11", "")
				client.Call("GET", "/cgi-bin/department/delete?id=12", "")
			}
			client.Call("POST", "/cgi-bin/department/create", `{"name":"三","parentid":1,"id":13}`)
			codes = together(client, "/cgi-bin/department/delete", `{"id":13}`, `{"id":13}`)
			if codes[0] != 1 || codes[60003] != 1 {
				t.Fatalf("deleted twice: %v, want one 0 and one 60003", codes)
			}
			client.Call("POST", "/cgi-bin/department/create", `{"name":"四","parentid":1,"id":14}`)
			var wg sync.WaitGroup
			var deleted, created qiweitest.Result
			wg.Go(func() { deleted = client.Call("POST", "/cgi-bin/department/delete", `{"id":14}`) })
			wg.Go(func() { created = client.Call("POST", "/cgi-bin/user/update", `{"userid":"wangwu","department":[14]}`) })
			wg.Wait()
			// Either the member came first and the department was not empty, or the department was already
			// gone.
			if moved := created.ErrCode == 0; moved != (deleted.ErrCode == 60005) || moved == (created.ErrCode == 60123) {
				t.Fatalf("deleted while somebody moves in: %s, %s", deleted.Body, created.Body)
			}
			client.Call("POST", "/cgi-bin/user/update", `{"userid":"wangwu","department":[4]}`)
			client.Call("GET", "/cgi-bin/department/delete?id=14", "")
		}
	})
}
