package smartsheet_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/platform"
	"qiwei/qiweitest"
)

func run(t *testing.T, test func(t *testing.T, w *qiweitest.World)) {
	t.Parallel()
	qiweitest.Run(t, test, func(c *platform.Config) { c.Dev = true })
}

// listed is a self-built application that may call documents.
func listed(c *qiweitest.Corp) *qiweitest.Client {
	return c.WithApp(access.SelfBuilt, app.Settings{Name: "台账", Range: access.Everything(), Callable: []access.Kind{access.Document}})
}

// sheet is a sheet of a smart sheet.
type sheet struct {
	t           *testing.T
	w           *qiweitest.World
	c           *qiweitest.Client
	docID, id   string
	first, view string // the field and the view that it began with
}

func newSheet(t *testing.T, w *qiweitest.World, c *qiweitest.Client) sheet {
	t.Helper()
	s := sheet{t: t, w: w, c: c}
	r := c.Call("POST", "/cgi-bin/wedoc/create_doc", `{"doc_type":10,"doc_name":"台账","admin_users":["zhangsan"]}`)
	var made struct {
		DocID  string `json:"docid"`
		Sheets []struct {
			ID string `json:"sheet_id"`
		} `json:"sheet_list"`
	}
	r.Decode(&made)
	s.docID = made.DocID
	s.call("get_sheet", `{}`, 0).Decode(&made)
	s.id = made.Sheets[0].ID
	s.first = s.fields()["文本"].ID
	var views struct{ Views []shownView }
	s.call("get_views", `{}`, 0).Decode(&views)
	s.view = views.Views[0].ID
	return s
}

// call makes a call about the sheet that must have the code.
func (s sheet) call(path, body string, code int) qiweitest.Result {
	s.t.Helper()
	where := fmt.Sprintf(`{"docid":%q,"sheet_id":%q`, s.docID, s.id)
	if s.id == "" {
		where = fmt.Sprintf(`{"docid":%q`, s.docID)
	}
	if body != "{}" {
		where += ","
	}
	r := s.c.Call("POST", "/cgi-bin/wedoc/smartsheet/"+path, where+body[1:])
	if r.ErrCode != code {
		s.t.Fatalf("%s %s: %s, want %d", path, body, r.Body, code)
	}
	return r
}

// script edits the sheet as a member.
func (s sheet) script(path, user, body string, status int) string {
	s.t.Helper()
	got, text := s.w.Script("smartsheet/"+path, fmt.Sprintf(`{"corpid":%q,"userid":%q,"docid":%q,"sheet_id":%q,%s`, s.w.CorpID, user, s.docID, s.id, body[1:]))
	if got != status {
		s.t.Fatalf("%s %s: %d %s, want %d", path, body, got, text, status)
	}
	return text
}

type shownField struct {
	ID    string `json:"field_id"`
	Title string `json:"field_title"`
	Type  string `json:"field_type"`
	One   struct {
		Options []struct{ ID, Text string }
	} `json:"property_single_select"`
	Some struct {
		Options []struct{ ID, Text string }
	} `json:"property_select"`
}

type shownView struct {
	ID       string `json:"view_id"`
	Title    string `json:"view_title"`
	Type     string `json:"view_type"`
	Property json.RawMessage
}

// fields are those of the sheet by their titles.
func (s sheet) fields() map[string]shownField {
	s.t.Helper()
	var got struct{ Fields []shownField }
	s.call("get_fields", `{}`, 0).Decode(&got)
	out := map[string]shownField{}
	for _, f := range got.Fields {
		out[f.Title] = f
	}
	return out
}

// field adds a field of a type and returns its id.
func (s sheet) field(title, typ, property string) string {
	s.t.Helper()
	if property != "" {
		property = "," + property
	}
	s.call("add_fields", fmt.Sprintf(`{"fields":[{"field_title":%q,"field_type":"FIELD_TYPE_%s"%s}]}`, title, typ, property), 0)
	return s.fields()[title].ID
}

// add adds records by the titles of fields and returns their ids.
func (s sheet) add(values ...string) (ids []string) {
	s.t.Helper()
	var all []string
	for _, v := range values {
		all = append(all, `{"values":`+v+`}`)
	}
	var got struct {
		Records []struct {
			ID string `json:"record_id"`
		}
	}
	s.call("add_records", `{"records":[`+strings.Join(all, ",")+`]}`, 0).Decode(&got)
	for _, r := range got.Records {
		ids = append(ids, r.ID)
	}
	return ids
}

func say(text string) string { return fmt.Sprintf(`[{"type":"text","text":%q}]`, text) }

// found asks for records and returns what stands in the field 文本, in order.
func (s sheet) found(question string) string {
	s.t.Helper()
	var got struct {
		Total   int
		Records []struct {
			Values map[string]json.RawMessage
		}
	}
	s.call("get_records", question, 0).Decode(&got)
	var out []string
	for _, r := range got.Records {
		var cell []struct{ Text string }
		if json.Unmarshal(r.Values["文本"], &cell); len(cell) > 0 {
			out = append(out, cell[0].Text)
		} else {
			out = append(out, "-")
		}
	}
	return strings.Join(out, " ")
}

// A sheet begins with a field and a view, and has the place that it was given (doc 99896 and neighbours).
func TestSheets(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		s := newSheet(t, w, listed(w.Corp))
		titles := func() (out []string) {
			var got struct {
				Sheets []struct{ Title, Type string } `json:"sheet_list"`
			}
			all := s
			all.id = ""
			all.call("get_sheet", `{"need_all_type_sheet":true}`, 0).Decode(&got)
			for _, x := range got.Sheets {
				out = append(out, x.Title+" "+x.Type)
			}
			return out
		}
		doc := s
		doc.id = ""
		doc.call("add_sheet", `{"properties":{"title":"三"}}`, 0)
		got := doc.call("add_sheet", `{"properties":{"title":"二","index":1}}`, 0)
		var made struct {
			Properties struct {
				ID    string `json:"sheet_id"`
				Index int
			}
		}
		if got.Decode(&made); made.Properties.Index != 1 || len(made.Properties.ID) != 6 {
			t.Errorf("%s", got.Body)
		}
		if list := titles(); !slices.Equal(list, []string{"智能表1 smartsheet", "二 smartsheet", "三 smartsheet"}) {
			t.Errorf("%v", list)
		}
		doc.call("update_sheet", fmt.Sprintf(`{"properties":{"sheet_id":%q,"title":"第二"}}`, made.Properties.ID), 0)
		s.call("delete_sheet", `{}`, 0)
		if list := titles(); !slices.Equal(list, []string{"第二 smartsheet", "三 smartsheet"}) {
			t.Errorf("%v", list)
		}
		s.call("get_fields", `{}`, 2543303)
		s.id = made.Properties.ID
		s.call("get_sheet", `{}`, 0)
		s.call("delete_sheet", `{}`, 0)
		s.call("delete_sheet", `{}`, 2543303)
		doc.call("update_sheet", `{"properties":{"sheet_id":"nothing","title":"x"}}`, 2543303)
		doc.call("add_sheet", `{"properties":{"index":-1}}`, 40058)
		other := s
		other.c = listed(w.Second)
		other.call("get_sheet", `{}`, 301085)
		other.c = listed(w.Corp)
		other.call("get_sheet", `{}`, 301085)
		var last struct {
			Sheets []struct {
				ID string `json:"sheet_id"`
			} `json:"sheet_list"`
		}
		doc.call("get_sheet", `{}`, 0).Decode(&last)
		s.id = last.Sheets[0].ID
		s.call("delete_sheet", `{}`, 2543306) // the last one
	})
}

// Fields have the property of their type, and keep their type (doc 99904, 99906, 99914).
func TestFields(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		s := newSheet(t, w, listed(w.Corp))
		for typ, property := range map[string]string{
			"NUMBER": `"property_number":{"decimal_places":2,"use_separate":true}`, "CHECKBOX": `"property_checkbox":{"checked":true}`, "DATE_TIME": `"property_date_time":{"format":"yyyy-mm-dd hh:mm","auto_fill":true}`,
			"ATTACHMENT": `"property_attachment":{"display_mode":"DISPLAY_MODE_GRID"}`, "USER": `"property_user":{"is_multiple":false,"is_notified":true}`, "URL": `"property_url":{"type":"LINK_TYPE_ICON_TEXT"}`,
			"CREATED_TIME": `"property_created_time":{"format":"yyyy/m/d"}`, "MODIFIED_TIME": `"property_modified_time":{"format":"m/d/yyyy"}`, "PROGRESS": `"property_progress":{"decimal_places":0}`,
			"REFERENCE": `"property_reference":{"sub_id":"","filed_id":"","is_multiple":true,"view_id":""}`, "LOCATION": `"property_location":{"input_type":"LOCATION_INPUT_TYPE_AUTO"}`,
			"AUTONUMBER": `"property_auto_number":{"type":"NUMBER_TYPE_CUSTOM","rules":[{"type":"NUMBER_RULE_TYPE_INCR","value":"4"}],"reformat_existing_record":false}`,
			"CURRENCY":   `"property_currency":{"currency_type":"CURRENCY_TYPE_EUR","decimal_places":2,"use_separate":false}`, "WWGROUP": `"property_ww_group":{"allow_multiple":true}`,
			"PERCENTAGE": `"property_percentage":{"decimal_places":1,"use_separate":false}`, "BARCODE": `"property_barcode":{"mobile_scan_only":true}`,
			"IMAGE": "", "CREATED_USER": "", "MODIFIED_USER": "", "PHONE_NUMBER": "", "EMAIL": "",
		} {
			id := s.field(typ, typ, property)
			got := s.call("get_fields", fmt.Sprintf(`{"field_ids":[%q]}`, id), 0).Body
			want := fmt.Sprintf(`"total":1,"fields":[{"field_id":%q,"field_title":%q,"field_type":"FIELD_TYPE_%[2]s"`, id, typ)
			if property != "" {
				want += "," + property
			}
			if !strings.HasSuffix(got, want+`}]}`) {
				t.Errorf("%s\nwant %s", got, want)
			}
		}
		s.field("选项", "SELECT", `"property_select":{"options":[{"text":"一","style":3},{"text":"二"}]}`)
		options := s.fields()["选项"].Some.Options
		if len(options) != 2 || options[0].ID == "" || options[0].ID == options[1].ID {
			t.Fatalf("%+v", options)
		}
		s.call("update_fields", fmt.Sprintf(`{"fields":[{"field_id":%q,"field_title":"选","field_type":"FIELD_TYPE_SELECT","property_select":{"options":[{"text":"二"},{"text":"三"}]}}]}`, s.fields()["选项"].ID), 0)
		if now := s.fields()["选"].Some.Options; len(now) != 2 || now[0].ID != options[1].ID {
			t.Errorf("an option that stays has another id: %+v, was %+v", now, options)
		}
		var page struct {
			Total  int
			Fields []shownField
		}
		s.call("get_fields", `{"offset":1,"limit":2}`, 0).Decode(&page)
		if page.Total != 23 || len(page.Fields) != 2 {
			t.Errorf("%+v", page)
		}
		s.call("get_fields", `{"field_titles":["EMAIL","文本"]}`, 0).Decode(&page)
		if len(page.Fields) != 2 || page.Fields[0].Title != "文本" {
			t.Errorf("%+v", page)
		}
		s.call("delete_fields", fmt.Sprintf(`{"field_ids":[%q]}`, s.fields()["EMAIL"].ID), 0)
		if _, there := s.fields()["EMAIL"]; there {
			t.Error("a deleted field is there")
		}
	})
}

// What fields cannot be is refused.
func TestFieldRefusals(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		s := newSheet(t, w, listed(w.Corp))
		add := func(fields string) string { return `{"fields":[{` + fields + `}]}` }
		for _, body := range []string{
			`{"fields":[]}`, add(`"field_title":"a"`), add(`"field_title":"a","field_type":"FIELD_TYPE_FORMULA"`), add(`"field_title":"a","field_type":"FIELD_TYPE_NOTHING"`), add(`"field_title":"","field_type":"FIELD_TYPE_TEXT"`),
			add(`"field_title":"文本","field_type":"FIELD_TYPE_TEXT"`), add(`"field_title":"a","field_type":"FIELD_TYPE_NUMBER","property_number":{"decimal_places":5}`),
			add(`"field_title":"a","field_type":"FIELD_TYPE_NUMBER","property_checkbox":{"checked":true}`), add(`"field_title":"a","field_type":"FIELD_TYPE_DATE_TIME","property_date_time":{"format":"dd"}`),
			add(`"field_title":"a","field_type":"FIELD_TYPE_URL","property_url":{"type":"x"}`), add(`"field_title":"a","field_type":"FIELD_TYPE_CURRENCY","property_currency":{"currency_type":"CURRENCY_TYPE_XXX"}`),
			add(`"field_title":"a","field_type":"FIELD_TYPE_SELECT","property_select":{"options":[{"text":"a"},{"text":"a"}]}`), add(`"field_title":"a","field_type":"FIELD_TYPE_SELECT","property_select":{"options":[{"text":"a","style":28}]}`),
			add(`"field_title":"a","field_type":"FIELD_TYPE_AUTONUMBER","property_auto_number":{"type":"NUMBER_TYPE_CUSTOM","rules":[{"type":"NUMBER_RULE_TYPE_TIME","value":"HH"}]}`),
			add(`"field_title":"a","field_type":"FIELD_TYPE_LOCATION","property_location":{"input_type":"x"}`),
		} {
			s.call("add_fields", body, 40058)
		}
		id := fmt.Sprintf(`"field_id":%q`, s.first)
		for _, body := range []string{
			`{"fields":[]}`, add(`"field_id":"nothing","field_type":"FIELD_TYPE_TEXT","field_title":"b"`), add(id + `,"field_type":"FIELD_TYPE_NUMBER","field_title":"b"`), add(id + `,"field_type":"FIELD_TYPE_TEXT"`),
			add(id + `,"field_type":"FIELD_TYPE_TEXT","field_title":"文本"`), add(id + `,"field_type":"FIELD_TYPE_TEXT","field_title":"b","property_number":{"decimal_places":1}`),
		} {
			s.call("update_fields", body, 40058)
		}
		s.call("delete_fields", fmt.Sprintf(`{"field_ids":[%q]}`, s.first), 40058) // the last one
		s.call("delete_fields", `{"field_ids":["nothing"]}`, 40058)
		s.call("delete_fields", `{}`, 40058)
		if n := len(s.fields()); n != 1 {
			t.Errorf("%d fields", n)
		}
	})
}
