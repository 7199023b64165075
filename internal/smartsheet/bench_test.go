package smartsheet_test

import (
	"fmt"
	"strings"
	"testing"

	"qiwei/internal/platform"
	"qiwei/qiweitest"
)

// BenchmarkRecords measures questions to a sheet of 100,000 records, and adding 500 to it.
func BenchmarkRecords(b *testing.B) {
	w := qiweitest.New(b, func(c *platform.Config) { c.Dev = true })
	c := listed(w.Corp)
	s := emptySheet(b, c)
	for range 20 {
		s.add(b, 5000)
	}
	var views struct{ Views []shownView }
	s.call(b, "get_views", `"limit":1`).Decode(&views)
	over := `{"conditions":[{"field_id":"` + s.number + `","operator":"OPERATOR_IS_GREATER","number_value":{"value":500}}]}`
	s.call(b, "update_view", fmt.Sprintf(`"view_id":%q,"property":{"filter_spec":%s,"sort_spec":{"sort_infos":[{"field_id":%q,"desc":true}]}}`, views.Views[0].ID, over, s.number))
	for _, q := range []struct{ name, body string }{
		{"get 1000", `"limit":1000,"offset":50000`},
		{"filter", `"filter_spec":` + over},
		{"view", fmt.Sprintf(`"view_id":%q,"offset":5000`, views.Views[0].ID)},
		{"sort", `"sort":[{"field_title":"数"},{"field_title":"文本","desc":true}]`},
	} {
		b.Run(q.name, func(b *testing.B) {
			for b.Loop() {
				s.call(b, "get_records", q.body)
			}
		})
	}
	b.Run("add 500", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			if i%150 == 0 { // before the sheet is full
				s = emptySheet(b, c)
			}
			s.add(b, 500)
		}
	})
}

type benched struct {
	c             *qiweitest.Client
	where, number string
}

func (s benched) call(b *testing.B, path, body string) qiweitest.Result {
	r := s.c.Call("POST", "/cgi-bin/wedoc/"+path, "{"+s.where+body+"}")
	if path != "create_doc" && !strings.HasPrefix(path, "smartsheet/") {
		r = s.c.Call("POST", "/cgi-bin/wedoc/smartsheet/"+path, "{"+s.where+body+"}")
	}
	if r.ErrCode != 0 {
		b.Fatal(r.Body)
	}
	return r
}

func (s benched) add(b *testing.B, n int) {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf(`{"values":{"文本":[{"type":"text","text":"第%d行"}],"数":%d}}`, i, i*7919%1000))
	}
	s.call(b, "add_records", `"records":[`+strings.Join(all, ",")+`]`)
}

func emptySheet(b *testing.B, c *qiweitest.Client) benched {
	s := benched{c: c}
	var doc struct {
		DocID  string `json:"docid"`
		Sheets []struct {
			ID string `json:"sheet_id"`
		} `json:"sheet_list"`
		Fields []shownField
	}
	s.call(b, "create_doc", `"doc_type":10,"doc_name":"大"`).Decode(&doc)
	s.where = fmt.Sprintf(`"docid":%q,`, doc.DocID)
	s.call(b, "get_sheet", `"need_all_type_sheet":false`).Decode(&doc)
	s.where += fmt.Sprintf(`"sheet_id":%q,`, doc.Sheets[0].ID)
	s.call(b, "add_fields", `"fields":[{"field_title":"数","field_type":"FIELD_TYPE_NUMBER"}]`).Decode(&doc)
	s.number = doc.Fields[0].ID
	return s
}
