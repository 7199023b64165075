package wedoc_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/directory"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// A document is made, renamed, shared and deleted by its application, and no other sees it (doc 97460 and neighbours).
func TestDocuments(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		now := w.Clock.Now().Unix()
		for _, kind := range []int{3, 4, 10} {
			d := made(t, c, "create_doc", fmt.Sprintf(`{"doc_type":%d,"doc_name":"周报","admin_users":["ZhangSan"]}`, kind))
			if !strings.HasPrefix(d.URL, w.URL+"/") || d.DocID == "" {
				t.Fatalf("made: %+v", d)
			}
			one := `{"docid":"` + d.DocID + `"}`
			want(t, call(t, c, "get_doc_base_info", one, 0), fmt.Sprintf(`"doc_base_info":{"docid":%q,"doc_name":"周报","create_time":%d,"modify_time":%[2]d,"doc_type":%d}`, d.DocID, now, kind))
			if a := made(t, c, "doc_share", one); a.Share != d.URL {
				t.Errorf("shared at %q, made at %q", a.Share, d.URL)
			}
			call(t, c, "rename_doc", `{"docid":"`+d.DocID+`","new_name":"`+strings.Repeat("周", 128)+`"}`, 0)
			if got := call(t, c, "get_doc_base_info", one, 0).Body; !strings.Contains(got, `"doc_name":"`+strings.Repeat("周", 127)+`"`) {
				t.Errorf("a name of 128 characters, which count two each: %s", got)
			}
			for _, other := range []*qiweitest.Client{listed(w.Corp), listed(w.Second)} {
				for _, path := range []string{"get_doc_base_info", "doc_share", "del_doc", "doc_get_auth"} {
					call(t, other, path, one, 301085)
				}
			}
			call(t, c, "del_doc", one, 0)
			call(t, c, "del_doc", one, 301085)
		}
	})
}

// Who may call is the row of the table, and what is wrong is refused with its code.
func TestDocumentRefusals(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		plain := w.WithApp(access.SelfBuilt, app.Settings{Name: "别的", Range: access.Everything()})
		call(t, plain, "create_doc", `{"doc_type":3,"doc_name":"a"}`, 48002)
		c := listed(w.Corp)
		d := made(t, c, "create_doc", `{"doc_type":3,"doc_name":"a"}`)
		for _, tt := range []struct {
			path, body string
			code       int
		}{
			{"create_doc", `{"doc_name":"a"}`, 640054},
			{"create_doc", `{"doc_type":5,"doc_name":"a"}`, 640054},
			{"create_doc", `{"doc_type":3}`, 640052},
			{"create_doc", `{"doc_type":3,"doc_name":" "}`, 640052},
			{"create_doc", `{"doc_type":3,"doc_name":"a","admin_users":["nobody"]}`, 40058},
			{"create_doc", `{"doc_type":3,"doc_name":"a","spaceid":"s","fatherid":"f"}`, 48002},
			{"rename_doc", `{"docid":"` + d.DocID + `"}`, 640052},
			{"rename_doc", `{"new_name":"b"}`, 40058},
			{"rename_doc", `{"docid":"` + d.DocID + `","formid":"x","new_name":"b"}`, 40058},
			{"rename_doc", `{"formid":"x","new_name":"b"}`, 301085},
			{"del_doc", `{"docid":"nothing"}`, 301085},
			{"spreadsheet/get_sheet_properties", `{"docid":"` + d.DocID + `"}`, 301085},
		} {
			call(t, c, tt.path, tt.body, tt.code)
		}
	})
}

// A picture for a document is kept and shown (doc 99933).
func TestImageUpload(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		d := made(t, c, "create_doc", `{"doc_type":3,"doc_name":"a"}`)
		var picture bytes.Buffer
		if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 2, 1))); err != nil {
			t.Fatal(err)
		}
		content := base64.StdEncoding.EncodeToString(picture.Bytes())
		var got struct {
			URL                 string
			Height, Width, Size int
		}
		call(t, c, "image_upload", `{"docid":"`+d.DocID+`","base64_content":"`+content+`"}`, 0).Decode(&got)
		if got.Height != 1 || got.Width != 2 || got.Size == 0 {
			t.Errorf("%+v", got)
		}
		if req, err := http.NewRequest("GET", got.URL, nil); err != nil || w.Do(req).StatusCode != 200 {
			t.Errorf("%s is not served (%v)", got.URL, err)
		}
		call(t, c, "image_upload", `{"docid":"`+d.DocID+`","base64_content":"%"}`, 40058)
		call(t, c, "image_upload", `{"docid":"`+d.DocID+`","base64_content":"aGVsbG8="}`, 40058)
		call(t, listed(w.Second), "image_upload", `{"docid":"`+d.DocID+`","base64_content":"`+content+`"}`, 301085)
	})
}

// Members and rules are what was set (doc 97461, 97778, 97781, 97782).
func TestRights(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		d := made(t, c, "create_doc", `{"doc_type":10,"doc_name":"a","admin_users":["zhangsan"]}`)
		id := `"docid":"` + d.DocID + `"`
		call(t, c, "mod_doc_member", `{`+id+`,"update_file_member_list":[{"type":1,"auth":2,"userid":"LiSi"},{"type":1,"auth":1,"userid":"wangwu"}],"del_file_member_list":[]}`, 0)
		call(t, c, "mod_doc_member", `{`+id+`,"del_file_member_list":[{"type":1,"userid":"wangwu"}]}`, 0)
		call(t, c, "mod_doc_join_rule", `{`+id+`,"enable_corp_internal":true,"corp_internal_auth":2,"enable_corp_external":true,"corp_external_approve_only_by_admin":false,"ban_share_external":false,"update_co_auth_list":true,"co_auth_list":[{"departmentid":2,"auth":1,"type":2}]}`, 0)
		call(t, c, "mod_doc_safty_setting", `{`+id+`,"enable_readonly_copy":false,"watermark":{"margin_type":2,"show_text":true,"text":"内部"}}`, 0)
		want(t, call(t, c, "doc_get_auth", `{`+id+`}`, 0), `"access_rule":{"enable_corp_internal":true,"corp_internal_auth":2,"enable_corp_external":true,"corp_external_auth":1,"corp_internal_approve_only_by_admin":false,"corp_external_approve_only_by_admin":false,"ban_share_external":false},`+
			`"secure_setting":{"enable_readonly_copy":false,"watermark":{"margin_type":2,"show_visitor_name":false,"show_text":true,"text":"内部"},"enable_readonly_comment":true},`+
			`"doc_member_list":[{"type":1,"userid":"zhangsan","auth":7},{"type":1,"userid":"lisi","auth":2}],"co_auth_list":[{"type":2,"departmentid":2,"auth":1}]`)
		plain := made(t, c, "create_doc", `{"doc_type":3,"doc_name":"b"}`)
		for _, tt := range []struct {
			path, body string
			code       int
		}{
			{"mod_doc_member", `{` + id + `}`, 40058},
			{"mod_doc_member", `{` + id + `,"update_doc_member_list":[{"type":1,"auth":1,"userid":"lisi"}]}`, 40058},
			{"mod_doc_member", `{` + id + `,"update_file_member_list":[]}`, 0},
			{"mod_doc_member", `{` + id + `,"update_file_member_list":[{"type":2,"auth":1,"userid":"lisi"}]}`, 40058},
			{"mod_doc_member", `{` + id + `,"update_file_member_list":[{"type":1,"auth":3,"userid":"lisi"}]}`, 40058},
			{"mod_doc_member", `{` + id + `,"update_file_member_list":[{"type":1,"auth":1,"userid":"nobody"}]}`, 40058},
			{"mod_doc_member", `{` + id + `,"update_file_member_list":[{"type":1,"auth":1,"tmp_external_userid":"x"}]}`, 40058},
			{"mod_doc_member", `{` + id + `,"del_file_member_list":[{"type":1,"userid":"wangwu"}]}`, 640056},
			{"mod_doc_member", `{` + id + `,"del_file_member_list":[{"type":1,"tmp_external_userid":"x"}]}`, 640056},
			{"mod_doc_member", `{"docid":"` + plain.DocID + `","update_file_member_list":[{"type":1,"auth":2,"userid":"lisi"}]}`, 40058},
			{"mod_doc_join_rule", `{"docid":"` + plain.DocID + `","corp_internal_auth":2}`, 40058},
			{"mod_doc_join_rule", `{"docid":"` + plain.DocID + `","enable_corp_internal":false}`, 40058},
			{"mod_doc_join_rule", `{"docid":"` + plain.DocID + `","corp_external_approve_only_by_admin":false}`, 40058},
			{"mod_doc_join_rule", `{"docid":"` + plain.DocID + `","corp_internal_approve_only_by_admin":true}`, 40058}, // nobody manages it
			{"mod_doc_join_rule", `{` + id + `,"update_co_auth_list":true,"co_auth_list":[{"departmentid":2,"auth":1,"type":1}]}`, 40058},
			{"mod_doc_join_rule", `{` + id + `,"update_co_auth_list":true,"co_auth_list":[{"departmentid":999,"auth":1,"type":2}]}`, 40058},
			{"mod_doc_safty_setting", `{` + id + `,"watermark":{"margin_type":3}}`, 40058},
		} {
			call(t, c, tt.path, tt.body, tt.code)
		}
		w.Write(func(ctx context.Context, tx *store.Tx) error { // only a userid that the platform has drawn can be changed
			m := directory.Member{UserID: "made1", Name: "新人", Enabled: true, Generated: true, Email: "made1@corp.example", Places: []directory.Place{{Department: 3}}}
			_, _, err := w.Server.Directory.CreateMember(ctx, tx, access.System(w.CorpID), m, false)
			return err
		})
		call(t, c, "mod_doc_member", `{`+id+`,"update_file_member_list":[{"type":1,"auth":1,"userid":"made1"}]}`, 0)
		call(t, c, "vip/batch_add", `{"userid_list":["made1"]}`, 0)
		f := made(t, c, "create_form", form(questions, `{"fill_out_auth":1,"fill_in_range":{"userids":["made1"]},"setting_manager_range":{"userids":["made1"]}}`))
		script(t, w, "answer", "made1", `{"formid":"`+f.FormID+`","items":[{"question_id":1,"text_reply":"a"}]}`, 200)
		if r := w.As(access.ContactSync).Call("POST", "/cgi-bin/user/update", `{"userid":"made1","new_userid":"xinren"}`); r.ErrCode != 0 {
			t.Fatal(r.Body)
		}
		round := rounds(t, c, f.FormID)[0]
		for path, body := range map[string]string{
			"doc_get_auth": `{` + id + `}`, "vip/list": `{}`, "get_form_info": `{"formid":"` + f.FormID + `"}`,
			"get_form_statistic": fmt.Sprintf(`{"repeated_id":%q,"req_type":2,"start_time":%d,"end_time":%[2]d}`, round, w.Clock.Now().Unix()),
		} {
			if got := call(t, c, path, body, 0).Body; !strings.Contains(got, `"xinren"`) || strings.Contains(got, "made1") {
				t.Errorf("%s after a new userid: %s", path, got)
			}
		}
	})
}

// What members do, the document's application is told; what applications do, nobody is (doc 97833 and neighbours).
func TestDocumentsTold(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c, other := listed(w.Corp), listed(w.Corp)
		rc, silent := w.Receiver(c), w.Receiver(other)
		d := made(t, c, "create_doc", `{"doc_type":10,"doc_name":"a","admin_users":["zhangsan"]}`)
		f := made(t, c, "create_form", `{"form_info":{"form_title":"问卷","form_question":{"items":[{"question_id":1,"title":"好吗","pos":1,"status":1,"reply_type":1}]},"form_setting":{"setting_manager_range":{"userids":["zhangsan"]}}}}`)
		call(t, c, "mod_doc_member", `{"docid":"`+d.DocID+`","update_file_member_list":[{"type":1,"auth":1,"userid":"wangwu"}]}`, 0)
		script(t, w, "members", "lisi", `{"docid":"`+d.DocID+`","set":[{"userid":"lisi","auth":1}]}`, 400)
		script(t, w, "members", "zhangsan", `{"docid":"`+d.DocID+`","set":[{"userid":"lisi","auth":1}]}`, 200)
		script(t, w, "answer", "lisi", `{"formid":"`+f.FormID+`","items":[{"question_id":1,"text_reply":"好"}]}`, 200)
		script(t, w, "form_setting", "lisi", `{"formid":"`+f.FormID+`","form_setting":{}}`, 400)
		script(t, w, "form_setting", "zhangsan", `{"formid":"`+f.FormID+`","form_setting":{"fill_out_auth":1,"fill_in_range":{"userids":["lisi"]},"setting_manager_range":{"userids":["zhangsan"]}}}`, 200)
		script(t, w, "delete", "zhangsan", `{"formid":"`+f.FormID+`"}`, 200)
		script(t, w, "delete", "zhangsan", `{"docid":"`+d.DocID+`"}`, 200)
		script(t, w, "delete", "zhangsan", `{"docid":"`+d.DocID+`"}`, 400)
		script(t, w, "delete", "nobody", `{"docid":"`+d.DocID+`"}`, 404)
		w.Delivered()
		qiweitest.Golden(t, "push/told.txt", pushes(rc, w.CorpID, "wwCORP", d.DocID, "dcDOCUMENT", f.FormID, "fmFORM"))
		if n := len(silent.Take()); n > 0 {
			t.Errorf("another application was told %d times", n)
		}
	})
}
