package ldap_test

import (
	"context"
	"net"
	"regexp"
	"slices"
	"strings"
	"testing"

	client "github.com/go-ldap/ldap/v3"

	"qiwei/internal/access"
	"qiwei/internal/ldap"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// Clients such as ldap3 refuse to search for an attribute that the schema does not define, so it must define
// every attribute that entries have.
func TestTheSchemaDefinesWhatEntriesHave(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	w.As(access.ContactSync).Call("POST", "/cgi-bin/tag/create", `{"tagname":"值班","tagid":7}`)
	w.As(access.ContactSync).Call("POST", "/cgi-bin/tag/addtagusers", `{"tagid":7,"userlist":["wangwu"],"partylist":[3]}`)
	w.As(access.ContactSync).Call("POST", "/cgi-bin/user/update", `{"userid":"zhangsan","alias":"zs","direct_leader":["lisi"],"telephone":"020-1","address":"A"}`)
	w.Write(func(ctx context.Context, tx *store.Tx) error {
		if err := w.Server.LDAP.SetSettings(ctx, tx, w.CorpID, ldap.Settings{Attributes: map[string]string{"sAMAccountName": "userid", "seat": "position"}}); err != nil {
			return err
		}
		return w.Server.LDAP.SetSettings(ctx, tx, w.Second.CorpID, ldap.Settings{Attributes: map[string]string{"onlyInB": "userid"}})
	})
	d := open(t, w, ldap.Listening{PlainBinds: true})
	conn := d.as(w.Corp, "reader", access.Everything())
	all := func(base, scope string) []*client.Entry {
		t.Helper()
		got, err := conn.Search(request(base, scope, "(objectClass=*)", "*", "+"))
		if err != nil {
			t.Fatal(err)
		}
		return got.Entries
	}
	schema := all("cn=Subschema", "base")[0]
	quoted := regexp.MustCompile(`'([^']+)'`)
	names := func(attribute string) map[string]bool {
		out := map[string]bool{}
		for _, line := range schema.GetAttributeValues(attribute) {
			words := strings.Fields(line)
			for _, name := range append(quoted.FindAllString(line, -1), words[1]) {
				key := strings.ToLower(strings.Trim(name, "'"))
				if out[key] && !strings.Contains(line, " DESC ") {
					t.Errorf("%s defines %s twice", attribute, key)
				}
				out[key] = true
			}
		}
		return out
	}
	attributes, classes, syntaxes, rules := names("attributeTypes"), names("objectClasses"), names("ldapSyntaxes"), names("matchingRules")
	entries := slices.Concat(all("", "base"), []*client.Entry{schema}, all(suffix(w.Corp), "sub"))
	for _, e := range entries {
		for _, a := range e.Attributes {
			if !attributes[strings.ToLower(a.Name)] {
				t.Errorf("%q has %s, which the schema does not define", e.DN, a.Name)
			}
		}
		for _, class := range e.GetAttributeValues("objectClass") {
			if !classes[strings.ToLower(class)] {
				t.Errorf("%q is of the class %s, which the schema does not define", e.DN, class)
			}
		}
	}
	lists := regexp.MustCompile(`(?:MUST|MAY) (?:\(([^)]*)\)|(\w+))`)
	for _, line := range schema.GetAttributeValues("objectClasses") {
		for _, m := range lists.FindAllStringSubmatch(line, -1) {
			for name := range strings.FieldsFuncSeq(m[1]+m[2], func(r rune) bool { return r == ' ' || r == '$' }) {
				if !attributes[strings.ToLower(name)] {
					t.Errorf("%s names %s, which the schema does not define", line, name)
				}
			}
		}
	}
	refers := regexp.MustCompile(`(SYNTAX|EQUALITY|SUBSTR|ORDERING) (\S+)`)
	for _, line := range slices.Concat(schema.GetAttributeValues("attributeTypes"), schema.GetAttributeValues("matchingRules")) {
		for _, m := range refers.FindAllStringSubmatch(line, -1) {
			if known := map[bool]map[string]bool{true: syntaxes, false: rules}[m[1] == "SYNTAX"]; !known[strings.ToLower(m[2])] {
				t.Errorf("%s: the schema has no %s", line, m[2])
			}
		}
	}
	if attributes["onlyinb"] {
		t.Error("an attribute of the other enterprise is in the schema")
	}
}

// Two enterprises have equal accounts and settings. Changing one's leaves the other's as they were.
func TestTheOtherEnterpriseKeepsItsOwn(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		d := open(t, w, ldap.Listening{PlainBinds: true})
		a, b := w.Corps()
		d.account(a, ldap.Account{Name: "reader", Range: access.Everything()})
		dn, secret := d.account(b, ldap.Account{Name: "reader", Range: access.Everything()})
		conn := d.dial()
		binds := func(when string) {
			t.Helper()
			if err := conn.Bind(dn, secret); err != nil {
				t.Errorf("%s, the other enterprise's account: %v", when, err)
			}
		}
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			_, err := w.Server.LDAP.RotateAccount(ctx, tx, a.CorpID, "reader")
			return err
		})
		binds("after a new secret")
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			return w.Server.LDAP.SetSettings(ctx, tx, a.CorpID, ldap.Settings{Attributes: map[string]string{"seat": "position", "street": ""}})
		})
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			for _, tt := range []struct {
				corpID string
				want   int
			}{{a.CorpID, 2}, {b.CorpID, 0}} {
				set, err := w.Server.LDAP.Settings(tx, tt.corpID)
				if err != nil || len(set.Attributes) != tt.want {
					t.Errorf("settings: %v, %v; want %d attributes", set, err, tt.want)
				}
			}
			return nil
		})
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			return w.Server.LDAP.RemoveAccount(ctx, tx, a.CorpID, "reader")
		})
		binds("after a removal")
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			for _, tt := range []struct {
				corpID string
				want   int
			}{{a.CorpID, 0}, {b.CorpID, 1}} {
				if list, err := w.Server.LDAP.Accounts(tx, tt.corpID); err != nil || len(list) != tt.want {
					t.Errorf("%d accounts, %v; want %d", len(list), err, tt.want)
				}
			}
			return nil
		})
	})
}

// The root DSE names the enterprise of the bound client and no other.
func TestTheRootNamesTheOwnEnterprise(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	d := open(t, w, ldap.Listening{PlainBinds: true})
	contexts := func(conn *client.Conn) string {
		t.Helper()
		got, err := conn.Search(request("", "base", "(objectClass=*)", "namingContexts"))
		if err != nil || len(got.Entries) != 1 {
			t.Fatalf("%v, %v", got, err)
		}
		return strings.Join(got.Entries[0].GetAttributeValues("namingContexts"), " ")
	}
	a, b := w.Corps()
	for _, c := range []*qiweitest.Corp{a, b} {
		if got := contexts(d.as(c, "reader", access.Everything())); got != suffix(c) {
			t.Errorf("of %s: %q", c.CorpID, got)
		}
	}
	if got := contexts(d.dial()); got != "" {
		t.Errorf("before a bind, of two enterprises: %q", got)
	}
}

// breaking is a listener whose first connection panics when read.
type breaking struct {
	net.Listener
	broken bool
}

type brokenConn struct{ net.Conn }

func (brokenConn) Read([]byte) (int, error) { panic("a fault of ours") }

func (l *breaking) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil && !l.broken {
		l.broken = true
		return brokenConn{c}, nil
	}
	return c, err
}

func TestAPanicEndsOneConnection(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	d := openOn(t, w, ldap.Listening{PlainBinds: true}, func(l net.Listener) net.Listener { return &breaking{Listener: l} })
	c, err := net.Dial("tcp", d.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("the broken connection is open")
	}
	d.as(w.Corp, "reader", access.Everything())
}
