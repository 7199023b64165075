package smartsheet

import (
	"fmt"
	"time"

	"qiwei/internal/seal"
	"qiwei/internal/store"
)

// HookOf returns the address of a sheet, and whether it has one.
func (s *Service) HookOf(tx *store.Tx, sh Sheet) (h Hook, found bool, err error) {
	var sealed []byte
	var made, used int64
	found, err = tx.Get(`SELECT no, key_sealed, userid, made, used FROM smart_hook WHERE corpid = ? AND sheet = ?`, []any{sh.Doc.CorpID, sh.No}, &h.No, &sealed, &h.UserID, &made, &used)
	if err != nil || !found {
		return h, false, err
	}
	key, err := s.deps.Box.Open(seal.SheetKey, sh.Doc.CorpID, sealed)
	if err != nil {
		return h, false, fmt.Errorf("key of sheet %d: %w", sh.No, err)
	}
	h.Key, h.MadeAt, h.sheetNo = string(key), time.Unix(made, 0).UTC(), sh.No
	if used != 0 {
		h.UsedAt = time.Unix(used, 0).UTC()
	}
	return h, true, nil
}

func (s *Service) insertHook(tx *store.Tx, sh Sheet, h *Hook) (err error) {
	corpID := sh.Doc.CorpID
	h.No, err = tx.Insert(`INSERT INTO smart_hook (corpid, sheet, key_mac, key_sealed, userid, made, used) VALUES (?, ?, ?, ?, ?, ?, 0)`,
		corpID, sh.No, s.deps.Box.MAC(seal.SheetKey, h.Key), s.deps.Box.Seal(seal.SheetKey, corpID, []byte(h.Key)), string(h.UserID), h.MadeAt.Unix())
	return err
}

func deleteHook(tx *store.Tx, sh Sheet) error {
	_, err := tx.Exec(`DELETE FROM smart_hook WHERE corpid = ? AND sheet = ?`, sh.Doc.CorpID, sh.No)
	return err
}

func useHook(tx *store.Tx, corpID string, no int64) error {
	_, err := tx.Exec(`UPDATE smart_hook SET used = ? WHERE corpid = ? AND no = ?`, tx.Now().Unix(), corpID, no)
	return err
}
