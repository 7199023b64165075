package ldap

import (
	"strings"
	"testing"

	client "github.com/go-ldap/ldap/v3"
)

// text writes a filter as RFC 4515 does.
func (f filter) text() string {
	esc := client.EscapeFilter
	switch f.kind {
	case filterAnd, filterOr, filterNot:
		out := "(" + map[byte]string{filterAnd: "&", filterOr: "|", filterNot: "!"}[f.kind]
		for _, g := range f.of {
			out += g.text()
		}
		return out + ")"
	case filterEqual, filterAtLeast, filterAtMost, filterApprox:
		return "(" + f.attr + map[byte]string{filterEqual: "=", filterAtLeast: ">=", filterAtMost: "<=", filterApprox: "~="}[f.kind] + esc(f.value) + ")"
	case filterPresent:
		return "(" + f.attr + "=*)"
	case filterPieces:
		pieces := make([]string, len(f.pieces))
		for i, p := range f.pieces {
			pieces[i] = esc(p)
		}
		return "(" + f.attr + "=" + strings.Join(pieces, "*") + ")"
	}
	out := "(" + f.attr
	if f.rule != "" {
		out += ":" + f.rule
	}
	return out + ":=" + esc(f.value) + ")"
}

// Filters that another library encodes are read correctly.
func TestFiltersOfAnotherLibrary(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"(uid=lisi)", "(&(objectclass=person)(|(uid=a)(mail=b@c.example))(!(cn=x)))", "(cn=*)", "(cn=a*)", "(cn=*a)", "(cn=*a*)", "(cn=a*b*c*d)",
		"(modifytimestamp>=20310101000000Z)", "(x<=1)", "(x~=y)", "(&)", "(|)", "(cn:2.5.13.2:=x)", "(cn=a\\2ab)",
	} {
		packet, err := client.CompileFilter(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		in := elements(packet.Bytes())
		f, err := parseFilter(&in)
		if err != nil || !in.empty() || f.text() != text {
			t.Errorf("%s: %s, %v", text, f.text(), err)
		}
	}
}

func FuzzMessage(f *testing.F) {
	for _, text := range []string{"(uid=lisi)", "(&(a=b)(!(c=*)))", "(a=b*c*d)", "(a:1.2:=b)"} {
		packet, err := client.CompileFilter(text)
		if err != nil {
			f.Fatal(err)
		}
		w := &writer{}
		w.number(tagInteger, 1)
		w.within(opSearch, func() {
			w.text(tagOctets, "o=x")
			w.number(tagEnumerated, 2)
			w.number(tagEnumerated, 0)
			w.number(tagInteger, 0)
			w.number(tagInteger, 0)
			w.out = append(w.out, tagBoolean, 1, 0)
			w.out = append(w.out, packet.Bytes()...)
			w.within(tagSequence, func() { w.text(tagOctets, "cn") })
		})
		f.Add(w.out)
	}
	w := &writer{}
	w.number(tagInteger, 70000)
	w.within(opBind, func() {
		w.number(tagInteger, 3)
		w.text(tagOctets, "uid=x")
		w.text(0x80, "secret")
	})
	f.Add(w.out)
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := parseMessage(raw)
		if err != nil {
			return
		}
		if _, _, err := pageOf(m.controls); err != nil {
			return
		}
		_, _ = parseBind(m.body)
		r, err := parseSearch(m.body)
		if err != nil {
			return
		}
		if d, n := r.filter.measure(); d > maxFilterDepth || n > maxFilterTerms {
			t.Errorf("a filter of %d levels and %d terms passes", d, n)
		}
		if _, err := holds(r.filter, schema{}); err != nil {
			t.Error(err)
		}
	})
}

func (f filter) measure() (depth, terms int) {
	terms = 1
	for _, g := range f.of {
		d, n := g.measure()
		depth, terms = max(depth, d), terms+n
	}
	return depth + 1, terms
}

func FuzzDN(f *testing.F) {
	for _, dn := range []string{"uid=x,ou=people,o=ww1", "cn=a\\2cb,ou=groups,o=x", "ou=a+b=c,o=x", "", "cn=\\", "x=#04020102"} {
		f.Add(dn)
	}
	f.Fuzz(func(t *testing.T, text string) {
		steps, err := parseDN(text)
		if err != nil {
			return
		}
		find(steps)
		dnKey(steps)
	})
}

func FuzzPath(f *testing.F) {
	f.Add("研发部", "后端组")
	f.Add("a/b", "/")
	f.Add("/", "x")
	f.Fuzz(func(t *testing.T, a, b string) {
		if a == "" || b == "" || strings.Contains(a+b, `\`) {
			return // no department has such a name
		}
		path := strings.ReplaceAll(a, "/", `\/`) + "/" + strings.ReplaceAll(b, "/", `\/`)
		if got := splitPath(path); len(got) != 2 || got[0] != a || got[1] != b {
			t.Errorf("%q: %q", path, got)
		}
	})
}

// A written value reads back, however long.
func TestLengths(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 127, 128, 255, 256, 65535, 65536, 70000} {
		w := &writer{}
		w.within(tagSequence, func() { w.text(tagOctets, strings.Repeat("x", n)) })
		in := elements(w.out)
		body, err := in.row(tagSequence)
		if err != nil {
			t.Fatal(n, err)
		}
		if text, err := body.text(tagOctets); err != nil || len(text) != n || !body.empty() || !in.empty() {
			t.Errorf("%d: %d, %v", n, len(text), err)
		}
	}
	for _, n := range []int{0, 1, 127, 128, 255, 256, 32767, 32768, 1<<31 - 1} {
		w := &writer{}
		w.number(tagInteger, n)
		in := elements(w.out)
		if got, err := in.number(tagInteger); got != n || err != nil {
			t.Errorf("%d: %d, %v", n, got, err)
		}
	}
	for body, fine := range map[string]bool{"": false, "\x7f\xff\xff\xff": true, "\x00\x7f\xff\xff\xff": true, "\x00\x80\x00\x00\x00": false, "\x01\x00\x00\x00\x00": false, "\x00\x00\x00\x00\x00\x01": false, "\x80": false, "\xff": false, "\x00\x80": true} {
		w := &writer{}
		w.text(tagInteger, body)
		in := elements(w.out)
		if n, err := in.number(tagInteger); (err == nil) != fine {
			t.Errorf("%x is %d, %v", body, n, err)
		}
	}
}
