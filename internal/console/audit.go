package console

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/event"
	"qiwei/internal/id"
	"qiwei/internal/login"
	"qiwei/internal/store"
)

// entry is a line of the audit log: what an admin did in the console, or what an
// application did through the API.
type entry struct {
	No      int64     `json:"no"`
	At      time.Time `json:"at"`
	Source  string    `json:"source"` // console, app or system
	UserID  string    `json:"userid,omitempty"`
	Name    string    `json:"name,omitempty"` // name of the member or the application
	AgentID int64     `json:"agentid,omitempty"`
	Address string    `json:"address,omitempty"`
	Action  string    `json:"action"` // member.update, or an event's name
	Target  string    `json:"target"`
	Detail  any       `json:"detail,omitempty"`
}

func insertAudit(tx *store.Tx, corpID string, e entry) error {
	detail, err := json.Marshal(e.Detail)
	if err != nil {
		return err
	}
	_, err = tx.Insert(`INSERT INTO console_audit (corpid, at, userid, address, action, target, detail) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		corpID, tx.Now().UnixMilli(), e.UserID, e.Address, e.Action, e.Target, string(detail))
	return err
}

// Actions of sign-ins. The console's own are session.begin.
const (
	actionEntered = "session.entered"
	actionRefused = "session.refused"
)

// auditEntered notes a session that begins at another door.
func (s *Service) auditEntered(_ context.Context, tx *store.Tx, a login.Attempt) error {
	if a.Door == login.DoorConsole { // begin has noted it
		return nil
	}
	return insertAudit(tx, a.CorpID, entry{UserID: string(a.UserID), Address: a.Address, Action: actionEntered, Target: string(a.UserID),
		Detail: map[string]any{"door": a.Door, "way": a.Way, "result": a.Outcome}})
}

// auditTallied notes attempts that made no session, those of about a minute that are
// alike as one.
func (s *Service) auditTallied(_ context.Context, tx *store.Tx, list []login.Tally) error {
	for _, t := range list {
		detail := map[string]any{"door": t.Door, "way": t.Way, "count": t.Count, "first": t.First.UTC(), "last": t.Last.UTC()}
		action := actionRefused
		if t.Outcome.Success() {
			action, detail["result"] = actionEntered, t.Outcome
		} else {
			detail["why"] = t.Outcome
		}
		if err := insertAudit(tx, t.CorpID, entry{UserID: string(t.UserID), Address: t.Address, Action: action, Target: string(t.UserID), Detail: detail}); err != nil {
			return err
		}
	}
	return nil
}

// PruneSignIns removes what the log has of sign-ins before a time. What admins did
// stays for ever.
func (s *Service) PruneSignIns(ctx context.Context, before time.Time) error {
	return s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`DELETE FROM console_audit WHERE no IN (SELECT no FROM console_audit
			WHERE corpid IN (SELECT corpid FROM corp) AND at < ? AND action IN (?, ?) LIMIT 20000)`, before.UnixMilli(), actionEntered, actionRefused)
		return err
	})
}

// auditFilter chooses lines of the log. What is zero chooses all.
type auditFilter struct {
	source  string
	user    string
	action  string // or the part of it before the dot or the slash
	text    string
	agentID int64
	before  time.Time // at or before
	limit   int
}

// auditLog returns what was done in the corp, newest first. What an admin did in the console appears once, in
// the console's words, and not again as the event that it caused.
func (s *Service) auditLog(tx *store.Tx, corpID string, f auditFilter) ([]entry, error) {
	var out []entry
	if f.source == "" || f.source == "console" {
		list, err := selectAudit(tx, corpID, f)
		if err != nil {
			return nil, err
		}
		out = list
	}
	if f.source != "console" && f.user == "" {
		list, err := s.pastEvents(tx, corpID, f)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	slices.SortStableFunc(out, func(a, b entry) int {
		if n := b.At.Compare(a.At); n != 0 {
			return n
		}
		return int(b.No - a.No)
	})
	out = out[:min(len(out), f.limit)]
	return out, s.nameAdmins(tx, corpID, out)
}

// nameAdmins gives the lines of admins their names, as far as they are members still.
func (s *Service) nameAdmins(tx *store.Tx, corpID string, list []entry) error {
	names := map[string]string{}
	for i := range list {
		user := list[i].UserID
		if user == "" {
			continue
		}
		name, known := names[user]
		if !known {
			m, err := s.deps.Directory.Member(context.Background(), tx, access.System(corpID), id.UserID(user))
			if err != nil && !errors.Is(err, directory.ErrMemberNotFound) {
				return err
			}
			name, names[user] = m.Name, m.Name
		}
		list[i].Name = name
	}
	return nil
}

func selectAudit(tx *store.Tx, corpID string, f auditFilter) ([]entry, error) {
	where, args := `corpid = ?`, []any{corpID}
	and := func(condition string, values ...any) {
		where += ` AND ` + condition
		args = append(args, values...)
	}
	if f.agentID != 0 {
		return nil, nil
	}
	if f.user != "" {
		and(`lower(userid) = ?`, strings.ToLower(f.user))
	}
	if f.action != "" {
		and(`(action = ? OR substr(action, 1, ?) = ?)`, f.action, int64(len(f.action)+1), f.action+".")
	}
	for _, w := range strings.Fields(strings.ToLower(f.text)) {
		like := store.Pattern("", w, "")
		and(`(lower(target)`+store.Like+` OR lower(detail)`+store.Like+` OR lower(userid)`+store.Like+` OR action`+store.Like+`)`, like, like, like, like)
	}
	if !f.before.IsZero() {
		and(`at <= ?`, f.before.UnixMilli())
	}
	var out []entry
	err := tx.Each(`SELECT no, at, userid, address, action, target, detail FROM console_audit WHERE `+where+` ORDER BY no DESC LIMIT ?`,
		append(args, int64(f.limit)), func(rows *store.Rows) error {
			e := entry{Source: "console"}
			var at int64
			var detail string
			err := rows.Scan(&e.No, &at, &e.UserID, &e.Address, &e.Action, &e.Target, &detail)
			e.At, e.Detail = time.UnixMilli(at).UTC(), json.RawMessage(detail)
			out = append(out, e)
			return err
		})
	return out, err
}

func (s *Service) pastEvents(tx *store.Tx, corpID string, f auditFilter) ([]entry, error) {
	apps, err := s.deps.Apps.Apps(tx, corpID)
	if err != nil {
		return nil, err
	}
	filter := event.Filter{Name: f.action, Text: f.text, Before: f.before, Limit: f.limit}
	type named struct {
		name string
		id   int64
	}
	names := map[int64]named{}
	for _, a := range apps {
		names[a.No] = named{a.Name, a.AgentID}
		if f.agentID != 0 && a.AgentID == f.agentID {
			filter.ByApp = a.No
		}
	}
	if f.agentID != 0 && filter.ByApp == 0 {
		return nil, nil
	}
	list, err := event.Past(tx, corpID, filter)
	if err != nil {
		return nil, err
	}
	var out []entry
	for _, e := range list {
		if e.ByUser != "" { // the admin's own line says it
			continue
		}
		line := entry{No: e.No, At: e.At, Source: "app", Action: e.Name, Target: s.deps.Events.Subject(e.Name, e.Payload), Detail: e.Payload}
		if a, ok := names[e.ByApp]; ok {
			line.Name, line.AgentID = a.name, a.id
		} else if e.ByApp == 0 {
			line.Source = "system"
		}
		if f.source == "" || f.source == line.Source {
			out = append(out, line)
		}
	}
	return out, nil
}
