package scim_test

import (
	"net/url"
	"strings"
	"testing"

	"qiwei/internal/directory"
	"qiwei/qiweitest"
)

const extension = "urn:ietf:params:scim:schemas:extension:qiwei:1.0:User"

// Each field that the directory's table gives an attribute is in the schemas.
func TestEachFieldHasItsAttribute(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	p := provide(t, w, w.Corp)
	schemas := p.send("GET", "/Schemas", "").text
	for _, row := range directory.FieldTable {
		if name, _, _ := strings.Cut(row.SCIM, "."); name != "" && !strings.Contains(schemas, `"name":"`+name+`"`) {
			t.Errorf("%s is %s, which no schema has", row.Name, row.SCIM)
		}
	}
}

// What the extension shows of a member can be written, searched and cleared, and
// stays where a provider that does not know of the extension replaces a User.
func TestTextsOfTheExtension(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		p := provide(t, w, w.Corp)
		const plain = `"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ext","displayName":"外","emails":[{"value":"Ext@corp.example"}]`
		made := p.send("POST", "/Users", `{`+plain+`,"`+extension+`":{"englishName":"Ext.One","bizMail":"no@corp.example"}}`)
		at := "/Users/" + made.at("id")
		for _, tt := range []struct {
			name, method, body string
			want               string // the English name
		}{
			{"made", "GET", "", "Ext.One"},
			{"replaced without the extension", "PUT", `{` + plain + `}`, "Ext.One"},
			{"replaced", "PUT", `{` + plain + `,"` + extension + `":{"englishName":"Ext.Two"}}`, "Ext.Two"},
			{"patched", "PATCH", `{"Operations":[{"op":"replace","path":"` + extension + `:englishName","value":"Ext.Three"}]}`, "Ext.Three"},
			{"cleared by an extension without it", "PUT", `{` + plain + `,"` + extension + `":{"externalPosition":"外"}}`, ""},
			{"patched again", "PATCH", `{"Operations":[{"op":"add","value":{"` + extension + `:englishName":"Ext.Four"}}]}`, "Ext.Four"},
			{"removed", "PATCH", `{"Operations":[{"op":"remove","path":"` + extension + `:englishName"}]}`, ""},
		} {
			got := p.send(tt.method, at, tt.body)
			if got.status != 200 || got.at(extension+"|englishName") != tt.want || got.at(extension+"|bizMail") != "" || got.at("emails|0|value") != "ext@corp.example" {
				t.Errorf("%s: %d %s", tt.name, got.status, got.text)
			}
			found := p.send("GET", "/Users?filter="+url.QueryEscape(extension+`:englishName eq "`+strings.ToLower(tt.want)+`"`), "")
			if want := map[bool]string{true: "0", false: "1"}[tt.want == ""]; found.at("totalResults") != want {
				t.Errorf("%s, and found %s", tt.name, found.text)
			}
		}
		if got := p.send("GET", at, ""); got.at(extension+"|externalPosition") != "外" {
			t.Errorf("%s", got.text)
		}
	})
}
