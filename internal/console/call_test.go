package console_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"qiwei/internal/access"
	admins "qiwei/internal/admin"
	"qiwei/internal/platform"
	"qiwei/qiweitest"
)

type calls struct {
	Calls []struct {
		No      int64
		Path    string
		ErrCode int
		AgentID int64
		Origin  string
	}
	Kept int
}

func TestCalls(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	appoint(t, w, w.CorpID, "zhangsan", admins.Super)
	appoint(t, w, w.Second.CorpID, "zhangsan", admins.Super)
	a, other := as(t, w, w.CorpID, "zhangsan"), as(t, w, w.Second.CorpID, "zhangsan")
	app := w.As(access.SelfBuilt)
	app.Call("GET", "/cgi-bin/user/get?userid=zhangsan", "")
	app.Call("GET", "/cgi-bin/user/get?userid=nobody", "")
	app.Call("POST", "/cgi-bin/message/send", fmt.Sprintf(`{"touser":"lisi","msgtype":"text","agentid":%d,"text":{"content":"it's \"here\""}}`, app.AgentID))

	var list calls
	a.ok("GET", "/console/api/calls", "", &list)
	if len(list.Calls) != 4 || list.Calls[0].Path != "/cgi-bin/message/send" || list.Calls[0].AgentID != app.AgentID || list.Calls[3].Path != "/cgi-bin/gettoken" {
		t.Fatalf("the calls are %+v", list)
	}
	var theirs calls
	other.ok("GET", "/console/api/calls", "", &theirs)
	if len(theirs.Calls) != 0 {
		t.Errorf("another corp's admin sees %+v", theirs)
	}
	for filter, want := range map[string]int{"q=user/get": 2, "errcode=failed": 1, "errcode=60111": 1, "errcode=ok": 3, "q=here": 1, fmt.Sprint("agentid=", app.AgentID): 3, "q=nothing": 0, fmt.Sprint("before=", list.Calls[1].No): 2} {
		var some calls
		if a.ok("GET", "/console/api/calls?"+filter, "", &some); len(some.Calls) != want {
			t.Errorf("%s: %d calls, want %d", filter, len(some.Calls), want)
		}
	}

	// No secret reaches the browser, whatever the admin looks at.
	token := app.Token()
	var found calls
	if a.ok("GET", "/console/api/calls?q="+token[:12], "", &found); len(found.Calls) != 0 {
		t.Errorf("a search finds the beginning of a token in %+v", found)
	}
	for _, c := range list.Calls {
		_, body := a.do("GET", fmt.Sprintf("/console/api/calls/%d", c.No), "")
		if strings.Contains(body, token) || strings.Contains(body, app.Secret) {
			t.Errorf("%s shows a secret: %s", c.Path, body)
		}
	}
	other.refused(404, "GET", fmt.Sprintf("/console/api/calls/%d", list.Calls[0].No), "")
	var one struct{ Curl, Request, Query string }
	a.ok("GET", fmt.Sprintf("/console/api/calls/%d", list.Calls[0].No), "", &one)
	want := "curl '" + w.URL + `/cgi-bin/message/send?access_token='"$ACCESS_TOKEN" \
  -H 'Content-Type: application/json' \
  -d '` + strings.ReplaceAll(one.Request, "'", `'\''`) + "'"
	if one.Curl != want {
		t.Errorf("curl is\n%s\nwant\n%s", one.Curl, want)
	}

	// A replay uses a token that is valid now.
	w.Clock.Advance(3 * 3600 * 1e9)
	var answer struct {
		ErrCode int
		Body    string
	}
	a.ok("POST", fmt.Sprintf("/console/api/calls/%d/replay", list.Calls[2].No), "{}", &answer)
	if answer.ErrCode != 0 || !strings.Contains(answer.Body, "zhangsan") {
		t.Errorf("the replay answered %+v", answer)
	}
	a.ok("GET", "/console/api/calls?limit=1", "", &list)
	if list.Calls[0].Origin != "replay" {
		t.Errorf("the replay is shown as %+v", list.Calls[0])
	}

	// The explorer calls as the chosen application and shows no token.
	a.ok("POST", "/console/api/explore", fmt.Sprintf(`{"agentid":%d,"method":"GET","path":"/cgi-bin/gettoken"}`, app.AgentID), &answer)
	if answer.ErrCode != 0 || strings.Contains(answer.Body, `"access_token":"`+app.Token()) {
		t.Errorf("gettoken answered %+v", answer)
	}
	a.refused(404, "POST", "/console/api/explore", `{"agentid":1,"method":"GET","path":"/console/api/home"}`)

	a.ok("DELETE", "/console/api/calls", "", nil)
	if a.ok("GET", "/console/api/calls", "", &list); len(list.Calls) != 0 {
		t.Errorf("after clearing there is %+v", list)
	}
}

// The live stream sends calls as they come, starting after the last one that the page has.
func TestLiveCalls(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	appoint(t, w, w.CorpID, "zhangsan", admins.Super)
	a := as(t, w, w.CorpID, "zhangsan")
	app := w.As(access.SelfBuilt)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "GET", w.URL+"/console/api/calls/live?errcode=failed", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := a.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if got := resp.Header.Get("Content-Type"); !strings.HasPrefix(got, "text/event-stream") {
		t.Fatalf("Content-Type %q", got)
	}
	lines := bufio.NewScanner(resp.Body)
	app.Call("GET", "/cgi-bin/user/get?userid=zhangsan", "")
	app.Call("GET", "/cgi-bin/user/get?userid=nobody", "")
	var id string
	for lines.Scan() {
		if n, ok := strings.CutPrefix(lines.Text(), "id: "); ok {
			id = n
		}
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			if !strings.Contains(data, "60111") || id == "" {
				t.Errorf("id %s: %s", id, data)
			}
			return
		}
	}
	t.Error("the line ended")
}

// The memory for calls is bounded, and the newest calls stay.
func TestBoundedCalls(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t, func(c *platform.Config) { c.InspectBytes = 64 << 10 })
	appoint(t, w, w.CorpID, "zhangsan", admins.Super)
	a := as(t, w, w.CorpID, "zhangsan")
	app := w.As(access.SelfBuilt)
	for i := range 300 {
		app.Call("GET", fmt.Sprintf("/cgi-bin/user/get?userid=nobody%d", i), "")
	}
	var list struct {
		calls
		Bytes, Limit int64
	}
	a.ok("GET", "/console/api/calls?limit=500", "", &list)
	if list.Bytes > list.Limit || list.Limit != 64<<10 || len(list.Calls) < 30 || len(list.Calls) > 200 {
		t.Errorf("%d calls, %d of %d bytes", len(list.Calls), list.Bytes, list.Limit)
	}
	off := qiweitest.New(t, func(c *platform.Config) { c.InspectBytes = 0 })
	appoint(t, off, off.CorpID, "zhangsan", admins.Super)
	if r := as(t, off, off.CorpID, "zhangsan").refused(409, "GET", "/console/api/calls", ""); r.Reason != "inspector-off" {
		t.Errorf("%+v", r)
	}
}

// TestFaultedCalls: a call that a fault has met is in the log of the enterprise and the application that made it, and in
// nobody else's; a made-up token stays nobody's.
func TestFaultedCalls(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		appoint(t, w, w.CorpID, "zhangsan", admins.Super)
		appoint(t, w, w.Second.CorpID, "zhangsan", admins.Super)
		a, other := as(t, w, w.CorpID, "zhangsan"), as(t, w, w.Second.CorpID, "zhangsan")
		app := w.As(access.SelfBuilt)
		app.Token()
		once := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // which does not try again
		for _, f := range []string{`"errcode":45009`, `"status":502`, `"body":"x"`, `"drop":true`, `"errcode":40014,"done":true`} {
			a.ok("DELETE", "/console/api/calls", "", nil)
			w.Scripted("faults", `{"path":"/cgi-bin/user/get","times":1,`+f+`}`, new(any))
			if resp, err := once.Get(w.URL + "/cgi-bin/user/get?userid=zhangsan&access_token=" + app.Token()); err == nil {
				resp.Body.Close()
			}
			var mine, theirs struct {
				Calls []struct {
					AgentID int64
					Kind    string
				}
			}
			a.ok("GET", "/console/api/calls?q=user/get", "", &mine)
			other.ok("GET", "/console/api/calls?q=user/get", "", &theirs)
			if len(mine.Calls) != 1 || mine.Calls[0].AgentID != app.AgentID || len(theirs.Calls) != 0 {
				t.Errorf("%s: %+v, and in the other enterprise %+v", f, mine, theirs)
			}
		}
	})
}
