package meeting

import (
	"context"
	"encoding/json"
	"slices"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Enrolment is how people enrol for a meeting (docs 98797 and 98800).
type Enrolment struct {
	Manual    bool       `json:"manual,omitempty"` // somebody approves each
	Collect   bool       `json:"collect,omitempty"`
	StaffFree bool       `json:"staff_free,omitempty"` // members need not enrol
	Questions []Question `json:"questions,omitempty"`
}

// Question is what those who enrol are asked.
type Question struct {
	Required bool     `json:"required,omitempty"`
	Type     int64    `json:"type"`
	Title    string   `json:"title,omitempty"`
	Special  int64    `json:"special"`
	Options  []string `json:"options,omitempty"`
}

// The types of question. Special ones have a title of their own and are answered in words.
const (
	oneOf     = 1
	severalOf = 2
	inWords   = 3

	ordinary    = 1
	lastSpecial = 5 // 2 telephone, 3 mail, 4 name, 5 company
)

// specialTitles are those of special questions.
var specialTitles = map[int64]string{2: "手机号", 3: "邮箱", 4: "姓名", 5: "公司名称"}

// Limits of questions (doc 98797) and of what is answered and imported, for which the pages have none.
const (
	maxQuestionTitle = 40
	maxOptions       = 8
	maxOption        = 40
	maxQuestions     = 100
	maxAnswer        = 500
	maxImported      = 1000
	maxOpenIDs       = 500 // that one call asks about (doc 98794)
)

func (e Enrolment) valid() error {
	if len(e.Questions) > maxQuestions {
		return errParameter.With("question_list: at most %d expected", maxQuestions)
	}
	for i, q := range e.Questions {
		switch {
		case q.Special < ordinary || q.Special > lastSpecial:
			return errParameter.With("question_list[%d].special_type: 1 to %d expected", i, int64(lastSpecial))
		case q.Special != ordinary:
			continue
		case q.Type < oneOf || q.Type > inWords:
			return errParameter.With("question_list[%d].question_type: 1, 2 or 3 expected", i)
		case q.Title == "" || utf8.RuneCountInString(q.Title) > maxQuestionTitle:
			return errParameter.With("question_list[%d].question_title: 1 to %d characters expected", i, maxQuestionTitle)
		case q.Type != inWords && (len(q.Options) == 0 || len(q.Options) > maxOptions):
			return errParameter.With("question_list[%d].option_list: 1 to %d expected", i, maxOptions)
		}
		for j, o := range q.Options {
			if o == "" || utf8.RuneCountInString(o) > maxOption {
				return errParameter.With("question_list[%d].option_list[%d].content: 1 to %d characters expected", i, j, maxOption)
			}
		}
	}
	return nil
}

// errNoEnrolment refuses what is for meetings that people enrol for. The table of codes has none for it.
var errNoEnrolment = errParameter.With("meetingid: the meeting takes no enrolments; set enable_enroll")

// SetEnrolment sets how people enrol for a meeting that takes enrolments. Special questions come first. Doc 98797.
func (s *Service) SetEnrolment(tx *store.Tx, m Meeting, e Enrolment) (Meeting, error) {
	switch {
	case m.Cancelled:
		return m, ErrCancelled.With("meetingid: %q", m.ID)
	case !m.Settings.Enrol:
		return m, errNoEnrolment
	}
	if !e.Collect {
		e.Questions = nil
	}
	if err := e.valid(); err != nil {
		return m, err
	}
	for i, q := range e.Questions {
		if q.Special != ordinary {
			e.Questions[i] = Question{Required: q.Required, Type: inWords, Special: q.Special, Title: specialTitles[q.Special]}
		} else if q.Type == inWords {
			e.Questions[i].Options = nil
		}
	}
	slices.SortStableFunc(e.Questions, func(a, b Question) int { return int(flag(a.Special == ordinary) - flag(b.Special == ordinary)) })
	m.Enrolment = e
	return m, updateMeeting(tx, m, false)
}

// Approval is what has been decided of an enrolment.
type Approval int64

// The decisions (doc 98810).
const (
	asked    Approval = 1
	refused  Approval = 2
	approved Approval = 3
)

// Where an enrolment is from.
const (
	bySelf   = 1
	byImport = 2
)

// Enrolled is an enrolment.
type Enrolled struct {
	No       int64
	ID       string
	Person   int64 // our number; 0 for one of whom only the telephone is known
	Area     string
	Phone    string
	Nickname string
	Source   int64
	Status   Approval
	Code     string // for who dials in
	Answers  []Answer
	At       int64 // Unix seconds
}

// Answer is an answer to a question, with the question as it was then.
type Answer struct {
	Number   int64    `json:"number"` // from 1
	Content  []string `json:"content"`
	Question Question `json:"question"`
}

// Enrol enrols somebody for a meeting with their answers, by the number of the question. Its application is told.
func (s *Service) Enrol(ctx context.Context, tx *store.Tx, corpID, meetingID string, w Who, nickname string, answers map[int64][]string) (e Enrolled, err error) {
	m, p, _, err := s.inside(ctx, tx, corpID, meetingID, w)
	if err != nil {
		return e, err
	}
	_, open := m.current(tx.Now().Unix())
	switch {
	case m.Cancelled:
		return e, ErrCancelled.With("meetingid: %q", m.ID)
	case !m.Settings.Enrol:
		return e, errNoEnrolment
	case !open:
		return e, errParameter.With("meetingid: the meeting is over")
	case utf8.RuneCountInString(nickname) > maxNickname:
		return e, errParameter.With("nick_name: at most %d characters expected", maxNickname)
	}
	had, err := selectEnrolled(tx, `meeting = ? AND person = ? AND source = ?`, m.No, p.No, int64(bySelf))
	if err != nil {
		return e, err
	}
	if len(had) > 0 {
		return e, errParameter.With("this person has enrolled already")
	}
	e = Enrolled{Person: p.No, Nickname: nickname, Source: bySelf, Status: approved}
	if e.Nickname == "" {
		if e.Nickname, err = s.nameOf(tx, m, p); err != nil {
			return e, err
		}
	}
	if m.Enrolment.Manual {
		e.Status = asked
	}
	if e.Answers, err = m.Enrolment.answered(answers); err != nil {
		return e, err
	}
	if e, err = insertEnrolled(tx, m, e); err != nil {
		return e, err
	}
	return e, s.tellOf(ctx, tx, m, enrolled, p, nil, e.ID)
}

// nameOf returns what somebody is called.
func (s *Service) nameOf(tx *store.Tx, m Meeting, p Person) (string, error) {
	switch {
	case p.Nickname != "":
		return p.Nickname, nil
	case p.UserID != "":
		names, err := s.deps.Directory.NamesOf(tx, m.CorpID, []id.UserID{p.UserID})
		return names[p.UserID.Key()], err
	case p.External != "":
		c, err := s.deps.Customers.Contact(tx, m.CorpID, p.External)
		return c.Name, err
	}
	return p.Name, nil
}

// answered checks the answers to the questions.
func (e Enrolment) answered(answers map[int64][]string) (out []Answer, err error) {
	for i, q := range e.Questions {
		n := int64(i) + 1
		content := answers[n]
		switch {
		case len(content) == 0 && q.Required:
			return nil, errParameter.With("answers: question %d must be answered", n)
		case q.Type != severalOf && len(content) > 1:
			return nil, errParameter.With("answers: question %d has one answer", n)
		}
		for _, text := range content {
			switch {
			case q.Type != inWords && !slices.Contains(q.Options, text):
				return nil, errParameter.With("answers: %q is none of question %d's options", text, n)
			case utf8.RuneCountInString(text) > maxAnswer:
				return nil, errParameter.With("answers: at most %d characters expected in that of question %d", maxAnswer, n)
			}
		}
		if len(content) > 0 {
			out = append(out, Answer{n, content, q})
		}
	}
	return out, nil
}

// Unenrol takes back what somebody has enrolled by themselves. The application is told.
func (s *Service) Unenrol(ctx context.Context, tx *store.Tx, corpID, meetingID string, w Who) error {
	m, p, _, err := s.inside(ctx, tx, corpID, meetingID, w)
	if err != nil {
		return err
	}
	list, err := selectEnrolled(tx, `meeting = ? AND person = ? AND source = ?`, m.No, p.No, int64(bySelf))
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return errParameter.With("this person has not enrolled")
	}
	if _, err := tx.Exec(`DELETE FROM meeting_enrolment WHERE no = ? AND corpid = ?`, list[0].No, m.CorpID); err != nil {
		return err
	}
	return s.tellOf(ctx, tx, m, unenrolled, p, nil, list[0].ID)
}

// Wanted is somebody whom an import enrols: a member, or a telephone.
type Wanted struct {
	UserID   id.UserID
	Area     string
	Phone    string
	Nickname string
}

// Import enrols people for a meeting, and approves them. Whoever is enrolled so already is left out. It answers 60111
// and 60011 for members. Doc 98816.
func (s *Service) Import(ctx context.Context, tx *store.Tx, by access.Caller, m Meeting, list []Wanted) (out []Enrolled, people []Wanted, err error) {
	switch {
	case m.Cancelled:
		return nil, nil, ErrCancelled.With("meetingid: %q", m.ID)
	case !m.Settings.Enrol:
		return nil, nil, errNoEnrolment
	case len(list) > maxImported:
		return nil, nil, errParameter.With("enroll_list: at most %d expected, %d given", maxImported, len(list))
	}
	for i, w := range list {
		e := Enrolled{Nickname: w.Nickname, Source: byImport, Status: approved}
		where, args := `meeting = ? AND source = ? AND `, []any{m.No, int64(byImport)}
		switch {
		case utf8.RuneCountInString(w.Nickname) > maxNickname:
			return nil, nil, errParameter.With("enroll_list[%d].nick_name: at most %d characters expected", i, maxNickname)
		case w.UserID != "":
			who, err := s.deps.Directory.Member(ctx, tx, by, w.UserID)
			if err != nil {
				return nil, nil, err
			}
			p, err := s.person(ctx, tx, m, Who{UserID: who.UserID})
			if err != nil {
				return nil, nil, err
			}
			w = Wanted{UserID: who.UserID, Nickname: w.Nickname}
			if e.Person = p.No; e.Nickname == "" {
				e.Nickname = who.Name
			}
			where, args = where+`person = ?`, append(args, p.No)
		case !areaShape.MatchString(w.Area) || !phoneShape.MatchString(w.Phone):
			return nil, nil, errParameter.With("enroll_list[%d]: a userid, or an area such as 86 and a phone_number expected", i)
		default:
			if e.Area, e.Phone = w.Area, w.Phone; e.Nickname == "" {
				e.Nickname = w.Phone
			}
			where, args = where+`area = ? AND phone = ?`, append(args, w.Area, w.Phone)
		}
		had, err := selectEnrolled(tx, where, args...)
		if err != nil {
			return nil, nil, err
		}
		if len(had) > 0 {
			continue
		}
		if e, err = insertEnrolled(tx, m, e); err != nil {
			return nil, nil, err
		}
		out, people = append(out, e), append(people, w)
	}
	return out, people, nil
}

func selectEnrolled(tx *store.Tx, where string, args ...any) (list []Enrolled, err error) {
	err = tx.Each(`SELECT no, enroll_id, person, area, phone, nickname, source, status, code, answers, enrolled_at FROM meeting_enrolment WHERE `+where, args, func(rows *store.Rows) error {
		var e Enrolled
		var answers string
		if err := rows.Scan(&e.No, &e.ID, &e.Person, &e.Area, &e.Phone, &e.Nickname, &e.Source, &e.Status, &e.Code, &answers, &e.At); err != nil {
			return err
		}
		err := json.Unmarshal([]byte(answers), &e.Answers)
		list = append(list, e)
		return err
	})
	return list, err
}

func insertEnrolled(tx *store.Tx, m Meeting, e Enrolled) (Enrolled, error) {
	answers, err := json.Marshal(e.Answers)
	if err != nil {
		return e, err
	}
	e.ID, e.Code, e.At = "me"+id.Letters(30), newNumber()[:6], tx.Now().Unix()
	e.No, err = tx.Insert(`INSERT INTO meeting_enrolment (corpid, meeting, enroll_id, person, area, phone, nickname, source, status, code, answers, enrolled_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		m.CorpID, m.No, e.ID, e.Person, e.Area, e.Phone, e.Nickname, e.Source, int64(e.Status), e.Code, string(answers), e.At)
	return e, err
}
