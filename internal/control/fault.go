package control

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"qiwei/internal/fault"
)

// Fault makes something fail on purpose: a call, a robot's connection or a callback's delivery. If several match,
// the first whose turn it is counts.
type Fault = fault.Fault

// AddFault makes things fail from now on, or does at once what happens now. It returns an error if the fault
// makes no sense.
func (s *Service) AddFault(f Fault) (Fault, error) {
	if err := f.Valid(); err != nil {
		return f, err
	}
	if f.At != fault.Now {
		return s.deps.Faults.Add(f)
	}
	if f.Hits = s.deps.Connections(f.Bot, f); f.Hits == 0 {
		return f, errNoConnection
	}
	return f, nil
}

var errNoConnection = errors.New("no robot of that bot_id is connected; see GET /_qiwei/faults for what is set")

// RemoveFault removes a fault, or all if id is empty. It reports whether there was one.
func (s *Service) RemoveFault(id string) bool { return s.deps.Faults.Remove(id) }

// Faults returns the faults that are set.
func (s *Service) Faults() []Fault { return s.deps.Faults.All() }

func (s *Service) getFaults(w http.ResponseWriter, r *http.Request) {
	answer(w, map[string]any{"faults": s.Faults()})
}

// maxFault bounds the description of a fault, or of several: a body alone has up to 1 MiB.
const maxFault = 8 << 20

// addFault takes a fault, or a list of them that is taken whole or not at all.
func (s *Service) addFault(w http.ResponseWriter, r *http.Request) {
	var req struct {
		Fault
		Faults []Fault `json:"faults"`
	}
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxFault))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&req); err != nil {
		http.Error(w, fmt.Sprintf(`such as {"path":"/cgi-bin/message/send","errcode":45009,"times":3} expected: %v`, err), http.StatusBadRequest)
		return
	}
	if req.Faults == nil {
		f, err := s.AddFault(req.Fault)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		answer(w, f)
		return
	}
	for i := range req.Faults {
		if err := req.Faults[i].Valid(); err != nil {
			http.Error(w, fmt.Sprintf("faults: number %d: %v", i+1, err), http.StatusBadRequest)
			return
		}
	}
	made := []Fault{}
	for _, f := range req.Faults {
		f, err := s.AddFault(f)
		if err != nil {
			for _, m := range made {
				s.RemoveFault(m.ID)
			}
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		made = append(made, f)
	}
	answer(w, map[string]any{"faults": made})
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
