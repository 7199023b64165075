package customer

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/sensitive"
	"qiwei/internal/store"
)

// Write has one of the two write to the other. Said is what the rules for sensitive words look at in a member's
// message: the verdict tells what they found, and a message that is intercepted is not sent. It answers
// ErrNoRelation where they are no friends.
func (s *Service) Write(ctx context.Context, tx *store.Tx, by access.Caller, user id.UserID, external id.ExternalID, author Author, w Words, said sensitive.Said) (verdict sensitive.Verdict, err error) {
	if err := s.CheckWords(ctx, tx, by.CorpID, &w); err != nil {
		return verdict, err
	}
	_, f, err := s.relation(ctx, tx, by, user, external)
	if err == nil && f.Standing != Friends {
		err = ErrNoRelation.With("the customer has removed the member")
	}
	if err != nil {
		return verdict, err
	}
	if author == ByMember && f.Blocked {
		return verdict, ErrNoRelation.With("the customer has blocked the member: the message was rejected")
	}
	if author == ByMember && said != (sensitive.Said{}) {
		if verdict, err = s.deps.Sensitive.Screen(tx, by.CorpID, f.Member, said); err != nil || verdict.Intercepted {
			return verdict, err
		}
	}
	if err := s.say(tx, by.CorpID, f, author, w); err != nil || author != ByCustomer {
		return verdict, err
	}
	for _, fn := range s.heard {
		if err := fn(ctx, tx, by, f); err != nil {
			return verdict, err
		}
	}
	return verdict, nil
}
