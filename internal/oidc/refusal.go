package oidc

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// refusal is an error of the protocol: what the client did wrong. The codes are those of OAuth 2.0 (RFC 6749,
// 4.1.2.1 and 5.2), OpenID Connect (Core, 3.1.2.6) and their extensions.
type refusal struct {
	code   string
	why    string
	status int // at an endpoint that the client calls itself
}

func (r *refusal) Error() string { return r.code + ": " + r.why }

// because returns a copy with a more specific reason.
func (r *refusal) because(format string, args ...any) *refusal {
	return &refusal{r.code, fmt.Sprintf(format, args...), r.status}
}

// description is the reason in the characters that the protocol allows
// (RFC 6749, 5.2): ASCII without the double quote and the backslash.
func (r *refusal) description() string {
	return strings.Map(func(c rune) rune {
		switch {
		case c == '"' || c == '\\':
			return '\''
		case c < ' ' || c > '~':
			return '?'
		}
		return c
	}, r.why)
}

var (
	errInvalidRequest          = &refusal{"invalid_request", "A parameter is missing, invalid, or given more than once.", http.StatusBadRequest}
	errInvalidClient           = &refusal{"invalid_client", "The client is unknown, or its secret is wrong.", http.StatusUnauthorized}
	errInvalidGrant            = &refusal{"invalid_grant", "The code or the refresh token is not valid.", http.StatusBadRequest}
	errInvalidScope            = &refusal{"invalid_scope", "A scope is not allowed.", http.StatusBadRequest}
	errUnauthorizedClient      = &refusal{"unauthorized_client", "The client may not do this.", http.StatusBadRequest}
	errUnsupportedGrant        = &refusal{"unsupported_grant_type", "The grant type is not supported.", http.StatusBadRequest}
	errUnsupportedResponse     = &refusal{"unsupported_response_type", "The only response_type is code.", http.StatusBadRequest}
	errUnsupportedMode         = &refusal{"unsupported_response_mode", "The response_mode is query or form_post.", http.StatusBadRequest}
	errAccessDenied            = &refusal{"access_denied", "The member may not use this application.", http.StatusForbidden}
	errLoginRequired           = &refusal{"login_required", "The member would have to sign in.", http.StatusBadRequest}
	errConsentRequired         = &refusal{"consent_required", "The member has not agreed to what is asked for.", http.StatusBadRequest}
	errRequestNotSupported     = &refusal{"request_not_supported", "Request objects are not supported.", http.StatusBadRequest}
	errRequestURINotSupported  = &refusal{"request_uri_not_supported", "Request objects are not supported.", http.StatusBadRequest}
	errRegistrationUnsupported = &refusal{"registration_not_supported", "Clients are registered by the administrator.", http.StatusBadRequest}
	// errUnmet answers a client whose demand for a way to sign in cannot be met
	// (OpenID Connect Core Unmet Authentication Requirements 1.0).
	errUnmet = &refusal{"unmet_authentication_requirements", "The member has not signed in in a way that the client demands.", http.StatusBadRequest}
)

// settle distinguishes a refusal, after which the transaction is committed, from a failure, which rolls it
// back. A refusal may have to write: a code's second use ends what the first use gave.
func settle(err error, refused **refusal) error {
	if r, ok := errors.AsType[*refusal](err); ok {
		*refused = r
		return nil
	}
	return err
}

// refuse answers a client's own request with the protocol's error.
func (s *Service) refuse(w http.ResponseWriter, r *http.Request, e *refusal) {
	if e.status == http.StatusUnauthorized && usesBasic(r) {
		w.Header().Set("WWW-Authenticate", `Basic realm="`+s.Issuer(r.PathValue("corpid"))+`"`)
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Pragma", "no-cache")
	sendJSON(w, e.status, map[string]string{"error": e.code, "error_description": e.description()})
}
