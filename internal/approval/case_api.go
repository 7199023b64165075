package approval

import (
	"context"
	"strconv"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/form"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// limit is what the pages give each call (doc 91853), counted by corp.
var limit = wire.Limit{PerCorp: perMinute, Every: time.Minute}

func (s *Service) caseEndpoints() []wire.Endpoint {
	older := endpoint("corp/getapprovaldata", 91530, wire.Read(s.getApprovalData))
	older.Allow = access.To(access.InRange, access.Approval) // its secret alone
	return []wire.Endpoint{
		endpoint("oa/applyevent", 91853, wire.Write(s.applyEvent)),
		endpoint("oa/getapprovalinfo", 91816, wire.Read(s.getApprovalInfo)),
		endpoint("oa/getapprovaldetail", 91983, wire.Direct(s.getApprovalDetail)),
		older,
	}
}

type applyEventRequest struct {
	wire.Body
	Creator     id.UserID `json:"creator_userid"`
	TemplateID  string    `json:"template_id"`
	UseTemplate int64     `json:"use_template_approver"`
	Department  int64     `json:"choose_department"`
	Process     *struct {
		Nodes []requestNode `json:"node_list"`
	} `json:"process"`
	// The process as it was written before process came, which clients still send.
	Approvers []struct {
		Attr  int64       `json:"attr"` // 1 one of them, 2 all
		Users []id.UserID `json:"userid" wire:"one"`
	} `json:"approver"`
	Notify     []id.UserID `json:"notifyer"`
	NotifyType int64       `json:"notify_type"` // 1 when submitted, 2 when passed, 3 both
	Data       struct {
		Contents []form.Content `json:"contents"`
	} `json:"apply_data"`
	Summary []Summary `json:"summary_list"`
}

type requestNode struct {
	Type  int64       `json:"type"`
	Rel   int64       `json:"apv_rel"`
	Users []id.UserID `json:"userid"`
}

type applyEventResponse struct {
	SpNo string `json:"sp_no"`
}

func (s *Service) applyEvent(ctx context.Context, tx *store.Tx, by access.Caller, req applyEventRequest) (resp applyEventResponse, err error) {
	for _, f := range []string{"creator_userid", "template_id", "use_template_approver", "choose_department", "process", "approver", "notifyer", "apply_data", "summary_list"} {
		if req.Wrong(f) {
			return resp, ErrParameter.With("%s: a value of another type expected", f)
		}
	}
	a := Application{Creator: req.Creator, TemplateID: req.TemplateID, Department: req.Department, Contents: req.Data.Contents, Summary: req.Summary}
	switch req.UseTemplate {
	case 0:
		if a.Nodes = req.nodes(); len(a.Nodes) == 0 {
			return resp, ErrParameter.With("process is missing, and use_template_approver is 0")
		}
	case 1:
	default:
		return resp, ErrParameter.With("use_template_approver: 0 or 1 expected")
	}
	c, err := s.Submit(ctx, tx, by, a)
	if err == nil {
		resp.SpNo = c.SpNo
	}
	return resp, err
}

// nodes returns the process of a request.
func (req applyEventRequest) nodes() (out []Node) {
	if req.Process != nil {
		for _, n := range req.Process.Nodes {
			out = append(out, newNode(n.Type, n.Rel, n.Users))
		}
		return out
	}
	told := func() {
		if len(req.Notify) > 0 {
			out = append(out, newNode(Notify, 0, req.Notify))
		}
	}
	if req.NotifyType == 1 || req.NotifyType == 3 {
		told()
	}
	deciding := false
	for _, n := range req.Approvers {
		rel := Together
		if n.Attr == 1 {
			rel = AnyOne
		}
		out, deciding = append(out, newNode(Approve, rel, n.Users)), true
	}
	if req.NotifyType != 1 && (deciding || req.NotifyType == 2 || req.NotifyType == 3) {
		told()
	}
	return out
}

type getApprovalDetailRequest struct {
	SpNo string `json:"sp_no"`
}

type (
	getApprovalDetailResponse struct {
		Info caseInfo `json:"info"`
	}
	caseInfo struct {
		SpNo       string       `json:"sp_no"`
		Name       string       `json:"sp_name"`
		Status     int64        `json:"sp_status"`
		TemplateID string       `json:"template_id"`
		At         int64        `json:"apply_time"`
		Applyer    applyer      `json:"applyer"`
		Record     []spRecord   `json:"sp_record"`
		Notifyer   []theUser    `json:"notifyer"`
		Data       caseData     `json:"apply_data"`
		Comments   []caseRemark `json:"comments"`
		Process    caseProcess  `json:"process_list"`
	}
	applyer struct {
		UserID  id.UserID `json:"userid"`
		PartyID string    `json:"partyid"`
	}
	theUser struct {
		UserID id.UserID `json:"userid"`
	}
	spRecord struct {
		Status  int64      `json:"sp_status"`
		Attr    int64      `json:"approverattr"`
		Details []spDetail `json:"details"`
	}
	spDetail struct {
		Approver theUser  `json:"approver"`
		Speech   string   `json:"speech"`
		Status   int64    `json:"sp_status"`
		At       int64    `json:"sptime"`
		Media    []string `json:"media_id"`
	}
	caseData struct {
		Contents []form.Content `json:"contents"`
	}
	caseRemark struct {
		User    theUser  `json:"commentUserInfo"`
		At      int64    `json:"commenttime"`
		Content string   `json:"commentcontent"`
		ID      string   `json:"commentid"`
		Media   []string `json:"media_id"`
	}
	caseProcess struct {
		Nodes []processNode `json:"node_list"`
	}
	processNode struct {
		Type   int64     `json:"node_type"`
		Status *int64    `json:"sp_status"`
		Rel    *int64    `json:"apv_rel"`
		People []subNode `json:"sub_node_list"`
	}
	subNode struct {
		UserID id.UserID `json:"userid"`
		Speech string    `json:"speech"`
		Status int64     `json:"sp_yj"`
		At     int64     `json:"sptime"`
		Media  []string  `json:"media_ids"`
	}
)

// info writes an approval as doc 91983 has it.
func (c *Case) info() caseInfo {
	out := caseInfo{
		SpNo: c.SpNo, Name: c.Name(), Status: int64(c.Status), TemplateID: c.TemplateID, At: c.At,
		Applyer: applyer{c.Creator, strconv.FormatInt(c.Department, 10)}, Data: caseData{c.Contents},
	}
	for _, n := range c.Nodes {
		if n.Type == Approve {
			r := spRecord{Status: n.Status, Attr: n.attr()}
			for _, p := range n.People {
				r.Details = append(r.Details, spDetail{theUser{p.UserID}, p.Speech, p.Status, p.At, p.Media})
			}
			out.Record = append(out.Record, r)
		}
		node := processNode{Type: n.Type}
		if n.Type != Notify {
			node.Status, node.Rel = &n.Status, &n.Rel
		}
		for _, p := range n.People {
			node.People = append(node.People, subNode{p.UserID, p.Speech, p.Status, p.At, p.Media})
		}
		out.Process.Nodes = append(out.Process.Nodes, node)
	}
	for _, u := range users(c.Nodes, Notify) {
		out.Notifyer = append(out.Notifyer, theUser{u})
	}
	for _, m := range c.Comments {
		out.Comments = append(out.Comments, caseRemark{theUser{m.UserID}, m.At, m.Content, m.ID, m.Media})
	}
	return out
}

// getApprovalDetail gives files new media_ids where theirs have had their time, so it may write.
func (s *Service) getApprovalDetail(ctx context.Context, st *store.Store, by access.Caller, req getApprovalDetailRequest) (resp getApprovalDetailResponse, err error) {
	var c *Case
	renew := false
	err = st.Read(ctx, func(tx *store.Tx) error {
		if c, err = s.visibleCase(tx, by, req.SpNo); err != nil {
			return err
		}
		files, err := s.files().Expired(tx, c.CorpID, c.No)
		renew = len(files) > 0
		return err
	})
	if err == nil && renew {
		err = st.Write(ctx, func(tx *store.Tx) error {
			if c, err = s.visibleCase(tx, by, req.SpNo); err != nil {
				return err
			}
			return s.renewFiles(tx, c)
		})
	}
	if err != nil {
		return resp, err
	}
	resp.Info = c.info()
	return resp, nil
}

// visibleCase returns an approval that the caller sees: of an applicant in its range, and of a template of its
// own where it is a third party's (doc 92634).
func (s *Service) visibleCase(tx *store.Tx, by access.Caller, spNo string) (*Case, error) {
	c, err := s.caseOf(tx, by.CorpID, spNo)
	if err != nil {
		return nil, err
	}
	if by.Kind == access.ThirdParty && c.App != by.App {
		return nil, ErrNoCase.With("there is no approval %q", spNo)
	}
	if by.SeesAll() {
		return c, nil
	}
	seen, err := s.deps.Directory.VisibleMembers(tx, by, []string{string(c.Creator)})
	if err == nil && len(seen) == 0 {
		err = ErrNoAuth.With("the applicant of %q is outside the visible range", spNo)
	}
	return c, err
}

// json writes the approval for the member's page.
func (c *Case) json() []byte { return wire.Encode(c.info()) }
