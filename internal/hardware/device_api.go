package hardware

import (
	"context"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) deviceEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		{Method: "POST", Path: "/cgi-bin/openhw/model/register_sn", Doc: 95980, Credential: s.byModel, Allow: models, Handle: wire.Write(s.registerSN)},
		{Method: "POST", Path: "/cgi-bin/openhw/model/unregister_sn", Doc: 95981, Credential: s.byModel, Allow: models, Handle: wire.Write(s.unregisterSN)},
		{Method: "POST", Path: "/cgi-bin/openhw/device/get_device_detail", Doc: 95982, Credential: s.byModel, Allow: models, Handle: wire.Read(s.getDeviceDetail)},
		{Method: "POST", Path: "/cgi-bin/openhw/device/gen_id_dynamic_qrcode", Doc: 98024, Credential: s.byModel, Allow: models, Handle: wire.Read(s.genIDDynamicQrcode)},
		{Method: "POST", Path: "/cgi-bin/openhw/device/gen_login_qrcode", Doc: 98023, Credential: s.byDevice, Allow: devices, Handle: wire.Read(s.genLoginQrcode)},
	}
}

type snRequest struct {
	SN string `json:"device_sn"`
}

type registerSNResponse struct {
	QRCode string `json:"qr_code"`
}

func (s *Service) registerSN(ctx context.Context, tx *store.Tx, by access.Caller, req snRequest) (resp registerSNResponse, err error) {
	v, err := s.Model(tx, by.Model)
	if err != nil {
		return resp, err
	}
	d, err := s.Register(ctx, tx, v, req.SN)
	if err == nil {
		resp.QRCode = s.QRCode(d)
	}
	return resp, err
}

func (s *Service) unregisterSN(ctx context.Context, tx *store.Tx, by access.Caller, req snRequest) (wire.None, error) {
	d, err := s.ofModel(tx, by, req.SN)
	if err == nil {
		err = s.Unregister(ctx, tx, d)
	}
	return wire.None{}, err
}

type (
	deviceCorp struct {
		CorpID id.CorpID `json:"open_corpid"`
		Name   string    `json:"corp_name"`
	}
	deviceDetail struct {
		ModelName   string      `json:"model_name"`
		DefaultName string      `json:"default_name"`
		QRCode      string      `json:"qr_code"`
		Status      int64       `json:"bind_status"`
		Corp        *deviceCorp `json:"auth_corp_info,omitempty"`
		Remark      *string     `json:"remark_name,omitempty"`
	}
	getDeviceDetailResponse struct {
		Device deviceDetail `json:"device_detail"`
	}
)

func (s *Service) getDeviceDetail(ctx context.Context, tx *store.Tx, by access.Caller, req snRequest) (resp getDeviceDetailResponse, err error) {
	d, err := s.ofModel(tx, by, req.SN)
	if err != nil {
		return resp, err
	}
	resp.Device = deviceDetail{ModelName: d.Model.Name, DefaultName: d.Model.DefaultName, QRCode: s.QRCode(d)}
	if d.Bound != InCorp {
		return resp, nil
	}
	c, err := s.deps.Corps.Corp(tx, d.CorpID)
	if err != nil {
		return resp, err
	}
	resp.Device.Status, resp.Device.Corp, resp.Device.Remark = 1, &deviceCorp{id.CorpID(d.CorpID), c.Name}, &d.Remark
	return resp, nil
}

type genIDDynamicQrcodeRequest struct {
	SN    string `json:"device_sn"`
	State string `json:"state"`
}

type qrcodeResponse struct {
	Content   string `json:"qrcode_content"`
	ExpiresIn int64  `json:"expires_in,omitempty"` // seconds
}

func (s *Service) genIDDynamicQrcode(ctx context.Context, tx *store.Tx, by access.Caller, req genIDDynamicQrcodeRequest) (resp qrcodeResponse, err error) {
	d, err := s.ofModel(tx, by, req.SN)
	if err != nil {
		return resp, err
	}
	if err := s.oncePerMinute(tx, d, "dynamic"); err != nil {
		return resp, err
	}
	return qrcodeResponse{s.dynamicLink(d, linkBind, req.State, tx.Now()), int64(linkLife / time.Second)}, checkState(req.State)
}

type genLoginQrcodeRequest struct {
	State string `json:"state"`
	Type  int64  `json:"type"`
}

func (s *Service) genLoginQrcode(ctx context.Context, tx *store.Tx, by access.Caller, req genLoginQrcodeRequest) (resp qrcodeResponse, err error) {
	d, err := s.caller(tx, by)
	if err != nil {
		return resp, err
	}
	if err := checkState(req.State); err != nil {
		return resp, err
	}
	switch req.Type {
	case 0:
		return qrcodeResponse{Content: s.StaticLogin(d, req.State)}, s.oncePerMinute(tx, d, "static")
	case 1:
		return qrcodeResponse{s.dynamicLink(d, linkLogin, req.State, tx.Now()), int64(linkLife / time.Second)}, s.oncePerMinute(tx, d, "dynamic")
	}
	return resp, wire.ErrParameter.With("type: 0 or 1 expected")
}

// oncePerMinute is how often a device may ask for a code (doc 98023): static and dynamic ones by themselves.
func (s *Service) oncePerMinute(tx *store.Tx, d Device, what string) error {
	if s.deps.Limits && !s.pace.TakeIn(tx, d.SN, "qrcode "+what, 1, 1, time.Minute) {
		return wire.ErrFrequency.With("a code is made once a minute for each device")
	}
	return nil
}
