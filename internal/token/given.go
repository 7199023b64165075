package token

import (
	"errors"
	"fmt"

	"qiwei/internal/seal"
	"qiwei/internal/store"
)

// ErrGivenTaken refuses a given token that another application of the server has: a token alone says whose
// call it is.
var ErrGivenTaken = errors.New("another application of this server has this token; another one expected")

// givenLeast and givenMost are how many characters a given token has; the platform's own have at most 512.
const givenLeast, givenMost = 16, 512

// CheckGiven refuses a text that cannot be a given token.
func CheckGiven(text string) error {
	if n := len(text); n < givenLeast || n > givenMost {
		return fmt.Errorf("%d characters; %d to %d expected", n, givenLeast, givenMost)
	}
	for _, c := range []byte(text) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && c != '-' && c != '_' && c != '.' {
			return errors.New("letters, digits and - _ . expected")
		}
	}
	return nil
}

// Given tokens are kept as a MAC, so that nobody reads them out of the database.
func (s *Service) givenMAC(text string) []byte { return s.deps.Box.MAC(seal.AccessToken, text) }

// SetGiven gives the application a token that is valid beside those that it draws, and never expires. A new
// secret ends it. Only a server in dev takes it. It answers ErrGivenTaken if it is another application's.
func (s *Service) SetGiven(tx *store.Tx, no int64, text string) error {
	if err := CheckGiven(text); err != nil {
		return err
	}
	if _, _, _, ours := s.open(text); ours {
		return errors.New("it is one that this server has issued, and expires; a text of your own expected")
	}
	n, err := tx.Count(`SELECT count(*) FROM app WHERE token_given = ? AND no <> ?`, s.givenMAC(text), no)
	if err != nil {
		return err
	}
	if n > 0 {
		return ErrGivenTaken
	}
	_, err = tx.Exec(`UPDATE app SET token_given = ? WHERE no = ?`, s.givenMAC(text), no)
	return err
}

// given returns the application that was given the token; nil if there is none.
func (s *Service) given(tx *store.Tx, text string) (*keptToken, error) {
	if !s.deps.Dev || CheckGiven(text) != nil {
		return nil, nil
	}
	var no int64
	k := &keptToken{given: true}
	found, err := tx.Get(`SELECT no, version FROM app WHERE token_given = ?`, []any{s.givenMAC(text)}, &no, &k.version)
	if err != nil || !found {
		return nil, err
	}
	k.caller, err = s.caller(tx, no, k.version)
	return k, err
}
