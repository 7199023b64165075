package errcode

import (
	"strings"
	"testing"
	"unicode"
)

func TestTheTableIsWhole(t *testing.T) {
	t.Parallel()
	all := All()
	if len(all) < 1660 {
		t.Fatalf("%d codes", len(all))
	}
	for i, e := range all {
		if i > 0 && e.Code <= all[i-1].Code { // lookup searches in halves; it also finds a code given twice
			t.Errorf("%d does not sort after %d", e.Code, all[i-1].Code)
		}
		if text := strings.TrimSpace(e.Text); text == "" || text != e.Text && e.Code != 40070 {
			t.Errorf("%d: text %q", e.Code, e.Text)
		}
		if i := strings.IndexFunc(e.Text, func(r rune) bool { return r < ' ' || r > '~' }); i >= 0 { // it is sent in a header too
			t.Errorf("%d: text %q is not plain ASCII", e.Code, e.Text)
		}
		if !chinese(e.MeaningZH) || !chinese(e.AdviceZH) {
			t.Errorf("%d lacks Chinese: %q, %q", e.Code, e.MeaningZH, e.AdviceZH)
		}
		if e.MeaningEN == "" || chinese(firstWord(e.MeaningEN)) || chinese(firstWord(e.AdviceEN)) {
			t.Errorf("%d lacks English: %q, %q", e.Code, e.MeaningEN, e.AdviceEN)
		}
		if !strings.HasSuffix(e.AdviceEN, ".") || !strings.HasSuffix(e.AdviceZH, "。") || strings.Contains(e.AdviceEN, "  ") {
			t.Errorf("%d: advice is no sentence: %q, %q", e.Code, e.AdviceEN, e.AdviceZH)
		}
		if got, ok := Lookup(e.Code); !ok || got != e {
			t.Errorf("Lookup(%d) = %+v, %v; want %+v", e.Code, got, ok, e)
		}
		if got := Text(e.Code); got != e.Text {
			t.Errorf("Text(%d) = %q, want %q", e.Code, got, e.Text)
		}
	}
}

// The texts below are the fact sheets' own, misspellings included.
func TestTextsAsOnTheWire(t *testing.T) {
	t.Parallel()
	for code, want := range map[int]string{
		0:      "ok",
		40001:  "invalid credential",
		40013:  "invalid corpid",
		40014:  "invalid access_token",
		40029:  "invalid code",
		40031:  "all list invalid",
		40058:  "invalid Request Parameter",
		40070:  "all list invalid ", // the blank is WeCom's
		40078:  "invalid auth_code",
		40082:  "invalid suite_acccess_token", // three c's
		40085:  "invalid suite ticket",
		40091:  "secret is invalid",
		40096:  "invalid external userid",
		41001:  "access_token missing",
		41004:  "corpsecret missing",
		41011:  "missing agentid",
		41025:  "permanent code missing",
		41037:  "missing contact way type",
		42001:  "access_token expired",
		42012:  "ticket no available",
		45009:  "api freq out of limit",
		48002:  "api forbidden",
		48009:  "api forbidden for contact assistant",
		50001:  "redirect_uri unauthorized",
		60008:  "department existed",
		60011:  "no privilege to access/modify contact/party/agent",
		60020:  "not allow to access from your ip",
		60102:  "userid existed",
		60104:  "mobile existed",
		60111:  "userid not found",
		60129:  "missing mobile or email",
		60136:  "record not found",
		81013:  "user & party & tag all invalid",
		82001:  "All touser & toparty & totag invalid",
		84061:  "not external contact",
		86008:  "you has no privilege to access this chat, which is created by other agent.",
		93000:  "invalid webhook url",
		93019:  "invalid bot_id",
		301002: "not allow operate another agent with this accesstoken.",
		301042: "get chatdata whiteip not match",
		301055: "no approval auth",
		853000: "invalid bot_id or secret",
	} {
		if got := Text(code); got != want {
			t.Errorf("Text(%d) = %q, want %q", code, got, want)
		}
	}
}

func TestCodesOutsideThePlatformsTable(t *testing.T) {
	t.Parallel()
	for code := -40011; code <= -40001; code++ {
		if _, ok := Lookup(code); !ok {
			t.Errorf("%d of the callback libraries is missing", code)
		}
	}
	for _, code := range []int{-31020, -31027, -31028, -31033, -31034, -31035, -31037, -31039, -31040, 1, 1111, 846608, 851003} {
		if _, ok := Lookup(code); !ok {
			t.Errorf("%d is missing", code)
		}
	}
}

func TestAnUnknownCode(t *testing.T) {
	t.Parallel()
	for _, code := range []int{42008, 99999999, -2, 2, 40010} { // 42008 is not WeCom's, though clients ask for it
		if e, ok := Lookup(code); ok || e != (Entry{}) || Text(code) != "" {
			t.Errorf("%d is known: %+v", code, e)
		}
	}
}

func TestAdviceByHand(t *testing.T) {
	t.Parallel()
	written := map[int]bool{}
	for c := range records(adviceTSV, 4) {
		code := number(c[0])
		if written[code] {
			t.Errorf("%d is advised twice", code)
		}
		written[code] = true
		if e, _ := Lookup(code); e.AdviceEN != c[2] || e.AdviceZH != c[3] {
			t.Errorf("%d: %+v", code, e)
		}
	}
	for c := range records(platformTSV, 4) { // a text stands in one file only
		if text := textIn(adviceTSV, c[0]); c[1] != "" && text != "" {
			t.Errorf("%s: %q in the platform's table, %q beside the advice", c[0], c[1], text)
		}
	}
	for code, words := range map[int][2]string{
		40014: {"gettoken", "gettoken"},
		60020: {"trusted IPs", "企业可信 IP"},
		45009: {"60 seconds", "60 秒"},
		60011: {"visible range", "可见范围"},
	} {
		e, _ := Lookup(code)
		if !strings.Contains(e.AdviceEN, words[0]) || !strings.Contains(e.AdviceZH, words[1]) {
			t.Errorf("%d: %q, %q", code, e.AdviceEN, e.AdviceZH)
		}
	}
}

func TestGeneralAdvice(t *testing.T) {
	t.Parallel()
	for code, want := range map[int]string{
		90456:  "Fill in the field that the text names, spelled as on the endpoint's page: in the JSON body for a POST, in the query string for a GET. Calendars and schedules (日程).",
		640001: "Check the id: list the objects with the same app's token and use an id from there; it may have been deleted. Drive and documents (微盘、文档): see the space's and the document's rights.",
		90304:  "Wait a few seconds and repeat the same call, a few times at most; do not run it twice at once. Payments and refunds (对外收款): errmsg names the field.",
		43001:  "This belongs to the former 企业号 and a current server does not answer it: look which host, and which age of client library, you are using. Account binding and verification: see the enterprise's settings in the admin console.",
	} {
		if e, _ := Lookup(code); e.AdviceEN != want {
			t.Errorf("%d: %q", code, e.AdviceEN)
		}
	}
	if n := len(kinds()); !kinds()[n-1].fits("") {
		t.Error("the last kind does not fit everything")
	}
	var last int
	for _, f := range families() {
		if f.first <= last || f.last < f.first {
			t.Errorf("families overlap at %d", f.first)
		}
		last = f.last
	}
}

func TestDerivedText(t *testing.T) {
	t.Parallel()
	for meaning, want := range map[string]string{
		"spaceid invalid":                                "invalid spaceid",
		"moment_id unknown":                              "moment_id not found",
		"order already exists":                           "order existed",
		"trade_no missing":                               "trade_no missing",
		"face upload: parameter wrong":                   "face upload: invalid parameter",
		"legacy (企业号): menu type wrong":                  "invalid menu type",
		"retired: job already running (2024 table)":      "job already running",
		"JSON template invalid":                          "invalid JSON template",
		"type not 1 (enable) or 2 (disable)":             "type not 1 or 2",
		"device bound, so it cannot be unregistered":     "device bound",
		"permission name invalid or repeated":            "permission name invalid or repeated",
		"every account code invalid":                     "every account code invalid",
		"field title invalid, repeated or empty":         "field title invalid, repeated or empty",
		"User data lost":                                 "user data lost",
		"group message still being dispatched; retry it": "group message still being dispatched",
	} {
		if got := derivedText(meaning); got != want {
			t.Errorf("derivedText(%q) = %q, want %q", meaning, got, want)
		}
	}
}

func TestTextAllocatesNothing(t *testing.T) {
	Text(0)
	if n := testing.AllocsPerRun(100, func() { Text(60011); Text(12345) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func textIn(file, code string) string {
	for c := range records(file, 4) {
		if c[0] == code {
			return c[1]
		}
	}
	return ""
}

func chinese(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

func firstWord(s string) string {
	word, _, _ := strings.Cut(s, " ")
	return word
}
