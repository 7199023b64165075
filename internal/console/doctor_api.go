package console

import (
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/doctor"
	"qiwei/internal/store"
)

func (s *Service) doctorCalls() []call {
	return []call{{pattern: "POST /console/api/callback-doctor", right: editCorp, handle: s.examine}}
}

// examine has a receiver of callbacks examined. Where an application is named, what is left empty is taken from it.
func (s *Service) examine(v *visit) (any, error) {
	var req struct {
		AgentID   int64  `json:"agentid"`
		URL       string `json:"url"`
		Token     string `json:"token"`
		AESKey    string `json:"encoding_aes_key"`
		Kind      string `json:"kind"`
		ReceiveID string `json:"receiveid"`
		Push      bool   `json:"push"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	kind, ok := doctor.ParseKind(req.Kind)
	if !ok {
		return nil, problem{400, "kind", "类型无效", "There is no such kind", "kind"}
	}
	p := doctor.Patient{URL: strings.TrimSpace(req.URL), Token: req.Token, AESKey: req.AESKey, Kind: kind, ReceiveID: strings.TrimSpace(req.ReceiveID), Push: req.Push}
	if req.AgentID != 0 {
		var a app.App
		if err := s.deps.Store.Read(v.ctx(), func(tx *store.Tx) (err error) {
			a, err = s.deps.Apps.App(tx, v.by.CorpID, req.AgentID)
			return err
		}); err != nil {
			return nil, err
		}
		fillPatient(&p, a, v.by)
	}
	for _, f := range []struct{ text, field, zh, en string }{
		{p.URL, "url", "请填写 URL", "Give the URL"},
		{p.Token, "token", "请填写接收方使用的 Token", "Give the Token, as the receiver has it"},
		{p.AESKey, "encoding_aes_key", "请填写接收方使用的 EncodingAESKey", "Give the EncodingAESKey, as the receiver has it"},
	} {
		if f.text == "" {
			return nil, problem{400, "missing", f.zh, f.en, f.field}
		}
	}
	if p.ReceiveID == "" && kind != doctor.Robot {
		return nil, problem{400, "missing", "请填写 receiveid：企业的 corpid；套件的 URL 用服务商的 corpid", "Give the receiveid: the corpid, or for a suite's URL the provider's", "receiveid"}
	}
	report, err := s.deps.Doctor.Examine(v.ctx(), p)
	report.Signed, report.Signature = nil, "" // the Token stands in it
	return report, err
}

// fillPatient takes from an application what is not said of a receiver.
func fillPatient(p *doctor.Patient, a app.App, by access.Caller) {
	for _, f := range []struct {
		into *string
		from string
	}{{&p.URL, a.CallbackURL}, {&p.Token, a.CallbackToken}, {&p.AESKey, a.CallbackAESKey}} {
		if *f.into == "" {
			*f.into = f.from
		}
	}
	if p.ReceiveID == "" && p.Kind == doctor.Application {
		p.ReceiveID = by.CorpID
	}
}
