package simulated

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/coder/websocket"

	"qiwei/internal/hardware/frame"
)

// next returns the next push, waiting for it. It answers context.DeadlineExceeded where none has come in time.
func (d *Device) next(ctx context.Context, within time.Duration) (m frame.Message, err error) {
	if len(d.pushes) > 0 {
		m, d.pushes = d.pushes[0], d.pushes[1:]
		return m, nil
	}
	r, err := d.take(ctx, within)
	if err == nil {
		err = json.Unmarshal(r.raw, &m)
	}
	return m, err
}

// work does what it is told, until the context ends.
func (d *Device) work(ctx context.Context) error {
	for {
		m, err := d.next(ctx, beat)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, context.DeadlineExceeded):
			err = d.call(ctx, "ping", nil, nil)
		case err == nil:
			err = d.obey(ctx, m)
		}
		if err != nil {
			return err
		}
	}
}

// told is what pushes bring.
type told struct {
	UserID string   `json:"userid"`
	OperID string   `json:"oper_id"`
	Page   string   `json:"page_type"`
	Op     string   `json:"op_type"`
	Hint   string   `json:"hint"`
	Jobs   []string `json:"jobid_list"`
}

func (d *Device) obey(ctx context.Context, m frame.Message) error {
	var in told
	if len(m.Body) > 0 {
		if err := json.Unmarshal(m.Body, &in); err != nil {
			return fmt.Errorf("%s: %w", m.Cmd, err)
		}
	}
	d.Log("told %s %s", m.Cmd, m.Body)
	switch m.Cmd {
	case "push_remote_open_door":
		return d.open(ctx, in, "remote_open_door", 3)
	case "push_user_scan":
		return d.open(ctx, in, "scan_qrcode_open", 5)
	case "push_change_contact", "push_change_userid":
		return d.sync(ctx)
	case "push_enter_page":
		return d.enrol(ctx, in)
	case "push_printer_job":
		for _, job := range in.Jobs {
			if err := d.print(ctx, job); err != nil {
				return err
			}
		}
	case "push_fetch_log":
		log := []byte("log of " + d.SN + " for " + in.Hint)
		return d.upload(ctx, frame.Upload{Cmd: "upload_log", Data: log})
	case "push_unbind_corp":
		return ErrUnbound
	}
	return nil
}

// open opens the door and reports that, and whoever passes.
func (d *Device) open(ctx context.Context, in told, kind string, method int) error {
	status := 0
	if d.Refuse {
		status = 1
	}
	if err := d.call(ctx, "report_remote_open_door", map[string]any{"type": kind, "oper_id": in.OperID, "status": status}, nil); err != nil {
		return err
	}
	if d.Refuse {
		d.Log("refused to open the door for %s", in.UserID)
		return nil
	}
	d.Log("opened the door for %s", in.UserID)
	return d.checkin(ctx, in.UserID, 1, method)
}

// enrol takes a face or a fingerprint. There is nobody in front of it, so the features are drawn.
func (d *Device) enrol(ctx context.Context, in told) error {
	list := map[string]string{"fa": "fa_list", "fp": "fp"}[in.Page]
	if list == "" {
		return nil
	}
	user := map[string]any{"userid": in.UserID, "user_type": 0, list: []map[string]any{{"id": 0, "data": features()}}}
	if err := d.call(ctx, "upload_userinfo", map[string]any{"oper_id": in.OperID, "errcode": 0, "errmsg": "ok", "userinfo": []any{user}}, nil); err != nil {
		return err
	}
	d.Log("took the %s of %s", map[string]string{"fa": "face", "fp": "fingerprint"}[in.Page], in.UserID)
	return nil
}

// print fetches a job's file and says that it is printed.
func (d *Device) print(ctx context.Context, job string) error {
	d.sent++
	reqID := "q" + strconv.Itoa(d.sent)
	body, err := json.Marshal(map[string]any{"jobid": job, "format_version": 1})
	if err != nil {
		return err
	}
	raw, err := json.Marshal(frame.Message{Cmd: "printer/download_file", Headers: frame.Headers{ReqID: reqID}, Body: body})
	if err != nil {
		return err
	}
	if err := d.ws.Write(ctx, websocket.MessageText, raw); err != nil {
		return err
	}
	for {
		r, err := d.take(ctx, patience)
		if err != nil {
			return err
		}
		if r.kind == websocket.MessageBinary {
			f, err := frame.ParseFile(r.raw)
			if err != nil {
				return err
			}
			if err := d.call(ctx, "printer/report_job_status", map[string]any{"jobid": job, "status": 2, "errcode": 0, "errmsg": "ok"}, nil); err != nil {
				return err
			}
			d.Log("printed %d bytes of %s", len(f.Data), job)
			return nil
		}
		var m frame.Message
		if err := json.Unmarshal(r.raw, &m); err != nil {
			return err
		}
		if m.ErrCode != nil {
			return Refused{"printer/download_file", *m.ErrCode, *m.ErrMsg}
		}
		d.pushes = append(d.pushes, m)
	}
}

// upload sends a file.
func (d *Device) upload(ctx context.Context, u frame.Upload) error {
	d.sent++
	u.ReqID = "q" + strconv.Itoa(d.sent)
	if err := d.ws.Write(ctx, websocket.MessageBinary, u.Append(nil)); err != nil {
		return err
	}
	m, err := d.answer(ctx, u.ReqID)
	if err == nil && *m.ErrCode != 0 {
		err = Refused{u.Cmd, *m.ErrCode, *m.ErrMsg}
	}
	return err
}
