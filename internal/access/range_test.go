package access_test

import (
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/id"
)

func TestRange(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		r          access.Range
		all, empty bool
	}{
		"nothing":              {access.Range{}, false, true},
		"everything":           {access.Everything(), true, false},
		"a department":         {access.Range{Departments: []int64{2}}, false, false},
		"the root beside one":  {access.Range{Departments: []int64{2, access.Root}}, true, false},
		"a member":             {access.Range{Members: []id.UserID{"lisi"}}, false, false},
		"a tag":                {access.Range{Tags: []int64{access.Root}}, false, false},
		"a member and a tag":   {access.Range{Members: []id.UserID{"lisi"}, Tags: []int64{7}}, false, false},
		"a department and all": {access.Range{Departments: []int64{2}, Members: []id.UserID{"lisi"}, Tags: []int64{7}}, false, false},
	} {
		if tt.r.All() != tt.all || tt.r.Empty() != tt.empty {
			t.Errorf("%s: all %v, empty %v", name, tt.r.All(), tt.r.Empty())
		}
		// An administrator has the range that is administered, and the rights in it.
		by := access.AdminOf("ww1", "boss", tt.r)
		if by.Kind != access.Admin || by.UserID != "boss" || by.CorpID != "ww1" || by.Range.All() != tt.all {
			t.Errorf("%s: administered by %+v", name, by)
		}
	}
}

// Only of self-built applications and of those that providers install has a corp
// more than one of a kind.
func TestKinds(t *testing.T) {
	t.Parallel()
	installed := map[access.Kind]bool{}
	for _, k := range access.ProviderApps() {
		installed[k] = true
	}
	for _, k := range access.AppKinds() {
		if k.Installed() != installed[k] {
			t.Errorf("%s: installed %v", k, k.Installed())
		}
		if want := k != access.SelfBuilt && !installed[k]; k.Single() != want {
			t.Errorf("%s: single %v, want %v", k, k.Single(), want)
		}
	}
	for _, k := range access.MadeKinds() {
		if installed[k] {
			t.Errorf("%s is made by a corp, and only installed by a provider", k)
		}
	}
}
