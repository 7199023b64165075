package oidc

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/login"
	"qiwei/internal/outbound"
	"qiwei/internal/store"
	"qiwei/internal/work"
)

// A client that has registered an address for it is told when a member's session ends (OpenID Connect
// Back-Channel Logout 1.0). The notice is stored in the transaction that ends the session, so that no crash
// loses it. A worker posts it afterwards, repeatedly if necessary.

const (
	logoutTokenType = "logout+jwt"
	logoutEvent     = "http://schemas.openid.net/event/backchannel-logout"
	logoutTokenLife = 2 * time.Minute
	tellTimeout     = 5 * time.Second
	// noticeLease is how long a server may take to post a notice that it has taken.
	noticeLease = 30 * time.Second
	// noticesAtOnce is how many clients a server tells at the same time, with one notice each.
	noticesAtOnce = 16
)

// retry holds the pauses after each failed try. After the last try the notice is given up, and the log says
// so.
var retry = work.Retry{After: []time.Duration{10 * time.Second, time.Minute, 5 * time.Minute, 30 * time.Minute, 3 * time.Hour, 12 * time.Hour}, Tries: 7}

// newNoticeClient returns the HTTP client for notices. Their receivers are often in the operator's own network. It
// follows no redirects, because a notice is for one address only.
func newNoticeClient(n *outbound.Network) *outbound.Client {
	return n.Client(outbound.Options{Purpose: "logout", Policy: outbound.Policy{Private: true}, Timeout: tellTimeout, Proxied: true, HTTP2: true})
}

// notice is a message to a client that waits to be posted.
type notice struct {
	no               int64
	corpID, client   string
	uri, algorithm   string // where and how; they outlive the client
	subject, session string
}

// queueLogouts stores the notices for a session that has ended.
func (s *Service) queueLogouts(tx *store.Tx, e login.Ended) error {
	clients, err := clientsOfSession(tx, e.CorpID, e.Session)
	if err != nil || len(clients) == 0 {
		return err
	}
	m, found, err := s.deps.Directory.MemberNo(tx, e.Member)
	if err != nil || !found {
		return err
	}
	for _, clientID := range clients {
		c, err := s.Client(tx, e.CorpID, clientID)
		if err != nil {
			return err
		}
		if err := s.queueNotice(tx, c, m, e.Session); err != nil {
			return err
		}
	}
	return nil
}

// queueNotice stores a notice for the client that the session has ended. There is only one, even if several
// grants end together.
func (s *Service) queueNotice(tx *store.Tx, c Client, m directory.Member, session string) error {
	if c.BackChannel == "" {
		return nil
	}
	waiting, err := hasNotice(tx, c, session)
	if err != nil || waiting {
		return err
	}
	s.work.Changed(tx)
	return insertNotice(tx, notice{corpID: c.CorpID, client: c.ID, uri: c.BackChannel, algorithm: c.Algorithm, subject: s.subjectOf(c, m), session: session})
}

// kind is back-channel logout as the work engine sees it: a notice is a key.
func (s *Service) kind() work.Kind {
	return work.Kind{
		Name:  "logout",
		Lease: work.Lease{Table: "oidc_notice", Key: "no", Holder: "holder", Until: "due_at", Tries: "tries", Length: noticeLease},
		Slots: noticesAtOnce, Every: 5 * time.Second, Retry: retry,
		Waiting: waitingNotices, Take: s.take, Backlog: noticeBacklog,
	}
}

// Start begins to tell clients of ends, until Stop. Several servers may do so at once.
func (s *Service) Start() { s.work.Start() }

// Stop stops that, after the requests under way.
func (s *Service) Stop() { s.work.Stop() }

// Tell posts all notices that are due, or only those of one corp.
func (s *Service) Tell(ctx context.Context, corpID string) error {
	return s.work.Drain(ctx, func(w work.Waiting) bool { return corpID == "" || w.CorpID == corpID })
}

// news is a notice in its posted form.
type news struct {
	s      *Service
	notice notice
	turn   *work.Turn
	token  string
}

func (s *Service) take(tx *store.Tx, t *work.Turn) (work.Batch, time.Time, error) {
	n, found, err := selectNotice(tx, t.Key)
	if err != nil || !found {
		return nil, time.Time{}, err
	}
	token, err := s.logoutToken(tx, n)
	return &news{s, n, t, token}, time.Time{}, err
}

// Do posts the news.
func (n *news) Do(ctx context.Context) error { return n.s.post(ctx, n.notice.uri, n.token) }

// Record deletes the notice once the client has accepted it, or has failed to for too long.
func (n *news) Record(_ context.Context, tx *store.Tx, r work.Result) error {
	n.s.work.Changed(tx) // another notice may wait for the same client
	switch {
	case r.Final:
		n.s.deps.Log.Error("gave up telling a client that a session has ended", "client", n.notice.client, "uri", n.notice.uri, "err", r.Err)
	case r.Err != nil:
		return nil
	}
	return deleteNotice(tx, n.notice.no)
}

func (s *Service) logoutToken(tx *store.Tx, n notice) (string, error) {
	key, err := s.signerOf(tx, n.corpID, n.algorithm)
	if err != nil {
		return "", err
	}
	return key.signToken(logoutTokenType, map[string]any{
		"iss": s.Issuer(n.corpID), "aud": n.client, "sub": n.subject, "sid": n.session, "jti": id.Letters(22),
		"iat": tx.Now().Unix(), "exp": tx.Now().Add(logoutTokenLife).Unix(),
		"events": map[string]any{logoutEvent: map[string]any{}},
	})
}

func (s *Service) post(ctx context.Context, uri, token string) error {
	body := url.Values{"logout_token": {token}}.Encode()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, uri, strings.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	got, err := s.outside.Read(r, 64<<10)
	if err != nil {
		return err
	}
	// Some clients answer 204, as an earlier draft had it.
	if got.Status != http.StatusOK && got.Status != http.StatusNoContent {
		return fmt.Errorf("answered %d %s", got.Status, http.StatusText(got.Status))
	}
	return nil
}
