package page

import "io"

// Picker is the sign-in of `qiwei dev`: one click on a member.
type Picker struct {
	Self string
	Corp string
	App  App
	// Form is posted with the chosen member as "userid".
	Form Form
	// Search requests the same page with the reader's words as "q". Its hidden fields repeat the page's
	// parameters. Without a script it is the only way to search; with one it finds members who are not on the
	// page.
	Search  Form
	Query   string
	Members []Candidate
	Scan    string // address of the sign-in by a QR code, "" if there is none
	Total   int    // how many members match Query in all; the page may show fewer
}

// Candidate is a member to choose.
type Candidate struct {
	Person
	// OutOfRange marks members who may not see the app: choosing one shows what
	// that looks like to an integrator.
	OutOfRange bool
}

// few members need no search box.
const few = 6

// Searchable reports whether the page has a search box.
func (d Picker) Searchable() bool {
	return d.Query != "" || len(d.Members) > few || d.Total > len(d.Members)
}

// Hidden is how many members match but are not on the page.
func (d Picker) Hidden() int { return max(0, d.Total-len(d.Members)) }

// Picker draws the list of members to sign in as.
func (p *Pages) Picker(w io.Writer, lang Lang, d Picker) error {
	return p.render(w, "picker", view{
		Lang: lang, Title: lang.say("picker.title"), Class: "wide", Script: "picker.js", Self: d.Self, D: d,
	})
}
