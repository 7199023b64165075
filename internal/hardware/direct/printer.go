package direct

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/coder/websocket"

	"qiwei/internal/hardware"
	"qiwei/internal/hardware/frame"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

type jobListRequest struct {
	UserID string   `json:"userid"`
	Status *int64   `json:"status"`
	Offset int64    `json:"offset"`
	Limit  int64    `json:"limit"`
	JobIDs []string `json:"jobid_list"`
}

// maxJobs is how many jobs a printer asks for at once.
const maxJobs = 200

type printerJob struct {
	UserID    id.UserID          `json:"userid"`
	At        int64              `json:"createtime"`
	Submitted int64              `json:"submitted"`
	State     string             `json:"state"`
	Status    int64              `json:"status"`
	ErrCode   int64              `json:"errcode"`
	ErrMsg    string             `json:"errmsg"`
	Name      string             `json:"doc_name"`
	Size      int64              `json:"doc_size"`
	JobID     string             `json:"jobid"`
	Settings  []hardware.Setting `json:"setting_list"`
	Format    string             `json:"printer_format"`
	Pictures  *pictures          `json:"pic_file_list,omitempty"`
}

type (
	pictures struct {
		Size  int64     `json:"size"`
		Items []oneSize `json:"item"`
	}
	oneSize struct {
		Index int64 `json:"idx"`
		Size  int64 `json:"pic_size"`
	}
)

func jobList(_ context.Context, tx *store.Tx, c *conn, d hardware.Device, in jobListRequest) (any, error) {
	if d.Model.Abilities&hardware.Printer == 0 {
		return nil, hardware.ErrNoPrinter
	}
	if in.Limit == 0 {
		in.Limit = maxJobs
	}
	if in.Offset < 0 || in.Limit < 0 || in.Limit > maxJobs || len(in.JobIDs) > maxJobs {
		return nil, hardware.ErrOffset.With("limit: at most %d expected", maxJobs)
	}
	list, err := c.s.deps.Hardware.Jobs(tx, d, hardware.JobQuery{UserID: id.UserID(in.UserID), Status: in.Status, JobIDs: in.JobIDs, Offset: in.Offset, Limit: in.Limit})
	out := []printerJob{}
	for _, j := range list {
		p := printerJob{
			UserID: j.UserID, At: j.At.Unix(), State: j.State, Status: j.Status, ErrCode: j.ErrCode, ErrMsg: j.ErrMsg, Name: j.Name, Size: j.Size, JobID: j.JobID,
			Settings: append([]hardware.Setting{}, j.Settings...), Format: hardware.Format(j.Name),
		}
		if j.Submitted {
			p.Submitted = 1
		}
		if p.ErrCode == 0 && p.ErrMsg == "" {
			p.ErrMsg = "ok"
		}
		if p.Format == "jpg" {
			p.Pictures = &pictures{1, []oneSize{{0, j.Size}}}
		}
		out = append(out, p)
	}
	return struct {
		Jobs []printerJob `json:"printer_job_list"`
	}{out}, err
}

func reportJob(_ context.Context, tx *store.Tx, c *conn, d hardware.Device, in struct {
	JobID   string `json:"jobid"`
	Status  int64  `json:"status"`
	ErrCode int64  `json:"errcode"`
	ErrMsg  string `json:"errmsg"`
}) (any, error) {
	j, err := c.s.deps.Hardware.JobOf(tx, d, in.JobID)
	if err != nil {
		return nil, err
	}
	return nil, c.s.deps.Hardware.Printed(tx, j, in.Status, in.ErrCode, in.ErrMsg)
}

// sendFile answers printer/download_file (doc 94011): the file, or the part that is asked for, in a binary
// frame.
func (c *conn) sendFile(in frame.Message) (reply, error) {
	var req struct {
		JobID   string `json:"jobid"`
		Offset  int64  `json:"offset"`
		Limit   int64  `json:"limit"`
		Version int64  `json:"format_version"`
	}
	wire.Decode(in.Body, &req)
	var j hardware.Job
	err := error(errNotLoggedIn)
	if c.state == subscribed {
		err = c.s.deps.Store.Read(c.ctx, func(tx *store.Tx) error {
			d, err := c.bound(tx)
			switch {
			case err != nil:
				return err
			case req.Version != 1:
				return wire.ErrParameter.With("format_version: 1 expected")
			case req.Offset < 0 || req.Limit < 0:
				return hardware.ErrOffset
			}
			j, err = c.s.deps.Hardware.JobOf(tx, d, req.JobID)
			return err
		})
	}
	if err != nil {
		return c.answer(in, nil, err)
	}
	out, err := c.readFile(in, j, req.Offset, req.Limit)
	if err != nil {
		return c.answer(in, nil, err)
	}
	return out, nil
}

func (c *conn) readFile(in frame.Message, j hardware.Job, offset, limit int64) (reply, error) {
	content, size, err := c.s.deps.Hardware.Content(c.ctx, j, offset, limit)
	if err != nil {
		return reply{}, err
	}
	defer content.Close()
	data := make([]byte, size)
	if _, err := io.ReadFull(content, data); err != nil {
		return reply{}, fmt.Errorf("file of job %s: %w", j.JobID, err)
	}
	return reply{websocket.MessageBinary, frame.File{ReqID: in.Headers.ReqID, Data: data}.Append(nil), largeFor}, nil
}

// upload takes a file: a log, or what somebody has scanned.
func (c *conn) upload(u frame.Upload) error {
	if c.state != subscribed {
		return errNotLoggedIn
	}
	var d hardware.Device
	if err := c.s.deps.Store.Read(c.ctx, func(tx *store.Tx) (err error) {
		d, err = c.bound(tx)
		return err
	}); err != nil {
		return err
	}
	switch u.Cmd {
	case "upload_log":
		return c.s.deps.Hardware.TakeLog(c.ctx, d, int64(len(u.Data)), bytes.NewReader(u.Data))
	case "printer/upload_scan_file":
		var args struct {
			UserID string `json:"userid"`
			Name   string `json:"filename"`
		}
		wire.Decode(u.Args, &args)
		return c.s.deps.Hardware.TakeScan(c.ctx, d, id.UserID(args.UserID), args.Name, int64(len(u.Data)), bytes.NewReader(u.Data))
	}
	return wire.ErrParameter.With("unknown cmd %q in a binary frame", u.Cmd)
}
