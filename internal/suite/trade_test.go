package suite_test

import (
	"context"
	"fmt"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// TestTrade: a provider is told of the size and the trade that the enterprise has given, and of none before (doc 90603).
func TestTrade(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w, access.ThirdParty)
		token, in := h.token(), h.install()
		permanent := h.must("POST", "/cgi-bin/service/v2/get_permanent_code?suite_access_token="+token, `{"auth_code":"`+in.AuthCode+`"}`).Permanent
		told := func(path string) string {
			var a qiweitest.JSON
			h.Send("POST", "/cgi-bin/service/"+path+"?suite_access_token="+token, fmt.Sprintf(`{"auth_corpid":%q,"permanent_code":%q}`, in.OpenCorpID, permanent)).Decode(&a)
			if a.Code() != 0 {
				t.Fatalf("%s: %v", path, a)
			}
			return fmt.Sprint(a.Text("auth_corp_info.corp_scale"), "/", a.Text("auth_corp_info.corp_industry"), "/", a.Text("auth_corp_info.corp_sub_industry"))
		}
		for _, path := range []string{"get_auth_info", "v2/get_auth_info"} {
			if got := told(path); got != "//" {
				t.Errorf("%s before: %s", path, got)
			}
		}
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			c, err := w.Server.Corps.Corp(tx, w.CorpID)
			if err != nil {
				return err
			}
			c.Scale, c.Industry, c.SubIndustry = "51-100人", "教育", "培训"
			return w.Server.Corps.UpdateCorp(ctx, tx, c)
		})
		for _, path := range []string{"get_auth_info", "v2/get_auth_info"} {
			if got := told(path); got != "51-100人/教育/培训" {
				t.Errorf("%s: %s", path, got)
			}
		}
	})
}
