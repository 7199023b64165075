package hardware

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) recordEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		{Method: "POST", Path: "/cgi-bin/openhw/device/report_checkin_data", Doc: 95985, Credential: s.byDevice, Allow: devices, Handle: wire.Write(s.reportCheckinData)},
		{Method: "POST", Path: "/cgi-bin/openhw/device/report_access_data", Doc: 95997, Credential: s.byDevice, Allow: devices, Handle: wire.Write(s.reportAccessData)},
		{Method: "POST", Path: "/cgi-bin/openhw/device/report_temperature_data", Doc: 95986, Credential: s.byDevice, Allow: devices, Handle: wire.Write(s.reportTemperatureData)},
		{
			Method: "POST", Path: "/cgi-bin/hardware/get_hardware_checkin_data", Doc: 94126, Family: access.Checkin,
			Allow:  access.Allow{access.Checkin: access.InRange, access.SelfBuilt: access.Listed, access.ThirdParty: access.InRange},
			Handle: wire.Read(s.getHardwareCheckinData),
		},
	}
}

type userAt struct {
	userItem
	At int64 `json:"timestamp"` // Unix seconds
}

type failList struct {
	Failed []userAt `json:"fail_list"`
}

type reportCheckinDataRequest struct {
	List []userAt `json:"checkin_data"`
}

func (s *Service) reportCheckinData(ctx context.Context, tx *store.Tx, by access.Caller, req reportCheckinDataRequest) (resp failList, err error) {
	records := make([]Record, len(req.List))
	for i, r := range req.List {
		records[i] = Record{Kind: CheckinRecord, UserID: r.UserID, Type: r.Type, At: time.Unix(r.At, 0)}
	}
	refused, err := s.reported(ctx, tx, by, records, "checkin_data")
	for i, r := range req.List {
		if err == nil && refused[i] != nil {
			resp.Failed = append(resp.Failed, r)
		}
	}
	return resp, err
}

// reported stores what the calling device reports.
func (s *Service) reported(ctx context.Context, tx *store.Tx, by access.Caller, records []Record, name string) ([]error, error) {
	if err := few(len(records), name); err != nil {
		return nil, err
	}
	d, err := s.caller(tx, by)
	if err != nil {
		return nil, err
	}
	return s.Report(ctx, tx, d, records)
}

type passAt struct {
	userAt
	PassType   int64 `json:"pass_type"`
	PassMethod int64 `json:"pass_method"`
}

type reportAccessDataRequest struct {
	List []passAt `json:"access_data"`
}

func (s *Service) reportAccessData(ctx context.Context, tx *store.Tx, by access.Caller, req reportAccessDataRequest) (resp failList, err error) {
	records := make([]Record, len(req.List))
	for i, r := range req.List {
		if r.PassType < 1 || r.PassType > 3 || r.PassMethod < 1 || r.PassMethod > 4 {
			return resp, wire.ErrParameter.With("access_data[%d]: pass_type 1 to 3 and pass_method 1 to 4 expected", i)
		}
		records[i] = Record{Kind: PassRecord, UserID: r.UserID, Type: r.Type, At: time.Unix(r.At, 0), PassType: r.PassType, PassMethod: r.PassMethod}
	}
	refused, err := s.reported(ctx, tx, by, records, "access_data")
	for i, r := range req.List {
		if err == nil && refused[i] != nil {
			resp.Failed = append(resp.Failed, r.userAt)
		}
	}
	return resp, err
}

type temperatureAt struct {
	userAt
	Temperature string `json:"temperature"`
	Status      int64  `json:"status"`
}

type reportTemperatureDataRequest struct {
	List []temperatureAt `json:"temperature_data"`
}

type temperatureFailure struct {
	userAt
	ErrCode int    `json:"errcode"`
	ErrMsg  string `json:"errmsg"`
}

type reportTemperatureDataResponse struct {
	Failed []temperatureFailure `json:"fail_list"`
}

func (s *Service) reportTemperatureData(ctx context.Context, tx *store.Tx, by access.Caller, req reportTemperatureDataRequest) (resp reportTemperatureDataResponse, err error) {
	if err := few(len(req.List), "temperature_data"); err != nil {
		return resp, err
	}
	d, err := s.caller(tx, by)
	if err != nil {
		return resp, err
	}
	records, refused := make([]Record, 0, len(req.List)), make([]error, len(req.List))
	var at []int
	for i, r := range req.List {
		record := Record{Kind: TemperatureRecord, UserID: r.UserID, Type: r.Type, At: time.Unix(r.At, 0), Temperature: r.Temperature, Status: r.Status}
		if refused[i] = record.CheckTemperature(); refused[i] == nil {
			records, at = append(records, record), append(at, i)
		}
	}
	answers, err := s.Report(ctx, tx, d, records)
	if err != nil {
		return resp, err
	}
	for i, a := range answers {
		refused[at[i]] = a
	}
	for i, r := range req.List {
		var e wire.Error
		if errors.As(refused[i], &e) {
			resp.Failed = append(resp.Failed, temperatureFailure{r.userAt, e.Code, e.Message()})
		}
	}
	return resp, nil
}

// CheckTemperature says what is wrong with a temperature, in degrees Celsius, and its status.
func (r Record) CheckTemperature() error {
	if r.Temperature == "" {
		return ErrNoTemperature
	}
	if t, err := strconv.ParseFloat(r.Temperature, 64); err != nil || !(t > 0 && t < 100) {
		return ErrNoTemperature.With("degrees Celsius as a text expected, such as 36.7")
	}
	if r.Status < 0 || r.Status > 2 {
		return ErrHealth.With("0, 1 or 2 expected")
	}
	return nil
}

type getHardwareCheckinDataRequest struct {
	Filter int64       `json:"filter_type"`
	From   int64       `json:"starttime"`
	To     int64       `json:"endtime"`
	Users  []id.UserID `json:"useridlist"`
}

type (
	checkinData struct {
		UserID id.UserID `json:"userid"`
		At     int64     `json:"checkin_time"`
		SN     string    `json:"device_sn"`
		Name   string    `json:"device_name"`
	}
	getHardwareCheckinDataResponse struct {
		List []checkinData `json:"checkindata"`
	}
)

const (
	// maxSpan is how long a time a call may ask after: a month (doc 94126, 96027).
	maxSpan = 31 * 24 * time.Hour
	// maxUsers is how many people it may name.
	maxUsers = 100
	// maxChecked bounds what one call answers. The page names no limit.
	maxChecked = 50_000
)

// getHardwareCheckinData answers what the corp's clocks recorded of members whom the caller sees. Userids that
// are nobody's are left out (doc 94126). A third party's application reads what the models record that are
// linked to it.
func (s *Service) getHardwareCheckinData(ctx context.Context, tx *store.Tx, by access.Caller, req getHardwareCheckinDataRequest) (resp getHardwareCheckinDataResponse, err error) {
	q := Query{Kind: CheckinRecord, From: time.Unix(req.From, 0), To: time.Unix(req.To, 0), ByUpload: req.Filter == 2, Users: []id.UserID{}, Limit: maxChecked}
	if err := span(req.From, req.To); err != nil {
		return resp, err
	}
	if req.Filter < 0 || req.Filter > 2 {
		return resp, wire.ErrParameter.With("filter_type: 1 or 2 expected")
	}
	if n := len(req.Users); n < 1 || n > maxUsers {
		return resp, wire.ErrParameter.With("useridlist: 1 to %d expected", maxUsers)
	}
	seen, err := s.deps.Directory.VisibleMembers(tx, by, id.Texts(req.Users))
	if err != nil {
		return resp, err
	}
	for _, u := range req.Users {
		if seen[u.Key()] != 0 {
			q.Users = append(q.Users, u)
		}
	}
	if by.Kind == access.ThirdParty {
		if !by.Granted("checkin:app:base") {
			return resp, wire.ErrForbidden.With("the corp has not given the application the permission checkin:app:base")
		}
		if q.Devices, err = s.linked(tx, by); err != nil {
			return resp, err
		}
	}
	list, err := s.Records(tx, by.CorpID, q)
	for _, r := range list {
		resp.List = append(resp.List, checkinData{r.UserID, r.At.Unix(), r.SN, r.DeviceName})
	}
	return resp, err
}

// span refuses a time that is none or longer than a month.
func span(from, to int64) error {
	if from <= 0 || to < from || time.Duration(to-from) > maxSpan/time.Second {
		return ErrSpan.With("a beginning and an end, at most %d days apart, expected", maxSpan/(24*time.Hour))
	}
	return nil
}

// linked returns the corp's devices whose model is linked to the calling application's suite.
func (s *Service) linked(tx *store.Tx, by access.Caller) ([]int64, error) {
	list, err := s.DevicesIn(tx, by.CorpID)
	out := []int64{}
	for _, d := range list {
		if d.Model.Suite != "" && d.Model.Suite == by.Suite {
			out = append(out, d.No)
		}
	}
	return out, err
}

func defaultName(settings string) string {
	var v ModelSettings
	if json.Unmarshal([]byte(settings), &v) != nil {
		return ""
	}
	return v.DefaultName
}
