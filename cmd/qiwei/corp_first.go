package main

import (
	"context"
	"fmt"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/login"
	"qiwei/internal/platform"
	"qiwei/internal/seed"
	"qiwei/internal/store"

	admins "qiwei/internal/admin"
)

// firstAdmin makes the member who administers a new enterprise: without one nobody can
// enter its console.
type firstAdmin struct {
	Admin       id.UserID `help:"Userid of its first admin, who is made where the file has no such member. Prints a link with which they set a password." placeholder:"USERID"`
	AdminName   string    `help:"The admin's name; the userid if not given." placeholder:"NAME"`
	AdminMobile string    `help:"The admin's mobile number; a member has one or an address." placeholder:"NUMBER"`
	AdminEmail  string    `help:"The admin's mail address." placeholder:"ADDRESS"`
	BaseURL     string    `help:"Where members reach the server, for the link." env:"QIWEI_BASE_URL" placeholder:"URL"`
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

// invite appoints the admin and draws the link.
func (f firstAdmin) invite(ctx context.Context, tx *store.Tx, s *platform.Server, made corp.Corp) (login.Invitation, error) {
	if !made.Creator.Equal(f.Admin) {
		if err := s.Admins.Appoint(ctx, tx, made.CorpID, f.Admin, admins.Super, access.Range{}); err != nil {
			return login.Invitation{}, err
		}
	}
	return s.Login.InviteCode(ctx, tx, access.System(made.CorpID), f.Admin)
}

// base returns where the server is, empty where nobody has said.
func (f firstAdmin) base(data string) string {
	if f.BaseURL == "" {
		if old, err := readCredentials(credentialsPath(data)); err == nil {
			return old.BaseURL
		}
	}
	return f.BaseURL
}

// print says what comes next.
func (f firstAdmin) print(c *console, base string, inv login.Invitation) {
	if f.Admin == "" {
		fmt.Fprintln(c.err, "\nNobody can enter the console yet: import members (qiwei member import), and name one of them with qiwei corp admin add.")
		return
	}
	link := inv.Link
	if base == "" {
		base = "(the server's address)"
		link = base + link
	}
	fmt.Fprintf(c.out, "\nThe first admin is %s. A password is set with the code %s, until %s, at\n  %s\nand the console is at\n  %s/console/\n",
		f.Admin, inv.Code, inv.Expires.Local().Format(time.DateTime), link, base)
}
