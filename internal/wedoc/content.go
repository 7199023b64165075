package wedoc

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"qiwei/internal/store"
)

// The content of a text is a row of pieces. A place in it is a number: each character takes one place, and so does
// each mark. What WeCom counts is not documented; that a character takes one place is unverified.
//
//	text ¶  ⟦ ‹ ( text ¶ ) ( ¶ ) › ⟧  text picture ¶
//	         table, its rows, their cells
type content []piece

type mark int

const (
	letters mark = iota // text, of one style
	paragraphEnd
	tableStart
	rowStart
	cellStart
	cellEnd
	rowEnd
	tableEnd
	picture
	pageBreak
)

type piece struct {
	Mark    mark     `json:"m,omitempty"`
	Text    string   `json:"t,omitempty"` // of letters
	Style   style    `json:"s,omitzero"`
	Picture *drawing `json:"i,omitempty"`
}

// style is how letters look. Colors are RRGGBB; an empty one is the usual color.
type style struct {
	Bold       bool   `json:"b,omitempty"`
	Color      string `json:"c,omitempty"`
	Background string `json:"g,omitempty"`
}

type drawing struct {
	URI    string `json:"uri"`
	Width  int64  `json:"w,omitempty"` // pixels
	Height int64  `json:"h,omitempty"`
}

// Limits of texts.
const (
	maxLetters   = 500_000 // places in a text; unverified
	maxTableRows = 100     // doc 97626
	maxTableCols = 60
	maxCells     = 1000
)

func newContent() content { return content{{Mark: paragraphEnd}} }

func (p piece) length() int {
	if p.Mark == letters {
		return utf8.RuneCountInString(p.Text)
	}
	return 1
}

func (c content) length() (n int) {
	for _, p := range c {
		n += p.length()
	}
	return n
}

// split returns the content with a border between pieces at the place, and the number of the piece behind it.
func (c content) split(at int) (content, int) {
	for i, p := range c {
		n := p.length()
		if at == 0 {
			return c, i
		}
		if at < n {
			runes := []rune(p.Text)
			left, right := p, p
			left.Text, right.Text = string(runes[:at]), string(runes[at:])
			return slices.Insert(slices.Delete(slices.Clone(c), i, i+1), i, left, right), i + 1
		}
		at -= n
	}
	return c, len(c)
}

// holds refuses what is no place of the content to put something at.
func (c content) holds(at int) error {
	if at < 0 || at >= c.length() {
		return errParameter.With("location.index: 0 to %d expected", c.length()-1)
	}
	return nil
}

// insert puts pieces at a place.
func (c content) insert(at int, what ...piece) (content, error) {
	if err := c.holds(at); err != nil {
		return nil, err
	}
	c, i := c.split(at)
	out := slices.Insert(slices.Clone(c), i, what...)
	if !out.whole() {
		return nil, errParameter.With("location.index: %d is a border of a table; a place within a paragraph expected", at)
	}
	return out.joined(), nil
}

// remove takes the places from start up to end out.
func (c content) remove(start, end int) (content, error) {
	c, i := c.split(start)
	c, j := c.split(end)
	out := slices.Delete(slices.Clone(c), i, j)
	if !out.whole() {
		return nil, errParameter.With("range: from %d up to %d is half of a table, or the end of the last paragraph", start, end)
	}
	return out.joined(), nil
}

// styled changes the letters from start up to end.
func (c content) styled(start, end int, change func(*style)) content {
	c, i := c.split(start)
	c, j := c.split(end)
	c = slices.Clone(c)
	for k := i; k < j; k++ {
		if c[k].Mark == letters {
			change(&c[k].Style)
		}
	}
	return c.joined()
}

// styleAt is the style of the letters at a place, or of those in front of it.
func (c content) styleAt(at int) (s style) {
	for _, p := range c {
		if p.Mark == letters {
			s = p.Style
		} else if p.Mark == paragraphEnd {
			s = style{}
		}
		if at -= p.length(); at < 0 {
			break
		}
	}
	return s
}

// joined puts letters of one style together.
func (c content) joined() (out content) {
	for _, p := range c {
		if last := len(out) - 1; last >= 0 && p.Mark == letters && out[last].Mark == letters && out[last].Style == p.Style {
			out[last].Text += p.Text
			continue
		}
		if p.Mark != letters || p.Text != "" {
			out = append(out, p)
		}
	}
	return out
}

// whole reports whether paragraphs and tables are complete, cells have a paragraph at least, and the text ends
// with one.
func (c content) whole() bool {
	outer := map[mark]mark{tableStart: letters, rowStart: tableStart, cellStart: rowStart}
	closes := map[mark]mark{tableEnd: tableStart, rowEnd: rowStart, cellEnd: cellStart}
	open := []mark{letters} // letters stands for the text outside of tables
	filled := []bool{false} // of each: a paragraph, a row or a cell has been
	loose := false          // a paragraph has begun
	for _, p := range c {
		top := open[len(open)-1]
		switch p.Mark {
		case letters, picture, pageBreak:
			if top == tableStart || top == rowStart {
				return false
			}
			loose = true
		case paragraphEnd:
			if top == tableStart || top == rowStart {
				return false
			}
			loose, filled[len(filled)-1] = false, true
		case tableStart, rowStart, cellStart:
			if loose || outer[p.Mark] != top {
				return false
			}
			open, filled = append(open, p.Mark), append(filled, false)
		default:
			if loose || closes[p.Mark] != top || !filled[len(filled)-1] {
				return false
			}
			open, filled = open[:len(open)-1], filled[:len(filled)-1]
			// Behind a table a paragraph must follow.
			filled[len(filled)-1] = p.Mark != tableEnd
		}
	}
	return len(open) == 1 && !loose && filled[0]
}

// plain returns pieces for a text, in which each line break ends a paragraph.
func plain(text string, s style) (out []piece) {
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for i, line := range lines {
		if i > 0 {
			out = append(out, piece{Mark: paragraphEnd})
		}
		if line != "" {
			out = append(out, piece{Text: line, Style: s})
		}
	}
	return out
}

// table returns the pieces of an empty table.
func table(rows, cols int64) (out []piece) {
	out = append(out, piece{Mark: tableStart})
	for range rows {
		out = append(out, piece{Mark: rowStart})
		for range cols {
			out = append(out, piece{Mark: cellStart}, piece{Mark: paragraphEnd}, piece{Mark: cellEnd})
		}
		out = append(out, piece{Mark: rowEnd})
	}
	return append(out, piece{Mark: tableEnd})
}

// tableAt inserts an empty table. Within a paragraph it divides the paragraph.
func (c content) tableAt(at int, rows, cols int64) (content, error) {
	if rows < 1 || rows > maxTableRows || cols < 1 || cols > maxTableCols || rows*cols > maxCells {
		return nil, errParameter.With("insert_table: 1 to %d rows and 1 to %d columns, and at most %d cells expected", maxTableRows, maxTableCols, maxCells)
	}
	if err := c.holds(at); err != nil {
		return nil, err
	}
	what := table(rows, cols)
	if split, i := c.split(at); i > 0 && i < len(split) && split[i-1].Mark != paragraphEnd && split[i-1].Mark != tableEnd {
		what = append([]piece{{Mark: paragraphEnd}}, what...)
	}
	return c.insert(at, what...)
}

// edit is what a change did to the places behind it, so that a change of an older version finds its own.
type edit struct {
	Version int64 `json:"v"` // that it made
	At      int   `json:"at"`
	Delta   int   `json:"d"` // so many places were put in, or taken out if it is negative
}

// keptEdits is how many versions back a change may be meant for (doc 97626).
const keptEdits = 100

// moved is where a place of an older version is now.
func moved(at int, version int64, edits []edit) int {
	for _, e := range edits {
		switch {
		case e.Version <= version || e.At > at || e.At == at && e.Delta < 0:
		case e.Delta > 0:
			at += e.Delta
		default:
			at = max(e.At, at+e.Delta)
		}
	}
	return at
}

func getContent(tx *store.Tx, d Document) (c content, edits []edit, err error) {
	var body, log string
	if _, err := tx.Get(`SELECT body, edits FROM wedoc_text WHERE doc = ?`, []any{d.No}, &body, &log); err != nil {
		return nil, nil, err
	}
	if err := json.Unmarshal([]byte(body), &c); err != nil {
		return nil, nil, err
	}
	return c, edits, json.Unmarshal([]byte(log), &edits)
}

func putContent(tx *store.Tx, d Document, c content, edits ...edit) error {
	body, err := json.Marshal(c)
	if err != nil {
		return err
	}
	log, err := json.Marshal(append([]edit{}, edits...))
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO wedoc_text (corpid, doc, body, edits) VALUES (?, ?, ?, ?) ON CONFLICT (doc) DO UPDATE SET body = excluded.body, edits = excluded.edits`,
		d.CorpID, d.No, string(body), string(log))
	return err
}
