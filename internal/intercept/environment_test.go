package intercept

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The variables lead a program of each language through the proxy and to the authority's files, wherever its
// directory is.
func TestEnvironment(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "with a space")
	a, err := OpenAuthority(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PYTHONPATH", strings.Join([]string{"/x", filepath.Join(dir, pythonDir), "", "/y"}, string(os.PathListSeparator)))
	named := func(language string) map[string]string {
		out := map[string]string{}
		for _, v := range a.Environment("127.0.0.1:7994", language) {
			if out[v.Name] != "" {
				t.Errorf("%s is there twice for %q", v.Name, language)
			}
			if !KnowsLanguage(v.Language) && v.Language != "" || language != "" && v.Language != "" && v.Language != language {
				t.Errorf("for %q there is %+v", language, v)
			}
			out[v.Name] = v.Value
		}
		return out
	}
	all := named("")
	for name, has := range map[string]string{
		"HTTPS_PROXY": "http://127.0.0.1:7994", "no_proxy": "localhost", "CURL_CA_BUNDLE": dir, "SSL_CERT_FILE": dir, "REQUESTS_CA_BUNDLE": dir, "NODE_EXTRA_CA_CERTS": dir,
		"JAVA_TOOL_OPTIONS": `-Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=7994 -Dhttp.nonProxyHosts=localhost|127.*|[::1] "-Djavax.net.ssl.trustStore=` + filepath.Join(dir, storeFile) + `" -D`,
		"PHP_INI_SCAN_DIR":  string(os.PathListSeparator) + filepath.Join(dir, phpDir),
	} {
		if !strings.Contains(all[name], has) {
			t.Errorf("%s is %q, want %q in it", name, all[name], has)
		}
	}
	if want := strings.Join([]string{filepath.Join(dir, pythonDir), "/x", "/y"}, string(os.PathListSeparator)); all["PYTHONPATH"] != want {
		t.Errorf("PYTHONPATH is %q, want %q", all["PYTHONPATH"], want)
	}
	for language, own := range map[string]string{"curl": "CURL_CA_BUNDLE", "go": "SSL_CERT_FILE", "python": "REQUESTS_CA_BUNDLE", "node": "NODE_EXTRA_CA_CERTS", "java": "JAVA_TOOL_OPTIONS", "php": "PHP_INI_SCAN_DIR"} {
		got := named(language)
		if got[own] == "" || got["https_proxy"] == "" || !KnowsLanguage(language) {
			t.Errorf("for %s there is %q", language, got)
		}
		for other := range all {
			if (got[other] == "") != (all[other] == "") && slices.Contains([]string{"HTTPS_PROXY", "NO_PROXY", "no_proxy"}, other) {
				t.Errorf("for %s there is no %s", language, other)
			}
		}
	}
	if KnowsLanguage("cobol") || len(named("cobol")) != 4 {
		t.Errorf("of a language that nobody knows there is %q", named("cobol"))
	}
	if plain := authority(t).Environment("proxy", "java"); !strings.Contains(plain[len(plain)-1].Value, " -Djavax.net.ssl.trustStore=/") {
		t.Errorf("without a space: %s", plain[len(plain)-1].Value)
	}
	if got := (Variable{Name: "A", Value: "it's"}).Shell(); got != `export A='it'\''s'` {
		t.Errorf("in a shell: %s", got)
	}
}
