package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/founding"
	"qiwei/internal/id"
	"qiwei/internal/platform"
	"qiwei/internal/seed"
	"qiwei/internal/store"

	admins "qiwei/internal/admin"
)

// firstAdmin makes the member who administers a new enterprise: without one nobody can
// enter its console.
type firstAdmin struct {
	Admin       id.UserID `help:"Userid of its first admin, who is made where the file has no such member. Without it the link asks who it is." placeholder:"USERID"`
	AdminName   string    `help:"The admin's name; the userid if not given." placeholder:"NAME"`
	AdminMobile string    `help:"The admin's mobile number; a member has one or an address." placeholder:"NUMBER"`
	AdminEmail  string    `help:"The admin's mail address." placeholder:"ADDRESS"`
}

// add puts the admin into the enterprise that is to be founded, as its founder where it
// has none.
func (f firstAdmin) add(e *seed.Enterprise) error {
	has := func(user id.UserID) bool {
		for _, m := range e.Members {
			if m.UserID.Equal(user) {
				return true
			}
		}
		return false
	}
	if f.Admin != "" && !has(f.Admin) {
		if f.AdminMobile == "" && f.AdminEmail == "" {
			return usagef("--admin %s: a member has a mobile number or a mail address; give --admin-mobile or --admin-email", f.Admin)
		}
		name := f.AdminName
		if name == "" {
			name = string(f.Admin)
		}
		e.Members = append(e.Members, seed.Member{UserID: f.Admin, Departments: []int64{access.Root}, Texts: directory.Texts{
			directory.FieldName: name, directory.FieldMobile: f.AdminMobile, directory.FieldEmail: f.AdminEmail}})
	}
	if e.Corp.Creator == "" {
		e.Corp.Creator = f.Admin
	}
	if e.Corp.Creator != "" && !has(e.Corp.Creator) {
		return usagef("--creator %s: there is no such member; --admin makes the first one", e.Corp.Creator)
	}
	return nil
}

// firstLink lets the first admin of a new enterprise sign in. It is good once.
type firstLink struct {
	url, code string // no code where the admin is still to be named
	expires   time.Time
}

// link returns the link for the admin, who is appointed, or where none was named the one that makes one. An
// enterprise from a file may have its admins already, and gets none.
func (f firstAdmin) link(ctx context.Context, tx *store.Tx, s *platform.Server, made corp.Corp) (firstLink, error) {
	if f.Admin == "" {
		l, err := s.Founding.Draw(ctx, tx, made.CorpID)
		if errors.Is(err, founding.ErrHasAdmin) {
			return firstLink{}, nil
		}
		return firstLink{url: l.URL, expires: l.Expires}, err
	}
	if !made.Creator.Equal(f.Admin) {
		if err := s.Admins.Appoint(ctx, tx, made.CorpID, f.Admin, admins.Super, access.Range{}); err != nil {
			return firstLink{}, err
		}
	}
	inv, err := s.Login.InviteCode(ctx, tx, access.System(made.CorpID), f.Admin)
	return firstLink{inv.Whole(founding.Path+"/done", true), inv.Code, inv.Expires}, err
}

// print says what comes next.
func (f firstAdmin) print(c *console, s *platform.Server, l firstLink) {
	who := "the first admin, who is named there,"
	switch {
	case l.url == "":
		fmt.Fprintf(c.out, "\nThe file names its admins. One who cannot sign in gets a code with qiwei member invite --corpid ID USERID.\n")
		return
	case f.Admin != "":
		who = "the first admin, " + string(f.Admin) + ","
	}
	fmt.Fprintf(c.out, "\nWith this link %s sets a password or makes a passkey, and enters the console. It is good once, until %s:\n  %s\n",
		who, l.expires.Local().Format(time.DateTime), shownLink(s, l.url))
}
