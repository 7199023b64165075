package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/pprof"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/clock"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/platform"
	"qiwei/internal/store"
)

// size is how large a benchmark directory is.
type size struct{ departments, members int }

var (
	small = size{40, 1_000}
	large = size{30_000, 100_000}
)

// crowded is the department that holds 1,000 members in every benchmark directory.
const crowded = 2

// target is a server under measurement, in a process of its own.
type target struct {
	URL     string            `json:"url"`
	CorpID  string            `json:"corpid,omitempty"`
	Secret  string            `json:"secret,omitempty"`  // of an application that sees everyone
	AgentID int64             `json:"agentid,omitempty"` // of the same
	Sync    string            `json:"sync,omitempty"`    // of contact sync
	LDAP    directoryDoor     `json:"ldap,omitzero"`
	FillFor string            `json:"filled_in,omitempty"` // how long the directory took to make
	tokens  map[string]string // by secret
	// Where the server is reached by TLS as itself, and as WeCom's hosts: directly,
	// by a proxy, and directly with a process's worth of reverse proxy in between.
	TLS, Hosts, Proxy, Beside string
	cmd                       *exec.Cmd
	pid                       int // of another process than cmd's
}

var key = bytes.Repeat([]byte("benchmark"), 4)

// start runs a server with a directory of the size in a child process.
func start(database string, s size) (*target, error) {
	t := &target{tokens: map[string]string{}}
	return t, t.start("serve", database, strconv.Itoa(s.departments), strconv.Itoa(s.members))
}

// again runs a server on a database that start has filled.
func (t *target) again(database string) error { return t.start("serve", database) }

func (t *target) start(args ...string) error {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	in, err := cmd.StdinPipe() // the child ends when it is closed
	if err != nil {
		return err
	}
	_ = in
	if err := cmd.Start(); err != nil {
		return err
	}
	t.cmd = cmd
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, t)
	}
	if err != nil {
		t.stop()
		return fmt.Errorf("benchmark server: %w", err)
	}
	return nil
}

func (t *target) stop() {
	t.cmd.Process.Kill()
	t.cmd.Wait()
}

// memory returns the resident memory of the server in bytes.
func (t *target) memory() int64 { return residentMemory(t.cmd.Process.Pid) }

// cpuTime returns the processor time that the server has used.
func (t *target) cpuTime() time.Duration {
	if t.cmd != nil {
		t.pid = t.cmd.Process.Pid
	}
	raw, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(t.pid), "stat"))
	if err != nil {
		return 0
	}
	f := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:]))
	user, _ := strconv.ParseInt(f[11], 10, 64)
	system, _ := strconv.ParseInt(f[12], 10, 64)
	return time.Duration(user+system) * (time.Second / 100) // clock ticks
}

func residentMemory(pid int) int64 {
	raw, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kB, _ := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			return kB << 10
		}
	}
	return 0
}

// token returns an access token for the secret.
func (t *target) token(secret string) string {
	if tok := t.tokens[secret]; tok != "" {
		return tok
	}
	body, err := do(get(func(int) string { return t.URL + "/cgi-bin/gettoken?corpid=" + t.CorpID + "&corpsecret=" + secret })(0))
	if err != nil {
		panic(err)
	}
	var got struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal(body, &got); err != nil {
		panic(err)
	}
	t.tokens[secret] = got.Token
	return got.Token
}

// serve is the child: it opens the database, fills it if a size is given, adds the
// yardstick beside the API, and answers until its input ends.
func serve(args []string) error {
	ctx := context.Background()
	debug.SetGCPercent(platform.GCPercent)
	debug.SetMemoryLimit(platform.MemoryLimit)
	server, err := platform.Open(ctx, platform.Config{Database: args[0], Key: key, Clock: clock.New()})
	if err != nil {
		return err
	}
	defer server.Close()
	t := &target{}
	if len(args) > 2 {
		if t, err = filled(ctx, server, args[1], args[2]); err != nil {
			return err
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	t.URL = "http://" + l.Addr().String()
	server.SetBaseURL(t.URL)
	server.Start()
	mux := http.NewServeMux()
	mux.Handle("/", server)
	mux.HandleFunc("/yardstick", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=UTF-8")
		io.WriteString(w, `{"errcode":0,"errmsg":"ok"}`)
	})
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	go http.Serve(l, mux)
	if err := intercepted(t, server, temporary(args[0])); err != nil {
		return err
	}
	if err := json.NewEncoder(os.Stdout).Encode(t); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// filled fills the database and opens it to LDAP.
func filled(ctx context.Context, server *platform.Server, departments, members string) (*target, error) {
	var s size
	s.departments, _ = strconv.Atoi(departments)
	s.members, _ = strconv.Atoi(members)
	began := time.Now()
	t, err := fill(ctx, server, s)
	if err != nil {
		return nil, err
	}
	t.FillFor = time.Since(began).Round(time.Millisecond).String()
	t.LDAP, err = openLDAP(ctx, server, t.CorpID)
	return t, err
}

// fill makes an enterprise with the departments in a tree of ten children each
// and the members spread over them, 1,000 in the crowded one.
func fill(ctx context.Context, server *platform.Server, s size) (*target, error) {
	t := &target{}
	local, err := access.ParseAddresses("127.0.0.0/8")
	if err != nil {
		return nil, err
	}
	err = server.Store.Write(ctx, func(tx *store.Tx) error {
		c, err := server.CreateCorp(ctx, tx, corp.Corp{Name: "测量公司", Settings: corp.Settings{Sync: "edit"}}, local)
		if err != nil {
			return err
		}
		t.CorpID = c.CorpID
		a, err := server.Apps.CreateApp(ctx, tx, app.App{CorpID: c.CorpID, Kind: access.SelfBuilt, Settings: app.Settings{
			Name: "测量", Range: access.Everything(), TrustedIPs: local}})
		if err != nil {
			return err
		}
		t.Secret, t.AgentID = a.Secret, a.AgentID
		apps, err := server.Apps.Apps(tx, c.CorpID)
		for _, a := range apps {
			if a.Kind == access.ContactSync {
				t.Sync = a.Secret
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	by := access.System(t.CorpID)
	err = batches(ctx, server, 2, s.departments, func(tx *store.Tx, n int) error {
		_, err := server.Directory.CreateDepartment(ctx, tx, by, directory.NewDepartment{ID: int64(n), ParentID: int64((n-2)/10 + 1), Name: fmt.Sprintf("部门%d", n)})
		return err
	})
	if err != nil {
		return nil, err
	}
	err = batches(ctx, server, 1, s.members, func(tx *store.Tx, n int) error {
		dep := int64(crowded)
		if n > 1000 {
			dep = int64(3 + n%(s.departments-2))
		}
		m := member(n, dep)
		_, _, err := server.Directory.CreateMember(ctx, tx, by, m, false)
		return err
	})
	return t, err
}

func member(n int, dep int64) directory.Member {
	return directory.Member{
		UserID: id.UserID(fmt.Sprintf("user%06d", n)), Name: fmt.Sprintf("成员%06d", n), Alias: "alias", Mobile: fmt.Sprintf("1%010d", 3000000000+n),
		Email: fmt.Sprintf("user%06d@corp.example", n), Position: "工程师", Gender: int64(1 + n%2), Telephone: "020-123456", Address: "某市某路 1 号",
		Places: []directory.Place{{Department: dep, Order: int64(n)}}, Enabled: true, Activated: true,
	}
}

// batches runs do for from … to, a thousand to a transaction.
func batches(ctx context.Context, server *platform.Server, from, to int, do func(*store.Tx, int) error) error {
	for ; from <= to; from += 1000 {
		if err := server.Store.Write(ctx, func(tx *store.Tx) error {
			for n := from; n < min(from+1000, to+1); n++ {
				if err := do(tx, n); err != nil {
					return fmt.Errorf("%d: %w", n, err)
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}
