package scim_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/qiweitest"
)

const enterpriseURN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

// What Entra and Okta send, as their documentation and their provisioning logs show
// it. They map more than WeCom keeps, and in shapes of their own.
func TestWhatProvidersSend(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		p := provide(t, w, w.Corp)
		lisi, zhang := p.user("lisi"), p.user("zhangsan")
		w.Events()
		for _, tt := range []struct {
			name, operations, path, want, events string
		}{
			{"Entra: a leaver, and a department beside", `{"op":"Replace","path":"active","value":"False"},{"op":"Add","path":"` + enterpriseURN + `:department","value":"Retail"}`, "active", "false", "update_user"},
			{"Entra: back again, and what we do not know", `{"op":"Replace","path":"active","value":"True"},{"op":"Replace","path":"preferredLanguage","value":"zh-CN"},
				{"op":"Add","path":"` + enterpriseURN + `:employeeNumber","value":"77"},{"op":"Add","path":"addresses[type eq \"work\"].locality","value":"广州"},
				{"op":"Add","path":"name.honorificPrefix","value":"Dr"},{"op":"Replace","path":"emails[display eq \"x\"].value","value":"x"},
				{"op":"Add","path":"urn:ietf:params:scim:schemas:extension:acme:2.0:User:badge","value":"1"},{"op":"Remove","path":"timezone"},
				{"op":"Add","path":"photos","value":[{"value":"https://a.example/p.png","type":"photo"}]}`, "active", "true", "update_user"},
			{"Entra: a text in a list", `{"op":"Add","path":"displayName","value":[{"$ref":null,"value":"李四四"}]}`, "displayName", "李四四", "update_user"},
			{"Entra: a word in a list", `{"op":"Replace","path":"active","value":[{"$ref":null,"value":"False"}]}`, "active", "false", "update_user"},
			{"a boolean in a list", `{"op":"Replace","path":"active","value":[true]}`, "active", "true", "update_user"},
			{"Entra: an address in a list", `{"op":"Replace","path":"emails[type eq \"work\"].value","value":[{"$ref":null,"value":"lisi4@corp.example"}]}`, "emails|0|value", "lisi4@corp.example", "update_user"},
			{"an empty list", `{"op":"Replace","path":"title","value":[]}`, "title", "", ""},
			{"the manager away", `{"op":"Remove","path":"` + enterpriseURN + `:manager"}`, enterpriseURN + "|manager|value", "", "update_user"},
			{"the manager in a list", `{"op":"Add","path":"` + enterpriseURN + `:manager","value":[{"$ref":null,"value":"` + zhang + `"}]}`, enterpriseURN + "|manager|value", zhang, "update_user"},
			{"the manager away, by nothing", `{"op":"Replace","path":"` + enterpriseURN + `:manager","value":""}`, enterpriseURN + "|manager|value", "", "update_user"},
			{"the manager by the path of his id", `{"op":"Add","path":"` + enterpriseURN + `:manager.value","value":"` + zhang + `"}`, enterpriseURN + "|manager|value", zhang, "update_user"},
			{"the manager as a text", `{"op":"Replace","path":"` + enterpriseURN + `:manager","value":"` + zhang + `"}`, enterpriseURN + "|manager|value", zhang, ""},
			{"a number at the desk to be read", `{"op":"Add","path":"phoneNumbers[type eq \"work\"].value","value":" +86 10 8888.0000 "}`, "phoneNumbers|1|value", "+861088880000", "update_user"},
			{"a fax", `{"op":"Add","path":"phoneNumbers[type eq \"fax\"].value","value":"1"}`, "phoneNumbers|2|value", "", ""},
			{"Okta: a value without a path", `{"op":"replace","value":{"active":false,"locale":"zh-CN","groups":[],"password":"x","` + enterpriseURN + `":{"employeeNumber":"77","department":"Retail"}}}`, "active", "false", "update_user"},
		} {
			g := p.send("PATCH", "/Users/"+lisi, `{`+patchSchema+`,"Operations":[`+tt.operations+`]}`)
			if e := events(w); g.status != 200 || g.at(tt.path) != tt.want || e != tt.events {
				t.Errorf("%s: %d %s: %q, want %q; events %q, want %q", tt.name, g.status, g.text, g.at(tt.path), tt.want, e, tt.events)
			}
		}
		if read := w.As(access.SelfBuilt).Call("GET", "/cgi-bin/user/get?userid=lisi", ""); !strings.Contains(read.Body, `"status":2`) {
			t.Errorf("over the API: %s", read.Body)
		}
		made := p.send("POST", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","`+enterpriseURN+`"],"userName":"okta@corp.example","externalId":"00u1","active":true,
			"displayName":"","nickName":null,"locale":"en-US","password":"x","groups":[],"name":{"givenName":"Ok","familyName":"Ta","middleName":null},
			"emails":[{"primary":true,"value":"okta@corp.example","type":"work","display":"okta@corp.example"}],"phoneNumbers":[{"value":"+1 425 555 0101","type":"mobile","primary":true}],
			"`+enterpriseURN+`":{"employeeNumber":"78","costCenter":"9","division":"x","organization":"y","department":"z","manager":{"value":"`+zhang+`","displayName":"Zhang"}}}`)
		if made.status != 201 || made.at("displayName") != "Ok Ta" || made.at("phoneNumbers|0|value") != "+14255550101" || made.at(enterpriseURN+"|manager|value") != zhang {
			t.Errorf("Okta: %d %s", made.status, made.text)
		}
		group := p.send("PATCH", "/Groups/dept-4", `{`+patchSchema+`,"Operations":[{"op":"replace","value":{"id":"dept-4","displayName":"市场"}},
			{"op":"add","path":"members","value":[{"value":"`+made.at("id")+`","display":"okta@corp.example"}]},{"op":"Add","path":"description","value":"x"}]}`)
		if group.status != 200 || group.at("displayName") != "市场" || !strings.Contains(group.text, made.at("id")) {
			t.Errorf("a group: %d %s", group.status, group.text)
		}
	})
}

// A filter is refused beyond its limits and accepted exactly at them.
func TestFilterLimits(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	p := provide(t, w, w.Corp)
	terms := func(n int) string { return strings.Repeat(`title pr or `, n-1) + `title pr` }
	deep := func(n int) string { return strings.Repeat("(", n-1) + `title pr` + strings.Repeat(")", n-1) }
	for _, tt := range []struct {
		name, filter string
		status       int
	}{
		{"256 terms", terms(256), 200}, {"257 terms", terms(257), 400},
		{"24 levels", deep(24), 200}, {"25 levels", deep(25), 400},
	} {
		for _, resource := range []string{"Users", "Groups"} {
			filter := tt.filter
			if resource == "Groups" {
				filter = strings.ReplaceAll(filter, "title", "displayName")
			}
			if g := p.send("GET", "/"+resource+"?filter="+url.QueryEscape(filter), ""); g.status != tt.status {
				t.Errorf("%s of %s: %d %s", tt.name, resource, g.status, g.text)
			}
		}
	}
}

// Operations may come in any order; a chain that comes from its end is a chain.
func TestABulkFromItsEnd(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	p := provide(t, w, w.Corp)
	var ops []string
	const n = 20
	for i := n; i > 0; i-- {
		parent := ""
		if i > 1 {
			parent = fmt.Sprintf(`,"parent":{"value":"bulkId:g%d"}`, i-1)
		}
		if i > 8 { // departments hang 15 levels deep at most
			parent = `,"parent":{"value":"bulkId:g8"}`
		}
		ops = append(ops, fmt.Sprintf(`{"method":"POST","path":"/Groups","bulkId":"g%d","data":{"displayName":"链%d","urn:ietf:params:scim:schemas:extension:qiwei:1.0:Group":{"kind":"department"%s}}}`, i, i, parent))
	}
	g := p.send("POST", "/Bulk", `{"Operations":[`+strings.Join(ops, ",")+`]}`)
	for i := range n {
		if g.at(fmt.Sprintf("Operations|%d|status", i)) != "201" || g.at(fmt.Sprintf("Operations|%d|bulkId", i)) != fmt.Sprintf("g%d", n-i) {
			t.Errorf("operation %d: %s", i, g.text)
		}
	}
}

// Two enterprises whose groups have the same ids and other names outside.
func TestExternalIDsOfGroupsAreTheEnterprises(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a, b := provide(t, w, w.Corp), provide(t, w, w.Second)
		for _, p := range []*provider{a, b} {
			p.send("POST", "/Groups", `{"displayName":"值班","urn:ietf:params:scim:schemas:extension:qiwei:1.0:Group":{"kind":"tag"}}`)
		}
		for _, group := range []string{"dept-3", "tag-1"} {
			for name, p := range map[string]*provider{"a": a, "b": b} {
				if g := p.send("PATCH", "/Groups/"+group, `{"Operations":[{"op":"add","path":"externalId","value":"`+name+"-"+group+`"}]}`); g.status != 200 {
					t.Fatalf("%d %s", g.status, g.text)
				}
			}
			for name, p := range map[string]*provider{"a": a, "b": b} {
				want := name + "-" + group
				if g := p.send("GET", "/Groups/"+group, ""); g.at("externalId") != want {
					t.Errorf("%s of %s: %s", group, name, g.text)
				}
				if g := p.send("GET", "/Groups?filter="+url.QueryEscape(`id eq "`+group+`"`), ""); g.at("Resources|0|externalId") != want {
					t.Errorf("%s of %s in a list: %s", group, name, g.text)
				}
			}
			if g := a.send("GET", "/Groups?filter="+url.QueryEscape(`externalId eq "b-`+group+`"`), ""); g.at("totalResults") != "0" {
				t.Errorf("a finds the other's %s: %s", group, g.text)
			}
		}
		if g := a.send("PATCH", "/Groups/dept-3", `{"Operations":[{"op":"remove","path":"externalId"}]}`); g.at("externalId") != "" {
			t.Errorf("%s", g.text)
		}
		if g := b.send("GET", "/Groups/dept-3", ""); g.at("externalId") != "b-dept-3" {
			t.Errorf("after the other's was removed: %s", g.text)
		}
	})
}
