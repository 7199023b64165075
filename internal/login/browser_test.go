package login_test

import (
	"context"
	"regexp"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

const newCall = "/cgi-bin/auth/getuserinfo"

// member changes a member by an update of the API.
func member(t *testing.T, w *qiweitest.World, c *qiweitest.Corp, change string) {
	t.Helper()
	if got := c.As(access.ContactSync).Call("POST", "/cgi-bin/user/update", change); got.ErrCode != 0 {
		t.Fatalf("user/update %s: %s", change, got.Body)
	}
}

var keyShape = regexp.MustCompile(`\?key=([0-9a-f]{16})`)

// keyOn returns the key of the QR code on a page.
func keyOn(t *testing.T, page qiweitest.Page) string {
	t.Helper()
	m := keyShape.FindStringSubmatch(page.Body)
	if m == nil {
		t.Fatalf("status %d, no QR code on the page:\n%s", page.Status, page.Text())
	}
	return m[1]
}

func sweep(t *testing.T, w *qiweitest.World) {
	t.Helper()
	if err := w.Server.Login.Sweep(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, w *qiweitest.World, table string) (n int64) {
	t.Helper()
	if err := w.Server.Store.Read(context.Background(), func(tx *store.Tx) (err error) {
		n, err = tx.Count(`SELECT count(*) FROM ` + table)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

func activeDays(t *testing.T, w *qiweitest.World, user string) (n int64) {
	t.Helper()
	if err := w.Server.Store.Read(context.Background(), func(tx *store.Tx) (err error) {
		n, err = tx.Count(`SELECT count(*) FROM activity WHERE corpid = ? AND member = (SELECT no FROM member WHERE corpid = ? AND userkey = ?)`, w.CorpID, w.CorpID, user)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

func formToken(t *testing.T, page qiweitest.Page) string {
	t.Helper()
	_, fields := page.Form(t)
	return fields.Get("form")
}
