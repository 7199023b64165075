package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"qiwei/internal/checkup"
	"qiwei/internal/platform"
	"qiwei/internal/store"
)

type checkCmd struct {
	dataFlags
	jsonFlag
	languageFlag
	baseURLFlag
}

// Help is shown below the usage.
func (checkCmd) Help() string {
	return "Looks at the data and at the running server, by its base URL: address, TLS, clock, faults, secrets, backup, database, disk, admins, trusted IPs, callbacks. Exit code 1 if there is a fault."
}

var errFaults = errors.New("there are faults")

func (cmd checkCmd) Run(ctx context.Context, c *console) error {
	var list []checkup.Finding
	if err := cmd.on(ctx, func(s *platform.Server) error {
		if err := cmd.set(ctx, s, cmd.Data); err != nil {
			return err
		}
		var corpIDs []string
		if err := s.Store.Read(ctx, func(tx *store.Tx) error {
			corps, err := s.Corps.Corps(tx)
			for _, co := range corps {
				if !co.Aside {
					corpIDs = append(corpIDs, co.CorpID)
				}
			}
			return err
		}); err != nil {
			return err
		}
		var err error
		list, err = s.Checkup.Look(ctx, cmd.state(ctx, s), corpIDs...)
		return err
	}); err != nil {
		return err
	}
	if cmd.JSON {
		if err := printJSON(c.out, struct {
			Worst    checkup.Level     `json:"worst"`
			Findings []checkup.Finding `json:"findings"`
		}{checkup.Worst(list), list}); err != nil {
			return err
		}
	} else {
		cmd.print(c, list)
	}
	if checkup.Worst(list) == checkup.Bad {
		return errFaults
	}
	return nil
}

func (cmd checkCmd) print(c *console, list []checkup.Finding) {
	in := func(t checkup.Text) string {
		if cmd.chinese() {
			return t.Zh
		}
		return t.En
	}
	for _, f := range list {
		fmt.Fprintf(c.out, "%-7s  %-11s  %s\n", f.Level, f.ID, in(f.What))
		if mend := in(f.Mend); mend != "" {
			fmt.Fprintf(c.out, "%22s %s\n", "", mend)
		}
	}
}

// state finds out what the database does not know. A server for development says by itself what it is.
func (cmd checkCmd) state(ctx context.Context, s *platform.Server) checkup.State {
	st := checkup.State{BaseURL: s.URL(), Disk: cmd.Data}
	if _, err := os.Stat(credentialsPath(cmd.Data)); err == nil {
		st.Demo = true
	}
	var clock struct {
		Now    time.Time `json:"now"`
		Frozen bool      `json:"frozen"`
	}
	if st.Dev = askDev(ctx, st.BaseURL+"/_qiwei/clock", &clock); st.Dev {
		st.Moved, st.Frozen = time.Until(clock.Now), clock.Frozen
		var faults struct {
			Faults []json.RawMessage `json:"faults"`
		}
		askDev(ctx, st.BaseURL+"/_qiwei/faults", &faults)
		st.Faults = len(faults.Faults)
	}
	return st
}

// askDev reads a test control; ok is false where there is none, as on a server for an organisation.
func askDev(ctx context.Context, url string, into any) (ok bool) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	return resp.StatusCode == http.StatusOK && json.NewDecoder(resp.Body).Decode(into) == nil
}
