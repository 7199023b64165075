package approval

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/form"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// The older call for approvals (doc 91530).

type getApprovalDataRequest struct {
	wire.Body
	Start int64 `json:"starttime"` // Unix seconds
	End   int64 `json:"endtime"`
	Next  int64 `json:"next_spnum"`
}

type (
	getApprovalDataResponse struct {
		Count int64     `json:"count"`
		Total int64     `json:"total"`
		Next  int64     `json:"next_spnum"`
		Data  []oldCase `json:"data"`
	}
	oldCase struct {
		Name     string      `json:"spname"`
		Applier  string      `json:"apply_name"`
		Org      string      `json:"apply_org"`
		Deciders []string    `json:"approval_name"`
		Notified []string    `json:"notify_name"`
		Status   int64       `json:"sp_status"`
		Number   int64       `json:"sp_num"`
		Media    []string    `json:"mediaids"`
		At       int64       `json:"apply_time"`
		UserID   id.UserID   `json:"apply_user_id"`
		Expense  *oldExpense `json:"expense"`
		Leave    *oldLeave   `json:"leave"`
		Comm     oldData     `json:"comm"`
	}
	oldData struct {
		Data string `json:"apply_data"` // JSON
	}
	oldLeave struct {
		Unit     int64  `json:"timeunit"`   // 0 half a day, 1 an hour
		Type     int64  `json:"leave_type"` // 1 to 8
		Start    int64  `json:"start_time"`
		End      int64  `json:"end_time"`
		Duration int64  `json:"duration"` // hours
		Reason   string `json:"reason"`
	}
	// oldExpense is of the platform's own template for expenses. Item is of approvals from before it could be
	// changed; there are none here.
	oldExpense struct {
		Type   int64     `json:"expense_type"` // 1 to 4
		Reason string    `json:"reason"`
		Item   []oldItem `json:"item"`
	}
	oldItem struct {
		Type   int64  `json:"expenseitem_type"`
		Time   int64  `json:"time"`
		Sums   int64  `json:"sums"`
		Reason string `json:"reason"`
	}
)

// oldSpan is the longest time span (doc 91530).
const oldSpan = 30 * 24 * time.Hour

// otherLeave is the number of a kind of leave that the older call does not know.
const otherLeave = 8

func (s *Service) getApprovalData(ctx context.Context, tx *store.Tx, by access.Caller, req getApprovalDataRequest) (resp getApprovalDataResponse, err error) {
	switch {
	case req.Start <= 0 || req.End <= req.Start:
		return resp, ErrParameter.With("starttime and endtime: Unix seconds expected, the latter being after the former")
	case req.End-req.Start > int64(oldSpan/time.Second):
		return resp, ErrParameter.With("starttime to endtime: at most 30 days")
	}
	q := Query{From: req.Start, To: req.End}
	where, args := q.where(by)
	where, args = where+` AND status <> ?`, append(args, int64(Deleted))
	if resp.Total, err = tx.Count(`SELECT count(*) FROM approval_case WHERE `+where, args...); err != nil {
		return resp, err
	}
	if req.Next != 0 {
		found, err := tx.Get(`SELECT applied_at, no FROM approval_case WHERE corpid = ? AND sp_no = ?`, []any{by.CorpID, strconv.FormatInt(req.Next, 10)}, &q.After.At, &q.After.No)
		if err != nil || !found {
			return resp, ErrParameter.With("next_spnum: there is no approval %d", req.Next)
		}
		where, args = q.where(by)
		where, args = where+` AND status <> ?`, append(args, int64(Deleted))
	}
	list, err := selectCases(tx, where+` ORDER BY applied_at, no LIMIT ?`, append(args, maxPage)...)
	if err != nil {
		return resp, err
	}
	resp.Next = req.Next
	for _, c := range list {
		o, err := s.old(ctx, tx, by, c)
		if err != nil {
			return resp, err
		}
		resp.Next = o.Number
		if seen, err := s.seesApplicant(tx, by, c); err != nil {
			return resp, err
		} else if seen {
			resp.Data = append(resp.Data, o)
		}
	}
	resp.Count = int64(len(resp.Data))
	return resp, nil
}

func (s *Service) seesApplicant(tx *store.Tx, by access.Caller, c *Case) (bool, error) {
	if by.SeesAll() {
		return true, nil
	}
	seen, err := s.deps.Directory.VisibleMembers(tx, by, []string{string(c.Creator)})
	return len(seen) > 0, err
}

// old writes an approval as the older call has it.
func (s *Service) old(ctx context.Context, tx *store.Tx, by access.Caller, c *Case) (o oldCase, err error) {
	o = oldCase{Name: c.Name(), Status: int64(c.Status), At: c.At, UserID: c.Creator}
	o.Number, _ = strconv.ParseInt(c.SpNo, 10, 64)
	m, err := s.person(ctx, tx, by.CorpID, c.Creator)
	if err != nil {
		return o, err
	}
	o.Applier = m.Name
	names, err := s.deps.Directory.DepartmentNames(tx, by.CorpID, []int64{c.Department})
	if err != nil {
		return o, err
	}
	o.Org = names[c.Department]
	for into, kind := range map[*[]string]int64{&o.Deciders: Approve, &o.Notified: Notify} {
		for _, u := range users(c.Nodes, kind) {
			m, err := s.person(ctx, tx, by.CorpID, u)
			if err != nil {
				return o, err
			}
			*into = append(*into, m.Name)
		}
	}
	var data []oldControl
	reason := ""
	for _, v := range c.Contents {
		if v.Hidden == 1 || v.Control == form.Tips {
			continue
		}
		data = append(data, oldControlOf(v))
		if reason == "" && v.Value.Text != nil {
			reason = *v.Value.Text
		}
	}
	form.Each(c.Contents, func(v *form.Content) {
		for _, f := range v.Value.Files {
			o.Media = append(o.Media, f.ID)
		}
	})
	text, err := json.Marshal(data)
	o.Comm.Data = string(text)
	o.Leave = oldLeaveOf(c, reason)
	if c.Name() == "报销" {
		o.Expense = &oldExpense{Type: expenseType(c), Reason: reason}
	}
	return o, err
}

// expenseType numbers what was chosen in the platform's template for expenses: 4 is another one.
func expenseType(c *Case) int64 {
	for _, v := range c.Contents {
		if v.Value.Selector != nil && len(v.Value.Selector.Options) > 0 {
			if i := slices.Index([]string{"差旅费", "交通费", "招待费"}, form.First(v.Value.Selector.Options[0].Value)); i >= 0 {
				return int64(i) + 1
			}
		}
	}
	return 4
}

func oldLeaveOf(c *Case, reason string) *oldLeave {
	i := slices.IndexFunc(c.Contents, func(v form.Content) bool { return v.Value.Vacation != nil })
	if i < 0 {
		return nil
	}
	v := c.Contents[i].Value.Vacation
	r := v.Attendance.DateRange
	out := &oldLeave{Start: r.Begin, End: r.End, Duration: r.Duration / 3600, Reason: reason, Type: otherLeave}
	if r.Type == "hour" {
		out.Unit = 1
	}
	if n, err := strconv.ParseInt(v.Selector.Options[0].Key, 10, 64); err == nil && n < otherLeave {
		out.Type = n
	}
	return out
}

// oldControl is a control in the newer form of the older call's apply_data (doc 91530).
type oldControl struct {
	ID    string `json:"id"`
	Type  string `json:"type"`
	Value any    `json:"value"`
	Title string `json:"title"`
}

// oldTypes are the names that the older call has for kinds of control.
var oldTypes = map[string]string{
	form.TextLine: "text", form.TextArea: "textarea", form.Number: "number", form.Money: "price", form.File: "file", form.Table: "list",
	form.Contact: "contact", form.DateRange: "daterange", form.Location: "location", form.Formula: "formula",
}

// oldControlOf writes what was filled in; only tables, files and choices are no texts.
func oldControlOf(c form.Content) oldControl {
	o := oldControl{ID: c.ID, Type: oldTypes[c.Control], Title: form.First(c.Title), Value: ""}
	if o.Type == "" {
		o.Type = strings.ToLower(c.Control)
	}
	switch v := c.Value; {
	case v.Text != nil:
		o.Value = *v.Text
	case v.NewNumber != nil:
		o.Value = *v.NewNumber
	case v.NewMoney != nil:
		o.Value = *v.NewMoney
	case v.Date != nil:
		if o.Value = v.Date.Timestamp + "000"; v.Date.Type == "hour" { // milliseconds, as in the page's sample
			o.Type = "datehour"
		}
	case v.Selector != nil:
		var chosen []string
		for _, t := range v.Selector.Options {
			chosen = append(chosen, form.First(t.Value))
		}
		if o.Type, o.Value = "select", strings.Join(chosen, ","); v.Selector.Type == "multi" {
			o.Type, o.Value = "checkbox", chosen
		}
	case v.Formula != nil:
		o.Value = v.Formula.Value
	case len(v.Files) > 0:
		ids := []string{}
		for _, f := range v.Files {
			ids = append(ids, f.ID)
		}
		o.Value = ids
	case len(v.Members) > 0:
		var list []string
		for _, m := range v.Members {
			list = append(list, m.Name)
		}
		o.Value = strings.Join(list, ",")
	case len(v.Departments) > 0:
		var list []string
		for _, d := range v.Departments {
			list = append(list, d.Name)
		}
		o.Value = strings.Join(list, ",")
	case len(v.Children) > 0:
		rows := [][]oldControl{}
		for _, r := range v.Children {
			var row []oldControl
			for _, child := range r.List {
				row = append(row, oldControlOf(child))
			}
			rows = append(rows, row)
		}
		o.Value = rows
	}
	return o
}
