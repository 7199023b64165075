package aibot

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"qiwei/internal/seal"
	"qiwei/internal/store"
)

func (s *Service) sealKeys(b Bot) []byte {
	return s.deps.Box.Seal(seal.BotKeys, b.CorpID, []byte(b.Token+"\n"+b.AESKey+"\n"+b.Secret))
}

func (s *Service) insertBot(tx *store.Tx, b *Bot) error {
	settings, err := json.Marshal(b.Settings)
	if err != nil {
		return err
	}
	b.No, err = tx.Insert(`INSERT INTO bot (corpid, botid, mode, keys_sealed, settings, created_at, conn, conn_at) VALUES (?, ?, ?, ?, ?, ?, '', 0)`,
		b.CorpID, b.BotID, string(b.Mode), s.sealKeys(*b), string(settings), b.CreatedAt.UnixMilli())
	if errors.Is(err, store.ErrUnique) {
		return fmt.Errorf("there is a robot %s already", b.BotID)
	}
	return err
}

func (s *Service) updateBot(tx *store.Tx, b Bot) error {
	settings, err := json.Marshal(b.Settings)
	if err != nil {
		return err
	}
	n, err := tx.Exec(`UPDATE bot SET mode = ?, keys_sealed = ?, settings = ? WHERE no = ?`, string(b.Mode), s.sealKeys(b), string(settings), b.No)
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	return err
}

func (s *Service) oneBot(tx *store.Tx, where string, args ...any) (Bot, bool, error) {
	list, err := s.selectBots(tx, where, args...)
	if err != nil || len(list) == 0 {
		return Bot{}, false, err
	}
	return list[0], true, nil
}

func (s *Service) selectBots(tx *store.Tx, where string, args ...any) ([]Bot, error) {
	var out []Bot
	err := tx.Each(`SELECT no, corpid, botid, mode, keys_sealed, settings, created_at, conn, conn_at FROM bot WHERE `+where, args, func(rows *store.Rows) error {
		var b Bot
		var keys []byte
		var settings, conn string
		var created, connected int64
		if err := rows.Scan(&b.No, &b.CorpID, &b.BotID, &b.Mode, &keys, &settings, &created, &conn, &connected); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(settings), &b.Settings); err != nil {
			return fmt.Errorf("robot %s: settings: %w", b.BotID, err)
		}
		plain, err := s.deps.Box.Open(seal.BotKeys, b.CorpID, keys)
		if err != nil {
			return fmt.Errorf("robot %s: keys: %w", b.BotID, err)
		}
		part := strings.SplitN(string(plain), "\n", 3)
		if len(part) < 3 {
			return fmt.Errorf("robot %s: keys: %w", b.BotID, seal.ErrOpen)
		}
		b.Token, b.AESKey, b.Secret = part[0], part[1], part[2]
		b.CreatedAt = time.UnixMilli(created).UTC()
		if conn != "" {
			b.ConnectedAt = time.UnixMilli(connected).UTC()
		}
		out = append(out, b)
		return nil
	})
	return out, err
}
