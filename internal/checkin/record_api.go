package checkin

import (
	"context"
	"errors"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) recordEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		endpoint("getcheckindata", 90262, 600, wire.Direct(s.getcheckindata), access.Custom, access.ThirdParty),
		endpoint("add_checkin_record", 99647, 60, wire.Write(s.addCheckinRecord)),
		endpoint("punch_correction", 95803, 600, wire.Write(s.punchCorrection)),
	}
}

type getcheckindataRequest struct {
	Kind int64 `json:"opencheckindatatype"` // 1 for work, 2 outings, 3 all
	timeRequest
}

type (
	checkinData struct {
		UserID    id.UserID `json:"userid"`
		GroupName string    `json:"groupname"`
		Kind      string    `json:"checkin_type"`
		Exception string    `json:"exception_type"`
		At        int64     `json:"checkin_time"`
		Title     string    `json:"location_title"`
		Detail    string    `json:"location_detail"`
		WiFi      string    `json:"wifiname"`
		Notes     string    `json:"notes"`
		MAC       string    `json:"wifimac"`
		Media     []string  `json:"mediaids"`
		Due       int64     `json:"sch_checkin_time"`
		Group     int64     `json:"groupid"`
		Schedule  int64     `json:"schedule_id"`
		Timeline  int64     `json:"timeline_id"`
		Latitude  *int64    `json:"lat,omitempty"`
		Longitude *int64    `json:"lng,omitempty"`
		Device    string    `json:"deviceid,omitempty"`
	}
	getcheckindataResponse struct {
		Data []checkinData `json:"checkindata"`
	}
)

// errStale ends a reading in which media_ids have had their time.
var errStale = errors.New("media_ids are to be renewed")

// getcheckindata answers check-ins. Media_ids that have had their time are renewed, which most calls do not need.
func (s *Service) getcheckindata(ctx context.Context, st *store.Store, by access.Caller, req getcheckindataRequest) (resp getcheckindataResponse, err error) {
	if req.Kind < 1 || req.Kind > 3 {
		return resp, ErrInput.With("opencheckindatatype: 1, 2 or 3 expected")
	}
	if err := req.valid(); err != nil {
		return resp, err
	}
	err = st.Read(ctx, func(tx *store.Tx) (err error) {
		list, err := s.listed(tx, by, req)
		if err != nil {
			return err
		}
		for _, l := range list {
			for _, c := range l.shown {
				if c.rec == nil || len(c.rec.Media) == 0 {
					continue
				}
				stale, err := s.files().Expired(tx, by.CorpID, c.rec.No)
				if err != nil {
					return err
				}
				if len(stale) > 0 {
					return errStale
				}
			}
		}
		resp = answer(list)
		return nil
	})
	if !errors.Is(err, errStale) {
		return resp, err
	}
	err = st.Write(ctx, func(tx *store.Tx) error {
		list, err := s.listed(tx, by, req)
		if err != nil {
			return err
		}
		for _, l := range list {
			for _, c := range l.shown {
				if c.rec != nil {
					if err := s.fresher(tx, by.CorpID, []*Record{c.rec}); err != nil {
						return err
					}
				}
			}
		}
		resp = answer(list)
		return nil
	})
	return resp, err
}

// listing is the check-ins of a member.
type listing struct {
	user  id.UserID
	shown []shown
}

func (s *Service) listed(tx *store.Tx, by access.Caller, req getcheckindataRequest) ([]listing, error) {
	people, err := s.people(tx, by, req.Users)
	if err != nil {
		return nil, err
	}
	list, err := s.days(tx, by.CorpID, people, Midnight(req.From)-day, Midnight(req.To))
	if err != nil {
		return nil, err
	}
	var out []listing
	for i, p := range people {
		l := listing{user: p.UserID}
		for _, d := range list[i] {
			for _, c := range d.shown {
				if c.at >= req.From && c.at <= req.To && (req.Kind == 3 || (c.kind == outingText) == (req.Kind == 2)) {
					l.shown = append(l.shown, c)
				}
			}
		}
		slices.SortStableFunc(l.shown, func(a, b shown) int { return int(a.at - b.at) })
		out = append(out, l)
	}
	return out, nil
}

func answer(list []listing) (resp getcheckindataResponse) {
	for _, l := range list {
		for _, c := range l.shown {
			v := checkinData{UserID: l.user, Kind: c.kind, Exception: c.exception, At: c.at, Due: c.due, Timeline: c.timeline}
			if c.plan.rule != nil {
				v.Group, v.GroupName, v.Schedule = c.plan.rule.group, c.plan.rule.Name, c.plan.shift.ID
			}
			if r := c.rec; r != nil {
				v.Title, v.Detail, v.WiFi, v.MAC, v.Notes, v.Media, v.Latitude, v.Longitude, v.Device = r.Title, r.Detail, r.WiFi, r.MAC, r.Notes, r.Media, r.Latitude, r.Longitude, r.Device
			}
			resp.Data = append(resp.Data, v)
		}
	}
	return resp
}

type addCheckinRecordRequest struct {
	Records []recordRequest `json:"records"`
}

type recordRequest struct {
	UserID    id.UserID `json:"userid"`
	At        int64     `json:"checkin_time"`
	Title     string    `json:"location_title"`
	Detail    string    `json:"location_detail"`
	Media     []string  `json:"mediaids"`
	Notes     string    `json:"notes"`
	Kind      int64     `json:"device_type"`
	Latitude  *int64    `json:"lat"`
	Longitude *int64    `json:"lng"`
	Brand     string    `json:"device_detail"`
	WiFi      string    `json:"wifiname"`
	MAC       string    `json:"wifimac"`
}

func (s *Service) addCheckinRecord(ctx context.Context, tx *store.Tx, by access.Caller, req addCheckinRecordRequest) (wire.None, error) {
	var list []Added
	for _, r := range req.Records {
		list = append(list, Added{UserID: r.UserID, At: r.At, Brand: r.Brand, Details: Details{
			Title: r.Title, Detail: r.Detail, Notes: r.Notes, WiFi: r.WiFi, MAC: r.MAC, Media: r.Media, Latitude: r.Latitude, Longitude: r.Longitude, Kind: r.Kind,
		}})
	}
	return wire.None{}, s.Add(ctx, tx, by, list)
}

type punchCorrectionRequest struct {
	UserID id.UserID `json:"userid"`
	Day    int64     `json:"schedule_date_time"`
	Due    *int64    `json:"schedule_checkin_time"`
	At     int64     `json:"checkin_time"`
	Remark string    `json:"remark"`
}

func (s *Service) punchCorrection(ctx context.Context, tx *store.Tx, by access.Caller, req punchCorrectionRequest) (wire.None, error) {
	return wire.None{}, s.Correct(ctx, tx, by, PunchCorrection(req))
}
