package trend

import (
	"context"
	"fmt"
	"strings"
	"time"

	"qiwei/internal/store"
)

// The columns of a minute. The last ones say how long calls took.
const (
	calls = iota
	refused
	delivered
	retried
	failed
	entered
	turned
	under1
	columns = under1 + 13
)

var columnNames = [columns]string{"calls", "refused", "delivered", "retried", "failed", "entered", "turned",
	"under1", "under2", "under5", "under10", "under20", "under50", "under100", "under200", "under500", "under1000", "under2000", "under5000", "longer"}

// bounds are the upper ends of the columns from under1 on, in milliseconds. The last column has none.
var bounds = [...]time.Duration{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000}

// bucket returns the column of a duration.
func bucket(took time.Duration) int {
	for i, b := range bounds {
		if took < b*time.Millisecond {
			return under1 + i
		}
	}
	return under1 + len(bounds)
}

var insertMinute = func() string {
	var add []string
	for _, c := range columnNames {
		add = append(add, c+" = trend_minute."+c+" + excluded."+c)
	}
	return `INSERT INTO trend_minute (corpid, minute, ` + strings.Join(columnNames[:], ", ") + `) VALUES (?, ?` + strings.Repeat(", ?", columns) + `)
		ON CONFLICT (corpid, minute) DO UPDATE SET ` + strings.Join(add, ", ")
}()

// batch is how many enterprises' minutes are written in one transaction.
const batch = 200

// write adds lines to the database.
func (s *Service) write(ctx context.Context, lines []line) error {
	for len(lines) > 0 {
		some := lines[:min(batch, len(lines))]
		if err := s.deps.Store.Write(ctx, func(tx *store.Tx) error {
			for _, l := range some {
				if err := addLine(tx, l); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
		for i := range some {
			some[i].Numbers, some[i].codes = Numbers{}, nil // written: not to be put back
		}
		lines = lines[len(some):]
	}
	return nil
}

func addLine(tx *store.Tx, l line) error {
	var of any
	if l.corpID != "" {
		there, err := tx.Count(`SELECT count(*) FROM corp WHERE corpid = ?`, l.corpID)
		if err != nil || there == 0 { // it was deleted meanwhile
			return err
		}
		of = l.corpID
	}
	args := []any{of, l.at}
	for _, n := range l.Numbers {
		args = append(args, n)
	}
	if _, err := tx.Exec(insertMinute, args...); err != nil {
		return err
	}
	for code, n := range l.codes {
		if _, err := tx.Exec(`INSERT INTO trend_code (corpid, minute, code, n) VALUES (?, ?, ?, ?)
			ON CONFLICT (corpid, minute, code) DO UPDATE SET n = trend_code.n + excluded.n`, of, l.at, int64(code), n); err != nil {
			return err
		}
	}
	return nil
}

// selectSums returns the sums of each step of minutes, by the step's number, of an enterprise or of strangers.
func selectSums(tx *store.Tx, corpID string, from, to, step int64, into map[int64]*Numbers) error {
	where, args := whereOf(corpID, from, to)
	return tx.Each(fmt.Sprintf(`SELECT minute / %d, %s FROM trend_minute WHERE %s GROUP BY 1`, step, sums, where), args, func(rows *store.Rows) error {
		var at int64
		var n Numbers
		fields := []any{&at}
		for i := range n {
			fields = append(fields, &n[i])
		}
		if err := rows.Scan(fields...); err != nil {
			return err
		}
		add(into, at, n)
		return nil
	})
}

var sums = func() string {
	var out []string
	for _, c := range columnNames {
		out = append(out, "CAST(sum("+c+") AS BIGINT)")
	}
	return strings.Join(out, ", ")
}()

// selectCodes adds the errors of each step.
func selectCodes(tx *store.Tx, corpID string, from, to, step int64, each func(at int64, code int, n int64)) error {
	where, args := whereOf(corpID, from, to)
	return tx.Each(fmt.Sprintf(`SELECT minute / %d, code, CAST(sum(n) AS BIGINT) FROM trend_code WHERE %s GROUP BY 1, 2`, step, where), args, func(rows *store.Rows) error {
		var at, code, n int64
		if err := rows.Scan(&at, &code, &n); err != nil {
			return err
		}
		each(at, int(code), n)
		return nil
	})
}

func whereOf(corpID string, from, to int64) (where string, args []any) {
	if corpID == "" {
		return `corpid IS NULL AND minute >= ? AND minute < ?`, []any{from, to}
	}
	return `corpid = ? AND minute >= ? AND minute < ?`, []any{corpID, from, to}
}

func add(into map[int64]*Numbers, at int64, n Numbers) {
	have := into[at]
	if have == nil {
		have = new(Numbers)
		into[at] = have
	}
	for i := range n {
		have[i] += n[i]
	}
}

// prune deletes the minutes before this one, an enterprise at a time, so that no transaction is long.
func (s *Service) prune(ctx context.Context, before int64) error {
	var corps []string
	if err := s.deps.Store.Read(ctx, func(tx *store.Tx) error {
		corps = corps[:0]
		return tx.Each(`SELECT corpid FROM corp`, nil, func(rows *store.Rows) error {
			var c string
			err := rows.Scan(&c)
			corps = append(corps, c)
			return err
		})
	}); err != nil {
		return err
	}
	for _, c := range corps {
		if s.deps.For != nil && !s.deps.For(c) {
			continue
		}
		if err := s.drop(ctx, c, before); err != nil {
			return err
		}
	}
	return s.drop(ctx, "", before)
}

// drop deletes an enterprise's minutes before this one, or those of strangers.
func (s *Service) drop(ctx context.Context, corpID string, before int64) error {
	where, args := whereOf(corpID, 0, before)
	var old int64
	if err := s.deps.Store.Read(ctx, func(tx *store.Tx) (err error) {
		old, err = tx.Count(`SELECT count(*) FROM trend_minute WHERE `+where, args...)
		return err
	}); err != nil || old == 0 {
		return err
	}
	return s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(`DELETE FROM trend_code WHERE `+where, args...); err != nil {
			return err
		}
		_, err := tx.Exec(`DELETE FROM trend_minute WHERE `+where, args...)
		return err
	})
}
