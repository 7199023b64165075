package app_test

import (
	"context"
	"errors"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// Two enterprises number their applications alike, and each counts, deletes and
// remembers its own.
func TestAgentsOfOneNumber(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		apps, ours, theirs := w.Server.Apps, w.CorpID, w.Second.CorpID
		first, twin := w.WithApp(access.SelfBuilt, app.Settings{}), w.Second.WithApp(access.SelfBuilt, app.Settings{})
		if first.AgentID != twin.AgentID {
			t.Fatalf("the first of each: %d and %d", first.AgentID, twin.AgentID)
		}
		for range 3 {
			w.Second.WithApp(access.SelfBuilt, app.Settings{})
		}
		if second := w.WithApp(access.SelfBuilt, app.Settings{}); second.AgentID != first.AgentID+1 {
			t.Errorf("our second is %d after %d, because another enterprise has more", second.AgentID, first.AgentID)
		}
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			if err := apps.DeleteApp(ctx, tx, theirs, twin.AgentID); err != nil {
				return err
			}
			if _, err := apps.App(tx, ours, first.AgentID); err != nil {
				t.Errorf("ours, after theirs was deleted: %v", err)
			}
			for corpID, want := range map[string]bool{ours: false, theirs: true} {
				if gone, err := apps.Gone(tx, corpID, twin.AgentID); err != nil || gone != want {
					t.Errorf("gone: %v, want %v; %v", gone, want, err)
				}
			}
			// Ours goes, and comes back.
			if err := apps.DeleteApp(ctx, tx, ours, first.AgentID); err != nil {
				return err
			}
			if _, err := apps.CreateApp(ctx, tx, app.App{CorpID: ours, AgentID: first.AgentID, Kind: access.SelfBuilt, Settings: app.Settings{Name: "回"}}); err != nil {
				return err
			}
			for corpID, want := range map[string]bool{ours: false, theirs: true} {
				if gone, err := apps.Gone(tx, corpID, twin.AgentID); err != nil || gone != want {
					t.Errorf("gone after ours was restored: %v, want %v; %v", gone, want, err)
				}
			}
			_, err := apps.App(tx, theirs, twin.AgentID)
			if !errors.Is(err, app.ErrNotFound) {
				t.Errorf("theirs has come back, too: %v", err)
			}
			return nil
		})
	})
}

// Who listens, and whose applications have changed with their enterprise's settings,
// is the enterprise's own.
func TestAnotherEnterpriseListens(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		w.As(access.SelfBuilt)
		w.Receiver(w.Second.As(access.SelfBuilt))
		version := func(tx *store.Tx, corpID string) (n int64) {
			n, err := tx.Count(`SELECT sum(version) FROM app WHERE corpid = ?`, corpID)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			for corpID, want := range map[string]int{w.CorpID: 0, w.Second.CorpID: 1} {
				if list, err := w.Server.Apps.Listening(tx, corpID); err != nil || len(list) != want {
					t.Errorf("%d listen, want %d; %v", len(list), want, err)
				}
			}
			our, their := version(tx, w.CorpID), version(tx, w.Second.CorpID)
			c, err := w.Server.Corps.Corp(tx, w.CorpID)
			if err != nil {
				return err
			}
			c.Settings.ShortNames = []string{"新"}
			if err := w.Server.Corps.UpdateCorp(ctx, tx, c); err != nil {
				return err
			}
			if version(tx, w.CorpID) == our || version(tx, w.Second.CorpID) != their {
				t.Error("the change of an enterprise has not changed its applications, and no others")
			}
			return nil
		})
	})
}
