package customer

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Block is a customer who blocks a member (拉黑), or lets the member through again. They stay contacts, but what
// the member sends, or what is sent to many for the member, does not arrive. The day counts it among the
// customers who have removed the member (doc 92132). No page names an event of it, so nobody is told
// (unverified). It answers ErrNoRelation where the customer is no contact of the member.
func (s *Service) Block(ctx context.Context, tx *store.Tx, by access.Caller, user id.UserID, external id.ExternalID, blocked bool) error {
	_, f, err := s.relation(ctx, tx, by, user, external)
	if err == nil && f.Standing != Friends {
		err = ErrNoRelation.With("the customer has removed the member")
	}
	if err != nil || f.Blocked == blocked {
		return err
	}
	if err := setBlocked(tx, by.CorpID, f.No, blocked); err != nil || !blocked {
		return err
	}
	return countDay(tx, by.CorpID, f.Member, Day{Removals: 1})
}

func setBlocked(tx *store.Tx, corpID string, follow int64, blocked bool) error {
	_, err := tx.Exec(`UPDATE customer_follow SET blocked = ? WHERE corpid = ? AND no = ?`, flag(blocked), corpID, follow)
	return err
}

// Reached says whether what the member sends arrives with the customer.
func (f Follow) Reached() bool { return f.Standing == Friends && !f.Blocked }

// blockScript is a customer who blocks a member, or with blocked false lets the member through again.
type blockScript struct {
	CorpID   string        `json:"corpid"`
	External id.ExternalID `json:"external_userid"`
	UserID   id.UserID     `json:"userid"`
	Blocked  *bool         `json:"blocked"` // true if it is left out
}

func (s *Service) scriptBlock(ctx context.Context, req blockScript) (none, error) {
	return none{}, s.script(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error {
		return s.Block(ctx, tx, by, req.UserID, req.External, req.Blocked == nil || *req.Blocked)
	})
}
