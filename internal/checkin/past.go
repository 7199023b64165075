package checkin

import (
	"context"
	"slices"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/form"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Habits are how the members of an invented enterprise have checked in on the days before.
type Habits struct {
	Days        int64 `json:"days"`                   // how many days back
	LateEvery   int64 `json:"late_every,omitempty"`   // every so manyth coming is late; none if it is 0
	ForgetEvery int64 `json:"forget_every,omitempty"` // every so manyth check-in is forgotten
}

// mostInvented is how many members have invented check-ins.
const mostInvented = 1000

// Invent makes the check-ins of the days before that the members whom a rule covers would have made, each day a little
// different. The same day and member always have the same.
func (s *Service) Invent(ctx context.Context, tx *store.Tx, corpID string, group int64, h Habits) error {
	members, err := s.deps.Directory.FindMembers(tx, access.System(corpID), directory.Enabled(), directory.MemberPage{Limit: mostInvented})
	if err != nil {
		return err
	}
	var people []*person
	for _, m := range members {
		people = append(people, &person{Member: m})
	}
	list, err := s.days(tx, corpID, people, today(tx)-h.Days*day, today(tx))
	if err != nil {
		return err
	}
	now, n := tx.Now().Unix(), int64(0)
	var rows []Record
	for i, days := range list {
		for _, d := range days {
			if d.rule == nil || d.rule.group != group {
				continue
			}
			for _, sl := range d.slots {
				if !sl.needed {
					continue
				}
				n++
				at := sl.want - 60*(3+(int64(i)*7+d.day/day*13)%14)
				if sl.off {
					at = d.stays(sl.want) + 60*(1+(int64(i)*5+d.day/day*11)%35)
				}
				if h.LateEvery > 0 && !sl.off && n%h.LateEvery == 0 {
					at = sl.want + 60*(4+n%28)
				}
				if at >= now || h.ForgetEvery > 0 && n%h.ForgetEvery == 0 {
					continue
				}
				rows = append(rows, Record{User: people[i].UserID.Key(), At: at + n%53, Source: ByPhone, Details: d.rule.usualPlace(int64(i))})
			}
		}
	}
	return insertAll(tx, corpID, rows)
}

// stays is when a member goes who is to go at a time: after overtime that was approved, if there is any.
func (d *dayReport) stays(want int64) int64 {
	for _, a := range d.away {
		if a.Kind == form.Overtime && a.End <= d.day+day {
			want = max(want, a.End)
		}
	}
	return want
}

// usualPlace is where a member checks in.
func (r *Rule) usualPlace(i int64) (d Details) {
	if n := int64(len(r.Places)); n > 0 {
		p := r.Places[i%n]
		lat, lng := p.Latitude+i%90, p.Longitude-i%70
		d.Title, d.Detail, d.Latitude, d.Longitude = p.Title, p.Detail, &lat, &lng
	}
	if n := int64(len(r.WiFi)); n > 0 && i%2 == 0 {
		d.WiFi, d.MAC = r.WiFi[i%n].Name, r.WiFi[i%n].MAC
	}
	return d
}

// insertAll writes check-ins that are not there yet.
func insertAll(tx *store.Tx, corpID string, list []Record) error {
	for some := range slices.Chunk(list, 100) {
		var args []any
		for _, r := range some {
			args = append(args, corpID, r.User, r.At, r.Due, int64(r.Source), r.Flaws, r.SpNo, string(wire.Encode(r.Details)))
		}
		if err := tx.Send(`INSERT INTO checkin_record (corpid, userkey, at, due, source, flaws, sp_no, body) VALUES `+strings.Repeat(`(?, ?, ?, ?, ?, ?, ?, ?), `, len(some)-1)+`(?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`, args...); err != nil {
			return err
		}
	}
	return nil
}

// Roster gives a member shifts on days from one on, over and over.
func (s *Service) Roster(ctx context.Context, tx *store.Tx, corpID string, group int64, user id.UserID, shifts []int64, from, to int64) error {
	byMonth := map[int64][]ShiftItem{}
	for i, midnight := 0, from; midnight <= to && len(shifts) > 0; i, midnight = i+1, midnight+day {
		date := time.Unix(midnight, 0).In(form.China)
		month := int64(date.Year()*100 + int(date.Month()))
		byMonth[month] = append(byMonth[month], ShiftItem{user, int64(date.Day()), &shifts[i%len(shifts)]})
	}
	for month, items := range byMonth {
		if err := s.SetShifts(ctx, tx, access.System(corpID), group, month, items, true); err != nil {
			return err
		}
	}
	return nil
}

// Any reports whether somebody of the corp has checked in.
func (s *Service) Any(tx *store.Tx, corpID string) (bool, error) {
	n, err := tx.Count(`SELECT count(*) FROM (SELECT 1 FROM checkin_record WHERE corpid = ? LIMIT 1) one`, corpID)
	return n > 0, err
}
