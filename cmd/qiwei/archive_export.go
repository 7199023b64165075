package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"qiwei/internal/archive"
	"qiwei/internal/corp"
	"qiwei/internal/id"
	"qiwei/internal/platform"
	"qiwei/internal/store"
)

type archiveExportCmd struct {
	Ask     archiveExportAskCmd    `cmd:"" help:"Ask for an export of one case, and print its number."`
	Approve archiveExportDecideCmd `cmd:"" help:"Approve an export that somebody else has asked for, and write it."`
	Refuse  archiveExportRefuseCmd `cmd:"" help:"Refuse one."`
	List    archiveExportListCmd   `cmd:"" help:"List the exports."`
	Get     archiveExportGetCmd    `cmd:"" help:"Fetch the file of one."`
}

// byFlag says who does it. Whoever holds the data directory is believed.
type byFlag struct {
	By string `help:"Who does it: a member with a role of the archive." required:"" placeholder:"USERID"`
}

// as finds the reader and runs fn in a transaction that writes.
func (b byFlag) as(ctx context.Context, f corpFlags, fn func(tx *store.Tx, s *platform.Server, by archive.Reader) error) error {
	return f.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		by, err := s.Archive.ReaderNamed(ctx, tx, co.CorpID, id.UserID(b.By))
		if err != nil {
			return err
		}
		by.Address = "command line"
		return fn(tx, s, by)
	})
}

type archiveExportAskCmd struct {
	corpFlags
	byFlag
	Name   string `arg:"" help:"Name of the case."`
	People string `help:"Userids and external_userids of those who take part." placeholder:"IDS"`
	Rooms  string `help:"Chatids." placeholder:"IDS"`
	Words  string `help:"Words that are all said." placeholder:"WORDS"`
	spanFlags
	Formats string `help:"html (to be read and printed), pdf, json and eml; all where it is left out." placeholder:"FORMATS"`
}

func (cmd archiveExportAskCmd) Run(ctx context.Context, c *console) error {
	since, until, err := cmd.times()
	if err != nil {
		return err
	}
	q := archive.Case{People: split(cmd.People), Rooms: split(cmd.Rooms), Words: split(cmd.Words), Since: since, Until: until}
	var no int64
	if err := cmd.as(ctx, cmd.corpFlags, func(tx *store.Tx, s *platform.Server, by archive.Reader) (err error) {
		no, err = s.Archive.AskExport(tx, by, cmd.Name, q, split(cmd.Formats))
		return err
	}); err != nil {
		return err
	}
	fmt.Fprintln(c.out, no)
	return nil
}

type archiveExportDecideCmd struct {
	corpFlags
	byFlag
	No int64 `arg:"" help:"The export's number."`
}

func (cmd archiveExportDecideCmd) Run(ctx context.Context, c *console) error {
	if err := cmd.as(ctx, cmd.corpFlags, func(tx *store.Tx, s *platform.Server, by archive.Reader) error {
		return s.Archive.DecideExport(tx, by, cmd.No, true)
	}); err != nil {
		return err
	}
	var e archive.Export
	if err := cmd.onCorp(ctx, func(s *platform.Server, co corp.Corp) error {
		if err := s.Archive.ExportAll(ctx); err != nil {
			return err
		}
		return s.Store.Read(ctx, func(tx *store.Tx) (err error) {
			e, err = s.Archive.Export(tx, co.CorpID, cmd.No)
			return err
		})
	}); err != nil {
		return explain(err)
	}
	fmt.Fprintf(c.out, "%s: %d records, %d bytes %s\n", e.State, e.Records, e.Size, e.Error)
	return nil
}

type archiveExportRefuseCmd struct {
	corpFlags
	byFlag
	No int64 `arg:"" help:"The export's number."`
}

func (cmd archiveExportRefuseCmd) Run(ctx context.Context) error {
	return cmd.as(ctx, cmd.corpFlags, func(tx *store.Tx, s *platform.Server, by archive.Reader) error {
		return s.Archive.DecideExport(tx, by, cmd.No, false)
	})
}

type archiveExportListCmd struct {
	archiveListFlags
}

func (cmd archiveExportListCmd) Run(ctx context.Context, c *console) error {
	return printList(ctx, c, cmd.archiveListFlags, func(tx *store.Tx, s *archive.Service, corpID string) ([]archive.Export, error) {
		return s.Exports(tx, corpID)
	}, func(e archive.Export) []any {
		return []any{e.No, e.Name, e.State, e.AskedBy, e.DecidedBy, strings.Join(e.Formats, ","), e.Records, e.Size}
	}, "NO", "NAME", "STATE", "ASKED BY", "DECIDED BY", "FORMATS", "RECORDS", "BYTES")
}

type archiveExportGetCmd struct {
	corpFlags
	byFlag
	No  int64  `arg:"" help:"The export's number."`
	Out string `help:"Where the zip file goes." required:"" placeholder:"FILE"`
}

func (cmd archiveExportGetCmd) Run(ctx context.Context, c *console) error {
	return explain(cmd.onCorp(ctx, func(s *platform.Server, co corp.Corp) error {
		var by archive.Reader
		if err := s.Store.Read(ctx, func(tx *store.Tx) (err error) {
			by, err = s.Archive.ReaderNamed(ctx, tx, co.CorpID, id.UserID(cmd.By))
			by.Address = "command line"
			return err
		}); err != nil {
			return err
		}
		e, content, err := s.Archive.FetchExport(ctx, by, cmd.No)
		if err != nil {
			return err
		}
		defer content.Close()
		f, err := os.OpenFile(cmd.Out, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
		if err != nil {
			return err
		}
		n, err := io.Copy(f, content)
		if closed := f.Close(); err == nil {
			err = closed
		}
		if err == nil && n != e.Size {
			err = fmt.Errorf("%d of %d bytes of the export are there", n, e.Size)
		}
		if err == nil {
			fmt.Fprintf(c.out, "%s  %s\n", e.Sum, cmd.Out)
		}
		return err
	}))
}
