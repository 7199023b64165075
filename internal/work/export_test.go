package work

// Holder returns the holder in another process's lease: a process on this machine that has ended, or one on
// another machine.
func Holder(elsewhere bool) string {
	o := newOwner()
	o.process = "former" // with a number that has become ours
	if elsewhere {
		o.host = "elsewhere"
	}
	return o.String()
}
