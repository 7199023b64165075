package living_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// TestCodes: a WeChat user opens a broadcast by a code, and a shop's mini program is opened by another.
func TestCodes(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c, wang := listed(w.Corp), customerOf(w, "王小客")
		livingID := reserve(t, w, c, "")
		code := call(t, c, "get_living_code", `{"livingid":"`+livingID+`","openid":"abcopenid"}`, 0).Text("living_code")
		script(t, w, "begin", livingID, "")
		enter := func(openID string) int {
			status, _ := w.Script("living/enter", fmt.Sprintf(`{"corpid":%q,"living_code":%q,"openid":%q,"external_userid":%q}`, w.CorpID, code, openID, wang))
			return status
		}
		if enter("another") == 200 || enter("abcopenid") != 200 || enter("abcopenid") != 200 {
			t.Error("the code is for its openid, and more than once")
		}
		share := func(more string) string {
			var out struct {
				Code string `json:"ww_share_code"`
			}
			w.Scripted("living/share", fmt.Sprintf(`{"corpid":%q,"livingid":%q%s}`, w.CorpID, livingID, more), &out)
			return out.Code
		}
		script(t, w, "enter", livingID, `,"userid":"lisi","invitor":{"external_userid":"`+wang+`"}`)
		for more, want := range map[string]string{
			`,"userid":"LiSi"`:                  "map[errcode:0 errmsg:ok invitor_external_userid:" + wang + " livingid:" + livingID + " viewer_userid:lisi]",
			`,"external_userid":"` + wang + `"`: "map[errcode:0 errmsg:ok livingid:" + livingID + " viewer_external_userid:" + wang + "]",
		} {
			got := call(t, c, "get_living_share_info", `{"ww_share_code":"`+share(more)+`"}`, 0)
			if fmt.Sprint(map[string]any(got)) != want {
				t.Errorf("%s: %v, want %s", more, got, want)
			}
		}
		last := share(`,"userid":"lisi"`)
		call(t, listed(w.Second), "get_living_share_info", `{"ww_share_code":"`+last+`"}`, 40029)
		call(t, c, "get_living_share_info", `{"ww_share_code":"`+code+`"}`, 40029)
		call(t, c, "get_living_share_info", `{}`, 40063)
		w.Advance(5*time.Minute - time.Second)
		call(t, c, "get_living_share_info", `{"ww_share_code":"`+last+`"}`, 0)
		if enter("abcopenid") != 200 {
			t.Error("the code is over before five minutes")
		}
		w.Advance(time.Second)
		call(t, c, "get_living_share_info", `{"ww_share_code":"`+last+`"}`, 40029)
		if enter("abcopenid") == 200 {
			t.Error("the code lives on after five minutes")
		}
		if status, _ := w.Script("living/share", fmt.Sprintf(`{"corpid":%q,"livingid":%q,"userid":"wangwu"}`, w.CorpID, livingID)); status == 200 {
			t.Error("somebody who has not watched goes on to the shop")
		}
	})
}

// TestActivity is put on air by pushing to its address.
func TestActivity(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		livingID := reserve(t, w, c, `,"type":4,"description":"not this","activity_detail":{"description":"新品发布"}`)
		before := info(t, c, livingID)
		url, _ := before["push_stream_url"].(string)
		if before["description"] != "新品发布" || !strings.HasPrefix(url, w.URL) {
			t.Fatalf("an activity: %v", before)
		}
		push := strings.TrimPrefix(url, w.URL+"/_qiwei/")
		if status, text := w.Script(push, "frames"); status != 200 {
			t.Fatalf("push: %d %s", status, text)
		}
		shows(t, "pushed", info(t, c, livingID), map[string]any{"status": 1, "push_stream_url": nil})
		if status, _ := w.Script(push, "frames"); status == 200 {
			t.Error("it began twice")
		}
		script(t, w, "end", livingID, `,"replay":"failed"`)
		w.Advance(time.Hour)
		shows(t, "failed", info(t, c, livingID), map[string]any{"open_replay": 1, "replay_status": 3})
		plain := reserve(t, w, c, "")
		script(t, w, "begin", plain, "")
		script(t, w, "end", plain, `,"replay":"none"`)
		shows(t, "without", info(t, c, plain), map[string]any{"open_replay": 0, "replay_status": nil})
	})
}

// TestFollowsTheMember: broadcasts show the member's present userid.
func TestFollowsTheMember(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		w.Write(func(ctx context.Context, tx *store.Tx) error { // only a userid that the system made may be changed
			for _, corpID := range []string{w.CorpID, w.Second.CorpID} {
				m := directory.Member{UserID: "made1", Name: "成员", Enabled: true, Generated: true, Email: "made1@corp.example", Places: []directory.Place{{Department: 1}}}
				if _, _, err := w.Server.Directory.CreateMember(ctx, tx, access.System(corpID), m, false); err != nil {
					return err
				}
			}
			return nil
		})
		c, twin := listed(w.Corp), listed(w.Second)
		create := fmt.Sprintf(`{"anchor_userid":"made1","theme":"a","living_start":%d,"living_duration":600}`, w.Clock.Now().Unix()+60)
		livingID, twins := call(t, c, "create", create, 0).Text("livingid"), call(t, twin, "create", create, 0).Text("livingid")
		script(t, w, "begin", livingID, "")
		script(t, w, "enter", livingID, `,"userid":"made1"`)
		script(t, w, "enter", livingID, `,"userid":"lisi","invitor":{"userid":"made1"}`)
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			return w.Server.Directory.UpdateMember(ctx, tx, access.System(w.CorpID), directory.MemberUpdate{UserID: "made1", NewUserID: "san.zhang"})
		})
		shows(t, "renamed", info(t, c, livingID), map[string]any{"anchor_userid": "san.zhang"})
		shows(t, "the twin's", info(t, twin, twins), map[string]any{"anchor_userid": "made1"})
		if ids := call(t, c, "get_user_all_livingid", `{"userid":"san.zhang"}`, 0).List("livingid_list"); len(ids) != 1 {
			t.Errorf("listed: %v", ids)
		}
		script(t, w, "leave", livingID, `,"userid":"San.Zhang"`)
		stat := fmt.Sprint(call(t, c, "get_watch_stat", `{"livingid":"`+livingID+`"}`, 0).At("stat_info.users"))
		if strings.Count(stat, "san.zhang") != 2 || strings.Contains(stat, "made1") {
			t.Errorf("watched: %s", stat)
		}
	})
}

func TestNoScriptOutsideOfDev(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t, qiweitest.WithServe())
	c := listed(w.Corp)
	livingID := reserve(t, w, c, `,"type":4`)
	shows(t, "served", info(t, c, livingID), map[string]any{"push_stream_url": nil})
	if status, body := w.Script("living/begin", `{"corpid":"`+w.CorpID+`","livingid":"`+livingID+`"}`); status != 404 {
		t.Errorf("%d %s", status, body)
	}
}
