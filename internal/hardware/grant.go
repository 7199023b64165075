package hardware

import (
	"context"
	"errors"
	"slices"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/callback"
	"qiwei/internal/event"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// The permissions that a corp gives a third party's application (doc 99052).
const (
	readDevices = "hardware:base:base"
	readRule    = "hardware:checkin:read_rule"
	editRule    = "hardware:checkin:edit_rule"
)

// dataKinds are the records that applications are told of, each by the permission that it needs.
var dataKinds = []struct {
	kind       RecordKind
	event      string
	doc        int
	list       string
	permission string
}{
	{CheckinRecord, "device_checkin_data_report", 97214, "CheckInDataList", "hardware:checkin:checkin_data"},
	{PassRecord, "device_accesscontrol_data_report", 97215, "AccessDataList", "hardware:checkin:accesscontrol_data"},
	{TemperatureRecord, "device_temperature_data_report", 97216, "TemperatureDataList", "hardware:checkin:temperature_data"},
}

// ErrNoReader refuses to let an application read a device that is no third party's.
var ErrNoReader = errors.New("devices are read by third-party applications alone")

// Grant lets an application of the corp read what its device records, or no longer (设备数据授权). The
// application is told (doc 96103). Only applications that a provider has installed can be.
func (s *Service) Grant(ctx context.Context, tx *store.Tx, d Device, a app.App, on bool) error {
	switch {
	case a.CorpID != d.CorpID:
		return ErrNotInCorp
	case a.Kind != access.ThirdParty:
		return ErrNoReader
	}
	var n int64
	var err error
	if on {
		n, err = tx.Exec(`INSERT INTO hardware_grant (device, app) VALUES (?, ?) ON CONFLICT DO NOTHING`, d.No, a.No)
	} else {
		n, err = tx.Exec(`DELETE FROM hardware_grant WHERE device = ? AND app = ?`, d.No, a.No)
	}
	if err != nil || n == 0 {
		return err
	}
	return s.tellGrant(ctx, tx, a)
}

// tellGrants tells the applications that may read a device that this ends.
func (s *Service) tellGrants(ctx context.Context, tx *store.Tx, d Device) error {
	apps, err := s.readersOf(tx, d)
	for _, a := range apps {
		if err == nil {
			err = s.tellGrant(ctx, tx, a)
		}
	}
	return err
}

func (s *Service) readersOf(tx *store.Tx, d Device) (out []app.App, err error) {
	var numbers []int64
	err = tx.Each(`SELECT app FROM hardware_grant WHERE device = ? ORDER BY app`, []any{d.No}, func(rows *store.Rows) error {
		var no int64
		err := rows.Scan(&no)
		numbers = append(numbers, no)
		return err
	})
	for _, no := range numbers {
		if err != nil {
			break
		}
		var a app.App
		if a, err = s.deps.Apps.AppNo(tx, no); errors.Is(err, app.ErrNotFound) {
			err = nil
			continue
		}
		out = append(out, a)
	}
	return out, err
}

// granted returns the corp's devices whose records the calling application may read.
func (s *Service) granted(tx *store.Tx, by access.Caller) (map[int64]bool, error) {
	out := map[int64]bool{}
	err := tx.Each(`SELECT g.device FROM hardware_grant g JOIN hardware_device d ON d.no = g.device WHERE g.app = ? AND d.corpid = ? AND d.bound = ?`, []any{by.App, by.CorpID, int64(InCorp)}, func(rows *store.Rows) error {
		var no int64
		err := rows.Scan(&no)
		out[no] = true
		return err
	})
	return out, err
}

// dataAddress is a suite's data URL for a corp, which it knows by the provider's id (doc 97214). The key is
// the suite's id and the corpid.
func (s *Service) dataAddress(tx *store.Tx, key string) (callback.Address, bool, error) {
	suiteID, corpID, _ := strings.Cut(key, " ")
	v, err := s.deps.Suites.Suite(tx, suiteID)
	if err != nil || v.DataURL == "" {
		return callback.Address{}, false, nil //nolint:nilerr // the suite is gone, and its pushes with it
	}
	open, err := s.deps.Suites.EnsureOpenCorpID(tx, v.Provider, corpID)
	return callback.Address{URL: v.DataURL, Token: v.Token, AESKey: v.AESKey, ReceiveID: open, ToUserName: open}, true, err
}

// toData tells an application's data URL, if its suite has one.
func (s *Service) toData(ctx context.Context, tx *store.Tx, a app.App, name string, write func(openCorp string, suiteID string) string) error {
	v, err := s.deps.Suites.Suite(tx, a.Suite)
	if err != nil || v.DataURL == "" || a.Disabled {
		return err
	}
	open, err := s.deps.Suites.EnsureOpenCorpID(tx, v.Provider, a.CorpID)
	if err != nil {
		return err
	}
	to := event.Receiver{Book: bookData, Key: v.SuiteID + " " + a.CorpID}
	return s.kinds[name].Record(ctx, tx, access.System(v.Partner), event.Letter{To: to, What: event.Push{Body: write(open, v.SuiteID)}})
}

func (s *Service) tellGrant(ctx context.Context, tx *store.Tx, a app.App) error {
	const name = "device_data_auth_change"
	return s.toData(ctx, tx, a, name, func(open, suiteID string) string {
		p := event.Push{Event: name}
		p.Lead.Text("AuthCorpId", open)
		p.Fields.Int("AgentID", a.AgentID)
		return p.XML(event.OfSuite, event.Head{Suite: suiteID, At: tx.Now()})
	})
}

// tellRecords tells the applications that may read a device what it has recorded of people whom they see.
func (s *Service) tellRecords(ctx context.Context, tx *store.Tx, d Device, list []Record) error {
	if len(list) == 0 {
		return nil
	}
	apps, err := s.readersOf(tx, d)
	if err != nil {
		return err
	}
	for _, a := range apps {
		by, err := s.deps.Apps.Caller(tx, a)
		if err != nil {
			return err
		}
		by.Level = access.InRange
		for _, k := range dataKinds {
			some := slices.DeleteFunc(slices.Clone(list), func(r Record) bool { return r.Kind != k.kind || r.Type != Employee })
			if len(some) == 0 || !by.Granted(k.permission) {
				continue
			}
			if err := s.tellSome(ctx, tx, d, a, by, k.event, k.list, some); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Service) tellSome(ctx context.Context, tx *store.Tx, d Device, a app.App, by access.Caller, name, listName string, list []Record) error {
	var users []id.UserID
	for _, r := range list {
		users = append(users, r.UserID)
	}
	seen, err := s.deps.Directory.VisibleMembers(tx, by, id.Texts(users))
	if err != nil || by.IDs == nil {
		return err
	}
	known, err := by.IDs.Shown(tx, a.CorpID, access.MemberID, id.Texts(users))
	if err != nil {
		return err
	}
	var items event.Fields
	for _, r := range list {
		open, ok := known[string(r.UserID)]
		if !ok || seen[r.UserID.Key()] == 0 {
			continue
		}
		items.Group("Item", item(r, open))
	}
	if len(items) == 0 {
		return nil
	}
	return s.toData(ctx, tx, a, name, func(openCorp, _ string) string {
		p := event.Push{Event: name}
		p.Fields.Group(listName, items)
		p.Fields.Text("DeviceSn", d.SN)
		return p.XML(event.OfDevice, event.Head{To: openCorp, At: tx.Now()})
	})
}

func item(r Record, open string) (f event.Fields) {
	f.Text("OpenUserId", open)
	f.Int("UserType", int64(r.Type))
	switch r.Kind {
	case CheckinRecord:
		f.Int("CheckinTime", r.At.Unix())
	case PassRecord:
		f.Int("TimeStamp", r.At.Unix())
		f.Int("PassType", r.PassType)
		f.Int("PassMethod", r.PassMethod)
	case TemperatureRecord:
		f.Int("TimeStamp", r.At.Unix())
		f.Text("Temperature", r.Temperature)
		f.Int("Status", r.Status)
	}
	return f
}
