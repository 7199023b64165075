package approval

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) openEndpoints() []wire.Endpoint {
	ep := endpoint("corp/getopenapprovaldata", 90269, wire.Read(s.getOpenApprovalData))
	ep.Allow = access.Allow{access.SelfBuilt: access.Listed, access.Custom: access.InRange, access.ThirdParty: access.InRange} // whose approvals they are
	return []wire.Endpoint{ep}
}

type getOpenApprovalDataRequest struct {
	ThirdNo string `json:"thirdNo"`
}

type (
	getOpenApprovalDataResponse struct {
		Data openInfo `json:"data"`
	}
	openInfo struct {
		ThirdNo    string    `json:"ThirdNo"`
		TemplateID string    `json:"OpenTemplateId"`
		Name       string    `json:"OpenSpName"`
		Status     int64     `json:"OpenSpstatus"`
		At         int64     `json:"ApplyTime"`
		UserName   string    `json:"ApplyUsername"`
		Party      string    `json:"ApplyUserParty"`
		Image      string    `json:"ApplyUserImage"`
		UserID     id.UserID `json:"ApplyUserId"`
		Nodes      openNodes `json:"ApprovalNodes"`
		Notified   openTold  `json:"NotifyNodes"`
		// Step has another name for third parties (doc 93798).
		Step      *int64 `json:"ApproverStep"`
		ThirdStep *int64 `json:"approverstep"`
	}
	openNodes struct {
		List []openNode `json:"ApprovalNode"`
	}
	openNode struct {
		Status int64     `json:"NodeStatus"`
		Attr   int64     `json:"NodeAttr"`
		Type   int64     `json:"NodeType"`
		Items  openItems `json:"Items"`
	}
	openItems struct {
		List []openItem `json:"Item"`
	}
	openItem struct {
		openPerson
		Status int64  `json:"ItemStatus"`
		Speech string `json:"ItemSpeech"`
		At     int64  `json:"ItemOpTime"`
	}
	openTold struct {
		List []openPerson `json:"NotifyNode"`
	}
	openPerson struct {
		Name   string    `json:"ItemName"`
		Party  string    `json:"ItemParty"`
		Image  string    `json:"ItemImage"`
		UserID id.UserID `json:"ItemUserId"`
	}
)

func (s *Service) getOpenApprovalData(ctx context.Context, tx *store.Tx, by access.Caller, req getOpenApprovalDataRequest) (resp getOpenApprovalDataResponse, err error) {
	if req.ThirdNo == "" {
		return resp, ErrParameter.With("thirdNo is missing")
	}
	o, found, err := selectOpen(tx, by.CorpID, by.App, req.ThirdNo)
	if err == nil && !found {
		err = ErrNoCase.With("thirdNo: the application has no approval %q", req.ThirdNo)
	}
	if err != nil {
		return resp, err
	}
	if resp.Data, err = s.openInfo(tx, o); by.Kind == access.ThirdParty {
		resp.Data.Step, resp.Data.ThirdStep = nil, resp.Data.Step
	}
	return resp, err
}

// openInfo writes an approval of an application.
func (s *Service) openInfo(tx *store.Tx, o *Open) (d openInfo, err error) {
	people, err := s.openPeople(tx, o)
	if err != nil {
		return d, err
	}
	departments := []int64{o.Department}
	for _, m := range people {
		departments = append(departments, m.MainDepartment)
	}
	names := map[int64]string{}
	if o.CorpID != "" {
		if names, err = s.deps.Directory.DepartmentNames(tx, o.CorpID, departments); err != nil {
			return d, err
		}
	}
	image := func(u id.UserID) string {
		m := people[u.Key()]
		large, _ := s.deps.Directory.AvatarURL(&m)
		return large
	}
	person := func(u id.UserID) openPerson {
		m := people[u.Key()]
		return openPerson{m.Name, names[m.MainDepartment], image(u), m.UserID}
	}
	d = openInfo{
		ThirdNo: o.ThirdNo, TemplateID: o.TemplateID, Name: o.Name, Status: int64(o.Status), At: o.At,
		UserName: people[o.Creator.Key()].Name, Party: names[o.Department], Image: image(o.Creator), UserID: o.Creator,
	}
	for _, n := range o.Nodes {
		if n.Type != Approve {
			continue
		}
		node := openNode{Status: n.Status, Attr: n.attr(), Type: n.Kind}
		for _, p := range n.People {
			node.Items.List = append(node.Items.List, openItem{person(p.UserID), p.Status, p.Speech, p.At})
		}
		d.Nodes.List = append(d.Nodes.List, node)
	}
	for _, u := range users(o.Nodes, Notify) {
		d.Notified.List = append(d.Notified.List, person(u))
	}
	step := o.step()
	d.Step = &step
	return d, nil
}
