package suite_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/qiweitest"
)

// TestSelectedTicket: a member chooses colleagues in the application's page, and the application is told who is in its
// range and who is not.
func TestSelectedTicket(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w, access.ThirdParty)
		suiteToken := h.token()
		var code string
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			_, auth, err := w.Server.Suites.InstallSuite(ctx, tx, suite.Install{SuiteID: h.suite.SuiteID, CorpID: w.CorpID, By: "lisi", Mode: suite.ByMembers})
			code = auth
			return err
		})
		token := h.must("POST", "/cgi-bin/service/get_permanent_code?suite_access_token="+suiteToken, `{"auth_code":"`+code+`"}`).Access
		choose := func(users string) (ticket string) {
			t.Helper()
			var out struct {
				Ticket string `json:"selectedTicket"`
			}
			h.script("select", fmt.Sprintf(`{"suite_id":%q,"corpid":%q,"userid":"LiSi","userids":[%s]}`, h.suite.SuiteID, w.CorpID, users), &out)
			return out.Ticket
		}
		read := func(token, ticket string, want int) qiweitest.JSON {
			t.Helper()
			r := h.Send("POST", "/cgi-bin/user/list_selected_ticket_user?access_token="+token, `{"selected_ticket":"`+ticket+`"}`)
			if r.ErrCode != want {
				t.Errorf("%s, want %d", r.Body, want)
			}
			var out map[string]any
			r.Decode(&out)
			return out
		}
		ticket := choose(`"zhangsan","LiSi","wangwu"`)
		got := read(token, ticket, 0)
		operator := got.Text("operator_open_userid")
		if !strings.HasPrefix(operator, "wo") || fmt.Sprint(got.At("open_userid_list")) != "["+operator+"]" || len(got.List("unauth_open_userid_list")) != 2 || got.Int("total") != 3 {
			t.Errorf("chosen: %v", got)
		}
		if strings.Contains(fmt.Sprint(got), "zhangsan") {
			t.Errorf("an id of the corp's own: %v", got)
		}
		w.As(access.ContactSync).Call("GET", "/cgi-bin/user/delete?userid=wangwu", "")
		if got := read(token, ticket, 0); len(got.List("unauth_open_userid_list")) != 1 || got.Int("total") != 3 {
			t.Errorf("once one has left: %v", got)
		}
		read(token, "", 40063)
		read(token, "x", 40058)
		read(w.As(access.SelfBuilt).Token(), ticket, 48002)
		w.Advance(time.Hour - time.Second)
		read(token, ticket, 0)
		w.Advance(time.Second)
		read(token, ticket, 40058)
		if status := h.refused("select", `{"suite_id":"`+h.suite.SuiteID+`","corpid":"`+w.Second.CorpID+`","userid":"lisi","userids":["lisi"]}`); status != 404 {
			t.Errorf("where it is not installed: %d", status)
		}
		if status := h.refused("select", `{"suite_id":"`+h.suite.SuiteID+`","corpid":"`+w.CorpID+`","userid":"lisi","userids":[]}`); status != 400 {
			t.Errorf("nobody chosen: %d", status)
		}
	})
}

// TestSelectionOfAnAdministrator: an application that an administrator has installed has no such tickets.
func TestSelectionOfAnAdministrator(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w, access.ThirdParty)
		_, token := h.corpToken()
		if r := h.Send("POST", "/cgi-bin/user/list_selected_ticket_user?access_token="+token, `{"selected_ticket":"x"}`); r.ErrCode != 60218 {
			t.Errorf("%s", r.Body)
		}
		if status := h.refused("select", `{"suite_id":"`+h.suite.SuiteID+`","corpid":"`+w.CorpID+`","userid":"lisi","userids":["lisi"]}`); status != 400 {
			t.Errorf("chosen: %d", status)
		}
	})
}
