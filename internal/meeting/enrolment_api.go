package meeting

import (
	"context"
	"slices"
	"strconv"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) enrolmentEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		advanced("enroll/set_config", 98797, wire.Write(s.setConfig)),
		advanced("enroll/get_config", 98800, wire.Read(s.getConfig)),
		advanced("enroll/query_by_tmp_openid", 98794, wire.Read(s.queryByTmpOpenid)),
		advanced("enroll/list", 98810, wire.Read(s.enrollList)),
		advanced("enroll/approve", 98807, wire.Write(s.enrollApprove)),
		advanced("enroll/import", 98816, wire.Write(s.enrollImport)),
		advanced("enroll/delete", 98817, wire.Write(s.enrollDelete)),
	}
}

type (
	option struct {
		Content string `json:"content"`
	}
	questionWire struct {
		Required int64    `json:"is_required"` // 1 no, 2 yes
		Type     int64    `json:"question_type"`
		Title    string   `json:"question_title"`
		Special  int64    `json:"special_type"`
		Options  []option `json:"option_list"`
	}
	setConfigRequest struct {
		ID        string          `json:"meetingid"`
		Approve   *int64          `json:"approve_type"`        // 1 at once, 2 by somebody
		Collect   *int64          `json:"is_collect_question"` // 1 no, 2 yes
		StaffFree *bool           `json:"no_registration_needed_for_staff"`
		Questions *[]questionWire `json:"question_list"`
	}
	setConfigResponse struct {
		Questions int64 `json:"question_count"`
	}
	getConfigResponse struct {
		Approve   int64          `json:"approve_type"`
		Collect   int64          `json:"is_collect_question"`
		StaffFree bool           `json:"no_registration_needed_for_staff"`
		Questions []questionWire `json:"question_list"`
	}
)

// yes is what 2 means in these calls, where 1 is no.
const yes = 2

func oneOrTwo(is bool) int64 { return 1 + flag(is) }

// setTwo sets a flag from a number that is 1 or 2.
func setTwo(to *bool, n *int64, field string) error {
	if n == nil {
		return nil
	}
	if *n != 1 && *n != yes {
		return errParameter.With("%s: 1 or 2 expected", field)
	}
	*to = *n == yes
	return nil
}

func (s *Service) setConfig(ctx context.Context, tx *store.Tx, by access.Caller, req setConfigRequest) (resp setConfigResponse, err error) {
	m, err := s.toChange(tx, by, req.ID)
	if err != nil {
		return resp, err
	}
	e := m.Enrolment
	e.Questions = slices.Clone(e.Questions)
	if err := setTwo(&e.Manual, req.Approve, "approve_type"); err != nil {
		return resp, err
	}
	if err := setTwo(&e.Collect, req.Collect, "is_collect_question"); err != nil {
		return resp, err
	}
	if req.StaffFree != nil {
		e.StaffFree = *req.StaffFree
	}
	if req.Questions != nil {
		e.Questions = nil
		for _, q := range *req.Questions {
			one := Question{Required: q.Required == yes, Type: q.Type, Title: q.Title, Special: max(q.Special, ordinary)}
			for _, o := range q.Options {
				one.Options = append(one.Options, o.Content)
			}
			e.Questions = append(e.Questions, one)
		}
	}
	m, err = s.SetEnrolment(tx, m, e)
	return setConfigResponse{int64(len(m.Enrolment.Questions))}, err
}

func (s *Service) getConfig(ctx context.Context, tx *store.Tx, by access.Caller, req meetingRequest) (resp getConfigResponse, err error) {
	m, err := s.Ours(tx, by, req.ID)
	if err == nil && !m.Settings.Enrol {
		err = errNoEnrolment
	}
	if err != nil {
		return resp, err
	}
	e := m.Enrolment
	resp = getConfigResponse{Approve: oneOrTwo(e.Manual), Collect: oneOrTwo(e.Collect), StaffFree: e.StaffFree}
	for _, q := range e.Questions {
		one := questionWire{Required: oneOrTwo(q.Required), Type: q.Type, Title: q.Title, Special: q.Special}
		for _, o := range q.Options {
			one.Options = append(one.Options, option{o})
		}
		resp.Questions = append(resp.Questions, one)
	}
	return resp, nil
}

type (
	queryRequest struct {
		ID      string   `json:"meetingid"`
		Sorting int64    `json:"sorting_rules"` // 1 imported ones first, 2 those by themselves
		OpenIDs []string `json:"tmp_openid_list"`
	}
	queried struct {
		OpenID string `json:"tmp_openid"`
		ID     string `json:"enroll_id"`
	}
	queryResponse struct {
		List []queried `json:"enroll_id_list,omitempty"`
	}
)

func (s *Service) queryByTmpOpenid(ctx context.Context, tx *store.Tx, by access.Caller, req queryRequest) (resp queryResponse, err error) {
	switch n := len(req.OpenIDs); {
	case n == 0:
		return resp, wire.ErrEmpty.With("tmp_openid_list is empty")
	case n > maxOpenIDs:
		return resp, errParameter.With("tmp_openid_list: at most %d expected, %d given", maxOpenIDs, n)
	case req.Sorting < 0 || req.Sorting > 2:
		return resp, errParameter.With("sorting_rules: 1 or 2 expected")
	}
	m, err := s.Ours(tx, by, req.ID)
	if err != nil {
		return resp, err
	}
	all, err := selectEnrolled(tx, `meeting = ? AND person > 0 ORDER BY no`, m.No)
	if err != nil {
		return resp, err
	}
	people, err := persons(tx, m)
	if err != nil {
		return resp, err
	}
	first := int64(byImport)
	if req.Sorting == 2 {
		first = bySelf
	}
	of := map[string]Enrolled{}
	for _, e := range all {
		openID := people[e.Person].OpenID
		if had, found := of[openID]; !found || had.Source != first && e.Source == first {
			of[openID] = e
		}
	}
	for _, openID := range req.OpenIDs {
		if e, found := of[openID]; found {
			resp.List = append(resp.List, queried{openID, e.ID})
		}
	}
	return resp, nil
}

type (
	enrollListRequest struct {
		ID     string   `json:"meetingid"`
		Status Approval `json:"status"`
		Cursor string   `json:"cursor"`
		Limit  int64    `json:"limit"`
	}
	answerWire struct {
		Content  []string `json:"answer_content"`
		Required int64    `json:"is_required"`
		Number   int64    `json:"question_num"`
		Title    string   `json:"question_title"`
		Type     int64    `json:"question_type"`
		Special  int64    `json:"special_type"`
	}
	enrolledWire struct {
		ID       string       `json:"enroll_id"`
		Time     string       `json:"enroll_time"`
		Source   int64        `json:"enroll_source_type"`
		Nickname string       `json:"nick_name"`
		Status   Approval     `json:"status"`
		UserID   id.UserID    `json:"userid"`
		OpenID   string       `json:"tmp_openid"`
		Code     string       `json:"enroll_code"`
		Answers  []answerWire `json:"answer_list"`
	}
	enrollListResponse struct {
		More bool           `json:"has_more"`
		Next string         `json:"next_cursor"`
		List []enrolledWire `json:"enroll_list"`
	}
)

// maxEnrolled is how many enrolments one answer has (doc 98810).
const maxEnrolled = 50

func (s *Service) enrollList(ctx context.Context, tx *store.Tx, by access.Caller, req enrollListRequest) (resp enrollListResponse, err error) {
	m, err := s.Ours(tx, by, req.ID)
	switch {
	case err != nil:
		return resp, err
	case req.Status < 0 || req.Status > approved:
		return resp, errParameter.With("status: 0 to 3 expected")
	case req.Limit < 0 || req.Limit > maxEnrolled:
		return resp, errParameter.With("limit: 1 to %d expected", maxEnrolled)
	}
	if req.Limit == 0 {
		req.Limit = maxEnrolled
	}
	of := []string{m.ID, strconv.FormatInt(int64(req.Status), 10), strconv.FormatInt(req.Limit, 10)}
	cursor := wire.Cursor[int64]{Box: s.deps.Box, Path: "meeting/enroll/list"}
	after, err := cursor.Open(by, req.Cursor, of...)
	if err != nil {
		return resp, err
	}
	list, err := selectEnrolled(tx, `meeting = ? AND no > ? AND (? = 0 OR status = ?) ORDER BY no LIMIT ?`, m.No, after, int64(req.Status), int64(req.Status), req.Limit+1)
	if err != nil {
		return resp, err
	}
	if int64(len(list)) > req.Limit {
		list = list[:req.Limit]
		resp.More, resp.Next = true, cursor.Next(by, list[req.Limit-1].No, of...)
	}
	people, err := persons(tx, m)
	for _, e := range list {
		p := people[e.Person]
		one := enrolledWire{ID: e.ID, Time: time.Unix(e.At, 0).In(china).Format("2006/01/02 15:04"), Source: e.Source, Nickname: e.Nickname, Status: e.Status, UserID: p.UserID, OpenID: p.OpenID, Code: e.Code}
		for _, a := range e.Answers {
			one.Answers = append(one.Answers, answerWire{a.Content, oneOrTwo(a.Question.Required), a.Number, a.Question.Title, a.Question.Type, a.Question.Special})
		}
		resp.List = append(resp.List, one)
	}
	return resp, err
}

type (
	enrollApproveRequest struct {
		ID     string   `json:"meetingid"`
		Action Approval `json:"action"`
		IDs    []string `json:"enroll_id_list"`
	}
	enrollApproveResponse struct {
		Handled int64 `json:"handled_count"`
	}
)

func (s *Service) enrollApprove(ctx context.Context, tx *store.Tx, by access.Caller, req enrollApproveRequest) (resp enrollApproveResponse, err error) {
	m, err := s.toChange(tx, by, req.ID)
	switch {
	case err != nil:
		return resp, err
	case req.Action < asked || req.Action > approved:
		return resp, errParameter.With("action: 1, 2 or 3 expected")
	}
	err = eachEnrolled(tx, m, req.IDs, func(e Enrolled) error {
		resp.Handled++
		_, err := tx.Exec(`UPDATE meeting_enrolment SET status = ? WHERE no = ? AND corpid = ?`, int64(req.Action), e.No, m.CorpID)
		return err
	})
	return resp, err
}

// eachEnrolled calls fn for the enrolments with the ids. It answers ErrEnrolment for one that the meeting has not.
func eachEnrolled(tx *store.Tx, m Meeting, ids []string, fn func(Enrolled) error) error {
	switch n := len(ids); {
	case n == 0:
		return wire.ErrEmpty.With("enroll_id_list is empty")
	case n > maxImported:
		return errParameter.With("enroll_id_list: at most %d expected, %d given", maxImported, n)
	}
	for i, enrollID := range ids {
		list, err := selectEnrolled(tx, `meeting = ? AND enroll_id = ?`, m.No, enrollID)
		if err == nil && len(list) == 0 {
			err = ErrEnrolment.With("enroll_id_list[%d]: the meeting has no enrolment %.64q", i, enrollID)
		}
		if err == nil {
			err = fn(list[0])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

type (
	importedWire struct {
		UserID   id.UserID `json:"userid"`
		Area     string    `json:"area"`
		Phone    string    `json:"phone_number"`
		Nickname string    `json:"nick_name"`
	}
	enrollImportRequest struct {
		ID   string         `json:"meetingid"`
		List []importedWire `json:"enroll_list"`
	}
	importedAnswer struct {
		ID string `json:"enroll_id"`
		importedWire
		Code string `json:"enroll_code"`
	}
	enrollImportResponse struct {
		Total int64            `json:"total_count"`
		List  []importedAnswer `json:"enroll_list"`
	}
)

func (s *Service) enrollImport(ctx context.Context, tx *store.Tx, by access.Caller, req enrollImportRequest) (resp enrollImportResponse, err error) {
	if len(req.List) == 0 {
		return resp, wire.ErrEmpty.With("enroll_list is empty")
	}
	m, err := s.toChange(tx, by, req.ID)
	if err != nil {
		return resp, err
	}
	list := make([]Wanted, len(req.List))
	for i, w := range req.List {
		list[i] = Wanted(w)
	}
	made, people, err := s.Import(ctx, tx, by, m, list)
	for i, e := range made {
		w := people[i]
		resp.List = append(resp.List, importedAnswer{e.ID, importedWire{w.UserID, w.Area, w.Phone, e.Nickname}, e.Code})
	}
	resp.Total = int64(len(made))
	return resp, err
}

type (
	enrollID struct {
		ID string `json:"enroll_id"`
	}
	enrollDeleteRequest struct {
		ID  string     `json:"meetingid"`
		IDs []enrollID `json:"enroll_id_list"`
	}
	enrollDeleteResponse struct {
		Total int64 `json:"total_count"`
	}
)

func (s *Service) enrollDelete(ctx context.Context, tx *store.Tx, by access.Caller, req enrollDeleteRequest) (resp enrollDeleteResponse, err error) {
	m, err := s.toChange(tx, by, req.ID)
	if err != nil {
		return resp, err
	}
	ids := make([]string, len(req.IDs))
	for i, e := range req.IDs {
		ids[i] = e.ID
	}
	err = eachEnrolled(tx, m, ids, func(e Enrolled) error {
		resp.Total++
		_, err := tx.Exec(`DELETE FROM meeting_enrolment WHERE no = ? AND corpid = ?`, e.No, m.CorpID)
		return err
	})
	return resp, err
}
