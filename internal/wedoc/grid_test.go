package wedoc_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"qiwei/qiweitest"
)

// book is a spreadsheet of the tests with its first sheet.
type book struct {
	t              *testing.T
	c              *qiweitest.Client
	docID, sheetID string
}

func newBook(t *testing.T, c *qiweitest.Client) book {
	b := book{t: t, c: c, docID: made(t, c, "create_doc", `{"doc_type":4,"doc_name":"a"}`).DocID}
	b.sheetID = b.sheets()[0].ID
	return b
}

type sheet struct {
	ID      string `json:"sheet_id"`
	Title   string
	Rows    int64 `json:"row_count"`
	Columns int64 `json:"column_count"`
}

func (b book) sheets() []sheet {
	b.t.Helper()
	var got struct{ Properties []sheet }
	call(b.t, b.c, "spreadsheet/get_sheet_properties", `{"docid":"`+b.docID+`"}`, 0).Decode(&got)
	return got.Properties
}

func (b book) update(code int, requests ...string) qiweitest.Result {
	b.t.Helper()
	return call(b.t, b.c, "spreadsheet/batch_update", `{"docid":"`+b.docID+`","requests":[`+strings.ReplaceAll(strings.Join(requests, ","), "SHEET", b.sheetID)+`]}`, code)
}

// read writes a range: the cells of a row with spaces between, the rows with bars.
func (b book) read(area string) string {
	b.t.Helper()
	var got struct {
		Data struct {
			Result struct {
				Rows []struct {
					Values []struct {
						Value struct {
							Text *string
							Link *struct{ URL, Text string }
						} `json:"cell_value"`
						Format struct {
							Text struct {
								Bold bool
								Size int64 `json:"font_size"`
							} `json:"text_format"`
						} `json:"cell_format"`
					}
				}
			}
		}
	}
	call(b.t, b.c, "spreadsheet/get_sheet_range_data", fmt.Sprintf(`{"docid":%q,"sheet_id":%q,"range":%q}`, b.docID, b.sheetID, area), 0).Decode(&got)
	var rows []string
	for _, r := range got.Data.Result.Rows {
		var cells []string
		for _, v := range r.Values {
			cell := "-"
			if v.Value.Text != nil {
				cell = *v.Value.Text
			} else if v.Value.Link != nil {
				cell = v.Value.Link.Text + "→" + v.Value.Link.URL
			}
			if v.Format.Text.Bold {
				cell += "!"
			}
			cells = append(cells, cell)
		}
		rows = append(rows, strings.Join(cells, " "))
	}
	return strings.Join(rows, "|")
}

func put(row, column int, rows ...string) string {
	var all []string
	for _, r := range rows {
		var cells []string
		for _, text := range strings.Fields(r) {
			cells = append(cells, fmt.Sprintf(`{"cell_value":{"text":%q}}`, text))
		}
		all = append(all, `{"values":[`+strings.Join(cells, ",")+`]}`)
	}
	return fmt.Sprintf(`{"update_range_request":{"sheet_id":"SHEET","grid_data":{"start_row":%d,"start_column":%d,"rows":[%s]}}}`, row, column, strings.Join(all, ","))
}

func cut(dimension string, start, end int) string {
	return fmt.Sprintf(`{"delete_dimension_request":{"sheet_id":"SHEET","dimension":%q,"start_index":%d,"end_index":%d}}`, dimension, start, end)
}

// What was written is read, and what is cut out moves the rest (doc 101168, doc 97661).
func TestSpreadsheet(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		b := newBook(t, listed(w.Corp))
		got := b.update(0, put(0, 0, "a1 b1 c1", "a2 b2 c2", "a3 b3 c3"), put(1, 1, "B2"),
			`{"update_range_request":{"sheet_id":"SHEET","grid_data":{"start_row":3,"start_column":0,"rows":[{"values":[{"cell_value":{"link":{"url":"https://example.com","text":"看"}}},{},{"cell_value":{"text":""},"cell_format":{"text_format":{"bold":true,"font_size":12}}}]}]}}}`)
		want(t, got, `"data":{"responses":[{"update_range_response":{"updated_cells":9}},{"update_range_response":{"updated_cells":1}},{"update_range_response":{"updated_cells":2}}]}`)
		if s := b.read("A1:C4"); s != "a1 b1 c1|a2 B2 c2|a3 b3 c3|看→https://example.com - !" {
			t.Errorf("written: %s", s)
		}
		b.update(0, `{"update_range_request":{"sheet_id":"SHEET","grid_data":{"start_row":0,"start_column":0,"rows":[{"values":[{"cell_format":{"text_format":{"bold":true}}}]}]}}}`)
		if s := b.read("A1"); s != "a1!" {
			t.Errorf("a format alone: %s", s)
		}
		want(t, b.update(0, cut("ROW", 2, 4), cut("COLUMN", 1, 2)), `"data":{"responses":[{"delete_dimension_response":{"deleted":2}},{"delete_dimension_response":{"deleted":1}}]}`)
		if s := b.read("A1:C2"); s != "b1 c1 -|- ! -" {
			t.Errorf("cut: %s", s)
		}
		if sh := b.sheets()[0]; sh.Rows != 198 || sh.Columns != 19 {
			t.Errorf("cut: %+v", sh)
		}
		b.update(0, put(400, 30, "far"))
		if sh := b.sheets()[0]; sh.Rows != 401 || sh.Columns != 31 || b.read("AE401:AF402") != "far" {
			t.Errorf("grown: %+v %s", sh, b.read("AE401:AF402"))
		}
		b.update(0, `{"add_sheet_request":{"title":"二","row_count":10,"column_count":5}}`)
		if list := b.sheets(); len(list) != 2 || list[1].Title != "二" || list[1].Rows != 10 || list[1].Columns != 5 {
			t.Errorf("sheets: %+v", list)
		}
		b.update(0, `{"delete_sheet_request":{"sheet_id":"SHEET"}}`)
		b.update(2543303, put(0, 0, "x"))
		b.sheetID = b.sheets()[0].ID
		b.update(2543306, `{"delete_sheet_request":{"sheet_id":"SHEET"}}`)
	})
}

// An operation that fails ends the call; those before it stay done (doc 101168).
func TestSpreadsheetRefusals(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		b := newBook(t, listed(w.Corp))
		b.update(40058, put(0, 0, "kept"), `{}`, put(0, 1, "never"))
		if s := b.read("A1:B1"); s != "kept -" {
			t.Errorf("%s", s)
		}
		for _, r := range []string{
			put(-1, 0, "x"), put(0, 0), `{"update_range_request":{"sheet_id":"SHEET","grid_data":{"rows":[{"values":[]}]}}}`,
			`{"update_range_request":{"sheet_id":"SHEET","grid_data":{"rows":[{"values":[{"cell_value":{"text":"a","link":{"url":"https://a.example","text":"b"}}}]}]}}}`,
			`{"update_range_request":{"sheet_id":"SHEET","grid_data":{"rows":[{"values":[{"cell_value":{"text":"a"},"cell_format":{"text_format":{"font_size":73}}}]}]}}}`,
			`{"update_range_request":{"sheet_id":"SHEET","grid_data":{"rows":[{"values":[{"cell_value":{"text":"a"},"cell_format":{"text_format":{"color":{"red":256}}}}]}]}}}`,
			cut("CELL", 1, 2), cut("ROW", 0, 1), cut("ROW", 2, 2), cut("ROW", 1, 999), cut("ROW", 201, 202),
			`{"add_sheet_request":{"title":"","row_count":1,"column_count":1}}`, `{"add_sheet_request":{"title":"工作表1","row_count":1,"column_count":1}}`,
			`{"add_sheet_request":{"title":"x","row_count":0,"column_count":1}}`,
		} {
			b.update(40058, r)
		}
		// A cell far beyond the sheet, where its number and one more are none.
		for _, r := range []string{put(math.MaxInt, 0, "x"), put(0, math.MaxInt, "x"), put(math.MaxInt, 0, "x", "y"), put(200_000, 0, "x")} {
			b.update(710678, r)
		}
		b.update(40058)
		for _, area := range []string{"", "A", "1", "A0", "B5:A1", "A1:", ":B2", "A1:B2:C3", "ÄÖ1", "A-1:B2", "ABCD1"} {
			call(t, b.c, "spreadsheet/get_sheet_range_data", fmt.Sprintf(`{"docid":%q,"sheet_id":%q,"range":%q}`, b.docID, b.sheetID, area), 40058)
		}
		call(t, b.c, "spreadsheet/get_sheet_range_data", fmt.Sprintf(`{"docid":%q,"sheet_id":"nothing","range":"A1"}`, b.docID), 2543303)
		call(t, listed(w.Second), "spreadsheet/get_sheet_range_data", fmt.Sprintf(`{"docid":%q,"sheet_id":%q,"range":"A1"}`, b.docID, b.sheetID), 301085)
	})
}
