package archive

import (
	"context"
	"encoding/json"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Role is what somebody may do with the archive. An administrator of the enterprise has none by that alone: they
// appoint, and are seen to do so.
type Role string

// The roles.
const (
	// RangeReader reads and searches the conversations of a range, and asks for exports of them.
	RangeReader Role = "reader"
	// Officer (compliance officer) reads everything, decides about exports, and holds and lets go.
	Officer Role = "officer"
	// Auditor sees who has read what, and no message.
	Auditor Role = "auditor"
)

// Reader is who reads.
type Reader struct {
	CorpID  string
	UserID  id.UserID // empty for a program
	App     int64     // our number of a program's application
	Role    Role
	Range   access.Range // whose conversations
	Address string
}

// Program returns a program with the archive's secret as a reader: of everything, as by WeCom's library.
func program(by access.Caller) Reader {
	return Reader{CorpID: by.CorpID, App: by.App, Range: access.Everything(), Address: by.From.String()}
}

// Reads reports whether the reader sees messages.
func (r Reader) Reads() bool { return r.Role == RangeReader || r.Role == Officer }

// Audits reports whether the reader sees who has read what.
func (r Reader) Audits() bool { return r.Role == Auditor || r.Role == Officer }

// Appointee is somebody with a role.
type Appointee struct {
	UserID id.UserID    `json:"userid"`
	Name   string       `json:"name"`
	Role   Role         `json:"role"`
	Range  access.Range `json:"range,omitzero"`
	Since  time.Time    `json:"since"`
}

// Appoint gives a member a role, in place of the one that they have.
func (s *Service) Appoint(ctx context.Context, tx *store.Tx, corpID string, user id.UserID, role Role, r access.Range) error {
	switch role {
	case RangeReader:
		if r.Empty() {
			return wire.ErrParameter.With("range: a reader reads the conversations of somebody")
		}
	case Officer, Auditor:
		r = access.Range{}
	default:
		return wire.ErrParameter.With("role: %s, %s or %s expected", RangeReader, Officer, Auditor)
	}
	m, err := s.deps.Directory.Member(ctx, tx, access.System(corpID), user)
	if err != nil {
		return err
	}
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO archive_role (corpid, member, role, range, since) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (corpid, member) DO UPDATE SET role = excluded.role, range = excluded.range, since = excluded.since`, corpID, m.No, string(role), string(text), tx.Now().UnixMilli())
	return err
}

// Relieve takes a member's role away.
func (s *Service) Relieve(ctx context.Context, tx *store.Tx, corpID string, user id.UserID) error {
	m, err := s.deps.Directory.Member(ctx, tx, access.System(corpID), user)
	if err != nil {
		return err
	}
	n, err := tx.Exec(`DELETE FROM archive_role WHERE corpid = ? AND member = ?`, corpID, m.No)
	if err == nil && n == 0 {
		err = wire.ErrParameter.With("%q has no role", user)
	}
	return err
}

// Appointees returns those with a role, the newest last.
func (s *Service) Appointees(tx *store.Tx, corpID string) (out []Appointee, err error) {
	out = []Appointee{}
	var numbers []int64
	err = tx.Each(`SELECT member, role, range, since FROM archive_role WHERE corpid = ? ORDER BY since, member`, []any{corpID}, func(rows *store.Rows) error {
		var a Appointee
		var no, since int64
		var text string
		if err := rows.Scan(&no, &a.Role, &text, &since); err != nil {
			return err
		}
		a.Since = time.UnixMilli(since).UTC()
		numbers, out = append(numbers, no), append(out, a)
		return json.Unmarshal([]byte(text), &out[len(out)-1].Range)
	})
	if err != nil {
		return nil, err
	}
	users, err := s.deps.Directory.NumberedMembers(tx, corpID, numbers)
	if err != nil {
		return nil, err
	}
	names, err := s.deps.Directory.Names(tx, corpID, numbers)
	for i, no := range numbers {
		out[i].UserID, out[i].Name = users[no], names[no]
	}
	return out, err
}

// ReaderOf returns a member as a reader; one without a role may nothing.
func (s *Service) ReaderOf(tx *store.Tx, corpID string, m directory.Member) (Reader, error) {
	r := Reader{CorpID: corpID, UserID: m.UserID}
	var text string
	found, err := tx.Get(`SELECT role, range FROM archive_role WHERE corpid = ? AND member = ?`, []any{corpID, m.No}, &r.Role, &text)
	if err != nil || !found {
		return r, err
	}
	if err := json.Unmarshal([]byte(text), &r.Range); err != nil {
		return r, err
	}
	if r.Role == Officer {
		r.Range = access.Everything()
	}
	return r, nil
}

// ReaderNamed is ReaderOf for a userid.
func (s *Service) ReaderNamed(ctx context.Context, tx *store.Tx, corpID string, user id.UserID) (Reader, error) {
	m, err := s.deps.Directory.Member(ctx, tx, access.System(corpID), user)
	if err != nil {
		return Reader{}, err
	}
	return s.ReaderOf(tx, corpID, m)
}
