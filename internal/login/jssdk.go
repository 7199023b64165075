package login

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"qiwei/internal/app"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/login/page"
	"qiwei/internal/store"
	"qiwei/internal/token"
)

const jssdkPath = "/jssdk"

// jssdkRoutes serve a page for developers of pages with the JS-SDK. It changes nothing and reveals nothing: a
// reader with a ticket could sign with it anyway.
func (s *Service) jssdkRoutes() []door.Route {
	return []door.Route{
		{Pattern: "GET " + jssdkPath, Handler: s.page(page.NoFrame, s.jssdk)},
		{Pattern: "POST " + jssdkPath, Handler: s.post(page.NoFrame, s.checkJSSDK)},
	}
}

func (s *Service) jssdk(v *visit) error {
	now := strconv.FormatInt(s.deps.Store.Now().Unix(), 10)
	return show(v, http.StatusOK, s.pages.JSSDK, page.JSSDK{
		Self: v.self(), Form: page.Form{Action: jssdkPath, Hidden: []page.Field{{Name: "lang", Value: string(v.lang)}}}, NonceStr: id.Hex(8), Timestamp: now,
	})
}

func (s *Service) checkJSSDK(v *visit) error {
	given := func(name string) string { return strings.TrimSpace(v.r.PostForm.Get(name)) }
	j := token.JSSDK{Ticket: given("ticket"), NonceStr: given("noncestr"), Timestamp: given("timestamp"), URL: token.AsBrowser(given("url"))}
	d := page.JSSDK{
		Form:   page.Form{Action: jssdkPath, Hidden: []page.Field{{Name: "lang", Value: string(v.lang)}}},
		Ticket: j.Ticket, NonceStr: j.NonceStr, Timestamp: j.Timestamp, URL: j.URL, Given: given("signature"),
		Asked: true, Signature: j.Signature(), Signed: j.Text(),
	}
	for _, m := range j.Mistakes(d.Given) {
		d.Wrong = append(d.Wrong, page.Text{Zh: m.Zh, En: m.En})
	}
	err := s.deps.Store.Read(v.ctx(), func(tx *store.Tx) error {
		owner, mistake, err := s.TicketFor(tx, j)
		d.Owner = owner
		if mistake.En != "" {
			d.Wrong = append(d.Wrong, page.Text{Zh: mistake.Zh, En: mistake.En})
		}
		return err
	})
	if err != nil {
		return err
	}
	return show(v, http.StatusOK, s.pages.JSSDK, d)
}

// TicketFor says whose ticket made a signature, and why a client would refuse it on that page: the ticket has
// expired, or the application does not trust the host. For the corp's ticket, no application does.
func (s *Service) TicketFor(tx *store.Tx, j token.JSSDK) (owner page.Text, wrong token.Mistake, err error) {
	t, found, err := s.deps.Tokens.Ticket(tx, j.Ticket)
	if err != nil {
		return owner, wrong, err
	}
	if !found {
		return page.JSSDKUnknown(), token.Mistake{Zh: "ticket 无效（客户端报 42012 或 40093）", En: "the ticket is not valid (the client says 42012 or 40093)"}, nil
	}
	apps, err := s.deps.Apps.Apps(tx, t.CorpID)
	if err != nil {
		return owner, wrong, err
	}
	owner = page.JSSDKOfCorp(t.CorpID)
	if t.Scope == "wx_card" {
		return page.JSSDKOfCard(t.CorpID), wrong, nil
	}
	if t.App != 0 {
		i := -1
		for k, a := range apps {
			if a.No == t.App {
				i = k
			}
		}
		if i < 0 {
			return page.JSSDKUnknown(), wrong, nil
		}
		apps = apps[i : i+1]
		owner = page.JSSDKOfApp(t.CorpID, apps[0].AgentID)
	}
	if !tx.Now().Before(t.ExpiresAt) {
		return owner, token.Mistake{Zh: "ticket 已过期（客户端报 42012）", En: "the ticket has expired (the client says 42012)"}, nil
	}
	if slices.ContainsFunc(apps, func(a app.App) bool { return a.TrustsPage(j.URL) }) {
		return owner, wrong, nil
	}
	return owner, token.Mistake{
		Zh: "网页的域名不在应用的可信域名中（客户端报 80001）：qiwei app set --agentid … --trusted-domain …",
		En: "the page's host is not among the application's trusted domains (the client says 80001): qiwei app set --agentid … --trusted-domain …",
	}, nil
}
