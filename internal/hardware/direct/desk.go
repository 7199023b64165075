package direct

import (
	"context"
	"sync"
	"sync/atomic"

	"qiwei/internal/rescue"
)

// desk does what frames ask for, on a few goroutines for all connections. A question to the database needs a deep
// stack, which a thousand waiting connections would each keep.
type desk struct {
	jobs   chan job
	rescue rescue.Rescuer
	clerks atomic.Int32
	closed sync.Once
}

type job struct {
	do   func() (reply, error)
	done chan result
}

type result struct {
	reply
	err error
}

// clerks are how many frames are worked on at once. They come when they are needed, and stay.
const clerks = 16

// do runs fn at the desk and returns its reply. A panic ends the connection that it happened in.
func (d *desk) do(ctx context.Context, fn func() (reply, error)) (reply, error) {
	j := job{fn, make(chan result, 1)}
	select {
	case d.jobs <- j:
	default:
		if d.clerks.Add(1) <= clerks {
			go d.work(j)
			break
		}
		d.clerks.Add(-1)
		select {
		case d.jobs <- j:
		case <-ctx.Done():
			return reply{}, ctx.Err()
		}
	}
	r := <-j.done
	return r.reply, r.err
}

func (d *desk) work(j job) {
	for ok := true; ok; j, ok = <-d.jobs {
		var r result
		err := d.rescue.Run("device's frame", func() error {
			r.reply, r.err = j.do()
			return r.err
		})
		r.err = err
		j.done <- r
	}
}

// close sends the clerks home. Nobody may come any more. It may be called again.
func (d *desk) close() { d.closed.Do(func() { close(d.jobs) }) }
