package work

import (
	"os"
	"strconv"
	"testing"
)

// Only those holders of a lease are dead of whom it is known: by the database, or where that cannot tell, by
// the machine on which they ran.
func TestWhoIsDead(t *testing.T) {
	t.Parallel()
	own := newOwner()
	holder := func(process, host string, pid int) string {
		o := own
		o.process, o.host, o.pid = process, host, pid
		return o.String()
	}
	const other, nobody = "other", 1 << 30 // more than any pid
	for _, tt := range []struct {
		name         string
		holder       string
		alive, known bool // what the database says
		dead         bool
	}{
		{"another engine of this process", holder(own.process, own.host, own.pid), false, true, false},
		{"a process that has the database open", holder(other, own.host, nobody), true, true, false},
		{"one that has not", holder(other, "elsewhere", os.Getppid()), false, true, true},
		{"one that runs on this machine", holder(other, own.host, os.Getppid()), false, false, false},
		{"one that has ended", holder(other, own.host, nobody), false, false, true},
		{"one whose number is ours now", holder(other, own.host, own.pid), false, false, true},
		{"one of another machine", holder(other, "elsewhere", nobody), false, false, false},
		{"one that says no number", other + "-x-" + own.host + "-e", false, true, false},
		{"one that says none that can be", other + "-0-" + own.host + "-e", false, true, false},
		{"one of whom nothing is known", "who knows", false, true, false},
		{"one that says more", holder(other, own.host, nobody) + "-more", false, true, false},
	} {
		lives := func(process string) (alive, known bool) {
			if process != other {
				t.Errorf("%s: asked for %q", tt.name, process)
			}
			return tt.alive, tt.known
		}
		if got := own.dead(tt.holder, lives); got != tt.dead {
			t.Errorf("%s, %s: dead %v", tt.name, tt.holder, got)
		}
	}
	if o, ok := parseOwner(own.String()); !ok || o != own || o.pid != os.Getpid() || own.String() == strconv.Itoa(o.pid) {
		t.Errorf("%+v is read as %+v", own, o)
	}
}
