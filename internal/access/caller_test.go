package access_test

import (
	"testing"

	"qiwei/internal/access"
)

// The corp itself acts by its administrators and by the program, and by nobody else.
func TestOfCorp(t *testing.T) {
	t.Parallel()
	for by, want := range map[*access.Caller]bool{
		ptr(access.System("ww1")): true, ptr(access.AdminOf("ww1", "boss", access.Range{Departments: []int64{2}})): true,
		ptr(access.MemberOf("ww1", "li")): false, ptr(access.RobotOf(access.GroupRobot, "ww1", 1)): false, {Kind: access.SelfBuilt}: false, {}: false,
	} {
		if got := by.OfCorp(); got != want {
			t.Errorf("%+v: %v", by, got)
		}
	}
}

func ptr[T any](v T) *T { return &v }

// Whose call is not cut to a range.
func TestSeesAll(t *testing.T) {
	t.Parallel()
	some := access.Range{Departments: []int64{2}}
	for _, tt := range []struct {
		level access.Level
		r     access.Range
		want  bool
	}{
		{access.Nothing, some, false}, {access.InRange, some, false}, {access.InRange, access.Everything(), true}, {access.All, some, true},
		{access.Edit, some, true}, {access.Historical, some, true}, {access.All, access.Range{}, true},
	} {
		by := access.Caller{View: access.View{Level: tt.level, Range: tt.r}}
		if got := by.SeesAll(); got != tt.want {
			t.Errorf("level %s, range %+v: %v", tt.level, tt.r, got)
		}
	}
	if access.System("ww1").Within(some).SeesAll() || !access.System("ww1").SeesAll() {
		t.Error("the program sees what it is cut to")
	}
}

// Customer contact is called by those of the corp's own whom it lists, and by those
// of providers to whom it has given something of it.
func TestMayCallCustomers(t *testing.T) {
	t.Parallel()
	listed := access.Standing{Callable: []access.Kind{access.Approval, access.CustomerContact}}
	for _, tt := range []struct {
		name string
		by   access.Caller
		want bool
	}{
		{"listed", access.Caller{Kind: access.SelfBuilt, Standing: listed}, true},
		{"listed for something else", access.Caller{Kind: access.SelfBuilt, Standing: access.Standing{Callable: []access.Kind{access.Approval}}}, false},
		{"a provider's that is listed", access.Caller{Kind: access.Custom, Standing: listed}, false},
		{"a provider's with a grant", access.Caller{Kind: access.ThirdParty, View: access.View{Grants: []string{"contact:base:base", "externalcontact:base:base"}}}, true},
		{"with another", access.Caller{Kind: access.Custom, View: access.View{Grants: []string{"contact:base:base"}}}, false},
		{"customer contact itself", access.Caller{Kind: access.CustomerContact}, true},
	} {
		if got := tt.by.MayCallCustomers(); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
	with := access.Caller{View: access.View{Grants: []string{"a"}}}
	if !with.Granted("a") || with.Granted("b") {
		t.Error("grants")
	}
}
