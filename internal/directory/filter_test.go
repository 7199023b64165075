package directory

import (
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/clock"
	"qiwei/internal/corp"
	"qiwei/internal/event"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// TestFiltersUseTheirIndexes asks SQLite how it would find members by indexed fields. If an index leads to a
// few, SQLite must not go through all members of the corp, in any combination.
func TestFiltersUseTheirIndexes(t *testing.T) {
	t.Parallel()
	st, err := store.Open(t.Context(), store.Config{URL: t.TempDir() + "/x.db", Clock: clock.New()})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if err := st.Migrate(t.Context(), event.Migrations, corp.Migrations, Migrations); err != nil {
		t.Fatal(err)
	}
	user, mail, name := Is(KeyUserID, "x"), Is(KeyEmail, "x@y.z"), Is(KeyName, "x")
	s := &Service{}
	for what, f := range map[string]Filter{
		"userid":                   user,
		"mail":                     Or(Is(KeyBizMail, "x"), mail),
		"mobile":                   Is(KeyMobile, "13800000000"),
		"name":                     name,
		"beginning of a name":      Like(KeyName, "x", ""),
		"beginning of a mail":      Like(KeyEmail, "x", ""),
		"userid and more":          And(Like(KeyPosition, "", "x", ""), user, Enabled()),
		"one of many":              Or(user, mail, name, Like(KeyUserID, "x", "")),
		"one of many, and enabled": And(Or(user, mail, name), Enabled(), Not(Has(KeyMobile))),
		"department":               Within(3, true),
		"department and a piece":   And(Within(3, true), Like(KeyName, "", "x", "")),
		"tag":                      Tagged(3),
		"number":                   Numbered(3),
		"leader":                   LedBy("x"),
	} {
		for _, by := range []access.Caller{access.System("c"), access.System("c").Within(access.Range{Departments: []int64{2}, Members: []id.UserID{"a"}, Tags: []int64{1}})} {
			if !f.lookedUp() {
				t.Errorf("%s: not looked up", what)
			}
			with, where, args := s.found(by, f, 5)
			err := st.Read(t.Context(), func(tx *store.Tx) error {
				return tx.Each(`EXPLAIN QUERY PLAN `+with+` SELECT `+memberText+` FROM `+memberTables+` WHERE `+where+` ORDER BY `+keyNo(f)+` LIMIT 10`,
					args, func(rows *store.Rows) error {
						var a, b, c int64
						var plan string
						err := rows.Scan(&a, &b, &c, &plan)
						if strings.HasPrefix(plan, "SCAN m") && !strings.Contains(plan, "SCAN md") || strings.Contains(plan, "INDEX member_corp (corpid=?)") || strings.Contains(plan, "no>?") {
							t.Errorf("%s: %s", what, plan)
						}
						return err
					})
			})
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
		}
	}
}
