package phone

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"qiwei/internal/directory"
	"qiwei/internal/login"
	"qiwei/internal/message"
	"qiwei/internal/store"
)

// beatEvery is how often a line says that it is there. The page takes one that has
// been silent for three times that for dead.
const beatEvery = 15 * time.Second

// The events of a line. Each batch ends with mark, whose id is how far the page has
// come then; it sends it back when it comes again. Nothing is left out; a message may
// be told of twice.
//
//	hello      the line begins; fresh: the page is to read everything anew
//	message    a message has come or changed: {"agentid", "chatid", "message"}
//	bot        something has in a conversation with a robot: {"bot", "chatid"}
//	mark       nothing but the id
//	beat       nothing
//	crowded    the member has opened too many others; the page does not come again by itself
//	signed-out the session has ended

// events is a line: server-sent events for as long as the page is there.
func (s *Service) events(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	sess, found, err := s.deps.Login.SignedIn(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if !found {
		refuse(w, http.StatusUnauthorized, "nobody is signed in")
		return
	}
	l, ok, err := s.hub.enter(r.Context(), sess.CorpID, sess.Member.No)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if !ok {
		h.Set("Retry-After", "30")
		refuse(w, http.StatusServiceUnavailable, "too many pages are listening")
		return
	}
	defer s.hub.leave(l)
	control := http.NewResponseController(w)
	if err := control.SetWriteDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		s.fail(w, r, err)
		return
	}
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("X-Accel-Buffering", "no")
	if err := s.serve(&wireLine{w: w, control: control}, r, sess, l); err != nil && r.Context().Err() == nil {
		s.deps.Log.Warn("a member's line", "err", err)
	}
}

func (s *Service) fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() == nil {
		s.deps.Log.Error("phone", "path", r.URL.Path, "err", err)
	}
	refuse(w, http.StatusInternalServerError, "the server could not answer")
}

func refuse(w http.ResponseWriter, status int, why string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]string{"error": why})
}

// wireLine writes events. After an error it writes nothing more.
type wireLine struct {
	w       http.ResponseWriter
	control *http.ResponseController
	gone    bool
}

func (l *wireLine) send(event, id string, data any) {
	if l.gone {
		return
	}
	body, err := json.Marshal(data)
	if err != nil {
		l.gone = true
		return
	}
	if id != "" {
		id = "id: " + id + "\n"
	}
	_, err = fmt.Fprintf(l.w, "event: %s\n%sdata: %s\n\n", event, id, body)
	l.gone = err != nil
}

func (l *wireLine) flush() { l.gone = l.gone || l.control.Flush() != nil }

type nothing struct{}

func (s *Service) serve(out *wireLine, r *http.Request, sess login.Session, l *line) error {
	if err := s.begin(out, r, sess, l); err != nil {
		return err
	}
	beat := time.NewTicker(beatEvery)
	defer beat.Stop()
	for out.flush(); !out.gone; out.flush() {
		select {
		case <-r.Context().Done():
			return nil
		case <-s.hub.ended.Done():
			return nil
		case <-l.crowd:
			out.send("crowded", "", nothing{})
			out.flush()
			return nil
		case <-l.ended:
			if gone, err := s.signedOut(out, r, sess); gone || err != nil {
				return err
			}
		case <-beat.C:
			if gone, err := s.signedOut(out, r, sess); gone || err != nil {
				return err
			}
			out.send("beat", "", nothing{})
		case <-l.bell:
			if err := s.tell(out, r, sess, l.take()); err != nil {
				return err
			}
		}
	}
	return nil
}

// signedOut tells the page if its session has ended.
func (s *Service) signedOut(out *wireLine, r *http.Request, sess login.Session) (bool, error) {
	now, found, err := s.deps.Login.SignedIn(r)
	if err != nil || (found && now.Member.No == sess.Member.No) {
		return false, err
	}
	out.send("signed-out", "", nothing{})
	out.flush()
	return true, nil
}

// begin says hello. A page that comes again is told first what it has missed.
func (s *Service) begin(out *wireLine, r *http.Request, sess login.Session, l *line) error {
	at, known := markOf(r)
	first := l.take()
	if !known {
		out.send("hello", markText(first.mark), map[string]bool{"fresh": true})
		return nil
	}
	var missed []int64
	fresh := false
	err := s.deps.Messages.Inbox(r.Context(), sess.CorpID, sess.Member.UserID, func(tx *store.Tx, m directory.Member) error {
		newest, err := s.deps.Messages.Newest(tx)
		if err != nil {
			return err
		}
		if at.Message > newest.Message || at.Version > newest.Version { // the mark is of another database
			fresh = true
			return nil
		}
		missed, fresh, err = s.deps.Messages.Since(tx, m.No, at, waitingMost)
		return err
	})
	if err != nil {
		return err
	}
	if !fresh {
		if err := s.tell(out, r, sess, news{messages: append(missed, first.messages...), mark: first.mark}); err != nil {
			return err
		}
	}
	out.send("hello", markText(first.mark), map[string]bool{"fresh": fresh})
	return nil
}

// tell sends what has come.
func (s *Service) tell(out *wireLine, r *http.Request, sess login.Session, n news) error {
	if n.all {
		out.send("hello", markText(n.mark), map[string]bool{"fresh": true})
		return nil
	}
	var list []message.Placed
	if len(n.messages) > 0 {
		if err := s.deps.Messages.Inbox(r.Context(), sess.CorpID, sess.Member.UserID, func(tx *store.Tx, m directory.Member) (err error) {
			list, err = s.deps.Messages.Numbered(r.Context(), tx, m, n.messages)
			return err
		}); err != nil {
			return err
		}
	}
	for _, p := range list {
		out.send("message", "", p)
	}
	for _, b := range n.bots {
		out.send("bot", "", b)
	}
	out.send("mark", markText(n.mark), nothing{})
	return nil
}

func markText(m message.Mark) string { return fmt.Sprintf("%d.%d", m.Message, m.Version) }

// markOf reads how far the page has come: from the header that browsers send when
// they make a line anew by themselves, or the query where the page does.
func markOf(r *http.Request) (m message.Mark, ok bool) {
	text := r.Header.Get("Last-Event-ID")
	if text == "" {
		text = r.URL.Query().Get("after")
	}
	first, second, ok := strings.Cut(text, ".")
	if !ok {
		return m, false
	}
	var err1, err2 error
	m.Message, err1 = strconv.ParseInt(first, 10, 64)
	m.Version, err2 = strconv.ParseInt(second, 10, 64)
	return m, err1 == nil && err2 == nil && m.Message >= 0 && m.Version >= 0
}
