package intercept

import (
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/url"
	"time"
)

// upstream is a Handler for a server in another process.
type upstream struct {
	*httputil.ReverseProxy
	base *url.URL
}

// URL is the base URL that the interception was given.
func (u upstream) URL() string { return u.base.String() }

// Upstream is a server that runs elsewhere, at its base URL, as a Handler. The
// server sees the client's own address if it trusts ours (--trusted-proxies).
func Upstream(base *url.URL, log *slog.Logger) Handler {
	return upstream{base: base, ReverseProxy: &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(base)
			// Keep the host's name: the server's pages link to themselves by it.
			r.Out.Host = r.In.Host
			r.SetXForwarded()
		},
		Transport: &http.Transport{
			MaxIdleConnsPerHost: 256, IdleConnTimeout: time.Minute, DisableCompression: true,
			TLSHandshakeTimeout: dialTime, ForceAttemptHTTP2: false,
		},
		FlushInterval: -1, // long answers come as they are written
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			if r.Context().Err() != nil {
				return
			}
			log.Warn("the server does not answer", "base_url", base.String(), "err", err)
			http.Error(w, "qiwei's interception is here, but the server behind it does not answer", http.StatusBadGateway)
		},
	}}
}
