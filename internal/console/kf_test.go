package console_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/qiweitest"
)

type kfAccount struct {
	ID        string `json:"open_kfid"`
	Name      string
	Link      string
	Sessions  map[string]int64
	Servicers []struct {
		UserID     string
		Name       string
		Department int64
		Duty       string
	}
	Managers []struct{ AgentID int64 }
}

func TestServiceAccounts(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a, b := twoAdmins(t, w)
		const path = "/console/api/kf"
		var made kfAccount
		a.ok("POST", path, `{"name":"售后"}`, &made)
		if r := a.refused(422, "POST", path, `{"name":""}`); r.Fields["name"] == "" {
			t.Errorf("%+v", r)
		}
		a.refused(422, "POST", path, `{"name":"`+strings.Repeat("长", 17)+`"}`)
		mine := path + "/" + made.ID
		a.refused(422, "DELETE", mine, "") // an enterprise keeps one
		a.ok("POST", path, `{"name":"售前"}`, nil)
		var list struct{ Accounts []kfAccount }
		if a.ok("GET", path, "", &list); len(list.Accounts) != 2 || list.Accounts[0].Name != "售后" {
			t.Fatalf("%+v", list)
		}
		var failed struct {
			Failed []struct{ UserID, Error string }
		}
		if a.ok("POST", mine+"/servicers", `{"add":{"userids":["lisi","nobody"],"departments":[4]}}`, &failed); len(failed.Failed) != 1 || failed.Failed[0].UserID != "nobody" || failed.Failed[0].Error == "" {
			t.Errorf("%+v", failed)
		}
		a.refused(422, "POST", mine+"/servicers", `{}`)
		agent := w.WithApp(access.SelfBuilt, app.Settings{Name: "客服系统", Range: access.Everything(), Callable: []access.Kind{access.CustomerService}}).AgentID
		other := w.WithApp(access.SelfBuilt, app.Settings{Name: "别的", Range: access.Everything()}).AgentID
		a.ok("PUT", mine+"/managers", `{"agentids":[`+fmt.Sprint(agent)+`]}`, nil)
		a.refused(422, "PUT", mine+"/managers", `{"agentids":[`+fmt.Sprint(other)+`]}`)
		a.refused(422, "PUT", mine+"/managers", `{"agentids":[999]}`)
		script(w, w.CorpID, "kf/serve", `{"open_kfid":"`+made.ID+`","userid":"lisi","action":"stop"}`, nil)
		var one kfAccount
		a.ok("GET", mine+"?scene=shop", "", &one)
		if !strings.Contains(one.Link, "enc_scene=") || len(one.Servicers) != 2 || one.Servicers[0].Name != "李四" || one.Servicers[0].Duty != "stopped" || one.Servicers[1].Department != 4 || len(one.Managers) != 1 || one.Managers[0].AgentID != agent {
			t.Errorf("%+v", one)
		}
		a.refused(422, "GET", mine+"?scene=a.b", "")
		a.ok("POST", mine+"/servicers", `{"remove":{"userids":["lisi"]}}`, nil)
		a.ok("PUT", mine, `{"name":"售后二组"}`, nil)
		if a.ok("GET", mine, "", &one); one.Name != "售后二组" || len(one.Servicers) != 1 {
			t.Errorf("%+v", one)
		}
		for _, c := range []struct {
			a    *admin
			path string
		}{{b, mine}, {a, path + "/wknone"}} {
			c.a.refused(404, "GET", c.path, "")
			c.a.refused(404, "PUT", c.path, `{"name":"x"}`)
			c.a.refused(404, "DELETE", c.path, "")
			c.a.refused(404, "POST", c.path+"/servicers", `{"add":{"userids":["lisi"]}}`)
			c.a.refused(404, "PUT", c.path+"/managers", `{"agentids":[]}`)
			c.a.refused(404, "GET", c.path+"/sessions", "")
			c.a.refused(404, "GET", c.path+"/figures", "")
			c.a.refused(404, "POST", c.path+"/sessions/wmnone", `{"state":"ended"}`)
		}
		a.ok("DELETE", mine, "", nil)
		a.refused(404, "GET", mine, "")
		a.did("kf.", "kf.delete", "kf.update", "kf.servicers", "kf.managers", "kf.servicers", "kf.create", "kf.create")
	})
}

func TestSessionsOfService(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a, _ := twoAdmins(t, w)
		var made kfAccount
		a.ok("POST", "/console/api/kf", `{"name":"售后"}`, &made)
		mine := "/console/api/kf/" + made.ID
		a.ok("POST", mine+"/servicers", `{"add":{"userids":["lisi","wangwu"]}}`, nil)
		enter := func(name string) string {
			var in struct {
				External string `json:"external_userid"`
			}
			script(w, w.CorpID, "enter_kf", `{"open_kfid":"`+made.ID+`","name":"`+name+`"}`, &in)
			return in.External
		}
		lin, he := enter("Lin"), enter("He")
		script(w, w.CorpID, "kf/send", `{"open_kfid":"`+made.ID+`","external_userid":"`+lin+`","msgtype":"text","text":{"content":"在吗"}}`, nil)
		type session struct {
			External            string `json:"external_userid"`
			Name, State, UserID string
			Servicer            string
		}
		read := func() (out []session) {
			var got struct{ Sessions []session }
			a.ok("GET", mine+"/sessions", "", &got)
			return got.Sessions
		}
		if got := read(); len(got) != 2 || got[0].Name != "Lin" || got[0].State != "unhandled" || got[1].State != "ended" {
			t.Fatalf("%+v", got)
		}
		a.refused(400, "POST", mine+"/sessions/"+lin, `{"state":"sleeping"}`)
		a.refused(422, "POST", mine+"/sessions/"+lin, `{"state":"served"}`)
		a.refused(422, "POST", mine+"/sessions/"+lin, `{"state":"served","userid":"zhangsan"}`)
		a.refused(422, "POST", mine+"/sessions/"+he, `{"state":"pool"}`)
		a.ok("POST", mine+"/sessions/"+lin, `{"state":"pool"}`, nil)
		a.ok("POST", mine+"/sessions/"+lin, `{"state":"served","userid":"lisi"}`, nil)
		if got := read(); got[0].State != "served" || got[0].UserID != "lisi" || got[0].Servicer != "李四" {
			t.Errorf("%+v", got)
		}
		var one kfAccount
		if a.ok("GET", mine, "", &one); one.Sessions["served"] != 1 || len(one.Sessions) != 1 {
			t.Errorf("%+v", one.Sessions)
		}
		w.Advance(49 * time.Hour) // a session is over 48 hours after the last message
		if got := read(); got[0].State != "ended" {
			t.Errorf("%+v", got)
		}
		var later kfAccount
		if a.ok("GET", mine, "", &later); len(later.Sessions) != 0 {
			t.Errorf("%+v", later.Sessions)
		}
		var figures struct {
			Days []struct {
				Day                 string
				Sessions, Customers int64
			}
		}
		a.ok("GET", mine+"/figures", "", &figures)
		total := int64(0)
		for _, d := range figures.Days {
			total += d.Sessions
		}
		if total != 1 {
			t.Errorf("%+v", figures)
		}
		a.did("kf.session", "kf.session", "kf.session")
	})
}
