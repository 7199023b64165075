package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"

	"qiwei/internal/platform"
)

// doorFlags are the doors of a server beside the address that it listens on. They
// are the same for dev and serve.
type doorFlags struct {
	tlsFlags
	Intercept bool `help:"Serve as WeCom's own hosts, too, for software that cannot be told another address." env:"QIWEI_INTERCEPT"`
	interceptFlags
	ldapFlags
	traceFlags
	Hosts []string `name:"host" help:"Further names under which pages are served, beside the base URL's and this machine's; without a port." env:"QIWEI_HOSTS" placeholder:"LIST"`
}

// running is a server whose doors are open.
type running struct {
	*platform.Server
	web   *http.Server
	hosts *interception // nil without --intercept
	ldap  []string      // the URLs of the doors for LDAP

	stopLDAP func()
	ended    chan error // what ended a door that should be open
}

// run starts the server and opens its doors, the web's at the listener. In dev, LDAP clients may bind without
// TLS. The caller must wait for the server's end, which closes the doors.
func (f doorFlags) run(ctx context.Context, s *platform.Server, listener net.Listener, data string, dev bool) (*running, error) {
	s.Start()
	r := &running{Server: s, web: newHTTPServer(s, s.Log), ended: make(chan error, 5)}
	r.web.RegisterOnShutdown(s.OAuth.Stop)
	r.web.RegisterOnShutdown(s.Console.Stop)
	if s.DevMCP != nil {
		r.web.RegisterOnShutdown(s.DevMCP.Stop)
	}
	var err error
	if r.ldap, r.stopLDAP, err = f.listenLDAP(ctx, s, f.tlsFlags, dev, r.ended); err != nil {
		return nil, err
	}
	go func() { r.ended <- f.serve(r.web, listener, s.Log) }()
	if !f.Intercept {
		return r, nil
	}
	if r.hosts, err = f.start(data, s, s.Log); err != nil {
		return nil, errors.Join(err, r.close())
	}
	r.hosts.RegisterOnShutdown(s.OAuth.Stop)
	go func() { r.ended <- <-r.hosts.failed }()
	return r, nil
}

// wait returns when the context ends or one of the doors has closed by itself,
// and closes the others. The requests under way may finish.
func (r *running) wait(ctx context.Context, log *slog.Logger) error {
	var err error
	select {
	case err = <-r.ended:
	case <-ctx.Done():
		log.Info("stopping: waiting for requests in progress")
	}
	err = errors.Join(err, r.close())
	log.Info("stopped")
	return err
}

func (r *running) close() error {
	defer r.stopLDAP()
	var err error
	if r.hosts != nil {
		err = r.hosts.stop()
	}
	return errors.Join(err, shutDown(r.web))
}

// started returns the error of a server's start. A server that was stopped meanwhile has none: it did as it
// was told.
func started(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
