package founding

import (
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/admin"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/login"
	"qiwei/internal/login/page"
	"qiwei/internal/store"
)

// Path is where a link leads, and a browser that opens a server without an enterprise.
const Path = "/setup"

const (
	donePath    = Path + "/done"
	consolePath = "/console/"
	purpose     = "founding"

	linkCommand   = "qiwei corp link"
	backupCommand = "qiwei backup --passphrase-file FILE --with-key DIR/qiwei.backup"

	// wrongPerHour is how many wrong keys an address may try. A key has 256 bits, so this spares the log and the
	// database rather than the link.
	wrongPerHour = 60
)

// open shows the form to a browser that has brought a key, and to others how to get one.
func (s *Service) open(v *login.Visit) error {
	key := keyIn(v.Request().URL.Query().Get("key"))
	var c corp.Corp
	var founded bool
	err := s.deps.Store.Read(v.Request().Context(), func(tx *store.Tx) (err error) {
		if founded, err = s.Founded(tx); err != nil || key == "" {
			return err
		}
		c, err = s.target(v.Request().Context(), tx, key)
		return err
	})
	switch {
	case errors.Is(err, errLink):
		return s.refuse(v)
	case err != nil:
		return err
	case key != "":
		return s.show(v, http.StatusOK, page.Founding{Corp: c.Name}, key)
	case founded:
		return v.Redirect(consolePath)
	}
	return login.Show(v, http.StatusOK, (*page.Pages).Unfounded, page.Unfounded{Self: v.Self(), Form: page.Form{Action: Path}, Command: linkCommand})
}

// keyIn reads a key as people paste it: alone, or in its link.
func keyIn(text string) string {
	text = strings.TrimSpace(text)
	if u, err := url.Parse(text); err == nil && u.Query().Has("key") {
		return u.Query().Get("key")
	}
	return text
}

// refuse answers a key that is good for nothing. The key itself is not logged.
func (s *Service) refuse(v *login.Visit) error {
	from := s.deps.ClientIP(v.Request()).String()
	often := !s.wrong.Take(s.deps.Store.Now(), from, purpose, wrongPerHour, time.Hour)
	status := http.StatusForbidden
	if often {
		status = http.StatusTooManyRequests
	} else {
		s.deps.Log.Warn("a link to found an enterprise was refused", "ip", from)
	}
	d := page.Unfounded{Form: page.Form{Action: Path}, Command: linkCommand, Wrong: true, Often: often}
	if err := s.deps.Store.Read(v.Request().Context(), func(tx *store.Tx) error {
		founded, err := s.Founded(tx)
		if founded {
			d.Console = consolePath
		}
		return err
	}); err != nil {
		return err
	}
	return login.Show(v, status, (*page.Pages).Unfounded, d)
}

func (s *Service) show(v *login.Visit, status int, d page.Founding, key string) error {
	d.Self, d.Base = v.Self(), s.deps.BaseURL()
	d.Here = s.elsewhere(v.Request())
	d.Form = v.NewForm(Path, purpose, login.Session{}, page.Field{Name: "key", Value: key})
	return login.Show(v, status, (*page.Pages).Founding, d)
}

// elsewhere returns the address that the browser has opened, if it is not the server's; empty if it is. A
// browser says its scheme only with a form.
func (s *Service) elsewhere(r *http.Request) string {
	base, err := url.Parse(s.deps.BaseURL())
	if err != nil {
		return ""
	}
	if origin := r.Header.Get("Origin"); strings.HasPrefix(origin, "http") {
		if origin != base.Scheme+"://"+base.Host {
			return origin
		}
		return ""
	}
	if !strings.EqualFold(r.Host, base.Host) {
		return s.deps.Login.Origin(r)
	}
	return ""
}

// found makes the enterprise and its first admin, and leads to the invitation with which they choose how to
// sign in. It takes the link in the same transaction, so of two browsers one succeeds.
func (s *Service) found(v *login.Visit) error {
	r := v.Request()
	form := r.PostForm
	key := keyIn(form.Get("key"))
	d := page.Founding{CorpName: strings.TrimSpace(form.Get("corp")), Name: strings.TrimSpace(form.Get("name")), UserID: strings.TrimSpace(form.Get("userid")),
		Mobile: strings.TrimSpace(form.Get("mobile")), Email: strings.TrimSpace(form.Get("email"))}
	var made corp.Corp
	var inv login.Invitation
	genuine := v.Genuine(purpose, login.Session{})
	// A key that is good for nothing costs a read: strangers begin no writes, of which there is one at a time.
	err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		_, err := s.target(r.Context(), tx, key)
		return err
	})
	if errors.Is(err, errLink) {
		return s.refuse(v)
	}
	if err != nil {
		return err
	}
	err = s.deps.Store.Write(r.Context(), func(tx *store.Tx) error {
		c, err := s.target(r.Context(), tx, key)
		if err != nil {
			return err
		}
		d.Corp = c.Name
		if !genuine {
			return errForm
		}
		if taken, err := takeLink(tx, s.mac(key)); err != nil || !taken {
			return errors.Join(err, errLink)
		}
		made, inv, err = s.make(v, tx, c, d)
		return err
	})
	switch wrong, is := wrongOf(err); {
	case errors.Is(err, errLink):
		return s.refuse(v)
	case is:
		d.Wrong = wrong
		return s.show(v, http.StatusUnprocessableEntity, d, key)
	case err != nil:
		return err
	}
	s.deps.Log.Info("an enterprise has its first admin", "corpid", made.CorpID, "userid", d.UserID, "ip", s.deps.ClientIP(r).String())
	return v.Redirect(s.deps.Login.Local(inv.Whole(donePath, true)))
}

// make makes what the form says: the enterprise c, if it is not there already, its member and admin, and the
// admin's invitation.
func (s *Service) make(v *login.Visit, tx *store.Tx, c corp.Corp, d page.Founding) (corp.Corp, login.Invitation, error) {
	ctx, user := v.Request().Context(), id.UserID(d.UserID)
	var err error
	founds := c.CorpID == ""
	switch {
	case founds && (d.CorpName == "" || utf8.RuneCountInString(d.CorpName) > 64):
		return c, login.Invitation{}, errCorpName
	case user == "":
		return c, login.Invitation{}, directory.ErrUserIDMissing
	case founds:
		c, err = s.deps.Found(ctx, tx, corp.Corp{Name: d.CorpName, Creator: user, Settings: corp.Settings{Sync: "edit"}})
	}
	if err != nil {
		return c, login.Invitation{}, err
	}
	by := access.System(c.CorpID)
	if _, _, err = s.deps.Directory.CreateMember(ctx, tx, by, directory.Member{
		UserID: user, Name: d.Name, Mobile: d.Mobile, Email: d.Email, Enabled: true, Places: []directory.Place{{Department: access.Root}},
	}, false); err != nil {
		return c, login.Invitation{}, err
	}
	if !founds {
		if err := s.deps.Admins.Appoint(ctx, tx, c.CorpID, user, admin.Super, access.Range{}); err != nil {
			return c, login.Invitation{}, err
		}
	}
	inv, err := s.deps.Login.InviteCode(ctx, tx, by, user)
	return c, inv, err
}

var (
	errForm     = errors.New("the form has expired")
	errCorpName = errors.New("the name of an enterprise has 1 to 64 characters")
)

// wrongOf is what the page says about a form that was refused; is is false for other errors.
func wrongOf(err error) (text page.Text, is bool) {
	switch {
	case errors.Is(err, errForm):
		return page.Text{Zh: "页面已过期，请再提交一次。", En: "This page had expired. Please submit it again."}, true
	case errors.Is(err, errCorpName):
		return page.Text{Zh: "企业名称由 1–64 个字符组成。", En: "The enterprise's name has 1 to 64 characters."}, true
	}
	return login.WrongMember(err)
}

// done shows the admin whether the server is reached as it believes, and what comes next.
func (s *Service) done(v *login.Visit) error {
	sess, ok, err := v.RequireAny()
	if err != nil || !ok {
		return err
	}
	d := page.Founded{
		Self: v.Self(), Me: v.Person(sess.Member), Base: s.deps.BaseURL(), Here: s.elsewhere(v.Request()), Private: s.deps.PrivateCallbacks,
		Backup: backupCommand, Console: consolePath + "?enter=1",
	}
	is := false
	if err := s.deps.Store.Read(v.Request().Context(), func(tx *store.Tx) error {
		c, err := s.deps.Corps.Corp(tx, sess.CorpID)
		if err != nil {
			return err
		}
		d.Corp = c.Name
		a, found, err := s.deps.Admins.Of(tx, sess.CorpID, sess.Member)
		is = found && a.Role == admin.Super
		return err
	}); err != nil {
		return err
	}
	if !is {
		return v.Redirect(login.AccountPath)
	}
	base, err := url.Parse(d.Base)
	d.Plain = err == nil && base.Scheme == "http" && !machine(base.Hostname())
	for _, a := range s.deps.Addresses() {
		d.From = append(d.From, a.String())
	}
	return login.Show(v, http.StatusOK, (*page.Pages).Founded, d)
}

// machine reports whether a host is this machine alone.
func machine(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || err == nil && ip.IsLoopback()
}
