package main

import (
	"context"
	"fmt"
	"time"

	"qiwei/internal/archive"
	"qiwei/internal/corp"
	"qiwei/internal/platform"
	"qiwei/internal/store"
)

// spanFlags say when messages were sent.
type spanFlags struct {
	Since string `help:"First day of the messages." placeholder:"2006-01-02"`
	Until string `help:"Day behind the last." placeholder:"2006-01-02"`
}

// times returns the two, zero where they are left out.
func (f spanFlags) times() (since, until time.Time, err error) {
	for _, d := range []struct {
		flag, text string
		into       *time.Time
	}{{"--since", f.Since, &since}, {"--until", f.Until, &until}} {
		if d.text == "" {
			continue
		}
		if *d.into, err = time.Parse(time.DateOnly, d.text); err != nil {
			return since, until, usagef("%s: %q; a day such as 2026-10-01 expected", d.flag, d.text)
		}
	}
	return since, until, nil
}

// add runs fn, which adds something to the enterprise's archive, and prints what it answers.
func add[T any](ctx context.Context, c *console, f corpFlags, fn func(tx *store.Tx, s *archive.Service, corpID string) (T, error)) error {
	var answer T
	if err := f.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) (err error) {
		answer, err = fn(tx, s.Archive, co.CorpID)
		return err
	}); err != nil {
		return err
	}
	fmt.Fprintln(c.out, answer)
	return nil
}

// archiveListFlags are those of a command that lists something of an archive.
type archiveListFlags struct {
	corpFlags
	jsonFlag
}

// printList prints what fn answers about the enterprise's archive: as JSON, or as rows below head.
func printList[T any](ctx context.Context, c *console, f archiveListFlags, fn func(tx *store.Tx, s *archive.Service, corpID string) ([]T, error), row func(T) []any, head ...string) error {
	var list []T
	if err := f.look(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) (err error) {
		list, err = fn(tx, s.Archive, co.CorpID)
		return err
	}); err != nil {
		return err
	}
	if f.JSON {
		return printJSON(c.out, list)
	}
	t := newTable(head...)
	for _, one := range list {
		t.row(row(one)...)
	}
	return t.print(c.out)
}
