package phone

import (
	"context"
	"net/http"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/login"
	"qiwei/internal/store"
)

// The address book: a member sees everybody in the enterprise who is not disabled and whom no rule hides (package
// contactrule), with what colleagues need to reach each other.

// contactsMost is how many members a page has.
const contactsMost = 200

// seenStatus selects members who are not disabled.
const seenStatus = int64(directory.Active | directory.Inactive)

type departmentLine struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

type departmentAnswer struct {
	Department departmentLine   `json:"department"`
	Path       []departmentLine `json:"path"` // from the root to it
	Children   []departmentLine `json:"children"`
}

// departments answers a department and its children.
func (s *Service) departments(r *http.Request, sess login.Session) (any, error) {
	dep, err := number(r, "id")
	if err != nil {
		return nil, err
	}
	if dep == 0 {
		dep = access.Root
	}
	out := departmentAnswer{Path: []departmentLine{}, Children: []departmentLine{}}
	err = s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		path, children, err := s.deps.Directory.Around(tx, sess.CorpID, dep)
		if err != nil {
			return err
		}
		for _, d := range path {
			out.Path = append(out.Path, departmentLine{d.ID, d.Name})
		}
		sight, err := s.deps.Rules.Sight(tx, sess.CorpID, sess.Member, false)
		if err != nil {
			return err
		}
		if children, err = s.deps.Rules.Departments(tx, sight, children); err != nil {
			return err
		}
		for _, d := range children {
			out.Children = append(out.Children, departmentLine{d.ID, d.Name})
		}
		out.Department = out.Path[len(out.Path)-1]
		return nil
	})
	return out, err
}

type contactLine struct {
	UserID   string `json:"userid"`
	Name     string `json:"name"`
	Avatar   string `json:"avatar"`
	Position string `json:"position,omitempty"`
	Leader   bool   `json:"leader,omitempty"` // of the shown department
}

// contacts answers a page of the members of a department, or of those that the words find.
func (s *Service) contacts(r *http.Request, sess login.Session) (any, error) {
	dep, err := number(r, "department")
	if err != nil {
		return nil, err
	}
	offset, err := number(r, "offset")
	if err != nil {
		return nil, err
	}
	limit, err := number(r, "limit")
	if err != nil {
		return nil, err
	}
	if limit <= 0 || limit > contactsMost {
		limit = contactsMost
	}
	f := directory.MemberFilter{Department: dep, Status: seenStatus, Words: r.URL.Query().Get("q"), Offset: int(max(offset, 0)), Limit: int(limit)}
	out := struct {
		Members []contactLine `json:"members"`
		Total   int64         `json:"total"`
	}{}
	err = s.deps.Store.Read(r.Context(), func(tx *store.Tx) (err error) {
		out.Members, out.Total, err = s.contactsFound(r.Context(), tx, sess, f)
		return err
	})
	return out, err
}

// contactsFound returns the members of a filter whom the member sees, and how many there are. Words find the names by
// their sound, too.
func (s *Service) contactsFound(ctx context.Context, tx *store.Tx, sess login.Session, f directory.MemberFilter) (out []contactLine, total int64, err error) {
	if f.Words != "" {
		if f.Also, err = s.deps.Sounds.Find(tx, sess.CorpID, f.Words); err != nil {
			return nil, 0, err
		}
	}
	sight, err := s.deps.Rules.Sight(tx, sess.CorpID, sess.Member, f.Words != "")
	if err != nil {
		return nil, 0, err
	}
	f.Without, f.Self = sight.Hidden, sight.Self
	list, total, err := s.deps.Directory.ListMembers(ctx, tx, sight.By, f)
	out = []contactLine{}
	for _, m := range list {
		_, thumb := s.deps.Directory.AvatarURL(&m)
		out = append(out, contactLine{string(m.UserID), m.Name, s.local(thumb), m.Position,
			slices.ContainsFunc(m.Places, func(p directory.Place) bool { return p.Department == f.Department && p.Leader })})
	}
	return out, total, err
}

func (s *Service) contact(r *http.Request, sess login.Session) (any, error) {
	// It also has the plain texts of the directory's table that colleagues see.
	out := map[string]any{}
	err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		by := access.System(sess.CorpID)
		m, err := s.deps.Directory.Member(r.Context(), tx, by, id.UserID(r.PathValue("userid")))
		if err == nil && !m.Enabled {
			err = directory.ErrMemberNotFound
		}
		if err != nil {
			return err
		}
		// Who can be found can be looked at.
		sight, err := s.deps.Rules.Sight(tx, sess.CorpID, sess.Member, true)
		if err != nil {
			return err
		}
		if seen, err := s.deps.Rules.Sees(tx, sight, m); err != nil || !seen {
			if err == nil {
				err = directory.ErrMemberNotFound
			}
			return err
		}
		large, _ := s.deps.Directory.AvatarURL(&m)
		clear(out)
		out["userid"], out["avatar"], out["card"] = m.UserID, s.local(large), s.local(s.deps.Directory.CardURL(&m))
		for _, row := range directory.PlainFields() {
			if text := *row.Text(&m); row.Phone && text != "" {
				out[string(row.Name)] = text
			}
		}
		names, err := s.deps.Directory.DepartmentNames(tx, sess.CorpID, m.Departments())
		if err != nil {
			return err
		}
		departments := []departmentLine{}
		for _, dep := range m.Departments() {
			departments = append(departments, departmentLine{dep, names[dep]})
		}
		out["departments"] = departments
		if m.DirectLeader == "" {
			return nil
		}
		leader, err := s.deps.Directory.Member(r.Context(), tx, by, m.DirectLeader)
		if err == nil && leader.Enabled {
			_, thumb := s.deps.Directory.AvatarURL(&leader)
			out["direct_leader"] = contactLine{UserID: string(leader.UserID), Name: leader.Name, Avatar: s.local(thumb), Position: leader.Position}
		}
		return err
	})
	return out, err
}
