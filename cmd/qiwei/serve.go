package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/netip"
	"net/url"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"qiwei/internal/blob"
	"qiwei/internal/callback"
	"qiwei/internal/platform"
	"qiwei/internal/store"
)

type serveCmd struct {
	dataFlags
	callbackFlags
	Listen       string `help:"Address to listen on; without a host it is this machine alone." default:"127.0.0.1:7993" env:"QIWEI_LISTEN" placeholder:"HOST:PORT"`
	BaseURL      string `help:"Where clients reach the server, such as https://wecom.corp.example." env:"QIWEI_BASE_URL" placeholder:"URL"`
	InsecureHTTP bool   `name:"insecure-http" help:"Allow a base URL without TLS. Secrets and tokens then cross the network unencrypted." env:"QIWEI_INSECURE_HTTP"`
	doorFlags
	TrustedProxies []string `help:"Addresses or prefixes of proxies whose X-Forwarded-For is believed." env:"QIWEI_TRUSTED_PROXIES" placeholder:"LIST"`
	MetricsFrom    []string `help:"Addresses or prefixes that may read /metrics; this machine and private networks if not given." default:"127.0.0.0/8,::1,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7" env:"QIWEI_METRICS_FROM" placeholder:"LIST"`
	FetchFrom      []string `help:"Addresses or prefixes beyond the public internet that media/upload_by_url may fetch files from." env:"QIWEI_FETCH_FROM" placeholder:"LIST"`
	Inspect        int64    `help:"Megabytes of memory for the newest calls with their bodies, which admins see in the console; 0 keeps none." default:"0" env:"QIWEI_INSPECT" placeholder:"MB"`
	MemberUpload   int64    `help:"Megabytes that a member may upload in a day; 0 for no limit." default:"1024" env:"QIWEI_MEMBER_UPLOAD" placeholder:"MB"`
	KeepEvents     int      `help:"Days that the audit log shows what applications have changed; 0 keeps it for ever." default:"180" env:"QIWEI_KEEP_EVENTS" placeholder:"DAYS"`
	Connections    int      `name:"database-connections" help:"Connections to PostgreSQL that run transactions at once, beside one that looks for changes; 0 means four for each processor, and at least 8." default:"0" env:"QIWEI_DATABASE_CONNECTIONS" placeholder:"N"`
	LogLevel       string   `help:"debug, info, warn or error." enum:"debug,info,warn,error" default:"info" env:"QIWEI_LOG_LEVEL"`
	LogFormat      string   `help:"text or json." enum:"text,json" default:"text" env:"QIWEI_LOG_FORMAT"`
}

func (cmd *serveCmd) Run(ctx context.Context, c *console) error {
	if problems := cmd.check(ctx); len(problems) > 0 {
		return refusal(problems)
	}
	if err := cmd.create(); err != nil {
		return err
	}
	log := newLog(c.err, cmd.LogLevel, cmd.LogFormat)
	listener, err := listen(cmd.Listen)
	if err != nil {
		return err
	}
	defer listener.Close()
	s, err := cmd.assemble(ctx, log)
	if err != nil {
		return started(ctx, err)
	}
	defer s.Tracer.Close()
	defer s.Close()
	if err := s.Blobs.Check(ctx); err != nil {
		return started(ctx, fmt.Errorf("--blobs: %w", err))
	}
	if err := cmd.warn(ctx, s); err != nil {
		return started(ctx, err)
	}
	r, err := cmd.run(ctx, s, listener, cmd.Data, false)
	if err != nil {
		return started(ctx, err)
	}
	if err := errors.Join(s.RememberURL(ctx), cmd.offer(ctx, c, s)); err != nil {
		return started(ctx, errors.Join(err, r.close()))
	}
	if r.hosts != nil {
		log.Info("intercepting WeCom's hosts", "proxy", r.hosts.Proxy, "tls", r.hosts.TLS, "authority", interceptDir(cmd.Data))
	}
	log.Info("serving", cmd.inForce(s, listener.Addr().String())...)
	if err := returnMemory(ctx, s.Store); err != nil {
		log.Warn("memory of the start is kept", "err", err)
	}
	return r.wait(ctx, log)
}

// inForce are the settings that a server runs with, for the line of its log that begins each start. Secrets
// are left out of them.
func (cmd *serveCmd) inForce(s *platform.Server, listen string) []any {
	receiver := ""
	if u, err := url.Parse(cmd.OTLP); err == nil {
		receiver = u.Host
	}
	blobs, _, _ := strings.Cut(cmd.blobs(), "?")
	out := []any{
		"version", versionText(), "base_url", s.URL(), "listen", listen, "tls", cmd.TLSCert != "", "database", s.Store.Database(), "data", cmd.Data, "blobs", blobs,
		"trusted_proxies", cmd.TrustedProxies, "private_callbacks", cmd.AllowPrivateCallbacks, "log_level", cmd.LogLevel,
		"processors", runtime.GOMAXPROCS(0), "memory_limit_mb", debug.SetMemoryLimit(-1) >> 20,
	}
	for _, setting := range [][2]string{{"ldap", cmd.LDAP}, {"ldaps", cmd.LDAPS}, {"traces_to", receiver}} {
		if setting[1] != "" {
			out = append(out, setting[0], setting[1])
		}
	}
	return out
}

// assemble opens the server that the settings describe. The settings have been checked.
func (cmd *serveCmd) assemble(ctx context.Context, log *slog.Logger) (*platform.Server, error) {
	key, made, err := cmd.keyOrNew(ctx)
	if err != nil {
		return nil, err
	}
	if made {
		log.Warn("made a master key: keep a copy apart from the backups of the database, which cannot be read without it", "file", cmd.keyPath())
	}
	proxies, err := prefixes(cmd.TrustedProxies)
	if err != nil {
		return nil, err
	}
	readers, err := prefixes(cmd.MetricsFrom)
	if err != nil {
		return nil, err
	}
	fetch, err := prefixes(cmd.FetchFrom)
	if err != nil {
		return nil, err
	}
	tracer, err := cmd.tracer(log)
	if err != nil {
		return nil, err
	}
	s, err := platform.Open(ctx, platform.Config{
		Database: cmd.database(), Blobs: cmd.blobs(), Key: key, Log: log, Limits: true, BaseURL: cmd.BaseURL,
		Version: versionText(), TrustedProxies: proxies, MetricsFrom: readers, FetchFrom: fetch,
		Callback:     callback.Settings{AllowPrivate: cmd.AllowPrivateCallbacks},
		InspectBytes: cmd.Inspect << 20, Tracer: tracer, Hosts: hostNames(cmd.Hosts, cmd.Listen),
		KeepEvents:  keepEvents(cmd.KeepEvents),
		Connections: cmd.Connections,
		MemberQuota: cmp.Or(cmd.MemberUpload<<20, -1),
	})
	if errors.Is(err, platform.ErrOtherKey) {
		err = fmt.Errorf("%w; put that one back into %s or %s", err, cmd.keyPath(), keyEnv)
	}
	return s, err
}

// refusal lists everything that must be fixed, one line each.
func refusal(problems []string) error {
	head := "serve does not start, because a setting must be mended first:"
	if len(problems) > 1 {
		head = fmt.Sprintf("serve does not start, because %d settings must be mended first:", len(problems))
	}
	return usagef("%s\n  - %s", head, strings.Join(problems, "\n  - "))
}

// check returns what is wrong or unsafe in the settings, and how to fix it.
func (cmd *serveCmd) check(ctx context.Context) (problems []string) {
	add := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	if cmd.Connections < 0 {
		add("--database-connections %d: 0 or more", cmd.Connections)
	}
	cmd.checkBaseURL(add)
	cmd.tlsFlags.check(add)
	cmd.ldapFlags.check(add)
	cmd.traceFlags.check(add)
	cmd.ldapFlags.checkSafe(cmd.tlsFlags, add)
	for _, word := range cmd.TrustedProxies {
		if _, err := prefixes([]string{word}); err != nil {
			add("--trusted-proxies: %v", err)
		}
	}
	if _, err := prefixes(cmd.MetricsFrom); err != nil {
		add("--metrics-from: %v", err)
	}
	if _, err := prefixes(cmd.FetchFrom); err != nil {
		add("--fetch-from: %v", err)
	}
	if _, err := blob.Open(cmd.blobs()); err != nil {
		add("--blobs: %v", err)
	}
	list, _ := prefixes(cmd.TrustedProxies)
	for _, p := range list {
		if p.Bits() == 0 {
			add("--trusted-proxies %s: anybody could claim any address and pass the applications' trusted IPs; name the proxies alone", p)
		}
	}
	cmd.checkData(ctx, add)
	return problems
}

func (cmd *serveCmd) checkBaseURL(add func(string, ...any)) {
	if cmd.BaseURL == "" {
		add("--base-url (QIWEI_BASE_URL) is missing; say where clients reach the server, such as https://wecom.corp.example")
		return
	}
	u, err := url.Parse(cmd.BaseURL)
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https"):
		add("--base-url %s: https://HOST or https://HOST:PORT expected", cmd.BaseURL)
		return
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		add("--base-url %s: nothing may follow the host; WeCom's paths begin at the root", cmd.BaseURL)
	}
	switch {
	case u.Scheme == "http" && cmd.TLSCert != "":
		add("--base-url %s begins with http, but --tls-cert is given; begin it with https", cmd.BaseURL)
	case u.Scheme == "http" && !loopback(u.Hostname()) && !cmd.InsecureHTTP:
		add("--base-url %s is not https: secrets and tokens would cross the network unencrypted; put TLS in front or give --tls-cert and --tls-key, or accept it with --insecure-http", cmd.BaseURL)
	}
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

func (cmd *serveCmd) checkData(ctx context.Context, add func(string, ...any)) {
	info, err := os.Stat(cmd.Data)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		add("--data: %v", err)
		return
	case !info.IsDir():
		add("--data %s: a directory expected", cmd.Data)
		return
	case info.Mode().Perm()&0o002 != 0:
		add("--data %s: everybody may write in it (mode %04o); chmod 700 it", cmd.Data, info.Mode().Perm())
	}
	if cmd.ofDev() {
		add("--data %s belongs to qiwei dev: it holds demo data, and secrets in plain text (credentials.json); use another directory", cmd.Data)
	}
	fresh := cmd.sqlite() != ""
	if path := cmd.sqlite(); path != "" {
		info, err := os.Stat(path)
		if err == nil && info.Mode().Perm()&0o007 != 0 {
			add("the database %s can be read by everybody (mode %04o); chmod 600 it", path, info.Mode().Perm())
		}
		fresh = errors.Is(err, fs.ErrNotExist)
	}
	_, err = cmd.key()
	if errors.Is(err, errNoKey) && fresh {
		return // the first start creates the key
	}
	if errors.Is(err, errNoKey) {
		used, hasErr := platform.HasKey(ctx, cmd.database())
		if hasErr != nil {
			add("the database: %v", hasErr)
			return
		}
		if !used {
			return
		}
		err = fmt.Errorf("the database is in use already, but its master key is missing: %w", err)
	}
	if err != nil {
		add("%v", err)
	}
}

// warn logs settings that are allowed but deserve a look.
func (cmd *serveCmd) warn(ctx context.Context, s *platform.Server) error {
	if cmd.TLSCert == "" && strings.HasPrefix(cmd.BaseURL, "https://") && len(cmd.TrustedProxies) == 0 {
		s.Log.Warn("something in front speaks TLS, and no --trusted-proxies are named: every call seems to come from there, and the applications' trusted IPs see its address")
	}
	if u, err := url.Parse(cmd.BaseURL); err == nil && u.Scheme == "http" && !loopback(u.Hostname()) {
		s.Log.Warn("without TLS, secrets and tokens pass readable through the network", "base_url", cmd.BaseURL)
	}
	return s.Store.Read(ctx, func(tx *store.Tx) error {
		corps, err := s.Corps.Corps(tx)
		if err != nil {
			return err
		}
		for _, c := range corps {
			apps, err := s.Apps.Apps(tx, c.CorpID)
			if err != nil {
				return err
			}
			for _, a := range apps {
				for _, t := range a.TrustedIPs {
					if t.Prefix.Bits() == 0 {
						s.Log.Warn("an application may be called from anywhere", "corpid", c.CorpID, "agentid", a.AgentID, "name", a.Name)
						break
					}
				}
			}
		}
		return nil
	})
}

// prefixes parses addresses and prefixes. An element may itself be a list.
func prefixes(list []string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	var wrong error
	for _, item := range list {
		for _, word := range split(item) {
			p, err := netip.ParsePrefix(word)
			if a, addrErr := netip.ParseAddr(word); addrErr == nil {
				p, err = netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()), nil
			}
			if err != nil {
				wrong = errors.Join(wrong, fmt.Errorf("%q is neither an address nor a prefix such as 10.0.0.0/8", word))
				continue
			}
			out = append(out, p.Masked())
		}
	}
	return out, wrong
}

// keepEvents converts --keep-events for the platform.
func keepEvents(days int) time.Duration {
	if days <= 0 {
		return -1
	}
	return time.Duration(days) * 24 * time.Hour
}
