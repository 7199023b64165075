package platform_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/internal/wire"
	"qiwei/qiweitest"
)

var update = flag.Bool("update", false, "write the files in testdata anew")

// TestPermissionTable prints who may call what, so that a change of rights is a
// line in the diff.
func TestPermissionTable(t *testing.T) {
	const path = "testdata/permissions.txt"
	endpoints := platform.Endpoints()
	slices.SortFunc(endpoints, func(a, b wire.Endpoint) int { return strings.Compare(a.Path, b.Path) })
	var out strings.Builder
	for _, ep := range endpoints {
		fmt.Fprintf(&out, "%-4s %s: %s\n", ep.Method, ep.Path, rights(ep))
	}
	if *update {
		if err := os.WriteFile(path, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if out.String() != string(want) {
		t.Errorf("%s has changed; if that is meant, run the test with -update.\n%s", path, difference(string(want), out.String()))
	}
}

// rights writes an endpoint's row, the built-in applications as one where they
// have the same level.
func rights(ep wire.Endpoint) string {
	if ep.Open {
		return "open"
	}
	kinds, names := access.CallerKinds(), map[access.Kind]string{}
	if alike(ep.Allow, access.BuiltIn()) {
		kinds = slices.DeleteFunc(kinds, func(k access.Kind) bool { return slices.Contains(access.BuiltIn()[1:], k) })
		names[access.BuiltIn()[0]] = "built_in"
	}
	others := slices.DeleteFunc(access.AppKinds(), func(k access.Kind) bool { return k == access.ContactsEdit })
	if ep.By() == wire.AccessToken && alike(ep.Allow, others) && ep.Allow[access.ContactsEdit] == access.Nothing {
		return "everyone but contacts_edit " + ep.Allow[access.SelfBuilt].String()
	}
	var parts []string
	for _, k := range kinds {
		if ep.Allow[k] == access.Nothing {
			continue
		}
		name := names[k]
		if name == "" {
			name = string(k)
		}
		parts = append(parts, name+" "+ep.Allow[k].String())
	}
	return strings.Join(parts, ", ")
}

func alike(a access.Allow, kinds []access.Kind) bool {
	return !slices.ContainsFunc(kinds, func(k access.Kind) bool { return a[k] != a[kinds[0]] })
}

// difference returns the lines that only one of the texts has.
func difference(want, got string) string {
	var out strings.Builder
	for _, l := range strings.SplitAfter(want, "\n") {
		if !strings.Contains(got, l) {
			out.WriteString("- " + l)
		}
	}
	for _, l := range strings.SplitAfter(got, "\n") {
		if !strings.Contains(want, l) {
			out.WriteString("+ " + l)
		}
	}
	return out.String()
}

// TestPermissions makes every call as every kind of application and looks at nothing but the refusal. The
// rooms test what the calls do; an empty body lets them do little.
func TestPermissions(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		settings := []struct {
			name       string
			corp       *qiweitest.Corp
			historical bool
			edit       bool
		}{
			{"contact sync from any address", w.Corp, false, true},
			{"contact sync from a historical address", w.Corp, true, true},
			{"contact sync that may only read", w.Second, false, false},
		}
		readOnly(w, w.Second)
		for _, s := range settings {
			s.corp.As(access.ContactSync).Configure(func(a *app.App) {
				if a.TrustedIPs = qiweitest.Local; s.historical {
					a.TrustedIPs, _ = access.ParseAddresses("127.0.0.0/8!historical")
				}
			})
			for _, ep := range w.Endpoints() {
				if c := ep.By(); c != wire.AccessToken {
					if c != nil { // an access token is no credential here, whichever kind has it
						got := s.corp.As(access.SelfBuilt).Call(ep.Method, ep.Path, "{}")
						want := c.Missing.Code
						if c.Param == wire.AccessToken.Param { // another's token under the same name
							want = c.Invalid.Code
						}
						if got.ErrCode != want {
							t.Errorf("%s with an access token: %s, want %d", ep.Path, got.Body, want)
						}
					}
					continue
				}
				for _, kind := range access.AppKinds() {
					if s.name != settings[0].name && kind != access.ContactSync {
						continue
					}
					want := refusal(ep.Allow[kind], kind, s.historical, s.edit)
					if want == 0 && len(ep.Grants) > 0 && kind.Installed() { // the World's providers have been given nothing
						want = 48002
					}
					got := s.corp.As(kind).Call(ep.Method, ep.Path, "{}")
					if refused := got.Refused(); refused != (want != 0) || (refused && got.ErrCode != want) {
						t.Errorf("%s: %s as %s, who may %s: %s; want the refusal %d", s.name, ep.Path, kind, ep.Allow[kind], got.Body, want)
					}
				}
			}
		}
	})
}

// refusal is the code that a kind of caller is refused with, 0 where it is not.
func refusal(level access.Level, kind access.Kind, historical, edit bool) int {
	switch {
	case level == access.Nothing && kind == access.ContactsEdit:
		return 48008
	case level == access.Nothing:
		return 48002
	case level == access.Historical && !historical:
		return 48009
	case level == access.Customers, level == access.Listed: // the World's applications are not among those that may
		return 48002
	case level == access.Edit && kind == access.ContactSync && !edit:
		return 48002
	}
	return 0
}

func readOnly(w *qiweitest.World, c *qiweitest.Corp) {
	w.Write(func(ctx context.Context, tx *store.Tx) error {
		settings, err := w.Server.Corps.Corp(tx, c.CorpID)
		if err != nil {
			return err
		}
		settings.Sync = "read"
		return w.Server.Corps.UpdateCorp(ctx, tx, settings)
	})
}
