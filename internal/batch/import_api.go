package batch

import (
	"context"
	"encoding/json"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/event"
	"qiwei/internal/job"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) importEndpoints() []wire.Endpoint {
	may := directory.Writers()
	return []wire.Endpoint{
		{Method: "POST", Path: "/cgi-bin/batch/syncuser", Doc: 90980, Allow: may, Handle: wire.Direct(s.batchSyncuser)},
		{Method: "POST", Path: "/cgi-bin/batch/replaceuser", Doc: 90981, Allow: may, Handle: wire.Direct(s.batchReplaceuser)},
		{Method: "POST", Path: "/cgi-bin/batch/replaceparty", Doc: 90982, Allow: may, Handle: wire.Direct(s.batchReplaceparty)},
		{Method: "GET", Path: "/cgi-bin/batch/getresult", Doc: 90983, Allow: may, Handle: wire.Read(s.batchGetresult)},
	}
}

type batchRequest struct {
	MediaID  string         `json:"media_id"`
	Invite   *bool          `json:"to_invite"`
	Callback *batchCallback `json:"callback"`
}

type batchCallback struct {
	URL    string `json:"url"`
	Token  string `json:"token"`
	AESKey string `json:"encodingaeskey"`
}

func (r batchRequest) operation() Import {
	in := Import{Invite: r.Invite == nil || *r.Invite}
	if r.Callback != nil {
		in.Callback = event.Endpoint(*r.Callback)
	}
	return in
}

type jobResponse struct {
	JobID string `json:"jobid"`
}

func (s *Service) batchSyncuser(ctx context.Context, st *store.Store, by access.Caller, req batchRequest) (jobResponse, error) {
	jobID, err := s.StartImport(ctx, st, by, syncUser, req.MediaID, req.operation())
	return jobResponse{jobID}, err
}

func (s *Service) batchReplaceuser(ctx context.Context, st *store.Store, by access.Caller, req batchRequest) (jobResponse, error) {
	jobID, err := s.StartImport(ctx, st, by, replaceUser, req.MediaID, req.operation())
	return jobResponse{jobID}, err
}

func (s *Service) batchReplaceparty(ctx context.Context, st *store.Store, by access.Caller, req batchRequest) (jobResponse, error) {
	jobID, err := s.StartImport(ctx, st, by, replaceParty, req.MediaID, req.operation())
	return jobResponse{jobID}, err
}

type jobRequest struct {
	JobID string `json:"jobid"`
}

type batchGetresultResponse struct {
	Status     int64  `json:"status"` // 1 begun, 2 under way, 3 done
	Type       string `json:"type"`
	Total      int64  `json:"total"`
	Percentage int64  `json:"percentage"`
	Result     lines  `json:"result"`
}

// lines are the elements of a list, as the JSON that they were stored as, with
// commas between them.
type lines []byte

// AppendJSON writes the list.
func (l lines) AppendJSON(out []byte) []byte { return append(append(append(out, '['), l...), ']') }

// JSONSchema describes it.
func (lines) JSONSchema() map[string]any {
	return map[string]any{"type": "array", "items": map[string]any{"type": "object"}}
}

// UnmarshalJSON reads a list.
func (l *lines) UnmarshalJSON(list []byte) error {
	var elements []json.RawMessage
	if err := json.Unmarshal(list, &elements); err != nil {
		return err
	}
	for i, e := range elements {
		if i > 0 {
			*l = append(*l, ',')
		}
		*l = append(*l, e...)
	}
	return nil
}

// batchGetresult answers the reason if an import failed as a whole, so that nobody takes it for an import
// without rows. It also says that the job has ended, for callers who wait for status 3. What the platform
// does here is unverified.
func (s *Service) batchGetresult(ctx context.Context, tx *store.Tx, by access.Caller, req jobRequest) (resp batchGetresultResponse, err error) {
	j, err := s.deps.Jobs.Find(tx, by, req.JobID, syncUser, replaceUser, replaceParty)
	if err != nil {
		return resp, err
	}
	resp = batchGetresultResponse{Status: 1, Type: j.Kind, Total: j.Total}
	switch j.State {
	case job.Failed:
		resp.Status, resp.Percentage = 3, 100
		return resp, wire.Error{Code: int(j.ErrCode), Text: j.ErrMsg}.Answering(resp)
	case job.Running:
		resp.Status = 2
		resp.Percentage = min(99, j.Done*100/max(j.Total, 1))
	case job.Done:
		resp.Status, resp.Percentage = 3, 100
		err = s.deps.Jobs.EachPiece(tx, j, 0, func(piece []byte) error {
			resp.Result = append(resp.Result, piece...)
			return nil
		})
	}
	return resp, err
}
