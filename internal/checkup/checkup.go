// Package checkup looks whether a server can be reached and is safe, for the console's page and for `qiwei
// check`. Each finding says what is wrong and what mends it.
package checkup

import (
	"context"
	"time"

	"qiwei/internal/admin"
	"qiwei/internal/app"
	"qiwei/internal/callback"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/login"
	"qiwei/internal/outbound"
	"qiwei/internal/store"
)

// Deps is what the room needs.
type Deps struct {
	Store     *store.Store
	Corps     *corp.Service
	Directory *directory.Service
	Admins    *admin.Service
	Apps      *app.Service
	Login     *login.Service
	Callbacks *callback.Service
	Outbound  *outbound.Network
}

// Service looks.
type Service struct {
	deps   Deps
	client *outbound.Client
}

// New returns the room. The client reaches this server alone, by the address that it believes it has, so it may
// go wherever that leads.
func New(d Deps) *Service {
	s := &Service{deps: d}
	if d.Outbound != nil {
		s.client = d.Outbound.Client(outbound.Options{Purpose: "checkup", Policy: outbound.Policy{Anywhere: true}, Timeout: 5 * time.Second})
	}
	return s
}

// Level is how bad a finding is.
type Level string

// The levels.
const (
	Fine Level = "ok"
	Look Level = "warning" // it works, and deserves a look
	Bad  Level = "fault"   // it does not work, or is not safe
)

// Text is a text in both languages.
type Text struct {
	Zh string `json:"zh"`
	En string `json:"en"`
}

// Finding is what one look has found.
type Finding struct {
	ID    string `json:"id"` // base-url, tls, clock, … the same from version to version
	Level Level  `json:"level"`
	What  Text   `json:"what"`
	// Mend says what to do; empty where nothing is to be done.
	Mend Text `json:"mend,omitzero"`
	// CorpID and AgentID say whose it is, where it is not the whole server's.
	CorpID  string `json:"corpid,omitempty"`
	AgentID int64  `json:"agentid,omitempty"`
}

// State is what the database does not know of a server.
type State struct {
	BaseURL string
	Dev     bool
	// Moved is how far the clock is from the machine's; Frozen, whether it stands still.
	Moved  time.Duration
	Frozen bool
	Faults int // how many faults are active
	// Disk is a path on the disk with the data; empty if there is none here.
	Disk string
	// Demo is whether the data directory has a file with secrets in plain text, of `qiwei dev`.
	Demo bool
}

// Look looks at the server, and at the corps that are named.
func (s *Service) Look(ctx context.Context, st State, corpIDs ...string) ([]Finding, error) {
	out := s.reach(ctx, st)
	out = append(out, running(st)...)
	stored, err := s.storage(ctx, st)
	if err != nil {
		return nil, err
	}
	out = append(out, stored...)
	err = s.deps.Store.Read(ctx, func(tx *store.Tx) error {
		of := []Finding{}
		for _, corpID := range corpIDs {
			for _, look := range []func(context.Context, *store.Tx, string) ([]Finding, error){s.admins, s.apps, s.callbacks} {
				list, err := look(ctx, tx, corpID)
				if err != nil {
					return err
				}
				of = append(of, list...)
			}
		}
		out = append(out, of...)
		return nil
	})
	return out, err
}

// Worst returns the worst level among the findings.
func Worst(list []Finding) Level {
	worst := Fine
	for _, f := range list {
		if f.Level == Bad || f.Level == Look && worst == Fine {
			worst = f.Level
		}
	}
	return worst
}
