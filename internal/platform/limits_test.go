package platform_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/message"
	"qiwei/internal/oidc"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/qiweitest"
)

// limit is a limit of the platform: what is above it is refused with above, what is
// below least with below. A limit of what is cut has the codes 0, and size returns
// what was kept.
type limit struct {
	constant     string // that the code has for it
	what         string
	least, most  int // least 0: none is walked
	above, below int
	size         func(n int) (code, kept int)
}

// TestLimits walks each limit at its value, one below and one above. Those of
// messages, robots and the directory are walked in their rooms; that no limit of the
// code is left out is the business of internal/limits_test.go.
func TestLimits(t *testing.T) {
	w := qiweitest.New(t)
	l := &limits{t: t, w: w, a: w.As(access.SelfBuilt)}
	l.a.Configure(func(a *app.App) { a.CustomWorkbench = true })
	w.Receiver(l.a) // cards that are answered want one
	for _, row := range append(append(l.menus(), l.workbench()...), append(l.messages(), append(l.directory(), l.scim()...)...)...) {
		walk := []int{row.most - 1, row.most, row.most + 1}
		if row.least > 0 {
			walk = append(walk, row.least-1, row.least, row.least+1)
		}
		for _, n := range walk {
			want, keeps := 0, n
			switch {
			case n > row.most:
				want, keeps = row.above, row.most
			case n < row.least:
				want = row.below
			}
			code, kept := row.size(n)
			if code != want || kept >= 0 && code == 0 && kept != keeps {
				t.Errorf("%s (%s), %d of %d to %d: code %d and %d kept, want %d and %d", row.what, row.constant, n, row.least, row.most, code, kept, want, keeps)
			}
		}
	}
}

type limits struct {
	t *testing.T
	w *qiweitest.World
	a *qiweitest.Client
}

// call makes a call of the ordinary application; $agent in it is its id.
func (l *limits) call(path, format string, args ...any) (code, kept int) {
	l.t.Helper()
	own := strings.NewReplacer("$agent", strconv.FormatInt(l.a.AgentID, 10))
	return l.a.Call("POST", "/cgi-bin/"+own.Replace(path), own.Replace(fmt.Sprintf(format, args...))).ErrCode, -1
}

func many(element string, n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = strings.ReplaceAll(element, "#", strconv.Itoa(i))
	}
	return "[" + strings.Join(list, ",") + "]"
}

func letters(n int) string { return strings.Repeat("a", n) }

func (l *limits) menus() []limit {
	create := func(button string) (int, int) { return l.call("menu/create?agentid=$agent", `{"button":%s}`, button) }
	const site = "https://a.example/"
	return []limit{
		{"app.maxButtons", "buttons of a menu", 1, 3, 40016, 40016, func(n int) (int, int) { return create(many(`{"type":"click","name":"b","key":"k#"}`, n)) }},
		{"app.maxSubButtons", "buttons below a button", 0, 5, 40023, 0, func(n int) (int, int) {
			return create(`[{"name":"b","sub_button":` + many(`{"type":"click","name":"b","key":"k#"}`, n) + `}]`)
		}},
		{"app.maxButtonName", "bytes of a button's name", 1, 16, 40018, 40018, func(n int) (int, int) { return create(`[{"type":"click","key":"k","name":"` + letters(n) + `"}]`) }},
		{"app.maxSubButtonName", "bytes of a lower button's name", 1, 40, 40025, 40025, func(n int) (int, int) {
			return create(`[{"name":"b","sub_button":[{"type":"click","key":"k","name":"` + letters(n) + `"}]}]`)
		}},
		{"app.maxButtonKey", "bytes of a button's key", 1, 128, 40019, 40019, func(n int) (int, int) { return create(`[{"type":"click","name":"b","key":"` + letters(n) + `"}]`) }},
		{"app.maxButtonURL", "bytes of a button's address", 0, 1024, 40020, 0, func(n int) (int, int) {
			return create(`[{"type":"view","name":"b","url":"` + site + letters(n-len(site)) + `"}]`)
		}},
	}
}

func (l *limits) workbench() []limit {
	const site = "https://a.example/"
	template := func(what string) (int, int) {
		return l.call("agent/set_workbench_template", `{"agentid":$agent,%s}`, what)
	}
	third, pages := l.w.As(access.ThirdParty), 0
	installed := l.installed()
	return []limit{
		{"app.maxKeyData", "key data of a template", 0, 4, 94003, 0, func(n int) (int, int) {
			return template(`"type":"keydata","keydata":{"items":` + many(`{"key":"k#","data":"1"}`, n) + `}`)
		}},
		{"app.maxKeyDataText", "characters of a key data", 0, 64, 40058, 0, func(n int) (int, int) {
			return template(`"type":"keydata","keydata":{"items":[{"key":"k","data":"` + strings.Repeat("数", n) + `"}]}`)
		}},
		{"app.maxJump", "characters of an address", 0, 1024, 40058, 0, func(n int) (int, int) {
			return template(`"type":"keydata","keydata":{"items":[{"key":"k","data":"1","jump_url":"` + site + letters(n-len(site)) + `"}]}`)
		}},
		{"app.maxListItems", "lines of a template", 0, 3, 94006, 0, func(n int) (int, int) {
			return template(`"type":"list","list":{"items":` + many(`{"title":"t"}`, n) + `}`)
		}},
		{"app.maxListTitle", "bytes of a line", 1, 128, 94014, 94014, func(n int) (int, int) {
			return template(`"type":"list","list":{"items":[{"title":"` + letters(n) + `"}]}`)
		}},
		{"app.maxWorkbenchList", "members who are given data", 0, 1000, 40032, 0, func(n int) (int, int) {
			template(`"type":"image","image":{"url":"https://a.example/a.png"}`)
			pages++
			l.w.Advance(2 * time.Hour)
			return l.call("agent/batch_set_workbench_data", `{"agentid":$agent,"userid_list":%s,"data":{"type":"image","image":{"url":"https://a.example/%d.png"}}}`, "["+strings.TrimSuffix(strings.Repeat(`"lisi",`, n), ",")+"]", pages)
		}},
		{"suite.maxConverted", "userids that are exchanged", 0, 1000, 40058, 0, func(n int) (int, int) {
			code := l.w.Send("POST", "/cgi-bin/batch/userid_to_openuserid?access_token="+installed(), `{"userid_list":`+many(`"u#"`, n)+`}`).ErrCode
			return code, n
		}},
		{"suite.maxSearchWord", "characters that are searched", 1, 64, 40058, 40063, func(n int) (int, int) {
			return l.provider("contact/search", `"query_word":"`+strings.Repeat("长", n)+`"`), n
		}},
		{"suite.maxSearchLimit", "found by a search", 0, 200, 40058, 0, func(n int) (int, int) {
			return l.provider("contact/search", `"query_word":"a","limit":`+strconv.Itoa(n)), n
		}},
		{"suite.maxSearches", "searches at once", 1, 50, 40058, 40063, func(n int) (int, int) {
			return l.provider("contact/batchsearch", `"query_request_list":`+many(`{"query_word":"a"}`, n)), n
		}},
		{"suite.maxSorted", "userids that are sorted", 1, 1000, 40058, 40063, func(n int) (int, int) {
			code := l.provider("contact/sort", `"useridlist":`+many(`"u#"`, n))
			if code == 60111 { // nobody has these, which is found out later
				code = 0
			}
			return code, n
		}},
		{"translation.maxFiles", "files that are translated at once", 1, 20, 40058, 41006, func(n int) (int, int) {
			code := l.provider("contact/id_translate", `"output_file_name":"a","media_id_list":`+many(`"m#"`, n))
			if code == 40007 { // nobody has uploaded these, which is found out later
				code = 0
			}
			return code, n
		}},
		{"translation.maxOutputName", "characters of an archive's name", 0, 128, 40058, 0, func(n int) (int, int) {
			code := l.provider("contact/id_translate", `"media_id_list":["m"],"output_file_name":"`+strings.Repeat("名", n)+`"`)
			if code == 40007 {
				code = 0
			}
			return code, n
		}},
		{"suite.maxOpenUserIDs", "ids that are exchanged", 0, 1000, 40058, 0, func(n int) (int, int) {
			return l.call("batch/openuserid_to_userid", `{"source_agentid":%d,"open_userid_list":%s}`, third.AgentID, many(`"wo#"`, n))
		}},
	}
}

// installed returns who gives the token of an application that a provider has
// installed.
func (l *limits) installed() func() string {
	l.t.Helper()
	s := l.w.Server.Suites
	var in suite.Installation
	l.w.Write(func(ctx context.Context, tx *store.Tx) error {
		if _, err := s.CreateProvider(ctx, tx, suite.Provider{CorpID: l.w.Second.CorpID}); err != nil {
			return err
		}
		v, err := s.CreateSuite(ctx, tx, suite.Suite{Partner: l.w.Second.CorpID, Kind: access.ThirdParty, Settings: suite.Settings{Name: "a"}})
		if err != nil {
			return err
		}
		in, _, err = s.InstallSuite(ctx, tx, suite.Install{SuiteID: v.SuiteID, CorpID: l.w.CorpID})
		return err
	})
	return func() string {
		l.t.Helper()
		token, err := l.w.Server.Tokens.Give(context.Background(), l.w.Server.Store, in.App)
		if err != nil {
			l.t.Fatal(err)
		}
		return token
	}
}

// provider makes a call of the provider of installed, about the enterprise.
func (l *limits) provider(path, body string) int {
	l.t.Helper()
	var p suite.Provider
	l.w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		p, err = l.w.Server.Suites.Provider(tx, l.w.Second.CorpID)
		return err
	})
	var token struct {
		Token string `json:"provider_access_token"`
	}
	l.w.Send("POST", "/cgi-bin/service/get_provider_token", `{"corpid":"`+p.CorpID+`","provider_secret":"`+p.Secret+`"}`).Decode(&token)
	return l.w.Send("POST", "/cgi-bin/service/"+path+"?provider_access_token="+token.Token, `{"auth_corpid":"`+l.w.CorpID+`",`+body+`}`).ErrCode
}

// sent returns the body of the last message of the enterprise.
func (l *limits) sent() (body map[string]any) {
	l.t.Helper()
	var text string
	if err := l.w.Server.Store.Read(context.Background(), func(tx *store.Tx) error {
		_, err := tx.Get(`SELECT body FROM message WHERE corpid = ? ORDER BY no DESC LIMIT 1`, []any{l.w.CorpID}, &text)
		return err
	}); err != nil {
		l.t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(text), &body); err != nil {
		l.t.Fatal(err)
	}
	return body
}

func (l *limits) messages() []limit {
	n := 0
	send := func(kind, body string) (int, int) {
		l.t.Helper()
		n++
		return l.call("message/send", `{"agentid":$agent,"touser":"zhangsan","msgtype":%q,%q:%s}`, kind, kind, body)
	}
	cut := func(kind, field, format, letter string) func(int) (int, int) {
		return func(n int) (int, int) {
			code, _ := send(kind, strings.Replace(format, "#", strings.Repeat(letter, n), 1))
			text, _ := l.sent()[field].(string)
			return code, utf8.RuneCountInString(text)
		}
	}
	const (
		card   = `{"title":"t","description":"d","url":"https://a.example"`
		notice = `{"appid":"wx0123456789abcdef","title":"会议室预订"`
	)
	var mediaID string
	thumb := func() string {
		if mediaID == "" {
			var made struct {
				MediaID string `json:"media_id"`
			}
			l.a.Upload("/cgi-bin/media/upload?type=image", "a.jpg", picture(l.t)).Decode(&made)
			mediaID = made.MediaID
		}
		return mediaID
	}
	task := func(format string, args ...any) (int, int) {
		n++
		return l.call("message/send", `{"agentid":$agent,"touser":"zhangsan","msgtype":"interactive_taskcard","interactive_taskcard":{"title":"t","task_id":"task%d",%s}}`, n, fmt.Sprintf(format, args...))
	}
	return append([]limit{
		{"message.maxText", "bytes of a text", 0, 2048, 0, 0, cut("text", "content", `{"content":"#"}`, "a")},
		{"message.maxTitle", "characters of a text card's title", 0, 128, 0, 0, cut("textcard", "title", `{"title":"#","description":"d","url":"https://a.example"}`, "题")},
		{"message.maxDescription", "characters of a text card's description", 0, 512, 0, 0, cut("textcard", "description", `{"title":"t","description":"#","url":"https://a.example"}`, "述")},
		{"message.maxButtonText", "characters of a text card's button", 0, 4, 0, 0, cut("textcard", "btntxt", card+`,"btntxt":"#"}`, "钮")},
		{"message.maxPagePath", "bytes of an article's page", 0, 128, 40058, 0, func(n int) (int, int) {
			return send("news", `{"articles":[{"title":"t","appid":"wx0123456789abcdef","pagepath":"`+letters(n)+`"}]}`)
		}},
		{"message.maxArticle", "bytes of an article", 0, 666 << 10, 45002, 0, func(n int) (int, int) {
			return send("mpnews", `{"articles":[{"title":"t","thumb_media_id":"`+thumb()+`","content":"`+letters(n)+`"}]}`)
		}},
		{"message.maxPage", "bytes of a notice's page", 0, 1024, 90204, 0, func(n int) (int, int) { return send("miniprogram_notice", notice+`,"page":"`+letters(n)+`"}`) }},
		{"message.maxItemKey", "characters of an item's key", 1, 10, 90202, 90202, func(n int) (int, int) {
			return send("miniprogram_notice", notice+`,"content_item":[{"key":"`+strings.Repeat("键", n)+`","value":"v"}]}`)
		}},
		{"message.maxItemValue", "characters of an item's value", 1, 30, 90203, 90203, func(n int) (int, int) {
			return send("miniprogram_notice", notice+`,"content_item":[{"key":"k","value":"`+strings.Repeat("值", n)+`"}]}`)
		}},
		{"message.maxTaskButtons", "buttons of a task card", 1, 2, 40058, 40058, func(n int) (int, int) { return task(`"btn":%s`, many(`{"key":"k#","name":"n"}`, n)) }},
		{"message.maxTaskKey", "bytes of a task card's key", 1, 128, 42018, 42019, func(n int) (int, int) { return task(`"btn":[{"key":"%s","name":"n"}]`, letters(n)) }},
		{"message.maxTaskName", "bytes of a task card's button", 0, 18, 0, 0, func(n int) (int, int) {
			code, _ := task(`"btn":[{"key":"k","name":"%s"}]`, letters(n))
			buttons, _ := l.sent()["btn"].([]any)
			if len(buttons) == 0 {
				return code, 0
			}
			name, _ := buttons[0].(map[string]any)["name"].(string)
			return code, len(name)
		}},
	}, l.chats()...)
}

// picture is a small one.
func picture(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8)), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func (l *limits) chats() []limit {
	made := 0
	create := func(format string, args ...any) (code int, id string) {
		made++
		id = fmt.Sprintf("limit%d", made)
		code, _ = l.call("appchat/create", `{"chatid":%q,%s}`, id, fmt.Sprintf(format, args...))
		return code, id
	}
	hired := false
	staff := func(n int) string {
		if !hired {
			hired = true
			l.w.Write(func(ctx context.Context, tx *store.Tx) error {
				for i := range 2001 {
					user := fmt.Sprintf("staff%d", i)
					if _, _, err := l.w.Server.Directory.CreateMember(ctx, tx, access.System(l.w.CorpID), directory.Member{UserID: id.UserID(user), Name: user,
						Email: user + "@corp.example", Enabled: true, Activated: true, Places: []directory.Place{{Department: 4}}}, false); err != nil {
						return err
					}
				}
				return nil
			})
		}
		return many(`"staff#"`, n)
	}
	return []limit{
		{"message.maxChatName", "characters of a chat's name", 0, 50, 0, 0, func(n int) (int, int) {
			code, chat := create(`"userlist":["zhangsan","lisi"],"name":"%s"`, strings.Repeat("群", n))
			var got struct {
				Chat struct {
					Name string `json:"name"`
				} `json:"chat_info"`
			}
			l.a.Call("GET", "/cgi-bin/appchat/get?chatid="+chat, "").Decode(&got)
			return code, utf8.RuneCountInString(got.Chat.Name)
		}},
		{"message.minChatMembers", "members of a chat", 2, 2000, 86006, 86006, func(n int) (int, int) { code, _ := create(`"userlist":%s`, staff(n)); return code, -1 }},
		{"message.maxChatMembers", "members of a chat", 2, 2000, 86006, 86006, func(n int) (int, int) { code, _ := create(`"userlist":%s`, staff(n)); return code, -1 }},
		{"message.maxRobotName", "characters of a robot's name", 1, 32, 1, 1, func(n int) (int, int) {
			_, chat := create(`"userlist":["zhangsan","lisi"]`)
			return refused(l.w.Server.Store.Write(context.Background(), func(tx *store.Tx) error {
				_, err := l.w.Server.Messages.CreateRobot(context.Background(), tx, l.w.CorpID, chat, strings.Repeat("名", n))
				return err
			}))
		}},
		{"message.maxQuestion", "bytes of a question on a robot's card", 1, 200, 1, 1, func(n int) (int, int) {
			var card message.Card
			if err := json.Unmarshal([]byte(`{"card_type":"text_notice","main_title":{"title":"t"},"card_action":{"type":1,"url":"https://a.example"},
				"jump_list":[{"type":3,"title":"t","question":"`+letters(n)+`"}]}`), &card); err != nil {
				l.t.Fatal(err)
			}
			return refused(l.w.Server.Store.Read(context.Background(), func(tx *store.Tx) error {
				return l.w.Server.Messages.CheckBotCard(tx, l.w.CorpID, &card, false)
			}))
		}},
	}
}

// refused is the code 1 of what has none on the wire.
func refused(err error) (code, kept int) {
	if err != nil {
		return 1, -1
	}
	return 0, -1
}

func (l *limits) directory() []limit {
	day := func(back int) string { return qiweitest.Start.AddDate(0, 0, -back).Format(time.DateOnly) }
	sync := func(path, format string, args ...any) (int, int) {
		return l.w.As(access.ContactSync).Call("POST", "/cgi-bin/"+path, fmt.Sprintf(format, args...)).ErrCode, -1
	}
	return []limit{
		{"directory.maxStatDays", "days back of which activity is told", 0, 30, 40058, 0, func(n int) (int, int) {
			days := int(l.w.Clock.Now().Sub(qiweitest.Start).Hours() / 24)
			return sync("user/get_active_stat", `{"date":%q}`, day(n-days))
		}},
		{"batch.minBlock", "members of a block of an export", 10_000, 1_000_000, 40058, 40058, func(n int) (int, int) {
			code, _ := l.call("export/simple_user", `{"encoding_aeskey":"%s","block_size":%d}`, strings.Repeat("a", 42)+"A", n)
			l.w.Jobs()
			return code, -1
		}},
		{"dial.maxCallees", "members who are called at once", 1, 9, 400, 400, func(n int) (int, int) {
			callees := many(`{"phone":1380000000#,"minutes":1}`, n)
			req, err := http.NewRequest("POST", l.w.URL+"/_qiwei/dial", strings.NewReader(`{"corpid":"`+l.w.CorpID+`","caller":"zhangsan","minutes":1,"callees":`+callees+`}`))
			if err != nil {
				l.t.Fatal(err)
			}
			if resp := l.w.Do(req); resp.StatusCode >= 300 {
				return resp.StatusCode, -1
			}
			return 0, -1
		}},
		{"oidc.maxURIs", "addresses that members come back to", 1, 50, 1, 1, func(n int) (int, int) {
			var uris []string
			for i := range n {
				uris = append(uris, fmt.Sprintf("https://a.example/%d", i))
			}
			return l.client(oidc.ClientSettings{RedirectURIs: uris})
		}},
		{"oidc.maxClaims", "claims of a client", 0, 50, 1, 0, func(n int) (int, int) {
			claims := map[string]string{}
			for i := range n {
				claims[fmt.Sprintf("claim%d", i)] = oidc.Attributes()[0]
			}
			return l.client(oidc.ClientSettings{RedirectURIs: []string{"https://a.example/"}, Claims: claims})
		}},
		{"login.minPassword", "characters of a password", 8, 256, 1, 1, l.password},
		{"login.maxPassword", "bytes of a password", 8, 256, 1, 1, l.password},
	}
}

func (l *limits) client(set oidc.ClientSettings) (code, kept int) {
	return refused(l.w.Server.Store.Write(context.Background(), func(tx *store.Tx) error {
		_, err := l.w.Server.OIDC.CreateClient(context.Background(), tx, access.System(l.w.CorpID), l.a.AgentID, oidc.Client{ClientSettings: set})
		return err
	}))
}

func (l *limits) password(n int) (code, kept int) {
	_, err := l.w.Server.Login.NewPassword(context.Background(), "zhangsan", strings.Repeat("kq7-", n/4+1)[:n])
	return refused(err)
}

func (l *limits) scim() []limit {
	var token string
	l.w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		token, err = l.w.Server.SCIM.CreateToken(ctx, tx, l.w.CorpID, "limits")
		return err
	})
	send := func(method, path, body string) (code, kept int) {
		l.t.Helper()
		req, err := http.NewRequest(method, l.w.URL+"/scim/v2/"+l.w.CorpID+path, strings.NewReader(body))
		if err != nil {
			l.t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Content-Type", "application/scim+json")
		resp := l.w.Do(req)
		if resp.StatusCode < 300 {
			return 0, -1
		}
		return resp.StatusCode, -1
	}
	var found struct{ Resources []struct{ ID string } }
	req, err := http.NewRequest("GET", l.w.URL+"/scim/v2/"+l.w.CorpID+"/Users?filter="+url.QueryEscape(`userName eq "wangwu"`), nil)
	if err != nil {
		l.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	if err := json.NewDecoder(l.w.Do(req).Body).Decode(&found); err != nil || len(found.Resources) != 1 {
		l.t.Fatalf("wangwu: %v, %v", found, err)
	}
	user := found.Resources[0].ID
	filter := func(text string) (int, int) { return send("GET", "/Users?filter="+url.QueryEscape(text), "") }
	const equal = `userName eq ""`
	return []limit{
		{"scim.maxFilter", "bytes of a filter", 0, 16 << 10, 400, 0, func(n int) (int, int) { return filter(`userName eq "` + letters(n-len(equal)) + `"`) }},
		{"scim.maxFilterDepth", "levels of a filter", 0, 24, 400, 0, func(n int) (int, int) {
			return filter(strings.Repeat("(", n-1) + equal + strings.Repeat(")", n-1))
		}},
		{"scim.maxFilterTerms", "terms of a filter", 0, 256, 400, 0, func(n int) (int, int) {
			return filter(strings.TrimSuffix(strings.Repeat(equal+" or ", n), " or "))
		}},
		{"scim.maxChanges", "operations of a change", 0, 1000, 400, 0, func(n int) (int, int) {
			return send("PATCH", "/Users/"+user, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":`+many(`{"op":"replace","path":"title","value":"t"}`, n)+`}`)
		}},
		{"scim.maxValues", "values of an attribute", 0, 100, 400, 0, func(n int) (int, int) {
			return send("PATCH", "/Users/"+user, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"emails","value":`+
				many(`{"value":"wangwu@corp.example","type":"work"}`, n)+`}]}`)
		}},
		{"scim.maxBulk", "operations at once", 0, 1000, 413, 0, func(n int) (int, int) {
			return send("POST", "/Bulk", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"failOnErrors":1,"Operations":`+many(`{"method":"DELETE","path":"/Users/no#"}`, n)+`}`)
		}},
	}
}
