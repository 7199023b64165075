package login

import (
	"fmt"
	"hash/fnv"
	"html"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/login/page"
	"qiwei/internal/store"
)

// The links that the directory gives out for a member: the picture, and the page of the personal QR code (doc
// 90196). The number in them is sealed, so nobody finds a member by trying.

const cardPath = "/wwopen/userQRCode"

func (s *Service) cardRoutes() []door.Route {
	return []door.Route{
		{Pattern: "GET /wwhead/{card}/{size}", Handler: http.HandlerFunc(s.head)},
		{Pattern: "GET " + cardPath, Handler: s.page(page.NoFrame, s.cardPage)},
	}
}

// headSize reads a picture's width; 0 stands for the original.
func headSize(text string) (int, bool) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > 1024 {
		return 0, false
	}
	if n == 0 {
		n = 640
	}
	return n, true
}

// head draws a picture for a member without one: the initial on a colour that stays the same. It is SVG, so
// that no font is needed for its characters.
func (s *Service) head(w http.ResponseWriter, r *http.Request) {
	size, ok := headSize(r.PathValue("size"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	card := r.PathValue("card")
	if card == "default" {
		sendSVG(w, size, `<rect width="64" height="64" fill="#c8cdd6"/><circle cx="32" cy="25" r="11" fill="#fff"/><path d="M10 60c2-15 11-21 22-21s20 6 22 21z" fill="#fff"/>`)
		return
	}
	var m directory.Member
	var found bool
	err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) (err error) {
		m, found, err = s.deps.Directory.MemberOfCard(tx, card)
		return err
	})
	if err != nil || !found {
		s.NotFound(w, r, err)
		return
	}
	if m.Avatar != "" { // the member has uploaded one meanwhile
		w.Header().Set("Cache-Control", "private, max-age=600")
		link, thumb := s.deps.Directory.AvatarURL(&m)
		if size <= 100 {
			link = thumb
		}
		w.Header().Set("Location", EscapeUnsafe(s.Local(link)))
		w.WriteHeader(http.StatusFound)
		return
	}
	text, tint := initial(m.Name), tints[seed(string(m.UserID))%uint32(len(tints))]
	font := 28
	if len([]rune(text)) > 1 {
		font = 22
	}
	sendSVG(w, size, fmt.Sprintf(`<rect width="64" height="64" fill="%s"/><text x="32" y="33" fill="#fff" font-size="%d" text-anchor="middle" dominant-baseline="central" font-family="PingFang SC, Microsoft YaHei, Noto Sans CJK SC, sans-serif">%s</text>`,
		tint, font, html.EscapeString(text)))
}

var tints = []string{"#2767d8", "#0b7d53", "#a8590a", "#7a4fc9", "#0a7688", "#b83f63"}

func seed(s string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(strings.ToLower(s)))
	return h.Sum32()
}

// initial returns the end of a Chinese name, which is the given name, or the first letter of any other name.
func initial(name string) string {
	r := []rune(strings.TrimSpace(name))
	switch {
	case len(r) == 0:
		return "?"
	case unicode.Is(unicode.Han, r[len(r)-1]):
		return string(r[max(0, len(r)-2):])
	}
	return string(unicode.ToUpper(r[0]))
}

func sendSVG(w http.ResponseWriter, size int, body string) {
	h := w.Header()
	h.Set("Content-Type", "image/svg+xml")
	h.Set("Cache-Control", "private, max-age=600")
	h.Set("Content-Security-Policy", "default-src 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 64 64">%s</svg>`, size, size, body)
}

// cardPage shows a member's personal QR code, or only the picture with png=1.
func (s *Service) cardPage(v *visit) error {
	vcode := v.r.URL.Query().Get("vcode")
	var m directory.Member
	var found bool
	err := s.deps.Store.Read(v.ctx(), func(tx *store.Tx) (err error) {
		m, found, err = s.deps.Directory.MemberOfCard(tx, vcode)
		return err
	})
	if err != nil {
		return err
	}
	if !found || !m.Enabled {
		return v.problem(http.StatusNotFound, page.DeadLink())
	}
	if v.r.URL.Query().Get("png") != "" {
		s.SendQR(v.w, v.r, s.deps.Directory.CardURL(&m))
		return nil
	}
	return show(v, http.StatusOK, s.pages.Card, page.Card{
		Self: v.self(), Me: v.person(m), QR: cardPath + "?" + url.Values{"vcode": {vcode}, "png": {"1"}}.Encode(),
	})
}
