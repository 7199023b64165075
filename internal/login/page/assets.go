package page

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"net/http"
	"path"
	"strings"
)

// AssetPrefix is where Assets must be mounted.
const AssetPrefix = "/assets/login/"

//go:embed asset
var assetFiles embed.FS

type asset struct {
	kind string
	body []byte
}

var assetKinds = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}

// assets holds the files by their published names, and the published name of each.
var assets, published = loadAssets()

func loadAssets() (map[string]asset, map[string]string) {
	byName, names := make(map[string]asset), make(map[string]string)
	entries, err := assetFiles.ReadDir("asset")
	if err != nil {
		panic(err)
	}
	for _, e := range entries {
		body, err := assetFiles.ReadFile("asset/" + e.Name())
		if err != nil {
			panic(err)
		}
		sum, ext := sha256.Sum256(body), path.Ext(e.Name())
		name := strings.TrimSuffix(e.Name(), ext) + "." + hex.EncodeToString(sum[:6]) + ext
		byName[name] = asset{kind: assetKinds[ext], body: body}
		names[e.Name()] = name
	}
	return byName, names
}

// assetPath returns the address of a file, with a hash of its content in the name.
func assetPath(name string) (string, error) {
	p, ok := published[name]
	if !ok {
		return "", fmt.Errorf("no asset %q", name)
	}
	return AssetPrefix + p, nil
}

// Assets serves the pages' style sheet, scripts and icon below AssetPrefix. A name changes with its content,
// so browsers may cache the files for ever.
func Assets() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, ok := assets[strings.TrimPrefix(r.URL.Path, AssetPrefix)]
		switch {
		case !ok:
			http.NotFound(w, r)
			return
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		h := w.Header()
		h.Set("Content-Type", a.kind)
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Length", fmt.Sprint(len(a.body)))
		if r.Method == http.MethodGet {
			_, _ = w.Write(a.body)
		}
	})
}

// Framing says who may show a page inside a frame.
type Framing int

const (
	NoFrame  Framing = iota // nobody: no site can trick a member into a click on consent
	AnyFrame                // everyone: the QR pages exist to be embedded
)

// Policy is the Content-Security-Policy that the pages are written for. Nonce is the one given to the page,
// "" for pages that have no such field.
//
// It has no form-action: Chromium applies that to redirects after a post as well, and sign-in ends with a
// redirect to the application.
func Policy(nonce string, f Framing) string {
	script, style, frames := "'self'", "'self'", "; frame-ancestors 'none'"
	if nonce != "" {
		script += " 'nonce-" + nonce + "'"
	}
	if f == AnyFrame {
		style += " data:" // the style sheet that the embedding page provides
		frames = ""       // "*" would leave out file: and app schemes
	}
	return "default-src 'none'; script-src " + script + "; style-src " + style +
		"; img-src 'self' data:; connect-src 'self'; base-uri 'none'" + frames
}
