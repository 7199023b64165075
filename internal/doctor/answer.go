package doctor

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"
)

const plainMendZh, plainMendEn = "直接把解密得到的明文作为响应正文返回：text/plain，不加引号、换行、BOM 或任何包装。",
	"Return the decrypted text itself as the body: text/plain, without quotes, line breaks, a byte order mark, or anything around it."

// knownAnswer explains an answer whose mistake shows in itself, and reports whether it could.
func (e *examination) knownAnswer(a answer) bool {
	fault := func(step, zh, en, mendZh, mendEn string) bool {
		e.add(Finding{step, Fault, zh, en, mendZh, mendEn})
		return true
	}
	body := string(a.body)
	switch {
	case a.status >= 300 && a.status < 400:
		to, _, _ := strings.Cut(a.location, "?")
		return fault(StepRedirect, fmt.Sprintf("回应了 %d，跳转到 %s；企业微信不跟随跳转", a.status, to), fmt.Sprintf("It answers %d and leads to %s; WeCom follows no redirects", a.status, to), redirectMend(e.URL, a.location, true), redirectMend(e.URL, a.location, false))
	case a.status == http.StatusNotFound && !strings.Contains(body, a.number):
		return fault(StepStatus, "回应了 404：这个路径上没有接收程序", "It answers 404: nothing receives at this path", "检查路径，以及是否为 GET 注册了路由（验证用 GET，推送用 POST）。", "Check the path, and that GET is routed too: WeCom verifies by GET and pushes by POST.")
	case a.status == http.StatusMethodNotAllowed:
		return fault(StepStatus, "回应了 405：没有为 GET 注册路由", "It answers 405: GET is not routed", "验证用 GET，推送用 POST，两者都要处理。", "WeCom verifies by GET and pushes by POST; route both.")
	case a.status == http.StatusUnauthorized && len(a.body) > 0 && !strings.Contains(body, "ignature"), a.status == http.StatusProxyAuthRequired:
		return fault(StepStatus, fmt.Sprintf("回应了 %d：要求登录", a.status), fmt.Sprintf("It answers %d: it asks for a sign-in", a.status), "把回调路径从登录校验中排除；签名就是企业微信的身份证明。", "Exempt the path from your sign-in: the signature is what WeCom proves itself with.")
	case a.status != http.StatusOK && strings.Contains(body, a.number):
		return fault(StepStatus, fmt.Sprintf("明文正确，但状态码是 %d", a.status), fmt.Sprintf("The text is right, but the status is %d", a.status), "以 200 返回。", "Answer with 200.")
	case a.status != http.StatusOK:
		return false
	case len(a.body) == 0:
		return false // the receiver may have refused it quietly
	}
	return e.knownBody(a, body, func(zh, en string) bool { return fault(StepAnswer, zh, en, plainMendZh, plainMendEn) })
}

func (e *examination) knownBody(a answer, body string, fault func(zh, en string) bool) bool {
	trimmed := strings.TrimSpace(strings.TrimPrefix(body, "\ufeff"))
	switch {
	case body == a.echostr:
		return fault("原样返回了 echostr，没有解密", "It answers echostr as it came, encrypted")
	case !strings.Contains(body, a.number):
		return false
	case bytes.HasPrefix(a.body, []byte("\ufeff")) && trimmed == a.number:
		return fault("明文前有 BOM（EF BB BF）", "There is a byte order mark (EF BB BF) before the text")
	case trimmed == a.number:
		return fault("明文前后有空白或换行", "There is white space or a line break around the text")
	case strings.Trim(trimmed, `"'`) == a.number:
		return fault("明文带了引号，多半是被当作 JSON 字符串返回", "The text is in quotes, as if it were a string of JSON")
	case json.Valid(a.body):
		return fault("明文被包在 JSON 里返回", "The text is wrapped in JSON")
	case strings.Contains(strings.ToLower(body), "<html") || strings.HasPrefix(strings.ToLower(trimmed), "<!doctype"):
		return fault("明文被放进 HTML 页面返回", "The text is inside an HTML page")
	case xml.Unmarshal(a.body, new(struct{})) == nil && strings.HasPrefix(trimmed, "<"):
		return fault("明文被包在 XML 里返回", "The text is wrapped in XML")
	case e.ReceiveID != "" && strings.Contains(body, a.number+e.ReceiveID):
		return fault("明文后面还跟着 receiveid：没有按长度截取", "The receiveid follows the text: it was not cut at its length")
	}
	return fault("明文前后还有别的内容："+excerpt(a.body), "There is more around the text: "+excerpt(a.body))
}

func redirectMend(from, to string, zh bool) string {
	say := func(z, e string) string {
		if zh {
			return z
		}
		return e
	}
	lower := strings.ToLower(to)
	switch {
	case strings.HasPrefix(from, "http://") && strings.HasPrefix(lower, "https://"):
		return say("直接填写 https:// 的地址。", "Enter the https:// address itself.")
	case strings.Contains(lower, "login") || strings.Contains(lower, "signin") || strings.Contains(lower, "auth"):
		return say("回调路径被登录校验拦住了：把它排除在外。", "Your sign-in is in front of it: exempt this path.")
	case strings.HasSuffix(strings.SplitN(to, "?", 2)[0], "/"):
		return say("填写末尾带 / 的地址，或关闭框架的自动补 /。", "Enter the address with the / at its end, or turn off the framework's redirect.")
	}
	return say("填写最终的地址。", "Enter the address that it leads to.")
}

// excerpt shows the beginning of a body.
func excerpt(body []byte) string {
	const most = 120
	if len(body) == 0 {
		return "（空）/ (empty)"
	}
	if !utf8.Valid(body) {
		return fmt.Sprintf("%d bytes that are not text", len(body))
	}
	if runes := []rune(string(body)); len(runes) > most {
		return fmt.Sprintf("%q…", string(runes[:most]))
	}
	return fmt.Sprintf("%q", body)
}
