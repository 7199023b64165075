package direct_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestBounds walks the limits of the pages at their value, one below and one above.
func TestBounds(t *testing.T) {
	run(t, func(h *house) {
		d := h.working("SN1", clockModel)
		now := h.Clock.Now().Unix()
		many := func(element string, n int) string {
			return "[" + strings.TrimSuffix(strings.Repeat(element+",", n), ",") + "]"
		}
		record := fmt.Sprintf(`{"userid":"zhangsan","timestamp":%d,"temperature":"36"}`, now)
		for _, row := range []struct {
			cmd         string
			most, above int
			body        func(n int) string
		}{
			{"checkin", 200, 40058, func(n int) string { return `{"checkin_data":` + many(record, n) + `}` }},
			{"async_batch_report_user_temperature", 100, 40058, func(n int) string { return `{"item":` + many(record, n) + `}` }},
			{"get_userinfo_by_ids", 200, 40058, func(n int) string { return `{"userids":` + many(`"zhangsan"`, n) + `}` }},
			{"check_userid", 200, 40058, func(n int) string { return `{"userid":` + many(`"zhangsan"`, n) + `}` }},
			{"upload_userinfo", 200, 40058, func(n int) string { return `{"userinfo":` + many(`{"userid":"zhangsan"}`, n) + `}` }},
			{"get_userinfo_by_page", 200, 600041, func(n int) string { return fmt.Sprintf(`{"offset":0,"limit":%d}`, n) }},
		} {
			for _, n := range []int{row.most - 1, row.most, row.most + 1} {
				if n <= row.most {
					d.must(row.cmd, row.body(n), nil)
				} else {
					d.refused(row.above, row.cmd, row.body(n))
				}
			}
		}
	})
}

// TestFeatures walks the numbers of fingers, pictures and algorithms (doc 93982, 95409), and what a device
// prefers among the algorithms.
func TestFeatures(t *testing.T) {
	run(t, func(h *house) {
		d := h.working("SN1", clockModel)
		failed := func(body string) int {
			var a struct {
				List []any `json:"fail_list"`
			}
			d.must("upload_userinfo", `{"userinfo":[{"userid":"lisi",`+body+`}]}`, &a)
			return len(a.List)
		}
		for part, want := range map[int]int{-1: 1, 0: 0, 8: 0, 9: 0, 10: 1} {
			if got := failed(fmt.Sprintf(`"fp":[{"id":%d,"data":"QUJD"}]`, part)); got != want {
				t.Errorf("finger %d: %d failures", part, got)
			}
		}
		for part, want := range map[int]int{-1: 1, 0: 0, 10: 0, 11: 0, 12: 1} {
			if got := failed(fmt.Sprintf(`"fa_algorithm":"v2","fa_list":[{"id":%d,"data":"QUJD"}]`, part)); got != want {
				t.Errorf("picture %d: %d failures", part, got)
			}
		}
		if got := failed(`"fa_list":[{"id":0,"data":"no base64!"}]`); got != 1 {
			t.Errorf("no base64: %d failures", got)
		}
		var page people
		if d.must("get_userinfo_by_ids", `{"userids":["lisi"]}`, &page); len(page.Users) != 1 || len(page.Users[0].Faces) != 0 {
			t.Errorf("faces of an algorithm that the device does not know: %+v", page)
		}
		secretNo := h.device("SN2", "")
		h.bind("SN2")
		other := h.connect()
		var reg struct {
			ActiveCode string `json:"active_code"`
		}
		other.must("register", signedBody("SN2", secretNo, "register", h.Clock.Now()), &reg)
		var active struct{ Secret string }
		other.must("active", `{"active_code":"`+reg.ActiveCode+`"}`, &active)
		subscribe := func(algorithms string) string {
			return `{"secret":"` + active.Secret + `","firmware_version":"1","ext_args":{"fa_algorithm":[` + algorithms + `]}}`
		}
		other.refused(600050, "subscribe_corp", subscribe(`"v2","default","c","d","e","f"`))
		other.must("subscribe_corp", subscribe(`"v2","default","c","d","e"`), nil)
		other.must("get_userinfo_by_ids", `{"userids":["lisi"]}`, &page)
		if len(page.Users) != 1 || len(page.Users[0].Faces) != 3 || page.Users[0].FaceAlgorithm != "v2" {
			t.Errorf("faces of the algorithm that the device prefers: %+v", page)
		}
		failed(`"fa_algorithm":"v2","fa_list":[{"id":10,"data":""}]`)
		if other.must("get_userinfo_by_ids", `{"userids":["lisi"]}`, &page); len(page.Users[0].Faces) != 2 {
			t.Errorf("a picture was to be forgotten: %+v", page)
		}
	})
}
