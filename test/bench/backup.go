package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"qiwei/test/pgserver"
)

// A backup is made while callers write as fast as they can: members, messages and files. It is restored into an empty
// place, and compared with what had been acknowledged before it began.

const (
	backupMembers = 5_000 // that are there before
	backupFiles   = 500
	backupFile    = 100 << 10 // bytes of a file
	backupQuiet   = 8 * time.Second
	backupWords   = "correct horse battery staple"
)

func measureBackup(t *table, dir string) error {
	if err := measureBackupOn(t, filepath.Join(dir, "backup-sqlite"), "SQLite", "", ""); err != nil {
		return err
	}
	from, err := pgserver.Start(context.Background(), "fsync=on", "full_page_writes=on", "shared_buffers=256MB", "max_wal_size=2GB")
	if err != nil {
		fmt.Printf("| %-58s | %-22s | %-22s | %-6s |\n", "a backup of PostgreSQL", "no PostgreSQL here", "", "")
		return nil
	}
	defer from.Stop()
	to, err := pgserver.Start(context.Background())
	if err != nil {
		return err
	}
	defer to.Stop()
	return measureBackupOn(t, filepath.Join(dir, "backup-postgres"), "PostgreSQL", from.URL(), to.URL())
}

// installation is a running program that is backed up.
type installation struct {
	program, data, url, base string
	server                   *exec.Cmd
	corpID                   string
	sync, token              string // access tokens
	agentID                  int64
	admin                    struct{ UserID, Password string }
}

func (in *installation) args(more ...string) []string {
	if in.url != "" {
		more = append(more, "--database", in.url)
	}
	return more
}

func (in *installation) start() (err error) {
	if in.server, _, err = startProgram(in.program, in.data, in.args()...); err != nil {
		return err
	}
	raw, err := os.ReadFile(filepath.Join(in.data, "credentials.json"))
	if err != nil {
		return err
	}
	var c struct {
		BaseURL string `json:"base_url"`
		Corps   []struct {
			CorpID string `json:"corpid"`
			Apps   []struct {
				Kind, Secret string
				AgentID      int64
			}
			Admin struct{ UserID, Password string }
		}
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return err
	}
	corp := c.Corps[0]
	in.base, in.corpID, in.admin = c.BaseURL, corp.CorpID, corp.Admin
	for _, a := range corp.Apps {
		switch a.Kind {
		case "self_built":
			if in.agentID == 0 || in.agentID == a.AgentID {
				in.agentID = a.AgentID
				in.token, err = in.gettoken(a.Secret)
			}
		case "contact_sync":
			in.sync, err = in.gettoken(a.Secret)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (in *installation) gettoken(secret string) (string, error) {
	body, err := do(get(func(int) string { return in.base + "/cgi-bin/gettoken?corpid=" + in.corpID + "&corpsecret=" + secret })(0))
	var answer struct {
		Token string `json:"access_token"`
	}
	if err == nil {
		err = json.Unmarshal(body, &answer)
	}
	return answer.Token, err
}

func (in *installation) post(path, token, contentType string, body []byte) error {
	req, err := http.NewRequest("POST", in.base+"/cgi-bin/"+path+"access_token="+token, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", contentType)
	_, err = do(req)
	return err
}

func (in *installation) create(n int64) error {
	return in.post("user/create?", in.sync, "application/json", fmt.Appendf(nil, `{"userid":"w%d","name":"写入者","email":"w%d@corp.example","department":[1]}`, n, n))
}

func (in *installation) upload(n int64) error {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("media", fmt.Sprintf("f%d.bin", n))
	if err != nil {
		return err
	}
	content := make([]byte, backupFile) // which cannot be packed, as pictures cannot
	random := rand.NewChaCha8([32]byte(fmt.Appendf(nil, "%032d", n)))
	random.Read(content)
	if _, err := part.Write(content); err != nil {
		return err
	}
	if err := form.Close(); err != nil {
		return err
	}
	return in.post("media/upload?type=file&", in.token, form.FormDataContentType(), body.Bytes())
}

// fill makes what is there before.
func (in *installation) fill() error {
	var next atomic.Int64
	var wg sync.WaitGroup
	fails := make([]error, 16)
	for i := range fails {
		wg.Go(func() {
			for n := next.Add(1); n <= backupMembers+backupFiles && fails[i] == nil; n = next.Add(1) {
				if n <= backupMembers {
					fails[i] = in.create(n)
				} else {
					fails[i] = in.upload(n)
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(fails...)
}

// writers write members, messages and files until they are stopped.
type writers struct {
	in      *installation
	next    atomic.Int64
	stop    atomic.Bool
	wg      sync.WaitGroup
	mu      sync.Mutex
	took    []time.Duration
	since   time.Time
	done    map[int64]bool // members whose creation was acknowledged
	failure error
}

func (in *installation) write(callers int) *writers {
	w := &writers{in: in, since: time.Now(), done: map[int64]bool{}}
	w.next.Store(backupMembers + backupFiles)
	for range callers {
		w.wg.Go(func() {
			for !w.stop.Load() {
				w.one(w.next.Add(1))
			}
		})
	}
	return w
}

func (w *writers) one(n int64) {
	began := time.Now()
	var err error
	switch n % 8 {
	case 0:
		err = w.in.upload(n)
	case 1, 2, 3:
		err = w.in.post("message/send?", w.in.token, "application/json", fmt.Appendf(nil, `{"touser":"lisi","agentid":%d,"msgtype":"text","text":{"content":"第 %d 条"}}`, w.in.agentID, n))
	default:
		err = w.in.create(n)
	}
	took := time.Since(began)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.took = append(w.took, took)
	if err != nil && w.failure == nil {
		w.failure = err
	}
	if n%8 >= 4 && err == nil {
		w.done[n] = true
	}
}

// lap returns how fast writes were since the last lap: how many a second, and how long 99 of 100 took at most.
func (w *writers) lap() (rate float64, p99 time.Duration, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := w.took
	rate = float64(len(list)) / time.Since(w.since).Seconds()
	if len(list) > 0 {
		slices.Sort(list)
		p99 = list[len(list)*99/100]
	}
	w.took, w.since = nil, time.Now()
	return rate, p99, w.failure
}

// acknowledged returns the members that exist by now.
func (w *writers) acknowledged() []int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []int64
	for n := range w.done {
		out = append(out, n)
	}
	return out
}

func measureBackupOn(t *table, dir, what, url, restoredURL string) error {
	program, err := buildProgram(filepath.Dir(dir))
	if err != nil {
		return err
	}
	in := &installation{program: program, data: dir, url: url}
	if err := in.start(); err != nil {
		return err
	}
	defer func() { stopProgram(in.server) }()
	if err := in.fill(); err != nil {
		return err
	}
	words := dir + ".words"
	if err := os.WriteFile(words, []byte(backupWords+"\n"), 0o600); err != nil {
		return err
	}
	file := dir + ".backup"
	w := in.write(16)
	time.Sleep(backupQuiet)
	rate, p99, err := w.lap()
	if err != nil {
		return err
	}
	t.add("writes before a backup on "+what, true, "", "%.0f/s, p99 %v", rate, p99.Round(time.Millisecond))
	// The first one is killed in between: there is no file by its name.
	if _, err := runFor(700*time.Millisecond, program, in.args("backup", "--data", in.data, "--with-key", "--passphrase-file", words, file)...); err == nil {
		return errors.New("the backup ended before it was killed")
	}
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("a killed backup left %s: %v", file, err)
	}
	if _, _, err := w.lap(); err != nil {
		return err
	}
	before := w.acknowledged()
	began := time.Now()
	said, err := runFor(0, program, in.args("backup", "--data", in.data, "--with-key", "--passphrase-file", words, file)...)
	if err != nil {
		return fmt.Errorf("backup: %w: %s", err, said)
	}
	took := time.Since(began)
	slow, slowP99, err := w.lap()
	if err != nil {
		return err
	}
	w.stop.Store(true)
	w.wg.Wait()
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	t.add("backup on "+what+" beside them: encrypted, with files", true, "", "%.1f s, %.1f MB", took.Seconds(), float64(info.Size())/1e6)
	t.add("writes during the backup on "+what, true, "", "%.0f/s, p99 %v", slow, slowP99.Round(time.Millisecond))
	fmt.Printf("  %s", said)
	return in.restore(t, what, file, words, restoredURL, before)
}

// restore restores twice, of which the first is killed, and looks at what is there then.
func (in *installation) restore(t *table, what, file, words, url string, before []int64) error {
	to := &installation{program: in.program, data: in.data + "-restored", url: url}
	args := to.args("restore", "--data", to.data, "--passphrase-file", words, file)
	if _, err := runFor(2*time.Second, in.program, args...); err == nil {
		return errors.New("the restoration ended before it was killed")
	}
	began := time.Now()
	said, err := runFor(0, in.program, args...)
	if err != nil {
		return fmt.Errorf("restore: %w: %s", err, said)
	}
	t.add("restoring it on "+what+", after one that was killed", true, "", "%.1f s", time.Since(began).Seconds())
	raw, err := os.ReadFile(filepath.Join(in.data, "credentials.json"))
	if err == nil {
		err = os.WriteFile(filepath.Join(to.data, "credentials.json"), raw, 0o600)
	}
	if err != nil {
		return err
	}
	if err := to.start(); err != nil {
		return err
	}
	defer stopProgram(to.server)
	missing := 0
	for n := int64(1); n <= backupMembers; n += 97 {
		before = append(before, n)
	}
	for _, n := range before {
		if _, err := do(get(func(int) string {
			return fmt.Sprintf("%s/cgi-bin/user/get?access_token=%s&userid=w%d", to.base, to.token, n)
		})(0)); err != nil {
			missing++
		}
	}
	t.add("members acknowledged before it, missing afterwards", missing == 0, "0", "%d of %d", missing, len(before))
	chain, err := runFor(0, in.program, to.args("archive", "verify", "--data", to.data)...)
	t.add("archive verify of what was restored", err == nil, "whole", "%s", strings.TrimSpace(strings.SplitN(chain, "\n", 2)[0]))
	in.base = to.base
	err = to.signIn(in.admin.UserID, in.admin.Password)
	t.add("a member signs in there by password", err == nil, "yes", "%v", err == nil)
	return err
}

func (in *installation) signIn(user, password string) error {
	body, err := json.Marshal(map[string]string{"corpid": in.corpID, "userid": user, "password": password})
	if err != nil {
		return err
	}
	req, err := http.NewRequest("POST", in.base+"/console/api/session", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Origin", in.base)
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if said, _ := io.ReadAll(resp.Body); resp.StatusCode != 200 || len(resp.Cookies()) == 0 {
		return fmt.Errorf("sign in: %d %s", resp.StatusCode, said)
	}
	return nil
}

// runFor runs a command, and kills it after a while unless that is 0. It returns what the command said.
func runFor(killAfter time.Duration, program string, args ...string) (string, error) {
	cmd := exec.Command(program, args...)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		return "", err
	}
	if killAfter > 0 {
		defer time.AfterFunc(killAfter, func() { cmd.Process.Kill() }).Stop()
	}
	err := cmd.Wait()
	return said.String(), err
}
