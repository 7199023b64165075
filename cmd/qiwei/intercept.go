package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"qiwei/internal/intercept"
)

type interceptCmd struct {
	Run   interceptRunCmd   `cmd:"" default:"withargs" help:"Intercept for a running server."`
	Env   interceptEnvCmd   `cmd:"" help:"Print what to export, so that a program reaches qiwei at WeCom's own hosts."`
	Hosts interceptHostsCmd `cmd:"" help:"Print the lines for a hosts file."`
	Trust interceptTrustCmd `cmd:"" help:"Show how to make this machine trust the authority; --yes does it."`
}

// interceptFlags say where to intercept, and for which clients.
type interceptFlags struct {
	Proxy  string   `name:"intercept-proxy" help:"Address of the proxy that software is led to by HTTPS_PROXY." default:"127.0.0.1:7994" env:"QIWEI_INTERCEPT_PROXY" placeholder:"HOST:PORT"`
	TLS    string   `name:"intercept-tls" help:"Address that answers as WeCom's hosts by itself, for a hosts file or DNS; those need port 443." default:"127.0.0.1:7995" env:"QIWEI_INTERCEPT_TLS" placeholder:"HOST:PORT"`
	Others string   `name:"intercept-others" help:"What the proxy does with other hosts: refuse them, let through to public ones, or to all." enum:"refuse,public,all" default:"refuse" env:"QIWEI_INTERCEPT_OTHERS"`
	From   []string `name:"intercept-from" help:"Addresses or prefixes that may use the proxy; this machine alone if not given." env:"QIWEI_INTERCEPT_FROM" placeholder:"LIST"`
}

// interceptDir is where a data directory keeps the authority.
func interceptDir(data string) string { return filepath.Join(data, "intercept") }

// addresses is what a running interception leaves for the other commands.
type addresses struct {
	Proxy string `json:"proxy"`
	TLS   string `json:"tls"`
}

func addressesPath(data string) string { return filepath.Join(interceptDir(data), "addresses.json") }

// interception is a running interception.
type interception struct {
	*intercept.Server
	addresses
	failed chan error
}

// start begins to intercept for the handler. It prints how to reach it.
func (f interceptFlags) start(data string, handler intercept.Handler, log *slog.Logger) (*interception, error) {
	from, err := f.prefixes()
	if err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(interceptDir(data)) // it is printed for programs that run elsewhere
	if err != nil {
		return nil, err
	}
	authority, err := intercept.OpenAuthority(dir)
	if err != nil {
		return nil, err
	}
	if err := authority.WriteTrust(); err != nil {
		return nil, fmt.Errorf("write what clients are to trust: %w", err)
	}
	proxy, err := listenFor("--intercept-proxy", f.Proxy)
	if err != nil {
		return nil, err
	}
	hosts, err := listenFor("--intercept-tls", f.TLS)
	if err != nil {
		return nil, errors.Join(err, proxy.Close())
	}
	i := &interception{
		Server:    intercept.New(intercept.Config{Authority: authority, Handler: handler, Others: intercept.Others(f.Others), From: from, Log: log}),
		addresses: addresses{reachable(proxy.Addr()), reachable(hosts.Addr())},
		failed:    make(chan error, 2),
	}
	go func() { i.failed <- i.ServeProxy(proxy) }()
	go func() { i.failed <- i.ServeTLS(hosts) }()
	text, err := json.Marshal(i.addresses)
	if err == nil {
		err = os.WriteFile(addressesPath(data), append(text, '\n'), 0o644)
	}
	if err != nil {
		return nil, errors.Join(err, i.stop())
	}
	return i, nil
}

// prefixes reads --intercept-from, and refuses a proxy that would be open to everybody.
func (f interceptFlags) prefixes() ([]netip.Prefix, error) {
	if f.From == nil {
		return nil, nil
	}
	from, err := prefixes(f.From)
	if err != nil {
		return nil, usagef("--intercept-from: %v", err)
	}
	for _, p := range from {
		if p.Bits() == 0 && f.Others != string(intercept.RefuseOthers) {
			return nil, usagef("--intercept-from %s with --intercept-others %s: anybody could reach anything through the proxy; name the addresses that may use it, or refuse other hosts", p, f.Others)
		}
	}
	return from, nil
}

func (i *interception) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), 35*time.Second)
	defer cancel()
	return i.Shutdown(ctx)
}

// reachable returns an address as this machine reaches it.
func reachable(addr net.Addr) string { return hostOf(baseURLOf(addr, false)) }

// printAccess prints how to reach the interception.
func (i *interception) printAccess(c *console, data string, chinese bool) {
	texts := [4]string{
		"Intercepting WeCom's own hosts, for software that has them in its code:",
		"proxy", "as the hosts themselves", "What such software needs in its environment:",
	}
	if chinese {
		texts = [4]string{"正在截获企业微信的官方域名，供地址写死的软件使用：", "代理", "直接以官方域名应答", "这类软件所需的环境变量："}
	}
	fmt.Fprintf(c.out, "\n%s\n  %s  http://%s\n  %s  %s\n\n%s\n  eval \"$(qiwei intercept env --data '%s')\"\n",
		texts[0], texts[1], i.Proxy, texts[2], i.TLS, texts[3], data)
}

// interceptRunCmd intercepts for a server that runs already, here or elsewhere.
type interceptRunCmd struct {
	dataFlags
	languageFlag
	interceptFlags
	URL       string `arg:"" optional:"" help:"Base URL of the server; the one in DIR/credentials.json, or http://127.0.0.1:7993, if not given."`
	LogLevel  string `help:"debug, info, warn or error." enum:"debug,info,warn,error" default:"info" env:"QIWEI_LOG_LEVEL"`
	LogFormat string `help:"text or json." enum:"text,json" default:"text" env:"QIWEI_LOG_FORMAT"`
}

func (cmd *interceptRunCmd) Run(ctx context.Context, c *console) error {
	base := strings.TrimRight(cmd.URL, "/")
	if base == "" {
		var err error
		if base, err = baseURLIn(cmd.Data); err != nil {
			return err
		}
	}
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return usagef("%s: the base URL of a server expected, such as http://127.0.0.1:7993", base)
	}
	if err := os.MkdirAll(cmd.Data, 0o700); err != nil {
		return fmt.Errorf("make the data directory: %w", err)
	}
	log := newLog(c.err, cmd.LogLevel, cmd.LogFormat)
	i, err := cmd.start(cmd.Data, intercept.Upstream(u, log), log)
	if err != nil {
		return err
	}
	if err := askReady(ctx, base); err != nil {
		log.Warn("the server is not ready; interception waits for it", "base_url", base, "err", err)
	}
	i.printAccess(c, cmd.Data, cmd.chinese())
	select {
	case err := <-i.failed:
		return errors.Join(err, i.stop())
	case <-ctx.Done():
		return i.stop()
	}
}

// readAuthority returns the authority of the data directory, for commands that describe it.
func (f dataFlags) readAuthority() (*intercept.Authority, error) {
	dir, err := filepath.Abs(interceptDir(f.Data))
	if err != nil {
		return nil, err
	}
	a, err := intercept.ReadAuthority(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("nothing has been intercepted with %s yet; start qiwei dev --intercept or qiwei intercept first", f.Data)
	}
	return a, err
}

// readAddresses returns where the interception of the data directory listens, or
// listened last.
func (f dataFlags) readAddresses() (a addresses, err error) {
	text, err := os.ReadFile(addressesPath(f.Data))
	if err != nil {
		return a, fmt.Errorf("where the interception listens is not known: %w", err)
	}
	return a, json.Unmarshal(text, &a)
}

type interceptEnvCmd struct {
	dataFlags
	Language string `arg:"" optional:"" help:"curl, go, python, node, java or php; all of them if not given."`
	Proxy    string `help:"Address of the proxy as the program reaches it, such as from a container; the one that runs if not given." placeholder:"HOST:PORT"`
}

func (cmd interceptEnvCmd) Run(c *console) error {
	if cmd.Language != "" && !intercept.KnowsLanguage(cmd.Language) {
		return usagef("%s: one of %s expected", cmd.Language, strings.Join(intercept.Languages, ", "))
	}
	a, err := cmd.readAuthority()
	if err != nil {
		return err
	}
	if err := a.WriteTrust(); err != nil {
		return err
	}
	proxy := cmd.Proxy
	if proxy == "" {
		where, err := cmd.readAddresses()
		if err != nil {
			return err
		}
		proxy = where.Proxy
	}
	for _, v := range a.Environment(proxy, cmd.Language) {
		fmt.Fprintln(c.out, v.Shell())
	}
	return nil
}

type interceptHostsCmd struct {
	Address string `help:"Address that answers as WeCom's hosts, on port 443." default:"127.0.0.1" placeholder:"IP"`
}

func (cmd interceptHostsCmd) Run(c *console) error {
	if _, err := netip.ParseAddr(cmd.Address); err != nil {
		return usagef("--address %s: an IP address expected; a hosts file knows no names and no ports", cmd.Address)
	}
	for _, line := range intercept.Hosts(cmd.Address) {
		fmt.Fprintln(c.out, line)
	}
	return nil
}

type interceptTrustCmd struct {
	dataFlags
	Yes    bool `help:"Run the commands instead of printing them."`
	Remove bool `help:"Take the authority out of the machine's store again."`
}

func (cmd interceptTrustCmd) Run(ctx context.Context, c *console) error {
	a, err := cmd.readAuthority()
	if err != nil {
		return err
	}
	steps, remove := a.TrustSteps()
	if cmd.Remove {
		steps = remove
	}
	if len(steps) == 0 {
		return fmt.Errorf("qiwei does not know how this system stores trusted authorities; add %s by hand", a.CertFile())
	}
	if !cmd.Yes {
		fmt.Fprintf(c.out, "# %s, valid until %s, can sign for WeCom's hosts alone. Nothing was changed; --yes runs this, as root:\n",
			a.Name(), a.Until().Format(time.DateOnly))
		fmt.Fprintln(c.out, strings.Join(steps, "\n"))
		return nil
	}
	for _, step := range steps {
		fmt.Fprintln(c.out, step)
		run := exec.CommandContext(ctx, "sh", "-c", step)
		run.Stdout, run.Stderr = c.out, c.err
		if err := run.Run(); err != nil {
			return fmt.Errorf("%s: %w", step, err)
		}
	}
	return nil
}
