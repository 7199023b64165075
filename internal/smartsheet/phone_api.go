package smartsheet

import (
	"encoding/json"
	"net/http"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/login"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Routes returns the calls of the page of a smart sheet, with the member's session.
func (s *Service) Routes() []door.Route {
	page := s.deps.Member.JSON
	at := func(method, rest string) string { return method + " /phone/api/docs/{docid}/sheets" + rest }
	return append([]door.Route{
		{Pattern: at("GET", ""), Handler: page(s.phoneSheets)},
		{Pattern: at("GET", "/{sheet_id}"), Handler: page(s.phoneSheet)},
		{Pattern: at("GET", "/{sheet_id}/records"), Handler: page(s.phoneRecords)},
		{Pattern: at("POST", "/{sheet_id}/records"), Handler: page(s.phoneAdd)},
		{Pattern: at("POST", "/{sheet_id}/records/{record_id}"), Handler: page(s.phoneUpdate)},
		{Pattern: at("POST", "/{sheet_id}/delete"), Handler: page(s.phoneDelete)},
	}, slices.Concat(s.designRoutes(), s.hookRoutes())...)
}

// looked runs fn with a sheet that the member may look into, in a transaction that reads.
func (s *Service) looked(r *http.Request, sess login.Session, fn func(tx *store.Tx, by access.Caller, sh Sheet, may sheetPriv) error) error {
	return s.deps.Store.Read(r.Context(), func(tx *store.Tx) error { return s.entered(r, tx, sess, fn) })
}

// changes reads a request and runs fn with a sheet that the member may edit, in a transaction that writes.
func changes[Req any](s *Service, r *http.Request, sess login.Session, fn func(tx *store.Tx, by access.Caller, sh Sheet, may sheetPriv, req Req) error) error {
	var req Req
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		return err
	}
	return s.deps.Store.Write(r.Context(), func(tx *store.Tx) error {
		return s.entered(r, tx, sess, func(tx *store.Tx, by access.Caller, sh Sheet, may sheetPriv) error {
			if may.Priv > mayEdit {
				return wire.ErrNoPrivilege.With("sheet_id: %s may only look into %q", by.UserID, sh.ID)
			}
			return fn(tx, by, sh, may, req)
		})
	})
}

func (s *Service) entered(r *http.Request, tx *store.Tx, sess login.Session, fn func(tx *store.Tx, by access.Caller, sh Sheet, may sheetPriv) error) error {
	by := access.MemberOf(sess.CorpID, sess.Member.UserID)
	sh, err := s.sheet(tx, by, place{r.PathValue("docid"), r.PathValue("sheet_id")})
	if err != nil {
		return err
	}
	may, err := s.bounds(tx, by, sh)
	if err != nil {
		return err
	}
	return fn(tx, by, sh, may)
}

type phoneLine struct {
	ID      string `json:"sheet_id"`
	Title   string `json:"title"`
	Records int64  `json:"records"`
}

// phoneSheets answers the sheets that the member may look into.
func (s *Service) phoneSheets(r *http.Request, sess login.Session) (any, error) {
	out := map[string][]phoneLine{}
	err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		out["sheets"] = []phoneLine{}
		by := access.MemberOf(sess.CorpID, sess.Member.UserID)
		d, err := s.document(tx, by, r.PathValue("docid"))
		if err != nil {
			return err
		}
		list, err := sheetsOf(tx, d)
		for _, sh := range list {
			may, err := s.privIn(tx, sh, by.UserID)
			if err != nil {
				return err
			}
			if may.Priv == noRight {
				continue
			}
			n, err := s.count(tx, by, sh, may)
			if err != nil {
				return err
			}
			out["sheets"] = append(out["sheets"], phoneLine{sh.ID, sh.Title, n})
		}
		return err
	})
	return out, err
}

type (
	phoneField struct {
		wireField
		Edit   bool `json:"edit"`
		Insert bool `json:"insert"`
	}
	phoneSheet struct {
		phoneLine
		Insert  bool         `json:"insert"`
		Delete  bool         `json:"delete"`
		Design  bool         `json:"design"`  // fields may be changed
		Arrange bool         `json:"arrange"` // views may be changed
		Fields  []phoneField `json:"fields"`
		Views   []shownView  `json:"views"`
	}
)

// phoneSheet answers the fields of a sheet that the member may see, and its views.
func (s *Service) phoneSheet(r *http.Request, sess login.Session) (any, error) {
	var out phoneSheet
	err := s.looked(r, sess, func(tx *store.Tx, by access.Caller, sh Sheet, may sheetPriv) error {
		n, err := s.count(tx, by, sh, may)
		if err != nil {
			return err
		}
		out = phoneSheet{phoneLine: phoneLine{sh.ID, sh.Title, n}, Insert: may.Insert, Delete: may.Delete, Design: may.Priv == everything, Arrange: may.Views, Fields: []phoneField{}, Views: []shownView{}}
		fields, err := fieldsOf(tx, sh)
		if err != nil {
			return err
		}
		for _, f := range may.visible(fields) {
			right := may.of(f)
			fills := !f.Type.system()
			out.Fields = append(out.Fields, phoneField{wireField{f.ID, f.Title, f.Type, f.Property}, right.Edit && fills, (right.Edit || right.Insert) && fills})
		}
		views, err := viewsOf(tx, sh)
		for _, v := range views {
			v.keep(fields, may.visible(fields)) // what a view asks of a field would tell of it
			out.Views = append(out.Views, v.shown())
		}
		return err
	})
	return out, err
}

type (
	phoneRecord struct {
		ID     string         `json:"record_id"`
		Mark   string         `json:"mark"`            // of what the record holds
		Fixed  bool           `json:"fixed,omitempty"` // the member may only look at it
		Values map[string]any `json:"values"`          // by the ids of fields
	}
	phoneRows struct {
		Total   int64             `json:"total"`
		Records []phoneRecord     `json:"records"`
		People  map[string]string `json:"people"` // names by the keys of userids
	}
)

// rowsFor makes records ready for the page.
func (s *Service) rowsFor(tx *store.Tx, by access.Caller, fields []Field, may sheetPriv, list []Record) (phoneRows, error) {
	out := phoneRows{Records: []phoneRecord{}}
	rule, seen := may.rows(fields, by.UserID), may.visible(fields)
	var users []id.UserID
	for _, r := range list {
		own, err := rule.ofRecord(r)
		if err != nil {
			return out, err
		}
		mark, err := r.mark(seen)
		if err != nil {
			return out, err
		}
		p := phoneRecord{ID: r.ID, Mark: mark, Fixed: !own, Values: map[string]any{}}
		for i := range seen {
			v, err := seen[i].value(r)
			if err != nil {
				return out, err
			}
			if v == nil {
				continue
			}
			p.Values[seen[i].ID] = v
			if cells, ok := v.([]userCell); ok {
				for _, c := range cells {
					users = append(users, c.UserID)
				}
			}
		}
		out.Records = append(out.Records, p)
	}
	var err error
	out.People, err = s.deps.Directory.NamesOf(tx, by.CorpID, users)
	return out, err
}

// asked reads the question of a page: a view, and a filter and an order of its own in JSON, of fields that the member
// may see.
func (s *Service) asked(r *http.Request, fields []Field) (req getRecordsRequest, err error) {
	q := r.URL.Query()
	req.ViewID = q.Get("view_id")
	var order []sortInfo
	for name, into := range map[string]any{"filter": &req.Filter, "sort": &order} {
		if text := q.Get(name); text != "" {
			if err := json.Unmarshal([]byte(text), into); err != nil {
				return req, errParameter.With("%s: JSON expected", name)
			}
		}
	}
	known := func(fieldID string) (Field, error) {
		if i := slices.IndexFunc(fields, func(f Field) bool { return f.ID == fieldID }); i >= 0 {
			return fields[i], nil
		}
		return Field{}, errParameter.With("filter, sort: there is no field %q", fieldID)
	}
	if req.Filter != nil {
		for _, c := range req.Filter.Conditions {
			if _, err := known(c.FieldID); err != nil {
				return req, err
			}
		}
	}
	for _, o := range order {
		f, err := known(o.FieldID)
		if err != nil {
			return req, err
		}
		req.Sort = append(req.Sort, sortBy{f.Title, o.Desc})
	}
	if req.Offset, err = door.Number(r, "offset"); err != nil {
		return req, err
	}
	if req.Limit, err = door.Number(r, "limit"); err != nil {
		return req, err
	}
	return req, page(req.Offset, &req.Limit)
}

// phoneRecords answers a page of the records that the member may see.
func (s *Service) phoneRecords(r *http.Request, sess login.Session) (any, error) {
	var out phoneRows
	err := s.looked(r, sess, func(tx *store.Tx, by access.Caller, sh Sheet, may sheetPriv) error {
		fields, err := fieldsOf(tx, sh)
		if err != nil {
			return err
		}
		seen := may.visible(fields)
		req, err := s.asked(r, seen)
		if err != nil {
			return err
		}
		order := req.Sort
		if req.Filter != nil { // the call takes one of the two (doc 99915); a page may have both
			req.Sort = nil
		}
		q, err := s.query(tx, sh, fields, seen, req)
		if err != nil {
			return err
		}
		if len(order) > 0 {
			sorted, err := s.query(tx, sh, fields, seen, getRecordsRequest{Sort: order})
			if err != nil {
				return err
			}
			q.sort = sorted.sort
		}
		q.only = may.sees(fields, by.UserID)
		list, total, err := q.records(tx, req.Offset, req.Limit)
		if err != nil {
			return err
		}
		out, err = s.rowsFor(tx, by, fields, may, list)
		out.Total = total
		return err
	})
	return out, err
}

type (
	phoneChange struct {
		Mark   string     `json:"mark"` // of the record as the member has seen it
		Values wire.Value `json:"values"`
	}
	phoneSaved struct {
		Saved  bool              `json:"saved"`
		Record phoneRecord       `json:"record"` // as it is now
		People map[string]string `json:"people"`
	}
)

// saved is the answer with a record as it is now.
func (s *Service) saved(tx *store.Tx, by access.Caller, fields []Field, may sheetPriv, rec Record, written bool) (phoneSaved, error) {
	rows, err := s.rowsFor(tx, by, fields, may, []Record{rec})
	if err != nil {
		return phoneSaved{}, err
	}
	return phoneSaved{written, rows.Records[0], rows.People}, nil
}

func (s *Service) phoneAdd(r *http.Request, sess login.Session) (any, error) {
	var out phoneSaved
	err := changes(s, r, sess, func(tx *store.Tx, by access.Caller, sh Sheet, _ sheetPriv, req phoneChange) error {
		list, fields, may, err := s.add(r.Context(), tx, by, &sh, byID, []wire.Value{req.Values})
		if err == nil {
			out, err = s.saved(tx, by, fields, may, list[0], true)
		}
		return err
	})
	return out, err
}

// phoneUpdate changes cells of a record. If somebody has changed the record since the member has seen it, nothing is
// written, and the page is told how the record is now.
func (s *Service) phoneUpdate(r *http.Request, sess login.Session) (any, error) {
	var out phoneSaved
	err := changes(s, r, sess, func(tx *store.Tx, by access.Caller, sh Sheet, may sheetPriv, req phoneChange) error {
		fields, err := fieldsOf(tx, sh)
		if err != nil {
			return err
		}
		recordID := r.PathValue("record_id")
		there, err := s.ownRecords(tx, by, sh, may, fields, []string{recordID})
		if err != nil {
			return err
		}
		if err := may.touches(fields, byID, req.Values, false); err != nil {
			return err
		}
		mark, err := there[recordID].mark(may.visible(fields))
		if err != nil {
			return err
		}
		if mark != req.Mark {
			out, err = s.saved(tx, by, fields, may, *there[recordID], false)
			return err
		}
		list, fields, may, err := s.update(r.Context(), tx, by, &sh, byID, []update{{recordID, req.Values}})
		if err == nil {
			out, err = s.saved(tx, by, fields, may, list[0], true)
		}
		return err
	})
	return out, err
}

type phoneNamed struct {
	Records []string `json:"record_ids"`
}

func (s *Service) phoneDelete(r *http.Request, sess login.Session) (any, error) {
	return struct{}{}, changes(s, r, sess, func(tx *store.Tx, by access.Caller, sh Sheet, may sheetPriv, req phoneNamed) error {
		return s.delete(r.Context(), tx, by, &sh, req.Records)
	})
}
