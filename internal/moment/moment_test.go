package moment_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/platform"
	"qiwei/qiweitest"
)

// house is a World with an application that may call customer contact and sees everybody.
type house struct {
	*qiweitest.World
	t   *testing.T
	app *qiweitest.Client
}

func run(t *testing.T, test func(t *testing.T, h *house), opts ...qiweitest.Option) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		test(t, &house{w, t, w.WithApp(access.SelfBuilt, listed(access.Everything()))})
	}, append(opts, func(c *platform.Config) { c.Dev = true })...)
}

// listed are the settings of an application that may call customer contact.
func listed(r access.Range) app.Settings {
	return app.Settings{Range: r, Callable: []access.Kind{access.CustomerContact}}
}

// script runs one in an enterprise and returns the status and the body of the answer.
func (h *house) script(corpID, name, body string) (int, string) {
	h.t.Helper()
	req, err := http.NewRequest("POST", h.URL+"/_qiwei/wechat/"+name, strings.NewReader(`{"corpid":"`+corpID+`",`+body[1:]))
	if err != nil {
		h.t.Fatal(err)
	}
	resp := h.Do(req)
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// done runs a script that must succeed and returns what it answers under a key.
func (h *house) done(c *qiweitest.Corp, name, body, key string) string {
	h.t.Helper()
	status, text := h.script(c.CorpID, name, body)
	if status != 200 {
		h.t.Fatalf("%s %s: %d %s", name, body, status, text)
	}
	return field(h.t, text, key)
}

func field(t *testing.T, text, key string) string {
	t.Helper()
	var all map[string]any
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return fmt.Sprint(all[key])
}

// add has a customer come to a member of the first enterprise, and returns the external_userid.
func (h *house) add(user, name string) string {
	h.t.Helper()
	return h.done(h.Corp, "add", fmt.Sprintf(`{"userid":%q,"name":%q}`, user, name), "external_userid")
}

func as(c *qiweitest.Client, name, body string) qiweitest.Result {
	return c.Call("POST", "/cgi-bin/externalcontact/"+name, body)
}

// must makes a call that must succeed.
func (h *house) must(c *qiweitest.Client, name, body string) qiweitest.Result {
	h.t.Helper()
	r := as(c, name, body)
	if r.ErrCode != 0 {
		h.t.Fatalf("%s %s: %s", name, body, r.Body)
	}
	return r
}

// propose makes a moment of the corp, has its members asked, and returns the result of the job and the
// moment_id.
func (h *house) propose(c *qiweitest.Client, body string) (result qiweitest.Result, momentID string) {
	h.t.Helper()
	jobID := field(h.t, h.must(c, "add_moment_task", body).Body, "jobid")
	h.Jobs()
	result = c.Call("GET", "/cgi-bin/externalcontact/get_moment_task_result?jobid="+jobID, "")
	var got struct{ Result map[string]any }
	result.Decode(&got)
	momentID, _ = got.Result["moment_id"].(string)
	return result, momentID
}

// tag makes a tag, gives it to customers of members ("zhangsan", external_userid, …) and returns its id.
func (h *house) tag(name string, of ...string) string {
	h.t.Helper()
	var made struct {
		Group struct {
			Tag []struct{ ID string }
		} `json:"tag_group"`
	}
	h.must(h.app, "add_corp_tag", fmt.Sprintf(`{"group_name":"级别","tag":[{"name":%q}]}`, name)).Decode(&made)
	for i := 0; i < len(of); i += 2 {
		h.must(h.app, "mark_tag", fmt.Sprintf(`{"userid":%q,"external_userid":%q,"add_tag":[%q]}`, of[i], of[i+1], made.Group.Tag[0].ID))
	}
	return made.Group.Tag[0].ID
}

// upload uploads a picture for moments and returns its media_id.
func (h *house) upload(c *qiweitest.Client, scene int) string {
	h.t.Helper()
	r := c.Upload(fmt.Sprintf("/cgi-bin/media/upload_attachment?media_type=image&attachment_type=%d", scene), "cover.png", picture(h.t))
	if r.ErrCode != 0 {
		h.t.Fatal(r.Body)
	}
	return field(h.t, r.Body, "media_id")
}

// of writes the start of a body that names a moment and a member.
func of(momentID, user string) string {
	return fmt.Sprintf(`{"moment_id":%q,"userid":%q`, momentID, user)
}

// list returns the moments of the hour around now, as the answer has them.
func (h *house) list(c *qiweitest.Client, more string) string {
	h.t.Helper()
	now := h.Clock.Now().Unix()
	return h.must(c, "get_moment_list", fmt.Sprintf(`{"start_time":%d,"end_time":%d%s}`, now-3600, now+3600, more)).Body
}

// has reports whether an answer names all of the ids, and none of the others.
func has(t *testing.T, what, body string, all []string, none ...string) {
	t.Helper()
	for _, want := range all {
		if !strings.Contains(body, `"`+want+`"`) {
			t.Errorf("%s: without %s: %s", what, want, body)
		}
	}
	for _, not := range none {
		if strings.Contains(body, `"`+not+`"`) {
			t.Errorf("%s: with %s: %s", what, not, body)
		}
	}
}
