package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// BenchmarkMemberImport imports 20,000 members a round.
func BenchmarkMemberImport(b *testing.B) {
	const members = 20_000
	dir := b.TempDir()
	var sheet strings.Builder
	sheet.WriteString("姓名,帐号,手机号,邮箱,所在部门,职位,性别,直属上级\n")
	for i := range members {
		leader := ""
		if i%50 > 0 {
			leader = fmt.Sprintf("emp%d", i-i%50)
		}
		fmt.Fprintf(&sheet, "员工%d,emp%d,154%08d,emp%d@mail.example,1,工程师,男,%s\n", i, i, i, i, leader)
	}
	file := filepath.Join(dir, "members.csv")
	if err := os.WriteFile(file, []byte(sheet.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	round := 0
	for b.Loop() {
		round++
		data := filepath.Join(dir, fmt.Sprint(round))
		for _, args := range [][]string{
			{"corp", "create", "--data", data, "--name", "x"},
			{"member", "import", "--data", data, file},
		} {
			if code := run(b.Context(), args, io.Discard, io.Discard); code != 0 {
				b.Fatalf("%q: exit code %d", args, code)
			}
		}
	}
	b.ReportMetric(float64(members*b.N)/b.Elapsed().Seconds(), "members/s")
}
