package page

import (
	"strings"
	"testing"
)

func TestMendingCommandHoldsNothingForTheShell(t *testing.T) {
	for _, tt := range []struct{ uri, want string }{
		{"https://app.example.com:8443/cb", "--login-domain app.example.com:8443"},
		{"https://a$(id).example/", "--login-domain HOST"},
		{"https://a;id/", "--login-domain HOST"},
		{"::", "--login-domain HOST"},
	} {
		got := Mismatch{RedirectURI: tt.uri, CorpID: "ww01", AgentID: 7}.command("--login-domain")
		if !strings.HasSuffix(got, tt.want) || !strings.Contains(got, "--corpid ww01 --agentid 7 ") {
			t.Errorf("%s: %q, want it to end in %q", tt.uri, got, tt.want)
		}
	}
}
