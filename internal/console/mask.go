package console

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"qiwei/internal/wire"
)

// secretEnds are the endings of names of secret fields, without underscores and in lower case: corpsecret,
// suite_access_token, encoding_aeskey and EncodingAESKey, user_ticket, permanent_code … It is the one list
// for requests, answers and queries. It matches endings, so that calls that are built later are covered.
var secretEnds = []string{
	"secret", "secretkey", "token", "ticket", "password", "passwd", "aeskey", "privatekey", "sessionkey", "permanentcode", "authcode", "responsecode", "apikey", "uakey",
}

// secretParameters are secret in a query only: in a body, code and key usually mean something else.
var secretParameters = []string{"code", "key"}

// masked replaces a secret.
const masked = "••••••"

func isSecret(name string) bool {
	name = strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(name))
	return slices.ContainsFunc(secretEnds, func(end string) bool { return strings.HasSuffix(name, end) })
}

// maskBody masks the secrets in JSON, complete or cut off: the texts of secret fields, and those in a list or
// an object below one. Numbers are no secrets.
func maskBody(body []byte) string {
	var out strings.Builder
	in := string(body)
	secret := 0     // depth of brackets below a secret name, 1 being its own value
	hiding := false // the next value is a secret
	for in != "" {
		if in[0] != '"' {
			switch c := in[0]; {
			case strings.IndexByte("{[", c) >= 0 && (hiding || secret > 0):
				secret++
				hiding = false
			case strings.IndexByte("}]", c) >= 0 && secret > 0:
				secret--
			case strings.IndexByte(" \t\r\n:", c) < 0:
				hiding = false
			}
			out.WriteByte(in[0])
			in = in[1:]
			continue
		}
		text, rest := cutText(in)
		after := strings.TrimLeft(rest, " \t\r\n")
		switch {
		case strings.HasPrefix(after, ":"): // a name
			var name string
			if json.Unmarshal([]byte(text), &name) != nil {
				name = strings.Trim(text, `"`)
			}
			hiding = isSecret(name)
			out.WriteString(text)
		case hiding || secret > 0:
			hiding = false
			out.WriteString(`"` + masked + `"`)
		default:
			out.WriteString(maskText(text))
		}
		in = rest
	}
	return out.String()
}

// secretInURL is a parameter of an address in a text, with its name and its value.
var secretInURL = regexp.MustCompile(`(\?|&amp;|&|\\u0026)([A-Za-z_-]+)=([^&"\\\s#]+)`)

// maskText masks the secrets within a JSON text that is none itself: the parameters of an address, such as the one of a
// robot's tools, and JSON that stands in it, which is how tools answer.
func maskText(text string) string {
	if strings.HasPrefix(text, `"{`) || strings.HasPrefix(text, `"[`) {
		if inner, whole := unquote(text); strings.Contains(inner, `"`) {
			quoted := strings.TrimSuffix(string(wire.AppendString(nil, maskBody([]byte(inner)))), `"`)
			if whole {
				quoted += `"`
			}
			return quoted
		}
	}
	if !strings.ContainsAny(text, "?&") {
		return text
	}
	return secretInURL.ReplaceAllStringFunc(text, func(pair string) string {
		part := secretInURL.FindStringSubmatch(pair)
		name := part[2]
		if isSecret(name) || slices.ContainsFunc(secretParameters, func(p string) bool { return strings.EqualFold(name, p) }) {
			return part[1] + name + "=" + masked
		}
		return pair
	})
}

// unquote reads a JSON text, or as much of it as there is of one that was cut off; whole is false for that.
func unquote(text string) (inner string, whole bool) {
	if json.Unmarshal([]byte(text), &inner) == nil {
		return inner, true
	}
	for end := len(text); end > len(text)-8 && end > 0; end-- { // an escape is at most six characters
		if json.Unmarshal([]byte(text[:end]+`"`), &inner) == nil {
			return inner, false
		}
	}
	return "", false
}

// cutText splits a JSON text from what follows it. A text without an end takes all the rest.
func cutText(in string) (text, rest string) {
	for i := 1; i < len(in); i++ {
		switch in[i] {
		case '\\':
			i++
		case '"':
			return in[:i+1], in[i+1:]
		}
	}
	return in, ""
}

// maskQuery masks the secrets in a query and leaves the rest as it was written.
func maskQuery(query string) string {
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		if plain, err := url.QueryUnescape(name); err == nil {
			name = plain
		}
		if value != "" && (isSecret(name) || slices.ContainsFunc(secretParameters, func(p string) bool { return strings.EqualFold(name, p) })) {
			pairs[i] = pair[:strings.Index(pair, "=")+1] + masked
		}
	}
	return strings.Join(pairs, "&")
}
