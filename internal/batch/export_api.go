package batch

import (
	"context"
	"encoding/json"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/job"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) exportEndpoints() []wire.Endpoint {
	read := directory.Readers()
	// A job belongs to the application that submitted it. Contact sync may have submitted the export of a tag
	// from any address.
	own := read.And(directory.TagReaders())
	return []wire.Endpoint{
		{Method: "POST", Path: "/cgi-bin/export/simple_user", Doc: 94849, Allow: read, Handle: wire.Write(s.exportSimpleUser)},
		{Method: "POST", Path: "/cgi-bin/export/user", Doc: 94851, Allow: read, Handle: wire.Write(s.exportUser)},
		{Method: "POST", Path: "/cgi-bin/export/department", Doc: 94852, Allow: read, Handle: wire.Write(s.exportDepartment)},
		{Method: "POST", Path: "/cgi-bin/export/taguser", Doc: 94853, Allow: directory.TagReaders(), Handle: wire.Write(s.exportTaguser)},
		{Method: "GET", Path: "/cgi-bin/export/get_result", Doc: 94854, Allow: own, Handle: wire.Read(s.exportGetResult)},
	}
}

type exportRequest struct {
	AESKey    string `json:"encoding_aeskey"`
	BlockSize int64  `json:"block_size"`
}

func (r exportRequest) operation() Export { return Export{AESKey: r.AESKey, BlockSize: r.BlockSize} }

func (s *Service) exportSimpleUser(ctx context.Context, tx *store.Tx, by access.Caller, req exportRequest) (jobResponse, error) {
	jobID, err := s.StartExport(ctx, tx, by, exportSimpleUser, req.operation())
	return jobResponse{jobID}, err
}

func (s *Service) exportUser(ctx context.Context, tx *store.Tx, by access.Caller, req exportRequest) (jobResponse, error) {
	jobID, err := s.StartExport(ctx, tx, by, exportUser, req.operation())
	return jobResponse{jobID}, err
}

func (s *Service) exportDepartment(ctx context.Context, tx *store.Tx, by access.Caller, req exportRequest) (jobResponse, error) {
	jobID, err := s.StartExport(ctx, tx, by, exportDepartment, req.operation())
	return jobResponse{jobID}, err
}

type exportTaguserRequest struct {
	exportRequest
	TagID *int64 `json:"tagid"`
}

func (s *Service) exportTaguser(ctx context.Context, tx *store.Tx, by access.Caller, req exportTaguserRequest) (jobResponse, error) {
	if req.TagID == nil {
		return jobResponse{}, directory.ErrTagIDMissing
	}
	e := req.operation()
	e.TagID = *req.TagID
	jobID, err := s.StartExport(ctx, tx, by, exportTag, e)
	return jobResponse{jobID}, err
}

type exportedBlock struct {
	URL  string `json:"url"`
	Size int64  `json:"size"`
	MD5  string `json:"md5"`
}

type exportGetResultResponse struct {
	Status int64           `json:"status"` // 0 queued, 1 running, 2 done, 3 failed
	Data   []exportedBlock `json:"data_list"`
}

func (s *Service) exportGetResult(ctx context.Context, tx *store.Tx, by access.Caller, req jobRequest) (resp exportGetResultResponse, err error) {
	j, err := s.deps.Jobs.Find(tx, by, req.JobID, exportKinds...)
	if err != nil {
		return resp, err
	}
	resp.Status = int64(j.State)
	if j.State != job.Done {
		return resp, nil
	}
	var at exportPlace
	if err := json.Unmarshal(j.Place, &at); err != nil {
		return resp, err
	}
	for i, b := range at.Blocks {
		u, err := s.blockURL(j, int64(i), tx.Now())
		if err != nil {
			return resp, err
		}
		resp.Data = append(resp.Data, exportedBlock{u, b.Size, b.MD5})
	}
	return resp, nil
}
