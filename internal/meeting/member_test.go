package meeting_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/meeting"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// TestPasswordTries guesses the password of a meeting: after ten the right one is refused too, for ten minutes, by every
// server of the enterprise. A wrong one leaves nobody in the meeting's list of people.
func TestPasswordTries(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		zhang, wang := w.Corp.Phone("zhangsan"), w.Corp.Phone("wangwu")
		made := zhang.Does("meetings", 200, qiweitest.JSON{"title": "碰头", "meeting_start": w.Clock.Now().Unix() + 600, "meeting_duration": 7200, "password": "8888"})
		guess := func(password string, status int) {
			t.Helper()
			wang.Does("meetings/join", status, qiweitest.JSON{"meeting_code": made.Text("meeting_code"), "password": password})
		}
		for range 11 {
			guess("", 400) // asks whether there is one
			guess("1111", 400)
		}
		guess("8888", 400)
		other := w.Beside()
		err := other.Store.Write(context.Background(), func(tx *store.Tx) error {
			_, _, err := other.Meetings.Join(context.Background(), tx, w.CorpID, made.Text("meetingid"), meeting.Entry{Who: meeting.Who{UserID: "WangWu"}, Password: "8888"})
			return err
		})
		if !errors.Is(err, meeting.ErrPassword) {
			t.Errorf("by another server: %v", err)
		}
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			n, err := tx.Count(`SELECT count(*) FROM meeting_person WHERE corpid = ? AND who = 'wangwu'`, w.CorpID)
			if n != 0 {
				t.Errorf("who has only guessed is a person of the meeting")
			}
			return err
		})
		w.Corp.Phone("lisi").Does("meetings/join", 200, qiweitest.JSON{"meeting_code": made.Text("meeting_code"), "password": "8888"})
		w.Advance(10 * time.Minute)
		guess("8888", 200)
	})
}

// TestMembersMeet uses the phone: a member reserves a meeting, others join by its number, and it ends. No application
// is told, and none may read it.
func TestMembersMeet(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		zhang, li, wang := w.Corp.Phone("zhangsan"), w.Corp.Phone("lisi"), w.Corp.Phone("wangwu")
		start := w.Clock.Now().Unix() + 600
		made := zhang.Does("meetings", 200, qiweitest.JSON{"title": "碰头", "meeting_start": start, "meeting_duration": 1800, "invitees": []string{"lisi"}, "password": "8888", "enable_waiting_room": true})
		meetingID, code := made.Text("meetingid"), made.Text("meeting_code")
		zhang.Does("meetings", 400, qiweitest.JSON{"title": "", "meeting_start": start, "meeting_duration": 1800})
		call(t, c, "get_info", `{"meetingid":"`+meetingID+`"}`, 730010)
		listed := func(p qiweitest.Phone) (list []map[string]any) {
			t.Helper()
			p.Get("/phone/api/meetings").Decode(t, &list)
			return list
		}
		if list := listed(li); len(list) != 1 || list[0]["title"] != "碰头" || list[0]["mine"] != false || list[0]["status"] != 1.0 {
			t.Errorf("lisi sees %v", list)
		}
		if list := listed(wang); len(list) != 0 {
			t.Errorf("wangwu sees %v", list)
		}
		if n := len(attended(t, w, "lisi", start, start+60)); n != 1 {
			t.Errorf("lisi's calendar has %d", n)
		}
		wang.Does("meetings/join", 400, qiweitest.JSON{"meeting_code": code})
		wang.Does("meetings/join", 400, qiweitest.JSON{"meeting_code": "000000000", "password": "8888"})
		zhang.Does("meetings/"+meetingID+"/join", 200, qiweitest.JSON{})
		if got := wang.Does("meetings/join", 200, qiweitest.JSON{"meeting_code": code, "password": "8888"}); got.At("waiting") != true {
			t.Errorf("wangwu: %v", got)
		}
		outside := wang.Ask("meetings/" + meetingID)
		shows(t, "to who waits", outside, map[string]any{"waiting": true, "title": "碰头", "people.0.userid": "wangwu", "people.1": nil, "invitees.0": nil, "password": nil})
		details := zhang.Ask("meetings/" + meetingID)
		shows(t, "to who leads it", details, map[string]any{"status": 2, "mine": true, "lead": true, "inside": true, "people.0.userid": "zhangsan", "people.1.userid": "wangwu", "people.1.waiting": true, "people.1.name": "王五"})
		zhang.Does("meetings/"+meetingID+"/lead", 200, qiweitest.JSON{"step": "admit", "tmp_openid": details.Text("people.1.tmp_openid")})
		shows(t, "to who was let in", wang.Ask("meetings/"+meetingID), map[string]any{"inside": true, "waiting": false, "lead": false})
		wang.Does("meetings/"+meetingID+"/lead", 400, qiweitest.JSON{"step": "mute_all"})
		wang.Does("meetings/"+meetingID+"/end", 400, qiweitest.JSON{})
		zhang.Does("meetings/"+meetingID+"/cancel", 400, qiweitest.JSON{})
		wang.Does("meetings/"+meetingID+"/dance", 404, qiweitest.JSON{})
		zhang.Does("meetings/"+meetingID+"/mute", 200, qiweitest.JSON{})
		shows(t, "muted", zhang.Ask("meetings/"+meetingID), map[string]any{"audio": false, "people.0.audio": false})
		zhang.Does("meetings/"+meetingID+"/lead", 200, qiweitest.JSON{"step": "mute_all", "strict": true})
		zhang.Does("meetings/"+meetingID+"/unmute", 200, qiweitest.JSON{})
		zhang.Does("meetings/"+meetingID+"/lead", 200, qiweitest.JSON{"step": "cohost", "tmp_openid": details.Text("people.1.tmp_openid")})
		wang.Does("meetings/"+meetingID+"/leave", 200, qiweitest.JSON{})
		zhang.Does("meetings/"+meetingID+"/end", 200, qiweitest.JSON{})
		shows(t, "over", zhang.Ask("meetings/"+meetingID), map[string]any{"status": 3, "inside": false})
		wang.Does("meetings/"+meetingID+"/leave", 400, qiweitest.JSON{})

		second := zhang.Does("meetings", 200, qiweitest.JSON{"title": "又一次", "meeting_start": start + 7200, "meeting_duration": 1800, "invitees": []string{"lisi"}}).Text("meetingid")
		li.Does("meetings/"+second+"/cancel", 400, qiweitest.JSON{})
		zhang.Does("meetings/"+second+"/cancel", 200, qiweitest.JSON{})
		shows(t, "cancelled", zhang.Ask("meetings/"+second), map[string]any{"status": 4})
	})
}

// TestActor is the door for rooms above, with a member as the one who acts.
func TestActor(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		zhang, li, wang := access.MemberOf(w.CorpID, "zhangsan"), access.MemberOf(w.CorpID, "lisi"), access.MemberOf(w.CorpID, "wangwu")
		s := w.Server.Meetings
		start := w.Clock.Now().Unix() + 600
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			m, err := s.CreateAsMember(ctx, tx, zhang, meeting.NewMeeting("对齐", start, 1800, []id.UserID{"LISI"}))
			if err != nil {
				return err
			}
			if _, err := s.InfoAsMember(tx, wang, m.ID, ""); !errors.Is(err, meeting.ErrNotYours) {
				t.Errorf("a stranger reads it: %v", err)
			}
			if err := s.SetInviteesAsMember(ctx, tx, li, m.ID, nil); !errors.Is(err, meeting.ErrNotYours) {
				t.Errorf("an invitee invites: %v", err)
			}
			if err := s.SetInviteesAsMember(ctx, tx, zhang, m.ID, []id.UserID{"wangwu"}); err != nil {
				return err
			}
			info, err := s.InfoAsMember(tx, wang, m.ID, "")
			if err != nil || info.Title != "对齐" || len(info.Attendees.Members) != 2 || info.Attendees.Members[1].UserID != "wangwu" {
				t.Errorf("read: %+v, %v", info, err)
			}
			list, more, err := s.List(tx, w.CorpID, meeting.Query{UserID: "wangwu"})
			if err != nil || more || len(list) != 1 || list[0].ID != m.ID {
				t.Errorf("listed: %v %v %v", list, more, err)
			}
			if err := s.CancelAsMember(ctx, tx, zhang, m.ID, ""); err != nil {
				return err
			}
			if err := s.CancelAsMember(ctx, tx, zhang, m.ID, ""); !errors.Is(err, meeting.ErrCancelled) {
				t.Errorf("cancelled twice: %v", err)
			}
			return nil
		})
	})
}
