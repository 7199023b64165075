// Package library holds the library in C that stands in for WeCom's library of the chat archive
// (会话内容存档, doc 91774), and compiles it. It has the same 17 functions for C and the same 17 for Java, and
// asks the server at QIWEI_URL. See docs/archive-library.md.
//
// It is C because most programs that load it are Go or Java: two Go runtimes in one process are not supported.
// It is kept as source because a binary in the program would be one for each system, and nobody could read it.
package library

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

//go:embed source
var files embed.FS

// sourceDir is the folder of the C files below what Unpack writes.
const sourceDir = "source"

// Unpack writes the source, the headers and the class for Java below dir, which it makes if need be.
func Unpack(dir string) error {
	return fs.WalkDir(files, "source", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		for _, to := range placesOf(strings.TrimPrefix(name, "source/")) {
			to = filepath.Join(dir, filepath.FromSlash(to))
			if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
				return err
			}
			if err := os.WriteFile(to, content, 0o644); err != nil {
				return err
			}
		}
		return nil
	})
}

// placesOf returns where a file goes. The header of C is wanted by the source and by programs.
func placesOf(name string) []string {
	switch inSource := path.Join(sourceDir, name); {
	case name == "WeWorkFinanceSdk_C.h":
		return []string{name, inSource}
	case path.Ext(name) == ".c" || name == "qiwei.h":
		return []string{inSource}
	}
	return []string{name}
}

// names are what programs look for by the system that they run on. It is one and the same library.
var names = map[string][]string{
	"linux": {"libWeWorkFinanceSdk_C.so", "libWeWorkFinanceSdk_Java.so", "libWeWorkFinanceSdk.so",
		"WeWorkFinanceSdk_Java.so", "WeWorkFinanceSdk.so"},
	"darwin":  {"libWeWorkFinanceSdk_C.dylib", "libWeWorkFinanceSdk_Java.dylib", "libWeWorkFinanceSdk.dylib"},
	"windows": {"WeWorkFinanceSdk_C.dll", "WeWorkFinanceSdk_Java.dll", "WeWorkFinanceSdk.dll"},
}

// flags are those of the compiler by the system that it compiles for. On Linux the library is never unloaded: a thread
// may be in it.
var flags = map[string][]string{
	"linux":   {"-shared", "-Wl,-z,nodelete", "-Wl,-z,relro", "-Wl,-z,now"},
	"darwin":  {"-dynamiclib"},
	"windows": {"-shared", "-static-libgcc"},
}

// libraries are what the system has apart from libc, behind what needs it. The newer a Linux, the less is in libdl.
var libraries = map[string][]string{"linux": {"-ldl"}, "windows": {"-lws2_32"}}

// ErrNoCompiler is returned where there is none.
var ErrNoCompiler = errors.New("there is no C compiler here")

// Compiler is a command that compiles C, with its arguments: cc, or zig cc -target aarch64-linux-musl.
type Compiler []string

// FindCompiler returns the compiler of this name, or where it is empty that of the variable CC, or the first of those
// that are usual; or ErrNoCompiler.
func FindCompiler(name string) (Compiler, error) {
	if strings.TrimSpace(name) == "" {
		name = os.Getenv("CC")
	}
	if command := strings.Fields(name); len(command) > 0 {
		if _, err := exec.LookPath(command[0]); err != nil {
			return nil, fmt.Errorf("%w: %s cannot be found", ErrNoCompiler, command[0])
		}
		return command, nil
	}
	for _, usual := range []string{"cc", "gcc", "clang"} {
		if _, err := exec.LookPath(usual); err == nil {
			return Compiler{usual}, nil
		}
	}
	return nil, ErrNoCompiler
}

// Target returns the system that the compiler compiles for: linux, darwin or windows.
func (c Compiler) Target(ctx context.Context) (string, error) {
	const question = `
#if defined(_WIN32)
qiwei "windows"
#elif defined(__APPLE__)
qiwei "darwin"
#elif defined(__linux__)
qiwei "linux"
#endif
`
	cmd := exec.CommandContext(ctx, c[0], slices.Concat(c[1:], []string{"-E", "-x", "c", "-"})...)
	cmd.Stdin = strings.NewReader(question)
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s does not compile C: %w", strings.Join(c, " "), err)
	}
	for line := range strings.Lines(string(out)) {
		if target, ok := strings.CutPrefix(strings.TrimSpace(line), "qiwei "); ok {
			return strings.Trim(target, `"`), nil
		}
	}
	return "", fmt.Errorf("%s compiles for a system that the library does not know", strings.Join(c, " "))
}

// command returns the arguments that compile what Unpack has written below dir.
func (c Compiler) command(dir, target, out string) ([]string, error) {
	sources, err := filepath.Glob(filepath.Join(dir, sourceDir, "*.c"))
	if err != nil || len(sources) == 0 {
		return nil, fmt.Errorf("no source below %s: %w", dir, err)
	}
	args := slices.Concat(c, []string{"-std=c99", "-O2", "-fPIC", "-fvisibility=hidden"}, flags[target], []string{"-o", out}, sources)
	return append(args, libraries[target]...), nil
}

// Build compiles what Unpack has written below dir, and puts the library there under all of its names, which it
// returns. The files that were there are replaced, each in one step: programs that have one open keep it.
func (c Compiler) Build(ctx context.Context, dir string) ([]string, error) {
	target, err := c.Target(ctx)
	if err != nil {
		return nil, err
	}
	work, err := os.MkdirTemp(dir, ".build-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(work)
	built := filepath.Join(work, names[target][0])
	args, err := c.command(dir, target, built)
	if err != nil {
		return nil, err
	}
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", strings.Join(c, " "), err, said.Bytes())
	}
	content, err := os.ReadFile(built)
	if err != nil {
		return nil, err
	}
	for _, name := range names[target] {
		part := filepath.Join(work, "part")
		if err := os.WriteFile(part, content, 0o755); err != nil {
			return nil, err
		}
		if err := os.Rename(part, filepath.Join(dir, name)); err != nil {
			return nil, err
		}
	}
	return names[target], nil
}

// ByHand returns the command line that compiles for Linux what Unpack has written below dir.
func ByHand(dir string) string {
	args := slices.Concat([]string{"cc", "-std=c99", "-O2", "-fPIC", "-fvisibility=hidden"}, flags["linux"],
		[]string{"-o", filepath.Join(dir, names["linux"][0]), filepath.Join(dir, sourceDir, "*.c")}, libraries["linux"])
	return strings.Join(args, " ")
}
