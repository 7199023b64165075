package page

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// Lang is a language that the pages speak.
type Lang string

const (
	Chinese Lang = "zh"
	English Lang = "en"
)

// LangOf picks the language of a page: the lang of the address if it names one of ours in any spelling that
// clients send (zh, en, zh_CN, en-US), otherwise the reader's first choice in Accept-Language, otherwise
// Chinese, as WeCom does. An empty or unknown lang is no error: clients send `lang=`.
func LangOf(query, acceptLanguage string) Lang {
	if l, ok := langNamed(query); ok {
		return l
	}
	best, bestQ := Chinese, 0.0
	for part := range strings.SplitSeq(acceptLanguage, ",") {
		tag, params, _ := strings.Cut(part, ";")
		q := 1.0
		if name, value, ok := strings.Cut(strings.TrimSpace(params), "="); ok && strings.TrimSpace(name) == "q" {
			f, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			if err != nil {
				continue
			}
			q = f
		}
		if l, ok := langNamed(tag); ok && q > bestQ {
			best, bestQ = l, q
		}
	}
	return best
}

func langNamed(tag string) (Lang, bool) {
	primary, _, _ := strings.Cut(strings.ReplaceAll(strings.TrimSpace(tag), "_", "-"), "-")
	switch l := Lang(strings.ToLower(primary)); l {
	case Chinese, English:
		return l, true
	}
	return "", false
}

// Tag returns the language in the form of HTML's lang attribute.
func (l Lang) Tag() string {
	if l == English {
		return "en"
	}
	return "zh-CN"
}

// Own returns the language's name in that language.
func (l Lang) Own() string {
	if l == English {
		return "English"
	}
	return "中文"
}

func (l Lang) other() Lang {
	if l == English {
		return Chinese
	}
	return English
}

// inLang returns the address of the same page in another language.
func inLang(self string, l Lang) string {
	if self == "" {
		return ""
	}
	u, err := url.Parse(self)
	if err != nil {
		return self // own refuses it where it is used
	}
	q := u.Query()
	q.Set("lang", string(l))
	u.RawQuery = q.Encode()
	return u.String()
}

// Text is a text in both languages.
type Text struct{ Zh, En string }

func (t Text) in(l Lang) string {
	if l == English {
		return t.En
	}
	return t.Zh
}

// text returns a message of the table below, filled in. A missing message fails the page; the tests use all
// of them.
func (l Lang) text(key string, args ...any) (string, error) {
	m, ok := messages[key]
	if !ok {
		return "", fmt.Errorf("no message %q", key)
	}
	if len(args) == 0 {
		return m.in(l), nil
	}
	return fmt.Sprintf(m.in(l), args...), nil
}

// say is text for keys that are written in this package's Go code.
func (l Lang) say(key string, args ...any) string {
	s, err := l.text(key, args...)
	if err != nil {
		panic(err)
	}
	return s
}

// both returns a message in both languages.
func both(key string, args ...any) Text {
	return Text{Zh: Chinese.say(key, args...), En: English.say(key, args...)}
}
