package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func TestCallbackList(t *testing.T) {
	t.Parallel()
	var all, built, missing []listedCallback
	for args, into := range map[string]*[]listedCallback{"": &all, "--built": &built, "--missing": &missing} {
		line := []string{"endpoints", "--callbacks", "--json"}
		if args != "" {
			line = append(line, args)
		}
		if err := json.Unmarshal([]byte(must(t, line...)), into); err != nil {
			t.Fatal(err)
		}
	}
	if len(all) != len(built)+len(missing) || len(built) == 0 || len(missing) == 0 {
		t.Errorf("%d callbacks, %d built, %d missing", len(all), len(built), len(missing))
	}
	is := func(list []listedCallback, name string) bool {
		return slices.ContainsFunc(list, func(c listedCallback) bool { return c.Callback == name && len(c.Pages) > 0 })
	}
	for _, name := range []string{"text", "event/click", "event/change_contact/create_user", "event/batch_job_result", "suite_ticket", "event/close_inactive_agent", "change_contact/create_user", "change_external_contact/add_external_contact", "license_refund"} {
		if !is(built, name) {
			t.Errorf("%s is not listed as built", name)
		}
	}
	// The InfoType of a suite's callback is another XML than the event of its name.
	for _, name := range []string{"agree_external_userid_migration", "advanced_api_insufficient"} {
		if !is(missing, name) {
			t.Errorf("%s is not listed as missing", name)
		}
	}
	if got := must(t, "endpoints", "--callbacks", "--built", "event/change_contact/delete"); strings.Count(got, "\n") != 3 {
		t.Errorf("a narrowed list:\n%s", got)
	}
	if o := qiwei(t, "endpoints", "--callbacks", "--openapi"); o.code == 0 {
		t.Error("callbacks have no OpenAPI document, and none was refused")
	}
}
