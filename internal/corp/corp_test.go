package corp_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"qiwei/internal/corp"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// What a corp may be called, and how large it may be.
func TestValid(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		of := func(n int) string { return (id.Letters(20) + strings.Repeat("x", 64))[:n] }
		short := func() string { return id.Letters(3) }
		for _, tt := range []struct {
			name string
			c    corp.Corp
			fine bool
		}{
			{"without an id", corp.Corp{Name: "甲"}, true},
			{"an id of three letters", corp.Corp{CorpID: short(), Name: "甲"}, true},
			{"of two", corp.Corp{CorpID: short()[:2], Name: "甲"}, false},
			{"of 64", corp.Corp{CorpID: of(64), Name: "甲"}, true},
			{"of 65", corp.Corp{CorpID: of(64) + "x", Name: "甲"}, false},
			{"an id that an address would break at", corp.Corp{CorpID: short() + "/x", Name: "甲"}, false},
			{"with a space", corp.Corp{CorpID: short() + " x", Name: "甲"}, false},
			{"no name", corp.Corp{}, false},
			{"a name of spaces", corp.Corp{Name: "  "}, false},
			{"a name of 64 characters", corp.Corp{Name: strings.Repeat("甲", 64)}, true},
			{"of 65", corp.Corp{Name: strings.Repeat("甲", 65)}, false},
			{"one member", corp.Corp{Name: "甲", MemberLimit: 1}, true},
			{"fewer than none", corp.Corp{Name: "甲", MemberLimit: -1}, false},
			{"contact sync that reads", corp.Corp{Name: "甲", Settings: corp.Settings{Sync: "read"}}, true},
			{"contact sync that edits", corp.Corp{Name: "甲", Settings: corp.Settings{Sync: "edit"}}, true},
			{"contact sync that does something else", corp.Corp{Name: "甲", Settings: corp.Settings{Sync: "write"}}, false},
		} {
			err := w.Server.Store.Write(context.Background(), func(tx *store.Tx) error {
				made, err := w.Server.Corps.CreateCorp(context.Background(), tx, tt.c)
				if err != nil {
					return err
				}
				limit := tt.c.MemberLimit
				if limit == 0 {
					limit = 1_000_000
				}
				got, err := w.Server.Corps.Corp(tx, made.CorpID)
				if err != nil || got.Name != tt.c.Name || got.MemberLimit != limit || !got.CreatedAt.Equal(qiweitest.Start) || got.Sync != tt.c.Sync {
					t.Errorf("%s: %+v, %v", tt.name, got, err)
				}
				if _, err := w.Server.Corps.CreateCorp(context.Background(), tx, corp.Corp{CorpID: made.CorpID, Name: "乙"}); !errors.Is(err, corp.ErrTaken) {
					t.Errorf("%s: twice: %v", tt.name, err)
				}
				return nil
			})
			if (err == nil) != tt.fine {
				t.Errorf("%s: %v", tt.name, err)
			}
		}
	})
}

// A change and an end are one corp's, and are heard of in their transaction.
func TestChangeAndEnd(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			rooms := corp.New()
			var heard []string
			rooms.OnUpdate(func(_ context.Context, _ *store.Tx, c corp.Corp) error {
				heard = append(heard, "update "+c.Name)
				return nil
			})
			rooms.OnDelete(func(_ context.Context, tx *store.Tx, corpID string) error {
				c, err := rooms.Corp(tx, corpID) // it is there yet
				heard = append(heard, "delete "+c.Name)
				if errors.Is(err, corp.ErrNotFound) {
					return nil
				}
				return err
			})
			made, err := rooms.CreateCorp(ctx, tx, corp.Corp{Name: "丙"})
			if err != nil {
				return err
			}
			made.Name, made.MemberLimit = "丁", 7
			if err := rooms.UpdateCorp(ctx, tx, made); err != nil {
				return err
			}
			if got, err := rooms.Corp(tx, made.CorpID); err != nil || got.Name != "丁" || got.MemberLimit != 7 {
				t.Errorf("%+v, %v", got, err)
			}
			if other, err := rooms.Corp(tx, w.CorpID); err != nil || other.Name != w.Name {
				t.Errorf("another corp: %+v, %v", other, err)
			}
			made.Name = ""
			if rooms.UpdateCorp(ctx, tx, made) == nil {
				t.Error("changed to no name")
			}
			if err := rooms.UpdateCorp(ctx, tx, corp.Corp{CorpID: "wwnobody", Name: "无", MemberLimit: 1}); !errors.Is(err, corp.ErrNotFound) {
				t.Errorf("change a corp that there is not: %v", err)
			}
			list, err := rooms.Corps(tx)
			if err != nil || !slices.IsSortedFunc(list, func(a, b corp.Corp) int { return strings.Compare(a.CorpID, b.CorpID) }) ||
				!slices.ContainsFunc(list, func(c corp.Corp) bool { return c.CorpID == made.CorpID && c.Name == "丁" }) {
				t.Errorf("%+v, %v", list, err)
			}
			if err := rooms.DeleteCorp(ctx, tx, made.CorpID); err != nil {
				return err
			}
			if _, err := rooms.Corp(tx, made.CorpID); !errors.Is(err, corp.ErrNotFound) {
				t.Errorf("after its end: %v", err)
			}
			if err := rooms.DeleteCorp(ctx, tx, "wwnobody"); !errors.Is(err, corp.ErrNotFound) {
				t.Errorf("end a corp that there is not: %v", err)
			}
			if _, err := rooms.Corp(tx, w.Second.CorpID); err != nil {
				t.Errorf("another corp: %v", err)
			}
			if want := []string{"update 丁", "delete 丁", "delete "}; !slices.Equal(heard, want) {
				t.Errorf("heard %q, want %q", heard, want)
			}
			return nil
		})
	})
}
