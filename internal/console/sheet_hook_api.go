package console

import (
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/smartsheet"
	"qiwei/internal/store"
)

// The addresses by which others write into smart sheets (接收外部数据).

func (s *Service) sheetHookCalls() []call {
	return []call{
		{pattern: "GET /console/api/sheet-hooks", right: readCorp, handle: s.listSheetHooks},
		{pattern: "POST /console/api/sheet-hooks/{sheet}", right: secrets, handle: s.setSheetHook},
		{pattern: "POST /console/api/sheet-hooks/{sheet}/keys", right: secrets, handle: s.revealSheetHook},
		{pattern: "DELETE /console/api/sheet-hooks/{sheet}", right: editCorp, handle: s.deleteSheetHook},
	}
}

type sheetHookLine struct {
	ID       string    `json:"id"` // docid:sheet_id
	Document string    `json:"document"`
	Sheet    string    `json:"sheet"`
	On       bool      `json:"on"`
	By       string    `json:"by,omitempty"` // userid
	MadeAt   time.Time `json:"made_at,omitzero"`
	UsedAt   time.Time `json:"used_at,omitzero"`
}

// documentsListed is how many smart sheets a page of the list is of.
const documentsListed = 200

func (s *Service) listSheetHooks(v *visit) (any, error) {
	before, _, err := v.before()
	if err != nil {
		return nil, err
	}
	lines, next := []sheetHookLine{}, int64(0)
	err = v.look(func(tx *store.Tx) error {
		list, after, err := s.deps.SmartSheets.Hooks(tx, v.corpID, before, documentsListed)
		next = after
		for _, h := range list {
			l := sheetHookLine{ID: h.Doc.DocID + ":" + h.ID, Document: h.Doc.Name, Sheet: h.Title}
			if h.Hook != nil {
				l.On, l.By, l.MadeAt, l.UsedAt = true, string(h.Hook.UserID), h.Hook.MadeAt, h.Hook.UsedAt
			}
			lines = append(lines, l)
		}
		return err
	})
	return map[string]any{"items": lines, "next": next}, err
}

// sheetHook changes the address of the sheet that is asked about.
func (s *Service) sheetHook(v *visit, action string, on, renew bool) (h smartsheet.Hook, there bool, err error) {
	docID, sheetID, _ := strings.Cut(v.r.PathValue("sheet"), ":")
	err = v.change(func(tx *store.Tx) (done, error) {
		sh, err := s.deps.SmartSheets.Find(v.ctx(), tx, v.corpID, docID, sheetID)
		if err != nil {
			return done{}, errGone
		}
		h, there, err = s.deps.SmartSheets.SetHook(tx, access.System(v.corpID), sh, on, renew)
		return done{action, sh.Doc.Name, map[string]any{"docid": docID, "sheet_id": sheetID}}, err
	})
	return h, there, err
}

func (s *Service) setSheetHook(v *visit) (any, error) {
	var req struct {
		Renew bool `json:"renew"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	h, _, err := s.sheetHook(v, "sheet_hook.create", true, req.Renew)
	return map[string]string{"webhook": s.deps.SmartSheets.HookURL(h)}, err
}

func (s *Service) revealSheetHook(v *visit) (any, error) {
	docID, sheetID, _ := strings.Cut(v.r.PathValue("sheet"), ":")
	out := map[string]string{}
	return out, v.change(func(tx *store.Tx) (done, error) {
		sh, err := s.deps.SmartSheets.Find(v.ctx(), tx, v.corpID, docID, sheetID)
		if err != nil {
			return done{}, errGone
		}
		h, on, err := s.deps.SmartSheets.HookOf(tx, sh)
		if err == nil && !on {
			err = errGone
		}
		out["webhook"] = s.deps.SmartSheets.HookURL(h)
		return done{"secret.reveal", sh.Doc.Name, map[string]any{"docid": docID, "sheet_id": sheetID}}, err
	})
}

func (s *Service) deleteSheetHook(v *visit) (any, error) {
	_, _, err := s.sheetHook(v, "sheet_hook.delete", false, false)
	return nothing{}, err
}
