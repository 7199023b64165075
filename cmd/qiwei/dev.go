package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/callback"
	"qiwei/internal/corp"
	"qiwei/internal/id"
	"qiwei/internal/platform"
	"qiwei/internal/seed"
	"qiwei/internal/store"
	"qiwei/internal/token"
)

type devCmd struct {
	dataFlags
	languageFlag
	doorFlags
	Listen    string        `help:"Address to listen on; port 0 picks a free one, and without a host it is this machine alone." default:"127.0.0.1:7993" env:"QIWEI_LISTEN" placeholder:"HOST:PORT"`
	BaseURL   string        `help:"Where clients reach the server, if that is not the address it listens on." env:"QIWEI_BASE_URL" placeholder:"URL"`
	Seed      string        `help:"Start from the enterprise in this file, JSON or YAML, instead of the demo; qiwei.json or qiwei.yaml in the working directory if not given." type:"existingfile" placeholder:"FILE"`
	Inspect   int64         `help:"Megabytes of memory for the newest calls, which the console shows; 0 keeps none." default:"16" env:"QIWEI_INSPECT" placeholder:"MB"`
	TokenLife time.Duration `help:"How long access tokens are valid, at most two hours." default:"2h" env:"QIWEI_TOKEN_LIFE" placeholder:"TIME"`
	LogLevel  string        `help:"debug, info, warn or error." enum:"debug,info,warn,error" default:"warn" env:"QIWEI_LOG_LEVEL"`
}

// everywhere are the trusted IPs of a demo's applications: its clients may be
// in containers.
var everywhere, _ = access.ParseAddresses("0.0.0.0/0;::/0")

func (d *devCmd) Run(ctx context.Context, c *console) error {
	if err := d.checkTLS(); err != nil {
		return err
	}
	if d.Seed == "" {
		d.Seed = seedFound()
	}
	if err := d.create(); err != nil {
		return err
	}
	listener, err := listen(d.Listen)
	if err != nil {
		return err
	}
	defer listener.Close()
	s, err := d.assemble(ctx, c, listener.Addr())
	if err != nil {
		return started(ctx, err)
	}
	defer s.Tracer.Close()
	defer s.Close()
	old, err := readCredentials(credentialsPath(d.Data))
	if err != nil {
		return err
	}
	admin, err := d.seed(ctx, s, old)
	if err != nil {
		return started(ctx, err)
	}
	if err := s.Blobs.Check(ctx); err != nil {
		return started(ctx, fmt.Errorf("--blobs: %w", err))
	}
	s.Preparing(true) // who waits for /readyz reads the credentials next
	r, err := d.run(ctx, s, listener, d.Data, true)
	if err != nil {
		return started(ctx, err)
	}
	now, err := d.remember(ctx, s, old, admin)
	if err != nil {
		return errors.Join(started(ctx, err), r.close())
	}
	s.Preparing(false)
	d.welcome(c, now)
	if err := returnMemory(ctx, s.Store); err != nil {
		s.Log.Warn("memory of the start is kept", "err", err)
	}
	if r.hosts != nil {
		r.hosts.printAccess(c, d.Data, d.chinese())
	}
	for _, at := range r.ldap {
		fmt.Fprintf(c.out, "LDAP %s\n", at)
	}
	return r.wait(ctx, s.Log)
}

// assemble opens the server of the data directory. Clients reach it at the address unless a setting says
// otherwise.
func (d *devCmd) assemble(ctx context.Context, c *console, at net.Addr) (*platform.Server, error) {
	key, _, err := d.keyOrNew(ctx)
	if err != nil {
		return nil, err
	}
	base := d.BaseURL
	if base == "" {
		base = baseURLOf(at, d.TLSCert != "")
	}
	log := newLog(c.err, d.LogLevel, "text")
	tracer, err := d.tracer(log)
	if err != nil {
		return nil, err
	}
	return platform.Open(ctx, platform.Config{
		Database: d.database(), Blobs: d.blobs(), Key: key, Dev: true, TokenLife: d.TokenLife, Version: versionText(), BaseURL: base, Log: log, Tracer: tracer,
		InspectBytes: d.Inspect << 20, Hosts: hostNames(d.Hosts, d.Listen),
		Callback: callback.Settings{AllowPrivate: true}, // dev is meant for receivers on this machine
	})
}

// remember writes the credentials of what the server holds now, and makes the server remember the state that
// a reset returns to.
func (d *devCmd) remember(ctx context.Context, s *platform.Server, old credentials, admin id.UserID) (credentials, error) {
	now, err := collect(ctx, s, old)
	if err != nil {
		return now, err
	}
	if err := giveAdmins(ctx, s, &now, admin); err != nil {
		return now, err
	}
	now.findKeys(d.Data)
	// A large directory is not copied just in case somebody resets it.
	size, err := demoSize(ctx, s)
	if err == nil && size <= remembered {
		err = s.Control.Remember(ctx)
	}
	if err != nil {
		return now, err
	}
	// Who waits for the file may reset at once.
	if err := now.write(credentialsPath(d.Data)); err != nil {
		return now, fmt.Errorf("write the credentials: %w", err)
	}
	return now, nil
}

// remembered is the most members with which an installation can be reset to its start without a snapshot.
const remembered = 5000

func demoSize(ctx context.Context, s *platform.Server) (members int64, err error) {
	return members, s.Store.Read(ctx, func(tx *store.Tx) error {
		corps, err := s.Corps.Corps(tx)
		for _, c := range corps {
			n, _, err := s.Directory.Size(tx, c.CorpID)
			if err != nil {
				return err
			}
			members += n
		}
		return err
	})
}

func (d *devCmd) checkTLS() error {
	var wrong error
	add := func(format string, args ...any) { wrong = errors.Join(wrong, usagef(format, args...)) }
	d.tlsFlags.check(add)
	d.ldapFlags.check(add)
	d.traceFlags.check(add)
	if err := token.CheckLife(d.TokenLife); err != nil {
		add("--token-life %v", err)
	}
	return wrong
}

// seedFound returns the enterprise's file that lies in the working directory; empty if there is none. A file of
// that name may be another program's, so it must say what it is.
func seedFound() string {
	for _, name := range seed.Files {
		if content, err := os.ReadFile(name); err == nil && bytes.Contains(content, []byte(seed.Format)) {
			return name
		}
	}
	return ""
}

// seed founds the enterprise if the database has none, and returns the administrator that the file names, if
// it names one. Otherwise it moves the callbacks that led to the server's old address to its new one.
func (d *devCmd) seed(ctx context.Context, s *platform.Server, old credentials) (admin id.UserID, err error) {
	host := hostOf(s.URL())
	var corps []corp.Corp
	if err := s.Store.Read(ctx, func(tx *store.Tx) (err error) {
		corps, err = s.Corps.Corps(tx)
		return err
	}); err != nil {
		return "", err
	}
	if len(corps) > 0 {
		if d.Seed != "" {
			s.Log.Warn("the data directory has an enterprise already; the seed was not read", "data", d.Data, "seed", d.Seed)
		}
		return "", moveDomains(ctx, s, corps, hostOf(old.BaseURL), host)
	}
	e, err := seed.Demo()
	if d.Seed != "" {
		var content []byte
		if content, err = os.ReadFile(d.Seed); err == nil {
			e, err = seed.Parse(d.Seed, content)
		}
	}
	if err != nil {
		return "", err
	}
	var c corp.Corp
	err = s.Store.Write(ctx, func(tx *store.Tx) (err error) {
		o := seed.Options{Host: host, TrustedIPs: everywhere, Dev: true}
		if c, err = seed.Load(ctx, tx, s, e, o); err != nil || d.Seed != "" {
			return err
		}
		return d.seedBeside(ctx, tx, s, c, o)
	})
	if err == nil && d.Seed == "" {
		err = seedArchive(ctx, s, c.CorpID, d.Data)
	}
	if err = explain(err); err != nil && d.Seed != "" {
		err = fmt.Errorf("%s: %w", d.Seed, err)
	}
	return e.Corp.Admin, err
}

// seedBeside founds what stands beside the demo's enterprise: a provider, whose
// applications it has, and an enterprise that has none of them.
func (d *devCmd) seedBeside(ctx context.Context, tx *store.Tx, s *platform.Server, c corp.Corp, o seed.Options) error {
	p, err := seed.DemoProvider()
	if err != nil {
		return err
	}
	partner, err := seed.LoadProvider(ctx, tx, s, p, o)
	if err != nil {
		return fmt.Errorf("the demo's provider: %w", err)
	}
	if err := seed.InstallAll(ctx, tx, s, partner.CorpID, c); err != nil {
		return err
	}
	e, err := seed.Neighbour()
	if err == nil {
		_, err = seed.Load(ctx, tx, s, e, o)
	}
	return err
}

// moveDomains replaces the server's old host and port in the domains of the
// corps' applications by its new one.
func moveDomains(ctx context.Context, s *platform.Server, corps []corp.Corp, from, to string) error {
	if from == "" || from == to {
		return nil
	}
	return s.Store.Write(ctx, func(tx *store.Tx) error {
		for _, c := range corps {
			apps, err := s.Apps.Apps(tx, c.CorpID)
			if err != nil {
				return err
			}
			for _, a := range apps {
				if !replaceDomain(&a, from, to) {
					continue
				}
				if err := s.Apps.UpdateApp(ctx, tx, a); err != nil {
					return err
				}
			}
			suites, err := s.Suites.Suites(tx, c.CorpID)
			if err != nil {
				return err
			}
			for _, v := range suites {
				if !replaceDomains(append(places(v.TrustedDomains), &v.RedirectDomain, &v.InstallDomain), from, to) {
					continue
				}
				if err := s.Suites.UpdateSuite(ctx, tx, v); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func replaceDomain(a *app.App, from, to string) bool {
	return replaceDomains(append(places(a.TrustedDomains), &a.RedirectDomain, &a.LoginDomain), from, to)
}

// places returns where the texts of a list stand.
func places(list []string) (out []*string) {
	for i := range list {
		out = append(out, &list[i])
	}
	return out
}

func replaceDomains(domains []*string, from, to string) (changed bool) {
	for _, d := range domains {
		if *d == from {
			*d, changed = to, true
		}
	}
	return changed
}
