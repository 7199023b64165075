package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"

	"qiwei/internal/corp"
	"qiwei/internal/founding"
	"qiwei/internal/platform"
	"qiwei/internal/store"
)

// baseURLFlag says where members reach the server, for links that a command prints.
type baseURLFlag struct {
	BaseURL string `help:"Where members reach the server, for the link; where the last one was reached if not given." env:"QIWEI_BASE_URL" placeholder:"URL"`
}

// set tells the server where it is reached. It stays empty where nobody has ever said.
func (f baseURLFlag) set(ctx context.Context, s *platform.Server, data string) error {
	base := f.BaseURL
	if base == "" {
		old, err := readCredentials(credentialsPath(data))
		if base = old.BaseURL; err != nil || base == "" {
			if base, err = s.RememberedURL(ctx); err != nil {
				return err
			}
		}
	}
	s.SetBaseURL(base)
	return nil
}

// shownLink is a link as the program prints it.
func shownLink(s *platform.Server, link string) string {
	if s.URL() == "" {
		return "(the server's address)" + link
	}
	return link
}

type corpLinkCmd struct {
	dataFlags
	jsonFlag
	baseURLFlag
	CorpID string `name:"corpid" help:"An enterprise that has no admin; without it the link founds the first enterprise." placeholder:"ID"`
}

// Help is shown below the usage.
func (corpLinkCmd) Help() string {
	return "The link is a secret and good once, within 24 hours. On a server without an enterprise it founds the first, with its first admin; for one without an admin it makes one. Where there is an admin already, use qiwei member invite."
}

func (cmd corpLinkCmd) Run(ctx context.Context, c *console) error {
	if err := cmd.create(); err != nil {
		return err
	}
	if _, _, err := cmd.keyOrNew(ctx); err != nil {
		return err
	}
	return cmd.on(ctx, func(s *platform.Server) error {
		if err := cmd.set(ctx, s, cmd.Data); err != nil {
			return err
		}
		link, err := cmd.draw(ctx, s)
		if err != nil {
			return err
		}
		if cmd.JSON {
			return printJSON(c.out, struct {
				Link    string    `json:"link"`
				Expires time.Time `json:"expires"`
			}{link.URL, link.Expires})
		}
		var p pairs
		p.add("page", shownLink(s, link.URL))
		p.add("good until", link.Expires.Local().Format(time.DateTime))
		return p.print(c.out)
	})
}

// draw draws the link. Of a server with one enterprise that has no admin, it is that one's.
func (cmd corpLinkCmd) draw(ctx context.Context, s *platform.Server) (link founding.Link, err error) {
	err = s.Store.Write(ctx, func(tx *store.Tx) error {
		target := cmd.CorpID
		if target == "" {
			corps, err := s.Corps.Corps(tx)
			if err != nil {
				return err
			}
			if only, ok := corp.Only(corps); ok {
				target = only.CorpID
			}
		}
		link, err = s.Founding.Draw(ctx, tx, target)
		return err
	})
	switch {
	case errors.Is(err, founding.ErrFounded):
		err = errors.New("there are enterprises already; name the one that lacks an admin with --corpid")
	case errors.Is(err, founding.ErrHasAdmin):
		err = errors.New("the enterprise has an admin already, who can name others; an admin who cannot sign in gets a code with qiwei member invite USERID")
	case errors.Is(err, corp.ErrNotFound):
		err = fmt.Errorf("there is no enterprise %s", cmd.CorpID)
	}
	return link, err
}

// offer says at a start how the first enterprise is founded: with the link itself to a person at a terminal,
// and elsewhere, where logs are collected and kept, with the command that prints it.
func (cmd *serveCmd) offer(ctx context.Context, c *console, s *platform.Server) error {
	var link founding.Link
	err := s.Store.Write(ctx, func(tx *store.Tx) (err error) {
		link, err = s.Founding.Draw(ctx, tx, "")
		return err
	})
	if errors.Is(err, founding.ErrFounded) {
		return nil
	}
	if err != nil {
		return err
	}
	if !terminal(c.out) {
		s.Log.Warn("there is no enterprise yet; qiwei corp link prints the link with which a browser founds one, and qiwei corp create founds one here")
		return nil
	}
	_, err = fmt.Fprintf(c.out, "\nThere is no enterprise yet. Open this link to found one and become its first admin. It is good once, until %s:\n\n  %s\n\n",
		link.Expires.Local().Format(time.DateTime), link.URL)
	return err
}

func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
