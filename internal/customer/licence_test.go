package customer_test

import (
	"fmt"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/qiweitest"
)

// TestLicences: once licences are checked, a provider's application reads the customers of those members alone
// who have one (doc 95652). Which applications are of the corp itself needs none.
func TestLicences(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := &house{w, t, w.WithApp(access.SelfBuilt, listed(access.Everything()))}
		lin := h.add(`{"userid":"zhangsan","name":"Lin"}`)
		h.add(`{"userid":"lisi","external_userid":"` + lin.External + `"}`)
		p := w.Provider("externalcontact:base:base")
		call := func(name, body string) qiweitest.Result {
			return p.Call("POST", "/cgi-bin/externalcontact/"+name, body)
		}
		zhang, li := p.User("zhangsan"), p.User("lisi")
		both := fmt.Sprintf(`{"userid_list":[%q,%q]}`, zhang, li)
		var seen struct {
			External []string `json:"external_userid"`
		}
		call("list", `{"userid":"`+zhang+`"}`).Decode(&seen)
		get := func() qiweitest.Result { return call("get", `{"external_userid":"`+seen.External[0]+`"}`) }
		if got := call("batch/get_by_user", both); got.ErrCode != 0 || !strings.Contains(got.Body, `"unlicensed_userid_list":[]`) {
			t.Errorf("nothing is checked: %s", got.Body)
		}
		p.Checked()
		for what, got := range map[string]qiweitest.Result{"list": call("list", `{"userid":"`+zhang+`"}`), "get": get(), "batch": call("batch/get_by_user", both)} {
			if got.ErrCode != 701008 {
				t.Errorf("%s, nobody has a licence: %s", what, got.Body)
			}
		}
		p.License("zhangsan")
		if got := get(); !strings.Contains(got.Body, zhang) || strings.Contains(got.Body, li) {
			t.Errorf("get, one has: %s", got.Body)
		}
		if got := call("batch/get_by_user", both); !strings.Contains(got.Body, `"fail_info":{"unlicensed_userid_list":["`+li+`"]}`) || strings.Count(got.Body, `"follow_info"`) != 1 {
			t.Errorf("batch, one has: %s", got.Body)
		}
		if got := call("list", `{"userid":"`+li+`"}`); got.ErrCode != 701008 {
			t.Errorf("list of the other: %s", got.Body)
		}
		if got := h.must("batch/get_by_user", `{"userid_list":["zhangsan","lisi"]}`).Body; strings.Count(got, `"follow_info"`) != 2 {
			t.Errorf("an application of the corp's own: %s", got)
		}
	})
}
