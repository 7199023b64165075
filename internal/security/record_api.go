package security

import (
	"context"
	"fmt"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) recordEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		endpoint("get_file_oper_record", 98079, wire.Read(s.getFileOperRecord), true),
		endpoint("get_screen_oper_record", 100128, wire.Read(s.getScreenOperRecord), false),
	}
}

type (
	operationWire struct {
		Type   int64 `json:"type"`
		Source int64 `json:"source,omitempty"`
	}
	fileRecordRequest struct {
		Start     int64          `json:"start_time"`
		End       int64          `json:"end_time"`
		Users     []id.UserID    `json:"userid_list"`
		Operation *operationWire `json:"operation"`
		Cursor    string         `json:"cursor"`
		Limit     int64          `json:"limit"`
	}
	outsiderWire struct {
		Type int64  `json:"type"`
		Name string `json:"name"`
		Corp string `json:"corp_name,omitempty"`
	}
	fileRecord struct {
		Time       int64         `json:"time"`
		UserID     id.UserID     `json:"userid,omitempty"`
		Outsider   *outsiderWire `json:"external_user,omitempty"`
		Operation  operationWire `json:"operation"`
		Info       string        `json:"file_info"`
		Size       int64         `json:"file_size,omitempty"`
		MD5        string        `json:"file_md5,omitempty"`
		Applicant  string        `json:"applicant_name,omitempty"`
		DeviceType int64         `json:"device_type,omitempty"`
		DeviceCode string        `json:"device_code,omitempty"`
	}
	fileRecordResponse struct {
		More    bool         `json:"has_more"`
		Next    string       `json:"next_cursor,omitempty"` // only if there is more
		Records []fileRecord `json:"record_list"`
	}
)

func (s *Service) getFileOperRecord(ctx context.Context, tx *store.Tx, by access.Caller, req fileRecordRequest) (resp fileRecordResponse, err error) {
	q := RecordQuery{Span: Span{req.Start, req.End}, Users: req.Users, Limit: req.Limit}
	if req.Operation != nil {
		q.Type, q.Source = req.Operation.Type, req.Operation.Source
	}
	cursor := wire.Cursor[int64]{Box: s.deps.Box, Path: "security/get_file_oper_record"}
	of := fmt.Sprint(q.Span, q.Users, q.Type, q.Source)
	if q.After, err = cursor.Open(by, req.Cursor, of); err != nil {
		return resp, err
	}
	list, next, err := s.FileActs(tx, by, q)
	if next != 0 {
		resp.More, resp.Next = true, cursor.Next(by, next, of)
	}
	for _, f := range list {
		r := fileRecord{Time: f.At, UserID: f.UserID, Operation: operationWire{f.Type, f.Source}, Info: f.Info, Size: f.Size, MD5: f.MD5, Applicant: f.Applicant, DeviceType: f.DeviceType, DeviceCode: f.DeviceCode}
		if f.Outsider != nil {
			r.Outsider = &outsiderWire{f.Outsider.Type, f.Outsider.Name, f.Outsider.Corp}
		}
		resp.Records = append(resp.Records, r)
	}
	return resp, err
}

type (
	screenRecordRequest struct {
		Start       int64       `json:"start_time"`
		End         int64       `json:"end_time"`
		Users       []id.UserID `json:"userid_list"`
		Departments []int64     `json:"department_id_list"`
		Type        int64       `json:"screen_shot_type"`
		Cursor      string      `json:"cursor"`
		Limit       int64       `json:"limit"`
	}
	screenRecord struct {
		Time       int64     `json:"time"`
		UserID     id.UserID `json:"userid"`
		Department int64     `json:"department_id,omitempty"` // only if the caller sees it
		Type       int64     `json:"screen_shot_type"`
		Content    string    `json:"screen_shot_content"`
		System     string    `json:"system"`
	}
	screenRecordResponse struct {
		More    bool           `json:"has_more"`
		Next    string         `json:"next_cursor,omitempty"` // only if there is more
		Records []screenRecord `json:"record_list"`
	}
)

func (s *Service) getScreenOperRecord(ctx context.Context, tx *store.Tx, by access.Caller, req screenRecordRequest) (resp screenRecordResponse, err error) {
	q := RecordQuery{Span: Span{req.Start, req.End}, Users: req.Users, Departments: req.Departments, Type: req.Type, Limit: req.Limit}
	cursor := wire.Cursor[int64]{Box: s.deps.Box, Path: "security/get_screen_oper_record"}
	of := fmt.Sprint(q.Span, q.Users, q.Departments, q.Type)
	if q.After, err = cursor.Open(by, req.Cursor, of); err != nil {
		return resp, err
	}
	list, next, err := s.ScreenActs(tx, by, q)
	if next != 0 {
		resp.More, resp.Next = true, cursor.Next(by, next, of)
	}
	for _, a := range list {
		resp.Records = append(resp.Records, screenRecord{a.At, a.UserID, a.Department, a.Type, a.Content, a.System})
	}
	return resp, err
}
