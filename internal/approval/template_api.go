package approval

import (
	"context"
	"maps"

	"qiwei/internal/access"
	"qiwei/internal/form"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) templateEndpoints() []wire.Endpoint {
	create := endpoint("oa/approval/create_template", 97437, wire.Write(s.createTemplate))
	update := endpoint("oa/approval/update_template", 97438, wire.Write(s.updateTemplate))
	for _, ep := range []*wire.Endpoint{&create, &update} { // not for third parties
		ep.Allow = maps.Clone(ep.Allow)
		delete(ep.Allow, access.ThirdParty)
	}
	copied := endpoint("oa/approval/copytemplate", 92630, wire.Write(s.copyTemplate))
	copied.Allow = access.To(access.InRange, access.ThirdParty)
	return []wire.Endpoint{endpoint("oa/gettemplatedetail", 91982, wire.Read(s.getTemplateDetail)), create, update, copied}
}

type getTemplateDetailRequest struct {
	TemplateID string `json:"template_id"`
}

type getTemplateDetailResponse struct {
	Names   []form.Text     `json:"template_names"`
	Content templateContent `json:"template_content"`
}

type templateContent struct {
	Controls []form.Control `json:"controls"`
}

func (s *Service) getTemplateDetail(ctx context.Context, tx *store.Tx, by access.Caller, req getTemplateDetailRequest) (resp getTemplateDetailResponse, err error) {
	t, err := s.visibleTemplate(tx, by, req.TemplateID)
	if err != nil {
		return resp, err
	}
	if err := s.complete(tx, t); err != nil {
		return resp, err
	}
	return getTemplateDetailResponse{t.Names, templateContent{t.Controls}}, nil
}

type createTemplateRequest struct {
	wire.Body
	Names   []form.Text     `json:"template_name"`
	Content templateContent `json:"template_content"`
}

func (req createTemplateRequest) template() (TemplateBody, error) {
	for _, f := range []string{"template_name", "template_content"} {
		if req.Wrong(f) {
			return TemplateBody{}, ErrControl.With("%s: a value of another type expected", f)
		}
	}
	return TemplateBody{Names: req.Names, Controls: req.Content.Controls}, nil
}

type createTemplateResponse struct {
	TemplateID string `json:"template_id"`
}

func (s *Service) createTemplate(ctx context.Context, tx *store.Tx, by access.Caller, req createTemplateRequest) (resp createTemplateResponse, err error) {
	b, err := req.template()
	if err != nil {
		return resp, err
	}
	t, err := s.CreateTemplate(tx, by, b)
	if err == nil {
		resp.TemplateID = t.TemplateID
	}
	return resp, err
}

type updateTemplateRequest struct {
	createTemplateRequest
	TemplateID string `json:"template_id"`
}

func (s *Service) updateTemplate(ctx context.Context, tx *store.Tx, by access.Caller, req updateTemplateRequest) (wire.None, error) {
	b, err := req.template()
	if err != nil {
		return wire.None{}, err
	}
	return wire.None{}, asParameter(s.UpdateTemplate(tx, by, req.TemplateID, b), ErrControl.With("template_id: there is no template %q", req.TemplateID))
}

type copyTemplateRequest struct {
	OpenTemplateID string `json:"open_template_id"`
}

func (s *Service) copyTemplate(ctx context.Context, tx *store.Tx, by access.Caller, req copyTemplateRequest) (resp createTemplateResponse, err error) {
	resp.TemplateID, err = s.CopyTemplate(tx, by, req.OpenTemplateID)
	return resp, err
}
