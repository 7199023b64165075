package doctor

import (
	"encoding/base64"
	"net/url"
	"strings"

	"qiwei/callbackcrypto"
)

// checkForm checks what the owner has given, and reports whether a request can be made of it.
func (e *examination) checkForm() bool {
	bad := func(zh, en, mendZh, mendEn string) { e.add(Finding{StepForm, Fault, zh, en, mendZh, mendEn}) }
	u, err := url.Parse(e.URL)
	switch {
	case err != nil || u.Hostname() == "":
		bad("URL 不完整："+e.URL, "This is not a whole URL: "+e.URL, "填写完整地址，如 https://example.com/callback。", "Write it in full, such as https://example.com/callback.")
		return false
	case u.Scheme != "http" && u.Scheme != "https":
		bad("URL 须以 http:// 或 https:// 开头", "The URL begins with neither http:// nor https://", "", "")
		return false
	case u.User != nil:
		bad("URL 中的用户名和密码不会被发送", "A user name and password in the URL are sent to nobody", "需要保密时，把密文放进路径里。", "Put a secret into the path instead.")
		return false
	}
	usable := e.checkToken(bad)
	return e.checkKey(bad) && usable
}

func (e *examination) checkToken(bad func(zh, en, mendZh, mendEn string)) bool {
	switch t := e.Token; {
	case t == "":
		bad("没有 Token", "The Token is missing", "", "")
		return false
	case strings.TrimSpace(t) != t:
		bad("Token 前后有空白字符", "There is white space around the Token", "很可能是复制或读取配置文件时带入的，去掉它。", "It often comes from copying or from a file's last line; remove it.")
	case len(t) > 32 || !alphanumeric(t):
		bad("Token 应为 1 到 32 个字母和数字", "A Token is 1 to 32 letters and digits", "企业微信后台不会接受这个 Token。", "WeCom's console accepts nothing else.")
	}
	return true
}

func (e *examination) checkKey(bad func(zh, en, mendZh, mendEn string)) bool {
	key := e.AESKey
	switch {
	case strings.TrimSpace(key) != key:
		bad("EncodingAESKey 前后有空白字符", "There is white space around the EncodingAESKey", "去掉空白字符。", "Take it away.")
		e.AESKey = strings.TrimSpace(key)
		return e.checkKey(bad)
	case len(key) == 44 && strings.HasSuffix(key, "="):
		bad("EncodingAESKey 不含末尾的 =", "The EncodingAESKey has no = at its end", "去掉 =，共 43 个字符；解码时程序自己补上。", "Leave it out: 43 characters. The program adds it to decode.")
		e.AESKey = key[:43]
		return e.checkKey(bad)
	case len(key) != 43:
		bad("EncodingAESKey 应为 43 个字符", "An EncodingAESKey has 43 characters", "请重新复制。", "Copy it again.")
		return false
	}
	if _, err := callbackcrypto.ParseKey(key); err != nil {
		bad("EncodingAESKey 不能解码", "The EncodingAESKey does not decode: "+err.Error(), "只能有字母和数字。", "It has letters and digits only.")
		return false
	}
	if !alphanumeric(key) {
		bad("EncodingAESKey 只能有字母和数字", "An EncodingAESKey has letters and digits only", "企业微信后台不会接受。", "WeCom's console accepts nothing else.")
	}
	if _, err := base64.StdEncoding.Strict().DecodeString(key + "="); err != nil {
		raw, _ := base64.StdEncoding.DecodeString(key + "=")
		last := strings.TrimSuffix(base64.StdEncoding.EncodeToString(raw), "=")[42:]
		e.add(Finding{StepForm, Remark,
			"EncodingAESKey 的最后一个字符含有多余的比特，严格的 Base64 解码器会拒绝",
			"The last character of the EncodingAESKey has bits that belong to no byte, and strict decoders of Base64 refuse it",
			"把最后一个字符换成 " + last + "（两边都换），含义不变；或让解码器放宽（如 commons-codec 1.13 以上）。",
			"Write " + last + " instead, on both sides, which means the same; or have the decoder be lenient (commons-codec from 1.13 on is strict)."})
	}
	return true
}

func alphanumeric(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
}
