package page

import "io"

// Corps asks which enterprise to sign in to, if a server has several and the link did not say.
type Corps struct {
	Self string
	// Form is sent by GET, with the corpid as "corp".
	Form    Form
	CorpID  string // what the reader wrote last time
	Unknown bool   // there is no such enterprise
	// Corps are listed in dev only: elsewhere the server's customers are confidential.
	Corps []CorpChoice
}

// CorpChoice is one of the list.
type CorpChoice struct {
	Name   string
	CorpID string
	Link   string // address that continues with it
}

// Corps draws the question.
func (p *Pages) Corps(w io.Writer, lang Lang, d Corps) error {
	return p.render(w, "corps", view{Lang: lang, Title: lang.say("corps.title"), Self: d.Self, D: d})
}
