package install

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/login"
	"qiwei/internal/login/page"
	"qiwei/internal/redirect"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/internal/wire"
)

const (
	// shownChoices is how many departments, tags and members each the page offers at once, beside those that are
	// ticked.
	shownChoices = 30
	// maxTicked is how many of each a range may have that is chosen on the page.
	maxTicked = 1000
)

// stand is where an administrator stands: what is to be installed, by whom, where.
type stand struct {
	order order
	suite suite.Suite
	app   page.App
	sess  login.Session
	corp  corp.Corp
}

// stand returns what the page is about. ok is false where it has answered that the page cannot be.
func (v *visit) stand() (st stand, ok bool, err error) {
	s := v.s
	if st.order, ok = v.readOrder(); !ok {
		return st, false, v.refuse(page.DeadLink())
	}
	var refused *page.Problem
	err = s.deps.Store.Read(v.ctx(), func(tx *store.Tx) error {
		found := false
		if st.suite, found, err = s.suiteOf(tx, st.order.SuiteID); err != nil || !found {
			dead := page.DeadLink()
			refused = &dead
			return err
		}
		refused, err = s.open(tx, st.suite, st.order)
		return err
	})
	if err != nil {
		return st, false, err
	}
	if refused != nil {
		return st, false, v.refuse(*refused)
	}
	st.app = s.pageApp(st.suite)
	if st.sess, st.corp, ok, err = v.sessionTo(st.app); err != nil || !ok {
		return st, false, err
	}
	installed := false
	err = s.deps.Store.Read(v.ctx(), func(tx *store.Tx) error {
		list, err := s.deps.Suites.InstalledIn(tx, st.corp.CorpID)
		installed = contains(list, st.suite.SuiteID)
		return err
	})
	if err == nil && installed {
		return st, false, v.refuse(page.AlreadyInstalled(st.app, st.corp.Name, v.again()))
	}
	return st, err == nil, err
}

// purpose is that of the form: it is good for one order in one corp.
func (st stand) purpose() string { return "install " + st.suite.SuiteID + " " + st.corp.CorpID }

func (s *Service) ask(v *visit) error {
	st, ok, err := v.stand()
	if err != nil || !ok {
		return err
	}
	return v.show(st, wanted{}, page.InstallFine)
}

// wanted is what is ticked on the page.
type wanted struct {
	some  bool
	rng   access.Range
	query string
}

func (v *visit) readWanted() wanted {
	f := v.r.PostForm
	w := wanted{some: f.Get("range") == "some", query: strings.TrimSpace(f.Get("q"))}
	numbers := func(field string) (out []int64) {
		for _, text := range f[field] {
			if n, err := strconv.ParseInt(text, 10, 64); err == nil && !slices.Contains(out, n) && len(out) < maxTicked {
				out = append(out, n)
			}
		}
		return out
	}
	w.rng.Departments, w.rng.Tags = numbers("department"), numbers("tag")
	for _, text := range f["member"] {
		if u := id.UserID(text); text != "" && !slices.Contains(w.rng.Members, u) && len(w.rng.Members) < maxTicked {
			w.rng.Members = append(w.rng.Members, u)
		}
	}
	return w
}

// show draws the question, with what is ticked and what may be.
func (v *visit) show(st stand, w wanted, trouble page.InstallTrouble) error {
	s := v.s
	d := page.Install{
		Self: v.here(), Corp: st.corp.Name, App: st.app, Description: st.suite.Description, Kind: kindOf(st.suite), Me: v.Person(st.sess.Member),
		Test: st.suite.Draft, Permissions: st.suite.Permissions, Form: v.NewForm(v.here(), st.purpose(), st.sess),
		Fixed: st.suite.Kind == access.ContactsEdit, Some: w.some, Query: w.query, Trouble: trouble, Switch: v.again(),
	}
	err := s.deps.Store.Read(v.ctx(), func(tx *store.Tx) (err error) {
		if d.Provider, err = s.providerName(tx, st.suite); err != nil || d.Fixed {
			return err
		}
		d.Choices, err = s.choices(v, tx, st.corp.CorpID, w)
		return err
	})
	if err != nil {
		return err
	}
	return login.Show(v.Visit, http.StatusOK, (*page.Pages).Install, d)
}

func kindOf(v suite.Suite) page.InstallKind {
	switch v.Kind {
	case access.ThirdPartyContacts:
		return page.InstallContacts
	case access.ContactsEdit:
		return page.InstallEdit
	case access.Custom:
		return page.InstallCustom
	}
	return page.InstallApp
}

// choices are the boxes of the page: those that are ticked first, then what was searched, and without a search
// the departments below the root and the first tags.
func (s *Service) choices(v *visit, tx *store.Tx, corpID string, w wanted) ([]page.Choice, error) {
	deps, err := s.departmentChoices(tx, corpID, w)
	if err != nil {
		return nil, err
	}
	tags, err := s.tagChoices(v, tx, corpID, w)
	if err != nil {
		return nil, err
	}
	members, err := s.memberChoices(v, tx, corpID, w)
	return slices.Concat(deps, tags, members), err
}

func (s *Service) departmentChoices(tx *store.Tx, corpID string, w wanted) (out []page.Choice, err error) {
	found, err := s.deps.Directory.SearchDepartments(tx, corpID, w.query, shownChoices)
	if err == nil && w.query == "" {
		_, found, err = s.deps.Directory.Around(tx, corpID, access.Root)
		found = found[:min(len(found), shownChoices)]
	}
	if err != nil {
		return nil, err
	}
	ids := slices.Clone(w.rng.Departments)
	for _, d := range found {
		if d.ID != access.Root && !slices.Contains(ids, d.ID) {
			ids = append(ids, d.ID)
		}
	}
	paths, err := s.deps.Directory.DepartmentPaths(tx, corpID, ids)
	for _, dep := range ids {
		if path, ok := paths[dep]; ok {
			at := strings.LastIndex(path, "/")
			out = append(out, page.Choice{Field: "department", Value: number(dep), Name: path[at+1:], Hint: path[:at], Ticked: slices.Contains(w.rng.Departments, dep)})
		}
	}
	return out, err
}

func (s *Service) tagChoices(v *visit, tx *store.Tx, corpID string, w wanted) (out []page.Choice, err error) {
	tags, err := s.deps.Directory.Tags(v.ctx(), tx, access.System(corpID))
	var other []page.Choice
	for _, t := range tags {
		c := page.Choice{Field: "tag", Value: number(t.ID), Name: t.Name, Ticked: slices.Contains(w.rng.Tags, t.ID)}
		switch {
		case c.Ticked:
			out = append(out, c)
		case strings.Contains(strings.ToLower(t.Name), strings.ToLower(w.query)) && len(other) < shownChoices:
			other = append(other, c)
		}
	}
	return append(out, other...), err
}

func (s *Service) memberChoices(v *visit, tx *store.Tx, corpID string, w wanted) (out []page.Choice, err error) {
	add := func(m directory.Member, ticked bool) {
		out = append(out, page.Choice{Field: "member", Value: string(m.UserID), Name: m.Name, Hint: string(m.UserID), Ticked: ticked})
	}
	for _, u := range w.rng.Members {
		m, err := s.deps.Directory.Member(v.ctx(), tx, access.System(corpID), u)
		if errors.Is(err, directory.ErrMemberNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		add(m, true)
	}
	if w.query == "" {
		return out, nil
	}
	list, _, err := s.deps.Directory.SearchMembers(v.ctx(), tx, access.System(corpID), w.query, shownChoices)
	if errors.Is(err, directory.ErrSearch) {
		return out, nil // finds nobody
	}
	for _, m := range list {
		if !slices.ContainsFunc(w.rng.Members, m.UserID.Equal) {
			add(m, false)
		}
	}
	return out, err
}

// decide takes the answer.
func (s *Service) decide(v *visit) error {
	st, ok, err := v.stand()
	if err != nil || !ok {
		return err
	}
	w := v.readWanted()
	switch {
	case !v.Genuine(st.purpose(), st.sess):
		return v.show(st, w, page.InstallExpired)
	case v.r.PostForm.Get("decision") == "search":
		w.some = true
		return v.show(st, w, page.InstallFine)
	case v.r.PostForm.Get("decision") != "confirm":
		return login.Show(v.Visit, http.StatusOK, (*page.Pages).InstallResult, page.InstallResult{App: st.app, Corp: st.corp.Name})
	case w.some && w.rng.Empty():
		return v.show(st, w, page.InstallNobody)
	}
	within := access.Everything()
	if w.some {
		within = w.rng
	}
	code, refused, err := v.install(st, within)
	switch {
	case errors.Is(err, errGone):
		return v.show(st, w, page.InstallGone)
	case err != nil:
		return err
	case refused != nil:
		return v.refuse(*refused)
	}
	if !st.order.fromSite() {
		return login.Show(v.Visit, http.StatusOK, (*page.Pages).InstallResult, page.InstallResult{App: st.app, Corp: st.corp.Name, Done: true, Home: "/console/"})
	}
	to, _ := redirect.Parse(st.order.Redirect)
	return v.Redirect(to.With("auth_code=" + code + "&expires_in=" + number(int64(suite.AuthCodeLife.Seconds())) + "&state=" + st.order.State))
}

// errGone says that something of a chosen range is not there any more.
var errGone = errors.New("the range names something that does not exist")

// install does it. Everything that the page was shown under is looked at once more: an administrator may have been
// dismissed since, a code used, a suite withdrawn.
func (v *visit) install(st stand, within access.Range) (code string, refused *page.Problem, err error) {
	s := v.s
	err = s.deps.Store.Write(v.ctx(), func(tx *store.Tx) error {
		of, found, err := s.suiteOf(tx, st.order.SuiteID)
		if err != nil {
			return err
		}
		may, err := s.superAdmin(tx, st.corp.CorpID, st.sess.Member)
		if err != nil {
			return err
		}
		switch {
		case !found:
			p := page.DeadLink()
			refused = &p
		case !may:
			p := page.NotInstaller(st.app, st.corp.Name, v.Person(st.sess.Member), v.again())
			refused = &p
		default:
			refused, err = s.open(tx, of, st.order)
		}
		if err != nil || refused != nil {
			return err
		}
		var bad wire.Error
		if err := s.deps.Suites.CheckRange(v.ctx(), tx, st.corp.CorpID, within); errors.As(err, &bad) {
			return errGone
		} else if err != nil {
			return err
		}
		if st.order.fromSite() {
			if _, err := s.deps.Suites.SpendPreAuth(tx, of, st.order.PreAuth); err != nil {
				return err
			}
		}
		_, code, err = s.deps.Suites.InstallSuite(v.ctx(), tx, suite.Install{
			SuiteID: of.SuiteID, CorpID: st.corp.CorpID, By: st.sess.Member.UserID, Range: within, State: st.order.State, Silent: st.order.fromSite(),
		})
		return err
	})
	switch {
	case errors.Is(err, suite.ErrPreAuthCode):
		p := page.BadPreAuth(page.PreAuthUnknown)
		return "", &p, nil
	case errors.Is(err, suite.ErrAlreadyGranted):
		p := page.AlreadyInstalled(st.app, st.corp.Name, v.again())
		return "", &p, nil
	}
	return code, refused, err
}

func number(n int64) string { return strconv.FormatInt(n, 10) }
