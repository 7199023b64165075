package platform_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/admin"
	"qiwei/internal/app"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/ldap"
	"qiwei/internal/oidc"
	"qiwei/internal/seed"
	"qiwei/internal/sheet"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// marked has a unique value for each plain text. A field without one here was forgotten in this test.
func marked(f directory.Field) string {
	return map[directory.Field]string{
		directory.FieldName: "标记名", directory.FieldPosition: "标记职位", directory.FieldMobile: "13911112222", directory.FieldEmail: "marked@corp.example",
		directory.FieldBizMail: "marked@mail.example", directory.FieldTelephone: "020-777", directory.FieldAlias: "标记别名", directory.FieldAddress: "标记地址",
		directory.FieldExternalPosition: "标记对外", "english_name": "Marked.Name",
	}[f]
}

// TestFieldsThroughEveryDoor gives a member every plain text at one door after the
// other, and looks for it at each other door that the table says has it.
func TestFieldsThroughEveryDoor(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		if err := change(w, func(c *corp.Corp) { c.MailDomain = "mail.example" }); err != nil {
			t.Fatal(err)
		}
		sync, writer := w.As(access.ContactSync), w.As(access.ThirdPartyContacts) // contact sync is not told of its own changes
		w.As(access.SelfBuilt)
		reader := w.WithApp(access.SelfBuilt, app.Settings{Legacy: true, Range: access.Everything()})
		receiver := w.Receiver(sync)
		sync.Configure(func(a *app.App) { a.Legacy = true })

		provider := newProvider(t, w)
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			return w.Server.Admins.Appoint(ctx, tx, w.CorpID, "zhangsan", admin.Super, access.Range{})
		})

		body := map[string]any{"userid": "marked", "department": []int{2}}
		for _, row := range directory.PlainFields() {
			value := marked(row.Name)
			if value == "" {
				t.Fatalf("%s has no value in this test", row.Name)
			}
			body[string(row.Name)] = value
		}
		text, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		ways := []struct {
			door string
			give func()
		}{
			{"user/create", func() { succeed(t, writer.Call("POST", "/cgi-bin/user/create", string(text))) }},
			{"user/update", func() {
				succeed(t, writer.Call("POST", "/cgi-bin/user/create", `{"userid":"marked","name":"无","email":"no@corp.example","department":[2]}`))
				succeed(t, writer.Call("POST", "/cgi-bin/user/update", string(text)))
			}},
			{"a member file", func() { importSheet(t, w, text) }},
			{"the console", func() { byConsole(t, w, text) }},
			{"SCIM", func() {
				succeed(t, writer.Call("POST", "/cgi-bin/user/create", otherwise(t, body)))
				provider.replace(t, w)
			}},
			{"a seed file", func() {
				succeed(t, writer.Call("POST", "/cgi-bin/user/create", bySeed(t, w, body)))
			}},
		}
		for _, way := range ways {
			receiver.Take()
			way.give()
			w.Delivered()
			var pushes strings.Builder
			for _, r := range receiver.Take() {
				pushes.WriteString(r.XML())
			}
			shown := reader.Call("GET", "/cgi-bin/user/list?department_id=2", "").Body
			get := reader.Call("GET", "/cgi-bin/user/get?userid=marked", "").Body
			m := memberOf(t, w, "marked")
			cells := sheet.MemberCells(&m, nil)
			seeded := seedOf(t, w)
			user, inConsole := provider.user(t, w), shownInConsole(t, w)
			for _, row := range directory.PlainFields() {
				value := marked(row.Name)
				for door, has := range map[string]bool{
					"user/list":     strings.Contains(shown, value),
					"user/get":      row.ListOnly || strings.Contains(get, value),
					"the push":      row.Element == "" || strings.Contains(pushes.String(), "<"+row.Element+">") && strings.Contains(pushes.String(), value),
					"a member file": row.Sheet == "" || cells[slices.Index(sheet.MemberHeader, row.Sheet)] == value,
					"the seed file": strings.Contains(seeded, `"`+string(row.Name)+`":"`+value+`"`),
					"LDAP":          slices.Contains(ldap.Sources(), string(row.Name)),
					"the console":   strings.Contains(inConsole, `"`+string(row.Name)+`":"`+value+`"`),
					"SCIM":          row.SCIM == "" || user.shows(row, value),
					"OpenID":        row.Scope == "" || slices.Contains(oidc.Attributes(), string(row.Name)),
				} {
					if !has {
						t.Errorf("%s was given by %s, and %s does not have it", row.Name, way.door, door)
					}
				}
			}
			if again, err := seed.Parse("seed.json", []byte(seeded)); err != nil {
				t.Errorf("the seed file does not come back: %v", err)
			} else if i := slices.IndexFunc(again.Members, func(m seed.Member) bool { return m.UserID == "marked" }); i < 0 || len(again.Members[i].Texts) != len(directory.PlainFields()) {
				t.Errorf("the seed file came back without the member, or with too few of his fields")
			}
			onThePhone(t, w, way.door)
			succeed(t, writer.Call("GET", "/cgi-bin/user/delete?userid=marked", ""))
		}
	})
}

func succeed(t *testing.T, got qiweitest.Result) {
	t.Helper()
	if got.ErrCode != 0 {
		t.Fatal(got.Body)
	}
}

// onThePhone looks at the member as a colleague does.
func onThePhone(t *testing.T, w *qiweitest.World, way string) {
	t.Helper()
	resp, err := w.SignIn("zhangsan").Get(w.URL + "/phone/api/contacts/marked")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s %s, %v", resp.Status, body, err)
	}
	for _, row := range directory.PlainFields() {
		if has := strings.Contains(string(body), `"`+string(row.Name)+`":"`+marked(row.Name)+`"`); has != row.Phone {
			t.Errorf("%s was given by %s; the phone has it: %v, want %v", row.Name, way, has, row.Phone)
		}
	}
}

func memberOf(t *testing.T, w *qiweitest.World, user string) (m directory.Member) {
	t.Helper()
	if err := w.Server.Store.Read(t.Context(), func(tx *store.Tx) (err error) {
		m, err = w.Server.Directory.Member(t.Context(), tx, access.System(w.CorpID), id.UserID(user))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return m
}

// importSheet gives the member by a file with a column for each field.
func importSheet(t *testing.T, w *qiweitest.World, body []byte) {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(body, &m); err != nil {
		t.Fatal(err)
	}
	header, cells := []string{"帐号", "所在部门"}, []string{"marked", "2"}
	for _, row := range directory.PlainFields() {
		header, cells = append(header, row.Sheet), append(cells, m[string(row.Name)].(string))
	}
	file, err := sheet.ReadMembers(bytes.NewReader([]byte(strings.Join(header, ",")+"\n"+strings.Join(cells, ",")+"\n")), nil)
	if err != nil {
		t.Fatal(err)
	}
	row, err := file.Next()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Server.Store.Write(t.Context(), func(tx *store.Tx) error {
		_, _, err := sheet.ImportMember(t.Context(), tx, w.Server.Directory, access.System(w.CorpID), row, false)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func change(w *qiweitest.World, how func(*corp.Corp)) error {
	return w.Server.Store.Write(context.Background(), func(tx *store.Tx) error {
		c, err := w.Server.Corps.Corp(tx, w.CorpID)
		if err != nil {
			return err
		}
		how(&c)
		return w.Server.Corps.UpdateCorp(context.Background(), tx, c)
	})
}

// seedOf describes the enterprise in the file that --seed reads.
func seedOf(t *testing.T, w *qiweitest.World) string {
	t.Helper()
	var out strings.Builder
	if err := w.Server.Store.Read(t.Context(), func(tx *store.Tx) error {
		c, err := w.Server.Corps.Corp(tx, w.CorpID)
		if err != nil {
			return err
		}
		e, err := seed.Export(t.Context(), tx, w.Server, c, true)
		if err != nil {
			return err
		}
		e.Apps = nil // those of providers cannot come back
		return e.Write(&out)
	}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}
