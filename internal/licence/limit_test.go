package licence_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"qiwei/internal/corp"
	"qiwei/internal/licence"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

func many(element string, n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = strings.ReplaceAll(element, "#", fmt.Sprint(i))
	}
	return "[" + strings.Join(list, ",") + "]"
}

// TestLimits walks each limit of the pages at its value, one below and one above.
func TestLimits(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w)
		code := h.codes(1, 0, 1)[0]
		h.activate(code, "lisi")
		buy := func(count, duration string) int {
			return h.Call("license/create_new_order", `{"corpid":"`+h.open+`","buyer_userid":"zhangsan","account_count":`+count+`,"account_duration":`+duration+`}`).Code()
		}
		walk := func(constant string, least, most, below, above int, size func(n int) int) {
			t.Helper()
			for _, n := range []int{least - 1, least, least + 1, most - 1, most, most + 1} {
				want := 0
				switch {
				case n > most:
					want = above
				case n < least:
					want = below
				}
				if got := size(n); got != want {
					t.Errorf("%s, %d of %d to %d: %d, want %d", constant, n, least, most, got, want)
				}
			}
		}
		walk("licence.maxAccounts", 1, 1_000_000, 40058, 701026, func(n int) int { return buy(fmt.Sprintf(`{"base_count":%d}`, n), `{"months":1}`) })
		walk("licence.minDays", 31, 1860, 40058, 40058, func(n int) int { return buy(`{"base_count":1}`, fmt.Sprintf(`{"days":%d}`, n)) })
		walk("licence.maxDays", 31, 1860, 40058, 40058, func(n int) int {
			return buy(`{"external_contact_count":1}`, fmt.Sprintf(`{"months":%d,"days":%d}`, n/31, n%31))
		})
		walk("licence.maxPage", 1, 1000, 701101, 701101, func(n int) int { return h.Call("license/list_order", fmt.Sprintf(`{"limit":%d}`, n)).Code() })
		walk("licence.maxBatch", 1, 1000, 701025, 701026, func(n int) int {
			return h.Call("license/batch_get_active_info_by_code", `{"corpid":"`+h.open+`","active_code_list":`+many(`"c#"`, n)+`}`).Code()
		})
		corps := make([]string, 12)
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			for i := range corps {
				c, err := w.Server.CreateCorp(ctx, tx, corp.Corp{Name: "客户"}, qiweitest.Local)
				if err != nil {
					return err
				}
				corps[i] = c.CorpID
			}
			return nil
		})
		for i, c := range corps {
			corps[i] = h.Install(c).Text("open_corpid")
		}
		walk("licence.maxBuys", 1, 10, 701025, 701026, func(n int) int {
			var list []string
			for _, c := range corps[:n] {
				list = append(list, `{"corpid":"`+c+`","account_count":{"base_count":1},"account_duration":{"months":1}}`)
			}
			return h.Call("license/create_new_order_job", `{"buy_list":[`+strings.Join(list, ",")+`]}`).Code()
		})
		// More months than these are refused before the five years are looked at.
		walk("licence.maxMonths", 1, 59, 40058, 701030, func(n int) int {
			job := h.Must("license/create_renew_order_job", `{"corpid":"`+h.open+`","account_list":[{"userid":"lisi","type":1}]}`).Text("jobid")
			return h.Call("license/submit_order_job", fmt.Sprintf(`{"jobid":%q,"buyer_userid":"zhangsan","account_duration":{"months":%d}}`, job, n)).Code()
		})
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			for i := range 31 {
				c, err := w.Server.CreateCorp(ctx, tx, corp.Corp{Name: "测试"}, qiweitest.Local)
				if err != nil {
					return err
				}
				if err := w.Server.Licences.SetCustomer(ctx, tx, h.Provider, c.CorpID, licence.Customer{Test: true}); (err != nil) != (i == 30) {
					t.Errorf("licence.maxTestCorps: %d are refused: %v", i+1, err)
				}
			}
			return nil
		})
	})
}

// TestLimitOfATestCorp: a test corp buys a thousand accounts of a type at a time.
func TestLimitOfATestCorp(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w)
		h.Play("customer", `{"suite_id":"`+h.Suite.SuiteID+`","corpid":"`+w.CorpID+`","test":true}`)
		for n, want := range map[int]int{999: 0, 1000: 0, 1001: 701027} { // licence.maxTestAccounts
			a := h.Call("license/create_new_order", fmt.Sprintf(`{"corpid":%q,"buyer_userid":"zhangsan","account_count":{"base_count":%d},"account_duration":{"months":1}}`, h.open, n))
			if a.Code() != want {
				t.Errorf("%d accounts: %v, want %d", n, a, want)
			}
		}
	})
}
