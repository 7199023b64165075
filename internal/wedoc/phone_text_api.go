package wedoc

import (
	"net/http"

	"qiwei/internal/access"
	"qiwei/internal/login"
	"qiwei/internal/store"
)

// A text as the page draws it: paragraphs and tables, each with its places.
type (
	block struct {
		Begin int         `json:"begin"`
		End   int         `json:"end"` // of a paragraph: the place of its end mark
		Runs  []run       `json:"runs,omitempty"`
		Rows  [][][]block `json:"rows,omitempty"` // of a table: its rows, their cells, what is in each
	}
	run struct {
		Text       string `json:"text,omitempty"`
		Bold       bool   `json:"bold,omitempty"`
		Color      string `json:"color,omitempty"` // RRGGBB
		Background string `json:"background,omitempty"`
		Picture    string `json:"picture,omitempty"` // its address
		Width      int64  `json:"width,omitempty"`   // pixels
		Height     int64  `json:"height,omitempty"`
		Break      bool   `json:"break,omitempty"` // a new page begins
	}
)

// blocks returns the content as the page draws it.
func (c content) blocks() []block {
	p := blockReader{c: c}
	return p.until(letters)
}

type blockReader struct {
	c  content
	i  int // the next piece
	at int // its place
}

func (b *blockReader) take() piece {
	p := b.c[b.i]
	b.i++
	b.at += p.length()
	return p
}

// until reads up to the mark that closes a cell, which it takes; letters stands for the end of all.
func (b *blockReader) until(end mark) (out []block) {
	for b.i < len(b.c) {
		switch m := b.c[b.i].Mark; {
		case m == end && end != letters:
			b.take()
			return out
		case m == tableStart:
			out = append(out, b.table())
		default:
			out = append(out, b.paragraph())
		}
	}
	return out
}

func (b *blockReader) table() block {
	t := block{Begin: b.at}
	for {
		switch b.take().Mark {
		case rowStart:
			t.Rows = append(t.Rows, nil)
		case cellStart:
			last := len(t.Rows) - 1
			t.Rows[last] = append(t.Rows[last], b.until(cellEnd))
		case tableEnd:
			t.End = b.at
			return t
		}
	}
}

func (b *blockReader) paragraph() block {
	out := block{Begin: b.at}
	for {
		switch p := b.take(); p.Mark {
		case paragraphEnd:
			out.End = b.at - 1
			return out
		case picture:
			out.Runs = append(out.Runs, run{Picture: p.Picture.URI, Width: p.Picture.Width, Height: p.Picture.Height})
		case pageBreak:
			out.Runs = append(out.Runs, run{Break: true})
		default:
			out.Runs = append(out.Runs, run{Text: p.Text, Bold: p.Style.Bold, Color: p.Style.Color, Background: p.Style.Background})
		}
	}
}

type (
	phoneTextChange struct {
		Version int64  `json:"version"` // that the member has seen
		Begin   int64  `json:"begin"`
		End     int64  `json:"end"`
		Text    string `json:"text"`
	}
	phoneSaved struct {
		Saved   bool  `json:"saved"`
		Version int64 `json:"version"`
	}
)

// phoneText replaces a part of a text. If somebody has changed the text since the member has seen it, nothing is
// written, and the page is told so.
func (s *Service) phoneText(r *http.Request, sess login.Session) (any, error) {
	var out phoneSaved
	err := change(s, r, sess, func(tx *store.Tx, by access.Caller, req phoneTextChange) error {
		d, err := s.written(r, tx, sess, Text)
		if err != nil {
			return err
		}
		if out = (phoneSaved{Version: d.Version}); req.Version != d.Version {
			return nil
		}
		var list []updateRequest
		switch {
		case req.End > req.Begin:
			list = append(list, updateRequest{ReplaceText: &replaceText{req.Text, []span{{req.Begin, req.End - req.Begin}}}})
		case req.Text != "":
			list = append(list, updateRequest{InsertText: &insertText{req.Text, place{req.Begin}}})
		default:
			out.Saved = true
			return nil
		}
		if err := s.edit(tx, d, req.Version, list); err != nil {
			return err
		}
		out = phoneSaved{true, d.Version + 1}
		return nil
	})
	return out, err
}
