package platform_test

import (
	"os"
	"strings"
	"testing"

	"qiwei/internal/wire/known"
)

// TestRequestFields holds the fields of requests that the program shows to people against the table of facts.
// -update writes them anew.
func TestRequestFields(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	path := ""
	seen := map[string]bool{}
	for _, c := range documentedRows(t, "fields.tsv", 6) {
		if c[1] != "request" || seen[c[0]+" "+c[2]] {
			continue
		}
		seen[c[0]+" "+c[2]] = true
		if _, ok := known.Lookup(c[0]); !ok {
			continue
		}
		if c[0] != path {
			path = c[0]
			out.WriteString("@" + path + "\n")
		}
		typ := c[3]
		if typ == "unknown" {
			typ = ""
		}
		out.WriteString(c[2] + "\t" + typ + "\t" + strings.TrimPrefix(c[4], "table") + "\n")
	}
	const at = "../wire/known/requests.tsv"
	if *update {
		if err := os.WriteFile(at, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	now, err := os.ReadFile(at)
	if err != nil || string(now) != out.String() {
		t.Errorf("%s is not what the table of facts has; -update writes it (%v)", at, err)
	}
}
