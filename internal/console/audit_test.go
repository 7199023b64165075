package console_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"qiwei/internal/access"
	admins "qiwei/internal/admin"
	"qiwei/internal/directory"
	"qiwei/internal/event"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// TestAnAdminsActNamesTheAdmin: the event of an admin's act names the admin, and the audit log shows the act
// once. What the program and applications do at the same instant is shown beside it.
func TestAnAdminsActNamesTheAdmin(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		appoint(t, w, w.CorpID, "zhangsan", admins.Super)
		a := as(t, w, w.CorpID, "zhangsan")
		a.ok("PUT", "/console/api/members/lisi", `{"name":"李四四"}`, nil)
		w.Write(func(ctx context.Context, tx *store.Tx) error { // the clock stands still
			name := "王五五"
			return w.Server.Directory.UpdateDepartment(ctx, tx, access.System(w.CorpID), directory.DepartmentUpdate{ID: 4, Name: &name})
		})
		var past []event.Recorded
		w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
			past, err = event.Past(tx, w.CorpID, event.Filter{Limit: 2})
			return err
		})
		if past[1].ByKind != access.Admin || past[1].ByUser != "zhangsan" || past[0].ByKind != access.Program || past[0].ByUser != "" {
			t.Errorf("recorded by %s %q and %s %q", past[1].ByKind, past[1].ByUser, past[0].ByKind, past[0].ByUser)
		}
		var log struct {
			Entries []struct{ Source, UserID, Name, Action, Target string }
		}
		a.ok("GET", "/console/api/audit?limit=20", "", &log)
		var lines []string
		for _, e := range log.Entries {
			if strings.Contains(e.Action, "update") {
				lines = append(lines, e.Source+" "+e.UserID+" "+e.Name+" "+e.Action)
			}
		}
		want := []string{"system   change_contact/update_party", "console zhangsan 张三 member.update"}
		slices.Sort(lines)
		slices.Sort(want)
		if !slices.Equal(lines, want) {
			t.Errorf("the audit has %q, want %q", lines, want)
		}
	})
}
