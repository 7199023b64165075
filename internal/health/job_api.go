package health

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Endpoints returns the room's calls. The built-in application may make them by its own secret in enterprises from
// before 2023-12-01, self-built applications that are listed for it, and providers' may not.
func (s *Service) Endpoints() []wire.Endpoint {
	endpoint := func(name string, doc int, h wire.Handler) wire.Endpoint {
		return wire.Endpoint{
			Method: "POST", Path: "/cgi-bin/health/" + name, Doc: doc, Family: access.Health, Handle: h,
			Allow: access.Allow{access.Health: access.InRange, access.SelfBuilt: access.Listed},
		}
	}
	return []wire.Endpoint{
		endpoint("get_health_report_stat", 93676, wire.Read(s.getHealthReportStat)),
		endpoint("get_report_jobids", 93677, wire.Read(s.getReportJobids)),
		endpoint("get_report_job_info", 93678, wire.Read(s.getReportJobInfo)),
		endpoint("get_report_answer", 93679, wire.Read(s.getReportAnswer)),
	}
}

type (
	statRequest struct {
		Date string `json:"date"`
	}
	statResponse struct {
		Times int64 `json:"pv"`
		Users int64 `json:"uv"`
	}
	pageRequest struct {
		Offset int64 `json:"offset"`
		Limit  int64 `json:"limit"`
	}
	jobidsResponse struct {
		Ending int64    `json:"ending"`
		IDs    []string `json:"jobids"`
	}
	jobRequest struct {
		ID   string `json:"jobid"`
		Date string `json:"date"`
	}
	optionWire struct {
		ID   int64  `json:"option_id"`
		Text string `json:"option_text"`
	}
	questionWire struct {
		ID       int64        `json:"question_id"`
		Title    string       `json:"title"`
		Type     int64        `json:"question_type"`
		Required int64        `json:"is_required"`
		Options  []optionWire `json:"option_list,omitempty"` // of a choice alone
	}
	rangeWire struct {
		Users   []id.UserID `json:"userids"`
		Parties []int64     `json:"partyids"`
	}
	usersWire struct {
		Users []id.UserID `json:"userids"`
	}
	jobInfo struct {
		Title       string         `json:"title"`
		Creator     id.UserID      `json:"creator"`
		Type        int64          `json:"type"` // 1, of members
		Range       rangeWire      `json:"apply_range"`
		ReportTo    usersWire      `json:"report_to"`
		ReportType  int64          `json:"report_type"`
		SkipWeekend int64          `json:"skip_weekend"`
		Finished    int64          `json:"finish_cnt"`
		Questions   []questionWire `json:"question_templates"`
	}
	jobInfoResponse struct {
		Info *jobInfo `json:"job_info,omitempty"`
	}
	answerRequest struct {
		ID     string `json:"jobid"`
		Date   string `json:"date"`
		Offset int64  `json:"offset"`
		Limit  int64  `json:"limit"`
	}
	valueWire struct {
		Question int64    `json:"question_id"`
		Single   int64    `json:"single_choice,omitempty"`
		Text     string   `json:"text,omitempty"`
		Multi    []int64  `json:"multi_choice,omitempty"`
		Files    []string `json:"fileid,omitempty"`
		URL      string   `json:"url,omitempty"`
		Card     *int64   `json:"itinerary_card_type,omitempty"`
		Risk     string   `json:"high_risk_area,omitempty"`
	}
	answerWire struct {
		Type    int64       `json:"id_type"` // 1, a member
		UserID  id.UserID   `json:"userid"`
		Student string      `json:"student_userid,omitempty"` // of schools, which are not built
		Parent  string      `json:"parent_userid,omitempty"`
		Time    int64       `json:"report_time"`
		Values  []valueWire `json:"report_values"`
	}
	answerResponse struct {
		Answers []answerWire `json:"answers"`
	}
)

// ofMembers is the type of a job and of an id: those of parents and students need schools.
const ofMembers = 1

func (s *Service) getHealthReportStat(ctx context.Context, tx *store.Tx, by access.Caller, req statRequest) (resp statResponse, err error) {
	if err := within(req.Date, tx.Now(), maxStatBack); err != nil {
		return resp, err
	}
	resp.Times, resp.Users, err = used(tx, by.CorpID, req.Date)
	return resp, err
}

// maxPage is how many jobs or answers one call returns (docs 93677, 93679).
const maxPage = 100

func bounds(offset, limit int64) (int64, int64, error) {
	switch {
	case offset < 0:
		return 0, 0, wire.ErrParameter.With("offset: 0 or more expected")
	case limit < 0 || limit > maxPage:
		return 0, 0, wire.ErrParameter.With("limit: 1 to %d expected", maxPage)
	case limit == 0:
		limit = maxPage
	}
	return offset, limit, nil
}

func (s *Service) getReportJobids(ctx context.Context, tx *store.Tx, by access.Caller, req pageRequest) (resp jobidsResponse, err error) {
	offset, limit, err := bounds(req.Offset, req.Limit)
	if err != nil {
		return resp, err
	}
	list, err := selectJobs(tx, `corpid = ? AND ended = 0 ORDER BY no LIMIT ? OFFSET ?`, by.CorpID, limit+1, offset)
	if resp.Ending = 1; int64(len(list)) > limit {
		list, resp.Ending = list[:limit], 0
	}
	for _, j := range list {
		resp.IDs = append(resp.IDs, j.ID)
	}
	return resp, err
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func (s *Service) getReportJobInfo(ctx context.Context, tx *store.Tx, by access.Caller, req jobRequest) (resp jobInfoResponse, err error) {
	j, err := s.job(tx, by.CorpID, req.ID)
	if err != nil {
		return resp, err
	}
	if err := within(req.Date, tx.Now(), maxAnswerBack); err != nil {
		return resp, err
	}
	info := jobInfo{Title: j.Title, Creator: j.Creator, Type: ofMembers, Range: rangeWire{j.Range.Members, j.Range.Departments}, ReportTo: usersWire{j.ReportTo}, ReportType: j.ReportType, SkipWeekend: flag(j.SkipWeekend)}
	if info.Finished, err = finished(tx, j, req.Date); err != nil {
		return resp, err
	}
	info.Questions = newQuestions(j)
	return jobInfoResponse{&info}, nil
}

func newQuestions(j Job) (out []questionWire) {
	for _, q := range j.Questions {
		one := questionWire{ID: q.ID, Title: q.Title, Type: q.Type, Required: flag(q.Required)}
		for i, o := range q.Options {
			one.Options = append(one.Options, optionWire{int64(i + 1), o})
		}
		out = append(out, one)
	}
	return out
}

// getReportAnswer leaves out members whom the caller does not see.
func (s *Service) getReportAnswer(ctx context.Context, tx *store.Tx, by access.Caller, req answerRequest) (resp answerResponse, err error) {
	j, err := s.job(tx, by.CorpID, req.ID)
	if err != nil {
		return resp, err
	}
	if err := within(req.Date, tx.Now(), maxAnswerBack); err != nil {
		return resp, err
	}
	offset, limit, err := bounds(req.Offset, req.Limit)
	if err != nil {
		return resp, err
	}
	list, err := selectAnswers(tx, j, req.Date, limit, offset)
	if err != nil {
		return resp, err
	}
	var users []string
	for _, a := range list {
		users = append(users, string(a.UserID))
	}
	seen, err := s.deps.Directory.VisibleMembers(tx, by, users)
	if err != nil {
		return resp, err
	}
	for _, a := range list {
		if !by.SeesAll() && seen[a.UserID.Key()] == 0 {
			continue
		}
		one := answerWire{Type: ofMembers, UserID: a.UserID, Time: a.At}
		for _, v := range a.Values {
			one.Values = append(one.Values, valueWire(v))
		}
		resp.Answers = append(resp.Answers, one)
	}
	return resp, nil
}
