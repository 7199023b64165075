package console

import (
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/todo"
	"qiwei/internal/wire"
)

// To-dos (待办) of all members: what is to be done until when, who does it, and how far it is.

func (s *Service) todoCalls() []call {
	return []call{
		{pattern: "GET /console/api/todos", right: readCorp, handle: s.listTodos},
		{pattern: "GET /console/api/todos/{todo}", right: readCorp, handle: s.getTodo},
		{pattern: "PUT /console/api/todos/{todo}/status", right: editCorp, handle: s.settleTodo},
	}
}

type todoFollower struct {
	person
	Answer  todo.Answer `json:"status"`
	Updated int64       `json:"updated_at"`
}

type todoLine struct {
	No        int64          `json:"no"`
	ID        string         `json:"todo_id"`
	Content   string         `json:"content"`
	Status    todo.Status    `json:"status"`
	Overdue   bool           `json:"overdue"`
	Creator   person         `json:"creator"`
	End       int64          `json:"end_time"` // Unix seconds; 0 for none
	Created   int64          `json:"created_at"`
	Updated   int64          `json:"updated_at"`
	Reminds   []int64        `json:"remind_types"`
	NextAt    int64          `json:"remind_at"` // Unix seconds of the next reminder; 0 for none
	Followers []todoFollower `json:"followers"`
}

func (v *visit) todoLines(tx *store.Tx, list []todo.Todo) ([]todoLine, error) {
	var users []id.UserID
	for _, t := range list {
		users = append(users, t.Creator)
		for _, f := range t.Followers {
			users = append(users, f.UserID)
		}
	}
	names, err := v.called(tx, users)
	out, now := []todoLine{}, tx.Now().Unix()
	for _, t := range list {
		line := todoLine{No: t.No, ID: t.ID, Content: t.Content, Status: t.Status, Overdue: t.Overdue(now), Creator: names[t.Creator], End: t.End, Created: t.Created, Updated: t.Updated,
			Reminds: append([]int64{}, t.Reminds...), NextAt: t.NextReminder(), Followers: []todoFollower{}}
		for _, f := range t.Followers {
			line.Followers = append(line.Followers, todoFollower{names[f.UserID], f.Answer, f.Updated})
		}
		out = append(out, line)
	}
	return out, err
}

var (
	todoStates = map[string]todo.Status{"open": todo.Open, "done": todo.Done, "deleted": todo.Deleted}
	todoRoles  = map[string]todo.Role{"": todo.Anyhow, "made": todo.Made, "follows": todo.TakesPart}
)

func (v *visit) todoListing() (q todo.Listing, err error) {
	if q.Before, q.Size, err = v.before(); err != nil {
		return q, err
	}
	for name, into := range map[string]*int64{"from": &q.Created.From, "to": &q.Created.To} {
		if *into, err = v.number(name); err != nil {
			return q, err
		}
	}
	switch state := v.query("status"); state {
	case "":
	case "overdue":
		q.Overdue = true
	default:
		status, ok := todoStates[state]
		if !ok {
			return q, wire.ErrParameter.With("status: open, overdue, done or deleted expected")
		}
		q.Status = &status
	}
	var ok bool
	if q.Role, ok = todoRoles[v.query("role")]; !ok {
		return q, wire.ErrParameter.With("role: made or follows expected")
	}
	q.Member = id.UserID(v.query("userid"))
	return q, nil
}

func (s *Service) listTodos(v *visit) (any, error) {
	q, err := v.todoListing()
	if err != nil {
		return nil, err
	}
	var out struct {
		Todos []todoLine `json:"todos"`
		More  bool       `json:"more"`
	}
	return &out, v.look(func(tx *store.Tx) error {
		list, err := s.deps.Todos.List(tx, v.corpID, q)
		if err != nil {
			return err
		}
		out.More = int64(len(list)) == q.Size
		out.Todos, err = v.todoLines(tx, list)
		return err
	})
}

func (s *Service) getTodo(v *visit) (any, error) {
	var out []todoLine
	err := v.look(func(tx *store.Tx) error {
		t, err := s.deps.Todos.Get(tx, v.corpID, v.r.PathValue("todo"))
		if err != nil {
			return gone(err, todo.ErrParameter)
		}
		out, err = v.todoLines(tx, []todo.Todo{t})
		return err
	})
	if err != nil {
		return nil, err
	}
	return out[0], nil
}

// settleTodo ends a to-do, takes it up again, or deletes it.
func (s *Service) settleTodo(v *visit) (any, error) {
	var req struct {
		Status *todo.Status `json:"status"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	if req.Status == nil {
		return nil, wire.ErrParameter.With("status: 0, 1 or 2 expected")
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		t, err := s.deps.Todos.Get(tx, v.corpID, v.r.PathValue("todo"))
		if err != nil {
			return done{}, gone(err, todo.ErrParameter)
		}
		err = s.deps.Todos.SettleAsAdmin(v.ctx(), tx, v.corpID, t.ID, *req.Status)
		return done{"todo.status", t.Content, map[string]any{"todo_id": t.ID, "status": int64(*req.Status)}}, err
	})
}
