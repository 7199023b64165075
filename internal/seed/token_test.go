package seed_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"qiwei/internal/corp"
	"qiwei/internal/seed"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// A file's token and the life of drawn ones are those of its application, in dev alone.
func TestTokensOfTheFile(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		given := "given-beside." + w.CorpID // as other tests share the database
		e, err := seed.Parse("f.json", fmt.Appendf(nil, `{"format":"qiwei enterprise 1","corp":{"name":"x"},"members":[{"userid":"jia","name":"甲","mobile":"15400000001"}],
			"apps":[{"kind":"contact_sync"},{"kind":"self_built","agentid":1000002,"secret":"0123456789abcdef","range":{"departments":[1]},"access_token":%q,"token_life":90}]}`, given))
		if err != nil {
			t.Fatal(err)
		}
		load := func(o seed.Options) (c corp.Corp, err error) {
			o.TrustedIPs = qiweitest.Local
			return c, w.Server.Store.Write(context.Background(), func(tx *store.Tx) (err error) {
				c, err = seed.Load(context.Background(), tx, w.Server, e, o)
				return err
			})
		}
		if _, err := load(seed.Options{}); err == nil || !strings.Contains(err.Error(), "apps[1] (self_built): access_token: only an enterprise of qiwei dev") {
			t.Errorf("outside of dev: %v", err)
		}
		c, err := load(seed.Options{Dev: true})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := load(seed.Options{Dev: true}); err == nil || !strings.Contains(err.Error(), "access_token: another application of this server has this token") {
			t.Errorf("the same token for a second enterprise: %v", err)
		}
		if r := w.Get("/cgi-bin/user/get?userid=jia&access_token=" + given); r.ErrCode != 0 || !strings.Contains(r.Body, "甲") {
			t.Errorf("with the file's token: %s", r.Body)
		}
		if r := w.Get("/cgi-bin/user/get?userid=zhangsan&access_token=" + given); r.ErrCode != 60111 {
			t.Errorf("another enterprise's member: %s, want 60111", r.Body)
		}
		if r := w.Get("/cgi-bin/gettoken?corpsecret=0123456789abcdef&corpid=" + c.CorpID); !strings.Contains(r.Body, `"expires_in":90`) {
			t.Errorf("gettoken: %s, want 90 seconds", r.Body)
		}
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			out, err := seed.Export(ctx, tx, w.Server, c, true)
			if err != nil {
				return err
			}
			life := int64(0)
			for _, a := range out.Apps {
				life = max(life, a.TokenLife)
			}
			if life != 90 {
				t.Errorf("exported with a life of %d seconds, want 90", life)
			}
			return nil
		})
	})
}
