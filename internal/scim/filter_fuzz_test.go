package scim

import "testing"

func FuzzFilter(f *testing.F) {
	for _, text := range []string{`userName eq "a"`, `not (a pr) and (b co "c" or d sw "e")`, `emails[type eq "work" and value co "x"]`, `active eq true`, `meta.created gt "2031-01-06T09:00:00Z"`,
		`urn:ietf:params:scim:schemas:core:2.0:User:userName eq "\u00e9\""`, `title eq null`, `id eq 1e5`} {
		f.Add(text)
	}
	member := document{"userName": "a", "active": true, "emails": []any{document{"value": "x", "type": "work"}}, "meta": document{"created": "2031-01-06T09:00:00Z"}}
	f.Fuzz(func(t *testing.T, text string) {
		for _, rt := range resourceTypes {
			n, err := rt.parseFilter(text)
			if err != nil {
				if f, ours := faultOf(err); ours || f.status != 400 || f.kind != invalidFilter {
					t.Errorf("%q: %v", text, err)
				}
				continue
			}
			n.holds(member)
			not := &node{op: "not", of: []*node{n}}
			if n.holds(member) == not.holds(member) {
				t.Errorf("%q holds and does not", text)
			}
		}
	})
}

func FuzzPatch(f *testing.F) {
	for _, p := range []string{"title", `emails[type eq "work"].value`, "name.formatted", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value", "members"} {
		f.Add(p, `"x"`, 0)
		f.Add(p, `{"value":"x","type":"home"}`, 1)
		f.Add(p, `[{"value":"x"}]`, 2)
	}
	f.Fuzz(func(t *testing.T, at, value string, op int) {
		body, err := decode([]byte(`{"v":` + value + `}`))
		if err != nil {
			return
		}
		for _, rt := range resourceTypes {
			d := document{"userName": "a", "displayName": "b", "emails": []any{document{"value": "x", "type": "work"}}, "members": []any{document{"value": "x"}}}
			c := change{op: []string{"add", "replace", "remove"}[(op%3+3)%3], path: at, value: body["v"], has: true}
			if err := c.apply(rt, d); err != nil {
				if f, ours := faultOf(err); ours || f.status != 400 {
					t.Errorf("%q %s: %v", at, value, err)
				}
			}
			d.version() // it can still be written
		}
	})
}
