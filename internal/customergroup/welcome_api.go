package customergroup

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) welcomeEndpoints() []wire.Endpoint {
	const base = "group_welcome_template/"
	return []wire.Endpoint{
		customer.Endpoint("POST", base+"add", 92366, wire.Write(s.groupWelcomeTemplateAdd), permitWelcome),
		customer.Endpoint("POST", base+"edit", 92366, wire.Write(s.groupWelcomeTemplateEdit), permitWelcome),
		customer.Endpoint("POST", base+"get", 92366, wire.Read(s.groupWelcomeTemplateGet), permitWelcome),
		customer.Endpoint("POST", base+"del", 92366, wire.Write(s.groupWelcomeTemplateDel), permitWelcome),
	}
}

// templateParts are a template as the calls write it.
type templateParts struct {
	Text    *customer.Text    `json:"text"`
	Image   *customer.Image   `json:"image"`
	Link    *customer.Link    `json:"link"`
	Program *customer.Program `json:"miniprogram"`
	File    *customer.File    `json:"file"`
	Video   *customer.File    `json:"video"`
}

// content returns the parts that count: the text, and the first of the others (doc 92366).
func (p templateParts) content() (c customer.Content) {
	c.Text = p.Text
	switch {
	case p.Image != nil:
		c.Attachments = []customer.Attachment{{Type: "image", Image: p.Image}}
	case p.Link != nil:
		c.Attachments = []customer.Attachment{{Type: "link", Link: p.Link}}
	case p.Program != nil:
		c.Attachments = []customer.Attachment{{Type: "miniprogram", Program: p.Program}}
	case p.File != nil:
		c.Attachments = []customer.Attachment{{Type: "file", File: p.File}}
	case p.Video != nil:
		c.Attachments = []customer.Attachment{{Type: "video", Video: p.Video}}
	}
	return c
}

// AgentID is for suites of several applications, which there are none of here.
type (
	groupWelcomeTemplateAddRequest struct {
		templateParts
		AgentID int64  `json:"agentid"`
		Notify  *int64 `json:"notify"`
	}
	groupWelcomeTemplateAddResponse struct {
		TemplateID string `json:"template_id"`
	}
	groupWelcomeTemplateEditRequest struct {
		TemplateID string `json:"template_id"`
		templateParts
		AgentID int64 `json:"agentid"`
	}
	templateIDRequest struct {
		TemplateID string `json:"template_id"`
		AgentID    int64  `json:"agentid"`
	}
)

func (s *Service) groupWelcomeTemplateAdd(ctx context.Context, tx *store.Tx, by access.Caller, req groupWelcomeTemplateAddRequest) (groupWelcomeTemplateAddResponse, error) {
	no, err := s.AddTemplate(tx, by, req.content(), req.Notify == nil || *req.Notify == 1)
	return groupWelcomeTemplateAddResponse{no}, err
}

func (s *Service) groupWelcomeTemplateEdit(ctx context.Context, tx *store.Tx, by access.Caller, req groupWelcomeTemplateEditRequest) (none wire.None, err error) {
	return none, s.EditTemplate(tx, by, req.TemplateID, req.content())
}

func (s *Service) groupWelcomeTemplateGet(ctx context.Context, tx *store.Tx, by access.Caller, req templateIDRequest) (resp templateParts, err error) {
	t, err := s.Template(tx, by.CorpID, req.TemplateID)
	resp.Text = t.Text
	for _, a := range t.Attachments {
		resp.Image, resp.Link, resp.Program, resp.File, resp.Video = a.Image, a.Link, a.Program, a.File, a.Video
	}
	return resp, err
}

func (s *Service) groupWelcomeTemplateDel(ctx context.Context, tx *store.Tx, by access.Caller, req templateIDRequest) (none wire.None, err error) {
	return none, s.DeleteTemplate(tx, by, req.TemplateID)
}
