package control

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"qiwei/internal/id"
	"qiwei/internal/wire"
	"qiwei/internal/wire/errcode"
)

// Fault makes calls fail on purpose. If several match a call, the first one counts. A delay combines with the
// others.
type Fault struct {
	ID string `json:"id"`
	// Path is the path of a call. A * at its end matches all paths with that prefix, "*" all.
	Path string `json:"path"`
	// One of these, or only a delay.
	ErrCode int    `json:"errcode,omitempty"`
	ErrMsg  string `json:"errmsg,omitempty"` // WeCom's words for the code if it is empty
	Status  int    `json:"status,omitempty"` // of HTTP, with an empty body
	Drop    bool   `json:"drop,omitempty"`   // drop the connection
	Delay   string `json:"delay,omitempty"`  // such as "2s"
	// Times is how often it happens; 0 means always. Chance is the probability each time, from 0 to 1; 0
	// means always.
	Times  int     `json:"times,omitempty"`
	Chance float64 `json:"chance,omitempty"`
	Hits   int     `json:"hits"` // how often it has happened

	delay time.Duration
}

const (
	maxDelay  = time.Minute
	maxFaults = 100
)

func (f *Fault) valid() (err error) {
	if f.Path != "*" && !strings.HasPrefix(f.Path, "/cgi-bin/") && !strings.HasPrefix(f.Path, "/mcp/") {
		return errors.New(`path: that of a call, such as /cgi-bin/message/send, /cgi-bin/user/* or *, or of a robot's tool, such as /mcp/bot/doc/create_doc`)
	}
	if f.Delay != "" {
		if f.delay, err = time.ParseDuration(f.Delay); err != nil || f.delay <= 0 || f.delay > maxDelay {
			return errors.New("delay: up to a minute expected, such as 500ms or 2s")
		}
	}
	kinds := 0
	for _, is := range []bool{f.ErrCode != 0, f.Status != 0, f.Drop} {
		if is {
			kinds++
		}
	}
	switch {
	case kinds > 1 || (kinds == 0 && f.delay == 0):
		return errors.New("one of errcode, status and drop, or a delay, is expected")
	case f.Status != 0 && (f.Status < 300 || f.Status > 599):
		return errors.New("status: 300 to 599 expected")
	case f.Times < 0 || f.Chance < 0 || f.Chance > 1:
		return errors.New("times is a number, and chance one from 0 to 1")
	}
	return nil
}

func (f *Fault) fits(path string) bool {
	begin, open := strings.CutSuffix(f.Path, "*")
	return path == f.Path || (open && strings.HasPrefix(path, begin))
}

// faults are those that are set.
type faults struct {
	mu   sync.Mutex
	list []*Fault
}

// take returns the fault that happens to a call, and counts it.
func (fs *faults) take(path string) (found Fault, ok bool) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for _, f := range fs.list {
		if !f.fits(path) || (f.Times > 0 && f.Hits >= f.Times) || (f.Chance > 0 && rand.Float64() >= f.Chance) {
			continue
		}
		f.Hits++
		return *f, true
	}
	return Fault{}, false
}

// AddFault makes calls fail from now on. It returns an error if the fault makes no sense.
func (s *Service) AddFault(f Fault) (Fault, error) {
	if err := f.valid(); err != nil {
		return f, err
	}
	f.ID, f.Hits = id.Hex(4), 0
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	if len(s.faults.list) >= maxFaults {
		return f, fmt.Errorf("there are %d faults already", maxFaults)
	}
	s.faults.list = append(s.faults.list, &f)
	return f, nil
}

// RemoveFault removes a fault, or all if id is empty. It reports whether there was one.
func (s *Service) RemoveFault(id string) bool {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	before := len(s.faults.list)
	s.faults.list = slices.DeleteFunc(s.faults.list, func(f *Fault) bool { return id == "" || f.ID == id })
	return len(s.faults.list) < before
}

// Faults returns the faults that are set.
func (s *Service) Faults() []Fault {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	out := []Fault{}
	for _, f := range s.faults.list {
		out = append(out, *f)
	}
	return out
}

// Intervene is called by the API before it handles a call (wire.Config.Intervene).
func (s *Service) Intervene(w http.ResponseWriter, r *http.Request, path string) (done string, err error) {
	f, ok := s.faults.take(path)
	if !ok {
		return "", nil
	}
	if f.delay > 0 {
		timer := time.NewTimer(f.delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
		}
	}
	switch {
	case f.Drop:
		return wire.Dropped, nil
	case f.Status != 0:
		w.WriteHeader(f.Status)
		return fmt.Sprintf("HTTP %d", f.Status), nil
	case f.ErrCode != 0:
		text := f.ErrMsg
		if text == "" {
			if text = errcode.Text(f.ErrCode); text == "" {
				text = "fault"
			}
		}
		return "", wire.Code(f.ErrCode, text)
	}
	return "", nil
}

func (s *Service) getFaults(w http.ResponseWriter, r *http.Request) {
	answer(w, map[string]any{"faults": s.Faults()})
}

func (s *Service) addFault(w http.ResponseWriter, r *http.Request) {
	var f Fault
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4<<10))
	dec.DisallowUnknownFields()
	err := dec.Decode(&f)
	if err != nil {
		err = fmt.Errorf(`such as {"path":"/cgi-bin/message/send","errcode":45009,"times":3} expected: %w`, err)
	} else {
		f, err = s.AddFault(f)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	answer(w, f)
}

func (s *Service) removeFault(w http.ResponseWriter, r *http.Request) {
	if name := r.PathValue("id"); !s.RemoveFault(name) && name != "" {
		http.Error(w, "there is no such fault", http.StatusNotFound)
		return
	}
	s.getFaults(w, r)
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v)
}
