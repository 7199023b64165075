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
	"qiwei/internal/id"
	"qiwei/internal/login"
	"qiwei/internal/platform"
	"qiwei/internal/store"
)

type memberSetPasswordCmd struct {
	corpFlags
	UserID   id.UserID `arg:"" name:"userid" help:"Member." placeholder:"USERID"`
	Generate bool      `help:"Make up a password and print it."`
}

// Help is shown below the usage.
func (memberSetPasswordCmd) Help() string {
	return "The password is asked for, or read from the standard input where there is no terminal. The member is signed out everywhere."
}

func (cmd memberSetPasswordCmd) Run(ctx context.Context, c *console) error {
	password := id.Letters(16)
	if !cmd.Generate {
		var err error
		if password, err = c.password(os.Stdin); err != nil {
			return err
		}
	}
	err := cmd.on(ctx, func(s *platform.Server) error {
		p, err := s.Login.NewPassword(ctx, cmd.UserID, password)
		if err != nil {
			return passwordError(err)
		}
		return explain(s.Store.Write(ctx, func(tx *store.Tx) error {
			co, err := cmd.corp(tx, s)
			if err != nil {
				return err
			}
			return s.Login.SetPassword(ctx, tx, access.System(co.CorpID), cmd.UserID, p)
		}))
	})
	if err != nil {
		return err
	}
	if cmd.Generate {
		fmt.Fprintln(c.out, password)
	}
	return nil
}

func passwordError(err error) error {
	switch {
	case errors.Is(err, login.ErrPasswordShort):
		return errors.New("the password is too short; at least 8 characters expected")
	case errors.Is(err, login.ErrPasswordLong):
		return errors.New("the password is too long; at most 256 bytes expected")
	case errors.Is(err, login.ErrPasswordCommon):
		return errors.New("the password is one of those that are guessed first, or has the userid in it; choose another, or --generate one")
	}
	return err
}

// password asks for a password, twice where there is somebody to ask.
func (c *console) password(in *os.File) (string, error) {
	if !term.IsTerminal(int(in.Fd())) {
		line, err := bufio.NewReader(io.LimitReader(in, 4<<10)).ReadString('\n')
		if err != nil && line == "" {
			return "", errors.New("no password on the standard input; pipe one in, or --generate one")
		}
		return strings.TrimRight(line, "\r\n"), nil
	}
	var words [2]string
	for i, ask := range []string{"New password: ", "Once more: "} {
		fmt.Fprint(c.err, ask)
		word, err := term.ReadPassword(int(in.Fd()))
		fmt.Fprintln(c.err)
		if err != nil {
			return "", err
		}
		words[i] = string(word)
	}
	if words[0] != words[1] {
		return "", errors.New("the two are not the same; nothing was changed")
	}
	return words[0], nil
}

type memberInviteCmd struct {
	corpFlags
	jsonFlag
	baseURLFlag
	UserID id.UserID `arg:"" name:"userid" help:"Member." placeholder:"USERID"`
}

// Help is shown below the usage.
func (memberInviteCmd) Help() string {
	return "Prints a code with which the member sets a first password, or a new one instead of one that was lost. Earlier codes end."
}

func (cmd memberInviteCmd) Run(ctx context.Context, c *console) error {
	var inv login.Invitation
	var page string
	if err := cmd.on(ctx, func(s *platform.Server) error {
		if err := cmd.set(ctx, s, cmd.Data); err != nil {
			return err
		}
		return explain(s.Store.Write(ctx, func(tx *store.Tx) error {
			var co corp.Corp
			co, err := cmd.corp(tx, s)
			if err != nil {
				return err
			}
			inv, err = s.Login.InviteCode(ctx, tx, access.System(co.CorpID), cmd.UserID)
			page = shownLink(s, inv.Link)
			return err
		}))
	}); err != nil {
		return err
	}
	if cmd.JSON {
		return printJSON(c.out, struct {
			Code    string    `json:"code"`
			Link    string    `json:"link"`
			Expires time.Time `json:"expires"`
		}{inv.Code, inv.Link, inv.Expires})
	}
	var p pairs
	p.add("code", inv.Code)
	p.add("page", page)
	p.add("good until", inv.Expires.Local().Format(time.DateTime))
	return p.print(c.out)
}
