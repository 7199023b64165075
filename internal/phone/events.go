package phone

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/login"
	"qiwei/internal/message"
	"qiwei/internal/store"
)

// BeatEvery is how often a line says that it is there. The page takes one that has
// been silent for three times that for dead.
const BeatEvery = 15 * time.Second

// The events of a line. Each batch ends with mark, whose id is the page's position then. The page sends it
// when it reconnects. Nothing is left out; a message may be reported twice.
//
//	hello      the line begins; fresh: the page must read everything anew
//	message    a message was written or changed: {"agentid", "chatid", "message"}
//	bot        the same in a conversation with a robot: {"bot", "chatid"}
//	talk       the same in any other room: {"key"}, whose first letter names the room
//	mark       nothing but the id
//	beat       nothing
//	crowded    the member has opened too many others; the page must not reconnect by itself
//	signed-out the session has ended

// events is a line: server-sent events while the page is open.
func (s *Service) events(w http.ResponseWriter, r *http.Request) {
	sess, err := s.deps.Member.Session(r)
	if err != nil {
		s.deps.Member.Refuse(w, r, err)
		return
	}
	l, ok, err := s.hub.enter(r.Context(), sess.CorpID, sess.Member.No)
	if err != nil {
		s.deps.Member.Refuse(w, r, err)
		return
	}
	if !ok {
		w.Header().Set("Retry-After", "30")
		s.deps.Member.Refuse(w, r, errCrowded)
		return
	}
	defer s.hub.leave(l)
	out, err := door.Open(w, r)
	if err != nil {
		s.deps.Member.Refuse(w, r, err)
		return
	}
	if err := s.serve(out, r, sess, l); err != nil && r.Context().Err() == nil {
		s.deps.Log.Warn("a member's line", "err", err)
	}
}

// errCrowded refuses a page for which the server has no capacity.
var errCrowded = door.Busy("too many pages are listening")

type nothing struct{}

func (s *Service) serve(out *door.Stream, r *http.Request, sess login.Session, l *line) error {
	if err := s.begin(out, r, sess, l); err != nil {
		return err
	}
	return out.Run(door.Loop{
		Every: s.deps.BeatEvery, Beat: func() { out.Send("beat", "", nothing{}) },
		Look: func() (more bool, err error) {
			now, found, err := s.deps.Login.SignedIn(r)
			if err != nil || (found && now.Member.No == sess.Member.No) {
				return err == nil, err
			}
			out.Send("signed-out", "", nothing{})
			return false, nil
		},
		Doubt: l.ended,
		News:  func() <-chan struct{} { return l.bell },
		Tell:  func() error { return s.sendNews(out, r, sess, l.take()) },
		Ends:  []door.End{{When: s.hub.ended.Done()}, {When: l.crowd, Do: func() { out.Send("crowded", "", nothing{}) }}},
	})
}

// begin sends hello. A page that reconnects is first told what it has missed.
func (s *Service) begin(out *door.Stream, r *http.Request, sess login.Session, l *line) error {
	at, known := markOf(r)
	first := l.take()
	if !known {
		out.Send("hello", markText(first.mark), map[string]bool{"fresh": true})
		return nil
	}
	var missed []int64
	fresh := false
	err := s.deps.Messages.Inbox(r.Context(), sess.CorpID, sess.Member.UserID, func(tx *store.Tx, m directory.Member) error {
		newest, err := s.deps.Messages.Newest(tx)
		if err != nil {
			return err
		}
		if at.Message > newest.Message || at.Version > newest.Version { // the mark belongs to another database
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
		if err := s.sendNews(out, r, sess, news{messages: append(missed, first.messages...), mark: first.mark}); err != nil {
			return err
		}
	}
	out.Send("hello", markText(first.mark), map[string]bool{"fresh": fresh})
	return nil
}

// sendNews sends the news.
func (s *Service) sendNews(out *door.Stream, r *http.Request, sess login.Session, n news) error {
	if n.all {
		out.Send("hello", markText(n.mark), map[string]bool{"fresh": true})
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
		out.Send("message", "", p)
	}
	for _, b := range n.bots {
		out.Send("bot", "", b)
	}
	for _, key := range n.talks {
		out.Send("talk", "", map[string]string{"key": key})
	}
	out.Send("mark", markText(n.mark), nothing{})
	return nil
}

func markText(m message.Mark) string { return fmt.Sprintf("%d.%d", m.Message, m.Version) }

// markOf reads the page's position: from the header that browsers send when they reconnect by themselves, or
// from the query if the page reconnects.
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
