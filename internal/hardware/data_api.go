package hardware

import (
	"context"
	"errors"
	"fmt"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// readers is the row of the calls for third parties (doc 96091). The corp gives each permission by itself.
var readers = access.Allow{access.ThirdParty: access.InRange}

func (s *Service) dataEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		{Method: "POST", Path: "/cgi-bin/devicedata/get_auth_info", Doc: 96097, Allow: readers, Handle: wire.Read(s.getAuthInfo)},
		{Method: "POST", Path: checkinPath, Doc: 96027, Allow: readers, Handle: wire.Read(s.getCheckinData)},
		{Method: "POST", Path: temperaturePath, Doc: 96028, Allow: readers, Handle: wire.Read(s.getTemperatureData)},
		{Method: "POST", Path: passPath, Doc: 96029, Allow: readers, Handle: wire.Read(s.getAccesscontrolData)},
	}
}

const (
	checkinPath     = "/cgi-bin/devicedata/get_checkin_data"
	temperaturePath = "/cgi-bin/devicedata/get_temperature_data"
	passPath        = "/cgi-bin/devicedata/get_accesscontrol_data"
)

type getAuthInfoRequest struct {
	AgentID int64 `json:"agentid"`
}

type (
	grantedDevice struct {
		SN          string `json:"device_sn"`
		Remark      string `json:"remark_name"`
		DefaultName string `json:"default_name"`
		ModelName   string `json:"model_name"`
		Type        int64  `json:"device_type"`
		Ability     int64  `json:"device_ability"`
	}
	grantedDevices struct {
		Items []grantedDevice `json:"item"`
	}
	getAuthInfoResponse struct {
		Devices grantedDevices `json:"device_list"`
	}
)

// own refuses an agentid that is another application's.
func own(by access.Caller, agentID int64) error {
	if agentID != 0 && agentID != by.AgentID {
		return app.ErrOtherAgent
	}
	return nil
}

func (s *Service) getAuthInfo(ctx context.Context, tx *store.Tx, by access.Caller, req getAuthInfoRequest) (resp getAuthInfoResponse, err error) {
	if !by.Granted(readDevices) {
		return resp, ErrNoRight.With("the corp has not given the application the permission %s", readDevices)
	}
	if err := own(by, req.AgentID); err != nil {
		return resp, err
	}
	granted, err := s.granted(tx, by)
	if err != nil {
		return resp, err
	}
	list, err := s.DevicesIn(tx, by.CorpID)
	for _, d := range list {
		if ability := d.Model.Abilities & (Attendance | Doors | Thermometer); granted[d.No] && ability != 0 {
			resp.Devices.Items = append(resp.Devices.Items, grantedDevice{d.SN, d.Remark, d.Model.DefaultName, d.Model.Name, 1, int64(ability)})
		}
	}
	return resp, err
}

// dataRequest asks for records by the time that they were uploaded at (doc 96027).
type dataRequest struct {
	Type    UserType    `json:"user_type"`
	From    int64       `json:"begin_time"`
	To      int64       `json:"end_time"`
	Filter  int64       `json:"data_filter_type"`
	SNs     []string    `json:"device_sn_list"`
	Users   []id.UserID `json:"open_userid_list"`
	Cursor  string      `json:"cursor"`
	Limit   int64       `json:"limit"`
	AgentID int64       `json:"agentid"`
}

// A page of records (doc 96027).
const (
	usualData = 200
	maxData   = 500
	maxSNs    = 100
)

// place is where a list of records has come to.
type place struct{ No, At int64 }

// data returns a page of records of people whom the application sees.
func (s *Service) data(tx *store.Tx, by access.Caller, req dataRequest, kind RecordKind, path string) (list []Record, next string, err error) {
	q, err := s.dataQuery(tx, by, req, kind)
	if err != nil {
		return nil, "", err
	}
	cursor, of := wire.Cursor[place]{Box: s.deps.Box, Path: path}, fmt.Sprint(req.Type, req.From, req.To, req.Filter, req.SNs, req.Users)
	at, err := cursor.Open(by, req.Cursor, of)
	if err != nil {
		return nil, "", err
	}
	q.After, q.AfterAt = at.No, at.At
	all, err := s.Records(tx, by.CorpID, q)
	if err != nil {
		return nil, "", err
	}
	if len(all) == q.Limit {
		last := all[len(all)-1]
		next = cursor.Next(by, place{last.no, last.UploadedAt.Unix()}, of)
	}
	users := make([]id.UserID, len(all))
	for i, r := range all {
		users[i] = r.UserID
	}
	seen, err := s.deps.Directory.VisibleMembers(tx, by, id.Texts(users))
	for _, r := range all {
		if seen[r.UserID.Key()] != 0 && r.Type == Employee {
			list = append(list, r)
		}
	}
	return list, next, err
}

func (s *Service) dataQuery(tx *store.Tx, by access.Caller, req dataRequest, kind RecordKind) (q Query, err error) {
	for _, k := range dataKinds {
		if k.kind == kind && !by.Granted(k.permission) {
			return q, ErrNoRight.With("the corp has not given the application the permission %s", k.permission)
		}
	}
	q = Query{Kind: kind, Type: &req.Type, From: time.Unix(req.From, 0), To: time.Unix(req.To, 0), ByUpload: true, Devices: []int64{}, Limit: int(req.Limit)}
	if q.Limit == 0 {
		q.Limit = usualData
	}
	switch {
	case q.Limit < 0 || q.Limit > maxData:
		return q, wire.ErrParameter.With("limit: at most %d expected", maxData)
	case req.Filter != 1 && req.Filter != 2:
		return q, wire.ErrParameter.With("data_filter_type: 1 or 2 expected")
	case req.Filter == 1 && (len(req.SNs) < 1 || len(req.SNs) > maxSNs):
		return q, wire.ErrParameter.With("device_sn_list: 1 to %d expected", maxSNs)
	case req.Filter == 2 && (len(req.Users) < 1 || len(req.Users) > maxUsers):
		return q, ErrOpenUserID.With("open_userid_list: 1 to %d expected", maxUsers)
	}
	if err := errors.Join(own(by, req.AgentID), span(req.From, req.To)); err != nil {
		return q, err
	}
	granted, err := s.granted(tx, by)
	if err != nil {
		return q, err
	}
	if req.Filter == 2 {
		q.Users = req.Users
		for no := range granted {
			q.Devices = append(q.Devices, no)
		}
	}
	for _, sn := range req.SNs {
		if req.Filter == 2 {
			break
		}
		d, err := s.Device(tx, sn)
		if err != nil && !errors.Is(err, ErrNoSuchSN) {
			return q, err
		}
		if err == nil && granted[d.No] {
			q.Devices = append(q.Devices, d.No)
		}
	}
	if len(q.Devices) == 0 {
		return q, ErrNoDevice
	}
	return q, nil
}

type (
	checkinItem struct {
		UserID id.UserID `json:"open_userid"`
		At     int64     `json:"checkin_time"`
		SN     string    `json:"device_sn"`
	}
	checkinItems struct {
		Items []checkinItem `json:"items"`
	}
	getCheckinDataResponse struct {
		Data checkinItems `json:"checkindata"`
		Next string       `json:"next_cursor"`
	}
)

func (s *Service) getCheckinData(ctx context.Context, tx *store.Tx, by access.Caller, req dataRequest) (resp getCheckinDataResponse, err error) {
	list, next, err := s.data(tx, by, req, CheckinRecord, checkinPath)
	resp.Next = next
	for _, r := range list {
		resp.Data.Items = append(resp.Data.Items, checkinItem{r.UserID, r.At.Unix(), r.SN})
	}
	return resp, err
}

type (
	temperatureItem struct {
		temperatureAt
		SN string `json:"device_sn"`
	}
	temperatureItems struct {
		Items []temperatureItem `json:"items"`
	}
	getTemperatureDataResponse struct {
		Data temperatureItems `json:"temperature_data"`
		Next string           `json:"next_cursor"`
	}
)

func (s *Service) getTemperatureData(ctx context.Context, tx *store.Tx, by access.Caller, req dataRequest) (resp getTemperatureDataResponse, err error) {
	list, next, err := s.data(tx, by, req, TemperatureRecord, temperaturePath)
	resp.Next = next
	for _, r := range list {
		at := userAt{userItem{r.UserID, r.Type}, r.At.Unix()}
		resp.Data.Items = append(resp.Data.Items, temperatureItem{temperatureAt{at, r.Temperature, r.Status}, r.SN})
	}
	return resp, err
}

type (
	passItem struct {
		passAt
		SN string `json:"device_sn"`
	}
	passItems struct {
		Items []passItem `json:"items"`
	}
	getAccesscontrolDataResponse struct {
		Data passItems `json:"accesscontrol_data"`
		Next string    `json:"next_cursor"`
	}
)

func (s *Service) getAccesscontrolData(ctx context.Context, tx *store.Tx, by access.Caller, req dataRequest) (resp getAccesscontrolDataResponse, err error) {
	list, next, err := s.data(tx, by, req, PassRecord, passPath)
	resp.Next = next
	for _, r := range list {
		at := userAt{userItem{r.UserID, r.Type}, r.At.Unix()}
		resp.Data.Items = append(resp.Data.Items, passItem{passAt{at, r.PassType, r.PassMethod}, r.SN})
	}
	return resp, err
}
