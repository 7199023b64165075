package main

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"qiwei/test/pgserver"
)

// Reads are measured by a cheap loader, in one run with the yardstick, in slices
// that alternate: alone, and beside callers that write as fast as they can.

const (
	readRounds = 3
	readSlice  = 2 * time.Second
)

// readFloors are what is asked of a database, as shares of the yardstick.
type readFloors struct {
	get, token float64       // alone
	cpu        float64       // processor time of user/get, as a multiple of the yardstick's
	p99        time.Duration // of user/get
	beside     float64       // user/get beside writers
	ofQuiet    float64       // the same as a share of user/get alone
	writes     float64       // a second, beside readers
	by         loader
}

// The floors of PostgreSQL are held by net/http's client: the database takes a part
// of the same processors.
func measureReads(t *table, dir string) error {
	if err := measureReadsOn(t, filepath.Join(dir, "reads.db"), "SQLite", readFloors{
		get: 0.65, token: 0.8, cpu: 1.6, p99: 15 * time.Millisecond, ofQuiet: 0.6, by: cheapest,
	}); err != nil {
		return err
	}
	// Commits wait for the disk, as in production.
	pg, err := pgserver.Start(context.Background(), "fsync=on", "full_page_writes=on", "shared_buffers=256MB", "max_wal_size=2GB")
	if err != nil {
		fmt.Printf("| %-58s | %-22s | %-22s | %-6s |\n", "reads on PostgreSQL", "no PostgreSQL here", "", "")
		return nil
	}
	defer pg.Stop()
	return measureReadsOn(t, pg.URL(), "PostgreSQL", readFloors{
		get: 0.4, p99: 15 * time.Millisecond, beside: 0.25, writes: 800, by: goLoad,
	})
}

// call is a call that is measured.
type call struct{ name, path string }

func (t *target) calls() (yardstick, gettoken, userGet call) {
	token := t.token(t.Secret)
	return call{"yardstick", "/yardstick"},
		call{"gettoken", "/cgi-bin/gettoken?corpid=" + t.CorpID + "&corpsecret=" + t.Secret},
		call{"user/get", "/cgi-bin/user/get?access_token=" + token + "&userid=user%06d"}
}

func measureReadsOn(t *table, database, name string, floors readFloors) error {
	srv, err := start(database, small)
	if err != nil {
		return err
	}
	defer srv.stop()
	yardstick, gettoken, userGet := srv.calls()
	got, err := srv.alternate(floors.by, small.members, yardstick, gettoken, userGet)
	if err != nil {
		return err
	}
	base := got["yardstick"]
	t.add("yardstick, "+name, true, "", "%.0f/s, cpu %v, p99 %v", base.rate, base.cpu, base.p99)
	for _, c := range []call{gettoken, userGet} {
		floor := map[string]float64{"gettoken": floors.token, "user/get": floors.get}[c.name]
		m := got[c.name]
		t.share(c.name+", "+name, m.rate/base.rate, floor, "yardstick", m)
		if c.name == "user/get" {
			times := float64(m.cpu) / float64(base.cpu)
			t.add("… its processor time, "+name, floors.cpu == 0 || times <= floors.cpu, atMost(floors.cpu, "times"), "%.2f times", times)
			t.add("… 99 of 100 answered within, "+name, m.p99 <= floors.p99, "within "+floors.p99.String(), "%v", m.p99)
		}
	}
	for _, w := range []struct {
		name   string
		change func(n int) *http.Request
	}{{"user/update", srv.update(small.members)}, {"user/create", srv.create()}} {
		stop := srv.writers(4, w.change)
		beside, err := srv.alternate(floors.by, small.members, yardstick, userGet)
		writes, failed := stop()
		if err == nil {
			err = failed
		}
		if err != nil {
			return err
		}
		m := beside["user/get"]
		t.share("user/get beside four callers of "+w.name+", "+name, m.rate/base.rate, floors.beside, "quiet yardstick", m)
		t.share("… of user/get alone, "+name, m.rate/got["user/get"].rate, floors.ofQuiet, "user/get alone", m)
		t.add("… "+w.name+" a second, "+name, writes >= floors.writes, atLeast(floors.writes, "/s"), "%.0f/s", writes)
	}
	return nil
}

func atMost(floor float64, unit string) string {
	if floor == 0 {
		return ""
	}
	return fmt.Sprintf("at most %.1f %s", floor, unit)
}

func atLeast(floor float64, unit string) string {
	if floor == 0 {
		return ""
	}
	return fmt.Sprintf("%.0f%s", floor, unit)
}

// share adds a row about a rate that is a share of another.
func (t *table) share(what string, share, floor float64, of string, m measured) {
	want := ""
	if floor > 0 {
		want = fmt.Sprintf("%.0f %% of the %s", 100*floor, of)
	}
	t.add(what, share >= floor, want, "%.0f/s, %.0f %%, cpu %v, p99 %v", m.rate, 100*share, m.cpu, m.p99)
}

// measured is a call's median over its slices.
type measured struct {
	rate float64
	cpu  time.Duration // of the server, for one call
	p99  time.Duration
}

// alternate measures calls in slices that take turns, so that other load on the machine affects all of them
// alike.
func (t *target) alternate(by loader, members int, calls ...call) (map[string]measured, error) {
	rates, p99s, cpus := map[string][]float64{}, map[string][]float64{}, map[string][]float64{}
	for _, c := range calls {
		if err := t.checked(c.path); err != nil {
			return nil, err
		}
	}
	for range readRounds {
		for _, c := range calls {
			before, began := t.cpuTime(), time.Now()
			a, err := by(t.URL, readSlice, c.path, members)
			if err != nil {
				return nil, err
			}
			n := a.rate * time.Since(began).Seconds()
			rates[c.name], p99s[c.name] = append(rates[c.name], a.rate), append(p99s[c.name], float64(a.p99))
			cpus[c.name] = append(cpus[c.name], float64(t.cpuTime()-before)/n)
		}
	}
	out := map[string]measured{}
	for _, c := range calls {
		out[c.name] = measured{middle(rates[c.name]), time.Duration(middle(cpus[c.name])).Round(100 * time.Nanosecond),
			time.Duration(middle(p99s[c.name])).Round(10 * time.Microsecond)}
	}
	return out, nil
}

// update changes members one after the other.
func (t *target) update(members int) request {
	sync := t.token(t.Sync)
	return func(n int) *http.Request {
		return post(t.URL+"/cgi-bin/user/update?access_token="+sync, fmt.Sprintf(`{"userid":"user%06d","position":"第%d"}`, 1+n%members, n))
	}
}

// create makes members one after the other.
func (t *target) create() request {
	sync := t.token(t.Sync)
	return func(n int) *http.Request {
		return post(t.URL+"/cgi-bin/user/create?access_token="+sync, fmt.Sprintf(`{"userid":"beside%d","name":"新人","email":"beside%d@corp.example","department":[%d]}`, n, n, 3+n%30))
	}
}

func post(url, body string) *http.Request {
	req, err := http.NewRequest("POST", url, strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	return req
}
