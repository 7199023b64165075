package console_test

import (
	"fmt"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/qiweitest"
)

// TestSheetHooks: an administrator switches the address of a sheet on, makes it anew, looks at it and switches it off.
func TestSheetHooks(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a, b := twoAdmins(t, w)
		c := w.WithApp(access.SelfBuilt, app.Settings{Name: "台账", Range: access.Everything(), Callable: []access.Kind{access.Document}})
		c.Call("POST", "/cgi-bin/wedoc/create_doc", `{"doc_type":10,"doc_name":"台账"}`)
		c.Call("POST", "/cgi-bin/wedoc/create_doc", `{"doc_type":3,"doc_name":"周报"}`)
		const path = "/console/api/sheet-hooks"
		type line struct {
			ID, Document, Sheet string
			On                  bool
			Used                string `json:"used_at"`
		}
		list := func(by *admin) []line {
			var got struct{ Items []line }
			by.ok("GET", path, "", &got)
			return got.Items
		}
		before := list(a)
		if len(before) != 1 || before[0].On || before[0].Document != "台账" || len(list(b)) != 0 {
			t.Fatalf("%+v, the twin %+v", before, list(b))
		}
		at := path + "/" + before[0].ID
		var made struct{ Webhook string }
		address := func(method, at, body string) string {
			made.Webhook = ""
			a.ok(method, at, body, &made)
			return made.Webhook
		}
		write := func(url string) int {
			return w.Send("POST", strings.TrimPrefix(url, w.URL), `{"add_records":[{"values":{}}]}`).ErrCode
		}
		first := address("POST", at, `{}`)
		if write(first) != 0 || address("POST", at+"/keys", `{}`) != first || address("POST", at, `{}`) != first {
			t.Errorf("switched on: %s", first)
		}
		if got := list(a)[0]; !got.On || got.Used == "" {
			t.Errorf("%+v", got)
		}
		second := address("POST", at, `{"renew":true}`)
		if codes := fmt.Sprint(write(first), write(second)); codes != "40014 0" {
			t.Errorf("made anew: %s", codes)
		}
		for _, step := range [][2]string{{"POST", at}, {"POST", at + "/keys"}, {"DELETE", at}} {
			b.refused(404, step[0], step[1], `{}`)
		}
		a.refused(404, "POST", path+"/x:y", `{}`)
		a.ok("DELETE", at, "", nil)
		if codes := fmt.Sprint(write(second), list(a)[0].On); codes != "40014 false" {
			t.Errorf("switched off: %s", codes)
		}
		a.refused(404, "POST", at+"/keys", `{}`)
		a.did("sheet_hook.", "sheet_hook.delete", "sheet_hook.create", "sheet_hook.create", "sheet_hook.create")
	})
}
