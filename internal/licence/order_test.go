package licence_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/qiweitest"
)

func TestOrders(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w)
		counts, months := `"account_count":{"base_count":1}`, `"account_duration":{"months":1}`
		for _, tt := range []struct {
			what, body string
			code       int
		}{
			{"nobody buys", `{"corpid":"` + h.open + `",` + counts + `,` + months + `}`, 40063},
			{"a stranger buys", `{"corpid":"` + h.open + `","buyer_userid":"nobody",` + counts + `,` + months + `}`, 60111},
			{"nothing", `{"corpid":"` + h.open + `","buyer_userid":"zhangsan","account_count":{},` + months + `}`, 40058},
			{"no count", `{"corpid":"` + h.open + `","buyer_userid":"zhangsan",` + months + `}`, 40063},
			{"no time", `{"corpid":"` + h.open + `","buyer_userid":"zhangsan",` + counts + `}`, 40063},
			{"below none", `{"corpid":"` + h.open + `","buyer_userid":"zhangsan","account_count":{"base_count":2,"external_contact_count":-1},` + months + `}`, 40058},
			{"no enterprise", `{"buyer_userid":"zhangsan",` + counts + `,` + months + `}`, 41002},
			{"the provider itself, which has installed nothing", `{"corpid":"` + w.Second.CorpID + `","buyer_userid":"zhangsan",` + counts + `,` + months + `}`, 701015},
			{"as texts", `{"corpid":"` + h.open + `","buyer_userid":"zhangsan","account_count":{"base_count":"1"},"account_duration":{"months":"1"}}`, 0},
			{"the enterprise's own corpid", `{"corpid":"` + w.CorpID + `","buyer_userid":"zhangsan",` + counts + `,` + months + `}`, 0},
		} {
			if a := h.Call("license/create_new_order", tt.body); a.Code() != tt.code {
				t.Errorf("%s: %v, want %d", tt.what, a, tt.code)
			}
		}
		id := h.order(1, 0, 1)
		other := h.another()
		for _, path := range []string{"license/get_order", "license/list_order_account", "license/cancel_order", "license/get_union_order"} {
			body := `{"order_id":"` + id + `","corpid":"` + h.open + `"}`
			if a := h.Call(path+"?provider_access_token="+other.Token, strings.Replace(body, h.open, w.CorpID, 1)); a.Code() != 701005 && a.Code() != 701015 {
				t.Errorf("%s of another provider's order: %v", path, a)
			}
		}
		if a := h.Call("license/cancel_order", `{"order_id":"`+id+`"}`); a.Code() != 701086 {
			t.Errorf("cancel_order without the enterprise: %v", a)
		}
		h.Must("license/cancel_order", `{"order_id":"`+id+`","corpid":"`+h.open+`"}`)
		if a := h.Call("license/cancel_order", `{"order_id":"`+id+`","corpid":"`+h.open+`"}`); a.Code() != 701169 {
			t.Errorf("cancel_order twice: %v", a)
		}
		if status, text := h.Attempt("pay", `{"order_id":"`+id+`"}`); status == 200 {
			t.Errorf("a cancelled order was paid for: %s", text)
		}
		if a := h.Must("license/get_order", `{"order_id":"`+id+`"}`); a.Int("order.order_status") != 2 {
			t.Errorf("a cancelled order: %v", a)
		}
		late := h.order(1, 0, 1)
		h.Days(7)
		if status, _ := h.Attempt("pay", `{"order_id":"`+late+`"}`); status == 200 || h.Must("license/get_order", `{"order_id":"`+late+`"}`).Int("order.order_status") != 3 {
			t.Error("an order can be paid for late")
		}
		if status, _ := h.Attempt("pay", `{"order_id":"nonsense"}`); status != 404 {
			t.Errorf("an unknown order was paid: %d", status)
		}
	})
}

func (h *house) another() *house {
	h.T.Helper()
	other := *h
	var p struct{ secret string }
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		v, err := h.Server.Suites.CreateProvider(ctx, tx, suite.Provider{CorpID: h.CorpID})
		p.secret = v.Secret
		return err
	})
	other.Token = h.Call("service/get_provider_token"+"?provider_access_token="+"", `{"corpid":"`+h.CorpID+`","provider_secret":"`+p.secret+`"}`).Text("provider_access_token")
	return &other
}

func TestListOfOrders(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w)
		first := h.order(1, 0, 1)
		begin := w.Clock.Now().Unix()
		h.Days(1)
		second := h.order(1, 0, 1)
		ids := func(a qiweitest.JSON) (out []string) {
			for i := range a.List("order_list") {
				out = append(out, a.Text(fmt.Sprintf("order_list.%d.order_id", i)))
			}
			return out
		}
		for _, tt := range []struct {
			what, body string
			want       []string
		}{
			{"all", `{}`, []string{second, first}},
			{"of the enterprise", `{"corpid":"` + h.open + `"}`, []string{second, first}},
			{"of a second", fmt.Sprintf(`{"start_time":%d,"end_time":%d}`, begin, begin), []string{first}},
			{"after it", fmt.Sprintf(`{"start_time":%d,"end_time":%d}`, begin+1, begin+31*86400+1), []string{second}},
			{"a page", `{"limit":1}`, []string{second}},
		} {
			if got := ids(h.Must("license/list_order", tt.body)); !slices.Equal(got, tt.want) {
				t.Errorf("%s: %v, want %v", tt.what, got, tt.want)
			}
		}
		page := h.Must("license/list_order", `{"limit":1}`)
		if next := h.Must("license/list_order", `{"limit":1,"cursor":"`+page.Text("next_cursor")+`"}`); page.Int("has_more") != 1 || !slices.Equal(ids(next), []string{first}) || next.Int("has_more") != 0 {
			t.Errorf("the second page: %v", next)
		}
		for body, code := range map[string]int{
			fmt.Sprintf(`{"start_time":%d}`, begin): 701100, fmt.Sprintf(`{"start_time":%d,"end_time":%d}`, begin, begin-1): 701100,
			fmt.Sprintf(`{"start_time":%d,"end_time":%d}`, begin, begin+31*86400+1): 701100, `{"cursor":"nonsense"}`: 701105,
			`{"corpid":"` + h.open + `","cursor":"` + page.Text("next_cursor") + `"}`: 701105,
		} {
			if a := h.Call("license/list_order", body); a.Code() != code {
				t.Errorf("%s: %v, want %d", body, a, code)
			}
		}
	})
}
