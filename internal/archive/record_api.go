package archive

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/door"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// What programs that need no library ask for, with the token of the archive's application. The window of the
// library does not bind them.
func (s *Service) recordRoutes() []door.Route {
	return []door.Route{
		{Pattern: "GET /archive/records", Handler: s.reader("records", s.serveRecords)},
		{Pattern: "GET /archive/search", Handler: s.reader("search", s.serveSearch)},
		{Pattern: "GET /archive/context", Handler: s.reader("context", s.serveContext)},
		{Pattern: "GET /archive/reads", Handler: s.reader("reads", s.serveReads)},
	}
}

// reader makes a handler that writes down who reads what.
func (s *Service) reader(what string, serve func(w http.ResponseWriter, r *http.Request, by Reader) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		door.Answer(w, r, s.deps.Log, nil, func() (any, error) {
			caller, err := s.caller(r)
			if err != nil {
				return nil, err
			}
			by := program(caller)
			asked := r.URL.Query()
			asked.Del("access_token")
			if err := s.deps.Store.Write(r.Context(), func(tx *store.Tx) error { return s.Note(tx, by, what, asked.Encode()) }); err != nil {
				return nil, err
			}
			return serve(w, r, by)
		})
	})
}

// Shown is a record as programs read it.
type Shown struct {
	Seq      int64  `json:"seq"`
	MsgID    string `json:"msgid"`
	At       int64  `json:"time"` // Unix milliseconds
	Action   string `json:"action"`
	Type     string `json:"msgtype"`
	From     string `json:"from"`
	Peer     string `json:"peer,omitempty"` // the other one of two
	RoomID   string `json:"roomid,omitempty"`
	External bool   `json:"external,omitempty"`
	Version  int64  `json:"publickey_ver"`
	Key      string `json:"encrypt_random_key,omitempty"`
	Msg      string `json:"encrypt_chat_msg,omitempty"`
	// Message is the plaintext, where the enterprise keeps it.
	Message json.RawMessage `json:"message,omitempty"`
	// Erased is the number of the report that says why it is no longer there.
	Erased int64 `json:"erased,omitempty"`
	// Revoked is the seq of the record by which the sender took it back.
	Revoked int64 `json:"revoked_by,omitempty"`
	Hits    []Hit `json:"hits,omitempty"`
	// Conversation is our number of it.
	Conversation int64  `json:"conversation"`
	Hash         string `json:"hash"`
}

// Question is what a reader asks for. Empty fields do not matter.
type Question struct {
	After  int64 // seq
	Before int64 // seq; of a search, whose newest come first
	Limit  int64
	Person string // who speaks, or the other one of two
	RoomID string
	Type   string
	Since  time.Time
	Until  time.Time
	Words  []string
}

// Bounds of the words of a search. Each is looked for in thousands of records.
const (
	wordsMost       = 20
	wordsCharacters = 500 // all together
)

// readAtOnce is how many records an answer has at most, and usually.
const (
	readAtOnce  = 1000
	readUsually = 100
)

// ParseQuestion reads a question from a query.
func ParseQuestion(q url.Values) (out Question, err error) {
	out = Question{Person: q.Get("person"), RoomID: q.Get("roomid"), Type: q.Get("msgtype"), Words: strings.Fields(q.Get("words"))}
	number := func(name string) (n int64) {
		if text := q.Get(name); text != "" && err == nil {
			if n, err = strconv.ParseInt(text, 10, 64); err != nil || n < 0 {
				err = wire.ErrParameter.With("%s: a number expected", name)
			}
		}
		return n
	}
	out.After, out.Before, out.Limit = number("after"), number("before"), number("limit")
	if since := number("since"); since > 0 {
		out.Since = time.UnixMilli(since)
	}
	if until := number("until"); until > 0 {
		out.Until = time.UnixMilli(until)
	}
	if out.Limit == 0 {
		out.Limit = readUsually
	}
	if out.Limit > readAtOnce && err == nil {
		err = wire.ErrParameter.With("limit: at most %d", readAtOnce)
	}
	if (len(out.Words) > wordsMost || utf8.RuneCountInString(q.Get("words")) > wordsCharacters) && err == nil {
		err = ErrWords.With("words: at most %d, of %d characters together, expected", wordsMost, wordsCharacters)
	}
	return out, err
}

// where returns the condition of the question on records, with its arguments.
func (q Question) where() (where string, args []any) {
	add := func(condition string, values ...any) {
		where += ` AND ` + condition
		args = append(args, values...)
	}
	if q.Person != "" {
		add(`(sender = ? OR peer = ?)`, q.Person, q.Person)
	}
	if q.RoomID != "" {
		add(`conversation IN (SELECT no FROM archive_conversation c WHERE c.archive = archive_record.archive AND c.name = ?)`, conversationName(q.RoomID, "", ""))
	}
	if q.Type != "" {
		add(`msgtype = ?`, q.Type)
	}
	if !q.Since.IsZero() {
		add(`at >= ?`, q.Since.UnixMilli())
	}
	if !q.Until.IsZero() {
		add(`at < ?`, q.Until.UnixMilli())
	}
	return where, args
}

type recordsAnswer struct {
	Records []Shown `json:"records"`
	// Next is the seq to ask on from: after for records, before for a search. 0 if there is nothing more now.
	Next int64 `json:"next"`
}

// Records returns the records behind Question.After that the question is about.
func (s *Service) Records(tx *store.Tx, corpID string, q Question) (answer recordsAnswer, err error) {
	a, err := s.kept(tx, corpID)
	if err != nil {
		return answer, err
	}
	of, err := s.reach(tx, a, Reader{Range: access.Everything()}, q)
	if err != nil {
		return answer, err
	}
	where, args := q.where()
	var list []Record
	if of != nil {
		list, err = of.behind(tx, a, q.After, q.Limit, where, args)
	} else {
		list, err = selectRecords(tx, `archive = ? AND corpid = ? AND seq > ?`+where+` ORDER BY seq LIMIT ?`, append(append([]any{a.no, corpID, q.After}, args...), q.Limit)...)
	}
	if err != nil {
		return answer, err
	}
	answer.Records, err = s.shown(tx, a, list)
	if int64(len(list)) == q.Limit {
		answer.Next = list[len(list)-1].Seq
	}
	return answer, err
}

// shown adds to records what is kept beside them.
func (s *Service) shown(tx *store.Tx, a archived, list []Record) ([]Shown, error) {
	out := []Shown{}
	seqs := make([]int64, len(list))
	for i, r := range list {
		seqs[i] = r.Seq
	}
	plain, err := plainOfSome(tx, a, seqs)
	if err != nil {
		return nil, err
	}
	revoked, err := revokedBy(tx, a, seqs)
	for _, r := range list {
		one := Shown{
			Seq: r.Seq, MsgID: r.MsgID, At: r.At.UnixMilli(), Action: r.Action, Type: r.Type, From: r.From, Peer: r.Peer, RoomID: r.RoomID, External: r.External,
			Version: r.Version, Key: r.Key, Msg: r.Msg, Erased: r.Erased, Revoked: revoked[r.Seq], Conversation: r.Conversation, Hash: hexOf(r.Hash),
		}
		if text, ok := plain[r.Seq]; ok {
			one.Message = json.RawMessage(text)
		}
		out = append(out, one)
	}
	return out, err
}

func (s *Service) serveRecords(w http.ResponseWriter, r *http.Request, by Reader) (any, error) {
	q, err := ParseQuestion(r.URL.Query())
	if err != nil {
		return nil, err
	}
	if strings.Contains(r.Header.Get("Accept"), "text/event-stream") {
		if id := r.Header.Get("Last-Event-ID"); id != "" {
			if q.After, err = strconv.ParseInt(id, 10, 64); err != nil {
				return nil, wire.ErrParameter.With("Last-Event-ID: a seq expected")
			}
		}
		return nil, s.follow(w, r, by, q)
	}
	var answer recordsAnswer
	err = s.deps.Store.Read(r.Context(), func(tx *store.Tx) (err error) {
		answer, err = s.Records(tx, by.CorpID, q)
		return err
	})
	return answer, err
}

// beatEvery is how often a stream without news is kept alive, and looks for what another server has sealed. It
// is machine time.
const beatEvery = 5 * time.Second

// follow sends records as they come, until the reader goes.
func (s *Service) follow(w http.ResponseWriter, r *http.Request, by Reader, q Question) error {
	stream, err := door.Open(w, r)
	if err != nil {
		return err
	}
	tell := func() error {
		for {
			var answer recordsAnswer
			if err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) (err error) {
				answer, err = s.Records(tx, by.CorpID, q)
				return err
			}); err != nil {
				return err
			}
			for _, one := range answer.Records {
				stream.Send("record", strconv.FormatInt(one.Seq, 10), one)
				q.After = one.Seq
			}
			if answer.Next == 0 {
				return nil
			}
			stream.Flush()
		}
	}
	// Whoever waits takes the channel before looking, so that what comes in between is not missed.
	wake, ended := s.news.channels()
	err = tell()
	if err == nil {
		err = stream.Run(door.Loop{
			Every: beatEvery, Beat: func() { stream.Remark("") },
			Look: func() (bool, error) {
				if _, err := s.caller(r); err != nil {
					return false, nil // the token has expired
				}
				return true, tell()
			},
			News: func() <-chan struct{} { return wake },
			Tell: func() error {
				wake, _ = s.news.channels()
				return tell()
			},
			Ends: []door.End{{When: ended}},
		})
	}
	if err != nil && r.Context().Err() == nil {
		s.deps.Log.Warn("stream of the archive", "err", err)
	}
	return nil
}

func (s *Service) serveReads(w http.ResponseWriter, r *http.Request, by Reader) (any, error) {
	q, err := ParseQuestion(r.URL.Query())
	if err != nil {
		return nil, err
	}
	var out struct {
		Reads []Read `json:"reads"`
		Next  int64  `json:"next"` // before, to ask on
	}
	err = s.deps.Store.Read(r.Context(), func(tx *store.Tx) (err error) {
		out.Reads, out.Next, err = s.Reads(tx, by.CorpID, ReadsAsked{Before: q.Before, UserID: r.URL.Query().Get("userid"), Limit: q.Limit})
		return err
	})
	return out, err
}
