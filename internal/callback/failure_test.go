package callback_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/callback"
	"qiwei/internal/event"
	"qiwei/internal/store"
	"qiwei/internal/wire"
	"qiwei/qiweitest"
)

const create = "change_contact/create_party "

// TestRetries: a push that is not accepted is sent three times in all, at growing intervals, and then kept as
// failed. The pushes behind it wait meanwhile.
func TestRetries(t *testing.T) {
	for _, tt := range []struct {
		name    string
		answer  func(*qiweitest.Receiver) qiweitest.Answer
		problem string
	}{
		{"500", func(*qiweitest.Receiver) qiweitest.Answer { return qiweitest.Text(500, "no") }, "answered 500, 200 expected"},
		{"204", func(*qiweitest.Receiver) qiweitest.Answer { return qiweitest.Text(204, "") }, "answered 204, 200 expected"},
		{"redirect", func(rc *qiweitest.Receiver) qiweitest.Answer { return qiweitest.Redirect(rc.URL) }, "answered 307; redirects are not followed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
				rc := w.Receiver(w.As(access.ContactSync))
				bad := tt.answer(rc)
				rc.Next(bad, bad, bad)
				first, second := department(t, w, 100), department(t, w, 101)
				for _, step := range []struct {
					advance time.Duration
					got     []string
					after   []string
				}{
					{0, []string{first}, []string{create + "waiting/1: " + tt.problem, create + "waiting/0"}},
					{10*time.Second - time.Millisecond, nil, []string{create + "waiting/1: " + tt.problem, create + "waiting/0"}},
					{time.Millisecond, []string{first}, []string{create + "waiting/2: " + tt.problem, create + "waiting/0"}},
					{time.Minute - time.Millisecond, nil, []string{create + "waiting/2: " + tt.problem, create + "waiting/0"}},
					{time.Millisecond, []string{first, second}, []string{create + "failed/3: " + tt.problem, create + "delivered/1"}},
					{24 * time.Hour, nil, []string{create + "failed/3: " + tt.problem, create + "delivered/1"}},
				} {
					w.Advance(step.advance)
					w.Delivered()
					same(t, fmt.Sprintf("received after %v", step.advance), ids(rc.Take()), step.got)
					same(t, fmt.Sprintf("deliveries after %v", step.advance), told(deliveries(t, w)), step.after)
				}
			})
		})
	}
}

// TestReplay: a failed push is sent again unchanged when somebody asks for it.
func TestReplay(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		rc := w.Receiver(w.As(access.ContactSync))
		rc.Always(qiweitest.Text(503, "down"))
		first, second := department(t, w, 100), department(t, w, 101)
		for range 6 {
			w.Delivered()
			w.Advance(time.Minute)
		}
		w.Delivered()
		failed := []string{create + "failed/3: answered 503, 200 expected", create + "failed/3: answered 503, 200 expected"}
		same(t, "before", told(deliveries(t, w)), failed)
		before := rc.Take()
		rc.Always(qiweitest.Empty)
		twin := access.System(w.Second.CorpID)
		replay := func(by access.Caller, what ...int64) (n int64, err error) {
			err = w.Server.Store.Write(context.Background(), func(tx *store.Tx) (err error) {
				if len(what) == 0 {
					n, err = w.Server.Callbacks.ReplayFailed(context.Background(), tx, by, 0)
				} else {
					n, err = w.Server.Callbacks.Replay(context.Background(), tx, by, what)
				}
				return err
			})
			return n, err
		}
		list := deliveries(t, w)
		if _, err := replay(twin, list[0].No); err == nil {
			t.Error("the other enterprise could replay it")
		}
		if n, err := replay(twin); n != 0 || err != nil {
			t.Errorf("the other enterprise replayed %d, %v", n, err)
		}
		if n, err := replay(access.System(w.CorpID)); n != 2 || err != nil {
			t.Errorf("replayed %d, %v", n, err)
		}
		w.Delivered()
		after := rc.Take()
		same(t, "replayed", ids(after), []string{first, second})
		if after[0].XML() != before[0].XML() || after[0].Nonce == before[0].Nonce {
			t.Errorf("replayed %s with nonce %s, was %s with %s", after[0].XML(), after[0].Nonce, before[0].XML(), before[0].Nonce)
		}
		if n, err := replay(access.System(w.CorpID), list[1].No); n != 1 || err != nil {
			t.Errorf("a delivered one replayed %d, %v", n, err)
		}
		w.Delivered()
		same(t, "one of them again", ids(rc.Take()), []string{second})
		same(t, "in the end", told(deliveries(t, w)), []string{create + "delivered/4", create + "delivered/5"})
	})
}

// TestHang: a receiver that does not answer within five seconds of the server's clock has failed.
func TestHang(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		rc := w.Receiver(w.As(access.ContactSync))
		rc.Next(rc.Hang, rc.Hang)
		department(t, w, 100)
		rc.Await(1)
		w.Advance(5 * time.Second)
		w.Delivered()
		same(t, "after five seconds", told(deliveries(t, w)), []string{create + "waiting/1: no answer within 5s"})
		w.Advance(10 * time.Second)
		rc.Await(2)
		w.Advance(5 * time.Second)
		w.Delivered()
		w.Advance(time.Minute)
		w.Delivered()
		same(t, "in the end", told(deliveries(t, w)), []string{create + "delivered/3"})
	})
}

// TestTimeoutSetting: while the server's clock stands still, real time is the bound.
func TestTimeoutSetting(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		rc := w.Receiver(w.As(access.ContactSync))
		rc.Next(rc.Hang)
		department(t, w, 100)
		w.Delivered()
		same(t, "with 30 ms to answer", told(deliveries(t, w)), []string{create + "waiting/1: no answer within 30ms"})
	}, qiweitest.WithCallback(func(s *callback.Settings) { s.Timeout = 30 * time.Millisecond }))
}

// TestGigabyte: only the beginning of an endless answer is read, and it counts as success.
func TestGigabyte(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		rc := w.Receiver(w.As(access.ContactSync))
		rc.Next(rc.Gigabyte)
		department(t, w, 100)
		second := department(t, w, 101)
		w.Delivered()
		if got := ids(rc.Take()); len(got) != 2 || got[1] != second {
			t.Errorf("received %q", got)
		}
		same(t, "deliveries", told(deliveries(t, w)), []string{create + "delivered/1: answered with more than 256 KiB, the rest of which was not read", create + "delivered/1"})
		rc.Close()
		if n := rc.Written(); n > 32<<20 {
			t.Errorf("the receiver could send %d bytes", n)
		}
		if d := delivery(t, w, deliveries(t, w)[0].No); len(d.All[0].Response) != 8<<10 {
			t.Errorf("%d bytes are kept", len(d.All[0].Response))
		}
	})
}

// TestDeadReceiver: receivers that hang, refuse or fail hold up nobody else, and their pushes are kept.
func TestDeadReceiver(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		custom := func() *qiweitest.Receiver {
			return w.Receiver(w.WithApp(access.Custom, app.Settings{Range: access.Everything()}))
		}
		hangs, refuses, good := custom(), custom(), custom()
		hangs.Always(hangs.Hang)
		refuses.Close()
		var want []string
		for i := range 100 {
			want = append(want, department(t, w, 100+i))
		}
		good.Await(100)
		same(t, "the good one", ids(good.Take()), want)
		if got := hangs.Take(); len(got) != 1 {
			t.Errorf("the hanging one was sent %d pushes at once", len(got))
		}
		hangs.Close() // lets go of the request
		w.Delivered()
		counts := map[callback.State]int{}
		for _, d := range deliveries(t, w) {
			counts[d.State]++
			if d.State == callback.Waiting && d.Attempts > 0 && !strings.Contains(d.Last.Problem, "refused") && !strings.Contains(d.Last.Problem, "EOF") && !strings.Contains(d.Last.Problem, "reset") {
				t.Errorf("problem %q", d.Last.Problem)
			}
		}
		if counts[callback.Delivered] != 100 || counts[callback.Waiting] != 200 {
			t.Errorf("%v", counts)
		}
	})
}

// TestReplies: a passive reply is given once to the room that asked for it, in the transaction that records
// the delivery. A reply that cannot be opened is not.
func TestReplies(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		client := w.As(access.SelfBuilt)
		rc := w.Receiver(client)
		no := appNo(t, w, client)
		var got atomic.Value
		var calls atomic.Int64
		w.Server.Callbacks.OnReply("test", func(ctx context.Context, tx *store.Tx, r callback.Reply) error {
			calls.Add(1)
			got.Store(r)
			switch r.Ref {
			case "refused":
				return wire.ErrParameter.With("nein")
			case "left":
				r.Leave("nobody is there")
				return nil
			}
			if r.Ref == "broken" {
				_, err := tx.Exec(`INSERT INTO nowhere VALUES (1)`)
				return err
			}
			_, err := tx.Exec(`UPDATE corp SET name = ? WHERE corpid = ?`, string(r.Body), r.CorpID)
			return err
		})
		name := func() (name string) {
			w.Write(func(ctx context.Context, tx *store.Tx) error {
				c, err := w.Server.Corps.Corp(tx, w.CorpID)
				name = c.Name
				return err
			})
			return name
		}
		ask := func(ref string, answer qiweitest.Answer) string {
			t.Helper()
			calls.Store(0)
			rc.Next(answer)
			if err := push(w.Server, no, event.Push{Event: "click", From: "zhangsan", Reply: "test", Ref: ref}); err != nil {
				t.Fatal(err)
			}
			w.Delivered()
			list := deliveries(t, w)
			return fmt.Sprintf("%d %s", calls.Load(), told(list[len(list)-1:])[0])
		}
		if got := ask("r1", rc.Reply("<xml>回复</xml>")); got != "1 test delivered/1" {
			t.Error(got)
		}
		if r := got.Load().(callback.Reply); string(r.Body) != "<xml>回复</xml>" || r.Ref != "r1" || r.App != no || r.CorpID != w.CorpID || name() != "<xml>回复</xml>" {
			t.Errorf("%+v, and the enterprise is called %s", r, name())
		}
		// An answer that is no reply still counts as delivered, and the delivery says why it was not read.
		for text, problem := range map[string]string{
			"": "", "success": "", "SUCCESS\n": "", "ok": "", "\"OK\"": "",
			"<html>welcome</html>":            ": the answer is not a reply: the XML must have one root, <xml>",
			"{}":                              ": the answer is not a reply: Encrypt is missing",
			`{"errcode":0}`:                   ": the answer is not a reply: Encrypt is missing",
			"<xml><Encrypt>x</Encrypt></xml>": ": the answer is not a reply: MsgSignature is missing",
		} {
			if got := ask("none", qiweitest.Text(200, text)); got != "0 test delivered/1"+problem {
				t.Errorf("%q: %s", text, got)
			}
		}
		if got := ask("refused", rc.Reply("<xml>nein</xml>")); got != "1 test delivered/1: the reply was not accepted: 40058 invalid Request Parameter. nein" {
			t.Error(got)
		}
		if got := ask("left", rc.Reply("<xml>weg</xml>")); got != "1 test delivered/1: the reply was not accepted: nobody is there" {
			t.Error(got)
		}
		rc.Next(rc.Reply("<xml>ungelesen</xml>"))
		if err := push(w.Server, no, event.Push{Event: "unsubscribe", From: "zhangsan"}); err != nil {
			t.Fatal(err)
		}
		w.Delivered()
		if list := deliveries(t, w); told(list[len(list)-1:])[0] != "test delivered/1: the reply was not accepted: the answer to this push is not read" {
			t.Errorf("%q", told(list[len(list)-1:]))
		}
		if got := ask("forged", rc.ForgedReply("<xml/>")); !strings.HasPrefix(got, "0 test delivered/1: the reply cannot be opened: ") {
			t.Error(got)
		}
		if got := ask("broken", rc.Reply("<xml>verloren</xml>")); got != "1 test delivered/1: the reply was not accepted; the server's log says why" {
			t.Error(got)
		}
		list := deliveries(t, w)
		if d := delivery(t, w, list[0].No); d.All[0].Reply != "<xml>回复</xml>" || !strings.Contains(d.Body, "<![CDATA[click]]>") {
			t.Errorf("shown as %+v", d)
		}
	})
}
