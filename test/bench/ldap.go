package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	ldaplib "github.com/go-ldap/ldap/v3"

	"qiwei/internal/access"
	"qiwei/internal/ldap"
	"qiwei/internal/platform"
	"qiwei/internal/store"
)

// directoryDoor is the LDAP address of the server under measurement.
type directoryDoor struct {
	Addr   string `json:"addr"`
	Suffix string `json:"suffix"`
	DN     string `json:"dn"`
	Secret string `json:"secret"`
}

// openLDAP opens it in the child.
func openLDAP(ctx context.Context, server *platform.Server, corpID string) (d directoryDoor, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return d, err
	}
	d.Addr = l.Addr().String()
	err = server.Store.Write(ctx, func(tx *store.Tx) error {
		if d.Secret, err = server.LDAP.CreateAccount(ctx, tx, ldap.Account{CorpID: corpID, Name: "bench", Range: access.Everything()}); err != nil {
			return err
		}
		if d.DN, err = server.LDAP.AccountDN(tx, corpID, "bench"); err != nil {
			return err
		}
		d.Suffix, err = server.LDAP.SuffixOf(tx, corpID)
		return err
	})
	go server.LDAP.Serve(ctx, l, ldap.Listening{PlainBinds: true})
	return d, err
}

// search is a request whose bytes are known, except for a member's number.
type search struct {
	raw []byte
	at  int // where the six digits stand
}

const digits = "000000"

// newSearch encodes a search below the suffix; digits in the filter stand for a member's number.
func newSearch(suffix, filter string, attributes ...string) (search, error) {
	f, err := ldaplib.CompileFilter(filter)
	if err != nil {
		return search{}, err
	}
	message := ber.NewSequence("message")
	message.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, 1, "id"))
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, 3, nil, "search")
	op.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, suffix, "base"))
	op.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, 2, "scope"))
	op.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, 0, "aliases"))
	op.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, 0, "size"))
	op.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, 0, "time"))
	op.AppendChild(ber.NewBoolean(ber.ClassUniversal, ber.TypePrimitive, ber.TagBoolean, false, "types"))
	op.AppendChild(f)
	list := ber.NewSequence("attributes")
	for _, a := range attributes {
		list.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, a, "attribute"))
	}
	op.AppendChild(list)
	message.AppendChild(op)
	s := search{raw: message.Bytes()}
	s.at = bytes.Index(s.raw, []byte(digits))
	return s, nil
}

// ldapConn is a connection that has bound.
type ldapConn struct {
	net.Conn
	in *bufio.Reader
}

func (d directoryDoor) dial() (*ldapConn, error) {
	c, err := net.Dial("tcp", d.Addr)
	if err != nil {
		return nil, err
	}
	conn := &ldapConn{c, bufio.NewReader(c)}
	message := ber.NewSequence("message")
	message.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, 1, "id"))
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, 0, nil, "bind")
	op.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, 3, "version"))
	op.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, d.DN, "name"))
	op.AppendChild(ber.NewString(ber.ClassContext, ber.TypePrimitive, 0, d.Secret, "secret"))
	message.AppendChild(op)
	if _, err := c.Write(message.Bytes()); err != nil {
		return nil, err
	}
	if tag, _, err := conn.next(); err != nil || tag != 0x61 {
		return nil, fmt.Errorf("bind: %x, %w", tag, err)
	}
	return conn, nil
}

// next reads a message and returns its operation's tag and bytes.
func (c *ldapConn) next() (tag byte, body []byte, err error) {
	head, err := c.in.Peek(2)
	if err != nil {
		return 0, nil, err
	}
	length, size := int(head[1]), 2
	if n := length & 0x7f; length >= 0x80 {
		if head, err = c.in.Peek(2 + n); err != nil {
			return 0, nil, err
		}
		length, size = 0, 2+n
		for _, b := range head[2:] {
			length = length<<8 | int(b)
		}
	}
	c.in.Discard(size)
	body = make([]byte, length)
	if _, err := io.ReadFull(c.in, body); err != nil {
		return 0, nil, err
	}
	return body[2+body[1]], body, nil
}

// find sends the search for a member and returns how many entries there are.
func (c *ldapConn) find(s search, member int) (int, error) {
	raw := bytes.Clone(s.raw)
	if s.at >= 0 {
		copy(raw[s.at:], fmt.Sprintf("%06d", member))
	}
	if _, err := c.Write(raw); err != nil {
		return 0, err
	}
	for n := 0; ; {
		tag, body, err := c.next()
		if err != nil {
			return n, err
		}
		switch tag {
		case 0x64:
			n++
		case 0x65:
			if !bytes.Contains(body, []byte{0x0a, 1, 0}) {
				return n, fmt.Errorf("search: %x", body)
			}
			return n, nil
		default:
			return n, errors.New("something else than an entry")
		}
	}
}

// searches makes searches for a while and returns how many were answered a second.
func (d directoryDoor) searches(of time.Duration, s search, members int) (float64, error) {
	var n atomic.Int64
	var failed atomic.Value
	var wg sync.WaitGroup
	conns := make([]*ldapConn, connections)
	for i := range conns {
		c, err := d.dial()
		if err != nil {
			return 0, err
		}
		defer c.Close()
		conns[i] = c
	}
	start := time.Now()
	for _, c := range conns {
		wg.Go(func() {
			for time.Since(start) < of && failed.Load() == nil {
				i := int(n.Add(1))
				if got, err := c.find(s, 1+i*7919%members); err != nil || got != 1 {
					failed.Store(fmt.Errorf("%d entries, %w", got, err))
				}
			}
		})
	}
	wg.Wait()
	if err, ok := failed.Load().(error); ok {
		return 0, err
	}
	return float64(n.Load()) / time.Since(start).Seconds(), nil
}

// measureLDAP measures searches for one of many members.
func measureLDAP(t *table, srv *target, s size) error {
	for _, m := range []struct {
		what, filter string
		attributes   []string
		floor        float64
	}{
		{"LDAP search by uid", "(uid=user" + digits + ")", []string{"uid", "cn", "mail"}, 10_000},
		{"LDAP search by uid, for all attributes and memberOf", "(&(objectClass=inetOrgPerson)(uid=user" + digits + "))", nil, 0},
		{"LDAP search by mail or uid", "(|(uid=user" + digits + ")(mail=nobody@corp.example))", []string{"uid", "mail"}, 0},
		{"LDAP search by name", "(cn=成员" + digits + ")", []string{"uid"}, 0},
	} {
		q, err := newSearch(srv.LDAP.Suffix, m.filter, m.attributes...)
		if err != nil {
			return err
		}
		var rates []float64
		before := srv.cpuTime()
		n := 0.0
		for range 5 {
			r, err := srv.LDAP.searches(slice, q, s.members)
			if err != nil {
				return fmt.Errorf("%s: %w", m.what, err)
			}
			rates = append(rates, r)
			n += r * slice.Seconds()
		}
		want := ""
		if m.floor > 0 {
			want = fmt.Sprintf("%.0f/s", m.floor)
		}
		each := time.Duration(float64(srv.cpuTime()-before) / n)
		t.add(fmt.Sprintf("%s at %d members", m.what, s.members), middle(rates) >= m.floor, want, "%.0f/s, cpu %v", middle(rates), each.Round(100*time.Nanosecond))
	}
	return nil
}
