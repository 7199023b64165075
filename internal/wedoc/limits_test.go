package wedoc_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

func letters(n int) string { return strings.Repeat("字", n) }

// list writes n elements, # in them being their number from 1 on.
func list(element string, n int) string {
	out := make([]string, n)
	for i := range out {
		out[i] = strings.ReplaceAll(element, "#", strconv.Itoa(i+1))
	}
	return "[" + strings.Join(out, ",") + "]"
}

// TestLimits walks each limit at its value, one below and one above.
func TestLimits(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t, func(c *platform.Config) { c.Dev = true })
	c := listed(w.Corp)
	w.Write(func(ctx context.Context, tx *store.Tx) error {
		for i := range 101 {
			m := directory.Member{UserID: id.UserID(fmt.Sprintf("m%d", i+1)), Name: "成员", Enabled: true, Email: fmt.Sprintf("m%d@corp.example", i), Places: []directory.Place{{Department: 1}}}
			if _, _, err := w.Server.Directory.CreateMember(ctx, tx, access.System(w.CorpID), m, false); err != nil {
				return err
			}
		}
		return nil
	})
	code := func(path, body string) int { return c.Call("POST", "/cgi-bin/wedoc/"+path, body).ErrCode }
	create := func(kind int) string {
		return made(t, c, "create_doc", fmt.Sprintf(`{"doc_type":%d,"doc_name":"a"}`, kind)).DocID
	}
	doc := create(3)
	edit := func(request string) int {
		return code("document/batch_update", `{"docid":"`+create(3)+`","requests":[`+request+`]}`)
	}
	update := func(request string) int {
		b := newBook(t, c)
		return code("spreadsheet/batch_update", `{"docid":"`+b.docID+`","requests":[`+strings.ReplaceAll(request, "SHEET", b.sheetID)+`]}`)
	}
	grid := func(rows, columns int) string {
		return `{"update_range_request":{"sheet_id":"SHEET","grid_data":{"start_row":0,"start_column":0,"rows":` + list(`{"values":`+list(`{"cell_value":{"text":"a"}}`, columns)+`}`, rows) + `}}}`
	}
	question := func(fields string) int {
		return code("create_form", form(`{"question_id":1,"title":"a","pos":1,"status":1,"reply_type":1`+fields+`}`, `{}`))
	}
	f := made(t, c, "create_form", form(questions, `{}`)).FormID
	round := rounds(t, c, f)[0]
	for _, row := range []struct {
		constant    string
		most, above int
		code        func(n int) int
	}{
		{"wedoc.maxAdmins", 3, 640055, func(n int) int {
			return code("create_doc", `{"doc_type":3,"doc_name":"a","admin_users":`+list(`"m#"`, n)+`}`)
		}},
		{"wedoc.maxAdmins", 3, 640055, func(n int) int {
			return code("mod_doc_member", `{"docid":"`+create(3)+`","update_file_member_list":`+list(`{"type":1,"auth":7,"userid":"m#"}`, n)+`}`)
		}},
		{"wedoc.maxMemberBatch", 100, 40058, func(n int) int {
			return code("mod_doc_member", `{"docid":"`+create(3)+`","update_file_member_list":`+list(`{"type":1,"auth":1,"userid":"m#"}`, n)+`}`)
		}},
		{"wedoc.maxWatermark", 128, 40058, func(n int) int {
			return code("mod_doc_safty_setting", `{"docid":"`+doc+`","watermark":{"text":"`+letters(n)+`"}}`)
		}},
		{"wedoc.maxUpdates", 30, 40058, func(n int) int { return edit(strings.Trim(list(insert(0, "a"), n), "[]")) }},
		{"wedoc.maxRanges", 10, 40058, func(n int) int {
			return edit(insert(0, letters(50)) + `,{"update_text_property":{"text_property":{"bold":true},"ranges":` + list(`{"start_index":#,"length":1}`, n) + `}}`)
		}},
		{"wedoc.maxTableRows", 100, 40058, func(n int) int { return edit(insertTable(0, n, 1)) }},
		{"wedoc.maxTableCols", 60, 40058, func(n int) int { return edit(insertTable(0, 1, n)) }},
		{"wedoc.maxCells", 1000, 40058, func(n int) int { // 20 columns; what is no multiple is one row less
			return edit(insertTable(0, (n+19)/20, 20))
		}},
		{"wedoc.maxLetters", 500_000, 40058, func(n int) int { return edit(insert(0, letters(n-1))) }}, // and the end of the paragraph
		{"wedoc.maxGridUpdates", 5, 40058, func(n int) int { return update(strings.Trim(list(put(0, 0, "a"), n), "[]")) }},
		{"wedoc.maxRangeRows", 1000, 40058, func(n int) int { return update(grid(n, 1)) }},
		{"wedoc.maxRangeColumns", 200, 40058, func(n int) int { return update(grid(1, n)) }},
		{"wedoc.maxRangeCells", 10_000, 40058, func(n int) int { // 100 columns; what is no multiple is one row less
			return update(grid((n+99)/100, 100))
		}},
		{"wedoc.maxSheetTitle", 100, 40058, func(n int) int {
			return update(`{"add_sheet_request":{"title":"` + letters(n) + `","row_count":1,"column_count":1}}`)
		}},
		{"wedoc.maxSheetRows", 200_000, 710678, func(n int) int { return update(cut("COLUMN", 1, 20) + "," + put(n-1, 0, "a")) }},
		{"wedoc.maxSheetColumns", 2000, 710678, func(n int) int { return update(put(0, n-1, "a")) }},
		{"wedoc.maxSheetCells", 1_500_000, 710678, func(n int) int { // 20 columns
			return update(put((n+19)/20-1, 0, "a"))
		}},
		{"wedoc.maxCellText", 50_000, 40058, func(n int) int { return update(put(0, 0, letters(n))) }},
		{"wedoc.maxQuestions", 200, 40058, func(n int) int {
			return code("create_form", form(strings.Trim(list(`{"question_id":#,"title":"a","pos":1,"status":1,"reply_type":1}`, n), "[]"), `{}`))
		}},
		{"wedoc.maxFormTitle", 255, 640052, func(n int) int {
			return code("create_form", strings.Replace(form(questions, `{}`), "登记", letters(n), 1))
		}},
		{"wedoc.maxFormText", 5000, 40058, func(n int) int {
			return code("create_form", strings.Replace(form(questions, `{}`), "说明", letters(n), 1))
		}},
		{"wedoc.maxOptions", 500, 40058, func(n int) int {
			return question(`,"reply_type":2,"option_item":` + list(`{"key":#,"value":"a","status":1}`, n))
		}},
		{"wedoc.maxOptionText", 500, 40058, func(n int) int {
			return question(`,"reply_type":2,"option_item":[{"key":1,"value":"` + letters(n) + `","status":1}]`)
		}},
		{"wedoc.maxStatPage", 10_000, 40058, func(n int) int {
			return code("get_form_statistic", fmt.Sprintf(`{"repeated_id":%q,"req_type":1,"limit":%d}`, round, n))
		}},
		{"wedoc.maxAnswers", 100, 40058, func(n int) int {
			return code("get_form_answer", `{"repeated_id":"`+round+`","answer_ids":`+list(`#`, n)+`}`)
		}},
		{"wedoc.maxVIPBatch", 100, 40058, func(n int) int { return code("vip/batch_add", `{"userid_list":`+list(`"m#"`, n)+`}`) }},
		{"wedoc.maxVIPPage", 200, 40058, func(n int) int { return code("vip/list", fmt.Sprintf(`{"limit":%d}`, n)) }},
	} {
		for n, want := range map[int]int{row.most - 1: 0, row.most: 0, row.most + 1: row.above} {
			if got := row.code(n); got != want {
				t.Errorf("%s: %d with %d, want %d", row.constant, got, n, want)
			}
		}
	}
}
