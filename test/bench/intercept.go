package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"time"

	"qiwei/internal/intercept"
	"qiwei/internal/platform"
)

// intercepted makes the server reachable by TLS: as itself, and as WeCom's hosts in every way. All use the
// same certificates.
func intercepted(t *target, server *platform.Server, dir string) error {
	authority, err := intercept.OpenAuthority(filepath.Join(dir, "intercept"))
	if err != nil {
		return err
	}
	base, err := url.Parse(t.URL)
	if err != nil {
		return err
	}
	inside := intercept.New(intercept.Config{Authority: authority, Handler: server})
	beside := intercept.New(intercept.Config{Authority: authority, Handler: intercept.Upstream(base, server.Log)})
	plain := &http.Server{Handler: server, TLSConfig: &tls.Config{GetCertificate: authority.Certificate, MinVersion: tls.VersionTLS12}}
	for to, serve := range map[*string]func(net.Listener) error{
		&t.TLS: func(l net.Listener) error { return plain.ServeTLS(l, "", "") }, &t.Hosts: inside.ServeTLS, &t.Proxy: inside.ServeProxy, &t.Beside: beside.ServeTLS,
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		*to = l.Addr().String()
		go serve(l)
	}
	return nil
}

// measureInterception compares a call by TLS to the server itself with one that is
// intercepted. Connections are kept open.
func measureInterception(t *table, srv *target, token string, s size) error {
	const host = "https://qyapi.weixin.qq.com"
	to := func(address string) *http.Transport {
		return &http.Transport{
			MaxIdleConnsPerHost: 256,
			DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, network, address)
			},
		}
	}
	ways := []struct {
		name      string
		transport *http.Transport
		held      bool // to the floor
	}{
		{"plain TLS", to(srv.TLS), false},
		{"intercepted, by a hosts file", to(srv.Hosts), true},
		{"intercepted, by the proxy", &http.Transport{MaxIdleConnsPerHost: 256, Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: srv.Proxy})}, true},
		{"intercepted beside the server", to(srv.Beside), false},
	}
	call := get(func(n int) string {
		return fmt.Sprintf("%s/cgi-bin/user/get?access_token=%s&userid=user%06d", host, token, 1+n*7919%s.members)
	})
	clients := make([]*http.Client, len(ways))
	rates, times := make([][]float64, len(ways)), make([][]time.Duration, len(ways))
	for i, w := range ways {
		// The certificate's issuer is not measured.
		w.transport.TLSClientConfig = &tls.Config{InsecureSkipVerify: true}
		clients[i] = &http.Client{Transport: w.transport}
		if _, err := rateBy(clients[i], slice, call); err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
	}
	for range rounds {
		for i := range ways {
			r, err := rateBy(clients[i], slice, call)
			if err != nil {
				return err
			}
			rates[i] = append(rates[i], r)
			for n := range 300 { // one caller alone
				began := time.Now()
				if _, err := doBy(clients[i], call(n)); err != nil {
					return err
				}
				times[i] = append(times[i], time.Since(began))
			}
		}
	}
	var own time.Duration
	for i, w := range ways {
		// Each round is compared with the same round of plain TLS, because other load affects both.
		var slower []float64
		for n := range rounds {
			slower = append(slower, 100*(rates[0][n]/rates[i][n]-1))
		}
		slices.Sort(times[i])
		took, r := times[i][len(times[i])/2], middle(rates[i])
		if i == 0 {
			own = took
			t.add("user/get by plain TLS", true, "", "%.0f/s, %v alone", r, took.Round(time.Microsecond))
			continue
		}
		more := max(100*(float64(took)/float64(own)-1), middle(slower))
		want := ""
		if w.held {
			want = "under 25 % more"
		}
		t.add("user/get "+w.name, !w.held || more < 25, want, "%.0f/s, %v alone, %+.0f %%", r, took.Round(time.Microsecond), more)
	}
	return nil
}
