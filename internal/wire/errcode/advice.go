package errcode

import (
	_ "embed"
	"strings"
	"sync"
)

var (
	//go:embed kinds.tsv
	kindsTSV string
	//go:embed families.tsv
	familiesTSV string
)

// advice is one sentence in both languages.
type advice struct{ zh, en string }

// kind is what to do about a kind of error, known by words in its meaning. The kinds are in order: the first
// match wins, and the last always matches.
type kind struct {
	words []string
	advice
}

// family is the part of the platform that a range of codes belongs to.
type family struct {
	first, last int
	advice
}

// generalAdvice is what can be said about a code for which advice.tsv has
// nothing: what to do about its kind of error, and where to look.
func generalAdvice(code int, meaning string) (zh, en string) {
	for _, k := range kinds() {
		if k.fits(meaning) {
			zh, en = k.zh, k.en
			break
		}
	}
	for _, f := range families() {
		if f.first <= code && code <= f.last {
			return zh + f.zh, en + " " + f.en
		}
	}
	return zh, en
}

func (k kind) fits(meaning string) bool {
	for _, word := range k.words {
		if strings.Contains(meaning, word) {
			return true
		}
	}
	return false
}

var kinds = sync.OnceValue(func() []kind {
	var all []kind
	for c := range records(kindsTSV, 3) {
		all = append(all, kind{strings.Split(c[0], "|"), advice{en: c[1], zh: c[2]}})
	}
	return all
})

var families = sync.OnceValue(func() []family {
	var all []family
	for c := range records(familiesTSV, 4) {
		all = append(all, family{number(c[0]), number(c[1]), advice{en: c[2], zh: c[3]}})
	}
	return all
})
