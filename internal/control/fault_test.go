package control_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/qiweitest"
)

func TestFaults(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	app := w.As(access.SelfBuilt)
	// On a reused connection Go's client retries by itself.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	get := func() (int, string) {
		t.Helper()
		resp, err := client.Get(w.URL + "/cgi-bin/user/get?userid=zhangsan&access_token=" + app.Token())
		if err != nil {
			return 0, err.Error()
		}
		defer resp.Body.Close()
		b, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, string(b)
	}
	app.Token()
	set := func(body string) string {
		t.Helper()
		status, got := send(t, "POST", w.URL+"/_qiwei/faults", body)
		var f struct{ ID string }
		if err := json.Unmarshal([]byte(got), &f); err != nil || status != 200 || f.ID == "" {
			t.Fatalf("%s: %d %s", body, status, got)
		}
		return f.ID
	}

	set(`{"path":"/cgi-bin/user/get","errcode":45009,"times":2}`)
	for i, want := range []string{"45009", "45009", `"errcode":0`} {
		if _, body := get(); !strings.Contains(body, want) {
			t.Errorf("call %d: %s, want %s", i+1, body, want)
		}
	}
	if _, body := send(t, "GET", w.URL+"/_qiwei/faults", ""); !strings.Contains(body, `"hits":2`) {
		t.Errorf("the list is %s", body)
	}

	id := set(`{"path":"/cgi-bin/user/*","status":502}`)
	if status, body := get(); status != 502 || body != "" {
		t.Errorf("a status: %d %s", status, body)
	}
	if status, _ := send(t, "DELETE", w.URL+"/_qiwei/faults/"+id, ""); status != 200 {
		t.Errorf("remove: %d", status)
	}
	set(`{"path":"*","drop":true,"times":1}`)
	if status, err := get(); status != 0 {
		t.Errorf("a dropped connection: %d %s", status, err)
	}
	set(`{"path":"*","delay":"1ms","errcode":-1,"errmsg":"slow"}`)
	if _, body := get(); !strings.Contains(body, `"errcode":-1`) || !strings.Contains(body, "slow") {
		t.Errorf("late and refused: %s", body)
	}
	send(t, "DELETE", w.URL+"/_qiwei/faults", "")
	if _, body := get(); !strings.Contains(body, `"errcode":0`) {
		t.Errorf("after all are gone: %s", body)
	}
	set(`{"path":"*","errcode":45009,"chance":0.000000001}`)
	if _, body := get(); !strings.Contains(body, `"errcode":0`) {
		t.Errorf("by a chance that there hardly is: %s", body)
	}

	for body, says := range map[string]string{
		`{"path":"/console/","errcode":1}`:     "path:",
		`{"path":"*"}`:                         "one of errcode",
		`{"path":"*","errcode":1,"drop":true}`: "one of errcode",
		`{"path":"*","status":200}`:            "300 to 599",
		`{"path":"*","delay":"soon"}`:          "delay:",
		`{"path":"*","delay":"2h"}`:            "up to a minute",
		`{"path":"*","delay":"1m1ns"}`:         "up to a minute",
		`{"path":"*","delay":"0s"}`:            "up to a minute",
		`{"path":"*","delay":"-1s"}`:           "up to a minute",
		`{"path":"*","status":299}`:            "300 to 599",
		`{"path":"*","status":600}`:            "300 to 599",
		`{"path":"*","errcode":1,"chance":-1}`: "from 0 to 1",
		`{"path":"*","errcode":1,"chance":2}`:  "from 0 to 1",
		`{"path":"*","code":1}`:                "unknown field",
		`{"path":"*","errcode":1,"times":-1}`:  "times",
	} {
		if status, got := send(t, "POST", w.URL+"/_qiwei/faults", body); status != 400 || !strings.Contains(got, says) {
			t.Errorf("%s: %d %s", body, status, got)
		}
	}
	if status, _ := send(t, "POST", w.URL+"/_qiwei/faults", `{"path":"*","errcode":1}`, "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"); status != 403 {
		t.Errorf("a page of another site set a fault: %d", status)
	}
}

// The largest and smallest of everything that a fault can say are fine, of faults
// there are a hundred.
func TestFaultLimits(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	control := w.Server.Control
	for _, f := range []qiweitest.Fault{
		{Path: "*", Delay: "1m"}, {Path: "*", Delay: "1ns"}, {Path: "*", Status: 300}, {Path: "*", Status: 599}, {Path: "/cgi-bin/", ErrCode: 1, Chance: 1},
	} {
		made, err := control.AddFault(f)
		if err != nil {
			t.Errorf("%+v: %v", f, err)
		}
		if control.RemoveFault(made.ID + "x") {
			t.Error("a fault that there is not was removed")
		}
		if !control.RemoveFault(made.ID) {
			t.Errorf("%+v was not removed", f)
		}
	}
	for n := range 101 {
		if _, err := control.AddFault(qiweitest.Fault{Path: "*", ErrCode: 1}); (err == nil) != (n < 100) {
			t.Errorf("fault %d: %v", n+1, err)
		}
	}
	if got := len(control.Faults()); got != 100 {
		t.Errorf("%d faults", got)
	}
}

// A snapshot is everything; what it did not know is gone when it is back.
func TestSnapshots(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		sync := w.As(access.ContactSync)
		name := func() string {
			t.Helper()
			got := w.As(access.SelfBuilt).Call("GET", "/cgi-bin/user/get?userid=zhangsan", "")
			var m struct{ Name string }
			if err := json.Unmarshal([]byte(got.Body), &m); err != nil {
				t.Fatal(err)
			}
			return m.Name
		}
		w.As(access.SelfBuilt)
		before := name()
		if status, body := send(t, "POST", w.URL+"/_qiwei/snapshots", `{"name":"before"}`); status != 200 || !strings.Contains(body, `"rows":`) {
			t.Fatalf("take: %d %s", status, body)
		}
		if got := sync.Call("POST", "/cgi-bin/user/update", `{"userid":"zhangsan","name":"张改"}`); got.ErrCode != 0 {
			t.Fatal(got.Body)
		}
		if got := sync.Call("POST", "/cgi-bin/user/create", `{"userid":"new","name":"新","mobile":"13900000099","department":[2],"direct_leader":["zhangsan"]}`); got.ErrCode != 0 {
			t.Fatal(got.Body)
		}
		if name() != "张改" {
			t.Fatal("the change did not happen")
		}
		if status, body := send(t, "POST", w.URL+"/_qiwei/snapshots/before/restore", ""); status != 200 {
			t.Fatalf("restore: %d %s", status, body)
		}
		if got := name(); got != before {
			t.Errorf("after the restoration the name is %s, want %s", got, before)
		}
		if got := w.As(access.SelfBuilt).Call("GET", "/cgi-bin/user/get?userid=new", ""); got.ErrCode != 60111 {
			t.Errorf("who came later is still there: %s", got.Body)
		}
		if got := w.As(access.SelfBuilt).Call("GET", "/cgi-bin/user/get?userid=lisi", ""); !strings.Contains(got.Body, `"zhangsan"`) {
			t.Errorf("the direct leader is lost: %s", got.Body)
		}
		// The same again: nothing of the first time may be in the way.
		if got := sync.Call("POST", "/cgi-bin/user/create", `{"userid":"new","name":"新","mobile":"13900000099","department":[2]}`); got.ErrCode != 0 {
			t.Error(got.Body)
		}
		for path, want := range map[string]int{"POST /_qiwei/snapshots/none/restore": 404, "DELETE /_qiwei/snapshots/none": 404, "DELETE /_qiwei/snapshots/before": 200, "POST /_qiwei/reset": 409} {
			method, at, _ := strings.Cut(path, " ")
			if status, body := send(t, method, w.URL+at, ""); status != want {
				t.Errorf("%s: %d %s, want %d", path, status, body, want)
			}
		}
		if status, _ := send(t, "POST", w.URL+"/_qiwei/snapshots", `{"name":" "}`); status != 400 {
			t.Errorf("a snapshot without a name: %d", status)
		}
	})
}

func TestFailAndSnapshotInTests(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	app := w.As(access.SelfBuilt)
	mend := w.Fail(qiweitest.Fault{Path: "/cgi-bin/user/get", ErrCode: 45009})
	if got := app.Call("GET", "/cgi-bin/user/get?userid=zhangsan", ""); got.ErrCode != 45009 {
		t.Error(got.Body)
	}
	mend()
	restore := w.Snapshot()
	if got := w.As(access.ContactSync).Call("GET", "/cgi-bin/user/delete?userid=wangwu", ""); got.ErrCode != 0 {
		t.Fatal(got.Body)
	}
	restore()
	if got := app.Call("GET", "/cgi-bin/user/get?userid=wangwu", ""); got.ErrCode != 0 {
		t.Error(got.Body)
	}
}
