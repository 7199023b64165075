package platform

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/corp"
	"qiwei/internal/store"
)

// CreateCorp founds a corp: with its root department, and with the applications
// that every corp has. trusted are the addresses they may be called from.
func (s *Server) CreateCorp(ctx context.Context, tx *store.Tx, c corp.Corp, trusted access.Addresses) (corp.Corp, error) {
	c, err := s.Corps.CreateCorp(ctx, tx, c)
	if err != nil {
		return c, err
	}
	if err := s.Directory.CreateRoot(tx, c.CorpID, c.Name); err != nil {
		return c, err
	}
	for _, a := range []struct {
		kind access.Kind
		name string
	}{
		{access.ContactSync, "通讯录同步"},
		{access.CustomerContact, "客户联系"},
		{access.ChatArchive, "会话内容存档"},
	} {
		if _, err := s.Apps.CreateApp(ctx, tx, app.App{CorpID: c.CorpID, Kind: a.kind, Settings: app.Settings{
			Name: a.name, Range: access.Everything(), TrustedIPs: trusted,
		}}); err != nil {
			return c, err
		}
	}
	return c, nil
}
