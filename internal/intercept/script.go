package intercept

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"qiwei/internal/app"
	"qiwei/internal/corp"
	"qiwei/internal/door"
	"qiwei/internal/store"
	"qiwei/internal/token"
	"qiwei/internal/wire"
)

// The scripts that pages embed from WeCom's hosts: the sign-in panel wwLogin, the JS-SDK under its newer name
// ww and its older name wx. Ours are written from the documentation. Loaded from WeCom's hosts they open
// frames on WeCom's hosts; loaded from this server, on this server.
//
// Calls that need the phone's client behind the page (scanning, location, contacts) are not built, and say so
// in their fail callback.

//go:embed script/*.js
var scripts embed.FS

// ErrPageDomain refuses a page that no application of the corp trusts.
var ErrPageDomain = wire.Code(80001, "invalid trusted domain")

// checkPath is where the scripts let the server check a signature. The path is ours: WeCom's pages ask the
// client that they run in.
const checkPath = "/wwopen/js/qiwei-signature"

// Where pages find WeCom's scripts, with any version in their names. An unknown version gets the newest of
// its kind.
var scriptPaths = []struct{ prefix, name string }{
	{"/node/wework/wwopen/js/wwLogin-", "wwlogin.js"},
	{"/node/ww/wwopenmng/js/sso/wwLogin-", "wwlogin.js"},
	{"/node/open/js/wecom-jssdk-", "jssdk.js"},
	{"/open/js/jweixin-", "jweixin.js"},
	{"/wwopen/js/jwxwork-", "jweixin.js"},
}

func isScript(path string) bool { return scriptOf(path) != "" }

// scriptOf returns the name of the script that the path asks for, or none if it asks for something else.
func scriptOf(path string) string {
	for _, s := range scriptPaths {
		if version, ok := strings.CutPrefix(path, s.prefix); ok && strings.HasSuffix(version, ".js") && !strings.Contains(version, "/") {
			return s.name
		}
	}
	return ""
}

// ScriptDeps is what the scripts need.
type ScriptDeps struct {
	Store  *store.Store
	Corps  *corp.Service
	Apps   *app.Service
	Tokens *token.Service
	Log    *slog.Logger
}

// Scripts serves them, on every host.
type Scripts struct{ deps ScriptDeps }

// NewScripts returns the scripts.
func NewScripts(d ScriptDeps) *Scripts { return &Scripts{d} }

// Routes returns the scripts' paths.
func (s *Scripts) Routes() []door.Route {
	serve := http.HandlerFunc(s.serve)
	return []door.Route{
		{Pattern: "GET /node/wework/wwopen/js/{file}", Handler: serve},
		{Pattern: "GET /node/ww/wwopenmng/js/sso/{file}", Handler: serve},
		{Pattern: "GET /node/open/js/{file}", Handler: serve},
		{Pattern: "GET /open/js/{file}", Handler: serve},
		{Pattern: "GET /wwopen/js/{file}", Handler: serve},
		{Pattern: "GET " + checkPath, Handler: http.HandlerFunc(s.check)},
	}
}

func (s *Scripts) serve(w http.ResponseWriter, r *http.Request) {
	name := scriptOf(r.URL.Path)
	if name == "" {
		http.NotFound(w, r)
		return
	}
	text, err := scripts.ReadFile("script/" + name)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/javascript; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Access-Control-Allow-Origin", "*") // for <script crossorigin>
	h.Set("Cache-Control", "no-cache")        // another server may answer at the same address tomorrow
	w.Write(text)
}

// check tells a page whether its signature is valid. It says only what WeCom's client would also say, and
// only about the page that asks.
func (s *Scripts) check(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Content-Type", "application/json; charset=UTF-8")
	h.Set("Cache-Control", "no-store")
	err := s.checkSignature(r, q)
	var refused wire.Error
	switch {
	case err == nil:
		refused = wire.Code(0, "ok")
	case !errors.As(err, &refused):
		s.deps.Log.Error("signature not checked", "err", err)
		refused = wire.Code(-1, "system busy")
	}
	json.NewEncoder(w).Encode(map[string]any{"errcode": refused.Code, "errmsg": refused.Message()})
}

func (s *Scripts) checkSignature(r *http.Request, q url.Values) error {
	sig := token.JSSDK{NonceStr: q.Get("noncestr"), Timestamp: q.Get("timestamp"), URL: q.Get("url")}
	page, err := url.Parse(sig.URL)
	if err != nil || (page.Scheme != "http" && page.Scheme != "https") || page.Host == "" {
		return token.ErrSignatureURL
	}
	// Origin says which page is asking. A page cannot ask about another one.
	if origin := r.Header.Get("Origin"); origin != "" && !strings.EqualFold(origin, page.Scheme+"://"+page.Host) {
		return token.ErrSignatureURL
	}
	corpID, agent := q.Get("appid"), q.Get("agentid")
	var of *app.App
	trusted := false
	err = s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		if _, err := s.deps.Corps.Corp(tx, corpID); err != nil {
			return err
		}
		apps, err := s.deps.Apps.Apps(tx, corpID)
		for _, a := range apps {
			if a.Disabled || (agent != "" && strconv.FormatInt(a.AgentID, 10) != agent) {
				continue
			}
			if agent != "" {
				of = &a
			}
			trusted = trusted || a.TrustsPage(sig.URL)
		}
		return err
	})
	switch {
	case errors.Is(err, corp.ErrNotFound):
		return wire.Code(40013, "invalid corpid")
	case err != nil:
		return fmt.Errorf("read applications: %w", err)
	case agent != "" && of == nil:
		return wire.Code(40056, "invalid agentid")
	case !trusted:
		return ErrPageDomain
	}
	return s.deps.Tokens.CheckSignature(r.Context(), s.deps.Store, corpID, of, sig, q.Get("signature"))
}
