package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/rivo/uniseg"

	"qiwei/internal/wire"
)

// jsonFlag lets a command answer a script.
type jsonFlag struct {
	JSON bool `name:"json" help:"Print JSON."`
}

func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// table prints rows in columns. A Chinese character is as wide as two letters.
type table struct {
	head []string
	rows [][]string
}

func newTable(head ...string) *table { return &table{head: head} }

func (t *table) row(cells ...any) {
	row := make([]string, len(cells))
	for i, c := range cells {
		row[i] = strings.NewReplacer("\n", " ", "\t", " ").Replace(fmt.Sprint(c))
	}
	t.rows = append(t.rows, row)
}

func (t *table) print(w io.Writer) error {
	width := make([]int, len(t.head))
	all := append([][]string{t.head}, t.rows...)
	for _, row := range all {
		for i, cell := range row {
			width[i] = max(width[i], uniseg.StringWidth(cell))
		}
	}
	var out strings.Builder
	for _, row := range all {
		var line strings.Builder
		for i, cell := range row {
			line.WriteString(cell)
			if i < len(row)-1 {
				line.WriteString(strings.Repeat(" ", width[i]-uniseg.StringWidth(cell)+2))
			}
		}
		out.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// pairs prints names and their values, one a line; empty values are left out.
type pairs struct{ table }

func (p *pairs) add(name string, value any) {
	if text := fmt.Sprint(value); text != "" && text != "[]" {
		p.row(name, text)
	}
}

func (p *pairs) print(w io.Writer) error {
	if len(p.rows) == 0 {
		return nil
	}
	t := table{head: p.rows[0], rows: p.rows[1:]}
	return t.print(w)
}

// explain puts an error of the platform into words for a person: what is wrong
// first, its code last.
func explain(err error) error {
	var e wire.Error
	if !errors.As(err, &e) {
		return err
	}
	text := e.Text
	if e.Note != "" {
		text += ": " + e.Note
	}
	if before, ok := strings.CutSuffix(err.Error(), e.Error()); ok {
		text = before + text
	}
	return fmt.Errorf("%s (errcode %d; see qiwei errcode %d)", text, e.Code, e.Code)
}

// yes and no of a table.
func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}
