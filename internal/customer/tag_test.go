package customer_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/qiweitest"
)

// tagged makes a group with two tags as the house's application.
func (h *house) tagged(name string) (g group) {
	h.t.Helper()
	h.must("add_corp_tag", fmt.Sprintf(`{"group_name":%q,"order":5,"tag":[{"name":"金","order":1},{"name":"银","order":2},{"name":"金"}]}`, name)).Decode(&g)
	return g
}

// TestTags: what the page says of the tag library (doc 92117).
func TestTags(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		now := h.Clock.Now().Unix()
		got := h.must("add_corp_tag", `{"group_name":"级别","order":5,"tag":[{"name":"金","order":1},{"name":"银","order":2},{"name":"金"}]}`)
		var g group
		got.Decode(&g)
		gold, silver := g.Group.Tags[0].ID, g.Group.Tags[1].ID
		one := func(id, name string, order int, more string) string {
			return fmt.Sprintf(`{"id":%q,"name":%q,"create_time":%d,"order":%d%s}`, id, name, now, order, more)
		}
		head := func(more string) string {
			return fmt.Sprintf(`{"group_id":%q,"group_name":"级别","create_time":%d,"order":5%s,"tag":[`, g.Group.ID, now, more)
		}
		ok := `{"errcode":0,"errmsg":"ok","tag_group":`
		if want := ok + head("") + one(gold, "金", 1, "") + "," + one(silver, "银", 2, "") + `]}}`; got.Body != want {
			t.Errorf("%s, want %s", got.Body, want)
		}
		if want, got := ok+"["+head("")+one(silver, "银", 2, "")+","+one(gold, "金", 1, "")+`]}]}`, h.must("get_corp_tag_list", `{}`).Body; got != want {
			t.Errorf("all: %s, want %s", got, want)
		}
		h.must("del_corp_tag", `{"tag_id":["`+gold+`"]}`)
		h.must("edit_corp_tag", `{"id":"`+silver+`","name":"白银","order":0}`)
		h.must("edit_corp_tag", `{"id":"`+g.Group.ID+`"}`)
		const there, gone = `,"deleted":false`, `,"deleted":true`
		for _, tt := range []struct{ what, body, want string }{
			{"all", `{}`, head("") + one(silver, "白银", 0, "") + `]}`},
			{"by tag", `{"tag_id":["` + gold + `"]}`, head(there) + one(gold, "金", 1, gone) + `]}`},
			{"by group, which goes first", `{"group_id":["` + g.Group.ID + `"],"tag_id":["` + silver + `"]}`, head("") + one(gold, "金", 1, gone) + "," + one(silver, "白银", 0, there) + `]}`},
		} {
			if got, want := h.must("get_corp_tag_list", tt.body).Body, ok+"["+tt.want+"]}"; got != want {
				t.Errorf("%s: %s, want %s", tt.what, got, want)
			}
		}
		var more group
		h.must("add_corp_tag", `{"group_name":"级别","order":9,"tag":[{"name":"金"}]}`).Decode(&more)
		if more.Group.ID != g.Group.ID || more.Group.Tags[0].ID == gold {
			t.Errorf("into the group of the name: %+v", more)
		}
		h.must("del_corp_tag", `{"tag_id":["`+silver+`","`+more.Group.Tags[0].ID+`"]}`)
		if got := h.must("get_corp_tag_list", `{}`); got.Body != ok+`[]}` {
			t.Errorf("the last tag has gone: %s", got.Body)
		}
		if got := h.must("get_corp_tag_list", `{"tag_id":["`+silver+`"]}`); !strings.Contains(got.Body, `"order":5,"deleted":true`) {
			t.Errorf("the group has gone too: %s", got.Body)
		}
		if h.tagged("级别").Group.ID == g.Group.ID {
			t.Error("a group that was deleted has come back")
		}
	})
}

// TestTagRefusals: names, orders and ids that are none, and those of others.
func TestTagRefusals(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		g, other := h.tagged("级别"), h.tagged("other")
		gold, silver := g.Group.Tags[0].ID, g.Group.Tags[1].ID
		twin := &house{h.World, t, h.Second.WithApp(access.SelfBuilt, listed(access.Everything()))}
		foreign := twin.tagged("级别")
		h.refused("add_corp_tag", []refusal{
			{"without tags", `{"group_name":"x"}`, 40058},
			{"without a group", `{"tag":[{"name":"x"}]}`, 40072},
			{"a tag that is there", `{"group_id":"` + g.Group.ID + `","tag":[{"name":"new"},{"name":"金"}]}`, 40071},
			{"a tag for a group", `{"group_id":"` + gold + `","tag":[{"name":"x"}]}`, 40068},
			{"the twin's group", `{"group_id":"` + foreign.Group.ID + `","tag":[{"name":"x"}]}`, 40068},
			{"no id", `{"group_id":"et1","tag":[{"name":"x"}]}`, 40068},
			{"a name of blanks", `{"group_name":"x","tag":[{"name":" "}]}`, 40072},
			{"an order below 0", `{"group_name":"x","tag":[{"name":"x","order":-1}]}`, 40058},
			{"a group's order below 0", `{"group_name":"x","order":-1,"tag":[{"name":"x"}]}`, 40058},
		})
		h.refused("edit_corp_tag", []refusal{
			{"a taken name", `{"id":"` + gold + `","name":"银"}`, 40071},
			{"its own", `{"id":"` + gold + `","name":"金"}`, 0},
			{"a taken name of a group", `{"id":"` + g.Group.ID + `","name":"other"}`, 40071},
			{"a name in another group", `{"id":"` + other.Group.Tags[0].ID + `","name":"铜"}`, 0},
			{"the twin's", `{"id":"` + foreign.Group.ID + `","name":"x"}`, 40068},
			{"none", `{"name":"x"}`, 40068},
			{"an empty name", `{"id":"` + gold + `","name":""}`, 40072},
		})
		h.refused("del_corp_tag", []refusal{
			{"nothing", `{}`, 40058}, {"the twin's", `{"group_id":["` + foreign.Group.ID + `"]}`, 40068},
			{"a group among tags", `{"tag_id":["` + g.Group.ID + `"]}`, 40068},
			{"all or none", `{"tag_id":["` + gold + `","et1"]}`, 40068},
		})
		h.refused("get_corp_tag_list", []refusal{{"the twin's", `{"group_id":["` + foreign.Group.ID + `"]}`, 40068}})
		if got := h.must("get_corp_tag_list", `{"group_id":["`+g.Group.ID+`"]}`); strings.Contains(got.Body, "new") || strings.Contains(got.Body, `"deleted":true`) {
			t.Errorf("a refused call has done something: %s", got.Body)
		}
		neighbour := &house{h.World, t, h.WithApp(access.SelfBuilt, listed(access.Everything()))}
		neighbour.refused("edit_corp_tag", []refusal{{"another application's", `{"id":"` + gold + `","name":"x"}`, 60011}})
		neighbour.refused("del_corp_tag", []refusal{{"another application's", `{"tag_id":["` + gold + `"]}`, 60011}, {"a whole group", `{"group_id":["` + g.Group.ID + `"]}`, 60011}})
		neighbour.refused("add_corp_tag", []refusal{{"into another application's group", `{"group_id":"` + g.Group.ID + `","tag":[{"name":"theirs"}]}`, 0}})
		h.must("del_corp_tag", `{"group_id":["`+g.Group.ID+`"]}`)
		h.refused("edit_corp_tag", []refusal{{"one that has gone", `{"id":"` + silver + `","name":"x"}`, 40068}})
	})
}

// TestMark: a member's tags on a customer are in that relation alone (doc 92118).
func TestMark(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		g := h.tagged("级别")
		gold, silver := g.Group.Tags[0].ID, g.Group.Tags[1].ID
		lin := h.add(`{"userid":"zhangsan","name":"Lin"}`)
		h.add(`{"userid":"lisi","external_userid":"` + lin.External + `"}`)
		of := fmt.Sprintf(`{"userid":"zhangsan","external_userid":%q`, lin.External)
		tags := func() string {
			got := h.must("get", of+`}`).Body
			var names []string
			for _, part := range strings.Split(got, `"tag_name":"`)[1:] {
				names = append(names, part[:strings.Index(part, `"`)])
			}
			return strings.Join(names, " ")
		}
		for _, tt := range []struct{ what, body, want string }{
			{"one", `,"add_tag":["` + gold + `"]}`, "金"},
			{"twice", `,"add_tag":["` + gold + `","` + gold + `"]}`, "金"},
			{"a second of the group", `,"add_tag":["` + silver + `"]}`, "金 银"},
			{"one away", `,"remove_tag":["` + gold + `"]}`, "银"},
			{"away what is not there", `,"remove_tag":["` + gold + `"]}`, "银"},
			{"both at once", `,"add_tag":["` + gold + `"],"remove_tag":["` + silver + `"]}`, "金"},
		} {
			h.must("mark_tag", of+tt.body)
			if got := tags(); got != tt.want {
				t.Errorf("%s: %q, want %q", tt.what, got, tt.want)
			}
		}
		want := fmt.Sprintf(`"tags":[{"group_name":"级别","tag_name":"金","tag_id":%q,"type":1}]`, gold)
		if got := h.must("get", of+`}`); !strings.Contains(got.Body, want) {
			t.Errorf("%s, want %s", got.Body, want)
		}
		if got := h.must("batch/get_by_user", `{"userid":"zhangsan"}`); !strings.Contains(got.Body, `"tag_id":["`+gold+`"]`) {
			t.Errorf("batch: %s", got.Body)
		}
		twin := &house{h.World, t, h.Second.WithApp(access.SelfBuilt, listed(access.Everything()))}
		foreign := twin.tagged("级别").Group.Tags[0].ID
		h.refused("mark_tag", []refusal{
			{"nothing", of + `}`, 40058}, {"the twin's tag", of + `,"add_tag":["` + foreign + `"]}`, 40068},
			{"a group", of + `,"add_tag":["` + g.Group.ID + `"]}`, 40068}, {"no tag", of + `,"remove_tag":["x"]}`, 40068},
			{"not this member's", fmt.Sprintf(`{"userid":"wangwu","external_userid":%q,"add_tag":[%q]}`, lin.External, gold), 84061},
			{"nobody's", fmt.Sprintf(`{"userid":"nobody","external_userid":%q,"add_tag":[%q]}`, lin.External, gold), 60111},
		})
		h.must("del_corp_tag", `{"group_id":["`+g.Group.ID+`"]}`)
		if got := tags(); got != "" {
			t.Errorf("deleted tags stay on a customer: %s", got)
		}
		h.refused("mark_tag", []refusal{{"a deleted tag", of + `,"add_tag":["` + gold + `"]}`, 40068}, {"away with a deleted tag", of + `,"remove_tag":["` + gold + `"]}`, 0}})
	})
}

// TestMarkAtOnce: of two calls that change one relation at the same time, one is refused with 45035.
func TestMarkAtOnce(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		g := h.tagged("级别")
		lin := h.add(`{"userid":"zhangsan","name":"Lin"}`)
		body := fmt.Sprintf(`{"userid":"zhangsan","external_userid":%q,"add_tag":[%q]}`, lin.External, g.Group.Tags[0].ID)
		first, both := h.atOnce("mark_tag", body)
		if first.ErrCode != 45035 || both.ErrCode != 0 {
			t.Errorf("while one waits: %s; it: %s", first.Body, both.Body)
		}
		h.must("mark_tag", body)
	})
}

// atOnce makes a call twice while nobody can write, and returns the answer that came at once, and the one that
// came when it could.
func (h *house) atOnce(name, body string) (first, second qiweitest.Result) {
	h.t.Helper()
	h.app.Token()
	answers := make(chan qiweitest.Result, 2)
	hold, held := make(chan bool), make(chan error)
	go func() { held <- h.hold(hold) }()
	<-hold
	for range 2 {
		go func() { answers <- h.call(name, body) }()
	}
	select {
	case first = <-answers:
	case <-time.After(20 * time.Second):
		h.t.Error("nobody is answered")
	}
	hold <- true
	if err := <-held; err != nil {
		h.t.Fatal(err)
	}
	return first, <-answers
}

// TestProvidersTags: a provider's application knows a tag by an id of its own, and changes what it has made.
func TestProvidersTags(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		g := h.tagged("级别")
		theirs := h.provided("externalcontact:base:base", "externalcontact:contact:tag")
		var seen struct {
			Groups []struct {
				ID   string                `json:"group_id"`
				Tags []struct{ ID string } `json:"tag"`
			} `json:"tag_group"`
		}
		as(theirs, "get_corp_tag_list", `{}`).Decode(&seen)
		if len(seen.Groups) != 1 || seen.Groups[0].ID == g.Group.ID || seen.Groups[0].Tags[0].ID == g.Group.Tags[1].ID || !strings.HasPrefix(seen.Groups[0].ID, "et") {
			t.Fatalf("%+v", seen)
		}
		own := h.app
		h.app = theirs
		h.refused("edit_corp_tag", []refusal{
			{"by the corp's id", `{"id":"` + g.Group.ID + `","name":"x"}`, 40068}, {"not made by it", `{"id":"` + seen.Groups[0].ID + `","name":"x"}`, 60011},
		})
		var made group
		as(theirs, "add_corp_tag", `{"group_id":"`+seen.Groups[0].ID+`","tag":[{"name":"theirs"}]}`).Decode(&made)
		h.refused("edit_corp_tag", []refusal{{"made by it", `{"id":"` + made.Group.Tags[0].ID + `","name":"y"}`, 0}})
		h.app = own
		h.refused("edit_corp_tag", []refusal{{"by the provider's id", `{"id":"` + made.Group.Tags[0].ID + `","name":"x"}`, 40068}})
	})
}
