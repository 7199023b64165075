package direct_test

import (
	"strings"
	"testing"

	"qiwei/internal/access"
)

// TestFeature: what a device says that it is, up to 4096 bytes, reaches the provider (doc 92628).
func TestFeature(t *testing.T) {
	run(t, func(h *house) {
		d := h.working("SN1", clockModel)
		h.told()
		d.must("report_device_feature", `{"device_feature":"`+strings.Repeat("f", 4096)+`"}`, nil)
		if told := h.told(); told != "device_feature_change SN1" {
			t.Errorf("told %q", told)
		}
		d.refused(40058, "report_device_feature", `{"device_feature":"`+strings.Repeat("f", 4097)+`"}`)
		if told := h.told(); told != "" {
			t.Errorf("of what is too long: %q", told)
		}
		d.conn.Close()
		told := ""
		for tries := 0; told == "" && tries < 10_000; tries++ { // the server finds out by itself
			told = h.told()
		}
		if told != "disconnect_info SN1 the connection ended" {
			t.Errorf("of the end: %q", told)
		}
	})
}

// TestVisitors: a visitor has a name and an id of two parts, and the device is told of each change.
func TestVisitors(t *testing.T) {
	run(t, func(h *house) {
		d := h.working("SN1", clockModel)
		var before, got struct {
			Version int64 `json:"visitor_version"`
		}
		d.must("get_visitor_version", "", &before)
		for body, want := range map[string]int{
			`"id":"guest/1000002","name":"顾客"`: 200, `"id":"guest/1000002"`: 400, `"id":"guest","name":"顾客"`: 400, `"id":"/1000002","name":"顾客"`: 400, `"id":"guest/","name":"顾客"`: 400,
			`"id":"` + strings.Repeat("g", 126) + `/1","name":"顾客"`: 200, `"id":"` + strings.Repeat("g", 127) + `/1","name":"顾客"`: 400,
			`"id":"guest/1000002","name":"顾客","rules":["9:00-9:60 * * 1 *"]`: 400,
		} {
			if status, text := h.try("visitor", `{"device_sn":"SN1",`+body+`}`); status != want {
				t.Errorf("%.60s: %d %s, want %d", body, status, text, want)
			}
		}
		if d.must("get_visitor_version", "", &got); got.Version != before.Version+2 {
			t.Errorf("version %d after two visitors, %d before", got.Version, before.Version)
		}
		h.script("visitor", `{"device_sn":"SN1","id":"guest/1000002","remove":true}`, nil)
		h.script("visitor", `{"device_sn":"SN1","id":"nobody/1000002","remove":true}`, nil)
		if d.must("get_visitor_version", "", &got); got.Version != before.Version+3 {
			t.Errorf("version %d after one has gone, %d before", got.Version, before.Version)
		}
	})
}

// TestWhoUsesADevice: a range names what there is, and a job is of somebody in it.
func TestWhoUsesADevice(t *testing.T) {
	run(t, func(h *house) {
		h.device("SN1", `"abilities":["print"]`)
		for _, people := range []string{`{"departments":[99]}`, `{"members":["nobody"]}`, `{"departments":[2],"members":["nobody"]}`} {
			if status, text := h.try("bind", `{"device_sn":"SN1","corpid":"`+h.CorpID+`","range":`+people+`}`); status == 200 {
				t.Errorf("%s: %s", people, text)
			}
		}
		h.bind("SN1")
		var file struct {
			MediaID string `json:"media_id"`
		}
		h.As(access.SelfBuilt).Upload("/cgi-bin/media/upload?type=file", "a.pdf", []byte("%PDF a document")).Decode(&file)
		for user, want := range map[string]int{"zhangsan": 200, "wangwu": 400, "nobody": 400} { // the range is department 2
			if status, text := h.try("print", `{"device_sn":"SN1","userid":"`+user+`","media_id":"`+file.MediaID+`"}`); status != want {
				t.Errorf("%s: %d %s, want %d", user, status, text, want)
			}
		}
	})
}
