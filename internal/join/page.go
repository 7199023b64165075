package join

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/skip2/go-qrcode"

	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// joinQRPath is where the platform has its QR codes. A QR code leads to the page at joinPath, followed by the
// code.
const (
	joinQRPath = "/wework_admin/genqrcode"
	joinPath   = "/join/"
)

// joinsPerHour bounds how many members one address may create, in case an invitation gets into wrong hands.
const joinsPerHour = 30

//go:embed template/join.html
var joinHTML embed.FS

var joinTemplate = sync.OnceValue(func() *template.Template {
	return template.Must(template.ParseFS(joinHTML, "template/join.html"))
})

func (s *Service) joinRoutes() []door.Route {
	return []door.Route{
		{Pattern: "GET " + joinQRPath, Handler: http.HandlerFunc(s.joinQR)},
		{Pattern: "GET " + joinPath + "{code}", Handler: http.HandlerFunc(s.joinForm)},
		{Pattern: "POST " + joinPath + "{code}", Handler: http.HandlerFunc(s.joinDone)},
	}
}

// joinQR draws the QR code that leads to the page.
func (s *Service) joinQR(w http.ResponseWriter, r *http.Request) {
	code, size := r.FormValue("vcode"), joinSizes[defaultJoinSize]
	if n, ok := joinSizes[number(r.FormValue("qr_size"))]; ok {
		size = n
	}
	err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		_, err := s.corpOfJoin(tx, code)
		return err
	})
	switch {
	case errors.Is(err, errJoinCode):
		http.Error(w, errJoinCode.Error(), http.StatusNotFound)
		return
	case err != nil:
		http.Error(w, "the server is busy", http.StatusServiceUnavailable)
		return
	}
	var out bytes.Buffer
	if err := drawQR(&out, s.deps.BaseURL()+joinPath+code, size); err != nil {
		http.Error(w, "the QR code could not be drawn", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Cache-Control", "private, no-store")
	w.Write(out.Bytes())
}

// drawQR writes a QR code of exactly size pixels. Each module has the same whole number of pixels, as readers
// need, and the rest is margin.
func drawQR(w io.Writer, text string, size int) error {
	q, err := qrcode.New(text, qrcode.Medium)
	if err != nil {
		return err
	}
	modules := q.Bitmap() // with the quiet zone around
	scale := size / len(modules)
	if scale == 0 {
		return fmt.Errorf("%d modules do not fit into %d pixels", len(modules), size)
	}
	margin := (size - scale*len(modules)) / 2
	img := image.NewPaletted(image.Rect(0, 0, size, size), color.Palette{color.White, color.Black})
	for y, row := range modules {
		for x, dark := range row {
			if dark {
				draw.Draw(img, image.Rect(0, 0, scale, scale).Add(image.Pt(margin+x*scale, margin+y*scale)), image.Black, image.Point{}, draw.Src)
			}
		}
	}
	return png.Encode(w, img)
}

// number reads a small number; -1 if there is none.
func number(text string) int64 {
	if len(text) != 1 || text[0] < '0' || text[0] > '9' {
		return -1
	}
	return int64(text[0] - '0')
}

// joinView is what the page shows.
type joinView struct {
	Lang, Nonce  string
	T            joinWords
	Corp         string
	Name, Mobile string // as entered
	Wrong        string
	UserID       string
	Done, Gone   bool
}

func (s *Service) joinForm(w http.ResponseWriter, r *http.Request) {
	v := newJoinView(r)
	err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		c, err := s.corpOfJoin(tx, r.PathValue("code"))
		v.Corp = c.Name
		return err
	})
	v.send(w, err)
}

// joinDone creates the member. The code in the address gives the right to do so. There is no session that
// another site could abuse.
func (s *Service) joinDone(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 8<<10)
	v := newJoinView(r)
	v.Name, v.Mobile = r.PostFormValue("name"), r.PostFormValue("mobile")
	if !s.joins.Take(s.deps.Store.Now(), s.deps.ClientIP(r).String(), "join", joinsPerHour, time.Hour) {
		v.Wrong = v.T.Often
	}
	// Who has no code, or tries too often, begins no write.
	err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		c, err := s.corpOfJoin(tx, r.PathValue("code"))
		v.Corp = c.Name
		return err
	})
	if err != nil || v.Wrong != "" {
		v.send(w, err)
		return
	}
	err = s.deps.Store.Write(r.Context(), func(tx *store.Tx) error {
		m, err := s.Join(r.Context(), tx, r.PathValue("code"), v.Name, v.Mobile)
		v.UserID, v.Done = string(m.UserID), err == nil
		return err
	})
	v.send(w, err)
}

func newJoinView(r *http.Request) joinView {
	lang, words := "zh", chinese
	if first, _, _ := strings.Cut(r.Header.Get("Accept-Language"), ","); first != "" && !strings.HasPrefix(first, "zh") && first != "*" {
		lang, words = "en", english
	}
	return joinView{Lang: lang, T: words, Nonce: id.Letters(16)}
}

// send draws the page, with what was wrong.
func (v joinView) send(w http.ResponseWriter, err error) {
	status := http.StatusOK
	var refused wire.Error
	switch {
	case errors.Is(err, errJoinCode):
		v.Gone, status = true, http.StatusGone
	case errors.Is(err, directory.ErrMobileTaken):
		v.Wrong, status = v.T.Taken, http.StatusConflict
	case errors.Is(err, directory.ErrMemberName):
		v.Wrong, status = v.T.BadName, http.StatusUnprocessableEntity
	case errors.Is(err, directory.ErrMobile), errors.Is(err, directory.ErrNoContact):
		v.Wrong, status = v.T.BadMobile, http.StatusUnprocessableEntity
	case errors.As(err, &refused):
		v.Wrong, status = v.T.Full, http.StatusConflict
	case err != nil:
		v.Wrong, status = v.T.Busy, http.StatusServiceUnavailable
	case v.Wrong != "":
		status = http.StatusTooManyRequests
	}
	var out bytes.Buffer
	if err := joinTemplate().Execute(&out, v); err != nil {
		http.Error(w, "the page could not be drawn", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'nonce-"+v.Nonce+"'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	h.Set("Referrer-Policy", "no-referrer") // the address is the invitation
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	w.Write(out.Bytes())
}

// joinWords are the page's texts in one language.
type joinWords struct {
	Title, Name, Mobile, Join string
	Done, DoneHow, UserID     string
	Gone, GoneHow             string
	Taken, BadName, BadMobile string
	Full, Often, Busy         string
}

var (
	chinese = joinWords{
		Title: "加入企业", Name: "姓名", Mobile: "手机号（中国大陆以外请带国际区号，如 +852）", Join: "加入",
		Done: "你已加入", DoneHow: "管理员会为你安排部门，并告诉你如何登录。", UserID: "账号",
		Gone: "邀请已失效", GoneHow: "邀请在七天内有效，请向管理员索取新的二维码。",
		Taken: "该手机号已属于企业中的成员。", BadName: "姓名应为 1 到 64 个字符。", BadMobile: "手机号不正确。",
		Full: "企业暂时无法接收新成员，请联系管理员。", Often: "尝试过于频繁，请一小时后再试。", Busy: "服务器繁忙，请稍后再试。",
	}
	english = joinWords{
		Title: "Join the organisation", Name: "Name", Mobile: "Mobile number (outside mainland China with the country code, such as +852)", Join: "Join",
		Done: "You have joined", DoneHow: "An administrator gives you a department and tells you how to sign in.", UserID: "Account",
		Gone: "This invitation is no longer valid", GoneHow: "An invitation is valid for seven days; ask an administrator for a new QR code.",
		Taken: "A member has this mobile number already.", BadName: "A name has 1 to 64 characters.", BadMobile: "This is not a mobile number.",
		Full: "The organisation cannot take new members now; ask an administrator.", Often: "Too many attempts; try again in an hour.", Busy: "The server is busy; try again later.",
	}
)
