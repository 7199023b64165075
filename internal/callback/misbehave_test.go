package callback_test

import (
	"slices"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/qiweitest"
)

// A delivery can come several times, late, in another order, with another's time, or forged.
func TestFaultsOfDeliveries(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		rc := w.Receiver(w.As(access.ContactSync))
		n := 0
		create := func() string {
			t.Helper()
			n++
			return department(t, w, 100+n)
		}
		told := func() (out []string) {
			t.Helper()
			w.Delivered()
			for _, r := range rc.Take() {
				if r.Problem != "" {
					out = append(out, "forged")
					continue
				}
				out = append(out, r.Field("Id"))
			}
			return out
		}
		expect := func(what string, want ...string) {
			t.Helper()
			if got := told(); !slices.Equal(got, want) {
				t.Errorf("%s: told of %q, want %q", what, got, want)
			}
		}
		const created = "change_contact/create_party"

		mend := w.Fail(qiweitest.Fault{Callback: created, Copies: 3, Times: 1})
		a := create()
		expect("three copies", a, a, a)
		b := create()
		expect("once again", b)
		mend()

		mend = w.Fail(qiweitest.Fault{Callback: "change_contact/*", Hold: true, Times: 1})
		a = create()
		expect("held")
		b = create()
		expect("in another order", b, a)
		mend()
		mend = w.Fail(qiweitest.Fault{Callback: "change_contact/*", Hold: true, Times: 1})
		a = create()
		expect("held, and nothing follows")
		w.Advance(time.Minute)
		expect("it comes after a minute", a)
		mend()

		mend = w.Fail(qiweitest.Fault{Callback: "*", Delay: "30s", Times: 1})
		a, b = create(), create()
		expect("late")
		w.Advance(30 * time.Second)
		expect("later", a, b)
		mend()

		create()
		w.Delivered()
		before := rc.Take()[0]
		w.Advance(time.Minute)
		mend = w.Fail(qiweitest.Fault{Callback: created, SameTime: true})
		create()
		w.Delivered()
		after := rc.Take()[0]
		for _, part := range []string{"FromUserName", "CreateTime"} {
			if after.Field(part) != before.Field(part) || before.Field(part) == "" {
				t.Errorf("%s: %q and then %q", part, before.Field(part), after.Field(part))
			}
		}
		if before.Field("UserID") == after.Field("Id") {
			t.Error("the same event came twice")
		}
		mend()

		for _, part := range []string{"signature", "token", "key", "body"} {
			mend = w.Fail(qiweitest.Fault{Callback: created, Forge: part, Times: 1})
			create()
			expect("a wrong "+part, "forged")
			mend()
		}
		mend = w.Fail(qiweitest.Fault{Callback: created, Forge: "receiveid", Times: 1})
		create()
		w.Delivered()
		if got := rc.Take()[0]; got.ReceiveID == w.CorpID {
			t.Errorf("receiveid is %s", got.ReceiveID)
		}
		mend()
		mend = w.Fail(qiweitest.Fault{Callback: created, Forge: "timestamp", Times: 1})
		create()
		w.Delivered()
		if got := rc.Take()[0]; got.Timestamp != w.Clock.Now().Add(-24*time.Hour).Unix() {
			t.Errorf("timestamp is %d", got.Timestamp)
		}
		mend()
		a = create()
		expect("afterwards", a)
	})
}
