package control_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// content is what is in a database: the rows of each table as text, in any order.
type content struct {
	tables map[string][]string
	table  string
	skip   int // a column that a restoration raises on purpose
}

func (c *content) Schema([]int64) error { return nil }

func (c *content) Table(name string, columns []string) error {
	c.table, c.skip = name, -1
	if name == "app" {
		c.skip = slices.Index(columns, "version")
	}
	return nil
}

func (c *content) Row(values []any) error {
	if c.skip >= 0 {
		values = slices.Delete(slices.Clone(values), c.skip, c.skip+1)
	}
	text, err := json.Marshal(values)
	c.tables[c.table] = append(c.tables[c.table], string(text))
	return err
}

func (c *content) Numbers(map[string]int64) error { return nil }

func contentOf(t *testing.T, st *store.Store) map[string][]string {
	t.Helper()
	c := &content{tables: map[string][]string{}}
	if err := st.Dump(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	for _, rows := range c.tables {
		slices.Sort(rows)
	}
	return c.tables
}

// same reports the tables that differ.
func same(t *testing.T, when string, got, want map[string][]string) {
	t.Helper()
	names := maps.Clone(want)
	maps.Copy(names, got)
	for name := range names {
		if !slices.Equal(got[name], want[name]) {
			t.Errorf("%s: %s has\n  %s\nwant\n  %s", when, name, strings.Join(got[name], "\n  "), strings.Join(want[name], "\n  "))
		}
	}
}

func reset(t *testing.T, w *qiweitest.World) {
	t.Helper()
	if status, body := send(t, "POST", w.URL+"/_qiwei/reset", ""); status != 200 {
		t.Fatalf("reset: %d %s", status, body)
	}
}

// Whatever has been added, changed or deleted, by whom ever, a reset brings everything back and leaves nothing.
func TestResetBringsEverythingBack(t *testing.T) {
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		other := w.Beside()
		sync, app := w.As(access.ContactSync), w.As(access.SelfBuilt)
		must := func(r qiweitest.Result) {
			t.Helper()
			if r.ErrCode != 0 {
				t.Fatal(r.Body)
			}
		}
		must(sync.Call("POST", "/cgi-bin/tag/create", `{"tagname":"值班","tagid":7}`))
		must(sync.Call("POST", "/cgi-bin/tag/addtagusers", `{"tagid":7,"userlist":["lisi"]}`))
		if err := w.Server.Control.Remember(t.Context()); err != nil {
			t.Fatal(err)
		}
		want := contentOf(t, w.Server.Store)
		for what, change := range map[string]func(){
			"nothing": func() {},
			"rows are added": func() {
				must(sync.Call("POST", "/cgi-bin/user/create", `{"userid":"zhaoliu","name":"赵六","mobile":"13800000009","department":[2]}`))
			},
			"a row is changed": func() { must(sync.Call("POST", "/cgi-bin/user/update", `{"userid":"lisi","name":"李"}`)) },
			"rows are gone, and with them those that refer to them": func() {
				must(sync.Call("GET", "/cgi-bin/user/delete?userid=lisi", ""))
				must(sync.Call("GET", "/cgi-bin/tag/delete?tagid=7", ""))
			},
			"an empty table is filled": func() {
				must(app.Call("POST", "/cgi-bin/menu/create?agentid="+fmt.Sprint(app.AgentID), `{"button":[{"type":"click","name":"一","key":"k"}]}`))
			},
			"an application is gone": func() {
				w.Write(func(ctx context.Context, tx *store.Tx) error {
					return w.Server.Apps.DeleteApp(ctx, tx, w.CorpID, app.AgentID)
				})
			},
			"another server has written": func() {
				err := other.Store.Write(t.Context(), func(tx *store.Tx) error {
					return other.Directory.DeleteMember(t.Context(), tx, access.System(w.CorpID), "wangwu")
				})
				if err != nil {
					t.Fatal(err)
				}
			},
		} {
			change()
			reset(t, w)
			same(t, what, contentOf(t, w.Server.Store), want)
			must(app.Call("GET", "/cgi-bin/user/get?userid=wangwu", ""))
		}
	})
}

// Resets beside writes: what a write was answered before a reset began is gone after it.
func TestResetBesideWriters(t *testing.T) {
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		client := w.As(access.ContactSync)
		token := client.Token()
		if err := w.Server.Control.Remember(t.Context()); err != nil {
			t.Fatal(err)
		}
		want := contentOf(t, w.Server.Store)
		for round := range 5 {
			var all sync.WaitGroup
			for n := range 6 {
				all.Go(func() {
					for i := range 5 {
						r := w.Send("POST", "/cgi-bin/user/create?access_token="+token,
							fmt.Sprintf(`{"userid":"r%d-%d-%d","name":"新","email":"r%d-%d-%d@corp.example","department":[2]}`, round, n, i, round, n, i))
						if r.ErrCode != 0 {
							t.Errorf("user/create beside a reset: %s", r.Body)
						}
					}
				})
			}
			all.Go(func() {
				for range 3 {
					reset(t, w)
				}
			})
			all.Wait()
			reset(t, w)
			same(t, fmt.Sprintf("round %d", round), contentOf(t, w.Server.Store), want)
		}
	})
}
