package approval

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"qiwei/internal/form"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Absence is a leave, a trip, an outing or overtime that was approved.
type Absence struct {
	User string // userid of the applicant in lower case
	SpNo string
	Name string // of the template, or of the kind of leave
	form.Span
}

// Absences returns those of members that fall into a time, in Unix seconds, the last not included, by when they begin.
func (s *Service) Absences(tx *store.Tx, corpID string, users []string, from, to int64) (out []Absence, err error) {
	for some := range slices.Chunk(users, 500) {
		args := store.Args([]any{corpID, to, from - longestSpan, from, int64(Passed), int64(Paid)}, some)
		if err := tx.Each(`SELECT c.creator, c.sp_no, c.body FROM approval_case c WHERE c.no IN (SELECT approval FROM approval_span
			WHERE corpid = ? AND start_at < ? AND start_at > ? AND end_at > ? AND approval IN (SELECT no FROM approval_case WHERE status IN (?, ?)) AND userkey IN (`+store.Marks(len(some))+`))`,
			args, func(rows *store.Rows) error {
				a, text := Absence{}, ""
				if err := rows.Scan(&a.User, &a.SpNo, &text); err != nil {
					return err
				}
				var body Body
				if err := json.Unmarshal([]byte(text), &body); err != nil {
					return fmt.Errorf("approval %s: %w", a.SpNo, err)
				}
				for _, a.Span = range form.Spans(body.Contents) {
					if a.Begin < to && a.End > from {
						if a.Name = form.First(body.Names); a.Choice != "" {
							a.Name = a.Choice
						}
						out = append(out, a)
					}
				}
				return nil
			}); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(out, func(a, b Absence) int { return cmp.Or(cmp.Compare(a.Begin, b.Begin), cmp.Compare(a.SpNo, b.SpNo)) })
	return out, nil
}

// OnSettled registers fn, which is called inside each transaction that lets an approval pass, or come to nothing. It
// may be called again for the same.
func (s *Service) OnSettled(fn func(ctx context.Context, tx *store.Tx, c *Case) error) {
	s.settled = append(s.settled, fn)
}

// BeforePunch registers fn, which may refuse a correction of a member's check-in before it is submitted.
func (s *Service) BeforePunch(fn func(ctx context.Context, tx *store.Tx, corpID string, user id.UserID, at form.PunchValue) error) {
	s.beforePunch = append(s.beforePunch, fn)
}

// mayPunch asks about the corrections of an approval.
func (s *Service) mayPunch(ctx context.Context, tx *store.Tx, c *Case) error {
	if c.RecordType != form.Punch {
		return nil
	}
	for _, p := range form.Punches(c.Contents) {
		for _, fn := range s.beforePunch {
			if err := fn(ctx, tx, c.CorpID, c.Creator, p); err != nil {
				return err
			}
		}
	}
	return nil
}
