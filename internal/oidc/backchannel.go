package oidc

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/login"
	"qiwei/internal/store"
)

// A client that has named an address for it is told when a session ends that its
// member came in by (OpenID Connect Back-Channel Logout 1.0). That it is to be told
// is written down in the transaction that ends the session, so that no crash loses
// it; a worker posts the news afterwards, again and again if need be.

const (
	logoutTokenType = "logout+jwt"
	logoutEvent     = "http://schemas.openid.net/event/backchannel-logout"
	logoutTokenLife = 2 * time.Minute
	tellTimeout     = 5 * time.Second
	// tellLease is how long a server that has taken a row may take to tell.
	tellLease = 30 * time.Second
)

// retries are the pauses after each try that failed; after the last the news is
// given up, and the log says so.
var retries = []time.Duration{10 * time.Second, time.Minute, 5 * time.Minute, 30 * time.Minute, 3 * time.Hour, 12 * time.Hour}

// newTeller returns what posts the news: it follows no redirects, since what it
// carries is for one address.
func newTeller() *http.Client {
	return &http.Client{Timeout: tellTimeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// notice is a client that is to be told.
type notice struct {
	no               int64
	corpID, client   string
	uri, algorithm   string // where and how; they outlive the client
	subject, session string
	tries            int64
}

// queueLogouts writes down who is to be told that a session has ended.
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

// queueNotice writes down that the client is to be told that the session has ended.
// It is told once, however many ends fall together.
func (s *Service) queueNotice(tx *store.Tx, c Client, m directory.Member, session string) error {
	if c.BackChannel == "" {
		return nil
	}
	waiting, err := hasNotice(tx, c, session)
	if err != nil || waiting {
		return err
	}
	tx.AfterCommit(s.ring)
	return insertNotice(tx, notice{corpID: c.CorpID, client: c.ID, uri: c.BackChannel, algorithm: c.Algorithm, subject: s.subjectOf(c, m), session: session})
}

func (s *Service) ring() {
	select {
	case s.rings <- struct{}{}:
	default:
	}
}

// Run tells clients of ends until ctx ends. Several servers may run it at once.
func (s *Service) Run(ctx context.Context) {
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	for {
		if err := s.Tell(ctx, ""); err != nil && ctx.Err() == nil {
			s.deps.Log.Warn("back-channel logout", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-s.rings:
		}
	}
}

// Tell tells all who are due, or only those of one corp.
func (s *Service) Tell(ctx context.Context, corpID string) error {
	for ctx.Err() == nil {
		var due []notice
		err := s.deps.Store.Read(ctx, func(tx *store.Tx) (err error) {
			due, err = selectDue(tx, corpID, 100)
			return err
		})
		if err != nil || len(due) == 0 {
			return err
		}
		for _, n := range due {
			if err := s.tell(ctx, n); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

// tell tells one client, unless another server is at it.
func (s *Service) tell(ctx context.Context, n notice) error {
	var token string
	taken := false
	err := s.deps.Store.Write(ctx, func(tx *store.Tx) (err error) {
		if taken, err = takeNotice(tx, n, tellLease); err != nil || !taken {
			return err
		}
		token, err = s.logoutToken(tx, n)
		return err
	})
	if err != nil || !taken {
		return err
	}
	failed := s.post(ctx, n.uri, token)
	return s.deps.Store.Write(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		if failed == nil {
			return deleteNotice(tx, n.no)
		}
		if int(n.tries) >= len(retries) {
			s.deps.Log.Error("a client was not told that a session has ended, and will not be", "client", n.client, "uri", n.uri, "err", failed)
			return deleteNotice(tx, n.no)
		}
		s.deps.Log.Warn("a client could not be told that a session has ended", "client", n.client, "uri", n.uri, "try", n.tries+1, "err", failed)
		return postponeNotice(tx, n.no, tx.Now().Add(retries[n.tries]))
	})
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
	resp, err := s.http.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	// Some clients answer 204, as an earlier draft had it.
	if resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusNoContent {
		return fmt.Errorf("answered %s", resp.Status)
	}
	return nil
}
