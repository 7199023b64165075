package install

import (
	"errors"
	"net/http"
	"strings"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/login"
	"qiwei/internal/login/page"
	"qiwei/internal/register"
	"qiwei/internal/store"
)

const (
	// registerPath is where a provider leads those who have no enterprise yet (doc 90578).
	registerPath = "/3rdservice/wework/register"
	consolePath  = "/console/?enter=1"
)

// askToRegister shows what comes with the enterprise, and asks for it and its founder. A link that is opened in time
// is used up when the page is sent, and not by those who look at links before people do.
func (s *Service) askToRegister(v *visit) error {
	code := v.r.URL.Query().Get("register_code")
	asked, err := s.asked(v, code, false)
	if errors.Is(err, register.ErrCode) {
		return v.refuse(page.UsedRegistration())
	}
	if err != nil {
		return err
	}
	d := page.Registration{CorpName: asked.CorpName, Name: asked.AdminName, Mobile: asked.AdminMobile}
	return s.showRegistration(v, http.StatusOK, code, asked, d)
}

func (s *Service) asked(v *visit, code string, opened bool) (a register.Asked, err error) {
	err = s.deps.Store.Read(v.ctx(), func(tx *store.Tx) (err error) {
		a, err = s.deps.Registers.Ask(tx, code, opened)
		return err
	})
	return a, err
}

func registration(code string) (purpose string) { return "register " + code }

func (s *Service) showRegistration(v *visit, status int, code string, a register.Asked, d page.Registration) error {
	d.Self, d.Provider, d.Package = v.Self(), a.Provider, a.Package
	for _, one := range a.Suites {
		d.Apps = append(d.Apps, s.pageApp(one))
	}
	d.Form = v.NewForm(registerPath, registration(code), login.Session{}, page.Field{Name: "register_code", Value: code})
	return login.Show(v.Visit, status, (*page.Pages).Registration, d)
}

var errRegisteredName = errors.New("the name of an enterprise has 1 to 64 characters")

// register makes the enterprise, and leads its founder to the invitation with which they choose how to sign in.
func (s *Service) register(v *visit) error {
	form := v.r.PostForm
	field := func(name string) string { return strings.TrimSpace(form.Get(name)) }
	code := form.Get("register_code")
	d := page.Registration{CorpName: field("corp"), Name: field("name"), UserID: field("userid"), Mobile: field("mobile"), Email: field("email")}
	opened := v.Genuine(registration(code), login.Session{})
	// A code that is good for nothing costs a read.
	asked, err := s.asked(v, code, opened)
	var inv login.Invitation
	if err == nil && !opened {
		d.Wrong = page.Text{Zh: "页面已过期，请再提交一次。", En: "This page had expired. Please submit it again."}
		return s.showRegistration(v, http.StatusUnprocessableEntity, code, asked, d)
	}
	if err == nil {
		err = s.deps.Store.Write(v.ctx(), func(tx *store.Tx) error {
			if n := utf8.RuneCountInString(d.CorpName); n == 0 || n > 64 {
				return errRegisteredName
			}
			if d.UserID == "" {
				return directory.ErrUserIDMissing
			}
			made, err := s.deps.Registers.Register(v.ctx(), tx, code, register.Register{
				CorpName: d.CorpName, AdminName: d.Name, AdminMobile: d.Mobile, AdminEmail: d.Email, AdminID: id.UserID(d.UserID), Opened: true, Invited: true,
			})
			if err != nil {
				return err
			}
			inv, err = s.deps.Login.InviteCode(v.ctx(), tx, access.System(made.Corp), made.Admin)
			return err
		})
	}
	if errors.Is(err, register.ErrCode) {
		return v.refuse(page.UsedRegistration())
	}
	wrong, is := login.WrongMember(err)
	if errors.Is(err, errRegisteredName) {
		wrong, is = page.Text{Zh: "企业名称由 1–64 个字符组成。", En: "The enterprise's name has 1 to 64 characters."}, true
	}
	if is {
		d.Wrong = wrong
		return s.showRegistration(v, http.StatusUnprocessableEntity, code, asked, d)
	}
	if err != nil {
		return err
	}
	return v.Redirect(s.deps.Login.Local(inv.Whole(consolePath, false)))
}
