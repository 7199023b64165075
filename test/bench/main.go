// Command bench measures a running server against an empty JSON handler in the
// same process, and prints the table of docs/performance.md. Run it with
// `make bench`.
package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sort"
	"strings"
	"time"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		if err := serve(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, "benchmark server:", err)
			os.Exit(1)
		}
		return
	}
	if len(os.Args) > 2 && os.Args[1] == "serve-callbacks" {
		if err := serveCallbacks(os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, "benchmark server:", err)
			os.Exit(1)
		}
		return
	}
	if len(os.Args) > 2 && os.Args[1] == "serve-oidc" {
		if err := serveOIDC(os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, "benchmark server:", err)
			os.Exit(1)
		}
		return
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// row is a line of the table.
type row struct {
	what, got, want string
	ok              bool
}

type table []row

func (t *table) add(what string, ok bool, want, format string, args ...any) {
	r := row{what, fmt.Sprintf(format, args...), want, ok}
	*t = append(*t, r)
	mark := "ok"
	if !ok {
		mark = "MISSED"
	}
	fmt.Printf("| %-58s | %-22s | %-22s | %-6s |\n", r.what, r.got, r.want, mark)
}

// Each call is measured in rounds of a slice.
const (
	rounds = 7
	slice  = 700 * time.Millisecond
)

func run() error {
	dir, err := os.MkdirTemp("", "qiwei-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	fmt.Printf("%s, %d CPUs, %s/%s, %s\n\n", cpu(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
	fmt.Printf("| %-58s | %-22s | %-22s | %-6s |\n|---|---|---|---|\n", "what", "measured", "floor", "")
	var t table
	if len(os.Args) > 1 {
		group, ok := groups[os.Args[1]]
		if !ok {
			return fmt.Errorf("no group %q; there are %s, and all but million without a name", os.Args[1], strings.Join(slices.Sorted(maps.Keys(groups)), ", "))
		}
		return t.missed(group(&t, dir))
	}
	at1k, err := measureCalls(&t, filepath.Join(dir, "small.db"), small, nil)
	if err != nil {
		return err
	}
	if _, err := measureCalls(&t, filepath.Join(dir, "large.db"), large, at1k); err != nil {
		return err
	}
	if err := measureProgram(&t, filepath.Join(dir, "data"), atLarge); err != nil {
		return err
	}
	if err := measureReads(&t, dir); err != nil {
		return err
	}
	if err := measureReset(&t, dir); err != nil {
		return err
	}
	if err := measureCallbacks(&t, dir); err != nil {
		return err
	}
	if err := measureMessages(&t, dir); err != nil {
		return err
	}
	return t.missed(measureOIDC(&t, dir))
}

// groups are measurements that can be run separately.
var groups = map[string]func(t *table, dir string) error{
	"ldap": func(t *table, dir string) error {
		srv, err := start(filepath.Join(dir, "ldap.db"), large)
		if err != nil {
			return err
		}
		defer srv.stop()
		return measureLDAP(t, srv, large)
	},
	"calls": func(t *table, dir string) error {
		_, err := measureCalls(t, filepath.Join(dir, "small.db"), small, nil)
		return err
	},
	"program":   func(t *table, dir string) error { return measureProgram(t, filepath.Join(dir, "data"), atLarge) },
	"callbacks": measureCallbacks,
	"messages":  measureMessages,
	"oidc":      measureOIDC,
	"archive":   measureArchive,
	"kf":        measureKF,
	"office":    measureOffice,
	"customers": measureCustomers,
	"reads":     measureReads,
	"robots":    measureRobots,
	"providers": measureProviders,
	"documents": measureDocuments,
	"reset":     measureReset,
	"backup":    measureBackup,
	"million":   measureMillion,
}

// missed returns the measurement's error, or names a floor that was missed.
func (t table) missed(err error) error {
	for _, r := range t {
		if err == nil && !r.ok {
			return fmt.Errorf("missed: %s (%s, %s wanted)", r.what, r.got, r.want)
		}
	}
	return err
}

// measureCalls measures the server with a directory of the size. small holds the
// rates at the small size, where they are known.
func measureCalls(t *table, database string, s size, small map[string]float64) (map[string]float64, error) {
	srv, err := start(database, s)
	if err != nil {
		return nil, err
	}
	defer srv.stop()
	at := fmt.Sprintf(" at %d members", s.members)
	t.add("filling the directory"+at, true, "", "%s", srv.FillFor)
	token := srv.token(srv.Secret)
	calls := []struct {
		name string
		url  func(n int) string
	}{
		{"yardstick", func(int) string { return srv.URL + "/yardstick" }},
		{"gettoken", func(int) string {
			return srv.URL + "/cgi-bin/gettoken?corpid=" + srv.CorpID + "&corpsecret=" + srv.Secret
		}},
		{"user/get", func(n int) string {
			return fmt.Sprintf("%s/cgi-bin/user/get?access_token=%s&userid=user%06d", srv.URL, token, 1+n*7919%s.members)
		}},
	}
	for _, c := range calls {
		if err := pass(s.members, get(c.url)); err != nil {
			return nil, err
		}
	}
	// The calls take turns in short slices, so that other load on the machine affects all of them alike.
	slices, cpu := map[string][]float64{}, map[string]time.Duration{}
	for range rounds {
		for _, c := range calls {
			before := srv.cpuTime()
			r, err := rate(slice, get(c.url))
			if err != nil {
				return nil, err
			}
			slices[c.name] = append(slices[c.name], r)
			cpu[c.name] += time.Duration(float64(srv.cpuTime()-before) / (r * slice.Seconds()) / rounds)
		}
	}
	rates := map[string]float64{}
	for _, c := range calls {
		rates[c.name] = middle(slices[c.name])
		each := cpu[c.name].Round(100 * time.Nanosecond)
		share := rates[c.name] / rates["yardstick"]
		if c.name == "yardstick" {
			t.add(c.name+at, true, "", "%.0f/s, cpu %v", rates[c.name], each)
			continue
		}
		t.add(c.name+at, share >= 0.6, "60 % of the yardstick", "%.0f/s, %.0f %%, cpu %v", rates[c.name], 100*share, each)
		if small != nil {
			// Of the yardstick's share, so that the machine may be slower now than then.
			kept := share / (small[c.name] / small["yardstick"])
			t.add(c.name+": large against small", kept >= 0.9, "90 %", "%.0f %%", 100*kept)
		}
	}
	if s.members < large.members {
		return rates, measureInterception(t, srv, token, s)
	}
	if err := measureLDAP(t, srv, s); err != nil {
		return nil, err
	}
	return rates, measureLists(t, srv, s)
}

func measureLists(t *table, srv *target, s size) error {
	sync, token := srv.token(srv.Sync), srv.token(srv.Secret)
	took, err := median(9, get(func(int) string { return srv.URL + "/cgi-bin/department/simplelist?access_token=" + sync }))
	if err != nil {
		return err
	}
	t.add(fmt.Sprintf("department/simplelist of %d", s.departments), took < 60*time.Millisecond, "under 60 ms", "%v", took.Round(time.Microsecond))
	if took, err = median(15, get(func(int) string {
		return fmt.Sprintf("%s/cgi-bin/user/list?access_token=%s&department_id=%d", srv.URL, token, crowded)
	})); err != nil {
		return err
	}
	t.add("user/list of 1000 members", took < 15*time.Millisecond, "under 15 ms", "%v", took.Round(time.Microsecond))
	began := time.Now()
	n, err := walk(srv, sync)
	if err != nil {
		return err
	}
	took = time.Since(began)
	t.add(fmt.Sprintf("user/list_id over all %d", n), n == s.members && took < time.Second, "under 1 s", "%v", took.Round(time.Millisecond))

	create := func(n int) *http.Request {
		body := fmt.Sprintf(`{"userid":"new%d","name":"新人","email":"new%d@corp.example","department":[%d]}`, n, n, 100+n%20000)
		req, err := http.NewRequest("POST", srv.URL+"/cgi-bin/user/create?access_token="+sync, strings.NewReader(body))
		if err != nil {
			panic(err)
		}
		return req
	}
	began = time.Now()
	if err := pass(12_000, create); err != nil {
		return err
	}
	many := 12_000 / time.Since(began).Seconds()
	t.add(fmt.Sprintf("user/create, a member a call, durable, %d callers", connections), many >= 3000, "3000/s", "%.0f/s", many)
	began = time.Now()
	for n := range 2000 {
		if _, err := do(create(100_000 + n)); err != nil {
			return err
		}
	}
	t.add("user/create, a single caller (bound by fsync)", true, "", "%.0f/s", 2000/time.Since(began).Seconds())
	time.Sleep(time.Second)
	t.add("resident memory of the server after that", true, "", "%d MB", srv.memory()>>20)
	return nil
}

// middle returns the median.
func middle(list []float64) float64 {
	sort.Float64s(list)
	return list[len(list)/2]
}

// walk reads all ids page by page.
func walk(srv *target, token string) (int, error) {
	n, cursor := 0, ""
	for {
		req, err := http.NewRequest("POST", srv.URL+"/cgi-bin/user/list_id?access_token="+token, strings.NewReader(`{"cursor":"`+cursor+`","limit":10000}`))
		if err != nil {
			return 0, err
		}
		body, err := do(req)
		if err != nil {
			return 0, err
		}
		var page struct {
			Next  string     `json:"next_cursor"`
			Users []struct{} `json:"dept_user"`
		}
		if err := json.Unmarshal(body, &page); err != nil {
			return 0, err
		}
		if n += len(page.Users); page.Next == "" {
			return n, nil
		}
		cursor = page.Next
	}
}

// cpu returns the name of the processor.
func cpu() string {
	raw, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unknown CPU"
	}
	for line := range strings.Lines(string(raw)) {
		if name, ok := strings.CutPrefix(line, "model name"); ok {
			return strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(name), ":"))
		}
	}
	return "unknown CPU"
}
