package job_test

import (
	"context"
	"errors"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/job"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// A job is found by who asked for it: not by another enterprise's administrator,
// who like ours is no application, not by another application, nor as another kind.
func TestFind(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		jobs := w.Server.Jobs
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			ours := job.New{By: access.System(w.CorpID), Kind: "sync_user", Lane: "import", Input: struct{}{}}
			jobID, err := jobs.Enqueue(ctx, tx, ours)
			if err != nil {
				return err
			}
			if _, err := jobs.Enqueue(ctx, tx, ours); !errors.Is(err, job.ErrRunning) {
				t.Errorf("a second on the lane: %v", err)
			}
			theirs := ours
			theirs.By = access.System(w.Second.CorpID)
			if _, err := jobs.Enqueue(ctx, tx, theirs); err != nil {
				t.Errorf("the other enterprise's lane: %v", err)
			}
			app := access.Caller{CorpID: w.CorpID, App: 1, Kind: access.SelfBuilt}
			for _, tt := range []struct {
				name  string
				by    access.Caller
				kinds []string
				want  error
			}{
				{"who asked", ours.By, []string{"replace_user", "sync_user"}, nil},
				{"as another kind", ours.By, []string{"replace_user"}, job.ErrNotFound},
				{"another enterprise", theirs.By, []string{"sync_user"}, job.ErrNotFound},
				{"an application", app, []string{"sync_user"}, job.ErrNotFound},
			} {
				if _, err := jobs.Find(tx, tt.by, jobID, tt.kinds...); !errors.Is(err, tt.want) {
					t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
				}
			}
			return nil
		})
	})
}
