package hardware

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/media"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) jobEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		{Method: "POST", Path: jobsPath, Doc: 96407, Credential: s.byDevice, Allow: devices, Handle: wire.Read(s.getPrinterJobList)},
		{Method: "POST", Path: "/cgi-bin/openhw/device/get_printer_job_download_url", Doc: 96408, Credential: s.byDevice, Allow: devices, Handle: wire.Read(s.getPrinterJobDownloadURL)},
		{Method: "POST", Path: "/cgi-bin/openhw/device/report_printer_job_status", Doc: 96409, Credential: s.byDevice, Allow: devices, Handle: wire.Write(s.reportPrinterJobStatus)},
		{Method: "POST", Path: "/cgi-bin/openhw/device/set_printer_job_trans_result", Doc: 96412, Credential: s.byDevice, Allow: devices, Handle: wire.Direct(s.setPrinterJobTransResult)},
	}
}

const jobsPath = "/cgi-bin/openhw/device/get_printer_job_list"

// A page of jobs (doc 96407).
const (
	usualJobs = 100
	maxJobs   = 200
	maxJobIDs = 200
)

type getPrinterJobListRequest struct {
	UserID id.UserID `json:"open_userid"`
	Status *int64    `json:"status"`
	Cursor string    `json:"cursor"`
	Limit  int64     `json:"limit"`
	From   int64     `json:"begin_time"`
	To     int64     `json:"end_time"`
	JobIDs []string  `json:"jobid_list"`
}

type (
	printerJob struct {
		UserID    id.UserID `json:"open_userid"`
		At        int64     `json:"createtime"`
		Submitted int64     `json:"submitted"`
		State     string    `json:"state,omitempty"`
		Status    int64     `json:"status"`
		ErrCode   int64     `json:"errcode"`
		ErrMsg    string    `json:"errmsg"`
		Name      string    `json:"doc_name"`
		Size      int64     `json:"doc_size"`
		JobID     string    `json:"jobid"`
		Settings  []Setting `json:"setting_list"`
	}
	getPrinterJobListResponse struct {
		Jobs []printerJob `json:"printer_job_list"`
		Next string       `json:"next_cursor,omitempty"`
	}
)

// printerCaller returns the device that calls, which must be able to print.
func (s *Service) printerCaller(tx *store.Tx, by access.Caller) (Device, error) {
	d, err := s.caller(tx, by)
	if err == nil && d.Model.Abilities&Printer == 0 {
		err = ErrNoPrinter
	}
	return d, err
}

func (s *Service) getPrinterJobList(ctx context.Context, tx *store.Tx, by access.Caller, req getPrinterJobListRequest) (resp getPrinterJobListResponse, err error) {
	d, err := s.printerCaller(tx, by)
	if err != nil {
		return resp, err
	}
	q := JobQuery{UserID: req.UserID, Status: req.Status, JobIDs: req.JobIDs, From: req.From, To: req.To, Limit: req.Limit}
	if q.Limit == 0 {
		q.Limit = usualJobs
	}
	switch {
	case len(req.JobIDs) > maxJobIDs:
		return resp, wire.ErrParameter.With("jobid_list: at most %d expected", maxJobIDs)
	case q.Limit < 0 || q.Limit > maxJobs:
		return resp, ErrOffset.With("limit: at most %d expected", maxJobs)
	case req.Status != nil && (*req.Status < 0 || *req.Status > 2):
		return resp, wire.ErrParameter.With("status: 0, 1 or 2 expected")
	}
	cursor := wire.Cursor[int64]{Box: s.deps.Box, Path: jobsPath}
	text := req.Cursor
	if text == "0" { // as in the page's sample
		text = ""
	}
	if q.After, err = cursor.Open(by, text); err != nil {
		return resp, err
	}
	list, err := s.Jobs(tx, d, q)
	for _, j := range list {
		resp.Jobs = append(resp.Jobs, printerJob{
			j.UserID, j.At.Unix(), flag(j.Submitted), j.State, j.Status, j.ErrCode, reason(j), j.Name, j.Size, j.JobID, j.Settings,
		})
	}
	if len(req.JobIDs) == 0 && int64(len(list)) == q.Limit {
		resp.Next = cursor.Next(by, list[len(list)-1].No)
	}
	return resp, err
}

func reason(j Job) string {
	if j.ErrCode == 0 && j.ErrMsg == "" {
		return "ok"
	}
	return j.ErrMsg
}

type jobRequest struct {
	JobID string `json:"jobid"`
}

type getPrinterJobDownloadURLResponse struct {
	URL    string `json:"download_url"`
	AESKey string `json:"encoding_aeskey"`
}

func (s *Service) getPrinterJobDownloadURL(ctx context.Context, tx *store.Tx, by access.Caller, req jobRequest) (resp getPrinterJobDownloadURLResponse, err error) {
	d, err := s.printerCaller(tx, by)
	if err != nil {
		return resp, err
	}
	j, err := s.JobOf(tx, d, req.JobID)
	if err != nil {
		return resp, err
	}
	return getPrinterJobDownloadURLResponse{s.fileURL(j, tx.Now()), j.aesKey}, nil
}

type reportPrinterJobStatusRequest struct {
	JobID   string `json:"jobid"`
	Status  int64  `json:"status"`
	ErrCode int64  `json:"errcode"`
	ErrMsg  string `json:"errmsg"`
}

func (s *Service) reportPrinterJobStatus(ctx context.Context, tx *store.Tx, by access.Caller, req reportPrinterJobStatusRequest) (none wire.None, err error) {
	d, err := s.printerCaller(tx, by)
	if err != nil {
		return none, err
	}
	j, err := s.JobOf(tx, d, req.JobID)
	if err == nil {
		err = s.Printed(tx, j, req.Status, req.ErrCode, req.ErrMsg)
	}
	return none, err
}

type setPrinterJobTransResultRequest struct {
	JobID    string `json:"jobid"`
	Version  int64  `json:"setting_version"`
	Type     int64  `json:"type"` // 0 pdf, 1 jpg
	Page     int64  `json:"page"`
	PageSize int64  `json:"page_size"`
	MediaID  string `json:"media_id"`
	URL      string `json:"download_url"`
	ErrCode  int64  `json:"errcode"`
	ErrMsg   string `json:"errmsg"`
}

// conversionErrors are those that the platform words itself; codes up to 1999 are its own (doc 96412).
var conversionErrors = map[int64]string{1: "打印盒子暂不支持当前打印机品牌", 2: "文件转码失败，请重试", 3: "文件转码超时，请重试", 4: "暂不支持打印该格式文件"}

const firstOwnError = 2000

// maxPages is ours: how many pictures a file is converted to.
const maxPages = 1000

func (s *Service) setPrinterJobTransResult(ctx context.Context, st *store.Store, by access.Caller, req setPrinterJobTransResultRequest) (none wire.None, err error) {
	var d Device
	var j Job
	check := func(tx *store.Tx) (err error) {
		if d, err = s.printerCaller(tx, by); err != nil {
			return err
		}
		if j, err = s.JobOf(tx, d, req.JobID); err != nil {
			return err
		}
		switch {
		case req.Version < 1 || req.Version > j.Version:
			return ErrTransVersion
		case req.Version < j.Version:
			return ErrTransExpired
		case req.Type != 0 && req.Type != 1:
			return wire.ErrParameter.With("type: 0 or 1 expected")
		case req.ErrCode != 0:
			return nil
		case req.PageSize < 1 || req.PageSize > maxPages, req.Type == 1 && (req.Page < 1 || req.Page > req.PageSize):
			return ErrTransPage.With("page_size 1 to %d expected, and of a picture its page, from 1", maxPages)
		case req.MediaID == "" && req.URL == "":
			return ErrNoFile
		}
		return nil
	}
	if err := st.Read(ctx, check); err != nil {
		return none, err
	}
	var f media.File
	if req.ErrCode == 0 {
		if f, err = s.fileOf(ctx, d, req.MediaID, req.URL, j.Name); err != nil {
			return none, err
		}
	}
	return none, st.Write(ctx, func(tx *store.Tx) error {
		if err := check(tx); err != nil {
			return err
		}
		p := j.Pages
		if req.ErrCode != 0 {
			p.ErrCode, p.ErrMsg = req.ErrCode, shortened(req.ErrMsg)
			if req.ErrCode < firstOwnError {
				if p.ErrMsg = conversionErrors[req.ErrCode]; p.ErrMsg == "" {
					p.ErrMsg = conversionErrors[2]
				}
			}
			return s.savePages(tx, j, p)
		}
		key, err := s.deps.Media.Keep(tx, f)
		if err != nil {
			return err
		}
		number := max(req.Page, 1)
		if req.Type == 0 {
			number = 1
		}
		kind := []string{"pdf", "jpg"}[req.Type]
		var gone []string
		p.Files = slices.DeleteFunc(slices.Clone(p.Files), func(f page) bool {
			if f.Page == number || p.Format != kind {
				gone = append(gone, f.Content)
				return true
			}
			return false
		})
		for _, key := range gone {
			if err := s.deps.Media.Release(tx, key); err != nil {
				return err
			}
		}
		p = Pages{Format: kind, Count: req.PageSize, Files: append(p.Files, page{number, key, f.Size})}
		return s.savePages(tx, j, p)
	})
}

func (s *Service) savePages(tx *store.Tx, j Job, p Pages) error {
	text, err := json.Marshal(p)
	if err == nil {
		_, err = tx.Exec(`UPDATE hardware_job SET pages = ? WHERE no = ?`, string(text), j.No)
	}
	return err
}

// fileOf returns the file that a provider names: by its address, which wins, or by the id that the corp's
// media/upload gave it.
func (s *Service) fileOf(ctx context.Context, d Device, mediaID, url, name string) (f media.File, err error) {
	if url != "" {
		return s.download(ctx, d, url, name)
	}
	err = s.deps.Store.Read(ctx, func(tx *store.Tx) (err error) {
		f, err = s.deps.Media.File(tx, d.CorpID, mediaID)
		return err
	})
	if errors.Is(err, media.ErrMediaID) {
		err = media.ErrMediaID.With("an id of a file of the enterprise expected")
	}
	return f, err
}
