package platform_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"qiwei/internal/clock"
	"qiwei/internal/platform"
	"qiwei/internal/store"
)

// TestPlans looks at how SQLite finds the rows of statements that are asked of corps with many customers: not by
// going through those of the whole corp. A statement is looked for in its file, so that it is this one.
func TestPlans(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	st, err := store.Open(ctx, store.Config{URL: filepath.Join(t.TempDir(), "qiwei.db"), Clock: clock.New()})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if err := st.Migrate(ctx, platform.Migrations()...); err != nil {
		t.Fatal(err)
	}
	checkPlans(t, st, []plan{
		{"customer/audience.go", `UPDATE customer_follow SET chatted_at = ? WHERE no IN (#) AND (corpid = ?) IS TRUE AND chatted_at = 0`, "INTEGER PRIMARY KEY (rowid=?)"},
		{"customer/audience.go", `corpid = ? AND member = ? AND no BETWEEN ? AND ? AND standing <> ?`, "customer_follow_member (corpid=? AND member=? AND no>? AND no<?)"},
		{"customer/audience.go", `SELECT no, kind FROM customer WHERE corpid = ? AND no IN (#)`, "customer_corp (corpid=? AND no=?"},
		{"customer/audience.go", `SELECT customer, member, max(no) FROM customer_message WHERE corpid = ? AND author IN (?, ?) AND customer IN (#) GROUP BY customer, member`, "customer_message_of (corpid=? AND customer=?)"},
		{"customer/asked.go", `SELECT customer, member FROM customer_follow WHERE corpid = ? AND customer IN (#)`, "customer_follow_1 (corpid=? AND customer=?)"},
		{"masssend/deliver.go", `UPDATE mass_target SET status = ?, sent_at = ? WHERE corpid = ? AND task = ? AND no BETWEEN ? AND ? AND status = 0 AND chosen = 1`, "(corpid=? AND task=? AND no>? AND no<?)"},
		{"masssend/deliver.go", `UPDATE mass_target SET status = ? WHERE corpid = ? AND task = ? AND no IN (#)`, "(corpid=? AND task=? AND no=?"},
		{"masssend/quota.go", `SELECT CAST(sum(d.n) AS BIGINT) FROM mass_day d WHERE d.corpid = ? AND d.kind = ? AND d.target = asked.no AND d.day >= ?`, "(corpid=? AND kind=? AND target=? AND day>?)"},
		{"customergroup/group_store.go", `FROM customer_group_member m CROSS JOIN customer_group g WHERE g.no = m.chat AND m.corpid = ? AND g.corpid = ? AND m.kind = ? AND m.person = ? AND m.left_at = 0 AND g.dismissed_at = 0 ORDER BY g.no`, "customer_group_member_person (corpid=? AND kind=? AND person=?)"},
		{"customergroup/statistic_store.go", `FROM customer_group g CROSS JOIN customer_group_member m WHERE m.chat = g.no AND m.corpid = g.corpid AND g.corpid = ? AND m.joined_at < ? AND g.owner IN (#) GROUP BY g.owner`, "customer_group_member_chat (corpid=? AND chat=?)"},
		{"customergroup/statistic_store.go", `FROM customer_group g CROSS JOIN customer_group_message w WHERE w.chat = g.no AND w.corpid = g.corpid AND g.corpid = ? AND w.at < ? AND g.owner IN (#) GROUP BY g.owner, w.chat, w.kind, w.person`, "customer_group_message_chat (corpid=? AND chat=? AND at<?)"},
		{"customergroup/asked.go", `g.corpid = ? AND g.dismissed_at = 0 AND g.no IN (#) ORDER BY g.no`, "customer_group_corp (corpid=? AND no=?"},
		{"customergroup/message.go", `g.corpid = ? AND g.owner = ? AND g.dismissed_at = 0 AND g.left_userid = '' AND g.no IN (#) ORDER BY g.no`, "(corpid=? AND owner=? AND no=?"},
		{"kf/upgrade_group.go", `FROM kf_invitation i JOIN kf_session v ON v.no = i.session WHERE i.corpid = ? AND v.corpid = ? AND i.chat = ? AND i.at >= ? AND v.customer IN (#) ORDER BY i.no`, "kf_session_customer (corpid=? AND customer=?)"},
	})
}

// A plan is how a statement of a file is to be carried out.
type plan struct{ file, sql, by string }

func checkPlans(t *testing.T, st *store.Store, list []plan) {
	t.Helper()
	for _, tt := range list {
		source, err := os.ReadFile("../" + tt.file)
		if err != nil {
			t.Fatal(err)
		}
		for part := range strings.SplitSeq(tt.sql, "#") {
			if !strings.Contains(plainSQL(string(source)), plainSQL(part)) {
				t.Errorf("%s has no %q", tt.file, part)
			}
		}
		if plan := planOf(t, st, whole(tt.sql)); !strings.Contains(plan, tt.by) || strings.HasPrefix(tt.sql, "archive = ?") && strings.Contains(plan, "TEMP") {
			t.Errorf("%s: %s\nis found by %s, want %s", tt.file, tt.sql, plan, tt.by)
		}
	}
}

// TestPlansOfArchive looks at what the archive does beside its reading: nothing of it goes through all records.
func TestPlansOfArchive(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	st, err := store.Open(ctx, store.Config{URL: filepath.Join(t.TempDir(), "qiwei.db"), Clock: clock.New()})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if err := st.Migrate(ctx, platform.Migrations()...); err != nil {
		t.Fatal(err)
	}
	checkPlans(t, st, []plan{
		{"archive/due.go", `archive = ? AND corpid = ? AND erased = 0 AND at >= ? AND at < ? AND (at > ? OR seq > ?) AND `, "archive_record_at (archive=? AND at>? AND at<?)"},
		{"archive/reach.go", `SELECT seq FROM archive_record WHERE archive = ? AND conversation IN (#) AND seq >= ? AND seq <= ?`, "archive_record_conversation (archive=? AND conversation=? AND seq>? AND seq<?)"},
		{"archive/reach.go", `SELECT DISTINCT conversation FROM archive_participant WHERE archive = ? AND person IN (#) LIMIT ?`, "PRIMARY KEY (archive=? AND person=?)"},
		{"archive/conversation.go", `SELECT no, name, records FROM archive_conversation WHERE archive = ? AND corpid = ? AND last_seq >= ?`, "archive_conversation_last (archive=? AND last_seq>?)"},
		{"archive/find.go", `FROM archive_posting WHERE archive = ? AND gram IN (#) AND block > ? AND block <= ? GROUP BY gram`, "PRIMARY KEY (archive=? AND gram=? AND block>? AND block<?)"},
	})
}

// TestPlansOfOffice looks at the lists of approvals and reports: whatever they are asked for, an index leads to it. Where
// the time is two comparisons, SQLite goes through the whole time instead.
func TestPlansOfOffice(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	st, err := store.Open(ctx, store.Config{URL: filepath.Join(t.TempDir(), "qiwei.db"), Clock: clock.New()})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if err := st.Migrate(ctx, platform.Migrations()...); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		files, table, at string
		columns          []string
	}{
		{"approval/list.go", "approval_case", "applied_at", []string{"creator", "department", "status", "template_id"}},
		{"journal/record_api.go journal/stat.go", "journal_record", "report_at", []string{"submitter", "department", "template_id"}},
	} {
		span := tt.at + ` BETWEEN ? AND ?`
		for file := range strings.FieldsSeq(tt.files) {
			source, err := os.ReadFile("../" + file)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(source), span) || strings.Contains(string(source), tt.at+` >=`) {
				t.Errorf("%s does not ask for the time by %q alone", file, span)
			}
		}
		for _, column := range tt.columns {
			plan := planOf(t, st, `SELECT * FROM `+tt.table+` WHERE corpid = ? AND `+span+` AND `+column+` = ? ORDER BY `+tt.at+`, no LIMIT ?`)
			if !strings.Contains(plan, column+"=? AND "+tt.at+">?") || strings.Contains(plan, "TEMP") {
				t.Errorf("%s by %s is found by %s", tt.table, column, plan)
			}
			// The lists of the console begin with the newest.
			n := store.NewestOf(tt.at, "", 1, 2, store.Place{At: 1, No: 1})
			n.And(column+` = ?`, 1)
			where, _ := n.Page(1)
			if plan := planOf(t, st, `SELECT * FROM `+tt.table+` WHERE `+where); !strings.Contains(plan, column+"=? AND "+tt.at+">?") || strings.Contains(plan, "TEMP") {
				t.Errorf("%s by %s, the newest first, is found by %s", tt.table, column, plan)
			}
		}
	}
}

func plainSQL(text string) string { return strings.Join(strings.Fields(text), " ") }

// whole writes a statement of which a part is given, with lists of some length.
func whole(sql string) string {
	switch {
	case strings.HasPrefix(sql, "archive = ?"):
		sql = "SELECT * FROM archive_record WHERE " + sql + "CASE WHEN at < ? THEN 1 ELSE 0 END = 1 ORDER BY at, seq LIMIT ?"
	case strings.HasPrefix(sql, "FROM"):
		sql = "SELECT count(*) " + sql
	case strings.HasPrefix(sql, "corpid = ?"):
		sql = "SELECT * FROM customer_follow WHERE " + sql
	case strings.HasPrefix(sql, "g."):
		sql = "SELECT * FROM customer_group g WHERE " + sql
	case strings.Contains(sql, "asked.no"):
		sql = "WITH asked (no) AS (VALUES (1), (2)) SELECT (" + sql + ") FROM asked"
	}
	return strings.ReplaceAll(sql, "#", store.Marks(500))
}

func planOf(t *testing.T, st *store.Store, sql string) (plan string) {
	t.Helper()
	err := st.Read(context.Background(), func(tx *store.Tx) error {
		args := make([]any, strings.Count(sql, "?"))
		for i := range args {
			args[i] = int64(1)
		}
		return tx.Each(`EXPLAIN QUERY PLAN `+sql, args, func(rows *store.Rows) error {
			var no, of, unused int64
			var step string
			err := rows.Scan(&no, &of, &unused, &step)
			plan += step + "; "
			return err
		})
	})
	if err != nil {
		t.Fatalf("%v in %s", err, sql)
	}
	return plan
}
