package smartsheet

import (
	"cmp"
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// What stands in a cell, by the type of its field, as the wire has it (doc 99907, doc 99915). It is stored like that;
// of options only the id.
type (
	textCell struct {
		Type string `json:"type"` // text or url
		Text string `json:"text"`
		Link string `json:"link,omitempty"`
	}
	imageCell struct {
		ID     string `json:"id"`
		Title  string `json:"title"`
		URL    string `json:"image_url"`
		Width  int64  `json:"width"`
		Height int64  `json:"height"`
	}
	attachmentCell struct {
		Name     string `json:"name"`
		Size     int64  `json:"size"`
		Ext      string `json:"file_ext"`
		FileID   string `json:"file_id,omitempty"`
		URL      string `json:"file_url"`
		FileType string `json:"file_type"`
		DocType  int64  `json:"doc_type"` // 1 a folder, 2 a file
	}
	userCell struct {
		UserID id.UserID `json:"user_id"`
	}
	optionCell struct {
		ID    string `json:"id"`
		Style int64  `json:"style,omitempty"`
		Text  string `json:"text,omitempty"`
	}
	locationCell struct {
		ID        string `json:"id"`
		Latitude  string `json:"latitude"`
		Longitude string `json:"longitude"`
		Source    int64  `json:"source_type"` // 1
		Title     string `json:"title"`
	}
	autoNumberCell struct {
		Seq  string `json:"seq"`
		Text string `json:"text"`
	}
)

// Limits of cells; unverified.
const (
	maxText  = 50_000 // characters
	maxItems = 500    // in one cell
)

// reader reads cells from a request. It collects the options that are new, which the field gets.
type reader struct {
	s     *Service
	tx    *store.Tx
	by    access.Caller
	sheet Sheet
	grown map[string]bool // ids of fields with new options
	// pictures are those that an address has sent, by their base64.
	pictures map[string]imageCell
}

// cell returns the value of a cell as it is stored: nil for an empty one.
func (r *reader) cell(f *Field, v wire.Value) (any, error) {
	if v.Absent() {
		return nil, nil
	}
	wrong := func(want string) error {
		return errParameter.With("%s (%s): %s expected", f.Title, f.Type, want)
	}
	if cell, ok := r.sent(f, v); ok {
		return cell, nil
	}
	switch f.Type {
	case Number, Progress, Currency, Percentage:
		if n, ok := v.Number(); ok {
			return n, nil
		}
		return nil, wrong("a number")
	case Checkbox:
		if is, ok := v.Bool(); ok {
			return is, nil
		}
		return nil, wrong("true or false")
	case DateTime:
		text, ok := v.Text()
		if text == "" && ok {
			return nil, nil
		}
		if _, err := strconv.ParseInt(text, 10, 64); !ok || err != nil {
			return nil, wrong("a text of Unix milliseconds")
		}
		return text, nil
	case PhoneNumber, Email, Barcode:
		text, ok := v.Text()
		if !ok || utf8.RuneCountInString(text) > maxText {
			return nil, wrong("a text")
		}
		return nonEmpty(text), nil
	}
	items, ok := v.List()
	if !ok || len(items) > maxItems {
		return nil, wrong("a list of at most " + itoa(maxItems))
	}
	if len(items) == 0 {
		return nil, nil
	}
	return r.list(f, v, wrong)
}

func nonEmpty(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// list reads a cell that holds a list.
func (r *reader) list(f *Field, v wire.Value, wrong func(string) error) (any, error) {
	switch f.Type {
	case Text:
		var list []textCell
		if !v.Into(&list) {
			return nil, wrong(`a list such as [{"type":"text","text":"…"}]`)
		}
		for i, c := range list {
			if c.Type == "" {
				list[i].Type = "text"
			} else if c.Type != "text" && (c.Type != "url" || c.Link == "") {
				return nil, wrong("a type of text, or of url with a link,")
			}
			if utf8.RuneCountInString(c.Text) > maxText {
				return nil, wrong("at most " + itoa(maxText) + " characters")
			}
		}
		return list, nil
	case URL:
		var list []textCell
		if !v.Into(&list) || list[0].Link == "" {
			return nil, wrong(`a list such as [{"type":"url","link":"https://…","text":"…"}]`)
		}
		for i := range list {
			list[i].Type = "url"
		}
		return list, nil
	case Image:
		var list []imageCell
		if !v.Into(&list) || list[0].URL == "" {
			return nil, wrong("a list of pictures with the image_url that wedoc/image_upload answers")
		}
		return list, nil
	case Attachment:
		return r.attached(v, wrong)
	case Location:
		var list []locationCell
		if !v.Into(&list) || len(list) != 1 || list[0].Source != 1 {
			return nil, wrong("a list of one place with a source_type of 1")
		}
		return list, nil
	case User:
		return r.users(f, v, wrong)
	case Select, SingleSelect:
		return r.chosen(f, v, wrong)
	case Reference:
		return r.referred(f, v, wrong)
	}
	return nil, errParameter.With("%s: a field of type %s cannot be written", f.Title, f.Type)
}

// attached reads files: by their addresses, or by the file_id of one that was uploaded (upload_doc_file).
func (r *reader) attached(v wire.Value, wrong func(string) error) (any, error) {
	var list []attachmentCell
	if !v.Into(&list) {
		return nil, wrong("a list of files with name and file_url")
	}
	for i := range list {
		c := &list[i]
		if c.DocType == 0 {
			c.DocType = 2
		}
		if c.URL != "" {
			continue
		}
		f, found, err := r.s.deps.Docs.UseFile(r.tx, r.sheet.Doc.CorpID, c.FileID)
		if err != nil {
			return nil, err
		}
		if !found {
			return nil, wrong("a list of files with name and file_url, or with the file_id of a file that was uploaded,")
		}
		c.Name, c.Size, c.Ext, c.URL, c.FileType = cmp.Or(c.Name, f.Name), f.Size, f.Ext(), r.s.deps.Docs.FileURL(f), "Wedrive"
	}
	return list, nil
}

func (r *reader) users(f *Field, v wire.Value, wrong func(string) error) (any, error) {
	var list []userCell
	ok := false
	if r.by.Kind == access.SheetHook {
		if list, ok = sentUsers(v); ok && len(list) == 0 {
			return nil, nil
		}
	} else {
		ok = v.Into(&list)
	}
	if !ok {
		return nil, wrong(`a list such as [{"user_id":"zhangsan"}]`)
	}
	if len(list) > 1 && !f.Property.User.Multiple {
		return nil, wrong("one member")
	}
	// Cells are read by the type of their field alone, so their ids are translated here and not at the edge.
	named := struct {
		List []userCell `json:"list"`
	}{list}
	if err := wire.OwnIDs(r.tx, r.by, &named); err != nil {
		return nil, err
	}
	users := make([]string, len(list))
	for i, c := range named.List {
		users[i] = string(c.UserID)
	}
	by := r.by
	if by.Kind == access.Member || by.Kind == access.SheetHook {
		by = access.System(by.CorpID) // they choose among all
	}
	known, err := r.s.deps.Directory.Named(r.tx, by, users)
	for i, c := range named.List {
		m, ok := known[c.UserID.Key()]
		if err == nil && !ok {
			err = errParameter.With("%s: %q is no enabled member whom the caller sees", f.Title, c.UserID)
		}
		named.List[i].UserID = m.UserID
	}
	return named.List, err
}

// chosen reads options: by id, or by text. A text that no option has becomes a new one, for members where the field lets
// them add some.
func (r *reader) chosen(f *Field, v wire.Value, wrong func(string) error) (any, error) {
	var list []optionCell
	if !v.Into(&list) || len(list) > 1 && f.Type == SingleSelect {
		return nil, wrong(`a list such as [{"text":"…"}], of one option for a single choice,`)
	}
	p := f.options()
	var out []optionCell
next:
	for _, c := range list {
		for _, o := range p.Options {
			if c.ID != "" && o.ID == c.ID || c.ID == "" && o.Text == c.Text {
				out = append(out, optionCell{ID: o.ID})
				continue next
			}
		}
		if r.by.Kind == access.SheetHook {
			if c.ID == "" && c.Text == "" {
				continue
			}
			return nil, ErrNoOption.With("%s: there is no option %q", f.Title, cmp.Or(c.ID, c.Text))
		}
		if c.ID != "" || c.Text == "" {
			return nil, errParameter.With("%s: there is no option %q", f.Title, c.ID)
		}
		if r.by.Kind == access.Member && p.Quick != nil && !*p.Quick {
			return nil, errParameter.With("%s: there is no option %q, and is_quick_add is false", f.Title, c.Text)
		}
		if len(p.Options) >= maxSelect {
			return nil, errParameter.With("%s: at most %d options expected", f.Title, maxSelect)
		}
		p.Options = append(p.Options, optionCell{Text: c.Text, Style: min(max(c.Style, 0), 27)})
		p.number()
		r.grown[f.ID] = true
		out = append(out, optionCell{ID: p.Options[len(p.Options)-1].ID})
	}
	if len(out) == 0 {
		return nil, nil
	}
	return out, nil
}

// referred reads the ids of records of the sheet that the field refers to.
func (r *reader) referred(f *Field, v wire.Value, wrong func(string) error) (any, error) {
	var list []string
	if !v.Into(&list) || len(list) > 1 && !f.Property.Reference.Multiple {
		return nil, wrong("a list of ids of records")
	}
	other := r.sheet
	if id := f.Property.Reference.SheetID; id != "" {
		var err error
		if other, err = sheetOf(r.tx, r.sheet.Doc, id); err != nil {
			return nil, err
		}
	}
	n, err := r.tx.Count(`SELECT count(DISTINCT record_id) FROM smart_record WHERE sheet = ? AND record_id IN (`+store.Marks(len(list))+`)`, store.Args([]any{other.No}, list)...)
	if err == nil && n != int64(len(list)) {
		err = wrong("records that exist, each once,")
	}
	return list, err
}

// shown returns a stored cell as it leaves: a value that the wire can write, or nil for an empty one.
func (f *Field) shown(raw json.RawMessage) (any, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	switch f.Type {
	case Number, Progress, Currency, Percentage:
		return load[float64](raw)
	case Checkbox:
		return load[bool](raw)
	case DateTime, PhoneNumber, Email, Barcode:
		return load[string](raw)
	case Text, URL:
		return load[[]textCell](raw)
	case Image:
		return load[[]imageCell](raw)
	case Attachment:
		return load[[]attachmentCell](raw)
	case User:
		return load[[]userCell](raw)
	case Location:
		return load[[]locationCell](raw)
	case Reference:
		return load[[]string](raw)
	case Select, SingleSelect:
		list, err := load[[]optionCell](raw)
		var out []optionCell
		for _, c := range list {
			for _, o := range f.options().Options {
				if o.ID == c.ID { // one that was taken away is shown no more
					out = append(out, o)
				}
			}
		}
		return out, err
	}
	return nil, nil
}

func load[T any](raw json.RawMessage) (v T, err error) {
	err = json.Unmarshal(raw, &v)
	return v, err
}

// numbered is the number that a record has in a field that counts.
func (p autoNumberProperty) numbered(serial int64, made time.Time) []autoNumberCell {
	seq := itoa(serial)
	if p.Type == "NUMBER_TYPE_INCR" || len(p.Rules) == 0 {
		return []autoNumberCell{{seq, seq}}
	}
	var text strings.Builder
	for _, r := range p.Rules {
		switch r.Type {
		case "NUMBER_RULE_TYPE_FIXED_CHAR":
			text.WriteString(r.Value)
		case "NUMBER_RULE_TYPE_TIME":
			layout := strings.NewReplacer("YYYY", "2006", "MM", "01", "DD", "02").Replace(r.Value)
			text.WriteString(made.In(china).Format(layout))
		default:
			width, _ := strconv.Atoi(r.Value)
			text.WriteString(strings.Repeat("0", max(width-len(seq), 0)) + seq)
		}
	}
	return []autoNumberCell{{seq, text.String()}}
}

// china is the time zone of days.
var china = time.FixedZone("", 8*60*60)
