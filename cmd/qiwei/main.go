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
	Dev     devCmd     `cmd:"" group:"Server" help:"Run a demo enterprise with test controls, for development and CI."`
	Serve   serveCmd   `cmd:"" group:"Server" help:"Run a server for an organisation."`
	Backup  backupCmd  `cmd:"" group:"Server" help:"Write everything that an installation has into one file, beside running servers."`
	Restore restoreCmd `cmd:"" group:"Server" help:"Put a backup into an empty installation, on SQLite or PostgreSQL."`
	Check   checkCmd   `cmd:"" group:"Server" help:"Say what is unsafe or cannot be reached, and how to mend it."`
	Ready   readyCmd   `cmd:"" group:"Server" help:"Ask whether a server is ready, or wait until it is."`

	Corp       corpCmd       `cmd:"" group:"Enterprise" help:"Found, list, change and export enterprises."`
	App        appCmd        `cmd:"" group:"Enterprise" help:"Make, list and change applications."`
	Member     memberCmd     `cmd:"" group:"Enterprise" help:"Import, export and invite members, and give them passwords."`
	Department departmentCmd `cmd:"" group:"Enterprise" help:"Import and export departments."`
	Inbox      inboxCmd      `cmd:"" group:"Enterprise" help:"Show what a member has received."`
	Archive    archiveCmd    `cmd:"" group:"Enterprise" help:"Keep what members say, sealed (会话内容存档), and prove that nothing was changed."`

	OIDC oidcCmd `cmd:"" group:"Sign-in" name:"oidc" help:"Let members sign in to other products by OpenID Connect."`
	LDAP ldapCmd `cmd:"" group:"Sign-in" name:"ldap" help:"Make service accounts for LDAP clients, and say how they see the directory."`
	SCIM scimCmd `cmd:"" group:"Sign-in" name:"scim" help:"Let an identity provider keep the directory over SCIM, and provision products from it."`
	Site siteCmd `cmd:"" group:"Sign-in" help:"Protect sites behind a reverse proxy with members' sign-in."`

	Bot   botCmd   `cmd:"" group:"Robots" help:"Make and change intelligent robots (智能机器人), which answer members."`
	Robot robotCmd `cmd:"" group:"Robots" help:"Put group robots (群机器人), which only post, into application chats."`

	Provider providerCmd `cmd:"" group:"Providers" help:"Make enterprises providers (服务商), which bring applications to others, and list them."`
	Suite    suiteCmd    `cmd:"" group:"Providers" help:"Make the suites of providers (third-party applications, templates), and install them."`
	Device   deviceCmd   `cmd:"" group:"Providers" help:"Run a simulated piece of smart hardware (智慧硬件)."`
	Licence  licenceCmd  `cmd:"" group:"Providers" help:"Pay for interface licences (接口调用许可), and have them checked."`

	Callback   callbackCmd   `cmd:"" group:"Tools" help:"List, show and repeat messages and events to applications."`
	Crypt      cryptCmd      `cmd:"" group:"Tools" help:"Encrypt, decrypt and verify callbacks, to debug a receiver."`
	Jssdk      jssdkCmd      `cmd:"" group:"Tools" name:"jssdk" help:"Sign a page for the JS-SDK, or find out what is wrong with a signature."`
	Intercept  interceptCmd  `cmd:"" group:"Tools" help:"Serve as WeCom's own hosts, for software that cannot be told another address."`
	Endpoints  endpointsCmd  `cmd:"" group:"Tools" help:"List the calls of WeCom's API, and which of them are built."`
	Errcode    errcodeCmd    `cmd:"" group:"Tools" help:"Explain an error code of WeCom's API."`
	MCP        mcpCmd        `cmd:"" group:"Tools" name:"mcp" help:"Let a coding agent work with a qiwei dev, over MCP on standard input and output."`
	Completion completionCmd `cmd:"" group:"Tools" help:"Print a script that completes qiwei's commands and flags in a shell."`
	Version    versionCmd    `cmd:"" group:"Tools" help:"Print the version."`

	PrintVersion kong.VersionFlag `name:"version" help:"Print the version."`
}

// helpGroups are the headings of the help, in the order of the commands.
func helpGroups() (out []kong.Group) {
	for _, g := range [][2]string{
		{"Server", "Run it:"}, {"Enterprise", "Keep an enterprise:"}, {"Sign-in", "Let other products in:"}, {"Robots", "Robots:"},
		{"Providers", "Providers and their applications:"}, {"Tools", "Find out and try:"},
	} {
		out = append(out, kong.Group{Key: g[0], Title: g[1]})
	}
	return out
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
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
		kong.ExplicitGroups(helpGroups()),
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
