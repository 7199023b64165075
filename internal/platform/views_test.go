package platform_test

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/internal/wire"
	"qiwei/qiweitest"
)

// people are the userids of these tests, which no answer to a caller with a view may
// have in it.
var people = []string{"zhangsan", "lisi", "wangwu", "zhaoliu"}

// ownIDs is a view to which a member is "wo-" and the userid, and a corp "wp-" and
// the corpid.
type ownIDs struct{}

var marks = map[access.Form]string{access.MemberID: "wo-", access.CorpID: "wp-"}

func (ownIDs) Shown(_ *store.Tx, corpID string, form access.Form, own []string) (map[string]string, error) {
	out := map[string]string{}
	for _, o := range own {
		known := o == corpID
		for _, u := range people {
			known = known || strings.EqualFold(u, o)
		}
		if known {
			out[o] = marks[form] + strings.ToLower(o)
		}
	}
	return out, nil
}

func (ownIDs) Own(_ *store.Tx, _ string, form access.Form, shown []string) (map[string]string, error) {
	out := map[string]string{}
	for _, s := range shown {
		if own, ok := strings.CutPrefix(s, marks[form]); ok {
			out[s] = own
		}
	}
	return out, nil
}

// withViews gives every application but contact sync such a view.
func withViews(c *platform.Config) {
	c.Views = func(_ *store.Tx, a app.App) (app.Seen, error) {
		if a.Kind == access.ContactSync {
			return app.Seen{}, nil
		}
		return app.Seen{IDs: ownIDs{}, Open: ownIDs{}}, nil
	}
}

// bare finds userids without the mark of the view; a mail address is none.
var bare = regexp.MustCompile(`(?i)(^|[^-a-z])(` + strings.Join(people, "|") + `)([^@a-z]|$)`)

// leaks returns what of the corp's own ids is in the text.
func leaks(w *qiweitest.World, text string) string {
	if found := bare.FindString(text); found != "" {
		return found
	}
	for _, c := range []string{w.CorpID, w.Second.CorpID} {
		if strings.Contains(strings.ReplaceAll(text, "wp-"+c, ""), c) {
			return c
		}
	}
	return ""
}

// seedViews adds a member with a leader, a tag with all of them, and a chat.
func seedViews(t *testing.T, w *qiweitest.World) {
	t.Helper()
	sync := w.As(access.ContactSync)
	succeed(t, sync.Call("POST", "/cgi-bin/user/create", `{"userid":"zhaoliu","name":"赵六","department":[4],"mobile":"13800000004","direct_leader":["wangwu"]}`))
	succeed(t, sync.Call("POST", "/cgi-bin/tag/create", `{"tagname":"all","tagid":7}`))
	succeed(t, sync.Call("POST", "/cgi-bin/tag/addtagusers", `{"tagid":7,"userlist":["zhangsan","lisi","wangwu"]}`))
	succeed(t, sync.Call("POST", "/cgi-bin/department/update", `{"id":2,"department_leader":["zhangsan"]}`))
}

// viewCall is a call by a caller with a view, and the code and texts that must be in
// the answer.
type viewCall struct {
	kind       access.Kind
	path, body string
	code       int
	has        []string
}

// viewCalls must work: the caller's ids on the way in and on the way out.
var viewCalls = []viewCall{
	{access.ThirdParty, "/cgi-bin/user/get?userid=wo-lisi", "", 0, []string{`"userid":"wo-lisi"`, `"name":"wo-lisi"`, `"open_userid":"wo-lisi"`}},
	{access.ThirdParty, "/cgi-bin/user/get?userid=lisi", "", 60111, nil},
	{access.ThirdParty, "/cgi-bin/user/get?userid=LISI", "", 60111, nil},
	{access.ThirdParty, "/cgi-bin/user/get?userid=wo-nobody", "", 60111, []string{`nobody`}},
	{access.ThirdParty, "/cgi-bin/user/list?department_id=1&fetch_child=1", "", 0, []string{`"userid":"wo-zhaoliu"`, `"open_userid":"wo-zhaoliu"`}},
	{access.ThirdParty, "/cgi-bin/user/simplelist?department_id=1&fetch_child=1", "", 0, []string{`{"userid":"wo-lisi","name":"wo-lisi"`, `"open_userid":"wo-lisi"`}},
	{access.Custom, "/cgi-bin/user/get?userid=wo-lisi", "", 0, []string{`"userid":"wo-lisi"`}},
	{access.ThirdPartyContacts, "/cgi-bin/user/get?userid=wo-lisi", "", 0, []string{`"userid":"wo-lisi"`}},
	{access.SelfBuilt, "/cgi-bin/user/get?userid=wo-lisi", "", 0, []string{`"direct_leader":["wo-zhangsan"]`}},
	{access.SelfBuilt, "/cgi-bin/department/list", "", 0, []string{`"department_leader":["wo-zhangsan"]`}},
	{access.SelfBuilt, "/cgi-bin/department/get?id=2", "", 0, []string{`"wo-zhangsan"`}},
	{access.SelfBuilt, "/cgi-bin/tag/get?tagid=7", "", 0, []string{`"userid":"wo-wangwu"`}},
	{access.SelfBuilt, "/cgi-bin/user/convert_to_openid", `{"userid":"wo-lisi"}`, 0, nil},
	{access.SelfBuilt, "/cgi-bin/user/getuserid", `{"mobile":"13800000002"}`, 0, []string{`"userid":"wo-lisi"`}},
	{access.SelfBuilt, "/cgi-bin/agent/get?agentid=AGENT", "", 0, nil},
	{access.SelfBuilt, "/cgi-bin/message/send", `{"touser":"wo-lisi | wangwu|wo-zhangsan","msgtype":"text","agentid":AGENT,"enable_id_trans":1,"text":{"content":"$userName=wo-lisi$"}}`,
		0, []string{`"invaliduser":"wangwu"`}},
	{access.SelfBuilt, "/cgi-bin/message/send", `{"touser":"wo-nobody","msgtype":"text","agentid":AGENT,"text":{"content":"x"}}`, 81013, []string{`"invaliduser":"nobody"`}},
	{access.ThirdParty, "/cgi-bin/message/send", `{"touser":"@all","msgtype":"text","agentid":AGENT,"text":{"content":"x"}}`, 0, nil},
	{access.SelfBuilt, "/cgi-bin/message/send", `{"touser":"wo-lisi","msgtype":"template_card","agentid":AGENT,"template_card":{"card_type":"text_notice",
		"main_title":{"title":"x"},"card_action":{"type":1,"url":"https://x.example"},"horizontal_content_list":[{"type":3,"keyname":"who","userid":"wo-wangwu"}]}}`, 0, nil},
	{access.SelfBuilt, "/cgi-bin/appchat/create", `{"chatid":"chat1","owner":"wo-lisi","userlist":["wo-lisi","wo-wangwu"]}`, 0, nil},
	{access.SelfBuilt, "/cgi-bin/appchat/update", `{"chatid":"chat1","add_user_list":["wo-zhangsan"],"owner":"wo-wangwu"}`, 0, nil},
	{access.SelfBuilt, "/cgi-bin/appchat/update", `{"chatid":"chat1","owner":"wo-zhaoliu"}`, 86207, []string{`wo-zhaoliu`}},
	{access.SelfBuilt, "/cgi-bin/appchat/update", `{"chatid":"chat1","del_user_list":["wo-zhaoliu"]}`, 86216, []string{`wo-zhaoliu`}},
	{access.SelfBuilt, "/cgi-bin/appchat/get?chatid=chat1", "", 0, []string{`"owner":"wo-wangwu"`, `"userlist":["wo-`}},
	{access.ThirdPartyContacts, "/cgi-bin/tag/create", `{"tagname":"theirs","tagid":8}`, 0, nil},
	{access.ThirdPartyContacts, "/cgi-bin/tag/addtagusers", `{"tagid":8,"userlist":["wo-lisi","wangwu"]}`, 0, []string{`"invalidlist":"wangwu"`}},
	{access.ThirdPartyContacts, "/cgi-bin/tag/deltagusers", `{"tagid":8,"userlist":["wo-lisi"]}`, 0, nil},
	{access.ThirdPartyContacts, "/cgi-bin/user/update", `{"userid":"wo-wangwu","direct_leader":["wo-lisi"]}`, 0, nil},
	{access.ThirdPartyContacts, "/cgi-bin/user/create", `{"userid":"new","name":"x","department":[2],"mobile":"13800000002"}`, 60104, []string{`:wo-lisi"`}},
	{access.ThirdPartyContacts, "/cgi-bin/batch/invite", `{"user":["wo-zhaoliu","wo-nobody"]}`, 0, []string{`"invaliduser":["nobody"]`}},
}

// TestViewsOnTheWire: a caller with its own view gets only the view's ids, in answers, errors and pushes, and
// may send them. The corp's own ids, sent by such a caller, name nobody.
func TestViewsOnTheWire(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		seedViews(t, w)
		told := w.Receiver(w.As(access.SelfBuilt), w.As(access.ThirdPartyContacts), w.As(access.Custom))
		for _, c := range viewCalls {
			client := w.As(c.kind)
			agent := fmt.Sprint(client.AgentID)
			got := client.Call("POST", strings.ReplaceAll(c.path, "AGENT", agent), strings.ReplaceAll(c.body, "AGENT", agent))
			if got.ErrCode != c.code {
				t.Errorf("%s by %s: %s\nwant %d", c.path, c.kind, got.Body, c.code)
			}
			for _, part := range c.has {
				if !strings.Contains(got.Body, part) {
					t.Errorf("%s by %s: %s\nwant %s", c.path, c.kind, got.Body, part)
				}
			}
			if c.body+c.path == withoutBare(c.body+c.path) { // what the caller itself sent may come back
				if found := leaks(w, got.Body); found != "" {
					t.Errorf("%s by %s tells %q: %s", c.path, c.kind, found, got.Body)
				}
			}
		}
		pushViews(t, w)
		w.Delivered()
		pushes := told.Take()
		if len(pushes) < 8 {
			t.Errorf("%d pushes came, more expected", len(pushes))
		}
		for _, p := range pushes {
			if found := leaks(w, p.XML()+p.ToUserName); found != "" {
				t.Errorf("a push tells %q: %s", found, p.XML())
			}
		}
	}, withViews)
}

func withoutBare(text string) string { return bare.ReplaceAllString(text, "") }

// pushViews makes changes that applications are told of.
func pushViews(t *testing.T, w *qiweitest.World) {
	t.Helper()
	sync := w.As(access.ContactSync)
	succeed(t, sync.Call("POST", "/cgi-bin/user/update", `{"userid":"zhaoliu","department":[2],"direct_leader":["lisi"]}`))
	succeed(t, sync.Call("POST", "/cgi-bin/tag/deltagusers", `{"tagid":7,"userlist":["lisi","wangwu"]}`))
	succeed(t, sync.Call("GET", "/cgi-bin/user/delete?userid=zhaoliu", ""))
	succeed(t, sync.Call("POST", "/cgi-bin/user/create", `{"userid":"zhaoliu","name":"赵六","department":[4],"mobile":"13800000004","direct_leader":["wangwu"]}`))
	own := w.As(access.SelfBuilt)
	w.Write(func(ctx context.Context, tx *store.Tx) error {
		a, err := w.Server.Apps.App(tx, w.CorpID, own.AgentID)
		if err != nil {
			return err
		}
		var in app.SubscribedEvent
		in.App, in.Users = a.No, []id.UserID{"lisi"}
		return w.Server.Apps.Subscribed.Record(ctx, tx, access.System(w.CorpID), in)
	})
}

// TestOpenUserIDsAreConverted: an application of the corp's own learns whom an
// application of a provider means, where both see the member.
func TestOpenUserIDsAreConverted(t *testing.T) {
	t.Parallel()
	views := func(c *platform.Config) {
		c.Views = func(_ *store.Tx, a app.App) (app.Seen, error) {
			if a.Kind.Installed() {
				return app.Seen{IDs: ownIDs{}, Open: ownIDs{}}, nil
			}
			return app.Seen{}, nil
		}
	}
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		all, some, provider := w.As(access.SelfBuilt), w.WithApp(access.SelfBuilt, app.Settings{}), w.As(access.ThirdParty)
		some.SetRange([]int64{4}) // wangwu
		provider.SetRange([]int64{2}, "wangwu")
		ask := fmt.Sprintf(`{"open_userid_list":["wo-lisi","lisi","wo-wangwu","wo-nobody","wo-lisi"],"source_agentid":%d}`, provider.AgentID)
		for _, tt := range []struct {
			as   *qiweitest.Client
			want string
		}{
			{all, `"userid_list":[{"open_userid":"wo-lisi","userid":"lisi"},{"open_userid":"wo-wangwu","userid":"wangwu"},{"open_userid":"wo-lisi","userid":"lisi"}],"invalid_open_userid_list":["lisi","wo-nobody"]}`},
			{some, `"userid_list":[{"open_userid":"wo-wangwu","userid":"wangwu"}],"invalid_open_userid_list":["wo-lisi","lisi","wo-nobody","wo-lisi"]}`},
		} {
			if got := tt.as.Call("POST", "/cgi-bin/batch/openuserid_to_userid", ask); got.ErrCode != 0 || !strings.Contains(got.Body, tt.want) {
				t.Errorf("%s, want %s", got.Body, tt.want)
			}
		}
		provider.SetRange(nil, "wangwu")
		if got := all.Call("POST", "/cgi-bin/batch/openuserid_to_userid", ask); !strings.Contains(got.Body, `"userid_list":[{"open_userid":"wo-wangwu","userid":"wangwu"}]`) {
			t.Errorf("beyond the provider's range: %s", got.Body)
		}
	}, views)
}

// TestANewUserIDIsTheCorpsOwn: whoever creates a member names it in the corp's own
// words, whatever it knows the others by, and is told that a name is taken.
func TestANewUserIDIsTheCorpsOwn(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		seedViews(t, w)
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			_, _, err := w.Server.Directory.CreateMember(ctx, tx, access.System(w.CorpID), directory.Member{
				UserID: "usermade", Generated: true, Name: "某", Mobile: "13800000005", Enabled: true, Places: []directory.Place{{Department: 2}}}, false)
			return err
		})
		for _, tt := range []struct {
			path, body string
			code       int
		}{
			{"user/create", `{"userid":"ZhangSan","name":"x","mobile":"13800000006"}`, 60102},
			{"user/create", `{"userid":"wo-zhangsan","name":"x","mobile":"13800000006"}`, 60102},
			{"user/create", `{"userid":"_a","name":"x","mobile":"13800000006"}`, 40003},
			{"user/update", `{"userid":"wo-usermade","new_userid":"lisi"}`, 60102},
			{"user/update", `{"userid":"wo-usermade","new_userid":"made"}`, 0},
			{"user/get", `{"userid":"wo-made"}`, 0},
		} {
			if got := w.As(access.ThirdPartyContacts).Call("POST", "/cgi-bin/"+tt.path, tt.body); got.ErrCode != tt.code {
				t.Errorf("%s %s: %s, want %d", tt.path, tt.body, got.Body, tt.code)
			}
		}
	}, withViews)
}

// TestNothingLeaksToAView makes each call of the API as each kind of caller with
// ids that it knows and checks the answer, whatever it is.
func TestNothingLeaksToAView(t *testing.T) {
	t.Parallel()
	const body = `{"userid":"wo-lisi","new_userid":"wo-wangwu","userlist":["wo-lisi","wo-nobody"],"useridlist":["wo-zhaoliu"],"userids":["wo-lisi"],"touser":"wo-lisi|wo-nobody",
		"userid_list":["wo-lisi"],"user":["wo-lisi","wo-nobody"],"owner":"wo-lisi","add_user_list":["wo-zhangsan"],"del_user_list":["wo-lisi"],"direct_leader":["wo-zhangsan"],
		"id":2,"department_id":1,"fetch_child":1,"tagid":7,"chatid":"chat1","tagname":"all","name":"x","mobile":"13800000002","email":"lisi@corp.example","department":[2],
		"msgtype":"text","text":{"content":"x"},"agentid":AGENT,"cursor":"","limit":100,"type":"keydata","keydata":{"items":[{"key":"x","data":"1"}]},"date":"2031-01-06",
		"source_agentid":AGENT,"open_userid_list":["wo-lisi"],"encoding_aeskey":"abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"}`
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		seedViews(t, w)
		for _, kind := range access.AppKinds() {
			if kind == access.ContactSync {
				continue
			}
			client := w.As(kind)
			sent := strings.ReplaceAll(body, "AGENT", fmt.Sprint(client.AgentID))
			for _, ep := range w.Endpoints() {
				if ep.By() != wire.AccessToken || ep.Open || ep.Allow[kind] == access.Nothing {
					continue
				}
				path := strings.ReplaceAll(ep.Path+"?userid=wo-lisi&agentid=AGENT", "AGENT", fmt.Sprint(client.AgentID))
				got := client.Call("POST", path, sent)
				if found := leaks(w, got.Body+fmt.Sprint(got.Header)); found != "" {
					t.Errorf("%s by %s tells %q: %s", ep.Path, kind, found, got.Body)
				}
			}
		}
	}, withViews)
}

// TestJobsFollowTheView: a job's input and result have the ids of the caller that submitted it.
func TestJobsFollowTheView(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		seedViews(t, w)
		contacts := w.As(access.ThirdPartyContacts)
		var file struct {
			MediaID string `json:"media_id"`
		}
		contacts.Upload("/cgi-bin/media/upload?type=file", "batch.csv", []byte("姓名,帐号,所在部门,手机号,邮箱,直属上级\n"+
			"王五,wo-wangwu,3,,wangwu@corp.example,wo-lisi\n某人,zhangsan,3,,other@corp.example,\n某人,new,3,,lisi@corp.example,\n")).Decode(&file)
		jobOf := func(kind access.Kind, path, body string) (jobID string) {
			t.Helper()
			var job struct {
				JobID string `json:"jobid"`
			}
			got := w.As(kind).Call("POST", path, body)
			succeed(t, got)
			got.Decode(&job)
			w.Jobs()
			return job.JobID
		}
		jobID := jobOf(access.ThirdPartyContacts, "/cgi-bin/batch/syncuser", `{"media_id":"`+file.MediaID+`"}`)
		got := contacts.Call("GET", "/cgi-bin/batch/getresult?jobid="+jobID, "")
		for _, part := range []string{`{"userid":"wo-wangwu","errcode":0,`, `{"userid":"zhangsan","errcode":60102,`, `{"userid":"new","errcode":60106,"errmsg":"email existed:wo-lisi"}`} {
			if !strings.Contains(got.Body, part) {
				t.Errorf("an import: %s\nwant %s", got.Body, part)
			}
		}
		if m := memberOf(t, w, "wangwu"); m.DirectLeader != "lisi" || len(m.Places) != 1 || m.Places[0].Department != 3 {
			t.Errorf("wangwu after the import: %+v", m)
		}
		for path, part := range map[string]string{"simple_user": `{"userid":"wo-lisi","name":"wo-lisi",`, "user": `{"userid":"wo-lisi",`, "taguser": `{"userid":"wo-lisi"}`, "department": `"department_leader":[`} {
			jobID := jobOf(access.ThirdParty, "/cgi-bin/export/"+path, `{"encoding_aeskey":"`+exportKey+`","tagid":7}`)
			plain := exportOf(t, w, w.As(access.ThirdParty), jobID)
			if found := leaks(w, plain); found != "" || !strings.Contains(plain, part) {
				t.Errorf("export/%s tells %q: %s\nwant %s", path, found, plain, part)
			}
		}
	}, withViews)
}

const exportKey = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"

// exportOf returns what is in the blocks of an export.
func exportOf(t *testing.T, w *qiweitest.World, c *qiweitest.Client, jobID string) (plain string) {
	t.Helper()
	var result struct {
		Blocks []struct {
			URL string `json:"url"`
		} `json:"data_list"`
	}
	got := c.Call("GET", "/cgi-bin/export/get_result?jobid="+jobID, "")
	succeed(t, got)
	got.Decode(&result)
	key, err := base64.StdEncoding.DecodeString(exportKey + "=")
	if err != nil {
		t.Fatal(err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range result.Blocks {
		req, err := http.NewRequest("GET", b.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(w.Do(req).Body)
		if err != nil {
			t.Fatal(err)
		}
		cipher.NewCBCDecrypter(block, key[:16]).CryptBlocks(text, text)
		plain += string(text[:len(text)-int(text[len(text)-1])])
	}
	return plain
}
