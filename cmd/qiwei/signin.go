package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/login"
	"qiwei/internal/platform"
	"qiwei/internal/store"
)

type memberInviteCmd struct {
	corpFlags
	jsonFlag
	UserID  string `arg:"" help:"Member."`
	BaseURL string `help:"Where members reach the server, for the link." env:"QIWEI_BASE_URL" placeholder:"URL"`
}

// Help is shown below the usage.
func (memberInviteCmd) Help() string {
	return "The code lets the member set a password, once, within a week. Making another ends it. " +
		"It is shown here and nowhere else: hand it to the member by a way that you trust."
}

func (cmd memberInviteCmd) Run(ctx context.Context, c *console) error {
	var inv login.Invitation
	err := cmd.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) (err error) {
		s.SetBaseURL(cmd.BaseURL)
		inv, err = s.Login.InviteCode(ctx, tx, access.System(co.CorpID), id.UserID(cmd.UserID))
		return err
	})
	if err != nil {
		return err
	}
	link := inv.Link
	if cmd.BaseURL == "" { // a path alone; the operator knows the host
		link = ""
	}
	if cmd.JSON {
		return printJSON(c.out, map[string]any{"code": inv.Code, "link": link, "expires": inv.Expires.Format(time.RFC3339)})
	}
	fmt.Fprintf(c.out, "code     %s\n", inv.Code)
	if link != "" {
		fmt.Fprintf(c.out, "page     %s\n", link)
	}
	fmt.Fprintf(c.out, "expires  %s\n", inv.Expires.Local().Format("2006-01-02 15:04"))
	return nil
}

type memberPasswordCmd struct {
	corpFlags
	UserID string `arg:"" help:"Member."`
}

// Help is shown below the usage.
func (memberPasswordCmd) Help() string {
	return "The password is asked for, or read as the first line of the standard input. The member's sessions end."
}

func (cmd memberPasswordCmd) Run(ctx context.Context, c *console) error {
	password, err := readPassword(c)
	if err != nil {
		return err
	}
	err = cmd.on(ctx, func(s *platform.Server) error {
		p, err := s.Login.NewPassword(ctx, id.UserID(cmd.UserID), password)
		if err != nil {
			return err
		}
		return explain(s.Store.Write(ctx, func(tx *store.Tx) error {
			co, err := cmd.corp(tx, s)
			if err != nil {
				return err
			}
			return s.Login.SetPassword(ctx, tx, access.System(co.CorpID), id.UserID(cmd.UserID), p)
		}))
	})
	if err == nil {
		fmt.Fprintf(c.out, "The password of %s is set.\n", cmd.UserID)
	}
	return err
}

// readPassword asks twice on a terminal, so that a slip of the finger is not a
// password that nobody knows.
func readPassword(c *console) (string, error) {
	fd := int(os.Stdin.Fd())
	if !term.IsTerminal(fd) {
		line, err := bufio.NewReader(os.Stdin).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", err
		}
		return strings.TrimRight(line, "\r\n"), nil
	}
	var typed [2]string
	for i, prompt := range []string{"Password: ", "Again: "} {
		fmt.Fprint(c.err, prompt)
		text, err := term.ReadPassword(fd)
		fmt.Fprintln(c.err)
		if err != nil {
			return "", err
		}
		typed[i] = string(text)
	}
	if typed[0] != typed[1] {
		return "", errors.New("the two are not the same")
	}
	return typed[0], nil
}

// givePassword gives the demo's administrator a password and notes it among the
// credentials, which alone know it.
func givePassword(ctx context.Context, s *platform.Server, c corp.Corp, admin id.UserID, old *credentials) error {
	if admin == "" {
		return nil
	}
	password := id.Letters(20)
	p, err := s.Login.NewPassword(ctx, admin, password)
	if err != nil {
		return err
	}
	var m directory.Member
	err = s.Store.Write(ctx, func(tx *store.Tx) error {
		by := access.System(c.CorpID)
		if m, err = s.Directory.Member(ctx, tx, by, admin); err != nil {
			return err
		}
		return s.Login.SetPassword(ctx, tx, by, admin, p)
	})
	if err != nil {
		return fmt.Errorf("the administrator's password: %w", err)
	}
	old.Corps = append(old.Corps, corpCredentials{CorpID: c.CorpID, Admin: adminCredentials{UserID: string(m.UserID), Password: password}})
	return nil
}
