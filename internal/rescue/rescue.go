// Package rescue keeps a panic to what it happened in. In a request net/http does so;
// a panic in any other goroutine would end the server, and with it everybody else's
// connections.
package rescue

import (
	"fmt"
	"log/slog"
	"runtime/debug"
)

// Rescuer logs panics, with the stack, and counts them. The zero value does neither.
type Rescuer struct {
	Log   *slog.Logger
	Count func(where string) // for metrics
}

// Panic is the error that a panic becomes.
type Panic struct{ Value any }

func (p Panic) Error() string { return fmt.Sprintf("panic: %v", p.Value) }

// Run calls fn and returns its error, or Panic. Where names what fn does, in the log
// and in metrics.
func (r Rescuer) Run(where string, fn func() error) (err error) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		err = Panic{p}
		if r.Log != nil {
			r.Log.Error("panic", "where", where, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		}
		if r.Count != nil {
			r.Count(where)
		}
	}()
	return fn()
}
