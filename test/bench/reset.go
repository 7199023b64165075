package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// resetTimes is how many resets are measured of an enterprise.
const resetTimes = 41

// littleEnterprise is one for a test: three members and an application.
const littleEnterprise = `{"format": "qiwei enterprise 1", "corp": {"name": "小公司", "settings": {"sync": "edit"}},
	"members": [{"userid": "jia", "name": "甲", "mobile": "15400000001"}, {"userid": "yi", "name": "乙", "mobile": "15400000002"},
		{"userid": "bing", "name": "丙", "mobile": "15400000003"}],
	"apps": [{"kind": "contact_sync", "secret": "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"}]}`

// measureReset measures POST /_qiwei/reset after a member has been made, as between two tests.
func measureReset(t *table, dir string) error {
	program, err := buildProgram(dir)
	if err != nil {
		return err
	}
	file := filepath.Join(dir, "little.json")
	if err := os.WriteFile(file, []byte(littleEnterprise), 0o600); err != nil {
		return err
	}
	if err := measureResetOf(t, program, filepath.Join(dir, "little"), "3 members", 50*time.Millisecond, "--seed", file); err != nil {
		return err
	}
	return measureResetOf(t, program, filepath.Join(dir, "demo"), "the demo", 0)
}

// measureResetOf measures one enterprise; floor is the most that half of the resets may take, 0 for none.
func measureResetOf(t *table, program, data, what string, floor time.Duration, more ...string) error {
	server, _, err := startProgram(program, data, more...)
	if err != nil {
		return err
	}
	defer stopProgram(server)
	raw, err := os.ReadFile(filepath.Join(data, "credentials.json"))
	if err != nil {
		return err
	}
	var c struct {
		BaseURL string `json:"base_url"`
		Corps   []struct {
			CorpID string `json:"corpid"`
			Apps   []struct {
				Kind   string `json:"kind"`
				Secret string `json:"secret"`
			} `json:"apps"`
		} `json:"corps"`
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return err
	}
	secret := ""
	for _, a := range c.Corps[0].Apps {
		if a.Kind == "contact_sync" {
			secret = a.Secret
		}
	}
	post := func(path, body string) *http.Request {
		req, err := http.NewRequest("POST", c.BaseURL+path, strings.NewReader(body))
		if err != nil {
			panic(err)
		}
		return req
	}
	var took []time.Duration
	for n := range resetTimes {
		answer, err := do(get(func(int) string {
			return c.BaseURL + "/cgi-bin/gettoken?corpid=" + c.Corps[0].CorpID + "&corpsecret=" + secret
		})(n))
		if err != nil {
			return err
		}
		var got struct {
			Token string `json:"access_token"`
		}
		if err := json.Unmarshal(answer, &got); err != nil {
			return err
		}
		member := `{"userid":"ding","name":"丁","mobile":"15400000099","department":[1]}` // gone after each reset
		if _, err := do(post("/cgi-bin/user/create?access_token="+got.Token, member)); err != nil {
			return err
		}
		began := time.Now()
		if _, err := do(post("/_qiwei/reset", "")); err != nil {
			return err
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	half := took[len(took)/2]
	want := ""
	if floor > 0 {
		want = "under " + floor.String()
	}
	t.add("POST /_qiwei/reset of "+what, floor == 0 || half < floor, want, "%v, at most %v", half.Round(100*time.Microsecond), took[len(took)-1].Round(100*time.Microsecond))
	return nil
}
