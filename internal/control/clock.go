package control

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// ClockMove moves the clock: forward (or back) by a duration, or to a time.
type ClockMove struct {
	Advance string `json:"advance"` // such as "2h", "90m" or "-1h"
	Set     string `json:"set"`     // RFC 3339
	Freeze  *bool  `json:"freeze"`  // true stops it, false lets it run on
}

type clockResponse struct {
	Now    time.Time `json:"now"`
	Frozen bool      `json:"frozen"`
}

func (s *Service) getClock(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(clockResponse{s.deps.Clock.Now(), s.deps.Clock.Frozen()})
}

func (s *Service) setClock(w http.ResponseWriter, r *http.Request) {
	if err := s.moveClock(http.MaxBytesReader(w, r.Body, 1<<10)); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.getClock(w, r)
}

func (s *Service) moveClock(body io.Reader) error {
	var req ClockMove
	dec := json.NewDecoder(body)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&req); err != nil {
		return fmt.Errorf(`{"advance":"2h"}, {"set":"2027-01-31T09:00:00+08:00"} or {"freeze":true} expected: %w`, err)
	}
	return s.MoveClock(req)
}

// MoveClock moves, stops or releases the clock. Its error says what is wrong with the request.
func (s *Service) MoveClock(req ClockMove) error {
	var by time.Duration
	var to time.Time
	var err error
	switch {
	case req.Advance != "" && req.Set != "":
		return errors.New("advance or set, not both")
	case req.Advance != "":
		if by, err = time.ParseDuration(req.Advance); err != nil {
			return fmt.Errorf("advance: %q; a duration such as 2h, 90m or 720h expected", req.Advance)
		}
	case req.Set != "":
		if to, err = time.Parse(time.RFC3339, req.Set); err != nil {
			return fmt.Errorf("set: %q; a time such as 2027-01-31T09:00:00+08:00 expected", req.Set)
		}
	case req.Freeze == nil:
		return errors.New(`{"advance":"2h"}, {"set":"2027-01-31T09:00:00+08:00"} or {"freeze":true} expected`)
	}
	if req.Freeze != nil {
		if *req.Freeze {
			s.deps.Clock.Freeze()
		} else {
			s.deps.Clock.Release()
		}
	}
	if by != 0 {
		s.deps.Clock.Advance(by)
	}
	if !to.IsZero() {
		s.deps.Clock.Set(to)
	}
	return nil
}
