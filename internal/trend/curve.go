package trend

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"qiwei/internal/store"
)

// Point is what happened in one step of a span.
type Point struct {
	At time.Time // its beginning
	Numbers
}

// Calls is how many calls were answered, and Refused how many of them with an error.
func (p Point) Calls() int64   { return p.Numbers[calls] }
func (p Point) Refused() int64 { return p.Numbers[refused] }

// Delivered, Retried and Failed are requests to callback URLs, by what came of them.
func (p Point) Delivered() int64 { return p.Numbers[delivered] }
func (p Point) Retried() int64   { return p.Numbers[retried] }
func (p Point) Failed() int64    { return p.Numbers[failed] }

// Entered is how many sign-ins succeeded, and Turned how many were refused.
func (p Point) Entered() int64 { return p.Numbers[entered] }
func (p Point) Turned() int64  { return p.Numbers[turned] }

// Took estimates within how long this share of the calls was answered. It is 0 where there were none.
func (p Point) Took(share float64) time.Duration {
	all := float64(p.Numbers[calls])
	want, seen := share*all, 0.0
	from := 0.0
	for i, bound := range bounds {
		n, to := float64(p.Numbers[under1+i]), float64(bound)
		if n > 0 && seen+n >= want {
			return time.Duration((from + (to-from)*(want-seen)/n) * float64(time.Millisecond))
		}
		seen, from = seen+n, to
	}
	if all == 0 {
		return 0
	}
	return time.Duration(from) * time.Millisecond // longer than the last bound; how much is not known
}

// Errors is how often one code was answered in each step.
type Errors struct {
	Code   int // 0 for those that are not told apart
	Total  int64
	Values []int64
}

// Curve is a span of time in equal steps.
type Curve struct {
	Points []Point
	Errors []Errors // the most frequent first
}

// Span is how long a curve is, and how many minutes a step of it takes.
type Span struct {
	Length time.Duration
	Step   int64
}

// Spans are the curves that can be drawn, by their names.
var Spans = map[string]Span{
	"1h": {time.Hour, 1}, "6h": {6 * time.Hour, 5}, "1d": {24 * time.Hour, 15}, "3d": {72 * time.Hour, 60}, "14d": {Keep, 240},
}

// Curve returns what happened in an enterprise up to now. What other servers have counted in the last minute is not in
// it yet.
func (s *Service) Curve(ctx context.Context, corpID string, of Span) (Curve, error) {
	last := s.deps.Clock.Now().Unix() / 60 / of.Step
	first := last - int64(of.Length/time.Minute)/of.Step + 1
	var at map[int64]*Numbers
	var codes map[int]map[int64]int64
	count := func(step int64, code int, n int64) {
		if codes[code] == nil {
			codes[code] = map[int64]int64{}
		}
		codes[code][step] += n
	}
	whose := []string{corpID}
	if err := s.deps.Store.Read(ctx, func(tx *store.Tx) error {
		at, codes, whose = map[int64]*Numbers{}, map[int]map[int64]int64{}, whose[:1]
		others, err := tx.Count(`SELECT count(*) FROM (SELECT 1 FROM corp WHERE corpid <> ? LIMIT 1) AS other`, corpID)
		if err != nil {
			return err
		}
		if others == 0 || s.deps.Open {
			whose = append(whose, "")
		}
		for _, c := range whose {
			if err := selectSums(tx, c, first*of.Step, (last+1)*of.Step, of.Step, at); err != nil {
				return fmt.Errorf("sums: %w", err)
			}
			if err := selectCodes(tx, c, first*of.Step, (last+1)*of.Step, of.Step, count); err != nil {
				return fmt.Errorf("codes: %w", err)
			}
		}
		return nil
	}); err != nil {
		return Curve{}, err
	}
	s.unwritten(whose, func(minute int64, n Numbers, errors map[int]int64) {
		if step := minute / of.Step; step >= first && step <= last {
			add(at, step, n)
			for code, n := range errors {
				count(step, code, n)
			}
		}
	})
	return draw(first, last, of.Step, at, codes), nil
}

// unwritten calls each with what is still in memory.
func (s *Service) unwritten(whose []string, each func(minute int64, n Numbers, codes map[int]int64)) {
	s.mu.Lock()
	list := slices.Clone(s.full)
	s.mu.Unlock()
	if m := s.now.Load(); m != nil && !slices.Contains(list, m) {
		list = append(list, m)
	}
	for _, m := range list {
		for _, c := range whose {
			if of, there := m.corps.Load(c); there {
				n, codes := of.(*counts).look()
				each(m.at, n, codes)
			}
		}
	}
}

func draw(first, last, step int64, at map[int64]*Numbers, codes map[int]map[int64]int64) Curve {
	var out Curve
	for i := first; i <= last; i++ {
		p := Point{At: time.Unix(i*step*60, 0).UTC()}
		if n := at[i]; n != nil {
			p.Numbers = *n
		}
		out.Points = append(out.Points, p)
	}
	for _, code := range slices.Sorted(maps.Keys(codes)) {
		e := Errors{Code: code, Values: make([]int64, len(out.Points))}
		for i, n := range codes[code] {
			e.Values[i-first] = n
			e.Total += n
		}
		out.Errors = append(out.Errors, e)
	}
	slices.SortStableFunc(out.Errors, func(a, b Errors) int { return cmp.Compare(b.Total, a.Total) })
	return out
}
