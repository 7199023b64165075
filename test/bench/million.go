package main

import (
	"fmt"
	"path/filepath"
	"time"
)

// A directory of a million members is measured separately: filling it takes minutes.

var (
	million = size{30_000, 1_000_000}
	atLarge = programFloors{size: large, imports: 20 * time.Second, start: 150 * time.Millisecond, started: 60 << 20, idle: 60 << 20}
	// Everything that grows with the directory, and what must not.
	atMillion = programFloors{size: million, imports: time.Minute, start: 500 * time.Millisecond, started: 100 << 20, idle: 100 << 20}
)

func measureMillion(t *table, dir string) error {
	database := filepath.Join(dir, "million.db")
	srv, err := start(database, million)
	if err != nil {
		return err
	}
	defer func() { srv.stop() }()
	t.add(fmt.Sprintf("filling the directory at %d members", million.members), true, "", "%s", srv.FillFor)
	srv.stop()
	if err := srv.again(database); err != nil { // without the memory left from filling
		return err
	}
	// One in a thousand is what a server with a small directory does.
	yardstick, _, few := srv.calls()
	many := call{"user/get, any of a million", few.path}
	if _, err := srv.alternate(goLoad, small.members, yardstick, few); err != nil {
		return err
	}
	at1k, err := goLoad(srv.URL, readSlice, few.path, small.members)
	if err != nil {
		return err
	}
	before, began := srv.cpuTime(), time.Now()
	at1M, err := goLoad(srv.URL, 10*time.Second, many.path, million.members)
	if err != nil {
		return err
	}
	cpu := time.Duration(float64(srv.cpuTime()-before) / (at1M.rate * time.Since(began).Seconds()))
	rss := srv.memory()
	share := at1M.rate / at1k.rate
	t.add("user/get, any of a million", share >= 0.8, "80 % of one in a thousand", "%.0f/s, %.0f %%, cpu %v", at1M.rate, 100*share, cpu.Round(100*time.Nanosecond))
	t.add("resident memory after ten seconds of it", rss <= 250<<20, "at most 250 MB", "%d MB", rss>>20)
	began = time.Now()
	n, err := walk(srv, srv.token(srv.Sync))
	if err != nil {
		return err
	}
	took := time.Since(began)
	t.add(fmt.Sprintf("user/list_id over all %d", n), n == million.members && took <= 2*time.Second, "within 2 s", "%v", took.Round(time.Millisecond))
	srv.stop()
	return measureProgram(t, filepath.Join(dir, "data"), atMillion)
}
