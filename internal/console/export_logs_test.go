package console_test

import (
	"encoding/csv"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	admins "qiwei/internal/admin"
	"qiwei/qiweitest"
)

// exported returns the rows of a CSV file, without its header.
func (a *admin) exported(path string) [][]string {
	a.t.Helper()
	status, body := a.do("GET", path, "", "Accept-Language", "en")
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(body, "\ufeff"))).ReadAll()
	if status != 200 || err != nil || len(rows) == 0 {
		a.t.Fatalf("%s: %d %q, %v", path, status, body, err)
	}
	return rows[1:]
}

// An export holds what the list shows under the same filter, and nothing of another enterprise.
func TestExportsOfLogs(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		appoint(t, w, w.CorpID, "zhangsan", admins.Super)
		appoint(t, w, w.Second.CorpID, "zhangsan", admins.Super)
		client := w.As(access.SelfBuilt)
		rc := w.Receiver(client)
		a, other := as(t, w, w.CorpID, "zhangsan"), as(t, w, w.Second.CorpID, "zhangsan")
		client.Call("POST", "/cgi-bin/message/send", fmt.Sprintf(`{"touser":"lisi","msgtype":"text","agentid":%d,"text":{"content":"=1+1"}}`, client.AgentID))
		client.Call("GET", "/cgi-bin/user/get?userid=nobody", "")
		client.SetRange([]int64{2}) // wangwu leaves the range: a push
		rc.Await(1)
		w.Delivered()
		a.ok("PUT", "/console/api/members/lisi", `{"enabled":false}`, nil)

		messages := a.exported("/console/api/messages.csv")
		if len(messages) != 1 || messages[0][6] != "text" || !strings.Contains(messages[0][7], "=1+1") || messages[0][8] != "1" {
			t.Errorf("the messages are %q", messages)
		}
		if got := a.exported("/console/api/messages.csv?msgtype=image"); len(got) != 0 {
			t.Errorf("a filter is not heeded: %q", got)
		}
		calls := a.exported("/console/api/calls.csv?errcode=60111")
		if len(calls) != 1 || calls[0][3] != "/cgi-bin/user/get" || calls[0][4] != "60111" || calls[0][5] == "" {
			t.Errorf("the calls are %q", calls)
		}
		deliveries := a.exported("/console/api/deliveries.csv?state=delivered")
		if len(deliveries) == 0 || deliveries[0][2] != "unsubscribe" || deliveries[0][4] != "delivered" || deliveries[0][7] != "200" {
			t.Errorf("the deliveries are %q", deliveries)
		}
		found := false
		for _, row := range a.exported("/console/api/audit.csv?source=console") {
			found = found || row[6] == "member.update" && row[2] == "zhangsan"
		}
		if !found {
			t.Error("the audit lacks what an admin has done")
		}
		for _, list := range []string{"messages", "deliveries", "calls"} {
			if got := other.exported("/console/api/" + list + ".csv"); len(got) != 0 {
				t.Errorf("another enterprise's admin gets %s: %q", list, got)
			}
			a.refused(400, "GET", "/console/api/"+list+".csv?agentid=x", "")
		}

		// Calls by time and by how long they took.
		now := w.Clock.Now()
		when := func(d time.Duration) string { return url.QueryEscape(now.Add(d).UTC().Format(time.RFC3339)) }
		for filter, want := range map[string]int{
			"from=" + when(-time.Hour): 1, "from=" + when(time.Hour): 0, "to=" + when(time.Hour): 1, "to=" + when(-time.Hour): 0, "slower=0": 1, "slower=60000": 0,
		} {
			if got := a.exported("/console/api/calls.csv?errcode=60111&" + filter); len(got) != want {
				t.Errorf("%s: %d calls, want %d", filter, len(got), want)
			}
		}
		for _, bad := range []string{"from=yesterday", "to=1", "slower=fast"} {
			a.refused(400, "GET", "/console/api/calls?"+bad, "")
		}

		// A path that is not there answers as it always did, and shows.
		resp, err := a.client.Get(w.URL + "/cgi-bin/no/such")
		if err != nil || resp.StatusCode != 404 {
			t.Fatalf("no such path: %v %v", resp, err)
		}
		resp.Body.Close()
		var list struct {
			Calls []struct {
				Path    string
				Missing bool
			}
		}
		a.ok("GET", "/console/api/calls?errcode=failed&q=no/such", "", &list)
		if len(list.Calls) != 1 || !list.Calls[0].Missing {
			t.Errorf("the misspelt path shows as %+v", list.Calls)
		}
	})
}
