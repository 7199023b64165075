package main

import (
	"fmt"
	"os"
	"strings"

	"qiwei/internal/access"
)

// languageFlag selects the language in which the program speaks to people.
type languageFlag struct {
	Lang string `help:"Language: zh or en; that of LC_ALL, LC_MESSAGES or LANG if not given." enum:",zh,en" default:"" placeholder:"zh|en"`
}

// chinese reports whether to speak Chinese.
func (f languageFlag) chinese() bool {
	if f.Lang != "" {
		return f.Lang == "zh"
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := os.Getenv(name); v != "" {
			return strings.HasPrefix(strings.ToLower(v), "zh")
		}
	}
	return false
}

// welcome prints what a developer needs first: the server's address, and two lines to paste.
func (d *devCmd) welcome(c *console, now credentials) {
	if len(now.Corps) == 0 {
		return
	}
	corp := now.Corps[0]
	var first appCredentials
	for _, a := range corp.Apps {
		if a.Kind == access.SelfBuilt {
			first = a
			break
		}
	}
	user := "zhangsan"
	if len(corp.Members) > 0 {
		user = corp.Members[0]
	}
	texts := struct{ running, corp, app, token, member, signIn, more, stop, console, phone, wechat, agents, env string }{
		"qiwei dev is running at", "enterprise", "application", "Get a token:", "Read a member with it:",
		"Sign in as a member, in a browser:", "All secrets are in", "Ctrl-C stops it.",
		"The console, where you see every call and everything else:", "A member's phone:", "The phone of a WeChat user, who is a customer:", "For coding agents (MCP over HTTP):", "For programs that take the address from the environment:",
	}
	if d.chinese() {
		texts.running, texts.corp, texts.app = "qiwei dev 已启动：", "企业", "应用"
		texts.token, texts.member, texts.signIn = "获取 access_token：", "读取成员：", "在浏览器中以成员身份登录："
		texts.more, texts.stop, texts.console = "全部密钥见", "按 Ctrl-C 停止。", "管理后台，查看每次调用和全部数据："
		texts.phone, texts.wechat, texts.env = "成员的手机：", "微信用户（客户）的手机：", "从环境变量读取地址的程序："
		texts.agents = "编程助手（MCP，HTTP）："
	}
	gettoken := fmt.Sprintf("%s/cgi-bin/gettoken?corpid=%s&corpsecret=%s", now.BaseURL, corp.CorpID, first.Secret)
	fmt.Fprintf(c.out, `%s %s

  %s  %s  %s
  %s  %s  agentid %d

%s
  curl '%s'

%s
  TOKEN=$(curl -s '%s' | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
  curl "%s/cgi-bin/user/get?access_token=$TOKEN&userid=%s"

%s
  %s/console/

%s
  %s/phone/

%s
  %s/wechat/

%s
  %s/account/

%s
  %s/_qiwei/mcp

%s
  export WECOM_API_BASE_URL=%s WECOM_API_BASE=%s

%s %s
%s
`, texts.running, now.BaseURL, texts.corp, corp.CorpID, corp.Name, texts.app, first.Name, first.AgentID,
		texts.token, gettoken, texts.member, gettoken, now.BaseURL, user,
		texts.console, now.BaseURL, texts.phone, now.BaseURL, texts.wechat, now.BaseURL, texts.signIn, now.BaseURL, texts.agents, now.BaseURL, texts.env, now.BaseURL, now.BaseURL, texts.more, credentialsPath(d.Data), texts.stop)
}
