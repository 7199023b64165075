package moment_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/qiweitest"
)

func picture(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestWhoIsAsked: senders and tags decide who is asked to publish (doc 95094).
func TestWhoIsAsked(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		lin, he := h.add("zhangsan", "Lin"), h.add("wangwu", "He")
		gold, empty := h.tag("金", "zhangsan", lin, "wangwu", he), h.tag("空")
		small := h.WithApp(access.SelfBuilt, h.Listed(access.Range{Departments: []int64{2}}))
		for _, tt := range []struct {
			what    string
			client  *qiweitest.Client
			visible string
			asked   string
			invalid string
			public  bool
		}{
			{"everybody", h.App, `{}`, "zhangsan lisi wangwu", "", true},
			{"everybody in range", small, `{}`, "zhangsan lisi", "", true},
			{"named", h.App, `{"sender_list":{"user_list":["LiSi","nobody"],"department_list":[99]}}`, "lisi", `"user_list":["nobody"],"department_list":[99]`, true},
			{"of a department", h.App, `{"sender_list":{"department_list":[2]}}`, "zhangsan lisi", "", true},
			{"out of range", small, `{"sender_list":{"user_list":["wangwu","lisi"]}}`, "lisi", `"user_list":["wangwu"]`, true},
			{"nobody of those named", h.App, `{"sender_list":{"user_list":["nobody"]}}`, "", `"user_list":["nobody"]`, true},
			{"followers of a tag", h.App, fmt.Sprintf(`{"external_contact_list":{"tag_list":[%q]}}`, gold), "zhangsan wangwu", "", false},
			{"followers in range", small, fmt.Sprintf(`{"external_contact_list":{"tag_list":[%q]}}`, gold), "zhangsan", "", false},
			{"both", h.App, fmt.Sprintf(`{"sender_list":{"user_list":["lisi","wangwu"]},"external_contact_list":{"tag_list":[%q,%q]}}`, gold, empty), "wangwu", "", false},
			{"a tag of nobody", h.App, fmt.Sprintf(`{"external_contact_list":{"tag_list":[%q]}}`, empty), "", "", false},
			{"no tag at all", h.App, `{"external_contact_list":{"tag_list":["et1"]}}`, "", `"tag_list":["et1"]`, false},
		} {
			result, momentID := h.propose(tt.client, `{"text":{"content":"新品"},"visible_range":`+tt.visible+`}`)
			if !strings.Contains(result.Body, `"status":3,"type":"add_moment_task","result":{"errcode":0,"errmsg":"ok","moment_id":"mom`) || !strings.Contains(result.Body, tt.invalid) {
				t.Errorf("%s: %s", tt.what, result.Body)
			}
			var tasks struct {
				List []struct {
					UserID string
					Status int `json:"publish_status"`
				} `json:"task_list"`
			}
			h.Must(h.App, "get_moment_task", `{"moment_id":"`+momentID+`"}`).Decode(&tasks)
			var asked []string
			for _, task := range tasks.List {
				asked = append(asked, task.UserID)
			}
			if strings.Join(asked, " ") != tt.asked {
				t.Errorf("%s: asked %s, want %s", tt.what, asked, tt.asked)
			}
			if want := fmt.Sprintf(`{"moment_id":%q,"create_time":%d,"create_type":0,"visible_type":%d,"text":{"content":"新品"}}`, momentID, h.Clock.Now().Unix(), map[bool]int{true: 1}[tt.public]); !strings.Contains(h.list(h.App, ""), want) {
				t.Errorf("%s: %s\nwant %s", tt.what, h.list(h.App, ""), want)
			}
			h.Advance(2 * time.Hour)
		}
	})
}

// TestScope: a member without customer contact is not asked (doc 92109).
func TestScope(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.Play("scope", `{"range":{"members":["lisi"]}}`)
		_, momentID := h.propose(h.App, `{"text":{"content":"新品"}}`)
		if got := h.Must(h.App, "get_moment_task", `{"moment_id":"`+momentID+`"}`); !strings.Contains(got.Body, `"task_list":[{"userid":"lisi","publish_status":0}]`) {
			t.Error(got.Body)
		}
	})
}

// TestContent: what a moment may show, and what is wrong with others (doc 95094).
func TestContent(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		shown, album := h.upload(h.App, 1), h.upload(h.App, 2)
		theirs := h.upload(h.Second.WithApp(access.SelfBuilt, h.Listed(access.Everything())), 1)
		img := func(mediaID string) string {
			return fmt.Sprintf(`{"msgtype":"image","image":{"media_id":%q}}`, mediaID)
		}
		link := func(more string) string {
			return fmt.Sprintf(`{"msgtype":"link","link":{"media_id":%q%s}}`, shown, more)
		}
		nine := strings.TrimSuffix(strings.Repeat(img(shown)+",", 9), ",")
		for _, tt := range []struct {
			what, body string
			code       int
			says       string
		}{
			{"nothing", `{}`, 41089, ""},
			{"an empty text", `{"text":{"content":""}}`, 41089, ""},
			{"the longest text", `{"text":{"content":"` + strings.Repeat("é", 2000) + `"}}`, 0, ""},
			{"too many characters", `{"text":{"content":"` + strings.Repeat("a", 2001) + `"}}`, 40058, "invalid text size"},
			{"too many bytes", `{"text":{"content":"` + strings.Repeat("长", 1333) + "aa" + `"}}`, 40058, "invalid text size"},
			{"nine pictures", `{"attachments":[` + nine + `]}`, 0, ""},
			{"ten", `{"attachments":[` + nine + `,` + img(shown) + `]}`, 41064, "invalid attachments size"},
			{"two links", `{"attachments":[` + link(`,"url":"https://a.example"`) + `,` + link(`,"url":"https://a.example"`) + `]}`, 41064, "invalid attachments size"},
			{"of two types", `{"attachments":[` + img(shown) + `,` + link(`,"url":"https://a.example"`) + `]}`, 41065, "invalid attachments msgtype"},
			{"of another type", `{"attachments":[{"msgtype":"file","file":{"media_id":"x"}}]}`, 41065, "invalid attachments msgtype"},
			{"a picture without one", `{"attachments":[{"msgtype":"image"}]}`, 41065, ""},
			{"a video without one", `{"attachments":[{"msgtype":"video","video":{}}]}`, 40058, "invalid msg"},
			{"a picture as a video", `{"attachments":[{"msgtype":"video","video":{"media_id":"` + shown + `"}}]}`, 40007, ""},
			{"an album's picture", `{"attachments":[` + img(album) + `]}`, 40007, ""},
			{"the twin's", `{"attachments":[` + img(theirs) + `]}`, 40007, ""},
			{"unknown", `{"attachments":[` + img("3x") + `]}`, 40007, ""},
			{"a link", `{"attachments":[` + link(`,"title":"题","url":"https://a.example/x"`) + `]}`, 0, ""},
			{"without its scheme", `{"attachments":[` + link(`,"url":"a.example"`) + `]}`, 40058, "scheme"},
			{"with the longest title", `{"attachments":[` + link(`,"url":"https://a.example","title":"`+strings.Repeat("长", 42)+`aa"`) + `]}`, 0, ""},
			{"with too many bytes", `{"attachments":[` + link(`,"url":"https://a.example","title":"`+strings.Repeat("长", 43)+`"`) + `]}`, 40058, "title"},
			{"with a long title", `{"attachments":[` + link(`,"url":"https://a.example","title":"`+strings.Repeat("a", 65)+`"`) + `]}`, 40058, "title"},
			{"of the wrong type", `{"attachments":"x"}`, 41089, "wrong json format"},
		} {
			got := h.Call(h.App, "add_moment_task", tt.body)
			if got.ErrCode != tt.code || !strings.Contains(got.Body, tt.says) {
				t.Errorf("%s: %s, want %d %s", tt.what, got.Body, tt.code, tt.says)
			}
		}
		h.Jobs()
		list := h.list(h.App, "")
		if n := strings.Count(list, `"moment_id"`); n != 4 || !strings.Contains(list, `"link":{"title":"题","url":"https://a.example/x"}`) {
			t.Errorf("%d moments: %s", n, list)
		}
		// The files of a moment outlive what was uploaded.
		h.Advance(4 * 24 * time.Hour)
		_, kept, _ := strings.Cut(list, `"image":[{"media_id":"`)
		kept, _, _ = strings.Cut(kept, `"`)
		if got := h.App.Call("GET", "/cgi-bin/media/get?media_id="+kept, ""); got.Body != string(picture(t)) {
			t.Errorf("%s: %s", kept, got.Body)
		}
		if got := h.Call(h.App, "add_moment_task", `{"attachments":[`+img(kept)+`]}`); got.ErrCode != 40007 {
			t.Errorf("a file of a moment as one that was uploaded: %s", got.Body)
		}
	})
}

// TestWhoMayCall: who makes moments and who reads them are two permissions of a provider's application (doc
// 95094, 93333).
func TestWhoMayCall(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		grants := func(list ...string) app.Settings { return app.Settings{Range: access.Everything(), Grants: list} }
		for _, tt := range []struct {
			what       string
			client     *qiweitest.Client
			post, list int
		}{
			{"listed", h.App, 41089, 40058},
			{"not listed", h.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything()}), 48002, 48002},
			{"the system application", h.As(access.CustomerContact), 41089, 40058},
			{"contact sync", h.As(access.ContactSync), 48002, 48002},
			{"a provider's without permissions", h.WithApp(access.Custom, grants("externalcontact:base:base")), 48002, 48002},
			{"a provider's that may publish", h.WithApp(access.ThirdParty, grants("externalcontact:moment:post")), 41089, 48002},
			{"a provider's that may read", h.WithApp(access.Custom, grants("externalcontact:moment:list")), 48002, 40058},
		} {
			if post, list := h.Call(tt.client, "add_moment_task", `{}`), h.Call(tt.client, "get_moment_list", `{}`); post.ErrCode != tt.post || list.ErrCode != tt.list {
				t.Errorf("%s: %s and %s", tt.what, post.Body, list.Body)
			}
		}
	})
}

// TestResultOfAJob is read by the application that asked for it, for 24 hours.
func TestResultOfAJob(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		jobID := h.Must(h.App, "add_moment_task", `{"text":{"content":"新品"}}`).JSON().Text("jobid")
		path := "/cgi-bin/externalcontact/get_moment_task_result?jobid=" + jobID
		if got := h.list(h.App, ""); !strings.Contains(got, `"moment_list":[]`) {
			t.Errorf("before it was done: %s", got)
		}
		h.Jobs()
		for _, tt := range []struct {
			what   string
			client *qiweitest.Client
			path   string
			code   int
		}{
			{"its own", h.App, path, 0},
			{"another application's", h.WithApp(access.SelfBuilt, h.Listed(access.Everything())), path, 40088},
			{"the twin's", h.Second.WithApp(access.SelfBuilt, h.Listed(access.Everything())), path, 40088},
			{"unknown", h.App, path + "x", 40088},
			{"none", h.App, "/cgi-bin/externalcontact/get_moment_task_result", 40088},
		} {
			if got := tt.client.Call("GET", tt.path, ""); got.ErrCode != tt.code {
				t.Errorf("%s: %s, want %d", tt.what, got.Body, tt.code)
			}
		}
		h.Advance(25 * time.Hour)
		if got := h.App.Call("GET", path, ""); got.ErrCode != 40089 {
			t.Errorf("a day later: %s", got.Body)
		}
	})
}

// TestTenAMinute: a corp makes ten moments in a minute (doc 95094).
func TestTenAMinute(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		for n := range 11 {
			if got := h.Call(h.App, "add_moment_task", `{"text":{"content":"新品"}}`); (got.ErrCode != 0) != (n == 10) || n == 10 && got.ErrCode != 45009 {
				t.Errorf("number %d: %s", n+1, got.Body)
			}
		}
	}, qiweitest.WithLimits())
}
