package page

import "io"

// Card shows a member's personal QR code (qr_code, doc 90196).
type Card struct {
	Self string
	Corp string
	Me   Person
	QR   string // address of the picture
}

// Card draws it.
func (p *Pages) Card(w io.Writer, lang Lang, d Card) error {
	return p.render(w, "card", view{Lang: lang, Title: d.Me.Name + " · " + lang.say("card.title"), Class: "phone", Self: d.Self, D: d})
}
