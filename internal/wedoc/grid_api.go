package wedoc

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) gridEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		Endpoint("spreadsheet/get_sheet_properties", 97711, wire.Read(s.getSheetProperties)),
		Endpoint("spreadsheet/get_sheet_range_data", 97661, wire.Read(s.getSheetRangeData)),
		Endpoint("spreadsheet/batch_update", 101168, wire.Direct(s.spreadsheetBatchUpdate)),
	}
}

type (
	sheetProperties struct {
		ID      string `json:"sheet_id"`
		Title   string `json:"title"`
		Rows    int64  `json:"row_count"`
		Columns int64  `json:"column_count"`
	}
	getSheetPropertiesResponse struct {
		Properties []sheetProperties `json:"properties"`
	}
)

func (s *Service) getSheetProperties(ctx context.Context, tx *store.Tx, by access.Caller, req docIDRequest) (resp getSheetPropertiesResponse, err error) {
	d, err := s.Own(tx, by, req.DocID, Spreadsheet)
	if err != nil {
		return resp, err
	}
	list, err := sheets(tx, d)
	for _, sh := range list {
		resp.Properties = append(resp.Properties, sheetProperties{sh.ID, sh.Title, sh.Rows, sh.Columns})
	}
	return resp, err
}

type (
	getSheetRangeDataRequest struct {
		DocID   string `json:"docid"`
		SheetID string `json:"sheet_id"`
		Range   string `json:"range"`
	}
	rangeData struct {
		Result grid `json:"result"`
	}
	getSheetRangeDataResponse struct {
		Data rangeData `json:"data"`
	}
)

func (s *Service) getSheetRangeData(ctx context.Context, tx *store.Tx, by access.Caller, req getSheetRangeDataRequest) (resp getSheetRangeDataResponse, err error) {
	d, err := s.Own(tx, by, req.DocID, Spreadsheet)
	if err != nil {
		return resp, err
	}
	sh, err := sheet(tx, d, req.SheetID)
	if err != nil {
		return resp, err
	}
	a, err := parseArea(req.Range)
	if err != nil {
		return resp, err
	}
	resp.Data.Result, err = read(tx, sh, a)
	return resp, err
}

// The operations of spreadsheet/batch_update (doc 101168).
type (
	addSheetRequest struct {
		Title   string `json:"title"`
		Rows    int64  `json:"row_count"`
		Columns int64  `json:"column_count"`
	}
	deleteSheetRequest struct {
		SheetID string `json:"sheet_id"`
	}
	updateRangeRequest struct {
		SheetID string `json:"sheet_id"`
		Grid    grid   `json:"grid_data"`
	}
	deleteDimensionRequest struct {
		SheetID   string `json:"sheet_id"`
		Dimension string `json:"dimension"`
		Start     int64  `json:"start_index"`
		End       int64  `json:"end_index"`
	}
	gridRequest struct {
		AddSheet        *addSheetRequest        `json:"add_sheet_request"`
		DeleteSheet     *deleteSheetRequest     `json:"delete_sheet_request"`
		UpdateRange     *updateRangeRequest     `json:"update_range_request"`
		DeleteDimension *deleteDimensionRequest `json:"delete_dimension_request"`
	}
	addSheetResponse struct {
		Properties sheetProperties `json:"properties"`
	}
	deleteSheetResponse struct {
		SheetID string `json:"sheet_id"`
	}
	updateRangeResponse struct {
		Updated int64 `json:"updated_cells"`
	}
	deleteDimensionResponse struct {
		Deleted int64 `json:"deleted"`
	}
	gridResponse struct {
		AddSheet        *addSheetResponse        `json:"add_sheet_response,omitempty"`
		DeleteSheet     *deleteSheetResponse     `json:"delete_sheet_response,omitempty"`
		UpdateRange     *updateRangeResponse     `json:"update_range_response,omitempty"`
		DeleteDimension *deleteDimensionResponse `json:"delete_dimension_response,omitempty"`
	}
	spreadsheetBatchUpdateRequest struct {
		DocID    string        `json:"docid"`
		Requests []gridRequest `json:"requests"`
	}
	gridResponses struct {
		Responses []gridResponse `json:"responses"`
	}
	spreadsheetBatchUpdateResponse struct {
		Data gridResponses `json:"data"`
	}
)

const maxGridUpdates = 5 // doc 101168

// spreadsheetBatchUpdate does operations one after the other, each in a transaction of its own: those before one that
// fails stay done, as the page says.
func (s *Service) spreadsheetBatchUpdate(ctx context.Context, st *store.Store, by access.Caller, req spreadsheetBatchUpdateRequest) (resp spreadsheetBatchUpdateResponse, err error) {
	if len(req.Requests) < 1 || len(req.Requests) > maxGridUpdates {
		return resp, errParameter.With("requests: 1 to %d operations expected", maxGridUpdates)
	}
	for i, r := range req.Requests {
		var done gridResponse
		if err := st.Write(ctx, func(tx *store.Tx) (err error) {
			d, err := s.Own(tx, by, req.DocID, Spreadsheet)
			if err != nil {
				return err
			}
			if d, err = Lock(tx, d); err != nil {
				return err
			}
			if done, err = s.changeGrid(tx, d, r); err != nil {
				return InRequest(i, err)
			}
			return s.Touch(tx, d)
		}); err != nil {
			return spreadsheetBatchUpdateResponse{}, err
		}
		resp.Data.Responses = append(resp.Data.Responses, done)
	}
	return resp, nil
}

func (s *Service) changeGrid(tx *store.Tx, d Document, r gridRequest) (out gridResponse, err error) {
	switch {
	case r.AddSheet != nil:
		sh, err := s.addSheet(tx, d, Sheet{Title: r.AddSheet.Title, Rows: r.AddSheet.Rows, Columns: r.AddSheet.Columns})
		out.AddSheet = &addSheetResponse{sheetProperties{sh.ID, sh.Title, sh.Rows, sh.Columns}}
		return out, err
	case r.DeleteSheet != nil:
		sh, err := sheet(tx, d, r.DeleteSheet.SheetID)
		if err == nil {
			err = deleteSheet(tx, d, sh)
		}
		out.DeleteSheet = &deleteSheetResponse{sh.ID}
		return out, err
	case r.UpdateRange != nil:
		sh, err := sheet(tx, d, r.UpdateRange.SheetID)
		if err != nil {
			return out, err
		}
		n, err := write(tx, d, sh, r.UpdateRange.Grid)
		out.UpdateRange = &updateRangeResponse{n}
		return out, err
	case r.DeleteDimension != nil:
		sh, err := sheet(tx, d, r.DeleteDimension.SheetID)
		if err != nil {
			return out, err
		}
		n, err := cut(tx, sh, r.DeleteDimension.Dimension, r.DeleteDimension.Start, r.DeleteDimension.End)
		out.DeleteDimension = &deleteDimensionResponse{n}
		return out, err
	}
	return out, errParameter.With("an operation expected, such as update_range_request")
}
