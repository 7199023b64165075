package approval

import (
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"

	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/login"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Routes returns the calls of a member's page, with the member's session.
func (s *Service) Routes() []door.Route {
	page := s.deps.Member.JSON
	return []door.Route{
		{Pattern: "GET /phone/api/approvals", Handler: page(s.phoneList)},
		{Pattern: "GET /phone/api/approvals/{sp_no}", Handler: page(s.phoneCase)},
		{Pattern: "POST /phone/api/approvals", Handler: page(s.phoneSubmit)},
		{Pattern: "POST /phone/api/approvals/{sp_no}/{step}", Handler: page(s.phoneAct)},
		{Pattern: "GET /phone/api/approval_templates", Handler: page(s.phoneTemplates)},
		{Pattern: "POST /phone/api/approval_process", Handler: page(s.phoneProcess)},
		{Pattern: "GET /phone/api/approvals/{sp_no}/files/{media_id}", Handler: s.deps.Member.File(s.phoneFile)},
	}
}

// boxes are a member's lists.
var boxes = map[string]int64{"mine": applied, "waiting": deciding, "decided": involved, "told": notified}

// listMost is how many approvals a page of a member's list has.
const listMost = 50

// Brief is an approval in a list.
type Brief struct {
	No      int64     `json:"no"` // where the next page begins
	SpNo    string    `json:"sp_no"`
	Name    string    `json:"name"`
	Status  int64     `json:"status"`
	At      int64     `json:"at"` // Unix seconds
	UserID  id.UserID `json:"userid"`
	Who     string    `json:"who"`
	Summary []string  `json:"summary"`
}

// List returns a page of a member's approvals in a role, the newest first, below our number before if it is
// not 0.
func (s *Service) list(tx *store.Tx, corpID string, user id.UserID, role, before int64) ([]Brief, error) {
	where, args := `corpid = ? AND userkey = ? AND role = ?`, []any{corpID, user.Key(), role}
	if before > 0 {
		where, args = where+` AND approval < ?`, append(args, before)
	}
	list, err := selectCases(tx, `no IN (SELECT approval FROM approval_person WHERE `+where+` ORDER BY approval DESC LIMIT ?) ORDER BY no DESC`, append(args, int64(listMost))...)
	if err != nil {
		return nil, err
	}
	return s.Briefs(tx, list)
}

func (s *Service) phoneList(r *http.Request, sess login.Session) (any, error) {
	role, ok := boxes[r.URL.Query().Get("box")]
	if !ok {
		return nil, ErrParameter.With("box: mine, waiting, decided or told expected")
	}
	before, err := door.Number(r, "before")
	if err != nil {
		return nil, err
	}
	var out struct {
		Approvals []Brief `json:"approvals"`
		Waiting   int64   `json:"waiting"` // how many wait for the member
	}
	err = s.deps.Store.Read(r.Context(), func(tx *store.Tx) (err error) {
		if out.Approvals, err = s.list(tx, sess.CorpID, sess.Member.UserID, role, before); err != nil {
			return err
		}
		out.Waiting, err = tx.Count(`SELECT count(*) FROM approval_person WHERE corpid = ? AND userkey = ? AND role = ?`, sess.CorpID, sess.Member.UserID.Key(), deciding)
		return err
	})
	return out, err
}

// Page is an approval as those whom it concerns see it.
type Page struct {
	Info  json.RawMessage   `json:"info"`  // as getapprovaldetail has it
	Names map[string]string `json:"names"` // by userid
	Steps []string          `json:"steps"` // that the member may take
}

func (s *Service) phoneCase(r *http.Request, sess login.Session) (any, error) {
	var out Page
	err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		c, err := s.caseOf(tx, sess.CorpID, r.PathValue("sp_no"))
		if errors.Is(err, ErrNoCase) || err == nil && !concerned(c, sess.Member.UserID) {
			return door.ErrNotFound
		}
		if err == nil {
			out, err = s.page(tx, c, sess.Member.UserID)
		}
		return err
	})
	return out, err
}

func (s *Service) page(tx *store.Tx, c *Case, user id.UserID) (out Page, err error) {
	out = Page{Info: c.json(), Names: map[string]string{}, Steps: steps(c, user)}
	c.eachUser(func(u *id.UserID) { out.Names[string(*u)] = "" })
	known, err := s.deps.Directory.NamesOf(tx, c.CorpID, id.From[id.UserID](slices.Collect(maps.Keys(out.Names))))
	for u := range out.Names {
		out.Names[u] = cmp.Or(known[id.UserID(u).Key()], u)
	}
	return out, err
}

// steps returns what a member may do to an approval now.
func steps(c *Case, user id.UserID) []string {
	out := []string{}
	if c.Status == Deleted {
		return out
	}
	if i, _, ok := turn(c.Nodes, user); ok && c.Status == Pending {
		if c.Nodes[i].Type == Handle {
			out = append(out, "handle", "hand_over", "return")
		} else {
			out = append(out, "approve", "refuse", "transfer", "add", "return")
		}
	}
	if c.Creator.Equal(user) {
		if c.Status == Pending {
			out = append(out, "urge", "withdraw")
		}
		if c.Status == Passed {
			out = append(out, "withdraw")
		}
	}
	return append(out, "comment")
}

func (s *Service) phoneAct(r *http.Request, sess login.Session) (any, error) {
	var req struct {
		Speech string      `json:"speech"`
		Media  []string    `json:"media"`
		To     []id.UserID `json:"to"`
		Before bool        `json:"before"`
		Node   int64       `json:"node"`
	}
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		return nil, err
	}
	name := r.PathValue("step")
	if slices.Contains([]string{"delete", "pay"}, name) || verbs[name].do == nil {
		return nil, door.ErrNotFound
	}
	var out Page
	err := s.deps.Store.Write(r.Context(), func(tx *store.Tx) error {
		was, err := s.caseOf(tx, sess.CorpID, r.PathValue("sp_no"))
		if errors.Is(err, ErrNoCase) || err == nil && !concerned(was, sess.Member.UserID) {
			return door.ErrNotFound
		}
		if err != nil {
			return err
		}
		c, err := s.Act(r.Context(), tx, sess.CorpID, name, Action{SpNo: was.SpNo, By: sess.Member.UserID, Speech: req.Speech, Media: req.Media, To: req.To, Before: req.Before, Node: req.Node})
		if err == nil {
			out, err = s.page(tx, c, sess.Member.UserID)
		}
		return err
	})
	return out, err
}

// phoneFile returns a file of an approval that concerns the member.
func (s *Service) phoneFile(r *http.Request, sess login.Session) (f *wire.File, err error) {
	err = s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		c, err := s.caseOf(tx, sess.CorpID, r.PathValue("sp_no"))
		if errors.Is(err, ErrNoCase) || err == nil && !concerned(c, sess.Member.UserID) {
			return nil
		}
		if err == nil {
			f, err = s.files().Content(tx, c.No, r.PathValue("media_id"))
		}
		return err
	})
	return f, err
}
