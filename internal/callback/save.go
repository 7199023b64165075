package callback

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"qiwei/callbackcrypto"
	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/event"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Callback is where an application receives messages and events (接收消息).
type Callback struct {
	AgentID int64
	URL     string // empty: it no longer receives
	Token   string // the present one if empty
	AESKey  string // the present one if empty
	// Events names the events that it receives, by their full names or by the part before the slash. An empty
	// list means all, nil the present ones.
	Events []string
	// Unverified skips the request that verifies the URL.
	Unverified bool
}

// SaveCallback sets the callback of an application of the caller's corp, once the URL is verified: it must
// answer a number that is sent to it encrypted (doc 90930). It makes a request between reading and writing
// the application, so it opens its transactions itself.
//
// It answers ErrScheme, or ErrURL with what is wrong or what came back.
func (s *Service) SaveCallback(ctx context.Context, by access.Caller, c Callback) (app.App, error) {
	var a app.App
	if err := s.deps.Store.Read(ctx, func(tx *store.Tx) (err error) {
		if a, err = s.deps.Apps.App(tx, by.CorpID, c.AgentID); err == nil && a.Suite != "" && a.Kind != access.Custom {
			err = wire.ErrForbidden.With("application %d receives what its suite %s does", c.AgentID, a.Suite)
		}
		return err
	}); err != nil {
		return a, err
	}
	if err := c.apply(&a, s.choices()); err != nil {
		return a, err
	}
	if c.URL != "" && !c.Unverified {
		if err := s.verify(ctx, addressOf(a)); err != nil {
			return a, err
		}
	}
	err := s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		now, err := s.deps.Apps.App(tx, by.CorpID, c.AgentID)
		if err != nil {
			return err
		}
		// Write what was verified, whatever has changed meanwhile.
		now.CallbackURL, now.CallbackToken, now.CallbackAESKey, now.CallbackEvents = a.CallbackURL, a.CallbackToken, a.CallbackAESKey, a.CallbackEvents
		if a = now; a.CallbackURL == "" {
			return s.deps.Apps.UpdateApp(ctx, tx, a)
		}
		// Pushes that wait for their next attempt are sent now.
		if err := s.press(tx, appReceiver(a.CorpID, a.No)); err != nil {
			return err
		}
		return s.deps.Apps.UpdateApp(ctx, tx, a)
	})
	return a, err
}

// apply checks the parts of the callback and puts them into the application.
func (c Callback) apply(a *app.App, known choices) error {
	if c.URL == "" {
		a.CallbackURL = ""
		return nil
	}
	a.CallbackURL = c.URL
	if c.Token != "" {
		a.CallbackToken = c.Token
	}
	if c.AESKey != "" {
		a.CallbackAESKey = c.AESKey
	}
	if c.Events != nil {
		a.CallbackEvents = c.Events
	}
	if err := checkURL(a.CallbackURL); err != nil {
		return err
	}
	if err := checkKeys(a.CallbackToken, a.CallbackAESKey); err != nil {
		return err
	}
	return known.check(a.CallbackEvents)
}

// Press delivers now what waits for the next attempt to another room's receiver.
func (s *Service) Press(tx *store.Tx, corpID string, to event.Receiver) error {
	return s.press(tx, Receiver{Book: to.Book, Key: to.Key, CorpID: corpID})
}

func (s *Service) press(tx *store.Tx, to Receiver) error {
	receiver, err := s.receiverNo(tx, to)
	if err != nil {
		return err
	}
	tx.AfterCommit(func() { s.work.Wake(receiver, true) })
	_, err = tx.Exec(`UPDATE callback_delivery SET due = 0 WHERE receiver = ? AND state = 0 AND due > 0`, receiver)
	return err
}

// Check answers ErrURL or ErrScheme if the address does not have the form of a callback.
func (to Address) Check() error {
	if err := checkURL(to.URL); err != nil {
		return err
	}
	return checkKeys(to.Token, to.AESKey)
}

// Verify verifies the address of another room's receiver, as SaveCallback does an application's. It makes a
// request, so it must not be called within a transaction.
func (s *Service) Verify(ctx context.Context, to Address) error {
	if err := to.Check(); err != nil {
		return err
	}
	return s.verify(ctx, to)
}

func checkURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return ErrURL.With("%q is not a URL", text)
	case u.Scheme != "http" && u.Scheme != "https":
		return ErrScheme.With("%q; http:// or https:// expected", text)
	case u.Host == "" || u.Hostname() == "":
		return ErrURL.With("%q names no host", text)
	case u.User != nil:
		return ErrURL.With("a user name and password in the URL are not sent to anybody; put a secret into the path instead")
	case len(text) > 2048:
		return ErrURL.With("at most 2048 characters")
	}
	return nil
}

// checkKeys accepts what WeCom's console accepts (doc 90930). The encryption itself would accept "+" and "/"
// in a key.
func checkKeys(token, key string) error {
	switch {
	case len(token) < 1 || len(token) > 32 || !alphanumeric(token):
		return ErrURL.With("the Token has 1 to 32 letters and digits; this one has %d characters", len(token))
	case len(key) != 43:
		return ErrURL.With("the EncodingAESKey has 43 letters and digits; this one has %d characters", len(key))
	case !alphanumeric(key):
		return ErrURL.With("the EncodingAESKey has letters and digits only")
	}
	if _, err := callbackcrypto.ParseKey(key); err != nil {
		return ErrURL.With("the EncodingAESKey does not decode: %v", err)
	}
	return nil
}

func alphanumeric(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
}

// verify sends the request that WeCom sends when a URL is saved (doc 90930): a GET with an encrypted number
// in echostr, which must come back decrypted within a second.
func (s *Service) verify(ctx context.Context, to Address) error {
	crypt, err := callbackcrypto.New(to.Token, to.AESKey, to.ReceiveID, callbackcrypto.WithTime(s.deps.Clock.Now))
	if err != nil {
		return ErrURL.With("%v", err)
	}
	number := echo()
	query, err := crypt.SealEcho([]byte(number))
	if err != nil {
		return err
	}
	req, err := http.NewRequest(http.MethodGet, query.AppendTo(to.URL), nil)
	if err != nil {
		return ErrURL.With("%q is not a URL", to.URL)
	}
	req.Header["User-Agent"] = userAgent
	got := s.sender.do(ctx, req, s.deps.VerifyTimeout, maxResponse)
	if err := ctx.Err(); err != nil {
		return err
	}
	if wrong := misheard(got, number); wrong != "" {
		return ErrURL.With("the URL was not verified: %s", wrong)
	}
	return nil
}

// echo is a number of 19 digits, as in the official samples.
func echo() string {
	var b strings.Builder
	for b.Len() < 19 {
		for _, c := range id.Bytes(16) {
			if d := c % 10; c < 250 && b.Len() < 19 && (d > 0 || b.Len() > 0) {
				b.WriteByte('0' + d)
			}
		}
	}
	return b.String()
}

// misheard says what is wrong with the answer to a verification; nothing if it is right. It quotes what came
// back, if that is short and readable.
func misheard(got answer, number string) string {
	took := got.took.Round(time.Millisecond)
	body := bytes.TrimPrefix(got.body, []byte("\ufeff"))
	bare := strings.Trim(string(bytes.TrimSpace(body)), `"'`)
	switch {
	case got.problem != "":
		return got.problem
	case got.status >= 300 && got.status < 400:
		return fmt.Sprintf("it answered %d after %v; redirects are not followed", got.status, took)
	case got.status != http.StatusOK:
		return fmt.Sprintf("it answered %d after %v, 200 expected: %s", got.status, took, excerpt(got.body))
	case string(got.body) == number:
		return ""
	case len(body) < len(got.body) && bare == number:
		return "the right number came after a byte order mark; the number alone is expected"
	case bare == number && strings.ContainsAny(string(body), `"'`):
		return "the right number came in quotes; the number alone is expected"
	case bare == number:
		return "the right number came with white space or a line break around it; the number alone is expected"
	case len(got.body) == 0:
		return fmt.Sprintf("it answered 200 after %v with an empty body; the decrypted echostr is expected", took)
	}
	return fmt.Sprintf("it answered 200 after %v, but not with the decrypted echostr: %s", took, excerpt(got.body))
}

// excerpt shows the beginning of a body.
func excerpt(body []byte) string {
	const most = 100
	if len(body) == 0 {
		return "an empty body"
	}
	if len(body) > most {
		return strconv.QuoteToGraphic(string(body[:most])) + fmt.Sprintf("… (%d bytes)", len(body))
	}
	return strconv.QuoteToGraphic(string(body))
}
