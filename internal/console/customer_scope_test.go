package console_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	admins "qiwei/internal/admin"
	"qiwei/qiweitest"
)

func TestCustomerTrends(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		appoint(t, w, w.CorpID, "zhangsan", admins.Super)
		appoint(t, w, w.CorpID, "lisi", admins.Ranged, 4)
		a := as(t, w, w.CorpID, "zhangsan")
		lin := met(w, w.CorpID, `{"userid":"zhangsan","name":"Lin","add_way":1}`)
		he := met(w, w.CorpID, `{"userid":"wangwu","name":"He","add_way":1}`)
		met(w, w.CorpID, `{"userid":"wangwu","name":"Wu","add_way":3,"half":true}`)
		met(w, w.Second.CorpID, `{"userid":"wangwu","name":"theirs","add_way":1}`)
		script(w, w.CorpID, "send", `{"userid":"zhangsan","external_userid":"`+lin+`","text":"在吗"}`, nil)
		w.Advance(time.Minute)
		script(w, w.CorpID, "send", `{"userid":"zhangsan","external_userid":"`+lin+`","by":"member","text":"在"}`, nil)
		script(w, w.CorpID, "remove", `{"userid":"wangwu","external_userid":"`+he+`"}`, nil)
		type figures struct {
			Days []struct {
				Day                                   string
				Added, Lost, Messages, Replied, Asked int64
				Waited                                int64
			}
			Funnel struct{ Came, Friends, Talked, Kept int64 }
			Ways   []struct{ Way, Came, Friends int64 }
		}
		read := func(a *admin, query string) (f figures) {
			t.Helper()
			a.ok("GET", "/console/api/customer-trends?"+query, "", &f)
			return f
		}
		f := read(a, "days=7")
		if today := f.Days[len(f.Days)-1]; len(f.Days) != 7 || today.Added != 2 || today.Lost != 1 || today.Messages != 1 || today.Asked != 1 || today.Replied != 1 || today.Waited != 60 {
			t.Errorf("%+v", f.Days)
		}
		if f.Funnel.Came != 3 || f.Funnel.Friends != 2 || f.Funnel.Talked != 1 || f.Funnel.Kept != 1 {
			t.Errorf("%+v", f.Funnel)
		}
		if len(f.Ways) != 2 || f.Ways[0].Way != 1 || f.Ways[0].Came != 2 || f.Ways[1].Way != 3 || f.Ways[1].Friends != 0 {
			t.Errorf("%+v", f.Ways)
		}
		if f := read(a, "days=90"); len(f.Days) != 90 || f.Days[89].Added != 2 {
			t.Errorf("%d days", len(f.Days))
		}
		if f := read(a, "userid=wangwu"); f.Funnel.Came != 2 || f.Funnel.Talked != 0 || len(f.Days) != 30 {
			t.Errorf("of a member: %+v", f.Funnel)
		}
		if f := read(a, "department=2"); f.Funnel.Came != 1 || f.Days[29].Added != 1 {
			t.Errorf("of a department: %+v", f.Funnel)
		}
		ranged := as(t, w, w.CorpID, "lisi")
		if f := read(ranged, ""); f.Funnel.Came != 2 || f.Days[29].Added != 1 || f.Days[29].Lost != 1 {
			t.Errorf("of a range: %+v", f)
		}
		ranged.refused(403, "GET", "/console/api/customer-trends?department=2", "")
		ranged.refused(422, "GET", "/console/api/customer-trends?userid=zhangsan", "")
		a.refused(400, "GET", "/console/api/customer-trends?days=8", "")
		a.refused(422, "GET", "/console/api/customer-trends?userid=nobody", "")
		w.Advance(24 * time.Hour)
		if f := read(a, "days=7"); f.Days[6].Added != 0 || f.Days[5].Added != 2 {
			t.Errorf("a day later: %+v", f.Days)
		}
	})
}

// Who has customer contact decides whose people are customers.
func TestCustomerScope(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		appoint(t, w, w.CorpID, "zhangsan", admins.Super)
		a := as(t, w, w.CorpID, "zhangsan")
		met(w, w.CorpID, `{"userid":"zhangsan","name":"Lin"}`)
		met(w, w.CorpID, `{"userid":"wangwu","name":"He"}`)
		const path = "/console/api/customer-scope"
		type app struct {
			AgentID   int64
			Kind      string
			Customers bool `json:"customer_contact"`
			Service   bool `json:"customer_service"`
		}
		var got struct {
			Scope *struct {
				Departments []int64
				Members     []struct{ UserID string }
			}
			Apps []app
		}
		agent := w.As("self_built").AgentID
		if a.ok("GET", path, "", &got); got.Scope != nil {
			t.Errorf("%+v", got)
		}
		a.ok("PUT", path, `{"scope":{"departments":[4],"members":["LISI"]}}`, nil)
		if a.ok("GET", path, "", &got); got.Scope == nil || !slices.Equal(got.Scope.Departments, []int64{4}) || len(got.Scope.Members) != 1 || got.Scope.Members[0].UserID != "lisi" {
			t.Errorf("%+v", got.Scope)
		}
		if list := a.found(""); !slices.Equal(list, []string{"He of wangwu"}) {
			t.Errorf("%q", list)
		}
		a.refused(422, "PUT", path, `{"scope":{"departments":[99]}}`)
		a.refused(422, "PUT", path, `{"scope":{"members":["nobody"]}}`)
		a.ok("DELETE", "/console/api/members/lisi", "", nil) // a page shows whoever is left
		if a.ok("GET", path, "", &got); len(got.Scope.Members) != 0 {
			t.Errorf("%+v", got.Scope)
		}
		a.ok("PUT", path, `{"scope":null}`, nil)
		if list := a.found(""); len(list) != 2 {
			t.Errorf("%q", list)
		}

		mine := fmt.Sprintf("%s/apps/%d", path, agent)
		listed := func() (customers, service bool) {
			a.ok("GET", path, "", &got)
			for _, one := range got.Apps {
				if one.AgentID == agent {
					return one.Customers, one.Service
				}
			}
			return false, false
		}
		a.ok("PUT", mine, `{"customer_contact":false,"customer_service":true}`, nil)
		if customers, service := listed(); customers || !service {
			t.Errorf("%v %v", customers, service)
		}
		if r := w.As("self_built").Call("GET", "/cgi-bin/externalcontact/get_follow_user_list", ""); r.ErrCode != 48002 {
			t.Errorf("not listed: %s", r.Body)
		}
		a.ok("PUT", mine, `{"customer_contact":true}`, nil)
		if r := w.As("self_built").Call("GET", "/cgi-bin/externalcontact/get_follow_user_list", ""); r.ErrCode != 0 {
			t.Errorf("listed: %s", r.Body)
		}
		a.refused(404, "PUT", path+"/apps/999", `{"customer_contact":true}`)
		a.refused(422, "PUT", fmt.Sprintf("%s/apps/%d", path, w.As("customer_contact").AgentID), `{"customer_contact":false}`)
		a.did("customer.scope", "customer.scope", "customer.scope")
	})
}
