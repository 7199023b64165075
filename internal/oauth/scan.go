package oauth

import (
	"net/http"
	"strings"
	"time"

	"qiwei/internal/door"
	"qiwei/internal/redirect"
	"qiwei/internal/store"
)

// Sign-in at a desk by a QR code: the classic page of qrConnect (doc 91019) and the newer one of wwlogin (doc
// 98152). Both show a key. A member scans it with a signed-in phone and confirms or declines. The page polls
// until that has happened and then goes to the application with a code, or with only the state.

const (
	connectPath   = "/wwopen/sso/qrConnect"
	connectPathV1 = "/wwopen/sso/v1/qrConnect"
	webLoginPath  = "/wwlogin/sso/login"
	confirmPath   = "/wwopen/sso/confirm2"

	// scanLife is how long a QR code is valid; the platform's time is not known.
	scanLife = 5 * time.Minute
	// scanMemory is how long the end of a QR code is remembered, for a page that still polls.
	scanMemory = 10 * time.Minute

	// A page's poll is held until something changes, but not longer than proxies wait. Meanwhile the database
	// is polled for changes by other servers. Both are real time: a test's clock stands still.
	holdTime = 25 * time.Second
	lookTime = time.Second

	// codesPerMinute bounds how many QR codes serve shows to an address, because anybody can cause such a
	// row. A whole office shares an address.
	codesPerMinute = 600
	codesPeriod    = time.Minute
)

// scanStatus is the state of a QR code.
type scanStatus int64

const (
	scanShown scanStatus = iota
	scanScanned
	scanConfirmed
	scanDeclined
	scanOver // expired, or never existed
)

// word returns the status as the pages' scripts and scrapers know it.
func (st scanStatus) word() string {
	return [...]string{"QRCODE_SCAN_NEVER", "QRCODE_SCAN_ING", "QRCODE_SCAN_SUCC", "QRCODE_SCAN_FAIL", "QRCODE_SCAN_ERR"}[st]
}

// scan is a QR code on somebody's screen. It is an application's, and then of its corp; or a suite's or a provider's,
// and then any corp's members may answer it.
type scan struct {
	key     string
	corpID  string
	app     int64
	suite   int64
	partner int64
	only    userType // who may answer a provider's
	to      redirect.Address
	state   string // as written
	browser string
	status  scanStatus
	code    string // once confirmed
	desk    bool   // it signs in the waiting browser
	expires time.Time
}

func (s *Service) scanRoutes() []door.Route {
	confirm := s.page(s.confirmPage)
	image := http.HandlerFunc(s.qrImage)
	poll := http.HandlerFunc(s.pollConnect)
	accept := http.HandlerFunc(report)
	return []door.Route{
		{Pattern: "GET " + connectPath, Handler: s.framed(s.qrConnect)},
		{Pattern: "GET " + connectPathV1, Handler: s.framed(s.qrConnect)},
		{Pattern: "GET " + webLoginPath, Handler: s.framed(s.webLogin)},
		{Pattern: "GET " + providerPath, Handler: s.framed(s.providerConnect)},
		{Pattern: "GET /wwopen/sso/qrImg", Handler: image},
		{Pattern: "GET /wwlogin/sso/qrcode", Handler: image},
		{Pattern: "GET /wwopen/sso/l/qrConnect", Handler: poll},
		{Pattern: "POST /wwopen/sso/lp/qrConnect", Handler: poll},
		{Pattern: "POST /wwlogin/monoApi/sso/login/getWebQrCodeStatus", Handler: http.HandlerFunc(s.pollWeb)},
		{Pattern: "GET " + confirmPath, Handler: confirm},
		{Pattern: "POST " + confirmPath, Handler: s.post(s.decideScan)},
		{Pattern: "POST /wwopen/report", Handler: accept},
		{Pattern: "POST /wwopen/reportOss", Handler: accept},
		{Pattern: "POST /wwlogin/{path...}", Handler: http.HandlerFunc(reportOss)},
	}
}

// report accepts the pages' telemetry and keeps none of it.
func report(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusNoContent) }

// reportOss accepts it where the newer page sends it. Only the end of that path is known.
func reportOss(w http.ResponseWriter, r *http.Request) {
	if !strings.HasSuffix(r.URL.Path, "/reportOss") {
		http.NotFound(w, r)
		return
	}
	report(w, r)
}

// scanURL returns the content of the QR code.
func (s *Service) scanURL(key string) string { return s.deps.BaseURL() + confirmPath + "?k=" + key }

// qrImage draws the QR code of a key that was shown.
func (s *Service) qrImage(w http.ResponseWriter, r *http.Request) {
	key := r.URL.Query().Get("key")
	var found bool
	err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) (err error) {
		var sc scan
		sc, found, err = s.selectScan(tx, key)
		found = found && sc.status != scanOver
		return err
	})
	if err != nil || !found {
		s.deps.Login.NotFound(w, r, err)
		return
	}
	s.deps.Login.SendQR(w, r, s.scanURL(key))
}
