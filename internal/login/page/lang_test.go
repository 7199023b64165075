package page

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestLangOf(t *testing.T) {
	for _, tt := range []struct {
		query, accept string
		want          Lang
	}{
		{"", "", Chinese},
		{"zh", "en", Chinese},
		{"en", "zh-CN,zh;q=0.9", English},
		{"zh_CN", "en", Chinese},
		{"en_US", "", English},
		{"EN-us", "", English},
		{" en ", "", English},
		{"", "en-GB,en;q=0.9,zh;q=0.8", English},
		{"", "zh-CN,zh;q=0.9,en;q=0.8", Chinese},
		{"", "fr-FR, de;q=0.9, en;q=0.3", English},
		{"", "fr", Chinese},
		{"fr", "en", English},
		{"", "zh;q=0.2,en;q=0.8", English},
		{"", "en;q=0, zh;q=0.1", Chinese},
		{"", "en;q=0", Chinese},
		{"", "en;q=x,;;,", Chinese},
		{"", "*", Chinese},
		{"english", "", Chinese},
	} {
		if got := LangOf(tt.query, tt.accept); got != tt.want {
			t.Errorf("LangOf(%q, %q) = %q, want %q", tt.query, tt.accept, got, tt.want)
		}
	}
}

func TestMessagesAreComplete(t *testing.T) {
	verbs := regexp.MustCompile(`%[a-z%]`)
	han := regexp.MustCompile(`\p{Han}`)
	for key, m := range messages {
		if strings.TrimSpace(m.Zh) == "" || strings.TrimSpace(m.En) == "" {
			t.Errorf("%s is not in both languages", key)
		}
		if zh, en := verbs.FindAllString(m.Zh, -1), verbs.FindAllString(m.En, -1); !slices.Equal(zh, en) {
			t.Errorf("%s takes %v in Chinese and %v in English", key, zh, en)
		}
		if m.Zh != m.En && !han.MatchString(m.Zh) {
			t.Errorf("%s: %q is not Chinese", key, m.Zh)
		}
		if regexp.MustCompile(`\p{Han}[,;?!]|[,;?!]\p{Han}`).MatchString(m.Zh) {
			t.Errorf("%s: narrow punctuation in %q", key, m.Zh)
		}
	}
}

// TestMessagesAreUsed finds unused and missing messages.
func TestMessagesAreUsed(t *testing.T) {
	var source strings.Builder
	for _, pattern := range []string{"*.go", "template/*.html"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if f == "text.go" || strings.HasSuffix(f, "_test.go") {
				continue
			}
			body, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			source.Write(body)
		}
	}
	text := source.String()
	made := regexp.MustCompile(`^(?:field|qr|confirm|problem|scope|install|preauth)\.`) // keys put together from two parts
	for key := range messages {
		if !strings.Contains(text, `"`+key+`"`) && !made.MatchString(key) {
			t.Errorf("%s is said nowhere", key)
		}
	}
	for _, m := range regexp.MustCompile(`\{?(?:\bt|say\(|both\() ?"([a-z._]*[a-z])"`).FindAllStringSubmatch(text, -1) {
		if _, ok := messages[m[1]]; !ok {
			t.Errorf("%s is not in the table", m[1])
		}
	}
	for _, f := range AskedFields() {
		if _, ok := messages["field."+string(f)]; !ok {
			t.Errorf("no name for %s", f)
		}
	}
	for _, s := range qrStatusNames {
		if _, ok := messages["qr."+s]; !ok {
			t.Errorf("no words for %s", s)
		}
	}
}

func TestLanguageSwitchKeepsTheQuestion(t *testing.T) {
	for self, want := range map[string]string{
		"/p?appid=ww01&state=a%2Bb":  "/p?appid=ww01&amp;lang=en&amp;state=a%2Bb",
		"/p?lang=zh_CN&q=%E5%BC%A0":  "/p?lang=en&amp;q=%E5%BC%A0",
		"/p":                         "/p?lang=en",
		"/p?redirect_uri=https%3A//": "/p?lang=en&amp;redirect_uri=https%3A%2F%2F",
	} {
		page := html(t, Chinese, Account{Self: self, SignOut: someForm})
		if !strings.Contains(page, `href="`+want+`" lang="en"`) {
			t.Errorf("%s: no link to %s", self, want)
		}
	}
	if page := html(t, Chinese, Account{SignOut: someForm}); strings.Contains(page, "English") {
		t.Error("a page without an address of its own offers another language")
	}
}
