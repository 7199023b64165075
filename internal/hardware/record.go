package hardware

import (
	"context"
	"time"

	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// RecordKind is what a device reports that somebody did. It is the ability that records it.
type RecordKind int64

// The kinds.
const (
	CheckinRecord     = RecordKind(Attendance)
	PassRecord        = RecordKind(Doors)
	TemperatureRecord = RecordKind(Thermometer)
)

// Record is something that somebody did at a device.
type Record struct {
	Kind        RecordKind
	UserID      id.UserID
	Type        UserType
	At          time.Time // as the device says
	UploadedAt  time.Time
	PassType    int64 // 1 in, 2 out, 3 unknown
	PassMethod  int64 // 1 face, 2 QR code, 3 remote, 4 fingerprint, 5 the device's code, 6 the phone's code
	Temperature string
	Status      int64 // of a temperature: 0 normal, 1 fever, 2 too low
	SN          string
	DeviceName  string

	no int64
}

// oldest is the time before which a direct device's records vanish without a word (doc 93985).
var oldest = time.Date(2018, 1, 1, 0, 0, 0, 0, time.FixedZone("UTC+8", 8*60*60))

// ahead is how far a device's clock may be ahead of ours.
const ahead = 24 * time.Hour

// Report stores what a device reports, and tells the applications that may know of it. It returns why each
// record was not stored, nil for those that were. People who do not use the device, and times to come, are
// refused one by one.
func (s *Service) Report(ctx context.Context, tx *store.Tx, d Device, list []Record) ([]error, error) {
	refused := make([]error, len(list))
	var users []id.UserID
	for _, r := range list {
		if r.Type == Employee {
			users = append(users, r.UserID)
		}
	}
	known, err := s.Users(tx, d, users)
	if err != nil {
		return nil, err
	}
	var stored []Record
	for i := range list {
		r := &list[i]
		switch m, ok := known[r.UserID.Key()]; {
		case Ability(r.Kind)&d.Model.Abilities == 0:
			refused[i] = wire.ErrForbidden.With("the model does not have the ability")
		case r.Type == Employee && ok:
			r.UserID = m.UserID
		case r.Type == VisitorType && d.Model.Access == Direct && r.Kind == PassRecord:
			if found, err := s.hasVisitor(tx, d, string(r.UserID)); err != nil {
				return nil, err
			} else if !found {
				refused[i] = ErrOutOfRange
			}
		default:
			refused[i] = ErrOutOfRange
		}
		if refused[i] == nil && (r.At.Unix() <= 0 || r.At.Sub(tx.Now()) > ahead) {
			refused[i] = ErrTimestamp
		}
		if refused[i] != nil {
			continue
		}
		if d.Model.Access == Direct && r.At.Before(oldest) {
			continue
		}
		r.UploadedAt, r.SN, r.DeviceName = tx.Now(), d.SN, d.Name()
		if err := insertRecord(tx, d, *r); err != nil {
			return nil, err
		}
		stored = append(stored, *r)
	}
	for _, fn := range s.checkins {
		if err := fn(ctx, tx, d.CorpID, stored); err != nil {
			return nil, err
		}
	}
	return refused, s.tellRecords(ctx, tx, d, stored)
}

// OnCheckins registers fn, which is called inside each transaction that stores what a device reports.
func (s *Service) OnCheckins(fn func(ctx context.Context, tx *store.Tx, corpID string, list []Record) error) {
	s.checkins = append(s.checkins, fn)
}

// Query asks for records of a corp.
type Query struct {
	Kind     RecordKind
	Type     *UserType // any where it is nil
	From, To time.Time // both included
	ByUpload bool      // the time that they were uploaded at, and in that order
	Devices  []int64   // any where it is nil
	Users    []id.UserID
	After    int64 // our number of the last of the page before
	AfterAt  int64 // and when that was uploaded
	Limit    int
}

// Records returns records of the corp.
func (s *Service) Records(tx *store.Tx, corpID string, q Query) ([]Record, error) {
	return selectRecords(tx, corpID, q)
}

func insertRecord(tx *store.Tx, d Device, r Record) error {
	_, err := tx.Exec(`INSERT INTO hardware_record (corpid, device, kind, userid, userkey, user_type, at, uploaded_at, pass_type, pass_method, temperature, status) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		d.CorpID, d.No, int64(r.Kind), string(r.UserID), r.UserID.Key(), int64(r.Type), r.At.Unix(), r.UploadedAt.Unix(), r.PassType, r.PassMethod, r.Temperature, r.Status)
	return err
}

func selectRecords(tx *store.Tx, corpID string, q Query) (out []Record, err error) {
	column, order := "r.at", "r.at, r.no"
	if q.ByUpload {
		column, order = "r.uploaded_at", "r.uploaded_at, r.no"
	}
	where, args := `r.corpid = ? AND r.kind = ? AND `+column+` BETWEEN ? AND ?`, []any{corpID, int64(q.Kind), q.From.Unix(), q.To.Unix()}
	if q.Type != nil {
		where, args = where+` AND r.user_type = ?`, append(args, int64(*q.Type))
	}
	if q.Devices != nil {
		if len(q.Devices) == 0 {
			return nil, nil
		}
		where, args = where+` AND r.device IN (`+store.Marks(len(q.Devices))+`)`, store.Args(args, q.Devices)
	}
	if q.Users != nil {
		if len(q.Users) == 0 {
			return nil, nil
		}
		where += ` AND r.userkey IN (` + store.Marks(len(q.Users)) + `)`
		for _, u := range q.Users {
			args = append(args, u.Key())
		}
	}
	if q.After > 0 {
		where, args = where+` AND (r.uploaded_at > ? OR r.uploaded_at = ? AND r.no > ?)`, append(args, q.AfterAt, q.AfterAt, q.After)
	}
	err = tx.Each(`SELECT r.no, r.kind, r.userid, r.user_type, r.at, r.uploaded_at, r.pass_type, r.pass_method, r.temperature, r.status, d.sn, d.remark, m.settings
		FROM hardware_record r JOIN hardware_device d ON d.no = r.device JOIN hardware_model m ON m.no = d.model WHERE `+where+` ORDER BY `+order+` LIMIT ?`, append(args, int64(q.Limit)),
		func(rows *store.Rows) error {
			var r Record
			var at, uploaded int64
			var settings string
			if err := rows.Scan(&r.no, (*int64)(&r.Kind), &r.UserID, (*int64)(&r.Type), &at, &uploaded, &r.PassType, &r.PassMethod, &r.Temperature, &r.Status, &r.SN, &r.DeviceName, &settings); err != nil {
				return err
			}
			r.At, r.UploadedAt = time.Unix(at, 0), time.Unix(uploaded, 0)
			if r.DeviceName == "" {
				r.DeviceName = defaultName(settings)
			}
			out = append(out, r)
			return nil
		})
	return out, err
}
