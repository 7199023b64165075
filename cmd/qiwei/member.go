package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/platform"
	"qiwei/internal/sheet"
	"qiwei/internal/store"
)

type memberCmd struct {
	Import      memberImportCmd      `cmd:"" help:"Create and change members from a CSV file."`
	Export      memberExportCmd      `cmd:"" help:"Write all members to a CSV file."`
	SetPassword memberSetPasswordCmd `cmd:"" help:"Give a member a password."`
	Invite      memberInviteCmd      `cmd:"" help:"Let a member set a password."`
}

type memberImportCmd struct {
	corpFlags
	jsonFlag
	File   string `arg:"" help:"CSV file with the header of WeCom's template, or - for the standard input."`
	Report string `help:"Write the rows that failed to this CSV file." placeholder:"FILE"`
}

// Help is shown below the usage.
func (memberImportCmd) Help() string {
	return "Columns are found by their header: " + strings.Join(sheet.MemberHeader, ", ") + ", and extended attributes under their names. " +
		"姓名, 帐号, 所在部门 and one of 手机号 and 邮箱 are needed. " +
		"A member who is there already is changed, in the columns that the file has; nobody is deleted. " +
		"An import that was interrupted is finished by running it again."
}

func (cmd memberImportCmd) Run(ctx context.Context, c *console) error {
	return cmd.onCorp(ctx, func(s *platform.Server, co corp.Corp) error {
		in, closeIn, err := openSheet(c, cmd.File)
		if err != nil {
			return err
		}
		defer closeIn()
		file, err := sheet.ReadMembers(in, co.Attributes)
		if err != nil {
			return fmt.Errorf("%s: %w", cmd.File, explain(err))
		}
		if len(file.Ignored) > 0 {
			fmt.Fprintf(c.err, "These columns are not known and were ignored: %s\n", strings.Join(file.Ignored, ", "))
		}
		report, err := importMembers(ctx, s, access.System(co.CorpID), file)
		closeIn()
		if err != nil {
			return fmt.Errorf("%s: stopped after %d rows, which are imported; run the same again to go on: %w", cmd.File, report.Rows, err)
		}
		return report.print(c, cmd.JSON, cmd.Report)
	})
}

func importMembers(ctx context.Context, s *platform.Server, by access.Caller, file *sheet.Members) (*importReport, error) {
	var report importReport
	var later []sheet.MemberRow                      // rows whose direct leaders come later in the file
	created, waits := map[int]bool{}, map[int]bool{} // of the batch, by line
	rows := make([]sheet.MemberRow, 0, sheetBatch)
	flush := func() error {
		err := batch(ctx, s, rows, func(tx *store.Tx, row sheet.MemberRow) (err error) {
			created[row.Line], waits[row.Line], err = sheet.ImportMember(ctx, tx, s.Directory, by, row, false)
			return err
		}, func(row sheet.MemberRow, err error) {
			report.add(row.Line, string(row.UserID), created[row.Line], err)
			if waits[row.Line] && err == nil {
				later = append(later, row)
			}
		})
		rows = rows[:0]
		clear(created)
		clear(waits)
		return err
	}
	for {
		row, err := file.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return &report, err
		}
		if row.Err != nil {
			report.add(row.Line, string(row.UserID), false, row.Err)
			continue
		}
		if rows = append(rows, row); len(rows) == sheetBatch {
			if err := flush(); err != nil {
				return &report, err
			}
		}
	}
	if err := flush(); err != nil {
		return &report, err
	}
	for chunk := range slices.Chunk(later, sheetBatch) {
		if err := batch(ctx, s, chunk, func(tx *store.Tx, row sheet.MemberRow) error {
			return sheet.FinishMember(ctx, tx, s.Directory, by, row)
		}, func(row sheet.MemberRow, err error) {
			if err != nil {
				report.fail(row.Line, string(row.UserID), err)
			}
		}); err != nil {
			return &report, err
		}
	}
	return &report, nil
}

type memberExportCmd struct {
	corpFlags
	File string `arg:"" optional:"" help:"CSV file to write; the standard output if not given."`
}

func (cmd memberExportCmd) Run(ctx context.Context, c *console) error {
	return cmd.look(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		header := slices.Concat(sheet.MemberHeader, co.Attributes)
		return writeSheet(cmd.File, c.out, header, func(put func([]string) error) error {
			return s.Directory.EachMember(tx, access.System(co.CorpID), func(m directory.Member) error {
				return put(sheet.MemberCells(&m, co.Attributes))
			})
		})
	})
}
