package dial_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// call records a call by script and returns the status and the body of the answer.
func call(t *testing.T, w *qiweitest.World, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequest("POST", w.URL+"/_qiwei/dial", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp := w.Do(req)
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func recorded(t *testing.T, w *qiweitest.World, corpID, body string) {
	t.Helper()
	if status, body := call(t, w, `{"corpid":"`+corpID+`",`+body[1:]); status != 200 {
		t.Fatalf("%d %s", status, body)
	}
}

func run(t *testing.T, test func(t *testing.T, w *qiweitest.World)) {
	t.Parallel()
	qiweitest.Run(t, test, func(c *platform.Config) { c.Dev = true })
}

func TestRecords(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		now := w.Clock.Now()
		recorded(t, w, w.CorpID, `{"caller":"ZhangSan","minutes":10,"callees":[{"phone":138000800,"minutes":10}]}`)
		w.Advance(time.Hour)
		recorded(t, w, w.CorpID, `{"caller":"zhangsan","minutes":10,"callees":[{"phone":138000800,"minutes":5},{"userid":"lisi","minutes":5}]}`)
		recorded(t, w, w.Second.CorpID, `{"caller":"zhangsan","minutes":1,"callees":[{"phone":110,"minutes":1}]}`)
		// The sample of the page, in our names (doc 93662).
		first := fmt.Sprintf(`{"call_time":%d,"total_duration":10,"call_type":1,"caller":{"userid":"zhangsan","duration":10},"callee":[{"phone":138000800,"duration":10}]}`, now.Unix())
		second := fmt.Sprintf(`{"call_time":%d,"total_duration":20,"call_type":2,"caller":{"userid":"zhangsan","duration":10},"callee":[{"phone":138000800,"duration":5},{"userid":"lisi","duration":5}]}`, now.Add(time.Hour).Unix())
		dial := w.As(access.Dial)
		hour := func(n int64) int64 { return now.Unix() + n*3600 }
		for _, tt := range []struct{ what, body, want string }{
			{"all", `{}`, first + "," + second},
			{"as texts", fmt.Sprintf(`{"start_time":"%d","end_time":"%d"}`, hour(0), hour(1)), first + "," + second},
			{"both ends are included", fmt.Sprintf(`{"start_time":%d,"end_time":%d}`, hour(0), hour(0)), first},
			{"from the second on", fmt.Sprintf(`{"start_time":%d}`, hour(0)+1), second},
			{"up to the second", fmt.Sprintf(`{"end_time":%d}`, hour(1)-1), first},
			{"the first page", `{"limit":1}`, first},
			{"the second page", `{"limit":1,"offset":1}`, second},
			{"behind the end", `{"offset":9}`, ""},
			{"a limit of none is the usual one", `{"limit":0}`, first + "," + second},
			{"a limit above the most", `{"limit":101}`, first + "," + second},
			{"more than 30 days are cut from the end", fmt.Sprintf(`{"start_time":%d,"end_time":%d}`, hour(-10000), hour(0)+30*86400+1), second},
			{"30 days exactly are not", fmt.Sprintf(`{"start_time":%d,"end_time":%d}`, hour(-24), hour(0)+29*86400), first + "," + second},
		} {
			got := dial.Call("POST", "/cgi-bin/dial/get_dial_record", tt.body)
			if want := `{"errcode":0,"errmsg":"ok","record":[` + tt.want + `]}`; got.Body != want {
				t.Errorf("%s: %s, want %s", tt.what, got.Body, want)
			}
		}
		for _, body := range []string{fmt.Sprintf(`{"start_time":%d,"end_time":%d}`, hour(1), hour(0)), fmt.Sprintf(`{"start_time":%d}`, hour(2))} {
			if got := dial.Call("POST", "/cgi-bin/dial/get_dial_record", body); got.ErrCode != 600018 || !strings.Contains(got.Body, `"record":[]`) {
				t.Errorf("%s: %s", body, got.Body)
			}
		}
		w.Advance(30 * 24 * time.Hour) // the default span ends now
		if got := dial.Call("POST", "/cgi-bin/dial/get_dial_record", `{}`); got.Body != `{"errcode":0,"errmsg":"ok","record":[`+second+`]}` {
			t.Errorf("30 days later: %s", got.Body)
		}
	})
}

// TestWhoMayRead: the built-in application and those that the corp lists for it may read. Each sees the calls
// whose members it all sees.
func TestWhoMayRead(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		recorded(t, w, w.CorpID, `{"caller":"zhangsan","minutes":2,"callees":[{"phone":110,"minutes":1}]}`)
		recorded(t, w, w.CorpID, `{"caller":"wangwu","minutes":2,"callees":[{"phone":110,"minutes":1}]}`)
		recorded(t, w, w.CorpID, `{"caller":"lisi","minutes":2,"callees":[{"userid":"wangwu","minutes":1}]}`)
		listed := []access.Kind{access.Dial}
		for _, tt := range []struct {
			what    string
			client  *qiweitest.Client
			code    int
			callers string
		}{
			{"not listed", w.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything()}), 48002, ""},
			{"listed for another", w.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything(), Callable: []access.Kind{access.Approval}}), 48002, ""},
			{"listed", w.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything(), Callable: listed}), 0, "zhangsan wangwu lisi"},
			{"listed, for 研发部", w.WithApp(access.SelfBuilt, app.Settings{Range: access.Range{Departments: []int64{2}}, Callable: listed}), 0, "zhangsan"},
			{"listed, for nobody", w.WithApp(access.SelfBuilt, app.Settings{Callable: listed}), 0, ""},
			{"the built-in application", w.As(access.Dial), 0, "zhangsan wangwu lisi"},
			{"another one", w.As(access.HR), 48002, ""},
			{"contact sync", w.As(access.ContactSync), 48002, ""},
			{"a proxy-developed one", w.As(access.Custom), 48002, ""},
			{"the twin's", w.Second.As(access.Dial), 0, ""},
		} {
			got := tt.client.Call("POST", "/cgi-bin/dial/get_dial_record", `{}`)
			var resp struct {
				Record []struct{ Caller struct{ UserID string } }
			}
			got.Decode(&resp)
			var callers []string
			for _, r := range resp.Record {
				callers = append(callers, r.Caller.UserID)
			}
			if got.ErrCode != tt.code || strings.Join(callers, " ") != tt.callers {
				t.Errorf("%s: %s, want %d %s", tt.what, got.Body, tt.code, tt.callers)
			}
		}
	})
}

// TestRecordsFollowTheMember: a record shows the member's present userid, and stays when the member has left.
func TestRecordsFollowTheMember(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		w.Write(func(ctx context.Context, tx *store.Tx) error { // only a userid that the system made may be changed
			for _, c := range []string{w.CorpID, w.Second.CorpID} {
				for _, u := range []id.UserID{"made1", "made2"} {
					m := directory.Member{UserID: u, Name: "成员", Enabled: true, Generated: true, Email: string(u) + "@corp.example", Places: []directory.Place{{Department: 1}}}
					if _, _, err := w.Server.Directory.CreateMember(ctx, tx, access.System(c), m, false); err != nil {
						return err
					}
				}
			}
			return nil
		})
		recorded(t, w, w.CorpID, `{"caller":"made1","minutes":2,"callees":[{"userid":"made2","minutes":1},{"phone":110,"minutes":1}]}`)
		recorded(t, w, w.Second.CorpID, `{"caller":"made1","minutes":2,"callees":[{"userid":"made2","minutes":1}]}`)
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			for old, renamed := range map[string]string{"made1": "san.zhang", "made2": "si.li"} {
				if err := w.Server.Directory.UpdateMember(ctx, tx, access.System(w.CorpID), directory.MemberUpdate{UserID: id.UserID(old), NewUserID: id.UserID(renamed)}); err != nil {
					return err
				}
			}
			return nil
		})
		got := w.As(access.Dial).Call("POST", "/cgi-bin/dial/get_dial_record", `{}`)
		if !strings.Contains(got.Body, `"caller":{"userid":"san.zhang",`) || !strings.Contains(got.Body, `{"userid":"si.li",`) {
			t.Errorf("renamed: %s", got.Body)
		}
		if twin := w.Second.As(access.Dial).Call("POST", "/cgi-bin/dial/get_dial_record", `{}`); !strings.Contains(twin.Body, `"userid":"made1"`) || !strings.Contains(twin.Body, `"userid":"made2"`) {
			t.Errorf("the twin's: %s", twin.Body)
		}
		w.As(access.ContactSync).Call("GET", "/cgi-bin/user/delete?userid=san.zhang", "")
		if again := w.As(access.Dial).Call("POST", "/cgi-bin/dial/get_dial_record", `{}`); again.Body != got.Body {
			t.Errorf("once the caller has left: %s", again.Body)
		}
	})
}

// TestScriptRefuses says what a script got wrong, and records nothing.
func TestScriptRefuses(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		callees := `"callees":[{"phone":110,"minutes":1}]`
		for body, want := range map[string]string{
			``:                              "EOF",
			`{"corpid":"ww0","caller":"x"}`: "ww0",
			`{"call":"x"}`:                  "unknown field",
			`{"caller":"nobody","minutes":1,` + callees + `}`:                                                                            "60111",
			`{"caller":"zhangsan","minutes":0,` + callees + `}`:                                                                          "minutes",
			`{"caller":"zhangsan","minutes":1,"callees":[]}`:                                                                             "callees",
			`{"caller":"zhangsan","minutes":1,"callees":[{"minutes":1}]}`:                                                                "a userid or a phone",
			`{"caller":"zhangsan","minutes":1,"callees":[{"phone":-1,"minutes":1}]}`:                                                     "digits",
			`{"caller":"zhangsan","minutes":1,"callees":[{"phone":1,"minutes":2}]}`:                                                      "1 to the caller's 1",
			`{"caller":"zhangsan","minutes":1,"callees":[{"userid":"ZhangSan","minutes":1}]}`:                                            "the caller",
			`{"caller":"zhangsan","minutes":1,"at":"2099-01-01T00:00:00Z",` + callees + `}`:                                              "has not come yet",
			`{"caller":"zhangsan","minutes":1,"callees":[` + strings.Repeat(`{"phone":1,"minutes":1},`, 9) + `{"phone":1,"minutes":1}]}`: "1 to 9",
		} {
			sent := body
			if strings.HasPrefix(body, `{"caller`) {
				sent = `{"corpid":"` + w.CorpID + `",` + body[1:]
			}
			if status, got := call(t, w, sent); status == 200 || !strings.Contains(got, want) {
				t.Errorf("%s: %d %s, want %q", body, status, got, want)
			}
		}
		if got := w.As(access.Dial).Call("POST", "/cgi-bin/dial/get_dial_record", `{}`); !strings.Contains(got.Body, `"record":[]`) {
			t.Errorf("recorded all the same: %s", got.Body)
		}
	})
}

func TestNoScriptOutsideOfDev(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t, func(c *platform.Config) { c.Dev = false })
	if status, body := call(t, w, `{}`); status != 404 {
		t.Errorf("%d %s", status, body)
	}
}
