package page

import (
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"unicode"
)

// Problem is a page that says what went wrong, why, and how to fix it. Rooms use the constructors below for
// WeCom's own pages, and fill in a Problem by hand for what only qiwei has.
type Problem struct {
	Self string
	// Title.Zh is what people search for: the English page has it verbatim too, with Title.En below it.
	Title Text
	Why   Text
	Facts []Fact
	Mend  []Text
	Fix   string // address where it can be fixed, "" for none
	Back  string // address to return to, "" for none
	Again string // address where somebody else signs in, "" for none

	// ErrCode with Nonce makes the page of a failed qrConnect, which carries
	// errCode and errMsg in window.settings as scrapers expect.
	ErrCode int
	Nonce   string
	Framed  bool
}

// Fact is one of the things that the page compares, such as received and configured.
type Fact struct {
	Label  Text
	Values []string // none is shown as "not set"
	Bad    bool     // the one that is wrong
}

type failure struct {
	ErrCode int    `json:"errCode"`
	ErrMsg  string `json:"errMsg"`
}

type problem struct {
	Problem
	Settings any
}

// Problem draws it.
func (p *Pages) Problem(w io.Writer, lang Lang, d Problem) error {
	v := problem{Problem: d}
	if d.ErrCode != 0 && d.Nonce != "" {
		v.Settings = failure{d.ErrCode, d.Title.Zh}
	}
	class := "text"
	if d.Framed {
		class += " framed"
	}
	return p.render(w, "problem", view{
		Lang: lang, Title: d.Title.in(lang), Class: class, Self: d.Self, Bare: d.Framed, D: v,
	})
}

// Mismatch is a redirect address whose host is not one of the app's.
type Mismatch struct {
	RedirectURI string   // as received, decoded
	Configured  []string // what is allowed: host or host:port
	App         App
	CorpID      string // with AgentID, for the command that fixes it; may be empty
	AgentID     int64
	SuiteID     string // of a provider's application, instead of the two
	Provider    string // corpid of a provider, instead of them
	Fix         string // address of the app's settings in the console, "" for none
}

// RedirectMismatch is the page of qrConnect, 3rd_qrConnect and wwlogin.
func RedirectMismatch(m Mismatch) Problem {
	return m.problem("problem.redirect", "--login-domain")
}

// UntrustedDomain is the page of /wwopen/uriconfirm?err_type=domain_err, where
// oauth2/authorize sends a member whose app does not own the redirect address.
func UntrustedDomain(m Mismatch) Problem {
	return m.problem("problem.domain", "--redirect-domain")
}

// command returns the command line that adds the host to the app's.
func (m Mismatch) command(flag string) string {
	corp, agent, host := m.CorpID, strconv.FormatInt(m.AgentID, 10), m.host()
	if corp == "" {
		corp = "CORPID"
	}
	if m.AgentID == 0 {
		agent = "AGENTID"
	}
	if m.Provider != "" {
		return "qiwei provider set --corpid " + m.Provider + " --login-domain " + ShellHost(host)
	}
	if m.SuiteID != "" {
		return "qiwei suite set --suite-id " + m.SuiteID + " --redirect-domain " + ShellHost(host)
	}
	return "qiwei app set --corpid " + corp + " --agentid " + agent + " " + flag + " " + ShellHost(host)
}

// ShellHost returns a host for a command line that somebody copies. A link's author chose it, so one that contains
// something that a shell interprets becomes HOST.
func ShellHost(host string) string {
	if host == "" || strings.ContainsFunc(host, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789.-:[]", unicode.ToLower(r))
	}) {
		return "HOST"
	}
	return host
}

func (m Mismatch) problem(key, flag string) Problem {
	host := m.host()
	if host == "" {
		host = m.RedirectURI
	}
	facts := []Fact{
		{Label: both("fact.received"), Values: []string{host}, Bad: true},
		{Label: both("fact.configured"), Values: m.Configured},
	}
	if m.App.Name != "" {
		facts = append(facts, Fact{Label: both("fact.app"), Values: []string{m.App.Name}})
	}
	facts = append(facts, Fact{Label: both("fact.command"), Values: []string{m.command(flag)}})
	return Problem{
		Title: both(key), Why: both(m.why(host)), Facts: facts, Fix: m.Fix,
		Mend: []Text{both(key + ".mend"), both("problem.redirect.rule")},
	}
}

// host is the host and port of the redirect address, "" if it has none.
func (m Mismatch) host() string {
	u, err := url.Parse(m.RedirectURI)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") {
		return ""
	}
	return u.Host
}

// why names the most common reasons, because "does not match" alone does not help.
func (m Mismatch) why(received string) string {
	if m.host() == "" {
		return "why.noscheme"
	}
	if len(m.Configured) == 0 {
		return "why.none"
	}
	name, _ := splitPort(received)
	for _, c := range m.Configured {
		conf, _ := splitPort(c)
		switch {
		case strings.Contains(c, "/"):
			return "why.entry"
		case strings.EqualFold(conf, name):
			return "why.port"
		case isLoopback(conf) && isLoopback(name):
			return "why.loopback"
		case within(conf, name) || within(name, conf):
			return "why.subdomain"
		}
	}
	return "why.other"
}

func splitPort(s string) (host, port string) {
	if h, p, err := net.SplitHostPort(s); err == nil {
		return h, p
	}
	return strings.Trim(s, "[]"), ""
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || (ip != nil && ip.IsLoopback())
}

func within(host, domain string) bool {
	return strings.HasSuffix(strings.ToLower(host), "."+strings.ToLower(domain))
}

// BadParameter is 参数错误: a parameter is missing or names nothing. Name and
// value may be empty.
func BadParameter(name, value string) Problem {
	p := Problem{Title: both("problem.parameter"), Why: both("problem.parameter.why"), Mend: []Text{both("problem.parameter.mend")}}
	if name != "" {
		p.Facts = append(p.Facts, Fact{Label: both("fact.parameter"), Values: []string{name}})
		p.Facts = append(p.Facts, Fact{Label: both("fact.received"), Values: some(value), Bad: true})
	}
	return p
}

// AppDeleted is 应用已删除.
func AppDeleted(agentID string) Problem {
	return Problem{
		Title: both("problem.deleted"), Why: both("problem.deleted.why"), Mend: []Text{both("problem.deleted.mend")},
		Facts: []Fact{{Label: both("fact.agentid"), Values: some(agentID), Bad: true}},
	}
}

// DeadLink is 该链接无法访问, for everything without a page of its own.
func DeadLink() Problem {
	return Problem{Title: both("problem.link"), Why: both("problem.link.why"), Mend: []Text{both("problem.link.mend")}}
}

// BadAgentID is 无效的agentid参数: snsapi_privateinfo with no or a wrong agentid.
func BadAgentID(agentID string) Problem {
	return Problem{
		Title: both("problem.agentid"), Why: both("problem.agentid.why"), Mend: []Text{both("problem.agentid.mend")},
		Facts: []Fact{{Label: both("fact.agentid"), Values: some(agentID), Bad: true}},
	}
}

// NotVisible is 无权限: the member is outside the app's visible range.
func NotVisible(app App, me Person, fix string) Problem {
	who := me.Name
	if me.UserID != "" && me.UserID != me.Name {
		who = strings.TrimSpace(who + " (" + me.UserID + ")")
	}
	return Problem{
		Title: both("problem.range"), Why: both("problem.range.why"), Mend: []Text{both("problem.range.mend")}, Fix: fix,
		Facts: []Fact{
			{Label: both("fact.member"), Values: some(who)},
			{Label: both("fact.app"), Values: some(app.Name)},
		},
	}
}

// Unlicensed is 未购买基础账号: a provider's application needs a licence for each member, and this one has none
// (doc 95652).
func Unlicensed(app App) Problem {
	return Problem{
		Title: both("problem.licence"), Why: both("problem.licence.why"), Mend: []Text{both("problem.licence.mend")},
		Facts: []Fact{{Label: both("fact.app"), Values: some(app.Name)}},
	}
}

// BadSource is 校验请求来源错误: 3rd_qrConnect was opened from a page whose domain
// is not registered. WeCom reads the Referer.
func BadSource(referer string, registered []string, fix string) Problem {
	from := referer
	if u, err := url.Parse(referer); err == nil && u.Host != "" {
		from = u.Host
	}
	return Problem{
		Title: both("problem.source"), Why: both("problem.source.why"), Mend: []Text{both("problem.source.mend")}, Fix: fix,
		Facts: []Fact{
			{Label: both("fact.referer"), Values: some(from), Bad: true},
			{Label: both("fact.configured"), Values: registered},
		},
	}
}

// OpenInClient is 请在微信客户端打开链接: oauth2/authorize in an ordinary browser.
func OpenInClient(link string) Problem {
	p := Problem{
		Title: both("problem.client"), Why: both("problem.client.why"),
		Mend: []Text{both("problem.client.mend"), both("problem.client.desk")},
	}
	if link != "" {
		p.Facts = []Fact{{Label: both("fact.link"), Values: []string{link}}}
	}
	return p
}

// some returns a list of one text, or none if the text is empty.
func some(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}
