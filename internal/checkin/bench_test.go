package checkin_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// crowd is how many members a benchmark has, each with two check-ins on each of the last 60 days.
const crowd = 1000

// crowded makes them, with a rule for all and leave for every tenth.
func crowded(b *testing.B) *house {
	w := qiweitest.New(b, func(c *platform.Config) { c.Dev = true })
	h := newHouse(b, w)
	w.Write(func(ctx context.Context, tx *store.Tx) error {
		for i := range crowd {
			m := directory.Member{UserID: id.UserID(fmt.Sprintf("u%d", i)), Name: fmt.Sprintf("员工%d", i), Mobile: fmt.Sprintf("139%08d", i), Enabled: true, Activated: true, Places: []directory.Place{{Department: int64(2 + i%3)}}}
			if _, _, err := w.Server.Directory.CreateMember(ctx, tx, access.System(w.CorpID), m, false); err != nil {
				return err
			}
		}
		midnight := at("01-06 00:00")
		_, err := tx.Exec(`INSERT INTO checkin_record (corpid, userkey, at, due, source, flaws, sp_no, body)
			WITH RECURSIVE u(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM u WHERE i < ?), d(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM d WHERE i < 60)
			SELECT ?, 'u' || u.i, ? - d.i * 86400 + h.at + (u.i * 7 + d.i * 11) % 900, 0, 1, 0, '', '{"location_title":"总部"}' FROM u, d, (SELECT 32000 AS at UNION SELECT 64900) h`,
			int64(crowd-1), w.CorpID, midnight)
		return err
	})
	if status, text := h.script("rule", `{"days_ago":90,"rule":`+ruleJSON+`}`); status != 200 {
		b.Fatal(status, text)
	}
	for i := range crowd / 10 {
		text := fmt.Sprintf(`{"corpid":%q,"userid":"u%d","template":"请假","contents":[{"control":"Textarea","id":"Textarea-1","value":{"text":"有事"}},%s]}`, h.CorpID, i*10, leave(2, "hour", "01-07 09:00", "01-07 18:00"))
		if status, got := h.Script("approval/submit", text); status != 200 {
			b.Fatal(status, got)
		}
	}
	h.Advance(5 * time.Minute)
	return h
}

// ruleJSON is a rule from nine to six for everybody, as a script has it.
const ruleJSON = `{"grouptype":1,"groupname":"早九晚六","range":{"party_id":[1]},` + site + `,"checkindate":[{"workdays":[1,2,3,4,5],"checkintime":[{"time_id":1,"work_sec":32400,"off_work_sec":64800}],"allow_flex":true,"flex_on_duty_time":600}]}`

func asked(from, n int, days int64) string {
	var users []string
	for i := range n {
		users = append(users, fmt.Sprintf(`"u%d"`, from+i))
	}
	end := at("01-06 00:00")
	return fmt.Sprintf(`{"opencheckindatatype":3,"starttime":%d,"endtime":%d,"useridlist":[%s]}`, end-(days-1)*86400, end, strings.Join(users, ","))
}

// BenchmarkDays asks for the days of a hundred members over thirty days.
func BenchmarkDays(b *testing.B) {
	h := crowded(b)
	body := asked(0, 100, 30)
	for b.Loop() {
		if got := as(h.app, "getcheckin_daydata", body); got.ErrCode != 0 || !strings.Contains(got.Body, `"checkin_count":2`) {
			b.Fatal(got.Body[:200])
		}
	}
}

// BenchmarkMonth asks for the month of a thousand members, a hundred a call.
func BenchmarkMonth(b *testing.B) {
	h := crowded(b)
	for b.Loop() {
		for i := range crowd / 100 {
			if got := as(h.app, "getcheckin_monthdata", asked(i*100, 100, 30)); got.ErrCode != 0 {
				b.Fatal(got.Body[:200])
			}
		}
	}
}

// BenchmarkRecords asks for the check-ins of a hundred members over thirty days.
func BenchmarkRecords(b *testing.B) {
	h := crowded(b)
	body := asked(0, 100, 30)
	for b.Loop() {
		if got := as(h.app, "getcheckindata", body); got.ErrCode != 0 {
			b.Fatal(got.Body[:200])
		}
	}
}
