package scim_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// provider is an identity provider of one enterprise.
type provider struct {
	t     *testing.T
	w     *qiweitest.World
	url   string
	token string
}

func provide(t *testing.T, w *qiweitest.World, c *qiweitest.Corp) *provider {
	t.Helper()
	p := &provider{t: t, w: w, url: w.URL + "/scim/v2/" + c.CorpID}
	w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		p.token, err = w.Server.SCIM.CreateToken(ctx, tx, c.CorpID, "provider")
		return err
	})
	return p
}

// got is an answer.
type got struct {
	status int
	body   map[string]any
	text   string
	header http.Header
}

func (p *provider) send(method, path, body string, header ...string) got {
	p.t.Helper()
	req, err := http.NewRequest(method, p.url+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+p.token)
	if body != "" {
		req.Header.Set("Content-Type", "application/scim+json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp := p.w.Do(req)
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	g := got{status: resp.StatusCode, text: string(raw), header: resp.Header}
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &g.body); err != nil {
			p.t.Fatalf("%s %s: %v in %s", method, path, err, raw)
		}
	}
	return g
}

// at returns what is at a path such as name.formatted or emails.0.value.
func (g got) at(path string) string {
	var v any = g.body
	for _, step := range strings.Split(path, "|") {
		switch x := v.(type) {
		case map[string]any:
			v = x[step]
		case []any:
			var i int
			if _, err := fmt.Sscan(step, &i); err != nil || i >= len(x) {
				return ""
			}
			v = x[i]
		default:
			return ""
		}
	}
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// user returns the id of the member.
func (p *provider) user(userName string) string {
	p.t.Helper()
	g := p.send("GET", "/Users?filter="+url.QueryEscape(`userName eq "`+userName+`"`), "")
	if g.at("totalResults") != "1" {
		p.t.Fatalf("user %s: %s", userName, g.text)
	}
	return g.at("Resources|0|id")
}

// events since the last look, without change_contact/.
func events(w *qiweitest.World) string {
	var out []string
	for _, e := range w.Events() {
		out = append(out, strings.TrimPrefix(e, "change_contact/"))
	}
	return strings.Join(out, " ")
}

const userSchema = `"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"]`
const patchSchema = `"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"]`

func TestAMembersLife(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		p := provide(t, w, w.Corp)
		made := p.send("POST", "/Users", `{`+userSchema+`,"userName":"Zhao.Liu","externalId":"e-1","displayName":"赵六","nickName":"六","title":"工程师",
			"name":{"familyName":"不","givenName":"用"},"emails":[{"value":"other@corp.example","type":"home"},{"value":"Zhao@corp.example","type":"work","primary":true}],
			"phoneNumbers":[{"value":"+86 13900000009","type":"mobile"},{"value":"010-123","type":"work"}],"addresses":[{"formatted":"路 1 号"}],
			"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"manager":{"value":"`+p.user("zhangsan")+`"}},"shoeSize":44}`)
		if made.status != 201 || events(w) != "create_party create_user" {
			t.Fatalf("%d %s", made.status, made.text)
		}
		for path, want := range map[string]string{"userName": "Zhao.Liu", "externalId": "e-1", "displayName": "赵六", "name|formatted": "赵六", "nickName": "六", "title": "工程师",
			"active": "true", "emails|0|value": "zhao@corp.example", "phoneNumbers|0|value": "13900000009", "phoneNumbers|1|value": "010-123", "addresses|0|formatted": "路 1 号",
			"groups|0|display": "其他（待设置部门）", "shoeSize": "", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User|manager|value": p.user("zhangsan")} {
			if v := made.at(path); v != want {
				t.Errorf("%s: %q, want %q", path, v, want)
			}
		}
		id := made.at("id")
		if made.header.Get("Location") != p.url+"/Users/"+id || made.header.Get("ETag") != made.at("meta|version") || made.header.Get("Content-Type") != "application/scim+json" {
			t.Errorf("header %v", made.header)
		}
		read := w.As(access.SelfBuilt).Call("GET", "/cgi-bin/user/get?userid=zhao.liu", "")
		if !strings.Contains(read.Body, `"name":"赵六"`) || !strings.Contains(read.Body, `"alias":"六"`) {
			t.Errorf("over the API: %s", read.Body)
		}
		put := p.send("PUT", "/Users/"+id, `{`+userSchema+`,"userName":"zhao.liu","displayName":"赵七","emails":[{"value":"zhao@corp.example"}]}`)
		if put.status != 200 || put.at("displayName") != "赵七" || put.at("title") != "" || put.at("externalId") != "" || put.at("phoneNumbers") != "" || events(w) != "update_user" {
			t.Errorf("PUT: %d %s", put.status, put.text)
		}
		again := p.send("PUT", "/Users/"+id, `{`+userSchema+`,"userName":"zhao.liu","displayName":"赵七","emails":[{"value":"zhao@corp.example"}]}`)
		if again.status != 200 || again.at("meta|version") != put.at("meta|version") || events(w) != "" {
			t.Errorf("PUT of the same: %d %s", again.status, again.text)
		}
		if del := p.send("DELETE", "/Users/"+id, ""); del.status != 204 || events(w) != "delete_user" {
			t.Errorf("DELETE: %d %s", del.status, del.text)
		}
		for _, method := range []string{"GET", "DELETE"} {
			if g := p.send(method, "/Users/"+id, ""); g.status != 404 {
				t.Errorf("%s afterwards: %d %s", method, g.status, g.text)
			}
		}
		if stray := w.Second.Events(); stray != nil {
			t.Errorf("the other enterprise had events %q", stray)
		}
	})
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		p := provide(t, w, w.Corp)
		other := provide(t, w, w.Second)
		zhang, foreign := p.user("zhangsan"), other.user("zhangsan")
		p.send("POST", "/Groups", `{"displayName":"有子部门"}`)
		w.Events()
		for _, tt := range []struct {
			name, method, path, body string
			status                   int
			kind                     string
		}{
			{"a userid that is taken", "POST", "/Users", `{"userName":"ZhangSan","displayName":"x","emails":[{"value":"new@corp.example"}]}`, 409, "uniqueness"},
			{"an address that is taken", "POST", "/Users", `{"userName":"new","displayName":"x","emails":[{"value":"zhangsan@corp.example"}]}`, 409, "uniqueness"},
			{"an address that is taken, in an update", "PATCH", "/Users/" + zhang, `{"Operations":[{"op":"replace","path":"emails","value":[{"value":"lisi@corp.example"}]}]}`, 409, "uniqueness"},
			{"a member whom nobody can reach", "POST", "/Users", `{"userName":"new","displayName":"x"}`, 400, "invalidValue"},
			{"no userName", "POST", "/Users", `{"displayName":"x"}`, 400, "invalidValue"},
			{"a userName that WeCom does not take", "POST", "/Users", `{"userName":"a b","emails":[{"value":"new@corp.example"}]}`, 400, "invalidValue"},
			{"another userName", "PATCH", "/Users/" + zhang, `{"Operations":[{"op":"replace","path":"userName","value":"li"}]}`, 400, "mutability"},
			{"another type's schema", "POST", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"userName":"new"}`, 400, "invalidValue"},
			{"a wrong type", "POST", "/Users", `{"userName":7}`, 400, "invalidValue"},
			{"active as a word", "POST", "/Users", `{"userName":"new","active":"perhaps"}`, 400, "invalidValue"},
			{"a manager who is not there", "POST", "/Users", `{"userName":"new@corp.example","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"manager":{"value":"x"}}}`, 400, "invalidValue"},
			{"no JSON", "POST", "/Users", `{`, 400, "invalidSyntax"},
			{"a list", "POST", "/Users", `[]`, 400, "invalidSyntax"},
			{"null", "POST", "/Users", `null`, 400, "invalidSyntax"},
			{"a name as a text", "POST", "/Users", `{"userName":"new","name":"新","emails":[{"value":"new@corp.example"}]}`, 400, "invalidValue"},
			{"a group of number 0", "GET", "/Groups/dept-0", "", 404, ""},
			{"a group with too large a number", "GET", "/Groups/tag-99999999999999999999", "", 404, ""},
			{"a group with a number below 0", "GET", "/Groups/dept--1", "", 404, ""},
			{"a department that becomes a tag", "PATCH", "/Groups/dept-4", `{"Operations":[{"op":"replace","path":"urn:ietf:params:scim:schemas:extension:qiwei:1.0:Group:kind","value":"tag"}]}`, 400, "mutability"},
			{"groups by who is not in them", "GET", "/Groups?filter=" + url.QueryEscape(`members.value ne "x"`), "", 400, "invalidFilter"},
			{"groups by what members are called", "GET", "/Groups?filter=" + url.QueryEscape(`members.display eq "x"`), "", 400, "invalidFilter"},
			{"groups by what members in them are called", "GET", "/Groups?filter=" + url.QueryEscape(`members[display eq "x"]`), "", 400, "invalidFilter"},
			{"groups by members as numbers", "GET", "/Groups?filter=" + url.QueryEscape(`members.value eq 7`), "", 400, "invalidFilter"},
			{"two objects", "POST", "/Users", `{}{}`, 400, "invalidSyntax"},
			{"a member of another enterprise", "GET", "/Users/" + foreign, "", 404, ""},
			{"a member of another enterprise, to change", "PATCH", "/Users/" + foreign, `{"Operations":[{"op":"replace","value":{"title":"x"}}]}`, 404, ""},
			{"a made-up id", "GET", "/Users/AAAAAAAAAAAAAAAAAAAAAA", "", 404, ""},
			{"an id that is none", "GET", "/Groups/dept-01", "", 404, ""},
			{"a filter that does not parse", "GET", "/Users?filter=" + url.QueryEscape(`userName eq`), "", 400, "invalidFilter"},
			{"an empty filter", "GET", "/Users?filter=", "", 400, "invalidFilter"},
			{"a filter on what there is not", "GET", "/Users?filter=" + url.QueryEscape(`shoeSize eq 44`), "", 400, "invalidFilter"},
			{"an order that is not supported", "GET", "/Users?filter=" + url.QueryEscape(`userName gt "a"`), "", 400, "invalidFilter"},
			{"a filter of a thousand levels", "GET", "/Users?filter=" + url.QueryEscape(strings.Repeat("(", 1000)+`a pr`+strings.Repeat(")", 1000)), "", 400, "invalidFilter"},
			{"a filter of a thousand terms", "GET", "/Users?filter=" + url.QueryEscape(`a`+strings.Repeat(` or userName pr`, 1000)), "", 400, "invalidFilter"},
			{"a count that is none", "GET", "/Users?count=x", "", 400, "invalidValue"},
			{"an operation that there is not", "PATCH", "/Users/" + zhang, `{"Operations":[{"op":"move","path":"title","value":"x"}]}`, 400, "invalidSyntax"},
			{"remove without a path", "PATCH", "/Users/" + zhang, `{"Operations":[{"op":"remove"}]}`, 400, "noTarget"},
			{"a path that does not parse", "PATCH", "/Users/" + zhang, `{"Operations":[{"op":"replace","path":"emails[type eq","value":"x"}]}`, 400, "invalidPath"},
			{"a path that goes on after its filter", "PATCH", "/Users/" + zhang, `{"Operations":[{"op":"replace","path":"emails[type eq \"work\"]value","value":"x"}]}`, 400, "invalidPath"},
			{"a hundred and one addresses", "PATCH", "/Users/" + zhang, `{"Operations":[{"op":"add","path":"emails","value":[` + strings.Repeat(`{"value":"a@b.example"},`, 100) + `{"value":"a@b.example"}]}]}`, 400, "tooMany"},
			{"an element that is not there", "PATCH", "/Users/" + zhang, `{"Operations":[{"op":"replace","path":"emails[value eq \"x@y.z\"]","value":{"value":"a@b.example"}}]}`, 400, "noTarget"},
			{"what is read-only", "PATCH", "/Users/" + zhang, `{"Operations":[{"op":"replace","path":"groups","value":[]}]}`, 400, "mutability"},
			{"no operations", "PATCH", "/Users/" + zhang, `{}`, 400, "invalidSyntax"},
			{"a group without a name", "POST", "/Groups", `{}`, 400, "invalidValue"},
			{"a group's name that is taken", "POST", "/Groups", `{"displayName":"研发部"}`, 409, "uniqueness"},
			{"a department within a department", "PATCH", "/Groups/dept-4", `{"Operations":[{"op":"add","path":"members","value":[{"value":"dept-2"}]}]}`, 400, "invalidValue"},
			{"a foreign member", "PATCH", "/Groups/dept-4", `{"Operations":[{"op":"add","path":"members","value":[{"value":"` + foreign + `"}]}]}`, 400, "invalidValue"},
			{"the root department", "DELETE", "/Groups/dept-1", "", 409, ""},
			{"a department with departments", "DELETE", "/Groups/dept-2", "", 409, ""},
			{"a department above itself", "PATCH", "/Groups/dept-2", `{"Operations":[{"op":"replace","path":"urn:ietf:params:scim:schemas:extension:qiwei:1.0:Group:parent","value":{"value":"dept-3"}}]}`, 400, "invalidValue"},
			{"a method that is not", "PUT", "/Users", `{}`, 405, ""},
			{"a resource that is not", "GET", "/Cars", "", 404, ""},
			{"Me", "GET", "/Me", "", 501, ""},
			{"a schema that is not", "GET", "/Schemas/urn:x", "", 404, ""},
		} {
			g := p.send(tt.method, tt.path, tt.body)
			if g.status != tt.status || g.at("scimType") != tt.kind || g.at("status") != fmt.Sprint(tt.status) || g.at("schemas|0") != "urn:ietf:params:scim:api:messages:2.0:Error" {
				t.Errorf("%s: %d %s; want %d %s", tt.name, g.status, g.text, tt.status, tt.kind)
			}
		}
		if e := events(w); e != "" {
			t.Errorf("events %s", e)
		}
		for name, header := range map[string]string{"no token": "", "a wrong token": "Bearer scim_x", "another enterprise's token": "Bearer " + other.token, "another scheme": "Basic " + p.token} {
			if g := p.send("GET", "/Users", "", "Authorization", header); g.status != 401 || g.header.Get("WWW-Authenticate") == "" {
				t.Errorf("%s: %d", name, g.status)
			}
		}
		if g := p.send("POST", "/Users", `{}`, "Content-Type", "text/plain"); g.status != 415 {
			t.Errorf("another media type: %d", g.status)
		}
		if g := p.send("POST", "/Users", `{"userName":"`+strings.Repeat("x", 9<<20)+`"}`); g.status != 413 {
			t.Errorf("nine megabytes: %d", g.status)
		}
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			return w.Server.SCIM.RemoveToken(ctx, tx, w.CorpID, "provider")
		})
		if g := p.send("GET", "/Users", ""); g.status != 401 {
			t.Errorf("a removed token: %d", g.status)
		}
	})
}

func TestFilters(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		p := provide(t, w, w.Corp)
		zhang := p.user("zhangsan")
		p.send("PATCH", "/Users/"+zhang, `{"Operations":[{"op":"add","path":"externalId","value":"X-1"}]}`)
		p.send("PATCH", "/Users/"+p.user("wangwu"), `{"Operations":[{"op":"replace","path":"active","value":"False"}]}`)
		p.send("POST", "/Groups", `{"displayName":"值班","externalId":"g-1","urn:ietf:params:scim:schemas:extension:qiwei:1.0:Group":{"kind":"tag"},"members":[{"value":"`+zhang+`"},{"value":"dept-3"}]}`)
		for _, tt := range []struct{ resource, filter, want string }{
			{"Users", `userName eq "ZHANGSAN"`, "zhangsan"},
			{"Users", `username EQ "zhangsan"`, "zhangsan"},
			{"Users", `urn:ietf:params:scim:schemas:core:2.0:User:userName eq "zhangsan"`, "zhangsan"},
			{"Users", `userName sw "zh" and active eq true`, "zhangsan"},
			{"Users", `userName co "s"`, "lisi zhangsan"},
			{"Users", `userName ew "wu"`, "wangwu"},
			{"Users", `not (userName co "s")`, "wangwu"},
			{"Users", `userName ne "lisi"`, "wangwu zhangsan"},
			{"Users", `userName eq "lisi" or userName eq "wangwu" and active eq true`, "lisi"},
			{"Users", `(userName eq "lisi" or userName eq "wangwu") and active eq "True"`, "lisi"},
			{"Users", `active eq false`, "wangwu"},
			{"Users", `displayName eq "张三"`, "zhangsan"},
			{"Users", `name.formatted co "三"`, "zhangsan"},
			{"Users", `emails eq "lisi@corp.example"`, "lisi"},
			{"Users", `emails.value eq "LISI@corp.example"`, "lisi"},
			{"Users", `emails[type eq "work" and value co "lisi"]`, "lisi"},
			{"Users", `emails[type eq "home"]`, ""},
			{"Users", `phoneNumbers.value eq "13800000002"`, "lisi"},
			{"Users", `title pr`, "zhangsan"},
			{"Users", `not (title pr)`, "lisi wangwu"},
			{"Users", `nickName eq null`, "lisi wangwu zhangsan"},
			{"Users", `id eq "` + zhang + `"`, "zhangsan"},
			{"Users", `id eq "x"`, ""},
			{"Users", `externalId eq "X-1"`, "zhangsan"},
			{"Users", `externalId pr`, "zhangsan"},
			{"Users", `externalId eq "x-1"`, ""},
			{"Users", `meta.created ge "2031-01-06T09:00:00Z"`, "lisi wangwu zhangsan"},
			{"Users", `meta.lastModified gt "2031-01-06T09:00:00Z"`, ""},
			{"Users", `groups.value eq "dept-3"`, "lisi"},
			{"Users", `groups eq "tag-1"`, "lisi zhangsan"},
			{"Users", `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq "` + zhang + `"`, "lisi"},
			{"Users", `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager pr`, "lisi"},
			{"Users", `userName eq "a\"b"`, ""},
			{"Groups", `displayName eq "研发部"`, "研发部"},
			{"Groups", `displayName sw "研"`, "研发部"},
			{"Groups", `externalId eq "g-1"`, "值班"},
			{"Groups", `members.value eq "` + zhang + `"`, "值班 研发部"},
			{"Groups", `members[value eq "` + zhang + `"] and displayName co "值"`, "值班"},
			{"Groups", `id eq "dept-3" or id eq "tag-1"`, "值班 后端组"},
			{"Groups", `urn:ietf:params:scim:schemas:extension:qiwei:1.0:Group:kind eq "tag"`, "值班"},
			{"Groups", `urn:ietf:params:scim:schemas:extension:qiwei:1.0:Group:parent.value eq "dept-2"`, "后端组"},
		} {
			g := p.send("GET", "/"+tt.resource+"?filter="+url.QueryEscape(tt.filter), "")
			body, err := json.Marshal(map[string]any{"filter": tt.filter, "schemas": []string{"urn:ietf:params:scim:api:messages:2.0:SearchRequest"}})
			if err != nil {
				t.Fatal(err)
			}
			posted := p.send("POST", "/"+tt.resource+"/.search", string(body))
			var names []string
			list, _ := g.body["Resources"].([]any)
			for _, r := range list {
				name, _ := r.(map[string]any)["userName"].(string)
				if name == "" {
					name = r.(map[string]any)["displayName"].(string)
				}
				names = append(names, name)
			}
			slices.Sort(names)
			if have := strings.Join(names, " "); g.status != 200 || have != tt.want || g.at("totalResults") != fmt.Sprint(len(names)) {
				t.Errorf("%s: %d %s; want %q", tt.filter, g.status, g.text, tt.want)
			}
			if posted.text != g.text {
				t.Errorf("%s, posted: %s", tt.filter, posted.text)
			}
		}
	})
}

func TestPagesOrderAndAttributes(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		p := provide(t, w, w.Corp)
		for query, want := range map[string]string{
			"":                                     "3 1 zhangsan lisi wangwu",
			"count=2":                              "3 1 zhangsan lisi",
			"startIndex=3&count=2":                 "3 3 wangwu",
			"startIndex=9":                         "3 9",
			"startIndex=0&count=-1":                "3 1",
			"count=0":                              "3 1",
			"sortBy=userName":                      "3 1 lisi wangwu zhangsan",
			"sortBy=userName&sortOrder=descending": "3 1 zhangsan wangwu lisi",
		} {
			g := p.send("GET", "/Users?"+query, "")
			have := g.at("totalResults") + " " + g.at("startIndex")
			list, _ := g.body["Resources"].([]any)
			for _, r := range list {
				have += " " + r.(map[string]any)["userName"].(string)
			}
			if have != want || g.at("itemsPerPage") != fmt.Sprint(len(list)) {
				t.Errorf("%s: %s; want %s", query, have, want)
			}
		}
		for query, want := range map[string]string{
			"attributes=userName":                                                              `{"id":"…","schemas":["…"],"userName":"lisi"}`,
			"attributes=emails.value,NAME.formatted":                                           `{"emails":[{"value":"lisi@corp.example"}],"id":"…","name":{"formatted":"李四"},"schemas":["…"]}`,
			"attributes=urn:ietf:params:scim:schemas:core:2.0:User:userName":                   `{"id":"…","schemas":["…"],"userName":"lisi"}`,
			"attributes=urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department": `{"id":"…","schemas":["…"],"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"后端组"}}`,
			"attributes=nothing,userName":                                                      `{"id":"…","schemas":["…"],"userName":"lisi"}`,
		} {
			g := p.send("GET", "/Users/"+p.user("lisi")+"?"+query, "")
			g.body["id"], g.body["schemas"] = "…", []string{"…"}
			out := &bytes.Buffer{}
			enc := json.NewEncoder(out)
			enc.SetEscapeHTML(false)
			if err := enc.Encode(g.body); err != nil || strings.TrimSpace(out.String()) != want {
				t.Errorf("%s: %s", query, out)
			}
		}
		g := p.send("GET", "/Users/"+p.user("lisi")+"?excludedAttributes=emails,groups,id,meta.version", "")
		if g.at("emails") != "" || g.at("groups") != "" || g.at("id") == "" || g.at("meta|version") != "" || g.at("userName") != "lisi" {
			t.Errorf("excluded: %s", g.text)
		}
		g = p.send("GET", "/Groups?excludedAttributes=members", "")
		if g.at("totalResults") != "4" || strings.Contains(g.text, `"members"`) {
			t.Errorf("groups without members: %s", g.text)
		}
	})
}

func TestPatch(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		p := provide(t, w, w.Corp)
		lisi, zhang := p.user("lisi"), p.user("zhangsan")
		w.Events()
		const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
		for _, tt := range []struct {
			name, operations, path, want, events string
		}{
			{"replace", `{"op":"replace","path":"title","value":"主管"}`, "title", "主管", "update_user"},
			{"replace by the same", `{"op":"replace","path":"title","value":"主管"}`, "title", "主管", ""},
			{"Azure's capital letters", `{"op":"Replace","path":"title","value":"组长"}`, "title", "组长", "update_user"},
			{"Azure's False", `{"op":"Replace","path":"active","value":"False"}`, "active", "false", "update_user"},
			{"Okta's value without a path", `{"op":"replace","value":{"active":true}}`, "active", "true", "update_user"},
			{"dots in the names of a value", `{"op":"add","value":{"name.formatted":"李四四","` + enterprise + `:manager":"` + zhang + `"}}`, "displayName", "李四四", "update_user"},
			{"a part", `{"op":"replace","path":"name.formatted","value":"李四"}`, "displayName", "李四", "update_user"},
			{"an element by its type", `{"op":"replace","path":"emails[type eq \"work\"].value","value":"li4@corp.example"}`, "emails|0|value", "li4@corp.example", "update_user"},
			{"an element that is not there yet", `{"op":"add","path":"phoneNumbers[type eq \"work\"].value","value":"010-1"}`, "phoneNumbers|1|value", "010-1", "update_user"},
			{"remove an element", `{"op":"remove","path":"phoneNumbers[type eq \"work\"]"}`, "phoneNumbers|1|value", "", "update_user"},
			{"remove", `{"op":"remove","path":"title"}`, "title", "", "update_user"},
			{"remove what is not there", `{"op":"remove","path":"title"}`, "title", "", ""},
			{"the manager away", `{"op":"remove","path":"` + enterprise + `:manager"}`, enterprise + "|manager|value", "", "update_user"},
			{"the manager by a word", `{"op":"add","path":"` + enterprise + `:manager","value":"` + zhang + `"}`, enterprise + "|manager|value", zhang, "update_user"},
			{"the extension as a whole", `{"op":"replace","path":"` + enterprise + `","value":{"manager":{"value":"` + zhang + `"},"department":"x"}}`, enterprise + "|department", "后端组", ""},
			{"several at once", `{"op":"add","path":"nickName","value":"四"},{"op":"replace","path":"nickName","value":"小四"}`, "nickName", "小四", "update_user"},
			{"an empty value", `{"op":"replace","path":"nickName","value":null}`, "nickName", "", "update_user"},
			{"unknown names in a value", `{"op":"add","value":{"shoeSize":44}}`, "shoeSize", "", ""},
		} {
			g := p.send("PATCH", "/Users/"+lisi, `{`+patchSchema+`,"Operations":[`+tt.operations+`]}`)
			if e := events(w); g.status != 200 || g.at(tt.path) != tt.want || e != tt.events {
				t.Errorf("%s: %d %s: %q, want %q; events %q", tt.name, g.status, g.text, g.at(tt.path), tt.want, e)
			}
		}
	})
}

func TestGroupsHoldMembers(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		p := provide(t, w, w.Corp)
		zhang, li, wang := p.user("zhangsan"), p.user("lisi"), p.user("wangwu")
		who := map[string]string{zhang: "zhangsan", li: "lisi", wang: "wangwu"}
		members := func(group string) string {
			g := p.send("GET", "/Groups/"+group, "")
			list, _ := g.body["members"].([]any)
			var out []string
			for _, m := range list {
				value := m.(map[string]any)["value"].(string)
				if who[value] != "" {
					value = who[value]
				}
				out = append(out, value)
			}
			slices.Sort(out)
			return strings.Join(out, " ")
		}
		made := p.send("POST", "/Groups", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"项目","externalId":"g","members":[{"value":"`+zhang+`"},{"value":"`+li+`"}],
			"urn:ietf:params:scim:schemas:extension:qiwei:1.0:Group":{"parent":{"value":"dept-4"}}}`)
		group := made.at("id")
		if made.status != 201 || members(group) != "lisi zhangsan" || made.at("urn:ietf:params:scim:schemas:extension:qiwei:1.0:Group|path") != "市场部/项目" || events(w) != "create_party update_user update_user" {
			t.Fatalf("%d %s", made.status, made.text)
		}
		for _, tt := range []struct{ name, operations, want, events string }{
			{"add", `{"op":"add","path":"members","value":[{"value":"` + wang + `"}]}`, "lisi wangwu zhangsan", "update_user"},
			{"add one who is there", `{"op":"add","path":"members","value":[{"value":"` + wang + `"}]}`, "lisi wangwu zhangsan", ""},
			{"Azure's remove", `{"op":"Remove","path":"members","value":[{"value":"` + wang + `"}]}`, "lisi zhangsan", "update_user"},
			{"remove by a filter", `{"op":"remove","path":"members[value eq \"` + li + `\"]"}`, "zhangsan", "update_user"},
			{"remove all but one", `{"op":"add","path":"members","value":[{"value":"` + wang + `"},{"value":"` + li + `"}]},{"op":"remove","path":"members[value ne \"` + zhang + `\"]"}`, "zhangsan", "update_user update_user update_user update_user"},
			{"remove one who is not there", `{"op":"remove","path":"members[value eq \"` + li + `\"]"}`, "zhangsan", ""},
			{"replace", `{"op":"replace","path":"members","value":[{"value":"` + li + `"},{"value":"` + wang + `"}]}`, "lisi wangwu", "update_user update_user update_user"},
			{"without a path", `{"op":"replace","value":{"displayName":"新项目","members":[{"value":"` + li + `"}]}}`, "lisi", "update_user update_party"},
			{"all away", `{"op":"remove","path":"members"}`, "", "update_user"},
		} {
			g := p.send("PATCH", "/Groups/"+group, `{`+patchSchema+`,"Operations":[`+tt.operations+`]}`)
			if e := events(w); g.status != 200 || members(group) != tt.want || e != tt.events {
				t.Errorf("%s: %d %s: %q, want %q; events %q", tt.name, g.status, g.text, members(group), tt.want, e)
			}
		}
		// A PUT that says nothing of the parent leaves the department where it is.
		put := p.send("PUT", "/Groups/"+group, `{"displayName":"项目","members":[{"value":"`+wang+`"}]}`)
		if put.status != 200 || put.at("urn:ietf:params:scim:schemas:extension:qiwei:1.0:Group|path") != "市场部/项目" || members(group) != "wangwu" || events(w) != "update_party update_user" {
			t.Errorf("PUT: %s", put.text)
		}
		// A member without any department left moves to the waiting one.
		p.send("PATCH", "/Groups/dept-4", `{"Operations":[{"op":"remove","path":"members","value":[{"value":"`+wang+`"}]}]}`)
		events(w)
		if g := p.send("DELETE", "/Groups/"+group, ""); g.status != 204 || events(w) != "create_party update_user delete_party" {
			t.Errorf("DELETE: %d %s", g.status, g.text)
		}
		if g := p.send("GET", "/Users/"+wang, ""); g.at("groups|0|display") != "其他（待设置部门）" {
			t.Errorf("afterwards: %s", g.text)
		}
		// and leaves it when given a department.
		p.send("PATCH", "/Groups/dept-4", `{"Operations":[{"op":"add","path":"members","value":[{"value":"`+wang+`"}]}]}`)
		if g := p.send("GET", "/Users/"+wang, ""); g.at("groups|0|value") != "dept-4" || g.at("groups|1|value") != "" {
			t.Errorf("in a department again: %s", g.text)
		}
		tag := p.send("POST", "/Groups", `{"displayName":"值班","urn:ietf:params:scim:schemas:extension:qiwei:1.0:Group":{"kind":"tag"},"members":[{"value":"`+wang+`"},{"value":"dept-2"}]}`)
		if tag.status != 201 || members(tag.at("id")) != "dept-2 wangwu" {
			t.Errorf("tag: %s", tag.text)
		}
		p.send("PATCH", "/Groups/"+tag.at("id"), `{"Operations":[{"op":"remove","path":"members","value":[{"value":"dept-2"}]},{"op":"replace","path":"displayName","value":"轮值"}]}`)
		if g := p.send("GET", "/Groups/"+tag.at("id"), ""); g.at("displayName") != "轮值" || members(tag.at("id")) != "wangwu" {
			t.Errorf("tag: %s", g.text)
		}
		if g := p.send("DELETE", "/Groups/"+tag.at("id"), ""); g.status != 204 {
			t.Errorf("delete the tag: %s", g.text)
		}
	})
}

// Two clients that change the same do not silently overwrite each other.
func TestVersions(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		p := provide(t, w, w.Corp)
		for _, at := range []string{"/Users/" + p.user("lisi"), "/Groups/dept-2"} {
			first := p.send("GET", at, "")
			etag := first.header.Get("ETag")
			if g := p.send("GET", at, "", "If-None-Match", etag); g.status != 304 || g.text != "" {
				t.Errorf("%s unchanged: %d", at, g.status)
			}
			change := `{"Operations":[{"op":"replace","path":"externalId","value":"a"}]}`
			if g := p.send("PATCH", at, change, "If-Match", etag); g.status != 200 || g.header.Get("ETag") == etag {
				t.Errorf("%s with its version: %d %s", at, g.status, g.text)
			}
			for method, body := range map[string]string{"PATCH": change, "PUT": `{"userName":"lisi","displayName":"x"}`, "DELETE": ""} {
				if g := p.send(method, at, body, "If-Match", etag); g.status != 412 {
					t.Errorf("%s %s with an old version: %d %s", method, at, g.status, g.text)
				}
			}
			if g := p.send("GET", at, "", "If-None-Match", etag); g.status != 200 {
				t.Errorf("%s changed: %d", at, g.status)
			}
		}
	})
}

func TestBulk(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		p := provide(t, w, w.Corp)
		// The group comes before its member.
		g := p.send("POST", "/Bulk", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[
			{"method":"POST","path":"/Groups","bulkId":"g","data":{"displayName":"项目","members":[{"value":"bulkId:u"}]}},
			{"method":"POST","path":"/Users","bulkId":"u","data":{"userName":"new@corp.example","displayName":"新"}},
			{"method":"PATCH","path":"/Users/bulkId:u","data":{"Operations":[{"op":"add","path":"title","value":"x"}]}},
			{"method":"POST","path":"/Users","bulkId":"twice","data":{"userName":"lisi","displayName":"x","emails":[{"value":"a@corp.example"}]}},
			{"method":"DELETE","path":"/Users/`+p.user("wangwu")+`"},
			{"method":"POST","path":"/Users","bulkId":"lost","data":{"userName":"lost@corp.example","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"manager":{"value":"bulkId:twice"}}}}]}`)
		var statuses []string
		list, _ := g.body["Operations"].([]any)
		for i := range list {
			statuses = append(statuses, g.at(fmt.Sprintf("Operations|%d|status", i)))
		}
		if have := strings.Join(statuses, " "); g.status != 200 || have != "201 201 200 409 204 400" {
			t.Errorf("%s: %s", have, g.text)
		}
		if u := p.send("GET", "/Users/"+p.user("new@corp.example"), ""); u.at("groups|0|display") != "项目" || u.at("title") != "x" {
			t.Errorf("%s", u.text)
		}
		g = p.send("POST", "/Bulk", `{"failOnErrors":1,"Operations":[{"method":"DELETE","path":"/Users/x"},{"method":"DELETE","path":"/Users/`+p.user("lisi")+`"}]}`)
		if list, _ := g.body["Operations"].([]any); g.status != 200 || len(list) != 1 {
			t.Errorf("failOnErrors: %s", g.text)
		}
		g = p.send("POST", "/Bulk", `{"Operations":[{"method":"POST","path":"/Groups","bulkId":"a","data":{"displayName":"a","members":[{"value":"bulkId:b"}]}},
			{"method":"POST","path":"/Groups","bulkId":"b","data":{"displayName":"b","members":[{"value":"bulkId:a"}]}}]}`)
		if g.at("Operations|0|status") != "409" || g.at("Operations|1|status") != "409" {
			t.Errorf("round about: %s", g.text)
		}
		if g := p.send("POST", "/Bulk", `{"Operations":[`+strings.Repeat(`{"method":"DELETE","path":"/Users/x"},`, 1000)+`{"method":"DELETE","path":"/Users/x"}]}`); g.status != 413 {
			t.Errorf("1001 operations: %d", g.status)
		}
		if g := p.send("POST", "/Bulk", `{"Operations":[{"method":"POST","path":"/Users","data":{}}]}`); g.status != 400 {
			t.Errorf("without a bulkId: %d", g.status)
		}
	})
}

func TestDescription(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	p := provide(t, w, w.Corp)
	for path, want := range map[string]string{
		"/ServiceProviderConfig": `"patch":{"supported":true}`,
		"/ResourceTypes":         `"endpoint":"/Groups"`,
		"/ResourceTypes/User":    `"schema":"urn:ietf:params:scim:schemas:core:2.0:User"`,
		"/Schemas":               `"totalResults":5`,
		"/Schemas/urn:ietf:params:scim:schemas:core:2.0:User": `"name":"userName"`,
	} {
		if g := p.send("GET", path, ""); g.status != 200 || !strings.Contains(g.text, want) {
			t.Errorf("%s: %d %s", path, g.status, g.text)
		}
	}
	// What is made of others has a list of them, and what refers to something says to what; texts say neither.
	parts, refers := 0, 0
	list, _ := p.send("GET", "/Schemas/urn:ietf:params:scim:schemas:core:2.0:User", "").body["attributes"].([]any)
	for _, a := range list {
		d := a.(map[string]any)
		sub, has := d["subAttributes"].([]any)
		if has != (d["type"] == "complex") || has && len(sub) == 0 {
			t.Errorf("of type %v with %d attributes: %v", d["type"], len(sub), d)
		}
		for _, s := range append(sub, a) {
			d := s.(map[string]any)
			if to, has := d["referenceTypes"].([]any); has != (d["type"] == "reference") || has && len(to) == 0 {
				t.Errorf("of type %v with %v: %v", d["type"], to, d)
			} else if has {
				refers++
			}
			if _, has := d["caseExact"]; has != (d["type"] == "string" || d["type"] == "reference") {
				t.Errorf("of type %v: %v", d["type"], d)
			}
		}
		parts += len(sub)
	}
	if parts < 5 || refers < 1 {
		t.Errorf("%d attributes within others, %d that refer to something", parts, refers)
	}
}
