package customer_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/qiweitest"
)

// strategy makes a strategy group and returns its strategy_id.
func (h *house) strategy(c *qiweitest.Client, more string) int64 {
	h.t.Helper()
	var made struct {
		ID int64 `json:"strategy_id"`
	}
	got := as(c, "customer_strategy/create", `{"strategy_name":"销售","admin_list":["lisi"],`+more+`}`)
	if got.Decode(&made); got.ErrCode != 0 {
		h.t.Fatal(got.Body)
	}
	return made.ID
}

// TestStrategyTags: tags of a strategy group belong to it and not to the corp, and to the application that made
// the group (doc 94882).
func TestStrategyTags(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		one, two := h.strategy(h.app, `"range":[{"type":2,"partyid":2}]`), h.strategy(h.app, `"range":[{"type":2,"partyid":2}]`)
		below := h.strategy(h.app, fmt.Sprintf(`"parent_id":%d,"range":[{"type":2,"partyid":2}]`, one))
		var corp, first, second group
		h.must("add_corp_tag", `{"group_name":"级别","tag":[{"name":"金"}]}`).Decode(&corp)
		made := h.must("add_strategy_tag", fmt.Sprintf(`{"strategy_id":%d,"group_name":"级别","order":3,"tag":[{"name":"金","order":2},{"name":"银"},{"name":"金"}]}`, one))
		made.Decode(&first)
		h.must("add_strategy_tag", fmt.Sprintf(`{"strategy_id":%d,"group_name":"级别","tag":[{"name":"金"}]}`, two)).Decode(&second)
		h.must("add_strategy_tag", fmt.Sprintf(`{"strategy_id":%d,"group_name":"级别","tag":[{"name":"铜"}]}`, one))
		now := h.Clock.Now().Unix()
		gold, silver := first.Group.Tags[0].ID, first.Group.Tags[1].ID
		if want := fmt.Sprintf(`"tag_group":{"group_id":%q,"group_name":"级别","create_time":%d,"order":3,"tag":[{"id":%q,"name":"金","create_time":%d,"order":2},{"id":%q,"name":"银","create_time":%d,"order":0}]}`, first.Group.ID, now, gold, now, silver, now); !strings.Contains(made.Body, want) {
			t.Errorf("%s\nwant %s", made.Body, want)
		}
		list := func(c *qiweitest.Client, body string) string { return as(c, "get_strategy_tag_list", body).Body }
		for _, tt := range []struct {
			what, body string
			groups     int
			has        string
		}{
			{"all", `{}`, 2, ""},
			{"of one", fmt.Sprintf(`{"strategy_id":%d}`, one), 1, fmt.Sprintf(`"order":3,"strategy_id":%d,"tag":[{"id":%q,`, one, gold)},
			{"a group", `{"group_id":["` + second.Group.ID + `"]}`, 1, fmt.Sprintf(`"strategy_id":%d`, two)},
			{"a tag", `{"tag_id":["` + silver + `"]}`, 1, `"tag":[{"id":"` + silver + `"`},
			{"the corp's", `{"tag_id":["` + corp.Group.Tags[0].ID + `"]}`, 0, "40068"},
			{"of another group", fmt.Sprintf(`{"strategy_id":%d,"tag_id":[%q]}`, two, gold), 0, "40068"},
			{"of nobody", `{"strategy_id":99}`, 0, "40058"},
		} {
			got := list(h.app, tt.body)
			if strings.Count(got, `"group_id"`) != tt.groups || !strings.Contains(got, tt.has) {
				t.Errorf("%s: %s", tt.what, got)
			}
		}
		if got := h.must("get_corp_tag_list", `{}`).Body; strings.Count(got, `"group_id"`) != 1 || !strings.Contains(got, corp.Group.ID) {
			t.Errorf("the corp's: %s", got)
		}
		edit := func(name, of string) string { return `{"id":"` + of + `","name":"` + name + `"}` }
		h.refused("add_strategy_tag", []refusal{
			{"no group", `{"group_name":"x","tag":[{"name":"y"}]}`, 40058},
			{"an unknown one", `{"strategy_id":99,"group_name":"x","tag":[{"name":"y"}]}`, 40058},
			{"one below another", fmt.Sprintf(`{"strategy_id":%d,"group_name":"x","tag":[{"name":"y"}]}`, below), 40058},
			{"a name that is there", fmt.Sprintf(`{"strategy_id":%d,"group_name":"级别","tag":[{"name":"金"}]}`, one), 40071},
			{"a group of the corp", fmt.Sprintf(`{"strategy_id":%d,"group_id":%q,"tag":[{"name":"y"}]}`, one, corp.Group.ID), 40068},
			{"without tags", fmt.Sprintf(`{"strategy_id":%d,"group_name":"x"}`, one), 40058},
		})
		h.refused("edit_strategy_tag", []refusal{{"the corp's", edit("x", corp.Group.ID), 40068}, {"a taken name", edit("金", silver), 40071}, {"a new one", edit("钻", gold), 0}})
		h.refused("edit_corp_tag", []refusal{{"a strategy group's", edit("x", gold), 40068}})
		h.refused("del_corp_tag", []refusal{{"a strategy group's", `{"tag_id":["` + gold + `"]}`, 40068}})
		own := h.app
		h.app = h.WithApp(access.SelfBuilt, listed(access.Everything()))
		h.refused("edit_strategy_tag", []refusal{{"another application's", edit("x", gold), 40068}})
		h.refused("del_strategy_tag", []refusal{{"another application's", `{"tag_id":["` + gold + `"]}`, 40068}, {"nothing", `{}`, 40058}})
		if got := list(h.app, `{}`); !strings.Contains(got, `"tag_group":[]`) {
			t.Errorf("another application: %s", got)
		}
		if got := list(h.Second.WithApp(access.SelfBuilt, listed(access.Everything())), `{"tag_id":["`+gold+`"]}`); !strings.Contains(got, "40068") {
			t.Errorf("the twin: %s", got)
		}
		h.app = own
		h.must("del_strategy_tag", `{"tag_id":["`+second.Group.Tags[0].ID+`"]}`)
		if got := list(h.app, `{}`); strings.Count(got, `"group_id"`) != 1 {
			t.Errorf("without the last tag of a group: %s", got)
		}
		h.must("customer_strategy/del", fmt.Sprintf(`{"strategy_id":%d}`, below))
		h.must("customer_strategy/del", fmt.Sprintf(`{"strategy_id":%d}`, one))
		if got := list(h.app, `{}`); !strings.Contains(got, `"tag_group":[]`) {
			t.Errorf("once the strategy group is deleted: %s", got)
		}
	})
}

// TestMarkStrategyTags: members in the range of a strategy group give its tags, through the application that
// made it (doc 92118).
func TestMarkStrategyTags(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		lin := h.add(`{"userid":"zhangsan","name":"Lin"}`)
		h.add(`{"userid":"wangwu","external_userid":"` + lin.External + `"}`)
		of := h.strategy(h.app, `"range":[{"type":2,"partyid":2}]`)
		var made group
		h.must("add_strategy_tag", fmt.Sprintf(`{"strategy_id":%d,"group_name":"级别","tag":[{"name":"金"}]}`, of)).Decode(&made)
		tag := made.Group.Tags[0].ID
		mark := func(user string) string {
			return fmt.Sprintf(`{"userid":%q,"external_userid":%q,"add_tag":[%q]}`, user, lin.External, tag)
		}
		h.refused("mark_tag", []refusal{{"in the range", mark("zhangsan"), 0}, {"not in it", mark("wangwu"), 40068}})
		if got := as(h.WithApp(access.SelfBuilt, listed(access.Everything())), "mark_tag", mark("zhangsan")); got.ErrCode != 40068 {
			t.Errorf("another application: %s", got.Body)
		}
		if got := h.app.Call("GET", "/cgi-bin/externalcontact/get?external_userid="+lin.External, "").Body; !strings.Contains(got, `"tags":[{"group_name":"级别","tag_name":"金","tag_id":"`+tag+`","type":3}]`) {
			t.Errorf("%s", got)
		}
		if got := h.must("batch/get_by_user", `{"userid_list":["zhangsan"]}`).Body; !strings.Contains(got, `"tag_id":["`+tag+`"]`) {
			t.Errorf("%s", got)
		}
	})
}

// TestToldOfStrategyTags: customer contact itself is told of which strategy group a tag is (doc 92130).
func TestToldOfStrategyTags(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		system, app := h.Receiver(h.As(access.CustomerContact)), h.Receiver(h.app)
		h.Delivered()
		system.Take()
		app.Take()
		of := h.strategy(h.app, `"range":[{"type":2,"partyid":2}]`)
		var made group
		var out strings.Builder
		strategyID := fmt.Sprintf(`"strategy_id":%d,`, of)
		for _, step := range []func(){
			func() {
				h.done(h.Corp, "tags", `{`+strategyID+`"add":{"group_name":"级别","tag":[{"name":"金"},{"name":"银"}]}}`, &made)
			},
			func() {
				h.done(h.Corp, "tags", `{`+strategyID+`"edit":{"id":"`+made.Group.Tags[0].ID+`","name":"钻"}}`, nil)
			},
			func() {
				h.done(h.Corp, "tags", `{`+strategyID+`"shuffle":{"group_id":"`+made.Group.ID+`","order":["`+made.Group.Tags[1].ID+`","`+made.Group.Tags[0].ID+`"]}}`, nil)
			},
			func() { h.done(h.Corp, "tags", `{`+strategyID+`"delete":{"group_id":["`+made.Group.ID+`"]}}`, nil) },
		} {
			h.Advance(time.Minute)
			step()
			h.Delivered()
			for _, r := range system.Take() {
				if r.Field("StrategyId") != fmt.Sprint(of) {
					t.Errorf("%s", r.XML())
				}
				out.WriteString(masked(h, r.XML(), map[string]string{made.Group.ID: "GROUP", made.Group.Tags[0].ID: "TAG", made.Group.Tags[1].ID: "TAG"}) + "\n")
			}
			for _, r := range app.Take() {
				if r.Field("StrategyId") != "" {
					t.Errorf("an application: %s", r.XML())
				}
			}
		}
		qiweitest.Golden(t, "push/strategy.txt", out.String())
	})
}
