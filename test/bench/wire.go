package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Calls are made by wrk where it is installed, and else by a loader of our own
// that costs about as little: net/http's client takes more of the processor for a
// call than the server does, and what is measured then is the client.

// answers is what a load has measured.
type answers struct {
	rate float64 // a second
	p99  time.Duration
}

// A loader makes GET requests over 32 connections for a while. The path may hold one verb of fmt for a number
// from 1 to most, chosen anew for each request.
type loader func(base string, d time.Duration, path string, most int) (answers, error)

// cheapest is the loader that leaves the server most of the machine.
func cheapest(base string, d time.Duration, path string, most int) (answers, error) {
	if wrk, err := exec.LookPath("wrk"); err == nil {
		return wrkLoad(wrk, base, d, path, most)
	}
	return rawLoad(base, d, path, most)
}

// goLoad is net/http's client, as applications in Go use it.
func goLoad(base string, d time.Duration, path string, most int) (answers, error) {
	return spread(d, func(until time.Time) (took []time.Duration, err error) {
		for at := time.Now(); at.Before(until); {
			to := base + path
			if strings.Contains(path, "%") {
				to = fmt.Sprintf(base+path, 1+rand.IntN(most))
			}
			if _, err := do(get(func(int) string { return to })(0)); err != nil {
				return took, err
			}
			now := time.Now()
			took, at = append(took, now.Sub(at)), now
		}
		return took, nil
	})
}

var (
	wrkRate   = regexp.MustCompile(`Requests/sec:\s+([0-9.]+)`)
	wrkP99    = regexp.MustCompile(`(?m)^\s+99%\s+([0-9.]+)(us|ms|s|m)\s*$`)
	wrkFailed = regexp.MustCompile(`(?m)^\s*(Non-2xx or 3xx responses: .*|Socket errors: .*)$`)
)

func wrkLoad(wrk, base string, d time.Duration, path string, most int) (answers, error) {
	script, err := os.CreateTemp("", "qiwei-bench-*.lua")
	if err != nil {
		return answers{}, err
	}
	defer os.Remove(script.Name())
	fmt.Fprintf(script, "request = function() return wrk.format(\"GET\", string.format(%q, math.random(1, %d))) end\n", luaPath(path), most)
	if err := script.Close(); err != nil {
		return answers{}, err
	}
	// wrk counts whole seconds only.
	out, err := exec.Command(wrk, "-t1", "-c"+strconv.Itoa(connections), "-d"+strconv.Itoa(max(1, int(d.Seconds())))+"s", "--latency", "-s", script.Name(), base).CombinedOutput()
	if err != nil {
		return answers{}, fmt.Errorf("wrk: %w: %s", err, out)
	}
	if failed := wrkFailed.Find(out); failed != nil {
		return answers{}, fmt.Errorf("wrk: %s", failed)
	}
	rate, p99 := wrkRate.FindSubmatch(out), wrkP99.FindSubmatch(out)
	if rate == nil || p99 == nil {
		return answers{}, fmt.Errorf("wrk has printed no figures: %s", out)
	}
	var a answers
	if a.rate, err = strconv.ParseFloat(string(rate[1]), 64); err != nil {
		return a, err
	}
	a.p99, err = time.ParseDuration(string(p99[1]) + string(p99[2]))
	return a, err
}

// luaPath writes a path of ours for Lua's string.format. A path without a verb
// leaves the number out.
func luaPath(path string) string {
	if strings.Contains(path, "%") {
		return path
	}
	return path + "%.0s"
}

func rawLoad(base string, d time.Duration, path string, most int) (answers, error) {
	u, err := url.Parse(base)
	if err != nil {
		return answers{}, err
	}
	return spread(d, func(until time.Time) ([]time.Duration, error) { return rawCalls(u.Host, until, path, most) })
}

// spread runs one connection's calls for each of the connections.
func spread(d time.Duration, calls func(until time.Time) ([]time.Duration, error)) (answers, error) {
	var mu sync.Mutex
	var took []time.Duration
	var failed error
	var all sync.WaitGroup
	began := time.Now()
	for range connections {
		all.Go(func() {
			mine, err := calls(began.Add(d))
			mu.Lock()
			took, failed = append(took, mine...), errors.Join(failed, err)
			mu.Unlock()
		})
	}
	all.Wait()
	if failed != nil || len(took) == 0 {
		return answers{}, errors.Join(failed, errors.New("no call was answered"))
	}
	slices.Sort(took)
	return answers{float64(len(took)) / time.Since(began).Seconds(), took[len(took)*99/100]}, nil
}

// rawCalls makes calls over one connection until the time is up.
func rawCalls(host string, until time.Time, path string, most int) (took []time.Duration, err error) {
	line, err := net.Dial("tcp", host)
	if err != nil {
		return nil, err
	}
	defer line.Close()
	in := bufio.NewReader(line)
	var out []byte
	for at := time.Now(); at.Before(until); {
		out = append(out[:0], "GET "...)
		if strings.Contains(path, "%") {
			out = fmt.Appendf(out, path, 1+rand.IntN(most))
		} else {
			out = append(out, path...)
		}
		out = append(append(append(out, " HTTP/1.1\r\nHost: "...), host...), "\r\n\r\n"...)
		if _, err := line.Write(out); err != nil {
			return took, err
		}
		if err := rawAnswer(in); err != nil {
			return took, err
		}
		now := time.Now()
		took, at = append(took, now.Sub(at)), now
	}
	return took, nil
}

func rawAnswer(in *bufio.Reader) error {
	length := -1
	for first := true; ; first = false {
		text, err := in.ReadSlice('\n')
		if err != nil {
			return err
		}
		text = bytes.TrimRight(text, "\r\n")
		if first && !bytes.HasPrefix(text, []byte("HTTP/1.1 200 ")) {
			return fmt.Errorf("answered %s", text)
		}
		if len(text) == 0 {
			break
		}
		if name, value, _ := bytes.Cut(text, []byte(": ")); bytes.EqualFold(name, []byte("Content-Length")) {
			if length, err = strconv.Atoi(string(value)); err != nil {
				return err
			}
		}
	}
	if length < 0 {
		return errors.New("an answer without Content-Length")
	}
	_, err := in.Discard(length)
	return err
}

// writers keep some callers busy with writes until stop is called, which returns
// how many writes were acknowledged a second.
func (t *target) writers(callers int, r request) (stop func() (float64, error)) {
	ctx, cancel := context.WithCancel(context.Background())
	var mu sync.Mutex
	var done int
	var failed error
	var all sync.WaitGroup
	began := time.Now()
	for c := range callers {
		all.Go(func() {
			for n := c; ctx.Err() == nil; n += callers {
				_, err := do(r(n))
				mu.Lock()
				if done++; err != nil {
					done--
					failed = err
					cancel()
				}
				mu.Unlock()
			}
		})
	}
	return func() (float64, error) {
		cancel()
		all.Wait()
		return float64(done) / time.Since(began).Seconds(), failed
	}
}

// temporary is where a server keeps what is not in its database.
func temporary(database string) string {
	if strings.Contains(database, "://") {
		return filepath.Join(os.TempDir(), "qiwei-bench-"+strconv.Itoa(os.Getpid()))
	}
	return filepath.Dir(database)
}

// checked makes a call once, and returns an error unless it succeeds: wrk does not
// look at answers.
func (t *target) checked(path string) error {
	if strings.Contains(path, "%") {
		path = fmt.Sprintf(path, 1)
	}
	_, err := do(get(func(int) string { return t.URL + path })(0))
	return err
}
