package smartsheet_test

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
		for i := range 51 {
			m := directory.Member{UserID: id.UserID(fmt.Sprintf("m%d", i+1)), Name: "成员", Enabled: true, Email: fmt.Sprintf("m%d@corp.example", i), Places: []directory.Place{{Department: 1}}}
			if _, _, err := w.Server.Directory.CreateMember(ctx, tx, access.System(w.CorpID), m, false); err != nil {
				return err
			}
		}
		return nil
	})
	code := func(s sheet, path, body string) int {
		where := fmt.Sprintf(`{"docid":%q,"sheet_id":%q,`, s.docID, s.id)
		if strings.HasPrefix(path, "content_priv/") || path == "add_sheet" {
			where = fmt.Sprintf(`{"docid":%q,`, s.docID)
		}
		return c.Call("POST", "/cgi-bin/wedoc/smartsheet/"+path, where+body[1:]).ErrCode
	}
	fresh := func(path, body string) int { return code(newSheet(t, w, c), path, body) }
	many := func(n int, path, body string) (last int) { // the same call n times, # in it being its number
		s := newSheet(t, w, c)
		for i := range n {
			last = code(s, path, strings.ReplaceAll(body, "#", strconv.Itoa(i+1)))
		}
		return last
	}
	fields := func(n int) string {
		return `{"fields":` + list(`{"field_title":"t#","field_type":"FIELD_TYPE_TEXT"}`, n) + `}`
	}
	rule := func(list string) int {
		s := newSheet(t, w, c)
		code(s, "content_priv/create_rule", `{"name":"a"}`)
		return code(s, "content_priv/mod_rule_member", `{"rule_id":2,"add_member_range":{"userid_list":`+list+`}}`)
	}
	for _, row := range []struct {
		constant    string
		most, above int
		code        func(n int) int
	}{
		{"smartsheet.maxTitle", 100, 40058, func(n int) int { return fresh("add_sheet", `{"properties":{"title":"`+letters(n)+`"}}`) }},
		{"smartsheet.maxTitle", 100, 40058, func(n int) int {
			return fresh("add_fields", `{"fields":[{"field_title":"`+letters(n)+`","field_type":"FIELD_TYPE_TEXT"}]}`)
		}},
		{"smartsheet.maxSheets", 255, 2505401, func(n int) int { return many(n-1, "add_sheet", `{"properties":{"title":"t#"}}`) }},
		{"smartsheet.maxFields", 150, 2022029, func(n int) int { return fresh("add_fields", fields(n-1)) }},
		{"smartsheet.maxViews", 200, 2022029, func(n int) int {
			return many(n-1, "add_view", `{"view_title":"t#","view_type":"VIEW_TYPE_GRID"}`)
		}},
		{"smartsheet.maxGroups", 150, 2022029, func(n int) int { return many(n, "add_field_group", `{"name":"g#"}`) }},
		{"smartsheet.maxBatch", 5000, 40058, func(n int) int { return fresh("add_records", `{"records":`+list(`{"values":{}}`, n)+`}`) }},
		{"smartsheet.maxPage", 1000, 40058, func(n int) int { return fresh("get_records", fmt.Sprintf(`{"limit":%d}`, n)) }},
		{"smartsheet.maxRecords", 100_000, 2022029, func(n int) int {
			s := newSheet(t, w, c)
			w.Write(func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.Exec(`UPDATE smart_sheet SET records = ? WHERE corpid = ? AND sheet_id = ?`, n-1, w.CorpID, s.id)
				return err
			})
			return code(s, "add_records", `{"records":[{"values":{}}]}`)
		}},
		{"smartsheet.maxText", 50_000, 40058, func(n int) int {
			return fresh("add_records", `{"records":[{"values":{"文本":`+say(letters(n))+`}}]}`)
		}},
		{"smartsheet.maxItems", 500, 40058, func(n int) int {
			return fresh("add_records", `{"records":[{"values":{"文本":`+list(`{"text":"a"}`, n)+`}}]}`)
		}},
		{"smartsheet.maxSelect", 1000, 40058, func(n int) int {
			return fresh("add_fields", `{"fields":[{"field_title":"a","field_type":"FIELD_TYPE_SELECT","property_select":{"options":`+list(`{"text":"o#"}`, n)+`}}]}`)
		}},
		{"smartsheet.maxRuleName", 20, 640062, func(n int) int { return fresh("content_priv/create_rule", `{"name":"`+letters(n)+`"}`) }},
		{"smartsheet.maxRules", 20, 640063, func(n int) int { return many(n, "content_priv/create_rule", `{"name":"r#"}`) }},
		{"smartsheet.maxRuleUsers", 50, 640069, func(n int) int { return rule(list(`"m#"`, n)) }},
		{"smartsheet.maxRowRules", 20, 640071, func(n int) int {
			s := newSheet(t, w, c)
			return code(s, "content_priv/update_sheet_priv", `{"type":1,"priv_list":[{"sheet_id":"`+s.id+`","priv":2,"record_priv":{"record_range_type":2,"other_priv":1,"record_rule_list":`+list(`{"field_id":"CREATED_USER","oper_type":1}`, n)+`}}]}`)
		}},
	} {
		for n, want := range map[int]int{row.most - 1: 0, row.most: 0, row.most + 1: row.above} {
			if got := row.code(n); got != want {
				t.Errorf("%s: %d with %d, want %d", row.constant, got, n, want)
			}
		}
	}
}
