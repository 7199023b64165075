package ldap_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	client "github.com/go-ldap/ldap/v3"

	"qiwei/internal/access"
	"qiwei/internal/ldap"
	"qiwei/internal/login"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

func TestBind(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		d := open(t, w, ldap.Listening{PlainBinds: true})
		a, b := suffix(w.Corp), suffix(w.Second)
		d.password(w.Corp, "zhangsan", goodPassword)
		d.password(w.Corp, "lisi", goodPassword)
		d.password(w.Second, "zhangsan", "another grey heron")
		w.As(access.ContactSync).Call("POST", "/cgi-bin/user/update", `{"userid":"lisi","enable":0}`)
		account, secret := d.account(w.Corp, ldap.Account{Name: "reader", Range: access.Everything()})
		for _, tt := range []struct {
			name, dn, password string
			code               uint16
		}{
			{"a member", "uid=zhangsan,ou=people," + a, goodPassword, 0},
			{"in other letters", "UID=ZhangSan, OU=People, " + a, goodPassword, 0},
			{"with a wrong password", "uid=zhangsan,ou=people," + a, goodPassword + "!", client.LDAPResultInvalidCredentials},
			{"with his namesake's password", "uid=zhangsan,ou=people," + b, goodPassword, client.LDAPResultInvalidCredentials},
			{"his namesake", "uid=zhangsan,ou=people," + b, "another grey heron", 0},
			{"somebody without a password", "uid=wangwu,ou=people," + a, goodPassword, client.LDAPResultInvalidCredentials},
			{"nobody", "uid=nobody,ou=people," + a, goodPassword, client.LDAPResultInvalidCredentials},
			{"a disabled member", "uid=lisi,ou=people," + a, goodPassword, client.LDAPResultInvalidCredentials},
			{"no enterprise", "uid=zhangsan,ou=people,o=wwnone", goodPassword, client.LDAPResultInvalidCredentials},
			{"a container", "ou=people," + a, goodPassword, client.LDAPResultInvalidCredentials},
			{"a group", "cn=研发部,ou=groups," + a, goodPassword, client.LDAPResultInvalidCredentials},
			{"no DN", "zhangsan", goodPassword, client.LDAPResultInvalidDNSyntax},
			{"a service account", account, secret, 0},
			{"with a wrong secret", account, secret + "x", client.LDAPResultInvalidCredentials},
			{"of another enterprise", strings.Replace(account, a, b, 1), secret, client.LDAPResultInvalidCredentials},
		} {
			conn := d.dial()
			err := conn.Bind(tt.dn, tt.password)
			if (tt.code == 0) != (err == nil) || (err != nil && !client.IsErrorWithCode(err, tt.code)) {
				t.Errorf("%s: %v; want code %d", tt.name, err, tt.code)
			}
			if err != nil { // a client that is not let in reads nothing
				if _, err := conn.Search(request(a, "sub", "(uid=zhangsan)")); !client.IsErrorWithCode(err, client.LDAPResultInsufficientAccessRights) {
					t.Errorf("%s: the search after it: %v", tt.name, err)
				}
			}
		}
	})
}

// Only names with passwords are taken.
func TestOtherWaysToBind(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		conn := open(t, w, ldap.Listening{PlainBinds: true}).dial()
		if err := conn.ExternalBind(); !client.IsErrorWithCode(err, client.LDAPResultAuthMethodNotSupported) {
			t.Errorf("by what the connection says: %v", err)
		}
	})
}

// RFC 4513 lets a name without a password succeed as anonymous, and many
// products take that for a sign-in.
func TestANameWithoutAPasswordIsNoSignIn(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	d := open(t, w, ldap.Listening{PlainBinds: true})
	d.password(w.Corp, "zhangsan", goodPassword)
	if err := d.dial().UnauthenticatedBind("uid=zhangsan,ou=people," + suffix(w.Corp)); !client.IsErrorWithCode(err, client.LDAPResultUnwillingToPerform) {
		t.Errorf("%v", err)
	}
}

func TestAnonymousReadsTheRootAlone(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	d := open(t, w, ldap.Listening{PlainBinds: true})
	conn := d.dial()
	if err := conn.UnauthenticatedBind(""); err != nil {
		t.Fatal(err)
	}
	got, err := conn.Search(request("", "base", "(objectClass=*)", "+", "*"))
	if err != nil || len(got.Entries) != 1 || got.Entries[0].GetAttributeValue("supportedLDAPVersion") != "3" || got.Entries[0].GetAttributeValue("namingContexts") != "" {
		t.Errorf("root DSE, of two enterprises: %v, %v", got, err)
	}
	got, err = conn.Search(request("cn=Subschema", "base", "(objectClass=subschema)", "attributeTypes"))
	if err != nil || len(got.Entries) != 1 || len(got.Entries[0].GetAttributeValues("attributeTypes")) < 20 {
		t.Errorf("schema: %v, %v", got, err)
	}
	for _, base := range []string{suffix(w.Corp), "ou=people," + suffix(w.Corp), "", "o=wwnone"} {
		if _, err := conn.Search(request(base, "sub", "(objectClass=*)")); !client.IsErrorWithCode(err, client.LDAPResultInsufficientAccessRights) {
			t.Errorf("%q: %v", base, err)
		}
	}
}

func TestAMemberReadsTheirOwnEntryAndGroups(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		d := open(t, w, ldap.Listening{PlainBinds: true})
		root := suffix(w.Corp)
		d.password(w.Corp, "lisi", goodPassword)
		conn := d.dial()
		if err := conn.Bind("uid=lisi,ou=people,"+root, goodPassword); err != nil {
			t.Fatal(err)
		}
		const groups = "cn=/,ou=groups cn=研发部,ou=groups cn=研发部/后端组,ou=groups"
		for filter, want := range map[string]string{
			"(objectClass=person)":                                 "uid=lisi,ou=people",
			"(objectClass=groupOfNames)":                           groups,
			"(member=uid=lisi,ou=people," + root + ")":             groups,
			"(member=uid=zhangsan,ou=people," + root + ")":         "",
			"(memberOf=cn=研发部,ou=groups," + root + ")":             "uid=lisi,ou=people",
			"(&(objectClass=groupOfNames)(cn=市场部))":                "",
			"(|(uid=zhangsan)(mail=zhangsan@corp.example)(cn=张三))": "",
		} {
			if got, err := names(t, conn, root, "", "sub", filter); got != want || err != nil {
				t.Errorf("%s: %q, %v; want %q", filter, got, err, want)
			}
		}
		w.As(access.ContactSync).Call("POST", "/cgi-bin/user/update", `{"userid":"lisi","enable":0}`)
		if _, err := names(t, conn, root, "", "sub", "(uid=lisi)"); !client.IsErrorWithCode(err, client.LDAPResultInsufficientAccessRights) {
			t.Errorf("disabled meanwhile: %v", err)
		}
		w.As(access.ContactSync).Call("GET", "/cgi-bin/user/delete?userid=lisi", "")
		if _, err := names(t, conn, root, "", "sub", "(uid=lisi)"); !client.IsErrorWithCode(err, client.LDAPResultInsufficientAccessRights) {
			t.Errorf("departed meanwhile: %v", err)
		}
		if err := d.dial().Bind("uid=lisi,ou=people,"+root, goodPassword); !client.IsErrorWithCode(err, client.LDAPResultInvalidCredentials) {
			t.Errorf("bind of a departed member: %v", err)
		}
	})
}

// The guesses count together with those of the sign-in page. TestBindsEnd: an open connection reads nothing
// more once the credential that it bound with has ended.
func TestBindsEnd(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		d := open(t, w, ldap.Listening{PlainBinds: true})
		d.password(w.Corp, "zhangsan", goodPassword)
		member := d.dial()
		if err := member.Bind("uid=zhangsan,ou=people,"+suffix(w.Corp), goodPassword); err != nil {
			t.Fatal(err)
		}
		var secret string
		w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
			secret, err = w.Server.LDAP.CreateAccount(ctx, tx, ldap.Account{CorpID: w.CorpID, Name: "wiki"})
			return err
		})
		product := d.dial()
		if err := product.Bind("cn=wiki,ou=services,"+suffix(w.Corp), secret); err != nil {
			t.Fatal(err)
		}
		reads := func(c *client.Conn) bool {
			_, err := c.Search(client.NewSearchRequest("ou=people,"+suffix(w.Corp), client.ScopeWholeSubtree, client.NeverDerefAliases, 0, 0, false, "(uid=zhangsan)", nil, nil))
			return err == nil
		}
		if !reads(member) || !reads(product) {
			t.Fatal("they read nothing to begin with")
		}
		d.password(w.Corp, "zhangsan", "another long phrase")
		if reads(member) {
			t.Error("bound with the old password, and reads")
		}
		if !reads(product) {
			t.Error("a member's password has ended an account's bind")
		}
		w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
			_, err = w.Server.LDAP.RotateAccount(ctx, tx, w.CorpID, "wiki")
			return err
		})
		if reads(product) {
			t.Error("bound with the old secret, and reads")
		}
	})
}

func TestGuessesLockTheName(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		d := open(t, w, ldap.Listening{PlainBinds: true})
		d.password(w.Corp, "zhangsan", goodPassword)
		dn := "uid=zhangsan,ou=people," + suffix(w.Corp)
		for range 5 {
			if err := d.dial().Bind(dn, "a wrong one"); !client.IsErrorWithCode(err, client.LDAPResultInvalidCredentials) {
				t.Fatal(err)
			}
		}
		err := d.dial().Bind(dn, goodPassword)
		if !client.IsErrorWithCode(err, client.LDAPResultInvalidCredentials) || !strings.Contains(err.Error(), "locked") {
			t.Errorf("after five wrong ones: %v", err)
		}
		_, err = w.Server.Login.CheckPassword(context.Background(), w.CorpID, "zhangsan", goodPassword, login.Stranger{Address: netip4()})
		var locked *login.Locked
		if !errors.As(err, &locked) {
			t.Errorf("at the page: %v", err)
		}
		w.Advance(2 * time.Minute)
		if err := d.dial().Bind(dn, goodPassword); err != nil {
			t.Errorf("when the time is over: %v", err)
		}
	})
}

func TestASecondVerificationCannotBePassedBy(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	d := open(t, w, ldap.Listening{PlainBinds: true})
	d.password(w.Corp, "zhangsan", goodPassword)
	w.Write(func(ctx context.Context, tx *store.Tx) error {
		c, err := w.Server.Corps.Corp(tx, w.CorpID)
		if err != nil {
			return err
		}
		c.TwoFactor.URL, c.TwoFactor.Departments = "https://verify.example/", []int64{2}
		return w.Server.Corps.UpdateCorp(ctx, tx, c)
	})
	if err := d.dial().Bind("uid=zhangsan,ou=people,"+suffix(w.Corp), goodPassword); !client.IsErrorWithCode(err, client.LDAPResultInvalidCredentials) {
		t.Errorf("%v", err)
	}
}

func TestARemovedAccountReadsNothing(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		d := open(t, w, ldap.Listening{PlainBinds: true})
		root := suffix(w.Corp)
		dn, secret := d.account(w.Corp, ldap.Account{Name: "reader", Range: access.Everything()})
		conn := d.dial()
		if err := conn.Bind(dn, secret); err != nil {
			t.Fatal(err)
		}
		var fresh string
		w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
			fresh, err = w.Server.LDAP.RotateAccount(ctx, tx, w.CorpID, "reader")
			return err
		})
		if err := d.dial().Bind(dn, secret); !client.IsErrorWithCode(err, client.LDAPResultInvalidCredentials) {
			t.Errorf("the old secret: %v", err)
		}
		if err := d.dial().Bind(dn, fresh); err != nil {
			t.Errorf("the new secret: %v", err)
		}
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			return w.Server.LDAP.RemoveAccount(ctx, tx, w.CorpID, "reader")
		})
		if _, err := names(t, conn, root, "", "sub", "(uid=lisi)"); !client.IsErrorWithCode(err, client.LDAPResultInsufficientAccessRights) {
			t.Errorf("removed meanwhile: %v", err)
		}
	})
}
