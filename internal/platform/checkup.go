package platform

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"

	"qiwei/internal/checkup"
	"qiwei/internal/store"
)

// CheckCorp looks at this server and at one of its corps.
func (s *Server) CheckCorp(ctx context.Context, corpID string) ([]checkup.Finding, error) {
	return s.Checkup.Look(ctx, s.state(), corpID)
}

// state is what the database does not know of this server.
func (s *Server) state() checkup.State {
	st := checkup.State{BaseURL: s.URL(), Dev: s.Dev, Disk: s.disk()}
	if s.Dev {
		st.Moved, st.Frozen, st.Faults = time.Until(s.Clock.Now()), s.Clock.Frozen(), len(s.Control.Faults())
	}
	if path := store.File(s.Database); path != "" {
		_, err := os.Stat(filepath.Join(filepath.Dir(path), "credentials.json"))
		st.Demo = err == nil
	}
	return st
}

// disk is a path on the disk with the data; empty if all of it is elsewhere.
func (s *Server) disk() string {
	if path := store.File(s.Database); path != "" {
		return filepath.Dir(path)
	}
	if !strings.Contains(s.Config.Blobs, "://") {
		return s.Config.Blobs
	}
	return ""
}
