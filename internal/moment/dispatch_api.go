package moment

import (
	"context"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// perMinute is how many moments a corp makes in a minute (doc 95094).
const perMinute = 10

func (s *Service) dispatchEndpoints() []wire.Endpoint {
	add := customer.Endpoint("POST", "add_moment_task", 95094, wire.Write(s.addMomentTask), permitPost)
	add.Limit = wire.Limit{PerCorp: perMinute, Every: time.Minute}
	return []wire.Endpoint{add, customer.Endpoint("GET", "get_moment_task_result", 95094, wire.Read(s.getMomentTaskResult), permitPost)}
}

type (
	addMomentTaskRequest struct {
		Text        textAnswer   `json:"text"`
		Attachments []Attachment `json:"attachments"`
		Visible     struct {
			Senders struct {
				Users       []id.UserID `json:"user_list"`
				Departments []int64     `json:"department_list"`
			} `json:"sender_list"`
			Customers struct {
				Tags []id.CustomerTag `json:"tag_list"`
			} `json:"external_contact_list"`
		} `json:"visible_range"`
	}
	addMomentTaskResponse struct {
		JobID string `json:"jobid"`
	}
)

func (s *Service) addMomentTask(ctx context.Context, tx *store.Tx, by access.Caller, req addMomentTaskRequest) (addMomentTaskResponse, error) {
	to := req.Visible
	jobID, err := s.Propose(ctx, tx, by, NewContent{Text: req.Text.Content, Attachments: req.Attachments}, Dispatch{to.Senders.Users, to.Senders.Departments, to.Customers.Tags})
	return addMomentTaskResponse{jobID}, err
}

type (
	getMomentTaskResultRequest struct {
		JobID string `json:"jobid"`
	}
	getMomentTaskResultResponse struct {
		Status int64         `json:"status"`
		Type   string        `json:"type"`
		Result *resultAnswer `json:"result"`
	}
	resultAnswer struct {
		ErrCode  int    `json:"errcode"`
		ErrMsg   string `json:"errmsg"`
		MomentID string `json:"moment_id,omitempty"`
		Senders  struct {
			Users       []id.UserID `json:"user_list"`
			Departments []int64     `json:"department_list"`
		} `json:"invalid_sender_list"`
		Customers struct {
			Tags []id.CustomerTag `json:"tag_list"`
		} `json:"invalid_external_contact_list"`
	}
)

func (s *Service) getMomentTaskResult(ctx context.Context, tx *store.Tx, by access.Caller, req getMomentTaskResultRequest) (resp getMomentTaskResultResponse, err error) {
	r, err := s.Outcome(tx, by, req.JobID)
	if err != nil {
		return resp, err
	}
	resp = getMomentTaskResultResponse{Status: r.Status, Type: "add_moment_task"}
	if r.Failure == nil && r.MomentID == "" {
		return resp, nil
	}
	a := resultAnswer{ErrMsg: "ok", MomentID: r.MomentID}
	if r.Failure != nil {
		a.ErrCode, a.ErrMsg = r.Failure.Code, r.Failure.Text
	}
	a.Senders.Users, a.Senders.Departments, a.Customers.Tags = r.Users, r.Departments, r.Tags
	resp.Result = &a
	return resp, nil
}
