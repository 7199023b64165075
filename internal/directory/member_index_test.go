package directory

import (
	"strings"
	"testing"

	"qiwei/internal/clock"
	"qiwei/internal/corp"
	"qiwei/internal/event"
	"qiwei/internal/store"
)

// TestLookUpsUseTheirIndexes asks SQLite how it would look up a member by unique fields. A query that reads
// every member would be correct too, but slow.
func TestLookUpsUseTheirIndexes(t *testing.T) {
	t.Parallel()
	st, err := store.Open(t.Context(), store.Config{URL: t.TempDir() + "/x.db", Clock: clock.New()})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if err := st.Migrate(t.Context(), event.Migrations, corp.Migrations, Migrations); err != nil {
		t.Fatal(err)
	}
	for _, column := range []string{"userkey", "mobile", "email", "biz_mail"} {
		err := st.Read(t.Context(), func(tx *store.Tx) error {
			return tx.Each(`EXPLAIN QUERY PLAN SELECT userid FROM member WHERE corpid = ? AND `+has(column)+` AND userkey <> ?`,
				[]any{"c", "v", "u"}, func(rows *store.Rows) error {
					var a, b, c int64
					var plan string
					err := rows.Scan(&a, &b, &c, &plan)
					if !strings.Contains(plan, "INDEX member_"+column) {
						t.Errorf("by %s: %s", column, plan)
					}
					return err
				})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
