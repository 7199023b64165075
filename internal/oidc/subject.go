package oidc

import (
	"encoding/base64"
	"strconv"

	"qiwei/internal/directory"
	"qiwei/internal/seal"
)

// subjectOf returns the id by which the client knows the member. It is derived from the member's number,
// which is never reused, and not from the userid, which an administrator may give to a successor.
func (s *Service) subjectOf(c Client, m directory.Member) string {
	sector := "\npublic"
	switch c.Subject {
	case SubjectUserID:
		return string(m.UserID)
	case SubjectPairwise:
		sector = c.Sector
	}
	mac := s.deps.Box.MAC(seal.OIDCSubject, c.CorpID+"\n"+sector+"\n"+strconv.FormatInt(m.No, 10))
	return base64.RawURLEncoding.EncodeToString(mac[:24])
}

// The levels of sign-in (acr). A higher one includes those below it.
const (
	acrNone     = "0" // a click in qiwei dev, without proof
	acrPassword = "1" // something that the member knows
	acrDevice   = "2" // something that the member holds: a phone, or a passkey
)

// proofOf returns the level of a way to sign in and its methods (RFC 8176).
func proofOf(way string) (acr string, amr []string) {
	switch way {
	case "password":
		return acrPassword, []string{"pwd"}
	case "invitation":
		return acrPassword, []string{"otp"}
	case "passkey":
		return acrDevice, []string{"pop", "user"}
	case "scan":
		return acrDevice, []string{"mca"}
	}
	return acrNone, nil
}
