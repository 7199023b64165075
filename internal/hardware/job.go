package hardware

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"qiwei/internal/id"
	"qiwei/internal/media"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Job is a file that a member prints (打印任务).
type Job struct {
	No        int64
	JobID     string
	Device    int64
	CorpID    string
	UserID    id.UserID
	At        time.Time
	Submitted bool   // after a scan of the printer's code
	State     string // of that code
	Status    int64  // 0 not printed, 1 printed, 2 failed
	ErrCode   int64
	ErrMsg    string
	Name      string
	Size      int64
	Settings  []Setting
	Version   int64 // of the settings
	Waiting   bool  // until it is submitted
	Pages     Pages

	content, aesKey string
}

// Setting is a choice for a job, such as the size of the paper.
type Setting struct {
	Key    string   `json:"key"`
	Values []string `json:"value"`
}

// Pages is what a provider has converted a file to.
type Pages struct {
	Format string `json:"format,omitempty"` // pdf, jpg
	Count  int64  `json:"count,omitempty"`
	Files  []page `json:"files,omitempty"`
	// ErrCode and ErrMsg say why it could not be converted.
	ErrCode int64  `json:"errcode,omitempty"`
	ErrMsg  string `json:"errmsg,omitempty"`
}

type page struct {
	Page    int64  `json:"page"`
	Content string `json:"content"` // key of the file
	Size    int64  `json:"size"`
}

const (
	// jobLife is how long a job is kept (doc 94010).
	jobLife = 7 * 24 * time.Hour
	// maxSettings and maxSetting are ours: how many choices a job has, and the bytes of each.
	maxSettings = 50
	maxSetting  = 256
)

// NewJob is what a member prints.
type NewJob struct {
	UserID   id.UserID
	File     media.File
	Settings []Setting
	// Preview has the provider convert the file first (doc 97075); the job is submitted afterwards. Only of
	// cloud printers.
	Preview bool
	// State is that of the printer's code, if the member has scanned it.
	State   string
	Scanned bool
}

func checkSettings(list []Setting) error {
	if len(list) > maxSettings {
		return wire.ErrParameter.With("setting_list: at most %d expected", maxSettings)
	}
	for _, v := range list {
		size := len(v.Key)
		for _, text := range v.Values {
			size += len(text)
		}
		if v.Key == "" || size > maxSetting {
			return wire.ErrParameter.With("setting_list: a key, and at most %d bytes expected", maxSetting)
		}
	}
	return nil
}

// Format returns the kind of a file that printers without a cloud can read.
func Format(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".pdf":
		return "pdf"
	case ".jpg", ".jpeg":
		return "jpg"
	}
	return ""
}

// Print makes a job of a member's file, and tells the printer. A printer that connects by itself reads PDF and
// JPEG alone: there is nobody who would convert anything else.
func (s *Service) Print(ctx context.Context, tx *store.Tx, d Device, n NewJob) (j Job, err error) {
	if d.Model.Abilities&Printer == 0 || d.Reports.NoPrinting {
		return j, ErrNoPrinter
	}
	if !d.usable(tx.Now()) {
		return j, ErrNotBound
	}
	if d.Model.Access == Direct && (n.Preview || Format(n.File.Name) == "") {
		return j, ErrNoPrinter.With("a printer that connects by itself reads .pdf and .jpg")
	}
	if err := checkSettings(n.Settings); err != nil {
		return j, err
	}
	known, err := s.Users(tx, d, []id.UserID{n.UserID})
	if err != nil {
		return j, err
	}
	m, ok := known[n.UserID.Key()]
	if !ok {
		return j, ErrOutOfRange
	}
	key, err := s.deps.Media.Keep(tx, n.File)
	if err != nil {
		return j, err
	}
	j = Job{
		JobID: "job" + id.Hex(16), Device: d.No, CorpID: d.CorpID, UserID: m.UserID, At: tx.Now(), Submitted: n.Scanned, State: n.State, Name: n.File.Name, Size: n.File.Size,
		Settings: n.Settings, Version: 1, Waiting: n.Preview, content: key, aesKey: id.AESKey(),
	}
	settings, err := json.Marshal(append([]Setting{}, j.Settings...))
	if err != nil {
		return j, err
	}
	j.No, err = tx.Insert(`INSERT INTO hardware_job (jobid, device, corpid, userid, at, submitted, state, name, size, content, settings, version, aeskey, waiting, pages) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '{}')`,
		j.JobID, d.No, j.CorpID, string(j.UserID), j.At.UnixMilli(), flag(j.Submitted), j.State, j.Name, j.Size, j.content, string(settings), j.Version,
		s.deps.Box.Seal(seal.DeviceFile, j.JobID, []byte(j.aesKey)), flag(j.Waiting))
	if err != nil {
		return j, err
	}
	if j.Waiting {
		return j, s.tellConvert(ctx, tx, d, j)
	}
	return j, s.tellJob(ctx, tx, d, j, "push_printer_job", "printer_job_submit")
}

func flag(on bool) int64 {
	if on {
		return 1
	}
	return 0
}

// Submit prints a job that was only converted until now, with other settings if there are any.
func (s *Service) Submit(ctx context.Context, tx *store.Tx, d Device, j Job, settings []Setting) error {
	if err := checkSettings(settings); err != nil {
		return err
	}
	if settings != nil {
		text, err := json.Marshal(settings)
		if err != nil {
			return err
		}
		j.Version++
		if _, err := tx.Exec(`UPDATE hardware_job SET settings = ?, version = ? WHERE no = ?`, string(text), j.Version, j.No); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(`UPDATE hardware_job SET waiting = 0 WHERE no = ?`, j.No); err != nil {
		return err
	}
	return s.tellJob(ctx, tx, d, j, "push_printer_job", "printer_job_submit")
}

// CancelJob removes a job, and tells the printer.
func (s *Service) CancelJob(ctx context.Context, tx *store.Tx, d Device, j Job) error {
	if err := s.releaseJobs(tx, `no = ?`, j.No); err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM hardware_job WHERE no = ?`, j.No); err != nil {
		return err
	}
	return s.tellJob(ctx, tx, d, j, "push_del_printer_job", "printer_job_del")
}

type (
	jobPart struct {
		Type  string `json:"command_type"`
		Open  string `json:"open_userid,omitempty"`
		JobID string `json:"jobid"`
	}
	convertPart struct {
		jobPart
		URL     string       `json:"download_url"`
		AESKey  string       `json:"encoding_aeskey"`
		Name    string       `json:"doc_name"`
		Size    int64        `json:"doc_size"`
		Setting convertWhich `json:"trans_setting"`
	}
	convertWhich struct {
		Version int64     `json:"version"`
		List    []Setting `json:"setting_list"`
	}
	jobPush struct {
		Jobs []string `json:"jobid_list"`
	}
)

func (s *Service) tellJob(ctx context.Context, tx *store.Tx, d Device, j Job, push, command string) error {
	if d.Model.Access == Direct {
		return s.toDevice(tx, d, push, jobPush{[]string{j.JobID}})
	}
	part := jobPart{Type: command, JobID: j.JobID}
	if command == "printer_job_submit" {
		known, err := s.open(tx, d, []id.UserID{j.UserID})
		if err != nil {
			return err
		}
		part.Open = known[string(j.UserID)]
	}
	return s.toCloud(ctx, tx, d, command, part)
}

func (s *Service) tellConvert(ctx context.Context, tx *store.Tx, d Device, j Job) error {
	known, err := s.open(tx, d, []id.UserID{j.UserID})
	if err != nil {
		return err
	}
	const name = "printer_job_trans"
	return s.toCloud(ctx, tx, d, name, convertPart{
		jobPart{name, known[string(j.UserID)], j.JobID}, s.fileURL(j, tx.Now()), j.aesKey, j.Name, j.Size, convertWhich{j.Version, append([]Setting{}, j.Settings...)},
	})
}

// JobQuery asks for a printer's jobs.
type JobQuery struct {
	UserID   id.UserID // of anybody if it is empty
	Status   *int64
	JobIDs   []string // with these nothing else counts
	From, To int64    // Unix seconds; 0 for no bound
	After    int64    // our number of the last of the page before
	Offset   int64
	Limit    int64
}

// Jobs returns jobs of a printer that were submitted, in the order of that.
func (s *Service) Jobs(tx *store.Tx, d Device, q JobQuery) ([]Job, error) {
	where, args := `device = ? AND corpid = ? AND waiting = 0 AND at > ?`, []any{d.No, d.CorpID, tx.Now().Add(-jobLife).UnixMilli()}
	if len(q.JobIDs) > 0 {
		where, args = where+` AND jobid IN (`+store.Marks(len(q.JobIDs))+`)`, store.Args(args, q.JobIDs)
		return s.selectJobs(tx, where+` ORDER BY no LIMIT ?`, append(args, int64(len(q.JobIDs)))...)
	}
	if q.UserID != "" {
		where, args = where+` AND lower(userid) = ?`, append(args, q.UserID.Key())
	}
	if q.Status != nil {
		where, args = where+` AND status = ?`, append(args, *q.Status)
	}
	if q.From > 0 {
		where, args = where+` AND at >= ?`, append(args, q.From*1000)
	}
	if q.To > 0 {
		where, args = where+` AND at < ?`, append(args, (q.To+1)*1000)
	}
	return s.selectJobs(tx, where+` AND no > ? ORDER BY no LIMIT ? OFFSET ?`, append(args, q.After, q.Limit, q.Offset)...)
}

// JobOf returns one of the device's jobs; ErrNoJob for any other.
func (s *Service) JobOf(tx *store.Tx, d Device, jobID string) (Job, error) {
	list, err := s.selectJobs(tx, `jobid = ? AND device = ? AND corpid = ? AND at > ?`, jobID, d.No, d.CorpID, tx.Now().Add(-jobLife).UnixMilli())
	if err == nil && len(list) == 0 {
		err = ErrNoJob
	}
	if err != nil {
		return Job{}, err
	}
	return list[0], nil
}

// Printed stores what became of a job: status 1 is failed and 2 printed, the other way round than in the list
// (doc 94013, 96409).
func (s *Service) Printed(tx *store.Tx, j Job, status, errCode int64, errMsg string) error {
	switch {
	case status != 1 && status != 2:
		return wire.ErrParameter.With("status: 1 or 2 expected")
	case status == 1 && (errCode == 0 || errMsg == ""):
		return wire.ErrParameter.With("errcode and errmsg say why it was not printed")
	}
	_, err := tx.Exec(`UPDATE hardware_job SET status = ?, errcode = ?, errmsg = ? WHERE no = ?`, 3-status, errCode, shortened(errMsg), j.No)
	return err
}

func (s *Service) selectJobs(tx *store.Tx, where string, args ...any) (list []Job, err error) {
	err = tx.Each(`SELECT no, jobid, device, corpid, userid, at, submitted, state, status, errcode, errmsg, name, size, content, settings, version, aeskey, waiting, pages FROM hardware_job WHERE `+where, args,
		func(rows *store.Rows) error {
			var j Job
			var at, submitted, waiting int64
			var settings, pages string
			var key []byte
			if err := rows.Scan(&j.No, &j.JobID, &j.Device, &j.CorpID, &j.UserID, &at, &submitted, &j.State, &j.Status, &j.ErrCode, &j.ErrMsg, &j.Name, &j.Size, &j.content, &settings, &j.Version, &key, &waiting, &pages); err != nil {
				return err
			}
			j.At, j.Submitted, j.Waiting = time.UnixMilli(at), submitted != 0, waiting != 0
			plain, err := s.deps.Box.Open(seal.DeviceFile, j.JobID, key)
			j.aesKey = string(plain)
			if err := errors.Join(err, json.Unmarshal([]byte(settings), &j.Settings), json.Unmarshal([]byte(pages), &j.Pages)); err != nil {
				return fmt.Errorf("job %s: %w", j.JobID, err)
			}
			list = append(list, j)
			return nil
		})
	return list, err
}

// releaseJobs gives back the files of jobs that go.
func (s *Service) releaseJobs(tx *store.Tx, where string, args ...any) error {
	list, err := s.selectJobs(tx, where, args...)
	for _, j := range list {
		keys := []string{j.content}
		for _, p := range j.Pages.Files {
			keys = append(keys, p.Content)
		}
		for _, key := range keys {
			if err == nil {
				err = s.deps.Media.Release(tx, key)
			}
		}
	}
	return err
}

// endJobs removes jobs that have been kept long enough.
func (s *Service) endJobs(ctx context.Context, tx *store.Tx) error {
	list, err := s.selectJobs(tx, `at < ? ORDER BY no LIMIT 200`, tx.Now().Add(-jobLife).UnixMilli())
	for _, j := range list {
		if err != nil {
			break
		}
		d, found, findErr := s.DeviceNo(tx, j.Device)
		if findErr != nil || !found {
			return findErr
		}
		err = s.CancelJob(ctx, tx, d, j)
	}
	return err
}
