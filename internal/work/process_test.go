package work_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"qiwei/internal/clock"
	"qiwei/internal/store"
	"qiwei/internal/work"
	"qiwei/qiweitest"
)

// besideServer names the database of a server that the test program is for another
// run of itself.
const besideServer = "QIWEI_WORK_SERVER"

func TestMain(m *testing.M) {
	if database := os.Getenv(besideServer); database != "" {
		fmt.Fprintln(os.Stderr, workUntilKilled(database))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// workUntilKilled is a server that begins with key 1, says so, and comes to no end.
func workUntilKilled(database string) error {
	at := clock.At(qiweitest.Start)
	st, err := store.Open(context.Background(), store.Config{URL: database, Clock: at})
	if err != nil {
		return err
	}
	r := &room{done: map[int64][]int64{}, events: map[string]int64{}}
	r.do = func(_ context.Context, key, n int64) error {
		if key == 1 && n == 1 {
			fmt.Println("began")
			select {}
		}
		return nil
	}
	r.slots = 1 // what is queued later is not this one's
	q := r.serverOn(st, at)
	q.Start()
	io.Copy(io.Discard, os.Stdin) // it ends with the test at the latest
	return fmt.Errorf("the test has gone")
}

// TestTwoProcesses has another process work on the database: what begins beside it,
// a second server or a command, leaves its work alone for as long as it lives, and
// goes on with it once it was killed, without the clock moving.
func TestTwoProcesses(t *testing.T) {
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		r := newRoom(t, w)
		r.queue(nil, 1, 3)
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), besideServer+"="+w.Server.Config.Database)
		child.Stderr = os.Stderr
		in, err := child.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close()
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		defer child.Wait()
		defer child.Process.Kill()
		if said, err := bufio.NewReader(out).ReadString('\n'); said != "began\n" {
			t.Fatalf("%q, %v", said, err)
		}

		r.queue(nil, 2, 2)
		second := r.server()
		second.Start()
		if settle(t, second); !slices.Equal(r.of(2), numbers(2)) || r.of(1) != nil {
			t.Errorf("beside a living server: %d of its work, %d of the rest", r.of(1), r.of(2))
		}
		command := r.server() // which is never started
		if worked, err := command.One(t.Context(), func(*store.Tx, *work.Turn) (work.Batch, time.Time, error) {
			t.Error("a command takes what a living server has")
			return nil, time.Time{}, nil
		}); worked || err != nil {
			t.Errorf("%v, %v", worked, err)
		}
		if err := command.Drain(t.Context(), nil); err != nil || r.of(1) != nil {
			t.Errorf("%v; %d", err, r.of(1))
		}

		child.Process.Kill()
		child.Wait()
		third := r.server()
		third.Start()
		if err := waitFor(t, func() bool { return len(r.of(1)) == 3 }); err != nil || !slices.Equal(r.of(1), numbers(3)) {
			t.Errorf("after it was killed: %d, %v", r.of(1), err)
		}
	})
}
