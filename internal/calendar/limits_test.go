package calendar_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/qiweitest"

	"context"
)

func letters(n int) string { return strings.Repeat("字", n) }

// list writes n elements, # in them being their number.
func list(element string, n int) string {
	out := make([]string, n)
	for i := range out {
		out[i] = strings.ReplaceAll(element, "#", strconv.Itoa(i))
	}
	return "[" + strings.Join(out, ",") + "]"
}

// TestLimits walks each limit at its value, one below and one above.
func TestLimits(t *testing.T) {
	t.Parallel()
	func(w *qiweitest.World) {
		c := listed(w.Corp)
		w.Write(func(ctx context.Context, tx *store.Tx) error { // who is invited exists
			for i := range 1001 {
				m := directory.Member{UserID: id.UserID(fmt.Sprintf("m%d", i)), Name: "成员", Enabled: true, Email: fmt.Sprintf("m%d@corp.example", i), Places: []directory.Place{{Department: 1}}}
				if _, _, err := w.Server.Directory.CreateMember(ctx, tx, access.System(w.CorpID), m, false); err != nil {
					return err
				}
			}
			return nil
		})
		one := made(t, c, "schedule/add", `{"schedule":{"start_time":1971274600,"end_time":1971274600}}`)
		cal := func(fields string) int {
			return c.Call("POST", "/cgi-bin/oa/calendar/add", `{"calendar":{"color":"#FF3030",`+fields+`}}`).ErrCode
		}
		schedule := func(fields string) int {
			return c.Call("POST", "/cgi-bin/oa/schedule/add", `{"schedule":{"start_time":1971274600,"end_time":1971274600,`+fields+`}}`).ErrCode
		}
		four := `[{"userid":"m0"},{"userid":"m1"},{"userid":"m2"},{"userid":"m3"}]`
		for _, row := range []struct {
			constant    string
			most, above int
			code        func(n int) int
		}{
			{"calendar.maxSummary", 128, 40058, func(n int) int { return cal(`"summary":"` + letters(n) + `"`) }},
			{"calendar.maxSummary", 128, 40058, func(n int) int { return schedule(`"summary":"` + letters(n) + `"`) }},
			{"calendar.maxDetails", 512, 40058, func(n int) int { return cal(`"summary":"a","description":"` + letters(n) + `"`) }},
			{"calendar.maxAdmins", 3, 40058, func(n int) int { return cal(`"summary":"a","shares":` + four + `,"admins":` + list(`"m#"`, n)) }},
			{"calendar.maxAdmins", 3, 40058, func(n int) int { return schedule(`"attendees":` + four + `,"admins":` + list(`"m#"`, n)) }},
			{"calendar.maxShares", 2000, 40058, func(n int) int { return cal(`"summary":"a","shares":` + list(`{"userid":"x#"}`, n)) }},
			{"calendar.maxPublicUsers", 1000, 40058, func(n int) int {
				return cal(`"summary":"a","is_public":1,"public_range":{"userids":` + list(`"m#"`, n) + `}`)
			}},
			{"calendar.maxPublicParties", 100, 40058, func(n int) int {
				return cal(`"summary":"a","is_public":1,"public_range":{"partyids":` + list(`1`, n) + `}`)
			}},
			{"calendar.maxText", 1000, 40058, func(n int) int { return schedule(`"description":"` + letters(n) + `"`) }},
			{"calendar.maxLocation", 128, 40058, func(n int) int { return schedule(`"location":"` + letters(n) + `"`) }},
			{"calendar.maxAttendees", 1000, 90464, func(n int) int { return schedule(`"attendees":` + list(`{"userid":"m#"}`, n)) }},
			{"calendar.maxAttendees", 1000, 90464, func(n int) int {
				return c.Call("POST", "/cgi-bin/oa/schedule/add_attendees", `{"schedule_id":"`+one+`","attendees":`+list(`{"userid":"m#"}`, n)+`}`).ErrCode
			}},
			{"calendar.maxDiffs", 10, 90704, func(n int) int {
				return schedule(`"reminders":{"is_remind":1,"remind_time_diffs":` + list(`0`, n) + `}`)
			}},
			{"calendar.MaxInterval", 999, 40058, func(n int) int {
				return schedule(fmt.Sprintf(`"reminders":{"is_repeat":1,"is_custom_repeat":1,"repeat_interval":%d}`, n))
			}},
			{"calendar.maxAsked", 1000, 90469, func(n int) int {
				return c.Call("POST", "/cgi-bin/oa/schedule/get", `{"schedule_id_list":`+list(`"`+one+`"`, n)+`}`).ErrCode
			}},
			{"calendar.maxAsked", 1000, 90469, func(n int) int {
				return c.Call("POST", "/cgi-bin/oa/schedule/get_by_calendar", fmt.Sprintf(`{"cal_id":%q,"limit":%d}`, made(t, c, "calendar/add", project), n)).ErrCode
			}},
		} {
			for n, want := range map[int]int{row.most - 1: 0, row.most: 0, row.most + 1: row.above} {
				if got := row.code(n); got != want {
					t.Errorf("%s: %d with %d, want %d", row.constant, got, n, want)
				}
			}
		}
	}(qiweitest.New(t))
}

// An application makes 20,000 schedules in a day, in China's time (doc 93624).
func TestMadePerDay(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c, other := listed(w.Corp), w.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything(), Callable: []access.Kind{access.Calendar}})
		add := func(c *qiweitest.Client) int {
			return c.Call("POST", "/cgi-bin/oa/schedule/add", `{"schedule":{"start_time":1971274600,"end_time":1971274600}}`).ErrCode
		}
		if code := add(c); code != 0 {
			t.Fatal(code)
		}
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE calendar_day SET made = 19999 WHERE corpid = ?`, w.CorpID)
			return err
		})
		if a, b, elsewhere := add(c), add(c), add(other); a != 0 || b != 45009 || elsewhere != 0 {
			t.Errorf("the last, one more, another application's: %d %d %d", a, b, elsewhere)
		}
		w.Advance(15 * 3600e9) // from 17:00 on to the next day
		if code := add(c); code != 0 {
			t.Errorf("the next day: %d", code)
		}
	})
}
