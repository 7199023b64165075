package security

import (
	"slices"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// FileAct is what somebody did with a file (doc 98079).
type FileAct struct {
	No       int64     `json:"-"`
	At       int64     `json:"-"` // Unix seconds
	UserID   id.UserID `json:"-"` // empty for somebody outside
	Type     int64     `json:"-"`
	Source   int64     `json:"-"` // where it was uploaded or downloaded; 0 for other operations
	Info     string    `json:"info"`
	Size     int64     `json:"size,omitempty"`
	MD5      string    `json:"md5,omitempty"`
	Outsider *Outsider `json:"outsider,omitempty"`
	// Applicant asked for a download that was approved or refused.
	Applicant  string `json:"applicant,omitempty"`
	DeviceType int64  `json:"device_type,omitempty"` // 1 of the corp, 2 the member's own; of a download
	DeviceCode string `json:"device_code,omitempty"`
}

// Outsider is somebody of another corp, or of WeChat.
type Outsider struct {
	Type int64  `json:"type"` // 1 of WeChat, 2 of WeCom
	Name string `json:"name"`
	Corp string `json:"corp_name,omitempty"`
}

// The operations that have more to say.
const (
	uploaded   = 101
	downloaded = 103
	approved   = 10001
	refused    = 10002
)

// The operations and the sources that the page knows (doc 98079).
var (
	fileTypes = []int64{101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112, 113, 114, 115, 116, 117, 118, 119, 121, 124, 127, 128, 129, 130, 131, 132, 133, 134, 135, 136, 139, 140, 142, approved, refused}
	sources   = []int64{401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 450, 451, 452}
)

func (f FileAct) valid(now time.Time) error {
	bad := wire.ErrParameter
	switch {
	case f.At > now.Unix():
		return bad.With("at: it has not come yet")
	case (f.UserID == "") == (f.Outsider == nil):
		return bad.With("a userid or an external_user expected")
	case f.Outsider != nil && (f.Outsider.Name == "" || f.Outsider.Type < 1 || f.Outsider.Type > 2 || (f.Outsider.Corp != "") != (f.Outsider.Type == 2)):
		return bad.With("external_user: a name, and type 1 of WeChat, or 2 of WeCom with a corp_name, expected")
	case !slices.Contains(fileTypes, f.Type):
		return bad.With("operation.type: %d is none", f.Type)
	case (f.Type == uploaded || f.Type == downloaded) != (f.Source != 0) || f.Source != 0 && !slices.Contains(sources, f.Source):
		return bad.With("operation.source: where a file was uploaded or downloaded, one of %d", sources)
	case (f.Type == approved || f.Type == refused) != (f.Applicant != ""):
		return bad.With("applicant_name: who asked for a download that was approved (10001) or refused (10002)")
	case f.Type != downloaded && (f.DeviceType != 0 || f.DeviceCode != ""), f.DeviceType < 0 || f.DeviceType > 2:
		return bad.With("device_type, device_code: 1 or 2 and a code, of a download")
	case f.Info == "":
		return bad.With("file_info is missing")
	}
	return nil
}

// NoteFile notes what somebody did with a file.
func (s *Service) NoteFile(tx *store.Tx, by access.Caller, f FileAct) error {
	if err := f.valid(tx.Now()); err != nil {
		return err
	}
	if f.UserID != "" {
		m, err := s.deps.Directory.Member(tx.Context(), tx, by, f.UserID)
		if err != nil {
			return err
		}
		f.UserID = m.UserID
	}
	return insertFileAct(tx, by.CorpID, f)
}

// ScreenAct is a shot or a recording of a screen (doc 100128).
type ScreenAct struct {
	No         int64
	At         int64
	UserID     id.UserID
	Department int64 // the member's main one
	Type       int64 // what was on it: 1 chat, 2 directory, 3 mail, 4 file, 5 schedule, 6 other
	Content    string
	System     string // iOS or iPad
}

const screenOther = 6 // the last type

// NoteScreen notes a shot of a screen.
func (s *Service) NoteScreen(tx *store.Tx, by access.Caller, a ScreenAct) error {
	bad := wire.ErrParameter
	switch {
	case a.At > tx.Now().Unix():
		return bad.With("at: it has not come yet")
	case a.Type < 1 || a.Type > screenOther:
		return bad.With("screen_shot_type: 1 to %d expected", screenOther)
	case a.System != "iOS" && a.System != "iPad":
		return bad.With("system: iOS or iPad expected")
	}
	m, err := s.deps.Directory.Member(tx.Context(), tx, by, a.UserID)
	if err != nil {
		return err
	}
	if a.UserID = m.UserID; len(m.Places) > 0 {
		a.Department = m.Places[0].Department
	}
	if m.MainDepartment != 0 {
		a.Department = m.MainDepartment
	}
	return insertScreenAct(tx, by.CorpID, a)
}

// RecordQuery asks for records of files or screens. A zero field is not given.
type RecordQuery struct {
	Span
	Users       []id.UserID
	Departments []int64
	Type        int64
	Source      int64
	After       int64
	Limit       int64
}

// Limits of lists of records (docs 98079, 100128).
const (
	maxRecords     = 1000
	maxRecordDays  = 14
	maxUsers       = 100
	maxDepartments = 100
)

func (q *RecordQuery) valid() error {
	switch {
	case q.Limit < 0 || q.Limit > maxRecords:
		return wire.ErrParameter.With("limit: 1 to %d expected", maxRecords)
	case len(q.Users) > maxUsers:
		return wire.ErrParameter.With("userid_list: at most %d", maxUsers)
	case len(q.Departments) > maxDepartments:
		return wire.ErrParameter.With("department_id_list: at most %d", maxDepartments)
	}
	if q.Limit == 0 {
		q.Limit = maxRecords
	}
	return q.Span.valid(maxRecordDays * 24 * time.Hour)
}

// FileActs returns what was done with files by members whom the caller sees, and by people outside, and the number to
// go on after; 0 where that was all.
func (s *Service) FileActs(tx *store.Tx, by access.Caller, q RecordQuery) (list []FileAct, next int64, err error) {
	if err := q.valid(); err != nil {
		return nil, 0, err
	}
	if list, err = selectFileActs(tx, by.CorpID, q); err != nil {
		return nil, 0, err
	}
	if int64(len(list)) > q.Limit {
		list = list[:q.Limit]
		next = list[q.Limit-1].No
	}
	var who []id.UserID
	for _, f := range list {
		who = append(who, f.UserID)
	}
	seen, err := s.seen(tx, by, who)
	if err != nil {
		return nil, 0, err
	}
	return slices.DeleteFunc(list, func(f FileAct) bool { return f.UserID != "" && !seen(f.UserID) }), next, nil
}

// ScreenActs returns shots of screens by members whom the caller sees. It answers 60111 and 60011 for a userid that
// is asked for, and 60123 for a department. A department that the caller does not see is left out of a record.
func (s *Service) ScreenActs(tx *store.Tx, by access.Caller, q RecordQuery) (list []ScreenAct, next int64, err error) {
	if err := q.valid(); err != nil {
		return nil, 0, err
	}
	if q.Type < 0 || q.Type > screenOther {
		return nil, 0, wire.ErrParameter.With("screen_shot_type: 1 to %d expected", screenOther)
	}
	if _, err := s.named(tx, by, q.Users); err != nil {
		return nil, 0, err
	}
	asked, err := s.deps.Directory.VisibleDepartments(tx, by, q.Departments)
	if err != nil {
		return nil, 0, err
	}
	for _, d := range q.Departments {
		if !asked[d] {
			return nil, 0, errDepartment.With("department_id_list: %d", d)
		}
	}
	if list, err = selectScreenActs(tx, by.CorpID, q); err != nil {
		return nil, 0, err
	}
	if int64(len(list)) > q.Limit {
		list = list[:q.Limit]
		next = list[q.Limit-1].No
	}
	var who []id.UserID
	var departments []int64
	for _, a := range list {
		who, departments = append(who, a.UserID), append(departments, a.Department)
	}
	seen, err := s.seen(tx, by, who)
	if err != nil {
		return nil, 0, err
	}
	known, err := s.deps.Directory.VisibleDepartments(tx, by, departments)
	if err != nil {
		return nil, 0, err
	}
	list = slices.DeleteFunc(list, func(a ScreenAct) bool { return !seen(a.UserID) })
	for i := range list {
		if !known[list[i].Department] {
			list[i].Department = 0
		}
	}
	return list, next, nil
}

var errDepartment = wire.Code(60123, "invalid party id")
