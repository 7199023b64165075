package platform_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"qiwei/internal/platform"
	"qiwei/internal/wire"
)

// documentedField is a row of testdata/documented/fields.tsv.
type documentedField struct {
	path, side string
	name       string // without the brackets of lists: button.sub_button.name
	typ        string // integer, array of string, string|integer, query, unknown
	need       string // yes, no, if; "table" if only a page's table has it
	pages      string
}

func (f documentedField) String() string {
	return fmt.Sprintf("%s: %s field %s (%s; %s)", f.path, f.side, f.name, f.typ, f.pages)
}

func documentedFields(t *testing.T) map[string][]documentedField {
	t.Helper()
	out := map[string][]documentedField{}
	for _, c := range documentedRows(t, "fields.tsv", 6) {
		f := documentedField{c[0], c[1], strings.ReplaceAll(c[2], "[]", ""), c[3], c[4], c[5]}
		same := func(o documentedField) bool { return o.side == f.side && o.name == f.name }
		if !slices.ContainsFunc(out[f.path], same) { // a list stands before its elements
			out[f.path] = append(out[f.path], f)
		}
	}
	return out
}

// tokens are the parameters that every call of their kind has; the document has
// them as its security.
var tokens = []string{"access_token", "suite_access_token", "provider_access_token", "debug"}

// within says below which fields a page describes others without naming the parent: the table of a card does
// not repeat template_card, nor the table of a button button.
var within = map[string][]string{
	"/cgi-bin/agent/batch_set_workbench_data":         {"data"},
	"/cgi-bin/appchat/send":                           {"text", "image", "video", "textcard", "news", "news.articles", "mpnews.articles"},
	"/cgi-bin/externalcontact/add_moment_task":        {"attachments"},
	"/cgi-bin/externalcontact/moment_strategy/create": {"privilege"}, // the sample misses a colon
	"/cgi-bin/externalcontact/send_welcome_msg":       {"attachments"},
	"/cgi-bin/meeting/create":                         {"settings"},
	"/cgi-bin/meeting/update":                         {"settings"},
	"/cgi-bin/menu/create":                            {"button"},
	"/cgi-bin/message/send":                           {"text", "image", "video", "textcard", "news", "news.articles", "mpnews.articles", "miniprogram_notice", "miniprogram_notice.content_item", "template_card", "interactive_taskcard", "interactive_taskcard.btn"},
	"/cgi-bin/message/update_template_card":           {"template_card"},
	"/cgi-bin/hr/update_staff_info":                   {"update_items", "remove_items", "insert_items", "update_items.value_mobile"},
	"/cgi-bin/webhook/send":                           {"text", "image", "news.articles", "file", "template_card"},
	"/cgi-bin/externalcontact/add_msg_template":       {"attachments"},
	"/cgi-bin/wedoc/create_form":                      {"form_info.form_question.items", "form_info.form_setting.fill_in_range"},
	"/cgi-bin/wedoc/modify_form":                      {"form_info.form_question.items", "form_info.form_setting.fill_in_range"},
	"/cgi-bin/wedoc/get_form_statistic":               {"submit_users"},
	"/cgi-bin/advanced_api/create_order":              {"chat_archive_api.old_edition_info"},
	"/cgi-bin/wedoc/mod_doc_member":                   {"update_file_member_list"},
}

// requestTables are the calls whose page has its tables of the request behind the
// sample of the answer: what counts there as the answer's is the request's.
var requestTables = []string{"/cgi-bin/appchat/send", "/cgi-bin/message/send", "/cgi-bin/paytool/open_order"}

// askedInAnswer are the calls whose page heads the sample of the request as an answer,
// too: what stands there as the answer's is the request's.
var askedInAnswer = []string{
	"/cgi-bin/openhw/device/report_bio_info_result", "/cgi-bin/openhw/device/report_firmware_upgrade_result", "/cgi-bin/openhw/device/report_printer_job_status",
	"/cgi-bin/openhw/device/report_remote_open_result", "/cgi-bin/openhw/device/set_printer_job_trans_result",
}

// otherFields are the documented fields that a schema does not have, or has with
// another type: by call, side and field, with the reason.
var otherFields = map[string]string{
	"/cgi-bin/wedoc/smartsheet/add_records request records.values.FILED_TITLE":        cellOfAnyField,
	"/cgi-bin/wedoc/smartsheet/add_records request records.values.FILED_TITLE.type":   cellOfAnyField,
	"/cgi-bin/wedoc/smartsheet/add_records request records.values.FILED_TITLE.text":   cellOfAnyField,
	"/cgi-bin/wedoc/smartsheet/add_records request records.values.FILED_ID":           cellOfAnyField,
	"/cgi-bin/wedoc/smartsheet/add_records request records.values.FILED_ID.type":      cellOfAnyField,
	"/cgi-bin/wedoc/smartsheet/add_records request records.values.FILED_ID.text":      cellOfAnyField,
	"/cgi-bin/wedoc/smartsheet/add_records request records.values.FIELD_TITLE":        cellOfAnyField,
	"/cgi-bin/wedoc/smartsheet/add_records request records.values.FIELD_TITLE.type":   cellOfAnyField,
	"/cgi-bin/wedoc/smartsheet/add_records request records.values.FIELD_TITLE.text":   cellOfAnyField,
	"/cgi-bin/wedoc/smartsheet/add_records request records.values.FIELD_ID":           cellOfAnyField,
	"/cgi-bin/wedoc/smartsheet/add_records request records.values.FIELD_ID.type":      cellOfAnyField,
	"/cgi-bin/wedoc/smartsheet/add_records request records.values.FIELD_ID.text":      cellOfAnyField,
	"/cgi-bin/wedoc/smartsheet/content_priv/get_sheet_priv request rule_id_list":      "the page's table says uint32 and its sample has strings; a number is read from either",
	"/cgi-bin/gettoken request touser":                                                notOfGettoken,
	"/cgi-bin/gettoken request msgtype":                                               notOfGettoken,
	"/cgi-bin/gettoken request agentid":                                               notOfGettoken,
	"/cgi-bin/gettoken request text":                                                  notOfGettoken,
	"/cgi-bin/gettoken request text.content":                                          notOfGettoken,
	"/cgi-bin/gettoken request safe":                                                  notOfGettoken,
	"/cgi-bin/checkin/getcheckinoption response info.group.group.checkin_method_type": "the sample has the name with a dot in it; the table and doc 93384 have checkin_method_type",

	"/cgi-bin/meeting/create request enable_live":                        liveOfMeeting,
	"/cgi-bin/meeting/create request subject":                            liveOfMeeting,
	"/cgi-bin/meeting/create request summary":                            liveOfMeeting,
	"/cgi-bin/meeting/create request enable_password":                    liveOfMeeting,
	"/cgi-bin/meeting/create request enable_live_im":                     liveOfMeeting,
	"/cgi-bin/meeting/create request enable_live_replay":                 liveOfMeeting,
	"/cgi-bin/meeting/create request live_watermark":                     liveOfMeeting,
	"/cgi-bin/meeting/create request watermark_opt":                      liveOfMeeting,
	"/cgi-bin/meeting/update request enable_live":                        liveOfMeeting,
	"/cgi-bin/meeting/update request subject":                            liveOfMeeting,
	"/cgi-bin/meeting/update request summary":                            liveOfMeeting,
	"/cgi-bin/meeting/update request enable_password":                    liveOfMeeting,
	"/cgi-bin/meeting/update request enable_live_im":                     liveOfMeeting,
	"/cgi-bin/meeting/update request enable_live_replay":                 liveOfMeeting,
	"/cgi-bin/meeting/update request live_watermark":                     liveOfMeeting,
	"/cgi-bin/meeting/update request watermark_opt":                      liveOfMeeting,
	"/cgi-bin/meeting/get_info response settings.enable_enter_mute":      "the sample of one page has true, its table and the other page a number",
	"/cgi-bin/meeting/realcontrol/set_nicknames request opereated_users": "a slip of the page's table, whose sample has operated_users",
	"/cgi-bin/meeting/realcontrol/switch_user_video request instanceid":  "a slip of the page's table, whose sample has instance_id",

	"/cgi-bin/security/admin_oper_log/list request cusor": "a slip of the page's table, whose sample has cursor",
	"/cgi-bin/hr/get_staff_info request fieldids.sud_idx": "a slip of the page's sample, whose table has sub_idx",
	"/cgi-bin/hr/update_staff_info request value_xxxxx":   "stands for the values of all types",

	"/cgi-bin/auth/getuserinfo response parent_userid": noSchools,

	"/cgi-bin/service/getuserinfo3rd response external_userid":         noSchools,
	"/cgi-bin/service/getuserinfo3rd response parents":                 noSchools,
	"/cgi-bin/service/getuserinfo3rd response parents.corpid":          noSchools,
	"/cgi-bin/service/getuserinfo3rd response parents.parent_userid":   noSchools,
	"/cgi-bin/service/getuserinfo3rd response parents.external_userid": noSchools,

	"/cgi-bin/user/create request gender": eitherForm,
	"/cgi-bin/user/update request gender": eitherForm,
	"/cgi-bin/user/create request enable": eitherForm,
	"/cgi-bin/user/update request enable": eitherForm,

	"/cgi-bin/service/v2/get_auth_info response auth_corp_info.corp_ex_name.name_list": "the page's text calls it a list, and its sample has one name",
	"/cgi-bin/service/v2/get_auth_info response auth_info.agent.appid":                 "only older suites of several applications have it, and a suite here is one application",

	"/cgi-bin/devicedata/add_accesscontrol_rule request open_userid":                          ofAList,
	"/cgi-bin/devicedata/add_accesscontrol_rule request user_type":                            ofAList,
	"/cgi-bin/devicedata/mod_accesscontrol_rule request open_userid":                          ofAList,
	"/cgi-bin/devicedata/mod_accesscontrol_rule request user_type":                            ofAList,
	"/cgi-bin/devicedata/get_accesscontrol_data request limit":                                numberAsText,
	"/cgi-bin/devicedata/get_checkin_data request limit":                                      numberAsText,
	"/cgi-bin/devicedata/get_temperature_data request limit":                                  numberAsText,
	"/cgi-bin/devicedata/get_checkin_data request open_userid_list":                           "the page's table says string and means a list, as the other two pages have it",
	"/cgi-bin/openhw/device/get_printer_job_list request cursor":                              "the page's sample has 0, and its table and next_cursor a text",
	"/cgi-bin/externalcontact/get response external_userid":                                   ofSchools,
	"/cgi-bin/externalcontact/get response avatar":                                            ofSchools,
	"/cgi-bin/externalcontact/get response gender":                                            ofSchools,
	"/cgi-bin/externalcontact/get response unionid":                                           ofSchools,
	"/cgi-bin/externalcontact/get response position":                                          ofSchools,
	"/cgi-bin/externalcontact/get response is_subscribe":                                      ofSchools,
	"/cgi-bin/externalcontact/get response subscriber_info.tag_id":                            ofSchools,
	"/cgi-bin/externalcontact/get response subscriber_info.remark_mobiles":                    ofSchools,
	"/cgi-bin/externalcontact/get response subscriber_info.remark":                            ofSchools,
	"/cgi-bin/externalcontact/get response corp_name":                                         ofSchools,
	"/cgi-bin/externalcontact/get response corp_full_name":                                    ofSchools,
	"/cgi-bin/externalcontact/get_new_external_userid response new_external_userid":           ofItems,
	"/cgi-bin/externalcontact/groupchat/get_new_external_userid response new_external_userid": ofItems,
	"/cgi-bin/idconvert/batch/external_userid_to_pending_id response external_userid":         ofItems,
	"/cgi-bin/idconvert/batch/external_userid_to_pending_id response pending_id":              ofItems,
	"/cgi-bin/externalcontact/get response external_profile":                                  ofSchools,

	"/cgi-bin/externalcontact/get_groupmsg_list_v2 response group_msg_list.create_time": "the page's sample has a placeholder in quotation marks; clients read a number",

	"/cgi-bin/externalcontact/get_intercept_rule response rule.rule_id":                                    "the page's sample of this one answer has a number, and everywhere else a text",
	"/cgi-bin/oa/approval/create_template request template_content.controls.config.selector.options.value": oneOrList,
	"/cgi-bin/oa/approval/update_template request template_content.controls.config.selector.options.value": oneOrList,
	"/cgi-bin/oa/getapprovalinfo request starttime":                                                        numberOrText,
	"/cgi-bin/oa/getapprovalinfo request endtime":                                                          numberOrText,

	"/cgi-bin/user/list_id response dept_user.open_userid": "only a third party's application is answered it, and providers are not built",
}

const liveOfMeeting = "in a comment of the page, which does not show it"

const (
	oneOrList    = "one text in the request and a list in the answer of gettemplatedetail: both are read"
	numberOrText = "the page's sample has a text, and clients send numbers: both are read"
	ofItems      = "of the entries of a list, which the page's table does not say"
	ofAList      = "of the entries of effect_open_userid_list, which the page's table does not say"
	numberAsText = "the page's sample has the word LIMIT for the number that its table asks for; both are read"
	noSchools    = "schools and their parents are not built"
	eitherForm   = "reading takes a number, its text and a truth for each other; the page's table and its sample differ in the same way"
)

const (
	ofSchools = "page 91670 writes the fields of a contact of a school without their parent"
)

const cellOfAnyField = "a placeholder: the names are the sheet's, and the value is that of the field's type"

const notOfGettoken = "the tutorial (page 90487) shows message/send beside it"

// TestDocumentedFields compares the OpenAPI document with the fields that WeCom documents: each field of a
// built call is there, in the request or in the answer, with a type that fits.
func TestDocumentedFields(t *testing.T) {
	text, err := wire.OpenAPI("test", "", platform.Endpoints())
	if err != nil {
		t.Fatal(err)
	}
	var doc schemaDocument
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	credential := map[string]string{} // which the document has as the call's security
	for _, ep := range platform.Endpoints() {
		if by := ep.By(); by != nil {
			credential[ep.Path] = by.Param
		}
	}
	documented := documentedFields(t)
	used := map[string]bool{}
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		for _, op := range doc.Paths[path] {
			sides := op.fields(doc)
			for _, f := range documented[path] {
				if slices.Contains(askedInAnswer, path) && f.side == "response" && f.need != "table" {
					f.side = "request"
				}
				if f.need == "table" {
					if !slices.Contains(requestTables, path) || f.side != "response" {
						continue // a hint, whose place is not known
					}
					f.side = "request"
				}
				if slices.Contains(tokens, f.name) || f.name == credential[path] {
					continue
				}
				problem := f.problem(sides[f.side])
				key := path + " " + f.side + " " + f.name
				switch {
				case problem == "":
				case otherFields[key] != "":
					used[key] = true
				default:
					t.Errorf("%v %s", f, problem)
				}
			}
		}
	}
	for key := range otherFields {
		if !used[key] {
			t.Errorf("%s is as documented; take it out of the exceptions", key)
		}
	}
}

// problem says what is wrong with the field of the schema, empty for nothing.
func (f documentedField) problem(have map[string]types) string {
	got, ok := have[f.name]
	for _, base := range within[f.path] {
		if ok {
			break
		}
		got, ok = have[base+"."+f.name]
	}
	if !ok {
		return "is missing"
	}
	want, element, isList := strings.Cut(f.typ, " of ")
	if f.typ == "query" || got.fits(strings.Split(want, "|")) {
		if isList && len(got.elements) > 0 && !(types{kinds: got.elements}).fits([]string{element}) {
			return fmt.Sprintf("is a list of %q", got.elements)
		}
		return ""
	}
	return fmt.Sprintf("is %q", got.kinds)
}

// types are those that a schema gives a field, and where it is a list, those of
// its elements. Without any it may be anything.
type types struct{ kinds, elements []string }

func (t types) fits(want []string) bool {
	if len(t.kinds) == 0 {
		return true
	}
	for _, w := range want {
		if w == "unknown" || w == "null" || slices.Contains(t.kinds, w) || w == "integer" && slices.Contains(t.kinds, "number") || w == "number" && slices.Contains(t.kinds, "integer") {
			return true
		}
	}
	return false
}

type schemaDocument struct {
	Paths      map[string]map[string]operation
	Components struct{ Schemas map[string]schema }
}

type operation struct {
	Parameters []struct {
		Name   string
		Schema schema
	}
	RequestBody struct {
		Content map[string]struct{ Schema schema }
	}
	Responses map[string]struct {
		Content map[string]struct{ Schema schema }
	}
}

type schema struct {
	Ref        string `json:"$ref"`
	Type       oneOrMore
	Properties map[string]schema
	Items      *schema
	OneOf      []schema
}

// oneOrMore reads the type of a schema, which may be a list.
type oneOrMore []string

func (o *oneOrMore) UnmarshalJSON(text []byte) error {
	if text[0] == '[' {
		return json.Unmarshal(text, (*[]string)(o))
	}
	var one string
	err := json.Unmarshal(text, &one)
	*o = oneOrMore{one}
	return err
}

// fields returns the fields of both sides by their paths.
func (op operation) fields(doc schemaDocument) map[string]map[string]types {
	request, response := map[string]types{}, map[string]types{}
	for _, p := range op.Parameters {
		p.Schema.collect(doc, p.Name, request, 0)
		request[p.Name] = p.Schema.types(doc)
	}
	for _, c := range op.RequestBody.Content {
		c.Schema.collect(doc, "", request, 0)
	}
	op.Responses["200"].Content["application/json"].Schema.collect(doc, "", response, 0)
	return map[string]map[string]types{"request": request, "response": response}
}

func (s schema) resolve(doc schemaDocument) schema {
	if s.Ref != "" {
		return doc.Components.Schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")]
	}
	return s
}

func (s schema) types(doc schemaDocument) types {
	s = s.resolve(doc)
	out := types{kinds: s.Type}
	for _, one := range s.OneOf {
		out.kinds = append(out.kinds, one.types(doc).kinds...)
	}
	if s.Items != nil {
		out.elements = s.Items.types(doc).kinds
	}
	return out
}

func (s schema) collect(doc schemaDocument, path string, into map[string]types, depth int) {
	const deep = 14 // a type may hold itself
	s = s.resolve(doc)
	if depth > deep {
		return
	}
	for _, one := range s.OneOf {
		one.collect(doc, path, into, depth+1)
	}
	if s.Items != nil {
		s.Items.collect(doc, path, into, depth+1)
	}
	for name, p := range s.Properties {
		if path != "" {
			name = path + "." + name
		}
		into[name] = p.types(doc)
		p.collect(doc, name, into, depth+1)
	}
}
