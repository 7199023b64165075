package todo

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Status is how far a to-do is. The numbers are those of WeCom's client for robots.
type Status int64

// The states of a to-do.
const (
	Done    Status = 0
	Open    Status = 1
	Deleted Status = 2
)

// Answer is what a member who takes part says.
type Answer int64

// The answers.
const (
	Declined Answer = 0
	Accepted Answer = 1
	Finished Answer = 2
)

// Todo is a to-do.
type Todo struct {
	No        int64
	CorpID    string
	ID        string // todo_id
	Creator   id.UserID
	Status    Status
	Content   string
	End       int64   // Unix seconds; 0 for no end
	Reminds   []int64 // kinds of reminders, see before
	Created   int64   // Unix seconds
	Updated   int64
	Followers []Follower
	remindAt  int64
}

// Follower is a member who takes part.
type Follower struct {
	UserID  id.UserID
	Answer  Answer
	Updated int64 // Unix seconds
}

// Limits of to-dos. WeCom publishes none, so these are ours.
const (
	maxContent   = 1000 // characters
	maxFollowers = 100
	maxEnd       = 253402300799 // Unix seconds: pages show no year of five digits
	maxReminds   = 8
	maxAsked     = 20 // to-dos of one question, as WeCom's client says
	maxOpen      = 1000
	keptDeleted  = 90  // days
	keptDone     = 365 // days since it was changed last
)

// before says how many seconds before the end each kind of reminder is; 0 is no reminder.
var before = map[int64]int64{1: 0, 3: 15 * 60, 5: 3600, 6: 2 * 3600, 7: 86400, 8: 2 * 86400, 9: 7 * 86400}

// Draft is a to-do as somebody wants it.
type Draft struct {
	Content   string
	End       int64
	Reminds   []int64
	Followers []Follower
}

// Update changes a to-do. Nil fields stay as they are.
type Update struct {
	Content   *string
	Status    *Status
	End       *int64
	Reminds   *[]int64
	Followers *[]Follower // replaces all of them; the answers of those who stay are kept
}

func (t Todo) valid() error {
	switch n := utf8.RuneCountInString(t.Content); {
	case strings.TrimSpace(t.Content) == "" || n > maxContent:
		return ErrParameter.With("content: 1 to %d characters expected", maxContent)
	case t.End < 0 || t.End > maxEnd:
		return ErrParameter.With("end_time: a time up to the year 9999 expected")
	case len(t.Reminds) > maxReminds:
		return ErrParameter.With("remind_type_list: at most %d expected", maxReminds)
	case len(t.Followers) > maxFollowers:
		return ErrParameter.With("follower_list.followers: at most %d members expected", maxFollowers)
	case t.Status != Open && t.Status != Done:
		return ErrParameter.With("todo_status: 0 or 1 expected")
	}
	for _, r := range t.Reminds {
		if _, ok := before[r]; !ok && r != 0 {
			return ErrParameter.With("remind_type_list: 0, 1, 3, 5, 6, 7, 8 and 9 expected, not %d", r)
		}
		if r != 0 && t.End == 0 {
			return ErrParameter.With("end_time: a time expected, because remind_type_list names reminders before it")
		}
	}
	for i, f := range t.Followers {
		if f.Answer < Declined || f.Answer > Finished {
			return ErrParameter.With("follower_list.followers[%d].follower_status: 0, 1 or 2 expected", i)
		}
	}
	return nil
}

// Create makes a to-do of the calling member's and tells those who take part.
func (s *Service) Create(ctx context.Context, tx *store.Tx, by access.Caller, d Draft) (Todo, error) {
	now := tx.Now().Unix()
	t := Todo{CorpID: by.CorpID, ID: "td" + id.Letters(30), Creator: by.UserID, Status: Open, Content: d.Content, End: d.End, Reminds: d.Reminds, Created: now, Updated: now, Followers: d.Followers}
	for i := range t.Followers {
		t.Followers[i].Updated = now
	}
	if err := t.valid(); err != nil {
		return t, err
	}
	if err := s.settle(tx, by, &t, nil); err != nil {
		return t, err
	}
	err := room(tx, by.CorpID, by.UserID)
	if err != nil {
		return t, err
	}
	t.remindAt = t.nextReminder(now)
	if t.No, err = insertTodo(tx, t); err != nil {
		return t, err
	}
	return t, s.say(ctx, tx, t, t.users(by.UserID), "新待办")
}

// Recall records a to-do of the past, as it is now. Nobody is told.
func (s *Service) Recall(ctx context.Context, tx *store.Tx, by access.Caller, t Todo) error {
	m, err := s.deps.Directory.Member(ctx, tx, by, t.Creator)
	if err != nil {
		return err
	}
	t.CorpID, t.ID, t.Creator = by.CorpID, "td"+id.Letters(30), m.UserID
	if err := t.valid(); err != nil {
		return err
	}
	if err := s.settle(tx, access.MemberOf(by.CorpID, t.Creator), &t, nil); err != nil {
		return err
	}
	t.remindAt = t.nextReminder(tx.Now().Unix())
	_, err = insertTodo(tx, t)
	return err
}

// room refuses one more to-do under way to a member who has too many.
func room(tx *store.Tx, corpID string, creator id.UserID) error {
	n, err := tx.Count(`SELECT count(*) FROM todo WHERE corpid = ? AND creator_key = ? AND status = ?`, corpID, creator.Key(), int64(Open))
	if err == nil && n >= maxOpen {
		err = ErrParameter.With("%d to-dos are under way already", n)
	}
	return err
}

// settle replaces those who take part by enabled members whom the calling member may name. Those in kept do already.
func (s *Service) settle(tx *store.Tx, by access.Caller, t *Todo, kept []id.UserID) error {
	known, err := s.deps.Rules.Known(tx, by, t.users(""), kept)
	if err != nil {
		return err
	}
	var out []Follower
	seen := map[string]bool{}
	for i, f := range t.Followers {
		m, ok := known[f.UserID.Key()]
		if !ok {
			return directory.ErrMemberNotFound.With("follower_list.followers[%d].follower_id: there is no enabled member %q", i, f.UserID)
		}
		if !seen[m.UserID.Key()] {
			seen[m.UserID.Key()], f.UserID = true, m.UserID
			out = append(out, f)
		}
	}
	t.Followers = out
	return nil
}

// users returns who takes part, without one.
func (t Todo) users(without id.UserID) (out []id.UserID) {
	for _, f := range t.Followers {
		if without == "" || !f.UserID.Equal(without) {
			out = append(out, f.UserID)
		}
	}
	return out
}

func (t Todo) follower(user id.UserID) int {
	return slices.IndexFunc(t.Followers, func(f Follower) bool { return f.UserID.Equal(user) })
}

// AnswerOf is what a member has said; a creator who does not take part has accepted.
func (t Todo) AnswerOf(user id.UserID) Answer {
	if i := t.follower(user); i >= 0 {
		return t.Followers[i].Answer
	}
	return Accepted
}

// seen returns a to-do that the calling member has made or takes part in. Others count as unknown.
func (s *Service) seen(tx *store.Tx, by access.Caller, todoID string) (Todo, error) {
	t, found, err := s.todo(tx, by.CorpID, todoID)
	if err == nil && (!found || !t.Creator.Equal(by.UserID) && t.follower(by.UserID) < 0) {
		err = ErrParameter.With("todo_id: there is no to-do %q that %s has made or takes part in", todoID, by.UserID)
	}
	return t, err
}

// own is seen, for what only the creator may change.
func (s *Service) own(tx *store.Tx, by access.Caller, todoID string) (Todo, error) {
	t, err := s.seen(tx, by, todoID)
	switch {
	case err != nil:
	case !t.Creator.Equal(by.UserID):
		err = ErrNoRight.With("todo_id: %q was made by somebody else", todoID)
	case t.Status == Deleted:
		err = ErrParameter.With("todo_id: %q is deleted", todoID)
	}
	return t, err
}

// Change changes a to-do of the calling member's.
func (s *Service) Change(ctx context.Context, tx *store.Tx, by access.Caller, todoID string, u Update) (Todo, error) {
	t, err := s.own(tx, by, todoID)
	if err != nil {
		return t, err
	}
	old, now := t, tx.Now().Unix()
	set(&t.Content, u.Content)
	set(&t.Status, u.Status)
	set(&t.End, u.End)
	set(&t.Reminds, u.Reminds)
	if u.Followers != nil {
		t.Followers = slices.Clone(*u.Followers)
		for i := range t.Followers {
			f := &t.Followers[i]
			f.Answer, f.Updated = Accepted, now
			if was := old.follower(f.UserID); was >= 0 {
				f.Answer, f.Updated = old.Followers[was].Answer, old.Followers[was].Updated
			}
		}
	}
	if err := t.valid(); err != nil {
		return t, err
	}
	if u.Followers != nil {
		if err := s.settle(tx, by, &t, old.users("")); err != nil {
			return t, err
		}
	}
	if old.Status != Open && t.Status == Open { // it counts again
		if err := room(tx, by.CorpID, by.UserID); err != nil {
			return t, err
		}
	}
	t.Updated = now
	t.remindAt = t.nextReminder(now)
	if err := updateTodo(tx, t); err != nil {
		return t, err
	}
	return t, s.tellChange(ctx, tx, by, old, t)
}

func set[T any](into *T, value *T) {
	if value != nil {
		*into = *value
	}
}

// tellChange tells those who take part of what has changed, and who came to it that there is something to do.
func (s *Service) tellChange(ctx context.Context, tx *store.Tx, by access.Caller, old, now Todo) error {
	var came, stayed []id.UserID
	for _, u := range now.users(by.UserID) {
		if old.follower(u) < 0 {
			came = append(came, u)
		} else {
			stayed = append(stayed, u)
		}
	}
	if err := s.say(ctx, tx, now, came, "新待办"); err != nil {
		return err
	}
	switch {
	case old.Status == Open && now.Status == Done:
		return s.say(ctx, tx, now, stayed, "待办已完成")
	case old.Content != now.Content || old.End != now.End:
		return s.say(ctx, tx, now, stayed, "待办有变更")
	}
	return nil
}

// Delete deletes a to-do of the calling member's. Its details can still be read for a while.
func (s *Service) Delete(ctx context.Context, tx *store.Tx, by access.Caller, todoID string) error {
	t, err := s.own(tx, by, todoID)
	if err != nil {
		return err
	}
	t.Status, t.Updated, t.remindAt = Deleted, tx.Now().Unix(), 0
	if err := updateTodo(tx, t); err != nil {
		return err
	}
	return s.say(ctx, tx, t, t.users(by.UserID), "待办已删除")
}

// Answer records what a member says who takes part. Members answer for themselves, and the creator for everybody.
func (s *Service) Answer(tx *store.Tx, by access.Caller, todoID string, user id.UserID, a Answer) error {
	t, err := s.seen(tx, by, todoID)
	if err != nil {
		return err
	}
	i := t.follower(user)
	switch {
	case t.Status == Deleted:
		return ErrParameter.With("todo_id: %q is deleted", todoID)
	case a < Declined || a > Finished:
		return ErrParameter.With("user_status: 0, 1 or 2 expected")
	case i < 0:
		return ErrParameter.With("follower_id: %q does not take part", user)
	case !t.Creator.Equal(by.UserID) && !user.Equal(by.UserID):
		return ErrNoRight.With("follower_id: %s answers for themselves alone", by.UserID)
	}
	now := tx.Now().Unix()
	t.Followers[i].Answer, t.Followers[i].Updated, t.Updated = a, now, now
	return updateTodo(tx, t)
}

// Details returns to-dos that the calling member has made or takes part in, deleted ones too.
func (s *Service) Details(tx *store.Tx, by access.Caller, ids []string) ([]Todo, error) {
	if len(ids) < 1 || len(ids) > maxAsked {
		return nil, ErrParameter.With("todo_id_list: 1 to %d expected", maxAsked)
	}
	var out []Todo
	for _, one := range ids {
		t, err := s.seen(tx, by, one)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

// describe is a to-do in a message.
func (t Todo) describe(head string) string {
	out := head + "：" + t.Content
	if t.End > 0 {
		out += "\n截止时间：" + time.Unix(t.End, 0).In(china).Format("2006-01-02 15:04")
	}
	return out
}

// china is whose clock the messages name.
var china = time.FixedZone("UTC+8", 8*3600)

// say tells members of a to-do by the application 日程, where WeCom has to-dos.
func (s *Service) say(ctx context.Context, tx *store.Tx, t Todo, to []id.UserID, head string) error {
	if len(to) == 0 {
		return nil
	}
	a, found, err := s.deps.Messages.BuiltIn(tx, t.CorpID, access.Calendar)
	if err != nil || !found {
		return err
	}
	if err := s.deps.Messages.Announce(ctx, tx, a, to, t.describe(head)); err != nil {
		return fmt.Errorf("tell of to-do %d: %w", t.No, err)
	}
	return nil
}
