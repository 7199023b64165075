package seed_test

import (
	"context"
	"strings"
	"testing"

	"qiwei/internal/corp"
	"qiwei/internal/seed"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// TestEveryBuiltInApplicationIsAlive: the demo has something to see in each of them, of two months where people do it
// every day.
func TestEveryBuiltInApplicationIsAlive(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		e, err := seed.Demo()
		if err != nil {
			t.Fatal(err)
		}
		var c corp.Corp
		w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
			c, err = seed.Load(ctx, tx, w.Server, e, seed.Options{Host: "demo.example:7993", TrustedIPs: qiweitest.Local})
			return err
		})
		now := w.Clock.Now().Unix()
		days := func(n int64) int64 { return now - n*86400 }
		for _, tt := range []struct {
			what, query string
			least       int64
			args        []any
		}{
			{"templates of approvals", `SELECT count(*) FROM approval_template WHERE corpid = ?`, 5, nil},
			{"approvals", `SELECT count(*) FROM approval_case WHERE corpid = ?`, 30, nil},
			{"approvals of two months ago", `SELECT count(*) FROM approval_case WHERE corpid = ? AND applied_at < ?`, 5, []any{days(45)}},
			{"approvals of this week", `SELECT count(*) FROM approval_case WHERE corpid = ? AND applied_at > ?`, 3, []any{days(7)}},
			{"kinds of what became of approvals", `SELECT count(DISTINCT status) FROM approval_case WHERE corpid = ?`, 4, nil},
			{"check-ins", `SELECT count(*) FROM checkin_record WHERE corpid = ?`, 2000, nil},
			{"shifts", `SELECT count(*) FROM checkin_shift WHERE corpid = ?`, 4, nil},
			{"templates of reports", `SELECT count(*) FROM journal_template WHERE corpid = ?`, 2, nil},
			{"reports", `SELECT count(*) FROM journal_record WHERE corpid = ?`, 50, nil},
			{"schedules", `SELECT count(*) FROM calendar_schedule WHERE corpid = ?`, 7, nil},
			{"meeting rooms", `SELECT count(*) FROM meeting_room WHERE corpid = ?`, 5, nil},
			{"booked rooms", `SELECT count(DISTINCT room) FROM meeting_booking WHERE corpid = ?`, 3, nil},
			{"members in the roster", `SELECT count(*) FROM hr_staff WHERE corpid = ?`, 9, nil},
			{"broadcasts", `SELECT count(*) FROM living WHERE corpid = ?`, 3, nil},
			{"invoices", `SELECT count(*) FROM invoice WHERE corpid = ?`, 3, nil},
			{"calls by telephone", `SELECT count(*) FROM dial_record WHERE corpid = ?`, 15, nil},
			{"calls of this month", `SELECT count(*) FROM dial_record WHERE corpid = ? AND call_time > ?`, 8, []any{days(30)}},
			{"jobs of health reports", `SELECT count(*) FROM health_job WHERE corpid = ?`, 2, nil},
			{"health reports", `SELECT count(*) FROM health_answer WHERE corpid = ?`, 60, nil},
			{"trusted devices", `SELECT count(*) FROM security_device WHERE corpid = ?`, 6, nil},
			{"records of files", `SELECT count(*) FROM security_file WHERE corpid = ? AND at > ?`, 10, []any{days(14)}},
			{"records of screens", `SELECT count(*) FROM security_screen WHERE corpid = ? AND at > ?`, 4, []any{days(14)}},
			{"operations of members", `SELECT count(*) FROM security_act WHERE corpid = ?`, 5, nil},
			{"to-dos", `SELECT count(*) FROM todo WHERE corpid = ?`, 8, nil},
			{"to-dos that are late", `SELECT count(*) FROM todo WHERE corpid = ? AND status = 1 AND ends_at > 0 AND ends_at < ?`, 1, []any{now}},
		} {
			var n int64
			w.Write(func(_ context.Context, tx *store.Tx) (err error) {
				n, err = tx.Count(tt.query, append([]any{c.CorpID}, tt.args...)...)
				return err
			})
			if n < tt.least {
				t.Errorf("%s: %d, want %d or more", tt.what, n, tt.least)
			}
		}
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			out, err := seed.Export(ctx, tx, w.Server, c, false)
			if left := strings.Join(out.LeftOut, "; "); !strings.Contains(left, "health reports, calls and to-dos") {
				t.Errorf("left out: %s", left)
			}
			return err
		})
		var told int64
		w.Write(func(_ context.Context, tx *store.Tx) (err error) {
			told, err = tx.Count(`SELECT count(*) FROM message WHERE corpid = ? AND body LIKE '%待办%'`, c.CorpID)
			return err
		})
		if told > 0 {
			t.Errorf("members were told of %d to-dos of the past", told)
		}
	})
}

// TestSmallMistakes: what a file says wrongly of the small applications is refused with its place, and nothing of it is
// there.
func TestSmallMistakes(t *testing.T) {
	t.Parallel()
	const head = `{"format":"qiwei enterprise 1","corp":{"name":"x"},"members":[{"userid":"a","name":"甲","mobile":"15400000001"},{"userid":"b","name":"乙","mobile":"15400000002"}],`
	const job = `"health_jobs":[{"title":"t","creator":"a","userids":["a"],"report_to":["a"],"questions":[{"title":"q","is_required":true,"options":["是","否"]}]`
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		for _, tt := range []struct{ name, content, says string }{
			{"all of it", job + `,"reports":[{"userid":"a","days":3,"answers":[["是"],["否"]]}]}],"calls":[{"days_ago":0,"caller":"a","minutes":2,"callees":[{"phone":15400000009,"minutes":2}]}],"todos":[{"days_ago":1,"creator":"a","content":"c","due":"10:00","followers":[{"userid":"b","state":"done"}]}]`, ""},
			{"no option of the question", job + `,"reports":[{"userid":"a","days":1,"answers":[["也许"]]}]}]`, `health_jobs[0] (t): reports[0] (a): `},
			{"a question too many", job + `,"reports":[{"userid":"a","days":1,"answers":[["是","x"]]}]}]`, `answers: 2, and 1 questions`},
			{"one who must answer", job + `,"reports":[{"userid":"a","days":1,"answers":[[""]]}]}]`, `must be answered`},
			{"one who is not asked", job + `,"reports":[{"userid":"b","days":1,"answers":[["是"]]}]}]`, `reports[0] (b): `},
			{"no answers", job + `,"reports":[{"userid":"a","days":1}]}]`, `answers: missing`},
			{"a caller who is not there", `"calls":[{"days_ago":1,"caller":"nobody","minutes":1,"callees":[{"userid":"a","minutes":1}]}]`, `calls[0]: `},
			{"a call without an end", `"calls":[{"days_ago":1,"caller":"a","minutes":1,"callees":[]}]`, `calls[0]: `},
			{"a call of tomorrow", `"calls":[{"days_ago":-1,"caller":"a","minutes":1,"callees":[{"userid":"b","minutes":1}]}]`, `calls[0]: days_ago: -1`},
			{"no time", `"calls":[{"days_ago":1,"time":"25:00","caller":"a","minutes":1,"callees":[{"userid":"b","minutes":1}]}]`, `calls[0]: time: "25:00"`},
			{"an upload from nowhere", `"file_records":[{"days_ago":1,"userid":"a","type":101,"file_info":"f"}]`, `file_records[0] (f): `},
			{"a screen of a telephone", `"screen_records":[{"days_ago":1,"userid":"a","screen_shot_type":1,"system":"Nokia"}]`, `screen_records[0]: `},
			{"an operation that is none", `"member_records":[{"days_ago":1,"userid":"a","oper_type":99}]`, `member_records[0]: `},
			{"a to-do of nobody", `"todos":[{"days_ago":1,"creator":"nobody","content":"c"}]`, `todos[0] (c): `},
			{"a to-do without a text", `"todos":[{"days_ago":1,"creator":"a","content":" "}]`, `todos[0] ( ): `},
			{"an answer that is none", `"todos":[{"days_ago":1,"creator":"a","content":"c","followers":[{"userid":"b","state":"lost"}]}]`, `followers[0].state: "lost"; accepted, declined or done expected`},
			{"a reminder of nothing", `"todos":[{"days_ago":1,"creator":"a","content":"c","remind_type_list":[1]}]`, `end_time`},
		} {
			w.Write(func(ctx context.Context, tx *store.Tx) error {
				e, err := seed.Parse("f.json", []byte(head+tt.content+"}"))
				if err == nil {
					err = tx.Try(func() error { _, err := seed.Load(ctx, tx, w.Server, e, seed.Options{}); return err })
				}
				if (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
					t.Errorf("%s: %v, want %q", tt.name, err, tt.says)
				}
				return nil
			})
		}
	})
}
