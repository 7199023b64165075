package token

import (
	"crypto/sha1"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"qiwei/internal/id"
	"qiwei/internal/store"
)

// JSSDK is what a page signs for wx.config, with the corp's ticket, or for
// wx.agentConfig, with the application's own (doc 90506).
type JSSDK struct {
	Ticket    string
	NonceStr  string
	Timestamp string // Unix seconds
	URL       string // of the page; what follows a # is not signed
}

// NewJSSDK fills in a nonce and the time.
func NewJSSDK(ticket, url string, at time.Time) JSSDK {
	return JSSDK{Ticket: ticket, NonceStr: id.Hex(8), Timestamp: strconv.FormatInt(at.Unix(), 10), URL: url}
}

// Text is what is signed.
func (j JSSDK) Text() string {
	page, _, _ := strings.Cut(j.URL, "#")
	return "jsapi_ticket=" + j.Ticket + "&noncestr=" + j.NonceStr + "&timestamp=" + j.Timestamp + "&url=" + page
}

// Signature is the SHA-1 of the text in lower-case hexadecimal digits.
func (j JSSDK) Signature() string { return sum(j.Text()) }

func sum(text string) string {
	digest := sha1.Sum([]byte(text))
	return hex.EncodeToString(digest[:])
}

// Mistake is what is wrong with a signature, in Chinese and in English.
type Mistake struct{ Zh, En string }

// Mistakes compares a signature with the right one, and says what has gone wrong if that can be found out.
// None means that it is right. For an empty signature it checks only the input.
func (j JSSDK) Mistakes(signature string) []Mistake {
	var out []Mistake
	add := func(zh, en string) { out = append(out, Mistake{zh, en}) }
	if j.Ticket == "" {
		add("缺少 jsapi_ticket", "jsapi_ticket is missing")
	}
	if j.NonceStr == "" {
		add("缺少 noncestr", "noncestr is missing")
	}
	if n, err := strconv.ParseInt(j.Timestamp, 10, 64); err != nil || n < 0 {
		add("timestamp 应为十进制秒数", "timestamp is not a number of seconds")
	} else if n > 1e11 {
		add("timestamp 是毫秒，应为秒", "timestamp is in milliseconds; seconds are expected")
	}
	if u, err := url.Parse(j.URL); err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		add("url 须以 http:// 或 https:// 开头（客户端报 40094）", "url does not begin with http:// or https:// (the client says 40094)")
	}
	signature = strings.TrimSpace(signature)
	if signature == "" || subtle.ConstantTimeCompare([]byte(signature), []byte(j.Signature())) == 1 {
		return out
	}
	if zh, en := j.slip(signature); en != "" {
		add(zh, en)
	} else {
		add("签名不符（客户端报 40093）：请核对 jsapi_ticket、noncestr、timestamp 与网页的完整地址", "it is another signature (the client says 40093): check the ticket, the nonce, the time, and the page's whole address")
	}
	return out
}

// slip finds out which of the well-known slips produced the signature.
func (j JSSDK) slip(signature string) (zh, en string) {
	if strings.EqualFold(signature, j.Signature()) {
		return "签名须为小写", "the digits of the signature must be in lower case"
	}
	with := func(change func(*JSSDK)) string {
		c := j
		change(&c)
		return c.Signature()
	}
	page, _, _ := strings.Cut(j.URL, "#")
	bare, _, _ := strings.Cut(page, "?")
	unescaped, _ := url.QueryUnescape(page)
	millis := j.Timestamp + "000"
	for _, s := range []struct{ signature, zh, en string }{
		{sum(strings.Replace(j.Text(), "url="+page, "url="+j.URL, 1)), "签名时带上了 # 及其后面的部分", "it was made with the part behind the #"},
		{sum(strings.Replace(j.Text(), "&noncestr=", "&nonceStr=", 1)), "拼接时写成了 nonceStr，应为全小写 noncestr", "it was made with nonceStr; the text has noncestr, in lower case"},
		{with(func(c *JSSDK) { c.URL = url.QueryEscape(page) }), "签名时对 url 做了转义，应使用原文", "it was made with an escaped url; the address is signed as it is"},
		{with(func(c *JSSDK) { c.URL = unescaped }), "签名时对 url 做了反转义，应与地址栏一致", "it was made with an unescaped url; it must be what the address bar has"},
		{with(func(c *JSSDK) { c.URL = bare }), "签名时丢掉了 ? 后面的参数", "it was made without the part behind the ?"},
		{with(func(c *JSSDK) { c.URL = strings.TrimSuffix(page, "/") }), "签名时的 url 少了末尾的 /", "it was made without the / at the end of the url"},
		{with(func(c *JSSDK) { c.URL = page + "/" }), "签名时的 url 末尾多了 /", "it was made with a / at the end of the url, which has none"},
		{with(func(c *JSSDK) { c.URL = swapScheme(page) }), "签名时 http 与 https 不一致（常见于反向代理之后）", "it was made with http instead of https, or the reverse, as happens behind a proxy"},
		{with(func(c *JSSDK) { c.Timestamp = millis }), "签名时 timestamp 用了毫秒", "it was made with a time in milliseconds"},
	} {
		if strings.EqualFold(s.signature, signature) {
			return s.zh, s.en
		}
	}
	return "", ""
}

func swapScheme(page string) string {
	if rest, ok := strings.CutPrefix(page, "https://"); ok {
		return "http://" + rest
	}
	return "https://" + strings.TrimPrefix(page, "http://")
}

// Ticket is a ticket that this server has issued.
type Ticket struct {
	CorpID    string
	App       int64  // number of the application, 0 for the corp's
	Scope     string // jsapi, agent_config or wx_card
	ExpiresAt time.Time
}

// Ticket finds out whose ticket it is. A ticket is unknown once another has replaced it.
func (s *Service) Ticket(tx *store.Tx, text string) (t Ticket, found bool, err error) {
	if text == "" {
		return t, false, nil
	}
	err = tx.Each(`SELECT corpid, app, scope, issued_at FROM jsapi_ticket`, nil, func(rows *store.Rows) error {
		var c Ticket
		var issued int64
		if err := rows.Scan(&c.CorpID, &c.App, &c.Scope, &issued); err != nil {
			return fmt.Errorf("read ticket: %w", err)
		}
		if subtle.ConstantTimeCompare([]byte(s.ticketText(c.CorpID, c.App, c.Scope, issued)), []byte(text)) == 1 {
			c.ExpiresAt = time.Unix(issued, 0).Add(Life)
			t, found = c, true
		}
		return nil
	})
	return t, found, err
}
