package smartsheet

import (
	"context"
	"strconv"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

func (s *Service) sheetEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		endpoint("add_sheet", 99896, wire.Write(s.addSheet)),
		endpoint("delete_sheet", 99899, wire.Write(s.deleteSheet)),
		endpoint("update_sheet", 99898, wire.Write(s.updateSheet)),
		endpoint("get_sheet", 99911, wire.Read(s.getSheet)),
	}
}

type (
	addSheetRequest struct {
		DocID      string `json:"docid"`
		Properties struct {
			Title string `json:"title"`
			Index *int64 `json:"index"`
		} `json:"properties"`
	}
	sheetProperties struct {
		Title string `json:"title"`
		Index int64  `json:"index"`
		ID    string `json:"sheet_id"`
	}
	addSheetResponse struct {
		Properties sheetProperties `json:"properties"`
	}
)

func (s *Service) addSheet(ctx context.Context, tx *store.Tx, by access.Caller, req addSheetRequest) (resp addSheetResponse, err error) {
	d, err := s.document(tx, by, req.DocID)
	if err != nil {
		return resp, err
	}
	list, err := sheetsOf(tx, d)
	if err != nil {
		return resp, err
	}
	sh := Sheet{Title: req.Properties.Title, Position: int64(len(list))}
	if sh.Title == "" {
		sh.Title = titleFor(list, "智能表")
	}
	if err := validTitle("properties.title", sh.Title); err != nil {
		return resp, err
	}
	if req.Properties.Index != nil {
		if sh.Position = *req.Properties.Index; sh.Position < 0 {
			return resp, errParameter.With("properties.index: 0 or more expected")
		}
	}
	if sh, err = addSheet(tx, d, sh); err != nil {
		return resp, err
	}
	resp.Properties = sheetProperties{sh.Title, sh.Position, sh.ID}
	return resp, s.deps.Docs.Touch(tx, d)
}

func (s *Service) deleteSheet(ctx context.Context, tx *store.Tx, by access.Caller, req place) (wire.None, error) {
	sh, err := s.sheet(tx, by, req)
	if err == nil {
		err = s.designs(tx, by, sh)
	}
	if err == nil {
		err = deleteSheet(tx, sh)
	}
	if err == nil {
		err = s.deps.Docs.Touch(tx, sh.Doc)
	}
	return wire.None{}, err
}

type updateSheetRequest struct {
	DocID      string `json:"docid"`
	Properties struct {
		ID    string  `json:"sheet_id"`
		Title *string `json:"title"`
	} `json:"properties"`
}

func (s *Service) updateSheet(ctx context.Context, tx *store.Tx, by access.Caller, req updateSheetRequest) (wire.None, error) {
	sh, err := s.sheet(tx, by, place{req.DocID, req.Properties.ID})
	if err == nil {
		err = s.designs(tx, by, sh)
	}
	if err != nil || req.Properties.Title == nil {
		return wire.None{}, err
	}
	if err := validTitle("properties.title", *req.Properties.Title); err != nil {
		return wire.None{}, err
	}
	if _, err := tx.Exec(`UPDATE smart_sheet SET title = ? WHERE corpid = ? AND no = ?`, *req.Properties.Title, sh.Doc.CorpID, sh.No); err != nil {
		return wire.None{}, err
	}
	return wire.None{}, s.changed(tx, &sh)
}

type (
	getSheetRequest struct {
		place
		All bool `json:"need_all_type_sheet"` // there are smart sheets alone here
	}
	sheetInfo struct {
		ID      string `json:"sheet_id"`
		Title   string `json:"title"`
		Visible bool   `json:"is_visible"`
		Type    string `json:"type"`
	}
	getSheetResponse struct {
		Sheets []sheetInfo `json:"sheet_list"`
	}
)

func (s *Service) getSheet(ctx context.Context, tx *store.Tx, by access.Caller, req getSheetRequest) (resp getSheetResponse, err error) {
	d, err := s.document(tx, by, req.DocID)
	if err != nil {
		return resp, err
	}
	list, err := sheetsOf(tx, d)
	for _, sh := range list {
		if by.Kind == access.Member { // who is shown those alone that are something for them
			may, err := s.privIn(tx, sh, by.UserID)
			if err != nil {
				return resp, err
			}
			if may.Priv == noRight {
				continue
			}
		}
		if req.SheetID == "" || req.SheetID == sh.ID {
			resp.Sheets = append(resp.Sheets, sheetInfo{sh.ID, sh.Title, true, "smartsheet"})
		}
	}
	if err == nil && req.SheetID != "" && len(resp.Sheets) == 0 {
		_, err = sheetOf(tx, d, req.SheetID)
	}
	return resp, err
}
