package moment_test

import (
	"fmt"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/qiweitest"
)

var family = qiweitest.FamilyOf{Kind: access.CustomerContact, Calls: "/cgi-bin/externalcontact/", Scripts: "wechat/"}

type house struct{ *qiweitest.Family }

func run(t *testing.T, test func(t *testing.T, h *house), opts ...qiweitest.Option) {
	t.Helper()
	qiweitest.RunFamily(t, family, func(t *testing.T, f *qiweitest.Family) { test(t, &house{f}) }, opts...)
}

// add has a customer come to a member of the first enterprise, and returns the external_userid.
func (h *house) add(user, name string) string {
	h.T.Helper()
	return h.Play("add", `{"userid":%q,"name":%q}`, user, name).Text("external_userid")
}

// propose makes a moment of the corp, has its members asked, and returns the result of the job and the
// moment_id.
func (h *house) propose(c *qiweitest.Client, body string) (result qiweitest.Result, momentID string) {
	h.T.Helper()
	jobID := h.Must(c, "add_moment_task", body).JSON().Text("jobid")
	h.Jobs()
	result = c.Call("GET", "/cgi-bin/externalcontact/get_moment_task_result?jobid="+jobID, "")
	return result, result.JSON().Text("result.moment_id")
}

// tag makes a tag, gives it to customers of members ("zhangsan", external_userid, …) and returns its id.
func (h *house) tag(name string, of ...string) string {
	h.T.Helper()
	var made struct {
		Group struct {
			Tag []struct{ ID string }
		} `json:"tag_group"`
	}
	h.Must(h.App, "add_corp_tag", fmt.Sprintf(`{"group_name":"级别","tag":[{"name":%q}]}`, name)).Decode(&made)
	for i := 0; i < len(of); i += 2 {
		h.Must(h.App, "mark_tag", fmt.Sprintf(`{"userid":%q,"external_userid":%q,"add_tag":[%q]}`, of[i], of[i+1], made.Group.Tag[0].ID))
	}
	return made.Group.Tag[0].ID
}

// upload uploads a picture for moments and returns its media_id.
func (h *house) upload(c *qiweitest.Client, scene int) string {
	h.T.Helper()
	r := c.Upload(fmt.Sprintf("/cgi-bin/media/upload_attachment?media_type=image&attachment_type=%d", scene), "cover.png", picture(h.T))
	if r.ErrCode != 0 {
		h.T.Fatal(r.Body)
	}
	return r.JSON().Text("media_id")
}

// of writes the start of a body that names a moment and a member.
func of(momentID, user string) string {
	return fmt.Sprintf(`{"moment_id":%q,"userid":%q`, momentID, user)
}

// list returns the moments of the hour around now, as the answer has them.
func (h *house) list(c *qiweitest.Client, more string) string {
	h.T.Helper()
	now := h.Clock.Now().Unix()
	return h.Must(c, "get_moment_list", fmt.Sprintf(`{"start_time":%d,"end_time":%d%s}`, now-3600, now+3600, more)).Body
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
