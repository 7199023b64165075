package smartsheet

import (
	"context"
	"slices"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/wire"
)

// What a cell may be for an address beside what it may be for a call: a text also as a plain string, members also by
// their userids alone, pictures as base64. Empty members and options count as none: the sample on the page has them.

type sentPicture struct {
	Title  string `json:"title"`
	Base64 string `json:"image_base64"`
	URL    string `json:"image_url"`
}

// keepPicture keeps a picture for a cell. A data: address is refused: WeCom wants the base64 alone.
func (s *Service) keepPicture(ctx context.Context, by access.Caller, p sentPicture) (imageCell, error) {
	if strings.HasPrefix(p.Base64, "data:") {
		return imageCell{}, ErrPictureURL.With("image_base64: base64 without data:image/…;base64, expected")
	}
	kept, err := s.deps.Docs.KeepPicture(ctx, by, p.Base64)
	return imageCell{Title: p.Title, URL: kept.URL, Width: kept.Width, Height: kept.Height}, err
}

// sent reads a cell that an address writes, and whether it is in one of the forms that only those may have.
func (r *reader) sent(f *Field, v wire.Value) (cell any, is bool) {
	if r.by.Kind != access.SheetHook {
		return nil, false
	}
	switch f.Type {
	case Text:
		if text, ok := v.Text(); ok {
			if text == "" {
				return nil, true
			}
			return []textCell{{Type: "text", Text: text}}, len([]rune(text)) <= maxText
		}
	case Image:
		var list []sentPicture
		if v.Into(&list) && slices.ContainsFunc(list, func(p sentPicture) bool { return p.Base64 != "" }) {
			var out []imageCell
			for _, p := range list {
				one, ok := r.pictures[p.Base64]
				if p.Base64 == "" {
					one, ok = imageCell{URL: p.URL}, p.URL != ""
				}
				if one.Title = p.Title; !ok {
					return nil, false
				}
				out = append(out, one)
			}
			return out, true
		}
	}
	return nil, false
}

// sentUsers reads members whom an address names.
func sentUsers(v wire.Value) ([]userCell, bool) {
	var out []userCell
	items, ok := v.List()
	for _, item := range items {
		one := userCell{}
		if text, is := item.Text(); is {
			one.UserID = id.UserID(text)
		} else if !item.Into(&one) {
			ok = false
		}
		if one.UserID != "" {
			out = append(out, one)
		}
	}
	return out, ok
}
