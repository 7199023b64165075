package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"qiwei/callbackcrypto"
)

const (
	patientToken = "QDG6eK"
	patientKey   = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2A"
)

// patient answers verifications for a receiveid; quoted puts the text in quotes.
func patient(t *testing.T, receiveID string, quoted bool) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		crypt, err := callbackcrypto.New(patientToken, patientKey, receiveID)
		if err != nil {
			t.Error(err)
			return
		}
		text, err := crypt.OpenEcho(callbackcrypto.ParseQuery(r.URL.Query()))
		switch {
		case err != nil:
			http.Error(w, err.Error(), http.StatusForbidden)
		case quoted:
			json.NewEncoder(w).Encode(string(text))
		default:
			w.Write(text)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// TestCallbackDoctor examines receivers of a program's own, and that of an application.
func TestCallbackDoctor(t *testing.T) {
	t.Parallel()
	keys := []string{"--token", patientToken, "--aes-key", patientKey}
	examine := func(args ...string) outcome {
		return qiwei(t, append([]string{"callback", "doctor"}, args...)...)
	}
	if o := examine(append(keys, patient(t, "ww0000000000000001", false), "--receive-id", "ww0000000000000001")...); o.code != 0 || !strings.Contains(o.out, "The answer is right") {
		t.Errorf("%d %s %s", o.code, o.out, o.err)
	}
	if o := examine(append(keys, patient(t, "ww0000000000000001", true), "--receive-id", "ww0000000000000001", "--lang", "zh")...); o.code != 1 || !strings.Contains(o.out, "引号") || !strings.Contains(o.err, "would not take") {
		t.Errorf("%d %s %s", o.code, o.out, o.err)
	}
	if o := examine(append(keys, patient(t, "ww0000000000000001", false))...); o.code != 2 || !strings.Contains(o.err, "--receive-id") {
		t.Errorf("%d %s %s", o.code, o.out, o.err)
	}
	s := dev(t, t.TempDir())
	corpID := s.creds.Corps[0].CorpID
	must(t, append([]string{"app", "set", "--data", s.data, "--agentid", "1000002", "--callback-url", patient(t, corpID, false), "--callback-token", patientToken}, "--callback-aes-key", patientKey)...)
	var report struct{ Verified bool }
	if text := must(t, "callback", "doctor", "--data", s.data, "--agentid", "1000002", "--json"); json.Unmarshal([]byte(text), &report) != nil || !report.Verified {
		t.Error(text)
	}
	// The same for scripts.
	for body, want := range map[string]string{
		`{"url":"` + patient(t, corpID, true) + `","token":"` + patientToken + `","encodingaeskey":"` + patientKey + `","receiveid":"` + corpID + `"}`: `"step":"answer"`,
		`{"kind":"telephone"}`: "application, suite and robot",
	} {
		resp, err := http.Post(s.base+"/_qiwei/callbacks/doctor", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		got, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if !strings.Contains(string(got), want) {
			t.Errorf("%s: %s", body, got)
		}
	}
}
