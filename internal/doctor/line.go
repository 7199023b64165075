package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"

	"qiwei/internal/outbound"
)

// explainLine says why no answer came.
func (e *examination) explainLine(a answer) {
	fault := func(step, zh, en, mendZh, mendEn string) { e.add(Finding{step, Fault, zh, en, mendZh, mendEn}) }
	var (
		name    *net.DNSError
		host    x509.HostnameError
		unknown x509.UnknownAuthorityError
		invalid x509.CertificateInvalidError
		record  tls.RecordHeaderError
		alert   tls.AlertError
		dial    *net.OpError
		refused outbound.Refused
	)
	cause := outbound.Cause(a.err)
	switch {
	case e.ctx.Err() != nil:
	case errors.As(a.err, &refused):
		fault(StepConnect, "不允许访问这个地址："+cause, "This address is not called: "+cause, "内网地址需要启动参数 --allow-private-callbacks。", "A private address needs --allow-private-callbacks.")
	case errors.As(a.err, &name) && name.IsNotFound:
		fault(StepName, "域名解析不到："+name.Name, "The name does not resolve: "+name.Name, "检查拼写和 DNS 记录；企业微信从公网解析它。", "Check its spelling and its DNS record. WeCom resolves it from the public internet.")
	case errors.As(a.err, &name):
		fault(StepName, "域名解析失败："+name.Err, "The name could not be looked up: "+name.Err, "检查 DNS 服务器。", "Check the DNS server.")
	case errors.As(a.err, &host):
		fault(StepTLS, "证书不是为这个域名签发的："+cause, "The certificate is for another name: "+cause, "换用包含该域名的证书。", "Use a certificate that names this host.")
	case errors.As(a.err, &unknown):
		fault(StepTLS, "证书的签发者不受信任（自签名，或缺少中间证书）", "The certificate's authority is not known: it is self-signed, or the intermediate certificate is missing",
			"使用受信任机构的证书，并把完整的证书链配置到服务器上（fullchain）。", "Use a certificate from a known authority, and have the server send the whole chain.")
	case errors.As(a.err, &invalid) && invalid.Reason == x509.Expired:
		fault(StepTLS, "证书已过期或尚未生效", "The certificate has expired, or is not valid yet", "更新证书，并检查服务器时间。", "Renew it, and check the machine's clock.")
	case errors.As(a.err, &invalid):
		fault(StepTLS, "证书无效："+cause, "The certificate is not valid: "+cause, "", "")
	case errors.As(a.err, &record), strings.Contains(cause, "server gave HTTP response to HTTPS client"):
		fault(StepTLS, "这个端口说的是 HTTP，不是 HTTPS", "This port speaks HTTP and not HTTPS", "把 URL 改成 http://，或在该端口启用 TLS。", "Write http://, or serve TLS there.")
	case errors.As(a.err, &alert):
		fault(StepTLS, "TLS 握手失败："+cause, "The TLS handshake failed: "+cause, "需要 TLS 1.2 或以上。", "TLS 1.2 or later is needed.")
	case errors.Is(a.err, outbound.ErrBroken):
		fault(StepAnswer, "回应没有发完连接就断了", "The answer broke off", "查看接收方的日志：多半是程序崩溃，或 Content-Length 比正文长。", "Look into the receiver's log: it may have crashed, or its Content-Length is longer than its body.")
	case errors.As(a.err, &dial) && dial.Op == "dial" && !dial.Timeout():
		fault(StepConnect, "连不上："+dial.Err.Error(), "No connection: "+dial.Err.Error(), "检查程序是否在运行、端口和防火墙。", "Check that the program runs, its port, and the firewall.")
	case errors.As(a.err, &dial) && dial.Op == "dial":
		fault(StepConnect, "连接超时", "The connection timed out", "多半是防火墙或安全组丢弃了请求。", "A firewall often drops such requests.")
	case errors.Is(a.err, context.DeadlineExceeded):
		fault(StepTime, "等了 "+e.patience.String()+" 也没有回应；企业微信只等 "+e.verifyWithin.String(), "No answer within "+e.patience.String()+"; WeCom waits "+e.verifyWithin.String(),
			"验证 URL 时只解密 echostr 并立即返回。", "Do nothing but decrypt echostr in this request, and answer at once.")
	case errors.Is(a.err, io.EOF), errors.Is(a.err, io.ErrUnexpectedEOF):
		fault(StepAnswer, "对方没有回应就关闭了连接", "The connection was closed without an answer", "查看接收方或其前面的代理的日志。", "Look into the log of the receiver, or of the proxy before it.")
	default:
		fault(StepConnect, "请求失败："+cause, "The request failed: "+cause, "", "")
	}
}
