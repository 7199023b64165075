package hardware

import (
	"context"
	"crypto/subtle"
	"io"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/media"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) scanEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		{Method: "POST", Path: "/cgi-bin/openhw/device/push_scan_file", Doc: 96410, Credential: s.byDevice, Allow: devices, Handle: wire.Direct(s.pushScanFile)},
	}
}

type pushScanFileRequest struct {
	UserID  id.UserID `json:"open_userid"`
	Name    string    `json:"filename"`
	MediaID string    `json:"media_id"`
	URL     string    `json:"download_url"`
	Code    string    `json:"auth_code"`
}

// maxFileName is in bytes (doc 94015).
const maxFileName = 256

func checkFileName(name string) error {
	if len(name) < 1 || len(name) > maxFileName {
		return ErrFileName.With("1 to %d bytes expected", maxFileName)
	}
	return nil
}

func (s *Service) pushScanFile(ctx context.Context, st *store.Store, by access.Caller, req pushScanFileRequest) (none wire.None, err error) {
	var d Device
	var user id.UserID
	check := func(tx *store.Tx) (o Operation, err error) {
		if d, err = s.caller(tx, by); err != nil {
			return o, err
		}
		if user, err = s.mayScan(tx, d, req.UserID); err != nil {
			return o, err
		}
		if err := checkFileName(req.Name); err != nil {
			return o, err
		}
		if req.MediaID == "" && req.URL == "" {
			return o, ErrNoFile
		}
		return s.scanOf(tx, d, user, req.Code)
	}
	if err := st.Read(ctx, func(tx *store.Tx) error { _, err := check(tx); return err }); err != nil {
		return none, err
	}
	f, err := s.fileOf(ctx, d, req.MediaID, req.URL, req.Name)
	if err != nil {
		return none, err
	}
	return none, st.Write(ctx, func(tx *store.Tx) error {
		o, err := check(tx)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE hardware_operation SET code = '', outcome = 1 WHERE no = ?`, o.No); err != nil {
			return err
		}
		return insertFile(tx, d, user, req.Name, f.MediaID)
	})
}

// mayScan says why a device may not scan for somebody, and returns the userid as the corp spells it.
func (s *Service) mayScan(tx *store.Tx, d Device, user id.UserID) (id.UserID, error) {
	if d.Model.Abilities&Scanner == 0 {
		return "", ErrNoScanner
	}
	known, err := s.Users(tx, d, []id.UserID{user})
	if err != nil {
		return "", err
	}
	m, ok := known[user.Key()]
	if !ok {
		return "", ErrOutOfRange
	}
	return m.UserID, nil
}

// scanOf returns the scan of the device's code that a member made, by its auth_code. That is good once and for
// five minutes (doc 97390).
func (s *Service) scanOf(tx *store.Tx, d Device, user id.UserID, code string) (Operation, error) {
	var operID string
	found, err := tx.Get(`SELECT operid FROM hardware_operation WHERE device = ? AND code = ? AND code <> '' AND at > ?`, []any{d.No, code, tx.Now().Add(-scanLife).UnixMilli()}, &operID)
	if err != nil {
		return Operation{}, err
	}
	if !found {
		return Operation{}, ErrScanCode
	}
	o, _, err := s.Operation(tx, operID)
	if err == nil && (!o.UserID.Equal(user) || subtle.ConstantTimeCompare([]byte(o.code), []byte(code)) == 0) {
		err = ErrScanCode.With("another member has scanned")
	}
	return o, err
}

// File is what a device has sent: a scan for a member, or a log for its provider.
type File struct {
	At      time.Time
	UserID  id.UserID // empty for a log
	Name    string
	MediaID string
}

func insertFile(tx *store.Tx, d Device, user id.UserID, name, mediaID string) error {
	_, err := tx.Exec(`INSERT INTO hardware_file (device, at, userid, name, mediaid) VALUES (?, ?, ?, ?, ?)`, d.No, tx.Now().UnixMilli(), string(user), name, mediaID)
	return err
}

// Files returns what a device has sent, newest first.
func (s *Service) Files(tx *store.Tx, d Device, limit int) (list []File, err error) {
	err = tx.Each(`SELECT at, userid, name, mediaid FROM hardware_file WHERE device = ? ORDER BY at DESC, no DESC LIMIT ?`, []any{d.No, int64(limit)}, func(rows *store.Rows) error {
		var f File
		var at int64
		err := rows.Scan(&at, &f.UserID, &f.Name, &f.MediaID)
		f.At = time.UnixMilli(at).UTC()
		list = append(list, f)
		return err
	})
	return list, err
}

// Limits of logs: bytes of one, and how many a device may send in a day (doc 94029).
const (
	maxLog  = 6 << 20
	maxLogs = 10
)

// errLog refuses a log that is too large or one too many.
var errLog = wire.Code(600052, "invalid file part")

// TakeLog keeps a log that a device sends, for three days as every temporary file, and tells the provider.
// The file is its provider's.
func (s *Service) TakeLog(ctx context.Context, d Device, size int64, content io.Reader) error {
	if size > maxLog {
		return errLog.With("a log has at most %d bytes", maxLog)
	}
	many := func(tx *store.Tx) error {
		n, err := tx.Count(`SELECT count(*) FROM hardware_file WHERE device = ? AND userid = '' AND at > ?`, d.No, tx.Now().Add(-24*time.Hour).UnixMilli())
		if err == nil && n >= maxLogs {
			err = errLog.With("a device sends at most %d logs in a day", maxLogs)
		}
		return err
	}
	if err := s.deps.Store.Read(ctx, many); err != nil {
		return err
	}
	name := d.SN + ".log"
	f, err := s.deps.Media.Upload(ctx, access.System(d.Model.Partner), media.NewFile{Kind: media.Other, Scene: media.General, Name: name, Length: size, Content: content})
	if err != nil {
		return err
	}
	return s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		if err := many(tx); err != nil {
			return err
		}
		if err := insertFile(tx, d, "", name, f.MediaID); err != nil {
			return err
		}
		return s.tellProvider(ctx, tx, d, "fetch_log_finish", "MediaId", f.MediaID)
	})
}

// TakeScan keeps what a device that connects by itself has scanned for a member (doc 94015).
func (s *Service) TakeScan(ctx context.Context, d Device, user id.UserID, name string, size int64, content io.Reader) error {
	if err := checkFileName(name); err != nil {
		return err
	}
	if err := s.deps.Store.Read(ctx, func(tx *store.Tx) (err error) {
		user, err = s.mayScan(tx, d, user)
		return err
	}); err != nil {
		return err
	}
	f, err := s.deps.Media.Upload(ctx, access.System(d.CorpID), media.NewFile{Kind: media.Other, Scene: media.General, Name: name, Length: size, Content: content})
	if err != nil {
		return err
	}
	return s.deps.Store.Write(ctx, func(tx *store.Tx) error { return insertFile(tx, d, user, name, f.MediaID) })
}
