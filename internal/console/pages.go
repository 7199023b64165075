package console

import (
	"bytes"
	"compress/gzip"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"

	"qiwei/internal/door"
)

// pages are the built pages, each file compressed when it is first asked for.
type pages struct {
	files fs.FS
	kept  sync.Map // name -> func() *file
}

type file struct {
	plain, zipped []byte // zipped is nil if it would not be smaller
	kind          string
}

func newPages(files fs.FS) *pages { return &pages{files: files} }

// routes returns where the pages are. The phone of WeChat users is there in dev only.
func (p *pages) routes(dev bool) []door.Route {
	out := []door.Route{
		{Pattern: "GET /web/{path...}", Handler: http.HandlerFunc(p.asset)},
		{Pattern: "GET /console/", Handler: p.app("console")},
		{Pattern: "GET /phone/", Handler: p.app("phone")},
	}
	if dev {
		out = append(out, door.Route{Pattern: "GET /wechat/", Handler: p.app("wechat")})
	}
	return out
}

// read returns a built file; nil if there is none.
func (p *pages) read(name string) *file {
	load, _ := p.kept.Load(name)
	if load == nil {
		if !fs.ValidPath(name) {
			return nil
		}
		// Read and not looked at first: what is packed is unpacked for either.
		plain, err := fs.ReadFile(p.files, name)
		if err != nil {
			return nil // not kept: anybody can ask for any name
		}
		load, _ = p.kept.LoadOrStore(name, sync.OnceValue(func() *file { return newFile(name, plain) }))
	}
	return load.(func() *file)()
}

func newFile(name string, plain []byte) *file {
	f := &file{plain: plain, kind: kindOf(name)}
	var out bytes.Buffer
	z, _ := gzip.NewWriterLevel(&out, gzip.BestCompression) // the level is valid
	if _, err := z.Write(plain); err == nil && z.Close() == nil && out.Len() < len(plain) {
		f.zipped = out.Bytes()
	}
	return f
}

// kindOf returns the content type for the file's name. It does not use the machine's own table, which may
// call a script plain text.
func kindOf(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".webmanifest":
		return "application/manifest+json"
	case ".woff2":
		return "font/woff2"
	case ".wasm":
		return "application/wasm"
	}
	if kind := mime.TypeByExtension(path.Ext(name)); kind != "" {
		return kind
	}
	return "application/octet-stream"
}

// send writes the file, compressed if the browser accepts that.
func (f *file) send(w http.ResponseWriter, r *http.Request, status int) {
	h := w.Header()
	body := f.plain
	if f.zipped != nil {
		h.Add("Vary", "Accept-Encoding")
		if acceptsGzip(r) {
			body = f.zipped
			h.Set("Content-Encoding", "gzip")
		}
	}
	h.Set("Content-Type", f.kind)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		w.Write(body)
	}
}

func acceptsGzip(r *http.Request) bool {
	for _, line := range r.Header.Values("Accept-Encoding") {
		for word := range strings.SplitSeq(line, ",") {
			name, quality, _ := strings.Cut(strings.TrimSpace(word), ";")
			if strings.EqualFold(name, "gzip") && strings.ReplaceAll(quality, " ", "") != "q=0" {
				return true
			}
		}
	}
	return false
}

// asset answers the files that the pages load. A name below assets/ has a digest of its content in it, so a
// browser may keep what it has for ever.
func (p *pages) asset(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("path")
	f := p.read(name)
	if f == nil || strings.HasSuffix(name, ".html") || path.Base(name)[0] == '.' {
		http.NotFound(w, r)
		return
	}
	cache := "no-cache"
	if strings.HasPrefix(name, "assets/") {
		cache = "public, max-age=31536000, immutable"
	}
	w.Header().Set("Cache-Control", cache)
	f.send(w, r, http.StatusOK)
}

// Policy is the Content-Security-Policy of the apps: only what this server has, and no inline scripts.
// Inline styles are allowed: the components set them, and a style cannot do what a script can.
const Policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; " +
	"font-src 'self' data:; media-src 'self' blob:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; " +
	"frame-ancestors 'none'; base-uri 'none'; form-action 'self'"

// phonePolicy is the phone's. Messages bring the addresses of pictures, and the workbench those of pages, on
// unknown servers. The page asks the member before it loads one. A page within the workbench is sandboxed.
var phonePolicy = strings.NewReplacer("img-src 'self'", "img-src 'self' http: https:", "frame-ancestors", "frame-src 'self' http: https:; frame-ancestors").Replace(Policy)

// policies are those of the apps.
var policies = map[string]string{"console": Policy, "phone": phonePolicy, "wechat": Policy}

// app serves one of the apps: one of its files (a manifest, a service worker), and for every other address
// the page, whose script reads the address.
func (p *pages) app(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policies[name])
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cache-Control", "no-cache")
		rest := strings.TrimPrefix(r.URL.Path, "/"+name+"/")
		if strings.HasPrefix(rest, "api/") {
			http.NotFound(w, r) // a script that asks for a missing file must not get the page
			return
		}
		if rest != "" && path.Ext(rest) != "" && !strings.HasSuffix(rest, ".html") {
			if f := p.read(name + "/" + rest); f != nil {
				f.send(w, r, http.StatusOK)
				return
			}
		}
		if f := p.read(name + "/index.html"); f != nil {
			h.Set("X-Frame-Options", "DENY")
			f.send(w, r, http.StatusOK)
			return
		}
		unbuilt.send(w, r, http.StatusServiceUnavailable)
	})
}

// unbuilt answers instead of the pages if the program was built without them.
var unbuilt = &file{kind: "text/html; charset=utf-8", plain: []byte(`<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>qiwei</title>
<style>body { font: 16px/1.7 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem } code { font: .9em ui-monospace, monospace }</style>
<h1>页面尚未构建</h1>
<p>这个程序编译时没有包含控制台与手机端的页面，其余功能不受影响。请安装 Node.js 20.19 或更高版本，在源码目录运行 <code>make run</code>（或 <code>make web build</code>），然后重新启动。</p>
<div lang="en">
<h1>The pages are not built</h1>
<p>This program was compiled without the pages of the console and the phone. Everything else works. Install Node.js 20.19 or newer, run <code>make run</code> (or <code>make web build</code>) in the source folder, and start again.</p>
</div>
</html>
`)}
