package wedoc

import (
	"context"
	"encoding/json"
	"math"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) answerEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		Endpoint("get_form_statistic", 97818, wire.Read(s.getFormStatistic)),
		Endpoint("get_form_answer", 97819, wire.Read(s.getFormAnswer)),
	}
}

const (
	maxStatPage = 10_000 // doc 97818
	maxAnswers  = 100    // doc 97819
)

type (
	getFormStatisticRequest struct {
		Round  string `json:"repeated_id"`
		Type   int64  `json:"req_type"` // 1 numbers, 2 who has, 3 who has not
		Start  int64  `json:"start_time"`
		End    int64  `json:"end_time"`
		Limit  int64  `json:"limit"`
		Cursor int64  `json:"cursor"`
	}
	submitted struct {
		External id.ExternalID `json:"tmp_external_userid,omitempty"`
		UserID   id.UserID     `json:"userid,omitempty"`
		At       int64         `json:"submit_time"`
		Answer   int64         `json:"answer_id"`
		Name     string        `json:"user_name,omitempty"`
	}
	missing struct {
		UserID id.UserID `json:"userid"`
		Name   string    `json:"user_name"`
	}
	getFormStatisticResponse struct {
		Filled  int64       `json:"fill_cnt"`
		Users   int64       `json:"fill_user_cnt"`
		Missing int64       `json:"unfill_user_cnt"`
		Submits []submitted `json:"submit_users,omitempty"`
		Misses  []missing   `json:"unfill_users,omitempty"`
		More    *bool       `json:"has_more,omitempty"`
		Cursor  *int64      `json:"cursor,omitempty"`
	}
)

func (s *Service) getFormStatistic(ctx context.Context, tx *store.Tx, by access.Caller, req getFormStatisticRequest) (resp getFormStatisticResponse, err error) {
	switch {
	case req.Type < 1 || req.Type > 3:
		return resp, errParameter.With("req_type: 1 to 3 expected")
	case req.Limit == 0:
		req.Limit = maxStatPage
	case req.Limit < 1 || req.Limit > maxStatPage:
		return resp, errParameter.With("limit: 1 to %d expected", maxStatPage)
	}
	if req.Type == 2 && (req.Start < 1 || req.End < req.Start) {
		return resp, errParameter.With("start_time, end_time: a span in Unix seconds expected")
	}
	f, at, err := s.round(tx, by, req.Round)
	if err != nil {
		return resp, err
	}
	// Whoever answers without a name counts anew with each answer: the number would tell else who of those with a name
	// has answered without it too. That WeCom counts so is unverified.
	var nameless int64
	if _, err := tx.Get(`SELECT count(*), count(DISTINCT CASE WHEN anonymous = 0 THEN userkey END), count(CASE WHEN anonymous = 1 THEN 1 END) FROM wedoc_answer WHERE form = ? AND round = ? AND removed = 0`,
		[]any{f.No, at.Unix()}, &resp.Filled, &resp.Users, &nameless); err != nil {
		return resp, err
	}
	resp.Users += nameless
	lacking, err := s.lacking(tx, f, at)
	if err != nil {
		return resp, err
	}
	resp.Missing = int64(len(lacking))
	switch req.Type {
	case 2:
		err = s.submits(tx, by, f, at, req, &resp)
	case 3:
		err = s.misses(tx, by, lacking, req, &resp)
	}
	return resp, err
}

// lacking returns the numbers of the members who have not answered with their names, in order. Only a form for certain
// people has some. Who has answered without a name is among them: the others could be told from the list else.
func (s *Service) lacking(tx *store.Tx, f Form, at time.Time) (out []int64, err error) {
	if f.Body.Setting.Auth == 0 {
		return nil, nil
	}
	all, err := s.deps.Directory.Audience(tx, f.CorpID, f.Body.Setting.people(), 0, math.MaxInt64, math.MaxInt32)
	if err != nil {
		return nil, err
	}
	var users []string
	if err := tx.Each(`SELECT DISTINCT userkey FROM wedoc_answer WHERE form = ? AND round = ? AND removed = 0 AND anonymous = 0`, []any{f.No, at.Unix()}, func(rows *store.Rows) error {
		var u string
		err := rows.Scan(&u)
		users = append(users, u)
		return err
	}); err != nil {
		return nil, err
	}
	numbers, err := s.deps.Directory.MemberNumbers(tx, f.CorpID, users)
	have := map[int64]bool{}
	for _, no := range numbers {
		have[no] = true
	}
	for _, no := range all {
		if !have[no] {
			out = append(out, no)
		}
	}
	return out, err
}

// dayOf returns the beginning of a day in China.
func dayOf(unix int64) time.Time {
	at := time.Unix(unix, 0).In(china)
	return time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, china)
}

// submits fills in who has answered, in the order of the answers.
func (s *Service) submits(tx *store.Tx, by access.Caller, f Form, at time.Time, req getFormStatisticRequest, resp *getFormStatisticResponse) error {
	list, err := selectAnswers(tx, `form = ? AND round = ? AND removed = 0 AND no > ? AND made >= ? AND made < ? ORDER BY no LIMIT ?`,
		f.No, at.Unix(), req.Cursor, dayOf(req.Start).Unix(), dayOf(req.End).AddDate(0, 0, 1).Unix(), req.Limit+1)
	if err != nil {
		return err
	}
	more := int64(len(list)) > req.Limit
	if more {
		list = list[:req.Limit]
	}
	names, err := s.names(tx, by, list)
	if err != nil {
		return err
	}
	last := req.Cursor
	for _, a := range list {
		one := submitted{At: a.Made, Answer: a.ID}
		if !a.Anonymous {
			one.UserID, one.Name = a.UserID, names[a.UserID.Key()]
		}
		resp.Submits, last = append(resp.Submits, one), a.ID
	}
	resp.More, resp.Cursor = &more, &last
	return nil
}

// names returns the names of those who have answered, by key.
func (s *Service) names(tx *store.Tx, by access.Caller, list []Answer) (map[string]string, error) {
	users := make([]string, len(list))
	for i, a := range list {
		users[i] = string(a.UserID)
	}
	numbers, err := s.deps.Directory.MemberNumbers(tx, by.CorpID, users)
	if err != nil {
		return nil, err
	}
	all := make([]int64, 0, len(numbers))
	for _, no := range numbers {
		all = append(all, no)
	}
	shown, err := s.shownNames(tx, by, all)
	out := map[string]string{}
	for user, no := range numbers {
		out[id.UserID(user).Key()] = shown[no]
	}
	return out, err
}

// shownNames returns names by our numbers as the caller is told them: a third party's application knows userids
// instead (doc 96518).
func (s *Service) shownNames(tx *store.Tx, by access.Caller, numbers []int64) (map[int64]string, error) {
	if by.IDs == nil {
		return s.deps.Directory.Names(tx, by.CorpID, numbers)
	}
	users, err := s.deps.Directory.NumberedMembers(tx, by.CorpID, numbers)
	if err != nil {
		return nil, err
	}
	texts := make([]string, 0, len(users))
	for _, u := range users {
		texts = append(texts, string(u))
	}
	known, err := by.IDs.Shown(tx, by.CorpID, access.MemberID, texts)
	out := map[int64]string{}
	for no, u := range users {
		out[no] = known[string(u)]
	}
	return out, err
}

// misses fills in who has not answered. The cursor is a member's number of ours.
func (s *Service) misses(tx *store.Tx, by access.Caller, lacking []int64, req getFormStatisticRequest, resp *getFormStatisticResponse) error {
	var page []int64
	for _, no := range lacking {
		if no > req.Cursor && int64(len(page)) <= req.Limit {
			page = append(page, no)
		}
	}
	more, last := int64(len(page)) > req.Limit, req.Cursor
	if more {
		page = page[:req.Limit]
	}
	users, err := s.deps.Directory.NumberedMembers(tx, by.CorpID, page)
	if err != nil {
		return err
	}
	names, err := s.shownNames(tx, by, page)
	for _, no := range page {
		resp.Misses, last = append(resp.Misses, missing{users[no], names[no]}), no
	}
	resp.More, resp.Cursor = &more, &last
	return err
}

type (
	getFormAnswerRequest struct {
		Round   string  `json:"repeated_id"`
		Answers []int64 `json:"answer_ids"`
	}
	replyItems struct {
		Items []Reply `json:"items"`
	}
	answerInfo struct {
		ID       int64         `json:"answer_id"`
		Name     string        `json:"user_name,omitempty"`
		Made     int64         `json:"ctime"`
		Changed  int64         `json:"mtime"`
		Reply    replyItems    `json:"reply"`
		Status   int64         `json:"answer_status"` // 1 kept, 3 removed
		External id.ExternalID `json:"tmp_external_userid,omitempty"`
		UserID   id.UserID     `json:"userid,omitempty"`
	}
	answerList struct {
		List []answerInfo `json:"answer_list"`
	}
	getFormAnswerResponse struct {
		Answer answerList `json:"answer"`
	}
)

func (s *Service) getFormAnswer(ctx context.Context, tx *store.Tx, by access.Caller, req getFormAnswerRequest) (resp getFormAnswerResponse, err error) {
	if len(req.Answers) < 1 || len(req.Answers) > maxAnswers {
		return resp, errParameter.With("answer_ids: 1 to %d expected", maxAnswers)
	}
	f, at, err := s.round(tx, by, req.Round)
	if err != nil {
		return resp, err
	}
	list, err := selectAnswers(tx, `form = ? AND round = ? AND no IN (`+store.Marks(len(req.Answers))+`) ORDER BY no`, store.Args([]any{f.No, at.Unix()}, req.Answers)...)
	if err != nil {
		return resp, err
	}
	names, err := s.names(tx, by, list)
	for _, a := range list {
		one := answerInfo{ID: a.ID, Made: a.Made, Changed: a.Changed, Reply: replyItems{a.Replies}, Status: 1}
		if a.Removed {
			one.Status = 3
		}
		if !a.Anonymous {
			one.UserID, one.Name = a.UserID, names[a.UserID.Key()]
		}
		resp.Answer.List = append(resp.Answer.List, one)
	}
	return resp, err
}

func selectAnswers(tx *store.Tx, where string, args ...any) (list []Answer, err error) {
	err = tx.Each(`SELECT no, round, userid, anonymous, made, changed, removed, body FROM wedoc_answer WHERE `+where, args, func(rows *store.Rows) error {
		var a Answer
		var body string
		if err := rows.Scan(&a.ID, &a.Round, &a.UserID, &a.Anonymous, &a.Made, &a.Changed, &a.Removed, &body); err != nil {
			return err
		}
		err := json.Unmarshal([]byte(body), &a.Replies)
		list = append(list, a)
		return err
	})
	return list, err
}
