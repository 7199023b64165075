package seed_test

import (
	"reflect"
	"strings"
	"testing"

	"qiwei/internal/seed"
)

// TestYAML reads the same enterprise from YAML as from JSON.
func TestYAML(t *testing.T) {
	t.Parallel()
	const asYAML = `
format: qiwei enterprise 1
corp:
  name: 小公司     # a comment
  settings: {sync: edit}
departments:
  - {id: 2, name: 研发}
members:
  - userid: jia
    name: 甲
    mobile: "15400000001"
    department: [2]
    enable: false
apps:
  - kind: self_built
    name: 应用
    secret: 0123456789abcdefghijklmnopqrstuvwxyzABCDEFG
`
	const asJSON = `{"format":"qiwei enterprise 1","corp":{"name":"小公司","settings":{"sync":"edit"}},"departments":[{"id":2,"name":"研发"}],
		"members":[{"userid":"jia","name":"甲","mobile":"15400000001","department":[2],"enable":false}],
		"apps":[{"kind":"self_built","name":"应用","secret":"0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"}]}`
	one, err := seed.Parse("qiwei.yaml", []byte(asYAML))
	if err != nil {
		t.Fatal(err)
	}
	other, err := seed.Parse("qiwei.json", []byte(asJSON))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(one, other) {
		t.Errorf("YAML gave\n%+v\nJSON\n%+v", one, other)
	}
	const head = "format: qiwei enterprise 1\ncorp: {name: x}\n"
	for name, tt := range map[string]struct{ content, says string }{
		"nothing":             {"", "the file is empty"},
		"no YAML":             {"corp: [", "line 1"},
		"a number as text":    {head + "departments:\n  - {id: \"2\", name: a}\n", `departments[0].id: "2"; a whole number expected`},
		"a text as number":    {head + "members:\n  - {name: a, mobile: 15400000001}\n", "members[0].mobile: 15400000001; a text in quotes expected"},
		"a key twice":         {head + "tags: []\ntags: []\n", "line 4"},
		"an alias":            {head + "departments: &a []\nmembers: *a\n", "line 4: an alias *a"},
		"values within":       {head + "tags: " + strings.Repeat("[", 40) + strings.Repeat("]", 40), "deep"},
		"a number that is no": {head + "departments:\n  - {id: 99999999999999999999999, name: a}\n", "departments[0].id"},
		"an unknown member":   {head + "app: []\n", "app: unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := seed.Parse("f.yml", []byte(tt.content)); err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("said %v\nwant %s", err, tt.says)
			}
		})
	}
}
