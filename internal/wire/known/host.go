package known

import (
	"slices"
	"strings"
)

// RobotHost is where the programs of intelligent robots hold their long
// connection, at its root (doc 101463).
const RobotHost = "openws.work.weixin.qq.com"

// The hosts that WeCom answers on. Software without a configurable address has these in its code.
var (
	// ServiceHosts answer calls and show pages: the server API, web authorisation,
	// QR and web sign-in with their twin overseas, and the long connection of
	// intelligent robots.
	ServiceHosts = []string{
		"qyapi.weixin.qq.com",
		"open.weixin.qq.com",
		"open.work.weixin.qq.com",
		"login.work.weixin.qq.com",
		"open.wecom.tencent.com",
		RobotHost,
	}
	// ScriptHosts serve the scripts that pages embed, and nothing else.
	ScriptHosts = []string{
		"wwcdn.weixin.qq.com",
		"rescdn.qqmail.com",
		"res.wx.qq.com",
	}
)

// Hosts returns all of them.
func Hosts() []string { return slices.Concat(ServiceHosts, ScriptHosts) }

// Host returns the name of a host as the lists spell it, without a port; ok is false if it is not WeCom's.
func Host(hostport string) (name string, ok bool) {
	name = hostport
	if i := strings.LastIndexByte(name, ':'); i >= 0 {
		name = name[:i]
	}
	name = strings.TrimSuffix(strings.ToLower(name), ".")
	return name, slices.Contains(ServiceHosts, name) || slices.Contains(ScriptHosts, name)
}
