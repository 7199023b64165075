package mcp

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"qiwei/internal/store"
	"qiwei/internal/wedoc"
	"qiwei/internal/wire"
)

// aboutSmartsheet says what each tool of smart sheets is for. Each does what the call of the same name does.
var aboutSmartsheet = map[string]string{
	"add_sheet": "添加智能表格的空子表", "get_sheet": "查询智能表格的所有子表", "update_sheet": "修改子表标题", "delete_sheet": "删除子表，不可恢复",
	"add_fields": "向子表添加字段", "get_fields": "查询子表的字段", "update_fields": "修改字段标题", "delete_fields": "删除字段，不可恢复",
	"add_records": "添加记录，values 以字段标题为键", "get_records": "查询子表的记录，支持分页", "update_records": "更新记录", "delete_records": "删除记录，不可恢复",
}

// smartsheetTools are the calls of smart sheets, made by a member: the same operations, with the document named by its
// address too.
func (s *Service) smartsheetTools() (out []tool) {
	calls := map[string]wire.Handler{}
	for _, ep := range s.deps.Sheets.Endpoints() {
		if name, ok := strings.CutPrefix(ep.Path, "/cgi-bin/wedoc/smartsheet/"); ok && aboutSmartsheet[name] != "" {
			calls[name] = ep.Handle
		}
	}
	for _, name := range slices.Sorted(maps.Keys(aboutSmartsheet)) {
		out = append(out, s.smartsheetTool(name, calls[name], calls["get_fields"]))
	}
	return out
}

func (s *Service) smartsheetTool(name string, h, fields wire.Handler) tool {
	t := tool{name: "smartsheet_" + name, about: aboutSmartsheet[name], readOnly: !h.Writes(), schema: schemaOf(h.Request)}
	props := t.schema["properties"].(map[string]any)
	maps.Copy(props, map[string]any{
		"docid": map[string]any{"type": "string", "description": "文档的 docid，与 url 二选一"},
		"url":   map[string]any{"type": "string", "description": "文档的访问链接，与 docid 二选一"},
	})
	if sheet, ok := props["sheet_id"].(map[string]any); ok && name != "get_sheet" {
		sheet["description"] = "子表的 sheet_id"
		t.schema["required"] = []string{"sheet_id"}
	}
	if name == "get_records" {
		props["cursor"] = map[string]any{"type": "string", "description": "查询游标，不填从第一行开始"}
		delete(props, "offset")
		delete(props, "ver")
	}
	t.run = func(ctx context.Context, st *store.Store, who func(*store.Tx) (actor, error), args []byte) (any, actor, error) {
		return t.inTx(ctx, st, who, func(tx *store.Tx, a actor) (any, error) {
			if err := check(t.schema, args); err != nil {
				return nil, err
			}
			return s.carry(ctx, tx, a, h, fields, args)
		})
	}
	return t
}

// carry makes a call of smart sheets for a member, once the member is known to have a right over the document.
func (s *Service) carry(ctx context.Context, tx *store.Tx, a actor, h, fieldsOf wire.Handler, args []byte) (any, error) {
	var which whichDoc
	wire.Decode(args, &which)
	d, err := s.document(ctx, tx, a, which, h.Writes(), wedoc.SmartSheet)
	if err != nil {
		return nil, err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(args, &fields); err != nil {
		return nil, err
	}
	fields["docid"], _ = json.Marshal(d.DocID)
	if err := s.place(fields); err != nil {
		return nil, err
	}
	if fields["records"] != nil {
		if err := datesOf(ctx, tx, a, fieldsOf, fields); err != nil {
			return nil, err
		}
	}
	body, err := json.Marshal(fields)
	if err != nil {
		return nil, err
	}
	resp, err := h.Carry(ctx, tx, a.By, body)
	if err != nil {
		return nil, err
	}
	return s.paged(wire.Encode(resp))
}

// place turns the cursor of get_records into where the call begins.
func (s *Service) place(fields map[string]json.RawMessage) error {
	var cursor string
	if raw, ok := fields["cursor"]; ok {
		if err := json.Unmarshal(raw, &cursor); err != nil {
			return errParameter.With("cursor: a text expected")
		}
	}
	offset, err := s.openCursor(cursor)
	if err == nil && cursor != "" {
		fields["offset"] = json.RawMessage(fmt.Sprint(offset))
	}
	return err
}

// paged turns where the next page of records begins into a cursor.
func (s *Service) paged(answer []byte) (any, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(answer, &fields); err != nil {
		return nil, err
	}
	var more bool
	var next int64
	if raw, ok := fields["has_more"]; !ok || json.Unmarshal(raw, &more) != nil {
		return json.RawMessage(answer), nil
	}
	if err := json.Unmarshal(fields["next"], &next); err != nil {
		return nil, err
	}
	delete(fields, "next")
	if more {
		fields["next_cursor"], _ = json.Marshal(s.cursor(next))
	}
	text, err := json.Marshal(fields)
	return json.RawMessage(text), err
}

// datesOf turns the dates that models write into cells, such as 2026-01-15 14:30:00, into the milliseconds of the call.
func datesOf(ctx context.Context, tx *store.Tx, a actor, fieldsOf wire.Handler, fields map[string]json.RawMessage) error {
	which, err := json.Marshal(map[string]json.RawMessage{"docid": fields["docid"], "sheet_id": fields["sheet_id"]})
	if err != nil {
		return err
	}
	resp, err := fieldsOf.Carry(ctx, tx, a.By, which)
	if err != nil {
		return err
	}
	var known struct {
		Fields []struct {
			ID    string `json:"field_id"`
			Title string `json:"field_title"`
			Type  string `json:"field_type"`
		} `json:"fields"`
	}
	if err := json.Unmarshal(wire.Encode(resp), &known); err != nil {
		return err
	}
	dates := map[string]bool{}
	for _, f := range known.Fields {
		if f.Type == "FIELD_TYPE_DATE_TIME" {
			dates[f.ID], dates[f.Title] = true, true
		}
	}
	var records []map[string]json.RawMessage
	if len(dates) == 0 || json.Unmarshal(fields["records"], &records) != nil {
		return nil // what is wrong with the records, the call says
	}
	for _, r := range records {
		var values map[string]json.RawMessage
		if json.Unmarshal(r["values"], &values) != nil {
			continue
		}
		for name, value := range values {
			var text string
			if !dates[name] || json.Unmarshal(value, &text) != nil {
				continue
			}
			if at, err := readTime(name, text); err == nil && at > 0 {
				values[name] = json.RawMessage(fmt.Sprintf(`"%d"`, at*1000))
			}
		}
		if r["values"], err = json.Marshal(values); err != nil {
			return err
		}
	}
	fields["records"], err = json.Marshal(records)
	return err
}
