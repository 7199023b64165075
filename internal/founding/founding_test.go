package founding_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/founding"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

const secret = "correct horse battery"

// empty takes the enterprises away, so that the server is as one that has just been started.
func empty(w *qiweitest.World) {
	w.WithoutTwin()
	w.Write(func(ctx context.Context, tx *store.Tx) error {
		all, err := w.Server.Corps.Corps(tx)
		for _, c := range all {
			err = errors.Join(err, w.Server.Corps.DeleteCorp(ctx, tx, c.CorpID))
		}
		return err
	})
}

// draw returns the path of the link for the corp.
func draw(t *testing.T, w *qiweitest.World, corpID string) string {
	t.Helper()
	var l founding.Link
	w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		l, err = w.Server.Founding.Draw(ctx, tx, corpID)
		return err
	})
	path, ok := strings.CutPrefix(l.URL, w.URL)
	if !ok || !l.Expires.Equal(w.Server.Store.Now().Add(24*time.Hour)) && corpID == "" && w.Server.Store.Now().Equal(qiweitest.Start) {
		t.Fatalf("%+v", l)
	}
	return path
}

func corps(t *testing.T, w *qiweitest.World) (out []corp.Corp) {
	t.Helper()
	w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		out, err = w.Server.Corps.Corps(tx)
		return err
	})
	return out
}

var boss = []string{"corp", "东风", "name", "王五", "userid", "wangwu", "email", "wangwu@east.example", "mobile", ""}

// with changes pairs.
func with(pairs []string, change ...string) []string {
	out := append([]string{}, pairs...)
	for i := 0; i < len(change); i += 2 {
		for j := 0; j < len(out); j += 2 {
			if out[j] == change[i] {
				out[j+1] = change[i+1]
			}
		}
	}
	return out
}

// TestFirstHour: an empty server leads a browser to the page, the link founds an enterprise, and its admin sets
// a password and is in the console.
func TestFirstHour(t *testing.T) {
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		empty(w)
		b := w.Browser()
		if got := b.Get("/", "Accept", "text/html"); got.Location != "/setup" {
			t.Fatalf("/ leads to %q", got.Location)
		}
		if got := b.Get("/setup"); !strings.Contains(got.Text(), "qiwei corp link") || strings.Contains(got.Body, "企业名称") {
			t.Fatalf("without a link: %s", got.Text())
		}
		link := draw(t, w, "")
		if again := draw(t, w, ""); again != link {
			t.Error("a restart shows another link")
		}
		got := b.Press(b.Get(link), boss...)
		if got.Status != 303 || !strings.HasPrefix(got.Location, "/account/invite?") {
			t.Fatalf("%d %q: %s", got.Status, got.Location, got.Text())
		}
		invite := b.Get(got.Location)
		if !strings.Contains(invite.Text(), "第 2 步") || !strings.Contains(invite.Text(), "东风") {
			t.Fatalf("%s", invite.Text())
		}
		// Nobody is signed in before they have proved who they are.
		if !strings.Contains(b.Get("/setup/done").Body, `name="password"`) {
			t.Error("signed in before a password is set")
		}
		if got := b.Press(invite, "new", "short", "again", "short"); got.Status != 400 || !strings.Contains(got.Text(), "第 2 步") {
			t.Errorf("a short password: %d %s", got.Status, got.Text())
		}
		if got := b.Press(invite, "new", secret, "again", secret); got.Location != "/setup/done" {
			t.Fatalf("%d %q: %s", got.Status, got.Location, got.Text())
		}
		if got := b.Get("/setup/done"); !strings.Contains(got.Text(), "东风 已就绪") || !strings.Contains(got.Body, `href="/console/?enter=1"`) {
			t.Errorf("the last page: %s", got.Text())
		}
		var state struct {
			SignedIn bool   `json:"signed_in"`
			Role     string `json:"role"`
		}
		b.PostJSON("/console/api/session/member", map[string]any{})
		b.Get("/console/api/session").Decode(t, &state)
		if !state.SignedIn || state.Role != "super" {
			t.Errorf("the console: %+v", state)
		}
		// What was used is of no use, to whomever.
		for name, b := range map[string]*qiweitest.Browser{"again": b, "elsewhere": w.Browser()} {
			if got := b.Get(link); got.Status != 403 || strings.Contains(got.Body, `name="name"`) {
				t.Errorf("the link %s: %d %s", name, got.Status, got.Text())
			}
		}
		if got := w.Browser().Get("/", "Accept", "text/html"); got.Location != "/console/" {
			t.Errorf("/ leads to %q", got.Location)
		}
		if got := w.Browser().Get("/setup"); got.Location != "/console/" {
			t.Errorf("/setup leads to %q", got.Location)
		}
		if all := corps(t, w); len(all) != 1 || all[0].Name != "东风" || all[0].Creator != "wangwu" || all[0].Sync != "edit" {
			t.Errorf("%+v", all)
		}
	}, qiweitest.WithServe())
}

// TestNothingWithoutTheLink attacks the page.
func TestNothingWithoutTheLink(t *testing.T) {
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		empty(w)
		link := draw(t, w, "")
		b := w.Browser()
		page := b.Get(link)
		_, fields := page.Form(t)
		for i := 0; i+1 < len(boss); i += 2 {
			fields.Set(boss[i], boss[i+1])
		}
		changed := func(name, value string) url.Values {
			out := url.Values{}
			for k, v := range fields {
				out[k] = v
			}
			out.Set(name, value)
			return out
		}
		key := fields.Get("key")
		for _, tt := range []struct {
			name   string
			from   *qiweitest.Browser
			form   url.Values
			header []string
			status int
		}{
			{"no key", b, changed("key", ""), nil, 403},
			{"another key", b, changed("key", strings.Repeat("A", 43)), nil, 403},
			{"a key with more", b, changed("key", key+"A"), nil, 403},
			{"a form that was never shown", b, changed("form", ""), nil, 422},
			{"a form of another browser", w.Browser(), fields, nil, 422},
			{"a form that another site has sent", b, fields, []string{"Origin", "https://evil.example"}, 403},
			{"no name of the enterprise", b, changed("corp", " "), nil, 422},
			{"a long name of the enterprise", b, changed("corp", strings.Repeat("企", 65)), nil, 422},
			{"no userid", b, changed("userid", ""), nil, 422},
			{"no userid at all", b, changed("userid", "a b"), nil, 422},
			{"no name", b, changed("name", ""), nil, 422},
			{"nowhere to reach the admin", b, changed("email", ""), nil, 422},
			{"a mobile number that is none", b, changed("mobile", "12"), nil, 422},
		} {
			if got := tt.from.Post("/setup", tt.form, tt.header...); got.Status != tt.status || len(corps(t, w)) != 0 {
				t.Errorf("%s: %d, %d enterprises: %s", tt.name, got.Status, len(corps(t, w)), got.Text())
			}
		}
		// A stranger waits for no write, and holds none up: here one is under way.
		w.Write(func(context.Context, *store.Tx) error {
			if got := b.Post("/setup", changed("key", strings.Repeat("A", 43))); got.Status != 403 {
				t.Errorf("while something is written: %d", got.Status)
			}
			return nil
		})
		w.Advance(24*time.Hour - time.Second)
		if got := w.Browser().Get(link); got.Status != 200 {
			t.Errorf("in its last second: %d", got.Status)
		}
		w.Advance(time.Second)
		if got := w.Browser().Get(link); got.Status != 403 {
			t.Errorf("a day later: %d", got.Status)
		}
		next := draw(t, w, "")
		if next == link {
			t.Error("an expired link is shown again")
		}
		// The log and what is kept say nothing of the key.
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			_, err := w.Server.CreateCorp(ctx, tx, corp.Corp{Name: "北风"}, nil)
			return err
		})
		if got := w.Browser().Get(next); got.Status != 403 {
			t.Errorf("beside an enterprise: %d %s", got.Status, got.Text())
		}
		err := w.Server.Store.Write(context.Background(), func(tx *store.Tx) error {
			_, err := w.Server.Founding.Draw(context.Background(), tx, "")
			return err
		})
		if !errors.Is(err, founding.ErrFounded) {
			t.Errorf("another link: %v", err)
		}
	}, qiweitest.WithServe())
}

// TestGuessesAreCounted: an address that tries many keys is told to wait; the right one still works.
func TestGuessesAreCounted(t *testing.T) {
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		empty(w)
		link := draw(t, w, "")
		b := w.Browser()
		for i := range 60 {
			if got := b.Get("/setup?key=guess"); got.Status != 403 {
				t.Fatalf("guess %d: %d", i+1, got.Status)
			}
		}
		if got := b.Get("/setup?key=guess"); got.Status != 429 {
			t.Errorf("one more: %d", got.Status)
		}
		if got := b.Get(link); got.Status != 200 {
			t.Errorf("the link itself: %d", got.Status)
		}
	}, qiweitest.WithServe())
}

// TestTwoBrowsers race with the same link: one founds, the others are refused.
func TestTwoBrowsers(t *testing.T) {
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		empty(w)
		link := draw(t, w, "")
		var browsers [6]*qiweitest.Browser
		var pages, got [6]qiweitest.Page
		for i := range browsers {
			browsers[i] = w.Browser()
			pages[i] = browsers[i].Get(link)
		}
		var race sync.WaitGroup
		for i := range browsers {
			race.Go(func() {
				got[i] = browsers[i].Press(pages[i], with(boss, "userid", "boss"+string(rune('a'+i)))...)
			})
		}
		race.Wait()
		won := 0
		for _, g := range got {
			switch g.Status {
			case 303:
				won++
			case 403:
			default:
				t.Errorf("%d %s", g.Status, g.Text())
			}
		}
		if all := corps(t, w); won != 1 || len(all) != 1 {
			t.Errorf("%d won, %d enterprises", won, len(all))
		}
	}, qiweitest.WithServe())
}

// TestFirstAdmin: the link of an enterprise without an admin makes one, and no second.
func TestFirstAdmin(t *testing.T) {
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		w.WithoutTwin()
		var c corp.Corp
		w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
			c, err = w.Server.CreateCorp(ctx, tx, corp.Corp{Name: "西风"}, nil)
			return err
		})
		link := draw(t, w, c.CorpID)
		b := w.Browser()
		page := b.Get(link)
		if !strings.Contains(page.Text(), "西风") || strings.Contains(page.Body, `name="corp"`) {
			t.Fatalf("%s", page.Text())
		}
		if got := b.Press(page, "name", "王五", "userid", "wangwu", "mobile", "13800001234", "email", ""); got.Status != 303 {
			t.Fatalf("%d %s", got.Status, got.Text())
		}
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			all, err := w.Server.Admins.Admins(ctx, tx, c.CorpID)
			if err != nil || len(all) != 1 || all[0].UserID != "wangwu" || all[0].Role != "super" {
				t.Errorf("%+v, %v", all, err)
			}
			_, err = w.Server.Directory.Member(ctx, tx, access.System(c.CorpID), "wangwu")
			return err
		})
		for name, corpID := range map[string]string{"it has one now": c.CorpID, "one of many": ""} {
			if err := w.Server.Store.Write(context.Background(), func(tx *store.Tx) error {
				_, err := w.Server.Founding.Draw(context.Background(), tx, corpID)
				return err
			}); !errors.Is(err, founding.ErrHasAdmin) && !errors.Is(err, founding.ErrFounded) {
				t.Errorf("%s: %v", name, err)
			}
		}
		// A founder who is no member is nobody, and the link still makes the first admin.
		var d corp.Corp
		w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
			d, err = w.Server.CreateCorp(ctx, tx, corp.Corp{Name: "南风"}, nil)
			return err
		})
		late := draw(t, w, d.CorpID)
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			d.Creator = "lisi"
			return w.Server.Corps.UpdateCorp(ctx, tx, d)
		})
		if got := w.Browser().Get(late); got.Status != 200 {
			t.Errorf("a founder who does not exist is nobody: %d", got.Status)
		}
	}, qiweitest.WithServe())
}
