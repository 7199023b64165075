package clients

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestSilenceperArchive reads the demo's archive by cgo: the program is linked against the library that the module
// brings, WeCom's, and finds qiwei's in its place when it runs.
func TestSilenceperArchive(t *testing.T) {
	dir := t.TempDir()
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
	}
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if got.Types["text"] < 100 || got.Types["image"] == 0 || got.Types["file"] == 0 || got.Types["revoke"] == 0 || got.Bytes == 0 {
		t.Errorf("%s", out)
	}
}
