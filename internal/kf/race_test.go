package kf_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// together makes as many calls at the same time and returns how often each code was answered.
func together(n int, call func(i int) int) map[int]int {
	var mu sync.Mutex
	var all sync.WaitGroup
	codes := map[int]int{}
	for i := range n {
		all.Go(func() {
			code := call(i)
			mu.Lock()
			defer mu.Unlock()
			codes[code]++
		})
	}
	all.Wait()
	return codes
}

// TestAtTheSameTime: a code is used once, five messages are sent, an id is given once, and the customer is with
// one servicer, however many try at the same time.
func TestAtTheSameTime(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.app.Token() // before several ask for it
		if got := together(8, func(int) int { return h.onEvent(h.code, aText) }); got[0] != 1 || got[41050] != 7 {
			t.Errorf("a welcome: %v", got)
		}
		h.writes("x")
		if got := together(8, func(int) int { return h.answer("x") }); got[0] != 5 || got[95001] != 3 {
			t.Errorf("messages: %v", got)
		}
		h.writes("x")
		if got := together(8, func(int) int {
			code, _ := h.send(`"msgid":"one","msgtype":"text","text":{"content":"x"}`)
			return code
		}); got[0] != 1 || got[95033]+got[95001] != 7 {
			t.Errorf("an id: %v", got)
		}
		if got := together(8, func(int) int { code, _ := h.move(3, "zhangsan"); return code }); got[0] != 1 || got[95016] != 7 {
			t.Errorf("a servicer: %v", got)
		}
		h.serve("zhangsan", "end", "")
		h.writes("x")
		h.move(2, "")
		users := []string{"zhangsan", "lisi"}
		if got := together(8, func(i int) int {
			status, _ := h.script(h.Corp, "kf/serve", h.at(`"userid":"`+users[i%2]+`","action":"take"`))
			return status
		}); got[200] != 1 {
			t.Errorf("taken from the pool: %v", got)
		}
	})
}

// TestNoneIsMissed: who goes on from a cursor reads each message once and in order, while others write.
func TestNoneIsMissed(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.app.Token()
		const writers, each = 4, 10
		done, cursor := make(chan bool), h.read("").Next
		go func() {
			defer close(done)
			together(writers, func(i int) int {
				for n := range each {
					h.script(h.Corp, "kf/send", h.at(fmt.Sprintf(`"msgtype":"text","text":{"content":"%d %d"}`, i, n)))
				}
				return 0
			})
		}()
		next, seen := [writers]int{}, 0
		for last := false; !last; {
			select {
			case <-done:
				last = true // one more time
			default:
			}
			got := h.read(cursor)
			cursor = got.Next
			for _, m := range got.Messages {
				var i, n int
				fmt.Sscan(m.Text.Content, &i, &n)
				if n != next[i] {
					t.Fatalf("%d is read, of writer %d, instead of %d", n, i, next[i])
				}
				next[i]++
				seen++
			}
		}
		if seen != writers*each {
			t.Errorf("%d of %d are read", seen, writers*each)
		}
	})
}

// TestSweep deletes codes and days that nobody may ask for, and no others.
func TestSweep(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		w.WithoutTwin() // the sweep is everybody's
		h := newHouse(t, w)
		h.writes("x")
		_, code := h.move(2, "")
		left := func() (codes, days int64) {
			h.Write(func(ctx context.Context, tx *store.Tx) (err error) {
				if codes, err = tx.Count(`SELECT count(*) FROM kf_code WHERE corpid = ?`, h.CorpID); err != nil {
					return err
				}
				days, err = tx.Count(`SELECT count(*) FROM kf_day WHERE corpid = ?`, h.CorpID)
				return err
			})
			return codes, days
		}
		for _, tt := range []struct {
			after       time.Duration
			codes, days int64
		}{{48 * time.Hour, 2, 1}, {49 * time.Hour, 0, 1}, {179 * 24 * time.Hour, 0, 0}} {
			h.Advance(tt.after)
			if tt.codes > 0 && h.onEvent(code, aText) != 0 {
				t.Error("a code that is good no longer")
			}
			if err := h.Server.KF.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			if codes, days := left(); codes != tt.codes || days != tt.days {
				t.Errorf("%v later: %d codes and %d days, want %d and %d", tt.after, codes, days, tt.codes, tt.days)
			}
		}
	})
}

// TestLeavingApplications: an application that is deleted manages nothing any more, and one that is no longer
// listed is not told.
func TestLeavingApplications(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		other := h.WithApp(access.SelfBuilt, listed(access.Everything()))
		h.done(h.Corp, "kf/account", fmt.Sprintf(`{"open_kfid":%q,"agentids":[%d,%d]}`, h.open, h.app.AgentID, other.AgentID), nil)
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			return h.Server.Apps.DeleteApp(ctx, tx, h.CorpID, other.AgentID)
		})
		h.writes("x")
		h.Delivered()
		h.done(h.Corp, "kf/account", fmt.Sprintf(`{"open_kfid":%q,"agentids":[%d]}`, h.open, h.app.AgentID), nil)
		if got := h.read(""); len(got.Messages) != 2 {
			t.Errorf("%+v", got)
		}
	})
}
