package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReadyMeansTheDirectorysServer waits for the server of a data directory while something else answers at
// the address that the directory had last.
func TestReadyMeansTheDirectorysServer(t *testing.T) {
	t.Parallel()
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("ready\n")) }))
	defer other.Close()
	data := filepath.Join(t.TempDir(), "data")
	if o := qiwei(t, "ready", "--data", data); o.code != 1 || !strings.Contains(o.err, "credentials.json does not exist yet") {
		t.Errorf("without a server: %d %s%s", o.code, o.out, o.err)
	}
	first := dev(t, data)
	if o := qiwei(t, "ready", "--data", data); o.code != 0 || o.out != "ready "+first.base+"\n" {
		t.Errorf("with one: %d %s%s", o.code, o.out, o.err)
	}
	elsewhere := dev(t, t.TempDir())
	first.stop()
	for what, base := range map[string]string{"another program": other.URL, "another qiwei": elsewhere.base} {
		creds := first.creds
		creds.BaseURL = base
		text, err := json.Marshal(creds)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(credentialsPath(data), text, 0o600); err != nil {
			t.Fatal(err)
		}
		o := qiwei(t, "ready", "--data", data)
		if o.code != 1 || !strings.Contains(o.err, "not the server of these credentials") || strings.Contains(o.err, creds.Corps[0].Apps[0].Secret) {
			t.Errorf("%s: %d %s%s", what, o.code, o.out, o.err)
		}
	}
	if o := qiwei(t, "ready", other.URL+"/"); o.code != 0 {
		t.Errorf("a URL that is named: %d %s", o.code, o.err)
	}
}
