package console_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// TestTodos: an administrator sees what members are to do, finds it, ends it, takes it up again and deletes it, which
// those who have to do with it hear.
func TestTodos(t *testing.T) {
	small(t, func(t *testing.T, w *qiweitest.World, a, other *admin) {
		const path = "/console/api/todos"
		w.As(access.Calendar)
		made := func(user, content string, hours int64, followers ...string) string {
			body := qiweitest.JSON{"content": content, "followers": followers}
			if hours > 0 {
				body["end_time"], body["remind_types"] = w.Clock.Now().Unix()+hours*3600, []int{1, 5}
			}
			id := w.Phone(user).Does("todos", 200, body).Text("todo_id")
			w.Advance(time.Minute)
			return id
		}
		from := w.Clock.Now().Unix()
		plan := made("zhangsan", "写计划", 2, "lisi", "wangwu")
		report := made("lisi", "交报告", 1)
		gone := made("wangwu", "作废", 0, "lisi")
		w.Phone("lisi").Does("todos/"+plan+"/answer", 200, qiweitest.JSON{"status": 2})
		w.Phone("wangwu").Does("todos/"+gone+"/delete", 200, qiweitest.JSON{})
		w.Advance(time.Hour)
		type line struct {
			No        int64
			ID        string `json:"todo_id"`
			Content   string
			Status    int64
			Overdue   bool
			Creator   struct{ Name string }
			NextAt    int64 `json:"remind_at"`
			Followers []struct {
				Name   string
				Status int64
			}
		}
		var list struct {
			Todos []line
			More  bool
		}
		find := func(by *admin, query string) string {
			list.Todos = nil
			by.ok("GET", path+query, "", &list)
			var out []string
			for _, l := range list.Todos {
				out = append(out, fmt.Sprintf("%s:%d", l.Content, l.Status))
			}
			return strings.Join(out, " ")
		}
		for query, want := range map[string]string{
			"": "交报告:1 写计划:1", "?status=open": "交报告:1 写计划:1", "?status=overdue": "交报告:1", "?status=deleted": "作废:2", "?status=done": "",
			"?userid=LISI": "交报告:1 写计划:1", "?userid=lisi&role=made": "交报告:1", "?userid=lisi&role=follows": "写计划:1", "?userid=nobody": "", "?limit=1": "交报告:1",
			fmt.Sprintf("?from=%d", from+60): "交报告:1", fmt.Sprintf("?to=%d", from): "写计划:1", "?status=deleted&userid=lisi": "作废:2",
		} {
			if got := find(a, query); got != want {
				t.Errorf("%s: %s, want %s", query, got, want)
			}
		}
		find(a, "?limit=1")
		if got := find(a, fmt.Sprintf("?limit=1&before=%d", list.Todos[0].No)); got != "写计划:1" || !list.More {
			t.Errorf("the next page: %s", got)
		}
		for query, status := range map[string]int{"?status=lost": 422, "?role=boss": 422, "?from=x": 400, "?before=x": 400} {
			a.refused(status, "GET", path+query, "")
		}
		if err := w.Server.Todos.RemindDue(context.Background()); err != nil {
			t.Fatal(err)
		}
		var one line
		a.ok("GET", path+"/"+plan, "", &one)
		if one.Creator.Name != "张三" || fmt.Sprint(one.Followers) != "[{李四 2} {王五 1}]" || one.Overdue || one.NextAt != from+2*3600 {
			t.Errorf("%+v", one)
		}
		a.refused(404, "GET", path+"/none", "")
		other.refused(404, "GET", path+"/"+plan, "")
		other.refused(404, "PUT", path+"/"+plan+"/status", `{"status":0}`)
		a.refused(404, "PUT", path+"/none/status", `{"status":0}`)
		for _, body := range []string{`{}`, `{"status":3}`, `{"status":-1}`} {
			a.refused(422, "PUT", path+"/"+plan+"/status", body)
		}
		heard := func(user, words string) (n int64) {
			w.Write(func(_ context.Context, tx *store.Tx) (err error) {
				n, err = tx.Count(`SELECT count(*) FROM message m JOIN message_copy i ON i.message = m.no JOIN member u ON u.no = i.member WHERE u.corpid = ? AND u.userkey = ? AND m.body LIKE ?`, w.CorpID, user, "%"+words+"%")
				return err
			})
			return n
		}
		a.ok("PUT", path+"/"+plan+"/status", `{"status":0}`, nil)
		a.ok("PUT", path+"/"+plan+"/status", `{"status":0}`, nil) // it is so already
		for _, user := range []string{"zhangsan", "lisi", "wangwu"} {
			if n := heard(user, "待办已完成：写计划"); n != 1 {
				t.Errorf("%s was told %d times that it is done", user, n)
			}
		}
		a.ok("PUT", path+"/"+plan+"/status", `{"status":1}`, nil)
		a.ok("GET", path+"/"+plan, "", &one)
		if one.Status != 1 || one.NextAt != from+2*3600 || len(one.Followers) != 2 {
			t.Errorf("taken up again: %+v", one)
		}
		a.ok("PUT", path+"/"+report+"/status", `{"status":2}`, nil)
		a.refused(422, "PUT", path+"/"+report+"/status", `{"status":1}`)
		if got := find(a, "?status=deleted"); got != "作废:2 交报告:2" && got != "交报告:2 作废:2" {
			t.Errorf("deleted: %s", got)
		}
		if got := w.Phone("lisi").Ask("todos").List("todos"); len(got) != 1 {
			t.Errorf("lisi has %v", got)
		}
		if log := a.audit(); log != "todo.status todo.status todo.status todo.status" {
			t.Errorf("the audit log says %s", log)
		}
		if got := find(other, ""); got != "" {
			t.Errorf("another enterprise sees %s", got)
		}
	})
}
