package main

import (
	"context"
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
	return add(ctx, c, cmd.corpFlags, func(tx *store.Tx, s *archive.Service, corpID string) (string, error) {
		h, err := s.AddHook(ctx, tx, corpID, cmd.URL, split(cmd.Words))
		return h.Secret, err
	})
}

type archiveHookListCmd struct {
	archiveListFlags
}

func (cmd archiveHookListCmd) Run(ctx context.Context, c *console) error {
	return printList(ctx, c, cmd.archiveListFlags, func(tx *store.Tx, s *archive.Service, corpID string) ([]archive.Hook, error) {
		return s.Hooks(tx, corpID)
	}, func(h archive.Hook) []any {
		return []any{h.No, h.URL, orAny(strings.Join(h.Words, ",")), h.Seq, h.Failures, h.Error}
	}, "NO", "URL", "WORDS", "SENT", "FAILURES", "LAST ERROR")
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
