package page

import (
	"html/template"
	"io"
	"net/url"
	"slices"
	"strings"
)

// QR is the sign-in at a desk with a code that a phone scans: the page of
// /wwopen/sso/qrConnect (QRConnect, doc 91019) and of /wwlogin/sso/login
// (WebLogin, doc 98152). Both are also shown in other sites' frames.
type QR struct {
	Self  string
	Nonce string // of the Content-Security-Policy; the page has an inline script
	Corp  string
	Logo  string // the corp's, as App.Logo
	App   App

	// Origin is the scheme and host that the browser requested. The image's URL contains it, because scrapers
	// put "https:" or "http:" before its src.
	Origin      string
	Key         string // 16 hex digits
	AppID       string // corpid or suite_id, as the page was asked
	RedirectURI string // decoded, and matched against the app's domains before
	State       string // decoded once

	Status   QRStatus
	Poll     string // path that the script asks for the status; "" is WeCom's own
	Password string // path of the sign-in without a phone, "" for none
	Refresh  string // path of this page with a fresh key
	NoScript string // path that a browser without scripts requests every three seconds; it may redirect
	Continue string // once approved: the complete redirect address, for a browser without scripts
	ScanURL  string // what the code contains; shown under it when given, for a desk without a phone (dev)

	// Framed says that a widget requested the page (login_type=jssdk, or the parameters of
	// createWWLoginPanel). A script finds out by itself.
	Framed       bool
	RedirectType RedirectType
	// Embedders are the origins (https://app.example.com) that may be given the code when they embed the
	// page: the redirect address's own and the app's trusted domains. "*" stands for everyone and is for dev
	// only: any site that frames the page would get the member's code. The redirect address's origin is
	// always in.
	Embedders []string
	Scheme    string // light or dark as in color_scheme, otherwise the system's
	Style     string // href of the widgets: a data:text/css;base64 sheet; others are not fetched

	// AuthCode, for a provider's page, is how many seconds its code is good. The code is then called auth_code.
	AuthCode int

	// For WebLogin.
	SessionSignature string
	OpenDataSID      string
}

// QRStatus is the progress of the scan.
type QRStatus int

const (
	Waiting QRStatus = iota
	Scanned
	Approved
	Declined
	Overdue // expired, or used up
)

var qrStatusNames = map[QRStatus]string{
	Waiting: "waiting", Scanned: "scanned", Approved: "approved", Declined: "declined", Overdue: "overdue",
}

// RedirectType says where the answer goes if the page is in a frame (doc 98478).
type RedirectType string

const (
	RedirectTop      RedirectType = "top"
	RedirectSelf     RedirectType = "self"
	RedirectCallback RedirectType = "callback"
)

// settings is what scrapers and desktop automation read from the page of
// qrConnect. The keys are those of WeCom's page; no document
// names them.
type settings struct {
	Key            string `json:"key"`
	QRURL          string `json:"qrUrl"`
	RedirectURI    string `json:"redirect_uri"`
	State          string `json:"state"`
	AppID          string `json:"appid"`
	LongPollGetURL string `json:"longPollGetUrl"`
}

// webState is the same for wwlogin (doc 98152). The name of the variable that holds
// it is unverified; readers look for "web_key":"…" in the text.
type webState struct {
	WebKey           string `json:"web_key"`
	State            string `json:"state"`
	RedirectURI      string `json:"redirect_uri"`
	AppID            string `json:"appid"`
	SessionSignature string `json:"sessionSignature"`
	OpenDataSID      string `json:"openDataSid"`
}

// qr is QR prepared for the template.
type qr struct {
	QR
	Settings any
	Image    string
	Phase    string // Status in a word, for the style sheet and the script
	How      string // the form of Poll's answers: jsonp or json
	PollPath string
	Target   string // RedirectURI if it may be navigated to
	Echo     string // appid to return with the code, "" for none
	Parents  string
	Sheet    template.URL
}

const (
	connectPoll = "/wwopen/sso/l/qrConnect"
	webPoll     = "/wwlogin/monoApi/sso/login/getWebQrCodeStatus"
)

// QRConnect draws the page of /wwopen/sso/qrConnect.
func (p *Pages) QRConnect(w io.Writer, lang Lang, d QR) error {
	v := newQR(d)
	_, host, _ := strings.Cut(origin(d.Origin), "://")
	path := "/wwopen/sso/qrImg?key="
	if host != "" {
		path = "//" + host + path
	}
	v.Image, v.How, v.Echo = path+url.QueryEscape(d.Key), "jsonp", d.AppID
	if v.PollPath == "" {
		v.PollPath = connectPoll
	}
	v.PollPath += query(v.PollPath, "callback", "jsonpCallback", "key", d.Key, "redirect_uri", d.RedirectURI, "appid", d.AppID)
	v.Settings = settings{
		Key: d.Key, QRURL: path, RedirectURI: d.RedirectURI, State: d.State, AppID: d.AppID, LongPollGetURL: connectPoll,
	}
	return p.qr(w, lang, v)
}

// WebLogin draws the page of /wwlogin/sso/login.
func (p *Pages) WebLogin(w io.Writer, lang Lang, d QR) error {
	v := newQR(d)
	v.Image, v.How = "/wwlogin/sso/qrcode?key="+url.QueryEscape(d.Key), "json"
	if v.PollPath == "" {
		v.PollPath = webPoll
	}
	poll := "zh_CN"
	if lang == English {
		poll = "en_US"
	}
	v.PollPath += query(v.PollPath, "lang", poll, "ajax", "1", "f", "json")
	v.Settings = webState{
		WebKey: d.Key, State: d.State, RedirectURI: d.RedirectURI, AppID: d.AppID,
		SessionSignature: d.SessionSignature, OpenDataSID: d.OpenDataSID,
	}
	return p.qr(w, lang, v)
}

func newQR(d QR) qr {
	v := qr{QR: d, Phase: qrStatusNames[d.Status], PollPath: d.Poll, Target: web(d.RedirectURI), Sheet: sheet(d.Style)}
	var parents []string
	for _, e := range append(slices.Clone(d.Embedders), d.RedirectURI) {
		if e != "*" {
			e = origin(e)
		}
		if e != "" && !slices.Contains(parents, e) {
			parents = append(parents, e)
		}
	}
	v.Parents = strings.Join(parents, " ")
	switch d.RedirectType {
	case RedirectTop, RedirectSelf, RedirectCallback:
	default:
		v.RedirectType = ""
	}
	v.Continue = web(d.Continue)
	v.ScanURL = web(d.ScanURL)
	return v
}

func (p *Pages) qr(w io.Writer, lang Lang, v qr) error {
	title := lang.say("qr.title")
	if v.App.Name != "" {
		title = lang.say("qr.titleof", v.App.Name)
	}
	scheme := ""
	if v.Scheme == "light" || v.Scheme == "dark" {
		scheme = v.Scheme
	}
	class := "qr"
	if v.Framed {
		class += " framed"
	}
	return p.render(w, "qr", view{
		Lang: lang, Title: title, Class: class, Script: "qr.js", Self: v.Self, Scheme: scheme, Bare: v.Framed, D: v,
	})
}

// query appends name and value pairs to an address.
func query(address string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	if strings.Contains(address, "?") {
		return "&" + q.Encode()
	}
	return "?" + q.Encode()
}
