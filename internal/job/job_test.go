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

// What a job works on and what comes out of it is read back as it was written, in
// pieces; and what is kept of ended jobs is the last few of a lane of one enterprise.
func TestWhatIsKept(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		jobs := w.Server.Jobs
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			add := func(c *qiweitest.Corp, file []byte) (string, job.Job) {
				t.Helper()
				by := access.System(c.CorpID)
				jobID, err := jobs.Enqueue(ctx, tx, job.New{By: by, Kind: "sync_user", Lane: "import", Input: struct{}{}, File: file})
				if err != nil {
					t.Fatal(err)
				}
				j, err := jobs.Find(tx, by, jobID, "sync_user")
				if err != nil {
					t.Fatal(err)
				}
				return jobID, j
			}
			end := func(j job.Job) {
				t.Helper()
				if _, err := tx.Exec(`UPDATE job SET state = ? WHERE no = ?`, job.Done, j.No); err != nil {
					t.Fatal(err)
				}
			}
			first, one := add(w.Corp, []byte("content"))
			if got, err := jobs.File(tx, one); err != nil || string(got) != "content" {
				t.Errorf("the file: %q, %v", got, err)
			}
			twin, their := add(w.Second, nil)
			if got, err := jobs.File(tx, their); err == nil || got != nil {
				t.Errorf("a file that there is not: %q", got)
			}
			for _, piece := range []struct {
				block, at int64
				text      string
			}{{0, 0, "abc"}, {0, 3, ""}, {0, 3, "de"}, {1, 0, "x"}} {
				if err := jobs.Write(tx, one, piece.block, piece.at, []byte(piece.text)); err != nil {
					return err
				}
			}
			for _, tt := range []struct {
				block, offset int64
				want          string
			}{{0, 0, "abc"}, {0, 2, "c"}, {0, 3, "de"}, {0, 4, "e"}, {0, 5, ""}, {0, 9, ""}, {1, 0, "x"}, {1, 1, ""}, {2, 0, ""}, {2, 9, ""}} {
				if got, err := jobs.Read(tx, one.No, tt.block, tt.offset); err != nil || string(got) != tt.want {
					t.Errorf("block %d from %d: %q, %v; want %q", tt.block, tt.offset, got, err, tt.want)
				}
			}
			whole := ""
			if err := jobs.EachPiece(tx, one, 0, func(b []byte) error { whole += string(b); return nil }); err != nil || whole != "abcde" {
				t.Errorf("the block is %q, %v", whole, err)
			}
			end(one)
			end(their)
			second, two := add(w.Corp, nil)
			end(two)
			third, _ := add(w.Corp, nil) // it has not ended, and does not count
			if err := jobs.KeepLast(tx, w.CorpID, "import", 1); err != nil {
				return err
			}
			for _, tt := range []struct {
				name, jobID string
				of          *qiweitest.Corp
				want        error
			}{{"the first", first, w.Corp, job.ErrCleaned}, {"the last that has ended", second, w.Corp, nil}, {"one that runs", third, w.Corp, nil}, {"the other enterprise's", twin, w.Second, nil}} {
				if _, err := jobs.Find(tx, access.System(tt.of.CorpID), tt.jobID, "sync_user"); !errors.Is(err, tt.want) {
					t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
				}
			}
			if got, err := jobs.Read(tx, one.No, 0, 0); err != nil || got != nil {
				t.Errorf("of a job that was cleaned: %q, %v", got, err)
			}
			return nil
		})
	})
}
