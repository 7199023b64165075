package wedoc

import (
	"errors"
	"slices"
	"strings"

	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// A span is a part of a text, in places.
type span struct {
	Start  int64 `json:"start_index"`
	Length int64 `json:"length"`
}

type place struct {
	Index int64 `json:"index"`
}

// The operations of document/batch_update (doc 97626).
type (
	replaceText struct {
		Text   string `json:"text"`
		Ranges []span `json:"ranges"`
	}
	insertText struct {
		Text     string `json:"text"`
		Location place  `json:"location"`
	}
	deleteContent struct {
		Range span `json:"range"`
	}
	insertImage struct {
		Image    string `json:"image_id"`
		Location place  `json:"location"`
		Width    int64  `json:"width"`
		Height   int64  `json:"height"`
	}
	insertAt struct {
		Location place `json:"location"`
	}
	insertTable struct {
		Rows     int64 `json:"rows"`
		Cols     int64 `json:"cols"`
		Location place `json:"location"`
	}
	textProperty struct {
		Bold       *bool   `json:"bold"`
		Color      *string `json:"color"`
		Background *string `json:"background_color"`
	}
	updateTextProperty struct {
		Property textProperty `json:"text_property"`
		Ranges   []span       `json:"ranges"`
	}
	updateRequest struct {
		ReplaceText        *replaceText        `json:"replace_text"`
		InsertText         *insertText         `json:"insert_text"`
		DeleteContent      *deleteContent      `json:"delete_content"`
		InsertImage        *insertImage        `json:"insert_image"`
		InsertPageBreak    *insertAt           `json:"insert_page_break"`
		InsertTable        *insertTable        `json:"insert_table"`
		InsertParagraph    *insertAt           `json:"insert_paragraph"`
		UpdateTextProperty *updateTextProperty `json:"update_text_property"`
	}
)

const (
	maxUpdates = 30 // doc 97626
	maxRanges  = 10
)

// editor applies operations to a text. If they were meant for an older version, places are moved first.
type editor struct {
	c       content
	version int64  // the operations' own
	next    int64  // that they make
	edits   []edit // of the versions before
	done    []edit // by them
}

// at is where a place of the operations is now.
func (e *editor) at(index int64) int {
	return moved(int(min(index, maxLetters)), e.version, e.edits)
}

// spans returns the places of ranges, the last one first.
func (e *editor) spans(field string, ranges []span) ([][2]int, error) {
	if len(ranges) < 1 || len(ranges) > maxRanges {
		return nil, errParameter.With("%s.ranges: 1 to %d expected", field, maxRanges)
	}
	out := make([][2]int, len(ranges))
	for i, r := range ranges {
		if r.Start < 0 || r.Length < 1 || r.Start > maxLetters || r.Length > maxLetters {
			return nil, errParameter.With("%s.ranges[%d]: a start from 0 on and a length from 1 on expected", field, i)
		}
		out[i] = [2]int{e.at(r.Start), e.at(r.Start + r.Length)}
		if out[i][1] > e.c.length() {
			return nil, errParameter.With("%s.ranges[%d]: the text has %d places", field, i, e.c.length())
		}
	}
	slices.SortFunc(out, func(a, b [2]int) int { return b[0] - a[0] })
	for i := range out[1:] {
		if out[i+1][1] > out[i][0] {
			return nil, errParameter.With("%s.ranges: two of them overlap", field)
		}
	}
	return out, nil
}

func (e *editor) insert(at int, what []piece) (err error) {
	if e.c, err = e.c.insert(at, what...); err != nil {
		return err
	}
	e.done = append(e.done, edit{e.next, at, content(what).length()})
	return nil
}

func (e *editor) remove(start, end int) (err error) {
	if start >= end {
		return nil // somebody else has taken it out already
	}
	if e.c, err = e.c.remove(start, end); err != nil {
		return err
	}
	e.done = append(e.done, edit{e.next, start, start - end})
	return nil
}

// apply does one operation. If several are given, the first one in the page's order counts.
func (e *editor) apply(r updateRequest) error {
	switch {
	case r.ReplaceText != nil:
		spans, err := e.spans("replace_text", r.ReplaceText.Ranges)
		for _, at := range spans {
			look := e.c.styleAt(at[0])
			if err == nil {
				err = e.remove(at[0], at[1])
			}
			if err == nil && r.ReplaceText.Text != "" {
				err = e.insert(at[0], plain(r.ReplaceText.Text, look))
			}
		}
		return err
	case r.InsertText != nil:
		if r.InsertText.Text == "" {
			return errParameter.With("insert_text.text: a text expected")
		}
		at := e.at(r.InsertText.Location.Index)
		return e.insert(at, plain(r.InsertText.Text, e.c.styleAt(at-1)))
	case r.DeleteContent != nil:
		spans, err := e.spans("delete_content", []span{r.DeleteContent.Range})
		if err != nil {
			return err
		}
		return e.remove(spans[0][0], spans[0][1])
	case r.InsertImage != nil:
		im := r.InsertImage
		if !strings.HasPrefix(im.Image, "https://") && !strings.HasPrefix(im.Image, "http://") {
			return errParameter.With("insert_image.image_id: the url that wedoc/image_upload answers expected")
		}
		if im.Width < 0 || im.Height < 0 || im.Width > 10_000 || im.Height > 10_000 {
			return errParameter.With("insert_image: a width and a height of 0 to 10000 pixels expected")
		}
		return e.insert(e.at(im.Location.Index), []piece{{Mark: picture, Picture: &drawing{im.Image, im.Width, im.Height}}})
	case r.InsertPageBreak != nil:
		return e.insert(e.at(r.InsertPageBreak.Location.Index), []piece{{Mark: pageBreak}})
	case r.InsertTable != nil:
		at := e.at(r.InsertTable.Location.Index)
		before := e.c.length()
		c, err := e.c.tableAt(at, r.InsertTable.Rows, r.InsertTable.Cols)
		if err == nil {
			e.c, e.done = c, append(e.done, edit{e.next, at, c.length() - before})
		}
		return err
	case r.InsertParagraph != nil:
		return e.insert(e.at(r.InsertParagraph.Location.Index), []piece{{Mark: paragraphEnd}})
	case r.UpdateTextProperty != nil:
		p := r.UpdateTextProperty.Property
		for _, color := range []*string{p.Color, p.Background} {
			if color != nil && !isColor(*color) {
				return errParameter.With("text_property: a color as RRGGBB expected, not %q", *color)
			}
		}
		spans, err := e.spans("update_text_property", r.UpdateTextProperty.Ranges)
		for _, at := range spans {
			e.c = e.c.styled(at[0], at[1], func(s *style) {
				set(&s.Bold, p.Bold)
				set(&s.Color, p.Color)
				set(&s.Background, p.Background)
			})
		}
		return err
	}
	return errParameter.With("an operation expected, such as insert_text")
}

func isColor(text string) bool {
	return len(text) == 6 && strings.Trim(text, "0123456789abcdefABCDEF") == ""
}

// InRequest says which of several operations an error is about.
func InRequest(i int, err error) error {
	var refused wire.Error
	if errors.As(err, &refused) {
		return refused.With("requests[%d]: %s", i, refused.Note)
	}
	return err
}

// edit applies operations to a text, all or none. Version is that of the text they were made for; 0 stands for the
// newest. Doc 97626.
func (s *Service) edit(tx *store.Tx, d Document, version int64, list []updateRequest) error {
	if len(list) < 1 || len(list) > maxUpdates {
		return errParameter.With("requests: 1 to %d operations expected", maxUpdates)
	}
	d, err := Lock(tx, d)
	if err != nil {
		return err
	}
	if version == 0 {
		version = d.Version
	}
	if version > d.Version || version < d.Version-keptEdits {
		return ErrVersion.With("version: the text has version %d, and operations for up to %d versions before it are taken", d.Version, keptEdits)
	}
	c, edits, err := getContent(tx, d)
	if err != nil {
		return err
	}
	e := editor{c: c, version: version, next: d.Version + 1, edits: edits}
	for i, r := range list {
		if err := e.apply(r); err != nil {
			return InRequest(i, err)
		}
	}
	if e.c.length() > maxLetters {
		return errParameter.With("the text would have %d places, and %d are the most", e.c.length(), maxLetters)
	}
	d.Version++
	kept := slices.DeleteFunc(append(edits, e.done...), func(x edit) bool { return x.Version <= d.Version-keptEdits })
	if err := putContent(tx, d, e.c, kept...); err != nil {
		return err
	}
	return s.Touch(tx, d)
}
