package join_test

import (
	"context"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

func TestInviting(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		sync := w.As(access.ContactSync)
		for _, body := range []string{
			`{"userid":"a","name":"甲","mobile":"13900000001","department":[2],"to_invite":false}`,
			`{"userid":"b","name":"乙","mobile":"13900000002","department":[3],"to_invite":false}`,
			`{"userid":"c","name":"丙","mobile":"13900000003","department":[4],"to_invite":false}`,
			`{"userid":"off","name":"停","mobile":"13900000004","department":[3],"enable":0,"to_invite":false}`,
		} {
			sync.Call("POST", "/cgi-bin/user/create", body)
		}
		sync.Call("POST", "/cgi-bin/tag/create", `{"tagname":"混","tagid":9}`)
		sync.Call("POST", "/cgi-bin/tag/addtagusers", `{"tagid":9,"userlist":["c"],"partylist":[3]}`)
		w.Events()
		rnd := w.WithApp(access.SelfBuilt, app.Settings{})
		rnd.Configure(func(a *app.App) { a.Range.Departments = []int64{2} })
		for _, tt := range []struct {
			name    string
			as      *qiweitest.Client
			body    string
			want    string // the code, and what the answer contains
			invited string
		}{
			{"one", sync, `{"user":["A"]}`, `0 "errmsg":"ok","invaliduser":[],"invalidparty":[],"invalidtag":[]}`, "a"},
			{"a department with those below", sync, `{"party":[2]}`, `0`, "a b"},
			{"a tag", sync, `{"tag":[9]}`, `0`, "b c"},
			{"all together", sync, `{"user":["a"],"party":[4],"tag":["9"]}`, `0`, "a b c"},
			{"some are bad", sync, `{"user":["Ghost","a"],"party":[99,4],"tag":[99,9,99]}`, `0 "invaliduser":["ghost"],"invalidparty":[99],"invalidtag":[99]}`, "a b c"},
			{"all are bad", sync, `{"user":["ghost"],"party":[99],"tag":[99]}`, `81013 user & party & tag all invalid`, ""},
			{"who is active need not be", sync, `{"user":["zhangsan"]}`, `0`, ""},
			{"who is disabled cannot be", sync, `{"user":["off"]}`, `0`, ""},
			{"nobody", sync, `{}`, `82001`, ""},
			{"empty lists", sync, `{"user":[],"party":[],"tag":[]}`, `82001`, ""},
			{"1001 members", sync, `{"user":` + list(1001, `"u%d"`) + `}`, `40058`, ""},
			{"1000 of whom none is there", sync, `{"user":` + list(1000, `"u%d"`) + `}`, `81013`, ""},
			{"101 departments", sync, `{"party":` + list(101, `%d`) + `}`, `40058`, ""},
			{"100 of which none is there", sync, `{"party":` + list(100, `9%d`) + `}`, `81013`, ""},
			{"101 tags", sync, `{"tag":` + list(101, `%d`) + `}`, `40058`, ""},
			{"100 tags of which none is there", sync, `{"tag":` + list(100, `9%d`) + `}`, `81013`, ""},
			{"within a range", rnd, `{"user":["a","c"],"party":[3,4,1]}`, `0 "invaliduser":["c"],"invalidparty":[4,1],"invalidtag":[]}`, "a b"},
			{"a tag beyond the range", rnd, `{"tag":[9]}`, `0 "invalidtag":[]}`, "b"},
			{"all outside", rnd, `{"user":["c"],"party":[1]}`, `81013`, ""},
			{"a third party", w.As(access.ThirdParty), `{"user":["a"]}`, `48002`, ""},
			{"a third party's contacts application", w.As(access.ThirdPartyContacts), `{"user":["a"]}`, `0`, "a"},
			{"a contacts-edit grant", w.As(access.ContactsEdit), `{"user":["a"]}`, `48008`, ""},
		} {
			exec(w, `UPDATE member SET invited_at = 0 WHERE corpid = $corpid`)
			got := tt.as.Call("POST", "/cgi-bin/batch/invite", tt.body)
			code, says, _ := strings.Cut(tt.want, " ")
			if invited := invitedNow(t, w); itoa(int64(got.ErrCode)) != code || !strings.Contains(got.Body, says) || invited != tt.invited {
				t.Errorf("%s: %s, invited %q; want %s, invited %q", tt.name, got.Body, invited, tt.want, tt.invited)
			}
		}
		if events := w.Events(); events != nil {
			t.Errorf("events %q", events)
		}
	})
}

// invitedNow returns the userids of the members who were invited at the clock's present time.
func invitedNow(t *testing.T, w *qiweitest.World) string {
	t.Helper()
	var users []string
	err := w.Server.Store.Read(context.Background(), func(tx *store.Tx) error {
		return tx.Each(`SELECT userid FROM member WHERE corpid = ? AND invited_at = ? ORDER BY no`, []any{w.CorpID, w.Clock.Now().UnixMilli()},
			func(rows *store.Rows) error {
				var user string
				err := rows.Scan(&user)
				users = append(users, user)
				return err
			})
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(users, " ")
}
