package smartsheet

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"qiwei/internal/id"
	"qiwei/internal/store"
)

// measure is what a cell is compared by.
type measure struct {
	empty  bool
	number float64 // of numbers, times (Unix milliseconds) and truths
	text   string
	set    []string // of people, choices and records
}

// column is a field of all records of a sheet, in the order of the records. It is shared and not changed.
type column []measure

// columnOf returns what a field's cells are compared by, and our numbers of the records.
func (s *Service) columnOf(tx *store.Tx, sh Sheet, f Field) (column, []int64, error) {
	read := func() (out keptColumn, err error) {
		out.values, out.numbers = make(column, 0, sh.Records), make([]int64, 0, sh.Records)
		err = tx.Each(`SELECT no, serial, body, created, updated, creator, updater FROM smart_record WHERE sheet = ? ORDER BY no`, []any{sh.No}, func(rows *store.Rows) error {
			var r Record
			var body string
			if err := rows.Scan(&r.No, &r.Serial, &body, &r.Created, &r.Updated, &r.Creator.UserID, &r.Updater.UserID); err != nil {
				return err
			}
			c, err := f.compared(r, body)
			out.values, out.numbers = append(out.values, c), append(out.numbers, r.No)
			out.bytes += c.size() + 8
			return err
		})
		return out, err
	}
	if !tx.ReadOnly() { // its own changes have no stamp yet that others know
		out, err := read()
		return out.values, out.numbers, err
	}
	out, err := s.columns.get(itoa(sh.No)+" "+sh.Stamp+" "+f.ID, read)
	return out.values, out.numbers, err
}

// size is about how many bytes it takes.
func (c measure) size() int {
	n := 64 + len(c.text)
	for _, e := range c.set {
		n += 16 + len(e)
	}
	return n
}

// cellIn finds the cell of a field in a stored record without reading the others. An id of a field in a text of a cell
// would stand between escaped quotes.
func cellIn(body, fieldID string) (raw json.RawMessage) {
	_, rest, ok := strings.Cut(body, `"`+fieldID+`":`)
	if !ok {
		return nil
	}
	d := json.NewDecoder(strings.NewReader(rest))
	if d.Decode(&raw) != nil {
		return nil
	}
	return raw
}

// compared returns what a field of a record is compared by.
func (f *Field) compared(r Record, body string) (c measure, err error) {
	user := func(u id.UserID) measure {
		if u == "" {
			return measure{empty: true}
		}
		return measure{set: []string{u.Key()}, text: string(u)}
	}
	switch f.Type {
	case CreatedTime:
		return measure{number: float64(r.Created)}, nil
	case ModifiedTime:
		return measure{number: float64(r.Updated)}, nil
	case CreatedUser:
		return user(r.Creator.UserID), nil
	case ModifiedUser:
		return user(r.Updater.UserID), nil
	case AutoNumber:
		return measure{number: float64(r.Serial), text: f.Property.AutoNumber.numbered(r.Serial, time.UnixMilli(r.Created))[0].Text}, nil
	}
	raw := cellIn(body, f.ID)
	if len(raw) == 0 {
		return measure{empty: true}, nil
	}
	switch f.Type {
	case Number, Progress, Currency, Percentage:
		c.number, err = strconv.ParseFloat(string(raw), 64)
	case Checkbox:
		if bytes.Equal(raw, []byte("true")) {
			c.number = 1
		}
	case DateTime:
		c.number, err = strconv.ParseFloat(strings.Trim(string(raw), `"`), 64)
	case PhoneNumber, Email, Barcode:
		c.text, err = load[string](raw)
	case Reference:
		c.set, err = load[[]string](raw)
	case Select, SingleSelect:
		var list []optionCell
		if list, err = load[[]optionCell](raw); err == nil {
			for _, o := range list {
				c.set = append(c.set, o.ID)
			}
			c.text = f.optionText(c.set)
		}
	case User:
		var list []userCell
		list, err = load[[]userCell](raw)
		for _, u := range list {
			c.set = append(c.set, u.UserID.Key())
			c.text += string(u.UserID)
		}
	default:
		c.text, err = said(raw)
	}
	return c, err
}

// said returns the words of a cell of texts, links, pictures, files or places.
func said(raw json.RawMessage) (string, error) {
	var list []struct {
		Text  string `json:"text"`
		Title string `json:"title"`
		Name  string `json:"name"`
	}
	err := json.Unmarshal(raw, &list)
	var out strings.Builder
	for _, e := range list {
		out.WriteString(e.Text + e.Title + e.Name)
	}
	return out.String(), err
}

// optionText is what options are put in order by: their place among all.
func (f *Field) optionText(ids []string) (out string) {
	for i, o := range f.options().Options {
		if slices.Contains(ids, o.ID) {
			out += string(rune('0' + i))
		}
	}
	return out
}
