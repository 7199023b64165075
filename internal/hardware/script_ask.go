package hardware

import (
	"context"

	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// The scripts of what members ask of devices.

type askScript struct {
	SN     string    `json:"device_sn"`
	UserID id.UserID `json:"userid"`
}

type askAnswer struct {
	OperID string `json:"oper_id"`
	SN     string `json:"device_sn,omitempty"`
}

func (s *Service) scriptOpen(ctx context.Context, req askScript) (answer askAnswer, err error) {
	err = s.onDevice(ctx, req.SN, func(tx *store.Tx, d Device) error {
		o, err := s.AskToOpen(ctx, tx, d, req.UserID)
		answer.OperID = o.OperID
		return err
	})
	return answer, err
}

type enrolScript struct {
	askScript
	Page string `json:"page_type"` // fa, fp
	// What is enter_page, exit_page or delete_bio_info; the first where it is left out.
	What string `json:"what"`
}

func (s *Service) scriptEnrol(ctx context.Context, req enrolScript) (answer askAnswer, err error) {
	if req.What == "" {
		req.What = string(EnterPage)
	}
	err = s.onDevice(ctx, req.SN, func(tx *store.Tx, d Device) error {
		o, err := s.AskToEnrol(ctx, tx, d, req.What, req.UserID, req.Page)
		answer.OperID = o.OperID
		return err
	})
	return answer, err
}

func (s *Service) scriptUpgrade(ctx context.Context, req snScript) (answer askAnswer, err error) {
	err = s.onDevice(ctx, req.SN, func(tx *store.Tx, d Device) error {
		o, err := s.AskToUpgrade(ctx, tx, d)
		answer.OperID = o.OperID
		return err
	})
	return answer, err
}

func (s *Service) scriptStatus(ctx context.Context, req snScript) (nothing, error) {
	return nothing{}, s.onDevice(ctx, req.SN, func(tx *store.Tx, d Device) error { return s.AskForStatus(ctx, tx, d) })
}

type scanScript struct {
	QRCode string    `json:"qr_code"`
	UserID id.UserID `json:"userid"`
	Admin  bool      `json:"admin"`
}

func (s *Service) scriptScan(ctx context.Context, req scanScript) (answer askAnswer, err error) {
	err = s.script(ctx, func(tx *store.Tx) error {
		d, state, err := s.Scanned(tx, req.QRCode)
		if err != nil {
			return err
		}
		o, err := s.Scan(ctx, tx, d, req.UserID, state, req.Admin)
		answer = askAnswer{o.OperID, d.SN}
		return err
	})
	return answer, err
}

type operationScript struct {
	OperID string `json:"oper_id"`
}

type operationAnswer struct {
	Kind    Asking    `json:"kind"`
	UserID  id.UserID `json:"userid"`
	Outcome string    `json:"outcome"` // waiting, done, failed
	ErrCode int64     `json:"errcode"`
	ErrMsg  string    `json:"errmsg"`
}

func (s *Service) scriptOperation(ctx context.Context, req operationScript) (answer operationAnswer, err error) {
	err = s.script(ctx, func(tx *store.Tx) error {
		o, found, err := s.Operation(tx, req.OperID)
		if err == nil && !found {
			err = door.Missing("oper_id: no such operation")
		}
		answer = operationAnswer{o.Kind, o.UserID, o.Now(tx.Now()).String(), o.ErrCode, o.ErrMsg}
		return err
	})
	return answer, err
}

type visitorScript struct {
	SN     string   `json:"device_sn"`
	ID     string   `json:"id"` // userid/agentid
	Name   string   `json:"name"`
	Rules  []string `json:"rules"`
	Remove bool     `json:"remove"`
}

func (s *Service) scriptVisitor(ctx context.Context, req visitorScript) (nothing, error) {
	return nothing{}, s.onDevice(ctx, req.SN, func(tx *store.Tx, d Device) error {
		if req.Remove {
			return s.Uninvite(ctx, tx, d, req.ID)
		}
		return s.Invite(ctx, tx, d, Visitor{ID: req.ID, Name: req.Name, Rules: req.Rules})
	})
}

type printScript struct {
	askScript
	MediaID  string    `json:"media_id"` // of a file that the enterprise has uploaded
	Settings []Setting `json:"setting_list"`
	Preview  bool      `json:"preview"` // the provider converts it first; submit prints it
	Scanned  bool      `json:"scanned"` // the member has scanned the printer's code
	State    string    `json:"state"`   // of that
}

type printAnswer struct {
	JobID string `json:"jobid"`
}

func (s *Service) scriptPrint(ctx context.Context, req printScript) (answer printAnswer, err error) {
	err = s.onDevice(ctx, req.SN, func(tx *store.Tx, d Device) error {
		f, err := s.deps.Media.File(tx, d.CorpID, req.MediaID)
		if err != nil {
			return err
		}
		j, err := s.Print(ctx, tx, d, NewJob{UserID: req.UserID, File: f, Settings: req.Settings, Preview: req.Preview, Scanned: req.Scanned, State: req.State})
		answer.JobID = j.JobID
		return err
	})
	return answer, err
}

type jobScript struct {
	SN       string    `json:"device_sn"`
	JobID    string    `json:"jobid"`
	Settings []Setting `json:"setting_list"` // of submit: others than before
}

func (s *Service) onJob(ctx context.Context, req jobScript, fn func(*store.Tx, Device, Job) error) error {
	return s.onDevice(ctx, req.SN, func(tx *store.Tx, d Device) error {
		j, err := s.JobOf(tx, d, req.JobID)
		if err != nil {
			return err
		}
		return fn(tx, d, j)
	})
}

func (s *Service) scriptSubmit(ctx context.Context, req jobScript) (nothing, error) {
	return nothing{}, s.onJob(ctx, req, func(tx *store.Tx, d Device, j Job) error { return s.Submit(ctx, tx, d, j, req.Settings) })
}

func (s *Service) scriptCancel(ctx context.Context, req jobScript) (nothing, error) {
	return nothing{}, s.onJob(ctx, req, func(tx *store.Tx, d Device, j Job) error { return s.CancelJob(ctx, tx, d, j) })
}

type jobAnswer struct {
	Status  int64  `json:"status"` // 0 not printed, 1 printed, 2 failed
	ErrCode int64  `json:"errcode"`
	ErrMsg  string `json:"errmsg"`
	Format  string `json:"format"` // what the provider has converted it to
	Pages   int    `json:"pages"`  // of that
	Failure string `json:"failure"`
}

func (s *Service) scriptJob(ctx context.Context, req jobScript) (answer jobAnswer, err error) {
	err = s.onJob(ctx, req, func(tx *store.Tx, d Device, j Job) error {
		answer = jobAnswer{j.Status, j.ErrCode, j.ErrMsg, j.Pages.Format, len(j.Pages.Files), j.Pages.ErrMsg}
		return nil
	})
	return answer, err
}
