package main

import (
	"context"
	"fmt"
	"strings"

	"qiwei/internal/archive"
	"qiwei/internal/corp"
	"qiwei/internal/platform"
	"qiwei/internal/store"
)

type archiveHookCmd struct {
	Add    archiveHookAddCmd    `cmd:"" aliases:"create" help:"Send the records that come from now on, and print the secret that signs them."`
	List   archiveHookListCmd   `cmd:"" help:"List the hooks, and what went wrong last."`
	Remove archiveHookRemoveCmd `cmd:"" aliases:"delete" help:"Send no more."`
}

type archiveHookAddCmd struct {
	corpFlags
	URL   string `arg:"" help:"Where the records are posted." placeholder:"URL"`
	Words string `help:"Words of which one must be said; every record where they are left out." placeholder:"WORDS"`
}

func (cmd archiveHookAddCmd) Run(ctx context.Context, c *console) error {
	var h archive.Hook
	if err := cmd.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) (err error) {
		h, err = s.Archive.AddHook(ctx, tx, co.CorpID, cmd.URL, split(cmd.Words))
		return err
	}); err != nil {
		return err
	}
	fmt.Fprintln(c.out, h.Secret)
	return nil
}

type archiveHookListCmd struct {
	corpFlags
	jsonFlag
}

func (cmd archiveHookListCmd) Run(ctx context.Context, c *console) error {
	var list []archive.Hook
	if err := cmd.look(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) (err error) {
		list, err = s.Archive.Hooks(tx, co.CorpID)
		return err
	}); err != nil {
		return err
	}
	if cmd.JSON {
		return printJSON(c.out, list)
	}
	t := newTable("NO", "URL", "WORDS", "SENT", "FAILURES", "LAST ERROR")
	for _, h := range list {
		t.row(h.No, h.URL, orAny(strings.Join(h.Words, ",")), h.Seq, h.Failures, h.Error)
	}
	return t.print(c.out)
}

type archiveHookRemoveCmd struct {
	corpFlags
	No int64 `arg:"" help:"The hook's number."`
}

func (cmd archiveHookRemoveCmd) Run(ctx context.Context) error {
	return cmd.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		return s.Archive.RemoveHook(ctx, tx, co.CorpID, cmd.No)
	})
}
