package licence_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"qiwei/qiweitest"
)

func TestPushes(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w)
		rc := w.Receiver()
		in, token := h.template(rc)
		codes := h.codes(1, 0, 1)
		bought := h.Must("license/list_order", `{}`).Text("order_list.0.order_id")
		h.Play("customer", `{"suite_id":"`+h.Suite.SuiteID+`","corpid":"`+w.CorpID+`","checked":true}`)
		h.Must("license/set_auto_active_status", `{"corpid":"`+h.open+`","auto_active_status":1}`)
		h.send(token, in, `"touser":"`+h.user("lisi")+`"`)
		h.Delivered() // before the clock moves
		h.Days(33)
		more := h.codes(1, 0, 1)
		renewed := h.Must("license/list_order", `{}`).Text("order_list.0.order_id")
		h.enter("lisi", in)
		h.enter("wangwu", in)
		h.Play("refund", `{"order_id":"`+bought+`"}`)
		h.Delivered()
		names := strings.NewReplacer(h.Provider.CorpID, "PROVIDER", h.open, "CORPID", bought, "ORDER1", renewed, "ORDER2", codes[0], "CODE1", more[0], "CODE2",
			h.user("lisi"), "LISI", h.user("wangwu"), "WANGWU", fmt.Sprint(in.AgentID), "1000099",
			fmt.Sprint(qiweitest.Start.Unix()), "1000000000", fmt.Sprint(w.Clock.Now().Unix()), "1002851200",
			fmt.Sprint(h.info(more[0]).Int("active_info.expire_time")), "1005000000", fmt.Sprint(endOfMonth.Unix()), "1002700000")
		var got strings.Builder
		for _, p := range append(h.System.Take(), rc.Take()...) {
			got.WriteString(names.Replace(p.XML()) + "\n")
		}
		qiweitest.Golden(t, "push/provider.txt", got.String())
	})
}

var endOfMonth = time.Date(2031, 2, 7, 0, 0, 0, 0, time.FixedZone("", 8*3600))
