package directory

import (
	"net/mail"
	"strings"

	"qiwei/internal/wire"
)

// mobileShape reports whether the text is 5 to 31 digits, which a plus may precede.
func mobileShape(text string) bool {
	digits := strings.TrimPrefix(text, "+")
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return false
		}
	}
	return len(digits) >= 5 && len(digits) <= 31
}

// CanonicalMobile returns a mobile number as it is stored and compared: without
// spaces and hyphens, and without the country code of mainland China, which may
// be omitted (doc 90195).
func CanonicalMobile(mobile string) (string, error) {
	m := mobile
	if strings.ContainsAny(m, " -") {
		m = strings.NewReplacer(" ", "", "-", "").Replace(m)
	}
	if len(mobile) > 32 || (m != "" && !mobileShape(m)) {
		return "", ErrMobile.With("up to 32 digits, + and - expected")
	}
	if rest, ok := strings.CutPrefix(m, "+86"); ok && len(rest) == 11 {
		m = rest
	}
	if !strings.HasPrefix(m, "+") && m != "" && !(len(m) == 11 && m[0] == '1') {
		return "", ErrMobile.With("a number outside mainland China needs its country code, such as +852")
	}
	return m, nil
}

// validMail checks a mail address of min to max bytes and returns it in lower case.
func validMail(address string, max int, invalid wire.Error) (string, error) {
	if address == "" {
		return "", nil
	}
	a, err := mail.ParseAddress(address)
	if len(address) < 6 || len(address) > max || err != nil || a.Address != address || !strings.Contains(address[strings.LastIndexByte(address, '@'):], ".") {
		return "", invalid.With("a valid address of 6 to %d bytes expected", max)
	}
	return strings.ToLower(address), nil
}
