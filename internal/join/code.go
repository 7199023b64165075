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

// joinLife is how long an invitation to join a corp is good (doc 91714).
const joinLife = 7 * 24 * time.Hour

// errJoinCode is answered for a code that is not ours, or has had its time.
var errJoinCode = errors.New("the invitation has expired")

// JoinCode returns what lets whoever has it join the corp for seven days.
func (s *Service) JoinCode(corpID string, now time.Time) string {
	return s.deps.Box.SealText(seal.Join, "", []byte(strconv.FormatInt(now.Add(joinLife).Unix(), 10)+" "+corpID))
}

// corpOfJoin returns the corp that a code lets join, or errJoinCode.
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

// Join makes whoever has the code an inactive member of the corp, in the
// department for those who have none yet. It answers errJoinCode, and what
// CreateMember answers to the name and the number.
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
