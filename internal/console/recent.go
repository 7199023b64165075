package console

import "strings"

// Recorded is a call as it is shown outside of the console's pages, with its secrets masked.
type Recorded struct {
	callLine
	Query    string `json:"query,omitempty"`
	Request  string `json:"request,omitempty"`
	Response string `json:"response,omitempty"`
	Hint     string `json:"hint,omitempty"`
	Cut      bool   `json:"cut,omitempty"` // not all of a body is shown
}

// RecentFilter chooses calls. A zero field matches all.
type RecentFilter struct {
	AgentID int64
	Path    string // that the path contains
	Failed  bool   // refused, or met by a fault
	After   int64  // calls with higher numbers
	Limit   int
}

// shownRecent is how much of a body is shown, in bytes.
const shownRecent = 4 << 10

// Recent returns the enterprise's calls, newest first.
func (r *Recorder) Recent(corpID string, f RecentFilter) []Recorded {
	out := []Recorded{}
	for _, k := range r.before(corpID, 0, f.Limit, func(k *kept) bool {
		return k.no > f.After && (f.AgentID == 0 || k.by.AgentID == f.AgentID) && strings.Contains(k.path, f.Path) && (!f.Failed || k.code != 0 || k.fault != "")
	}) {
		one := Recorded{callLine: lineOf(k), Query: maskQuery(k.query), Hint: k.hint}
		one.Request, one.Response = maskBody(k.request[:min(len(k.request), shownRecent)]), maskBody(k.response[:min(len(k.response), shownRecent)])
		one.Cut = k.requestSize > shownRecent || k.responseSize > shownRecent
		out = append(out, one)
	}
	return out
}
