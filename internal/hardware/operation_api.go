package hardware

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) operationEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		{Method: "POST", Path: "/cgi-bin/openhw/device/report_remote_open_result", Doc: 96048, Credential: s.byDevice, Allow: devices, Handle: wire.Write(s.reportRemoteOpenResult)},
		{Method: "POST", Path: "/cgi-bin/openhw/device/report_bio_info_result", Doc: 96000, Credential: s.byDevice, Allow: devices, Handle: wire.Write(s.reportBioInfoResult)},
	}
}

type reportRemoteOpenResultRequest struct {
	OperID  string `json:"oper_id"`
	Type    string `json:"type"`
	ErrCode int64  `json:"errcode"`
	ErrMsg  string `json:"errmsg"`
}

func (s *Service) reportRemoteOpenResult(ctx context.Context, tx *store.Tx, by access.Caller, req reportRemoteOpenResultRequest) (none wire.None, err error) {
	d, err := s.caller(tx, by)
	if err == nil {
		err = s.Opened(tx, d, req.Type, req.OperID, req.ErrCode, req.ErrMsg)
	}
	return none, err
}

type reportBioInfoResultRequest struct {
	OperID  string    `json:"oper_id"`
	ErrCode int64     `json:"errcode"`
	ErrMsg  string    `json:"errmsg"`
	UserID  id.UserID `json:"open_userid"`
	Type    UserType  `json:"user_type"`
	BioType int64     `json:"bio_info_type"`
}

// reportBioInfoResult stores that somebody has enrolled at a cloud device, which counts at every device of the
// provider in the corp (doc 96000). With an oper_id what else it says is not read.
func (s *Service) reportBioInfoResult(ctx context.Context, tx *store.Tx, by access.Caller, req reportBioInfoResultRequest) (none wire.None, err error) {
	d, err := s.caller(tx, by)
	if err != nil {
		return none, err
	}
	if req.OperID != "" {
		o, err := s.operation(tx, d, req.OperID, EnterPage, DeleteBio)
		if err != nil {
			return none, err
		}
		if err := s.end(tx, o, req.ErrCode, req.ErrMsg); err != nil || req.ErrCode != 0 || o.Kind != EnterPage {
			return none, err
		}
		return none, s.enrolled(tx, d, Employee, o.UserID.Key(), featureOfPage[o.Detail])
	}
	kind := FeatureKind(req.BioType)
	switch ability, ok := map[FeatureKind]Ability{Finger: Fingerprints, Face: Faces}[kind]; {
	case !ok:
		return none, ErrBioType
	case d.Model.Abilities&ability == 0:
		return none, ErrBioAbility
	}
	known, err := s.Users(tx, d, []id.UserID{req.UserID})
	if err != nil {
		return none, err
	}
	m, ok := known[req.UserID.Key()]
	if !ok || req.Type != Employee {
		return none, ErrOutOfRange
	}
	if req.ErrCode != 0 {
		return none, nil
	}
	return none, s.enrolled(tx, d, Employee, m.UserID.Key(), kind)
}
