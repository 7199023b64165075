package platform_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/admin"
	"qiwei/internal/directory"
	"qiwei/internal/login"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// TestEndings ends a member's credentials on one server, in every way, and checks on another what they had
// opened.
func TestEndings(t *testing.T) {
	for name, end := range map[string]func(context.Context, *platform.Server, *store.Tx, access.Caller) error{
		"a new password": func(ctx context.Context, s *platform.Server, tx *store.Tx, by access.Caller) error {
			p, err := s.Login.NewPassword(ctx, "zhangsan", "another long phrase")
			if err != nil {
				return err
			}
			return s.Login.SetPassword(ctx, tx, by, "zhangsan", p)
		},
		"disabled": func(ctx context.Context, s *platform.Server, tx *store.Tx, by access.Caller) error {
			off := false
			return s.Directory.UpdateMember(ctx, tx, by, directory.MemberUpdate{UserID: "zhangsan", Enabled: &off})
		},
		"deleted": func(ctx context.Context, s *platform.Server, tx *store.Tx, by access.Caller) error {
			return s.Directory.DeleteMember(ctx, tx, by, "zhangsan")
		},
	} {
		t.Run(name, func(t *testing.T) {
			qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
				other := w.Beside()
				by := access.System(w.CorpID)
				const password = "correct horse battery"
				w.Write(func(ctx context.Context, tx *store.Tx) error {
					if err := w.Server.Admins.Appoint(ctx, tx, w.CorpID, "zhangsan", admin.Super, access.Range{}); err != nil {
						return err
					}
					p, err := w.Server.Login.NewPassword(ctx, "zhangsan", password)
					if err != nil {
						return err
					}
					return w.Server.Login.SetPassword(ctx, tx, by, "zhangsan", p)
				})
				browser := w.SignIn("zhangsan")
				if status, body := ask(t, browser, "POST", w.URL+"/console/api/session/member"); status != 200 {
					t.Fatalf("console: %d %s", status, body)
				}
				at := login.Stranger{Door: login.DoorLDAP, Address: netip.MustParseAddr("203.0.113.1")}
				proved, err := other.Login.CheckPassword(context.Background(), w.CorpID, "zhangsan", password, at)
				if err != nil {
					t.Fatal(err)
				}
				line := phoneLine(t, browser, w.URL)
				reads, opens := bound(t, w, password), granted(t, w, browser)
				if !in(t, browser, w) || !reads() || opens() == "" {
					t.Fatal("nobody is signed in to begin with")
				}

				ctx := context.Background()
				if err := other.Store.Write(ctx, func(tx *store.Tx) error { return end(ctx, other, tx, by) }); err != nil {
					t.Fatal(err)
				}
				if in(t, browser, w) {
					t.Error("a session goes on")
				}
				if reads() {
					t.Error("a connection of LDAP reads on")
				}
				if open := opens(); open != "" {
					t.Errorf("what a product got is still good: %s", open)
				}
				// What was proved with the old credential, and not yet used, opens nothing.
				if err := w.Server.Login.Admit(ctx, proved, nil); err == nil {
					t.Error("a proof that is over is let in")
				}
				for line.Scan() && line.Text() != "event: signed-out" {
				}
				if line.Text() != "event: signed-out" {
					t.Errorf("the phone's line goes on: %v", line.Err())
				}
			}, func(c *platform.Config) { c.BeatEvery = time.Hour }) // no beat shows that the session has ended
		})
	}
}

// in reports whether the browser is signed in anywhere.
func in(t *testing.T, browser *http.Client, w *qiweitest.World) bool {
	t.Helper()
	var state struct {
		SignedIn bool            `json:"signed_in"`
		Member   json.RawMessage `json:"member"`
	}
	if _, body := ask(t, browser, "GET", w.URL+"/console/api/session"); json.Unmarshal([]byte(body), &state) != nil {
		t.Fatal(body)
	}
	status, _ := ask(t, browser, "GET", w.URL+"/phone/api/me")
	return state.SignedIn || state.Member != nil || status == 200
}

func ask(t *testing.T, browser *http.Client, method, url string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := browser.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// phoneLine has the phone's page listen. It hears in real time.
func phoneLine(t *testing.T, browser *http.Client, url string) *bufio.Scanner {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, "GET", url+"/phone/api/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := browser.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	line := bufio.NewScanner(resp.Body)
	for line.Scan() && !strings.HasPrefix(line.Text(), "event: hello") {
	}
	return line
}
