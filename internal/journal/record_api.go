package journal

import (
	"context"
	"strconv"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/form"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Limits of a list (doc 93393).
const (
	maxSpan = 31 * 24 * time.Hour // "a month"
	maxPage = 100
)

// endpoint returns a call of the application for reports: its own secret makes it, and self-built applications
// that are listed for it (doc 93496).
func endpoint(name string, doc int, h wire.Handler) wire.Endpoint {
	return wire.Endpoint{
		Method: "POST", Path: "/cgi-bin/oa/journal/" + name, Doc: doc, Family: access.Journal, Handle: h,
		Allow: access.Allow{access.Journal: access.InRange, access.SelfBuilt: access.Listed}, Limit: wire.Limit{PerCorp: 600, Every: time.Minute},
	}
}

func (s *Service) recordEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		endpoint("get_record_list", 93393, wire.Read(s.getRecordList)),
		endpoint("get_record_detail", 93394, wire.Direct(s.getRecordDetail)),
		endpoint("download_wedrive_file", 98021, wire.Read(s.downloadDriveFile)),
	}
}

type filter struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

type getRecordListRequest struct {
	wire.Body
	Start   int64    `json:"starttime"` // Unix seconds
	End     int64    `json:"endtime"`
	Cursor  int64    `json:"cursor"`
	Limit   int64    `json:"limit"`
	Filters []filter `json:"filters"`
}

type getRecordListResponse struct {
	List []string `json:"journaluuid_list"`
	Next int64    `json:"next_cursor"`
	End  int64    `json:"endflag"` // 1: there are no more
}

// condition returns what a request asks for.
func (req getRecordListRequest) condition(corpID string) (where string, args []any, err error) {
	for _, f := range []string{"starttime", "endtime", "cursor", "limit", "filters"} {
		if req.Wrong(f) {
			return "", nil, ErrParameter.With("%s: a value of another type expected", f)
		}
	}
	switch {
	case req.Start <= 0 || req.End <= req.Start:
		return "", nil, ErrParameter.With("starttime and endtime: Unix seconds expected, the latter being after the former")
	case req.End-req.Start > int64(maxSpan/time.Second):
		return "", nil, ErrParameter.With("starttime to endtime: at most a month")
	case req.Limit < 1 || req.Limit > maxPage:
		return "", nil, ErrParameter.With("limit: 1 to %d expected", maxPage)
	}
	where, args = `corpid = ? AND report_at BETWEEN ? AND ?`, []any{corpID, req.Start, req.End}
	for i, f := range req.Filters {
		if f.Value == "" || len(f.Value) > 256 {
			return "", nil, ErrParameter.With("filters[%d].value: 1 to 256 bytes expected", i)
		}
		var value any = f.Value
		column := map[string]string{"creator": "submitter", "department": "department", "template_id": "template_id"}[f.Key]
		switch f.Key {
		case "creator":
			value = id.UserID(f.Value).Key()
		case "department":
			if value, err = strconv.ParseInt(f.Value, 10, 64); err != nil {
				return "", nil, ErrParameter.With("filters[%d].value: a number expected", i)
			}
		case "template_id":
		default:
			return "", nil, ErrParameter.With("filters[%d].key: %q; creator, department or template_id expected", i, f.Key)
		}
		where, args = where+` AND `+column+` = ?`, append(args, value)
	}
	return where, args, nil
}

// getRecordList answers the reports of members in the caller's range, in order of time. The cursor is our number
// of the last report that was looked at.
func (s *Service) getRecordList(ctx context.Context, tx *store.Tx, by access.Caller, req getRecordListRequest) (resp getRecordListResponse, err error) {
	where, args, err := req.condition(by.CorpID)
	if err != nil {
		return resp, err
	}
	if req.Cursor != 0 { // the page begins at a time, which an index leads to, and behind a number within it
		var at int64
		found, err := tx.Get(`SELECT report_at FROM journal_record WHERE corpid = ? AND no = ?`, []any{by.CorpID, req.Cursor}, &at)
		if err != nil || !found {
			return resp, ErrParameter.With("cursor: not one that was given")
		}
		args[1] = max(req.Start, at)
		where, args = where+` AND (report_at > ? OR no > ?)`, append(args, at, req.Cursor)
	}
	type row struct {
		no         int64
		uuid, user string
	}
	var rows []row
	if err := tx.Each(`SELECT no, uuid, submitter FROM journal_record WHERE `+where+` ORDER BY report_at, no LIMIT ?`, append(args, req.Limit+1), func(r *store.Rows) error {
		var v row
		err := r.Scan(&v.no, &v.uuid, &v.user)
		rows = append(rows, v)
		return err
	}); err != nil {
		return resp, err
	}
	if resp.End = 1; int64(len(rows)) > req.Limit {
		rows, resp.End = rows[:req.Limit], 0
	}
	var users []string
	for _, r := range rows {
		users = append(users, r.user)
		resp.Next = r.no
	}
	seen, err := s.deps.Directory.VisibleMembers(tx, by, users)
	for _, r := range rows {
		if by.SeesAll() || seen[r.user] != 0 {
			resp.List = append(resp.List, r.uuid)
		}
	}
	return resp, err
}

type getRecordDetailRequest struct {
	UUID string `json:"journaluuid"`
}

type (
	getRecordDetailResponse struct {
		Info recordInfo `json:"info"`
	}
	recordInfo struct {
		UUID       string        `json:"journal_uuid"`
		Name       string        `json:"template_name"`
		TemplateID string        `json:"template_id"`
		At         int64         `json:"report_time"`
		Submitter  theUser       `json:"submitter"`
		Receivers  []theUser     `json:"receivers"`
		Readers    []theUser     `json:"readed_receivers"`
		Data       recordData    `json:"apply_data"`
		Comments   []commentInfo `json:"comments"`
		// System is what the platform's own template "汇报" holds instead of a form; there is none here.
		System string `json:"sys_journal_data,omitempty"`
	}
	theUser struct {
		UserID id.UserID `json:"userid"`
	}
	recordData struct {
		Contents []recordContent `json:"contents"`
	}
	recordContent struct {
		Control string      `json:"control"`
		ID      string      `json:"id"`
		Title   []form.Text `json:"title"`
		Value   recordValue `json:"value"`
	}
	// recordValue has lists that those of approvals do not have (doc 93394).
	recordValue struct {
		form.Value
		SumField []form.Text `json:"sum_field"`
		Students []name      `json:"students"` // of schools, which are not built
		Classes  []name      `json:"classes"`
		Drive    []driveFile `json:"wedrive_files,omitempty"`
	}
	name struct {
		Name string `json:"name"`
	}
	commentInfo struct {
		ID      int64   `json:"commentid"`
		To      int64   `json:"tocommentid"`
		User    theUser `json:"comment_userinfo"`
		Content string  `json:"content"`
		At      int64   `json:"comment_time"`
	}
)

func theUsers(list []id.UserID) (out []theUser) {
	for _, u := range list {
		out = append(out, theUser{u})
	}
	return out
}

// info writes a report as doc 93394 has it. What explains a form is not in it.
func (r *Record) info() recordInfo {
	out := recordInfo{UUID: r.UUID, Name: r.Name, TemplateID: r.TemplateID, At: r.At, Submitter: theUser{r.Submitter}, Receivers: theUsers(r.Receivers), Readers: theUsers(r.Readers)}
	for _, c := range r.Contents {
		if c.Control == form.Tips {
			c.Value = form.Value{}
		}
		out.Data.Contents = append(out.Data.Contents, recordContent{c.Control, c.ID, c.Title, recordValue{Value: c.Value}})
	}
	for _, c := range r.Comments {
		out.Comments = append(out.Comments, commentInfo{c.ID, c.To, theUser{c.UserID}, c.Content, c.At})
	}
	return out
}

// getRecordDetail gives files new media_ids where theirs have had their time, so it may write.
func (s *Service) getRecordDetail(ctx context.Context, st *store.Store, by access.Caller, req getRecordDetailRequest) (resp getRecordDetailResponse, err error) {
	var r *Record
	renew := false
	err = st.Read(ctx, func(tx *store.Tx) error {
		if r, err = s.visible(tx, by, req.UUID); err != nil {
			return err
		}
		files, err := s.files().Expired(tx, r.CorpID, r.No)
		renew = len(files) > 0
		return err
	})
	if err == nil && renew {
		err = st.Write(ctx, func(tx *store.Tx) error {
			if r, err = s.visible(tx, by, req.UUID); err != nil {
				return err
			}
			fresh, err := s.files().Renew(tx, r.CorpID, r.No)
			if err != nil || len(fresh) == 0 {
				return err
			}
			form.Each(r.Contents, func(c *form.Content) {
				for i, f := range c.Value.Files {
					if now, ok := fresh[f.ID]; ok {
						c.Value.Files[i].ID = now
					}
				}
			})
			return updateRecord(tx, r)
		})
	}
	if err == nil {
		resp.Info = r.info()
		resp.Info.driven(r)
	}
	return resp, err
}

// visible returns a report of a member whom the caller sees.
func (s *Service) visible(tx *store.Tx, by access.Caller, uuid string) (*Record, error) {
	if uuid == "" {
		return nil, ErrParameter.With("journaluuid is missing")
	}
	r, err := s.record(tx, by.CorpID, uuid)
	if err != nil || by.SeesAll() {
		return r, err
	}
	seen, err := s.deps.Directory.VisibleMembers(tx, by, []string{string(r.Submitter)})
	if err == nil && len(seen) == 0 {
		err = ErrRight.With("the submitter is outside the visible range")
	}
	return r, err
}
