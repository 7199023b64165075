package console_test

import (
	"strings"
	"testing"

	"qiwei/internal/access"
	admins "qiwei/internal/admin"
	"qiwei/qiweitest"
)

func TestTrends(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		appoint(t, w, w.CorpID, "zhangsan", admins.Reader)
		appoint(t, w, w.CorpID, "lisi", admins.Ranged, 2)
		appoint(t, w, w.Second.CorpID, "zhangsan", admins.Super)
		client := w.As(access.SelfBuilt)
		rc := w.Receiver(client)
		for range 3 {
			client.Call("GET", "/cgi-bin/user/get?userid=zhangsan", "")
		}
		client.Call("GET", "/cgi-bin/user/get?userid=nobody", "")
		w.As(access.ContactSync).Call("POST", "/cgi-bin/user/create", `{"userid":"zhaoliu","name":"Zhao","mobile":"13800000009","department":[1]}`)
		rc.Await(1)
		w.Delivered()
		for _, body := range []string{`{"corpid":"` + w.CorpID + `","userid":"zhangsan","password":"not this one"}`} {
			browser(t, w).do("POST", "/console/api/session", body)
		}
		a, other := as(t, w, w.CorpID, "zhangsan"), as(t, w, w.Second.CorpID, "zhangsan")

		type trends struct {
			Minutes int64 `json:"step_minutes"`
			Points  []struct {
				At                                         string
				Calls, Refused, Delivered, Entered, Turned int64
				Half                                       float64 `json:"p50_ms"`
			}
			Errors []struct {
				Code   int
				Text   string
				Total  int64
				Values []int64
			}
		}
		for span, points := range map[string]int{"1h": 60, "6h": 72, "1d": 96, "3d": 72, "14d": 84, "": 96} {
			var got trends
			a.ok("GET", "/console/api/trends?span="+span, "", &got)
			if len(got.Points) != points || got.Minutes*int64(points)%60 != 0 {
				t.Fatalf("%q: %d points of %d minutes", span, len(got.Points), got.Minutes)
			}
			last, calls, refused, delivered, entered := got.Points[points-1], int64(0), int64(0), int64(0), int64(0)
			for _, p := range got.Points {
				calls, refused, delivered, entered = calls+p.Calls, refused+p.Refused, delivered+p.Delivered, entered+p.Entered
			}
			if calls < 5 || refused < 1 || delivered < 1 || entered < 1 || last.At == "" {
				t.Errorf("%q: calls %d, refused %d, delivered %d, entered %d", span, calls, refused, delivered, entered)
			}
			found := false
			for _, e := range got.Errors {
				if e.Code == 60111 {
					found = e.Total == 1 && len(e.Values) == points && strings.Contains(e.Text, "userid")
				}
			}
			if !found {
				t.Errorf("%q: the errors are %+v", span, got.Errors)
			}
		}
		var theirs trends
		other.ok("GET", "/console/api/trends?span=1h", "", &theirs)
		for _, e := range theirs.Errors {
			if e.Code == 60111 {
				t.Errorf("another enterprise sees %+v", e)
			}
		}
		a.refused(400, "GET", "/console/api/trends?span=2h", "")
		as(t, w, w.CorpID, "lisi").refused(403, "GET", "/console/api/trends", "")
	})
}
