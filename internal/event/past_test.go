package event_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/event"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// What is read back of the past is the enterprise's own, newest first, and what the
// filter chooses; and with the enterprise its events alone are forgotten.
func TestPast(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		sync := w.As(access.ContactSync)
		app := sync.AgentID
		for _, call := range []struct{ path, body string }{
			{"department/create", `{"id":7,"name":"Seven","parentid":1}`},
			{"user/update", `{"userid":"lisi","name":"LI"}`},
		} {
			if got := sync.Call("POST", "/cgi-bin/"+call.path, call.body); got.ErrCode != 0 {
				t.Fatal(got.Body)
			}
			w.Advance(time.Hour)
		}
		w.Second.As(access.ContactSync).Call("POST", "/cgi-bin/department/create", `{"id":7,"name":"Seven","parentid":1}`)
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			a, err := w.Server.Apps.App(tx, w.CorpID, app)
			if err != nil {
				return err
			}
			const party, user = "change_contact/create_party", "change_contact/update_user"
			for _, tt := range []struct {
				name string
				f    event.Filter
				want []string
			}{
				{"the newest", event.Filter{Limit: 1}, []string{user}},
				{"of the application", event.Filter{ByApp: a.No, Limit: 10}, []string{user, party}},
				{"of another", event.Filter{ByApp: a.No + 1000, Limit: 10}, nil},
				{"of a kind", event.Filter{ByApp: a.No, Name: party, Limit: 10}, []string{party}},
				{"of a family", event.Filter{ByApp: a.No, Name: "change_contact", Limit: 10}, []string{user, party}},
				{"of what begins like a family", event.Filter{Name: "change", Limit: 10}, nil},
				{"with a text, in any case", event.Filter{ByApp: a.No, Text: "SEVEN", Limit: 10}, []string{party}},
				{"with a text that is nowhere", event.Filter{Text: "eight", Limit: 10}, nil},
				{"up to its own time", event.Filter{ByApp: a.No, Before: qiweitest.Start, Limit: 10}, []string{party}},
				{"before that", event.Filter{ByApp: a.No, Before: qiweitest.Start.Add(-time.Millisecond), Limit: 10}, nil},
			} {
				list, err := event.Past(tx, w.CorpID, tt.f)
				var names []string
				for _, e := range list {
					names = append(names, e.Name)
				}
				if err != nil || !slices.Equal(names, tt.want) {
					t.Errorf("%s: %q, %v; want %q", tt.name, names, err, tt.want)
				}
			}
			list, err := event.Past(tx, w.CorpID, event.Filter{Name: party, ByApp: a.No, Limit: 1})
			if err != nil || list[0].ByKind != access.ContactSync || !list[0].At.Equal(qiweitest.Start) {
				t.Errorf("%+v, %v", list, err)
			}
			count := func(corpID string) int {
				list, err := event.Since(tx, corpID, 0, 1000)
				if err != nil {
					t.Fatal(err)
				}
				past, err := event.Past(tx, corpID, event.Filter{Limit: 1000})
				if err != nil || len(past) != len(list) || !slices.IsSortedFunc(list, func(a, b event.Recorded) int { return int(a.No - b.No) }) {
					t.Errorf("since %d, past %d; %v", len(list), len(past), err)
				}
				return len(list)
			}
			ours, theirs := count(w.CorpID), count(w.Second.CorpID)
			if ours != theirs+1 { // two enterprises that began alike
				t.Errorf("%d events are ours, %d theirs", ours, theirs)
			}
			if later, err := event.Since(tx, w.CorpID, list[0].No, 1000); err != nil || len(later) != 1 || later[0].Name != user {
				t.Errorf("after the department's: %+v, %v", later, err)
			}
			if err := event.Forget(tx, w.CorpID); err != nil {
				return err
			}
			if got := []int{count(w.CorpID), count(w.Second.CorpID)}; !slices.Equal(got, []int{0, theirs}) {
				t.Errorf("after ours were forgotten there are %d, want 0 and %d", got, theirs)
			}
			return nil
		})
	})
}
