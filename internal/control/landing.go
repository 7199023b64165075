package control

import (
	"bytes"
	"html/template"
	"net/http"
	"strings"
	"sync"

	"qiwei/internal/corp"
	"qiwei/internal/store"
)

// landing is the page at /: where everything is. Secrets are in
// credentials.json and not on a page.
func (s *Service) landing(w http.ResponseWriter, r *http.Request) {
	var corps []corp.Corp
	if err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) (err error) {
		corps, err = s.deps.Corps.Corps(tx)
		return err
	}); err != nil {
		http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
		return
	}
	words := english
	if strings.HasPrefix(strings.ToLower(r.Header.Get("Accept-Language")), "zh") {
		words = chinese
	}
	var out bytes.Buffer
	if err := landingPage().Execute(&out, map[string]any{
		"Words": words, "Corps": corps, "Base": s.deps.BaseURL(), "Version": s.deps.Version,
	}); err != nil {
		http.Error(w, "the page could not be drawn", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Vary", "Accept-Language")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	h.Set("X-Content-Type-Options", "nosniff")
	w.Write(out.Bytes())
}

type landingWords struct {
	Lang, What, Corps, BaseURL, Secrets, Links string
	OpenAPI, Metrics, Ready, Clock, Docs       string
	Account, Errors, Console, Phone            string
}

var (
	english = landingWords{
		"en", "A demo enterprise for development and tests. Anyone who reaches this address can use it.",
		"Enterprises", "Base URL for clients", "Secrets are in credentials.json in the data directory.", "Links",
		"the calls that are built, as OpenAPI 3.1", "metrics for Prometheus", "whether the server is ready", "the server's clock; POST moves it",
		"WeCom's documentation", "sign in as a member", "what an error code means",
		"the admin's console", "the member's phone",
	}
	chinese = landingWords{
		"zh", "用于开发与测试的演示企业。能访问此地址的人都可以使用它。",
		"企业", "客户端使用的基础地址", "密钥在数据目录的 credentials.json 中。", "链接",
		"已实现接口的 OpenAPI 3.1 文档", "Prometheus 指标", "服务是否就绪", "服务器时钟，POST 可调整", "企业微信官方文档", "以成员身份登录", "错误码查询",
		"管理后台", "手机端",
	}
)

var landingPage = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("landing").Parse(`<!doctype html>
<html lang="{{.Words.Lang}}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>qiwei dev</title>
<style>
body { font: 16px/1.6 system-ui, sans-serif; max-width: 44rem; margin: 3rem auto; padding: 0 1rem; color: #1d2129; background: #fff }
h1 { font-size: 1.5rem; margin-bottom: .25rem } h2 { font-size: 1rem; margin: 2rem 0 .25rem } p, ul { margin: .25rem 0 } ul { padding-left: 1.25rem }
code { font: .9em ui-monospace, monospace } small, .v { color: #6b7785 } a { color: #0052d9 }
@media (prefers-color-scheme: dark) { body { color: #e6e8eb; background: #181a1f } a { color: #7aa7ff } }
</style>
<h1>qiwei dev <small>{{.Version}}</small></h1>
<p>{{.Words.What}}</p>
<h2>{{.Words.BaseURL}}</h2>
<p><code>{{.Base}}</code></p>
<h2>{{.Words.Corps}}</h2>
<ul>{{range .Corps}}<li>{{.Name}} <code>{{.CorpID}}</code></li>{{end}}</ul>
<p>{{.Words.Secrets}}</p>
<h2>{{.Words.Links}}</h2>
<ul>
<li><a href="/console/">/console/</a> <span class="v">{{.Words.Console}}</span></li>
<li><a href="/phone/">/phone/</a> <span class="v">{{.Words.Phone}}</span></li>
<li><a href="/account/">/account/</a> <span class="v">{{.Words.Account}}</span></li>
<li><a href="/devtool/query?e=60111">/devtool/query?e=60111</a> <span class="v">{{.Words.Errors}}</span></li>
<li><a href="/openapi.json">/openapi.json</a> <span class="v">{{.Words.OpenAPI}}</span></li>
<li><a href="/_qiwei/clock">/_qiwei/clock</a> <span class="v">{{.Words.Clock}}</span></li>
<li><a href="/metrics">/metrics</a> <span class="v">{{.Words.Metrics}}</span></li>
<li><a href="/readyz">/readyz</a> <span class="v">{{.Words.Ready}}</span></li>
<li><a href="https://developer.work.weixin.qq.com/document/path/90664">developer.work.weixin.qq.com</a> <span class="v">{{.Words.Docs}}</span></li>
</ul>
</html>
`))
})
