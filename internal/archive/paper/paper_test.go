package paper_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"qiwei/internal/archive/paper"
)

// A document's table names where each object begins, its pages are counted, and a picture is in it.
func TestADocument(t *testing.T) {
	var out, picture bytes.Buffer
	m := image.NewRGBA(image.Rect(0, 0, 40, 30))
	for x := range 40 {
		for y := range 30 {
			m.Set(x, y, color.RGBA{uint8(6 * x), uint8(8 * y), 90, 255})
		}
	}
	if err := jpeg.Encode(&picture, m, nil); err != nil {
		t.Fatal(err)
	}
	d := paper.New(&out, "案件 7")
	d.Text("会话导出 Export of one case", 18, 0, 0)
	for i := range 60 {
		d.Text(fmt.Sprintf("%d · 2026-11-30 10:00:00 张三 (zhangsan) → 李四", i), 8, 0, 0.4)
		d.Text("报价单发你了，请查收。The offer is attached (see below), and 😀 is a character beyond the first plane.\n第二行 "+strings.Repeat("很长", 60), 11, 0, 0)
	}
	if !d.Picture(picture.Bytes(), 0, 200) {
		t.Error("a JPEG is refused")
	}
	if d.Picture([]byte("\x89PNG\r\n\x1a\n"), 0, 200) {
		t.Error("a PNG is taken for a JPEG")
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	if file := os.Getenv("QIWEI_TEST_PDF"); file != "" { // for whoever wants to look at it
		if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	begin, err := strconv.Atoi(regexp.MustCompile(`startxref\n(\d+)\n%%EOF\n$`).FindStringSubmatch(text)[1])
	if err != nil || !strings.HasPrefix(text[begin:], "xref\n0 ") {
		t.Fatalf("%d %v", begin, err)
	}
	offsets := regexp.MustCompile(`(?m)^(\d{10}) 00000 n `).FindAllStringSubmatch(text[begin:], -1)
	for i, o := range offsets {
		at, _ := strconv.Atoi(o[1])
		if want := fmt.Sprintf("%d 0 obj\n", i+1); !strings.HasPrefix(text[at:], want) {
			t.Errorf("object %d is not at %d: %.20q", i+1, at, text[at:])
		}
	}
	count, err := strconv.Atoi(regexp.MustCompile(`/Type /Pages /Count (\d+)`).FindStringSubmatch(text)[1])
	if pages := strings.Count(text, "/Type /Page "); err != nil || count != pages || pages < 5 {
		t.Errorf("%d pages, %d counted", pages, count)
	}
	if strings.Count(text, "/Subtype /Image") != 1 || !strings.Contains(text, picture.String()) {
		t.Error("the picture is not in it")
	}
}

// An empty document has one page.
func TestAnEmptyDocument(t *testing.T) {
	var out bytes.Buffer
	if err := paper.New(&out, "").Close(); err != nil || !strings.Contains(out.String(), "/Count 1") {
		t.Errorf("%v %s", err, out.String())
	}
}
