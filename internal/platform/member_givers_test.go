package platform_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/seed"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// send makes a request of a browser or a provider and returns the answer's body.
func send(t *testing.T, client *http.Client, method, url, body string, header ...string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= 300 {
		t.Fatalf("%s %s: %s %s, %v", method, url, resp.Status, text, err)
	}
	return string(text)
}

// byConsole has an administrator make the member.
func byConsole(t *testing.T, w *qiweitest.World, body []byte) {
	t.Helper()
	var form map[string]any
	if err := json.Unmarshal(body, &form); err != nil {
		t.Fatal(err)
	}
	form["departments"] = form["department"]
	delete(form, "department")
	text, err := json.Marshal(form)
	if err != nil {
		t.Fatal(err)
	}
	send(t, inConsole(t, w), http.MethodPost, w.URL+"/console/api/members", string(text), "Content-Type", "application/json")
}

func shownInConsole(t *testing.T, w *qiweitest.World) string {
	t.Helper()
	return send(t, inConsole(t, w), http.MethodGet, w.URL+"/console/api/members/marked", "")
}

// inConsole signs an administrator in to the console.
func inConsole(t *testing.T, w *qiweitest.World) *http.Client {
	t.Helper()
	client := w.SignIn("zhangsan")
	send(t, client, http.MethodPost, w.URL+"/console/api/session/member", "{}", "Content-Type", "application/json")
	return client
}

// otherwise is the member with other texts, where SCIM can replace them.
func otherwise(t *testing.T, body map[string]any) string {
	t.Helper()
	other := map[string]any{"mobile": "13900000001", "email": "before@corp.example", "telephone": "020-1"}
	out := map[string]any{}
	for key, value := range body {
		row, plain := rowNamed(key)
		switch {
		case !plain || row.SCIM == "" || row.Name == directory.FieldBizMail: // which SCIM shows alone
			out[key] = value
		case other[key] != nil:
			out[key] = other[key]
		default:
			out[key] = "Before"
		}
	}
	text, err := json.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func rowNamed(name string) (*directory.FieldRow, bool) {
	for _, row := range directory.PlainFields() {
		if string(row.Name) == name {
			return row, true
		}
	}
	return nil, false
}

// provider is an identity provider, which puts members together by what the server's
// schemas say.
type provider struct {
	base, token string
	client      *http.Client
	extension   string // ours
}

const scimUser = "urn:ietf:params:scim:schemas:core:2.0:User"

func newProvider(t *testing.T, w *qiweitest.World) *provider {
	t.Helper()
	p := &provider{base: w.URL + "/scim/v2/" + w.CorpID, client: &http.Client{}, extension: "urn:ietf:params:scim:schemas:extension:qiwei:1.0:User"}
	w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		p.token, err = w.Server.SCIM.CreateToken(ctx, tx, w.CorpID, "provider")
		return err
	})
	return p
}

// resource is a User.
type resource struct {
	at        string
	fields    map[string]any
	extension map[string]any
}

func (p *provider) user(t *testing.T, w *qiweitest.World) resource {
	t.Helper()
	var list struct{ Resources []map[string]any }
	text := send(t, p.client, http.MethodGet, p.base+"/Users?filter=userName%20eq%20%22marked%22", "", "Authorization", "Bearer "+p.token)
	if err := json.Unmarshal([]byte(text), &list); err != nil || len(list.Resources) != 1 {
		t.Fatalf("%s, %v", text, err)
	}
	r := resource{fields: list.Resources[0], extension: map[string]any{}}
	if ext, ok := r.fields[p.extension].(map[string]any); ok {
		r.extension = ext
	}
	r.at = p.base + "/Users/" + r.fields["id"].(string)
	return r
}

// shows reports whether the User has the text where the directory's table says.
func (r resource) shows(row *directory.FieldRow, value string) bool {
	name, kind, _ := strings.Cut(row.SCIM, ".")
	v, ok := r.fields[name]
	if !ok {
		v = r.extension[name]
	}
	list, isList := v.([]any)
	if !isList {
		return v == value
	}
	for _, e := range list {
		o, _ := e.(map[string]any)
		if kind == "" || o["type"] == kind {
			return o["value"] == value || o["formatted"] == value
		}
	}
	return false
}

// replace gives the member all texts that SCIM can write, by a PUT.
func (p *provider) replace(t *testing.T, w *qiweitest.World) {
	t.Helper()
	doc, extension := map[string]any{"schemas": []string{scimUser, p.extension}, "userName": "marked", "active": true}, map[string]any{}
	doc[p.extension] = extension
	inList := map[string]string{"emails": "value", "phoneNumbers": "value", "addresses": "formatted"}
	for _, row := range directory.PlainFields() {
		name, kind, _ := strings.Cut(row.SCIM, ".")
		value := marked(row.Name)
		switch {
		case name == "":
		case inList[name] != "":
			e := map[string]any{inList[name]: value}
			if kind != "" {
				e["type"] = kind
			}
			list, _ := doc[name].([]any)
			doc[name] = append(list, e)
		case name == "displayName" || name == "nickName" || name == "title":
			doc[name] = value
		default:
			extension[name] = value
		}
	}
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	send(t, p.client, http.MethodPut, p.user(t, w).at, string(text), "Authorization", "Bearer "+p.token, "Content-Type", "application/scim+json")
}

// bySeed has another enterprise made of a seed file with the member in it, and
// returns the member as it has him, to be made here.
func bySeed(t *testing.T, w *qiweitest.World, body map[string]any) string {
	t.Helper()
	text, err := json.Marshal(map[string]any{
		"format":      "qiwei enterprise 1",
		"corp":        map[string]any{"name": "种子", "settings": map[string]any{"mail_domain": "mail.example"}},
		"departments": []any{map[string]any{"id": 2, "name": "二"}},
		"members":     []any{body},
	})
	if err != nil {
		t.Fatal(err)
	}
	e, err := seed.Parse("seed.json", text)
	if err != nil {
		t.Fatal(err)
	}
	var m directory.Member
	w.Write(func(ctx context.Context, tx *store.Tx) error {
		c, err := seed.Load(ctx, tx, w.Server, e, seed.Options{Host: "seed.example"})
		if err == nil {
			m, err = w.Server.Directory.Member(ctx, tx, access.System(c.CorpID), "marked")
		}
		return err
	})
	out := map[string]any{"userid": m.UserID, "department": m.Departments()}
	for field, text := range directory.TextsOf(&m) {
		out[string(field)] = text
	}
	again, err := json.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	return string(again)
}
