package mcp

import (
	"context"
	"time"

	"qiwei/internal/store"
)

// note keeps that a tool was used.
func (s *Service) note(ctx context.Context, a actor, category, tool string, code int) error {
	return s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`INSERT INTO mcp_call (bot, category, tool, member, errcode, at) VALUES (?, ?, ?, ?, ?, ?)`, a.Bot.No, category, tool, a.Member.No, code, tx.Now().UnixMilli())
		return err
	})
}

// Used is a use of a tool.
type Used struct {
	No       int64
	Category string
	Tool     string
	Member   int64 // our number; 0 if it was refused before one was known
	ErrCode  int64
	At       time.Time
}

// Uses returns the uses of tools by a robot before a number, or the newest if it is 0; the newest first.
func (s *Service) Uses(tx *store.Tx, bot, before int64, limit int) (out []Used, err error) {
	if before == 0 {
		before = 1 << 62
	}
	err = tx.Each(`SELECT no, category, tool, member, errcode, at FROM mcp_call WHERE bot = ? AND no < ? ORDER BY no DESC LIMIT ?`, []any{bot, before, int64(limit)}, func(rows *store.Rows) error {
		var u Used
		var at int64
		err := rows.Scan(&u.No, &u.Category, &u.Tool, &u.Member, &u.ErrCode, &at)
		u.At = time.UnixMilli(at).UTC()
		out = append(out, u)
		return err
	})
	return out, err
}
