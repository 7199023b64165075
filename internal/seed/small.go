package seed

import (
	"fmt"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/dial"
	"qiwei/internal/form"
	"qiwei/internal/health"
	"qiwei/internal/id"
	"qiwei/internal/security"
	"qiwei/internal/todo"
)

// HealthJob is a job of health reports, with what members have reported.
type HealthJob struct {
	Title       string           `json:"title"`
	Creator     id.UserID        `json:"creator"`
	ReportType  int64            `json:"report_type,omitempty"` // 1 once, 2 daily, which is so if it is absent
	SkipWeekend bool             `json:"skip_weekend,omitempty"`
	Members     []id.UserID      `json:"userids,omitempty"`
	Departments []int64          `json:"partyids,omitempty"`
	ReportTo    []id.UserID      `json:"report_to"`
	Questions   []HealthQuestion `json:"questions"`
	Reports     []HealthReports  `json:"reports,omitempty"`
	Ended       bool             `json:"ended,omitempty"`
}

// HealthQuestion is a question that is answered by a text, or by an option if it has some.
type HealthQuestion struct {
	Title    string   `json:"title"`
	Required bool     `json:"is_required,omitempty"`
	Options  []string `json:"options,omitempty"`
}

// HealthReports are a member's reports of the last days and of this one. Their answers take turns; each has a text or
// an option's name for each question. A member leaves out every ninth.
type HealthReports struct {
	UserID  id.UserID  `json:"userid"`
	Days    int64      `json:"days"`
	Answers [][]string `json:"answers"`
}

// ago is a moment of the past: a day before the one of loading, and a time of it.
type ago struct {
	DaysAgo int64  `json:"days_ago"`
	Time    string `json:"time,omitempty"` // HH:MM in China; 09:30 if absent
}

// Call is a call by the enterprise's telephone.
type Call struct {
	ago
	Caller  id.UserID     `json:"caller"`
	Minutes int64         `json:"minutes"`
	Callees []dial.Callee `json:"callees"`
}

// FileRecord is what a member did with a file.
type FileRecord struct {
	ago
	UserID    id.UserID `json:"userid"`
	Type      int64     `json:"type"`
	Source    int64     `json:"source,omitempty"`
	Info      string    `json:"file_info"`
	Size      int64     `json:"file_size,omitempty"`
	Applicant string    `json:"applicant_name,omitempty"`
}

// ScreenRecord is a shot of a member's screen.
type ScreenRecord struct {
	ago
	UserID  id.UserID `json:"userid"`
	Type    int64     `json:"screen_shot_type"`
	Content string    `json:"screen_shot_content,omitempty"`
	System  string    `json:"system"`
}

// MemberRecord is what a member did with an account.
type MemberRecord struct {
	ago
	UserID  id.UserID `json:"userid"`
	Type    int64     `json:"oper_type"`
	Detail  string    `json:"detail_info,omitempty"`
	Address string    `json:"ip,omitempty"`
}

// Todo is a to-do of a member.
type Todo struct {
	ago
	Creator   id.UserID      `json:"creator"`
	Content   string         `json:"content"`
	Due       string         `json:"due,omitempty"`     // HH:MM in China; without it there is no end
	DueDay    int64          `json:"due_day,omitempty"` // days after the one of loading
	Reminds   []int64        `json:"remind_type_list,omitempty"`
	Done      bool           `json:"done,omitempty"`
	Followers []TodoFollower `json:"followers,omitempty"`
}

// TodoFollower is a member who takes part, and what that member has said.
type TodoFollower struct {
	UserID id.UserID `json:"userid"`
	State  string    `json:"state,omitempty"` // accepted, which is so if it is absent, declined or done
}

var todoAnswers = map[string]todo.Answer{"": todo.Accepted, "accepted": todo.Accepted, "declined": todo.Declined, "done": todo.Finished}

// small are the small built-in applications that keep records of the past. Nobody is told of them.
func (l loader) small(e Enterprise) error {
	for i, v := range e.HealthJobs {
		if err := l.healthJob(v); err != nil {
			return fmt.Errorf("health_jobs[%d] (%s): %w", i, v.Title, err)
		}
	}
	for i, v := range e.Calls {
		at, err := l.past(v.ago)
		if err == nil {
			err = l.s.Dial.RecordCall(l.ctx, l.tx, l.by, dial.Record{At: at, Caller: v.Caller, Minutes: v.Minutes, Callees: v.Callees})
		}
		if err != nil {
			return fmt.Errorf("calls[%d]: %w", i, err)
		}
	}
	if err := l.securityRecords(e); err != nil {
		return err
	}
	for i, v := range e.Todos {
		if err := l.todo(v); err != nil {
			return fmt.Errorf("todos[%d] (%s): %w", i, v.Content, err)
		}
	}
	return nil
}

// clock is a time of a day, days after the one of loading.
func (l loader) clock(days int64, hhmm string) (time.Time, error) {
	at, err := time.Parse("15:04", hhmm)
	if err != nil {
		return at, fmt.Errorf("time: %q; HH:MM expected", hhmm)
	}
	today := l.tx.Now().In(form.China)
	return time.Date(today.Year(), today.Month(), today.Day()+int(days), at.Hour(), at.Minute(), 0, 0, form.China), nil
}

// past is a moment that has come: where it would be later today, it is now.
func (l loader) past(v ago) (time.Time, error) {
	if v.DaysAgo < 0 {
		return time.Time{}, fmt.Errorf("days_ago: %d; 0 or more expected", v.DaysAgo)
	}
	if v.Time == "" {
		v.Time = "09:30"
	}
	at, err := l.clock(-v.DaysAgo, v.Time)
	if at.After(l.tx.Now()) {
		at = l.tx.Now()
	}
	return at, err
}

func (l loader) healthJob(v HealthJob) error {
	c := health.Content{Title: v.Title, Creator: v.Creator, ReportType: v.ReportType, SkipWeekend: v.SkipWeekend, Range: access.Range{Members: v.Members, Departments: v.Departments}, ReportTo: v.ReportTo}
	if c.ReportType == 0 {
		c.ReportType = health.Daily
	}
	for _, q := range v.Questions {
		c.Questions = append(c.Questions, health.NewQuestion(q.Title, q.Required, q.Options))
	}
	j, err := l.s.Health.Create(l.ctx, l.tx, l.by, c)
	if err != nil {
		return err
	}
	for i, r := range v.Reports {
		if err := l.healthReports(j, r); err != nil {
			return fmt.Errorf("reports[%d] (%s): %w", i, r.UserID, err)
		}
	}
	if v.Ended {
		return l.s.Health.End(l.tx, l.by.CorpID, j.ID)
	}
	return nil
}

func (l loader) healthReports(j health.Job, r HealthReports) error {
	if len(r.Answers) == 0 {
		return fmt.Errorf("answers: missing")
	}
	n, days := 0, r.Days
	if j.ReportType != health.Daily {
		days = 0
	}
	for ago := days; ago >= 0; ago-- {
		at := l.morning(ago).Add(-time.Duration(ago*11%70) * time.Minute)
		if at.After(l.tx.Now()) {
			at = l.tx.Now()
		}
		if day := at.In(form.China).Weekday(); j.SkipWeekend && (day == time.Saturday || day == time.Sunday) {
			continue
		}
		if n++; n%9 == 0 {
			continue
		}
		values, err := j.Answered(r.Answers[n%len(r.Answers)])
		if err != nil {
			return err
		}
		if err := l.s.Health.ReportAt(l.ctx, l.tx, l.by, j.ID, r.UserID, values, at); err != nil {
			return err
		}
	}
	return nil
}

func (l loader) securityRecords(e Enterprise) error {
	for i, v := range e.FileRecords {
		at, err := l.past(v.ago)
		if err == nil {
			err = l.s.Security.NoteFile(l.tx, l.by, security.FileAct{At: at.Unix(), UserID: v.UserID, Type: v.Type, Source: v.Source, Info: v.Info, Size: v.Size, Applicant: v.Applicant})
		}
		if err != nil {
			return fmt.Errorf("file_records[%d] (%s): %w", i, v.Info, err)
		}
	}
	for i, v := range e.ScreenRecords {
		at, err := l.past(v.ago)
		if err == nil {
			err = l.s.Security.NoteScreen(l.tx, l.by, security.ScreenAct{At: at.Unix(), UserID: v.UserID, Type: v.Type, Content: v.Content, System: v.System})
		}
		if err != nil {
			return fmt.Errorf("screen_records[%d]: %w", i, err)
		}
	}
	for i, v := range e.MemberRecords {
		at, err := l.past(v.ago)
		if err == nil {
			err = l.s.Security.NoteAct(l.tx, l.by, security.Act{At: at.Unix(), UserID: v.UserID, Type: v.Type, Detail: v.Detail, Address: v.Address})
		}
		if err != nil {
			return fmt.Errorf("member_records[%d]: %w", i, err)
		}
	}
	return nil
}

func (l loader) todo(v Todo) error {
	at, err := l.past(v.ago)
	if err != nil {
		return err
	}
	t := todo.Todo{Creator: v.Creator, Status: todo.Open, Content: strings.TrimSpace(v.Content), Reminds: v.Reminds, Created: at.Unix(), Updated: at.Unix()}
	if v.Done {
		t.Status = todo.Done
	}
	if v.Due != "" {
		end, err := l.clock(v.DueDay, v.Due)
		if err != nil {
			return fmt.Errorf("due: %w", err)
		}
		t.End = end.Unix()
	}
	for i, f := range v.Followers {
		answer, ok := todoAnswers[f.State]
		if !ok {
			return fmt.Errorf("followers[%d].state: %q; accepted, declined or done expected", i, f.State)
		}
		t.Followers = append(t.Followers, todo.Follower{UserID: f.UserID, Answer: answer, Updated: at.Unix()})
	}
	return l.s.Todos.Recall(l.ctx, l.tx, l.by, t)
}
