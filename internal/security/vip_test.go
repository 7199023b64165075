package security_test

import (
	"context"
	"fmt"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// outcome is what a job has done, once it has.
func outcome(t *testing.T, w *qiweitest.World, c *qiweitest.Client, kind, users string) string {
	t.Helper()
	job := call(t, c, "vip/submit_batch_"+kind+"_job", `{"userid_list":[`+users+`]}`, 0).Text("jobid")
	call(t, c, "vip/batch_"+kind+"_job_result", `{"jobid":"`+job+`"}`, 302008) // nobody has worked on it
	w.Jobs()
	r := call(t, c, "vip/batch_"+kind+"_job_result", `{"jobid":"`+job+`"}`, 0)
	return fmt.Sprint(r.At("job_result.succ_userid_list"), r.At("job_result.fail_userid_list"))
}

// TestVIPs: members get the advanced features and lose them, by jobs.
func TestVIPs(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp, access.Everything())
		r := call(t, c, "vip/submit_batch_add_job", `{"userid_list":["ZhangSan","lisi","nobody","lisi"]}`, 0)
		if fmt.Sprint(r.At("invalid_userid_list")) != "[nobody]" {
			t.Errorf("submitted: %v", r)
		}
		job := r.Text("jobid")
		w.Jobs()
		if got := fmt.Sprint(call(t, c, "vip/batch_add_job_result", `{"jobid":"`+job+`"}`, 0).At("job_result")); got != "map[fail_userid_list:[] succ_userid_list:[zhangsan lisi]]" {
			t.Errorf("added: %s", got)
		}
		has := func(c *qiweitest.Client) string { return fmt.Sprint(call(t, c, "vip/list", `{}`, 0).At("userid_list")) }
		if got := has(c); got != "[zhangsan lisi]" {
			t.Errorf("they are %s", got)
		}
		if got := outcome(t, w, c, "add", `"zhangsan","wangwu"`); got != "[zhangsan wangwu] []" { // one had it already
			t.Errorf("again: %s", got)
		}
		if got := outcome(t, w, c, "del", `"lisi"`); got != "[lisi] []" || has(c) != "[zhangsan wangwu]" {
			t.Errorf("taken back: %s, %s", got, has(c))
		}
		if got := outcome(t, w, c, "del", `"lisi","wangwu"`); got != "[wangwu] [lisi]" {
			t.Errorf("taken back twice: %s", got)
		}
		done(t, w, "vip/buy", `{"accounts":2}`, nil)
		if got := outcome(t, w, c, "add", `"lisi","wangwu"`); got != "[lisi] [wangwu]" {
			t.Errorf("two accounts for three: %s", got)
		}
		refused(t, w, "vip/buy", `{"accounts":-1}`, "accounts")

		// What a job is for may be gone when its turn comes.
		job = call(t, c, "vip/submit_batch_del_job", `{"userid_list":["zhangsan","lisi"]}`, 0).Text("jobid")
		w.As(access.ContactSync).Call("GET", "/cgi-bin/user/delete?userid=lisi", "")
		w.Jobs()
		if got := fmt.Sprint(call(t, c, "vip/batch_del_job_result", `{"jobid":"`+job+`"}`, 0).At("job_result")); got != "map[fail_userid_list:[lisi] succ_userid_list:[zhangsan]]" || has(c) != "[]" {
			t.Errorf("after a member has left: %s, %s", got, has(c))
		}

		call(t, c, "vip/batch_add_job_result", `{"jobid":"`+job+`"}`, 40088) // of the other kind
		call(t, listed(w.Corp, access.Everything()), "vip/batch_del_job_result", `{"jobid":"`+job+`"}`, 40088)
		call(t, listed(w.Second, access.Everything()), "vip/batch_del_job_result", `{"jobid":"`+job+`"}`, 40088)
		for _, kind := range []string{"add", "del"} {
			call(t, c, "vip/batch_"+kind+"_job_result", `{}`, 40063)
			call(t, c, "vip/batch_"+kind+"_job_result", `{"jobid":"x"}`, 40088)
			call(t, c, "vip/submit_batch_"+kind+"_job", `{}`, 40063)
			call(t, c, "vip/submit_batch_"+kind+"_job", `{"userid_list":["nobody"]}`, 40031)
		}
		call(t, w.As(access.Security), "vip/list", `{}`, 48002)
	})
}

// TestVIPList is read in parts, of those whom the caller sees.
func TestVIPList(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp, access.Everything())
		outcome(t, w, c, "add", `"zhangsan","lisi","wangwu"`)
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			m := directory.Member{UserID: id.UserID("xin"), Name: "新人", Enabled: true, Email: "xin@corp.example", Places: []directory.Place{{Department: 4}}}
			_, _, err := w.Server.Directory.CreateMember(ctx, tx, access.System(w.CorpID), m, false)
			return err
		})
		outcome(t, w, c, "add", `"xin"`)
		read := func(c *qiweitest.Client) (users []any) {
			t.Helper()
			cursor := ""
			for range 9 {
				page := call(t, c, "vip/list", `{"limit":1,"cursor":"`+cursor+`"}`, 0)
				users = append(users, page.List("userid_list")...)
				if cursor = page.Text("next_cursor"); page.At("has_more") != true {
					return users
				}
			}
			t.Fatal("the list does not end")
			return nil
		}
		if got := fmt.Sprint(read(c)); got != "[zhangsan lisi wangwu xin]" {
			t.Errorf("all: %s", got)
		}
		narrow := listed(w.Corp, access.Range{Departments: []int64{4}})
		if got := fmt.Sprint(read(narrow)); got != "[wangwu xin]" {
			t.Errorf("within a range: %s", got)
		}
		if r := call(t, narrow, "vip/submit_batch_del_job", `{"userid_list":["lisi","wangwu"]}`, 0); fmt.Sprint(r.At("invalid_userid_list")) != "[lisi]" {
			t.Errorf("out of range: %v", r)
		}
		call(t, c, "vip/list", `{"cursor":"x"}`, 50100)
		call(t, c, "vip/list", `{"limit":-1}`, 40058)
		if got := fmt.Sprint(read(listed(w.Second, access.Everything()))); got != "[]" {
			t.Errorf("the twin's: %s", got)
		}
	})
}
