package store

import "time"

// What a transaction waits for.
const (
	ForConnection = "connection"
	ForWriter     = "writer" // of SQLite, which is one
)

// waited is told how long a transaction has waited for what it then got.
type waited func(what string, took time.Duration)

// wait is one that has begun; the zero value is none.
type wait struct{ began time.Time }

func beginWait() wait { return wait{time.Now()} }

func (w *wait) begin() {
	if w.began.IsZero() {
		*w = beginWait()
	}
}

// ended tells of a wait that had what it waited for.
func (told waited) ended(what string, w wait) {
	took := time.Duration(0)
	if !w.began.IsZero() {
		took = time.Since(w.began)
	}
	told(what, took)
}
