package page

import "io"

// Code explains an error code, at the address that error answers name
// (/devtool/query?e=60011).
type Code struct {
	Self string
	// Search is the page itself, asked with the code as "e".
	Search  Form
	Code    string // as the reader gave it; "" asks for one
	Found   bool
	Wire    string // errmsg as it is sent
	Meaning Text
	Advice  []Text
	Paths   []string // endpoints that answer it
}

// Code draws the page of an error code.
func (p *Pages) Code(w io.Writer, lang Lang, d Code) error {
	title := lang.say("code.title")
	if d.Code != "" {
		title = d.Code + " · " + title
	}
	return p.render(w, "code", view{
		Lang: lang, Title: title, Class: "wide", Self: d.Self, D: d,
	})
}
