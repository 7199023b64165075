package errcode

import (
	"iter"
	"strconv"
	"strings"
)

// records yields the rows below the header of an embedded table, split into columns. The slice is reused for
// the next row. It panics on a row of another width: the tables are ours, and a test reads all of them.
func records(file string, columns int) iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		c := make([]string, columns)
		header := true
		for line := range strings.Lines(file) {
			if header {
				header = false
				continue
			}
			rest := strings.TrimSuffix(line, "\n")
			if strings.Count(rest, "\t") != columns-1 {
				panic("errcode: not " + strconv.Itoa(columns) + " columns: " + rest)
			}
			for i := range c {
				c[i], rest, _ = strings.Cut(rest, "\t")
			}
			if !yield(c) {
				return
			}
		}
	}
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic("errcode: " + err.Error())
	}
	return n
}
