package page

import "io"

// Install asks an administrator whether a provider's application may come into the enterprise, and which part of
// it the application sees. To a member who installs it for themselves (Alone) it only asks whether.
type Install struct {
	Self        string
	Corp        string
	App         App
	Provider    string // name of the company whose application it is
	Description string
	Kind        InstallKind
	Me          Person
	Test        bool // a test authorisation of an application that is not published
	Permissions []string
	// Form is posted with "decision": search, confirm or cancel; and with "range", all or some, and "department",
	// "tag" and "member" once for each ticked box.
	Form Form
	// Fixed is an application that sees the whole enterprise, whatever is wished.
	Fixed bool
	// Alone is a member who installs it for themselves.
	Alone   bool
	Some    bool // some is chosen and not all
	Choices []Choice
	Query   string // what was searched
	Trouble InstallTrouble
	Switch  string // address where another administrator signs in, "" for none
}

// InstallKind is what the application is, by the last part of its message.
type InstallKind string

// The kinds.
const (
	InstallApp      InstallKind = "app"
	InstallContacts InstallKind = "contacts"
	InstallEdit     InstallKind = "edit"
	InstallCustom   InstallKind = "custom"
)

// InstallTrouble is why the page is shown again.
type InstallTrouble string

// The reasons.
const (
	InstallFine    InstallTrouble = ""
	InstallNobody  InstallTrouble = "nobody"  // some is chosen, and nothing ticked
	InstallGone    InstallTrouble = "gone"    // something ticked is not there any more
	InstallExpired InstallTrouble = "expired" // the form is too old
)

// Choice is a department, a tag or a member that may be ticked.
type Choice struct {
	Field  string // department, tag or member
	Value  string
	Name   string
	Hint   string // path of the department, userid of the member
	Ticked bool
}

type permissionLine struct {
	Name string // as agent/get_permissions writes it
	Text string // empty for one that has no words here
}

type install struct {
	Install
	Lines                      []permissionLine
	Departments, Tags, Members []Choice
}

// Install draws the question.
func (p *Pages) Install(w io.Writer, lang Lang, d Install) error {
	v := install{Install: d}
	for _, name := range d.Permissions {
		v.Lines = append(v.Lines, permissionLine{name, permissions[name].in(lang)})
	}
	for _, c := range d.Choices {
		switch c.Field {
		case "department":
			v.Departments = append(v.Departments, c)
		case "tag":
			v.Tags = append(v.Tags, c)
		default:
			v.Members = append(v.Members, c)
		}
	}
	return p.render(w, "install", view{Lang: lang, Title: lang.say("install.title", d.App.Name), Class: "wide", Self: d.Self, D: v})
}

// InstallResult says that an application was installed, or was not.
type InstallResult struct {
	Self string
	App  App
	Corp string
	Done bool
	Home string // address to go on to, "" for none
}

// InstallResult draws it.
func (p *Pages) InstallResult(w io.Writer, lang Lang, d InstallResult) error {
	title := "install.stopped"
	if d.Done {
		title = "install.done"
	}
	return p.render(w, "installresult", view{Lang: lang, Title: lang.say(title), Self: d.Self, D: d})
}

// Templates asks which of several templates of a provider to install.
type Templates struct {
	Self     string
	Provider string
	Corp     string
	Me       Person
	List     []TemplateChoice
	Switch   string
}

// TemplateChoice is one of them.
type TemplateChoice struct {
	App  App
	Link string
	Done bool // it is installed
}

// Templates draws the list.
func (p *Pages) Templates(w io.Writer, lang Lang, d Templates) error {
	return p.render(w, "templates", view{Lang: lang, Title: lang.say("install.templates"), Self: d.Self, D: d})
}

// PreAuthFault is what is wrong with a pre_auth_code.
type PreAuthFault string

// The faults.
const (
	PreAuthUnknown   PreAuthFault = "unknown" // another application's, used, or nobody's
	PreAuthOver      PreAuthFault = "over"
	PreAuthTest      PreAuthFault = "test"  // for a test, of a published application
	PreAuthPublished PreAuthFault = "draft" // for a real installation, of one that is not published
)

// BadPreAuth is preauthcode校验失败: the pre_auth_code of an installation is no good.
func BadPreAuth(why PreAuthFault) Problem {
	return Problem{Title: both("problem.preauth"), Why: both("preauth." + string(why)), Mend: []Text{both("problem.preauth.mend")}}
}

// InstallDomain is redirect_uri与配置的授权完成回调域名不一致: the address that an installation comes back to, or
// the page that it began at, is not on the application's domain: badTo and badFrom say which.
func InstallDomain(app App, redirectURI string, badTo bool, referer string, badFrom bool, configured []string, command string) Problem {
	return Problem{
		Title: both("problem.installdomain"), Why: both("problem.installdomain.why"),
		Facts: []Fact{
			{Label: both("fact.redirecturi"), Values: some(redirectURI), Bad: badTo},
			{Label: both("fact.referer"), Values: some(referer), Bad: badFrom},
			{Label: both("fact.configured"), Values: configured},
			{Label: both("fact.app"), Values: some(app.Name)},
			{Label: both("fact.command"), Values: some(command)},
		},
		Mend: []Text{both("problem.installdomain.mend"), both("problem.redirect.rule")},
	}
}

// NotInstaller says that only a super admin of the enterprise installs applications. again is where another
// member signs in.
func NotInstaller(app App, corp string, me Person, again string) Problem {
	return Problem{
		Title: both("problem.noadmin"), Why: both("problem.noadmin.why"), Mend: []Text{both("problem.noadmin.mend")},
		Facts: []Fact{
			{Label: both("fact.member"), Values: some(me.Name + " (" + me.UserID + ")")},
			{Label: both("fact.corp"), Values: some(corp)},
			{Label: both("fact.app"), Values: some(app.Name)},
		},
		Again: again,
	}
}

// AdminsOnly says that only an administrator signs in here.
func AdminsOnly(app App, me Person, again string) Problem {
	return Problem{
		Title: both("problem.adminsonly"), Why: both("problem.adminsonly.why"), Mend: []Text{both("problem.adminsonly.mend")},
		Facts: []Fact{{Label: both("fact.member"), Values: some(me.Name + " (" + me.UserID + ")")}, {Label: both("fact.app"), Values: some(app.Name)}},
		Again: again,
	}
}

// AlreadyInstalled says that the enterprise has the application.
func AlreadyInstalled(app App, corp, again string) Problem {
	return Problem{
		Title: both("problem.installed"), Why: both("problem.installed.why"), Mend: []Text{both("problem.installed.mend")},
		Facts: []Fact{{Label: both("fact.corp"), Values: some(corp)}, {Label: both("fact.app"), Values: some(app.Name)}},
		Again: again,
	}
}

// NotPublished says that a suite is not published, and so cannot be installed by everybody.
func NotPublished(app App) Problem {
	return Problem{
		Title: both("problem.draft"), Why: both("problem.draft.why"), Mend: []Text{both("problem.draft.mend")},
		Facts: []Fact{{Label: both("fact.app"), Values: some(app.Name)}},
	}
}
