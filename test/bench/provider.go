package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/clock"
	"qiwei/internal/corp"
	"qiwei/internal/hardware"
	"qiwei/internal/hardware/simulated"
	"qiwei/internal/id"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/internal/suite"
)

const (
	devices       = 1_000  // that are connected at once
	installations = 10_000 // of one suite
	converted     = 1_000  // ids in a call
)

// shop is what a provider has for the measurement.
type shop struct {
	suite  suite.Suite
	code   string // permanent_code
	agent  int64
	corp   string // as the provider knows it
	member string
	ticket string
	things []simulated.Device
	users  []string
}

// measureProviders measures a call of a provider's application beside the same by the enterprise's own, the conversion
// of ids, devices that are connected, and what a suite of many enterprises costs.
func measureProviders(t *table, dir string) error {
	database := filepath.Join(dir, "providers.db")
	srv, err := start(database, size{40, 1_000})
	if err != nil {
		return err
	}
	srv.stop()
	s, err := srv.opened(database)
	if err != nil {
		return err
	}
	if err := srv.again(database); err != nil {
		return err
	}
	defer srv.stop()
	if err := measureDevices(t, srv, s); err != nil {
		return err
	}
	if err := measureCorpToken(t, srv, s); err != nil {
		return err
	}
	return measureInstallations(t, filepath.Join(dir, "installations.db"))
}

// measureCorpToken has the two callers take turns, so that other load affects both alike.
func measureCorpToken(t *table, srv *target, s shop) error {
	suiteToken, err := answered(srv, "service/get_suite_token", map[string]string{"suite_id": s.suite.SuiteID, "suite_secret": s.suite.Secret, "suite_ticket": s.ticket})
	if err != nil {
		return err
	}
	token, err := answered(srv, "service/get_corp_token?suite_access_token="+suiteToken, map[string]string{"auth_corpid": s.corp, "permanent_code": s.code})
	if err != nil {
		return err
	}
	own := srv.token(srv.Secret)
	calls := []request{
		get(func(int) string { return srv.URL + "/cgi-bin/user/get?userid=user000001&access_token=" + own }),
		get(func(int) string { return srv.URL + "/cgi-bin/user/get?userid=" + s.member + "&access_token=" + token }),
	}
	for _, c := range calls {
		if body, err := do(c(0)); err != nil || !bytes.Contains(body, []byte(`"errcode":0`)) {
			return fmt.Errorf("user/get: %w %s", err, body)
		}
	}
	var rates, cpu [2][]float64
	for range rounds {
		for i, c := range calls {
			before := srv.cpuTime()
			got, err := rate(slice, c)
			if err != nil {
				return err
			}
			rates[i] = append(rates[i], got)
			cpu[i] = append(cpu[i], float64((srv.cpuTime()-before).Microseconds())/(got*slice.Seconds()))
		}
	}
	one, other := middle(rates[0]), middle(rates[1])
	t.add("user/get by a provider's application, beside the corp's own", other/one >= 0.9, "90 %", "%.0f/s, %.0f %%, cpu %.2f times", other, 100*other/one, middle(cpu[1])/middle(cpu[0]))
	return measureConversion(t, srv, s, token)
}

func measureConversion(t *table, srv *target, s shop, token string) error {
	body, err := json.Marshal(map[string]any{"open_userid_list": s.users[:converted], "source_agentid": s.agent})
	if err != nil {
		return err
	}
	var took []float64
	for range 21 {
		req, err := http.NewRequest("POST", srv.URL+"/cgi-bin/batch/openuserid_to_userid?access_token="+srv.token(srv.Secret), bytes.NewReader(body))
		if err != nil {
			return err
		}
		began := time.Now()
		answer, err := do(req)
		if err != nil || bytes.Count(answer, []byte(`"open_userid"`)) != converted {
			return fmt.Errorf("openuserid_to_userid: %w %.300s", err, answer)
		}
		took = append(took, float64(time.Since(began).Microseconds())/1000)
	}
	ms := middle(took)
	t.add(fmt.Sprintf("%d ids of a provider's converted", converted), ms < 20, "20 ms", "%.1f ms", ms)
	return nil
}

// answered returns the token that a call answers.
func answered(srv *target, path string, body map[string]string) (string, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return "", err
	}
	req, err := http.NewRequest("POST", srv.URL+"/cgi-bin/"+path, bytes.NewReader(raw))
	if err != nil {
		return "", err
	}
	answer, err := do(req)
	var a struct {
		Suite string `json:"suite_access_token"`
		Corp  string `json:"access_token"`
	}
	if err == nil {
		err = json.Unmarshal(answer, &a)
	}
	if err == nil && a.Suite+a.Corp == "" {
		err = fmt.Errorf("%s: %s", path, answer)
	}
	return a.Suite + a.Corp, err
}

// measureDevices connects devices, which log in and read who uses them.
func measureDevices(t *table, srv *target, s shop) error {
	ctx, end := context.WithCancel(context.Background())
	defer end()
	before := srv.memory()
	works, failed := make(chan struct{}, devices), make(chan error, devices)
	for i := range s.things {
		d := &s.things[i]
		d.URL, d.Now = srv.URL, time.Now
		d.Log = func(format string, args ...any) {
			if strings.HasPrefix(format, "knows") {
				works <- struct{}{}
			}
		}
		go func() { failed <- d.Run(ctx) }()
		if i%50 == 49 { // the machine serves both sides
			time.Sleep(200 * time.Millisecond)
		}
	}
	for range s.things {
		select {
		case <-works:
		case err := <-failed:
			return fmt.Errorf("a device: %w", err)
		case <-time.After(time.Minute):
			return fmt.Errorf("not all devices are there after a minute")
		}
	}
	after := srv.memory()
	t.add(fmt.Sprintf("memory with %d devices connected", len(s.things)), after < 100<<20, "under 100 MB", "%d MB, %d kB each", after>>20, max(after-before, 0)>>10/devices)
	return nil
}

// opened makes the benchmark's enterprise a customer of a provider, with an application and devices.
func (t *target) opened(database string) (s shop, err error) {
	ctx := context.Background()
	server, err := platform.Open(ctx, platform.Config{Database: database, Key: key, Clock: clock.New()})
	if err != nil {
		return s, err
	}
	defer server.Close()
	var model hardware.Model
	if err := server.Store.Write(ctx, func(tx *store.Tx) error {
		p, v, err := provide(ctx, tx, server, suite.Settings{Name: "报表", Permissions: []string{"contact:base:base"}})
		if err != nil {
			return err
		}
		in, _, err := server.Suites.InstallSuite(ctx, tx, suite.Install{SuiteID: v.SuiteID, CorpID: t.CorpID, Silent: true})
		if err != nil {
			return err
		}
		s.suite, s.code, s.agent = v, in.Secret, in.AgentID
		var names []string
		for n := range converted {
			names = append(names, fmt.Sprintf("user%06d", n+1))
		}
		numbers, err := server.Directory.MemberNumbers(tx, t.CorpID, names)
		if err != nil {
			return err
		}
		for _, name := range names {
			var open string
			s.corp, open = server.Suites.ShownIDs(p.No, t.CorpID, numbers[name])
			s.users = append(s.users, open)
		}
		s.member = s.users[0]
		if s.ticket, err = server.Suites.PushTicket(ctx, tx, v.SuiteID); err != nil {
			return err
		}
		model, err = server.Hardware.CreateModel(ctx, tx, hardware.Model{Partner: p.CorpID, ModelSettings: hardware.ModelSettings{Name: "门禁", Access: hardware.Direct, Abilities: 1}})
		return err
	}); err != nil {
		return s, err
	}
	return s, batches(ctx, server, 1, devices, func(tx *store.Tx, n int) error {
		d, err := server.Hardware.Register(ctx, tx, model, fmt.Sprintf("SN%06d", n))
		if err != nil {
			return err
		}
		if d, _, err = server.Hardware.Bind(ctx, tx, d, hardware.Binding{CorpID: t.CorpID, People: access.Range{Members: []id.UserID{"user000001"}}}); err != nil {
			return err
		}
		secret, err := server.Hardware.SecretNo(d)
		s.things = append(s.things, simulated.Device{SN: d.SN, SecretNo: secret, Version: "1.0"})
		return err
	})
}

// provide makes a provider with a suite that the benchmark may call as.
func provide(ctx context.Context, tx *store.Tx, server *platform.Server, settings suite.Settings) (p suite.Provider, v suite.Suite, err error) {
	local, err := access.ParseAddresses("127.0.0.0/8")
	if err != nil {
		return p, v, err
	}
	c, err := server.CreateCorp(ctx, tx, corp.Corp{Name: "云帆软件"}, nil)
	if err != nil {
		return p, v, err
	}
	if p, err = server.Suites.CreateProvider(ctx, tx, suite.Provider{CorpID: c.CorpID, TrustedIPs: local}); err != nil {
		return p, v, err
	}
	v, err = server.Suites.CreateSuite(ctx, tx, suite.Suite{Partner: c.CorpID, Kind: access.ThirdParty, Settings: settings})
	return p, v, err
}

// measureInstallations has every enterprise of a suite change what it may do at once: beside those pushes the suite is
// told one ticket, however many have it.
func measureInstallations(t *table, database string) error {
	var requests, first, last atomic.Int64
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer l.Close()
	go http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		now := time.Now().UnixNano()
		first.CompareAndSwap(0, now)
		last.Store(now)
		io.Copy(io.Discard, r.Body)
		requests.Add(1)
		io.WriteString(w, "success")
	}))
	cmd, srv, err := startCallbacks(database)
	if err != nil {
		return err
	}
	defer stopChild(cmd)
	for _, path := range []string{fmt.Sprintf("/install?n=%d&url=%s", installations, url.QueryEscape("http://"+l.Addr().String()+"/command")), "/start"} {
		resp, err := http.Get(srv + path)
		if err != nil {
			return err
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != 200 {
			return fmt.Errorf("%s: %s", path, body)
		}
	}
	const want = installations + 1 // one ticket
	for end := time.Now().Add(5 * time.Minute); requests.Load() < want && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	time.Sleep(time.Second) // for those that should not come
	got, took := requests.Load(), time.Duration(last.Load()-first.Load())
	t.add(fmt.Sprintf("pushes of a ticket round with %d installations", installations), got == want, "1", "%d", got-installations)
	rate := float64(got) / took.Seconds()
	t.add("… and change_auth of all of them, a second, SQLite", rate >= 3000, "3000/s", "%.0f/s", rate)
	return nil
}

func stopChild(cmd *exec.Cmd) {
	cmd.Process.Kill()
	cmd.Wait()
}

// install makes n enterprises that have a suite, each of which has changed what it may do.
func install(ctx context.Context, server *platform.Server, n int, command string) error {
	var v suite.Suite
	if err := server.Store.Write(ctx, func(tx *store.Tx) (err error) {
		_, v, err = provide(ctx, tx, server, suite.Settings{Name: "报表", CommandURL: command})
		return err
	}); err != nil {
		return err
	}
	some := []string{"contact:base:base"}
	return batches(ctx, server, 1, n, func(tx *store.Tx, k int) error {
		c, err := server.CreateCorp(ctx, tx, corp.Corp{Name: fmt.Sprint("客户", k)}, nil)
		if err != nil {
			return err
		}
		if _, _, err := server.Suites.InstallSuite(ctx, tx, suite.Install{SuiteID: v.SuiteID, CorpID: c.CorpID, Silent: true}); err != nil {
			return err
		}
		_, err = server.Suites.ChangeInstallation(ctx, tx, c.CorpID, v.SuiteID, suite.Change{Permissions: &some})
		return err
	})
}
