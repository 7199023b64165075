package intercept

import "strings"

// Where pages find WeCom's scripts, whatever the version in their names. A
// version that is not known is served the newest of its kind.
var scriptPaths = []struct{ prefix, name string }{
	{"/node/wework/wwopen/js/wwLogin-", "wwlogin.js"},
	{"/node/ww/wwopenmng/js/sso/wwLogin-", "wwlogin.js"},
	{"/node/open/js/wecom-jssdk-", "jssdk.js"},
	{"/open/js/jweixin-", "jweixin.js"},
	{"/wwopen/js/jwxwork-", "jweixin.js"},
}

func isScript(path string) bool { return scriptOf(path) != "" }

// scriptOf returns the name of the script that the path asks for, none where it
// asks for something else.
func scriptOf(path string) string {
	for _, s := range scriptPaths {
		if version, ok := strings.CutPrefix(path, s.prefix); ok && strings.HasSuffix(version, ".js") && !strings.Contains(version, "/") {
			return s.name
		}
	}
	return ""
}
