package smartsheet

import (
	"encoding/json"
	"slices"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Record is a row of a sheet.
type Record struct {
	No      int64
	ID      string
	Serial  int64 // its number in the order of adding, from 1
	Cells   map[string]json.RawMessage
	Created int64 // Unix milliseconds
	Updated int64
	Creator author
	Updater author
	Hooked  bool // an address has written it, and may change it
}

// author is who has written a record: a member, or an application by our number.
type author struct {
	UserID id.UserID
	App    int64
}

func authorOf(by access.Caller) author {
	if by.Kind == access.Member {
		return author{UserID: by.UserID}
	}
	return author{App: by.App}
}

// keyed says how a request and its answer name the fields (doc 99907).
type keyed string

const (
	byTitle keyed = "CELL_VALUE_KEY_TYPE_FIELD_TITLE"
	byID    keyed = "CELL_VALUE_KEY_TYPE_FIELD_ID"
)

func (k *keyed) valid() error {
	if *k == "" {
		*k = byTitle
	}
	if *k != byTitle && *k != byID {
		return errParameter.With("key_type: %s or %s expected", byTitle, byID)
	}
	return nil
}

func (k keyed) of(f Field) string {
	if k == byID {
		return f.ID
	}
	return f.Title
}

// values reads the cells of a record of a request into a record.
func (r *reader) values(fields []Field, key keyed, values wire.Value, into *Record) error {
	given, ok := values.Members()
	if !ok && !values.Absent() {
		return errParameter.With("values: an object expected")
	}
	for i := range fields {
		f := &fields[i]
		v, ok := given[key.of(*f)]
		if !ok {
			continue
		}
		delete(given, key.of(*f))
		if f.Type.system() {
			return errParameter.With("%s: a field of type %s is filled in by the sheet", f.Title, f.Type)
		}
		cell, err := r.cell(f, v)
		if err != nil {
			return err
		}
		if cell == nil {
			delete(into.Cells, f.ID)
			continue
		}
		raw, err := json.Marshal(cell)
		if err != nil {
			return err
		}
		into.Cells[f.ID] = raw
	}
	for unknown := range given {
		if r.by.Kind == access.SheetHook {
			return ErrNoField.With("values: there is no field of the id %q", unknown)
		}
		return errNoField(unknown)
	}
	return nil
}

func errNoField(name string) error { return errParameter.With("values: there is no field %q", name) }

// grow writes the options that records have brought.
func (r *reader) grow(fields []Field) error {
	for _, f := range fields {
		if r.grown[f.ID] {
			if err := putField(r.tx, f); err != nil {
				return err
			}
		}
	}
	return nil
}

// addRecords adds records. Doc 99907.
func (s *Service) addRecords(tx *store.Tx, by access.Caller, sh *Sheet, key keyed, values []wire.Value) ([]Record, []Field, error) {
	return s.readRecords(reader{s: s, tx: tx, by: by, sheet: *sh, grown: map[string]bool{}}, sh, key, values)
}

// readRecords is addRecords with what reads the cells.
func (s *Service) readRecords(r reader, sh *Sheet, key keyed, values []wire.Value) (list []Record, fields []Field, err error) {
	tx, by := r.tx, r.by
	if err := checkBatch(len(values)); err != nil {
		return nil, nil, err
	}
	if sh.Records+int64(len(values)) > maxRecords {
		return nil, nil, ErrRows.With("a sheet has at most %d records, and has %d already", maxRecords, sh.Records)
	}
	if fields, err = fieldsOf(tx, *sh); err != nil {
		return nil, nil, err
	}
	now := tx.Now().UnixMilli()
	for i, v := range values {
		rec := Record{ID: "r" + id.Letters(7), Serial: sh.Serial + 1, Cells: map[string]json.RawMessage{}, Created: now, Updated: now, Creator: authorOf(by), Updater: authorOf(by), Hooked: by.Kind == access.SheetHook}
		fill(fields, &rec, now)
		if err := r.values(fields, key, v, &rec); err != nil {
			return nil, nil, inRecord(i, err)
		}
		if err := insertRecord(tx, *sh, rec); err != nil {
			return nil, nil, err
		}
		sh.Serial++
		sh.Records++
		list = append(list, rec)
	}
	if err := r.grow(fields); err != nil {
		return nil, nil, err
	}
	return list, fields, s.changed(tx, sh)
}

// fill writes what a new record has without being told.
func fill(fields []Field, rec *Record, now int64) {
	for _, f := range fields {
		if f.Type == Checkbox && f.Property.Checkbox.Checked {
			rec.Cells[f.ID] = json.RawMessage(`true`)
		}
		if f.Type == DateTime && f.Property.DateTime.Fill {
			rec.Cells[f.ID] = json.RawMessage(`"` + itoa(now) + `"`)
		}
	}
}

func checkBatch(n int) error {
	if n < 1 || n > maxBatch {
		return errParameter.With("1 to %d records expected", maxBatch)
	}
	return nil
}

// update changes cells of one record.
type update struct {
	ID     string     `json:"record_id"`
	Values wire.Value `json:"values"`
}

// updateRecords changes the cells of records that are given. Doc 99909.
func (s *Service) updateRecords(tx *store.Tx, by access.Caller, sh *Sheet, key keyed, list []update) ([]Record, []Field, error) {
	return s.rewriteRecords(reader{s: s, tx: tx, by: by, sheet: *sh, grown: map[string]bool{}}, sh, key, list)
}

// rewriteRecords is updateRecords with what reads the cells.
func (s *Service) rewriteRecords(r reader, sh *Sheet, key keyed, list []update) (out []Record, fields []Field, err error) {
	tx, by := r.tx, r.by
	if err := checkBatch(len(list)); err != nil {
		return nil, nil, err
	}
	if fields, err = fieldsOf(tx, *sh); err != nil {
		return nil, nil, err
	}
	ids := make([]string, len(list))
	for i, u := range list {
		ids[i] = u.ID
	}
	there, err := recordsByID(tx, *sh, ids)
	if err != nil {
		return nil, nil, err
	}
	for i, u := range list {
		rec, ok := there[u.ID]
		if by.Kind == access.SheetHook && (!ok || !rec.Hooked) {
			return nil, nil, inRecord(i, ErrNotHooked.With("record_id: the address has added no record %q", u.ID))
		}
		if !ok {
			return nil, nil, inRecord(i, errParameter.With("record_id: there is no record %q", u.ID))
		}
		if err := r.values(fields, key, u.Values, rec); err != nil {
			return nil, nil, inRecord(i, err)
		}
		rec.Updated, rec.Updater = tx.Now().UnixMilli(), authorOf(by)
		if err := updateRecord(tx, *sh, *rec); err != nil {
			return nil, nil, err
		}
		out = append(out, *rec)
	}
	if err := r.grow(fields); err != nil {
		return nil, nil, err
	}
	return out, fields, s.changed(tx, sh)
}

// deleteRecords deletes records. One that is not there, or no more, is refused, and nothing is deleted then. Doc 99908.
func (s *Service) deleteRecords(tx *store.Tx, sh *Sheet, ids []string) error {
	if err := checkBatch(len(ids)); err != nil {
		return err
	}
	slices.Sort(ids)
	for some := range slices.Chunk(slices.Compact(ids), manyArgs) {
		n, err := tx.Exec(`DELETE FROM smart_record WHERE sheet = ? AND record_id IN (`+store.Marks(len(some))+`)`, store.Args([]any{sh.No}, some)...)
		if err != nil {
			return err
		}
		if n != int64(len(some)) {
			return errParameter.With("record_ids: one of them names no record")
		}
		sh.Records -= n
	}
	return s.changed(tx, sh)
}

// manyArgs is how many arguments a statement takes.
const manyArgs = 500

func insertRecord(tx *store.Tx, sh Sheet, r Record) error {
	body, err := json.Marshal(r.Cells)
	if err != nil {
		return err
	}
	return tx.Send(`INSERT INTO smart_record (corpid, sheet, record_id, serial, body, created, updated, creator, creator_app, updater, updater_app, hooked) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, CASE WHEN ? THEN 1 ELSE 0 END)`,
		sh.Doc.CorpID, sh.No, r.ID, r.Serial, string(body), r.Created, r.Updated, string(r.Creator.UserID), r.Creator.App, string(r.Updater.UserID), r.Updater.App, r.Hooked)
}

func updateRecord(tx *store.Tx, sh Sheet, r Record) error {
	body, err := json.Marshal(r.Cells)
	if err != nil {
		return err
	}
	return tx.Send(`UPDATE smart_record SET body = ?, updated = ?, updater = ?, updater_app = ? WHERE sheet = ? AND record_id = ?`,
		string(body), r.Updated, string(r.Updater.UserID), r.Updater.App, sh.No, r.ID)
}

func selectRecords(tx *store.Tx, where string, args ...any) (list []Record, err error) {
	err = tx.Each(`SELECT no, record_id, serial, body, created, updated, creator, creator_app, updater, updater_app, hooked <> 0 FROM smart_record WHERE `+where, args, func(rows *store.Rows) error {
		var r Record
		var body string
		if err := rows.Scan(&r.No, &r.ID, &r.Serial, &body, &r.Created, &r.Updated, &r.Creator.UserID, &r.Creator.App, &r.Updater.UserID, &r.Updater.App, &r.Hooked); err != nil {
			return err
		}
		err := json.Unmarshal([]byte(body), &r.Cells)
		list = append(list, r)
		return err
	})
	return list, err
}

func recordsByID(tx *store.Tx, sh Sheet, ids []string) (map[string]*Record, error) {
	out := map[string]*Record{}
	for some := range slices.Chunk(ids, manyArgs) {
		list, err := selectRecords(tx, `sheet = ? AND record_id IN (`+store.Marks(len(some))+`)`, store.Args([]any{sh.No}, some)...)
		if err != nil {
			return nil, err
		}
		for i := range list {
			out[list[i].ID] = &list[i]
		}
	}
	return out, nil
}

// value returns what a field of a record shows: a cell, or what the sheet itself knows of the record.
func (f *Field) value(r Record) (any, error) {
	switch f.Type {
	case CreatedTime:
		return itoa(r.Created), nil
	case ModifiedTime:
		return itoa(r.Updated), nil
	case CreatedUser:
		return r.Creator.cell(), nil
	case ModifiedUser:
		return r.Updater.cell(), nil
	case AutoNumber:
		return f.Property.AutoNumber.numbered(r.Serial, time.UnixMilli(r.Created)), nil
	}
	return f.shown(r.Cells[f.ID])
}

// cell is the author as a cell shows one: members only.
func (a author) cell() any {
	if a.UserID == "" {
		return nil
	}
	return []userCell{{a.UserID}}
}
