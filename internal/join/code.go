package join

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/seal"
	"qiwei/internal/store"
)

// joinLife is how long an invitation to join a corp is valid (doc 91714).
const joinLife = 7 * 24 * time.Hour

// errJoinCode refuses a code that is forged or has expired.
var errJoinCode = errors.New("the invitation has expired")

// JoinCode returns a code with which anybody can join the corp for seven days.
func (s *Service) JoinCode(corpID string, now time.Time) string {
	return s.deps.Box.SealText(seal.Join, "", []byte(strconv.FormatInt(now.Add(joinLife).Unix(), 10)+" "+corpID))
}

// corpOfJoin returns the corp of a code, or errJoinCode.
func (s *Service) corpOfJoin(tx *store.Tx, code string) (corp.Corp, error) {
	plain, err := s.deps.Box.OpenText(seal.Join, "", code)
	if err != nil {
		return corp.Corp{}, errJoinCode
	}
	expires, corpID, _ := strings.Cut(string(plain), " ")
	if until, err := strconv.ParseInt(expires, 10, 64); err != nil || tx.Now().Unix() >= until {
		return corp.Corp{}, errJoinCode
	}
	c, err := s.deps.Corps.Corp(tx, corpID)
	if errors.Is(err, corp.ErrNotFound) {
		err = errJoinCode
	}
	return c, err
}

// Join creates an inactive member of the code's corp, in the department for members without one. It answers
// errJoinCode, and the errors of CreateMember about the name and the number.
func (s *Service) Join(ctx context.Context, tx *store.Tx, code, name, mobile string) (directory.Member, error) {
	c, err := s.corpOfJoin(tx, code)
	if err != nil {
		return directory.Member{}, err
	}
	m, _, err := s.deps.Directory.CreateMember(ctx, tx, access.System(c.CorpID), directory.Member{
		Name: strings.TrimSpace(name), Mobile: mobile, Enabled: true,
	}, false)
	return m, err
}
