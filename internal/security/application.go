package security

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/event"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Application is a member who asks for an account with advanced features (doc 99885).
type Application struct {
	No         int64
	ApplyID    string
	UserID     id.UserID
	Business   int64 // 1 mail, 2 documents, 3 drive, 4 meetings
	Reason     string
	CreatedAt  time.Time
	Status     int64
	ApprovalID string // of the application that runs the process; empty until it has set it
	URL        string
	Nodes      []ApprovalNode
}

// ApprovalNode is a step of the process as the application tells it (doc 99880).
type ApprovalNode struct {
	Current   []id.UserID `json:"current_approvers"`
	Completed []id.UserID `json:"completed_approvers"`
	Status    int64       `json:"node_apv_status"`
	Together  int64       `json:"node_apv_rel"` // 1 all, 2 one of them, 3 one after the other
	UpdatedAt int64       `json:"apv_update_time"`
}

// The states of an application (doc 99885). 101 is one that its process has taken back (doc 99880).
const (
	approving      = 1
	approvalRefuse = 2
	approvalAgree  = 3
	adminRefused   = 4
	adminGranted   = 5
	takenBack      = 101
	notReached     = 102 // of a node
)

// Limits of applications (doc 99880, 99883).
const (
	maxApprovers   = 100
	maxApplyPage   = 200
	usualApplyPage = 100
	// settledWithin is how long a process by the API has to be begun; without it the usual process goes on.
	settledWithin = 24 * time.Hour
)

// The ways in which an application ends (doc 99877).
const (
	finishRefused = 1
	finishGranted = 2
	finishDeleted = 3
)

// applied are the events of applications, told to those that run their process.
type applied struct {
	submitted *event.Kind[SubmittedEvent]
	finished  *event.Kind[FinishedEvent]
}

func declareApplied(l *event.Log) applied {
	d := func(name string, doc int) event.Declaration {
		return event.Declaration{Name: name, Doc: doc, Receivers: event.Receivers{access.SelfBuilt: event.Full}, Only: func(to access.Caller) bool { return to.MayCallOf(access.Security) }}
	}
	return applied{
		event.Declare(l, d("submit_vip_account_approval", 99876), func() SubmittedEvent {
			return SubmittedEvent{UserID: "zhangsan", Reason: "sample", Business: 1, ApplyID: "SAMPLE"}
		}),
		event.Declare(l, d("finish_vip_account_approval", 99877), func() FinishedEvent { return FinishedEvent{ApplyID: "SAMPLE", How: finishRefused} }),
	}
}

// SubmittedEvent is a member who has applied (doc 99876).
type SubmittedEvent struct {
	UserID   id.UserID
	Reason   string
	Business int64
	ApplyID  string
}

// Push writes the event.
func (e SubmittedEvent) Push(_ *store.Tx, to event.Audience) ([]event.Push, error) {
	p := event.Push{Event: "submit_vip_account_approval", From: e.UserID}
	p.Fields.Text("ApplyReason", e.Reason)
	p.Fields.Int("BusinessType", e.Business)
	p.Fields.Text("ApplyId", e.ApplyID)
	p.Fields.Int("AgentID", to.AgentID)
	return []event.Push{p}, nil
}

// FinishedEvent is the end of an application (doc 99877).
type FinishedEvent struct {
	ApplyID string
	How     int64
}

// Push writes the event.
func (e FinishedEvent) Push(_ *store.Tx, to event.Audience) ([]event.Push, error) {
	p := event.Push{Event: "finish_vip_account_approval"}
	p.Fields.Int("FinishType", e.How)
	p.Fields.Text("ApplyId", e.ApplyID)
	p.Fields.Int("AgentID", to.AgentID)
	return []event.Push{p}, nil
}

// Apply is a member who asks for an account. It answers 60111 for an unknown member.
func (s *Service) Apply(ctx context.Context, tx *store.Tx, by access.Caller, user id.UserID, business int64, reason string) (Application, error) {
	if business < 1 || business > 4 {
		return Application{}, wire.ErrParameter.With("business_type: 1 to 4 expected, %d given", business)
	}
	m, err := s.deps.Directory.Member(ctx, tx, by, user)
	if err != nil {
		return Application{}, err
	}
	a := Application{ApplyID: id.Letters(32), UserID: m.UserID, Business: business, Reason: reason, CreatedAt: tx.Now(), Status: approving}
	a.No, err = tx.Insert(`INSERT INTO security_application (corpid, apply_id, userkey, userid, business, reason, created_at, status, approval_id, url, nodes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', '', '[]')`,
		by.CorpID, a.ApplyID, m.UserID.Key(), string(m.UserID), business, reason, a.CreatedAt.Unix(), a.Status)
	if err != nil {
		return a, err
	}
	return a, s.applied.submitted.Record(ctx, tx, by, SubmittedEvent{a.UserID, reason, business, a.ApplyID})
}

// Finish ends an application: an administrator refuses it, or gives the account, or the member deletes it.
func (s *Service) Finish(ctx context.Context, tx *store.Tx, by access.Caller, applyID string, how int64) error {
	a, err := s.application(tx, by.CorpID, applyID)
	if err != nil {
		return err
	}
	if a.Status == adminRefused || a.Status == adminGranted {
		return wire.ErrParameter.With("apply_id: the application has ended")
	}
	switch how {
	case finishDeleted:
		_, err = tx.Exec(`DELETE FROM security_application WHERE corpid = ? AND no = ?`, by.CorpID, a.No)
	default:
		_, err = tx.Exec(`UPDATE security_application SET status = ? WHERE corpid = ? AND no = ?`, map[int64]int64{finishRefused: adminRefused, finishGranted: adminGranted}[how], by.CorpID, a.No)
	}
	if err != nil {
		return err
	}
	return s.applied.finished.Record(ctx, tx, by, FinishedEvent{a.ApplyID, how})
}

// Approval is what an application says of its process.
type Approval struct {
	ApplyID, ApprovalID, URL string
	Status                   int64
	Nodes                    *[]ApprovalNode // nil leaves them
}

func (v Approval) valid() error {
	switch {
	case v.ApprovalID == "":
		return wire.ErrEmpty.With("approval_id is missing")
	case v.Status != approving && v.Status != approvalRefuse && v.Status != approvalAgree && v.Status != takenBack:
		return wire.ErrParameter.With("approval_status: 1, 2, 3 or 101 expected, %d given", v.Status)
	case !strings.HasPrefix(v.URL, "http://") && !strings.HasPrefix(v.URL, "https://"):
		return wire.ErrParameter.With("approval_url: a URL with http:// or https:// expected")
	case v.Nodes == nil:
		return nil
	}
	for i, n := range *v.Nodes {
		switch {
		case n.Status != approving && n.Status != approvalRefuse && n.Status != approvalAgree && n.Status != takenBack && n.Status != notReached:
			return wire.ErrParameter.With("node_list[%d].node_apv_status: 1, 2, 3, 101 or 102 expected, %d given", i, n.Status)
		case n.Together < 1 || n.Together > 3:
			return wire.ErrParameter.With("node_list[%d].node_apv_rel: 1 to 3 expected, %d given", i, n.Together)
		case len(n.Current)+len(n.Completed) == 0:
			return wire.ErrParameter.With("node_list[%d]: current_approvers or completed_approvers expected", i)
		case len(n.Current) > maxApprovers || len(n.Completed) > maxApprovers:
			return wire.ErrParameter.With("node_list[%d]: at most %d approvers of a sort", i, maxApprovers)
		}
	}
	return nil
}

// SetApproval writes what an application says of its process. The first time it must do so within 24 hours, and
// the approval_id never changes. Doc 99880.
func (s *Service) SetApproval(ctx context.Context, tx *store.Tx, by access.Caller, v Approval) error {
	if err := v.valid(); err != nil {
		return err
	}
	a, err := s.application(tx, by.CorpID, v.ApplyID)
	switch {
	case err != nil:
		return err
	case a.Status == adminRefused || a.Status == adminGranted:
		return wire.ErrParameter.With("apply_id: an administrator has decided on it")
	case a.ApprovalID != "" && a.ApprovalID != v.ApprovalID:
		return wire.ErrParameter.With("approval_id: the application has another, which cannot change")
	case a.ApprovalID == "" && tx.Now().Sub(a.CreatedAt) > settledWithin:
		return wire.ErrParameter.With("apply_id: 24 hours have gone by, and the usual process goes on")
	}
	if a.ApprovalID == "" {
		n, err := tx.Count(`SELECT count(*) FROM security_application WHERE corpid = ? AND approval_id = ?`, by.CorpID, v.ApprovalID)
		if err == nil && n > 0 {
			err = wire.ErrParameter.With("approval_id: it belongs to another application")
		}
		if err != nil {
			return err
		}
	}
	if v.Nodes != nil {
		if err := s.approvers(tx, by, *v.Nodes); err != nil {
			return err
		}
		a.Nodes = *v.Nodes
	}
	text, err := json.Marshal(a.Nodes)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE security_application SET status = ?, approval_id = ?, url = ?, nodes = ? WHERE corpid = ? AND no = ?`, v.Status, v.ApprovalID, v.URL, string(text), by.CorpID, a.No)
	return err
}

// approvers refuses somebody who is no member.
func (s *Service) approvers(tx *store.Tx, by access.Caller, nodes []ApprovalNode) error {
	var users []id.UserID
	for _, n := range nodes {
		users = append(append(users, n.Current...), n.Completed...)
	}
	known, err := s.deps.Directory.Named(tx, by, id.Texts(users))
	if err != nil {
		return err
	}
	for _, u := range users {
		if _, ok := known[u.Key()]; !ok {
			return directory.ErrMemberNotFound.With("%q", u)
		}
	}
	return nil
}

// application returns one of the corp, or answers 40058.
func (s *Service) application(tx *store.Tx, corpID, applyID string) (Application, error) {
	if applyID == "" {
		return Application{}, wire.ErrEmpty.With("apply_id is missing")
	}
	list, err := selectApplications(tx, `corpid = ? AND apply_id = ?`, corpID, applyID)
	if err == nil && len(list) == 0 {
		err = wire.ErrParameter.With("apply_id: there is no application %q", applyID)
	}
	if err != nil {
		return Application{}, err
	}
	return list[0], nil
}

func selectApplications(tx *store.Tx, where string, args ...any) (out []Application, err error) {
	err = tx.Each(`SELECT no, apply_id, userid, business, reason, created_at, status, approval_id, url, nodes FROM security_application WHERE `+where, args, func(rows *store.Rows) error {
		var a Application
		var created int64
		var nodes string
		if err := rows.Scan(&a.No, &a.ApplyID, &a.UserID, &a.Business, &a.Reason, &created, &a.Status, &a.ApprovalID, &a.URL, &nodes); err != nil {
			return err
		}
		a.CreatedAt = time.Unix(created, 0)
		err := json.Unmarshal([]byte(nodes), &a.Nodes)
		out = append(out, a)
		return err
	})
	return out, err
}
