package smartsheet

import (
	"context"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wedoc"
	"qiwei/internal/wire"
)

// The address by which others write into a sheet (接收外部数据). The page (doc 101260) is not in the documentation that
// is at hand. What is here is what the guides of WeCom's own command-line client say, and what public clients send.

// Hook is the address of a sheet.
type Hook struct {
	No      int64
	Key     string
	UserID  id.UserID // who made the key; empty for an administrator
	MadeAt  time.Time
	UsedAt  time.Time // zero if never
	sheetNo int64
}

// keyLength is that of the keys which were seen; they have letters and digits.
const keyLength = 108

// Limits of what an address writes, in records a minute.
const (
	perSheet    = 3000
	perDocument = 10_000
)

// Errors of what an address writes: WeCom's client knows them by these codes, which no page lists.
var (
	ErrKey        = wire.Code(40014, "invalid access_token")
	ErrNoField    = wire.Code(2023001, "field id not found")
	ErrNoOption   = wire.Code(2023010, "option not found")
	ErrNotHooked  = wire.Code(2023012, "record not found")
	ErrPictureURL = wire.Code(2023033, "invalid image base64")
)

// SetHook gives a sheet an address if it has none, or takes it away. With renew, the address is another afterwards. The
// caller must be able to do everything in the sheet: of an address, content rules bind nothing.
func (s *Service) SetHook(tx *store.Tx, by access.Caller, sh Sheet, on, renew bool) (Hook, bool, error) {
	if by.Kind == access.Member {
		if err := s.designs(tx, by, sh); err != nil {
			return Hook{}, false, err
		}
	}
	h, found, err := s.HookOf(tx, sh)
	if err != nil || on && found && !renew {
		return h, found, err
	}
	if found {
		if err := deleteHook(tx, sh); err != nil || !on {
			return Hook{}, false, err
		}
	}
	if !on {
		return Hook{}, false, nil
	}
	h = Hook{Key: id.Letters(keyLength), MadeAt: tx.Now(), sheetNo: sh.No}
	if by.Kind == access.Member {
		h.UserID = by.UserID
	}
	return h, true, s.insertHook(tx, sh, &h)
}

// HookURL is the address.
func (s *Service) HookURL(h Hook) string { return s.deps.BaseURL() + hookPath + "?key=" + h.Key }

// byKey returns the caller behind a key.
func (s *Service) byKey(tx *store.Tx, key string) (access.Caller, error) {
	var no int64
	var corpID string
	found, err := tx.Get(`SELECT no, corpid FROM smart_hook WHERE key_mac = ?`, []any{s.deps.Box.MAC(seal.SheetKey, key)}, &no, &corpID)
	if err == nil && !found {
		err = wire.ErrInvalid
	}
	return access.RobotOf(access.SheetHook, corpID, no), err
}

// hooked returns the sheet of the address that calls.
func (s *Service) hooked(tx *store.Tx, by access.Caller) (Sheet, error) {
	var doc, no int64
	found, err := tx.Get(`SELECT s.doc, s.no FROM smart_hook h JOIN smart_sheet s ON s.no = h.sheet WHERE h.no = ? AND h.corpid = ?`, []any{by.Robot, by.CorpID}, &doc, &no)
	if err == nil && !found { // taken away since the call was admitted
		err = ErrKey
	}
	if err != nil {
		return Sheet{}, err
	}
	d, err := s.deps.Docs.Numbered(tx, by.CorpID, doc)
	if err == nil && !tx.ReadOnly() {
		d, err = wedoc.Lock(tx, d)
	}
	if err != nil {
		return Sheet{}, err
	}
	list, err := sheetsOf(tx, d)
	for _, sh := range list {
		if sh.No == no {
			return sh, err
		}
	}
	return Sheet{}, ErrKey
}

// within counts records that an address writes, and refuses those beyond the limits.
func (s *Service) within(tx *store.Tx, sh Sheet, n int) error {
	if !s.deps.Limits {
		return nil
	}
	if !s.limiter.TakeIn(tx, sh.Doc.DocID+"/"+sh.ID, "hook", n, perSheet, time.Minute) {
		return wire.ErrConcurrent.With("at most %d records a minute in a sheet", perSheet)
	}
	if !s.limiter.TakeIn(tx, sh.Doc.DocID, "hook", n, perDocument, time.Minute) {
		return wire.ErrConcurrent.With("at most %d records a minute in a document", perDocument)
	}
	return nil
}

// Hooked is a sheet with its address, if it has one.
type Hooked struct {
	Sheet
	Hook *Hook
}

// Hooks returns the sheets of the corp's smart sheets, the newest documents first, from below the number before on.
func (s *Service) Hooks(tx *store.Tx, corpID string, before, limit int64) (out []Hooked, next int64, err error) {
	docs, err := s.deps.Docs.OfKind(tx, corpID, wedoc.SmartSheet, before, limit+1)
	if err != nil {
		return nil, 0, err
	}
	if int64(len(docs)) > limit {
		docs = docs[:limit]
		next = docs[limit-1].No
	}
	for _, d := range docs {
		list, err := sheetsOf(tx, d)
		if err != nil {
			return nil, 0, err
		}
		for _, sh := range list {
			one := Hooked{Sheet: sh}
			h, found, err := s.HookOf(tx, sh)
			if err != nil {
				return nil, 0, err
			}
			if found {
				one.Hook = &h
			}
			out = append(out, one)
		}
	}
	return out, next, nil
}

// Find returns a sheet of one of the corp's documents, for an administrator. A write waits for others of the document.
func (s *Service) Find(ctx context.Context, tx *store.Tx, corpID, docID, sheetID string) (Sheet, error) {
	return s.sheet(tx, access.System(corpID), place{docID, sheetID})
}
