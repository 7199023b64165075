package wedoc

import (
	"context"
	"strconv"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) formEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		Endpoint("create_form", 97462, wire.Write(s.createForm)),
		Endpoint("modify_form", 97816, wire.Write(s.modifyForm)),
		// The names that the pages had at first, which clients still call (OpenClaw-Wechat, SKIT.FlurlHttpClient.Wechat.Work).
		Endpoint("create_collect", 97462, wire.Write(s.createForm)),
		Endpoint("modify_collect", 97816, wire.Write(s.modifyForm)),
		Endpoint("get_form_info", 97817, wire.Read(s.getFormInfo)),
	}
}

type (
	createFormRequest struct {
		in
		Form FormBody `json:"form_info"`
	}
	createFormResponse struct {
		FormID string `json:"formid"`
	}
)

func (s *Service) createForm(ctx context.Context, tx *store.Tx, by access.Caller, req createFormRequest) (resp createFormResponse, err error) {
	if err := req.built(); err != nil {
		return resp, err
	}
	f, err := s.CreateForm(tx, by, req.Form)
	if err == nil {
		resp.FormID = f.FormID
	}
	return resp, err
}

type modifyFormRequest struct {
	Oper   int64    `json:"oper"`
	FormID string   `json:"formid"`
	Form   FormBody `json:"form_info"`
}

func (s *Service) modifyForm(ctx context.Context, tx *store.Tx, by access.Caller, req modifyFormRequest) (wire.None, error) {
	f, err := s.ownForm(tx, by, req.FormID)
	switch {
	case err != nil:
		return wire.None{}, err
	case req.Oper == 1:
		return wire.None{}, s.ChangeQuestions(tx, f, req.Form)
	case req.Oper == 2:
		return wire.None{}, s.ChangeSetting(ctx, tx, by, f, req.Form.Setting)
	}
	return wire.None{}, errParameter.With("oper: 1 or 2 expected")
}

type (
	getFormInfoRequest struct {
		FormID string `json:"formid"`
	}
	formInfo struct {
		FormID string `json:"formid"`
		FormBody
		Rounds []string `json:"repeated_id"`
	}
	getFormInfoResponse struct {
		Form formInfo `json:"form_info"`
	}
)

func (s *Service) getFormInfo(ctx context.Context, tx *store.Tx, by access.Caller, req getFormInfoRequest) (resp getFormInfoResponse, err error) {
	f, err := s.ownForm(tx, by, req.FormID)
	if err != nil {
		return resp, err
	}
	resp.Form = formInfo{FormID: f.FormID, FormBody: f.Body}
	for _, at := range f.rounds(tx.Now()) {
		resp.Form.Rounds = append(resp.Form.Rounds, f.roundID(at))
	}
	return resp, nil
}

// roundID names a time at which a form is to be filled in.
func (f Form) roundID(at time.Time) string {
	return f.FormID + "_" + strconv.FormatInt(at.Unix(), 36)
}

// round returns the form of the caller's that a repeated_id belongs to, and the time that it names.
func (s *Service) round(tx *store.Tx, by access.Caller, repeatedID string) (Form, time.Time, error) {
	wrong := ErrDocID.With("repeated_id: the application has no form with a repeated_id %q", repeatedID)
	formID, at, ok := strings.Cut(repeatedID, "_")
	begins, err := strconv.ParseInt(at, 36, 64)
	if !ok || err != nil {
		return Form{}, time.Time{}, wrong
	}
	f, found, err := selectForm(tx, by.CorpID, formID)
	if err != nil {
		return f, time.Time{}, err
	}
	if !found || f.App != by.App && by.Kind != access.Program {
		return f, time.Time{}, wrong
	}
	begin := time.Unix(begins, 0)
	for _, r := range f.rounds(tx.Now()) {
		if r.Unix() == begins {
			return f, begin, nil
		}
	}
	// A time of an older rule counts where somebody has answered then.
	n, err := tx.Count(`SELECT count(*) FROM wedoc_answer WHERE form = ? AND round = ?`, f.No, begins)
	if err == nil && n == 0 {
		err = wrong
	}
	return f, begin, err
}
