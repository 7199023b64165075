package known

import (
	"regexp"
	"testing"
)

func TestTheListIsWhole(t *testing.T) {
	t.Parallel()
	all := All()
	if len(all) < 230 {
		t.Fatalf("%d callbacks", len(all))
	}
	page := regexp.MustCompile(`^(corp|third|custom|hardware):\d{5,6}$`)
	for i, c := range all {
		if i > 0 && c.Name <= all[i-1].Name { // Lookup uses binary search; this also finds a name given twice
			t.Errorf("%s does not sort after %s", c.Name, all[i-1].Name)
		}
		for _, p := range c.Pages {
			if !page.MatchString(p) {
				t.Errorf("%s: page %q", c.Name, p)
			}
		}
	}
}

func TestLookup(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]string{
		EventName("change_contact/create_user"): "corp:90970",
		"change_contact/create_user":            "third:90639", // to a provider's suite, with another XML
		"event/click":                           "corp:90240",
		"text":                                  "corp:90239",
		"suite_ticket":                          "third:90628",
	} {
		if c, ok := Lookup(name); !ok || c.Name != name || c.Pages[0] != first {
			t.Errorf("%s: %+v, %v; want %s", name, c, ok, first)
		}
	}
	for _, name := range []string{"", "?", "click", "event/", "event/nothing", "pages"} {
		if c, ok := Lookup(name); ok {
			t.Errorf("%q is known: %+v", name, c)
		}
	}
}
