package main

import (
	"fmt"
	"slices"
	"strings"

	"qiwei/internal/event/known"
	"qiwei/internal/platform"
)

// listedCallback is a callback of the list, as JSON.
type listedCallback struct {
	Callback string   `json:"callback"`
	Built    bool     `json:"built"`
	Pages    []string `json:"pages"`
}

// callbacks prints every callback that WeCom documents, and whether it is built.
func (cmd endpointsCmd) callbacks(c *console) error {
	made := platform.Callbacks()
	list := []listedCallback{}
	for _, k := range known.All() {
		built := slices.Contains(made, k.Name)
		if (cmd.Missing && built) || (cmd.Built && !built) || !strings.Contains(strings.ToLower(k.Name+"\n"+strings.Join(k.Pages, "\n")), strings.ToLower(cmd.Match)) {
			continue
		}
		list = append(list, listedCallback{k.Name, built, k.Pages})
	}
	if cmd.JSON {
		return printJSON(c.out, list)
	}
	t := newTable("", "CALLBACK", "PAGES")
	n := 0
	for _, k := range list {
		mark := ""
		if k.Built {
			mark, n = "✓", n+1
		}
		t.row(mark, k.Callback, strings.Join(k.Pages, " "))
	}
	if err := t.print(c.out); err != nil {
		return err
	}
	if !cmd.Missing && !cmd.Built {
		fmt.Fprintf(c.err, "%d of %d are built.\n", n, len(list))
	}
	return nil
}
