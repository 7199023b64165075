package callback

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"qiwei/callbackcrypto"
	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/event"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/suite"
)

// Address is where a receiver is reached, and with which keys.
type Address struct {
	URL, Token, AESKey string
	ReceiveID          string // see package callbackcrypto
	ToUserName         string
	AgentID            string
	Format             callbackcrypto.Format
	// Expect is the only answer that counts as one, where the platform asks for it; any
	// is good where it is empty.
	Expect string
	// MaxReply is how long an answer may be, in bytes; 256 KiB where it is zero.
	MaxReply int
}

// Book knows the addresses of one kind of receivers. It is asked for each batch of pushes, so a change counts
// at once. found is false for a receiver that no longer receives; its pushes are then given up.
type Book func(tx *store.Tx, key string) (a Address, found bool, err error)

// The books of this room: applications by their number, and addresses given in a request.
const (
	bookApp      = "app"
	bookEndpoint = "endpoint"
)

// AddBook adds the receivers of another room. It is called at assembly.
func (s *Service) AddBook(name string, b Book) {
	if s.books[name] != nil {
		panic(fmt.Sprintf("callback: two books are called %q", name))
	}
	s.books[name] = b
}

// Receiver names a receiver: a book, and a key in it.
type Receiver struct {
	Book, Key string
	CorpID    string // its deletion ends the receiver; may be empty
	App       int64  // its deletion ends the receiver; may be 0
	endpoint  []byte
}

func appReceiver(corpID string, no int64) Receiver {
	return Receiver{Book: bookApp, Key: strconv.FormatInt(no, 10), CorpID: corpID, App: no}
}

// suiteReceiver names the command URL of the suite that the application is an installation of. What waits there
// outlives the installation.
func suiteReceiver(a app.App) Receiver {
	return Receiver{Book: suite.Book, Key: a.Suite, CorpID: a.Partner}
}

func (s *Service) appAddress(tx *store.Tx, key string) (Address, bool, error) {
	no, err := strconv.ParseInt(key, 10, 64)
	if err != nil {
		return Address{}, false, err
	}
	a, err := s.deps.Apps.AppNo(tx, no)
	if errors.Is(err, app.ErrNotFound) || (err == nil && a.CallbackURL == "") {
		return Address{}, false, nil
	}
	to := addressOf(a)
	if err == nil && a.Kind.Commanded() { // the suite's data URL, by the suite's keys (doc 97172)
		var v suite.Suite
		v, err = s.deps.Suites.Suite(tx, a.Suite)
		to.Token, to.AESKey = v.Token, v.AESKey
	}
	if err == nil {
		var by access.Caller
		if by, err = s.deps.Apps.Caller(tx, a); err == nil {
			to.ReceiveID, err = corpOf(tx, by, a.CorpID)
			to.ToUserName = to.ReceiveID
		}
	}
	return to, true, err
}

// addressOf returns the application's callback. An envelope does not name contact sync as an application (doc
// 90967).
func addressOf(a app.App) Address {
	to := Address{URL: a.CallbackURL, Token: a.CallbackToken, AESKey: a.CallbackAESKey, ReceiveID: a.CorpID, ToUserName: a.CorpID}
	if a.Kind != access.ContactSync {
		to.AgentID = strconv.FormatInt(a.AgentID, 10)
	}
	return to
}

// endpointReceiver names the callback that was given with a job of the application. Equal callbacks are one
// receiver.
func (s *Service) endpointReceiver(corpID string, no int64, e event.Endpoint) Receiver {
	plain := strings.Join([]string{corpID, e.URL, e.Token, e.AESKey}, "\n")
	key := fmt.Sprintf("%d/%x", no, s.deps.Box.MAC(seal.Callback, plain))
	return Receiver{Book: bookEndpoint, Key: key, CorpID: corpID, App: no, endpoint: s.deps.Box.Seal(seal.Callback, bookEndpoint, []byte(plain))}
}

func (s *Service) endpointAddress(tx *store.Tx, key string) (Address, bool, error) {
	var sealed []byte
	found, err := tx.Get(`SELECT endpoint FROM callback_receiver WHERE book = ? AND key = ?`, []any{bookEndpoint, key}, &sealed)
	if err != nil || !found {
		return Address{}, false, err
	}
	plain, err := s.deps.Box.Open(seal.Callback, bookEndpoint, sealed)
	if err != nil {
		return Address{}, false, err
	}
	part := strings.SplitN(string(plain), "\n", 4)
	if len(part) < 4 {
		return Address{}, false, seal.ErrOpen
	}
	return Address{ReceiveID: part[0], ToUserName: part[0], URL: part[1], Token: part[2], AESKey: part[3]}, true, nil
}

// receiverNo returns the receiver's number and inserts its row if there is none. It caches the number, which
// never changes.
func (s *Service) receiverNo(tx *store.Tx, r Receiver) (int64, error) {
	name := r.Book + " " + r.Key
	if no, ok := s.known.Load(name); ok {
		return no.(int64), nil
	}
	var no int64
	find := func() (bool, error) {
		return tx.Get(`SELECT no FROM callback_receiver WHERE book = ? AND key = ?`, []any{r.Book, r.Key}, &no)
	}
	found, err := find()
	if err == nil && !found {
		if _, err = tx.Exec(`INSERT INTO callback_receiver (corpid, app, book, key, endpoint) VALUES (?, ?, ?, ?, ?) ON CONFLICT (book, key) DO NOTHING`,
			orNull(r.CorpID), orNull(r.App), r.Book, r.Key, append([]byte{}, r.endpoint...)); err == nil {
			found, err = find()
		}
	}
	if err == nil && !found { // another transaction inserted it meanwhile; ours sees it when it runs again
		err = store.ErrConflict
	}
	if err != nil {
		return 0, fmt.Errorf("receiver %s: %w", name, err)
	}
	tx.AfterCommit(func() { s.known.Store(name, no) })
	return no, nil
}

func orNull[T comparable](v T) any {
	var zero T
	if v == zero {
		return nil
	}
	return v
}

// Forget drops the cached numbers of receivers, because a restore may have changed the rows.
func (s *Service) Forget() { s.known.Clear() }
