package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/clock"
	"qiwei/internal/customer"
	"qiwei/internal/id"
	"qiwei/internal/kf"
	"qiwei/internal/platform"
	"qiwei/internal/store"
)

// kfMessages is how many messages the account has whose messages are read.
const kfMessages = 5_000

// measureKF measures reading the messages of customer service: pages of a hundred, and polls that find nothing.
func measureKF(t *table, dir string) error {
	database := filepath.Join(dir, "kf.db")
	srv, err := start(database, small)
	if err != nil {
		return err
	}
	srv.stop()
	open, err := srv.chatted(database)
	if err != nil {
		return err
	}
	if err := srv.again(database); err != nil {
		return err
	}
	defer srv.stop()
	at := "/cgi-bin/kf/sync_msg?access_token=" + srv.token(srv.Secret) + "&open_kfid=" + string(open)
	var page struct {
		Next string `json:"next_cursor"`
	}
	for _, limit := range []int{1000, 100} { // into the middle, and a page there
		body, err := do(get(func(int) string { return fmt.Sprint(srv.URL, at, "&limit=", limit) })(0))
		if err == nil {
			err = json.Unmarshal(body, &page)
		}
		if err != nil {
			return err
		}
	}
	middle := at + "&limit=100&cursor=" + page.Next
	end := page.Next
	for more := 1; more == 1; {
		var rest struct {
			Next string `json:"next_cursor"`
			More int    `json:"has_more"`
		}
		body, err := do(get(func(int) string { return srv.URL + at + "&cursor=" + end })(0))
		if err == nil {
			err = json.Unmarshal(body, &rest)
		}
		if err != nil {
			return err
		}
		end, more = rest.Next, rest.More
	}
	empty := call{"an empty call", "/cgi-bin/get_api_domain_ip?access_token=" + srv.token(srv.Secret)}
	poll := call{"kf/sync_msg, nothing new", at + "&cursor=" + end}
	read := call{"kf/sync_msg, 100 messages", middle}
	got, err := srv.alternate(cheapest, 1, empty, poll, read)
	if err != nil {
		return err
	}
	t.add(empty.name, true, "", "%.0f/s, cpu %v", got[empty.name].rate, got[empty.name].cpu)
	times := float64(got[poll.name].cpu) / float64(got[empty.name].cpu)
	t.add(poll.name, times <= 2, atMost(2, "times"), "%.0f/s, cpu %v, %.2f times", got[poll.name].rate, got[poll.name].cpu, times)
	t.add(read.name, got[read.name].rate >= 1000, atLeast(1000, "/s"), "%.0f/s, cpu %v, p99 %v", got[read.name].rate, got[read.name].cpu, got[read.name].p99)
	return nil
}

// chatted gives the enterprise an account with messages, which its application manages.
func (t *target) chatted(database string) (open id.ServiceAccount, err error) {
	ctx := context.Background()
	server, err := platform.Open(ctx, platform.Config{Database: database, Key: key, Clock: clock.New()})
	if err != nil {
		return "", err
	}
	defer server.Close()
	return open, server.Store.Write(ctx, func(tx *store.Tx) error {
		a, err := server.Apps.App(tx, t.CorpID, t.AgentID)
		if err != nil {
			return err
		}
		a.List(access.CustomerService, true)
		if err := server.Apps.UpdateApp(ctx, tx, a); err != nil {
			return err
		}
		by := access.System(t.CorpID)
		account, err := server.KF.CreateAccount(ctx, tx, by, "客服", "")
		if err != nil {
			return err
		}
		open = server.KF.OpenKfID(account.No)
		if err := server.KF.Staff(ctx, tx, by, open, kf.People{Users: []id.UserID{"user000001"}}, &[]int64{t.AgentID}); err != nil {
			return err
		}
		lines := make([]kf.Line, kfMessages)
		for i := range lines {
			lines[i] = kf.Line{Customer: customer.Contact{Name: "客户", UnionID: fmt.Sprint("o", i%50)}, Text: fmt.Sprint("第 ", i, " 条消息，", time.Now().UnixNano())}
		}
		return server.KF.Recount(ctx, tx, by, open, lines)
	})
}
