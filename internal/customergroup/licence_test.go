package customergroup_test

import (
	"fmt"
	"strings"
	"testing"

	"qiwei/qiweitest"
)

// TestLicences: once licences are checked, a provider's application reads the groups of those owners alone who have
// one (doc 95652). Whichever application is of the corp itself needs none.
func TestLicences(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := &house{w.Family(family)}
		p := w.Provider("externalcontact:base:base")
		h.group(h.Corp, `{"owner":"zhangsan"}`)
		h.group(h.Corp, `{"owner":"lisi"}`)
		call := func(name, body string) qiweitest.Result {
			return p.Call("POST", "/cgi-bin/externalcontact/groupchat/"+name, body)
		}
		var seen struct {
			Groups []struct {
				ChatID string `json:"chat_id"`
			} `json:"group_chat_list"`
		}
		call("list", `{"limit":10}`).Decode(&seen)
		if len(seen.Groups) != 2 {
			t.Fatalf("nothing is checked: %v", seen)
		}
		get := func(i int) int { return call("get", `{"chat_id":"`+seen.Groups[i].ChatID+`"}`).ErrCode }
		of := func(owner string) string {
			return fmt.Sprintf(`{"limit":10,"owner_filter":{"userid_list":[%q]}}`, p.User(owner))
		}
		p.Checked()
		for what, code := range map[string]int{"list": call("list", `{"limit":10}`).ErrCode, "list of one": call("list", of("zhangsan")).ErrCode, "get": get(0)} {
			if code != 701008 {
				t.Errorf("%s, nobody has a licence: %d", what, code)
			}
		}
		p.License("zhangsan")
		if got := call("list", `{"limit":10}`).Body; !strings.Contains(got, seen.Groups[0].ChatID) || strings.Contains(got, seen.Groups[1].ChatID) {
			t.Errorf("list, one has: %s", got)
		}
		for what, codes := range map[string][2]int{"get of the one": {get(0), 0}, "of the other": {get(1), 701008}, "list of the other": {call("list", of("lisi")).ErrCode, 701008}} {
			if codes[0] != codes[1] {
				t.Errorf("%s: %d, want %d", what, codes[0], codes[1])
			}
		}
		if got := h.Must(h.App, "groupchat/list", `{"limit":10}`).Body; strings.Count(got, `"chat_id"`) != 2 {
			t.Errorf("an application of the corp's own: %s", got)
		}
	})
}
