package customer_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/qiweitest"
)

// provided returns an application of a provider, namely the second enterprise, with permissions.
func (h *house) provided(grants ...string) *qiweitest.Client {
	h.t.Helper()
	var v suite.Suite
	h.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		if _, err = h.Server.Suites.Provider(tx, h.Second.CorpID); err != nil {
			if _, err = h.Server.Suites.CreateProvider(ctx, tx, suite.Provider{CorpID: h.Second.CorpID, TrustedIPs: qiweitest.Local}); err != nil {
				return err
			}
		}
		v, err = h.Server.Suites.CreateSuite(ctx, tx, suite.Suite{Partner: h.Second.CorpID, Kind: access.ThirdParty, Settings: suite.Settings{Name: "客户", Permissions: grants}})
		return err
	})
	return h.WithApp(access.ThirdParty, app.Settings{Range: access.Everything(), Grants: grants, Suite: v.SuiteID, Partner: h.Second.CorpID})
}

// hold keeps everybody from writing until a second value comes.
func (h *house) hold(hold chan bool) error {
	return h.Server.Store.Write(context.Background(), func(tx *store.Tx) error {
		if _, err := tx.Exec(`UPDATE customer_follow SET standing = standing WHERE corpid = ?`, h.CorpID); err != nil {
			return err
		}
		hold <- true
		<-hold
		return nil
	})
}

// TestProvidersIDs: a provider knows a customer by an id of its own in answers, requests and refusals, and is
// shown less (doc 92265, 96516).
func TestProvidersIDs(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		lin := h.add(`{"userid":"zhangsan","name":"Lin","unionid":"oLin","gender":2,"avatar":"https://x.example/lin"}`)
		h.add(`{"userid":"lisi","external_userid":"` + lin.External + `","by":"member"}`)
		h.must("remark", fmt.Sprintf(`{"userid":"zhangsan","external_userid":%q,"remark":"林","remark_mobiles":["138"]}`, lin.External))
		one, two := h.provided("externalcontact:base:base"), h.provided("externalcontact:base:base")
		var users struct {
			Follow []string `json:"follow_user"`
		}
		as(one, "get_follow_user_list", "").Decode(&users)
		if len(users.Follow) != 3 || users.Follow[0] == "zhangsan" {
			t.Fatalf("%v", users)
		}
		list := as(one, "list", `{"userid":"`+users.Follow[0]+`"}`)
		var seen struct {
			External []string `json:"external_userid"`
		}
		list.Decode(&seen)
		if len(seen.External) != 1 || seen.External[0] == lin.External || !strings.HasPrefix(seen.External[0], "wm") {
			t.Fatalf("%s", list.Body)
		}
		theirs := seen.External[0]
		if got := as(two, "list", `{"userid":"`+users.Follow[0]+`"}`); got.Body != list.Body {
			t.Errorf("two applications of one provider: %s and %s", got.Body, list.Body)
		}
		got := as(one, "get", `{"external_userid":"`+theirs+`"}`)
		want := fmt.Sprintf(`"external_contact":{"external_userid":%q,"name":"Lin","type":1,"gender":0},"follow_user":[{"userid":%q,"remark":"林",`, theirs, users.Follow[0])
		if !strings.Contains(got.Body, want) || !strings.Contains(got.Body, fmt.Sprintf(`"oper_userid":%q`, theirs)) || !strings.Contains(got.Body, fmt.Sprintf(`"oper_userid":%q`, users.Follow[1])) {
			t.Errorf("%s\nwant %s", got.Body, want)
		}
		for _, secret := range []string{lin.External, "zhangsan", "lisi", "oLin", "138", "x.example"} {
			if strings.Contains(got.Body, secret) {
				t.Errorf("%s is told: %s", secret, got.Body)
			}
		}
		h.app = one
		h.refused("get", []refusal{{"by the corp's id", `{"external_userid":"` + lin.External + `"}`, 40096}})
		h.refused("remark", []refusal{
			{"by its own", `{"userid":"` + users.Follow[0] + `","external_userid":"` + theirs + `","remark":"x"}`, 0},
			{"the corp's member", `{"userid":"zhangsan","external_userid":"` + theirs + `","remark":"x"}`, 60111},
		})
		if got := h.call("remark", `{"userid":"`+users.Follow[2]+`","external_userid":"`+theirs+`","remark":"x"}`); got.ErrCode != 84061 || strings.Contains(got.Body, lin.External) || strings.Contains(got.Body, "wangwu") {
			t.Errorf("a refusal: %s", got.Body)
		}
	})
}
