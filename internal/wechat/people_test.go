package wechat_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/platform"
	"qiwei/qiweitest"
)

type person struct {
	Corp     struct{ CorpID string }
	External string `json:"external_userid"`
	UnionID  string
	Friends  []struct {
		UserID, Name, Standing, Archive string
		Last                            *struct {
			From string
			Text struct{ Content string }
		}
	}
}

func script(t *testing.T, w *qiweitest.World, name, body string, into any) {
	t.Helper()
	req, err := http.NewRequest("POST", w.URL+"/_qiwei/wechat/"+name, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp := w.Do(req)
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 {
		t.Fatalf("%s %s: %d %s %v", name, body, resp.StatusCode, answer, err)
	}
	if into != nil {
		if err := json.Unmarshal(answer, into); err != nil {
			t.Fatal(err)
		}
	}
}

// people returns those of a name.
func people(t *testing.T, w *qiweitest.World, name string) []person {
	t.Helper()
	var out struct{ People []person }
	if err := json.Unmarshal([]byte(w.Get("/_qiwei/wechat/people?q="+url.QueryEscape(name)).Body), &out); err != nil {
		t.Fatal(err)
	}
	return out.People
}

func run(t *testing.T, test func(t *testing.T, w *qiweitest.World)) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		w.WithoutTwin() // people outside see every enterprise
		test(t, w)
	}, func(c *platform.Config) { c.Dev = true })
}

func TestPeople(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		name := "陆%_小满 " + w.CorpID // found as it is written, and told apart from those of other tests
		var added struct {
			External string `json:"external_userid"`
		}
		script(t, w, "add", fmt.Sprintf(`{"corpid":%q,"userid":"zhangsan","name":%q,"unionid":"o1"}`, w.CorpID, name), &added)
		script(t, w, "add", fmt.Sprintf(`{"corpid":%q,"userid":"lisi","external_userid":%q,"half":true}`, w.CorpID, added.External), nil)
		script(t, w, "add", fmt.Sprintf(`{"corpid":%q,"userid":"zhangsan","name":%q,"unionid":"o1"}`, w.Second.CorpID, name), nil)
		w.Advance(1e9)
		script(t, w, "send", fmt.Sprintf(`{"corpid":%q,"userid":"zhangsan","external_userid":%q,"text":"在吗"}`, w.CorpID, added.External), nil)

		got := people(t, w, name)
		if len(got) != 2 || got[0].UnionID != "o1" || got[1].UnionID != "o1" || got[0].Corp.CorpID == got[1].Corp.CorpID {
			t.Fatalf("two enterprises know one person: %+v", got)
		}
		mine := got[0]
		if mine.Corp.CorpID != w.CorpID {
			mine = got[1]
		}
		if mine.External != added.External || len(mine.Friends) != 2 {
			t.Fatalf("known as %+v", mine)
		}
		first, second := mine.Friends[0], mine.Friends[1]
		if first.UserID != "zhangsan" || first.Name == "" || first.Standing != "friends" || first.Last == nil || first.Last.From != "customer" || first.Last.Text.Content != "在吗" {
			t.Errorf("the newest conversation is first: %+v", first)
		}
		if second.UserID != "lisi" || second.Standing != "half" || second.Last != nil {
			t.Errorf("who has not confirmed: %+v", second)
		}
		script(t, w, "remove", fmt.Sprintf(`{"corpid":%q,"userid":"zhangsan","external_userid":%q}`, w.CorpID, added.External), nil)
		for _, p := range people(t, w, name) {
			if p.Corp.CorpID == w.CorpID && p.Friends[0].Standing != "removed" {
				t.Errorf("after the removal: %+v", p.Friends[0])
			}
		}
		if got := people(t, w, "陆小满 "+w.CorpID); len(got) != 0 {
			t.Errorf("the words of the search are no pattern: %+v", got)
		}
	})
}

// Whoever is asked whether they may be archived sees the question, and what they have answered: in a conversation and in
// a group. Where nothing is archived nobody is asked.
func TestAskedByTheArchive(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		name := "沈知夏 " + w.CorpID
		var added struct {
			External string `json:"external_userid"`
		}
		of := fmt.Sprintf(`"corpid":%q`, w.CorpID)
		script(t, w, "add", fmt.Sprintf(`{%s,"userid":"zhangsan","name":%q}`, of, name), &added)
		script(t, w, "add", fmt.Sprintf(`{%s,"userid":"lisi","external_userid":%q}`, of, added.External), nil)
		var room struct {
			ChatID string `json:"chat_id"`
		}
		script(t, w, "group/create", fmt.Sprintf(`{%s,"owner":"zhangsan","group_name":"g","external_userid":%q}`, of, added.External), &room)
		seen := func() string {
			got := people(t, w, name)[0]
			var place struct{ Groups []struct{ Archive string } }
			if err := json.Unmarshal([]byte(w.Get("/_qiwei/wechat/person?corpid="+w.CorpID+"&external_userid="+added.External).Body), &place); err != nil || len(place.Groups) != 1 {
				t.Fatalf("%+v %v", place, err)
			}
			out := ""
			for _, f := range got.Friends {
				out += f.UserID + ":" + f.Archive + " "
			}
			return out + "group:" + place.Groups[0].Archive
		}
		says := func(what, body string) {
			req, err := http.NewRequest("POST", w.URL+"/_qiwei/archive/"+what, strings.NewReader("{"+of+","+body+"}"))
			if err != nil {
				t.Fatal(err)
			}
			if resp := w.Do(req); resp.StatusCode != 200 {
				answer, _ := io.ReadAll(resp.Body)
				t.Fatalf("%s: %d %s", body, resp.StatusCode, answer)
			}
		}
		private, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		der, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
		if err != nil {
			t.Fatal(err)
		}
		public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
		external := fmt.Sprintf(`"external_userid":%q`, added.External)
		for _, step := range []struct{ what, body, want string }{
			{"", "", "zhangsan: lisi: group:"},
			{"settings", fmt.Sprintf(`"enabled":true,"public_key":%q,"editions":{"1":{"members":["zhangsan"]}}`, public), "zhangsan: lisi: group:"},
			{"settings", `"editions":{"2":{"members":["zhangsan"]}}`, "zhangsan:asked lisi: group:asked"},
			{"agree", external + `,"userid":"zhangsan","status":"Agree"`, "zhangsan:Agree lisi: group:asked"},
			{"agree", external + fmt.Sprintf(`,"roomid":%q,"status":"Disagree"`, room.ChatID), "zhangsan:Agree lisi: group:Disagree"},
			{"agree", external + `,"userid":"zhangsan","status":"Default_Agree"`, "zhangsan:Default_Agree lisi: group:Disagree"},
			{"settings", `"enabled":false`, "zhangsan: lisi: group:"},
		} {
			if step.what != "" {
				says(step.what, step.body)
			}
			if got := seen(); got != step.want {
				t.Errorf("%s %s: %s, want %s", step.what, step.body, got, step.want)
			}
		}
	})
}

func TestCodes(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		app := w.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything(), Callable: []access.Kind{access.CustomerContact}})
		way := app.Call("POST", "/cgi-bin/externalcontact/add_contact_way", `{"type":1,"scene":2,"remark":"展台","state":"fair","user":["zhangsan"]}`)
		button := app.Call("POST", "/cgi-bin/externalcontact/add_contact_way", `{"type":1,"scene":1,"style":1,"user":["zhangsan"]}`)
		if way.ErrCode != 0 || button.ErrCode != 0 {
			t.Fatal(way.Body, button.Body)
		}
		var made struct {
			QRCode string `json:"qr_code"`
		}
		var got struct {
			Codes []struct {
				Corp              struct{ CorpID string }
				Link, Note, State string
			}
		}
		for body, into := range map[string]any{way.Body: &made, w.Get("/_qiwei/wechat/codes").Body: &got} {
			if err := json.Unmarshal([]byte(body), into); err != nil {
				t.Fatal(err)
			}
		}
		n := 0
		for _, c := range got.Codes {
			if c.Corp.CorpID != w.CorpID {
				continue
			}
			n++
			if c.Link != made.QRCode || c.Note != "展台" || c.State != "fair" {
				t.Errorf("the code is %+v, want the link %s", c, made.QRCode)
			}
		}
		if n != 1 {
			t.Errorf("%d codes; a button in a mini programme has none", n)
		}
		var added struct{ UserID string }
		script(t, w, "add", fmt.Sprintf(`{"corpid":%q,"link":%q,"name":"来客"}`, w.CorpID, made.QRCode), &added)
		if added.UserID != "zhangsan" {
			t.Errorf("the code leads to %q", added.UserID)
		}
	})
}

// What somebody has beside the members: groups, accounts of customer service, and transfers that wait.
func TestPerson(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		a := w.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything(), Callable: []access.Kind{access.CustomerContact}})
		w.Phone("lisi") // has signed in
		in := func(body string) string { return strings.Replace(body, "{", `{"corpid":"`+w.CorpID+`",`, 1) }
		var ma struct {
			External string `json:"external_userid"`
		}
		var k struct {
			Open string `json:"open_kfid"`
			URL  string
		}
		script(t, w, "add", in(`{"userid":"zhangsan","name":"Ma"}`), &ma)
		script(t, w, "group/create", in(fmt.Sprintf(`{"owner":"zhangsan","group_name":"G","external_userid":%q}`, ma.External)), nil)
		script(t, w, "kf/account", in(`{"name":"K","userid_list":["lisi"]}`), &k)
		script(t, w, "enter_kf", in(fmt.Sprintf(`{"url":%q,"external_userid":%q}`, k.URL, ma.External)), nil)
		if got := a.Call("POST", "/cgi-bin/externalcontact/transfer_customer", fmt.Sprintf(`{"handover_userid":"zhangsan","takeover_userid":"lisi","external_userid":[%q]}`, ma.External)); got.ErrCode != 0 {
			t.Fatal(got.Body)
		}
		var got qiweitest.JSON
		w.Get("/_qiwei/wechat/person?corpid=" + w.CorpID + "&external_userid=" + ma.External).Decode(&got)
		lines := append(qiweitest.Lines(got.List("groups"), "name"), append(qiweitest.Lines(got.List("services"), "name", "service_state"), qiweitest.Lines(got.List("transfers"), "from.userid", "to.userid")...)...)
		if strings.Join(lines, "|") != "G|K 4|zhangsan lisi" {
			t.Errorf("%q", lines)
		}
		if text := w.Get("/_qiwei/wechat/person?corpid=" + w.Second.CorpID + "&external_userid=" + ma.External).Body; !strings.Contains(text, "40096") {
			t.Errorf("%s", text)
		}
		// The link of customer service leads to the page.
		if p := w.Browser().Get(strings.TrimPrefix(k.URL, w.URL)); p.Status != 302 || !strings.HasPrefix(p.Location, "/wechat/scan?link=") {
			t.Errorf("%d %s", p.Status, p.Location)
		}
	})
}

// TestHowManyAreShown: the page shows the newest people, and codes of each kind, as far as somebody in a hurry looks.
func TestHowManyAreShown(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		name := "众 " + w.CorpID
		app := w.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything(), Callable: []access.Kind{access.CustomerContact}})
		ways := func() (n int) {
			var got struct {
				Codes []struct {
					Kind string
					Corp struct{ CorpID string }
				}
			}
			w.Get("/_qiwei/wechat/codes").Decode(&got)
			for _, c := range got.Codes {
				if c.Kind == "way" && c.Corp.CorpID == w.CorpID {
					n++
				}
			}
			return n
		}
		for i := range 61 {
			script(t, w, "add", fmt.Sprintf(`{"corpid":%q,"userid":"zhangsan","name":"%s %d"}`, w.CorpID, name, i), nil)
			if i < 21 {
				if got := app.Call("POST", "/cgi-bin/externalcontact/add_contact_way", `{"type":1,"scene":2,"user":["zhangsan"]}`); got.ErrCode != 0 {
					t.Fatal(got.Body)
				}
			}
			if i == 19 || i == 20 {
				if got := ways(); got != 20 {
					t.Errorf("of %d codes: %d", i+1, got)
				}
			}
			if i == 59 || i == 60 {
				if got := len(people(t, w, name)); got != 60 {
					t.Errorf("of %d people: %d", i+1, got)
				}
			}
		}
	})
}
