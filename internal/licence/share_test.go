package licence_test

import (
	"strings"
	"testing"

	"qiwei/qiweitest"
)

func TestSharing(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w)
		third := h.found("第三家")
		codes := h.codes(4, 0, 1)
		share := func(list ...string) qiweitest.JSON {
			var out []string
			for _, c := range list {
				out = append(out, `{"active_code":"`+c+`"}`)
			}
			return h.Call("license/batch_share_active_code", `{"from_corpid":"`+h.open+`","to_corpid":"`+third+`","share_list":[`+strings.Join(out, ",")+`]}`)
		}
		if a := share(codes[0]); a.Code() != 701058 {
			t.Errorf("no relation: %v", a)
		}
		link := func(more string) {
			h.Play("link", `{"suite_id":"`+h.Suite.SuiteID+`","from_corpid":"`+w.CorpID+`","to_corpid":"`+third+`",`+more+`}`)
		}
		link(`"people":1,"unshared":true`)
		if a := share(codes[0]); a.Code() != 701051 {
			t.Errorf("no application is shared: %v", a)
		}
		link(`"people":1`)
		if a := share(codes[:3]...); a.Code() != 701056 {
			t.Errorf("more than twice as many as people: %v", a)
		}
		h.activate(codes[3], "lisi")
		if a := share(codes[0], codes[3]); a.Code() != 0 || len(a.List("share_result")) != 1 || a.Text("share_result.0.errcode") != "701003" {
			t.Errorf("one is bound: %v", a)
		}
		if a := share(codes[0]); a.Code() != 701024 || a.Text("share_result.0.errcode") != "701055" {
			t.Errorf("given already: %v", a)
		}
		up := h.info(codes[0])
		if up.Int("active_info.status") != 6 || up.Text("active_info.share_info.to_corpid") == "" || up.Text("active_info.share_info.to_corpid") == third {
			t.Errorf("to the upper corp: %v", up)
		}
		down := up.Text("active_info.share_info.to_corpid")
		below := h.Must("license/get_active_info_by_code", `{"corpid":"`+down+`","active_code":"`+codes[0]+`"}`)
		if below.Int("active_info.status") != 1 || below.Text("active_info.share_info.from_corpid") != h.open {
			t.Errorf("to the lower corp: %v", below)
		}
		if a := h.activate(codes[0], "wangwu"); a.Code() != 701055 {
			t.Errorf("the upper corp binds it: %v", a)
		}
		if a := h.Call("license/support_policy_query", `{"corpid":"`+h.open+`"}`); a.Code() != 701112 {
			t.Errorf("support_policy_query: %v", a)
		}
	})
}
