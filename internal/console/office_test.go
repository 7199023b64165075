package console_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	admins "qiwei/internal/admin"
	"qiwei/qiweitest"
)

// phone makes a request of a member's page that must go well, and decodes the answer.
func phone(t *testing.T, w *qiweitest.World, corp *qiweitest.Corp, user, method, path, body string, into any) {
	t.Helper()
	req, err := http.NewRequest(method, w.URL+"/phone/api/"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Origin", w.URL)
	resp, err := corp.SignIn(user).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 {
		t.Fatalf("%s as %s: %d %s", path, user, resp.StatusCode, text)
	}
	if into != nil {
		if err := json.Unmarshal(text, into); err != nil {
			t.Fatal(err)
		}
	}
}

const amount = `{"property":{"control":"Money","id":"Money-1","title":[{"text":"金额","lang":"zh_CN"}],"placeholder":[],"require":1,"un_print":0},"config":{}}`

func purchase(name, rest string) string {
	return `{"names":[{"text":"` + name + `","lang":"zh_CN"}],"controls":[` + amount + `],"process":{"branches":[],"nodes":[{"type":1,"rel":3,"users":["lisi","zhangsan"]},{"type":2,"rel":0,"users":["wangwu"]}]}` + rest + `}`
}

type templates struct {
	Templates []struct {
		ID      string `json:"template_id"`
		Names   []struct{ Text string }
		Version string
		Maker   string
		People  []struct{ Name string }
	}
}

// TestApprovalTemplates: an administrator makes, changes and deletes a template; what a template cannot be is
// refused, and so is what another administrator has changed meanwhile.
func TestApprovalTemplates(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		appoint(t, w, w.CorpID, "zhangsan", admins.Super)
		appoint(t, w, w.Second.CorpID, "zhangsan", admins.Super)
		a, other := as(t, w, w.CorpID, "zhangsan"), as(t, w, w.Second.CorpID, "zhangsan")
		const path = "/console/api/approval_templates"
		branches := func(n int) string {
			return strings.Replace(purchase("分支", ""), `"branches":[]`, `"branches":[`+strings.Repeat(`{"when":[],"nodes":[]},`, n-1)+`{"when":[],"nodes":[]}]`, 1)
		}
		var many struct {
			ID string `json:"template_id"`
		}
		a.ok("POST", path, branches(50), &many)
		a.ok("DELETE", path+"/"+many.ID, "", nil)
		for what, body := range map[string]string{
			"no name":             purchase("", ""),
			"no controls":         strings.Replace(purchase("采购", ""), amount, "", 1),
			"an unknown control":  strings.Replace(purchase("采购", ""), `"Money"`, `"Emotion"`, 1),
			"nobody approves":     strings.Replace(purchase("采购", ""), `"lisi"`, `"nobody"`, 1),
			"a node that is none": strings.Replace(purchase("采购", ""), `"type":1`, `"type":9`, 1),
			"a condition of none": strings.Replace(purchase("采购", ""), `"branches":[]`, `"branches":[{"when":[{"id":"Money-1","op":"like","values":["1"]}],"nodes":[]}]`, 1),
			"too many branches":   branches(51),
		} {
			if r := a.refused(422, "POST", path, body); r.Error == "" {
				t.Errorf("%s: %+v", what, r)
			}
		}
		var made struct {
			ID string `json:"template_id"`
		}
		a.ok("GET", path, "", nil) // which makes the platform's
		a.ok("POST", path, purchase("采购", ""), &made)
		a.refused(422, "POST", path, purchase("采购", "")) // the name is taken
		var list templates
		a.ok("GET", path, "", &list)
		last := list.Templates[len(list.Templates)-1]
		if len(list.Templates) != 7 || last.ID != made.ID || last.Maker != "admin" || list.Templates[0].Maker != "system" || len(last.People) != 3 || last.People[0].Name != "李四" {
			t.Fatalf("%+v", list)
		}
		one := path + "/" + made.ID
		other.refused(404, "GET", one, "")
		other.refused(404, "PUT", one, purchase("他人的", ""))
		other.refused(404, "DELETE", one, "")
		formula := strings.Replace(purchase("采购单", `,"version":"`+last.Version+`"`), amount, amount+`,{"property":{"control":"Formula","id":"Formula-1","title":[{"text":"含税","lang":"zh_CN"}],"placeholder":[],"require":0,"un_print":0},"config":{"formula":{"expression":"{Money-1}*1.13"}}}`, 1)
		a.ok("PUT", one, formula, nil)
		if r := a.refused(409, "PUT", one, formula); r.Reason != "stale" {
			t.Errorf("%+v", r)
		}
		var answer struct {
			Sp string `json:"sp_no"`
		}
		phone(t, w, w.Corp, "wangwu", "POST", "approvals", `{"template_id":"`+made.ID+`","contents":[{"control":"Money","id":"Money-1","value":{"new_money":"100"}}]}`, &answer)
		a.refused(422, "DELETE", path+"/"+list.Templates[0].ID, "") // the platform's
		a.ok("DELETE", one, "", nil)
		a.refused(404, "GET", one, "")
		var page struct {
			Info struct {
				Name  string `json:"sp_name"`
				Apply any    `json:"apply_data"`
			}
		}
		a.ok("GET", "/console/api/approvals/"+answer.Sp, "", &page)
		if page.Info.Name != "采购单" || !strings.Contains(fmt.Sprint(page.Info.Apply), "formula:map[value:113.0]") {
			t.Errorf("an approval by a deleted template: %+v", page)
		}
		if log := a.audit(); !strings.HasPrefix(log, "approval_template.delete approval_template.update approval_template.create approval_template.delete") {
			t.Errorf("the audit log says %s", log)
		}
	})
}

// audit returns what the console's audit log says was done, the newest first.
func (a *admin) audit() string {
	a.t.Helper()
	var log struct {
		Entries []struct{ Action string }
	}
	a.ok("GET", "/console/api/audit?source=console", "", &log)
	var out []string
	for _, e := range log.Entries {
		if strings.HasPrefix(e.Action, "session.") {
			continue
		}
		out = append(out, e.Action)
	}
	return strings.Join(out, " ")
}

// TestApprovalsOfTheEnterprise: an administrator finds approvals by every filter, page by page, reads one, deletes
// it, and exports them.
func TestApprovalsOfTheEnterprise(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		appoint(t, w, w.CorpID, "zhangsan", admins.Super)
		appoint(t, w, w.CorpID, "wangwu", admins.Reader)
		appoint(t, w, w.Second.CorpID, "zhangsan", admins.Super)
		a, reader, other := as(t, w, w.CorpID, "zhangsan"), as(t, w, w.CorpID, "wangwu"), as(t, w, w.Second.CorpID, "zhangsan")
		var made struct {
			ID string `json:"template_id"`
		}
		a.ok("POST", "/console/api/approval_templates", purchase("采购", ""), &made)
		from := w.Clock.Now().Unix()
		var numbers []string
		for i, user := range []string{"lisi", "wangwu", "lisi"} {
			var s struct {
				SpNo string `json:"sp_no"`
			}
			phone(t, w, w.Corp, user, "POST", "approvals", fmt.Sprintf(`{"template_id":%q,"contents":[{"control":"Money","id":"Money-1","value":{"new_money":"%d"}}]}`, made.ID, i+1), &s)
			numbers = append(numbers, s.SpNo)
			w.Advance(time.Hour)
		}
		phone(t, w, w.Corp, "lisi", "POST", "approvals/"+numbers[1]+"/refuse", `{"speech":"太贵"}`, nil)
		found := func(a *admin, query string) string {
			t.Helper()
			var got struct {
				Approvals []struct {
					SpNo string `json:"sp_no"`
					Who  string
				}
			}
			a.ok("GET", "/console/api/approvals?"+query, "", &got)
			var out []string
			for _, one := range got.Approvals {
				for i, n := range numbers {
					if n == one.SpNo {
						out = append(out, fmt.Sprint(i)+one.Who)
					}
				}
			}
			return strings.Join(out, " ")
		}
		for query, want := range map[string]string{
			"": "2李四 1王五 0李四", "creator=LiSi": "2李四 0李四", "status=3": "1王五", "status=1&creator=lisi": "2李四 0李四", "template=" + made.ID: "2李四 1王五 0李四", "template=3none": "",
			"department=3": "2李四 0李四", fmt.Sprintf("from=%d&to=%d", from+3600, from+3601): "1王五", fmt.Sprintf("before_at=%d&before_no=1", from+7200): "1王五 0李四", "department=99": "",
		} {
			if got := found(a, query); got != want {
				t.Errorf("%s: %s, want %s", query, got, want)
			}
		}
		if got := found(other, ""); got != "" {
			t.Errorf("the other enterprise finds %s", got)
		}
		a.refused(422, "GET", "/console/api/approvals?status=5", "")
		a.refused(400, "GET", "/console/api/approvals?status=x", "")
		other.refused(404, "GET", "/console/api/approvals/"+numbers[0], "")
		other.refused(404, "DELETE", "/console/api/approvals/"+numbers[0], "")
		reader.refused(403, "DELETE", "/console/api/approvals/"+numbers[0], "")
		status, sheet := reader.do("GET", "/console/api/approvals.csv?creator=wangwu", "")
		if status != 200 || strings.Count(sheet, "\n") != 2 || !strings.Contains(sheet, numbers[1]+",采购,已驳回,") || !strings.Contains(sheet, "金额：2") {
			t.Errorf("%d %s", status, sheet)
		}
		a.ok("DELETE", "/console/api/approvals/"+numbers[0], "", nil)
		a.refused(404, "DELETE", "/console/api/approvals/"+numbers[0], "")
		if got := found(a, "status=7"); got != "0李四" {
			t.Errorf("deleted: %s", got)
		}
		if status, _ := a.do("GET", "/console/api/approvals/"+numbers[1]+"/files/none", ""); status != 404 {
			t.Errorf("a file that is not there: %d", status)
		}
	})
}

// TestVacations: an administrator changes the kinds of leave and what a member has left.
func TestVacations(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		appoint(t, w, w.CorpID, "zhangsan", admins.Super)
		a := as(t, w, w.CorpID, "zhangsan")
		type kinds struct {
			Vacations []map[string]any `json:"vacations"`
			Version   string           `json:"version"`
		}
		var now kinds
		a.ok("GET", "/console/api/vacations", "", &now)
		if len(now.Vacations) != 8 {
			t.Fatalf("%+v", now)
		}
		now.Vacations[4]["name"] = "结婚假"
		body, _ := json.Marshal(now)
		a.ok("PUT", "/console/api/vacations", string(body), nil)
		a.refused(409, "PUT", "/console/api/vacations", string(body))
		a.refused(422, "PUT", "/console/api/vacations", `{"vacations":[{"id":0,"name":"无"}],"version":""}`)
		const lisi = "/console/api/vacation_balances/lisi"
		a.ok("PUT", lisi, `{"vacation_id":1,"left":259200,"time_attr":0,"remarks":"补发"}`, nil)
		for what, body := range map[string]string{"a part of a step": `{"vacation_id":1,"left":100}`, "below nothing": `{"vacation_id":1,"left":-86400}`, "no limit": `{"vacation_id":2,"left":3600,"time_attr":1}`, "no such kind": `{"vacation_id":99,"left":0}`} {
			if r := a.refused(422, "PUT", lisi, body); r.Error == "" {
				t.Errorf("%s: %+v", what, r)
			}
		}
		a.refused(422, "PUT", "/console/api/vacation_balances/nobody", `{"vacation_id":1,"left":0}`)
		var list struct {
			Members []struct {
				UserID   string
				Balances []struct {
					Name    string
					Limited bool
					Left    int64
				}
			}
			Total int
		}
		a.ok("GET", "/console/api/vacation_balances?q=李", "", &list)
		if list.Total != 1 || list.Members[0].Balances[0].Left != 259200 || !list.Members[0].Balances[0].Limited || list.Members[0].Balances[4].Name != "结婚假" {
			t.Errorf("%+v", list)
		}
		if log := a.audit(); !strings.HasPrefix(log, "vacation.balance vacation.update") {
			t.Errorf("the audit log says %s", log)
		}
	})
}
