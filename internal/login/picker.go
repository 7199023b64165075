package login

import (
	"errors"
	"net/http"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/login/page"
	"qiwei/internal/store"
)

func (v *visit) showPicker(a asked, words string) error {
	s := v.s
	d := page.Picker{
		Self: v.self(), Corp: a.corp.Name, App: s.pageAsker(a), Query: words,
		Form:   v.form(pickPath, "sign-in", "", a.fields()...),
		Search: page.Form{Action: signInPath, Hidden: append(a.fields(), page.Field{Name: "lang", Value: string(v.lang)})},
	}
	if a.app != nil && !phone(v.r) {
		d.Scan = ScanPath + "?" + a.query()
	}
	err := s.deps.Store.Read(v.ctx(), func(tx *store.Tx) error {
		members, total, err := s.deps.Directory.SearchMembers(v.ctx(), tx, access.System(a.corp.CorpID), words, pickable)
		if errors.Is(err, directory.ErrSearch) {
			return nil // finds nobody
		}
		if err != nil {
			return err
		}
		var departments []int64
		for _, m := range members {
			departments = append(departments, m.MainDepartment)
		}
		names, err := s.deps.Directory.DepartmentNames(tx, a.corp.CorpID, departments)
		if err != nil {
			return err
		}
		d.Total = int(total)
		for _, m := range members {
			c := page.Candidate{Person: v.person(m)}
			c.Department = names[m.MainDepartment]
			if a.app != nil {
				visible, err := s.sees(tx, *a.app, m)
				if err != nil {
					return err
				}
				c.OutOfRange = !visible
			}
			d.Members = append(d.Members, c)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return show(v, http.StatusOK, s.pages.Picker, d)
}

// person is a member as the pages show it.
func (v *visit) person(m directory.Member) page.Person {
	_, thumb := v.s.deps.Directory.AvatarURL(&m)
	return page.Person{UserID: string(m.UserID), Name: m.Name, Avatar: v.s.Local(thumb), Position: m.Position}
}

// pick signs in the member that was clicked on. It exists in dev only.
func (s *Service) pick(v *visit) error {
	a, ok, err := v.readAsked(v.r.PostForm)
	if err != nil || !ok {
		return err
	}
	if !v.genuine(v.r.PostForm.Get("form"), "sign-in", "") {
		return v.showPicker(a, "")
	}
	var m directory.Member
	err = s.deps.Store.Read(v.ctx(), func(tx *store.Tx) error {
		m, err = s.deps.Directory.Member(v.ctx(), tx, access.System(a.corp.CorpID), id.UserID(v.r.PostForm.Get("userid")))
		return err
	})
	if errors.Is(err, directory.ErrMemberNotFound) || errors.Is(err, directory.ErrUserIDMissing) {
		return v.showPicker(a, v.r.PostForm.Get("userid"))
	}
	if err != nil {
		return err
	}
	who, err := v.identity(a.corp.CorpID, m, ByPicker)
	if err != nil {
		return err
	}
	return v.admit(a, who)
}
