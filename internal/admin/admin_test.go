package admin_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/admin"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

func named(w *qiweitest.World, tx *store.Tx, c *qiweitest.Corp) (out []string, err error) {
	list, err := w.Server.Admins.Admins(context.Background(), tx, c.CorpID)
	for _, a := range list {
		s := string(a.UserID) + " " + string(a.Role)
		if a.Founder {
			s += " founder"
		}
		if len(a.Range.Departments) > 0 {
			s += fmt.Sprint(" ", a.Range.Departments)
		}
		out = append(out, s)
	}
	return out, err
}

// Who is an admin, and of what: appointed, promoted, dismissed, in one enterprise
// and not in the other, where members of the same names are.
func TestAdmins(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			s := w.Server.Admins
			check := func(when string, c *qiweitest.Corp, want ...string) {
				t.Helper()
				if got, err := named(w, tx, c); err != nil || !slices.Equal(got, want) {
					t.Errorf("%s: %q, %v; want %q", when, got, err, want)
				}
			}
			check("at first", w.Corp)
			market := access.Range{Departments: []int64{4}}
			for _, tt := range []struct {
				name string
				user id.UserID
				role admin.Role
				r    access.Range
				want error
			}{
				{"a role that there is not", "lisi", "king", market, admin.ErrRole},
				{"a range of nothing", "lisi", admin.Ranged, access.Range{}, admin.ErrRole},
				{"nobody", "nobody", admin.Super, access.Range{}, directory.ErrMemberNotFound},
				{"of a department that there is not", "lisi", admin.Ranged, access.Range{Departments: []int64{4, 99}}, directory.ErrDepartmentNotFound},
				{"of a department", "lisi", admin.Ranged, market, nil},
				{"who reads", "wangwu", admin.Reader, market, nil},
			} {
				if err := s.Appoint(ctx, tx, w.CorpID, tt.user, tt.role, tt.r); !errors.Is(err, tt.want) {
					t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
				}
			}
			check("two appointed", w.Corp, "lisi ranged [4]", "wangwu reader")
			check("in the other enterprise", w.Second)
			// A member is looked up in the enterprise that he is asked of.
			m, err := w.Server.Directory.Member(ctx, tx, access.System(w.CorpID), "lisi")
			if err != nil {
				return err
			}
			for corpID, want := range map[string]bool{w.CorpID: true, w.Second.CorpID: false} {
				a, found, err := s.Of(tx, corpID, m)
				if err != nil || found != want || want && (a.Role != admin.Ranged || !slices.Equal(a.Range.Departments, market.Departments) || !a.Since.Equal(qiweitest.Start)) {
					t.Errorf("%+v, %v, %v; want %v", a, found, err, want)
				}
			}
			if err := s.Appoint(ctx, tx, w.CorpID, "lisi", admin.Super, market); err != nil {
				return err
			}
			check("promoted", w.Corp, "lisi super", "wangwu reader")
			dismissed := 0
			s.OnDismissed(func(_ context.Context, _ *store.Tx, corpID string, m directory.Member) error {
				dismissed++
				if corpID != w.CorpID || m.UserID != "lisi" {
					t.Errorf("dismissed %s of %s", m.UserID, corpID)
				}
				return nil
			})
			for _, tt := range []struct {
				corpID string
				user   id.UserID
				want   error
			}{{w.Second.CorpID, "lisi", admin.ErrNoAdmin}, {w.CorpID, "zhangsan", admin.ErrNoAdmin}, {w.CorpID, "nobody", directory.ErrMemberNotFound}, {w.CorpID, "lisi", nil}} {
				if err := s.Dismiss(ctx, tx, tt.corpID, tt.user); !errors.Is(err, tt.want) {
					t.Errorf("dismiss %s: %v, want %v", tt.user, err, tt.want)
				}
			}
			if dismissed != 1 {
				t.Errorf("told of %d dismissals", dismissed)
			}
			check("one dismissed", w.Corp, "wangwu reader")
			return nil
		})
	})
}

// The member who founded the enterprise stays its super admin.
func TestFounder(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		w.Advance(time.Hour)
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			s := w.Server.Admins
			if err := s.Appoint(ctx, tx, w.CorpID, "wangwu", admin.Reader, access.Range{}); err != nil {
				return err
			}
			if err := s.Appoint(ctx, tx, w.CorpID, "lisi", admin.Reader, access.Range{}); err != nil {
				return err
			}
			c, err := w.Server.Corps.Corp(tx, w.CorpID)
			if err != nil {
				return err
			}
			c.Creator = "LISI" // who had been appointed before
			if err := w.Server.Corps.UpdateCorp(ctx, tx, c); err != nil {
				return err
			}
			if got, err := named(w, tx, w.Corp); err != nil || !slices.Equal(got, []string{"lisi super founder", "wangwu reader"}) {
				t.Errorf("%q, %v", got, err)
			}
			list, err := s.Admins(ctx, tx, w.CorpID)
			if err != nil || !list[0].Since.Equal(qiweitest.Start) || !list[1].Since.Equal(qiweitest.Start.Add(time.Hour)) {
				t.Errorf("since when: %+v, %v", list, err)
			}
			for _, tt := range []struct {
				name string
				err  error
				want error
			}{
				{"made a reader", s.Appoint(ctx, tx, w.CorpID, "lisi", admin.Reader, access.Range{}), admin.ErrFounder},
				{"made what he is", s.Appoint(ctx, tx, w.CorpID, "lisi", admin.Super, access.Range{}), nil},
				{"dismissed", s.Dismiss(ctx, tx, w.CorpID, "lisi"), admin.ErrFounder},
				{"another is dismissed", s.Dismiss(ctx, tx, w.CorpID, "wangwu"), nil},
			} {
				if !errors.Is(tt.err, tt.want) {
					t.Errorf("%s: %v, want %v", tt.name, tt.err, tt.want)
				}
			}
			// A founder who has left is nobody.
			c.Creator = "left"
			if err := w.Server.Corps.UpdateCorp(ctx, tx, c); err != nil {
				return err
			}
			if got, err := named(w, tx, w.Corp); err != nil || !slices.Equal(got, []string{"lisi reader"}) {
				t.Errorf("without a founder: %q, %v", got, err)
			}
			return nil
		})
	})
}

func TestCaller(t *testing.T) {
	t.Parallel()
	market := access.Range{Departments: []int64{4}}
	for role, whole := range map[admin.Role]bool{admin.Super: true, admin.Reader: true, admin.Ranged: false} {
		by := admin.Admin{UserID: "lisi", Role: role, Range: market}.Caller("ww1")
		if by.CorpID != "ww1" || by.UserID != "lisi" || by.Kind != access.Admin || by.Range.All() != whole {
			t.Errorf("%s: %+v", role, by)
		}
	}
}
