package hr

import (
	"context"
	"slices"
	"strconv"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// What administrators do in the console: they read and change the roster in people's words, an option by its name and a
// time as a day.

// Groups returns the groups of fields, for pages.
func Groups() []Group { return groups }

// Written is a field's value in people's words.
type Written struct {
	Field int64    `json:"fieldid"`
	Idx   int64    `json:"sub_idx"`
	Text  string   `json:"text"`
	Files []string `json:"files,omitempty"` // media_ids
}

// IsFile reports whether the field holds files.
func (f Field) IsFile() bool { return f.Value == valueFile }

// IsDay reports whether the field holds a day.
func (f Field) IsDay() bool { return f.Type == typeTime }

// write is the opposite of parse.
func (f *Field) write(v Value) string {
	switch {
	case v.Number != nil && f.Value == valueInt64:
		return time.Unix(*v.Number, 0).In(china).Format(time.DateOnly)
	case v.Number != nil && f.Value == valueUint32 && *v.Number >= 1 && *v.Number <= int64(len(f.Options)):
		return f.Options[*v.Number-1]
	case v.Number != nil:
		return strconv.FormatInt(*v.Number, 10)
	case v.Mobile != nil:
		return v.number()
	case v.Text != nil:
		return *v.Text
	}
	return ""
}

// Card returns what the roster has of a member of the caller's range. It answers 60111 and 60011.
func (s *Service) Card(ctx context.Context, tx *store.Tx, by access.Caller, user id.UserID) ([]Written, error) {
	entries, err := s.Read(ctx, tx, by, user, true, nil)
	out := []Written{}
	for _, e := range entries {
		f, _ := fieldOf(e.Field)
		out = append(out, Written{e.Field, e.Idx, f.write(e.Value), e.Value.Files})
	}
	return out, err
}

// Columns returns these fields of members, by our number of the member and the field. A repeated group gives its first.
func (s *Service) Columns(tx *store.Tx, corpID string, members []directory.Member, fields []int64) (map[int64]map[int64]string, error) {
	var numbers []int64
	for _, m := range members {
		numbers = append(numbers, m.No)
	}
	rosters, err := selectStaffs(tx, corpID, numbers)
	out := map[int64]map[int64]string{}
	for _, m := range members {
		out[m.No] = map[int64]string{}
		for _, no := range fields {
			if f, ok := fieldOf(no); ok {
				v, _ := rosters[m.No].read(m, f, 0, tx.Now())
				out[m.No][no] = f.write(v)
			}
		}
	}
	return out, err
}

// Edit is what an administrator has changed on a member's page. Places count as they did before the edit.
type Edit struct {
	Set    []Written `json:"set"`
	Remove []Dropped `json:"remove"`
	Insert []Another `json:"insert"`
}

// Dropped is one of the times that a repeated group is there.
type Dropped struct {
	Kind int64 `json:"group_type"`
	Idx  int64 `json:"sub_idx"`
}

// Another is another time of a repeated group.
type Another struct {
	Kind   int64     `json:"group_type"`
	Values []Written `json:"values"`
}

// Apply does all of an edit, or nothing and says which part did not go. Doc 99133.
func (s *Service) Apply(ctx context.Context, tx *store.Tx, by access.Caller, user id.UserID, e Edit) error {
	var c Change
	for _, w := range e.Set {
		one, err := entry(w)
		if err != nil {
			return err
		}
		c.Update = append(c.Update, one)
	}
	for _, d := range e.Remove {
		c.Remove = append(c.Remove, Place{Kind: d.Kind, Idx: d.Idx})
	}
	for _, a := range e.Insert {
		n := Added{Kind: a.Kind}
		for _, w := range a.Values {
			one, err := entry(w)
			if err != nil {
				return err
			}
			n.Values = append(n.Values, one)
		}
		c.Insert = append(c.Insert, n)
	}
	if err := s.Change(ctx, tx, by, user, &c); err != nil {
		return err
	}
	for _, u := range c.Update {
		if u.Result != Done {
			return refused(u.Field, u.Result)
		}
	}
	for _, p := range c.Remove {
		if p.Result != Done {
			return wire.ErrParameter.With("group_type %d: it is not there %d times", p.Kind, p.Idx+1)
		}
	}
	for _, a := range c.Insert {
		if a.Result != Done {
			return wire.ErrParameter.With("group_type %d: %s", a.Kind, a.Result)
		}
	}
	return nil
}

func entry(w Written) (Entry, error) {
	f, ok := fieldOf(w.Field)
	if !ok {
		return Entry{}, wire.ErrParameter.With("fieldid: there is no field %d", w.Field)
	}
	v, err := f.parse(w.Text)
	if err != nil {
		return Entry{}, wire.ErrParameter.With("%s: %v", f.Name, err)
	}
	return Entry{Field: w.Field, Idx: w.Idx, Value: v}, nil
}

func refused(fieldID int64, r Result) error {
	f, _ := fieldOf(fieldID)
	return wire.ErrParameter.With("%s: %s", f.Name, r)
}

// String says what a result means.
func (r Result) String() string {
	switch r {
	case Done:
		return "done"
	case NotFound:
		return "it is not there"
	case Required:
		return "a value is required"
	case Unsupported:
		return "it cannot be changed here"
	}
	return "the value does not fit"
}

// HasFile reports whether a media_id is one of the files that the roster has of a member whom the caller sees.
func (s *Service) HasFile(ctx context.Context, tx *store.Tx, by access.Caller, user id.UserID, mediaID string) (bool, error) {
	card, err := s.Card(ctx, tx, by, user)
	return slices.ContainsFunc(card, func(w Written) bool { return slices.Contains(w.Files, mediaID) }), err
}
