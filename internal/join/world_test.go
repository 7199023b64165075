package join_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/corp"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// line is a call: what it answers, and all events that it causes.
type line struct {
	name   string
	as     access.Kind
	to     string
	body   string
	want   string // the code, and what the answer contains
	events string
}

func (l line) check(t *testing.T, w *qiweitest.World) {
	t.Helper()
	method := "POST"
	if l.body == "" {
		method = "GET"
	}
	got := w.As(l.as).Call(method, "/cgi-bin/"+l.to, l.body)
	code, says, _ := strings.Cut(l.want, " ")
	if events := happened(w); strconv.Itoa(got.ErrCode) != code || !strings.Contains(got.Body, says) || events != l.events {
		t.Errorf("%s: %s, events %q; want %s, events %q", l.name, got.Body, events, l.want, l.events)
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

// exec changes rows behind the server's back. $corpid stands for the first enterprise.
func exec(w *qiweitest.World, query string, args ...any) {
	w.Write(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(strings.ReplaceAll(query, "$corpid", "'"+w.CorpID+"'"), args...)
		return err
	})
}

// list writes a JSON list of n elements, made from format and their numbers from 1.
func list(n int, format string) string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = fmt.Sprintf(format, i+1)
	}
	return "[" + strings.Join(parts, ",") + "]"
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

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

// everything returns an application that reads every field of every member.
func everything(w *qiweitest.World) *qiweitest.Client {
	w.As(access.SelfBuilt) // takes the first one of the kind
	return w.WithApp(access.SelfBuilt, app.Settings{Legacy: true, Range: access.Everything()})
}
