package checkin

import (
	"cmp"
	"slices"

	"qiwei/internal/approval"
	"qiwei/internal/store"
)

// reach is how long after its midnight a day's last check-in may be.
const reach = 3 * day

// days returns the days of people from one midnight to another, both included, by people and days. Days to come are
// left out.
func (s *Service) days(tx *store.Tx, corpID string, people []*person, from, to int64) ([][]*dayReport, error) {
	now := tx.Now().Unix()
	to = min(to, Midnight(now))
	return s.daysAt(tx, corpID, people, from, to, now)
}

// daysAt is days as they are at a time.
func (s *Service) daysAt(tx *store.Tx, corpID string, people []*person, from, to, now int64) ([][]*dayReport, error) {
	out := make([][]*dayReport, len(people))
	if from > to {
		return out, nil
	}
	rules, err := s.rulesFor(tx, corpID, people)
	if err != nil {
		return nil, err
	}
	var keys []string
	for _, p := range people {
		keys = append(keys, p.UserID.Key())
	}
	// The day before decides whose a check-in at night is, and how late one may come.
	before := from - day
	shifts, err := selectShifts(tx, corpID, keys, before, to)
	if err != nil {
		return nil, err
	}
	records, err := selectRecords(tx, corpID, keys, before-day, to+reach)
	if err != nil {
		return nil, err
	}
	absences, err := s.deps.Approvals.Absences(tx, corpID, keys, before, to+day)
	if err != nil {
		return nil, err
	}
	away := map[string][]approval.Absence{}
	for _, a := range absences {
		away[a.User] = append(away[a.User], a)
	}
	for i, p := range people {
		key, stayed, used := p.UserID.Key(), int64(0), map[*Record]bool{}
		list := records[key]
		for midnight := before; midnight <= to; midnight += day {
			r := ruleOf(rules, p, midnight)
			lo := lowerBound(list, midnight)
			d := planOf(r, midnight, key, shifts[shiftKey{key, midnight}]).report(input{records: list[lo:upperBound(list, midnight)], used: used, away: away[key], stayed: stayed, now: now})
			stayed = d.stayedAfter()
			if midnight >= from {
				out[i] = append(out[i], d)
			}
		}
	}
	return out, nil
}

// lowerBound and upperBound find the check-ins around a day. Where there are corrections it is all: they stand for
// other times than their own.
func lowerBound(list []*Record, midnight int64) int {
	if slices.ContainsFunc(list, func(r *Record) bool { return r.Due != 0 }) {
		return 0
	}
	i, _ := slices.BinarySearchFunc(list, midnight-day, func(r *Record, at int64) int { return cmp.Compare(r.At, at) })
	return i
}

func upperBound(list []*Record, midnight int64) int {
	if slices.ContainsFunc(list, func(r *Record) bool { return r.Due != 0 }) {
		return len(list)
	}
	i, _ := slices.BinarySearchFunc(list, midnight+reach, func(r *Record, at int64) int { return cmp.Compare(r.At, at) })
	return i
}
