package directory_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// answers asks the first enterprise everything that there is to ask of a directory.
func answers(t *testing.T, w *qiweitest.World) map[string]string {
	t.Helper()
	out := map[string]string{}
	w.Write(func(ctx context.Context, tx *store.Tx) error {
		d, corpID := w.Server.Directory, w.CorpID
		say := func(question string, answer any, err error) { out[question] = fmt.Sprintf("%+v %v", answer, err) }
		brief := func(list []directory.Member) (names []id.UserID) {
			for _, m := range list {
				names = append(names, m.UserID)
			}
			return names
		}
		all, err := d.Members(ctx, tx, access.System(corpID), directory.MemberQuery{Department: 1, Below: true})
		if err != nil {
			return err
		}
		var numbers []int64
		for _, m := range all {
			numbers = append(numbers, m.No)
			tags, err := d.TagsOf(tx, corpID, m)
			say("tags of "+string(m.UserID), tags, err)
			names, err := d.GroupNames(tx, corpID, m)
			say("groups of "+string(m.UserID), names, err)
			via, err := d.TagsVia(tx, corpID, m.No, []int64{1, 2, 3, 4, 5, 6})
			say("tags by way of departments of "+string(m.UserID), via, err)
		}
		last, err := d.LastMember(tx, corpID)
		say("the last member", last, err)
		for name, r := range map[string]access.Range{
			"everything": access.Everything(), "研发部": {Departments: []int64{2}}, "五": {Departments: []int64{5}}, "市场部": {Departments: []int64{4}}, "tag 7": {Tags: []int64{7}}, "tag 8": {Tags: []int64{8}},
			"lisi": {Members: []id.UserID{"lisi", "stranger"}}, "a mixture": {Departments: []int64{4}, Members: []id.UserID{"lisi"}, Tags: []int64{7, 9}},
		} {
			by := access.System(corpID).Within(r)
			list, err := d.Audience(tx, corpID, r, 0, last+1000, 100)
			say("audience of "+name, list, err)
			within, err := d.Within(tx, corpID, r, append(numbers, last+1, last+2, last+3))
			say("within "+name, within, err)
			deps, err := d.DepartmentIDs(ctx, tx, by, 0)
			say("departments of "+name, deps, err)
			tree, err := d.Tree(tx, by)
			say("tree of "+name, tree, err)
			seen, err := d.VisibleDepartments(tx, by, []int64{1, 2, 3, 4, 5, 6})
			say("departments seen of "+name, seen, err)
			users, err := d.VisibleMembers(tx, by, []string{"zhangsan", "lisi", "wangwu", "stranger"})
			say("members seen of "+name, users, err)
			found, total, err := d.ListMembers(ctx, tx, by, directory.MemberFilter{Limit: 100})
			say("list of "+name, fmt.Sprint(brief(found), total), err)
			for _, words := range []string{"后端", "外"} {
				found, total, err = d.SearchMembers(ctx, tx, by, words, 100)
				say("search for "+words+" in "+name, fmt.Sprint(brief(found), total), err)
			}
			var each []id.UserID
			err = d.EachMember(tx, by, func(m directory.Member) error { each = append(each, m.UserID); return nil })
			say("each of "+name, each, err)
			written, end, err := d.ExportMembers(ctx, tx, by, 0, 100, true)
			say("export of "+name, fmt.Sprintf("%s %d", written, end), err)
			for what, f := range map[string]directory.Filter{
				"in 2": directory.Within(2, false), "below 2": directory.Within(2, true), "below 5": directory.Within(5, true), "tagged 6": directory.Tagged(6), "tagged 7": directory.Tagged(7), "tagged 8": directory.Tagged(8),
				"led by zhangsan": directory.LedBy("zhangsan"), "not below 4": directory.Not(directory.Within(4, true)), "not tagged 8": directory.Not(directory.Tagged(8)),
			} {
				n, err := d.CountMembers(tx, by, f)
				say("how many are "+what+" of "+name, n, err)
			}
			for _, m := range all {
				in, err := d.InRange(tx, corpID, r, m)
				say(string(m.UserID)+" in "+name, in, err)
			}
			shift, err := d.Shift(tx, corpID, r, access.Range{Departments: []int64{4}, Tags: []int64{8}, Members: []id.UserID{"stranger", "lisi"}})
			say("from "+name+" to another", shift, err)
		}
		for dep := int64(1); dep <= 6; dep++ {
			line, err := d.Line(tx, corpID, dep)
			say(fmt.Sprint("line of ", dep), line, err)
			path, below, err := d.Around(tx, corpID, dep)
			say(fmt.Sprint("around ", dep), fmt.Sprint(path, below), err)
			child, found, err := d.Child(tx, corpID, dep, "后端组")
			say(fmt.Sprint("child of ", dep), fmt.Sprint(child, found), err)
			deps, err := d.Departments(ctx, tx, access.System(corpID), dep)
			say(fmt.Sprint("departments below ", dep), deps, err)
		}
		paths, err := d.DepartmentPaths(tx, corpID, []int64{1, 2, 3, 4, 5, 6})
		say("paths", paths, err)
		names, err := d.DepartmentNames(tx, corpID, []int64{1, 2, 3, 4, 5, 6})
		say("names", names, err)
		peopled, err := d.Peopled(tx, corpID)
		say("peopled", peopled, err)
		crowds, err := d.Populations(tx, corpID)
		say("populations", crowds, err)
		members, departments, err := d.Size(tx, corpID)
		say("size", fmt.Sprint(members, departments), err)
		waiting, found, err := d.Waiting(tx, corpID)
		say("who waits", fmt.Sprint(waiting, found), err)
		known, err := d.MemberNumbers(tx, corpID, []string{"zhangsan", "LiSi", "wangwu", "stranger"})
		say("numbers", known, err)
		named, err := d.NumberedMembers(tx, corpID, append(numbers, last+1, last+2, last+3, last+4))
		say("by numbers", named, err)
		keys, err := d.MemberKeys(tx, corpID)
		say("keys", keys, err)
		there, err := d.Exists(tx, corpID, "stranger")
		say("the stranger", there, err)
		heard := ""
		err = d.EachName(tx, corpID, func(no int64, name string) { heard += fmt.Sprint(no, name) })
		say("each name", heard, err)
		for _, tag := range []int64{7, 8, 9} {
			content, err := d.Tag(ctx, tx, access.System(corpID), tag)
			say(fmt.Sprint("tag ", tag), content, err)
		}
		tag, found, err := d.TagNamed(tx, corpID, "他们的")
		say("their tag by its name", fmt.Sprint(tag, found), err)
		tags, err := d.ExistingTags(tx, corpID, []int64{7, 8, 9})
		say("tags there are", tags, err)
		return nil
	})
	return out
}

// otherwise makes something else of the numbers and names that both enterprises have.
var otherwise = []struct{ path, body string }{
	{"department/update", `{"id":3,"parentid":4}`},
	{"department/update", `{"id":2,"parentid":4}`},
	{"department/create", `{"id":5,"name":"五","parentid":2}`},
	{"department/create", `{"id":6,"name":"后端组","parentid":5}`},
	{"department/update", `{"id":2,"name":"别的"}`},
	{"department/update", `{"id":4,"name":"外部"}`},
	{"user/create", `{"userid":"stranger","name":"生人","mobile":"13900000008","department":[2,6],"direct_leader":["zhangsan"]}`},
	{"user/create", `{"userid":"lost","name":"无","mobile":"13900000007"}`},
	{"user/update", `{"userid":"wangwu","department":[2],"name":"后端"}`},
	{"user/update", `{"userid":"zhangsan","department":[3]}`},
	{"tag/create", `{"tagname":"别的七","tagid":7}`},
	{"tag/create", `{"tagname":"别的八","tagid":8}`},
	{"tag/create", `{"tagname":"他们的","tagid":9}`},
	{"tag/addtagusers", `{"tagid":7,"userlist":["zhangsan","lisi","stranger"],"partylist":[4]}`},
	{"tag/addtagusers", `{"tagid":8,"userlist":["stranger"],"partylist":[2,5]}`},
	{"tag/addtagusers", `{"tagid":9,"userlist":["lisi"],"partylist":[1]}`},
}

// neighbours returns what calls an enterprise, which must have no objection. The first has tags.
func neighbours(t *testing.T, w *qiweitest.World) (call func(c *qiweitest.Corp, path, body string) string) {
	call = func(c *qiweitest.Corp, path, body string) string {
		t.Helper()
		method := "POST"
		if body == "" {
			method = "GET"
		}
		got := c.As(access.ContactSync).Call(method, "/cgi-bin/"+path, body)
		if got.ErrCode != 0 {
			t.Fatalf("%s %s: %s", path, body, got.Body)
		}
		return got.Body
	}
	call(w.Corp, "tag/create", `{"tagname":"七","tagid":7}`)
	call(w.Corp, "tag/create", `{"tagname":"八","tagid":8}`)
	call(w.Corp, "tag/create", `{"tagname":"六","tagid":6}`)
	call(w.Corp, "tag/addtagusers", `{"tagid":6,"partylist":[4]}`)
	call(w.Corp, "tag/addtagusers", `{"tagid":7,"userlist":["wangwu"],"partylist":[3]}`)
	call(w.Corp, "tag/addtagusers", `{"tagid":8,"userlist":["zhangsan"]}`)
	return call
}

// Whatever another enterprise makes of the numbers and names that both have, what is
// answered here stays the same.
func TestNeighbours(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		call := neighbours(t, w)
		w.Write(func(ctx context.Context, tx *store.Tx) error { // which counts its members in another place
			other, err := w.Server.Corps.Corp(tx, w.Second.CorpID)
			if err != nil {
				return err
			}
			other.MemberLimit = 100
			return w.Server.Corps.UpdateCorp(ctx, tx, other)
		})
		before := answers(t, w)
		for _, c := range otherwise {
			call(w.Second, c.path, c.body)
		}
		w.Write(func(_ context.Context, tx *store.Tx) error {
			members, departments, err := w.Server.Directory.Size(tx, w.Second.CorpID)
			if members != 5 || departments != 7 {
				t.Errorf("the other has %d members in %d departments", members, departments)
			}
			return err
		})
		same := func(when string) {
			t.Helper()
			after := answers(t, w)
			for _, question := range slices.Sorted(maps.Keys(before)) {
				if before[question] != after[question] {
					t.Errorf("%s, %s:\nbefore %s\nafter  %s", question, when, before[question], after[question])
				}
			}
		}
		same("next to the other")
		// What has to be one person's is so within the enterprise.
		own := `{"userid":"own","name":"自","mobile":"13900000099","email":"own@corp.example","biz_mail":"own@mail.example","biz_mail_alias":{"item":["alias@mail.example"]},"department":[2]}`
		call(w.Second, "user/create", own)
		call(w.Corp, "user/create", own)
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			return w.Server.Corps.DeleteCorp(ctx, tx, w.Second.CorpID)
		})
		if got := w.As(access.ContactSync).Call("GET", "/cgi-bin/user/delete?userid=own", ""); got.ErrCode != 0 {
			t.Errorf("ours has gone with theirs: %s", got.Body)
		}
		delete(before, "the last member")
		same("after the other's end")
	})
}

// What is free, next and possible here does not depend on what another enterprise has.
func TestNeighboursChange(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		for _, c := range []*qiweitest.Corp{w.Corp, w.Second} {
			w.Write(func(ctx context.Context, tx *store.Tx) error {
				of, err := w.Server.Corps.Corp(tx, c.CorpID)
				if err != nil {
					return err
				}
				of.MailDomain = "mail.example"
				return w.Server.Corps.UpdateCorp(ctx, tx, of)
			})
		}
		call := neighbours(t, w)
		for _, c := range otherwise {
			call(w.Second, c.path, c.body)
		}
		for dep := 21; dep <= 33; dep++ { // down to the fifteenth level
			above := dep - 1
			if dep == 21 {
				above = 4
			}
			call(w.Second, "department/create", fmt.Sprintf(`{"id":%d,"name":"深","parentid":%d}`, dep, above))
		}
		call(w.Second, "department/create", `{"id":40,"name":"序","parentid":1,"order":5}`)
		call(w.Second, "tag/create", `{"tagname":"一","tagid":1}`)
		call(w.Second, "user/create", `{"userid":"boxed","name":"箱","mobile":"13900000006","department":[2],"biz_mail":"box@mail.example"}`)
		call(w.Second, "user/update", `{"userid":"boxed","biz_mail_alias":{"item":["fresh@mail.example","other@mail.example"]}}`)
		var deleted directory.DeletedTag
		w.Server.Directory.OnTagDeleted(func(_ context.Context, _ *store.Tx, _ access.Caller, d directory.DeletedTag) error {
			deleted = d
			return nil
		})
		has := func(what, answer string, texts ...string) {
			t.Helper()
			for _, text := range texts {
				if !strings.Contains(answer, text) {
					t.Errorf("%s: %s; want %s", what, answer, text)
				}
			}
		}
		reader := w.WithApp(access.SelfBuilt, app.Settings{Legacy: true, Range: access.Everything()})
		get := func(path string) string { t.Helper(); return reader.Call("GET", "/cgi-bin/"+path, "").Body }

		has("a tag by the other's name", call(w.Corp, "tag/create", `{"tagname":"他们的","tagid":2147483647}`), `"tagid":2147483647`)
		has("the first number that is free", call(w.Corp, "tag/create", `{"tagname":"空"}`), `"tagid":9`)
		call(w.Corp, "department/update", `{"id":4,"parentid":3}`)
		has("moved", get("department/get?id=4"), `"parentid":3`)
		has("a department comes after ours", call(w.Corp, "department/create", `{"name":"新","parentid":1}`), `"id":5`)
		has("a department comes after ours", get("department/get?id=5"), `"order":99999999`)
		call(w.Corp, "user/create", `{"userid":"lost","name":"无","mobile":"13900000001"}`)
		has("who has no department", get("user/get?userid=lost"), `"department":[6]`)
		has("who has no department", get("department/get?id=6"), `其他（待设置部门）`)
		call(w.Corp, "user/create", `{"userid":"fresh","name":"新","mobile":"13900000002","department":[2]}`)
		has("the mailbox by the userid", get("user/get?userid=fresh"), `"biz_mail":"fresh@mail.example"`)
		call(w.Corp, "user/update", `{"userid":"fresh","biz_mail":"other@mail.example"}`)
		call(w.Corp, "user/update", `{"userid":"fresh","biz_mail_alias":{"item":["box@mail.example"]}}`)
		has("mailboxes that the other has", get("user/get?userid=fresh"), `"biz_mail":"other@mail.example"`)
		call(w.Corp, "tag/delete?tagid=7", "")
		if fmt.Sprint(deleted.Members, deleted.Departments) != "[wangwu] [3]" {
			t.Errorf("the deleted tag had %v and %v", deleted.Members, deleted.Departments)
		}
	})
}
