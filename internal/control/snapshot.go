package control

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"qiwei/internal/store"
)

// Snapshots are copies of everything in the database, in this process's memory. They do not hold the content
// of files, which lies beside the database. Files uploaded since stay on the disk, and files swept away since
// are gone.

// Snapshot is a moment to which the server can go back.
type Snapshot struct {
	Name string    `json:"name"`
	At   time.Time `json:"at"`
	Rows int       `json:"rows"`

	copy *store.Copy
}

const maxSnapshots = 20

// Errors of snapshots.
var (
	ErrNoSnapshot = errors.New("there is no such snapshot")
	ErrSnapshot   = errors.New("a snapshot has a name of 1 to 64 characters, and there are at most 20 of them")
	ErrNoStart    = errors.New("nothing was remembered at the start; restore a snapshot instead")
)

type snapshots struct {
	mu    sync.Mutex
	list  []*Snapshot
	start *Snapshot
}

// Remember keeps the present state for Reset.
func (s *Service) Remember(ctx context.Context) error {
	c, err := s.deps.Store.Copy(ctx)
	if err != nil {
		return err
	}
	s.snapshots.mu.Lock()
	defer s.snapshots.mu.Unlock()
	s.snapshots.start = &Snapshot{At: s.deps.Clock.Now(), Rows: c.Rows(), copy: c}
	return nil
}

// TakeSnapshot keeps the present state under a name. It replaces a snapshot of the same name.
func (s *Service) TakeSnapshot(ctx context.Context, name string) (Snapshot, error) {
	name = strings.TrimSpace(name)
	if name == "" || len([]rune(name)) > 64 || strings.Contains(name, "/") {
		return Snapshot{}, ErrSnapshot
	}
	c, err := s.deps.Store.Copy(ctx)
	if err != nil {
		return Snapshot{}, err
	}
	s.snapshots.mu.Lock()
	defer s.snapshots.mu.Unlock()
	s.snapshots.list = slices.DeleteFunc(s.snapshots.list, func(o *Snapshot) bool { return o.Name == name })
	if len(s.snapshots.list) >= maxSnapshots {
		return Snapshot{}, ErrSnapshot
	}
	made := &Snapshot{Name: name, At: s.deps.Clock.Now(), Rows: c.Rows(), copy: c}
	s.snapshots.list = append(s.snapshots.list, made)
	return *made, nil
}

// RestoreSnapshot brings back the state of the snapshot. The clock stays as it is.
func (s *Service) RestoreSnapshot(ctx context.Context, name string) error {
	s.snapshots.mu.Lock()
	i := slices.IndexFunc(s.snapshots.list, func(o *Snapshot) bool { return o.Name == name })
	var found *Snapshot
	if i >= 0 {
		found = s.snapshots.list[i]
	}
	s.snapshots.mu.Unlock()
	if found == nil {
		return ErrNoSnapshot
	}
	return s.restore(ctx, found)
}

// Reset brings back the state of the start and removes all faults.
func (s *Service) Reset(ctx context.Context) error {
	s.snapshots.mu.Lock()
	start := s.snapshots.start
	s.snapshots.mu.Unlock()
	if start == nil {
		return ErrNoStart
	}
	if err := s.restore(ctx, start); err != nil {
		return err
	}
	s.RemoveFault("")
	return nil
}

func (s *Service) restore(ctx context.Context, snap *Snapshot) error {
	return s.deps.Store.Restore(ctx, snap.copy, s.deps.Restored)
}

// ForgetSnapshot drops a snapshot, and reports whether there was one.
func (s *Service) ForgetSnapshot(name string) bool {
	s.snapshots.mu.Lock()
	defer s.snapshots.mu.Unlock()
	before := len(s.snapshots.list)
	s.snapshots.list = slices.DeleteFunc(s.snapshots.list, func(o *Snapshot) bool { return o.Name == name })
	return len(s.snapshots.list) < before
}

// Snapshots returns all snapshots, oldest first.
func (s *Service) Snapshots() []Snapshot {
	s.snapshots.mu.Lock()
	defer s.snapshots.mu.Unlock()
	out := []Snapshot{}
	for _, o := range s.snapshots.list {
		out = append(out, *o)
	}
	return out
}

func (s *Service) getSnapshots(w http.ResponseWriter, r *http.Request) {
	answer(w, map[string]any{"snapshots": s.Snapshots()})
}

func (s *Service) takeSnapshot(w http.ResponseWriter, r *http.Request) {
	var req struct {
		Name string `json:"name"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<10)).Decode(&req); err != nil {
		http.Error(w, `{"name":"before"} expected: `+err.Error(), http.StatusBadRequest)
		return
	}
	made, err := s.TakeSnapshot(r.Context(), req.Name)
	if err != nil {
		s.refuse(w, err)
		return
	}
	answer(w, made)
}

func (s *Service) restoreSnapshot(w http.ResponseWriter, r *http.Request) {
	if err := s.RestoreSnapshot(r.Context(), r.PathValue("name")); err != nil {
		s.refuse(w, err)
		return
	}
	s.getSnapshots(w, r)
}

func (s *Service) forgetSnapshot(w http.ResponseWriter, r *http.Request) {
	if !s.ForgetSnapshot(r.PathValue("name")) {
		s.refuse(w, ErrNoSnapshot)
		return
	}
	s.getSnapshots(w, r)
}

func (s *Service) reset(w http.ResponseWriter, r *http.Request) {
	if err := s.Reset(r.Context()); err != nil {
		s.refuse(w, err)
		return
	}
	s.getSnapshots(w, r)
}

func (s *Service) refuse(w http.ResponseWriter, err error) {
	status := http.StatusInternalServerError
	switch {
	case errors.Is(err, ErrNoSnapshot):
		status = http.StatusNotFound
	case errors.Is(err, ErrSnapshot):
		status = http.StatusBadRequest
	case errors.Is(err, ErrNoStart):
		status = http.StatusConflict
	}
	http.Error(w, err.Error(), status)
}
