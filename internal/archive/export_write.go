package archive

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"mime"
	"mime/quotedprintable"
	"net/url"
	"path"
	"strings"
	"time"

	"qiwei/internal/archive/paper"
)

// zone is where times are shown: that of WeCom's own pages.
var zone = time.FixedZone("UTC+8", 8*60*60)

func clockOf(millis int64) string {
	return time.UnixMilli(millis).In(zone).Format("2006-01-02 15:04:05 -0700")
}

// addressees returns to whom a record goes, from its plaintext.
func addressees(r Shown) []string {
	var v struct{ ToList []string }
	if len(r.Message) == 0 || json.Unmarshal(r.Message, &v) != nil {
		if r.Peer == "" {
			return nil
		}
		return []string{r.Peer}
	}
	return v.ToList
}

// wordsOf returns what a record says, for people.
func wordsOf(r Shown) string {
	switch {
	case r.Erased != 0:
		return fmt.Sprintf("[erased: report %d]", r.Erased)
	case len(r.Message) == 0:
		return "[sealed]"
	case r.Type == "text" || r.Type == "markdown":
		return said(string(r.Message))
	}
	text := said(string(r.Message))
	if r.Action == "recall" {
		return "[revoke]"
	}
	return strings.TrimSpace("[" + r.Type + "] " + text)
}

// heading says where and how a record is.
func (x *exporting) heading(r Shown) string {
	to := x.named(firstText(r.RoomID, r.Peer))
	text := fmt.Sprintf("%s  %s → %s", clockOf(r.At), x.named(r.From), to)
	if r.Revoked != 0 {
		text += fmt.Sprintf("  (revoked by %d)", r.Revoked)
	}
	return text
}

// about are the lines that say what an export is.
func (x *exporting) about() []string {
	lines := []string{
		fmt.Sprintf("Case: %s", x.Name),
		fmt.Sprintf("Export %d, asked for by %s at %s, approved by %s at %s", x.No, x.AskedBy, x.AskedAt.In(zone).Format(time.RFC3339), x.DecidedBy, x.DecidedAt.In(zone).Format(time.RFC3339)),
		fmt.Sprintf("Records: %d, up to checkpoint %d:%s", x.Records, x.end.Seq, x.end.Hash),
	}
	q := x.Question
	for _, part := range []struct {
		name string
		list []string
	}{{"People", q.People}, {"Rooms", q.Rooms}, {"Words", q.Words}} {
		if len(part.list) > 0 {
			lines = append(lines, part.name+": "+strings.Join(part.list, ", "))
		}
	}
	if !q.Since.IsZero() {
		lines = append(lines, "Since: "+q.Since.In(zone).Format(time.RFC3339))
	}
	if !q.Until.IsZero() {
		lines = append(lines, "Until: "+q.Until.In(zone).Format(time.RFC3339))
	}
	return lines
}

func (x *exporting) writeJSON(ctx context.Context, z *zip.Writer) error {
	w, err := x.create(z, "messages.json")
	if err != nil {
		return err
	}
	first := true
	io.WriteString(w, "[\n")
	err = x.each(ctx, func(r Shown, files []exportedFile) error {
		type named struct {
			Shown
			Files []string `json:"files,omitempty"`
		}
		one := named{Shown: r}
		for _, f := range files {
			one.Files = append(one.Files, f.path)
		}
		text, err := written(one)
		if err != nil {
			return err
		}
		if !first {
			io.WriteString(w, ",\n")
		}
		first = false
		_, err = w.Write(text)
		return err
	})
	io.WriteString(w, "\n]\n")
	return err
}

const htmlHead = `<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>%s</title><style>
body{font:15px/1.6 system-ui,"PingFang SC","Microsoft YaHei",sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem;color:#111;background:#fff}
header{border-bottom:2px solid #111;margin-bottom:1.5rem}h1{font-size:1.4rem}article{margin:0 0 1rem;break-inside:avoid}
article p{white-space:pre-wrap;margin:.1rem 0}article small{color:#555}img{max-width:20rem;max-height:20rem;display:block}
@media print{body{margin:0;max-width:none}a{color:inherit}}</style><header><h1>%s</h1>`

func (x *exporting) writeHTML(ctx context.Context, z *zip.Writer) error {
	w, err := x.create(z, "messages.html")
	if err != nil {
		return err
	}
	title := html.EscapeString(x.Name)
	fmt.Fprintf(w, htmlHead, title, title)
	for _, line := range x.about() {
		fmt.Fprintf(w, "<p>%s</p>", html.EscapeString(line))
	}
	io.WriteString(w, "</header><main>\n")
	err = x.each(ctx, func(r Shown, files []exportedFile) error {
		fmt.Fprintf(w, `<article id="s%d"><small>%d · %s</small><p>%s</p>`, r.Seq, r.Seq, html.EscapeString(x.heading(r)), html.EscapeString(wordsOf(r)))
		for _, f := range files {
			link := html.EscapeString((&url.URL{Path: f.path}).String())
			if isPicture(f.name) {
				fmt.Fprintf(w, `<img src="%s" alt="%s">`, link, html.EscapeString(f.name))
			} else {
				fmt.Fprintf(w, `<p><a href="%s">%s</a></p>`, link, html.EscapeString(f.name))
			}
		}
		_, err := io.WriteString(w, "</article>\n")
		return err
	})
	io.WriteString(w, "</main></html>\n")
	return err
}

func isPicture(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".jpg", ".jpeg", ".png", ".gif":
		return true
	}
	return false
}

// pictureMost is the size up to which a picture stands in the PDF.
const pictureMost = 8 << 20

func (x *exporting) writePDF(ctx context.Context, z *zip.Writer) error {
	w, err := x.create(z, "messages.pdf")
	if err != nil {
		return err
	}
	d := paper.New(w, x.Name)
	d.Text(x.Name, 18, 0, 0)
	d.Space(6)
	for _, line := range x.about() {
		d.Text(line, 9, 0, 0.3)
	}
	d.Space(12)
	if err := x.each(ctx, func(r Shown, files []exportedFile) error {
		d.Text(fmt.Sprintf("%d · %s", r.Seq, x.heading(r)), 8, 0, 0.4)
		d.Text(wordsOf(r), 11, 0, 0)
		for _, f := range files {
			shown := false
			if isPicture(f.name) && f.size > 0 && f.size <= pictureMost {
				content, err := x.s.read(ctx, f.stored, 0, f.size-1)
				if err != nil {
					return err
				}
				shown = d.Picture(content, 0, 240)
			}
			if !shown {
				d.Text(f.path, 9, 0, 0.3)
			}
		}
		d.Space(6)
		return nil
	}); err != nil {
		return err
	}
	return d.Close()
}

func (x *exporting) writeEML(ctx context.Context, z *zip.Writer) error {
	return x.each(ctx, func(r Shown, files []exportedFile) error {
		w, err := x.create(z, fmt.Sprintf("mail/%08d.eml", r.Seq))
		if err != nil {
			return err
		}
		return x.mail(ctx, w, r, files)
	})
}

// mail writes a record as a mail (RFC 5322) with its files.
func (x *exporting) mail(ctx context.Context, w io.Writer, r Shown, files []exportedFile) error {
	words := wordsOf(r)
	subject := []rune(strings.Join(strings.Fields(words), " "))
	var to []string
	for _, p := range addressees(r) {
		to = append(to, x.address(p))
	}
	if len(to) == 0 {
		to = []string{"undisclosed-recipients:;"}
	}
	fmt.Fprintf(w, "From: %s\r\nTo: %s\r\nDate: %s\r\nMessage-ID: <%s@%s.archive.invalid>\r\nSubject: %s\r\n", x.address(r.From), strings.Join(to, ",\r\n "),
		time.UnixMilli(r.At).In(zone).Format(time.RFC1123Z), r.MsgID, x.corpID, mime.BEncoding.Encode("utf-8", string(subject[:min(len(subject), 60)])))
	fmt.Fprintf(w, "X-Qiwei-Seq: %d\r\nX-Qiwei-Room: %s\r\nX-Qiwei-Hash: %s\r\nMIME-Version: 1.0\r\n", r.Seq, r.RoomID, r.Hash)
	boundary := fmt.Sprintf("qiwei-%d", r.Seq)
	if len(files) > 0 {
		fmt.Fprintf(w, "Content-Type: multipart/mixed; boundary=%q\r\n\r\n--%s\r\n", boundary, boundary)
	}
	io.WriteString(w, "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n")
	q := quotedprintable.NewWriter(w)
	io.WriteString(q, words)
	if err := q.Close(); err != nil {
		return err
	}
	io.WriteString(w, "\r\n")
	for _, f := range files {
		fmt.Fprintf(w, "--%s\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: %s\r\n\r\n", boundary, mime.FormatMediaType("attachment", map[string]string{"filename": safeName(f.name)}))
		lines := &mailLines{w: w}
		b := base64.NewEncoder(base64.StdEncoding, lines)
		if err := x.copy(ctx, b, f); err != nil {
			return err
		}
		b.Close()
		io.WriteString(w, "\r\n")
	}
	if len(files) > 0 {
		fmt.Fprintf(w, "--%s--\r\n", boundary)
	}
	return nil
}

// address is somebody as a mail names them. The domain is one that there is not.
func (x *exporting) address(p string) string {
	local := strings.Map(func(r rune) rune {
		if r > ' ' && r < 0x7f && !strings.ContainsRune(`<>()[]\,;:"@`, r) {
			return r
		}
		return '_'
	}, p)
	return mime.BEncoding.Encode("utf-8", firstText(x.names[p], p)) + " <" + local + "@" + x.corpID + ".archive.invalid>"
}

// mailLines breaks base64 into lines.
type mailLines struct {
	w  io.Writer
	at int
}

func (l *mailLines) Write(p []byte) (n int, err error) {
	const most = 76
	for len(p) > 0 && err == nil {
		some := p[:min(len(p), most-l.at)]
		if _, err = l.w.Write(some); err != nil {
			break
		}
		n, p, l.at = n+len(some), p[len(some):], l.at+len(some)
		if l.at == most {
			_, err = io.WriteString(l.w, "\r\n")
			l.at = 0
		}
	}
	return n, err
}

// copy copies a file's content.
func (x *exporting) copy(ctx context.Context, w io.Writer, f exportedFile) error {
	if f.inline != nil {
		_, err := w.Write(f.inline)
		return err
	}
	content, err := x.s.deps.Media.Content(ctx, f.blob, 0, -1)
	if err != nil {
		return err
	}
	defer content.Close()
	_, err = io.Copy(w, content)
	return err
}

func (x *exporting) writeFiles(ctx context.Context, z *zip.Writer) error {
	return x.each(ctx, func(r Shown, files []exportedFile) error {
		for _, f := range files {
			w, err := x.create(z, f.path)
			if err != nil {
				return err
			}
			if err := x.copy(ctx, w, f); err != nil {
				return fmt.Errorf("file of record %d: %w", r.Seq, err)
			}
		}
		return nil
	})
}

// writeSummary writes what the export is, for people and programs.
func (x *exporting) writeSummary(z *zip.Writer) error {
	w, err := x.create(z, "export.json")
	if err != nil {
		return err
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(map[string]any{
		"corpid": x.corpID, "no": x.No, "name": x.Name, "question": x.Question, "formats": x.Formats, "asked_by": x.AskedBy, "asked_at": x.AskedAt,
		"approved_by": x.DecidedBy, "approved_at": x.DecidedAt, "records": x.Records, "checkpoint": x.end,
	}); err != nil {
		return err
	}
	_, err = w.Write(out.Bytes())
	return err
}
