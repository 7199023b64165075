package clients

import (
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// sayLarge has a member send a file of 50 MB, which the server fetches from an address, and returns its SHA-256.
func sayLarge(t *testing.T) string {
	t.Helper()
	content := bytes.Repeat([]byte("qiwei: 五十兆\x00"), (50<<20)/17+1)[:50<<20]
	from := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
	}))
	defer from.Close()
	ask := func(method, path string, body, into any) {
		t.Helper()
		raw, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		req, err := http.NewRequest(method, server.BaseURL+path, bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if err := json.NewDecoder(resp.Body).Decode(into); err != nil || resp.StatusCode != 200 {
			t.Fatalf("%s: %d %v", path, resp.StatusCode, err)
		}
	}
	var token struct {
		Token string `json:"access_token"`
	}
	for _, a := range server.Corp.Apps {
		if a.Kind == "customer_contact" {
			ask("GET", "/cgi-bin/gettoken?corpid="+server.Corp.CorpID+"&corpsecret="+a.Secret, nil, &token)
		}
	}
	sum := md5.Sum(content)
	var job struct {
		JobID string `json:"jobid"`
	}
	ask("POST", "/cgi-bin/media/upload_by_url?access_token="+token.Token,
		map[string]any{"scene": 1, "type": "file", "filename": "large.bin", "url": from.URL, "md5": hex.EncodeToString(sum[:])}, &job)
	var done struct {
		Detail struct {
			MediaID string `json:"media_id"`
		}
	}
	for end := time.Now().Add(time.Minute); done.Detail.MediaID == "" && time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		ask("POST", "/cgi-bin/media/get_upload_by_url_result?access_token="+token.Token, job, &done)
	}
	var said struct{ MsgID string }
	ask("POST", "/_qiwei/chat/send", map[string]any{"corpid": server.Corp.CorpID, "from": "zhangsan", "to": "lisi", "msgtype": "file",
		"file": map[string]string{"media_id": done.Detail.MediaID}}, &said)
	whole := sha256.Sum256(content)
	return hex.EncodeToString(whole[:])
}

// TestSilenceperArchive reads the demo's archive and a file of 50 MB by cgo: the program is linked against the library that
// the module brings, WeCom's, and finds qiwei's in its place when it runs.
func TestSilenceperArchive(t *testing.T) {
	dir, large := t.TempDir(), sayLarge(t)
	qiwei, err := server.Program()
	if err != nil {
		t.Fatal(err)
	}
	lib := filepath.Join(dir, "lib")
	if out, err := exec.Command(qiwei, "archive", "library", "--out", lib, "--url", server.BaseURL).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	program := filepath.Join(dir, "msgaudit")
	build := exec.Command("go", "build", "-tags", "msgaudit", "-o", program, "./cmd/msgaudit")
	build.Env = append(os.Environ(), "CGO_ENABLED=1")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	raw, err := os.ReadFile(server.Credentials)
	if err != nil {
		t.Fatal(err)
	}
	var creds struct {
		Corps []struct {
			CorpID  string
			Archive struct {
				Secret string
				Keys   []struct {
					File string `json:"private_key_file"`
				}
			}
		}
	}
	if err := json.Unmarshal(raw, &creds); err != nil {
		t.Fatal(err)
	}
	corp := creds.Corps[0]
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), "LD_LIBRARY_PATH="+lib, "ARCHIVE_CORP="+corp.CorpID, "ARCHIVE_SECRET="+corp.Archive.Secret,
		"ARCHIVE_KEY="+filepath.Join(filepath.Dir(server.Credentials), corp.Archive.Keys[0].File))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Types map[string]int
		Bytes int
		Sums  []string
	}
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if !slices.Contains(got.Sums, large) {
		t.Errorf("the file of 50 MB is not among %q", got.Sums)
	}
	if got.Types["text"] < 100 || got.Types["image"] == 0 || got.Types["file"] == 0 || got.Types["revoke"] == 0 || got.Bytes == 0 {
		t.Errorf("%s", out)
	}
}
