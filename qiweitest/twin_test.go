package qiweitest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/store"
)

// complaints are a test that is told of errors and goes on.
type complaints struct {
	testing.TB
	list []string
}

func (c *complaints) Errorf(format string, args ...any) {
	c.list = append(c.list, fmt.Sprintf(format, args...))
}

// TestTwinNotices: what touches another enterprise's rows is noticed, and what keeps
// to its own is not.
func TestTwinNotices(t *testing.T) {
	t.Parallel()
	w := New(t)
	defer w.WithoutTwin() // which is damaged on purpose
	sync := w.As(access.ContactSync)
	for _, call := range []string{"tag/create {\"tagid\":7,\"tagname\":\"组\"}", "tag/addtagusers {\"tagid\":7,\"userlist\":[\"lisi\"]}"} {
		path, body, _ := strings.Cut(call, " ")
		if got := sync.Call("POST", "/cgi-bin/"+path, body); got.ErrCode != 0 {
			t.Fatal(got.Body)
		}
	}
	for _, tt := range []struct {
		statement string
		args      []any
		damage    string
	}{
		{`UPDATE tag SET name = 'x' WHERE corpid = ? AND tagid = 7`, []any{w.CorpID}, ""},
		{`UPDATE tag SET name = 'y' WHERE tagid = 7`, nil, "updates a row of tag"},
		{`DELETE FROM tag_member WHERE corpid = ? AND tagid = 7`, []any{w.CorpID}, ""},
		{`DELETE FROM tag_member WHERE tagid = 7`, nil, "deletes a row of tag_member"},
		{`UPDATE member SET position = '' WHERE corpid = ? AND userkey = 'lisi'`, []any{w.CorpID}, ""},
		{`UPDATE member SET position = '' WHERE userkey = 'lisi'`, nil, "updates a row of member"},
		{`INSERT INTO app_gone (corpid, agentid) SELECT corpid, 9 FROM corp WHERE corpid = ?`, []any{w.CorpID}, ""},
		{`INSERT INTO tag (corpid, tagid, name, owner) SELECT corpid, 8, 'z', 0 FROM corp`, nil, "inserts a row of tag"},
	} {
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(tt.statement, tt.args...)
			return err
		})
		if got := strings.Join(slices.Collect(maps.Keys(w.twin.damage())), ", "); got != tt.damage {
			t.Errorf("%s: damage %q, want %q", tt.statement, got, tt.damage)
		}
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(`DELETE FROM twin_damage`)
			return err
		})
	}
}

// TestTwinIsSeen: an answer that shows the twin's texts or ids fails the test, also
// where it comes in parts, and so does one to an id of the twin's.
func TestTwinIsSeen(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		parts []string
		seen  bool
	}{
		{"its own", []string{"lisi"}, false},
		{"a text", []string{"a " + textMark}, true},
		{"an id", []string{`"` + idMark + `"`}, true},
		{"in two parts", []string{"a Zw1lli", "ngstext b"}, true},
		{"letter by letter", strings.Split(textMark, ""), true},
	} {
		c := &complaints{TB: t}
		r := &twinReader{ResponseWriter: discarded{}, w: &twinWatch{t: c}, what: "GET /"}
		for _, p := range tt.parts {
			if _, err := r.Write([]byte(p)); err != nil {
				t.Fatal(err)
			}
		}
		if got := len(c.list) > 0; got != tt.seen {
			t.Errorf("%s: seen %v, %q", tt.name, got, c.list)
		}
	}
}

type discarded struct{ http.ResponseWriter }

func (discarded) Write(p []byte) (int, error) { return len(p), nil }

// TestTriggersOfWhatIsUndone: a table that was first written to in a transaction that was undone is watched all the
// same.
func TestTriggersOfWhatIsUndone(t *testing.T) {
	t.Parallel()
	w := New(t)
	defer w.WithoutTwin() // which is damaged on purpose
	const rule = `INSERT INTO sensitive_rule (corpid, app, name, words, semantics, kind, departments, created_at, deleted_at) SELECT corpid, 1, 'a', '[]', '[]', 1, '[]', 1, 0 FROM corp`
	undone := errors.New("undone")
	if err := w.Server.Store.Write(t.Context(), func(tx *store.Tx) error {
		if _, err := tx.Exec(rule+` WHERE corpid = ?`, w.CorpID); err != nil {
			return err
		}
		return undone
	}); !errors.Is(err, undone) {
		t.Fatal(err)
	}
	w.Write(func(ctx context.Context, tx *store.Tx) error { _, err := tx.Exec(rule); return err })
	if got := w.twin.damage(); got["inserts a row of sensitive_rule"] == 0 {
		t.Errorf("damage %v, want an inserted row of sensitive_rule", got)
	}
}
