package ldap_test

import (
	"bytes"
	"encoding/hex"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"

	client "github.com/go-ldap/ldap/v3"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/ldap"
	"qiwei/qiweitest"
)

func netip4() netip.Addr { return netip.AddrFrom4([4]byte{127, 0, 0, 1}) }

func disable(a *app.App) { a.Disabled = true }

// send sends bytes and returns everything that comes back until the server ends the connection.
func (d *door) send(raw []byte) []byte {
	d.t.Helper()
	c, err := net.Dial("tcp", d.addr)
	if err != nil {
		d.t.Fatal(err)
	}
	defer c.Close()
	go c.Write(raw)
	out, _ := io.ReadAll(c)
	return out
}

const disconnected = "1.3.6.1.4.1.1466.20036"

func unhex(t *testing.T, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Bytes that are not LDAP get the notice of disconnection, and are not kept in memory.
func TestJunkEndsTheConnection(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	d := open(t, w, ldap.Listening{PlainBinds: true})
	for name, raw := range map[string][]byte{
		"HTTP":                            []byte("GET / HTTP/1.1\r\n\r\n"),
		"a TLS hello":                     unhex(t, "16 03 01 02 00 01 00 01 fc"),
		"a gigabyte announced":            unhex(t, "30 84 40 00 00 00 02 01 01"),
		"indefinite length":               unhex(t, "30 80 02 01 01 42 00 00 00"),
		"a length of five bytes":          unhex(t, "30 85 00 00 00 00 05 02 01 01 42 00"),
		"a message id of nine bytes":      unhex(t, "30 0d 02 09 01 01 01 01 01 01 01 01 01 42 00"),
		"a negative message id":           unhex(t, "30 05 02 01 ff 42 00"),
		"an operation longer than it all": unhex(t, "30 06 02 01 01 60 7f 02"),
		"an operation that there is not":  unhex(t, "30 05 02 01 01 7e 00"),
		"a bind without a version":        unhex(t, "30 07 02 01 01 60 02 04 00"),
		"a tag of several bytes":          unhex(t, "30 06 02 01 01 7f 81 00"),
		"an empty message":                unhex(t, "30 00"),
		"more than a stranger needs":      append(unhex(t, "30 82 7f ff"), make([]byte, 0x7fff)...),
		"controls that are none":          unhex(t, "30 0a 02 01 01 42 00 a0 03 02 01 01"),
	} {
		if out := d.send(raw); !bytes.Contains(out, []byte(disconnected)) {
			t.Errorf("%s: %x", name, out)
		}
	}
}

func startTLS(t *testing.T) []byte {
	return append(unhex(t, "30 1d 02 01 01 77 18 80 16"), "1.3.6.1.4.1.1466.20037"...)
}

// An attacker could put a request behind StartTLS, to have it answered as if it had come through TLS.
func TestARequestBehindStartTLS(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	server, _ := certificates(t)
	d := open(t, w, ldap.Listening{TLS: server})
	if out := d.send(append(startTLS(t), startTLS(t)...)); !bytes.Contains(out, []byte(disconnected)) {
		t.Errorf("%x", out)
	}
}

func TestFiltersThatAreTooMuch(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	d := open(t, w, ldap.Listening{PlainBinds: true})
	conn := d.as(w.Corp, "reader", access.Everything())
	for name, filter := range map[string]string{
		"a hundred levels":     strings.Repeat("(!", 100) + "(uid=lisi)" + strings.Repeat(")", 100),
		"a thousand terms":     "(|" + strings.Repeat("(uid=lisi)", 1000) + ")",
		"a value of ten kB":    "(uid=" + strings.Repeat("x", 10_000) + ")",
		"pieces of ten kB":     "(uid=" + strings.Repeat("x*", 5000) + ")",
		"an attribute of 2 kB": "(" + strings.Repeat("x", 2000) + "=y)",
	} {
		_, err := conn.Search(request(suffix(w.Corp), "sub", filter))
		if !client.IsErrorWithCode(err, client.LDAPResultAdminLimitExceeded) && !client.IsErrorWithCode(err, client.LDAPResultProtocolError) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// The connection still works.
	if got, err := names(t, conn, suffix(w.Corp), "", "sub", "(uid=lisi)"); got == "" || err != nil {
		t.Errorf("afterwards: %q, %v", got, err)
	}
	wide := "(|" + strings.Repeat("(uid=lisi)", 250) + ")"
	if got, err := names(t, conn, suffix(w.Corp), "", "sub", wide); got != "uid=lisi,ou=people" || err != nil {
		t.Errorf("250 terms: %q, %v", got, err)
	}
}

func TestNothingCanBeWritten(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	d := open(t, w, ldap.Listening{PlainBinds: true})
	conn := d.as(w.Corp, "writer", access.Everything())
	dn := "uid=lisi,ou=people," + suffix(w.Corp)
	modify := client.NewModifyRequest(dn, nil)
	modify.Replace("cn", []string{"x"})
	add := client.NewAddRequest("uid=new,ou=people,"+suffix(w.Corp), nil)
	add.Attribute("cn", []string{"x"})
	for name, err := range map[string]error{
		"modify": conn.Modify(modify), "add": conn.Add(add), "delete": conn.Del(client.NewDelRequest(dn, nil)),
		"rename": conn.ModifyDN(client.NewModifyDNRequest(dn, "uid=x", true, "")),
	} {
		if !client.IsErrorWithCode(err, client.LDAPResultUnwillingToPerform) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := conn.PasswordModify(client.NewPasswordModifyRequest(dn, "", "x")); !client.IsErrorWithCode(err, client.LDAPResultProtocolError) {
		t.Errorf("password modify: %v", err)
	}
	critical := request(suffix(w.Corp), "sub", "(uid=lisi)")
	critical.Controls = []client.Control{client.NewControlString("1.2.3.4", true, "")}
	if _, err := conn.Search(critical); !client.IsErrorWithCode(err, client.LDAPResultUnavailableCriticalExtension) {
		t.Errorf("a critical control: %v", err)
	}
	critical.Controls = []client.Control{client.NewControlString("1.2.3.4", false, "")}
	if _, err := conn.Search(critical); err != nil {
		t.Errorf("a control that is not critical: %v", err)
	}
	if events := w.Events(); events != nil {
		t.Errorf("events %q", events)
	}
}
