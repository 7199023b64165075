package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"time"
)

// sheetRecords is how many records the sheet has that is asked.
const sheetRecords = 100_000

// measureDocuments measures questions to a large smart sheet, and adding to another.
func measureDocuments(t *table, dir string) error {
	database := filepath.Join(dir, "documents.db")
	srv, err := start(database, size{40, 100})
	if err != nil {
		return err
	}
	srv.stop()
	if _, err := srv.furnished(database); err != nil {
		return err
	}
	if err := srv.again(database); err != nil {
		return err
	}
	defer srv.stop()
	large, err := newSheet(srv)
	if err != nil {
		return err
	}
	began := time.Now()
	for n := 0; n < sheetRecords; n += 5000 {
		if _, err := large.ask("add_records", rows(n, 5000)); err != nil {
			return err
		}
	}
	t.add(fmt.Sprintf("filling a smart sheet with %d records", sheetRecords), true, "", "%v", time.Since(began).Round(time.Millisecond))
	view, err := large.narrowed()
	if err != nil {
		return err
	}
	const asked = 15
	before := srv.cpuTime()
	took, err := median(asked, func(n int) *http.Request {
		return large.request("get_records", fmt.Sprintf(`"view_id":%q,"limit":1000,"offset":%d`, view, n%10*1000))
	})
	if err != nil {
		return err
	}
	t.add(fmt.Sprintf("get_records: 1000 of %d, filtered and in order", sheetRecords), took < 50*time.Millisecond, "under 50 ms", "%v, cpu %v", took.Round(100*time.Microsecond), ((srv.cpuTime() - before) / asked).Round(100*time.Microsecond))
	other, err := newSheet(srv)
	if err != nil {
		return err
	}
	took, err = median(25, func(n int) *http.Request { return other.request("add_records", rows(n, 500)) })
	if err != nil {
		return err
	}
	t.add("add_records of 500, durable", took < 50*time.Millisecond, "under 50 ms", "%v", took.Round(100*time.Microsecond))
	return nil
}

// sheetAt is a sheet of a smart sheet, and its field of numbers.
type sheetAt struct {
	srv           *target
	where, number string
}

func (s sheetAt) request(call, body string) *http.Request {
	req, err := http.NewRequest("POST", s.srv.URL+"/cgi-bin/wedoc/smartsheet/"+call+"?access_token="+s.srv.token(s.srv.Secret), strings.NewReader("{"+s.where+body+"}"))
	if err != nil {
		panic(err)
	}
	return req
}

type sheetAnswer struct {
	DocID  string `json:"docid"`
	Sheets []struct {
		ID string `json:"sheet_id"`
	} `json:"sheet_list"`
	Fields []struct {
		ID string `json:"field_id"`
	} `json:"fields"`
	Views []struct {
		ID string `json:"view_id"`
	} `json:"views"`
}

func (s sheetAt) ask(call, body string) (got sheetAnswer, err error) {
	raw, err := do(s.request(call, body))
	if err == nil {
		err = json.Unmarshal(raw, &got)
	}
	return got, err
}

func newSheet(srv *target) (sheetAt, error) {
	s := sheetAt{srv: srv}
	made, err := s.ask("../create_doc", `"doc_type":10,"doc_name":"大"`)
	if err != nil {
		return s, err
	}
	s.where = fmt.Sprintf(`"docid":%q,`, made.DocID)
	sheets, err := s.ask("get_sheet", `"need_all_type_sheet":false`)
	if err != nil {
		return s, err
	}
	s.where += fmt.Sprintf(`"sheet_id":%q,`, sheets.Sheets[0].ID)
	fields, err := s.ask("add_fields", `"fields":[{"field_title":"数","field_type":"FIELD_TYPE_NUMBER"}]`)
	if err == nil {
		s.number = fields.Fields[0].ID
	}
	return s, err
}

// narrowed gives the sheet's view a filter that half of the records pass, and an order.
func (s sheetAt) narrowed() (string, error) {
	got, err := s.ask("get_views", `"limit":1`)
	if err != nil {
		return "", err
	}
	view := got.Views[0].ID
	_, err = s.ask("update_view", fmt.Sprintf(`"view_id":%q,"property":{"filter_spec":{"conjunction":"CONJUNCTION_AND","conditions":[{"field_id":%q,"operator":"OPERATOR_IS_GREATER","number_value":{"value":500}}]},"sort_spec":{"sort_infos":[{"field_id":%[2]q,"desc":true}]}}`, view, s.number))
	return view, err
}

// rows are records of a request, from a number on.
func rows(from, n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf(`{"values":{"文本":[{"type":"text","text":"第%d行"}],"数":%d}}`, from+i, (from+i)*7919%1000)
	}
	return `"records":[` + strings.Join(all, ",") + `]`
}
