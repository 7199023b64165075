package phone

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"qiwei/internal/directory"
	"qiwei/internal/find"
	"qiwei/internal/login"
	"qiwei/internal/message"
	"qiwei/internal/sound"
	"qiwei/internal/store"
)

// Finder is a room in which a member's words are looked for.
type Finder interface {
	// Find returns those of the member's messages that have the words, at most most of them.
	Find(tx *store.Tx, corpID string, m directory.Member, words find.Words, most int) ([]find.Hit, error)
}

// These bound an answer.
const (
	membersFound  = 20
	appsFound     = 20
	messagesFound = 50
)

type (
	searchAnswer struct {
		Members []contactLine `json:"members"`
		// MembersTotal is how many there are.
		MembersTotal int64          `json:"members_total"`
		Apps         []workbenchApp `json:"apps"`
		Messages     []foundLine    `json:"messages"`
		// More says that there are other messages.
		More bool `json:"more,omitempty"`
	}
	foundLine struct {
		Key    string    `json:"key"` // of the conversation
		No     int64     `json:"no"`
		From   string    `json:"from,omitempty"` // name of the author, in a conversation of several
		Text   string    `json:"text"`
		SentAt time.Time `json:"sent_at"`
	}
)

// search answers the colleagues, the applications and the messages of the member's that are meant by some words.
func (s *Service) search(r *http.Request, sess login.Session) (any, error) {
	typed := r.URL.Query().Get("q")
	words := find.Split(typed)
	out := searchAnswer{Members: []contactLine{}, Apps: []workbenchApp{}, Messages: []foundLine{}}
	if len(words) == 0 {
		return out, nil
	}
	err := s.deps.Messages.Inbox(r.Context(), sess.CorpID, sess.Member.UserID, func(tx *store.Tx, m directory.Member) (err error) {
		f := directory.MemberFilter{Status: seenStatus, Words: typed, Limit: membersFound}
		if out.Members, out.MembersTotal, err = s.contactsFound(r.Context(), tx, sess, f); err != nil {
			return err
		}
		if out.Apps, err = s.appsFound(tx, sess, typed); err != nil {
			return err
		}
		out.Messages, out.More, err = s.messagesFound(tx, sess.CorpID, m, words)
		return err
	})
	return out, err
}

// appsFound returns the applications that the member sees and whose name is meant, by its characters or their sound.
func (s *Service) appsFound(tx *store.Tx, sess login.Session, typed string) ([]workbenchApp, error) {
	out := []workbenchApp{}
	apps, err := s.deps.Apps.Apps(tx, sess.CorpID)
	for _, a := range apps {
		if a.Disabled || !message.Talks(a.Kind) || !find.Split(typed).In(a.Name) && !sound.Matches(a.Name, typed) || len(out) == appsFound {
			continue
		}
		sees, err := s.deps.Directory.InRange(tx, sess.CorpID, a.Range, sess.Member)
		if err != nil {
			return nil, err
		}
		if sees {
			out = append(out, workbenchApp{AgentID: a.AgentID, Kind: a.Kind, Name: a.Name, Logo: s.local(s.deps.Apps.LogoURL(a))})
		}
	}
	return out, err
}

// messagesFound returns the newest messages of all rooms that have the words.
func (s *Service) messagesFound(tx *store.Tx, corpID string, m directory.Member, words find.Words) ([]foundLine, bool, error) {
	out := []foundLine{}
	for _, room := range s.deps.Finders {
		hits, err := room.Find(tx, corpID, m, words, messagesFound+1)
		if err != nil {
			return nil, false, err
		}
		for _, h := range hits {
			out = append(out, foundLine{h.Key, h.No, h.From, h.Text, h.At})
		}
	}
	slices.SortStableFunc(out, func(a, b foundLine) int { return cmp.Or(b.SentAt.Compare(a.SentAt), cmp.Compare(b.No, a.No)) })
	more := len(out) > messagesFound
	return out[:min(len(out), messagesFound)], more, nil
}
