package smartsheet

import (
	"context"
	"errors"
	"math"
	"reflect"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) recordEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		endpoint("add_records", 99907, wire.Write(s.apiAddRecords)),
		endpoint("delete_records", 99908, wire.Write(s.apiDeleteRecords)),
		endpoint("update_records", 99909, wire.Write(s.apiUpdateRecords)),
		endpoint("get_records", 99915, wire.Read(s.apiGetRecords)),
	}
}

// inRecord says which of several records an error is about.
func inRecord(i int, err error) error {
	var refused wire.Error
	if errors.As(err, &refused) {
		return refused.With("records[%d]: %s", i, refused.Note)
	}
	return err
}

// entry is a cell that leaves, with the name that the caller knows its field by.
type entry struct {
	name  string
	value any
}

// row is a record's cells as an object of the wire.
type row struct{ cells []entry }

// Members says that a cell may hold members. Others may hold anything.
func (row) Members() []wire.Member {
	return []wire.Member{{Name: "FIELD_TITLE", Type: reflect.TypeFor[[]userCell]()}}
}

// AppendMembers writes the cells.
func (r row) AppendMembers(o *wire.Object) {
	for _, e := range r.cells {
		o.Entry(e.name, e.value)
	}
}

// rowOf returns the cells of a record: those of the fields, without the empty ones.
func rowOf(fields []Field, key keyed, r Record) (row, error) {
	var out row
	for i := range fields {
		v, err := fields[i].value(r)
		if err != nil {
			return out, err
		}
		if v != nil {
			out.cells = append(out.cells, entry{key.of(fields[i]), v})
		}
	}
	return out, nil
}

type (
	added struct {
		Values wire.Value `json:"values"`
	}
	addRecordsRequest struct {
		place
		Key     keyed   `json:"key_type"`
		Records []added `json:"records"`
	}
	commonRecord struct {
		ID     string `json:"record_id"`
		Values row    `json:"values"`
	}
	recordsResponse struct {
		Records []commonRecord `json:"records"`
	}
)

func answer(fields []Field, key keyed, list []Record) (resp recordsResponse, err error) {
	resp.Records, err = common(fields, key, list)
	return resp, err
}

func common(fields []Field, key keyed, list []Record) (out []commonRecord, err error) {
	for _, r := range list {
		cells, err := rowOf(fields, key, r)
		if err != nil {
			return nil, err
		}
		out = append(out, commonRecord{r.ID, cells})
	}
	return out, nil
}

func (s *Service) apiAddRecords(ctx context.Context, tx *store.Tx, by access.Caller, req addRecordsRequest) (resp recordsResponse, err error) {
	if err := req.Key.valid(); err != nil {
		return resp, err
	}
	sh, err := s.sheet(tx, by, req.place)
	if err != nil {
		return resp, err
	}
	values := make([]wire.Value, len(req.Records))
	for i, r := range req.Records {
		values[i] = r.Values
	}
	list, fields, may, err := s.add(ctx, tx, by, &sh, req.Key, values)
	if err != nil {
		return resp, err
	}
	return answer(may.visible(fields), req.Key, list)
}

type updateRecordsRequest struct {
	place
	Key     keyed    `json:"key_type"`
	Records []update `json:"records"`
}

func (s *Service) apiUpdateRecords(ctx context.Context, tx *store.Tx, by access.Caller, req updateRecordsRequest) (resp recordsResponse, err error) {
	if err := req.Key.valid(); err != nil {
		return resp, err
	}
	sh, err := s.sheet(tx, by, req.place)
	if err != nil {
		return resp, err
	}
	list, fields, may, err := s.update(ctx, tx, by, &sh, req.Key, req.Records)
	if err != nil {
		return resp, err
	}
	return answer(may.visible(fields), req.Key, list)
}

type deleteRecordsRequest struct {
	place
	Records []string `json:"record_ids"`
}

func (s *Service) apiDeleteRecords(ctx context.Context, tx *store.Tx, by access.Caller, req deleteRecordsRequest) (wire.None, error) {
	sh, err := s.sheet(tx, by, req.place)
	if err != nil {
		return wire.None{}, err
	}
	return wire.None{}, s.delete(ctx, tx, by, &sh, req.Records)
}

type (
	sortBy struct {
		Title string `json:"field_title"`
		Desc  bool   `json:"desc"`
	}
	getRecordsRequest struct {
		place
		ViewID  string      `json:"view_id"`
		Records []string    `json:"record_ids"`
		Key     keyed       `json:"key_type"`
		Titles  []string    `json:"field_titles"`
		Fields  []string    `json:"field_ids"`
		Sort    []sortBy    `json:"sort"`
		Offset  int64       `json:"offset"`
		Limit   int64       `json:"limit"`
		Ver     int64       `json:"ver"` // of the answer before; the newest records are answered whatever it is
		Filter  *filterSpec `json:"filter_spec"`
	}
	shownRecord struct {
		ID      string `json:"record_id"`
		Created string `json:"create_time"`
		Updated string `json:"update_time"`
		Values  row    `json:"values"`
		Creator string `json:"creator_name"`
		Updater string `json:"updater_name"`
	}
	getRecordsResponse struct {
		Total   int64         `json:"total"`
		More    bool          `json:"has_more"`
		Next    int64         `json:"next"`
		Records []shownRecord `json:"records"`
		Ver     int64         `json:"ver"`
	}
)

// page checks an offset and a limit, of which 0 is the most.
func page(offset int64, limit *int64) error {
	if *limit == 0 {
		*limit = maxPage
	}
	if offset < 0 || offset > math.MaxInt32 || *limit < 1 || *limit > maxPage { // what is added to an offset must stay a number
		return errParameter.With("offset, limit: 0 or more, and at most %d expected", maxPage)
	}
	return nil
}

func (s *Service) apiGetRecords(ctx context.Context, tx *store.Tx, by access.Caller, req getRecordsRequest) (resp getRecordsResponse, err error) {
	if err := req.Key.valid(); err != nil {
		return resp, err
	}
	if err := page(req.Offset, &req.Limit); err != nil {
		return resp, err
	}
	sh, err := s.sheet(tx, by, req.place)
	if err != nil {
		return resp, err
	}
	fields, err := fieldsOf(tx, sh)
	if err != nil {
		return resp, err
	}
	may, err := s.bounds(tx, by, sh)
	if err != nil {
		return resp, err
	}
	seen := may.visible(fields)
	if err := asksOf(seen, req); err != nil {
		return resp, err
	}
	q, err := s.query(tx, sh, fields, seen, req)
	if err != nil {
		return resp, err
	}
	q.only = may.sees(fields, by.UserID)
	list, total, err := q.records(tx, req.Offset, req.Limit)
	if err != nil {
		return resp, err
	}
	columns := chosenFields(seen, req)
	names, err := s.authors(tx, by, list)
	for _, r := range list {
		cells, err := rowOf(columns, req.Key, r)
		if err != nil {
			return resp, err
		}
		resp.Records = append(resp.Records, shownRecord{r.ID, itoa(r.Created), itoa(r.Updated), cells, names[r.Creator], names[r.Updater]})
	}
	resp.Total, resp.Ver = total, sh.Version
	if resp.More = req.Offset+int64(len(list)) < total; resp.More {
		resp.Next = req.Offset + int64(len(list))
	}
	return resp, err
}

// asksOf refuses a filter or an order by a field that the caller may not see.
func asksOf(seen []Field, req getRecordsRequest) error {
	for i, o := range req.Sort {
		if !slices.ContainsFunc(seen, func(f Field) bool { return f.Title == o.Title }) {
			return errParameter.With("sort[%d].field_title: there is no field %q", i, o.Title)
		}
	}
	if req.Filter != nil {
		for _, c := range req.Filter.Conditions {
			if !slices.ContainsFunc(seen, func(f Field) bool { return f.ID == c.FieldID }) {
				return errParameter.With("conditions.field_id: there is no field %q", c.FieldID)
			}
		}
	}
	return nil
}

// chosenFields are those that are asked for; all if none are named.
func chosenFields(fields []Field, req getRecordsRequest) []Field {
	names, of := req.Titles, byTitle
	if req.Key == byID {
		names, of = req.Fields, byID
	}
	if len(names) == 0 {
		return fields
	}
	return slices.DeleteFunc(slices.Clone(fields), func(f Field) bool { return !slices.Contains(names, of.of(f)) })
}

// authors returns the names of those who have written records. A member's is the userid where the caller is told ids
// instead of names.
func (s *Service) authors(tx *store.Tx, by access.Caller, list []Record) (map[author]string, error) {
	out := map[author]string{}
	var users []string
	for _, r := range list {
		for _, a := range []author{r.Creator, r.Updater} {
			if _, ok := out[a]; !ok {
				out[a] = ""
				if a.UserID != "" {
					users = append(users, string(a.UserID))
				}
			}
		}
	}
	numbers, err := s.deps.Directory.MemberNumbers(tx, by.CorpID, users)
	if err != nil {
		return nil, err
	}
	var all []int64
	for _, no := range numbers {
		all = append(all, no)
	}
	names, err := s.deps.Directory.Names(tx, by.CorpID, all)
	if err != nil {
		return nil, err
	}
	shown := map[string]string{}
	if by.IDs != nil && len(users) > 0 {
		if shown, err = by.IDs.Shown(tx, by.CorpID, access.MemberID, users); err != nil {
			return nil, err
		}
	}
	apps, err := s.deps.Apps.AppsNumbered(tx, authorApps(out))
	for a := range out {
		switch {
		case a.UserID == "":
			out[a] = apps[a.App].Name
		case by.IDs != nil:
			out[a] = shown[string(a.UserID)]
		default:
			out[a] = names[numbers[string(a.UserID)]]
		}
	}
	return out, err
}

func authorApps(authors map[author]string) (out []int64) {
	for a := range authors {
		if a.UserID == "" {
			out = append(out, a.App)
		}
	}
	return out
}
