package platform_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/clock"
	"qiwei/internal/event"
	"qiwei/internal/meeting"
	"qiwei/internal/platform"
	"qiwei/internal/store"
)

// doomedStep is what a doomed server is told to do with a meeting before it kills itself.
type doomedStep struct {
	CorpID, MeetingID string
	App, Room         int64
	Book              bool // books the room for the meeting instead of beginning the meeting
	After             bool // dies once the transaction is on disk, not before
	Event             bool // dies when the first event is recorded
}

// doomedMeeting answers nothing: the server dies in the middle.
func doomedMeeting(s *platform.Server, die func()) http.HandlerFunc {
	dying := false
	s.Events.Subscribe(func(context.Context, *store.Tx, event.Event) error {
		if dying {
			die()
		}
		return nil
	})
	return func(w http.ResponseWriter, r *http.Request) {
		var step doomedStep
		err := json.NewDecoder(r.Body).Decode(&step)
		if err == nil {
			dying = step.Event
			err = s.Store.Write(r.Context(), func(tx *store.Tx) error {
				if err := doStep(r.Context(), s, tx, step); err != nil {
					return err
				}
				if !step.After {
					die()
				}
				tx.AfterCommit(die)
				return nil
			})
		}
		http.Error(w, fmt.Sprint(err), http.StatusInternalServerError)
	}
}

func doStep(ctx context.Context, s *platform.Server, tx *store.Tx, step doomedStep) error {
	if step.Book {
		a, err := s.Apps.App(tx, step.CorpID, step.App)
		if err != nil {
			return err
		}
		by := access.Caller{CorpID: step.CorpID, Kind: a.Kind, App: a.No, AgentID: a.AgentID}.Within(a.Range)
		_, _, err = s.MeetingRooms.BookMeeting(ctx, tx, by, step.Room, step.MeetingID, "boss")
		return err
	}
	_, _, err := s.Meetings.Join(ctx, tx, step.CorpID, step.MeetingID, meeting.Entry{Who: meeting.Who{UserID: "boss"}})
	return err
}

// TestCrashOfMeetings kills the server while a meeting begins and while a room is booked for one: nothing of it is
// there, or all.
func TestCrashOfMeetings(t *testing.T) {
	t.Parallel()
	for name, database := range freshDatabases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, step := prepareMeeting(t, database)
			for _, tt := range []struct {
				what string
				step doomedStep
				want map[string]int64
			}{
				{"before a meeting has begun", doomedStep{}, map[string]int64{}},
				{"while its beginning is told", doomedStep{Event: true}, map[string]int64{}},
				{"before a room is booked", doomedStep{Book: true}, map[string]int64{}},
				{"after a room is booked", doomedStep{Book: true, After: true}, map[string]int64{"meeting_booking": 1}},
				{"after it has begun", doomedStep{After: true}, map[string]int64{"meeting_booking": 1, "meeting_session": 1, "meeting_visit": 1, "meeting_person": 1}},
			} {
				tt.step.CorpID, tt.step.MeetingID, tt.step.App, tt.step.Room = step.CorpID, step.MeetingID, step.App, step.Room
				s := startDoomed(t, database)
				body, err := json.Marshal(tt.step)
				if err != nil {
					t.Fatal(err)
				}
				if resp, err := http.Post(s.url+"/doomed/meeting", "application/json", strings.NewReader(string(body))); err == nil {
					t.Errorf("%s: the server lives and says %s", tt.what, resp.Status)
					resp.Body.Close()
					s.kill()
				} else {
					s.wait()
				}
				w.settled(t)
				if got := w.rows(t, "meeting_session", "meeting_visit", "meeting_person", "meeting_booking"); !maps.Equal(got, tt.want) {
					t.Errorf("%s: %v, want %v", tt.what, got, tt.want)
				}
			}
		})
	}
}

// prepareMeeting founds an enterprise with a room and a meeting that an application has made.
func prepareMeeting(t *testing.T, database string) (workplace, doomedStep) {
	t.Helper()
	n := newNode(t, database, clock.New())
	corpID, sync, own := n.found()
	token := func(secret string) string { return n.call("gettoken", "corpid", corpID, "corpsecret", secret).Token }
	n.write(func(ctx context.Context, tx *store.Tx) error {
		own.Callable = []access.Kind{access.MeetingRoom, access.Meeting}
		return n.server.Apps.UpdateApp(ctx, tx, own)
	})
	if r := n.call("user/create", "access_token", token(sync.Secret), "userid", "boss", "name", "某", "email", "boss@x.example", "department", "[1]"); r.Code != 0 {
		t.Fatal(r)
	}
	step := doomedStep{CorpID: corpID, App: own.AgentID}
	post := func(path, body string, into any) {
		t.Helper()
		resp, err := http.Post(n.url+"/cgi-bin/"+path+"?access_token="+token(own.Secret), "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
			t.Fatal(err)
		}
	}
	var room struct {
		No int64 `json:"meetingroom_id"`
	}
	var made struct {
		ID  string `json:"meetingid"`
		Msg string `json:"errmsg"`
	}
	post("oa/meetingroom/add", `{"name":"大间","capacity":10}`, &room)
	post("meeting/create", fmt.Sprintf(`{"admin_userid":"boss","title":"周会","meeting_start":%d,"meeting_duration":3600}`, n.server.Store.Now().Unix()+600), &made)
	if step.Room, step.MeetingID = room.No, made.ID; room.No == 0 || made.ID == "" {
		t.Fatalf("%+v, %+v", room, made)
	}
	if err := n.server.Close(); err != nil {
		t.Fatal(err)
	}
	return workplace{database: database, corpID: corpID}, step
}

// rows counts the enterprise's rows in tables that have some.
func (w workplace) rows(t *testing.T, tables ...string) map[string]int64 {
	t.Helper()
	st, err := store.Open(t.Context(), store.Config{URL: w.database, Clock: clock.New()})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	out := map[string]int64{}
	if err := st.Read(t.Context(), func(tx *store.Tx) error {
		for _, table := range tables {
			n, err := tx.Count(`SELECT count(*) FROM `+table+` WHERE corpid = ?`, w.corpID)
			if err != nil {
				return err
			}
			if n > 0 {
				out[table] = n
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return out
}
