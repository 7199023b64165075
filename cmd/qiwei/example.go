package main

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

// examples are the command lines that a command's `--help` shows below its flags. A test parses them.
var examples = map[string][]string{
	"qiwei dev": {
		"qiwei dev",
		"qiwei dev --data /tmp/demo --listen :0 --lang en",
		"qiwei dev --seed corp.json",
	},
	"qiwei serve": {
		"qiwei serve --data /var/lib/qiwei --base-url https://wecom.corp.example --trusted-proxies 127.0.0.1",
		"qiwei serve --database postgres://qiwei@db.corp.example/qiwei --base-url https://wecom.corp.example --tls-cert cert.pem --tls-key key.pem",
	},
	"qiwei ready": {
		"qiwei ready https://wecom.corp.example",
		"qiwei ready --wait --data /tmp/demo",
	},
	"qiwei completion": {
		"qiwei completion bash",
	},
	"qiwei backup": {
		"qiwei backup --passphrase-file /etc/qiwei/backup.words --with-key /backup/qiwei.backup",
	},
	"qiwei corp list": {
		"qiwei corp list --json",
	},
	"qiwei corp link": {
		"qiwei corp link --data /var/lib/qiwei --base-url https://wecom.corp.example",
	},
	"qiwei app list": {
		"qiwei app list --json",
	},
	"qiwei app show": {
		"qiwei app show --agentid 1000002",
	},
	"qiwei app reset-secret": {
		"qiwei app reset-secret --agentid 1000002",
	},
	"qiwei member invite": {
		"qiwei member invite zhangsan",
	},
	"qiwei bot list": {
		"qiwei bot list --json",
	},
	"qiwei archive status": {
		"qiwei archive status --json",
	},
	"qiwei archive verify": {
		"qiwei archive verify",
	},
	"qiwei check": {
		"qiwei check",
	},
	"qiwei corp create": {
		"qiwei corp create --data /var/lib/qiwei --name 晴川科技",
	},
	"qiwei app create": {
		"qiwei app create --name 考勤",
	},
	"qiwei app set": {
		"qiwei app set --agentid 1000002 --redirect-domain localhost:3000 --login-domain localhost:3000",
		"qiwei app set --agentid 1000002 --callback-url http://127.0.0.1:3000/callback --callback-token TOKEN --callback-aes-key KEY",
	},
	"qiwei member import": {
		"qiwei member import members.csv",
	},
	"qiwei member set-password": {
		"qiwei member set-password zhangsan",
	},
	"qiwei inbox": {
		"qiwei inbox lisi",
		"qiwei inbox --agentid 1000002 --limit 500 --json lisi",
	},
	"qiwei archive library": {
		"qiwei archive library --out lib --url http://127.0.0.1:7993",
		"qiwei archive library --out lib --cc 'aarch64-linux-gnu-gcc'",
	},
	"qiwei callback list": {
		"qiwei callback list",
	},
	"qiwei endpoints": {
		"qiwei endpoints --missing",
		"qiwei endpoints --openapi",
	},
	"qiwei intercept env": {
		"qiwei intercept env python",
	},
	"qiwei jssdk sign": {
		"qiwei jssdk sign --agentid 1000002 --url 'https://app.example.com/a?b=c'",
	},
	"qiwei mcp": {
		"qiwei mcp",
		"qiwei mcp --data /tmp/demo",
		"qiwei mcp http://127.0.0.1:7993",
	},
	"qiwei errcode": {
		"qiwei errcode 60111",
		"qiwei errcode invalid access_token",
		"qiwei errcode 可见范围",
	},
}

// printHelp is kong's help with the examples below it.
func printHelp(options kong.HelpOptions, ctx *kong.Context) error {
	if err := kong.DefaultHelpPrinter(options, ctx); err != nil {
		return err
	}
	if ctx.Selected() == nil {
		return nil
	}
	lines := examples[nameOf(ctx.Selected())]
	if len(lines) > 0 {
		fmt.Fprintf(ctx.Stdout, "\nExamples:\n  %s\n", strings.Join(lines, "\n  "))
	}
	return nil
}

// nameOf returns a command with the ones above it, such as "qiwei app set".
func nameOf(n *kong.Node) string {
	var words []string
	for ; n != nil; n = n.Parent {
		words = append([]string{n.Name}, words...)
	}
	return strings.Join(words, " ")
}
