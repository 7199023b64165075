package platform_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/corp"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// TestDeleteCorp removes an enterprise with everything in it, and nothing of its neighbour's.
func TestDeleteCorp(t *testing.T) {
	t.Parallel()
	schema, err := os.ReadFile("testdata/schema.postgres.sql")
	if err != nil {
		t.Fatal(err)
	}
	var tables []string
	for _, m := range regexp.MustCompile(`(?m)^(\w+)\.corpid `).FindAllStringSubmatch(string(schema), -1) {
		tables = append(tables, m[1])
	}
	if len(tables) < 10 {
		t.Fatalf("only %q have a corpid", tables)
	}
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		for _, c := range []*qiweitest.Corp{w.Corp, w.Second} {
			own, sync := c.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything()}), c.As(access.ContactSync)
			own.Call("GET", "/cgi-bin/get_jsapi_ticket", "")
			sync.Call("POST", "/cgi-bin/tag/create", `{"tagname":"签","tagid":1}`)
			sync.Call("POST", "/cgi-bin/tag/addtagusers", `{"tagid":1,"userlist":["lisi"],"partylist":[2]}`)
		}
		rows := func(corpID string) map[string]int64 {
			out := map[string]int64{}
			if err := w.Server.Store.Read(context.Background(), func(tx *store.Tx) error {
				for _, table := range tables {
					n, err := tx.Count(`SELECT count(*) FROM `+table+` WHERE corpid = ?`, corpID)
					if err != nil {
						return err
					}
					out[table] = n
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			return out
		}
		before := rows(w.Second.CorpID)
		if rows(w.CorpID)["event"] == 0 || rows(w.CorpID)["tag_member"] == 0 || rows(w.CorpID)["jsapi_ticket"] == 0 {
			t.Errorf("there is little to delete: %v", rows(w.CorpID))
		}
		token := w.As(access.SelfBuilt).Token()
		w.Write(func(ctx context.Context, tx *store.Tx) error { return w.Server.Corps.DeleteCorp(ctx, tx, w.CorpID) })
		for table, n := range rows(w.CorpID) {
			if n != 0 {
				t.Errorf("%d rows of %s are left", n, table)
			}
		}
		if after := rows(w.Second.CorpID); fmt.Sprint(after) != fmt.Sprint(before) {
			t.Errorf("the neighbour had %v and has %v", before, after)
		}
		if r := w.Get("/cgi-bin/getcallbackip?access_token=" + token); r.ErrCode != 40014 {
			t.Errorf("a token of its application: %s", r.Body)
		}
		if err := w.Server.Store.Write(context.Background(), func(tx *store.Tx) error {
			return w.Server.Corps.DeleteCorp(context.Background(), tx, w.CorpID)
		}); !errors.Is(err, corp.ErrNotFound) {
			t.Errorf("deleting it again: %v", err)
		}
	})
}
