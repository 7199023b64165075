package main

import (
	"fmt"
	"strconv"
	"strings"

	"qiwei/internal/wire/errcode"
)

type errcodeCmd struct {
	languageFlag
	jsonFlag
	What []string `arg:"" name:"code" help:"A code, or words of a message or a meaning." placeholder:"CODE|TEXT"`
}

func (cmd errcodeCmd) Run(c *console) error {
	found := lookUpCode(cmd.What)
	if len(found) == 0 {
		return fmt.Errorf("nothing is known about %q; give a code such as 60111, or words of its message", strings.Join(cmd.What, " "))
	}
	if cmd.JSON {
		type entry struct {
			Code      int    `json:"errcode"`
			Text      string `json:"errmsg"`
			MeaningEN string `json:"meaning_en"`
			MeaningZH string `json:"meaning_zh"`
			AdviceEN  string `json:"advice_en"`
			AdviceZH  string `json:"advice_zh"`
		}
		list := make([]entry, len(found))
		for i, e := range found {
			list[i] = entry{e.Code, e.Text, e.MeaningEN, e.MeaningZH, e.AdviceEN, e.AdviceZH}
		}
		return printJSON(c.out, list)
	}
	if len(found) > 12 {
		t := newTable("CODE", "MESSAGE", "MEANING")
		for _, e := range found {
			meaning := e.MeaningEN
			if cmd.chinese() {
				meaning = e.MeaningZH
			}
			t.row(e.Code, e.Text, meaning)
		}
		return t.print(c.out)
	}
	for i, e := range found {
		if i > 0 {
			fmt.Fprintln(c.out)
		}
		fmt.Fprintf(c.out, "%d  %s\n", e.Code, e.Text)
		first, second := [2]string{e.MeaningEN, e.AdviceEN}, [2]string{e.MeaningZH, e.AdviceZH}
		if cmd.chinese() {
			first, second = second, first
		}
		for _, lines := range [][2]string{first, second} {
			for _, line := range lines {
				if line != "" {
					fmt.Fprintf(c.out, "  %s\n", line)
				}
			}
		}
	}
	return nil
}

// lookUpCode finds a code, or the entries that hold every word.
func lookUpCode(words []string) []errcode.Entry {
	if len(words) == 1 {
		if n, err := strconv.Atoi(strings.TrimPrefix(words[0], "errcode=")); err == nil {
			if e, ok := errcode.Lookup(n); ok {
				return []errcode.Entry{e}
			}
			return nil
		}
	}
	var out []errcode.Entry
	for _, e := range errcode.All() {
		text := strings.ToLower(strings.Join([]string{e.Text, e.MeaningEN, e.MeaningZH}, "\n"))
		all := true
		for _, w := range words {
			all = all && strings.Contains(text, strings.ToLower(w))
		}
		if all {
			out = append(out, e)
		}
	}
	return out
}
