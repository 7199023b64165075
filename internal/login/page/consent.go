package page

import (
	"io"
	"strings"
)

// Asked is a field that an app may ask a member for under snsapi_privateinfo,
// by its name in getuserdetail (doc 95833).
type Asked string

const (
	Avatar  Asked = "avatar"
	Gender  Asked = "gender"
	Mobile  Asked = "mobile"
	Email   Asked = "email"
	BizMail Asked = "biz_mail"
	QRCode  Asked = "qr_code"
	Address Asked = "address"
)

// AskedFields are all that can be asked for, in the order of the page.
func AskedFields() []Asked { return []Asked{Avatar, Gender, Mobile, Email, BizMail, QRCode, Address} }

// Consent asks a member which personal data an app may read.
type Consent struct {
	Self string
	Corp string
	App  App
	Me   Person
	// Form is posted with "field" once for each ticked box and with "decision",
	// allow or deny.
	Form   Form
	Fields []ConsentField
	Days   int    // how long the choice is remembered; 0 means WeCom's 30
	Switch string // address where another member signs in, "" for none
}

// ConsentField is one line. Value is the member's own, unmasked: this page masks it, so that no caller can
// forget to.
type ConsentField struct {
	Field  Asked
	Value  string
	Ticked bool
}

type consentLine struct {
	Field   Asked
	Shown   string // masked
	Empty   bool
	Ticked  bool
	Picture bool
}

type consent struct {
	Consent
	Lines []consentLine
}

// Consent draws the consent page.
func (p *Pages) Consent(w io.Writer, lang Lang, d Consent) error {
	if d.Days == 0 {
		d.Days = 30
	}
	c := consent{Consent: d}
	for _, f := range d.Fields {
		line := consentLine{Field: f.Field, Ticked: f.Ticked}
		line.Shown = lang.masked(f.Field, f.Value)
		line.Picture = f.Field == Avatar
		line.Empty = line.Shown == "" && !line.Picture
		c.Lines = append(c.Lines, line)
	}
	return p.render(w, "consent", view{
		Lang: lang, Title: lang.say("consent.title"), Self: d.Self, D: c,
	})
}

// masked shows enough of a value for its owner to recognise it, and too little for anybody looking over the
// member's shoulder.
func (l Lang) masked(f Asked, v string) string {
	if v == "" {
		return ""
	}
	switch f {
	case Gender:
		switch v {
		case "1":
			return l.say("gender.male")
		case "2":
			return l.say("gender.female")
		}
		return ""
	case Mobile:
		return maskMiddle(v, 3, 4)
	case Email, BizMail:
		name, host, ok := strings.Cut(v, "@")
		if !ok {
			return maskMiddle(v, 1, 0)
		}
		return maskMiddle(name, 1, 0) + "@" + host
	case Address:
		return maskMiddle(v, 6, 0)
	case QRCode:
		return l.say("consent.qrcode")
	}
	return ""
}

// maskMiddle keeps some characters at both ends, fewer if the value is so short that less than four would be
// hidden.
func maskMiddle(s string, head, tail int) string {
	r := []rune(s)
	for head+tail > 0 && len(r)-head-tail < 4 {
		if tail > 0 {
			tail--
		} else {
			head--
		}
	}
	return string(r[:head]) + "****" + string(r[len(r)-tail:])
}
