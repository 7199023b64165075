package directory

import (
	"context"
	"errors"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// wrongLookUps limits the vain look-ups of a corp per day, in each of the two calls, to the member limit
// divided by this number (doc 95402, 95895).
const wrongLookUps = 5 // a fifth

// MemberByMobile returns the userid of the member with the number. Doc 95402.
func (s *Service) MemberByMobile(ctx context.Context, tx *store.Tx, by access.Caller, mobile string) (id.UserID, error) {
	if n := len(mobile); n < 5 || n > 32 {
		return "", wire.ErrParameter.With("mobile has %d bytes, 5 to 32 expected", n)
	}
	canonical, err := CanonicalMobile(mobile)
	if err != nil {
		canonical = "" // an invalid number belongs to nobody
	}
	return s.lookUp(tx, by, "mobile", "mobile", canonical)
}

// MemberByMail returns the userid of the member with the enterprise mailbox, or,
// if personal is set, with the personal address. Doc 95895.
func (s *Service) MemberByMail(ctx context.Context, tx *store.Tx, by access.Caller, address string, personal bool) (id.UserID, error) {
	column := "biz_mail"
	if personal {
		column = "email"
	}
	return s.lookUp(tx, by, "mail", column, strings.ToLower(address))
}

// lookUp answers ErrNobody for an unknown and for an invisible member alike, so that nothing leaks about
// those outside the range. After too many vain look-ups it answers ErrFrequency for the rest of the day.
func (s *Service) lookUp(tx *store.Tx, by access.Caller, call, column, value string) (id.UserID, error) {
	if !s.deps.Limits || by.OfCorp() {
		return s.memberWith(tx, by, column, value)
	}
	what := call + " " + Day(tx.Now()) // the ban ends with the calendar day (doc 90312)
	if s.guesses.Blocked(tx.Now(), by.CorpID, what, 24*time.Hour) {
		return "", wire.ErrFrequency.With("too many look-ups of members that there are not; it goes on tomorrow")
	}
	user, err := s.memberWith(tx, by, column, value)
	if errors.Is(err, ErrNobody) {
		c, missing := s.deps.Corps.Corp(tx, by.CorpID)
		if missing != nil {
			return "", missing
		}
		s.guesses.Take(tx.Now(), by.CorpID, what, int(max(c.MemberLimit/wrongLookUps, 1)), 24*time.Hour)
	}
	return user, err
}

func (s *Service) memberWith(tx *store.Tx, by access.Caller, column, value string) (id.UserID, error) {
	if value == "" {
		return "", ErrNobody
	}
	m, found, err := s.selectMember(tx, `m.corpid = ? AND m.`+column+` = ? AND m.`+column+` <> ''`, by.CorpID, value)
	if err != nil {
		return "", err
	}
	if found {
		if found, err = s.Sees(tx, by, m); err != nil {
			return "", err
		}
	}
	if !found {
		return "", ErrNobody
	}
	return m.UserID, nil
}
