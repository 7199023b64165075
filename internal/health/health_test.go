package health_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/directory"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

func run(t *testing.T, test func(t *testing.T, w *qiweitest.World)) {
	t.Parallel()
	qiweitest.Run(t, test, func(c *platform.Config) { c.Dev = true })
}

func listed(c *qiweitest.Corp, within access.Range) *qiweitest.Client {
	return c.WithApp(access.SelfBuilt, app.Settings{Name: "健康", Range: within, Callable: []access.Kind{access.Health}})
}

// call makes a call that must have the code, and reads the answer.
func call(t *testing.T, c *qiweitest.Client, name, body string, code int) qiweitest.JSON {
	t.Helper()
	r := c.Call("POST", "/cgi-bin/health/"+name, body)
	if r.ErrCode != code {
		t.Fatalf("%s %s: %s, want %d", name, body, r.Body, code)
	}
	var out map[string]any
	r.Decode(&out)
	return out
}

const questions = `"question_templates":[{"title":"请问你有任何身体不适吗？","question_type":2,"is_required":true,"option_list":["有","没有"]},{"title":"常驻地址","question_type":1},
	{"title":"症状","question_type":3,"option_list":["发热","咳嗽","乏力"]},{"title":"照片","question_type":4},{"title":"签名","question_type":5},{"title":"行程卡","question_type":6}]`

func create(w *qiweitest.World, corp *qiweitest.Corp, more string) string {
	var out struct {
		ID string `json:"jobid"`
	}
	w.Scripted("health/create", fmt.Sprintf(`{"corpid":%q,"title":"职工收集任务","creator":"ZhangSan","apply_range":{"userids":["LiSi"],"partyids":[2]},"report_to":["wangwu"],%s,%s}`, corp.CorpID, more, questions), &out)
	return out.ID
}

func report(w *qiweitest.World, jobID, user, values string) (int, string) {
	return w.Script("health/report", fmt.Sprintf(`{"corpid":%q,"jobid":%q,"userid":%q,"report_values":[%s]}`, w.CorpID, jobID, user, values))
}

func today(w *qiweitest.World) string {
	return w.Clock.Now().In(time.FixedZone("CST", 8*3600)).Format(time.DateOnly)
}

func of(w *qiweitest.World, jobID string) string {
	return `{"jobid":"` + jobID + `","date":"` + today(w) + `"}`
}

// TestJob asks, answers in every form, and reads both.
func TestJob(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp, access.Everything())
		jobID := create(w, w.Corp, `"report_type":2`)
		want := `map[apply_range:map[partyids:[2] userids:[lisi]] creator:zhangsan finish_cnt:0 question_templates:[map[is_required:1 option_list:[map[option_id:1 option_text:有] map[option_id:2 option_text:没有]] question_id:1 question_type:2 title:请问你有任何身体不适吗？] map[is_required:0 question_id:2 question_type:1 title:常驻地址]`
		if got := fmt.Sprint(call(t, c, "get_report_job_info", of(w, jobID), 0).At("job_info")); !strings.HasPrefix(got, want) || !strings.HasSuffix(got, `report_to:map[userids:[wangwu]] report_type:2 skip_weekend:0 title:职工收集任务 type:1]`) {
			t.Errorf("the job: %s", got)
		}
		var file struct {
			ID string `json:"media_id"`
		}
		c.Upload("/cgi-bin/media/upload?type=file", "a.txt", []byte("a photograph")).Decode(&file)
		all := `{"question_id":4,"fileid":["` + file.ID + `"]},{"question_id":1,"single_choice":2},{"question_id":2,"text":"广东省广州市"},{"question_id":3,"multi_choice":[1,3]},{"question_id":5,"url":"https://a.example/sign"},{"question_id":6,"itinerary_card_type":0,"high_risk_area":"无"}`
		if status, text := report(w, jobID, "LiSi", all); status != 200 {
			t.Fatalf("%d %s", status, text)
		}
		at := w.Clock.Now().Unix()
		got := call(t, c, "get_report_answer", of(w, jobID), 0)
		kept := got.Text("answers.0.report_values.3.fileid.0")
		values := fmt.Sprintf(`[map[question_id:1 single_choice:2] map[question_id:2 text:广东省广州市] map[multi_choice:[1 3] question_id:3] map[fileid:[%s] question_id:4] map[question_id:5 url:https://a.example/sign] map[high_risk_area:无 itinerary_card_type:0 question_id:6]]`, kept)
		if fmt.Sprint(got.At("answers.0.report_values")) != values || got.Text("answers.0.userid") != "lisi" || got.Int("answers.0.report_time") != at || got.Int("answers.0.id_type") != 1 {
			t.Errorf("answered: %v, want %s", got, values)
		}
		w.Advance(4 * 24 * time.Hour)
		if read := c.Call("GET", "/cgi-bin/media/get?media_id="+kept, "").Body; read != "a photograph" {
			t.Errorf("the file: %s", read)
		}
		// The last report of a day counts, and each day has its own.
		for _, one := range []string{"2", "1"} {
			report(w, jobID, "lisi", `{"question_id":1,"single_choice":`+one+`}`)
		}
		report(w, jobID, "zhangsan", `{"question_id":1,"single_choice":1}`)
		got = call(t, c, "get_report_answer", of(w, jobID), 0)
		if len(got.List("answers")) != 2 || got.Int("answers.0.report_values.0.single_choice") != 1 {
			t.Errorf("reported again: %v", got)
		}
		if n := call(t, c, "get_report_job_info", of(w, jobID), 0).Int("job_info.finish_cnt"); n != 2 {
			t.Errorf("%d have finished", n)
		}
		narrow := listed(w.Corp, access.Range{Departments: []int64{3}})
		if got := call(t, narrow, "get_report_answer", of(w, jobID), 0); len(got.List("answers")) != 1 || got.Text("answers.0.userid") != "lisi" {
			t.Errorf("within a range: %v", got)
		}
		call(t, listed(w.Second, access.Everything()), "get_report_answer", of(w, jobID), 40058)
		call(t, listed(w.Second, access.Everything()), "get_report_job_info", of(w, jobID), 40058)
	})
}

// TestReports refuses what does not fit.
func TestReports(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp, access.Everything())
		jobID, single := create(w, w.Corp, `"report_type":2,"skip_weekend":true`), create(w, w.Corp, `"report_type":1`)
		good := `{"question_id":1,"single_choice":1}`
		for values, want := range map[string]string{
			``: "must be answered", `{"question_id":1}`: "must be answered", `{"question_id":1,"single_choice":3}`: "does not fit", `{"question_id":1,"text":"有"}`: "does not fit",
			good + `,` + good: "twice", good + `,{"question_id":7,"text":"a"}`: "question 7", good + `,{"question_id":3,"multi_choice":[4]}`: "does not fit", good + `,{"question_id":3,"multi_choice":[1,2,3,1]}`: "does not fit",
			good + `,{"question_id":4,"fileid":["nothing"]}`: "40007", good + `,{"question_id":6,"itinerary_card_type":6}`: "does not fit",
			good + `,{"question_id":2,"text":"` + strings.Repeat("字", 2001) + `"}`: "does not fit",
		} {
			if status, text := report(w, jobID, "lisi", values); status == 200 || !strings.Contains(text, want) {
				t.Errorf("%s: %d %s, want %q", values, status, text, want)
			}
		}
		for user, want := range map[string]string{"wangwu": "is not asked", "nobody": "60111"} {
			if status, text := report(w, jobID, user, good); status == 200 || !strings.Contains(text, want) {
				t.Errorf("%s: %d %s", user, status, text)
			}
		}
		if n := call(t, c, "get_report_job_info", of(w, jobID), 0).Int("job_info.finish_cnt"); n != 0 {
			t.Errorf("%d refused reports were kept", n)
		}
		if status, text := report(w, single, "lisi", good); status != 200 {
			t.Errorf("once: %d %s", status, text)
		}
		w.Advance(5 * 24 * time.Hour) // from Monday to Saturday
		if status, text := report(w, jobID, "lisi", good); status == 200 || !strings.Contains(text, "weekends") {
			t.Errorf("at the weekend: %d %s", status, text)
		}
		if status, text := report(w, single, "lisi", good); status == 200 || !strings.Contains(text, "reported once") {
			t.Errorf("a second time: %d %s", status, text)
		}
		if n := call(t, c, "get_report_job_info", of(w, single), 0).Int("job_info.finish_cnt"); n != 1 {
			t.Errorf("%d have finished until today", n)
		}
		w.Scripted("health/end", `{"corpid":"`+w.CorpID+`","jobid":"`+single+`"}`, nil)
		if status, text := report(w, single, "zhangsan", good); status == 200 || !strings.Contains(text, "ended") {
			t.Errorf("after its end: %d %s", status, text)
		}
		for body, want := range map[string]string{
			`"title":""`: "title", `"report_type":3`: "report_type", `"question_templates":[]`: "question_templates", `"apply_range":{"partyids":[]}`: "apply_range", `"type":2`: "not built", `"creator":"nobody"`: "60111", `"apply_range":{"partyids":[99]}`: "no department",
			`"question_templates":[{"title":"a","question_type":7}]`: "question_type", `"question_templates":[{"title":"a","question_type":2}]`: "option_list", `"question_templates":[{"title":"a","question_type":1,"option_list":["b"]}]`: "option_list",
		} {
			if status, text := w.Script("health/create", `{"corpid":"`+w.CorpID+`","title":"a","creator":"lisi","report_type":1,"apply_range":{"partyids":[1]},"question_templates":[{"title":"a","question_type":1}],`+body+`}`); status == 200 || !strings.Contains(text, want) {
				t.Errorf("%s: %d %s, want %q", body, status, text, want)
			}
		}
	})
}

// TestPages lists the running jobs in parts, and answers.
func TestPages(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp, access.Everything())
		first, second, third := create(w, w.Corp, `"report_type":2`), create(w, w.Corp, `"report_type":2`), create(w, w.Corp, `"report_type":2`)
		create(w, w.Second, `"report_type":2`)
		w.Scripted("health/end", `{"corpid":"`+w.CorpID+`","jobid":"`+second+`"}`, nil)
		for body, want := range map[string]string{`{}`: "1 [" + first + " " + third + "]", `{"limit":1}`: "0 [" + first + "]", `{"offset":1,"limit":1}`: "1 [" + third + "]", `{"offset":2}`: "1 []"} {
			if r := call(t, c, "get_report_jobids", body, 0); fmt.Sprint(r.Int("ending"), " ", r.At("jobids")) != want {
				t.Errorf("%s: %v, want %s", body, r, want)
			}
		}
		for _, user := range []string{"zhangsan", "lisi"} {
			report(w, first, user, `{"question_id":1,"single_choice":1}`)
		}
		page := func(more string) string {
			return fmt.Sprint(call(t, c, "get_report_answer", strings.TrimSuffix(of(w, first), "}")+more+"}", 0).At("answers.0.userid"))
		}
		if page(`,"limit":1`) != "zhangsan" || page(`,"offset":1`) != "lisi" || page(`,"offset":2`) != "<nil>" {
			t.Error("answers in parts")
		}
		for _, name := range []string{"get_report_jobids", "get_report_answer"} {
			body := strings.TrimSuffix(of(w, first), "}")
			for more, code := range map[string]int{`,"limit":99`: 0, `,"limit":100`: 0, `,"limit":101`: 40058, `,"limit":-1`: 40058, `,"offset":-1`: 40058} {
				call(t, c, name, body+more+`}`, code)
			}
		}
	})
}

// TestDays: how far back each call reads.
func TestDays(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp, access.Everything())
		jobID := create(w, w.Corp, `"report_type":2`)
		for _, user := range []string{"zhangsan", "ZhangSan", "lisi"} {
			w.Scripted("health/open", `{"corpid":"`+w.CorpID+`","userid":"`+user+`"}`, nil)
		}
		stat := call(t, c, "get_health_report_stat", `{"date":"`+today(w)+`"}`, 0)
		if stat.Int("pv") != 3 || stat.Int("uv") != 2 {
			t.Errorf("used: %v", stat)
		}
		if stat := call(t, listed(w.Second, access.Everything()), "get_health_report_stat", `{"date":"`+today(w)+`"}`, 0); stat.Int("pv") != 0 {
			t.Errorf("the twin's: %v", stat)
		}
		for name, back := range map[string]int{"get_health_report_stat": 30, "get_report_job_info": 14, "get_report_answer": 14} {
			for days, code := range map[int]int{-1: 40058, 0: 0, back - 1: 0, back: 0, back + 1: 40058} {
				day := w.Clock.Now().AddDate(0, 0, -days).In(time.FixedZone("CST", 8*3600)).Format(time.DateOnly)
				call(t, c, name, `{"jobid":"`+jobID+`","date":"`+day+`"}`, code)
			}
			call(t, c, name, `{"jobid":"`+jobID+`"}`, 40063)
			call(t, c, name, `{"jobid":"`+jobID+`","date":"27.3.2020"}`, 40058)
			call(t, w.As(access.Health), name, `{"jobid":"`+jobID+`","date":"`+today(w)+`"}`, 0)
			call(t, w.As(access.Dial), name, `{}`, 48002)
			call(t, w.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything()}), name, `{}`, 48002)
		}
		for _, name := range []string{"get_report_job_info", "get_report_answer"} {
			call(t, c, name, `{"date":"`+today(w)+`"}`, 40063)
			call(t, c, name, `{"jobid":"x","date":"`+today(w)+`"}`, 40058)
		}
	})
}

// TestPhone: members see what they are asked, and report.
func TestPhone(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp, access.Everything())
		jobID := create(w, w.Corp, `"report_type":2`)
		b := w.SignedIn("lisi")
		if got := b.Get("/phone/api/health").Body; !strings.Contains(got, jobID) || !strings.Contains(got, `"reported":false`) {
			t.Errorf("asked: %s", got)
		}
		if status, got := b.PostJSON("/phone/api/health/"+jobID, map[string]any{"report_values": []any{}}); status == 200 {
			t.Errorf("an empty report: %v", got)
		}
		if status, got := b.PostJSON("/phone/api/health/"+jobID, map[string]any{"report_values": []any{map[string]any{"question_id": 1, "single_choice": 1}}}); status != 200 {
			t.Fatalf("%d %v", status, got)
		}
		if got := b.Get("/phone/api/health").Body; !strings.Contains(got, `"reported":true`) {
			t.Errorf("reported: %s", got)
		}
		if got := call(t, c, "get_report_answer", of(w, jobID), 0); got.Text("answers.0.userid") != "lisi" {
			t.Errorf("read: %v", got)
		}
		if got := w.SignedIn("wangwu").Get("/phone/api/health").Body; strings.Contains(got, jobID) {
			t.Errorf("somebody who is not asked: %s", got)
		}
		if got := w.SignedIn("zhangsan").Get("/phone/api/health?for=workbench").Body; !strings.Contains(got, `"jobs"`) {
			t.Errorf("what waits on the workbench: %s", got)
		}
		if stat := call(t, c, "get_health_report_stat", `{"date":"`+today(w)+`"}`, 0); stat.Int("pv") != 3 || stat.Int("uv") != 2 {
			t.Errorf("used: %v", stat)
		}
	})
}

// TestFollowsTheMember: jobs and reports show the member's present userid.
func TestFollowsTheMember(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		w.Write(func(ctx context.Context, tx *store.Tx) error { // only a userid that the system made may be changed
			for _, corpID := range []string{w.CorpID, w.Second.CorpID} {
				m := directory.Member{UserID: "made1", Name: "成员", Enabled: true, Generated: true, Email: "made1@corp.example", Places: []directory.Place{{Department: 2}}}
				if _, _, err := w.Server.Directory.CreateMember(ctx, tx, access.System(corpID), m, false); err != nil {
					return err
				}
			}
			return nil
		})
		c := listed(w.Corp, access.Everything())
		var out struct {
			ID string `json:"jobid"`
		}
		w.Scripted("health/create", `{"corpid":"`+w.CorpID+`","title":"a","creator":"made1","report_type":2,"apply_range":{"userids":["made1"]},"report_to":["made1"],"question_templates":[{"title":"a","question_type":1}]}`, &out)
		report(w, out.ID, "made1", `{"question_id":1,"text":"b"}`)
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			return w.Server.Directory.UpdateMember(ctx, tx, access.System(w.CorpID), directory.MemberUpdate{UserID: "made1", NewUserID: "san.zhang"})
		})
		for _, name := range []string{"get_report_job_info", "get_report_answer"} {
			if got := fmt.Sprint(call(t, c, name, of(w, out.ID), 0)); strings.Contains(got, "made1") || !strings.Contains(got, "san.zhang") {
				t.Errorf("%s: %s", name, got)
			}
		}
	})
}
