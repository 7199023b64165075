package callback_test

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"qiwei/callbackcrypto"
	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/callback"
	"qiwei/internal/event"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// TestCrash: if a server commits a push and stops before it delivers it, the next server delivers it.
func TestCrash(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		rc := w.Receiver(w.As(access.ContactSync))
		w.Server.Callbacks.Stop()
		want := []string{department(t, w, 100), department(t, w, 101)}
		same(t, "without a dispatcher", told(deliveries(t, w)), []string{create + "waiting/0", create + "waiting/0"})
		next := w.Beside()
		next.Start()
		rc.Await(2)
		same(t, "by the next server", ids(rc.Take()), want)
	})
}

// TestLease: only one server delivers to a receiver at a time, and another takes over when the first has
// stood still for too long.
func TestLease(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		rc := w.Receiver(w.As(access.ContactSync))
		department(t, w, 99)
		w.Delivered()
		rc.Take()
		// A server that was killed leaves its lease behind.
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE callback_lease SET owner = 'killed', until = ? WHERE receiver IN (SELECT no FROM callback_receiver WHERE corpid = ?)`,
				tx.Now().Add(15*time.Second).UnixMilli(), w.CorpID)
			return err
		})
		id := department(t, w, 100)
		w.Advance(15*time.Second - time.Millisecond)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if err := w.Server.Callbacks.Drained(ctx); err == nil {
			t.Error("nothing waits")
		}
		same(t, "while the lease runs", ids(rc.Take()), nil)
		w.Advance(time.Millisecond)
		w.Delivered()
		same(t, "after it", ids(rc.Take()), []string{id})
	})
}

// TestTwoServers: of several servers on one database exactly one delivers each push, and a receiver's order
// holds whichever server queues and delivers.
func TestTwoServers(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		second := w.Beside()
		second.Start()
		servers := []*platform.Server{w.Server, second}
		var receivers []*qiweitest.Receiver
		var all sync.WaitGroup
		const each = 60
		for range 4 {
			client := w.WithApp(access.SelfBuilt, app.Settings{})
			rc, no := w.Receiver(client), appNo(t, w, client)
			if receivers = append(receivers, rc); len(receivers) == 1 {
				rc.Next(qiweitest.Empty, qiweitest.Text(500, "")) // one that must be repeated
			}
			all.Go(func() { // each application's pushes in sequence, through both servers by turns
				for n := range each {
					p := event.Push{MsgType: "text", From: "zhangsan"}
					p.Fields.Int("Id", int64(n))
					if err := push(servers[n%2], no, p); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		w.Delivered()
		w.Advance(10 * time.Second)
		w.Delivered()
		for i, rc := range receivers {
			var want []string
			for n := range each {
				want = append(want, strconv.Itoa(n))
			}
			if i == 0 {
				want = slices.Insert(want, 1, "1")
			}
			same(t, "received", ids(rc.Take()), want)
		}
	})
}

// TestShown: an enterprise can look at its deliveries, with what was sent and what came back, encrypted and
// in the clear.
func TestShown(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		sync := w.As(access.ContactSync)
		rc := w.Receiver(sync)
		rc.Next(qiweitest.Text(502, "bad gateway"), qiweitest.Text(200, "success"))
		department(t, w, 100)
		w.Delivered()
		list := deliveries(t, w)
		if due := list[0].Due; !due.Equal(qiweitest.Start.Add(10 * time.Second)) {
			t.Errorf("due at %v", due)
		}
		w.Advance(10 * time.Second)
		w.Delivered()
		received := rc.Take()
		d := delivery(t, w, list[0].No)
		if d.State != callback.Delivered || d.Attempts != 2 || d.AgentID != sync.AgentID || d.Receiver != rc.URL || d.Body != received[1].XML() || len(d.All) != 2 {
			t.Fatalf("%+v", d)
		}
		first, second := d.All[0], d.All[1]
		if first.Status != 502 || string(first.Response) != "bad gateway" || first.Problem == "" || !first.At.Equal(qiweitest.Start) ||
			second.Status != 200 || string(second.Response) != "success" || second.Problem != "" || second.Took <= 0 {
			t.Errorf("%+v, %+v", first, second)
		}
		crypt := must(callbackcrypto.New(rc.Token, rc.AESKey, w.CorpID))
		for i, a := range d.All {
			query := must(url.ParseQuery(a.Query))
			opened, err := crypt.OpenPush(callbackcrypto.ParseQuery(query), []byte(a.Request))
			if err != nil || string(opened.Body) != d.Body || opened.Nonce != received[i].Nonce {
				t.Errorf("attempt %d shown as %s %s: %v", i+1, a.Query, a.Request, err)
			}
		}
		// After a change of keys, what was sent is not shown.
		sync.Configure(func(a *app.App) { a.CallbackToken = "another" })
		if a := delivery(t, w, d.No).All[0]; a.Request != "" || a.Lost != "the callback's token or key has been changed since" {
			t.Errorf("with another token: %+v", a)
		}
		err := w.Server.Store.Read(t.Context(), func(tx *store.Tx) error {
			_, err := w.Server.Callbacks.Delivery(t.Context(), tx, access.System(w.Second.CorpID), d.No)
			return err
		})
		if !errors.Is(err, callback.ErrNotFound) {
			t.Errorf("the other enterprise sees it: %v", err)
		}
	})
}

// TestKept: deliveries are kept for a while and then deleted with their attempts, including those that still
// wait.
func TestKept(t *testing.T) {
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		rc := w.Receiver(w.As(access.ContactSync))
		department(t, w, 100)
		w.Delivered()
		w.Advance(3 * 24 * time.Hour)
		rc.Always(qiweitest.Text(500, ""))
		department(t, w, 101)
		department(t, w, 102)
		w.Delivered()
		w.Advance(4*24*time.Hour - time.Millisecond)
		w.Delivered()
		sweep := func() (rows []int64) {
			t.Helper()
			if err := w.Server.Callbacks.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			w.Write(func(ctx context.Context, tx *store.Tx) error {
				for _, table := range []string{"callback_delivery", "callback_attempt"} {
					n, err := tx.Count(`SELECT count(*) FROM ` + table)
					if rows = append(rows, n); err != nil {
						return err
					}
				}
				return nil
			})
			return rows
		}
		if got := sweep(); !slices.Equal(got, []int64{3, 3}) {
			t.Errorf("just before seven days: %d", got)
		}
		w.Advance(2 * time.Millisecond)
		if got := sweep(); !slices.Equal(got, []int64{2, 2}) {
			t.Errorf("after seven days: %d", got)
		}
		w.Advance(7 * 24 * time.Hour)
		w.Delivered() // otherwise an attempt under way would be recorded after its delivery is gone
		if got := sweep(); !slices.Equal(got, []int64{0, 0}) {
			t.Errorf("after all: %d", got)
		}
	})
}

// TestDeleted: what waits for a deleted application goes with it, and disturbs nobody.
func TestDeleted(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		goes, stays := w.WithApp(access.Custom, app.Settings{Range: access.Everything()}), w.WithApp(access.Custom, app.Settings{Range: access.Everything()})
		gone, rc := w.Receiver(goes), w.Receiver(stays)
		gone.Next(gone.Hang)
		first := department(t, w, 100)
		gone.Await(1)
		department(t, w, 101)
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			return w.Server.Apps.DeleteApp(ctx, tx, w.CorpID, goes.AgentID)
		})
		// The clock ends the requests under way, and only the one that hangs may be among them.
		rc.Await(2)
		for !slices.Equal(told(deliveries(t, w)), []string{create + "delivered/1", create + "delivered/1"}) {
			if t.Context().Err() != nil {
				t.Fatal("the one that stays has not been told")
			}
		}
		w.Advance(5 * time.Second)
		third := department(t, w, 102)
		w.Delivered()
		same(t, "the one that stays", ids(rc.Take()), []string{first, "101", third})
		same(t, "the one that is gone", ids(gone.Take()), []string{first})
		same(t, "deliveries", told(deliveries(t, w)), []string{create + "delivered/1", create + "delivered/1", create + "delivered/1"})
	})
}
