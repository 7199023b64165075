package callback_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/callback"
	"qiwei/internal/event"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// department creates a department by an application other than contact sync, so that contact sync is told of
// it, and returns the id.
func department(t *testing.T, w *qiweitest.World, id int) string {
	t.Helper()
	got := w.As(access.ThirdPartyContacts).Call("POST", "/cgi-bin/department/create", fmt.Sprintf(`{"id":%d,"name":"d%d","parentid":1}`, id, id))
	if got.ErrCode != 0 {
		t.Fatal(got.Body)
	}
	return strconv.Itoa(id)
}

// ids returns the departments that the pushes name.
func ids(list []qiweitest.Received) []string {
	var out []string
	for _, r := range list {
		out = append(out, r.Field("Id")+r.Problem)
	}
	return out
}

// deliveries returns the enterprise's deliveries, oldest first.
func deliveries(t *testing.T, w *qiweitest.World) (list []callback.Delivery) {
	t.Helper()
	err := w.Server.Store.Read(context.Background(), func(tx *store.Tx) (err error) {
		list, err = w.Server.Callbacks.Deliveries(context.Background(), tx, access.System(w.CorpID), callback.Filter{Limit: 10_000})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(list)
	return list
}

// delivery returns one delivery with all its details.
func delivery(t *testing.T, w *qiweitest.World, no int64) (d callback.Delivery) {
	t.Helper()
	err := w.Server.Store.Read(context.Background(), func(tx *store.Tx) (err error) {
		d, err = w.Server.Callbacks.Delivery(context.Background(), tx, access.System(w.CorpID), no)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// told formats deliveries as "name state/attempts: problem of the last".
func told(list []callback.Delivery) []string {
	var out []string
	for _, d := range list {
		s := fmt.Sprintf("%s %v/%d", d.Name, d.State, d.Attempts)
		if d.Last != nil && d.Last.Problem != "" {
			s += ": " + d.Last.Problem
		}
		out = append(out, s)
	}
	return out
}

// appNo returns the number of the client's application.
func appNo(t *testing.T, w *qiweitest.World, c *qiweitest.Client) (no int64) {
	t.Helper()
	w.Write(func(ctx context.Context, tx *store.Tx) error {
		a, err := w.Server.Apps.App(tx, w.CorpID, c.AgentID)
		no = a.No
		return err
	})
	return no
}

var (
	letterMu sync.Mutex
	letters  = map[*event.Log]*event.Kind[event.Letter]{}
)

// letter is the test's own kind, which any push can travel as.
func letter(l *event.Log) *event.Kind[event.Letter] {
	letterMu.Lock()
	defer letterMu.Unlock()
	if letters[l] == nil {
		letters[l] = event.Declare(l, event.Declaration{
			Name: "test", Doc: 1, Passing: true, Identity: []string{"ChangeType", "UserID", "TagId", "EventKey", "MsgId"},
		}, func() event.Letter { return event.Letter{} })
	}
	return letters[l]
}

// push queues a push for the application, as a room above would.
func push(s *platform.Server, no int64, p event.Push) error {
	return s.Store.Write(context.Background(), func(tx *store.Tx) error {
		return letter(s.Events).Record(context.Background(), tx, access.Caller{}, event.Letter{To: event.Receiver{App: no}, What: p})
	})
}

func TestDelivery(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		sync := w.As(access.ContactSync)
		rc := w.Receiver(sync)
		twin := w.Receiver(w.Second.As(access.ContactSync))
		body := `{"userid":"li","name":"李","email":"li@corp.example","department":[2]}`
		if got := sync.Call("POST", "/cgi-bin/user/create", body); got.ErrCode != 0 {
			t.Fatal(got.Body)
		}
		w.Delivered()
		same(t, "its own change", rc.Kinds(), nil)
		if got := w.As(access.ThirdPartyContacts).Call("GET", "/cgi-bin/user/delete?userid=li", ""); got.ErrCode != 0 {
			t.Fatal(got.Body)
		}
		w.Delivered()
		list := rc.Take()
		if len(list) != 1 {
			t.Fatalf("%d pushes", len(list))
		}
		got := list[0]
		if got.Kind() != "change_contact/delete_user" || got.Problem != "" || got.ReceiveID != w.CorpID || got.ToUserName != w.CorpID || got.AgentID != "" ||
			got.Field("CreateTime") != fmt.Sprint(qiweitest.Start.Unix()) || got.Timestamp != qiweitest.Start.Unix() || len(got.Nonce) < 9 {
			t.Errorf("%+v %s", got.Push, got.XML())
		}
		if ct := got.Header.Get("Content-Type"); ct != "text/xml; charset=utf-8" {
			t.Errorf("Content-Type %q", ct)
		}
		if w.As(access.ThirdPartyContacts).Call("POST", "/cgi-bin/user/create", `{"userid":"li"}`).ErrCode == 0 {
			t.Fatal("a member without a name")
		}
		w.Delivered()
		same(t, "a change that did not happen", rc.Kinds(), nil)
		same(t, "the other enterprise", twin.Kinds(), nil)
		same(t, "deliveries", told(deliveries(t, w)), []string{"change_contact/delete_user delivered/1"})
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			list, err := w.Server.Callbacks.Deliveries(ctx, tx, access.System(w.Second.CorpID), callback.Filter{})
			same(t, "deliveries as the other enterprise sees them", told(list), nil)
			return err
		})
	})
}

// TestOrder: pushes arrive in the order of their events and once each, also when one of them must be
// repeated.
func TestOrder(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		rc := w.Receiver(w.As(access.ContactSync))
		var want []string
		rc.Next(qiweitest.Empty, qiweitest.Empty, qiweitest.Text(500, "not now"))
		for i := range 30 {
			want = append(want, department(t, w, 100+i))
		}
		w.Delivered()
		same(t, "until the failure", ids(rc.Take()), want[:3])
		want = slices.Concat(want[2:3], want[3:])
		w.Advance(10 * 1e9)
		w.Delivered()
		same(t, "after it", ids(rc.Take()), want)
	})
}

// TestTicked: an application receives the events that it has ticked.
func TestTicked(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		all, one, family, anyway := w.Receiver(), w.Receiver(), w.Receiver(), w.Receiver()
		clients := map[*qiweitest.Receiver][]string{all: nil, one: {"change_contact/delete_party"}, family: {"subscribe", "change_contact"},
			anyway: {"message", "click", "enter_agent", "LOCATION", "view", "template_card_event"}}
		for rc, events := range clients {
			rc.Of(w.WithApp(access.Custom, app.Settings{Range: access.Everything()}), events...)
		}
		writer := w.As(access.ThirdPartyContacts)
		writer.Call("POST", "/cgi-bin/user/create", `{"userid":"li","name":"李","email":"li@corp.example","department":[2]}`)
		writer.Call("GET", "/cgi-bin/user/delete?userid=li", "")
		department(t, w, 100)
		writer.Call("GET", "/cgi-bin/department/delete?id=100", "")
		w.Delivered()
		everything := []string{"change_contact/create_user", "subscribe", "change_contact/delete_user", "unsubscribe", "change_contact/create_party", "change_contact/delete_party"}
		same(t, "without a choice", all.Kinds(), everything)
		same(t, "one event", one.Kinds(), []string{"change_contact/delete_party"})
		same(t, "what comes anyway", anyway.Kinds(), everything)
		same(t, "a family and an event", family.Kinds(), slices.DeleteFunc(everything, func(e string) bool { return e == "unsubscribe" }))
	})
}

// TestSpacing: two events that receivers would take for one get different seconds; all others keep the true
// second.
func TestSpacing(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		rc := w.Receiver(w.As(access.ContactSync))
		writer := w.As(access.ThirdPartyContacts)
		writer.Call("POST", "/cgi-bin/tag/create", `{"tagid":1,"tagname":"一"}`)
		writer.Call("POST", "/cgi-bin/tag/create", `{"tagid":2,"tagname":"二"}`)
		for _, body := range []string{`{"tagid":1,"userlist":["lisi"]}`, `{"tagid":1,"userlist":["wangwu"]}`, `{"tagid":2,"userlist":["lisi"]}`, `{"tagid":1,"partylist":[2]}`} {
			if got := writer.Call("POST", "/cgi-bin/tag/addtagusers", body); got.ErrCode != 0 {
				t.Fatal(got.Body)
			}
		}
		w.Delivered()
		var got []string
		for _, r := range rc.Take() {
			at, _ := strconv.ParseInt(r.Field("CreateTime"), 10, 64)
			got = append(got, fmt.Sprintf("tag %s +%d", r.Field("TagId"), at-qiweitest.Start.Unix()))
		}
		same(t, "seconds", got, []string{"tag 1 +0", "tag 1 +1", "tag 2 +0", "tag 1 +2"})
	})
}

// TestPush: a room above pushes a message to an application of any kind.
func TestPush(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		client := w.As(access.SelfBuilt)
		no := appNo(t, w, client)
		message := event.Push{MsgType: "text", From: "zhangsan"}
		message.Fields.Text("Content", "你好 & <再见>]]>\x00")
		message.Fields.Int("MsgId", 7300000000000000001)
		message.Fields.Int("AgentID", client.AgentID)
		if err := push(w.Server, no, message); err != nil || len(deliveries(t, w)) != 0 {
			t.Errorf("without a callback: %v, %v", err, deliveries(t, w))
		}
		rc := w.Receiver(client)
		if err := push(w.Server, no, message); err != nil {
			t.Fatal(err)
		}
		w.Delivered()
		list := rc.Take()
		if len(list) != 1 || list[0].Field("Content") != "你好 & <再见>]]>" || list[0].Field("MsgId") != "7300000000000000001" ||
			list[0].Field("FromUserName") != "zhangsan" || list[0].AgentID != strconv.FormatInt(client.AgentID, 10) {
			t.Errorf("%+v", list)
		}
		only := qiweitest.Text(404, "gone")
		rc.Next(only)
		message.Tries = 1
		if err := push(w.Server, no, message); err != nil {
			t.Fatal(err)
		}
		w.Delivered()
		same(t, "one try", told(deliveries(t, w)), []string{"test delivered/1", "test failed/1: answered 404, 200 expected"})
	})
}
