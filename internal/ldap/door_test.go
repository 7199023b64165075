package ldap_test

import (
	"cmp"
	"context"
	"net"
	"slices"
	"strings"
	"testing"

	client "github.com/go-ldap/ldap/v3"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/ldap"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// door is the LDAP address of a world.
type door struct {
	w    *qiweitest.World
	t    *testing.T
	addr string
}

func open(t *testing.T, w *qiweitest.World, how ldap.Listening) *door {
	t.Helper()
	return openOn(t, w, how, func(l net.Listener) net.Listener { return l })
}

func openOn(t *testing.T, w *qiweitest.World, how ldap.Listening, wrap func(net.Listener) net.Listener) *door {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.Server.LDAP.Serve(ctx, wrap(l), how) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return &door{w, t, l.Addr().String()}
}

func (d *door) dial() *client.Conn {
	d.t.Helper()
	c, err := client.DialURL("ldap://" + d.addr)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { c.Close() })
	return c
}

func suffix(c *qiweitest.Corp) string { return "o=" + c.CorpID }

// account creates a service account and returns its name and secret.
func (d *door) account(c *qiweitest.Corp, a ldap.Account) (dn, secret string) {
	d.t.Helper()
	a.CorpID = c.CorpID
	d.w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		secret, err = d.w.Server.LDAP.CreateAccount(ctx, tx, a)
		return err
	})
	return "cn=" + a.Name + ",ou=services," + suffix(c), secret
}

// as returns a connection bound as a new service account of the range.
func (d *door) as(c *qiweitest.Corp, name string, r access.Range) *client.Conn {
	d.t.Helper()
	dn, secret := d.account(c, ldap.Account{Name: name, Range: r})
	conn := d.dial()
	if err := conn.Bind(dn, secret); err != nil {
		d.t.Fatal(err)
	}
	return conn
}

const goodPassword = "seventeen grey herons"

func (d *door) password(c *qiweitest.Corp, user id.UserID, password string) {
	d.t.Helper()
	p, err := d.w.Server.Login.NewPassword(context.Background(), user, password)
	if err != nil {
		d.t.Fatal(err)
	}
	d.w.Write(func(ctx context.Context, tx *store.Tx) error {
		return d.w.Server.Login.SetPassword(ctx, tx, access.System(c.CorpID), user, p)
	})
}

var scopes = map[string]int{"base": client.ScopeBaseObject, "one": client.ScopeSingleLevel, "sub": client.ScopeWholeSubtree, "below": client.ScopeChildren}

func request(base, scope, filter string, attributes ...string) *client.SearchRequest {
	return client.NewSearchRequest(base, scopes[scope], client.NeverDerefAliases, 0, 0, false, filter, attributes, nil)
}

// names returns the names of the entries that a search finds, without the suffix, in order. O stands for the
// suffix itself.
func names(t *testing.T, conn *client.Conn, root, base, scope, filter string) (string, error) {
	t.Helper()
	if base != "" && !strings.HasSuffix(base, root) {
		base += ","
	}
	if !strings.HasSuffix(base, root) {
		base += root
	}
	got, err := conn.Search(request(base, scope, filter, "1.1"))
	if err != nil {
		return "", err
	}
	var list []string
	for _, e := range got.Entries {
		list = append(list, cmp.Or(strings.TrimSuffix(strings.TrimSuffix(e.DN, root), ","), "O"))
	}
	slices.Sort(list)
	return strings.Join(list, " "), nil
}
