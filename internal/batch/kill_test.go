package batch_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/clock"
	"qiwei/internal/directory"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// doomedServer names the database of a server that kills itself.
const doomedServer = "QIWEI_BATCH_SERVER"

// The test program is also the server that kills itself.
func TestMain(m *testing.M) {
	if database := os.Getenv(doomedServer); database != "" {
		fmt.Fprintln(os.Stderr, importUntilKilled(database))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// importUntilKilled runs the imports of a database, and kills itself while it creates the member m150.
func importUntilKilled(database string) error {
	s, err := platform.Open(context.Background(), platform.Config{Database: database, Key: qiweitest.Key, Clock: clock.At(qiweitest.Start), SweepEvery: -1})
	if err != nil {
		return err
	}
	s.Directory.MemberCreated.On(func(_ context.Context, _ *store.Tx, _ access.Caller, e directory.MemberCreatedEvent) error {
		if e.Member.UserID == "m150" {
			self, _ := os.FindProcess(os.Getpid())
			self.Kill()
			select {}
		}
		return nil
	})
	s.Jobs.Start()
	io.Copy(io.Discard, os.Stdin) // it ends when the test does, at the latest
	return fmt.Errorf("the test has gone")
}

// TestKilledImport kills a server in the middle of an import. The next one goes on
// at once, without the clock moving, and each row is imported once.
func TestKilledImport(t *testing.T) {
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		sync := w.As(access.ContactSync)
		jobID := submit(t, sync, "batch/syncuser", `{"media_id":"long"}`)
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), doomedServer+"="+w.Server.Config.Database)
		child.Stderr = os.Stderr
		in, err := child.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		if err := child.Wait(); err == nil || child.ProcessState.ExitCode() == 1 {
			t.Fatalf("the server was not killed: %v", err)
		}
		in.Close()
		line{"half-way", "batch/getresult?jobid=" + jobID, "", `0 "status":2,"type":"sync_user","total":230,"percentage":65,"result":[]`}.check(t, sync)

		done := make(chan struct{})
		w.Server.Directory.JobDone.On(func(_ context.Context, tx *store.Tx, _ access.Caller, _ directory.JobDoneEvent) error {
			tx.AfterCommit(func() { close(done) })
			return nil
		})
		w.Server.Jobs.Start()
		<-done
		var resp struct {
			Result []struct {
				UserID  string `json:"userid"`
				ErrCode int
			}
		}
		line{"done", "batch/getresult?jobid=" + jobID, "", `0 "status":3`}.check(t, sync).Decode(&resp)
		if len(resp.Result) != 230 {
			t.Fatalf("%d lines", len(resp.Result))
		}
		for i, r := range resp.Result {
			if r.UserID != fmt.Sprintf("m%03d", i) || r.ErrCode != 0 {
				t.Errorf("line %d: %+v", i, r)
			}
		}
	})
}
