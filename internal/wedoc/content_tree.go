package wedoc

// node is a node of a text's tree, as document/get answers it (doc 101161). Only what can be set in qiwei is set in
// the properties; the others are what a new text has.
type node struct {
	Begin    int64     `json:"begin"`
	End      int64     `json:"end"`
	Property *property `json:"property,omitempty"`
	Type     string    `json:"type"`
	Children []node    `json:"children,omitempty"`
	Text     string    `json:"text,omitempty"`
}

type property struct {
	Section   *sectionProperty   `json:"section_property,omitempty"`
	Paragraph *paragraphProperty `json:"paragraph_property,omitempty"`
	Run       *runProperty       `json:"run_property,omitempty"`
	Table     *tableProperty     `json:"table_property,omitempty"`
	Row       *rowProperty       `json:"table_row_property,omitempty"`
	Cell      *cellProperty      `json:"table_cell_property,omitempty"`
	Drawing   *drawingProperty   `json:"drawing_property,omitempty"`
}

type (
	orientation struct {
		Width       float64 `json:"width"`
		Height      float64 `json:"height"`
		Orientation string  `json:"orientation"`
	}
	pageSize struct {
		Width       float64     `json:"width"`
		Height      float64     `json:"height"`
		Orientation orientation `json:"orientation"`
	}
	pageMargins struct {
		Top    float64 `json:"top"`
		Right  float64 `json:"right"`
		Bottom float64 `json:"bottom"`
		Left   float64 `json:"left"`
	}
	sectionProperty struct {
		Size    pageSize    `json:"page_size"`
		Margins pageMargins `json:"page_margins"`
	}
	numberProperty struct {
		Level int64  `json:"nesting_level"`
		ID    string `json:"number_id"`
	}
	spacing struct {
		Before float64 `json:"before"`
		After  float64 `json:"after"`
		Line   float64 `json:"line"`
		Rule   string  `json:"line_rule"`
	}
	indent struct {
		Left         float64 `json:"left"`
		LeftChars    int64   `json:"left_chars"`
		Right        float64 `json:"right"`
		RightChars   int64   `json:"right_chars"`
		Hanging      float64 `json:"hanging"`
		HangingChars int64   `json:"hanging_chars"`
		First        float64 `json:"first_line"`
		FirstChars   int64   `json:"first_line_chars"`
	}
	paragraphProperty struct {
		Number    *numberProperty `json:"number_property,omitempty"`
		Spacing   *spacing        `json:"spacing,omitempty"`
		Indent    *indent         `json:"indent,omitempty"`
		Alignment string          `json:"alignment_type"`
		Direction string          `json:"text_direction"`
	}
	shading struct {
		Foreground string `json:"foreground_color"`
		Background string `json:"background_color"`
	}
	runProperty struct {
		Font        string   `json:"font"`
		Bold        bool     `json:"bold"`
		Italics     bool     `json:"italics"`
		Underline   bool     `json:"underline"`
		Strike      bool     `json:"strike"`
		Color       string   `json:"color"`
		Spacing     float64  `json:"spacing"`
		Size        float64  `json:"size"` // half points
		Shading     *shading `json:"shading,omitempty"`
		Align       string   `json:"vertical_align"`
		Placeholder bool     `json:"is_placeholder"`
	}
	tableWidth struct {
		Width float64 `json:"width"`
		Type  string  `json:"type"`
	}
	tableProperty struct {
		Width  *tableWidth `json:"table_width,omitempty"`
		Align  string      `json:"horizontal_alignment_type"`
		Layout string      `json:"table_layout"`
	}
	rowProperty struct {
		Header bool `json:"is_header"`
	}
	border struct {
		Color string `json:"color"`
		Width int64  `json:"width"`
	}
	borders struct {
		Top    border `json:"top"`
		Left   border `json:"left"`
		Bottom border `json:"bottom"`
		Right  border `json:"right"`
	}
	cellProperty struct {
		Borders *borders `json:"table_cell_borders,omitempty"`
		Align   string   `json:"vertical_alignment"`
	}
	rect struct {
		Left   int64 `json:"left"`
		Top    int64 `json:"top"`
		Right  int64 `json:"right"`
		Bottom int64 `json:"bottom"`
	}
	extent struct {
		Width  int64 `json:"cx"`
		Height int64 `json:"cy"`
	}
	transform struct {
		Extent   extent `json:"extent"`
		Rotation int64  `json:"rotation"`
	}
	shape struct {
		Transform transform `json:"transform"`
	}
	inlinePicture struct {
		URI   string `json:"uri"`
		Rect  rect   `json:"relative_rect"`
		Shape shape  `json:"shape"`
	}
	addon struct {
		ID     string `json:"addon_id"`
		Source string `json:"addon_source"`
	}
	inline struct {
		Picture *inlinePicture `json:"picture,omitempty"`
		Addon   *addon         `json:"addon,omitempty"`
	}
	offset struct {
		Offset int64  `json:"pos_offset"`
		From   string `json:"relative_from"`
	}
	wrapSquare struct {
		Text string `json:"wrap_text"`
	}
	anchorPicture struct {
		URI        string      `json:"uri"`
		Rect       rect        `json:"relative_rect"`
		Shape      shape       `json:"shape"`
		Horizontal offset      `json:"position_horizontal"`
		Vertical   offset      `json:"position_vertical"`
		None       bool        `json:"wrap_none"`
		Square     *wrapSquare `json:"wrap_square,omitempty"`
		TopBottom  bool        `json:"wrap_top_and_bottom"`
		Behind     bool        `json:"behind_doc"`
		Overlap    bool        `json:"allow_overlap"`
	}
	anchor struct {
		Picture anchorPicture `json:"picture"`
	}
	drawingProperty struct {
		Inline      *inline `json:"inline_keyword,omitempty"`
		Anchor      *anchor `json:"anchor,omitempty"`
		Placeholder bool    `json:"is_placeholder"`
	}
)

// tree returns the content as a tree. All of it is one section.
func (c content) tree() node {
	b := builder{c: c}
	body := b.until(letters)
	end := int64(c.length())
	section := node{Type: "Section", End: end, Children: body, Property: &property{Section: &sectionProperty{
		Size: pageSize{794, 1123, orientation{794, 1123, "PAGE_ORIENTATION_PORTRAIT"}}, Margins: pageMargins{96, 120, 96, 120},
	}}}
	main := node{Type: "MainStory", End: end, Children: []node{section}}
	return node{Type: "Document", End: end, Children: []node{main}}
}

type builder struct {
	c  content
	i  int   // the next piece
	at int64 // its place
}

func (b *builder) take() piece {
	p := b.c[b.i]
	b.i++
	b.at += int64(p.length())
	return p
}

// until returns the nodes up to a closing mark, which it takes; letters stands for the end of all.
func (b *builder) until(end mark) (out []node) {
	for b.i < len(b.c) {
		begin := b.at
		switch m := b.c[b.i].Mark; m {
		case end:
			if end != letters {
				b.take()
				return out
			}
			out = append(out, b.paragraph())
		case tableStart, rowStart, cellStart:
			b.take()
			n := map[mark]node{
				tableStart: {Type: "Table", Property: &property{Table: &tableProperty{Align: "TABLE_HORIZONTAL_ALIGNMENT_TYPE_LEFT", Layout: "TABLE_LAYOUT_TYPE_AUTO_FIT"}}},
				rowStart:   {Type: "TableRow", Property: &property{Row: &rowProperty{}}},
				cellStart:  {Type: "TableCell", Property: &property{Cell: &cellProperty{Align: "VERTICAL_ALIGNMENT_TOP"}}},
			}[m]
			n.Children = b.until(map[mark]mark{tableStart: tableEnd, rowStart: rowEnd, cellStart: cellEnd}[m])
			n.Begin, n.End = begin, b.at
			out = append(out, n)
		default:
			out = append(out, b.paragraph())
		}
	}
	return out
}

func (b *builder) paragraph() node {
	n := node{Type: "Paragraph", Begin: b.at, Property: &property{Paragraph: &paragraphProperty{Alignment: "ALIGNMENT_TYPE_LEFT", Direction: "TEXT_DIRECTION_LEFT_TO_RIGHT"}}}
	for {
		begin := b.at
		p := b.take()
		child := node{Begin: begin, End: b.at}
		switch p.Mark {
		case paragraphEnd:
			n.End = b.at
			return n
		case picture:
			child.Type = "Drawing"
			child.Property = &property{Drawing: &drawingProperty{Inline: &inline{Picture: &inlinePicture{
				URI: p.Picture.URI, Shape: shape{transform{Extent: extent{p.Picture.Width, p.Picture.Height}}},
			}}}}
		case pageBreak:
			child.Type, child.Text, child.Property = "Text", "\f", style{}.run()
		default:
			child.Type, child.Text, child.Property = "Text", p.Text, p.Style.run()
		}
		n.Children = append(n.Children, child)
	}
}

// usualSize is that of letters, in half points; unverified.
const usualSize = 24

func (s style) run() *property {
	r := runProperty{Bold: s.Bold, Color: s.Color, Size: usualSize, Align: "RUN_VERTICAL_ALIGN_BASELINE"}
	if r.Color == "" {
		r.Color = "000000"
	}
	if s.Background != "" {
		r.Shading = &shading{Foreground: r.Color, Background: s.Background}
	}
	return &property{Run: &r}
}
