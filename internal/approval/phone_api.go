package approval

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/door"
	"qiwei/internal/form"
	"qiwei/internal/id"
	"qiwei/internal/login"
	"qiwei/internal/store"
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
	}
}

// boxes are a member's lists.
var boxes = map[string]int64{"mine": applied, "waiting": deciding, "decided": involved, "told": notified}

// listMost is how many approvals a page of a member's list has.
const listMost = 50

// brief is an approval in a member's list.
type brief struct {
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
func (s *Service) list(ctx context.Context, tx *store.Tx, corpID string, user id.UserID, role, before int64) ([]brief, error) {
	where, args := `corpid = ? AND userkey = ? AND role = ?`, []any{corpID, user.Key(), role}
	if before > 0 {
		where, args = where+` AND approval < ?`, append(args, before)
	}
	list, err := selectCases(tx, `no IN (SELECT approval FROM approval_person WHERE `+where+` ORDER BY approval DESC LIMIT ?) ORDER BY no DESC`, append(args, int64(listMost))...)
	if err != nil {
		return nil, err
	}
	out := []brief{}
	for _, c := range list {
		m, err := s.person(ctx, tx, corpID, c.Creator)
		if err != nil {
			return nil, err
		}
		b := brief{c.No, c.SpNo, c.Name(), int64(c.Status), c.At, c.Creator, m.Name, []string{}}
		for _, l := range c.Summary {
			if len(l.Info) > 0 {
				b.Summary = append(b.Summary, l.Info[0].Text)
			}
		}
		out = append(out, b)
	}
	return out, nil
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
		Approvals []brief `json:"approvals"`
		Waiting   int64   `json:"waiting"` // how many wait for the member
	}
	err = s.deps.Store.Read(r.Context(), func(tx *store.Tx) (err error) {
		if out.Approvals, err = s.list(r.Context(), tx, sess.CorpID, sess.Member.UserID, role, before); err != nil {
			return err
		}
		out.Waiting, err = tx.Count(`SELECT count(*) FROM approval_person WHERE corpid = ? AND userkey = ? AND role = ?`, sess.CorpID, sess.Member.UserID.Key(), deciding)
		return err
	})
	return out, err
}

// page is an approval as those whom it concerns see it.
type page struct {
	Info  json.RawMessage   `json:"info"`  // as getapprovaldetail has it
	Names map[string]string `json:"names"` // by userid
	Steps []string          `json:"steps"` // that the member may take
}

func (s *Service) phoneCase(r *http.Request, sess login.Session) (any, error) {
	var out page
	err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		c, err := s.caseOf(tx, sess.CorpID, r.PathValue("sp_no"))
		if errors.Is(err, ErrNoCase) || err == nil && !concerned(c, sess.Member.UserID) {
			return door.ErrNotFound
		}
		if err == nil {
			out, err = s.page(r.Context(), tx, c, sess.Member.UserID)
		}
		return err
	})
	return out, err
}

func (s *Service) page(ctx context.Context, tx *store.Tx, c *Case, user id.UserID) (out page, err error) {
	out = page{Info: c.json(), Names: map[string]string{}, Steps: steps(c, user)}
	c.eachUser(func(u *id.UserID) { out.Names[string(*u)] = "" })
	for u := range out.Names {
		m, err := s.person(ctx, tx, c.CorpID, id.UserID(u))
		if err != nil {
			return out, err
		}
		out.Names[u] = m.Name
	}
	return out, nil
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
	var out page
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
			out, err = s.page(r.Context(), tx, c, sess.Member.UserID)
		}
		return err
	})
	return out, err
}

func (s *Service) phoneSubmit(r *http.Request, sess login.Session) (any, error) {
	var req struct {
		TemplateID string         `json:"template_id"`
		Department int64          `json:"department"`
		Contents   []form.Content `json:"contents"`
	}
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		return nil, err
	}
	var answer stepAnswer
	err := s.deps.Store.Write(r.Context(), func(tx *store.Tx) error {
		t, err := s.visibleTemplate(tx, access.System(sess.CorpID), req.TemplateID)
		if err != nil {
			return err
		}
		if t.App != 0 { // a third party's is submitted by its application
			return ErrTemplate.With("the template %q is a third party's", t.Name())
		}
		c, err := s.Submit(r.Context(), tx, access.System(sess.CorpID), Application{
			Creator: sess.Member.UserID, TemplateID: req.TemplateID, Department: req.Department, Contents: req.Contents, ByMember: true,
		})
		if err == nil {
			answer = answerOf(c.SpNo, c.Status, c.Nodes)
		}
		return err
	})
	return answer, err
}

// phoneTemplates makes the platform's templates where they are not there, so it writes.
func (s *Service) phoneTemplates(r *http.Request, sess login.Session) (any, error) {
	var out struct {
		Templates []templateAnswer `json:"templates"`
		Vacations []userQuota      `json:"vacations"`
	}
	err := s.deps.Store.Write(r.Context(), func(tx *store.Tx) error {
		out.Templates, out.Vacations = []templateAnswer{}, []userQuota{}
		list, err := s.Templates(tx, sess.CorpID)
		if err != nil {
			return err
		}
		for _, t := range list {
			if t.App != 0 {
				continue
			}
			if err := s.complete(tx, t); err != nil {
				return err
			}
			out.Templates = append(out.Templates, templateAnswer{t.TemplateID, t.Name(), t.RecordType, t.Controls, Flow{}})
		}
		balances, err := s.Balances(r.Context(), tx, access.System(sess.CorpID), sess.Member.UserID)
		for _, b := range balances {
			out.Vacations = append(out.Vacations, userQuota{b.ID, b.Assigned, b.Used, b.Left(), b.Name, b.Real})
		}
		return err
	})
	return out, err
}
