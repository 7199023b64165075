package hardware

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) statusEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		{Method: "POST", Path: "/cgi-bin/openhw/device/report_device_status", Doc: 95983, Credential: s.byDevice, Allow: devices, Handle: wire.Write(s.reportDeviceStatus)},
		{Method: "POST", Path: "/cgi-bin/openhw/device/report_firmware_upgrade_result", Doc: 95999, Credential: s.byDevice, Allow: devices, Handle: wire.Write(s.reportFirmwareUpgradeResult)},
	}
}

type reportDeviceStatusRequest struct {
	Online      int64  `json:"online_status"`
	Version     string `json:"cur_version"`
	Upgradable  string `json:"upgradable_version"`
	Description string `json:"upgradable_version_desc"`
}

// In bytes (doc 95983).
const (
	maxVersion     = 32
	maxVersionText = 256
)

func (s *Service) reportDeviceStatus(ctx context.Context, tx *store.Tx, by access.Caller, req reportDeviceStatusRequest) (none wire.None, err error) {
	switch {
	case req.Online != 1 && req.Online != 2:
		return none, wire.ErrParameter.With("online_status: 1 or 2 expected")
	case len(req.Version) < 1 || len(req.Version) > maxVersion:
		return none, wire.ErrParameter.With("cur_version: 1 to %d bytes expected", maxVersion)
	case len(req.Upgradable) > maxVersion:
		return none, wire.ErrParameter.With("upgradable_version: at most %d bytes expected", maxVersion)
	case len(req.Description) > maxVersionText:
		return none, wire.ErrParameter.With("upgradable_version_desc: at most %d bytes expected", maxVersionText)
	}
	d, err := s.caller(tx, by)
	if err != nil {
		return none, err
	}
	if req.Upgradable == "" || req.Description == "" { // each counts with the other alone
		req.Upgradable, req.Description = "", ""
	}
	r := &d.Reports
	r.Online, r.OnlineAt, r.Version, r.Upgradable, r.Description = req.Online, tx.Now().Unix(), req.Version, req.Upgradable, req.Description
	return none, s.saveReports(tx, d)
}

type reportFirmwareUpgradeResultRequest struct {
	OperID  string `json:"oper_id"`
	ErrCode int64  `json:"errcode"`
	ErrMsg  string `json:"errmsg"`
	Version string `json:"cur_version"`
}

// reportFirmwareUpgradeResult ends an upgrade. One that says it went well with the version from before leaves
// the upgrade under way (doc 95999).
func (s *Service) reportFirmwareUpgradeResult(ctx context.Context, tx *store.Tx, by access.Caller, req reportFirmwareUpgradeResultRequest) (none wire.None, err error) {
	if len(req.Version) < 1 || len(req.Version) > maxVersion {
		return none, wire.ErrParameter.With("cur_version: 1 to %d bytes expected", maxVersion)
	}
	d, err := s.caller(tx, by)
	if err != nil {
		return none, err
	}
	o, err := s.operation(tx, d, req.OperID, UpgradeFirmware)
	if err != nil {
		return none, err
	}
	d.Reports.Version = req.Version
	if err := s.saveReports(tx, d); err != nil {
		return none, err
	}
	if req.ErrCode == 0 && req.Version == o.Detail {
		return none, nil
	}
	return none, s.end(tx, o, req.ErrCode, req.ErrMsg)
}
