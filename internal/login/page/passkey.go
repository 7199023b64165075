package page

import (
	"io"
	"time"
)

// Ceremony says where a browser goes to use or to create a passkey. Both addresses are paths of this server
// and answer JSON.
//
//   - Begin is posted {"userid": "…", "name": "…", and the form's hidden fields}
//     and answers what go-webauthn's BeginLogin, BeginDiscoverableLogin or
//     BeginRegistration gives, {"publicKey": {…}}, plus an optional "session"
//     that comes back with Finish.
//   - Finish is posted the credential as go-webauthn parses it, plus "session",
//     "form" (the hidden fields) and, when a passkey is made, "name". It answers
//     {"next": "/where/to/go"}.
//
// Either may answer {"error": "words for the reader"} with any status. Where members sign in without writing
// a userid, BeginRegistration must ask for a resident key, or the browser will find nothing to offer.
type Ceremony struct{ Begin, Finish string }

// Passkeys is a member's own list of passkeys.
type Passkeys struct {
	Self string
	Me   Person
	Keys []Passkey
	// Add creates a new one. Its endpoints get the hidden fields of Remove.
	Add Ceremony
	// Remove is posted with the passkey's ID as "id".
	Remove Form
	Notice Notice
	Back   string
}

// Passkey is one of the list.
type Passkey struct {
	ID              string
	Name            string
	Added, LastUsed time.Time // shown in the location they carry; LastUsed may be zero
}

type passkeys struct {
	Passkeys
	News string
}

// Passkeys draws the list and the button that adds one.
func (p *Pages) Passkeys(w io.Writer, lang Lang, d Passkeys) error {
	return p.render(w, "passkeys", view{
		Lang: lang, Title: lang.say("passkeys.title"), Script: "sign.js", Self: d.Self,
		D: passkeys{d, lang.notice(d.Notice)},
	})
}
