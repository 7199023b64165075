package moment

import (
	"context"
	"errors"
	"time"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Response is a like or a comment on a moment that a member has published.
type Response struct {
	Liked bool
	// Customer is who answers, 0 the member who has published it.
	Customer int64
	Text     string
	At       time.Time
}

// maxComment is how many characters a comment has; unverified.
const maxComment = 500

// maxResponses bounds an answer, which has no pages; unverified.
const maxResponses = 10_000

// Respond is a customer, or the member who has published it if external is empty, who likes a moment or writes
// a comment. It answers 40058 for a customer who cannot see it, and for a second like.
func (s *Service) Respond(ctx context.Context, tx *store.Tx, by access.Caller, momentID string, user id.UserID, external id.ExternalID, r Response) error {
	if n := utf8.RuneCountInString(r.Text); !r.Liked && (n < 1 || n > maxComment) {
		return wire.ErrParameter.With("text: 1 to %d characters expected, %d given", maxComment, n)
	}
	_, t, err := s.published(ctx, tx, by, momentID, user)
	if err != nil {
		return err
	}
	if external != "" {
		c, err := s.deps.Customers.Contact(tx, by.CorpID, external)
		if err != nil {
			return err
		}
		n, err := tx.Count(`SELECT count(*) FROM moment_customer WHERE corpid = ? AND task = ? AND customer = ? AND sent = 1`, by.CorpID, t.No, c.No)
		if err != nil {
			return err
		}
		if n == 0 {
			return errNoSuchPerson
		}
		r.Customer = c.No
	}
	_, err = tx.Insert(`INSERT INTO moment_response (corpid, task, liked, customer, text, created_at) VALUES (?, ?, ?, ?, ?, ?)`,
		by.CorpID, t.No, flag(r.Liked), r.Customer, r.Text, tx.Now().Unix())
	if errors.Is(err, store.ErrUnique) {
		err = wire.ErrParameter.With("liked already")
	}
	return err
}

// Responses returns the likes and comments on a moment that a member has published, in the order of time. Doc
// 93333.
func (s *Service) Responses(ctx context.Context, tx *store.Tx, by access.Caller, momentID string, user id.UserID) (t Asked, out []Response, err error) {
	if _, t, err = s.published(ctx, tx, by, momentID, user); err != nil {
		return t, nil, err
	}
	err = tx.Each(`SELECT liked, customer, text, created_at FROM moment_response WHERE corpid = ? AND task = ? ORDER BY no LIMIT ?`, []any{by.CorpID, t.No, int64(maxResponses)},
		func(rows *store.Rows) error {
			var r Response
			var at int64
			err := rows.Scan(&r.Liked, &r.Customer, &r.Text, &at)
			r.At = time.Unix(at, 0).UTC()
			out = append(out, r)
			return err
		})
	return t, out, err
}

func (s *Service) responseEndpoints() []wire.Endpoint {
	return []wire.Endpoint{customer.Endpoint("POST", "get_moment_comments", 93333, wire.Read(s.getMomentComments), permitList)}
}

type (
	getMomentCommentsRequest struct {
		MomentID string    `json:"moment_id"`
		UserID   id.UserID `json:"userid"`
	}
	getMomentCommentsResponse struct {
		Comments []responseAnswer `json:"comment_list"`
		Likes    []responseAnswer `json:"like_list"`
	}
	// responseAnswer has one of the two ids.
	responseAnswer struct {
		External   id.ExternalID `json:"external_userid,omitempty"`
		UserID     id.UserID     `json:"userid,omitempty"`
		CreateTime int64         `json:"create_time"`
	}
)

func (s *Service) getMomentComments(ctx context.Context, tx *store.Tx, by access.Caller, req getMomentCommentsRequest) (resp getMomentCommentsResponse, err error) {
	t, list, err := s.Responses(ctx, tx, by, req.MomentID, req.UserID)
	for _, r := range list {
		a := responseAnswer{CreateTime: r.At.Unix(), UserID: t.UserID}
		if r.Customer != 0 {
			a.External, a.UserID = s.deps.Customers.ExternalID(customer.WeChat, r.Customer), ""
		}
		if r.Liked {
			resp.Likes = append(resp.Likes, a)
		} else {
			resp.Comments = append(resp.Comments, a)
		}
	}
	return resp, err
}
