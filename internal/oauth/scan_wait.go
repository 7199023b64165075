package oauth

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"qiwei/internal/store"
)

// status returns the state of a QR code. An unknown key counts as expired.
func (s *Service) status(ctx context.Context, key string) (sc scan, err error) {
	err = s.deps.Store.Read(ctx, func(tx *store.Tx) error {
		var found bool
		sc, found, err = s.selectScan(tx, key)
		if err == nil && !found {
			sc.status = scanOver
		}
		return err
	})
	return sc, err
}

// wait returns the QR code's state once it differs from what the page knows, or after holdTime.
func (s *Service) wait(ctx context.Context, key, known string) (scan, error) {
	ctx, cancel := context.WithTimeout(ctx, holdTime)
	defer cancel()
	// Take the bell before looking, so that a change in between rings it.
	bell, leave := s.waiting.enter(key)
	defer leave()
	look := time.NewTicker(lookTime)
	defer look.Stop()
	for {
		sc, err := s.status(context.WithoutCancel(ctx), key)
		if err != nil || known == "" || sc.status.word() != known || sc.status >= scanConfirmed {
			return sc, err
		}
		select {
		case <-bell:
		case <-look.C:
		case <-s.stopped.Done():
			return sc, nil
		case <-ctx.Done():
			return sc, nil
		}
	}
}

// waiting are the pages that wait on this server, by the key of their QR code.
type waiting struct {
	mu    sync.Mutex
	bells map[string][]chan struct{}
}

func (w *waiting) enter(key string) (bell <-chan struct{}, leave func()) {
	b := make(chan struct{}, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.bells == nil {
		w.bells = map[string][]chan struct{}{}
	}
	w.bells[key] = append(w.bells[key], b)
	return b, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		var rest []chan struct{}
		for _, other := range w.bells[key] {
			if other != b {
				rest = append(rest, other)
			}
		}
		if w.bells[key] = rest; len(rest) == 0 {
			delete(w.bells, key)
		}
	}
}

func (w *waiting) ring(key string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, b := range w.bells[key] {
		select {
		case b <- struct{}{}:
		default:
		}
	}
}

// asks reads what a page asks about its QR code: from the address, a form or JSON.
func asks(w http.ResponseWriter, r *http.Request) url.Values {
	q := r.URL.Query()
	if r.Method != http.MethodPost {
		return q
	}
	r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		var body map[string]any
		if json.NewDecoder(r.Body).Decode(&body) == nil {
			for name, value := range body {
				if text, ok := value.(string); ok {
					q.Set(name, text)
				}
			}
		}
		return q
	}
	if r.ParseForm() == nil {
		for name := range r.PostForm {
			q.Set(name, r.PostForm.Get(name))
		}
	}
	return q
}

var callbackShape = regexp.MustCompile(`^[A-Za-z_$][A-Za-z0-9_.$]{0,127}$`)

type scanAnswer struct {
	Status   string `json:"status"`
	AuthCode string `json:"auth_code"`
}

func answerOf(sc scan) scanAnswer { return scanAnswer{sc.status.word(), sc.code} }

// pollConnect answers the classic page: JSONP where it names a callback.
func (s *Service) pollConnect(w http.ResponseWriter, r *http.Request) {
	q := asks(w, r)
	callback := q.Get("callback")
	if callback != "" && !callbackShape.MatchString(callback) {
		http.Error(w, "callback: letters, digits, _ . and $ expected", http.StatusBadRequest)
		return
	}
	sc, err := s.wait(r.Context(), q.Get("key"), q.Get("lastStatus"))
	if err != nil {
		s.deps.Login.NotFound(w, r, err)
		return
	}
	body, err := json.Marshal(answerOf(sc))
	if err != nil {
		s.deps.Login.NotFound(w, r, err)
		return
	}
	kind := "application/json; charset=UTF-8"
	if callback != "" {
		kind = "text/javascript; charset=UTF-8"
		body = []byte(callback + "(" + string(body) + ")")
	}
	sendPoll(w, kind, body)
}

// pollWeb answers the newer page.
func (s *Service) pollWeb(w http.ResponseWriter, r *http.Request) {
	q := asks(w, r)
	sc, err := s.wait(r.Context(), q.Get("webKey"), q.Get("lastStatus"))
	if err != nil {
		s.deps.Login.NotFound(w, r, err)
		return
	}
	sid := q.Get("openDataSid")
	body, err := json.Marshal(map[string]any{"data": struct {
		scanAnswer
		OpenDataSID string `json:"openDataSid"`
	}{answerOf(sc), sid}})
	if err != nil {
		s.deps.Login.NotFound(w, r, err)
		return
	}
	sendPoll(w, "application/json; charset=UTF-8", body)
}

func sendPoll(w http.ResponseWriter, kind string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	bytes.NewReader(body).WriteTo(w)
}
