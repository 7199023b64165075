package console

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"qiwei/internal/trend"
	"qiwei/internal/wire/errcode"
)

func (s *Service) trendCalls() []call {
	return []call{{pattern: "GET /console/api/trends", right: readCorp, handle: s.getTrends}}
}

// trendPoint is what happened in a step of a span.
type trendPoint struct {
	At        time.Time `json:"at"`
	Calls     int64     `json:"calls"`
	Refused   int64     `json:"refused"`
	Half      float64   `json:"p50_ms"` // within which half of the calls were answered
	Most      float64   `json:"p95_ms"`
	Slowest   float64   `json:"p99_ms"`
	Delivered int64     `json:"delivered"`
	Retried   int64     `json:"retried"`
	Failed    int64     `json:"failed"`
	Entered   int64     `json:"entered"`
	Turned    int64     `json:"turned"`
}

// trendErrors is how often one code was answered. Code 0 stands for the others.
type trendErrors struct {
	Code   int     `json:"code"`
	Text   string  `json:"text"`
	Total  int64   `json:"total"`
	Values []int64 `json:"values"`
}

// linesMost is how many codes have lines of their own: more cannot be told apart in a chart.
const linesMost = 5

// getTrends shows what happened in the enterprise, up to now.
func (s *Service) getTrends(v *visit) (any, error) {
	name := v.query("span")
	if name == "" {
		name = "1d"
	}
	span, ok := trend.Spans[name]
	if !ok {
		return nil, badRequest{errors.New("span: one of " + strings.Join(slices.Sorted(maps.Keys(trend.Spans)), ", ") + " expected")}
	}
	c, err := s.deps.Trends.Curve(v.ctx(), v.corpID, span)
	if err != nil {
		return nil, err
	}
	out := struct {
		Minutes int64         `json:"step_minutes"`
		Points  []trendPoint  `json:"points"`
		Errors  []trendErrors `json:"errors"`
	}{span.Step, make([]trendPoint, len(c.Points)), errorLines(c, v.chinese())}
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	for i, p := range c.Points {
		out.Points[i] = trendPoint{p.At, p.Calls(), p.Refused(), ms(p.Took(0.5)), ms(p.Took(0.95)), ms(p.Took(0.99)),
			p.Delivered(), p.Retried(), p.Failed(), p.Entered(), p.Turned()}
	}
	return out, nil
}

// errorLines returns the most frequent codes, and all others as one.
func errorLines(c trend.Curve, chinese bool) []trendErrors {
	out := []trendErrors{}
	others := trendErrors{Values: make([]int64, len(c.Points))}
	for _, e := range c.Errors {
		if e.Code != 0 && len(out) < linesMost {
			known, _ := errcode.Lookup(e.Code)
			text := known.Text
			if chinese && known.MeaningZH != "" {
				text = known.MeaningZH
			}
			out = append(out, trendErrors{e.Code, text, e.Total, e.Values})
			continue
		}
		others.Total += e.Total
		for i, n := range e.Values {
			others.Values[i] += n
		}
	}
	if others.Total > 0 {
		out = append(out, others)
	}
	return out
}
