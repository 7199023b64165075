package console

import (
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"

	"qiwei/internal/access"
	"qiwei/internal/archive"
	"qiwei/internal/store"
)

// The pages of the chat archive. Who may read it is the archive's own business: an admin of the enterprise has
// settings, keys and roles, and reads no message by that.

func (s *Service) archiveCalls() []call {
	return slices.Concat(
		[]call{
			{pattern: "GET /console/api/archive", right: look, handle: s.getArchive},
			{pattern: "PUT /console/api/archive", right: editCorp, handle: s.setArchive},
			{pattern: "POST /console/api/archive/keys", right: editCorp, handle: s.addArchiveKey},
			{pattern: "GET /console/api/archive/roles", right: readCorp, handle: s.listArchiveRoles},
			{pattern: "PUT /console/api/archive/roles/{userid}", right: rule, handle: s.appointReader},
			{pattern: "DELETE /console/api/archive/roles/{userid}", right: rule, handle: s.relieveReader},
		},
		s.archiveReadingCalls(), s.archiveKeepingCalls(),
	)
}

// archiveState is what the pages need first.
type archiveState struct {
	archive.Status
	Role    archive.Role                    `json:"role,omitempty"` // of whoever asks
	Volumes []archive.Volume                `json:"volumes"`        // of the days of a year
	Covered int64                           `json:"covered"`        // members
	Members int64                           `json:"members"`        // of the enterprise
	Ranges  map[archive.Edition]rangeDetail `json:"ranges"`
}

func (s *Service) getArchive(v *visit) (any, error) {
	out := archiveState{Ranges: map[archive.Edition]rangeDetail{}}
	return &out, v.look(func(tx *store.Tx) (err error) {
		if out.Status, err = s.deps.Archive.Status(tx, v.corpID); err != nil {
			return err
		}
		by, err := s.deps.Archive.ReaderOf(tx, v.corpID, v.member)
		if err != nil {
			return err
		}
		out.Role = by.Role
		if out.Volumes, err = s.deps.Archive.Volumes(tx, v.corpID, tx.Now().AddDate(-1, 0, 0)); err != nil {
			return err
		}
		for e, r := range out.Editions {
			if out.Ranges[e], err = v.rangeOf(tx, r); err != nil {
				return err
			}
		}
		if out.Members, _, err = s.deps.Directory.Size(tx, v.corpID); err != nil || !out.Enabled {
			return err
		}
		covered, err := s.deps.Archive.Permitted(tx, v.corpID, 0)
		out.Covered = int64(len(covered))
		return err
	})
}

func (s *Service) setArchive(v *visit) (any, error) {
	var req archive.Settings
	if err := v.read(&req); err != nil {
		return nil, err
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		return done{"archive.settings", "", map[string]any{"settings": req}}, s.deps.Archive.Set(v.ctx(), tx, v.corpID, req)
	})
}

func (s *Service) addArchiveKey(v *visit) (any, error) {
	var req struct {
		PublicKey string `json:"public_key"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	var version int64
	err := v.change(func(tx *store.Tx) (_ done, err error) {
		version, err = s.deps.Archive.AddKey(v.ctx(), tx, v.corpID, req.PublicKey)
		return done{"archive.key", itoa(version), nil}, err
	})
	return map[string]int64{"publickey_ver": version}, err
}

func (s *Service) listArchiveRoles(v *visit) (any, error) {
	type appointee struct {
		archive.Appointee
		Of rangeDetail `json:"of"`
	}
	out := []appointee{}
	return map[string]any{"roles": &out}, v.look(func(tx *store.Tx) error {
		list, err := s.deps.Archive.Appointees(tx, v.corpID)
		for _, a := range list {
			if err != nil {
				return err
			}
			one := appointee{Appointee: a}
			one.Of, err = v.rangeOf(tx, a.Range)
			out = append(out, one)
		}
		return err
	})
}

func (s *Service) appointReader(v *visit) (any, error) {
	var req struct {
		Role  archive.Role `json:"role"`
		Range access.Range `json:"range"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		return done{"archive.appoint", string(v.userid()), map[string]any{"role": req.Role, "range": req.Range}},
			s.deps.Archive.Appoint(v.ctx(), tx, v.corpID, v.userid(), req.Role, req.Range)
	})
}

func (s *Service) relieveReader(v *visit) (any, error) {
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		return done{"archive.relieve", string(v.userid()), nil}, s.deps.Archive.Relieve(v.ctx(), tx, v.corpID, v.userid())
	})
}

var errNoArchiveRole = problem{http.StatusForbidden, "archive-role", "你没有会话存档的这项权限；由超级管理员分配", "Your role in the archive does not allow this. Super admins give roles.", ""}

// reader returns whoever visits as a reader of the archive, if the test allows it.
func (v *visit) reader(tx *store.Tx, allows func(archive.Reader) bool) (archive.Reader, error) {
	by, err := v.s.deps.Archive.ReaderOf(tx, v.corpID, v.member)
	by.Address = v.by.From.String()
	if err == nil && !allows(by) {
		err = errNoArchiveRole
	}
	return by, err
}

func officer(by archive.Reader) bool { return by.Role == archive.Officer }

// noted finds the reader and writes down what is read, before it is.
func (v *visit) noted(what string, allows func(archive.Reader) bool) (by archive.Reader, err error) {
	asked := v.r.URL.Query()
	asked.Del("id") // of a file, which the seq names
	if no := v.r.PathValue("no"); no != "" {
		asked.Set("no", no)
	}
	return by, v.s.deps.Store.Write(v.ctx(), func(tx *store.Tx) (err error) {
		if by, err = v.reader(tx, allows); err != nil {
			return err
		}
		return v.s.deps.Archive.Note(tx, by, what, asked.Encode())
	})
}

func (s *Service) archiveReadingCalls() []call {
	return []call{
		{pattern: "GET /console/api/archive/conversations", right: look, handle: s.listConversations},
		{pattern: "GET /console/api/archive/conversations/{no}", right: look, handle: s.getConversation},
		{pattern: "GET /console/api/archive/search", right: look, handle: s.searchArchive},
		{pattern: "GET /console/api/archive/file", right: look, handle: s.getArchiveFile},
		{pattern: "GET /console/api/archive/reads", right: look, handle: s.listReads},
	}
}

// withNames is a part of the archive, and what the people in it are called.
type withNames struct {
	Conversations []archive.Conversation `json:"conversations,omitempty"`
	Records       []archive.Shown        `json:"records,omitempty"`
	Next          int64                  `json:"next"`
	Names         map[string]string      `json:"names"`
}

func (out *withNames) learn(tx *store.Tx, s *Service, corpID string) (err error) {
	seen := map[string]bool{}
	var ids []string
	add := func(list ...string) {
		for _, p := range list {
			if p != "" && !seen[p] {
				seen[p], ids = true, append(ids, p)
			}
		}
	}
	for _, c := range out.Conversations {
		add(c.People...)
	}
	for i := range out.Records {
		add(out.Records[i].From, out.Records[i].Peer)
		out.Records[i].Key, out.Records[i].Msg = "", "" // the page opens nothing
	}
	out.Names, err = s.deps.Archive.Names(tx, corpID, ids)
	return err
}

func (s *Service) listConversations(v *visit) (any, error) {
	before, err := v.number("before")
	if err != nil {
		return nil, err
	}
	by, err := v.noted("conversations", archive.Reader.Reads)
	if err != nil {
		return nil, err
	}
	var out withNames
	err = v.look(func(tx *store.Tx) (err error) {
		if out.Conversations, out.Next, err = s.deps.Archive.Conversations(tx, by, v.query("person"), before); err != nil {
			return err
		}
		return out.learn(tx, s, v.corpID)
	})
	return &out, err
}

// archivePage is how many records the reader's page gets at a time.
const archivePage = 60

func (s *Service) getConversation(v *visit) (any, error) {
	no, err := v.number("no")
	if err != nil {
		return nil, err
	}
	before, err := v.number("before")
	if err != nil {
		return nil, err
	}
	after, err := v.number("after")
	if err != nil {
		return nil, err
	}
	by, err := v.noted("conversation", archive.Reader.Reads)
	if err != nil {
		return nil, err
	}
	var out withNames
	err = v.look(func(tx *store.Tx) error {
		said, err := s.deps.Archive.Said(tx, by, no, before, after, archivePage)
		if err != nil {
			return err
		}
		out.Records, out.Next = said.Records, said.Next
		return out.learn(tx, s, v.corpID)
	})
	return &out, err
}

func (s *Service) searchArchive(v *visit) (any, error) {
	q, err := archive.ParseQuestion(v.r.URL.Query())
	if err != nil {
		return nil, err
	}
	q.Limit = min(q.Limit, archivePage)
	by, err := v.noted("search", archive.Reader.Reads)
	if err != nil {
		return nil, err
	}
	var out withNames
	err = v.look(func(tx *store.Tx) error {
		found, err := s.deps.Archive.Search(tx, by, q)
		if err != nil {
			return err
		}
		out.Records, out.Next = found.Records, found.Next
		return out.learn(tx, s, v.corpID)
	})
	return &out, err
}

// getArchiveFile answers a file of a record that the reader may read.
func (s *Service) getArchiveFile(v *visit) (any, error) {
	seq, err := v.number("seq")
	if err != nil {
		return nil, err
	}
	by, err := v.noted("file", archive.Reader.Reads)
	if err != nil {
		return nil, err
	}
	f, err := s.deps.Archive.OpenFile(v.ctx(), by, seq, v.query("id"))
	if err != nil {
		return nil, err
	}
	defer f.Content.Close()
	h := v.w.Header()
	kind, how := "application/octet-stream", "attachment"
	if f.Picture != "" {
		kind, how = f.Picture, "inline"
	}
	h.Set("Content-Type", kind)
	h.Set("Content-Length", strconv.FormatInt(f.Size, 10))
	h.Set("Content-Disposition", mime.FormatMediaType(how, map[string]string{"filename": f.Name}))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cache-Control", "private, no-store")
	_, _ = io.Copy(v.w, f.Content) // the rest goes to somebody who has gone
	return nil, nil
}

func (s *Service) listReads(v *visit) (any, error) {
	before, err := v.number("before")
	if err != nil {
		return nil, err
	}
	var out struct {
		Reads []archive.Read    `json:"reads"`
		Next  int64             `json:"next"`
		Names map[string]string `json:"names"`
	}
	return &out, v.look(func(tx *store.Tx) error {
		by, err := v.reader(tx, archive.Reader.Audits)
		if err != nil {
			return err
		}
		if out.Reads, out.Next, err = s.deps.Archive.Reads(tx, by.CorpID, archive.ReadsAsked{Before: before, UserID: v.query("userid"), What: v.query("what"), Limit: 50}); err != nil {
			return err
		}
		var ids []string
		for _, r := range out.Reads {
			ids = append(ids, r.UserID)
		}
		out.Names, err = s.deps.Archive.Names(tx, v.corpID, ids)
		return err
	})
}
