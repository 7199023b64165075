package direct

import (
	"context"
	"errors"
	"time"

	qrcode "github.com/skip2/go-qrcode"

	"qiwei/internal/hardware"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// command is what a device that works for a corp may ask. It runs in one transaction.
type command struct {
	writes bool
	do     func(ctx context.Context, tx *store.Tx, c *conn, d hardware.Device, body []byte) (any, error)
}

// reads makes a command whose body is an In.
func reads[In any](do func(ctx context.Context, tx *store.Tx, c *conn, d hardware.Device, in In) (any, error)) command {
	return command{do: func(ctx context.Context, tx *store.Tx, c *conn, d hardware.Device, body []byte) (any, error) {
		var in In
		wire.Decode(body, &in)
		return do(ctx, tx, c, d, in)
	}}
}

func writes[In any](do func(ctx context.Context, tx *store.Tx, c *conn, d hardware.Device, in In) (any, error)) command {
	op := reads(do)
	op.writes = true
	return op
}

type none struct{}

// commands are all of them (doc 91366 and neighbours). Files are in upload.go.
var commands map[string]command

func init() {
	commands = map[string]command{
		"get_corp_info": reads(corpInfo), "get_firmware_info": reads(firmwareInfo), "error_report": writes(errorReport), "selfhelp_notify": writes(selfhelpNotify),
		"gen_login_qrcode": reads(loginQrcode), "printer/gen_qrcode": reads(printerQrcode), "report_device_feature": writes(reportFeature),
		"get_perm_version": reads(permVersion), "get_visitor_version": reads(visitorVersion), "get_open_self_input": reads(openSelfInput),
		"get_userinfo_by_page": reads(usersByPage), "get_userinfo_by_ids": reads(usersByIDs), "check_userid": reads(checkUserID),
		"get_notify_history": reads(notifyHistory), "upload_userinfo": writes(uploadUserInfo), "get_visitor_by_ids": reads(visitorsByIDs),
		"checkin": writes(checkin), "report_remote_open_door": writes(reportOpened),
		"report_user_temperature": writes(reportTemperature), "async_batch_report_user_temperature": writes(reportTemperatures), "get_health_status": reads(healthStatus),
		"printer/get_job_list": reads(jobList), "printer/report_job_status": writes(reportJob),
	}
}

func corpInfo(_ context.Context, tx *store.Tx, c *conn, d hardware.Device, _ none) (any, error) {
	name, err := c.s.deps.Hardware.CorpName(tx, d)
	return struct {
		Name string `json:"corp_name"`
	}{name}, err
}

func firmwareInfo(_ context.Context, _ *store.Tx, _ *conn, d hardware.Device, _ none) (any, error) {
	if d.Model.Firmware == nil {
		return nil, errNoFirmware
	}
	return d.Model.Firmware, nil
}

var errNoFirmware = wire.Code(600026, "firmware not found")

func errorReport(ctx context.Context, tx *store.Tx, c *conn, d hardware.Device, in struct {
	Code int64  `json:"errcode"`
	Msg  string `json:"errmsg"`
}) (any, error) {
	return nil, c.s.deps.Hardware.ReportError(ctx, tx, d, in.Code, in.Msg)
}

// maxEcho is how much selfhelp_notify sends back, in bytes.
const maxEcho = 8 << 10

func selfhelpNotify(_ context.Context, tx *store.Tx, c *conn, d hardware.Device, in struct {
	Data string `json:"data"`
}) (any, error) {
	if in.Data == "" || len(in.Data) > maxEcho {
		return nil, wire.ErrParameter.With("data: 1 to %d bytes expected", maxEcho)
	}
	return nil, c.s.deps.Hardware.Echo(tx, d, in.Data)
}

type qrcodeRequest struct {
	State   string `json:"state"`
	Version int64  `json:"format_version"`
}

// maxState is in bytes.
const maxState = 128

func (q qrcodeRequest) valid() error {
	if q.Version != 1 || len(q.State) > maxState {
		return wire.ErrParameter.With("format_version 1, and a state of at most %d bytes expected", maxState)
	}
	return nil
}

func loginQrcode(_ context.Context, _ *store.Tx, c *conn, d hardware.Device, in qrcodeRequest) (any, error) {
	if err := in.valid(); err != nil {
		return nil, err
	}
	return drawCode(c.s.deps.Hardware.StaticLogin(d, in.State))
}

func printerQrcode(_ context.Context, _ *store.Tx, c *conn, d hardware.Device, in qrcodeRequest) (any, error) {
	if err := in.valid(); err != nil {
		return nil, err
	}
	if d.Model.Abilities&hardware.Printer == 0 {
		return nil, hardware.ErrNoPrinter
	}
	return drawCode(c.s.deps.Hardware.StaticLogin(d, in.State))
}

func reportFeature(ctx context.Context, tx *store.Tx, c *conn, d hardware.Device, in struct {
	Feature string `json:"device_feature"`
}) (any, error) {
	return nil, c.s.deps.Hardware.SetFeature(ctx, tx, d, in.Feature)
}

func permVersion(_ context.Context, _ *store.Tx, _ *conn, d hardware.Device, _ none) (any, error) {
	return struct {
		Version int64 `json:"perm_version"`
	}{d.PermVersion}, nil
}

func visitorVersion(_ context.Context, _ *store.Tx, _ *conn, d hardware.Device, _ none) (any, error) {
	return struct {
		Version int64 `json:"visitor_version"`
	}{d.VisitorVersion}, nil
}

func openSelfInput(_ context.Context, _ *store.Tx, _ *conn, d hardware.Device, _ none) (any, error) {
	return struct {
		Finger bool `json:"open_self_input_fp"`
		Face   bool `json:"open_self_input_fa"`
	}{d.Reports.SelfFinger, d.Reports.SelfFace}, nil
}

// maxReports is how many records a device sends at once (doc 93985), maxTemperatures how many temperatures
// (doc 93994).
const (
	maxReports      = 200
	maxTemperatures = 100
)

type reportedUser struct {
	UserID string            `json:"userid"`
	Type   hardware.UserType `json:"user_type"`
	At     int64             `json:"timestamp"`
}

type checkinRequest struct {
	List []struct {
		reportedUser
		PassType   int64 `json:"pass_type"`
		PassMethod int64 `json:"pass_method"`
	} `json:"checkin_data"`
}

// checkin stores check-ins and passes (doc 93985). With a pass_type it is both at a device that is both; of
// visitors there are passes alone.
func checkin(ctx context.Context, tx *store.Tx, c *conn, d hardware.Device, in checkinRequest) (any, error) {
	if n := len(in.List); n < 1 || n > maxReports {
		return nil, wire.ErrParameter.With("checkin_data: 1 to %d expected", maxReports)
	}
	var records []hardware.Record
	var of []int
	for i, r := range in.List {
		if r.PassType < 0 || r.PassType > 3 || r.PassMethod < 0 || r.PassMethod > 6 {
			return nil, wire.ErrParameter.With("checkin_data[%d]: pass_type 1 to 3 and pass_method 1 to 6 expected", i)
		}
		one := hardware.Record{Kind: hardware.CheckinRecord, UserID: id.UserID(r.UserID), Type: r.Type, At: time.Unix(r.At, 0)}
		if r.Type == hardware.Employee && d.Model.Abilities&hardware.Attendance != 0 {
			records, of = append(records, one), append(of, i)
		}
		if r.PassType != 0 {
			one.Kind, one.PassType, one.PassMethod = hardware.PassRecord, r.PassType, r.PassMethod
			records, of = append(records, one), append(of, i)
		}
	}
	refused, err := c.s.deps.Hardware.Report(ctx, tx, d, records)
	if err != nil {
		return nil, err
	}
	failed, seen := []reportedUser{}, map[int]bool{}
	for i, e := range refused {
		if e != nil && !seen[of[i]] {
			seen[of[i]] = true
			failed = append(failed, in.List[of[i]].reportedUser)
		}
	}
	return struct {
		Failed []reportedUser `json:"fail_list"`
	}{failed}, nil
}

type openedRequest struct {
	Type   string `json:"type"`
	OperID string `json:"oper_id"`
	Status *int64 `json:"status"`
	// Blank is how the page prints it, and how some firmware has copied it (doc 95050).
	Blank *int64 `json:"status "`
}

func reportOpened(_ context.Context, tx *store.Tx, c *conn, d hardware.Device, in openedRequest) (any, error) {
	status := in.Status
	if status == nil {
		status = in.Blank
	}
	if status == nil || *status != 0 && *status != 1 {
		return nil, hardware.ErrOpenState.With("status: 0 or 1 expected")
	}
	reason := ""
	if *status != 0 {
		reason = "the device could not open the door"
	}
	return nil, c.s.deps.Hardware.Opened(tx, d, in.Type, in.OperID, *status, reason)
}

type temperature struct {
	reportedUser
	Temperature string `json:"temperature"`
	Status      int64  `json:"status"`
}

func (t temperature) record() hardware.Record {
	return hardware.Record{Kind: hardware.TemperatureRecord, UserID: id.UserID(t.UserID), Type: t.Type, At: time.Unix(t.At, 0), Temperature: t.Temperature, Status: t.Status}
}

// unknownHealth is what is known of anybody's health code: nobody has one here.
const unknownHealth = 2

type healthAnswer struct {
	Status int64  `json:"status"`
	Code   string `json:"qrcode_data,omitempty"`
}

func reportTemperature(ctx context.Context, tx *store.Tx, c *conn, d hardware.Device, in temperature) (any, error) {
	in.At = tx.Now().Unix()
	if err := in.record().CheckTemperature(); err != nil {
		return nil, err
	}
	refused, err := c.s.deps.Hardware.Report(ctx, tx, d, []hardware.Record{in.record()})
	if err == nil {
		err = refused[0]
	}
	return healthAnswer{Status: unknownHealth}, err
}

type temperatureResult struct {
	reportedUser
	Code int    `json:"errcode"`
	Msg  string `json:"errmsg"`
}

func reportTemperatures(ctx context.Context, tx *store.Tx, c *conn, d hardware.Device, in struct {
	Items []temperature `json:"item"`
}) (any, error) {
	if n := len(in.Items); n < 1 || n > maxTemperatures {
		return nil, wire.ErrParameter.With("item: 1 to %d expected", maxTemperatures)
	}
	var out struct {
		Results []temperatureResult `json:"result_list"`
	}
	for _, t := range in.Items {
		result := temperatureResult{t.reportedUser, 0, "ok"}
		err := t.record().CheckTemperature()
		if err == nil {
			refused, reportErr := c.s.deps.Hardware.Report(ctx, tx, d, []hardware.Record{t.record()})
			if reportErr != nil {
				return nil, reportErr
			}
			err = refused[0]
		}
		var e wire.Error
		if errors.As(err, &e) {
			result.Code, result.Msg = e.Code, e.Message()
		}
		out.Results = append(out.Results, result)
	}
	return out, nil
}

func healthStatus(_ context.Context, tx *store.Tx, c *conn, d hardware.Device, in reportedUser) (any, error) {
	known, err := c.s.deps.Hardware.Users(tx, d, []id.UserID{id.UserID(in.UserID)})
	if err == nil && (len(known) == 0 || in.Type != hardware.Employee) {
		err = hardware.ErrOutOfRange
	}
	return healthAnswer{Status: unknownHealth}, err
}

func notifyHistory(_ context.Context, tx *store.Tx, c *conn, d hardware.Device, in struct {
	Version int64 `json:"perm_version"`
	Offset  int64 `json:"offset"`
	Limit   int64 `json:"limit"`
}) (any, error) {
	if in.Limit == 0 {
		in.Limit = maxReports
	}
	if in.Offset < 0 || in.Limit < 0 || in.Limit > maxReports {
		return nil, hardware.ErrOffset.With("limit: at most %d expected", maxReports)
	}
	data, versions, err := c.s.deps.Hardware.Renames(tx, d, in.Version, in.Offset, in.Limit+1)
	type item struct {
		Data    string `json:"data"`
		Version int64  `json:"perm_version"`
	}
	out := struct {
		Last  bool   `json:"is_last"`
		Items []item `json:"item"`
	}{int64(len(data)) <= in.Limit, []item{}}
	for i := range data[:min(int64(len(data)), in.Limit)] {
		out.Items = append(out.Items, item{data[i], versions[i]})
	}
	return out, err
}

// drawCode draws a link for the device to show.
func drawCode(link string) (any, error) {
	png, err := qrcode.Encode(link, qrcode.Medium, 320)
	return picture(png), err
}
