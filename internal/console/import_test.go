package console_test

import (
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"qiwei/internal/access"
	admins "qiwei/internal/admin"
	"qiwei/qiweitest"
)

type progress struct {
	ID                             string
	Rows, Created, Updated, Failed int
	Ended, Stopped                 bool
	Ignored                        []string
}

func (a *admin) imported(what, content string) progress {
	a.t.Helper()
	status, body := a.do("POST", "/console/api/imports?what="+what+"&file=x.csv", content, "Content-Type", "text/csv")
	if status != 200 {
		a.t.Fatalf("import: %d %s", status, body)
	}
	id := strings.Split(strings.SplitN(body, `"id":"`, 2)[1], `"`)[0]
	for {
		var p progress
		if a.ok("GET", "/console/api/imports/"+id, "", &p); p.Ended {
			return p
		}
		runtime.Gosched()
	}
}

func TestImport(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		appoint(t, w, w.CorpID, "zhangsan", admins.Super)
		appoint(t, w, w.CorpID, "lisi", admins.Ranged, 3)
		a, ranged := as(t, w, w.CorpID, "zhangsan"), as(t, w, w.CorpID, "lisi")
		var sheet strings.Builder
		sheet.WriteString("姓名,帐号,手机号,所在部门,没有的列\n")
		for i := range 450 {
			fmt.Fprintf(&sheet, "成员%d,m%d,%d,2,x\n", i, i, 13600000000+i)
		}
		sheet.WriteString("重号,bad,13600000001,2,x\n张三丰,zhangsan,13800000001,2,x\n")
		p := a.imported("members", sheet.String())
		if p.Created != 450 || p.Updated != 1 || p.Failed != 1 || p.Rows != 452 || len(p.Ignored) != 1 {
			t.Errorf("the import: %+v", p)
		}
		var failures struct {
			Failures []struct {
				Row   int
				ID    string
				Error string
			}
		}
		a.ok("GET", "/console/api/imports/"+p.ID+"/failures", "", &failures)
		if len(failures.Failures) != 1 || failures.Failures[0].Row != 452 || failures.Failures[0].ID != "bad" {
			t.Errorf("the failures: %+v", failures)
		}
		if _, body := a.do("GET", "/console/api/imports/"+p.ID+"/failures?csv=1", ""); !strings.Contains(body, "452,bad,60104") {
			t.Errorf("the report: %s", body)
		}
		appoint(t, w, w.Second.CorpID, "zhangsan", admins.Super)
		if status, body := as(t, w, w.Second.CorpID, "zhangsan").do("GET", "/console/api/imports/"+p.ID, ""); status != 404 {
			t.Errorf("seen by another enterprise's administrator: %d %s", status, body)
		}
		if status, body := a.do("POST", "/console/api/imports?what=members", "no,sheet\n1,2\n", "Content-Type", "text/csv"); status != 422 {
			t.Errorf("no sheet: %d %s", status, body)
		}

		p = ranged.imported("members", "姓名,帐号,手机号,所在部门\n甲,in,13700000001,3\n乙,out,13700000002,2\n丙,zhangsan,13800000001,3\n")
		if p.Created != 1 || p.Failed != 2 {
			t.Errorf("an import by range: %+v", p)
		}
		if status, _ := ranged.do("POST", "/console/api/imports?what=departments", "x", "Content-Type", "text/csv"); status != 403 {
			t.Errorf("departments by range: %d", status)
		}

		// An export can be imported.
		_, tree := a.do("GET", "/console/api/departments.csv", "")
		if p := a.imported("departments", tree); p.Failed != 0 || p.Created != 0 {
			t.Errorf("the departments once more: %+v", p)
		}
		_, members := a.do("GET", "/console/api/members.csv", "")
		if p := a.imported("members", members); p.Failed != 0 || p.Created != 0 || p.Rows < 450 {
			t.Errorf("the members once more: %+v", p)
		}
		_, some := ranged.do("GET", "/console/api/members.csv", "")
		if strings.Contains(some, "m449") || !strings.Contains(some, "in,") {
			t.Error("an export by range has the wrong members")
		}
	})
}

// TestAPreviewTellsNothingBeyondTheRange: a preview writes nothing and is noted nowhere, so it does not say which userids
// and departments there are outside of an admin's range.
func TestAPreviewTellsNothingBeyondTheRange(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		appoint(t, w, w.CorpID, "zhangsan", admins.Super)
		appoint(t, w, w.CorpID, "lisi", admins.Ranged, 3)
		const sheet = "姓名,帐号,手机号,所在部门\n甲,zhangsan,13700000001,3\n乙,inside,13700000002,3\n丙,nobody,13700000003,3\n"
		super, ranged := as(t, w, w.CorpID, "zhangsan"), as(t, w, w.CorpID, "lisi")
		super.ok("POST", "/console/api/members", `{"userid":"inside","name":"乙","mobile":"13700000002","departments":[3]}`, nil)
		for _, c := range []struct {
			a            *admin
			new, changed int
		}{{super, 1, 2}, {ranged, 2, 1}} {
			status, body := c.a.do("POST", "/console/api/imports/preview?what=members&file=x.csv", sheet, "Content-Type", "text/csv")
			if want := fmt.Sprintf(`"new":%d,"changed":%d,"wrong":0`, c.new, c.changed); status != 200 || !strings.Contains(body, want) {
				t.Errorf("%d %s, want %s", status, body, want)
			}
		}
	})
}

// Members write their own aliases, and people open exports in spreadsheets.
func TestAnExportRunsNothingAndIsImportedAsItWas(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		appoint(t, w, w.CorpID, "zhangsan", admins.Super)
		a := as(t, w, w.CorpID, "zhangsan")
		const formula = `=HYPERLINK(1,2)`
		if got := w.As(access.ContactSync).Call("POST", "/cgi-bin/user/update", `{"userid":"lisi","alias":"`+formula+`"}`); got.ErrCode != 0 {
			t.Fatal(got.Body)
		}
		status, sheet := a.do("GET", "/console/api/members.csv", "")
		if status != 200 || !strings.Contains(sheet, `"'`+formula+`"`) {
			t.Errorf("the export: %d %s", status, sheet)
		}
		if p := a.imported("members", sheet); p.Failed != 0 || p.Updated != p.Rows {
			t.Errorf("the import: %+v", p)
		}
		if got := w.As(access.SelfBuilt).Call("GET", "/cgi-bin/user/get?userid=lisi", ""); !strings.Contains(got.Body, `"alias":"`+formula+`"`) {
			t.Errorf("the alias: %s", got.Body)
		}
	})
}

// A file comes as Excel in China saves it, and is looked at before anything is written.
func TestImportsOfManyForms(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		appoint(t, w, w.CorpID, "zhangsan", admins.Super)
		appoint(t, w, w.CorpID, "lisi", admins.Reader)
		a := as(t, w, w.CorpID, "zhangsan")
		text := "姓名,帐号,手机号,所在部门,没有的列\n钱七,qianqi,13600000001,2,x\n张三,zhangsan,13800000001,2,x\n没有部门,lost,13600000002,,x\n"
		gbk, err := simplifiedchinese.GBK.NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		type preview struct {
			Written                    string
			Columns, Ignored           []string
			Total, New, Changed, Wrong int
			Rows                       [][]string
			Errors                     []struct {
				Row   int
				ID    string
				Error string
			}
		}
		look := func(content string) (p preview) {
			t.Helper()
			status, body := a.do("POST", "/console/api/imports/preview?what=members&file=x", content, "Content-Type", "application/octet-stream")
			if err := json.Unmarshal([]byte(body), &p); status != 200 || err != nil {
				t.Fatalf("preview: %d %s", status, body)
			}
			return p
		}
		for written, content := range map[string]string{"UTF-8": text, "GBK": gbk} {
			p := look(content)
			if p.Written != written || p.Total != 3 || p.New != 1 || p.Changed != 1 || p.Wrong != 1 || len(p.Rows) != 3 || p.Rows[0][0] != "钱七" || len(p.Ignored) != 1 || p.Errors[0].Row != 4 || p.Errors[0].ID != "lost" || !strings.HasPrefix(p.Errors[0].Error, "姓名") {
				t.Errorf("%s: %+v", written, p)
			}
		}
		if got := w.As(access.SelfBuilt).Call("GET", "/cgi-bin/user/get?userid=qianqi", ""); got.ErrCode != 60111 {
			t.Errorf("a preview has written: %+v", got)
		}
		if p := a.imported("members", gbk); p.Created != 1 || p.Updated != 1 || p.Failed != 1 {
			t.Errorf("the import: %+v", p)
		}
		status, body := a.do("POST", "/console/api/imports/preview?what=departments&file=x", "部门名称,部门ID,父部门ID,排序\n研发部,2,1,\n新的,77,2,\n错的,78,,\n", "Content-Type", "application/octet-stream")
		var p preview
		if err := json.Unmarshal([]byte(body), &p); status != 200 || err != nil || p.New != 1 || p.Changed != 1 || p.Wrong != 1 {
			t.Errorf("departments: %d %s", status, body)
		}
		for content, says := range map[string]string{"": "is empty", "\xff\xfe\xff": "is empty", "\x00\xff\xfe\x80\x81": "no text", "\xd0\xcf\x11\xe0": "old workbook", "PK\x03\x04": "cannot be read", "姓名,帐号\n": "is missing"} {
			if status, body := a.do("POST", "/console/api/imports/preview?what=members&file=x", content, "Content-Type", "application/octet-stream"); status != 422 || !strings.Contains(body, says) {
				t.Errorf("%q: %d %s, want %q", content, status, body, says)
			}
		}
		if status, _ := as(t, w, w.CorpID, "lisi").do("POST", "/console/api/imports/preview?what=members&file=x", text, "Content-Type", "application/octet-stream"); status != 403 {
			t.Errorf("a reader previews: %d", status)
		}
	})
}
