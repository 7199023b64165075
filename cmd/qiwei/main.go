// Command qiwei is a WeCom (企业微信) that you run yourself.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
)

// commands is the command line. Each subcommand is in the file of its name.
type commands struct {
	Dev        devCmd        `cmd:"" help:"Run a demo enterprise with test controls, for development and CI."`
	Serve      serveCmd      `cmd:"" help:"Run a server for an organisation."`
	Backup     backupCmd     `cmd:"" help:"Write everything that an installation has into one file, beside running servers."`
	Restore    restoreCmd    `cmd:"" help:"Put a backup into an empty installation, on SQLite or PostgreSQL."`
	Corp       corpCmd       `cmd:"" help:"Found, list, change and export enterprises."`
	App        appCmd        `cmd:"" help:"Make, list and change applications."`
	Member     memberCmd     `cmd:"" help:"Import, export and invite members, and give them passwords."`
	Department departmentCmd `cmd:"" help:"Import and export departments."`
	Site       siteCmd       `cmd:"" help:"Protect sites behind a reverse proxy with members' sign-in."`
	Intercept  interceptCmd  `cmd:"" help:"Serve as WeCom's own hosts, for software that cannot be told another address."`
	OIDC       oidcCmd       `cmd:"" name:"oidc" help:"Let members sign in to other products by OpenID Connect."`
	Callback   callbackCmd   `cmd:"" help:"List, show and repeat messages and events to applications."`
	Jssdk      jssdkCmd      `cmd:"" name:"jssdk" help:"Sign a page for the JS-SDK, or find out what is wrong with a signature."`
	Crypt      cryptCmd      `cmd:"" help:"Encrypt, decrypt and verify callbacks, to debug a receiver."`
	Inbox      inboxCmd      `cmd:"" help:"Show what a member has received."`
	Bot        botCmd        `cmd:"" help:"Make and change intelligent robots (智能机器人), which answer members."`
	Robot      robotCmd      `cmd:"" help:"Put group robots (群机器人), which only post, into application chats."`
	Provider   providerCmd   `cmd:"" help:"Make enterprises providers (服务商), which bring applications to others, and list them."`
	Suite      suiteCmd      `cmd:"" help:"Make the suites of providers (third-party applications, templates), and install them."`
	Device     deviceCmd     `cmd:"" help:"Run a simulated piece of smart hardware (智慧硬件)."`
	Licence    licenceCmd    `cmd:"" help:"Pay for interface licences (接口调用许可), and have them checked."`
	Archive    archiveCmd    `cmd:"" help:"Keep what members say, sealed (会话内容存档), and prove that nothing was changed."`
	LDAP       ldapCmd       `cmd:"" name:"ldap" help:"Make service accounts for LDAP clients, and say how they see the directory."`
	SCIM       scimCmd       `cmd:"" name:"scim" help:"Let an identity provider keep the directory over SCIM, and provision products from it."`
	MCP        mcpCmd        `cmd:"" name:"mcp" help:"Let a coding agent work with a qiwei dev, over MCP on standard input and output."`
	Errcode    errcodeCmd    `cmd:"" help:"Explain an error code of WeCom's API."`
	Endpoints  endpointsCmd  `cmd:"" help:"List the calls of WeCom's API, and which of them are built."`
	Check      checkCmd      `cmd:"" help:"Say what is unsafe or cannot be reached, and how to mend it."`
	Ready      readyCmd      `cmd:"" help:"Ask whether a server is ready, or wait until it is."`
	Version    versionCmd    `cmd:"" help:"Print the version."`

	PrintVersion kong.VersionFlag `name:"version" help:"Print the version."`
}

func main() {
	tuneMemory()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends the program at once.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// console is where a command writes and how it speaks.
type console struct {
	out, err io.Writer
}

// run runs one command line and returns the program's exit code: 0 when it did
// what was asked, 1 when it could not, 2 when the command line is wrong, 130 when
// it was interrupted.
func run(ctx context.Context, args []string, out, errOut io.Writer) int {
	command, code := parse(args, out, errOut)
	if command == nil {
		return code
	}
	if err := command(ctx, &console{out, errOut}); err != nil {
		if ctx.Err() != nil && errors.Is(err, context.Canceled) {
			return 130 // the one who stopped it knows why
		}
		var wrong usage
		fmt.Fprintf(errOut, "qiwei: %v\n", err)
		if errors.As(err, &wrong) {
			return 2
		}
		return 1
	}
	return 0
}

// parse returns the command that a command line asks for; nil where there is nothing more to do, with the exit
// code. The grammar of all commands takes megabytes. It ends here, so that a server does not keep it.
func parse(args []string, out, errOut io.Writer) (command func(context.Context, *console) error, code int) {
	var c commands
	left := -1 // what kong says when it wants to end the program, as after --help
	parser, err := kong.New(&c,
		kong.Name("qiwei"),
		kong.Description("企业微信 (WeCom) that you run yourself."),
		kong.Writers(out, errOut),
		kong.Exit(func(code int) { left = code }),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Help(printHelp),
		kong.Vars{"version": versionLine()},
	)
	if err != nil {
		panic(err) // the structs above are wrong
	}
	line, err := parser.Parse(args)
	if left >= 0 {
		return nil, left
	}
	if err != nil {
		fmt.Fprintf(errOut, "qiwei: %v; see %s --help\n", err, commandOf(err))
		return nil, 2
	}
	switch cmd := line.Selected().Target.Addr().Interface().(type) {
	case interface {
		Run(context.Context, *console) error
	}:
		return cmd.Run, 0
	case interface{ Run(context.Context) error }:
		return func(ctx context.Context, _ *console) error { return cmd.Run(ctx) }, 0
	case interface{ Run(*console) error }:
		return func(_ context.Context, c *console) error { return cmd.Run(c) }, 0
	default:
		panic(fmt.Sprintf("%T does not run", cmd))
	}
}

// usage is an error in what the user wrote.
type usage struct{ error }

func usagef(format string, args ...any) error { return usage{fmt.Errorf(format, args...)} }

// commandOf returns the command that a mistaken command line was meant for.
func commandOf(err error) string {
	var parse *kong.ParseError
	if !errors.As(err, &parse) || parse.Context == nil {
		return "qiwei"
	}
	return strings.TrimSpace("qiwei " + parse.Context.Command())
}
