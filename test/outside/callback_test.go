package yourapp

import (
	"context"
	"encoding/xml"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"qiwei/callbackcrypto"
	"qiwei/qiweitest"
)

const (
	token = "xyToken2025"
	key   = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
)

func TestReceiver(t *testing.T) {
	w := qiweitest.New(t)
	receiver := httptest.NewServer(NewReceiver(token, key)) // yours, unchanged
	defer receiver.Close()
	w.As("contact_sync").SetCallback(receiver.URL, token, key)

	// Contact sync is not told of its own changes, so somebody else makes this one.
	w.As("third_party_contacts").Call("POST", "/cgi-bin/user/create",
		`{"userid":"zhaoliu","name":"赵六","email":"zhaoliu@corp.example","department":[2]}`)
	w.Delivered()
	if got := receiver.Config.Handler.(*Receiver).Users(); !slices.Equal(got, []string{"create_user zhaoliu"}) {
		t.Errorf("received %q", got)
	}
}

func TestReceiverIsDown(t *testing.T) {
	w := qiweitest.New(t)
	mine := NewReceiver(token, key)
	receiver := httptest.NewServer(mine)
	defer receiver.Close()
	w.As("contact_sync").SetCallback(receiver.URL, token, key)
	mine.down = true
	w.As("third_party_contacts").Call("GET", "/cgi-bin/user/delete?userid=lisi", "")
	w.Delivered()
	mine.down = false
	if got := mine.Users(); got != nil {
		t.Errorf("received %q while it was down", got)
	}
	w.Advance(10 * time.Second)
	w.Delivered()
	if got := mine.Users(); !slices.Equal(got, []string{"delete_user lisi"}) {
		t.Errorf("received %q", got)
	}
}

// Receiver is a receiver such as yours.
type Receiver struct {
	http.Handler
	mu    sync.Mutex
	users []string
	down  bool
}

func NewReceiver(token, key string) *Receiver {
	crypt, err := callbackcrypto.New(token, key, "")
	if err != nil {
		panic(err)
	}
	r := &Receiver{}
	r.Handler = &callbackcrypto.Handler{Crypt: crypt, Receive: r.receive}
	return r
}

func (r *Receiver) receive(_ context.Context, p callbackcrypto.Push) ([]byte, error) {
	if r.down {
		return nil, errors.New("down")
	}
	var change struct {
		ChangeType, UserID string
	}
	if err := xml.Unmarshal(p.Body, &change); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.users = append(r.users, change.ChangeType+" "+change.UserID)
	return nil, nil
}

// Users returns the changes of members that have been received.
func (r *Receiver) Users() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.users
}
