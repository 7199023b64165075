package devserver

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
)

// EnvOIDC holds, as JSON, a client of OpenID Connect that the server knows.
const EnvOIDC = "QIWEI_OIDC"

// OIDCClient is a client as `qiwei oidc client add --json` prints it.
type OIDCClient struct {
	Issuer       string   `json:"issuer"`
	ClientID     string   `json:"client_id"`
	ClientSecret string   `json:"client_secret"`
	RedirectURIs []string `json:"redirect_uris"`
	LogoutURIs   []string `json:"post_logout_redirect_uris"`
}

// RegisterOIDC registers a client with the first self-built application, with more flags of the
// command than those that every client here has.
func (s *Server) RegisterOIDC(flags ...string) (c OIDCClient, err error) {
	program, err := s.Program()
	if err != nil {
		return c, err
	}
	args := append([]string{"oidc", "client", "add", "--json", "--data", s.DataDir(), "--corpid", s.Corp.CorpID,
		"--agentid", strconv.Itoa(s.App("self_built").AgentID)}, flags...)
	out, err := exec.Command(program, args...).Output()
	if exit, ok := err.(*exec.ExitError); ok {
		return c, fmt.Errorf("qiwei %s: %w\n%s", strings.Join(args, " "), err, exit.Stderr)
	}
	if err != nil {
		return c, err
	}
	return c, json.Unmarshal(out, &c)
}
