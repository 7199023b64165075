package journal

import (
	"math"
	"slices"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/form"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Bounds of a statistic. The page bounds the time span alone (doc 93395).
const (
	maxStatSpan = 366 * 24 * time.Hour // "a year"
	// mostStat is how many members times cycles an answer has; ours.
	mostStat = 200_000
)

// Cycle is a cycle of a template that is over: who has written in it, and who has not.
type Cycle struct {
	Begin, End, Due time.Time
	Written         []Writer
	Missing         []id.UserID
}

// Writer is a member with the reports of a cycle.
type Writer struct {
	UserID  id.UserID
	Reports []Report
}

// Report is one of them.
type Report struct {
	UUID string
	At   int64 // Unix seconds
	Late bool
}

// Statistics returns the cycles of a template that begin in a time span and are over, with the members whom the
// caller sees (doc 93395).
func (s *Service) Statistics(tx *store.Tx, by access.Caller, t *Template, from, to time.Time) ([]Cycle, error) {
	writers, err := s.writers(tx, by, t)
	if err != nil {
		return nil, err
	}
	var out []Cycle
	for at := from; !at.After(to); {
		begin, end := t.cycle(at)
		if at = end; begin.Before(from) || t.free(begin) {
			continue
		}
		if begin.After(to) || end.After(tx.Now()) {
			break
		}
		out = append(out, Cycle{Begin: begin, End: end, Due: t.due(begin, end)})
	}
	if len(out)*len(writers) > mostStat {
		return nil, ErrParameter.With("starttime to endtime: %d members in %d cycles are more than %d; ask for less", len(writers), len(out), mostStat)
	}
	if len(out) == 0 {
		return nil, nil
	}
	reports, err := reportsOf(tx, t, out[0].Begin, out[len(out)-1].End)
	if err != nil {
		return nil, err
	}
	for i := range out {
		out[i].sort(writers, reports)
	}
	return out, nil
}

// sort puts the members of a cycle to those who have written and to the others.
func (c *Cycle) sort(writers []id.UserID, reports map[string][]Report) {
	for _, u := range writers {
		w := Writer{UserID: u}
		for _, r := range reports[u.Key()] {
			if r.At >= c.Begin.Unix() && r.At < c.End.Unix() {
				r.Late = r.At > c.Due.Unix()
				w.Reports = append(w.Reports, r)
			}
		}
		if len(w.Reports) > 0 {
			c.Written = append(c.Written, w)
		} else {
			c.Missing = append(c.Missing, u)
		}
	}
}

// writers returns who writes reports of a template, as far as the caller sees them, in order of their numbers.
func (s *Service) writers(tx *store.Tx, by access.Caller, t *Template) ([]id.UserID, error) {
	d := s.deps.Directory
	numbers, err := d.Audience(tx, t.CorpID, t.Range, 0, math.MaxInt64, mostStat+1)
	if err != nil {
		return nil, err
	}
	if len(numbers) > mostStat {
		return nil, ErrParameter.With("template_id: more than %d members write it", mostStat)
	}
	if !by.SeesAll() {
		if numbers, err = d.Within(tx, t.CorpID, by.Range, numbers); err != nil {
			return nil, err
		}
	}
	if !t.White.Empty() {
		spared, err := d.Within(tx, t.CorpID, t.White, numbers)
		if err != nil {
			return nil, err
		}
		numbers = slices.DeleteFunc(slices.Clone(numbers), func(no int64) bool { _, found := slices.BinarySearch(spared, no); return found })
	}
	known, err := d.NumberedMembers(tx, t.CorpID, numbers)
	out := make([]id.UserID, 0, len(numbers))
	for _, no := range numbers {
		out = append(out, known[no])
	}
	return out, err
}

// reportsOf returns the reports of a template in a time span, by the keys of their submitters.
func reportsOf(tx *store.Tx, t *Template, from, to time.Time) (map[string][]Report, error) {
	out := map[string][]Report{}
	err := tx.Each(`SELECT uuid, report_at, submitter FROM journal_record WHERE corpid = ? AND template_id = ? AND report_at BETWEEN ? AND ? ORDER BY report_at, no LIMIT ?`,
		[]any{t.CorpID, t.TemplateID, from.Unix(), to.Unix() - 1, 2 * mostStat}, func(rows *store.Rows) error {
			var r Report
			var user string
			err := rows.Scan(&r.UUID, &r.At, &user)
			out[user] = append(out[user], r)
			return err
		})
	return out, err
}

// china is where a time's day is.
func china(at int64) time.Time { return time.Unix(at, 0).In(form.China) }
