package wechat

import (
	"net/http"
	"net/url"

	"qiwei/internal/door"
	"qiwei/internal/login/page"
)

// Links that people in WeChat open: of acquisition links, of accounts of customer service, of contact ways and of join
// ways. In dev the page of WeChat users opens them; otherwise there is nobody behind this server who could, and a page
// says so.

// scanPath is where the page of WeChat users scans a link.
const scanPath = "/wechat/scan"

// Routes returns where links lead. Those below /wechat/ are the page's own in dev.
func (s *Service) Routes() []door.Route {
	if s.deps.Dev {
		return []door.Route{{Pattern: "GET /ca/{link...}", Handler: http.HandlerFunc(s.scan)}, {Pattern: "GET /kf/{link...}", Handler: http.HandlerFunc(s.scan)}}
	}
	return []door.Route{
		{Pattern: "GET /ca/{link...}", Handler: s.elsewhere(page.Text{Zh: "获客链接", En: "An acquisition link"})},
		{Pattern: "GET /kf/{link...}", Handler: s.elsewhere(page.Text{Zh: "微信客服链接", En: "A link of customer service"})},
		{Pattern: "GET /wechat/way/{link...}", Handler: s.elsewhere(page.Text{Zh: "「联系我」二维码", En: "The code of a contact way"})},
		{Pattern: "GET /wechat/join/{link...}", Handler: s.elsewhere(page.Text{Zh: "「加入群聊」二维码", En: "The code of a join way"})},
	}
}

// scan leads to the page of WeChat users, with the link as it came.
func (s *Service) scan(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, scanPath+"?link="+url.QueryEscape(s.deps.BaseURL()+r.URL.RequestURI()), http.StatusFound)
}

func (s *Service) elsewhere(what page.Text) http.Handler {
	p := page.Problem{
		Title: page.Text{Zh: what.Zh + "只能在微信中打开", En: what.En + " opens in WeChat"},
		Why: page.Text{
			Zh: "这个链接属于一台 qiwei 服务器。它管理企业的客户和客服，但不与微信相连，所以没有人能从这里添加成员或进入客服会话。",
			En: "This link belongs to a qiwei server. It keeps an enterprise's customers and its customer service, and is not connected to WeChat: nobody can add a member or write to the service from here.",
		},
		Mend: []page.Text{
			{Zh: "想试用这样的链接，请使用 qiwei dev：它会打开模拟的微信。", En: "To try such a link, use qiwei dev, which opens a simulated WeChat."},
		},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.deps.Login.Refuse(w, r, http.StatusNotFound, p) })
}
