package doctor

import (
	"fmt"
	"strings"

	"qiwei/callbackcrypto"
)

// findStep finds out at which step a receiver fails whose answer does not say so.
func (e *examination) findStep(first answer) {
	e.add(Finding{Step: StepStatus, State: Fault,
		Zh: fmt.Sprintf("回应了 %d，正文 %s；应为 200 和解密后的明文", first.status, excerpt(first.body)),
		En: fmt.Sprintf("It answers %d with %s; 200 and the decrypted text are expected", first.status, excerpt(first.body))})
	if e.findCharacters() || e.findReceiveID() || e.findToken() || e.findKey() {
		return
	}
	// Where does it stop? An answer to a wrong signature shows how it refuses one; an answer to a text of another
	// key, how it fails to decrypt. With another Token it refuses all three.
	forged, foreign := e.verify(probe{forged: true}), e.verify(probe{key: e.otherKey()})
	signed := strings.Join(first.signed, " ")
	if first.status != forged.status || first.alike(foreign) && !first.alike(forged) {
		e.add(Finding{StepDecrypt, Fault,
			"签名通过了，解密失败：它像对待别的密钥加密的内容那样回应", "The signature passes and decryption fails: it answers as to a text of another key",
			"核对 EncodingAESKey（43 个字符，区分大小写，注意 0 与 O、1 与 l 与 I）；AES-256-CBC，IV 取密钥前 16 字节。",
			"Check the EncodingAESKey: 43 characters, in upper and lower case; look at 0 and O, 1, l and I. It is AES-256-CBC, and the IV is the key's first 16 bytes."})
		return
	}
	e.add(Finding{StepSignature, Fault,
		"它对错误的签名也这样回应：要么签名没有通过，要么任何失败都是同样的回应", "It answers a wrong signature in the same way: either the signature does not pass, or every failure gets the same answer",
		"先核对 Token。签名是 SHA1(token、timestamp、nonce、echostr 四个字符串按字节排序后相连)，echostr 取解码后的值。在接收方打印收到的参数，与这里签名的内容比对：" + signed,
		"Check the Token first. The signature is the SHA-1 of token, timestamp, nonce and the decoded echostr, sorted as strings and joined. Print what the receiver gets, and compare it with what was signed here: " + signed})
}

func (e *examination) otherKey() string {
	key, err := callbackcrypto.GenerateKey(e.entropy)
	if err != nil {
		return e.AESKey
	}
	return key
}

// safe is a probe whose text needs no decoding, with padding that every program takes.
var safe = probe{hasNot: "+/=", padding: 8}

// characters are the probes that have one thing that safe has not.
var characters = []struct {
	probe
	step, zh, en, mendZh, mendEn string
}{
	{probe{has: "+", hasNot: "/=", padding: 8}, StepQuery, "echostr 含有 + 时失败", "It fails where echostr holds a +",
		"查询参数只能解码一次：解码两次会把 + 变成空格。框架给出的值已经解码。", "Decode the query once: decoding twice makes a space of +. What the framework gives you is decoded already."},
	{probe{has: "/", hasNot: "+=", padding: 8}, StepQuery, "echostr 含有 / 时失败", "It fails where echostr holds a /",
		"检查代理或框架是否改写了 %2F。", "Check whether a proxy or the framework rewrites %2F."},
	{probe{has: "=", hasNot: "+/", padding: 8}, StepQuery, "echostr 以 = 结尾时失败", "It fails where echostr ends in =",
		"拆分查询串时只在第一个 = 处切开，并对值做一次百分号解码。", "Split parameters at their first = only, and percent-decode the value once."},
	{probe{hasNot: "+/=", padding: 32}, StepPadding, "填充为 32 字节时失败", "It fails where the padding is 32 bytes",
		"填充按 32 字节分块（1 到 32），不是 AES 的 16：去填充时接受到 32。", "The padding is in blocks of 32 (1 to 32 bytes), not AES's 16: remove up to 32 bytes."},
	{probe{hasNot: "+/=", padding: 20}, StepPadding, "填充超过 16 字节时失败", "It fails where the padding is more than 16 bytes",
		"标准库的 PKCS#7（16 字节分块）不适用：关闭自动填充，自己按 32 去填充。", "A library's PKCS#7 for AES takes at most 16: turn it off, and unpad by blocks of 32 yourself."},
	{probe{hasNot: "+/=", padding: 1}, StepPadding, "填充为 1 字节时失败", "It fails where the padding is one byte",
		"去填充时接受 1 到 32。", "Remove 1 to 32 bytes."},
}

// findCharacters reports whether a simpler text is answered rightly, and says which part of the others is not.
func (e *examination) findCharacters() bool {
	if a := e.verify(safe); !a.right() {
		return false
	}
	e.tryCharacters()
	return true
}

// tryCharacters sends each of them, and reports whether all were answered rightly.
func (e *examination) tryCharacters() bool {
	all, steps := true, map[string]bool{}
	for _, c := range characters {
		if e.ctx.Err() != nil {
			return all
		}
		if a := e.verify(c.probe); !a.right() {
			all = false
			if !steps[c.step] || c.step == StepQuery {
				e.add(Finding{c.step, Fault, c.zh, c.en, c.mendZh, c.mendEn})
			}
			steps[c.step] = true
		}
	}
	return all
}

// findReceiveID reports whether the receiver takes another receiveid.
func (e *examination) findReceiveID() bool {
	for _, other := range append([]string{""}, e.Others...) {
		if other == e.ReceiveID {
			continue
		}
		if a := e.verify(probe{receiveID: &other}); !a.right() {
			continue
		}
		mend := map[Kind][2]string{
			Application: {"应用的回调，receiveid 是企业的 corpid。", "For an application's callbacks it is the enterprise's corpid."},
			Suite:       {"验证套件的 URL 时，receiveid 是服务商的 corpid；推送时才是 suiteid 或授权企业的 corpid。", "When a suite's URL is verified, it is the provider's corpid; only pushes have the suite's id or that of the enterprise."},
			Robot:       {"智能机器人的 receiveid 是空字符串。", "For a smart robot it is the empty string."},
		}[e.Kind]
		e.add(Finding{StepReceiveID, Fault, fmt.Sprintf("它期望的 receiveid 是 %q，应为 %q", other, e.ReceiveID), fmt.Sprintf("It expects the receiveid %q; it must be %q", other, e.ReceiveID), mend[0], mend[1]})
		return true
	}
	return false
}

// findToken reports whether the receiver has a token that resembles the patient's.
func (e *examination) findToken() bool {
	for _, t := range []struct{ token, zh, en string }{
		{e.Token + "\n", "它的 Token 末尾多了一个换行", "Its Token has a line break at the end"},
		{e.Token + "\r\n", "它的 Token 末尾多了回车换行", "Its Token has a carriage return and a line break at the end"},
		{e.Token + " ", "它的 Token 末尾多了一个空格", "Its Token has a space at the end"},
		{" " + e.Token, "它的 Token 开头多了一个空格", "Its Token has a space at the beginning"},
		{`"` + e.Token + `"`, "它的 Token 带着引号", "Its Token is in quotes"},
		{strings.ToLower(e.Token), "它的 Token 是全小写的", "Its Token is in lower case"},
		{strings.ToUpper(e.Token), "它的 Token 是全大写的", "Its Token is in upper case"},
		{e.AESKey, "它把 EncodingAESKey 当成了 Token", "It has the EncodingAESKey in place of the Token"},
	} {
		if t.token == e.Token || e.ctx.Err() != nil {
			continue
		}
		if a := e.verify(probe{token: t.token}); a.right() {
			e.add(Finding{StepSignature, Fault, t.zh, t.en, "按后台的值重新填写 Token。", "Enter the Token as the console has it."})
			return true
		}
	}
	return false
}

// confused are characters that people take for each other, besides letters in upper and lower case.
const confused = "0Oo 1lI 2Z 5S 8B"

// findKey reports whether the receiver's key differs in a single character, and says in which.
func (e *examination) findKey() bool {
	for i := range len(e.AESKey) {
		for _, c := range mistaken(e.AESKey[i]) {
			key := e.AESKey[:i] + string(c) + e.AESKey[i+1:]
			if _, err := callbackcrypto.ParseKey(key); err != nil || e.ctx.Err() != nil {
				continue
			}
			if a := e.verify(probe{key: key}); !a.right() {
				continue
			}
			e.add(Finding{StepDecrypt, Fault,
				fmt.Sprintf("它的 EncodingAESKey 第 %d 个字符是 %c，应为 %c", i+1, c, e.AESKey[i]), fmt.Sprintf("Character %d of its EncodingAESKey is %c; it must be %c", i+1, c, e.AESKey[i]),
				"重新复制 EncodingAESKey。", "Copy the EncodingAESKey again."})
			return true
		}
	}
	return false
}

// mistaken returns what a character may have been taken for.
func mistaken(c byte) (out []rune) {
	other := rune(c ^ 0x20)
	if alphanumeric(string(other)) && c > '9' {
		out = append(out, other)
	}
	for _, set := range strings.Fields(confused) {
		if !strings.ContainsRune(set, rune(c)) {
			continue
		}
		for _, s := range set {
			if s != rune(c) && s != other {
				out = append(out, s)
			}
		}
	}
	return out
}

// strain tries what a receiver that answered rightly once may still get wrong.
func (e *examination) strain() {
	if e.tryCharacters() {
		e.add(Finding{Step: StepQuery, State: Good, Zh: "+、/、= 和各种长度的填充都能处理", En: "It takes +, / and =, and padding of every length"})
	} else {
		e.Verified = false // the next text may be one of those
	}
	if a := e.verify(probe{forged: true}); a.right() {
		e.add(Finding{StepSignature, Remark, "它不检查签名：错误的签名也通过了", "It does not check signatures: a wrong one passed", "任何人都能冒充企业微信，请校验 msg_signature。", "Anybody can pretend to be WeCom. Check msg_signature."})
	} else {
		e.add(Finding{Step: StepSignature, State: Good, Zh: "错误的签名被拒绝", En: "It refuses a wrong signature"})
	}
	if e.Kind == Robot {
		return
	}
	if other := "wwffffffffffffffff"; e.ReceiveID != other {
		if a := e.verify(probe{receiveID: &other}); a.right() {
			e.add(Finding{StepReceiveID, Remark, "它不检查 receiveid", "It does not check the receiveid", "校验它可以挡住其他企业的消息。", "Checking it keeps other enterprises' messages out."})
		}
	}
}
