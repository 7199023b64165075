package oidc

import (
	"errors"
	"net/http"
	"slices"

	"qiwei/internal/corp"
	"qiwei/internal/store"
)

// metadata is the description of an issuer for clients (OpenID Connect Discovery 1.0, RFC 8414).
type metadata struct {
	Issuer                string   `json:"issuer"`
	Authorization         string   `json:"authorization_endpoint"`
	Token                 string   `json:"token_endpoint"`
	UserInfo              string   `json:"userinfo_endpoint"`
	Keys                  string   `json:"jwks_uri"`
	EndSession            string   `json:"end_session_endpoint"`
	Introspection         string   `json:"introspection_endpoint"`
	Revocation            string   `json:"revocation_endpoint"`
	ResponseTypes         []string `json:"response_types_supported"`
	ResponseModes         []string `json:"response_modes_supported"`
	GrantTypes            []string `json:"grant_types_supported"`
	Scopes                []string `json:"scopes_supported"`
	Claims                []string `json:"claims_supported"`
	ClaimsParameter       bool     `json:"claims_parameter_supported"`
	RequestParameter      bool     `json:"request_parameter_supported"`
	RequestURIParameter   bool     `json:"request_uri_parameter_supported"`
	SubjectTypes          []string `json:"subject_types_supported"`
	IDTokenAlgorithms     []string `json:"id_token_signing_alg_values_supported"`
	TokenAuthentication   []string `json:"token_endpoint_auth_methods_supported"`
	InspectAuthentication []string `json:"introspection_endpoint_auth_methods_supported"`
	RevokeAuthentication  []string `json:"revocation_endpoint_auth_methods_supported"`
	ChallengeMethods      []string `json:"code_challenge_methods_supported"`
	ACRValues             []string `json:"acr_values_supported"`
	Prompts               []string `json:"prompt_values_supported"`
	Locales               []string `json:"ui_locales_supported"`
	IssuerInResponse      bool     `json:"authorization_response_iss_parameter_supported"`
	BackChannelLogout     bool     `json:"backchannel_logout_supported"`
	BackChannelSession    bool     `json:"backchannel_logout_session_supported"`
}

func (s *Service) metadata(corpID string) metadata {
	iss := s.Issuer(corpID)
	auth := []string{"client_secret_basic", "client_secret_post", "none"}
	return metadata{
		Issuer: iss, Authorization: iss + authorizePath, Token: iss + tokenPath, UserInfo: iss + userInfoPath, Keys: iss + keysPath,
		EndSession: iss + logoutPath, Introspection: iss + inspectPath, Revocation: iss + revokePath,
		ResponseTypes: []string{"code"}, ResponseModes: []string{"query", "form_post"}, GrantTypes: []string{"authorization_code", "refresh_token"},
		Scopes: Scopes(), Claims: slices.Concat(protocolClaims, standardClaims()), ClaimsParameter: true,
		SubjectTypes: []string{"public", "pairwise"}, IDTokenAlgorithms: Algorithms(),
		TokenAuthentication: auth, InspectAuthentication: auth[:2], RevokeAuthentication: auth, ChallengeMethods: []string{"S256"},
		ACRValues: []string{acrNone, acrPassword, acrDevice}, Prompts: []string{"none", "login", "consent", "select_account"},
		Locales: []string{"zh-CN", "en"}, IssuerInResponse: true, BackChannelLogout: true, BackChannelSession: true,
	}
}

func (s *Service) discovery(w http.ResponseWriter, r *http.Request) {
	corpID, ok := s.corpOf(w, r)
	if !ok {
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=3600")
	sendJSON(w, http.StatusOK, s.metadata(corpID))
}

// corpOf returns the corp of the requested issuer, or answers 404 if there is none. It looks up a corp only
// once: if the corp is deleted later, its clients and tokens are deleted with it.
func (s *Service) corpOf(w http.ResponseWriter, r *http.Request) (corpID string, ok bool) {
	corpID = r.PathValue("corpid")
	if _, ok := s.keyed.Load(corpID); ok && r.Method == http.MethodPost {
		return corpID, true
	}
	err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		_, err := s.deps.Corps.Corp(tx, corpID)
		return err
	})
	switch {
	case errors.Is(err, corp.ErrNotFound):
		http.NotFound(w, r)
		return "", false
	case err != nil:
		s.fail(w, r, err)
		return "", false
	}
	return corpID, true
}

// fail logs an error and answers that there was one.
func (s *Service) fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		return // nobody is there to read it
	}
	s.deps.Log.Error("openid connect failed", "path", r.URL.Path, "err", err)
	sendJSON(w, http.StatusInternalServerError, map[string]string{"error": "server_error", "error_description": "the reason is in the server's log"})
}
