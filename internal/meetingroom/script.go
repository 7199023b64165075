package meetingroom

import (
	"context"
	"errors"
	"fmt"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Scripts returns the calls by which scripts act as members and administrators in dev.
func (s *Service) Scripts() []door.Route {
	at, log := func(name string) string { return "POST /_qiwei/meetingroom/" + name }, s.deps.Log
	return []door.Route{
		door.Script(at("book"), log, s.scriptBook),
		door.Script(at("cancel"), log, s.scriptCancel),
		door.Script(at("checkin"), log, s.scriptCheckIn),
		door.Script(at("release"), log, s.scriptRelease),
		door.Script(at("decide"), log, s.scriptDecide),
		door.Script(at("set"), log, s.scriptSet),
		door.Script(at("extend"), log, s.scriptExtend),
		door.Script(at("release_due"), log, s.scriptReleaseDue),
	}
}

type (
	nothing struct{}
	person  struct {
		CorpID string    `json:"corpid"`
		UserID id.UserID `json:"userid"`
	}
	bookScript struct {
		person
		RoomID    int64       `json:"meetingroom_id"`
		Subject   string      `json:"subject,omitempty"`
		Start     int64       `json:"start_time"`
		End       int64       `json:"end_time"`
		Attendees []id.UserID `json:"attendees,omitempty"`
	}
	bookingScript struct {
		person
		BookingID string `json:"booking_id"`
		Keep      bool   `json:"keep_schedule,omitempty"`
		Day       int64  `json:"cancel_date,omitempty"`
	}
	decideScript struct {
		person
		BookingID string `json:"booking_id"`
		Status    Status `json:"status"` // 0 approved, 1 refused, 3 being approved
	}
	setScript struct {
		CorpID   string `json:"corpid"`
		RoomID   int64  `json:"meetingroom_id"`
		Approval *bool  `json:"need_approval,omitempty"`
		Disabled *bool  `json:"disabled,omitempty"`
		Release  *int64 `json:"release_after,omitempty"` // minutes
	}
)

// as runs fn as the member, in one transaction.
func (s *Service) as(ctx context.Context, p person, fn func(tx *store.Tx, by access.Caller) error) error {
	return s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		if err := s.known(tx, p.CorpID); err != nil {
			return err
		}
		m, err := s.deps.Directory.Member(ctx, tx, access.System(p.CorpID), p.UserID)
		if errors.Is(err, directory.ErrMemberNotFound) {
			return door.Missing(fmt.Sprintf("userid: there is no member %q", p.UserID))
		}
		if err != nil {
			return err
		}
		return fn(tx, access.MemberOf(p.CorpID, m.UserID))
	})
}

func (s *Service) known(tx *store.Tx, corpID string) error {
	_, err := s.deps.Corps.Corp(tx, corpID)
	if errors.Is(err, corp.ErrNotFound) {
		return door.Missing(fmt.Sprintf("corpid: there is no enterprise %q", corpID))
	}
	return err
}

func (s *Service) scriptBook(ctx context.Context, req bookScript) (answer bookResponse, err error) {
	err = s.as(ctx, req.person, func(tx *store.Tx, by access.Caller) error {
		b, err := s.BookAsMember(ctx, tx, by, Wish{RoomID: req.RoomID, Subject: req.Subject, Start: req.Start, End: req.End, Attendees: req.Attendees})
		answer = bookResponse{b.ID, b.ScheduleID}
		return err
	})
	return answer, err
}

func (s *Service) scriptCancel(ctx context.Context, req bookingScript) (nothing, error) {
	return nothing{}, s.as(ctx, req.person, func(tx *store.Tx, by access.Caller) error {
		return s.CancelAsMember(ctx, tx, by, Cancellation{req.BookingID, req.Keep, req.Day})
	})
}

func (s *Service) scriptCheckIn(ctx context.Context, req bookingScript) (nothing, error) {
	return nothing{}, s.as(ctx, req.person, func(tx *store.Tx, by access.Caller) error { return s.CheckIn(tx, by, req.BookingID) })
}

func (s *Service) scriptRelease(ctx context.Context, req bookingScript) (nothing, error) {
	return nothing{}, s.as(ctx, req.person, func(tx *store.Tx, by access.Caller) error { return s.Release(tx, by, req.BookingID) })
}

func (s *Service) scriptDecide(ctx context.Context, req decideScript) (nothing, error) {
	return nothing{}, s.as(ctx, req.person, func(tx *store.Tx, by access.Caller) error {
		return s.Decide(ctx, tx, by, req.BookingID, req.Status)
	})
}

// scriptSet does what only an administrator does: takes a room out of use, or has bookings of it approved.
func (s *Service) scriptSet(ctx context.Context, req setScript) (nothing, error) {
	return nothing{}, s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		if err := s.known(tx, req.CorpID); err != nil {
			return err
		}
		return s.UpdateRoom(ctx, tx, access.System(req.CorpID), RoomUpdate{ID: req.RoomID, Approval: req.Approval, Disabled: req.Disabled, ReleaseAfter: req.Release})
	})
}

// scriptExtend books further days for schedules that repeat for ever, without waiting for the next look.
func (s *Service) scriptExtend(ctx context.Context, _ nothing) (nothing, error) {
	return nothing{}, s.ExtendDue(ctx)
}

// scriptReleaseDue gives back the rooms to which nobody has come, without waiting for the next look.
func (s *Service) scriptReleaseDue(ctx context.Context, _ nothing) (nothing, error) {
	return nothing{}, s.ReleaseDue(ctx)
}
