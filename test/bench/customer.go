package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/clock"
	"qiwei/internal/customer"
	"qiwei/internal/id"
	"qiwei/internal/masssend"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/test/pgserver"
)

// Customers are measured in an enterprise of a thousand members with many of them, of whom one member has most.
const (
	ofOne        = 20_000 // customers of user000001
	ofEach       = 1_000  // of every other member: a million together
	massTo       = 100_000
	massMembers  = 20
	statMembers  = 100
	statMessages = 30 // a member's, on each of thirty days
)

func measureCustomers(t *table, dir string) error {
	if err := measureCustomerCalls(t, filepath.Join(dir, "customers.db")); err != nil {
		return err
	}
	if err := measureMass(t, filepath.Join(dir, "mass.db"), "SQLite"); err != nil {
		return err
	}
	// Commits wait for the disk, as in production.
	pg, err := pgserver.Start(context.Background(), "fsync=on", "full_page_writes=on", "shared_buffers=256MB", "max_wal_size=2GB")
	if err != nil {
		fmt.Printf("| %-58s | %-22s | %-22s | %-6s |\n", "mass messages on PostgreSQL", "no PostgreSQL here", "", "")
		return nil
	}
	defer pg.Stop()
	return measureMass(t, pg.URL(), "PostgreSQL")
}

// crowd is an enterprise with customers.
type crowd struct {
	server  *platform.Server
	corpID  string
	tag     customer.Tag
	members []int64 // numbers of user000001 and so on
}

// open opens a filled database to give its enterprise customers.
func (t *target) open(database string, members int) (*crowd, error) {
	ctx := context.Background()
	server, err := platform.Open(ctx, platform.Config{Database: database, Key: key, Clock: clock.New()})
	if err != nil {
		return nil, err
	}
	c := &crowd{server: server, corpID: t.CorpID}
	return c, server.Store.Write(ctx, func(tx *store.Tx) error {
		a, err := server.Apps.App(tx, t.CorpID, t.AgentID)
		if err != nil {
			return err
		}
		a.List(access.CustomerContact, true)
		if err := server.Apps.UpdateApp(ctx, tx, a); err != nil {
			return err
		}
		by := access.System(t.CorpID)
		by.App = a.No // whose tags the application may give
		_, made, err := server.Customers.AddTags(ctx, tx, by, customer.NewTags{Group: "等级", Tags: []customer.NewTag{{Name: "重点"}}})
		if err != nil {
			return err
		}
		c.tag = made[0]
		for n := 1; n <= members; n++ {
			user := fmt.Sprintf("user%06d", n)
			known, err := server.Directory.MemberNumbers(tx, t.CorpID, []string{user})
			if err != nil {
				return err
			}
			c.members = append(c.members, known[user])
		}
		return nil
	})
}

// befriend gives a member new customers, all with the tag; the numbers of customers begin behind after.
func (c *crowd) befriend(member, after int64, n int) error {
	const atOnce, most = 200, 10_000
	for ; n > 0; n -= most {
		if err := c.server.Store.Write(context.Background(), func(tx *store.Tx) error {
			for done := 0; done < min(n, most); done += atOnce {
				var people, follows []any
				for range atOnce {
					after++
					people = append(people, after, c.corpID)
					follows = append(follows, c.corpID, after, member, fmt.Sprintf("[%d]", c.tag.No))
				}
				if err := tx.Send(`INSERT INTO customer (no, corpid, kind, name, avatar, gender, unionid, position, corp_name, full_name, profile, created_at) VALUES `+
					store.Tuples(`(?, ?, 1, '客户', '', 0, '', '', '', '', '{}', 0)`, atOnce), people...); err != nil {
					return err
				}
				if err := tx.Send(`INSERT INTO customer_follow (corpid, customer, kind, member, standing, created_at, remark, description, company, mobiles, picture, tags, add_way, oper, state, channel, source, chatted_at, handing) VALUES `+
					store.Tuples(`(?, ?, 1, ?, 1, 1, '', '', '', '[]', '', ?, 1, 0, '', '', 0, 0, 0)`, atOnce), follows...); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// chatted has members and customers write to each other, on each of the last thirty days.
func (c *crowd) chatted(now time.Time) error {
	for i, member := range c.members[:statMembers] {
		if err := c.server.Store.Write(context.Background(), func(tx *store.Tx) error {
			for day := 1; day <= 30; day++ {
				y, m, d := now.AddDate(0, 0, -day).In(time.FixedZone("China", 8*60*60)).Date()
				if err := tx.Send(`INSERT INTO customer_day (corpid, member, day, applied, added, removals, chats, messages, asked, replied, waited) VALUES (?, ?, ?, 0, 0, 0, ?, ?, ?, ?, ?)`, c.corpID, member,
					time.Date(y, m, d, 0, 0, 0, 0, time.FixedZone("China", 8*60*60)).Unix(), statMessages/2, statMessages/2, statMessages/2, statMessages/2, statMessages/2*time.Minute.Milliseconds()); err != nil {
					return err
				}
				var args []any
				for n := range statMessages {
					author := []string{"customer", "member"}[n%2]
					args = append(args, c.corpID, int64(1+i*50+n/2), member, author, now.AddDate(0, 0, -day).Add(time.Duration(n)*time.Minute).UnixMilli())
				}
				if err := tx.Send(`INSERT INTO customer_message (corpid, customer, member, author, content, at) VALUES `+store.Tuples(`(?, ?, ?, ?, '{}', ?)`, statMessages), args...); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

func measureCustomerCalls(t *table, database string) error {
	srv, err := start(database, small)
	if err != nil {
		return err
	}
	srv.stop()
	c, err := srv.open(database, small.members)
	if err != nil {
		return err
	}
	began := time.Now()
	after := int64(0)
	for i, m := range c.members {
		n := ofEach
		if i == 0 {
			n = ofOne
		}
		if err := c.befriend(m, after, n); err != nil {
			return err
		}
		after += int64(n)
	}
	if err := c.chatted(began); err != nil {
		return err
	}
	c.server.Close()
	t.add(fmt.Sprintf("filling in %d customers", after), true, "", "%v", time.Since(began).Round(time.Second))
	if err := srv.again(database); err != nil {
		return err
	}
	defer srv.stop()
	return srv.customerCalls(t, c)
}

func (t *target) customerCalls(tab *table, c *crowd) error {
	token := t.token(t.Secret)
	external := func(name, body string) request {
		return func(int) *http.Request { return t.post("/cgi-bin/externalcontact/"+name, token, body) }
	}
	list, err := median(7, get(func(int) string {
		return t.URL + "/cgi-bin/externalcontact/list?userid=user000001&access_token=" + token
	}))
	if err != nil {
		return err
	}
	tab.add(fmt.Sprintf("externalcontact/list of %d", ofOne), list < 100*time.Millisecond, "under 100 ms", "%v", list.Round(10*time.Microsecond))
	users := make([]string, 50)
	for i := range users {
		users[i] = fmt.Sprintf("%q", fmt.Sprintf("user%06d", i+1))
	}
	var most time.Duration
	cursor := ""
	for page := range 300 { // far into the members' lists
		body := fmt.Sprintf(`{"userid_list":[%s],"cursor":%q,"limit":100}`, strings.Join(users, ","), cursor)
		took := time.Duration(0)
		if page%60 == 0 {
			if took, err = median(5, external("batch/get_by_user", body)); err != nil {
				return err
			}
		}
		most = max(most, took)
		answer, err := do(external("batch/get_by_user", body)(0))
		if err != nil {
			return err
		}
		var got struct {
			Next string `json:"next_cursor"`
		}
		if err := json.Unmarshal(answer, &got); err != nil {
			return err
		}
		cursor = got.Next
	}
	tab.add("externalcontact/batch/get_by_user of 100, at any cursor", most < 10*time.Millisecond, "under 10 ms", "at most %v", most.Round(10*time.Microsecond))
	tag := c.server.Customers.TagID(c.tag)
	mark := func(n int) *http.Request {
		verb := []string{"add_tag", "remove_tag"}[n/10_000%2]
		return t.post("/cgi-bin/externalcontact/mark_tag", token, fmt.Sprintf(`{"userid":"user000001","external_userid":%q,%q:[%q]}`, c.server.Customers.ExternalID(customer.WeChat, int64(1+n%10_000)), verb, tag))
	}
	before, started := t.cpuTime(), time.Now()
	const marks = 9_000
	if err := pass(marks, mark); err != nil {
		return err
	}
	rate := marks / time.Since(started).Seconds()
	tab.add(fmt.Sprintf("externalcontact/mark_tag, durable, %d callers", connections), rate >= 3000, "3000/s", "%.0f/s, cpu %v", rate, ((t.cpuTime() - before) / marks).Round(time.Microsecond))
	list100 := make([]string, statMembers)
	for i := range list100 {
		list100[i] = fmt.Sprintf("%q", fmt.Sprintf("user%06d", i+1))
	}
	now := time.Now()
	took, err := median(5, external("get_user_behavior_data", fmt.Sprintf(`{"userid":[%s],"start_time":%d,"end_time":%d}`, strings.Join(list100, ","), now.AddDate(0, 0, -30).Unix(), now.AddDate(0, 0, -1).Unix())))
	if err != nil {
		return err
	}
	tab.add(fmt.Sprintf("statistics of 30 days for %d members, %d messages", statMembers, statMembers*30*statMessages), took < 100*time.Millisecond, "under 100 ms", "%v", took.Round(10*time.Microsecond))
	return nil
}

// measureMass measures a message to many customers of several members: until it is ready for them, and from when all
// have confirmed until the last has it.
func measureMass(t *table, database, name string) error {
	srv, err := start(database, small)
	if err != nil {
		return err
	}
	srv.stop()
	c, err := srv.open(database, massMembers)
	if err != nil {
		return err
	}
	defer c.server.Close()
	for i, m := range c.members {
		if err := c.befriend(m, int64(i*massTo/massMembers), massTo/massMembers); err != nil {
			return err
		}
	}
	ctx, by := context.Background(), access.System(srv.CorpID)
	began, used := time.Now(), ownCPU()
	var msgID string
	if err := c.server.Store.Write(ctx, func(tx *store.Tx) error {
		m, _, err := c.server.Mass.Create(ctx, tx, by, masssend.NewMessage{Tags: [][]id.CustomerTag{{c.server.Customers.TagID(c.tag)}}, Content: customer.Content{Text: &customer.Text{Content: "上新"}}})
		msgID = c.server.Mass.MsgID(m)
		return err
	}); err != nil {
		return err
	}
	if err := c.server.Mass.Settle(ctx); err != nil {
		return err
	}
	took := time.Since(began)
	t.add(fmt.Sprintf("a mass message to %d customers is ready, %s", massTo, name), took <= 10*time.Second, "within 10 s", "%v, cpu of one %v", took.Round(10*time.Millisecond), (ownCPU()-used)/massTo)
	began, used = time.Now(), ownCPU()
	for n := range c.members {
		if err := c.server.Store.Write(ctx, func(tx *store.Tx) error {
			return c.server.Mass.Confirm(ctx, tx, by, masssend.Confirmation{MsgID: msgID, UserID: id.UserID(fmt.Sprintf("user%06d", n+1))})
		}); err != nil {
			return err
		}
	}
	if err := c.server.Mass.Settle(ctx); err != nil {
		return err
	}
	rate := massTo / time.Since(began).Seconds()
	t.add("… and is delivered, "+name, rate >= 20_000, "20000/s", "%.0f/s, cpu of one %v", rate, (ownCPU()-used)/massTo)
	return nil
}

// ownCPU returns the processor time that this process has used.
func ownCPU() time.Duration { return (&target{pid: os.Getpid()}).cpuTime() }
