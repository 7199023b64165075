package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// programFloors are the program's targets with a directory of a size.
type programFloors struct {
	size          size
	imports       time.Duration // of the members
	start         time.Duration
	started, idle int64 // bytes of resident memory: at the first answer, and 2 seconds later
}

// measureProgram measures what a user does with the program itself: importing
// members from CSV, starting on the directory that results, and leaving it idle.
func measureProgram(t *table, data string, floors programFloors) error {
	program, err := buildProgram(filepath.Dir(data))
	if err != nil {
		return err
	}
	first, _, err := startProgram(program, data) // makes the demo enterprise
	if err != nil {
		return err
	}
	stopProgram(first)
	// The demo has members already.
	if out, err := exec.Command(program, "corp", "set", "--data", data, "--member-limit", "2000000").CombinedOutput(); err != nil {
		return fmt.Errorf("corp set: %w: %s", err, out)
	}
	departments, members := filepath.Join(filepath.Dir(data), "departments.csv"), filepath.Join(filepath.Dir(data), "members.csv")
	if err := writeSheets(departments, members, floors.size); err != nil {
		return err
	}
	for _, step := range []struct {
		what, sheet string
		kind        string
		limit       time.Duration
	}{
		{fmt.Sprintf("importing %d departments from CSV", floors.size.departments), departments, "department", 0},
		{fmt.Sprintf("importing %d members from CSV", floors.size.members), members, "member", floors.imports},
	} {
		began := time.Now()
		out, err := exec.Command(program, step.kind, "import", "--data", data, step.sheet).CombinedOutput()
		if err != nil {
			return fmt.Errorf("%s: %w: %s", step.what, err, out)
		}
		took := time.Since(began)
		want := ""
		if step.limit > 0 {
			want = "under " + step.limit.String()
		}
		t.add(step.what, step.limit == 0 || took < step.limit, want, "%v", took.Round(10*time.Millisecond))
	}
	var best time.Duration
	var atFirst int64
	var running *exec.Cmd
	for range 3 {
		if running != nil {
			stopProgram(running)
		}
		var took time.Duration
		if running, took, err = startProgram(program, data); err != nil {
			return err
		}
		atFirst = residentMemory(running.Process.Pid)
		if best == 0 || took < best {
			best = took
		}
	}
	defer stopProgram(running)
	at := fmt.Sprintf(" with %d members", floors.size.members)
	t.add("from start to the first answered call"+at, best < floors.start, "under "+floors.start.String(), "%v", best.Round(time.Millisecond))
	t.add("memory then"+at, atFirst < floors.started, fmt.Sprintf("under %d MB", floors.started>>20), "%d MB", atFirst>>20)
	time.Sleep(2 * time.Second)
	rss := residentMemory(running.Process.Pid)
	t.add("idle memory"+at, rss < floors.idle, fmt.Sprintf("under %d MB", floors.idle>>20), "%d MB", rss>>20)
	return nil
}

func buildProgram(dir string) (string, error) {
	program := filepath.Join(dir, "qiwei")
	out, err := exec.Command("go", "build", "-o", program, "./cmd/qiwei").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w: %s", err, out)
	}
	return program, nil
}

// startProgram starts qiwei dev and returns how long its first call took to be
// answered, tried again every millisecond from the start of the process. more are
// further arguments.
func startProgram(program, data string, more ...string) (*exec.Cmd, time.Duration, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // a free port
	if err != nil {
		return nil, 0, err
	}
	addr := l.Addr().String()
	l.Close()
	began := time.Now()
	cmd := exec.Command(program, append([]string{"dev", "--data", data, "--listen", addr}, more...)...)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, 0, err
	}
	url, err := firstCall(data, addr)
	for ; time.Since(began) < 3*time.Minute; time.Sleep(time.Millisecond) {
		if url == "" {
			if url, err = firstCall(data, addr); err != nil {
				continue
			}
		}
		if _, err = do(get(func(int) string { return url })(0)); err == nil {
			return cmd, time.Since(began), nil
		}
	}
	stopProgram(cmd)
	return nil, 0, fmt.Errorf("qiwei dev does not answer: %w", err)
}

// firstCall returns the address of a gettoken call with the credentials in the
// data directory.
func firstCall(data, addr string) (string, error) {
	raw, err := os.ReadFile(filepath.Join(data, "credentials.json"))
	if err != nil {
		return "", err
	}
	var c struct {
		Corps []struct {
			CorpID string `json:"corpid"`
			Apps   []struct {
				Secret string `json:"secret"`
			} `json:"apps"`
		} `json:"corps"`
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return "", err
	}
	return "http://" + addr + "/cgi-bin/gettoken?corpid=" + c.Corps[0].CorpID + "&corpsecret=" + c.Corps[0].Apps[0].Secret, nil
}

func stopProgram(cmd *exec.Cmd) {
	http.DefaultClient.CloseIdleConnections()
	client.CloseIdleConnections()
	cmd.Process.Signal(syscall.SIGTERM)
	cmd.Wait()
}

// writeSheets writes the CSV files of a directory, beside the demo's own members.
func writeSheets(departments, members string, s size) error {
	const first = 1000 // the demo enterprise has lower ids
	write := func(path string, header string, n int, row func(i int) []string) error {
		f, err := os.Create(path)
		if err != nil {
			return err
		}
		defer f.Close()
		w := csv.NewWriter(f)
		if err := w.Write(strings.Split(header, ",")); err != nil {
			return err
		}
		for i := range n {
			if err := w.Write(row(i)); err != nil {
				return err
			}
		}
		w.Flush()
		return w.Error()
	}
	count := s.departments - 100 // a corp has at most 30,000, and the demo some already
	if err := write(departments, "部门名称,部门ID,父部门ID,排序", count, func(i int) []string {
		parent := 1
		if i >= 10 {
			parent = first + i/10 - 1
		}
		return []string{"部门" + strconv.Itoa(i), strconv.Itoa(first + i), strconv.Itoa(parent), strconv.Itoa(i + 1)}
	}); err != nil {
		return err
	}
	return write(members, "姓名,帐号,手机号,邮箱,所在部门,职位,性别", s.members, func(i int) []string {
		return []string{fmt.Sprintf("成员%d", i), fmt.Sprintf("bench%06d", i), fmt.Sprintf("1%010d", 4_000_000_000+i),
			fmt.Sprintf("bench%06d@corp.example", i), strconv.Itoa(first + i%count), "工程师", strconv.Itoa(1 + i%2)}
	})
}
