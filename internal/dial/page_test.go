package dial_test

import (
	"fmt"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/qiweitest"
)

// One answer has a hundred records. An application that does not see all of them reads
// past those that it does not see.
func TestPages(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		for n := range int64(103) {
			caller := "wangwu"
			if n >= 100 {
				caller = "zhangsan"
			}
			recorded(t, w, w.CorpID, fmt.Sprintf(`{"caller":%q,"minutes":%d,"callees":[{"phone":110,"minutes":1}]}`, caller, n+1))
		}
		all, some := w.As(access.Dial), w.WithApp(access.SelfBuilt, app.Settings{Range: access.Range{Departments: []int64{2}}, Callable: []access.Kind{access.Dial}})
		for _, tt := range []struct {
			what, body  string
			client      *qiweitest.Client
			first, last int64 // the minutes of the records; 0 is none at all
		}{
			{"the usual page", `{}`, all, 1, 100},
			{"the longest page", `{"limit":100}`, all, 1, 100},
			{"one more than the longest", `{"limit":101}`, all, 1, 100},
			{"one less", `{"limit":99}`, all, 1, 99},
			{"the second page", `{"offset":100}`, all, 101, 103},
			{"from before the beginning", `{"offset":-3,"limit":2}`, all, 1, 2},
			{"those that it sees", `{}`, some, 101, 103},
			{"one of them", `{"limit":1}`, some, 101, 101},
			{"the last", `{"offset":2,"limit":1}`, some, 103, 103},
			{"past the last", `{"offset":3,"limit":1}`, some, 0, 0},
			{"of those that it sees from before the beginning", `{"offset":-103,"limit":2}`, some, 101, 102},
		} {
			var resp struct {
				Record []struct{ Caller struct{ Duration int64 } }
			}
			got := tt.client.Call("POST", "/cgi-bin/dial/get_dial_record", tt.body)
			got.Decode(&resp)
			var first, last int64
			if n := len(resp.Record); n > 0 {
				first, last = resp.Record[0].Caller.Duration, resp.Record[n-1].Caller.Duration
			}
			if got.ErrCode != 0 || first != tt.first || last != tt.last {
				t.Errorf("%s: %d to %d, want %d to %d", tt.what, first, last, tt.first, tt.last)
			}
		}
	})
}

// A call has up to nine others in it, and keeps them when one of them is changed.
func TestARecordStaysAsItWas(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		recorded(t, w, w.CorpID, `{"caller":"zhangsan","minutes":1,"callees":[`+strings.Repeat(`{"phone":1,"minutes":1},`, 8)+`{"userid":"lisi","minutes":1}]}`)
		before := w.As(access.Dial).Call("POST", "/cgi-bin/dial/get_dial_record", `{}`).Body
		if !strings.Contains(before, `"total_duration":10,"call_type":2,"caller":{"userid":"zhangsan","duration":1}`) {
			t.Errorf("a call with nine: %s", before)
		}
		for _, user := range []string{"zhangsan", "lisi"} {
			if got := w.As(access.ContactSync).Call("POST", "/cgi-bin/user/update", `{"userid":"`+user+`","name":"新名"}`); got.ErrCode != 0 {
				t.Fatal(got.Body)
			}
		}
		if after := w.As(access.Dial).Call("POST", "/cgi-bin/dial/get_dial_record", `{}`).Body; after != before {
			t.Errorf("once they have other names: %s; before %s", after, before)
		}
	})
}
