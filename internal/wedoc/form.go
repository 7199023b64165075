package wedoc

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Form is a form (收集表) of an application.
type Form struct {
	No       int64
	CorpID   string
	FormID   string
	App      int64 // our number of the application that made it
	Created  int64 // Unix seconds
	Modified int64
	Body     FormBody
}

// FormBody is what can be set of a form, as the wire has it (doc 97462). It is stored like that.
type (
	FormBody struct {
		Title    string      `json:"form_title"`
		Desc     string      `json:"form_desc"`
		Header   string      `json:"form_header"`
		Question Questions   `json:"form_question"`
		Setting  FormSetting `json:"form_setting"`
	}
	// Questions is what the form asks.
	Questions struct {
		Items []Question `json:"items"`
	}
	// Question is one of its questions.
	Question struct {
		ID          int64           `json:"question_id"`
		Title       string          `json:"title"`
		Pos         int64           `json:"pos"`
		Status      int64           `json:"status"` // 1 asked, 2 deleted
		Type        ReplyType       `json:"reply_type"`
		Must        bool            `json:"must_reply"`
		Note        string          `json:"note"`
		Options     []Option        `json:"option_item,omitempty"`
		Placeholder string          `json:"placeholder"`
		Extra       *QuestionExtras `json:"question_extend_setting,omitempty"`
	}
	// Option is what can be chosen.
	Option struct {
		Key    int64  `json:"key"`
		Value  string `json:"value"`
		Status int64  `json:"status"` // 1 offered, 2 deleted
	}
	// People are members, and the members of departments.
	People struct {
		Users   []id.UserID `json:"userids,omitempty"`
		Parties []int64     `json:"departmentids,omitempty"`
	}
	// Repeat has a form filled in again and again.
	Repeat struct {
		Enable      bool  `json:"enable"`
		WeekFlag    int64 `json:"week_flag"`
		RemindTime  int64 `json:"remind_time"` // the first time, Unix seconds
		Made        int64 `json:"rule_ctime"`
		Changed     int64 `json:"rule_mtime"`
		Type        int64 `json:"repeat_type"` // 0 weekly, 1 daily, 2 monthly
		SkipHoliday bool  `json:"skip_holiday"`
		DayOfMonth  int64 `json:"day_of_month"`
		Late        int64 `json:"fork_finish_type"` // until when a time may be made up for
	}
	// FormSetting says who fills the form in, and when.
	FormSetting struct {
		Auth         int64  `json:"fill_out_auth"` // 0 everybody, 1 those in the range
		Range        People `json:"fill_in_range"`
		Managers     People `json:"setting_manager_range"`
		Repeat       Repeat `json:"timed_repeat_info"`
		Multi        bool   `json:"allow_multi_fill"`
		Finish       int64  `json:"timed_finish"` // Unix seconds; 0 for never
		Anonymous    bool   `json:"can_anonymous"`
		NotifySubmit bool   `json:"can_notify_submit"`
	}
)

// Limits of forms. The pages give the number of questions alone; the others are unverified.
const (
	maxQuestions  = 200
	maxFormTitle  = 255
	maxFormText   = 5000
	maxOptions    = 500
	maxOptionText = 500
	schoolRange   = 4
)

func (b FormBody) valid() error {
	if strings.TrimSpace(b.Title) == "" || utf8.RuneCountInString(b.Title) > maxFormTitle {
		return ErrName.With("form_title: 1 to %d characters expected", maxFormTitle)
	}
	if utf8.RuneCountInString(b.Desc) > maxFormText || len(b.Header) > 2048 {
		return errParameter.With("form_desc, form_header: at most %d characters, and an address of at most 2048 expected", maxFormText)
	}
	if n := len(b.Question.Items); n < 1 || n > maxQuestions {
		return errParameter.With("form_question.items: 1 to %d questions expected", maxQuestions)
	}
	seen := map[int64]bool{}
	for i, q := range b.Question.Items {
		if q.ID < 1 || seen[q.ID] {
			return errParameter.With("form_question.items[%d].question_id: numbers from 1 on, each once, expected", i)
		}
		seen[q.ID] = true
		if err := q.valid(); err != nil {
			return errParameter.With("form_question.items[%d].%s", i, err)
		}
	}
	return b.Setting.valid()
}

func (f FormSetting) valid() error {
	switch r := f.Repeat; {
	case f.Auth == schoolRange:
		return errParameter.With("fill_out_auth: 4 is for schools, which are not built in qiwei")
	case f.Auth != 0 && f.Auth != 1:
		return errParameter.With("fill_out_auth: 0 or 1 expected")
	case r.Enable && len(f.Range.Users) == 0 && len(f.Range.Parties) == 0:
		return errParameter.With("fill_in_range: needed where timed_repeat_info.enable is true")
	case r.Enable && (r.Type < 0 || r.Type > 2 || r.RemindTime < 1):
		return errParameter.With("timed_repeat_info: a repeat_type of 0 to 2 and a remind_time expected")
	case r.Enable && r.Type == 0 && (r.WeekFlag < 1 || r.WeekFlag > 127):
		return errParameter.With("timed_repeat_info.week_flag: 1 to 127 expected, a bit for each day from Monday on")
	case r.Enable && r.Type == 2 && (r.DayOfMonth < 1 || r.DayOfMonth > 31):
		return errParameter.With("timed_repeat_info.day_of_month: 1 to 31 expected")
	case r.Late < 0 || r.Late > 4:
		return errParameter.With("timed_repeat_info.fork_finish_type: 0 to 4 expected")
	case f.Finish < 0:
		return errParameter.With("timed_finish: a time in Unix seconds, or 0, expected")
	}
	return nil
}

// settle replaces the members of a setting by those whom the directory has.
func (s *Service) settle(tx *store.Tx, by access.Caller, f *FormSetting) (err error) {
	if f.Range.Users, err = s.members(tx, by, "fill_in_range.userids", f.Range.Users); err != nil {
		return err
	}
	if f.Managers.Users, err = s.members(tx, by, "setting_manager_range.userids", f.Managers.Users); err != nil {
		return err
	}
	known, err := s.deps.Directory.VisibleDepartments(tx, by, f.Range.Parties)
	for i, p := range f.Range.Parties {
		if err == nil && !known[p] {
			err = errParameter.With("fill_in_range.departmentids[%d]: %d is no department that the application sees", i, p)
		}
	}
	return err
}

// CreateForm makes a form of the caller's. Doc 97462.
func (s *Service) CreateForm(tx *store.Tx, by access.Caller, b FormBody) (Form, error) {
	if err := b.valid(); err != nil {
		return Form{}, err
	}
	if err := s.settle(tx, by, &b.Setting); err != nil {
		return Form{}, err
	}
	now := tx.Now().Unix()
	b.Setting.Repeat.Made, b.Setting.Repeat.Changed = now, now
	f := Form{CorpID: by.CorpID, FormID: "fm" + id.Letters(30), App: by.App, Created: now, Modified: now, Body: b}
	return f, insertForm(tx, &f)
}

// ownForm returns a form of the caller's.
func (s *Service) ownForm(tx *store.Tx, by access.Caller, formID string) (Form, error) {
	f, found, err := selectForm(tx, by.CorpID, formID)
	if err == nil && (!found || f.App != by.App && by.Kind != access.Program) {
		err = ErrDocID.With("formid: the application has made no form %q", formID)
	}
	return f, err
}

func (s *Service) formURL(f Form) string { return s.deps.BaseURL() + "/wedoc/form/" + f.FormID }

func (s *Service) renameForm(tx *store.Tx, f Form, name string) error {
	if strings.TrimSpace(name) == "" {
		return ErrName.With("new_name: a name expected")
	}
	f.Body.Title = shorten(name, true)
	return updateForm(tx, f)
}

// ChangeQuestions replaces what a form says and asks. Doc 97816.
func (s *Service) ChangeQuestions(tx *store.Tx, f Form, b FormBody) error {
	b.Setting = f.Body.Setting
	if b.Title == "" {
		b.Title = f.Body.Title
	}
	if len(b.Question.Items) == 0 {
		b.Question = f.Body.Question
	}
	if err := b.valid(); err != nil {
		return err
	}
	f.Body = b
	return updateForm(tx, f)
}

// ChangeSetting replaces who fills a form in, and when. Doc 97816.
func (s *Service) ChangeSetting(ctx context.Context, tx *store.Tx, by access.Caller, f Form, to FormSetting) error {
	if err := to.valid(); err != nil {
		return err
	}
	if err := s.settle(tx, by, &to); err != nil {
		return err
	}
	to.Repeat.Made, to.Repeat.Changed = f.Body.Setting.Repeat.Made, tx.Now().Unix()
	f.Body.Setting = to
	if err := s.tell(ctx, tx, by, formSettingsChange, f.App, f.FormID); err != nil {
		return err
	}
	return updateForm(tx, f)
}

// DeleteForm deletes a form with its answers. Doc 97735.
func (s *Service) DeleteForm(ctx context.Context, tx *store.Tx, by access.Caller, f Form) error {
	if err := s.tell(ctx, tx, by, deleteForm, f.App, f.FormID); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM wedoc_form WHERE corpid = ? AND no = ?`, f.CorpID, f.No)
	return err
}

// china is the time zone of forms.
var china = time.FixedZone("", 8*60*60)

// maxRounds bounds how many times of a form that repeats are listed: the newest ones.
const maxRounds = 400

// rounds returns the beginnings of the times that a form was to be filled in, up to now, the newest first. A form
// that does not repeat has one.
func (f Form) rounds(now time.Time) []time.Time {
	r := f.Body.Setting.Repeat
	if !r.Enable {
		return []time.Time{time.Unix(f.Created, 0)}
	}
	first := time.Unix(r.RemindTime, 0).In(china)
	var out []time.Time
	for day := now.In(china); len(out) < maxRounds && !day.Before(first.AddDate(0, 0, -1)) && now.Sub(day) < 10*365*24*time.Hour; day = day.AddDate(0, 0, -1) {
		at := time.Date(day.Year(), day.Month(), day.Day(), first.Hour(), first.Minute(), first.Second(), 0, china)
		weekday := (int64(at.Weekday()) + 6) % 7 // from Monday on
		due := r.Type == 1 && (!r.SkipHoliday || weekday < 5) || r.Type == 0 && r.WeekFlag>>weekday&1 == 1 || r.Type == 2 && int64(at.Day()) == r.DayOfMonth
		if due && !at.Before(first) && !at.After(now) {
			out = append(out, at)
		}
	}
	return out
}

// lasts returns until when a round may still be filled in; zero if for ever.
func (f Form) lasts(round time.Time, rounds []time.Time) time.Time {
	if !f.Body.Setting.Repeat.Enable {
		if f.Body.Setting.Finish > 0 {
			return time.Unix(f.Body.Setting.Finish, 0)
		}
		return time.Time{}
	}
	day := time.Date(round.In(china).Year(), round.In(china).Month(), round.In(china).Day(), 0, 0, 0, 0, china)
	switch f.Body.Setting.Repeat.Late {
	case 1:
		return day.AddDate(0, 0, 1)
	case 2:
		return day.AddDate(0, 0, 5)
	case 3:
		return day.AddDate(0, 1, 0)
	case 4:
		if i := slices.IndexFunc(rounds, round.Equal); i > 0 {
			return rounds[i-1]
		}
	}
	return time.Time{}
}
