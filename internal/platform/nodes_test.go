package platform_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/clock"
	"qiwei/internal/corp"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// node is one of several servers on one database.
type node struct {
	t      *testing.T
	url    string
	server *platform.Server
}

func newNode(t *testing.T, database string, c *clock.Clock, opts ...qiweitest.Option) *node {
	t.Helper()
	cfg := platform.Config{Database: database, Key: qiweitest.Key, Clock: c, SweepEvery: -1}
	for _, opt := range opts {
		opt(&cfg)
	}
	s, err := platform.Open(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(s)
	s.SetBaseURL(front.URL)
	t.Cleanup(func() {
		front.Close()
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return &node{t, front.URL, s}
}

// reply is what a call was answered.
type reply struct {
	Code   int    `json:"errcode"`
	Msg    string `json:"errmsg"`
	Token  string `json:"access_token"`
	Ticket string `json:"ticket"`
	Left   int64  `json:"expires_in"`
}

// call makes a call; parameters all go in the query.
func (n *node) call(path string, params ...string) (r reply) {
	q := url.Values{}
	for i := 0; i+1 < len(params); i += 2 {
		q.Set(params[i], params[i+1])
	}
	resp, err := http.Get(n.url + "/cgi-bin/" + path + "?" + q.Encode())
	if err != nil {
		n.t.Errorf("%s: %v", path, err)
		return reply{Code: -2}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil {
		err = json.Unmarshal(body, &r)
	}
	if err != nil {
		n.t.Errorf("%s: %v", path, err)
	}
	return r
}

func (n *node) write(fn func(context.Context, *store.Tx) error) {
	n.t.Helper()
	ctx := context.Background()
	if err := n.server.Store.Write(ctx, func(tx *store.Tx) error { return fn(ctx, tx) }); err != nil {
		n.t.Fatal(err)
	}
}

// found makes an enterprise, and returns it with its contact sync and an
// application of its own.
func (n *node) found() (corpID string, sync, own app.App) {
	n.t.Helper()
	n.write(func(ctx context.Context, tx *store.Tx) error {
		c, err := n.server.CreateCorp(ctx, tx, corp.Corp{Name: "丙公司", Settings: corp.Settings{Sync: "edit"}}, qiweitest.Local)
		if err != nil {
			return err
		}
		corpID = c.CorpID
		apps, err := n.server.Apps.Apps(tx, corpID)
		if err != nil {
			return err
		}
		for _, a := range apps {
			if a.Kind == access.ContactSync {
				sync = a
			}
		}
		own, err = n.server.Apps.CreateApp(ctx, tx, app.App{CorpID: corpID, Kind: access.SelfBuilt,
			Settings: app.Settings{Name: "丁", Range: access.Everything(), TrustedIPs: qiweitest.Local}})
		return err
	})
	return corpID, sync, own
}

// onNodes runs the test with two servers on one database, of each sort.
func onNodes(t *testing.T, test func(t *testing.T, c *clock.Clock, a, b *node)) {
	t.Parallel()
	for name, database := range freshDatabases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := clock.At(qiweitest.Start)
			test(t, c, newNode(t, database, c), newNode(t, database, c))
		})
	}
}

// together calls fn many times at once and returns what came back.
func together[T any](n int, fn func(i int) T) []T {
	out, start := make([]T, n), make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { <-start; out[i] = fn(i) })
	}
	close(start)
	all.Wait()
	return out
}

func distinct(list []reply, what func(reply) string) (out []string) {
	seen := map[string]bool{}
	for _, r := range list {
		if v := what(r); !seen[v] {
			seen[v] = true
			out = append(out, v)
		}
	}
	return out
}

func TestOneTokenOnAllNodes(t *testing.T) {
	onNodes(t, func(t *testing.T, c *clock.Clock, a, b *node) {
		corpID, _, own := a.found()
		nodes := []*node{a, b}
		get := func(i int) reply { return nodes[i%2].call("gettoken", "corpid", corpID, "corpsecret", own.Secret) }
		token := func(r reply) string { return fmt.Sprint(r.Code, r.Token) }
		works := func(token string, code int) {
			t.Helper()
			for i, n := range nodes {
				if r := n.call("agent/get", "access_token", token, "agentid", fmt.Sprint(own.AgentID)); r.Code != code {
					t.Errorf("node %d: %d %s, want %d", i, r.Code, r.Msg, code)
				}
			}
		}
		last := ""
		for round := range 3 {
			got := together(30, get)
			if d := distinct(got, token); len(d) != 1 || !strings.HasPrefix(d[0], "0") || d[0] == last {
				t.Fatalf("round %d: tokens %q, after %q", round, d, last)
			} else {
				last = d[0]
			}
			works(got[0].Token, 0)
			c.Advance(7199 * time.Second)
			if r := get(round); token(r) != last || r.Left != 1 {
				t.Errorf("a second before its end: %+v", r)
			}
			works(got[0].Token, 0)
			c.Advance(time.Second)
			works(got[0].Token, 42001)
		}
		// While the clock passes the end of a token, each call gets a token that works.
		get(0)
		c.Advance(7199 * time.Second)
		got := together(31, func(i int) reply {
			if i == 15 {
				c.Advance(time.Second)
			}
			return get(i)
		})
		if d := distinct(got, token); len(d) > 2 || strings.Join(d, "")[0] != '0' {
			t.Errorf("at its end there were %d tokens: %q", len(d), d)
		}
		works(get(0).Token, 0)
	})
}

// Two machines' clocks differ a little. Neither may invalidate the other's tokens.
func TestTokensOfNodesWhoseClocksDiffer(t *testing.T) {
	t.Parallel()
	for name, database := range freshDatabases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			early, late := clock.At(qiweitest.Start), clock.At(qiweitest.Start.Add(2*time.Second))
			a, b := newNode(t, database, early), newNode(t, database, late)
			corpID, _, own := a.found()
			for range 3 {
				got := together(20, func(i int) reply {
					return []*node{a, b}[i%2].call("gettoken", "corpid", corpID, "corpsecret", own.Secret)
				})
				for _, r := range got {
					for _, n := range []*node{a, b} {
						if r := n.call("agent/get", "access_token", r.Token, "agentid", fmt.Sprint(own.AgentID)); r.Code != 0 {
							t.Errorf("%d %s", r.Code, r.Msg)
						}
					}
				}
				early.Advance(7200 * time.Second)
				late.Advance(7200 * time.Second)
			}
		})
	}
}

func TestOneTicketOnAllNodes(t *testing.T) {
	onNodes(t, func(t *testing.T, c *clock.Clock, a, b *node) {
		corpID, _, own := a.found()
		nodes := []*node{a, b}
		last := ""
		for range 2 {
			token := a.call("gettoken", "corpid", corpID, "corpsecret", own.Secret).Token
			seen := map[string]bool{}
			for _, path := range []string{"get_jsapi_ticket", "ticket/get?type=agent_config", "ticket/get?type=wx_card"} {
				path, kind, _ := strings.Cut(path, "?type=")
				got := together(20, func(i int) reply { return nodes[i%2].call(path, "access_token", token, "type", kind) })
				d := distinct(got, func(r reply) string { return fmt.Sprint(r.Code, r.Ticket, r.Left) })
				if len(d) != 1 || got[0].Code != 0 || seen[got[0].Ticket] || got[0].Ticket == last {
					t.Errorf("%s %s: %q", path, kind, d)
				}
				seen[got[0].Ticket] = true
				last = got[0].Ticket
			}
			c.Advance(2 * time.Hour)
		}
	})
}

// What is changed on one node holds on the other with the next call.
func TestChangesHoldOnAllNodesAtOnce(t *testing.T) {
	onNodes(t, func(t *testing.T, c *clock.Clock, a, b *node) {
		corpID, contacts, own := a.found()
		token := b.call("gettoken", "corpid", corpID, "corpsecret", own.Secret).Token
		agent := fmt.Sprint(own.AgentID)
		expect := func(what string, code int) {
			t.Helper()
			for i, n := range []*node{b, a} {
				if r := n.call("agent/get", "access_token", token, "agentid", agent); r.Code != code {
					t.Errorf("%s: node %d answers %d %s, want %d", what, i, r.Code, r.Msg, code)
				}
			}
		}
		change := func(set func(*app.App)) {
			t.Helper()
			a.write(func(ctx context.Context, tx *store.Tx) error {
				x, err := a.server.Apps.App(tx, corpID, own.AgentID)
				if err != nil {
					return err
				}
				set(&x)
				return a.server.Apps.UpdateApp(ctx, tx, x)
			})
		}
		expect("at first", 0)
		change(func(x *app.App) { x.Disabled = true })
		expect("switched off", 50003)
		change(func(x *app.App) { x.Disabled = false })
		expect("switched on", 0)
		change(func(x *app.App) { x.TrustedIPs, _ = access.ParseAddresses("203.0.113.9") })
		expect("elsewhere only", 60020)
		change(func(x *app.App) { x.TrustedIPs = qiweitest.Local })
		expect("here again", 0)

		sync := b.call("gettoken", "corpid", corpID, "corpsecret", contacts.Secret).Token
		create := func(n *node, user string) int {
			return n.call("user/create", "access_token", sync, "userid", user, "name", "某", "email", user+"@x.example").Code
		}
		if code := create(b, "u1"); code != 0 {
			t.Errorf("with sync at edit: %d", code)
		}
		a.write(func(ctx context.Context, tx *store.Tx) error {
			x, err := a.server.Corps.Corp(tx, corpID)
			if err != nil {
				return err
			}
			x.Sync = "read"
			return a.server.Corps.UpdateCorp(ctx, tx, x)
		})
		if code := create(b, "u2"); code != 48002 {
			t.Errorf("with sync at read: %d", code)
		}

		var fresh app.App
		a.write(func(ctx context.Context, tx *store.Tx) (err error) {
			fresh, err = a.server.Apps.ResetSecret(ctx, tx, corpID, own.AgentID)
			return err
		})
		expect("with a token of the old secret", 40014)
		if r := b.call("gettoken", "corpid", corpID, "corpsecret", own.Secret); r.Code != 40001 {
			t.Errorf("the old secret: %d %s", r.Code, r.Msg)
		}
		token = b.call("gettoken", "corpid", corpID, "corpsecret", fresh.Secret).Token
		expect("with a token of the new one", 0)
		a.write(func(ctx context.Context, tx *store.Tx) error {
			return a.server.Apps.DeleteApp(ctx, tx, corpID, own.AgentID)
		})
		expect("after the application's end", 40014)
	})
}

// Of concurrent requests for the same thing on several nodes, one succeeds.
func TestRulesHoldAcrossNodes(t *testing.T) {
	onNodes(t, func(t *testing.T, c *clock.Clock, a, b *node) {
		corpID, contacts, _ := a.found()
		token := a.call("gettoken", "corpid", corpID, "corpsecret", contacts.Secret).Token
		nodes := []*node{a, b}
		const n = 12
		race := func(what string, lose []int, call func(n *node, i int) reply) {
			t.Helper()
			won := 0
			for _, r := range together(n, func(i int) reply { return call(nodes[i%2], i) }) {
				ok := r.Code == 0
				for _, code := range lose {
					ok = ok || r.Code == code
				}
				if !ok {
					t.Errorf("%s: %d %s", what, r.Code, r.Msg)
				}
				if r.Code == 0 {
					won++
				}
			}
			if len(lose) > 0 && won != 1 {
				t.Errorf("%s: %d were successful", what, won)
			}
			if len(lose) == 0 && won != n {
				t.Errorf("%s: only %d were successful", what, won)
			}
		}
		with := func(params ...string) []string { return append([]string{"access_token", token}, params...) }
		num := func(i int) string { return fmt.Sprint(i) }

		race("members of their own", nil, func(n *node, i int) reply {
			return n.call("user/create", with("userid", "own"+num(i), "name", "某", "email", "own"+num(i)+"@x.example", "department", "1")...)
		})
		race("one userid", []int{60102}, func(n *node, i int) reply {
			return n.call("user/create", with("userid", []string{"same", "SAME"}[i%2], "name", "某", "email", "same"+num(i)+"@x.example")...)
		})
		race("one mobile", []int{60104}, func(n *node, i int) reply {
			return n.call("user/create", with("userid", "mobile"+num(i), "name", "某", "mobile", "13812345678")...)
		})
		race("one address", []int{60106}, func(n *node, i int) reply {
			return n.call("user/create", with("userid", "mail"+num(i), "name", "某", "email", "the@x.example")...)
		})
		race("one name of a department", []int{60008}, func(n *node, i int) reply {
			return n.call("department/create", with("name", "部", "parentid", "1")...)
		})
		race("one name of a tag", []int{40071}, func(n *node, i int) reply { return n.call("tag/create", with("tagname", "签")...) })
		race("deleting one member", []int{60111}, func(n *node, i int) reply { return n.call("user/delete", with("userid", "own0")...) })
		race("departments that get a number", nil, func(n *node, i int) reply {
			return n.call("department/create", with("name", "部"+num(i), "parentid", "1")...)
		})

		// Each changes another field of one member: all changes are there afterwards.
		fields := []string{"name", "alias", "position", "telephone", "address", "external_position"}
		together(len(fields), func(i int) reply {
			r := nodes[i%2].call("user/update", with("userid", "own1", fields[i], "12345")...)
			if r.Code != 0 {
				t.Errorf("%s: %d %s", fields[i], r.Code, r.Msg)
			}
			return r
		})
		a.write(func(ctx context.Context, tx *store.Tx) error {
			n, err := tx.Count(`SELECT count(*) FROM member WHERE corpid = ? AND userkey = 'own1' AND name = '12345' AND alias = '12345' AND position = '12345'
				AND telephone = '12345' AND address = '12345' AND external_position = '12345'`, corpID)
			if n != 1 {
				t.Errorf("of changes of one member at once some are lost")
			}
			return err
		})
		checkConsistency(t, a.server.Store, corpID)
	})
}

// Trees that are moved into each other from several nodes stay a tree, and what is
// deleted while something is put into it is either kept or gone for both.
func TestTreesHoldAcrossNodes(t *testing.T) {
	onNodes(t, func(t *testing.T, c *clock.Clock, a, b *node) {
		corpID, contacts, _ := a.found()
		token := a.call("gettoken", "corpid", corpID, "corpsecret", contacts.Secret).Token
		nodes := []*node{a, b}
		post := func(n *node, path, body string) (r reply) {
			resp, err := http.Post(n.url+"/cgi-bin/"+path+"?access_token="+token, "", strings.NewReader(body))
			if err != nil {
				t.Error(err)
				return r
			}
			defer resp.Body.Close()
			if err := json.NewDecoder(resp.Body).Decode(&r); err != nil {
				t.Error(err)
			}
			return r
		}
		for id, parent := range map[int]int{10: 1, 20: 1, 30: 1} {
			for _, body := range []string{fmt.Sprintf(`{"id":%d,"parentid":%d,"name":"d%d"}`, id, parent, id), fmt.Sprintf(`{"id":%d,"parentid":%d,"name":"d"}`, id+1, id)} {
				if r := post(a, "department/create", body); r.Code != 0 {
					t.Fatal(r)
				}
			}
		}
		for round := range 5 {
			// 10 below a child of 20, 20 below a child of 30, 30 below a child of 10.
			codes := map[int]int{}
			for _, r := range together(6, func(i int) reply {
				from, to := []int{10, 20, 30}[i%3], []int{21, 31, 11}[i%3]
				return post(nodes[i%2], "department/update", fmt.Sprintf(`{"id":%d,"parentid":%d}`, from, to))
			}) {
				codes[r.Code]++
				if r.Code != 0 && r.Code != 60010 {
					t.Errorf("moving: %d %s", r.Code, r.Msg)
				}
			}
			checkConsistency(t, b.server.Store, corpID)
			for _, id := range []int{10, 20, 30} {
				if r := post(a, "department/update", fmt.Sprintf(`{"id":%d,"parentid":1}`, id)); r.Code != 0 {
					t.Errorf("moving back: %d %s", r.Code, r.Msg)
				}
			}
			// A department is deleted while a department and members are put into it.
			doomed := 1000 * (round + 1)
			if r := post(a, "department/create", fmt.Sprintf(`{"id":%d,"parentid":1,"name":"doomed%d"}`, doomed, round)); r.Code != 0 {
				t.Fatal(r)
			}
			together(8, func(i int) (r reply) {
				switch i % 4 {
				case 0:
					r = nodes[i/4].call("department/delete", "access_token", token, "id", fmt.Sprint(doomed))
				case 1:
					r = post(nodes[i/4], "department/create", fmt.Sprintf(`{"parentid":%d,"name":"child%d"}`, doomed, i))
				default:
					r = post(nodes[i/4], "user/create", fmt.Sprintf(`{"userid":"r%di%d","name":"某","email":"r%di%d@x.example","department":[%d]}`, round, i, round, i, doomed))
				}
				switch r.Code {
				case 0, 60003, 60004, 60005, 60006, 60123:
				default:
					t.Errorf("call %d: %d %s", i, r.Code, r.Msg)
				}
				return r
			})
			checkConsistency(t, a.server.Store, corpID)
		}
	})
}

// Another process on the same database is a node like any other: the command line
// beside a server, or a second server.
func TestAnotherProcessIsANode(t *testing.T) {
	t.Parallel()
	for name, database := range freshDatabases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newNode(t, database, clock.New())
			corpID, contacts, own := a.found()
			other := startDoomed(t, database)
			t.Cleanup(other.kill)
			nodes := []*node{a, {t: t, url: other.url}}
			get := func(secret string) (token string) {
				t.Helper()
				got := together(10, func(i int) reply { return nodes[i%2].call("gettoken", "corpid", corpID, "corpsecret", secret) })
				if d := distinct(got, func(r reply) string { return fmt.Sprint(r.Code, r.Token) }); len(d) != 1 || got[0].Code != 0 {
					t.Errorf("tokens %q", d)
				}
				return got[0].Token
			}
			token, sync := get(own.Secret), get(contacts.Secret)
			for round := range 5 {
				user := fmt.Sprint("member", round)
				won := 0
				for _, r := range together(8, func(i int) reply {
					return nodes[i%2].call("user/create", "access_token", sync, "userid", user, "name", "某", "email", user+"@x.example")
				}) {
					if r.Code == 0 {
						won++
					} else if r.Code != 60102 {
						t.Errorf("%d %s", r.Code, r.Msg)
					}
				}
				if won != 1 {
					t.Errorf("%s was created %d times", user, won)
				}
				for i, n := range nodes { // each sees at once what the other has written
					if r := nodes[1-i].call("user/update", "access_token", sync, "userid", user, "name", fmt.Sprint("某", i)); r.Code != 0 {
						t.Errorf("%d %s", r.Code, r.Msg)
					}
					if r := n.call("user/get", "access_token", token, "userid", user); r.Code != 0 {
						t.Errorf("%d %s", r.Code, r.Msg)
					}
				}
			}
			a.write(func(ctx context.Context, tx *store.Tx) error {
				_, err := a.server.Apps.ResetSecret(ctx, tx, corpID, own.AgentID)
				return err
			})
			for i, n := range nodes {
				if r := n.call("agent/get", "access_token", token, "agentid", fmt.Sprint(own.AgentID)); r.Code != 40014 {
					t.Errorf("process %d after the secret was reset: %d %s", i, r.Code, r.Msg)
				}
			}
			checkConsistency(t, a.server.Store, corpID)
		})
	}
}
