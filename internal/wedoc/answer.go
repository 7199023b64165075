package wedoc

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Answer is what a member has answered to a form.
type Answer struct {
	ID        int64
	Round     int64 // when the time that it belongs to began, Unix seconds
	UserID    id.UserID
	Anonymous bool
	Made      int64
	Changed   int64
	Removed   bool
	Replies   []Reply
}

// Reply answers one question, as the wire has it (doc 97819). It is stored like that.
type (
	Reply struct {
		Question   int64         `json:"question_id"`
		Text       string        `json:"text_reply,omitempty"`
		Options    []int64       `json:"option_reply,omitempty"`
		Others     []otherOption `json:"option_extend_reply,omitempty"`
		Files      []replyFiles  `json:"file_extend_reply,omitempty"`
		Department *replyParties `json:"department_reply,omitempty"`
		Member     *replyMembers `json:"member_reply,omitempty"`
		Duration   *duration     `json:"duration_reply,omitempty"`
	}
	otherOption struct {
		Option int64  `json:"option_reply"`
		Text   string `json:"extend_text"`
	}
	replyFiles struct {
		Name   string `json:"name"`
		FileID string `json:"fileid"`
	}
	replyParty struct {
		ID int64 `json:"department_id"`
	}
	replyParties struct {
		List []replyParty `json:"list"`
	}
	replyPerson struct {
		UserID id.UserID `json:"userid"`
	}
	replyMembers struct {
		List []replyPerson `json:"list"`
	}
	duration struct {
		Begin int64   `json:"begin_time"`
		End   int64   `json:"end_time"`
		Scale int64   `json:"time_scale"`
		Day   int64   `json:"day_range,omitempty"`
		Days  float64 `json:"days,omitempty"`
		Hours float64 `json:"hours,omitempty"`
	}
)

// empty reports whether nothing is answered.
func (r Reply) empty() bool {
	return r.Text == "" && len(r.Options) == 0 && len(r.Files) == 0 && r.Duration == nil &&
		(r.Department == nil || len(r.Department.List) == 0) && (r.Member == nil || len(r.Member.List) == 0)
}

// Fill is what a member hands in.
type Fill struct {
	Round     string // a repeated_id; the newest time if it is empty
	Anonymous bool
	Replies   []Reply
}

// asked reports whether the member is among those who fill the form in.
func (s *Service) asked(ctx context.Context, tx *store.Tx, f Form, user id.UserID) (bool, error) {
	if f.Body.Setting.Auth != 1 {
		return true, nil
	}
	m, err := s.deps.Directory.Member(ctx, tx, access.System(f.CorpID), user)
	if err != nil {
		return false, err
	}
	return s.deps.Directory.InRange(tx, f.CorpID, f.Body.Setting.people(), m)
}

// may says why a member may not fill a form in now, or returns the time that the answer belongs to.
func (s *Service) may(ctx context.Context, tx *store.Tx, f Form, user id.UserID, round string) (time.Time, error) {
	set := f.Body.Setting
	asked, err := s.asked(ctx, tx, f, user)
	if err == nil && !asked {
		err = errParameter.With("%s is not among those who fill in the form", user)
	}
	if err != nil {
		return time.Time{}, err
	}
	rounds := f.rounds(tx.Now())
	if len(rounds) == 0 {
		return time.Time{}, errParameter.With("the form is first to be filled in at %s", time.Unix(set.Repeat.RemindTime, 0).In(china).Format(time.DateTime))
	}
	at := rounds[0]
	if round != "" {
		i := slices.IndexFunc(rounds, func(r time.Time) bool { return f.roundID(r) == round })
		if i < 0 {
			return at, errParameter.With("repeated_id: the form has no %q", round)
		}
		at = rounds[i]
	}
	if until := f.lasts(at, rounds); !until.IsZero() && !tx.Now().Before(until) {
		return at, errParameter.With("the form could be filled in until %s", until.In(china).Format(time.DateTime))
	}
	if !set.Multi {
		n, err := tx.Count(`SELECT count(*) FROM wedoc_answer WHERE form = ? AND round = ? AND userkey = ? AND removed = 0`, f.No, at.Unix(), user.Key())
		if err != nil {
			return at, err
		}
		if n > 0 {
			return at, errParameter.With("%s has filled in the form already", user)
		}
	}
	return at, nil
}

// people is the range of those who fill the form in.
func (f FormSetting) people() access.Range {
	if f.Auth == 0 {
		return access.Everything()
	}
	return access.Range{Members: f.Range.Users, Departments: f.Range.Parties}
}

// Answer takes what a member hands in, and returns the answer's number. The form's application is told.
func (s *Service) Answer(ctx context.Context, tx *store.Tx, by access.Caller, formID string, fill Fill) (int64, error) {
	f, found, err := selectForm(tx, by.CorpID, formID)
	if err == nil && !found {
		err = ErrDocID.With("formid: there is no form %q", formID)
	}
	if err != nil {
		return 0, err
	}
	// Two answers of one member at once count one after the other.
	if _, err := tx.Exec(`UPDATE wedoc_form SET answers = answers + 1 WHERE corpid = ? AND no = ?`, f.CorpID, f.No); err != nil {
		return 0, err
	}
	at, err := s.may(ctx, tx, f, by.UserID, fill.Round)
	if err != nil {
		return 0, err
	}
	if fill.Anonymous && !f.Body.Setting.Anonymous {
		return 0, errParameter.With("the form is not filled in without a name")
	}
	replies, err := s.checked(tx, f, fill.Replies)
	if err != nil {
		return 0, err
	}
	body, err := json.Marshal(replies)
	if err != nil {
		return 0, err
	}
	now, anonymous := tx.Now().Unix(), 0
	if fill.Anonymous {
		anonymous = 1
	}
	no, err := tx.Insert(`INSERT INTO wedoc_answer (corpid, form, round, userkey, userid, anonymous, made, changed, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		f.CorpID, f.No, at.Unix(), by.UserID.Key(), string(by.UserID), anonymous, now, now, string(body))
	if err != nil {
		return 0, err
	}
	if fill.Anonymous { // the event would say whose answer it is
		by.UserID = ""
	}
	return no, s.tell(ctx, tx, by, formComplete, f.App, f.FormID)
}

// checked returns the answers in the order of the questions, or says what is wrong with one.
func (s *Service) checked(tx *store.Tx, f Form, replies []Reply) ([]Reply, error) {
	given := map[int64]Reply{}
	for _, r := range replies {
		if _, twice := given[r.Question]; twice {
			return nil, errParameter.With("question %d is answered twice", r.Question)
		}
		given[r.Question] = r
	}
	var out []Reply
	for _, q := range f.Body.Question.Items {
		r, ok := given[q.ID]
		delete(given, q.ID)
		if q.Status != 1 {
			continue
		}
		if !ok || r.empty() {
			if q.Must {
				return nil, errParameter.With("question %d must be answered", q.ID)
			}
			continue
		}
		r = q.part(r)
		if err := q.fits(r); err != nil {
			return nil, errParameter.With("question %d: %s", q.ID, err)
		}
		if who, err := s.absent(tx, f.CorpID, r); err != nil {
			return nil, err
		} else if who != "" {
			return nil, errParameter.With("question %d: there is no %s", q.ID, who)
		}
		out = append(out, r)
	}
	for unknown := range given {
		return nil, errParameter.With("the form has no question %d", unknown)
	}
	return out, nil
}

// part is what an answer to the question can be of. What else a request brings is nobody's to read.
func (q Question) part(r Reply) Reply {
	out := Reply{Question: r.Question}
	switch q.Type {
	case replyOne, replyList, replySome:
		out.Options = r.Options
		for _, o := range r.Others {
			if slices.Contains(r.Options, o.Option) {
				out.Others = append(out.Others, o)
			}
		}
	case replyPicture, replyFile, replySignature:
		out.Files = r.Files
	case replyDepartment:
		out.Department = r.Department
	case replyMember:
		out.Member = r.Member
	case replyDuration:
		out.Duration = r.Duration
	default:
		out.Text = r.Text
	}
	return out
}

// absent names a department or a member of an answer that the corp does not have; nothing if it has all of them.
func (s *Service) absent(tx *store.Tx, corpID string, r Reply) (string, error) {
	if r.Department != nil {
		for _, p := range r.Department.List {
			if _, found, err := s.deps.Directory.FindDepartment(tx, corpID, p.ID); err != nil || !found {
				return fmt.Sprint("department ", p.ID), err
			}
		}
	}
	if r.Member != nil {
		for _, m := range r.Member.List {
			if is, err := s.deps.Directory.Exists(tx, corpID, m.UserID); err != nil || !is {
				return "member " + string(m.UserID), err
			}
		}
	}
	return "", nil
}

// fits says what is wrong with an answer to a question.
func (q Question) fits(r Reply) error {
	extra := QuestionExtras{}
	if q.Extra != nil {
		extra = *q.Extra
	}
	switch q.Type {
	case replyOne, replyList, replySome:
		return q.choice(r, extra)
	case replyPicture, replyFile, replySignature:
		if len(r.Files) == 0 {
			return fmt.Errorf("files expected")
		}
		if len(r.Files) > maxReplyFiles {
			return fmt.Errorf("at most %d files expected", maxReplyFiles)
		}
		for _, l := range q.limits() {
			if n := int64(len(r.Files)); n > l.Count || l.Type == 0 && n != l.Count {
				return fmt.Errorf("%d files expected", l.Count)
			}
		}
		return nil
	case replyDepartment:
		if r.Department == nil || len(r.Department.List) == 0 || len(r.Department.List) > 1 && (extra.Department == nil || !extra.Department.Several) {
			return fmt.Errorf("one department expected")
		}
		if len(r.Department.List) > maxOptions {
			return fmt.Errorf("at most %d departments expected", maxOptions)
		}
		return nil
	case replyMember:
		if r.Member == nil || len(r.Member.List) == 0 || len(r.Member.List) > 1 && (extra.Member == nil || !extra.Member.Several) {
			return fmt.Errorf("one member expected")
		}
		if len(r.Member.List) > maxOptions {
			return fmt.Errorf("at most %d members expected", maxOptions)
		}
		return nil
	case replyDuration:
		if r.Duration == nil || r.Duration.End < r.Duration.Begin {
			return fmt.Errorf("a begin_time, and an end_time not before it expected")
		}
		return nil
	}
	if r.Text == "" || utf8.RuneCountInString(r.Text) > maxFormText {
		return fmt.Errorf("a text of at most %d characters expected", maxFormText)
	}
	if q.Type == replyText && extra.Text != nil {
		return extra.Text.accepts(r.Text)
	}
	return nil
}

// choice says what is wrong with the options that answer a question.
func (q Question) choice(r Reply, extra QuestionExtras) error {
	n := int64(len(r.Options))
	if n == 0 || q.Type != replySome && n > 1 {
		return fmt.Errorf("one option expected")
	}
	for _, o := range r.Others {
		if utf8.RuneCountInString(o.Text) > maxFormText {
			return fmt.Errorf("extend_text: at most %d characters expected", maxFormText)
		}
	}
	other := extra.Radio != nil && extra.Radio.Other || extra.Checkbox != nil && extra.Checkbox.Other
	for i, key := range r.Options {
		offered := slices.ContainsFunc(q.Options, func(o Option) bool { return o.Key == key && o.Status == 1 })
		named := slices.ContainsFunc(r.Others, func(o otherOption) bool { return o.Option == key && o.Text != "" })
		if !offered && !(other && named) || slices.Contains(r.Options[:i], key) {
			return fmt.Errorf("there is no option %d", key)
		}
	}
	if x := extra.Checkbox; x != nil && (x.Type == 1 && n < x.Number || x.Type == 2 && n > x.Number || x.Type == 3 && n != x.Number) {
		return fmt.Errorf("at least, at most or exactly %d options expected", x.Number)
	}
	return nil
}

// managed returns a form whose settings the member may change.
func (s *Service) managed(tx *store.Tx, by access.Caller, formID string) (Form, error) {
	f, found, err := selectForm(tx, by.CorpID, formID)
	if err == nil && !found {
		err = ErrDocID.With("formid: there is no form %q", formID)
	}
	if err == nil && !slices.ContainsFunc(f.Body.Setting.Managers.Users, by.UserID.Equal) {
		err = errParameter.With("%s does not manage the form", by.UserID)
	}
	return f, err
}

// ManagedBy returns a document that the member manages.
func (s *Service) ManagedBy(ctx context.Context, tx *store.Tx, by access.Caller, docID string) (Document, error) {
	d, found, err := selectDocument(tx, by.CorpID, docID)
	if err == nil && !found {
		err = ErrDocID.With("docid: there is no document %q", docID)
	}
	if err != nil {
		return d, err
	}
	right, err := s.RightOf(ctx, tx, d, by.UserID)
	if err == nil && right != Manage {
		err = errParameter.With("%s does not manage the document", by.UserID)
	}
	return d, err
}
