package hardware

import (
	"context"
	"errors"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// The calls by which a provider manages devices. No official page has them any more: names and fields are
// those of SDKs (unverified).

// providers is the row of calls that a provider makes by itself.
var providers = access.Allow{access.Provider: access.All}

func (s *Service) manageEndpoints() []wire.Endpoint {
	by := s.deps.Suites.ByProvider()
	return []wire.Endpoint{
		{Method: "POST", Path: "/cgi-bin/service/add_device", Doc: 90626, Credential: by, Allow: providers, Handle: wire.Write(s.addDevice)},
		{Method: "POST", Path: "/cgi-bin/service/del_device", Doc: 92770, Credential: by, Allow: providers, Handle: wire.Write(s.delDevice)},
		{Method: "POST", Path: "/cgi-bin/service/list_device", Doc: 91346, Credential: by, Allow: providers, Handle: wire.Read(s.listDevice)},
		{Method: "POST", Path: "/cgi-bin/service/get_device_auth_info", Doc: 90753, Credential: by, Allow: providers, Handle: wire.Read(s.getDeviceAuthInfo)},
		{Method: "POST", Path: "/cgi-bin/service/fetch_device_log", Doc: 91475, Credential: by, Allow: providers, Handle: wire.Write(s.fetchDeviceLog)},
		{Method: "POST", Path: "/cgi-bin/hardware/get_device_feature", Doc: 92739, Credential: s.deps.Suites.ByProviderAsAccess(), Allow: providers, Handle: wire.Read(s.getDeviceFeature)},
	}
}

// ofProvider returns a device of the provider that calls; ErrSN for any other.
func (s *Service) ofProvider(tx *store.Tx, by access.Caller, sn string) (Device, error) {
	if sn == "" {
		return Device{}, ErrNoSN
	}
	d, err := s.Device(tx, sn)
	if errors.Is(err, ErrNoSuchSN) || err == nil && d.Model.Partner != by.Partner {
		err = ErrSN
	}
	return d, err
}

type addDeviceRequest struct {
	ModelID string `json:"model_id"`
	SN      string `json:"device_sn"`
}

type (
	addedDevice struct {
		ModelID  string `json:"model_id"`
		SN       string `json:"device_sn"`
		At       int64  `json:"create_time"`
		SecretNo string `json:"secret_no"`
		ID       int64  `json:"device_id"`
		QRCode   string `json:"qr_code"`
	}
	addDeviceResponse struct {
		Device addedDevice `json:"device_info"`
	}
)

func (s *Service) addDevice(ctx context.Context, tx *store.Tx, by access.Caller, req addDeviceRequest) (resp addDeviceResponse, err error) {
	if req.ModelID == "" {
		return resp, ErrNoModel
	}
	v, err := s.Model(tx, req.ModelID)
	if errors.Is(err, ErrNotFound) || err == nil && v.Partner != by.Partner {
		return resp, ErrModel
	}
	if err != nil {
		return resp, err
	}
	d, err := s.Register(ctx, tx, v, req.SN)
	if err != nil {
		return resp, err
	}
	secretNo, err := s.SecretNo(d)
	resp.Device = addedDevice{v.ModelID, d.SN, d.CreatedAt.Unix(), secretNo, d.No, s.QRCode(d)}
	return resp, err
}

func (s *Service) delDevice(ctx context.Context, tx *store.Tx, by access.Caller, req snRequest) (wire.None, error) {
	d, err := s.ofProvider(tx, by, req.SN)
	if err == nil {
		err = s.Unregister(ctx, tx, d)
	}
	return wire.None{}, err
}

type listDeviceRequest struct {
	Offset int64 `json:"offset"`
	Limit  int64 `json:"limit"`
}

type (
	listedDevice struct {
		SN      string `json:"device_sn"`
		ModelID string `json:"model_id"`
	}
	listDeviceResponse struct {
		Devices []listedDevice `json:"device_list"`
	}
)

// maxListed is how many devices a page has. The platform names no limit.
const maxListed = 100

func (s *Service) listDevice(ctx context.Context, tx *store.Tx, by access.Caller, req listDeviceRequest) (resp listDeviceResponse, err error) {
	if req.Limit == 0 {
		req.Limit = maxListed
	}
	if req.Offset < 0 || req.Limit < 0 || req.Limit > maxListed {
		return resp, ErrOffset.With("an offset, and a limit of at most %d expected", maxListed)
	}
	list, err := s.selectDevices(tx, `d.model IN (SELECT no FROM hardware_model WHERE partner = ?) ORDER BY d.no LIMIT ? OFFSET ?`, by.Partner, req.Limit, req.Offset)
	for _, d := range list {
		resp.Devices = append(resp.Devices, listedDevice{d.SN, d.Model.ModelID})
	}
	return resp, err
}

type (
	authCorpInfo struct {
		CorpID id.CorpID `json:"corpid"`
		Name   string    `json:"corp_name"`
	}
	authDeviceInfo struct {
		Remark  string `json:"remark_name"`
		ModelID string `json:"model_id"`
	}
	getDeviceAuthInfoResponse struct {
		Corp   authCorpInfo   `json:"auth_corp_info"`
		Device authDeviceInfo `json:"device_info"`
	}
)

func (s *Service) getDeviceAuthInfo(ctx context.Context, tx *store.Tx, by access.Caller, req snRequest) (resp getDeviceAuthInfoResponse, err error) {
	d, err := s.ofProvider(tx, by, req.SN)
	if err == nil && d.Bound != InCorp {
		err = ErrNotBound
	}
	if err != nil {
		return resp, err
	}
	c, err := s.deps.Corps.Corp(tx, d.CorpID)
	resp.Corp, resp.Device = authCorpInfo{id.CorpID(d.CorpID), c.Name}, authDeviceInfo{d.Remark, d.Model.ModelID}
	return resp, err
}

type fetchDeviceLogRequest struct {
	SN   string `json:"device_sn"`
	Hint string `json:"hint"`
}

type logPush struct {
	Hint string `json:"hint"`
}

// fetchDeviceLog asks a device for its log; which one, hint says in words that the provider has agreed on with
// its devices (doc 91474).
func (s *Service) fetchDeviceLog(ctx context.Context, tx *store.Tx, by access.Caller, req fetchDeviceLogRequest) (none wire.None, err error) {
	d, err := s.ofProvider(tx, by, req.SN)
	switch {
	case err != nil:
		return none, err
	case len(req.Hint) > maxState:
		return none, wire.ErrParameter.With("hint: at most %d bytes expected", maxState)
	case d.Model.Access != Direct || !d.Online(tx.Now()):
		return none, wire.ErrParameter.With("the device has no connection")
	}
	return none, s.toDevice(tx, d, "push_fetch_log", logPush{req.Hint})
}

type getDeviceFeatureResponse struct {
	Feature string `json:"device_feature"`
}

func (s *Service) getDeviceFeature(ctx context.Context, tx *store.Tx, by access.Caller, req snRequest) (resp getDeviceFeatureResponse, err error) {
	d, err := s.ofProvider(tx, by, req.SN)
	return getDeviceFeatureResponse{d.Reports.Feature}, err
}
