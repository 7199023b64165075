package qiweitest

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Letters returns n characters of three bytes each.
func Letters(n int) string { return strings.Repeat("字", n) }

// Elements writes a JSON list of n elements, # in them being their number from 0 on.
func Elements(element string, n int) string {
	out := make([]string, n)
	for i := range out {
		out[i] = strings.ReplaceAll(element, "#", strconv.Itoa(i))
	}
	return "[" + strings.Join(out, ",") + "]"
}

// Quoted writes a JSON list of texts.
func Quoted(list ...string) string {
	text, _ := json.Marshal(append([]string{}, list...)) // texts are always JSON
	return string(text)
}

// Crowd makes members m0, m1, … in 后端组, who have signed in.
func (c *Corp) Crowd(n int) {
	c.w.t.Helper()
	c.w.Write(func(ctx context.Context, tx *store.Tx) error {
		for i := range n {
			m := directory.Member{UserID: id.UserID(fmt.Sprintf("m%d", i)), Name: "成员", Email: fmt.Sprintf("m%d@corp.example", i), Enabled: true, Activated: true,
				Places: []directory.Place{{Department: 3}}}
			if _, _, err := c.w.Server.Directory.CreateMember(ctx, tx, access.System(c.CorpID), m, false); err != nil {
				return err
			}
		}
		return nil
	})
}
