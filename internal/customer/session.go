package customer

import (
	"context"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
	"qiwei/internal/work"
)

// AsConclusion is the author of what is said when a temporary session ends: the platform.
const AsConclusion Author = "conclusion"

func (s *Service) sessionEndpoints() []wire.Endpoint {
	return []wire.Endpoint{endpoint("POST", "close_temp_chat", 92228, wire.Write(s.closeTempChat), permitWays)}
}

type closeTempChatRequest struct {
	UserID   id.UserID     `json:"userid"`
	External id.ExternalID `json:"external_userid"`
}

func (s *Service) closeTempChat(ctx context.Context, tx *store.Tx, by access.Caller, req closeTempChatRequest) (none wire.None, err error) {
	return none, s.CloseSession(ctx, tx, by, req.UserID, req.External)
}

// CloseSession ends a temporary session of a member whom the caller sees. It answers ErrNoRelation where there
// is none: a relation that began in another way cannot be ended so. Doc 92228.
func (s *Service) CloseSession(ctx context.Context, tx *store.Tx, by access.Caller, user id.UserID, external id.ExternalID) error {
	_, f, err := s.relation(ctx, tx, by, user, external)
	if err != nil {
		return err
	}
	ended, err := s.endSession(tx, by.CorpID, f)
	if err == nil && !ended {
		err = ErrNoRelation.With("there is no temporary session of %q and %q", user, external)
	}
	return err
}

// beginSession makes a relation one that ends by itself.
func beginSession(tx *store.Tx, corpID string, w Way, f Follow) error {
	return tx.Send(`INSERT INTO customer_session (follow, corpid, way, ends_at) VALUES (?, ?, ?, ?)`,
		f.No, corpID, w.No, tx.Now().Add(time.Duration(w.Temporary.Chat)*time.Second).UnixMilli())
}

// forgetSession leaves a relation without an end of its own, which it may not have had.
func forgetSession(tx *store.Tx, corpID string, follow int64) (n int64, err error) {
	return tx.Exec(`DELETE FROM customer_session WHERE corpid = ? AND follow = ?`, corpID, follow)
}

// endSession says what the way has for the end, and parts the two. The member keeps the customer, as after
// the customer has removed the member, and nobody is told: no page names an event (unverified).
func (s *Service) endSession(tx *store.Tx, corpID string, f Follow) (ended bool, err error) {
	var way int64
	found, err := tx.Get(`SELECT way FROM customer_session WHERE corpid = ? AND follow = ?`, []any{corpID, f.No}, &way)
	if err != nil || !found {
		return false, err
	}
	if n, err := forgetSession(tx, corpID, f.No); err != nil || n == 0 {
		return false, err
	}
	ways, err := selectWaysWhere(tx, `corpid = ? AND no = ?`, corpID, way)
	if err != nil {
		return false, err
	}
	for _, w := range ways {
		c := w.Temporary.Conclusion
		if c.Text != nil {
			if err := s.say(tx, corpID, f, AsConclusion, Words{Content: Content{Text: c.Text}}); err != nil {
				return false, err
			}
		}
		for _, a := range c.Attachments { // a message of its own (doc 92228)
			if a.Image != nil {
				a.Image = &Image{URL: s.deps.BaseURL() + a.Image.URL}
			}
			if err := s.say(tx, corpID, f, AsConclusion, Words{Content: Content{Attachments: []Attachment{a}}}); err != nil {
				return false, err
			}
		}
	}
	_, err = tx.Exec(`UPDATE customer_follow SET standing = ? WHERE corpid = ? AND no = ?`, int64(OneWay), corpID, f.No)
	return true, err
}

// sessionWork is the ending of sessions as the engine sees it: a relation is a key. It needs no lease, because
// two servers that end one session collide.
func (s *Service) sessionWork() work.Kind {
	return work.Kind{Name: "temporary session", Slots: 2, Every: 5 * time.Second, For: s.deps.For, Waiting: waitingSessions, Take: s.takeSession, Backlog: sessionBacklog}
}

// sessionsAtOnce is how many are looked for at a time; the next look finds the others.
const sessionsAtOnce = 1000

func waitingSessions(tx *store.Tx) (list []work.Waiting, err error) {
	err = tx.Each(`SELECT follow, corpid, ends_at FROM customer_session WHERE ends_at <= ? ORDER BY ends_at LIMIT ?`, []any{tx.Now().UnixMilli(), int64(sessionsAtOnce)},
		func(rows *store.Rows) error {
			var w work.Waiting
			var ends int64
			err := rows.Scan(&w.Key, &w.CorpID, &ends)
			w.Due = time.UnixMilli(ends)
			list = append(list, w)
			return err
		})
	return list, err
}

func sessionBacklog(tx *store.Tx) (b work.Backlog, err error) {
	b.Waiting, err = tx.Count(`SELECT count(*) FROM customer_session WHERE ends_at < ?`, tx.Now().UnixMilli())
	return b, err
}

func (s *Service) takeSession(tx *store.Tx, t *work.Turn) (work.Batch, time.Time, error) {
	due, err := dueSessions(tx, t.Key)
	if err != nil || len(due) == 0 {
		return nil, time.Time{}, err
	}
	return dueSession{s, t.Key}, time.Time{}, nil
}

// dueSessions returns the relation of a session whose time is over, with its corp.
func dueSessions(tx *store.Tx, follow int64) (corps []string, err error) {
	err = tx.Each(`SELECT corpid FROM customer_session WHERE follow = ? AND ends_at <= ?`, []any{follow, tx.Now().UnixMilli()}, func(rows *store.Rows) error {
		var corpID string
		err := rows.Scan(&corpID)
		corps = append(corps, corpID)
		return err
	})
	return corps, err
}

type dueSession struct {
	s      *Service
	follow int64
}

// Do has nothing to do outside of the transaction.
func (dueSession) Do(context.Context) error { return nil }

// Record ends the session.
func (d dueSession) Record(_ context.Context, tx *store.Tx, _ work.Result) error {
	corps, err := dueSessions(tx, d.follow)
	if err != nil || len(corps) == 0 {
		return err
	}
	list, err := selectFollowsWhere(tx, `corpid = ? AND no = ?`, corps[0], d.follow)
	if err != nil || len(list) == 0 {
		return err
	}
	_, err = d.s.endSession(tx, corps[0], list[0])
	return err
}

// EndDue ends the sessions whose time is over, and returns.
func (s *Service) EndDue(ctx context.Context) error { return s.sessions.Drain(ctx, nil) }
