package batch_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

var mediaID = regexp.MustCompile(`"media_id":"(\w+)"`)

// uploaded replaces the name of a test file in a body by its media_id.
func uploaded(t *testing.T, c *qiweitest.Client, body string) string {
	t.Helper()
	return mediaID.ReplaceAllStringFunc(body, func(named string) string {
		content, ok := testFiles[mediaID.FindStringSubmatch(named)[1]]
		if !ok {
			return named
		}
		var resp struct {
			MediaID string `json:"media_id"`
		}
		got := c.Upload("/cgi-bin/media/upload?type=file", "batch.csv", []byte(content))
		if got.Decode(&resp); got.ErrCode != 0 {
			t.Fatalf("upload: %s", got.Body)
		}
		return `"media_id":"` + resp.MediaID + `"`
	})
}

// line is a call by contact sync, and its outcome. A media_id in its body may be the name of a file in
// testFiles.
type line struct {
	name     string
	to, body string // without a body a GET
	want     string // the code, and what the answer contains
}

func (l line) check(t *testing.T, c *qiweitest.Client) qiweitest.Result {
	t.Helper()
	method := "POST"
	if l.body == "" {
		method = "GET"
	}
	got := c.Call(method, "/cgi-bin/"+l.to, uploaded(t, c, l.body))
	code, says, _ := strings.Cut(l.want, " ")
	if strconv.Itoa(got.ErrCode) != code || !strings.Contains(got.Body, says) {
		t.Errorf("%s: %s %.200s: %.2000s; want %s", l.name, l.to, l.body, got.Body, l.want)
	}
	return got
}

// submit asks for a job and returns its id.
func submit(t *testing.T, c *qiweitest.Client, path, body string) string {
	t.Helper()
	var resp struct {
		JobID string `json:"jobid"`
	}
	got := line{"submitted", path, body, "0"}.check(t, c)
	got.Decode(&resp)
	if len(resp.JobID) == 0 || len(resp.JobID) > 64 {
		t.Fatalf("%s: %s: no good jobid", path, got.Body)
	}
	return resp.JobID
}

// imported submits an import, runs it, and checks its result.
func imported(t *testing.T, w *qiweitest.World, name, path, media, want string) {
	t.Helper()
	sync := w.As(access.ContactSync)
	jobID := submit(t, sync, path, `{"media_id":"`+media+`"}`)
	line{name + ": before", "batch/getresult?jobid=" + jobID, "", `0 "status":1`}.check(t, sync)
	w.Jobs()
	line{name, "batch/getresult?jobid=" + jobID, "", want}.check(t, sync)
}

const header = "姓名,帐号,手机号,邮箱,所在部门,职位\n"

func TestImportMembers(t *testing.T) {
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		sync := w.As(access.ContactSync)
		w.Events()
		imported(t, w, "upsert", "batch/syncuser", "two", `0 "status":3,"type":"sync_user","total":4,"percentage":100,"result":[`+
			`{"userid":"lisi","errcode":0,"errmsg":"ok"},{"userid":"zhao","errcode":0,"errmsg":"ok"},`+
			`{"userid":"qian","errcode":60103,`)
		line{"the row without a department", "batch/getresult?jobid=x", "", "40088"}.check(t, sync)
		if got, want := w.Events(), []string{"change_contact/update_user", "change_contact/create_user", "batch_job_result"}; !slices.Equal(got, want) {
			t.Errorf("events %q; want %q", got, want)
		}
		line{"changed in the columns of the file", "user/get?userid=lisi", "", `0 "position":"组长"`}.check(t, reader(w))
		line{"created", "user/get?userid=zhao", "", `0 "department":[2,4]`}.check(t, reader(w))
		line{"not created", "user/get?userid=qian", "", "60111"}.check(t, reader(w))
		line{"nor touched", "user/get?userid=wangwu", "", `0 "name":"王五"`}.check(t, reader(w))
		line{"the other enterprise's", "user/get?userid=lisi", "", `0 "name":"李四"`}.check(t, w.Second.As(access.CustomerContact))

		imported(t, w, "replaced", "batch/replaceuser", "half", `0 "type":"replace_user","total":2,"percentage":100,"result":[{"userid":"lisi","errcode":0`)
		line{"who is not in the file is gone", "user/get?userid=wangwu", "", "60111"}.check(t, reader(w))
		line{"who is stays", "user/get?userid=zhao", "", "0"}.check(t, reader(w))
		w.Events()
		imported(t, w, "a file that would delete too many", "batch/replaceuser", "one", `45026 "status":3,"type":"replace_user","total":1,"percentage":100,"result":[]}`)
		if got := w.EventRecords(); len(got) != 1 || !strings.Contains(string(got[0].Payload), `"ErrCode":45026`) {
			t.Errorf("events %v; want the job's end with 45026", got)
		} else if !strings.Contains(string(got[0].Payload), `"ErrMsg":"too many users would be deleted`) {
			t.Errorf("the job's end says %s", got[0].Payload)
		}
		line{"changes nothing", "user/get?userid=zhao", "", "0"}.check(t, reader(w))
		imported(t, w, "twice in the file", "batch/syncuser", "twice", `0 {"userid":"LISI","errcode":302003,`)
		for _, e := range w.EventRecords() {
			if e.Name == "batch_job_result" && !strings.Contains(string(e.Payload), `"ErrMsg":"ok"`) {
				t.Errorf("the end of a job that has not failed says %s", e.Payload)
			}
		}
	})
}

// A file that leaves out too many members deletes none: more than a fifth of them, or where they are up to
// fifty, more than four fifths (doc 90981).
func TestHowManyMayGo(t *testing.T) {
	t.Parallel()
	members := func(n int) []byte {
		rows := header + "张三,zhangsan,13800000001,,2,\n"
		for i := range n - 1 {
			rows += fmt.Sprintf("员,m%03d,1390000%04d,,2,\n", i, i)
		}
		return []byte(rows)
	}
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		for _, step := range []struct {
			of   *qiweitest.Corp
			path string
			rows int
			code int
			left int // members of the enterprise
		}{
			{w.Second, "batch/syncuser", 4, 0, 6},        // two of the three are not in the file
			{w.Second, "batch/replaceuser", 1, 45026, 6}, // 5 of 6
			{w.Second, "batch/replaceuser", 4, 0, 4},     // 2 of 6
			{w.Second, "batch/syncuser", 5, 0, 5},
			{w.Second, "batch/replaceuser", 1, 0, 1}, // 4 of 5
			{w.Corp, "batch/syncuser", 252, 0, 254},
			{w.Corp, "batch/replaceuser", 203, 45026, 254}, // 51 of 254
			{w.Corp, "batch/syncuser", 253, 0, 255},
			{w.Corp, "batch/replaceuser", 204, 0, 204},    // 51 of 255
			{w.Corp, "batch/replaceuser", 41, 45026, 204}, // 163 of 204
			{w.Corp, "batch/replaceuser", 154, 0, 154},    // 50 of 204
		} {
			sync := step.of.As(access.ContactSync)
			var file struct {
				MediaID string `json:"media_id"`
			}
			sync.Upload("/cgi-bin/media/upload?type=file", "batch.csv", members(step.rows)).Decode(&file)
			jobID := submit(t, sync, step.path, `{"media_id":"`+file.MediaID+`"}`)
			w.Jobs()
			line{fmt.Sprintf("%s with %d", step.path, step.rows), "batch/getresult?jobid=" + jobID, "", strconv.Itoa(step.code)}.check(t, sync)
			var list struct {
				Users []struct{} `json:"userlist"`
			}
			step.of.As(access.CustomerContact).Call("GET", "/cgi-bin/user/simplelist?department_id=1&fetch_child=1", "").Decode(&list)
			if len(list.Users) != step.left {
				t.Errorf("after %s with %d: %d members, want %d", step.path, step.rows, len(list.Users), step.left)
			}
		}
	})
}

// reader returns an application that reads everything.
func reader(w *qiweitest.World) *qiweitest.Client { return w.As(access.CustomerContact) }

var testFiles = map[string]string{
	"two":    "\ufeff" + header + "李四,lisi,13800000002,lisi@corp.example,3,组长\n赵,zhao,13800000010,,2;4,\n钱,qian,123,,2,\n孙,sun,13800000011,,,\n",
	"half":   header + "李四,lisi,13800000002,lisi@corp.example,3,组长\n赵,zhao,13800000010,,2,\n",
	"one":    header + "新,xin,13800000020,,2,\n",
	"twice":  header + "李四,lisi,13800000002,,3,a\n李四,LISI,13800000002,,3,b\n",
	"empty":  "\n\n\n\n\n\n",
	"long":   longFile(),
	"header": header,
	"other":  "a,b\n1,2\n",
	"gbk":    "\xd0\xd5\xc3\xfb,\xd5\xca\xba\xc5\n",

	"tree":     "部门名称,部门ID,父部门ID,排序\n甲公司,1,0,\n研发部,2,1,7\n后端一组,3,4,\n市场部,4,1,0\n新部,9,4,\n",
	"bare":     "部门名称,部门ID,父部门ID,排序\n研发部,2,1,\n",
	"loop":     "部门名称,部门ID,父部门ID,排序\n甲,5,6,\n乙,6,5,\n",
	"orphan":   "部门名称,部门ID,父部门ID,排序\n甲,5,77,\n",
	"ids":      "部门名称,部门ID,父部门ID,排序\n甲,5,1,\n乙,5,1,\n",
	"siblings": "部门名称,部门ID,父部门ID,排序\n甲,5,1,\n甲,6,1,\n",
	"nameless": "部门名称,部门ID,父部门ID,排序\n,5,1,\n",
	"nobody":   header + "张三,zhangsan,13800000001,,2,\n李四,lisi,13800000002,,2,\n王五,wangwu,13800000003,,2,\n",
}

func TestImportDepartments(t *testing.T) {
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		imported(t, w, "a tree", "batch/replaceparty", "tree", `0 "type":"replace_party","total":5,"percentage":100,"result":[{"action":0,"partyid":1,`)
		all := reader(w)
		line{"renamed and moved", "department/get?id=3", "", `0 "name":"后端一组","department_leader":[],"parentid":4`}.check(t, all)
		line{"reordered", "department/get?id=2", "", `0 "order":7`}.check(t, all)
		line{"created", "department/get?id=9", "", `0 "name":"新部"`}.check(t, all)
		for i, kept := range []string{"3", "4", "9"} { // 3 and 4 have members; 9 is empty
			if i == 0 {
				imported(t, w, "a smaller tree", "batch/replaceparty", "bare", `0 {"action":0,"partyid":2,"errcode":0,"errmsg":"ok"}]`)
			}
			line{"kept while somebody is in it: " + kept, "department/get?id=" + kept, "", map[string]string{"3": "0", "4": "0", "9": "60003"}[kept]}.check(t, all)
		}
		line{"an empty one that an administrator makes meanwhile", "department/create", `{"id":8,"name":"空部","parentid":1}`, "0"}.check(t, w.As(access.ContactSync))
		imported(t, w, "members move out", "batch/syncuser", "nobody", `0 "percentage":100`)
		line{"and what they have left is deleted", "department/get?id=3", "", "60003"}.check(t, all)
		line{"with what that left empty", "department/get?id=4", "", "60003"}.check(t, all)
		line{"but none that no file has left out", "department/get?id=8", "", "0"}.check(t, all)
		line{"the other enterprise's stays", "department/get?id=4", "", "0"}.check(t, w.Second.As(access.CustomerContact))
	})
}

func TestImportsAreRefused(t *testing.T) {
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		sync := w.As(access.ContactSync)
		call := func(rest string) string { return `{"media_id":"half"` + rest + `}` }
		for _, l := range []line{
			{"no media_id", "batch/syncuser", `{}`, "41006"},
			{"an unknown media_id", "batch/syncuser", `{"media_id":"x"}`, "40007"},
			{"an empty file", "batch/syncuser", `{"media_id":"empty"}`, "40092"},
			{"a header alone", "batch/replaceuser", `{"media_id":"header"}`, "40092"},
			{"other columns", "batch/syncuser", `{"media_id":"other"}`, "40092"},
			{"not UTF-8", "batch/syncuser", `{"media_id":"gbk"}`, "40092"},
			{"departments as members", "batch/syncuser", `{"media_id":"tree"}`, "40092"},
			{"members as departments", "batch/replaceparty", `{"media_id":"half"}`, "40092"},
			{"a ring", "batch/replaceparty", `{"media_id":"loop"}`, "302004"},
			{"a parent that is not there", "batch/replaceparty", `{"media_id":"orphan"}`, "302004"},
			{"no name", "batch/replaceparty", `{"media_id":"nameless"}`, "302004"},
			{"an id twice", "batch/replaceparty", `{"media_id":"ids"}`, "302006"},
			{"two siblings of one name", "batch/replaceparty", `{"media_id":"siblings"}`, "302007"},
			{"a callback without scheme", "batch/syncuser", call(`,"callback":{"url":"a.example","token":"t","encodingaeskey":"` + aesKey + `"}`), "40057"},
			{"a callback of another scheme", "batch/syncuser", call(`,"callback":{"url":"ftp://a.example","token":"t","encodingaeskey":"` + aesKey + `"}`), "40057"},
			{"a callback without host", "batch/syncuser", call(`,"callback":{"url":"http://","token":"t","encodingaeskey":"` + aesKey + `"}`), "40057"},
			{"a callback without token", "batch/syncuser", call(`,"callback":{"url":"https://a.example","encodingaeskey":"` + aesKey + `"}`), "40058"},
			{"a callback with a short key", "batch/syncuser", call(`,"callback":{"url":"https://a.example","token":"t","encodingaeskey":"` + aesKey[1:] + `"}`), "40058"},
			{"a callback without key", "batch/syncuser", call(`,"callback":{"url":"https://a.example","token":"t"}`), "40058"},
			{"no job", "batch/getresult", "", "40088"},
		} {
			l.check(t, sync)
		}
		twin := submit(t, w.Second.As(access.ContactSync), "batch/syncuser", `{"media_id":"half"}`)
		w.Jobs()
		jobID := submit(t, sync, "batch/syncuser", call(`,"callback":{"url":"http://a.example","token":"t","encodingaeskey":"`+aesKey+`"}`))
		line{"one at a time", "batch/replaceparty", `{"media_id":"tree"}`, "302008"}.check(t, sync)
		line{"another enterprise has its own", "batch/syncuser", `{"media_id":"half"}`, "0"}.check(t, w.Second.As(access.ContactSync))
		line{"nor may it ask", "batch/getresult?jobid=" + jobID, "", "40088"}.check(t, w.Second.As(access.ContactSync))
		line{"nor another application", "batch/getresult?jobid=" + jobID, "", "40088"}.check(t, w.As(access.ThirdPartyContacts))
		line{"an ordinary application may not import", "batch/syncuser", call(""), "48002"}.check(t, w.As(access.SelfBuilt))
		line{"an export does not know it", "export/get_result?jobid=" + jobID, "", "40088"}.check(t, w.As(access.ThirdPartyContacts))
		w.Jobs()
		for range 4 {
			submit(t, sync, "batch/syncuser", call(""))
			w.Jobs()
		}
		line{"the last five are kept", "batch/getresult?jobid=" + jobID, "", `0 "status":3`}.check(t, sync)
		submit(t, sync, "batch/syncuser", call(""))
		w.Jobs()
		line{"and no more", "batch/getresult?jobid=" + jobID, "", "40089"}.check(t, sync)
		line{"the other enterprise's older one stays", "batch/getresult?jobid=" + twin, "", `0 "status":3`}.check(t, w.Second.As(access.ContactSync))
	})
}

const aesKey = "IJUiXNpvGbODwKEBSEsAeOAPAhkqHqNCF6g19t9wfg2"

func longFile() string {
	var long strings.Builder
	long.WriteString(strings.TrimSuffix(header, "\n") + ",直属上级\n")
	for i := range 230 {
		fmt.Fprintf(&long, "员%d,m%03d,1390000%04d,,2,,m%03d\n", i, i, i, (i+200)%230)
	}
	return long.String()
}

// TestImportGoesOn stops a server in the middle of an import and lets another server continue. Each row is
// imported once and has one line in the result.
func TestImportGoesOn(t *testing.T) {
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		ctx, sync := context.Background(), w.As(access.ContactSync)
		jobID := submit(t, sync, "batch/syncuser", `{"media_id":"long"}`)
		if worked, err := w.Server.Jobs.RunSteps(ctx, 2); !worked || err != nil {
			t.Fatalf("worked %v, %v", worked, err)
		}
		line{"under way", "batch/getresult?jobid=" + jobID, "", `0 "status":2,"type":"sync_user","total":230,"percentage":43,"result":[]`}.check(t, sync)
		// A worker that died holds the job until its lease ends.
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE job SET holder = 'dead', lease = ? WHERE id = ?`, w.Clock.Now().Add(1).UnixMilli()+30_000, jobID)
			return err
		})
		if worked, err := w.Server.Jobs.RunOne(ctx); worked || err != nil {
			t.Errorf("worked %v on what another server has, %v", worked, err)
		}
		w.Advance(31_000_000_000)
		w.Events()
		w.Jobs()
		var resp struct {
			Percentage int
			Result     []struct {
				UserID  string `json:"userid"`
				ErrCode int
			}
		}
		line{"done", "batch/getresult?jobid=" + jobID, "", `0 "status":3`}.check(t, sync).Decode(&resp)
		if len(resp.Result) != 230 || resp.Percentage != 100 {
			t.Fatalf("%d lines, %d%%", len(resp.Result), resp.Percentage)
		}
		for i, r := range resp.Result {
			if r.UserID != fmt.Sprintf("m%03d", i) || r.ErrCode != 0 {
				t.Errorf("line %d: %+v", i, r)
			}
		}
		if e := w.Events(); len(e) == 0 || e[len(e)-1] != "batch_job_result" {
			t.Errorf("the last event is not the job's end")
		}
		line{"leaders that came later", "user/get?userid=m000", "", `0 "direct_leader":["m200"]`}.check(t, reader(w))
	})
}

// TestWorker lets the server's own worker do an import.
func TestWorker(t *testing.T) {
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		done := make(chan struct{})
		w.Server.Directory.JobDone.On(func(ctx context.Context, tx *store.Tx, by access.Caller, e directory.JobDoneEvent) error {
			tx.AfterCommit(func() { close(done) })
			return nil
		})
		w.Server.Jobs.Start()
		jobID := submit(t, w.As(access.ContactSync), "batch/syncuser", `{"media_id":"half"}`)
		<-done
		line{"done", "batch/getresult?jobid=" + jobID, "", `0 "status":3`}.check(t, w.As(access.ContactSync))
	})
}
