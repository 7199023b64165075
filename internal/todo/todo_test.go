package todo_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/internal/todo"
	"qiwei/qiweitest"
)

func run(t *testing.T, test func(t *testing.T, w *qiweitest.World)) {
	t.Parallel()
	qiweitest.Run(t, test, func(c *platform.Config) { c.Dev = true })
}

// told counts the messages to a member that hold some words.
func told(t *testing.T, w *qiweitest.World, user, words string) (n int) {
	t.Helper()
	err := w.Server.Store.Read(context.Background(), func(tx *store.Tx) error {
		count, err := tx.Count(`SELECT count(*) FROM message m JOIN message_copy i ON i.message = m.no JOIN member u ON u.no = i.member WHERE u.corpid = ? AND u.userkey = ? AND m.body LIKE ?`, w.CorpID, user, "%"+words+"%")
		n = int(count)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestOnThePhone(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		w.As(access.Calendar)
		zhang, li, wang := w.Phone("zhangsan"), w.Phone("lisi"), w.Phone("wangwu")
		end := qiweitest.Start.Add(26 * time.Hour).Unix()
		made := zhang.Does("todos", 200, qiweitest.JSON{"content": "写周报", "followers": []string{"lisi", "LiSi"}, "end_time": end, "remind_types": []int{1, 7}})
		todoID := fmt.Sprint(made["todo_id"])
		if got := qiweitest.Lines(li.Ask("todos?box=open").List("todos"), "content", "creator", "own", "answer"); len(got) != 1 || !strings.HasPrefix(got[0], "写周报") || !strings.HasSuffix(got[0], "false 1") {
			t.Errorf("lisi has %q", got)
		}
		if got := wang.Ask("todos").List("todos"); len(got) != 0 {
			t.Errorf("wangwu has %v", got)
		}
		wang.Does("todos/"+todoID+"/answer", 400, qiweitest.JSON{"status": 2})
		li.Does("todos/"+todoID+"/change", 400, qiweitest.JSON{"content": "x"})
		li.Does("todos/"+todoID+"/delete", 400, qiweitest.JSON{})
		li.Does("todos/"+todoID+"/answer", 200, qiweitest.JSON{"status": 2})
		li.Does("todos/"+todoID+"/answer", 400, qiweitest.JSON{"status": 3})
		if got := qiweitest.First(zhang.Ask("todos").List("todos"), 0).List("followers"); len(got) != 1 || fmt.Sprint(qiweitest.First(got, 0)["status"]) != "2" {
			t.Errorf("followers: %v", got)
		}
		zhang.Does("todos/"+todoID+"/change", 200, qiweitest.JSON{"status": 0})
		if got := li.Ask("todos?box=done").List("todos"); len(got) != 1 {
			t.Errorf("done: %v", got)
		}
		zhang.Does("todos/"+todoID+"/delete", 200, qiweitest.JSON{})
		zhang.Does("todos/"+todoID+"/delete", 400, qiweitest.JSON{})
		if got := li.Ask("todos").List("todos"); len(got) != 0 {
			t.Errorf("after the deletion: %v", got)
		}
		// The twin enterprise has members of the same names and sees nothing.
		w.Second.Phone("lisi").Does("todos/"+todoID+"/answer", 400, qiweitest.JSON{"status": 2})
	})
}

func TestLimits(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		w.As(access.Calendar)
		p, end := w.Phone("zhangsan"), qiweitest.Start.Add(time.Hour).Unix()
		for _, tt := range []struct {
			name   string
			draft  qiweitest.JSON
			status int
		}{
			{"no content", qiweitest.JSON{"content": " "}, 400},
			{"the longest content", qiweitest.JSON{"content": strings.Repeat("字", 1000)}, 200},
			{"one more", qiweitest.JSON{"content": strings.Repeat("字", 1001)}, 400},
			{"a reminder without an end", qiweitest.JSON{"content": "a", "remind_types": []int{3}}, 400},
			{"none without an end", qiweitest.JSON{"content": "a", "remind_types": []int{0}}, 200},
			{"an unknown reminder", qiweitest.JSON{"content": "a", "end_time": end, "remind_types": []int{2}}, 400},
			{"eight reminders", qiweitest.JSON{"content": "a", "end_time": end, "remind_types": []int{0, 1, 3, 5, 6, 7, 8, 9}}, 200},
			{"nine", qiweitest.JSON{"content": "a", "end_time": end, "remind_types": []int{0, 1, 3, 5, 6, 7, 8, 9, 9}}, 400},
			{"nobody", qiweitest.JSON{"content": "a", "followers": []string{"nix"}}, 400},
			{"a wrong type", qiweitest.JSON{"content": 1}, 400},
			{"an end before 1970", qiweitest.JSON{"content": "a", "end_time": -1}, 400},
		} {
			if status, got := p.PostJSON("/phone/api/todos", tt.draft); status != tt.status {
				t.Errorf("%s: %d %v", tt.name, status, got)
			}
		}
	})
}

// A reminder is sent when its time comes, once, to those who have not done it.
func TestReminders(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		w.As(access.Calendar)
		zhang := w.Phone("zhangsan")
		end := qiweitest.Start.Add(2 * time.Hour).Unix()
		made := zhang.Does("todos", 200, qiweitest.JSON{"content": "交表", "followers": []string{"lisi", "wangwu"}, "end_time": end, "remind_types": []int{3, 5}})
		w.Phone("wangwu").Does(fmt.Sprintf("todos/%s/answer", made["todo_id"]), 200, qiweitest.JSON{"status": 2})
		reminded := func() int {
			if err := w.Server.Todos.RemindDue(context.Background()); err != nil {
				t.Fatal(err)
			}
			return told(t, w, "lisi", "待办提醒：交表")
		}
		for _, step := range []struct {
			wait time.Duration
			want int
		}{{59 * time.Minute, 0}, {time.Minute, 1}, {time.Minute, 1}, {43*time.Minute + 59*time.Second, 1}, {time.Second, 2}, {time.Hour, 2}} {
			w.Advance(step.wait)
			if n := reminded(); n != step.want {
				t.Errorf("after %v: lisi was reminded %d times, want %d", step.wait, n, step.want)
			}
		}
		if told(t, w, "wangwu", "待办提醒") != 0 || told(t, w, "wangwu", "新待办：交表") != 1 {
			t.Error("wangwu has done it: told of it once, and not reminded")
		}
	})
}

// To-dos follow a member whose userid changes, and go with one who leaves.
func TestMembersChange(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		w.As(access.Calendar)
		zhang := w.Phone("zhangsan")
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			m := directory.Member{UserID: "made1", Name: "新人", Enabled: true, Generated: true, Email: "made1@corp.example", Places: []directory.Place{{Department: 3}}}
			_, _, err := w.Server.Directory.CreateMember(ctx, tx, access.System(w.CorpID), m, false)
			return err
		})
		sync := w.As(access.ContactSync)
		zhang.Does("todos", 200, qiweitest.JSON{"content": "甲", "followers": []string{"made1"}})
		if got := sync.Call("POST", "/cgi-bin/user/update", `{"userid":"made1","new_userid":"xinren"}`); got.ErrCode != 0 {
			t.Fatal(got.Body)
		}
		find := func(user string) (n int) {
			w.Write(func(ctx context.Context, tx *store.Tx) error {
				list, _, err := w.Server.Todos.Find(tx, w.CorpID, id.UserID(user), todo.Search{Of: id.UserID(user), Limit: 10})
				n = len(list)
				return err
			})
			return n
		}
		if find("xinren") != 1 || find("made1") != 0 {
			t.Errorf("renamed: xinren has %d, made1 %d", find("xinren"), find("made1"))
		}
		if got := sync.Call("GET", "/cgi-bin/user/delete?userid=xinren", ""); got.ErrCode != 0 {
			t.Fatal(got.Body)
		}
		if got := qiweitest.First(zhang.Ask("todos").List("todos"), 0).List("followers"); len(got) != 0 {
			t.Errorf("followers: %v", got)
		}
	})
}

// What a page sends is text and a time that pages can show, whatever the database makes of it.
func TestStrangeTexts(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		w.As(access.Calendar)
		zhang := w.Phone("zhangsan")
		if got := zhang.Ask("todos/" + fmt.Sprint(zhang.Does("todos", 200, qiweitest.JSON{"content": "a\x00b\\u0000c"})["todo_id"])).Text("content"); got != `ab\u0000c` {
			t.Errorf("a NUL became %q", got)
		}
		zhang.Does("todos/%00/change", 404, qiweitest.JSON{})
		zhang.Lacks("todos/a%00")
		zhang.Lacks("todos/%ff")
		zhang.Lacks("todos?box=%00")
		zhang.Does("todos", 200, qiweitest.JSON{"content": "end of time", "end_time": int64(253402300799)})
		zhang.Does("todos", 400, qiweitest.JSON{"content": "end of time", "end_time": int64(253402300800)})
	})
}

// TestSweep: a deleted to-do is kept for 90 days, and one that is done for a year since it was changed last. Open ones
// stay.
func TestSweep(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		w.WithoutTwin() // which is swept as well
		w.As(access.Calendar)
		zhang := w.Phone("zhangsan")
		made := func(content string) string {
			return zhang.Does("todos", 200, qiweitest.JSON{"content": content, "followers": []string{"lisi"}}).Text("todo_id")
		}
		made("open")
		done, deleted := made("done"), made("deleted")
		zhang.Does("todos/"+done+"/change", 200, qiweitest.JSON{"status": 0})
		zhang.Does("todos/"+deleted+"/delete", 200, qiweitest.JSON{})
		left := func() (n int64) {
			if err := w.Server.Todos.Sweep(context.Background()); err != nil {
				t.Fatal(err)
			}
			w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
				n, err = tx.Count(`SELECT count(*) FROM todo WHERE corpid = ?`, w.CorpID)
				return err
			})
			return n
		}
		for _, step := range []struct {
			days int
			want int64
		}{{90, 3}, {1, 2}, {365 - 91, 2}, {1, 1}, {1000, 1}} {
			w.Advance(time.Duration(step.days) * 24 * time.Hour)
			if n := left(); n != step.want {
				t.Errorf("%d days later %d are left, want %d", step.days, n, step.want)
			}
		}
	})
}
