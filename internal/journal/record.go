package journal

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/form"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Bounds of a report; ours.
const (
	mostReceivers = 100
	mostComments  = 200
	maxComment    = 2000 // characters
)

// Record is a report.
type Record struct {
	No         int64
	CorpID     string
	UUID       string
	TemplateID string
	At         int64 // Unix seconds
	Department int64
	RecordBody
	version int64
}

// RecordBody is the part that is stored as JSON.
type RecordBody struct {
	Name      string         `json:"name"` // of the template, as it was
	Submitter id.UserID      `json:"submitter"`
	Receivers []id.UserID    `json:"receivers"`
	Readers   []id.UserID    `json:"readers"`
	Contents  []form.Content `json:"contents"`
	Comments  []Comment      `json:"comments"`
}

// Comment is a remark on a report.
type Comment struct {
	ID      int64     `json:"id"`
	To      int64     `json:"to"` // the comment that it answers, 0 for none
	UserID  id.UserID `json:"userid"`
	Content string    `json:"content"`
	At      int64     `json:"at"` // Unix seconds
}

// Draft is a report that a member writes.
type Draft struct {
	UserID    id.UserID
	Template  *Template
	Contents  []form.Content
	Receivers []id.UserID // besides the template's
	At        time.Time   // now if it is zero
	Quiet     bool        // nobody is told
}

// Write writes a report. It answers ErrParameter for what does not fit the form, or for who does not write it.
func (s *Service) Write(ctx context.Context, tx *store.Tx, d Draft) (*Record, error) {
	t := d.Template
	m, err := s.deps.Directory.Member(ctx, tx, access.System(t.CorpID), d.UserID)
	if err != nil {
		return nil, err
	}
	if writes, err := s.deps.Directory.InRange(tx, t.CorpID, t.Range, m); err != nil || !writes {
		if err == nil {
			err = ErrParameter.With("%q does not write %s", m.UserID, t.Name)
		}
		return nil, err
	}
	at := d.At
	if at.IsZero() {
		at = tx.Now()
	}
	if at.After(tx.Now()) {
		return nil, ErrParameter.With("at: %s has not come yet", at.Format(time.RFC3339))
	}
	r := &Record{CorpID: t.CorpID, UUID: "4" + id.Letters(66), TemplateID: t.TemplateID, At: at.Unix(), Department: m.MainDepartment, RecordBody: RecordBody{Name: t.Name, Submitter: m.UserID}}
	if r.Contents, err = form.Fill(t.Controls, d.Contents, look{form.Look{Context: ctx, Tx: tx, CorpID: t.CorpID, Members: s.deps.Directory, Files: s.files()}}); err != nil {
		return nil, asParameter(err)
	}
	always, err := s.receivers(ctx, tx, t, m.UserID)
	if err != nil {
		return nil, err
	}
	if r.Receivers, err = s.named(tx, t.CorpID, append(always, d.Receivers...)); err != nil {
		return nil, err
	}
	if err := insertRecord(tx, r); err != nil {
		return nil, err
	}
	if err := s.files().KeepAll(tx, r.CorpID, r.No, r.Contents); err != nil {
		return nil, err
	}
	if d.Quiet {
		return r, nil
	}
	return r, s.tell(ctx, tx, r.CorpID, m.UserID, r.Receivers, m.Name+"的"+t.Name+summary(r.Contents))
}

// named returns members as their userids are spelled, each once, without those who have left.
func (s *Service) named(tx *store.Tx, corpID string, users []id.UserID) (out []id.UserID, err error) {
	if len(users) == 0 {
		return nil, nil
	}
	if len(users) > mostReceivers {
		return nil, ErrParameter.With("receivers: %d, at most %d", len(users), mostReceivers)
	}
	known, err := s.deps.Directory.Named(tx, access.System(corpID), id.Texts(users))
	for _, u := range users {
		if m, ok := known[u.Key()]; ok && !slices.ContainsFunc(out, m.UserID.Equal) {
			out = append(out, m.UserID)
		}
	}
	return out, err
}

// summary is the first text of a report.
func summary(contents []form.Content) string {
	for _, c := range contents {
		if c.Value.Text != nil && *c.Value.Text != "" {
			text := []rune(strings.ReplaceAll(*c.Value.Text, "\n", " "))
			return "\n" + string(text[:min(len(text), 100)])
		}
	}
	return ""
}

// tell writes to people in the name of the corp's application for reports, if it has one.
func (s *Service) tell(ctx context.Context, tx *store.Tx, corpID string, but id.UserID, to []id.UserID, text string) error {
	a, found, err := s.deps.Messages.BuiltIn(tx, corpID, access.Journal)
	if err != nil || !found {
		return err
	}
	return s.deps.Messages.Announce(ctx, tx, a, slices.DeleteFunc(slices.Clone(to), but.Equal), text)
}

// record returns a report of the corp.
func (s *Service) record(tx *store.Tx, corpID, uuid string) (*Record, error) {
	list, err := selectRecords(tx, `corpid = ? AND uuid = ?`, corpID, uuid)
	if err == nil && len(list) == 0 {
		err = ErrParameter.With("journaluuid: there is no report %q", uuid)
	}
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// Read notes that a receiver has read a report.
func (s *Service) Read(tx *store.Tx, r *Record, user id.UserID) error {
	if !slices.ContainsFunc(r.Receivers, user.Equal) {
		return ErrParameter.With("%q does not receive the report", user)
	}
	if slices.ContainsFunc(r.Readers, user.Equal) {
		return nil
	}
	r.Readers = append(r.Readers, r.Receivers[slices.IndexFunc(r.Receivers, user.Equal)])
	return updateRecord(tx, r)
}

// Comment adds a comment of the submitter or of a receiver.
func (s *Service) Comment(ctx context.Context, tx *store.Tx, r *Record, user id.UserID, to int64, content string) (int64, error) {
	m, err := s.deps.Directory.Member(ctx, tx, access.System(r.CorpID), user)
	if err != nil {
		return 0, err
	}
	switch n := utf8.RuneCountInString(content); {
	case !r.concerns(user):
		return 0, ErrParameter.With("%q has nothing to do with the report", user)
	case n == 0 || n > maxComment:
		return 0, ErrParameter.With("content: 1 to %d characters expected", maxComment)
	case len(r.Comments) >= mostComments:
		return 0, ErrParameter.With("%d comments already", mostComments)
	case to != 0 && !slices.ContainsFunc(r.Comments, func(c Comment) bool { return c.ID == to }):
		return 0, ErrParameter.With("to: there is no comment %d", to)
	}
	// The platform's numbers have 19 digits.
	c := Comment{ID: 6_000_000_000_000_000_000 + tx.Now().UnixMilli()*1000 + int64(len(r.Comments)), To: to, UserID: m.UserID, Content: content, At: tx.Now().Unix()}
	r.Comments = append(r.Comments, c)
	if err := updateRecord(tx, r); err != nil {
		return 0, err
	}
	return c.ID, s.tell(ctx, tx, r.CorpID, m.UserID, append([]id.UserID{r.Submitter}, r.Receivers...), m.Name+"评论了"+r.Name+"："+content)
}

// concerns reports whether a member has written the report or receives it.
func (r *Record) concerns(user id.UserID) bool {
	return r.Submitter.Equal(user) || slices.ContainsFunc(r.Receivers, user.Equal)
}

// eachUser calls fn for every userid in the report.
func (r *Record) eachUser(fn func(*id.UserID)) {
	fn(&r.Submitter)
	for _, list := range [][]id.UserID{r.Receivers, r.Readers} {
		for i := range list {
			fn(&list[i])
		}
	}
	for i := range r.Comments {
		fn(&r.Comments[i].UserID)
	}
	form.Each(r.Contents, func(c *form.Content) {
		for i := range c.Value.Members {
			fn(&c.Value.Members[i].UserID)
		}
	})
}

// The roles of a member in a report.
const (
	written  int64 = 1
	received int64 = 2
	named    int64 = 3
)

func insertRecord(tx *store.Tx, r *Record) (err error) {
	if r.No, err = tx.Insert(`INSERT INTO journal_record (corpid, uuid, template_id, report_at, submitter, department, body, version) VALUES (?, ?, ?, ?, ?, ?, ?, 1)`,
		r.CorpID, r.UUID, r.TemplateID, r.At, r.Submitter.Key(), r.Department, string(wire.Encode(r.RecordBody))); err != nil {
		return fmt.Errorf("insert report: %w", err)
	}
	r.version = 1
	seen := map[string]bool{}
	add := func(u id.UserID, role int64) error {
		key := fmt.Sprint(u.Key(), role)
		if seen[key] {
			return nil
		}
		seen[key] = true
		return tx.Send(`INSERT INTO journal_person (corpid, userkey, role, journal) VALUES (?, ?, ?, ?)`, r.CorpID, u.Key(), role, r.No)
	}
	if err := add(r.Submitter, written); err != nil {
		return err
	}
	for _, u := range r.Receivers {
		if err := add(u, received); err != nil {
			return err
		}
	}
	form.Each(r.Contents, func(c *form.Content) {
		for _, m := range c.Value.Members {
			if err == nil {
				err = add(m.UserID, named)
			}
		}
	})
	return err
}

func updateRecord(tx *store.Tx, r *Record) error {
	n, err := tx.Exec(`UPDATE journal_record SET body = ?, version = version + 1 WHERE corpid = ? AND no = ? AND version = ?`, string(wire.Encode(r.RecordBody)), r.CorpID, r.No, r.version)
	if err == nil && n == 0 {
		err = store.ErrConflict
	}
	r.version++
	return err
}

func selectRecords(tx *store.Tx, where string, args ...any) (out []*Record, err error) {
	err = tx.Each(`SELECT no, corpid, uuid, template_id, report_at, department, body, version FROM journal_record WHERE `+where, args, func(rows *store.Rows) error {
		r, body := &Record{}, ""
		if err := rows.Scan(&r.No, &r.CorpID, &r.UUID, &r.TemplateID, &r.At, &r.Department, &body, &r.version); err != nil {
			return err
		}
		out = append(out, r)
		if err := json.Unmarshal([]byte(body), &r.RecordBody); err != nil {
			return fmt.Errorf("report %d: %w", r.No, err)
		}
		return nil
	})
	return out, err
}
