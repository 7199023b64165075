// Package page draws the pages of member sign-in and web authorisation: the member picker of `qiwei dev`,
// password and passkey, consent, the QR code on the desk and its confirmation on the phone, and the pages
// that say what went wrong. It only renders: it knows no database, no session and no route.
//
// A page is a method of Pages that takes a plain struct. It treats its input as hostile: html/template
// escapes text, and an address reaches an attribute only through own, web or image (url.go). A page is drawn
// completely before the first byte is written, so an error leaves w untouched.
//
// Every page works without scripts, except passkeys, which need one. Styles and scripts are files
// (assets.go); the only inline script is the state that scrapers read from the QR pages, and it carries a
// nonce.
package page

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"sync"
	"unicode"
)

//go:embed template/*.html
var templates embed.FS

// Options are what all pages of a server share.
type Options struct {
	// Dev marks every page as a development server's, so that nobody takes a one-click sign-in for a real
	// one.
	Dev bool
}

// Pages draws. It is safe for use by many goroutines.
type Pages struct {
	opt Options
	set map[Lang]func() *template.Template
}

// New makes the pages. The templates of a language are parsed when the first page in it is drawn (2 ms), and
// take half a megabyte from then on.
func New(o Options) *Pages {
	p := &Pages{opt: o, set: make(map[Lang]func() *template.Template)}
	for _, l := range []Lang{Chinese, English} {
		p.set[l] = sync.OnceValue(func() *template.Template { return parsed(l) })
	}
	return p
}

func parsed(l Lang) *template.Template {
	t := template.New("").Funcs(template.FuncMap{
		"t":       l.text,
		"pick":    func(t Text) string { return t.in(l) },
		"own":     own,
		"web":     web,
		"image":   image,
		"asset":   assetPath,
		"initial": initial,
		"tint":    tint,
		"portrait": func(name, picture, seed, size string) portrait {
			return portrait{Name: name, Picture: picture, Seed: seed, Size: size}
		},
	})
	return template.Must(t.ParseFS(templates, "template/*.html"))
}

// App is the application that asks. Without a name the member signs in to their own pages.
type App struct {
	Name string
	Logo string // a path of this server; anything else gives a drawn letter
}

// Person is a member as the pages show it.
type Person struct {
	UserID     string
	Name       string
	Avatar     string // a path of this server; anything else gives a drawn initial
	Position   string
	Department string
}

// Form says where a page's form is sent, and its hidden fields.
type Form struct {
	Action string // a path of this server
	Hidden []Field
}

// Field is a hidden field: next, a token against forgery, and what the page was asked for.
type Field struct{ Name, Value string }

// view is what the frame around every page needs.
type view struct {
	Lang   Lang
	Other  Lang
	Title  string
	Class  string // width and kind, for the style sheet
	Script string // the page's module among the assets, "" for none
	Self   string // this page in the other language; "" hides the switch
	Scheme string // light or dark; "" follows the reader's system
	Dev    bool
	Bare   bool // no header and footer: the page is in another site's frame
	D      any
}

func (p *Pages) render(w io.Writer, name string, v view) error {
	if _, ok := p.set[v.Lang]; !ok {
		v.Lang = Chinese
	}
	v.Other, v.Dev = v.Lang.other(), p.opt.Dev
	v.Self = inLang(v.Self, v.Other)
	var b bytes.Buffer
	if err := p.set[v.Lang]().ExecuteTemplate(&b, name, v); err != nil {
		return fmt.Errorf("page %s: %w", name, err)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// portrait is the round picture of a member or the square one of an app.
type portrait struct{ Name, Picture, Seed, Size string }

// initial returns the text in a portrait without a picture: the given name's characters for a Chinese name,
// the initials for others.
func initial(name string) string {
	name = strings.TrimSpace(name)
	r := []rune(name)
	if len(r) == 0 {
		return "?"
	}
	if unicode.Is(unicode.Han, r[len(r)-1]) {
		return string(r[max(0, len(r)-2):])
	}
	var out []rune
	for _, word := range strings.Fields(name) {
		out = append(out, unicode.ToUpper([]rune(word)[0]))
	}
	return string(out[:min(2, len(out))])
}

// tints is how many colours the style sheet has for drawn portraits.
const tints = 6

// tint gives the same person the same colour on every page.
func tint(seed string) int {
	h := 0
	for _, r := range seed {
		h = (h*31 + int(r)) % 9973
	}
	return h % tints
}
