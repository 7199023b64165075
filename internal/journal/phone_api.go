package journal

import (
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"qiwei/internal/door"
	"qiwei/internal/form"
	"qiwei/internal/id"
	"qiwei/internal/login"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Routes returns the calls of a member's page, with the member's session.
func (s *Service) Routes() []door.Route {
	page := s.deps.Member.JSON
	return []door.Route{
		{Pattern: "GET /phone/api/journals", Handler: page(s.phoneList)},
		{Pattern: "GET /phone/api/journals/{uuid}", Handler: page(s.phoneRecord)},
		{Pattern: "POST /phone/api/journals", Handler: page(s.phoneSubmit)},
		{Pattern: "POST /phone/api/journals/{uuid}/{step}", Handler: page(s.phoneStep)},
		{Pattern: "GET /phone/api/journal_templates", Handler: page(s.phoneTemplates)},
		{Pattern: "GET /phone/api/journals/{uuid}/files/{media_id}", Handler: s.deps.Member.File(s.phoneFile)},
		{Pattern: "GET /journal/drive/{fileid}", Handler: http.HandlerFunc(s.serveDriveFile)},
	}
}

// listMost is how many reports a page of a member's list has.
const listMost = 50

// brief is a report in a member's list.
type brief struct {
	No     int64     `json:"no"` // where the next page begins
	UUID   string    `json:"journaluuid"`
	Name   string    `json:"name"`
	At     int64     `json:"at"` // Unix seconds
	UserID id.UserID `json:"userid"`
	Who    string    `json:"who"`
	Text   string    `json:"text"` // the first of it
	Read   bool      `json:"read"` // by the member, or by anybody if it is the member's own
	Talk   int       `json:"comments"`
}

func (s *Service) phoneList(r *http.Request, sess login.Session) (any, error) {
	role, ok := map[string]int64{"mine": written, "received": received}[r.URL.Query().Get("box")]
	if !ok {
		return nil, ErrParameter.With("box: mine or received expected")
	}
	before, err := door.Number(r, "before")
	if err != nil {
		return nil, err
	}
	where, args := `corpid = ? AND userkey = ? AND role = ?`, []any{sess.CorpID, sess.Member.UserID.Key(), role}
	if before > 0 {
		where, args = where+` AND journal < ?`, append(args, before)
	}
	out := []brief{}
	err = s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		list, err := selectRecords(tx, `no IN (SELECT journal FROM journal_person WHERE `+where+` ORDER BY journal DESC LIMIT ?) ORDER BY no DESC`, append(args, int64(listMost))...)
		if err != nil {
			return err
		}
		names, err := s.Names(tx, sess.CorpID, list...)
		for _, r := range list {
			read := len(r.Readers) > 0
			if role == received {
				read = slices.ContainsFunc(r.Readers, sess.Member.UserID.Equal)
			}
			out = append(out, brief{r.No, r.UUID, r.Name, r.At, r.Submitter, names[string(r.Submitter)], strings.TrimSpace(summary(r.Contents)), read, len(r.Comments)})
		}
		return err
	})
	return map[string]any{"journals": out}, err
}

// mine returns a report that a member may see.
func (s *Service) mine(tx *store.Tx, r *http.Request, sess login.Session) (*Record, error) {
	rec, err := s.record(tx, sess.CorpID, r.PathValue("uuid"))
	if errors.Is(err, ErrParameter) || err == nil && !rec.concerns(sess.Member.UserID) {
		return nil, door.ErrNotFound
	}
	return rec, err
}

func (s *Service) phoneRecord(r *http.Request, sess login.Session) (any, error) {
	var out struct {
		Info  json.RawMessage   `json:"info"`  // as get_record_detail has it
		Names map[string]string `json:"names"` // by userid
		// Comments are the ids of the comments as texts: a browser's numbers have fewer digits.
		Comments []string `json:"comments"`
	}
	out.Comments = []string{}
	err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		rec, err := s.mine(tx, r, sess)
		if err == nil {
			out.Info = rec.JSON()
			for _, c := range rec.Comments {
				out.Comments = append(out.Comments, strconv.FormatInt(c.ID, 10))
			}
			out.Names, err = s.Names(tx, sess.CorpID, rec)
		}
		return err
	})
	return out, err
}

// Names returns the names of everybody in reports, by userid. Who has left is called by the userid.
func (s *Service) Names(tx *store.Tx, corpID string, list ...*Record) (map[string]string, error) {
	out := map[string]string{}
	for _, r := range list {
		r.eachUser(func(u *id.UserID) { out[string(*u)] = string(*u) })
	}
	known, err := s.deps.Directory.NamesOf(tx, corpID, id.From[id.UserID](slices.Collect(maps.Keys(out))))
	for u := range out {
		if name, ok := known[id.UserID(u).Key()]; ok {
			out[u] = name
		}
	}
	return out, err
}

func (s *Service) phoneFile(r *http.Request, sess login.Session) (f *wire.File, err error) {
	err = s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		rec, err := s.mine(tx, r, sess)
		if errors.Is(err, door.ErrNotFound) {
			return nil
		}
		if err == nil {
			f, err = s.File(tx, rec, r.PathValue("media_id"))
		}
		return err
	})
	return f, err
}

func (s *Service) phoneSubmit(r *http.Request, sess login.Session) (any, error) {
	var req struct {
		TemplateID string         `json:"template_id"`
		Contents   []form.Content `json:"contents"`
		Receivers  []id.UserID    `json:"receivers"`
	}
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		return nil, err
	}
	var answer recordAnswer
	err := s.deps.Store.Write(r.Context(), func(tx *store.Tx) error {
		t, err := s.template(tx, sess.CorpID, req.TemplateID, "")
		if err != nil {
			return err
		}
		rec, err := s.Write(r.Context(), tx, Draft{UserID: sess.Member.UserID, Template: t, Contents: req.Contents, Receivers: req.Receivers})
		if err == nil {
			answer.UUID = rec.UUID
		}
		return err
	})
	return answer, err
}

func (s *Service) phoneStep(r *http.Request, sess login.Session) (any, error) {
	var req struct {
		To      json.Number `json:"to"` // or a text
		Content string      `json:"content"`
	}
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		return nil, err
	}
	to, err := strconv.ParseInt(cmp.Or(req.To.String(), "0"), 10, 64)
	if err != nil {
		return nil, ErrParameter.With("to: the number of a comment expected")
	}
	var answer commentAnswer
	err = s.deps.Store.Write(r.Context(), func(tx *store.Tx) error {
		rec, err := s.mine(tx, r, sess)
		if err != nil {
			return err
		}
		switch r.PathValue("step") {
		case "read":
			return s.Read(tx, rec, sess.Member.UserID)
		case "comment":
			answer.ID, err = s.Comment(r.Context(), tx, rec, sess.Member.UserID, to, req.Content)
			return err
		}
		return door.ErrNotFound
	})
	return answer, err
}

func (s *Service) phoneTemplates(r *http.Request, sess login.Session) (any, error) {
	out := []templateAnswer{}
	err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		list, err := s.Templates(tx, sess.CorpID)
		if err != nil {
			return err
		}
		for _, t := range list {
			writes, err := s.deps.Directory.InRange(tx, sess.CorpID, t.Range, sess.Member)
			if err != nil {
				return err
			}
			if writes {
				out = append(out, templateAnswer{t.TemplateID, t.TemplateBody})
			}
		}
		return nil
	})
	return map[string]any{"templates": out}, err
}
