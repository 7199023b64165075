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
