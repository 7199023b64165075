package approval

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"qiwei/internal/form"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// nextNumber returns the number of the day's next approval: the date in China and four digits, more beyond
// 9999 (doc 91853).
func nextNumber(tx *store.Tx, corpID string, at int64) (string, error) {
	day := time.Unix(at, 0).In(form.China).Format("20060102")
	var n int64
	found, err := tx.Get(`INSERT INTO approval_day (corpid, day, last) VALUES (?, ?, 1)
		ON CONFLICT (corpid, day) DO UPDATE SET last = approval_day.last + 1 RETURNING last`, []any{corpID, day}, &n)
	if err != nil || !found {
		return "", fmt.Errorf("number an approval: %w", err)
	}
	return fmt.Sprintf("%s%04d", day, n), nil
}

func insertCase(tx *store.Tx, c *Case) (err error) {
	c.No, err = tx.Insert(`INSERT INTO approval_case (corpid, sp_no, template_id, app, status, record_type, applied_at, creator, department, body, version)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)`,
		c.CorpID, c.SpNo, c.TemplateID, c.App, int64(c.Status), c.RecordType, c.At, c.Creator.Key(), c.Department, string(wire.Encode(c.Body)))
	if err != nil {
		return fmt.Errorf("insert approval: %w", err)
	}
	c.version = 1
	return nil
}

// updateCase writes a changed approval. A case that has been changed since it was read is a conflict.
func updateCase(tx *store.Tx, c *Case) error {
	n, err := tx.Exec(`UPDATE approval_case SET status = ?, body = ?, version = version + 1 WHERE no = ? AND version = ?`,
		int64(c.Status), string(wire.Encode(c.Body)), c.No, c.version)
	if err == nil && n == 0 {
		err = store.ErrConflict
	}
	c.version++
	return err
}

const caseColumns = `no, corpid, sp_no, template_id, app, status, record_type, applied_at, department, body, version`

func scanCase(rows *store.Rows) (*Case, error) {
	c, body := &Case{}, ""
	if err := rows.Scan(&c.No, &c.CorpID, &c.SpNo, &c.TemplateID, &c.App, &c.Status, &c.RecordType, &c.At, &c.Department, &body, &c.version); err != nil {
		return nil, err
	}
	if err := json.Unmarshal([]byte(body), &c.Body); err != nil {
		return nil, fmt.Errorf("approval %d: %w", c.No, err)
	}
	return c, nil
}

func selectCases(tx *store.Tx, where string, args ...any) (out []*Case, err error) {
	err = tx.Each(`SELECT `+caseColumns+` FROM approval_case WHERE `+where, args, func(rows *store.Rows) error {
		c, err := scanCase(rows)
		out = append(out, c)
		return err
	})
	return out, err
}

func selectCase(tx *store.Tx, corpID, spNo string) (*Case, bool, error) {
	list, err := selectCases(tx, `corpid = ? AND sp_no = ?`, corpID, spNo)
	if err != nil || len(list) == 0 {
		return nil, false, err
	}
	return list[0], true, nil
}

// The roles of a member in an approval.
const (
	applied  int64 = 1
	deciding int64 = 2
	involved int64 = 3 // decides later, or has decided
	notified int64 = 4
)

// role is what an approval has to do with a member.
type role struct {
	user string // userid in lower case
	role int64
}

// roles returns those of an approval, each once.
func roles(c *Case) []role {
	out := []role{{c.Creator.Key(), applied}}
	if c.Status == Deleted {
		return nil
	}
	waiting := map[string]bool{}
	if c.Status == Pending {
		for _, u := range deciders(c.Nodes) {
			waiting[u.Key()] = true
			out = append(out, role{u.Key(), deciding})
		}
	}
	for _, u := range users(c.Nodes, Approve, Handle) {
		if !waiting[u.Key()] {
			out = append(out, role{u.Key(), involved})
		}
	}
	for _, n := range c.Nodes {
		for _, p := range n.People {
			if r := (role{p.UserID.Key(), notified}); n.Told && !slices.Contains(out, r) {
				out = append(out, r)
			}
		}
	}
	return out
}

// writeRoles changes the roles from those before to the present ones.
func writeRoles(tx *store.Tx, c *Case, before []role) error {
	now := roles(c)
	for _, r := range before {
		if !slices.Contains(now, r) {
			if err := tx.Send(`DELETE FROM approval_person WHERE corpid = ? AND userkey = ? AND role = ? AND approval = ?`, c.CorpID, r.user, r.role, c.No); err != nil {
				return err
			}
		}
	}
	var args []any
	for _, r := range now {
		if !slices.Contains(before, r) {
			args = append(args, c.CorpID, r.user, r.role, c.No)
		}
	}
	for some := range slices.Chunk(args, 4*100) {
		if err := tx.Send(`INSERT INTO approval_person (corpid, userkey, role, approval) VALUES `+strings.Repeat(`(?, ?, ?, ?), `, len(some)/4-1)+`(?, ?, ?, ?)`, some...); err != nil {
			return err
		}
	}
	return nil
}

func insertSpans(tx *store.Tx, c *Case, spans []form.Span) error {
	for _, v := range spans {
		if err := tx.Send(`INSERT INTO approval_span (corpid, userkey, start_at, end_at, kind, approval) VALUES (?, ?, ?, ?, ?, ?)`,
			c.CorpID, c.Creator.Key(), v.Begin, v.End, v.Kind, c.No); err != nil {
			return err
		}
	}
	return nil
}

func deleteSpans(tx *store.Tx, c *Case) error {
	if len(form.Spans(c.Contents)) == 0 {
		return nil
	}
	return tx.Send(`DELETE FROM approval_span WHERE corpid = ? AND userkey = ? AND approval = ?`, c.CorpID, c.Creator.Key(), c.No)
}

// checkOverlap answers ErrOverlap if the applicant is away already at the time, or works overtime already.
func (s *Service) checkOverlap(tx *store.Tx, c *Case, spans []form.Span) error {
	for _, v := range spans {
		kinds := `kind <> 5`
		if v.Kind == form.Overtime {
			kinds = `kind = 5`
		}
		// An absence lasts a year at most, so an older one cannot reach here.
		n, err := tx.Count(`SELECT count(*) FROM approval_span WHERE corpid = ? AND userkey = ? AND start_at < ? AND start_at > ? AND end_at > ? AND `+kinds,
			c.CorpID, c.Creator.Key(), v.End, v.Begin-longestSpan, v.Begin)
		if err != nil {
			return err
		}
		if n > 0 {
			return ErrOverlap.With("%q has another approval for that time", c.Creator)
		}
		if v.End-v.Begin > longestSpan {
			return ErrParameter.With("%s: longer than a year", form.First(c.Names))
		}
	}
	return nil
}

// longestSpan is how long an absence may be, in seconds; ours.
const longestSpan = 366 * 24 * 60 * 60

// files keeps the files of approvals.
func (s *Service) files() form.Files { return form.Files{Media: s.deps.Media, Table: "approval_file"} }

// renewFiles gives the files of an approval media_ids that are good for another three days.
func (s *Service) renewFiles(tx *store.Tx, c *Case) error {
	fresh, err := s.files().Renew(tx, c.CorpID, c.No)
	if err != nil || len(fresh) == 0 {
		return err
	}
	c.eachFile(func(mediaID *string) {
		if now, ok := fresh[*mediaID]; ok {
			*mediaID = now
		}
	})
	return updateCase(tx, c)
}

// eachFile calls fn for every media_id in the approval.
func (c *Case) eachFile(fn func(*string)) {
	form.Each(c.Contents, func(v *form.Content) {
		for i := range v.Value.Files {
			fn(&v.Value.Files[i].ID)
		}
	})
	for i := range c.Nodes {
		for j := range c.Nodes[i].People {
			for k := range c.Nodes[i].People[j].Media {
				fn(&c.Nodes[i].People[j].Media[k])
			}
		}
	}
	for i := range c.Comments {
		for k := range c.Comments[i].Media {
			fn(&c.Comments[i].Media[k])
		}
	}
}

// eachUser calls fn for every userid in the approval.
func (c *Case) eachUser(fn func(*id.UserID)) {
	fn(&c.Creator)
	for i := range c.Nodes {
		for j := range c.Nodes[i].People {
			fn(&c.Nodes[i].People[j].UserID)
		}
	}
	for i := range c.Comments {
		fn(&c.Comments[i].UserID)
	}
	form.Each(c.Contents, func(v *form.Content) {
		for i := range v.Value.Members {
			fn(&v.Value.Members[i].UserID)
		}
	})
}
