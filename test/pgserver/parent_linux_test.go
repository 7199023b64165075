package pgserver_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"qiwei/test/pgserver"
)

// TestMain lets the test binary be, on request, a program that starts a server
// and then waits to be killed.
func TestMain(m *testing.M) {
	if os.Getenv("PGSERVER_TEST_PARENT") == "" {
		os.Exit(m.Run())
	}
	s, err := pgserver.Start(context.Background())
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(s.URL())
	select {}
}

func TestServerEndsWithAKilledParent(t *testing.T) {
	if start(t) == nil {
		return
	}
	tmp := t.TempDir() // what a killed parent cannot remove
	if err := os.Chmod(filepath.Dir(tmp), 0o711); err != nil {
		t.Fatal(err)
	}
	parent := osexec.Command(os.Args[0])
	parent.Env = append(os.Environ(), "PGSERVER_TEST_PARENT=1", "TMPDIR="+tmp)
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	url, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	url = strings.TrimSpace(url)
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())

	parent.Process.Kill()
	parent.Wait()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := conn.Exec(ctx, "SELECT pg_sleep(60)"); err == nil || ctx.Err() != nil {
		t.Fatalf("the server lives on without its parent: %v", err)
	}
	// The postmaster is the last of its processes to go, and its pid file goes with it.
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		left, _ := filepath.Glob(filepath.Join(tmp, "*", "data", "postmaster.pid"))
		if len(left) == 0 {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("%s is still there", left)
		}
	}
}
