package trend_test

import (
	"context"
	"fmt"
	"reflect"
	"testing"
	"time"

	"qiwei/internal/store"
	"qiwei/internal/trend"
	"qiwei/qiweitest"
)

// sums adds up a curve.
func sums(c trend.Curve) (n trend.Numbers) {
	for _, p := range c.Points {
		for i, v := range p.Numbers {
			n[i] += v
		}
	}
	return n
}

func curve(t *testing.T, s *trend.Service, corpID, span string) trend.Curve {
	t.Helper()
	c, err := s.Curve(context.Background(), corpID, trend.Spans[span])
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// counted makes a service beside the server's own, which strangers do not disturb.
func counted(w *qiweitest.World) *trend.Service {
	return trend.New(trend.Deps{Store: w.Server.Store, Clock: w.Clock})
}

func TestWhatIsCountedIsKept(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		ctx, s := context.Background(), counted(w)
		s.Call(w.CorpID, 0, 3*time.Millisecond)
		s.Call(w.CorpID, 0, 3*time.Millisecond)
		s.Call(w.CorpID, 60111, 700*time.Microsecond)
		s.Call(w.Second.CorpID, 40058, time.Minute)
		s.Delivery(w.CorpID, trend.Delivered)
		s.Delivery(w.CorpID, trend.Retried)
		s.Delivery(w.CorpID, trend.Failed)
		s.SignIn(w.CorpID, true)
		s.SignIn(w.CorpID, false)
		check := func(when string, s *trend.Service) {
			t.Helper()
			c := curve(t, s, w.CorpID, "1h")
			p := trend.Point{Numbers: sums(c)}
			got := []int64{p.Calls(), p.Refused(), p.Delivered(), p.Retried(), p.Failed(), p.Entered(), p.Turned()}
			if want := []int64{3, 1, 1, 1, 1, 1, 1}; !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %v, want %v", when, got, want)
			}
			if len(c.Errors) != 1 || c.Errors[0].Code != 60111 || c.Errors[0].Total != 1 || len(c.Points) != 60 || len(c.Errors[0].Values) != 60 {
				t.Errorf("%s: errors %+v over %d points", when, c.Errors, len(c.Points))
			}
		}
		check("before anything is written", s)
		gone, cancel := context.WithCancel(ctx)
		cancel()
		if err := s.Sweep(gone); err == nil {
			t.Error("a sweep that was cancelled wrote")
		}
		check("after a sweep that failed", s)
		for range 3 { // also when the minute is over, and once more
			if err := s.Sweep(ctx); err != nil {
				t.Fatal(err)
			}
			check("after a sweep", s)
			check("on another server", counted(w))
			w.Advance(time.Minute)
		}
		if c := curve(t, s, w.Second.CorpID, "1h"); len(c.Errors) != 1 || c.Errors[0].Code != 40058 || (trend.Point{Numbers: sums(c)}).Calls() != 1 {
			t.Errorf("the second enterprise has %+v", c.Errors)
		}

		// A second server adds to the same minute.
		both := counted(w)
		for _, one := range []*trend.Service{s, both} {
			one.Call(w.CorpID, 60111, time.Millisecond)
			if err := one.Sweep(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if c := curve(t, both, w.CorpID, "1h"); c.Points[59].Calls() != 2 || c.Errors[0].Values[59] != 2 || c.Errors[0].Total != 3 {
			t.Errorf("two servers counted %d calls, errors %+v", c.Points[59].Calls(), c.Errors)
		}
		// What is counted when the server stops is written.
		both.Call(w.CorpID, 0, time.Millisecond)
		both.Stop()
		if c := curve(t, counted(w), w.CorpID, "1h"); c.Points[59].Calls() != 3 {
			t.Errorf("after the stop %d calls", c.Points[59].Calls())
		}
	})
}

func TestMinutesAreKeptFor14Days(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		ctx := context.Background()
		s := trend.New(trend.Deps{Store: w.Server.Store, Clock: w.Clock, For: func(c string) bool { return c == w.CorpID }})
		rows := func() (n int64) {
			if err := w.Server.Store.Read(ctx, func(tx *store.Tx) error {
				minutes, err := tx.Count(`SELECT count(*) FROM trend_minute WHERE corpid IN (?, ?)`, w.CorpID, w.Second.CorpID)
				if err != nil {
					return err
				}
				codes, err := tx.Count(`SELECT count(*) FROM trend_code WHERE corpid IN (?, ?)`, w.CorpID, w.Second.CorpID)
				n = minutes + codes
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return n
		}
		s.Call(w.CorpID, 60111, time.Millisecond)
		s.Call(w.Second.CorpID, 60111, time.Millisecond)
		for _, step := range []struct {
			after time.Duration
			want  int64
			seen  int64 // calls of 14 days
		}{{0, 4, 1}, {trend.Keep - 4*time.Hour, 4, 1}, {4 * time.Hour, 4, 0}, {time.Hour, 2, 0}} {
			w.Advance(step.after)
			if err := s.Sweep(ctx); err != nil {
				t.Fatal(err)
			}
			if got := rows(); got != step.want {
				t.Errorf("%v later there are %d rows, want %d", step.after, got, step.want)
			}
			p := trend.Point{Numbers: sums(curve(t, s, w.CorpID, "14d"))}
			if p.Calls() > step.seen {
				t.Errorf("%v later %d calls are seen, want %d", step.after, p.Calls(), step.seen)
			}
		}
	})
}

// Nobody can fill the memory or the database: not a program that meets all codes, nor one that signs in to
// enterprises that it invents.
func TestCountsAreBounded(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		ctx, s := context.Background(), counted(w)
		for code := range 100 {
			s.Call(w.CorpID, 40001+code, time.Millisecond)
		}
		for i := range 1000 {
			s.SignIn(fmt.Sprint("ww", i), false)
		}
		if n := s.Enterprises(); n > 202 {
			t.Errorf("%d enterprises are counted", n)
		}
		if err := s.Sweep(ctx); err != nil { // although none of those exists
			t.Fatal(err)
		}
		c := curve(t, counted(w), w.CorpID, "1h")
		all := int64(0)
		for _, e := range c.Errors {
			all += e.Total
		}
		if len(c.Errors) != 13 || all != 100 || c.Errors[0].Code != 0 || c.Errors[0].Total != 88 {
			t.Errorf("%d codes with %d calls are told apart, first %+v", len(c.Errors), all, c.Errors[0])
		}
	})
}

func TestHowLongCallsTook(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		s := counted(w)
		if p := (trend.Point{}); p.Took(0.5) != 0 {
			t.Errorf("no call took %v", p.Took(0.5))
		}
		for range 90 {
			s.Call(w.CorpID, 0, 1500*time.Microsecond)
		}
		for range 9 {
			s.Call(w.CorpID, 0, 100*time.Millisecond) // the lower end of its column
		}
		s.Call(w.CorpID, 0, time.Hour)
		p := trend.Point{Numbers: sums(curve(t, s, w.CorpID, "6h"))}
		for share, within := range map[float64][2]time.Duration{
			0.5: {1500 * time.Microsecond, 1600 * time.Microsecond}, 0.95: {100 * time.Millisecond, 200 * time.Millisecond}, 0.99: {199 * time.Millisecond, 201 * time.Millisecond}, 1: {5 * time.Second, 5 * time.Second},
		} {
			if got := p.Took(share); got < within[0] || got > within[1] {
				t.Errorf("%v of the calls took %v, want between %v and %v", share, got, within[0], within[1])
			}
		}
	})
}

// Calls without a valid token are shown where they are nobody else's.
func TestStrangersAreShownToTheOnlyEnterprise(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		closed := counted(w)
		open := trend.New(trend.Deps{Store: w.Server.Store, Clock: w.Clock, Open: true})
		for _, s := range []*trend.Service{closed, open} {
			s.Call("", 40014, time.Millisecond)
		}
		if c := curve(t, closed, w.CorpID, "1h"); len(c.Errors) != 0 {
			t.Errorf("beside another enterprise strangers are seen: %+v", c.Errors)
		}
		if c := curve(t, open, w.CorpID, "1h"); len(c.Errors) == 0 || c.Errors[0].Code != 40014 {
			t.Errorf("strangers are not seen in dev: %+v", c.Errors)
		}
	})
}
