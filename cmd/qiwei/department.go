package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/platform"
	"qiwei/internal/sheet"
	"qiwei/internal/store"
)

type departmentCmd struct {
	Import departmentImportCmd `cmd:"" help:"Create and change departments from a CSV file."`
	Export departmentExportCmd `cmd:"" help:"Write all departments to a CSV file."`
}

type departmentImportCmd struct {
	corpFlags
	jsonFlag
	File   string `arg:"" help:"CSV file with the header of WeCom's template, or - for the standard input."`
	Report string `help:"Write the rows that failed to this CSV file." placeholder:"FILE"`
}

// Help is shown below the usage.
func (departmentImportCmd) Help() string {
	return "Columns: " + strings.Join(sheet.DepartmentHeader, ", ") + ". A department that exists already is renamed, moved and reordered; none is deleted."
}

func (cmd departmentImportCmd) Run(ctx context.Context, c *console) error {
	return cmd.onCorp(ctx, func(s *platform.Server, co corp.Corp) error {
		in, closeIn, err := openSheet(c, cmd.File)
		if err != nil {
			return err
		}
		rows, err := sheet.ReadDepartments(in)
		closeIn()
		if err != nil {
			return fmt.Errorf("%s: %w", cmd.File, explain(err))
		}
		var report importReport
		created := map[int]bool{}
		for chunk := range slices.Chunk(rows, sheetBatch) {
			err := batch(ctx, s, chunk, func(tx *store.Tx, row sheet.DepartmentRow) error {
				made, err := sheet.ImportDepartment(ctx, tx, s.Directory, access.System(co.CorpID), row)
				created[row.Line] = made
				return err
			}, func(row sheet.DepartmentRow, err error) {
				report.add(row.Line, strconv.FormatInt(row.ID, 10), created[row.Line], err)
			})
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				return fmt.Errorf("%s: stopped after %d rows, which are imported; run the same again to go on: %w", cmd.File, report.Rows, err)
			}
		}
		return report.print(c, cmd.JSON, cmd.Report)
	})
}

type departmentExportCmd struct {
	corpFlags
	File string `arg:"" optional:"" help:"CSV file to write; the standard output if not given."`
}

func (cmd departmentExportCmd) Run(ctx context.Context, c *console) error {
	return cmd.look(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		departments, err := s.Directory.Departments(ctx, tx, access.System(co.CorpID), 0)
		if err != nil {
			return err
		}
		return writeSheet(cmd.File, c.out, sheet.DepartmentHeader, func(put func([]string) error) error {
			for _, d := range departments {
				if err := put(sheet.DepartmentCells(d)); err != nil {
					return err
				}
			}
			return nil
		})
	})
}
