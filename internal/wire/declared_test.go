package wire_test

import (
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

type (
	asked struct {
		UserID string  `json:"userid"`
		Depth  *int64  `json:"depth"`
		List   []int64 `json:"list"`
		Inner  part    `json:"inner"`
	}
	part struct {
		Name  string `json:"name"`
		Fine  bool   `json:"fine,omitempty"`
		Below *part  `json:"below,omitempty"`
		Rest  *part  `json:"rest"`
	}
	told struct {
		Parts []part `json:"parts"`
		Count int64  `json:"count"`
	}
)

func answerParts(context.Context, *store.Tx, access.Caller, asked) (told, error) { return told{}, nil }

func answerFile(context.Context, *store.Store, access.Caller, asked) (*wire.File, error) {
	return nil, nil
}

// A wrongly declared endpoint stops the server before it listens.
func TestWrongDeclarations(t *testing.T) {
	t.Parallel()
	whole := wire.Endpoint{Method: "GET", Path: "/cgi-bin/x", Doc: 1, Allow: access.To(access.All, access.SelfBuilt), Handle: wire.Read(answerParts)}
	for name, tt := range map[string]struct {
		change func(*wire.Endpoint)
		says   string
	}{
		"as it should be":      {func(*wire.Endpoint) {}, ""},
		"for everybody":        {func(ep *wire.Endpoint) { ep.Open, ep.Allow = true, nil }, ""},
		"by post":              {func(ep *wire.Endpoint) { ep.Method = "POST" }, ""},
		"another method":       {func(ep *wire.Endpoint) { ep.Method = "PUT" }, "method"},
		"another place":        {func(ep *wire.Endpoint) { ep.Path = "/x" }, "not below /cgi-bin/"},
		"no page":              {func(ep *wire.Endpoint) { ep.Doc = 0 }, "no number"},
		"for nobody":           {func(ep *wire.Endpoint) { ep.Allow = nil }, "nobody may call it"},
		"no handler":           {func(ep *wire.Endpoint) { ep.Handle = wire.Handler{} }, "no handler"},
		"to do nothing":        {func(ep *wire.Endpoint) { ep.Allow = access.To(access.Nothing, access.SelfBuilt) }, "grants nothing"},
		"listed for a family":  {func(ep *wire.Endpoint) { ep.Allow, ep.Family = access.To(access.Listed, access.SelfBuilt), access.Dial }, ""},
		"listed for no family": {func(ep *wire.Endpoint) { ep.Allow = access.To(access.Listed, access.SelfBuilt) }, "lists applications"},
		"open and by a kind":   {func(ep *wire.Endpoint) { ep.Open, ep.Handle = true, wire.Direct(answerFile) }, ""},
	} {
		ep := whole
		tt.change(&ep)
		_, err := wire.NewServer(wire.Config{}, []wire.Endpoint{ep})
		if (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want %q", name, err, tt.says)
		}
	}
}

// The description of a call says what it takes, and of its answer what is always there.
func TestDescription(t *testing.T) {
	t.Parallel()
	allow := access.To(access.All, access.SelfBuilt)
	text, err := wire.OpenAPI("1", "", []wire.Endpoint{
		{Method: "GET", Path: "/cgi-bin/x/get", Doc: 1, Allow: allow, Handle: wire.Read(answerParts)},
		{Method: "POST", Path: "/cgi-bin/x/post", Doc: 1, Allow: allow, Handle: wire.Read(answerParts), OK: "fine"},
		{Method: "GET", Path: "/cgi-bin/x/file", Doc: 1, Allow: allow, Handle: wire.Direct(answerFile)},
	})
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	at := func(path string) (v any) {
		v = doc
		for step := range strings.SplitSeq(path, "|") {
			m, ok := v.(map[string]any)
			if !ok {
				return nil
			}
			v = m[step]
		}
		return v
	}
	var names []string
	list, _ := at("paths|/cgi-bin/x/get|get|parameters").([]any)
	for _, p := range list {
		names = append(names, p.(map[string]any)["name"].(string))
	}
	if !slices.Equal(names, []string{"userid", "depth", "list", "inner"}) {
		t.Errorf("parameters %q", names)
	}
	const ok = "|responses|200|content|application/json|schema|properties|"
	for path, want := range map[string]any{
		"paths|/cgi-bin/x/get|get|operationId":                                        "x_get",
		"paths|/cgi-bin/x/get|get|requestBody":                                        nil,
		"paths|/cgi-bin/x/post|post|parameters":                                       nil,
		"paths|/cgi-bin/x/post|post|requestBody|content|application/json|schema|$ref": "#/components/schemas/wire_test.asked.in",
		"paths|/cgi-bin/x/get|get" + ok + "parts|items|$ref":                          "#/components/schemas/wire_test.part",
		"paths|/cgi-bin/x/get|get" + ok + "count|type":                                "integer",
		"paths|/cgi-bin/x/get|get" + ok + "errmsg|examples":                           []any{"ok"},
		"paths|/cgi-bin/x/post|post" + ok + "errmsg|examples":                         []any{"fine"},
		"paths|/cgi-bin/x/get|get|responses|206":                                      nil,
		"paths|/cgi-bin/x/file|get|responses|206|content|*/*|schema|format":           "binary",
		"components|schemas|wire_test.part|required":                                  []any{"name"},
		"components|schemas|wire_test.part.in|required":                               nil,
		"components|schemas|wire_test.part|properties|below|$ref":                     "#/components/schemas/wire_test.part",
		"components|schemas|wire_test.asked.in|properties|depth|type":                 "integer",
		"components|schemas|wire_test.part.in|properties|fine|type":                   "boolean",
		"servers": nil,
	} {
		if got := at(path); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
}

// A text is written with as little escaping as JSON allows.
func TestTextsAreWrittenReadably(t *testing.T) {
	t.Parallel()
	texts := []string{"", "张三", "a/b<c>&'", "\u2028", "\x7f", "é\x00é", "\"", "中\"文\\\n", "\xff", "a\xffb\xc3", "\ufffd"}
	for c := range 0x80 {
		texts = append(texts, string(rune(c)), "x"+string(rune(c))+"\"中")
	}
	for _, text := range texts {
		out := string(wire.AppendString(nil, text))
		var back string
		if err := json.Unmarshal([]byte(out), &back); err != nil || back != strings.ToValidUTF8(text, "\ufffd") || !utf8.ValidString(out) {
			t.Errorf("%q is written as %s, which is %q, %v", text, out, back, err)
		}
		plain := 2
		for _, r := range back {
			switch {
			case r == '"' || r == '\\' || r == '\n' || r == '\r' || r == '\t':
				plain += 2
			case r < 0x20:
				plain += 6
			default:
				plain += utf8.RuneLen(r)
			}
		}
		if len(out) > plain {
			t.Errorf("%q is written in %d bytes, %d would do: %s", text, len(out), plain, out)
		}
	}
}
