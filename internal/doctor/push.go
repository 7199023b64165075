package doctor

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"time"

	"qiwei/callbackcrypto"
)

// push posts an event that does nothing to most receivers, and looks at the answer.
func (e *examination) push() {
	crypt, err := callbackcrypto.New(e.Token, e.AESKey, e.ReceiveID, callbackcrypto.WithEntropy(e.entropy))
	if err != nil {
		return // checkForm has said it
	}
	event := e.event()
	query, body, err := crypt.SealPush(event)
	if err != nil {
		return
	}
	req, err := http.NewRequest(http.MethodPost, query.AppendTo(e.URL), bytes.NewReader(body))
	if err != nil {
		return
	}
	req.Header.Set("Content-Type", map[callbackcrypto.Format]string{callbackcrypto.XML: "text/xml", callbackcrypto.JSON: "application/json"}[event.Format])
	a := e.send(req)
	if a.unreachable() {
		e.explainLine(a)
		return
	}
	e.judgePush(crypt, event, a)
}

// event is what is pushed.
func (e *examination) event() callbackcrypto.Push {
	now := time.Now().Unix()
	switch e.Kind {
	case Robot:
		return callbackcrypto.Push{Format: callbackcrypto.JSON, Body: fmt.Appendf(nil,
			`{"msgid":"qiwei-doctor-%d","create_time":%d,"aibotid":"doctor","chattype":"single","from":{"userid":"doctor"},"msgtype":"event","event":{"eventtype":"enter_chat"}}`, now, now)}
	case Suite:
		return callbackcrypto.Push{ToUserName: e.ReceiveID, Body: fmt.Appendf(nil,
			`<xml><SuiteId><![CDATA[doctor]]></SuiteId><InfoType><![CDATA[qiwei_doctor]]></InfoType><TimeStamp>%d</TimeStamp></xml>`, now)}
	}
	return callbackcrypto.Push{ToUserName: e.ReceiveID, AgentID: "1000000", Body: fmt.Appendf(nil,
		`<xml><ToUserName><![CDATA[%s]]></ToUserName><FromUserName><![CDATA[doctor]]></FromUserName><CreateTime>%d</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[enter_agent]]></Event><EventKey><![CDATA[]]></EventKey><AgentID>1000000</AgentID></xml>`, e.ReceiveID, now)}
}

func (e *examination) judgePush(crypt *callbackcrypto.Crypt, event callbackcrypto.Push, a answer) {
	fault := func(zh, en, mendZh, mendEn string) { e.add(Finding{StepPush, Fault, zh, en, mendZh, mendEn}) }
	body := strings.TrimSpace(string(a.body))
	switch {
	case a.took > e.pushWithin:
		took := a.took.Round(time.Millisecond).String()
		fault("推送的回应用了 "+took+"，企业微信只等 "+e.pushWithin.String(), "The answer to a push took "+took+"; WeCom waits "+e.pushWithin.String(),
			"先返回空的 200，再在后台处理。", "Answer 200 with nothing first, and work afterwards.")
	case a.status >= 300 && a.status < 400:
		fault(fmt.Sprintf("推送得到 %d 跳转", a.status), fmt.Sprintf("A push is answered %d, a redirect", a.status), redirectMend(e.URL, a.location, true), redirectMend(e.URL, a.location, false))
	case a.status == http.StatusMethodNotAllowed, a.status == http.StatusNotFound:
		fault(fmt.Sprintf("推送得到 %d：没有为 POST 注册路由", a.status), fmt.Sprintf("A push is answered %d: POST is not routed", a.status), "验证用 GET，推送用 POST，两者都要处理。", "WeCom verifies by GET and pushes by POST; route both.")
	case a.status == http.StatusForbidden && strings.Contains(strings.ToLower(body), "csrf"):
		fault("推送被 CSRF 防护拒绝", "A push is refused by the protection against CSRF", "把回调路径排除在外（如 Django 的 csrf_exempt）。", "Exempt the path, as by Django's csrf_exempt.")
	case a.status != http.StatusOK:
		fault(fmt.Sprintf("推送得到 %d：%s", a.status, excerpt(a.body)), fmt.Sprintf("A push is answered %d: %s", a.status, excerpt(a.body)), "看接收方的日志；企业微信会再推。", "Look into the receiver's log. WeCom pushes again.")
	case e.Kind == Suite && string(a.body) != callbackcrypto.Success:
		fault("推送的回应是 "+excerpt(a.body)+"，应为 success", "A push is answered with "+excerpt(a.body)+"; success is expected", "指令回调须返回 success 七个字符。", "A command URL answers the seven letters success.")
	case e.Kind == Suite, body == "":
		e.add(Finding{Step: StepPush, State: Good, Zh: "推送被接收", En: "A push is taken"})
	default:
		e.judgeReply(crypt, event, a, body, fault)
	}
}

// judgeReply looks at an answer that may be a passive reply.
func (e *examination) judgeReply(crypt *callbackcrypto.Crypt, event callbackcrypto.Push, a answer, body string, fault func(zh, en, mendZh, mendEn string)) {
	wantsJSON := event.Format == callbackcrypto.JSON
	switch {
	case wantsJSON && strings.HasPrefix(body, "<"):
		fault("智能机器人的回复应为 JSON，收到的是 XML", "A robot's reply is JSON; XML came", "用 JSON 版的加解密库。", "Use the library's JSON version.")
		return
	case !wantsJSON && strings.HasPrefix(body, "{"):
		fault("被动回复应为 XML，收到的是 JSON", "A passive reply is XML; JSON came", "不回复时返回空正文；回复用加密的 XML。", "Answer with an empty body, or with encrypted XML.")
		return
	case body == callbackcrypto.Success || body == "ok":
		e.add(Finding{StepPush, Remark, "推送被接收，回应是 " + body, "A push is taken, and answered with " + body, "应用的回调不需要回应内容，空正文即可。", "An application's callbacks need no answer; an empty body will do."})
		return
	}
	if _, err := crypt.OpenReply(a.body); err != nil {
		fault("回复不能解密："+err.Error(), "The reply does not open: "+err.Error(), "回复须加密并签名；不回复时返回空正文。", "Encrypt and sign it, or answer with an empty body.")
		return
	}
	e.add(Finding{Step: StepPush, State: Good, Zh: "推送被接收，回复可以解密", En: "A push is taken, and its reply opens"})
}
