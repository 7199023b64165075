// Package errcode is WeCom's table of error codes: for every code the text that
// goes on the wire, what it means and what to do about it, in English and in
// Chinese. Rooms declare their errors beside their rules; this table is what a
// test compares them with, and what the error-code page and the request
// inspector print.
//
// The data lies beside this file:
//
//	platform.tsv  the platform's own table (doc 90313): code, wire text where it
//	              is known, meaning in Chinese, when it is answered
//	local.tsv     the same for codes outside that table: what callback libraries
//	              return, what the web login page shows, batches of schools
//	advice.tsv    written by hand: a wire text where platform.tsv has none, and
//	              what to do
//	kinds.tsv     what to do about the other codes, by the words of their meaning
//	families.tsv  where to look for the other codes, by their range
package errcode

import (
	"cmp"
	_ "embed"
	"slices"
	"sync"
)

// Entry is what is known about one code.
type Entry struct {
	Code int

	// Text is the errmsg: WeCom's own words if they are known, otherwise ours in its style (clients read
	// errcode only). It may hold capitals and misspellings, for WeCom's texts do, and is never empty. The
	// hint that follows on the wire is not part of it.
	Text string

	MeaningZH, MeaningEN string // when the platform answers it
	AdviceZH, AdviceEN   string // what an integrator should do now
}

// Lookup returns what is known about code, and whether anything is.
func Lookup(code int) (Entry, bool) {
	i, ok := find(rows(), code)
	if !ok {
		return Entry{}, false
	}
	return rows()[i].entry(), true
}

// Text returns the wire text of code, for example "invalid access_token" for
// 40014, without the hint; it is empty for a code that is not in the table.
// It allocates nothing.
func Text(code int) string {
	i, ok := find(rows(), code)
	if !ok {
		return ""
	}
	return rows()[i].text
}

// All returns every entry, sorted by code. The caller may change the slice.
func All() []Entry {
	all := make([]Entry, 0, len(rows()))
	for _, r := range rows() {
		all = append(all, r.entry())
	}
	return all
}

// row is what stays in memory for a code. Its strings point into the embedded
// files, except the texts that are derived; general advice is put together only
// when someone asks for it.
type row struct {
	code                 int
	text                 string
	meaningZH, meaningEN string
	adviceZH, adviceEN   string // by hand, or empty
}

func (r row) entry() Entry {
	e := Entry{
		Code: r.code, Text: r.text,
		MeaningZH: r.meaningZH, MeaningEN: r.meaningEN,
		AdviceZH: r.adviceZH, AdviceEN: r.adviceEN,
	}
	if e.AdviceEN == "" {
		e.AdviceZH, e.AdviceEN = generalAdvice(r.code, r.meaningEN)
	}
	return e
}

func find(rows []row, code int) (int, bool) {
	return slices.BinarySearchFunc(rows, code, func(r row, c int) int { return cmp.Compare(r.code, c) })
}

var (
	//go:embed platform.tsv
	platformTSV string
	//go:embed local.tsv
	localTSV string
	//go:embed advice.tsv
	adviceTSV string
)

// rows reads the tables on first use, so that a start does not wait for them.
var rows = sync.OnceValue(func() []row {
	var all []row
	for _, file := range []string{platformTSV, localTSV} {
		for c := range records(file, 4) {
			all = append(all, row{code: number(c[0]), text: c[1], meaningZH: c[2], meaningEN: c[3]})
		}
	}
	slices.SortFunc(all, func(a, b row) int { return cmp.Compare(a.code, b.code) })
	for c := range records(adviceTSV, 4) {
		i, ok := find(all, number(c[0]))
		if !ok {
			panic("errcode: advice for an unknown code: " + c[0])
		}
		if c[1] != "" {
			all[i].text = c[1]
		}
		all[i].adviceEN, all[i].adviceZH = c[2], c[3]
	}
	for i := range all {
		if all[i].text == "" {
			all[i].text = derivedText(all[i].meaningEN)
		}
	}
	return slices.Clip(all)
})
