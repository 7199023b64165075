package page

import "io"

// Confirm is what a phone shows after scanning the code on a desk.
type Confirm struct {
	Self string
	Corp string
	App  App
	Me   Person
	// Form is posted with "decision", confirm or cancel.
	Form   Form
	Where  string // description of the waiting browser, such as "Chrome · Windows · 10.1.2.3"
	Switch string // address where another member signs in, "" for none
}

// Confirm draws the question.
func (p *Pages) Confirm(w io.Writer, lang Lang, d Confirm) error {
	return p.render(w, "confirm", view{
		Lang: lang, Title: lang.say("confirm.title"), Class: "phone", Self: d.Self, D: d,
	})
}

// Outcome is how a scan ended.
type Outcome int

const (
	Confirmed Outcome = iota
	Cancelled
	Expired // too late, or answered already
)

// ConfirmResult is the phone's last page.
type ConfirmResult struct {
	Self    string
	Outcome Outcome
	App     App
	Home    string // address of the member's own page, "" for none
}

// ConfirmResult draws how it ended.
func (p *Pages) ConfirmResult(w io.Writer, lang Lang, d ConfirmResult) error {
	kind := "expired"
	switch d.Outcome {
	case Confirmed:
		kind = "confirmed"
	case Cancelled:
		kind = "cancelled"
	}
	return p.render(w, "confirmresult", view{
		Lang: lang, Title: lang.say("confirm." + kind), Class: "phone", Self: d.Self,
		D: struct {
			ConfirmResult
			Kind string
		}{d, kind},
	})
}
