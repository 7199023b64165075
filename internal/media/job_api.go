package media

import (
	"context"
	"strconv"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) jobEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		{Method: "POST", Path: "/cgi-bin/media/upload_by_url", Doc: 96219, Allow: customers(), Handle: wire.Write(s.mediaUploadByURL)},
		{Method: "POST", Path: "/cgi-bin/media/get_upload_by_url_result", Doc: 96219, Allow: customers(), Handle: wire.Read(s.mediaGetUploadByURLResult)},
	}
}

type mediaUploadByURLRequest struct {
	Scene    int64  `json:"scene"`
	Type     string `json:"type"`
	Filename string `json:"filename"`
	URL      string `json:"url"`
	MD5      string `json:"md5"`
}

type jobidResponse struct {
	JobID string `json:"jobid"`
}

func (s *Service) mediaUploadByURL(_ context.Context, tx *store.Tx, by access.Caller, req mediaUploadByURLRequest) (jobidResponse, error) {
	if req.Scene != 1 {
		return jobidResponse{}, wire.ErrParameter.With("scene %d: 1 expected", req.Scene)
	}
	jobID, err := s.CreateJob(tx, by, Job{Kind: Kind(req.Type), Name: req.Filename, URL: req.URL, MD5: req.MD5})
	return jobidResponse{jobID}, err
}

type jobidRequest struct {
	JobID string `json:"jobid"`
}

// jobDetail is the result of a job. media_id and created_at are present once it is done.
type jobDetail struct {
	ErrCode   int64  `json:"errcode"`
	ErrMsg    string `json:"errmsg"`
	MediaID   string `json:"media_id,omitempty"`
	CreatedAt string `json:"created_at,omitempty"`
}

// mediaGetUploadByURLResultResponse has a number as status, as the page's example
// and the clients have it; its table calls it a string.
type mediaGetUploadByURLResultResponse struct {
	Status int64     `json:"status"`
	Detail jobDetail `json:"detail"`
}

func (s *Service) mediaGetUploadByURLResult(_ context.Context, tx *store.Tx, by access.Caller, req jobidRequest) (mediaGetUploadByURLResultResponse, error) {
	if req.JobID == "" {
		return mediaGetUploadByURLResultResponse{}, wire.ErrEmpty.With("jobid")
	}
	j, err := s.Job(tx, by.CorpID, req.JobID)
	if err != nil {
		return mediaGetUploadByURLResultResponse{}, err
	}
	d := jobDetail{ErrMsg: "ok"}
	switch j.Status {
	case JobDone:
		d.MediaID, d.CreatedAt = j.MediaID, strconv.FormatInt(j.EndedAt.Unix(), 10)
	case JobFailed:
		d.ErrCode, d.ErrMsg = int64(j.Failure.Code), j.Failure.Message()
	}
	return mediaGetUploadByURLResultResponse{int64(j.Status), d}, nil
}
