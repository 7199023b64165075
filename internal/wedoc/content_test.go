package wedoc_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"qiwei/qiweitest"
)

// node is a node of a text, as much as the tests look at.
type node struct {
	Begin, End int64
	Type, Text string
	Children   []node
	Property   struct {
		Run struct {
			Bold    bool
			Color   string
			Shading struct {
				Background string `json:"background_color"`
			}
		} `json:"run_property"`
		Drawing struct {
			Inline struct {
				Picture struct {
					URI   string
					Shape struct {
						Transform struct{ Extent struct{ CX, CY int64 } }
					}
				}
			} `json:"inline_keyword"`
		} `json:"drawing_property"`
	}
}

// outline writes a tree in a line: letters as they are, ¶ for the end of a paragraph, [ ] around tables, ( ) around
// cells, @ for pictures.
func (n node) outline() (out string) {
	switch n.Type {
	case "Text":
		return n.Text
	case "Drawing":
		return "@"
	case "Table":
		out = "["
	case "TableCell":
		out = "("
	}
	for _, c := range n.Children {
		out += c.outline()
	}
	return out + map[string]string{"Paragraph": "¶", "Table": "]", "TableCell": ")"}[n.Type]
}

// text is a text of the tests.
type text struct {
	t     *testing.T
	c     *qiweitest.Client
	docID string
}

func newText(t *testing.T, c *qiweitest.Client) text {
	return text{t, c, made(t, c, "create_doc", `{"doc_type":3,"doc_name":"a"}`).DocID}
}

func (x text) get() (version int64, root node) {
	x.t.Helper()
	var got struct {
		Version  int64
		Document node
	}
	call(x.t, x.c, "document/get", `{"docid":"`+x.docID+`"}`, 0).Decode(&got)
	return got.Version, got.Document
}

func (x text) edit(version int64, code int, requests ...string) {
	x.t.Helper()
	call(x.t, x.c, "document/batch_update", fmt.Sprintf(`{"docid":%q,"version":%d,"requests":[%s]}`, x.docID, version, strings.Join(requests, ",")), code)
}

func insert(at int, s string) string {
	return fmt.Sprintf(`{"insert_text":{"text":%q,"location":{"index":%d}}}`, s, at)
}

func remove(at, n int) string {
	return fmt.Sprintf(`{"delete_content":{"range":{"start_index":%d,"length":%d}}}`, at, n)
}

func insertTable(at, rows, cols int) string {
	return fmt.Sprintf(`{"insert_table":{"rows":%d,"cols":%d,"location":{"index":%d}}}`, rows, cols, at)
}

// Each operation does what its words say, one after the other (doc 97626).
func TestEditing(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		for _, tt := range []struct {
			want     string
			requests []string
		}{
			{"¶", []string{insert(0, "a"), remove(0, 1)}},
			{"你好¶", []string{insert(0, "你好")}},
			{"一¶二¶", []string{insert(0, "一\n二")}},
			{"你们好¶", []string{insert(0, "你好"), insert(1, "们")}},
			{"好¶", []string{insert(0, "你好"), remove(0, 1)}},
			{"ab¶", []string{insert(0, "a\nb"), remove(1, 1)}}, // the end of a paragraph joins two
			{"aXdYg¶", []string{insert(0, "abcdefg"), `{"replace_text":{"text":"X","ranges":[{"start_index":1,"length":2}]}}`, `{"replace_text":{"text":"Y","ranges":[{"start_index":3,"length":2}]}}`}},
			{"ZcZ¶", []string{insert(0, "abcde"), `{"replace_text":{"text":"Z","ranges":[{"start_index":0,"length":2},{"start_index":3,"length":2}]}}`}},
			{"a¶b¶", []string{insert(0, "ab"), `{"insert_paragraph":{"location":{"index":1}}}`}},
			{"a\fb¶", []string{insert(0, "ab"), `{"insert_page_break":{"location":{"index":1}}}`}},
			{"a@b¶", []string{insert(0, "ab"), `{"insert_image":{"image_id":"https://example.com/a.png","width":20,"height":10,"location":{"index":1}}}`}},
			{"[(¶)(¶)(¶)(¶)]¶", []string{insertTable(0, 2, 2)}},
			{"a¶[(¶)]b¶", []string{insert(0, "ab"), insertTable(1, 1, 1)}}, // it divides the paragraph
			{"[(x¶)(¶)]¶", []string{insertTable(0, 1, 2), insert(3, "x")}},
			{"¶", []string{insertTable(0, 1, 1), remove(0, 7)}},
		} {
			x := newText(t, c)
			x.edit(0, 0, tt.requests...)
			if version, root := x.get(); root.outline() != tt.want || version != 2 || root.Type != "Document" || root.Children[0].Type != "MainStory" || root.Children[0].Children[0].Type != "Section" {
				t.Errorf("%v: version %d, %q, want %q", tt.requests, version, root.outline(), tt.want)
			}
		}
	})
}

// Letters are divided by how they look, and a picture has its size.
func TestLooks(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		x := newText(t, listed(w.Corp))
		x.edit(0, 0, insert(0, "abcdef"), `{"update_text_property":{"text_property":{"bold":true,"color":"FF0000","background_color":"00FF00"},"ranges":[{"start_index":1,"length":2},{"start_index":4,"length":1}]}}`,
			`{"insert_image":{"image_id":"https://example.com/a.png","width":20,"height":10,"location":{"index":6}}}`)
		_, root := x.get()
		var got []string
		for _, n := range root.Children[0].Children[0].Children[0].Children {
			r := n.Property.Run
			e := n.Property.Drawing.Inline.Picture.Shape.Transform.Extent
			got = append(got, fmt.Sprintf("%d-%d %s %v %s %s %d", n.Begin, n.End, n.Text, r.Bold, r.Color, r.Shading.Background, e.CX))
		}
		want := "0-1 a false 000000  0|1-3 bc true FF0000 00FF00 0|3-4 d false 000000  0|4-5 e true FF0000 00FF00 0|5-6 f false 000000  0|6-7  false   20"
		if strings.Join(got, "|") != want {
			t.Errorf("%s\nwant %s", strings.Join(got, "|"), want)
		}
	})
}

// All operations of a call are done, or none; and what cannot be is refused.
func TestEditingRefusals(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		x := newText(t, c)
		x.edit(0, 0, insert(0, "ab"), insertTable(2, 1, 2))
		_, before := x.get()
		if before.outline() != "ab¶[(¶)(¶)]¶" {
			t.Fatal(before.outline())
		}
		for _, r := range []string{
			`{}`, insert(99, "x"), insert(-1, "x"), insert(0, ""), insert(4, "x"), // 4 is behind the table's beginning
			remove(2, 2), remove(0, 99), remove(0, 0), insertTable(0, 0, 1), insertTable(0, 101, 1), insertTable(0, 20, 60), insertTable(7, 1, 1), insertTable(-1, 1, 1), insertTable(99, 1, 1),
			`{"insert_image":{"image_id":"file","location":{"index":0}}}`,
			`{"update_text_property":{"text_property":{"color":"red"},"ranges":[{"start_index":0,"length":1}]}}`,
			`{"update_text_property":{"text_property":{"bold":true},"ranges":[]}}`,
			`{"replace_text":{"text":"x","ranges":[{"start_index":0,"length":2},{"start_index":1,"length":1}]}}`,
		} {
			x.edit(0, 40058, r)
		}
		x.edit(0, 40058, insert(0, "done"), insert(99, "x"))
		x.edit(3, 2050067, insert(0, "x"))
		x.edit(0, 40058)
		if version, after := x.get(); version != 2 || after.outline() != before.outline() {
			t.Errorf("version %d, %q", version, after.outline())
		}
		call(t, listed(w.Second), "document/get", `{"docid":"`+x.docID+`"}`, 301085)
		call(t, c, "document/get", `{"docid":"`+made(t, c, "create_doc", `{"doc_type":4,"doc_name":"b"}`).DocID+`"}`, 301085)
	})
}

// Operations that were made for an older version find the letters that they were made for.
func TestOlderVersions(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		x := newText(t, listed(w.Corp))
		x.edit(0, 0, insert(0, "abcdef")) // version 2
		x.edit(2, 0, insert(0, "00"))
		x.edit(2, 0, remove(1, 2), insert(4, "X")) // without b and c; X counts from there
		if _, root := x.get(); root.outline() != "00adefX¶" && root.outline() != "00adeXf¶" {
			t.Errorf("%q", root.outline())
		}
		x.edit(2, 0, remove(1, 2)) // b and c have gone already
		x.edit(2, 0, `{"replace_text":{"text":"A","ranges":[{"start_index":0,"length":1}]}}`)
		if _, root := x.get(); !strings.HasPrefix(root.outline(), "00A") {
			t.Errorf("%q", root.outline())
		}
		for range 100 {
			x.edit(0, 0, insert(0, "1"))
		}
		version, _ := x.get()
		x.edit(version-100, 0, remove(0, 1))
		x.edit(version-100, 2050067, remove(0, 1)) // the text has a version more now
	})
}

// Whatever is done, a text stays whole: it can be read, and its places are those of its letters.
func TestAnyEditing(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		for seed := range 4 {
			rnd := rand.New(rand.NewPCG(uint64(seed), 1))
			x := newText(t, c)
			done := 0
			for range 60 {
				at := rnd.IntN(30)
				r := []string{insert(at, "字x\n"), remove(at, 1+rnd.IntN(8)), insertTable(at, 1+rnd.IntN(2), 1+rnd.IntN(2)), `{"insert_page_break":{"location":{"index":` + fmt.Sprint(at) + `}}}`}[rnd.IntN(4)]
				got := x.c.Call("POST", "/cgi-bin/wedoc/document/batch_update", `{"docid":"`+x.docID+`","requests":[`+r+`]}`)
				if got.ErrCode == 0 {
					done++
				} else if got.ErrCode != 40058 {
					t.Fatalf("%s: %s", r, got.Body)
				}
			}
			version, root := x.get()
			if wrong := root.unsound(); version != int64(done)+1 || wrong != "" {
				t.Errorf("seed %d: version %d after %d changes: %s", seed, version, done, wrong)
			}
		}
	})
}

// unsound says of a node whose places are not those of its children, one after the other within its own.
func (n node) unsound() string {
	at := n.Begin
	if n.Type == "Table" || n.Type == "TableRow" || n.Type == "TableCell" {
		at++ // its beginning is a place
	}
	for _, c := range n.Children {
		if c.Begin != at || c.End <= c.Begin {
			return fmt.Sprintf("%s %d-%d in %s %d-%d, which is read up to %d", c.Type, c.Begin, c.End, n.Type, n.Begin, n.End, at)
		}
		if wrong := c.unsound(); wrong != "" {
			return wrong
		}
		at = c.End
	}
	if n.Type == "Text" && int64(len([]rune(n.Text))) != n.End-n.Begin || n.Type != "Text" && (at > n.End || n.End-at > 1) {
		return fmt.Sprintf("%s %d-%d %q", n.Type, n.Begin, n.End, n.Text)
	}
	return ""
}
