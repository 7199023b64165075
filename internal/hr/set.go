package hr

import (
	"context"
	"fmt"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Set writes a value as people write it: an option by its name, a time as a day, a file by its media_id. It is for
// scripts and files, and says what does not fit.
func (s *Service) Set(ctx context.Context, tx *store.Tx, corpID string, user id.UserID, w Wanted, written string) error {
	f, ok := fieldOf(w.Field)
	if !ok {
		return wire.ErrParameter.With("fieldid: there is no field %d", w.Field)
	}
	m, err := s.deps.Directory.Member(ctx, tx, access.System(corpID), user)
	if err != nil {
		return err
	}
	st, err := selectStaff(tx, corpID, m.No)
	if err != nil {
		return err
	}
	if f.Group.Kind != 0 && w.Idx == int64(st.size(f.Group)) && w.Idx < maxRepeated { // the next one begins
		st.set(f, int(w.Idx), Value{})
	}
	if f.Value == valueFile {
		if err := s.attach(tx, corpID, st, f, w.Idx, written); err != nil {
			return err
		}
		return saveStaff(tx, corpID, m.No, st)
	}
	v, err := f.parse(written)
	if err != nil {
		return wire.ErrParameter.With("field %d (%s): %v", f.ID, f.Name, err)
	}
	result, err := s.update(ctx, tx, corpID, m, st, Entry{Field: w.Field, Idx: w.Idx, Value: v})
	if err != nil {
		return err
	}
	if result != Done {
		return wire.ErrParameter.With("field %d (%s): result %d of doc 99133", f.ID, f.Name, result)
	}
	return saveStaff(tx, corpID, m.No, st)
}

// attach adds a file, or takes the place of the one there is where the field has one only.
func (s *Service) attach(tx *store.Tx, corpID string, st Staff, f *Field, idx int64, mediaID string) error {
	v, found := st.at(f, idx)
	if !found {
		return wire.ErrParameter.With("sub_idx: not there")
	}
	uploaded, err := s.deps.Media.File(tx, corpID, mediaID)
	if err != nil {
		return err
	}
	kept, err := s.deps.Media.Preserve(tx, access.System(corpID), uploaded)
	if err != nil {
		return err
	}
	if f.Type != typeFiles {
		if err := s.forget(tx, corpID, v); err != nil {
			return err
		}
		v.Files = nil
	}
	v.Files = append(v.Files, kept.MediaID)
	st.set(f, int(idx), v)
	return nil
}

// parse reads a value as people write it. Nothing clears the field.
func (f *Field) parse(written string) (v Value, err error) {
	if written == "" {
		return Value{}, nil
	}
	switch f.Value {
	case valueUint32:
		for i, o := range f.Options {
			if o == written {
				n := int64(i + 1)
				return Value{Number: &n}, nil
			}
		}
		return v, fmt.Errorf("one of %q expected", f.Options)
	case valueInt64:
		day, err := time.ParseInLocation(time.DateOnly, written, china)
		if err != nil {
			return v, fmt.Errorf("a day such as 2024-03-01 expected")
		}
		n := day.Unix()
		return Value{Number: &n}, nil
	case valueMobile:
		return Value{Mobile: mobileOf(written)}, nil
	}
	return Value{Text: &written}, nil
}
