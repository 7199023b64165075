package security

import (
	"context"
	"fmt"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) deviceEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		endpoint("trustdevice/import", 98920, wire.Write(s.importDevices), true),
		endpoint("trustdevice/list", 98920, wire.Read(s.listDevices), true),
		endpoint("trustdevice/get_by_user", 98920, wire.Read(s.devicesOfUser), true),
		endpoint("trustdevice/delete", 98920, wire.Write(s.deleteDevices), true),
		endpoint("trustdevice/approve", 98920, wire.Write(s.approveDevices), true),
		endpoint("trustdevice/reject", 98920, wire.Write(s.rejectDevices), true),
	}
}

type (
	hardwareWire struct {
		System      string   `json:"system"`
		MACs        []string `json:"mac_addr,omitempty"`
		Motherboard string   `json:"motherboard_uuid,omitempty"`
		Disks       []string `json:"harddisk_uuid,omitempty"`
		Domain      string   `json:"domain,omitempty"`
		Name        string   `json:"pc_name,omitempty"`
		Serial      string   `json:"seq_no,omitempty"`
	}
	importRequest struct {
		Devices []hardwareWire `json:"device_list"`
	}
	importResult struct {
		Index  int64        `json:"device_index"`
		Code   string       `json:"device_code,omitempty"`
		Known  string       `json:"duplicated_device_code,omitempty"`
		Status ImportResult `json:"status"`
	}
	importResponse struct {
		Results []importResult `json:"result"`
	}
)

func (s *Service) importDevices(ctx context.Context, tx *store.Tx, by access.Caller, req importRequest) (resp importResponse, err error) {
	switch n := len(req.Devices); {
	case n == 0:
		return resp, wire.ErrEmpty.With("device_list is missing")
	case n > maxImported:
		return resp, wire.ErrParameter.With("device_list: at most %d devices, %d given", maxImported, n)
	}
	for i, d := range req.Devices {
		code, result, err := s.Import(tx, by, Hardware(d))
		if err != nil {
			return resp, err
		}
		r := importResult{Index: int64(i + 1), Code: code, Status: result}
		if result == ImportKnown {
			r.Code, r.Known = "", code
		}
		resp.Results = append(resp.Results, r)
	}
	return resp, nil
}

type (
	listDevicesRequest struct {
		Cursor string `json:"cursor"`
		Limit  int64  `json:"limit"`
		Type   int64  `json:"type"`
	}
	deviceWire struct {
		Code string `json:"device_code"`
		hardwareWire
		LastLogin  int64        `json:"last_login_time,omitempty"`
		LastUser   id.UserID    `json:"last_login_userid,omitempty"`
		ConfirmAt  int64        `json:"confirm_timestamp,omitempty"`
		ConfirmBy  id.UserID    `json:"confirm_userid,omitempty"`
		ApprovedBy id.UserID    `json:"approved_userid,omitempty"`
		Source     int64        `json:"source"`
		Status     DeviceStatus `json:"status"`
	}
	listDevicesResponse struct {
		Devices []deviceWire `json:"device_list"`
		Next    string       `json:"next_cursor"`
	}
	userDevicesRequest struct {
		UserID id.UserID `json:"last_login_userid"`
		Type   int64     `json:"type"`
	}
	userDevicesResponse struct {
		Devices []deviceWire `json:"device_list"`
	}
)

func newDeviceWire(d Device) deviceWire {
	d = d.shown()
	return deviceWire{d.Code, hardwareWire(d.Hardware), d.LastLogin, d.LastUser, d.ConfirmAt, d.ConfirmBy, d.ApprovedBy, d.Source, d.Status}
}

func (s *Service) listDevices(ctx context.Context, tx *store.Tx, by access.Caller, req listDevicesRequest) (resp listDevicesResponse, err error) {
	statuses, err := typed(req.Type)
	if err != nil {
		return resp, err
	}
	if req.Limit < 0 || req.Limit > maxDevices {
		return resp, wire.ErrParameter.With("limit: 1 to %d expected", maxDevices)
	}
	limit := req.Limit
	if limit == 0 {
		limit = maxDevices
	}
	cursor := wire.Cursor[int64]{Box: s.deps.Box, Path: "security/trustdevice/list"}
	of := fmt.Sprint(req.Type)
	after, err := cursor.Open(by, req.Cursor, of)
	if err != nil {
		return resp, err
	}
	args := append(store.Args([]any{by.CorpID}, statuses), after, limit+1)
	list, err := selectDevices(tx, `corpid = ? AND status IN (`+store.Marks(len(statuses))+`) AND no > ? ORDER BY no LIMIT ?`, args...)
	if err != nil {
		return resp, err
	}
	if int64(len(list)) > limit {
		list = list[:limit]
		resp.Next = cursor.Next(by, list[limit-1].No, of)
	}
	for _, d := range list {
		resp.Devices = append(resp.Devices, newDeviceWire(d))
	}
	return resp, nil
}

func (s *Service) devicesOfUser(ctx context.Context, tx *store.Tx, by access.Caller, req userDevicesRequest) (resp userDevicesResponse, err error) {
	statuses, err := typed(req.Type)
	if err != nil {
		return resp, err
	}
	m, err := s.deps.Directory.Member(ctx, tx, by, req.UserID)
	if err != nil {
		return resp, err
	}
	list, err := selectDevices(tx, `corpid = ? AND last_key = ? AND status IN (`+store.Marks(len(statuses))+`) ORDER BY no`, store.Args([]any{by.CorpID, m.UserID.Key()}, statuses)...)
	for _, d := range list {
		resp.Devices = append(resp.Devices, newDeviceWire(d))
	}
	return resp, err
}

type (
	deleteDevicesRequest struct {
		Type  int64    `json:"type"`
		Codes []string `json:"device_code_list"`
	}
	codesRequest struct {
		Codes []string `json:"device_code_list"`
	}
	decidedResponse struct {
		Gone   []string `json:"success_list"`
		Failed []string `json:"fail_list"`
	}
)

func (s *Service) deleteDevices(ctx context.Context, tx *store.Tx, by access.Caller, req deleteDevicesRequest) (wire.None, error) {
	return wire.None{}, s.DeleteDevices(tx, by, req.Type, req.Codes)
}

func (s *Service) approveDevices(ctx context.Context, tx *store.Tx, by access.Caller, req codesRequest) (resp decidedResponse, err error) {
	resp.Gone, resp.Failed, err = s.Decide(tx, by, req.Codes, true)
	return resp, err
}

func (s *Service) rejectDevices(ctx context.Context, tx *store.Tx, by access.Caller, req codesRequest) (resp decidedResponse, err error) {
	resp.Gone, resp.Failed, err = s.Decide(tx, by, req.Codes, false)
	return resp, err
}
