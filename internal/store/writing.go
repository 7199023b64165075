package store

import (
	"context"
	"errors"
	"sync"
	"time"
)

// writing reruns write transactions that collided with another.
//
// If many change one row at once (a counter that every new member raises), one commits and all others
// collide, again and again. So those that have collided take turns. One that still has no luck keeps all
// others of this process out until it is done.
type writing struct {
	all   sync.RWMutex // held by each try
	again sync.Mutex   // held by one that has collided
}

const (
	triesInCompany = 4
	triesUnique    = 3
	collidingMost  = 10 * time.Second
)

func (w *writing) run(ctx context.Context, d dialect, try func() error) error {
	if !d.collides {
		return try()
	}
	err := w.inCompany(try)
	if !errors.Is(err, ErrConflict) && !violates(err) {
		return err
	}
	w.again.Lock()
	defer w.again.Unlock()
	ctx, cancel := context.WithTimeout(ctx, collidingMost)
	defer cancel()
	for n := 2; ctx.Err() == nil; n++ {
		switch {
		case n <= triesInCompany:
			err = w.inCompany(try)
		case n == triesInCompany+1:
			w.all.Lock()
			defer w.all.Unlock()
			fallthrough
		default:
			err = try()
		}
		// A unique violation is worth another try: the first saw no such row because
		// the other transaction had not committed; the second sees it and answers
		// with the room's own error. So is that of a foreign key: a row that was known from elsewhere, such as
		// from what is kept in memory, may have been committed since the first began, which does not see it.
		if !errors.Is(err, ErrConflict) && !(violates(err) && n < triesUnique) {
			break
		}
	}
	return err
}

// violates reports whether a transaction may have failed for what it could not see.
func violates(err error) bool { return errors.Is(err, ErrUnique) || errors.Is(err, ErrForeign) }

func (w *writing) inCompany(try func() error) error {
	w.all.RLock()
	defer w.all.RUnlock()
	return try()
}

// alone is run for a write that replaces much at once: no other write of this process runs beside it.
func (w *writing) alone(ctx context.Context, d dialect, try func() error) error {
	if !d.collides {
		return try()
	}
	w.all.Lock()
	defer w.all.Unlock()
	ctx, cancel := context.WithTimeout(ctx, collidingMost)
	defer cancel()
	err := try()
	for ctx.Err() == nil && errors.Is(err, ErrConflict) { // with another process
		err = try()
	}
	return err
}
