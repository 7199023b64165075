package door

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// unreadMost is how long a page may leave data unread before its stream is dropped: unread data fills memory.
// It is machine time.
const unreadMost = 30 * time.Second

// Stream is an answer of server-sent events that lasts as long as the page is open. After an error it sends
// nothing more.
type Stream struct {
	w       http.ResponseWriter
	r       *http.Request
	control *http.ResponseController
	gone    bool
}

// Open begins a stream. On an error nothing has been written.
func Open(w http.ResponseWriter, r *http.Request) (*Stream, error) {
	s := &Stream{w: w, r: r, control: http.NewResponseController(w)}
	if err := s.extend(); err != nil {
		return nil, err
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Accel-Buffering", "no")
	return s, nil
}

func (s *Stream) extend() error {
	err := s.control.SetWriteDeadline(time.Now().Add(unreadMost))
	if errors.Is(err, http.ErrNotSupported) {
		return nil
	}
	return err
}

// Send sends an event with its data as JSON. Without an event it is a message. Without an id the page's
// position stays the same.
func (s *Stream) Send(event, id string, data any) {
	body, err := json.Marshal(data)
	if err != nil {
		s.gone = true
		return
	}
	text := ""
	if event != "" {
		text = "event: " + event + "\n"
	}
	if id != "" {
		text += "id: " + id + "\n"
	}
	s.write(fmt.Sprintf("%sdata: %s\n\n", text, body))
}

// Remark sends a comment, which the page ignores.
func (s *Stream) Remark(text string) { s.write(": " + text + "\n\n") }

func (s *Stream) write(text string) {
	if s.gone {
		return
	}
	_, err := s.w.Write([]byte(text))
	s.gone = err != nil
}

// Flush sends what is buffered.
func (s *Stream) Flush() {
	s.gone = s.gone || s.extend() != nil || s.control.Flush() != nil
}

// Loop says what a stream does.
type Loop struct {
	// Every is how often Beat is called, so that no proxy takes the connection for dead.
	Every time.Duration
	Beat  func()
	// Look reports whether the session is still valid. It is called before each beat, every LookEvery if that
	// is set, and when Doubt receives.
	Look      func() (more bool, err error)
	LookEvery time.Duration
	Doubt     <-chan struct{}
	// News returns a channel that is closed or sent to when there is something to tell. It is called anew
	// each time.
	News func() <-chan struct{}
	Tell func() error
	// Ends end the stream. Their last action may be nil.
	Ends []End
}

// End ends a stream when its channel is closed.
type End struct {
	When <-chan struct{}
	Do   func()
}

// Run sends until the page has gone, an end has come, or there is an error.
func (s *Stream) Run(l Loop) error {
	beat := time.NewTicker(l.Every)
	defer beat.Stop()
	var look <-chan time.Time
	if l.LookEvery > 0 {
		ticker := time.NewTicker(l.LookEvery)
		defer ticker.Stop()
		look = ticker.C
	}
	ended := make(chan End, 1)
	done := make(chan struct{})
	defer close(done)
	for _, e := range l.Ends {
		go func() {
			select {
			case <-e.When:
				select {
				case ended <- e:
				default:
				}
			case <-done:
			}
		}()
	}
	for s.Flush(); !s.gone; s.Flush() {
		beats := false
		select {
		case <-s.r.Context().Done():
			return nil
		case e := <-ended:
			if e.Do != nil {
				e.Do()
				s.Flush()
			}
			return nil
		case <-beat.C:
			beats = true
		case <-look:
		case <-l.Doubt:
		case <-l.News():
			if err := l.Tell(); err != nil {
				return err
			}
			continue
		}
		if more, err := l.Look(); err != nil || !more {
			s.Flush()
			return err
		}
		if beats {
			l.Beat()
		}
	}
	return nil
}
