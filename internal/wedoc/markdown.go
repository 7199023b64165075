package wedoc

import "strings"

// Markdown of texts. Our texts have paragraphs, bold letters, pictures and tables, so those are what is translated;
// everything else of Markdown, such as headings and lists, stays the characters that it is written with, and comes
// back as it was.

// fromMarkdown returns the content for a Markdown text.
func fromMarkdown(text string) (out content) {
	lines := strings.Split(strings.TrimSuffix(strings.ReplaceAll(text, "\r\n", "\n"), "\n"), "\n")
	for i := 0; i < len(lines); {
		rows, n := readTable(lines[i:])
		if n == 0 {
			out = append(append(out, boldPieces(lines[i])...), piece{Mark: paragraphEnd})
			i++
			continue
		}
		out = append(out, tablePieces(rows)...)
		if i += n; i == len(lines) {
			out = append(out, piece{Mark: paragraphEnd}) // a text ends with a paragraph
		}
	}
	return out.joined()
}

// boldPieces parts a line at its ** marks. One without a second is a text.
func boldPieces(line string) (out []piece) {
	for {
		before, rest, found := strings.Cut(line, "**")
		inside, after, closed := strings.Cut(rest, "**")
		if !found || !closed || inside == "" {
			break
		}
		if before != "" {
			out = append(out, piece{Text: before})
		}
		out = append(out, piece{Text: inside, Style: style{Bold: true}})
		line = after
	}
	if line != "" {
		out = append(out, piece{Text: line})
	}
	return out
}

// readTable reads a table at the beginning of lines, and returns how many lines it takes; 0 if there is none, or if
// it is larger than a table of a text may be.
func readTable(lines []string) (rows [][]string, n int) {
	if len(lines) < 2 || !isRow(lines[0]) || !isRule(lines[1]) {
		return nil, 0
	}
	rows, n = append(rows, cellsOf(lines[0])), 2
	for n < len(lines) && isRow(lines[n]) {
		rows, n = append(rows, cellsOf(lines[n])), n+1
	}
	if columns := len(rows[0]); len(rows) > maxTableRows || columns > maxTableCols || len(rows)*columns > maxCells {
		return nil, 0
	}
	return rows, n
}

func isRow(line string) bool {
	line = strings.TrimSpace(line)
	return len(line) > 2 && line[0] == '|' && line[len(line)-1] == '|'
}

func isRule(line string) bool {
	return isRow(line) && strings.Trim(line, "|-: ") == "" && strings.Contains(line, "-")
}

func cellsOf(line string) (out []string) {
	line = strings.TrimSpace(line)
	line = strings.ReplaceAll(line[1:len(line)-1], `\|`, "\x00")
	for _, cell := range strings.Split(line, "|") {
		out = append(out, strings.ReplaceAll(strings.TrimSpace(cell), "\x00", "|"))
	}
	return out
}

// tablePieces returns a table as wide as its first row.
func tablePieces(rows [][]string) (out []piece) {
	out = append(out, piece{Mark: tableStart})
	for _, r := range rows {
		out = append(out, piece{Mark: rowStart})
		for i := range rows[0] {
			out = append(out, piece{Mark: cellStart})
			if i < len(r) {
				out = append(out, boldPieces(r[i])...)
			}
			out = append(out, piece{Mark: paragraphEnd}, piece{Mark: cellEnd})
		}
		out = append(out, piece{Mark: rowEnd})
	}
	return append(out, piece{Mark: tableEnd})
}

// markdown returns the content as Markdown.
func (c content) markdown() string {
	var out, cell strings.Builder
	to := &out
	var rows [][]string
	depth := 0
	for i, p := range c {
		switch p.Mark {
		case letters:
			if p.Style.Bold {
				to.WriteString("**" + p.Text + "**")
			} else {
				to.WriteString(p.Text)
			}
		case picture:
			if p.Picture != nil {
				to.WriteString("![](" + p.Picture.URI + ")")
			}
		case pageBreak:
			to.WriteString("\n---\n")
		case paragraphEnd:
			// The empty paragraph that a text must have behind a table is none of its own.
			if depth == 0 && i == len(c)-1 && i > 0 && c[i-1].Mark == tableEnd {
				continue
			}
			to.WriteString("\n")
		case tableStart:
			depth, rows = depth+1, nil
		case rowStart:
			rows = append(rows, nil)
		case cellStart:
			cell.Reset()
			to = &cell
		case cellEnd:
			rows[len(rows)-1] = append(rows[len(rows)-1], strings.TrimSuffix(cell.String(), "\n"))
			to = &out
		case tableEnd:
			depth--
			out.WriteString(markdownTable(rows))
		}
	}
	return out.String()
}

// markdownTable writes rows as a table, the first one being its head.
func markdownTable(rows [][]string) string {
	var out strings.Builder
	for i, r := range rows {
		for _, cell := range r {
			out.WriteString("| " + strings.NewReplacer("|", `\|`, "\n", " ").Replace(cell) + " ")
		}
		out.WriteString("|\n")
		if i == 0 {
			out.WriteString(strings.Repeat("| --- ", len(r)) + "|\n")
		}
	}
	return out.String()
}
