package login

import (
	"errors"

	"qiwei/internal/directory"
	"qiwei/internal/login/page"
	"qiwei/internal/wire"
	"qiwei/internal/wire/errcode"
)

// WrongMember is what a page says about a member who was refused; is is false for errors that are not the reader's.
func WrongMember(err error) (text page.Text, is bool) {
	var api wire.Error
	switch {
	case errors.Is(err, directory.ErrNoContact):
		return page.Text{Zh: "手机号和邮箱至少填写一项。", En: "A mobile number or a mail address is needed."}, true
	case errors.Is(err, directory.ErrMobile):
		return page.Text{Zh: "手机号不正确；境外号码需带国家码，如 +852。", En: "Not a mobile number; outside mainland China it needs its country code, such as +852."}, true
	case errors.Is(err, directory.ErrMemberName):
		return page.Text{Zh: "姓名由 1–64 个字符组成。", En: "A name has 1 to 64 characters."}, true
	case errors.As(err, &api):
		text = page.Text{Zh: api.Message(), En: api.Message()}
		if known, ok := errcode.Lookup(api.Code); ok && known.MeaningZH != "" {
			text.Zh = known.MeaningZH
		}
		return text, true
	}
	return page.Text{}, false
}
