package directory_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/corp"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// line is a call and its outcome.
type line struct {
	name string
	as   access.Kind
	// to is the path below /cgi-bin/, with its query. A call without a body is a GET.
	to, body string
	// want is the code, and after it, optionally, what the answer contains.
	want string
	// events are all events that the call may cause, without change_contact/; none if empty.
	events string
}

// talk makes the calls in sequence, in one world of each database.
func talk(t *testing.T, lines []line, opts ...qiweitest.Option) {
	t.Helper()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		for _, l := range lines {
			l.check(t, w)
		}
		if stray := w.Second.Events(); stray != nil {
			t.Errorf("the other enterprise had events %q", stray)
		}
	}, opts...)
}

func (l line) check(t *testing.T, w *qiweitest.World) {
	t.Helper()
	method := "POST"
	if l.body == "" {
		method = "GET"
	}
	got := w.As(l.as).Call(method, "/cgi-bin/"+l.to, l.body)
	events := happened(w)
	code, says, _ := strings.Cut(l.want, " ")
	if strconv.Itoa(got.ErrCode) != code || !strings.Contains(got.Body, says) || events != l.events {
		t.Errorf("%s: %s %.300s: %s, events %q; want %s, events %q", l.name, l.to, l.body, got.Body, events, l.want, l.events)
	}
}

// happened returns the kinds of change_contact events since the last look.
func happened(w *qiweitest.World) string {
	var kinds []string
	for _, e := range w.Events() {
		kinds = append(kinds, strings.TrimPrefix(e, "change_contact/"))
	}
	return strings.Join(kinds, " ")
}

// exec changes rows behind the server's back, such as counters near a limit that would take too many calls to
// reach. corpid in the query stands for the first enterprise.
func exec(w *qiweitest.World, query string, args ...any) {
	w.Write(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(strings.ReplaceAll(query, "$corpid", "'"+w.CorpID+"'"), args...)
		return err
	})
}

// list writes n elements, made by format and their number from 1, as a JSON list.
func list(n int, format string) string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = fmt.Sprintf(format, i+1)
	}
	return "[" + strings.Join(parts, ",") + "]"
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// configure changes the settings of the first enterprise.
func configure(w *qiweitest.World, change func(*corp.Corp)) {
	w.Write(func(ctx context.Context, tx *store.Tx) error {
		c, err := w.Server.Corps.Corp(tx, w.CorpID)
		if err != nil {
			return err
		}
		change(&c)
		return w.Server.Corps.UpdateCorp(ctx, tx, c)
	})
}

// everything returns an application besides those of As that reads each field of every member.
func everything(w *qiweitest.World) *qiweitest.Client {
	w.As(access.SelfBuilt) // takes the first one of the kind
	return w.WithApp(access.SelfBuilt, app.Settings{Legacy: true, Range: access.Everything()})
}

// appThatSees are the settings of an application with the members as its range.
func appThatSees(users ...id.UserID) app.Settings {
	return app.Settings{Range: access.Range{Members: users}}
}

// atOnce makes n calls at the same time, with %d replaced by the call's number from 1, and counts the answers
// by code.
func atOnce(c *qiweitest.Client, n int, path, body string) map[int]int {
	bodies := make([]string, n)
	for i := range bodies {
		bodies[i] = strings.ReplaceAll(body, "%d", strconv.Itoa(i+1))
	}
	return together(c, path, bodies...)
}

// together makes calls with the bodies at the same time.
func together(c *qiweitest.Client, path string, bodies ...string) map[int]int {
	c.Token() // fetched before: the client itself belongs to one goroutine
	var all sync.WaitGroup
	answers := make([]qiweitest.Result, len(bodies))
	for i, body := range bodies {
		all.Go(func() { answers[i] = c.Call("POST", path, body) })
	}
	all.Wait()
	codes := map[int]int{}
	for _, a := range answers {
		codes[a.ErrCode]++
	}
	return codes
}
