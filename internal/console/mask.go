package console

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

// secretEnds are what the names of fields end with whose texts nobody is shown,
// without underscores and in lower case: corpsecret, suite_access_token,
// encoding_aeskey and EncodingAESKey, user_ticket, permanent_code … It is the one
// list for requests, answers and queries, and goes by the kind of name, so that a
// call that is built later is covered.
var secretEnds = []string{
	"secret", "secretkey", "token", "ticket", "password", "passwd", "aeskey", "privatekey", "sessionkey", "permanentcode", "authcode", "responsecode",
}

// secretParameters are secrets in a query alone: in a body, code and key are mostly
// something else.
var secretParameters = []string{"code", "key"}

// masked stands where a secret was.
const masked = "••••••"

func isSecret(name string) bool {
	name = strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(name))
	return slices.ContainsFunc(secretEnds, func(end string) bool { return strings.HasSuffix(name, end) })
}

// maskBody takes the secrets out of JSON, be it whole or cut off: the texts of secret
// fields, and those in a list or an object below one. Numbers are no secrets.
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
			out.WriteString(text)
		}
		in = rest
	}
	return out.String()
}

// cutText cuts a text of JSON from what follows it; one without an end is the rest.
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

// maskQuery takes the secrets out of a query, and leaves the rest as it was written.
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
