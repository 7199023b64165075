package moment

import (
	"context"
	"slices"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Task is a member who has published a moment, or is asked to.
type Task struct {
	No          int64
	Member      int64     // our number
	PublishedAt time.Time // zero if it is not
}

// Limits of the lists of a moment (doc 93333). Above the most, the usual page is answered.
const (
	tasksDefault     = 500
	maxTasks         = 1000
	customersDefault = 500
	maxCustomers     = 1000
	sentDefault      = 3000
	maxSent          = 5000

	// followsAtOnce is how many customers are read at a time while a moment is published.
	followsAtOnce = 1000
)

func page(limit, usual, most int64) int64 {
	if limit <= 0 || limit > most {
		return usual
	}
	return limit
}

// Asked is a task with the userid of its member.
type Asked struct {
	Task
	UserID id.UserID
}

// Tasks returns who of the members that the caller sees has published a moment of the corp and who has not, in
// order from behind the number after on, and the last number if there are more. Doc 93333.
func (s *Service) Tasks(tx *store.Tx, by access.Caller, momentID string, after, limit int64) (out []Asked, next int64, err error) {
	p, err := s.post(tx, by.CorpID, momentID)
	if err != nil {
		return nil, 0, err
	}
	if p.Kind != OfCorp {
		return nil, 0, ErrKind.With("a member's own; one of the corp expected")
	}
	limit = page(limit, tasksDefault, maxTasks)
	list, err := selectTasks(tx, `corpid = ? AND moment = ? AND no > ? ORDER BY no LIMIT ?`, by.CorpID, p.No, after, limit+1)
	if err != nil {
		return nil, 0, err
	}
	if int64(len(list)) > limit {
		list = list[:limit]
		next = list[limit-1].No
	}
	members := make([]int64, len(list))
	for i, t := range list {
		members[i] = t.Member
	}
	users, err := s.seen(tx, by, members)
	for _, t := range list {
		if u, ok := users[t.Member]; ok {
			out = append(out, Asked{t, u})
		}
	}
	return out, next, err
}

// published returns the task of a member who has published a moment. It answers ErrNotTheirs for a member who
// is not among those of the moment, and ErrUnpublished.
func (s *Service) published(ctx context.Context, tx *store.Tx, by access.Caller, momentID string, user id.UserID) (Post, Asked, error) {
	p, err := s.post(tx, by.CorpID, momentID)
	if err != nil {
		return p, Asked{}, err
	}
	m, err := s.deps.Directory.Member(ctx, tx, by, user)
	if err != nil {
		return p, Asked{}, err
	}
	list, err := selectTasks(tx, `corpid = ? AND moment = ? AND member = ?`, by.CorpID, p.No, m.No)
	switch {
	case err != nil:
		return p, Asked{}, err
	case len(list) == 0:
		return p, Asked{}, ErrNotTheirs.With("%q", m.UserID)
	case list[0].PublishedAt.IsZero():
		return p, Asked{}, ErrUnpublished.With("%q", m.UserID)
	}
	return p, Asked{list[0], m.UserID}, nil
}

// Shown are customers of a moment, with the member who has published it.
type Shown struct {
	UserID    id.UserID
	Externals []id.ExternalID
	Next      int64 // the last number, if there are more
}

// Shown returns the customers for whom a member has published a moment, or those of them who can see it: a
// customer who has removed the member cannot. They come in order, from behind the number after on. Doc 93333.
func (s *Service) Shown(ctx context.Context, tx *store.Tx, by access.Caller, momentID string, user id.UserID, sent bool, after, limit int64) (out Shown, err error) {
	_, t, err := s.published(ctx, tx, by, momentID, user)
	if err != nil {
		return out, err
	}
	list, err := selectCustomers(tx, by.CorpID, t.No, sent, after, limit+1)
	if int64(len(list)) > limit {
		list = list[:limit]
		out.Next = list[limit-1]
	}
	out.UserID = t.UserID
	for _, no := range list {
		out.Externals = append(out.Externals, s.deps.Customers.ExternalID(customer.WeChat, no))
	}
	return out, err
}

// Confirm publishes a moment of the corp for a member who was asked to. It answers ErrNotTheirs, and 40058 for
// one that is published or was cancelled.
func (s *Service) Confirm(ctx context.Context, tx *store.Tx, by access.Caller, momentID string, user id.UserID) (customers int64, err error) {
	p, err := s.post(tx, by.CorpID, momentID)
	if err != nil {
		return 0, err
	}
	if p.Kind != OfCorp {
		return 0, ErrKind.With("a member's own is published when it is made")
	}
	m, serves, err := s.deps.Customers.Member(ctx, tx, by, user)
	if err != nil {
		return 0, err
	}
	list, err := selectTasks(tx, `corpid = ? AND moment = ? AND member = ?`, by.CorpID, p.No, m.No)
	switch {
	case err != nil:
		return 0, err
	case len(list) == 0:
		return 0, ErrNotTheirs.With("%q was not asked", m.UserID)
	case !serves:
		return 0, customer.ErrNoContact.With("%q", m.UserID)
	case !list[0].PublishedAt.IsZero():
		return 0, errTaken
	case p.Cancelled:
		return 0, errCancelled
	}
	return s.publish(tx, by.CorpID, p, list[0])
}

// publish shows a moment to the customers that the member has now.
func (s *Service) publish(tx *store.Tx, corpID string, p Post, t Task) (customers int64, err error) {
	for after, more := int64(0), true; more; {
		follows, err := s.deps.Customers.FollowsOf(tx, corpID, t.Member, after, followsAtOnce)
		if err != nil {
			return 0, err
		}
		if more = len(follows) == followsAtOnce; more {
			after = follows[len(follows)-1].No
		}
		follows = slices.DeleteFunc(follows, func(f customer.Follow) bool {
			return f.Kind != customer.WeChat || !p.Public && !slices.ContainsFunc(f.Tags, func(tag int64) bool { return slices.Contains(p.Tags, tag) })
		})
		customers += int64(len(follows))
		if err := insertCustomers(tx, corpID, t.No, follows); err != nil {
			return 0, err
		}
	}
	_, err = tx.Exec(`UPDATE moment_task SET published_at = ? WHERE corpid = ? AND no = ?`, tx.Now().Unix(), corpID, t.No)
	return customers, err
}

// Share is a member who publishes a moment of their own, for all customers or for those with one of the tags.
func (s *Service) Share(ctx context.Context, tx *store.Tx, by access.Caller, user id.UserID, n NewContent, tags []id.CustomerTag) (momentID string, customers int64, err error) {
	if err := n.valid(); err != nil {
		return "", 0, err
	}
	m, serves, err := s.deps.Customers.Member(ctx, tx, by, user)
	if err != nil {
		return "", 0, err
	}
	if !serves {
		return "", 0, customer.ErrNoContact.With("%q", m.UserID)
	}
	numbers, bad, err := s.deps.Customers.CorpTags(tx, by.CorpID, tags)
	if err != nil {
		return "", 0, err
	}
	if len(bad) > 0 {
		return "", 0, errTag.With("%q", bad[0])
	}
	p := Post{Kind: OfMember, Creator: m.No, Public: len(tags) == 0, Tags: numbers, CreatedAt: tx.Now(), DispatchedAt: tx.Now()}
	if p.Content, err = s.keep(tx, by, n); err != nil {
		return "", 0, err
	}
	if p.No, err = insertPost(tx, by.CorpID, p); err != nil {
		return "", 0, err
	}
	if err := insertTasks(tx, by.CorpID, p.No, []int64{m.No}); err != nil {
		return "", 0, err
	}
	list, err := selectTasks(tx, `corpid = ? AND moment = ?`, by.CorpID, p.No)
	if err != nil {
		return "", 0, err
	}
	customers, err = s.publish(tx, by.CorpID, p, list[0])
	return s.momentID(p.No), customers, err
}

// Withdraw deletes a moment that a member has published of their own. Calls no longer return it (doc 93333).
func (s *Service) Withdraw(ctx context.Context, tx *store.Tx, by access.Caller, momentID string, user id.UserID) error {
	p, _, err := s.published(ctx, tx, by, momentID, user)
	if err != nil {
		return err
	}
	if p.Kind != OfMember {
		return wire.ErrParameter.With("moment_id: a moment of the corp is cancelled, not deleted")
	}
	if err := s.forget(tx, by.CorpID, p.Content); err != nil {
		return err
	}
	return mark(tx, by.CorpID, p.No, "deleted_at")
}
