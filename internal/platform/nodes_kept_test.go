package platform_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"qiwei/internal/clock"
)

// post makes a call with a body and returns the answer as it came.
func (n *node) post(path, token, body string) string {
	resp, err := http.Post(n.url+"/cgi-bin/"+path+"?access_token="+url.QueryEscape(token), "application/json", strings.NewReader(body))
	if err != nil {
		n.t.Errorf("%s: %v", path, err)
		return ""
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		n.t.Errorf("%s: %v", path, err)
	}
	return string(answer)
}

// What a node has read and keeps is never answered once another has changed it, by
// whatever call it is changed and read.
func TestKeptMembersFollowAnotherNode(t *testing.T) {
	onNodes(t, func(t *testing.T, c *clock.Clock, a, b *node) {
		corpID, contacts, own := a.found()
		sync := a.call("gettoken", "corpid", corpID, "corpsecret", contacts.Secret).Token
		token := b.call("gettoken", "corpid", corpID, "corpsecret", own.Secret).Token
		write := func(path, body string) {
			t.Helper()
			if got := a.post(path, sync, body); !strings.HasPrefix(got, `{"errcode":0,`) {
				t.Fatalf("%s %s: %s", path, body, got)
			}
		}
		write("department/create", `{"id":2,"parentid":1,"name":"甲部"}`)
		write("tag/create", `{"tagid":7,"tagname":"标"}`)
		write("user/create", `{"userid":"li","name":"李","mobile":"13800000001","email":"li@x.example","department":[1]}`)
		reads := map[string]string{
			"user/get":                 `{"userid":"li"}`,
			"user/list":                `{"department_id":1,"fetch_child":1}`,
			"user/simplelist":          `{"department_id":1,"fetch_child":1}`,
			"user/getuserid":           `{"mobile":"13800000001"}`,
			"user/get_userid_by_email": `{"email":"li@x.example","email_type":2}`,
			"department/list":          `{}`,
			"department/get":           `{"id":2}`,
			"tag/get":                  `{"tagid":7}`,
		}
		read := func(path string) string { return b.post(path, token, reads[path]) }
		for _, change := range []struct {
			path, body string
			shows      map[string]string // what is read afterwards has this
		}{
			{"user/update", `{"userid":"li","name":"李四"}`, map[string]string{"user/get": "李四", "user/list": "李四", "user/simplelist": "李四"}},
			{"user/update", `{"userid":"li","department":[2]}`, map[string]string{"user/get": `"department":[2]`, "user/list": `"department":[2]`}},
			{"user/update", `{"userid":"li","mobile":"13800000002"}`, map[string]string{"user/getuserid": `"errcode":46004`}},
			{"user/update", `{"userid":"li","email":"si@x.example"}`, map[string]string{"user/get_userid_by_email": `"errcode":46004`}},
			{"department/update", `{"id":2,"name":"乙部"}`, map[string]string{"department/list": "乙部", "department/get": "乙部"}},
			{"tag/addtagusers", `{"tagid":7,"userlist":["li"]}`, map[string]string{"tag/get": `"userid":"li"`}},
			{"user/delete", `{"userid":"li"}`, map[string]string{"user/get": `"errcode":60111`, "user/list": `"userlist":[]`, "tag/get": `"userlist":[]`}},
			{"department/delete", `{"id":2}`, map[string]string{"department/get": `"errcode":60003`}},
		} {
			for path, part := range change.shows {
				for range 2 { // the second is answered from what is kept
					if got := read(path); strings.Contains(got, part) {
						t.Errorf("%s before %s %s: %s", path, change.path, change.body, got)
					}
				}
			}
			write(change.path, change.body)
			for path, part := range change.shows {
				if got := read(path); !strings.Contains(got, part) {
					t.Errorf("%s after %s %s at another node: %s, want %s", path, change.path, change.body, got, part)
				}
			}
		}
	})
}

// While many read at one node, so that they share what the database told one of them,
// another node writes. Nobody is answered what was there before a write that was
// answered before they asked.
func TestReadersAtOneNodeNeverFallBehindAnother(t *testing.T) {
	onNodes(t, func(t *testing.T, c *clock.Clock, a, b *node) {
		corpID, contacts, own := a.found()
		write := a.call("gettoken", "corpid", corpID, "corpsecret", contacts.Secret).Token
		read := b.call("gettoken", "corpid", corpID, "corpsecret", own.Secret).Token
		if r := a.call("user/create", "access_token", write, "userid", "li", "name", "0", "email", "li@x.example"); r.Code != 0 {
			t.Fatal(r.Msg)
		}
		var written atomic.Int64
		var done atomic.Bool
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				for !done.Load() && !t.Failed() {
					least := written.Load()
					_, rest, _ := strings.Cut(b.post("user/get", read, `{"userid":"li"}`), `"name":"`)
					text, _, _ := strings.Cut(rest, `"`)
					if n, err := strconv.ParseInt(text, 10, 64); err != nil || n < least {
						t.Errorf("read %q after %d was written", text, least)
					}
				}
			})
		}
		for i := int64(1); i <= 100 && !t.Failed(); i++ {
			if r := a.call("user/update", "access_token", write, "userid", "li", "name", fmt.Sprint(i)); r.Code != 0 {
				t.Errorf("write %d: %d %s", i, r.Code, r.Msg)
			}
			written.Store(i)
		}
		done.Store(true)
		all.Wait()
	})
}
