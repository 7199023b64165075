package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"qiwei/internal/archive/library"
)

type archiveLibraryCmd struct {
	Out    string `help:"Directory for the library, its headers and its source." required:"" placeholder:"DIR"`
	CC     string `name:"cc" help:"C compiler, with its arguments; $CC, cc, gcc or clang where it is left out." placeholder:"COMMAND"`
	URL    string `name:"url" help:"Server that the library asks where QIWEI_URL is not set: written into qiwei.url beside it." placeholder:"URL"`
	Source bool   `help:"Do not compile."`
}

func (cmd archiveLibraryCmd) Run(ctx context.Context, c *console) error {
	if cmd.URL != "" {
		u, err := url.Parse(cmd.URL)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
			return usagef("--url: http://host or https://host expected, with a port and a path where there are")
		}
	}
	if err := library.Unpack(cmd.Out); err != nil {
		return err
	}
	if cmd.URL != "" {
		if err := os.WriteFile(filepath.Join(cmd.Out, "qiwei.url"), []byte(cmd.URL+"\n"), 0o644); err != nil {
			return err
		}
	}
	if cmd.Source {
		fmt.Fprintf(c.out, "unpacked; to compile it:\n  %s\n", library.ByHand(cmd.Out))
		return nil
	}
	cc, err := library.FindCompiler(cmd.CC)
	if errors.Is(err, library.ErrNoCompiler) {
		return fmt.Errorf("%w: install one (apt-get install gcc libc6-dev, dnf install gcc, apk add gcc musl-dev), or name another by --cc, "+
			"or compile the source, which is in %s, elsewhere: %s", err, cmd.Out, library.ByHand(cmd.Out))
	}
	if err != nil {
		return err
	}
	names, err := cc.Build(ctx, cmd.Out)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.out, "%s: %s\n", cmd.Out, strings.Join(names, ", "))
	return nil
}
