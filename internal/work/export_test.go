package work

import "qiwei/internal/id"

// Holder returns what a lease of another process would have as its holder: of one on
// this machine that has ended, or of one on another machine.
func Holder(elsewhere bool) string {
	o := newOwner()
	o.process = id.Hex(4) // with a number that has become ours
	if elsewhere {
		o.host = "elsewhere"
	}
	return o.String()
}
