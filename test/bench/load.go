package main

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// client keeps connections open, as applications do.
var client = &http.Client{Transport: &http.Transport{MaxIdleConns: 256, MaxIdleConnsPerHost: 256}, Timeout: 2 * time.Minute}

// connections is how many calls are under way at once.
const connections = 32

// request makes the n-th request of a measurement.
type request func(n int) *http.Request

func get(url func(n int) string) request {
	return func(n int) *http.Request {
		req, err := http.NewRequest("GET", url(n), nil)
		if err != nil {
			panic(err)
		}
		return req
	}
}

// do makes a request and returns the body; every answer must be errcode 0.
func do(req *http.Request) ([]byte, error) { return doBy(client, req) }

// doBy is do by another client.
func doBy(c *http.Client, req *http.Request) ([]byte, error) {
	resp, err := c.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	if code := resp.Header.Get("Error-Code"); resp.StatusCode != 200 || (code != "0" && code != "") {
		return nil, fmt.Errorf("%s %s: %d %s", req.Method, req.URL.Path, resp.StatusCode, body)
	}
	return body, nil
}

// rate makes requests for a while and returns how many were answered a second.
func rate(d time.Duration, r request) (float64, error) { return rateBy(client, d, r) }

// rateBy is rate by another client.
func rateBy(c *http.Client, d time.Duration, r request) (float64, error) {
	var n atomic.Int64
	var failed atomic.Value
	var wg sync.WaitGroup
	start := time.Now()
	for range connections {
		wg.Go(func() {
			for time.Since(start) < d && failed.Load() == nil {
				if _, err := doBy(c, r(int(n.Add(1)))); err != nil {
					failed.Store(err)
				}
			}
		})
	}
	wg.Wait()
	if err, ok := failed.Load().(error); ok {
		return 0, err
	}
	return float64(n.Load()) / time.Since(start).Seconds(), nil
}

// pass makes n requests, so that the steady state is measured afterwards.
func pass(n int, r request) error {
	var next atomic.Int64
	var failed atomic.Value
	var wg sync.WaitGroup
	for range connections {
		wg.Go(func() {
			for i := next.Add(1); i <= int64(n) && failed.Load() == nil; i = next.Add(1) {
				if _, err := do(r(int(i))); err != nil {
					failed.Store(err)
				}
			}
		})
	}
	wg.Wait()
	err, _ := failed.Load().(error)
	return err
}

// median makes the same request several times and returns the median duration.
func median(times int, r request) (time.Duration, error) {
	var took []time.Duration
	for i := range times {
		start := time.Now()
		if _, err := do(r(i)); err != nil {
			return 0, err
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	return took[len(took)/2], nil
}
