package mcp

import (
	"context"

	"qiwei/internal/store"
	"qiwei/internal/wedoc"
	"qiwei/internal/wire"
)

func (s *Service) sheetTools() []tool {
	return []tool{
		reads("sheet_get_info", "读取在线表格的基础信息与工作表列表", s.sheetGetInfo),
		writes("sheet_add_sub", "添加在线表格的子工作表", s.sheetAddSub),
		writes("sheet_delete_sub", "删除在线表格的子工作表，不可恢复", s.sheetDeleteSub),
		writes("sheet_append_data", "在子工作表末尾追加一行数据", s.sheetAppendData),
		writes("sheet_update_range_data", "修改子工作表指定区域的内容", s.sheetUpdateRange),
	}
}

type (
	sheetAnswer struct {
		ID      string `json:"sheet_id"`
		Title   string `json:"title"`
		Rows    int64  `json:"row_count"`
		Columns int64  `json:"column_count"`
		Area    string `json:"data_range"`
	}
	sheetInfoResponse struct {
		Sheets []sheetAnswer `json:"sheets"`
		URL    string        `json:"url"`
		Name   string        `json:"name"`
	}
)

func (s *Service) sheetGetInfo(ctx context.Context, tx *store.Tx, a actor, req whichDoc) (resp sheetInfoResponse, err error) {
	d, err := s.document(ctx, tx, a, req, false, wedoc.Spreadsheet)
	if err != nil {
		return resp, err
	}
	resp.URL, resp.Name = s.deps.Documents.URL(d), d.Name
	list, err := s.deps.Documents.Sheets(tx, d)
	for _, sh := range list {
		resp.Sheets = append(resp.Sheets, sheetAnswer{sh.ID, sh.Title, sh.Rows, sh.Columns, sh.Area})
	}
	return resp, err
}

type (
	addSubRequest struct {
		whichDoc
		Sheet *struct {
			Title   string `json:"title" must:"1" about:"工作表名称"`
			Rows    int64  `json:"row_count" about:"总行数"`
			Columns int64  `json:"column_count" about:"总列数"`
		} `json:"sheet" must:"1" about:"子表信息"`
		Index int64 `json:"index" about:"插入位置：0 表示插入到最后"`
	}
	addSubResponse struct {
		Sheet sheetAnswer `json:"sheet"`
	}
	whichSheet struct {
		whichDoc
		SheetID string `json:"sheet_id" must:"1" most:"256" about:"工作表 ID"`
	}
)

func (s *Service) sheetAddSub(ctx context.Context, tx *store.Tx, a actor, req addSubRequest) (resp addSubResponse, err error) {
	d, err := s.document(ctx, tx, a, req.whichDoc, true, wedoc.Spreadsheet)
	if err != nil {
		return resp, err
	}
	if req.Index != 0 {
		return resp, wire.ErrForbidden.With("not built in qiwei: index; a new sheet stands behind the others, leave it out")
	}
	sh, err := s.deps.Documents.AddSheet(tx, d, wedoc.Sheet{Title: req.Sheet.Title, Rows: req.Sheet.Rows, Columns: req.Sheet.Columns})
	resp.Sheet = sheetAnswer{sh.ID, sh.Title, sh.Rows, sh.Columns, ""}
	return resp, err
}

func (s *Service) sheetDeleteSub(ctx context.Context, tx *store.Tx, a actor, req whichSheet) (none, error) {
	d, err := s.document(ctx, tx, a, req.whichDoc, true, wedoc.Spreadsheet)
	if err == nil {
		err = s.deps.Documents.DeleteSheet(tx, d, req.SheetID)
	}
	return none{}, err
}

// The cells of the tools. A formula is one more thing that a cell may hold beside what the server API has.
type (
	cellRequest struct {
		Value *struct {
			Text    *string         `json:"text" about:"普通文本或数字"`
			Link    *wedoc.CellLink `json:"link" about:"超链接"`
			Formula *string         `json:"formula" about:"以 = 开头的公式"`
		} `json:"cell_value" about:"单元格值：text、link、formula 之一"`
		Format *wedoc.CellFormat `json:"cell_format" about:"单元格样式，{} 表示默认"`
	}
	rowRequest struct {
		Values []cellRequest `json:"values" must:"1"`
	}
	appendRequest struct {
		whichSheet
		Row *rowRequest `json:"row" must:"1" about:"追加的一行数据"`
	}
	appendResponse struct {
		Row wedoc.Row `json:"row"`
	}
	gridRequest struct {
		Row    int64        `json:"start_row" about:"起始行号，从 0 起"`
		Column int64        `json:"start_column" about:"起始列号，从 0 起"`
		Rows   []rowRequest `json:"rows" must:"1" about:"各行数据"`
	}
	updateRangeRequest struct {
		whichSheet
		Grid *gridRequest `json:"grid_data" must:"1" about:"写入区域的数据"`
	}
	updateRangeResponse struct {
		Grid wedoc.Grid `json:"grid_data"`
	}
)

// row returns the cells of a row. Our sheets keep what is written and compute nothing, so a formula is refused: stored
// as a text it would look as if it had been taken.
func (r rowRequest) row() (out wedoc.Row, err error) {
	for i, c := range r.Values {
		cell := wedoc.Cell{Format: c.Format}
		if v := c.Value; v != nil {
			if v.Formula != nil {
				return out, wire.ErrForbidden.With("not built in qiwei: values[%d].cell_value.formula; sheets compute nothing here", i)
			}
			cell.Value.Text, cell.Value.Link = v.Text, v.Link
		}
		if c.Format != nil && c.Format.Text == nil {
			cell.Format = nil
		}
		out.Cells = append(out.Cells, cell)
	}
	return out, nil
}

func (s *Service) sheetAppendData(ctx context.Context, tx *store.Tx, a actor, req appendRequest) (resp appendResponse, err error) {
	d, err := s.document(ctx, tx, a, req.whichDoc, true, wedoc.Spreadsheet)
	if err != nil {
		return resp, err
	}
	if resp.Row, err = req.Row.row(); err != nil {
		return resp, err
	}
	return resp, s.deps.Documents.AppendRow(tx, d, req.SheetID, resp.Row)
}

func (s *Service) sheetUpdateRange(ctx context.Context, tx *store.Tx, a actor, req updateRangeRequest) (resp updateRangeResponse, err error) {
	d, err := s.document(ctx, tx, a, req.whichDoc, true, wedoc.Spreadsheet)
	if err != nil {
		return resp, err
	}
	resp.Grid = wedoc.Grid{Row: req.Grid.Row, Column: req.Grid.Column}
	for _, r := range req.Grid.Rows {
		row, err := r.row()
		if err != nil {
			return resp, err
		}
		resp.Grid.Rows = append(resp.Grid.Rows, row)
	}
	return resp, s.deps.Documents.WriteGrid(tx, d, req.SheetID, resp.Grid)
}
