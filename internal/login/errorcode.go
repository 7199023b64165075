package login

import (
	"net/http"
	"strconv"
	"strings"

	"qiwei/internal/door"
	"qiwei/internal/login/page"
	"qiwei/internal/wire/errcode"
)

// errorCodePath is where the errmsg of every refusal leads (doc 90313). It is here because its page is drawn
// like those of sign-in.
const errorCodePath = "/devtool/query"

func (s *Service) errorCodeRoutes() []door.Route {
	return []door.Route{{Pattern: "GET " + errorCodePath, Handler: s.page(page.NoFrame, s.errorCode)}}
}

func (s *Service) errorCode(v *visit) error {
	given := strings.TrimSpace(v.r.URL.Query().Get("e"))
	d := page.Code{Self: v.self(), Search: page.Form{Action: errorCodePath}, Code: given}
	if code, err := strconv.Atoi(given); err == nil {
		if e, ok := errcode.Lookup(code); ok {
			d.Found, d.Code, d.Wire = true, strconv.Itoa(code), e.Text
			d.Meaning = page.Text{Zh: e.MeaningZH, En: e.MeaningEN}
			d.Advice = []page.Text{{Zh: e.AdviceZH, En: e.AdviceEN}}
		}
	}
	return show(v, http.StatusOK, s.pages.Code, d)
}
