package mcp

import (
	"cmp"
	"context"
	"time"

	"qiwei/internal/id"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/todo"
)

func (s *Service) todoTools() []tool {
	return []tool{
		reads("search_todo_userid", "根据姓名或别名搜索成员的 userid", s.searchUserID),
		writes("create_todo", "创建待办，可指定内容、参与人、截止时间和提醒方式", s.createTodo),
		writes("update_todo", "更新待办的内容、参与人、状态、截止时间或提醒方式，未传的字段保持不变", s.updateTodo),
		writes("delete_todo", "删除待办", s.deleteTodo),
		reads("get_todo_list", "获取指定成员的待办列表，时间条件须在当天前后 30 天内", s.getTodoList),
		reads("get_todo_detail", "批量获取待办详情", s.getTodoDetail),
		writes("change_todo_user_status", "更改参与人在待办中的状态", s.changeTodoUserStatus),
	}
}

type (
	followerRequest struct {
		UserID id.UserID    `json:"follower_id" must:"1" about:"参与人 userid"`
		Status *todo.Answer `json:"follower_status" only:"0,1,2" about:"0 拒绝，1 接受，2 已完成"`
	}
	followersRequest struct {
		Followers []followerRequest `json:"followers" must:"1"`
	}
	createTodoRequest struct {
		Content   string            `json:"content" must:"1" about:"待办内容"`
		Followers *followersRequest `json:"follower_list" must:"1" about:"参与人"`
		End       string            `json:"end_time" about:"截止时间，格式：YYYY-MM-DD HH:mm:ss；设置提醒时必填"`
		Reminds   []int64           `json:"remind_type_list" about:"相对截止时间的提醒：0 不提醒，1 到期时，3 提前 15 分钟，5 提前 1 小时，6 提前 2 小时，7 提前 1 天，8 提前 2 天，9 提前 1 周"`
	}
	createTodoResponse struct {
		ID string `json:"todo_id"`
	}
	todoIDRequest struct {
		ID string `json:"todo_id" must:"1" about:"待办 ID"`
	}
	updateTodoRequest struct {
		todoIDRequest
		Content   *string           `json:"content" about:"新的待办内容"`
		Followers *followersRequest `json:"follower_list" about:"新的参与人，全量替换；不改变参与人状态"`
		Status    *todo.Status      `json:"todo_status" only:"0,1" about:"0 已完成，1 进行中"`
		End       *string           `json:"end_time" about:"新的截止时间，格式：YYYY-MM-DD HH:mm:ss"`
		Reminds   *[]int64          `json:"remind_type_list" about:"新的提醒方式"`
	}
	none struct{}
)

func (f *followersRequest) list() (out []todo.Follower) {
	if f == nil {
		return nil
	}
	for _, one := range f.Followers {
		answer := todo.Accepted
		if one.Status != nil {
			answer = *one.Status
		}
		out = append(out, todo.Follower{UserID: one.UserID, Answer: answer})
	}
	return out
}

func (s *Service) createTodo(ctx context.Context, tx *store.Tx, a actor, req createTodoRequest) (createTodoResponse, error) {
	end, err := readTime("end_time", req.End)
	if err != nil {
		return createTodoResponse{}, err
	}
	t, err := s.deps.Todos.Create(ctx, tx, a.By, todo.Draft{Content: req.Content, End: end, Reminds: req.Reminds, Followers: req.Followers.list()})
	return createTodoResponse{t.ID}, err
}

func (s *Service) updateTodo(ctx context.Context, tx *store.Tx, a actor, req updateTodoRequest) (none, error) {
	u := todo.Update{Content: req.Content, Status: req.Status, Reminds: req.Reminds}
	if req.End != nil {
		end, err := readTime("end_time", *req.End)
		if err != nil {
			return none{}, err
		}
		u.End = &end
	}
	if req.Followers != nil {
		list := req.Followers.list()
		u.Followers = &list
	}
	_, err := s.deps.Todos.Change(ctx, tx, a.By, req.ID, u)
	return none{}, err
}

func (s *Service) deleteTodo(ctx context.Context, tx *store.Tx, a actor, req todoIDRequest) (none, error) {
	return none{}, s.deps.Todos.Delete(ctx, tx, a.By, req.ID)
}

type changeStatusRequest struct {
	todoIDRequest
	UserID id.UserID   `json:"follower_id" must:"1" about:"参与人 userid"`
	Status todo.Answer `json:"user_status" must:"1" only:"0,1,2" about:"0 拒绝，1 接受，2 已完成"`
}

func (s *Service) changeTodoUserStatus(ctx context.Context, tx *store.Tx, a actor, req changeStatusRequest) (none, error) {
	return none{}, s.deps.Todos.Answer(tx, a.By, req.ID, req.UserID, req.Status)
}

type (
	getTodoListRequest struct {
		UserID        id.UserID    `json:"follower_id" must:"1" about:"要查询的成员 userid"`
		CreateBegin   string       `json:"create_begin_time" about:"创建开始时间"`
		CreateEnd     string       `json:"create_end_time" about:"创建结束时间"`
		RemindBegin   string       `json:"remind_begin_time" about:"提醒开始时间"`
		RemindEnd     string       `json:"remind_end_time" about:"提醒结束时间"`
		DeadlineBegin string       `json:"deadline_begin_time" about:"截止开始时间"`
		DeadlineEnd   string       `json:"deadline_end_time" about:"截止结束时间"`
		Status        *todo.Status `json:"todo_status" only:"0,1" about:"0 已完成，1 进行中"`
		Limit         int64        `json:"limit" about:"最大返回数量，默认 10，最大 20"`
		Cursor        string       `json:"cursor" most:"256" about:"分页游标"`
	}
	todoLine struct {
		ID      string      `json:"todo_id"`
		Status  todo.Status `json:"todo_status"`
		Content string      `json:"content"`
		Answer  todo.Answer `json:"user_status"`
		Creator id.UserID   `json:"creator_id"`
		End     string      `json:"end_time"`
		Created string      `json:"create_time"`
		Updated string      `json:"update_time"`
	}
	getTodoListResponse struct {
		List   []todoLine `json:"index_list"`
		More   bool       `json:"has_more"`
		Cursor string     `json:"next_cursor"`
	}
)

const (
	usualTodos = 10
	mostTodos  = 20
	// nearDays is how many days before and behind today to-dos and schedules are listed.
	nearDays = 30
)

// near refuses times that are more than thirty days from today.
func near(tx *store.Tx, field string, at int64) error {
	today := tx.Now().In(china)
	day := time.Date(today.Year(), today.Month(), today.Day(), 0, 0, 0, 0, china)
	if at != 0 && (at < day.AddDate(0, 0, -nearDays).Unix() || at >= day.AddDate(0, 0, nearDays+1).Unix()) {
		return errParameter.With("%s: a time within %d days of today expected", field, nearDays)
	}
	return nil
}

func (s *Service) getTodoList(ctx context.Context, tx *store.Tx, a actor, req getTodoListRequest) (resp getTodoListResponse, err error) {
	q := todo.Search{Of: req.UserID, Status: req.Status, Limit: int(cmp.Or(req.Limit, usualTodos))}
	if q.Limit < 1 || q.Limit > mostTodos {
		return resp, errParameter.With("limit: 1 to %d expected", mostTodos)
	}
	for _, f := range []struct {
		field, text string
		into        *int64
	}{
		{"create_begin_time", req.CreateBegin, &q.Created.From}, {"create_end_time", req.CreateEnd, &q.Created.To},
		{"remind_begin_time", req.RemindBegin, &q.Remind.From}, {"remind_end_time", req.RemindEnd, &q.Remind.To},
		{"deadline_begin_time", req.DeadlineBegin, &q.Deadline.From}, {"deadline_end_time", req.DeadlineEnd, &q.Deadline.To},
	} {
		if *f.into, err = readTime(f.field, f.text); err != nil {
			return resp, err
		}
		if err := near(tx, f.field, *f.into); err != nil {
			return resp, err
		}
	}
	if empty := (todo.Span{}); q.Created == empty && q.Remind == empty && q.Deadline == empty {
		now := tx.Now()
		q.Created = todo.Span{From: now.AddDate(0, 0, -nearDays).Unix(), To: now.AddDate(0, 0, nearDays).Unix()}
	}
	if q.Before, err = s.openCursor(req.Cursor); err != nil {
		return resp, err
	}
	list, more, err := s.deps.Todos.Find(tx, a.By.CorpID, a.Member.UserID, q)
	for _, t := range list {
		resp.List = append(resp.List, todoLine{t.ID, t.Status, t.Content, t.AnswerOf(req.UserID), t.Creator, showTime(t.End), showTime(t.Created), showTime(t.Updated)})
	}
	if resp.More = more; more {
		resp.Cursor = s.cursor(list[len(list)-1].No)
	}
	return resp, err
}

// cursor seals where a page ends, so that no program reads or makes one.
func (s *Service) cursor(no int64) string { return s.deps.Box.Number(seal.MCPCursor, no) }

func (s *Service) openCursor(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	no, err := s.deps.Box.OpenNumber(seal.MCPCursor, text)
	if err != nil {
		return 0, errParameter.With("cursor: the next_cursor of an answer expected")
	}
	return no, nil
}

type (
	todoIDsRequest struct {
		IDs []string `json:"todo_id_list" must:"1" most:"20" about:"待办 ID 列表，1 至 20 个"`
	}
	followerAnswer struct {
		UserID  id.UserID   `json:"follower_id"`
		Name    string      `json:"name"`
		Status  todo.Answer `json:"follower_status"`
		Updated string      `json:"update_time"`
	}
	followersAnswer struct {
		List []followerAnswer `json:"followers"`
	}
	todoDetail struct {
		ID        string          `json:"todo_id"`
		Status    todo.Status     `json:"todo_status"`
		Content   string          `json:"content"`
		Followers followersAnswer `json:"follower_list"`
		Creator   id.UserID       `json:"creator_id"`
		Answer    todo.Answer     `json:"user_status"`
		End       string          `json:"end_time"`
		Reminds   []int64         `json:"remind_type_list"`
		Created   string          `json:"create_time"`
		Updated   string          `json:"update_time"`
	}
	getTodoDetailResponse struct {
		List []todoDetail `json:"data_list"`
	}
)

func (s *Service) getTodoDetail(ctx context.Context, tx *store.Tx, a actor, req todoIDsRequest) (resp getTodoDetailResponse, err error) {
	list, err := s.deps.Todos.Details(tx, a.By, req.IDs)
	if err != nil {
		return resp, err
	}
	var users []id.UserID
	for _, t := range list {
		for _, f := range t.Followers {
			users = append(users, f.UserID)
		}
	}
	names, err := s.deps.Directory.NamesOf(tx, a.By.CorpID, users)
	for _, t := range list {
		d := todoDetail{
			ID: t.ID, Status: t.Status, Content: t.Content, Creator: t.Creator, Answer: t.AnswerOf(a.Member.UserID), End: showTime(t.End), Reminds: t.Reminds,
			Created: showTime(t.Created), Updated: showTime(t.Updated),
		}
		for _, f := range t.Followers {
			d.Followers.List = append(d.Followers.List, followerAnswer{f.UserID, names[f.UserID.Key()], f.Answer, showTime(f.Updated)})
		}
		resp.List = append(resp.List, d)
	}
	return resp, err
}
