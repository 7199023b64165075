package suite_test

import (
	"context"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// corpToken installs the suite and returns the token of the installation.
func (h *house) corpToken() (in installed, token string) {
	h.t.Helper()
	suiteToken := h.token()
	in = h.install()
	got := h.must("POST", "/cgi-bin/service/get_permanent_code?suite_access_token="+suiteToken, `{"auth_code":"`+in.AuthCode+`"}`)
	if h.suite.Kind == access.Custom {
		return in, h.must("GET", "/cgi-bin/gettoken?corpid="+in.OpenCorpID+"&corpsecret="+got.Permanent, "").Access
	}
	return in, got.Access
}

func (h *house) providerToken() string {
	h.t.Helper()
	return h.must("POST", "/cgi-bin/service/get_provider_token", `{"corpid":"`+h.provider.CorpID+`","provider_secret":"`+h.provider.Secret+`"}`).Provider
}

// TestIDsThatNobodyHas: a provider is shown no id of the corp's own, whatever the range
// of its application names, and a corp's own id is read in any case.
func TestIDsThatNobodyHas(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w, access.ThirdParty)
		in, token := h.corpToken()
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			a, err := w.Server.Apps.App(tx, w.CorpID, in.AgentID)
			if err != nil {
				return err
			}
			a.Range.Members = append(a.Range.Members, "nobody")
			return w.Server.Apps.UpdateApp(ctx, tx, a)
		})
		if got := h.Get("/cgi-bin/agent/get?access_token=" + token + "&agentid=" + itoa(in.AgentID)).Body; strings.Contains(got, "nobody") || !strings.Contains(got, `"user":[{"userid":"wo`) {
			t.Errorf("agent/get: %s", got)
		}
		provider := h.providerToken()
		for corpID, want := range map[string]int{h.CorpID: 0, strings.ToUpper(h.CorpID): 0, strings.ToUpper(h.Second.CorpID): 48001} {
			got := h.call("POST", "/cgi-bin/service/corpid_to_opencorpid?provider_access_token="+provider, `{"corpid":"`+corpID+`"}`)
			if got.Code != want || want == 0 && got.OpenCorp != in.OpenCorpID {
				t.Errorf("%s: %+v, want %d", corpID, got, want)
			}
		}
		for body, want := range map[string]int{`["contact:base:base","corp_arch:base:base"]`: 200, `["contact:base:everything"]`: 400} {
			if got := h.refused("change", `{"suite_id":"`+h.suite.SuiteID+`","corpid":"`+h.CorpID+`","permissions":`+body+`}`); got != want {
				t.Errorf("change to %s: %d, want %d", body, got, want)
			}
		}
		h.Delivered()
		told := ""
		for _, p := range h.commands.Take() {
			told += p.Field("InfoType") + " "
		}
		if !strings.HasSuffix(told, "change_auth corp_arch_auth ") {
			t.Errorf("told %s", told)
		}
	})
}
