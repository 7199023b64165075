package invoice

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// pdfURL is where an invoice can be read: at the address that it came with, or here. Who has its two ids may read it.
func (s *Service) pdfURL(i Invoice) string {
	if i.PDF != "" {
		return i.PDF
	}
	return s.deps.BaseURL() + "/invoice/" + i.CorpID + "/" + i.Card.ID + "/" + i.Card.Code
}

func (s *Service) servePDF(w http.ResponseWriter, r *http.Request) {
	var i Invoice
	err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) (err error) {
		i, err = s.Find(tx, access.System(r.PathValue("corpid")), Card{r.PathValue("card"), r.PathValue("code")})
		return err
	})
	var refused wire.Error
	switch {
	case errors.As(err, &refused) || err == nil && i.PDF != "":
		http.NotFound(w, r)
	case err != nil:
		s.deps.Log.Error("invoice", "err", err)
		http.Error(w, "", http.StatusInternalServerError)
	default:
		w.Header().Set("Content-Type", "application/pdf")
		w.Header().Set("Cache-Control", "no-store")
		w.Write(i.pdf())
	}
}

// pdf writes the figures of an invoice as a page. It has no Chinese: that would need a font.
func (i Invoice) pdf() []byte {
	lines := []string{
		"INVOICE (simulated)", "billing_no " + i.BillingNo, "billing_code " + i.BillingCode, "billing_time " + time.Unix(i.BillingTime, 0).UTC().Format(time.DateOnly),
		"fee " + money(i.Fee), "fee_without_tax " + money(i.FeeWithoutTax), "tax " + money(i.Tax), "check_code " + i.CheckCode,
	}
	var page bytes.Buffer
	page.WriteString("BT /F1 14 Tf 60 780 Td 22 TL")
	for _, l := range lines {
		fmt.Fprintf(&page, " (%s) Tj T*", plain(l))
	}
	page.WriteString(" ET")
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", page.Len(), page.String()),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>",
	}
	var out bytes.Buffer
	out.WriteString("%PDF-1.4\n")
	var at []int
	for n, o := range objects {
		at = append(at, out.Len())
		fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", n+1, o)
	}
	start := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, offset := range at {
		fmt.Fprintf(&out, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(&out, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, start)
	return out.Bytes()
}

func money(fen int64) string { return strconv.FormatFloat(float64(fen)/100, 'f', 2, 64) }

// plain leaves what a text of a page can hold without a font of its own.
func plain(text string) string {
	out := []byte{}
	for _, c := range []byte(text) {
		if c >= ' ' && c < 127 && c != '(' && c != ')' && c != '\\' {
			out = append(out, c)
		} else {
			out = append(out, '?')
		}
	}
	return string(out)
}
