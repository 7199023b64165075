package main

import (
	"context"

	"qiwei/internal/access"
	admins "qiwei/internal/admin"
	"qiwei/internal/corp"
	"qiwei/internal/id"
	"qiwei/internal/platform"
	"qiwei/internal/store"
)

// giveAdmins gives passwords to the corps' administrators whose passwords the file does not hold. In a demo
// the administrator is the member who founded the corp. For a corp that was made just now, admin may name
// another one.
func giveAdmins(ctx context.Context, s *platform.Server, c *credentials, admin id.UserID) error {
	var corps []corp.Corp
	if err := s.Store.Read(ctx, func(tx *store.Tx) (err error) {
		corps, err = s.Corps.Corps(tx)
		return err
	}); err != nil {
		return err
	}
	for _, co := range corps {
		cc := c.corp(co.CorpID)
		user := co.Creator
		if admin != "" && !co.Aside {
			user = admin
		}
		if cc == nil || cc.Admin.Password != "" || user == "" {
			continue
		}
		password := id.Letters(16)
		p, err := s.Login.NewPassword(ctx, user, password)
		if err != nil {
			return err
		}
		if err := s.Store.Write(ctx, func(tx *store.Tx) error {
			by := access.System(co.CorpID)
			m, err := s.Directory.Member(ctx, tx, by, user)
			if err != nil {
				return err
			}
			cc.Admin = adminCredentials{string(m.UserID), password}
			if err := s.Admins.Appoint(ctx, tx, co.CorpID, m.UserID, admins.Super, access.Range{}); err != nil {
				return err
			}
			return s.Login.SetPassword(ctx, tx, by, user, p)
		}); err != nil {
			return err
		}
	}
	return nil
}
