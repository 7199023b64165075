package page

import "io"

// JSSDK calculates and checks the signature that a page needs for the JS-SDK.
type JSSDK struct {
	Self string
	Form Form

	// What the reader has filled in. Given is the signature to be compared.
	Ticket, NonceStr, Timestamp, URL, Given string

	Asked     bool   // the form was sent; what follows is the answer
	Signature string // the right one
	Signed    string // the text that is signed
	Owner     Text   // the ticket's owner
	Wrong     []Text // what is wrong; empty if all is right
}

// JSSDKOfCorp, JSSDKOfApp, JSSDKOfCard and JSSDKUnknown say whose ticket it is.
func JSSDKOfCorp(corpID string) Text { return both("jssdk.corp", corpID) }

// JSSDKOfApp: see JSSDKOfCorp.
func JSSDKOfApp(corpID string, agentID int64) Text { return both("jssdk.app", corpID, agentID) }

// JSSDKOfCard: see JSSDKOfCorp.
func JSSDKOfCard(corpID string) Text { return both("jssdk.card", corpID) }

// JSSDKUnknown: see JSSDKOfCorp.
func JSSDKUnknown() Text { return both("jssdk.unknown") }

// JSSDK draws it.
func (p *Pages) JSSDK(w io.Writer, lang Lang, d JSSDK) error {
	return p.render(w, "jssdk", view{Lang: lang, Title: lang.say("jssdk.title"), Class: "wide", Self: d.Self, D: d})
}
