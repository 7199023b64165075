package console_test

import (
	"context"
	"strings"
	"testing"

	"qiwei/internal/access"
	admins "qiwei/internal/admin"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/qiweitest"
)

// Outside of dev, what a provider fills into a request tells it of its customers the ids alone that it knows them by.
func TestSamplesKeepCustomersIDs(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		published, _, _ := offer(t, w)
		appoint(t, w, w.Second.CorpID, "zhangsan", admins.Super)
		const secret = "correct horse battery"
		p, err := w.Server.Login.NewPassword(t.Context(), "zhangsan", secret)
		if err != nil {
			t.Fatal(err)
		}
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			if _, _, err := w.Server.Suites.InstallSuite(ctx, tx, suite.Install{SuiteID: published.SuiteID, CorpID: w.CorpID, By: "zhangsan"}); err != nil {
				return err
			}
			return w.Server.Login.SetPassword(ctx, tx, access.System(w.Second.CorpID), "zhangsan", p)
		})
		b := w.Browser()
		b.Press(b.Get("/account/sign-in?way=password&corp="+w.Second.CorpID), "userid", "zhangsan", "password", secret)
		provider := &admin{t, w, b.HTTP}
		provider.ok("POST", "/console/api/session/member", "{}", nil)
		var answer struct{ Sent, Body string }
		for _, kind := range []string{"customer", "template_customer"} {
			provider.ok("POST", "/console/api/explore", `{"method":"POST","path":"/cgi-bin/service/get_suite_token","fill":true,"body":"{\"a\":\"{suite_id}\",\"b\":\"{`+kind+`_corpid}\",\"c\":\"{customer_userid}\"}"}`, &answer)
			if want := `{"a":"` + published.SuiteID + `","b":"{` + kind + `_corpid}","c":"{customer_userid}"}`; answer.Sent != want || strings.Contains(answer.Body, w.CorpID) {
				t.Errorf("sent %s, want %s; answered %s", answer.Sent, want, answer.Body)
			}
		}
	}, qiweitest.WithServe())
}
