package intercept

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"software.sslmate.com/src/go-pkcs12"

	"qiwei/internal/wire/known"
)

// Files for clients that accept only a list that replaces the machine's, not a single additional authority.
// Each file has the machine's authorities and ours.
const (
	bundleFile = "ca-bundle.pem"
	storeFile  = "truststore.p12"
	phpDir     = "php"
	phpFile    = "qiwei.ini"
	pythonDir  = "python"

	// storePassword is the usual password of a Java store that holds no secrets.
	storePassword = "changeit"
)

// systemBundles are the files in which systems keep their list of authorities.
var systemBundles = []string{
	"/etc/ssl/certs/ca-certificates.crt",                // Debian, Alpine, Arch
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // Fedora, RHEL
	"/etc/ssl/ca-bundle.pem",                            // openSUSE
	"/etc/ssl/cert.pem",                                 // macOS, BSD
}

// WriteTrust writes the files that Environment names.
func (a *Authority) WriteTrust() error {
	system, err := systemAuthorities()
	if err != nil {
		return err
	}
	bundle := append(bytes.Clone(system), '\n')
	bundle = append(bundle, a.PEM()...)
	if err := replace(filepath.Join(a.Dir, bundleFile), bundle, 0o644); err != nil {
		return err
	}
	entries := []pkcs12.TrustStoreEntry{{Cert: a.cert, FriendlyName: "qiwei-interception"}}
	for rest := system; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		// Certificates that Go cannot parse are skipped: no client here will miss them.
		if c, err := x509.ParseCertificate(block.Bytes); err == nil {
			entries = append(entries, pkcs12.TrustStoreEntry{Cert: c, FriendlyName: fmt.Sprintf("system-%d", len(entries))})
		}
	}
	store, err := pkcs12.Modern2023.EncodeTrustStoreEntries(entries, storePassword)
	if err != nil {
		return fmt.Errorf("make Java's trust store: %w", err)
	}
	if err := replace(filepath.Join(a.Dir, storeFile), store, 0o644); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(a.Dir, phpDir), 0o755); err != nil {
		return err
	}
	ini := fmt.Sprintf("curl.cainfo = %q\nopenssl.cafile = %q\n", filepath.Join(a.Dir, bundleFile), filepath.Join(a.Dir, bundleFile))
	if err := replace(filepath.Join(a.Dir, phpDir, phpFile), []byte(ini), 0o644); err != nil {
		return err
	}
	return a.writeCertifi()
}

// writeCertifi writes a Python package named certifi. Many Python programs ask certifi for the list of
// authorities and ignore environment variables. On PYTHONPATH this package comes before the installed one,
// and answers with our list.
func (a *Authority) writeCertifi() error {
	dir := filepath.Join(a.Dir, pythonDir, "certifi")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	bundle := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(filepath.Join(a.Dir, bundleFile))
	for name, content := range map[string]string{
		"__init__.py": "\"\"\"certifi's interface to the authorities that qiwei intercept trusts.\"\"\"\n" +
			"from .core import contents, where\n\n__all__ = [\"contents\", \"where\"]\n",
		"core.py": fmt.Sprintf("def where():\n    return \"%s\"\n\n\ndef contents():\n    with open(where(), encoding=\"ascii\", errors=\"replace\") as f:\n        return f.read()\n", bundle),
	} {
		if err := replace(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// systemAuthorities returns the machine's list, empty if none of the known files exists.
func systemAuthorities() ([]byte, error) {
	for _, path := range systemBundles {
		content, err := os.ReadFile(path)
		if err == nil || !errors.Is(err, fs.ErrNotExist) {
			return content, err
		}
	}
	return nil, nil
}

// Languages are the languages that Environment knows, in its order.
var Languages = []string{"curl", "go", "python", "node", "java", "php"}

// Variable is an environment variable.
type Variable struct{ Name, Value, Language string } // Language is empty for variables that all programs read

// Environment returns the variables that make a client use the proxy at the address and trust the authority.
// Without a language it returns those for all languages.
func (a *Authority) Environment(proxy, language string) []Variable {
	host, port, err := net.SplitHostPort(proxy)
	if err != nil {
		host, port = proxy, ""
	}
	bundle := filepath.Join(a.Dir, bundleFile)
	address := "http://" + proxy
	all := []Variable{
		// Both spellings are read, by different programs.
		{"HTTPS_PROXY", address, ""},
		{"https_proxy", address, ""},
		{"NO_PROXY", "localhost,127.0.0.1,::1", ""},
		{"no_proxy", "localhost,127.0.0.1,::1", ""},
		{"CURL_CA_BUNDLE", bundle, "curl"},
		{"SSL_CERT_FILE", bundle, "go"},
		{"SSL_CERT_FILE", bundle, "python"},
		{"REQUESTS_CA_BUNDLE", bundle, "python"},
		{"PYTHONPATH", before(filepath.Join(a.Dir, pythonDir), os.Getenv("PYTHONPATH")), "python"},
		{"NODE_EXTRA_CA_CERTS", bundle, "node"}, // replaces one that names others
		{"NODE_USE_ENV_PROXY", "1", "node"},     // Node 24 and later, for fetch and http
		{"JAVA_TOOL_OPTIONS", strings.Join([]string{
			"-Dhttps.proxyHost=" + host, "-Dhttps.proxyPort=" + port, "-Dhttp.nonProxyHosts=localhost|127.*|[::1]",
			javaOption("-Djavax.net.ssl.trustStore=" + filepath.Join(a.Dir, storeFile)),
			"-Djavax.net.ssl.trustStoreType=PKCS12", "-Djavax.net.ssl.trustStorePassword=" + storePassword,
		}, " "), "java"},
		// The leading separator keeps the directories that PHP reads by default.
		{"PHP_INI_SCAN_DIR", string(os.PathListSeparator) + filepath.Join(a.Dir, phpDir), "php"},
	}
	var out []Variable
	seen := map[string]bool{}
	for _, v := range all {
		if (language == "" || v.Language == "" || v.Language == language) && !seen[v.Name] {
			seen[v.Name] = true
			out = append(out, v)
		}
	}
	return out
}

// before puts a directory at the front of a list, unless it is there already.
func before(dir, list string) string {
	out := []string{dir}
	for _, d := range filepath.SplitList(list) {
		if d != dir && d != "" {
			out = append(out, d)
		}
	}
	return strings.Join(out, string(os.PathListSeparator))
}

// javaOption quotes an option that contains a space, for example in the data directory's path.
func javaOption(o string) string {
	if strings.ContainsAny(o, " \t") {
		return `"` + o + `"`
	}
	return o
}

// KnowsLanguage reports whether Environment knows the language.
func KnowsLanguage(language string) bool { return slices.Contains(Languages, language) }

// Shell returns a line that sets the variable in a POSIX shell.
func (v Variable) Shell() string {
	return "export " + v.Name + "='" + strings.ReplaceAll(v.Value, "'", `'\''`) + "'"
}

// Hosts returns the lines of a hosts file that lead to the address.
func Hosts(ip string) []string {
	var out []string
	for _, h := range known.Hosts() {
		out = append(out, ip+" "+h)
	}
	return out
}

// TrustSteps returns the shell commands that make this machine trust the authority, and those that undo it.
func (a *Authority) TrustSteps() (trust, remove []string) {
	anchors := []struct{ dir, file, update, gone string }{
		{"/usr/local/share/ca-certificates", "qiwei-interception.crt", "update-ca-certificates", "update-ca-certificates --fresh"},
		{"/etc/pki/ca-trust/source/anchors", "qiwei-interception.pem", "update-ca-trust", "update-ca-trust"},
	}
	if runtime.GOOS == "darwin" {
		return []string{"security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain " + quote(a.CertFile())},
			[]string{"security remove-trusted-cert -d " + quote(a.CertFile())}
	}
	for _, s := range anchors {
		if info, err := os.Stat(s.dir); err == nil && info.IsDir() {
			path := filepath.Join(s.dir, s.file)
			return []string{"install -m 644 " + quote(a.CertFile()) + " " + path, s.update}, []string{"rm -f " + path, s.gone}
		}
	}
	return nil, nil
}

func quote(path string) string { return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'" }
