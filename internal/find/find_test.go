package find_test

import (
	"encoding/json"
	"strings"
	"testing"

	"qiwei/internal/find"
)

func TestWordsIn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		typed, text string
		want        bool
	}{
		{"周报", "请提交周报", true},
		{"周报 提交", "请提交周报", true},
		{"周报 日报", "请提交周报", false},
		{"ÉTÉ", "l'été", true},
		{"Report", "the REPORT", true},
		{"  ", "anything", false},
		{"100%", "100 of them", false},
	} {
		if got := find.Split(c.typed).In(c.text); got != c.want {
			t.Errorf("%q in %q: %v", c.typed, c.text, got)
		}
	}
}

func TestWhere(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]int{"周报": 1, "a b": 2, "a&b": 2, `"`: 0, "été": 1, "é": 0, "": 0, strings.Repeat("x ", 20): 1, "a b c d e f g h i j": 8, strings.Repeat("x", 101): 0} {
		where, args := find.Split(typed).Where("body")
		if strings.Count(where, "LIKE") != want || len(args) != want {
			t.Errorf("%q: %s %v", typed, where, args)
		}
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		`{"content":"您好\n再见"}`:                                                 "您好 再见",
		`{"media_id":"secret","filename":"报告.pdf"}`:                            "报告.pdf",
		`{"articles":[{"title":"一","url":"https://a.example"},{"title":"二"}]}`: "一 二",
		`{"card_type":"text_notice","main_title":{"title":"请假","desc":"两天"}}`:  "两天 请假",
		`[`: "",
	} {
		if got := find.Text(json.RawMessage(raw)); got != want {
			t.Errorf("%s: %q", raw, got)
		}
	}
}

func TestCut(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("前", 30) + "周报" + strings.Repeat("后", 200)
	if got := find.Split("周报").Cut(long); !strings.HasPrefix(got, "…前") || !strings.HasSuffix(got, "后…") || !strings.Contains(got, "周报") || len([]rune(got)) != 122 {
		t.Errorf("%q", got)
	}
	if got := find.Split("x").Cut("short"); got != "short" {
		t.Errorf("%q", got)
	}
}
