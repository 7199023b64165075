package calendar

import (
	"context"
	"errors"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// permit is what a corp gives to a provider's application (doc 99052).
const permit = "calendar:base:base"

// endpoint returns a call of calendars. A self-built application must be listed for it, a provider's needs the
// permission (doc 93624). The built-in application may call by its own secret in enterprises from before
// 2023-12-01.
func endpoint(path string, doc int, h wire.Handler) wire.Endpoint {
	return wire.Endpoint{
		Method: "POST", Path: "/cgi-bin/oa/" + path, Doc: doc, Family: access.Calendar, Grants: []string{permit}, Handle: h,
		Allow: access.Allow{access.SelfBuilt: access.Listed, access.ThirdParty: access.InRange, access.Custom: access.InRange, access.Calendar: access.All},
	}
}

func (s *Service) calendarEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		endpoint("calendar/add", 93647, wire.Write(s.calendarAdd)),
		endpoint("calendar/update", 97716, wire.Write(s.calendarUpdate)),
		endpoint("calendar/get", 97717, wire.Read(s.calendarGet)),
		endpoint("calendar/del", 97718, wire.Write(s.calendarDel)),
	}
}

type (
	shareWire struct {
		UserID     id.UserID   `json:"userid"`
		Permission *Permission `json:"permission"`
	}
	rangeWire struct {
		Users   []id.UserID `json:"userids"`
		Parties []int64     `json:"partyids"`
	}
	calendarRequest struct {
		ID          string      `json:"cal_id"`
		Admins      []id.UserID `json:"admins"`
		Default     int64       `json:"set_as_default"`
		Summary     string      `json:"summary"`
		Color       string      `json:"color"`
		Description string      `json:"description"`
		Shares      []shareWire `json:"shares"`
		Public      int64       `json:"is_public"`
		Range       rangeWire   `json:"public_range"`
		CorpWide    int64       `json:"is_corp_calendar"`
	}
	calendarAddRequest struct {
		Calendar *calendarRequest `json:"calendar"`
		AgentID  int64            `json:"agentid"` // of old suites with several applications, which there are none of
	}
	calendarUpdateRequest struct {
		SkipRange int64            `json:"skip_public_range"`
		Calendar  *calendarRequest `json:"calendar"`
	}
	refusedWire struct {
		ErrCode int64     `json:"errcode"`
		ErrMsg  string    `json:"errmsg"`
		UserID  id.UserID `json:"userid"`
	}
	failWire struct {
		Shares []refusedWire `json:"shares"`
	}
	calendarAddResponse struct {
		ID   string    `json:"cal_id"`
		Fail *failWire `json:"fail_result,omitempty"`
	}
	calendarUpdateResponse struct {
		Fail *failWire `json:"fail_result,omitempty"`
	}
)

func (r *calendarRequest) wish() Wish {
	w := Wish{Admins: r.Admins}
	w.ID, w.Default, w.Public, w.CorpWide = r.ID, r.Default != 0, r.Public != 0, r.CorpWide != 0
	w.Summary, w.Color, w.Description = r.Summary, r.Color, r.Description
	w.PublicUsers, w.Parties = r.Range.Users, r.Range.Parties
	for _, p := range r.Shares {
		share := Share{UserID: p.UserID, Permission: SeesAll}
		if p.Permission != nil {
			share.Permission = *p.Permission
		}
		w.Shares = append(w.Shares, share)
	}
	return w
}

func newFailWire(bad []Refused) *failWire {
	if len(bad) == 0 {
		return nil
	}
	out := &failWire{}
	for _, b := range bad {
		r := refusedWire{UserID: b.UserID}
		var e wire.Error
		if errors.As(b.Err, &e) {
			r.ErrCode, r.ErrMsg = int64(e.Code), e.Message()
		}
		out.Shares = append(out.Shares, r)
	}
	return out
}

var errNoCalendar = wire.ErrEmpty.With("calendar: an object expected")

func (s *Service) calendarAdd(ctx context.Context, tx *store.Tx, by access.Caller, req calendarAddRequest) (resp calendarAddResponse, err error) {
	if req.Calendar == nil {
		return resp, errNoCalendar
	}
	calID, bad, err := s.CreateCalendar(ctx, tx, by, req.Calendar.wish())
	return calendarAddResponse{calID, newFailWire(bad)}, err
}

func (s *Service) calendarUpdate(ctx context.Context, tx *store.Tx, by access.Caller, req calendarUpdateRequest) (resp calendarUpdateResponse, err error) {
	if req.Calendar == nil {
		return resp, errNoCalendar
	}
	w := req.Calendar.wish()
	w.SkipPublic = req.SkipRange != 0
	bad, err := s.UpdateCalendar(ctx, tx, by, w)
	return calendarUpdateResponse{newFailWire(bad)}, err
}

type (
	calendarGetRequest struct {
		IDs []string `json:"cal_id_list"`
	}
	shownShare struct {
		UserID     id.UserID  `json:"userid"`
		Permission Permission `json:"permission"`
	}
	shownCalendar struct {
		ID     string      `json:"cal_id"`
		Admins []id.UserID `json:"admins"`
		// Adminis is how the page's sample spells it; its table has admins (doc 97717).
		Adminis     []id.UserID  `json:"adminis"`
		Summary     string       `json:"summary"`
		Color       string       `json:"color"`
		Description string       `json:"description"`
		Shares      []shownShare `json:"shares"`
		Public      int64        `json:"is_public"`
		Range       *rangeWire   `json:"public_range,omitempty"`
		CorpWide    int64        `json:"is_corp_calendar"`
	}
	calendarGetResponse struct {
		Calendars []shownCalendar `json:"calendar_list"`
	}
)

func (s *Service) calendarGet(ctx context.Context, tx *store.Tx, by access.Caller, req calendarGetRequest) (resp calendarGetResponse, err error) {
	list, err := s.Calendars(tx, by, req.IDs)
	for _, c := range list {
		one := shownCalendar{ID: c.ID, Summary: c.Summary, Color: c.Color, Description: c.Description, Public: flag(c.Public), CorpWide: flag(c.CorpWide)}
		for _, p := range c.Shares {
			one.Shares = append(one.Shares, shownShare{p.UserID, p.Permission})
			if p.Admin {
				one.Admins = append(one.Admins, p.UserID)
			}
		}
		one.Adminis = one.Admins
		if c.Public {
			one.Range = &rangeWire{c.PublicUsers, c.Parties}
		}
		resp.Calendars = append(resp.Calendars, one)
	}
	return resp, err
}

type calendarDelRequest struct {
	ID string `json:"cal_id"`
}

func (s *Service) calendarDel(ctx context.Context, tx *store.Tx, by access.Caller, req calendarDelRequest) (wire.None, error) {
	return wire.None{}, s.DeleteCalendar(ctx, tx, by, req.ID)
}
