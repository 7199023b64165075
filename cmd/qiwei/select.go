package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/corp"
	"qiwei/internal/id"
	"qiwei/internal/platform"
	"qiwei/internal/store"
)

// corpFlags select an enterprise of an installation.
type corpFlags struct {
	dataFlags
	CorpID string `name:"corpid" help:"Enterprise; not needed where there is one alone, beside those of a demo's providers." placeholder:"ID"`
}

// corp returns the enterprise that the flags mean.
func (f corpFlags) corp(tx *store.Tx, s *platform.Server) (corp.Corp, error) {
	corps, err := s.Corps.Corps(tx)
	if err != nil {
		return corp.Corp{}, err
	}
	var ids []string
	if only, ok := corp.Only(corps); ok && f.CorpID == "" {
		return only, nil
	}
	for _, c := range corps {
		if c.CorpID == f.CorpID {
			return c, nil
		}
		ids = append(ids, c.CorpID)
	}
	switch {
	case len(corps) == 0:
		return corp.Corp{}, errors.New("there is no enterprise yet; make one with qiwei corp create")
	case f.CorpID == "":
		return corp.Corp{}, usagef("which enterprise? --corpid %s", shortened(ids, " or "))
	}
	return corp.Corp{}, fmt.Errorf("there is no enterprise %s; there is %s", f.CorpID, shortened(ids, ", "))
}

// do runs fn in a write transaction on the enterprise.
func (f corpFlags) do(ctx context.Context, fn func(tx *store.Tx, s *platform.Server, c corp.Corp) error) error {
	return f.on(ctx, func(s *platform.Server) error {
		if err := s.Store.Write(ctx, func(tx *store.Tx) error {
			c, err := f.corp(tx, s)
			if err != nil {
				return err
			}
			return fn(tx, s, c)
		}); err != nil {
			return explain(err)
		}
		return f.refreshCredentials(ctx, s)
	})
}

// look runs fn in a read transaction on the enterprise.
func (f corpFlags) look(ctx context.Context, fn func(tx *store.Tx, s *platform.Server, c corp.Corp) error) error {
	return f.on(ctx, func(s *platform.Server) error {
		return explain(s.Store.Read(ctx, func(tx *store.Tx) error {
			c, err := f.corp(tx, s)
			if err != nil {
				return err
			}
			return fn(tx, s, c)
		}))
	})
}

// onCorp opens the installation and runs fn on it and the enterprise.
func (f corpFlags) onCorp(ctx context.Context, fn func(s *platform.Server, c corp.Corp) error) error {
	return f.on(ctx, func(s *platform.Server) error {
		var c corp.Corp
		if err := s.Store.Read(ctx, func(tx *store.Tx) (err error) {
			c, err = f.corp(tx, s)
			return err
		}); err != nil {
			return err
		}
		return fn(s, c)
	})
}

// on opens the installation and runs fn on it.
func (f dataFlags) on(ctx context.Context, fn func(s *platform.Server) error) error {
	s, err := f.open(ctx, platform.Config{})
	if err != nil {
		return err
	}
	return errors.Join(fn(s), s.Close())
}

// refreshCredentials brings the file that `qiwei dev` wrote up to date. Another command may write it at the same time,
// and may have looked into the database before: whoever has written looks once more.
func (f dataFlags) refreshCredentials(ctx context.Context, s *platform.Server) error {
	path := credentialsPath(f.Data)
	for range refreshes {
		old, err := readCredentials(path)
		if err != nil || old.BaseURL == "" {
			return err
		}
		s.SetBaseURL(old.BaseURL)
		now, err := collect(ctx, s, old)
		if err != nil || now.same(old) {
			return err
		}
		if err := now.write(path); err != nil {
			return err
		}
	}
	return nil
}

// refreshes is how often a command brings the file up to date while others keep changing it. They do the same.
const refreshes = 20

// appFlags select an application of an enterprise.
type appFlags struct {
	corpFlags
	AgentID int64 `name:"agentid" help:"Application." placeholder:"ID" required:""`
}

func (f appFlags) app(tx *store.Tx, s *platform.Server, c corp.Corp) (app.App, error) {
	a, err := s.Apps.App(tx, c.CorpID, f.AgentID)
	if !errors.Is(err, app.ErrNotFound) {
		return a, err
	}
	apps, err := s.Apps.Apps(tx, c.CorpID)
	if err != nil {
		return a, err
	}
	var ids []string
	for _, a := range apps {
		ids = append(ids, strconv.FormatInt(a.AgentID, 10))
	}
	return a, fmt.Errorf("%s has no application %d; it has %s", c.CorpID, f.AgentID, shortened(ids, ", "))
}

// shortened joins words, and cuts a list of hundreds.
func shortened(words []string, sep string) string {
	if len(words) > 10 {
		return strings.Join(words[:10], sep) + " …"
	}
	return strings.Join(words, sep)
}

// split splits a list that was given as one word. An empty word is an empty list.
func split(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '，' })
}

func splitNumbers(flag, text string) ([]int64, error) {
	var out []int64
	for _, w := range split(text) {
		n, err := strconv.ParseInt(w, 10, 64)
		if err != nil {
			return nil, usagef("%s: %q; numbers with commas between them expected", flag, w)
		}
		if !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out, nil
}

func splitUsers(text string) []id.UserID {
	var out []id.UserID
	for _, w := range split(text) {
		out = append(out, id.UserID(w))
	}
	return out
}

// rangeText shows a visible range in a table.
func rangeText(r access.Range) string {
	if r.All() {
		return "everyone"
	}
	var parts []string
	for _, p := range []struct {
		name string
		n    int
	}{{"department", len(r.Departments)}, {"member", len(r.Members)}, {"tag", len(r.Tags)}} {
		if p.n == 1 {
			parts = append(parts, "1 "+p.name)
		} else if p.n > 1 {
			parts = append(parts, fmt.Sprintf("%d %ss", p.n, p.name))
		}
	}
	if len(parts) == 0 {
		return "nobody"
	}
	return strings.Join(parts, ", ")
}
