package console

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"qiwei/internal/approval"
	"qiwei/internal/door"
	"qiwei/internal/form"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// The approval application (审批) as its administrators have it: templates with their processes, and all
// approvals of the enterprise.

func (s *Service) approvalCalls() []call {
	return []call{
		{pattern: "GET /console/api/approval_templates", right: readCorp, handle: s.listApprovalTemplates},
		{pattern: "POST /console/api/approval_templates", right: editCorp, handle: s.createApprovalTemplate},
		{pattern: "GET /console/api/approval_templates/{template}", right: readCorp, handle: s.getApprovalTemplate},
		{pattern: "PUT /console/api/approval_templates/{template}", right: editCorp, handle: s.updateApprovalTemplate},
		{pattern: "DELETE /console/api/approval_templates/{template}", right: editCorp, handle: s.deleteApprovalTemplate},
		{pattern: "GET /console/api/approvals", right: readCorp, handle: s.listApprovals},
		{pattern: "GET /console/api/approvals.csv", right: readCorp, handle: s.exportApprovals},
		{pattern: "GET /console/api/approvals/{sp_no}", right: readCorp, handle: s.getApproval},
		{pattern: "GET /console/api/approvals/{sp_no}/files/{media_id}", right: readCorp, handle: s.getApprovalFile},
		{pattern: "DELETE /console/api/approvals/{sp_no}", right: editCorp, handle: s.deleteApproval},
	}
}

// The makers of a template, for the page.
const (
	madeBySystem   = "system"
	madeByProvider = "provider"
	madeByApp      = "app"
	madeByAdmin    = "admin"
)

type approvalTemplate struct {
	TemplateID string         `json:"template_id"`
	Names      []form.Text    `json:"names"`
	Controls   []form.Control `json:"controls"`
	Flow       approval.Flow  `json:"process"`
	Version    string         `json:"version"`
	Maker      string         `json:"maker,omitempty"`
	People     []form.Member  `json:"people,omitempty"` // whom the process names
}

func (v *visit) approvalTemplate(tx *store.Tx, t *approval.Template) (approvalTemplate, error) {
	out := approvalTemplate{TemplateID: t.TemplateID, Names: t.Names, Controls: t.Controls, Flow: t.Flow, Version: digest(t.TemplateBody), Maker: makerOf(t)}
	users := t.Flow.Users()
	names, err := v.s.deps.Directory.NamesOf(tx, v.corpID, users)
	for _, u := range users {
		out.People = append(out.People, form.Member{UserID: u, Name: cmp.Or(names[u.Key()], string(u))})
	}
	return out, err
}

func makerOf(t *approval.Template) string {
	switch {
	case t.App != 0:
		return madeByProvider
	case t.Source != "":
		return madeBySystem
	case t.Maker != 0:
		return madeByApp
	}
	return madeByAdmin
}

// listApprovalTemplates makes the platform's templates where they are not there, so it writes.
func (s *Service) listApprovalTemplates(v *visit) (any, error) {
	out := []approvalTemplate{}
	return map[string]any{"templates": &out}, v.change(func(tx *store.Tx) (done, error) {
		list, err := s.deps.Approvals.Templates(tx, v.corpID)
		if err != nil {
			return done{}, err
		}
		for _, t := range list {
			one, err := v.approvalTemplate(tx, t)
			if err != nil {
				return done{}, err
			}
			out = append(out, one)
		}
		return done{}, nil
	})
}

func (s *Service) getApprovalTemplate(v *visit) (any, error) {
	var out approvalTemplate
	return &out, v.look(func(tx *store.Tx) error {
		t, err := v.template(tx)
		if err == nil {
			out, err = v.approvalTemplate(tx, t)
		}
		return err
	})
}

// template returns the template that the path names.
func (v *visit) template(tx *store.Tx) (*approval.Template, error) {
	t, err := v.s.deps.Approvals.Template(tx, v.by, v.r.PathValue("template"))
	if errors.Is(err, approval.ErrTemplate) {
		err = errGone
	}
	return t, err
}

func (s *Service) createApprovalTemplate(v *visit) (any, error) {
	var req approvalTemplate
	if err := v.read(&req); err != nil {
		return nil, err
	}
	var made *approval.Template
	err := v.change(func(tx *store.Tx) (done, error) {
		t, err := s.deps.Approvals.CreateTemplate(tx, v.by, approval.TemplateBody{Names: req.Names, Controls: req.Controls})
		if err != nil {
			return done{}, err
		}
		if made = t; len(req.Flow.Nodes)+len(req.Flow.Branches) > 0 {
			err = s.deps.Approvals.SetFlow(tx, v.by, t.TemplateID, req.Flow)
		}
		return done{"approval_template.create", t.Name(), map[string]any{"template_id": t.TemplateID}}, err
	})
	if err != nil {
		return nil, err
	}
	return map[string]string{"template_id": made.TemplateID}, nil
}

func (s *Service) updateApprovalTemplate(v *visit) (any, error) {
	var req approvalTemplate
	if err := v.read(&req); err != nil {
		return nil, err
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		t, err := v.template(tx)
		if err != nil {
			return done{}, err
		}
		if req.Version != "" && req.Version != digest(t.TemplateBody) {
			return done{}, errStale
		}
		if err := s.deps.Approvals.UpdateTemplate(tx, v.by, t.TemplateID, approval.TemplateBody{Names: req.Names, Controls: req.Controls}); err != nil {
			return done{}, err
		}
		return done{"approval_template.update", form.First(req.Names), map[string]any{"template_id": t.TemplateID}}, s.deps.Approvals.SetFlow(tx, v.by, t.TemplateID, req.Flow)
	})
}

func (s *Service) deleteApprovalTemplate(v *visit) (any, error) {
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		t, err := v.template(tx)
		if err != nil {
			return done{}, err
		}
		return done{"approval_template.delete", t.Name(), map[string]any{"template_id": t.TemplateID}}, s.deps.Approvals.DeleteTemplate(tx, v.by, t.TemplateID)
	})
}

// approvalSearch reads what the page asks for.
func (v *visit) approvalSearch(size int64) (q approval.Search, err error) {
	q = approval.Search{TemplateID: v.query("template"), Creator: id.UserID(v.query("creator")), Size: size}
	status := int64(0)
	for name, into := range map[string]*int64{"from": &q.From, "to": &q.To, "department": &q.Department, "status": &status, "before_at": &q.Before.At, "before_no": &q.Before.No} {
		if *into, err = v.number(name); err != nil {
			return q, err
		}
	}
	q.Status = approval.Status(status)
	return q, nil
}

func (s *Service) listApprovals(v *visit) (any, error) {
	q, err := v.approvalSearch(50)
	if err != nil {
		return nil, err
	}
	out := []approval.Brief{}
	return map[string]any{"approvals": &out}, v.look(func(tx *store.Tx) error {
		list, err := s.deps.Approvals.Find(tx, v.by, q)
		if err == nil {
			out, err = s.deps.Approvals.Briefs(tx, list)
		}
		return err
	})
}

func (s *Service) getApproval(v *visit) (any, error) {
	var out approval.Page
	return &out, v.look(func(tx *store.Tx) (err error) {
		out, err = s.deps.Approvals.Show(tx, v.by, v.r.PathValue("sp_no"))
		return gone(err, approval.ErrNoCase)
	})
}

// gone puts errGone in the place of an error of a room that means it.
func gone(err error, meaning wire.Error) error {
	if errors.Is(err, meaning) {
		return errGone
	}
	return err
}

// file answers with a file that find returns, outside of the transaction that found it.
func (v *visit) file(find func(tx *store.Tx) (*wire.File, error)) (any, error) {
	var f *wire.File
	err := v.look(func(tx *store.Tx) (err error) {
		f, err = find(tx)
		return err
	})
	v.w.Header().Del("Content-Type")
	door.ServeFile(v.w, v.r, v.s.deps.Log, f, err)
	return nil, nil
}

func (s *Service) getApprovalFile(v *visit) (any, error) {
	return v.file(func(tx *store.Tx) (*wire.File, error) {
		return s.deps.Approvals.File(tx, v.by, v.r.PathValue("sp_no"), v.r.PathValue("media_id"))
	})
}

func (s *Service) deleteApproval(v *visit) (any, error) {
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		spNo := v.r.PathValue("sp_no")
		c, err := s.deps.Approvals.Act(v.ctx(), tx, v.corpID, "delete", approval.Action{SpNo: spNo, By: v.member.UserID})
		if err != nil {
			return done{}, gone(err, approval.ErrNoCase)
		}
		return done{"approval.delete", spNo, map[string]any{"template": c.Name(), "creator": c.Creator}}, nil
	})
}

// sheetPage is how many rows of a sheet are read at once.
const sheetPage = 200

// approvalStatus are the words of sheets.
var approvalStatus = map[approval.Status]string{approval.Pending: "审批中", approval.Passed: "已通过", approval.Refused: "已驳回", approval.Withdrawn: "已撤销",
	approval.TakenBack: "通过后撤销", approval.Deleted: "已删除", approval.Paid: "已支付"}

// exportApprovals writes the approvals that the filters select, one a row.
func (s *Service) exportApprovals(v *visit) (any, error) {
	first, err := v.approvalSearch(sheetPage)
	if err != nil {
		return nil, err
	}
	return v.sheet("approvals.csv", func(tx *store.Tx, put func([]string) error) error {
		if err := put([]string{"审批编号", "模板", "状态", "提交时间", "申请人", "申请人账号", "部门ID", "内容", "审批人"}); err != nil {
			return err
		}
		for q := first; ; {
			list, err := s.deps.Approvals.Find(tx, v.by, q)
			if err != nil {
				return err
			}
			briefs, err := s.deps.Approvals.Briefs(tx, list)
			if err != nil {
				return err
			}
			for i, c := range list {
				if err := put(approvalRow(c, briefs[i].Who)); err != nil {
					return err
				}
			}
			if len(list) < int(q.Size) {
				return nil
			}
			last := list[len(list)-1]
			q.Before = store.Place{At: last.At, No: last.No}
		}
	})
}

func approvalRow(c *approval.Case, who string) []string {
	var lines, deciders []string
	for _, f := range c.Contents {
		if text := form.Plain(f); text != "" {
			lines = append(lines, form.First(f.Title)+"："+text)
		}
	}
	for _, n := range c.Nodes {
		for _, p := range n.People {
			if n.Type != approval.Notify && !slices.Contains(deciders, string(p.UserID)) {
				deciders = append(deciders, string(p.UserID))
			}
		}
	}
	return []string{c.SpNo, c.Name(), approvalStatus[c.Status], chinaTime(c.At), who, string(c.Creator), itoa(c.Department), strings.Join(lines, "\n"), strings.Join(deciders, "、")}
}
