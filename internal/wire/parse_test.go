package wire

import (
	"bytes"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	t.Parallel()
	deep := func(n int) string { return strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n) }
	for _, tt := range []struct {
		name, body string
		want       any
		clean      bool
	}{
		{"nothing", "", object{}, true},
		{"spaces", " \r\n\t", object{}, true},
		{"an object", ` {"a": 1, "b": [true, false, null, "x"]} `, object{"a": number("1"), "b": []any{true, false, nil, "x"}}, true},
		{"a byte order mark", "\xEF\xBB\xBF" + `{"a":1}`, object{"a": number("1")}, true},
		{"the last of two keys counts", `{"a":1,"a":"2"}`, object{"a": "2"}, true},
		{"a number as it was written", `{"a":-12.50e+03,"b":123456789012345678901234567890}`, object{"a": number("-12.50e+03"), "b": number("123456789012345678901234567890")}, true},
		{"escapes", `{"a":"\"\\\/\b\f\n\r\t\u4f01\ud83c\udfe2"}`, object{"a": "\"\\/\b\f\n\r\t企🏢"}, true},
		{"a half of a pair", `{"a":"\ud83cx\udfe2","b":"\ud83c\u0041","c":"\ud83c\ud83c\udfe2"}`, object{"a": "\uFFFDx\uFFFD", "b": "\uFFFDA", "c": "\uFFFD🏢"}, true},
		{"bytes that are not UTF-8", "{\"a\":\"\xff\xfe中\\n\xff\"}", object{"a": "\uFFFD\uFFFD中\n\uFFFD"}, true},
		{"64 objects in each other", deep(64), nil, true},

		{"65 objects in each other", deep(65), object{}, false},
		{"a million brackets", strings.Repeat("[", 1_000_000), []any{}, false},
		{"a trailing comma", `{"a":1,}`, object{"a": number("1")}, false},
		{"trailing commas", `{"a":[1,2,],"b":{"c":1,},}`, object{"a": []any{number("1"), number("2")}, "b": object{"c": number("1")}}, false},
		{"something behind it", `{"a":1} {"b":2}`, object{"a": number("1")}, false},
		{"cut off behind a value", `{"a":1,"b":"x"`, object{"a": number("1"), "b": "x"}, false},
		{"cut off in a key", `{"a":1,"b`, object{"a": number("1")}, false},
		{"cut off before a colon", `{"a":1,"b"`, object{"a": number("1")}, false},
		{"cut off before a value", `{"a":1,"b":`, object{"a": number("1")}, false},
		{"cut off in a string: half a userid is another's", `{"a":1,"userid":"zhang`, object{"a": number("1")}, false},
		{"cut off in an escape", `{"a":1,"b":"x\`, object{"a": number("1")}, false},
		{"cut off in a \\u", `{"a":1,"b":"x\u12`, object{"a": number("1")}, false},
		{"cut off in a list", `{"a":1,"b":[1,2`, object{"a": number("1")}, false},
		{"cut off in an object", `{"a":1,"b":{"c":1`, object{"a": number("1")}, false},
		{"a comma missing", `{"a":1 "b":2}`, object{"a": number("1")}, false},
		{"two commas", `{"a":1,,"b":2}`, object{"a": number("1")}, false},
		{"a word that is none", `{"a":1,"b":None,"c":2}`, object{"a": number("1")}, false},
		{"a key without quotes", `{"a":1,b:2}`, object{"a": number("1")}, false},
		{"single quotes", `{'a':1}`, object{}, false},
		{"no escape", `{"a":"C:\qiwei"}`, object{"a": "C:qiwei"}, false},
		{"no hexadecimal number", `{"a":"\u12"}`, object{"a": "\uFFFD"}, false},
		{"a line break in a string", "{\"a\":\"x\ny\"}", object{"a": "x\ny"}, false},
		{"a line break in a string with escapes", "{\"a\":\"\\tx\ny\"}", object{"a": "\tx\ny"}, false},
		{"a zero before a number", `{"a":007}`, object{"a": number("007")}, false},
		{"a number that is none", `{"a":1-2,"b":3}`, object{"a": nil, "b": number("3")}, false},
		{"a plus", `{"a":+1}`, object{}, false},
		{"a form", "a=1&b=2", nil, false},
		{"text", "hello", nil, false},
		{"a list", "[1]", []any{number("1")}, true},
		{"a string", `"a"`, "a", true},
	} {
		got, clean := parse([]byte(tt.body))
		if clean != tt.clean || (tt.want != nil && !reflect.DeepEqual(got, tt.want)) {
			t.Errorf("%s: %#v, clean %v; want %#v, %v", tt.name, got, clean, tt.want, tt.clean)
		}
	}
}

// reading is what encoding/json reads, in the form that parse has.
func reading(body []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	return translate(v), nil
}

func translate(v any) any {
	switch x := v.(type) {
	case map[string]any:
		out := object{}
		for k, v := range x {
			out[k] = translate(v)
		}
		return out
	case []any:
		out := make([]any, len(x))
		for i, v := range x {
			out[i] = translate(v)
		}
		return out
	case json.Number:
		return number(x)
	}
	return v
}

// generate makes a value at random, as a program might send one.
func generate(r *rand.Rand, depth int) any {
	switch n := r.IntN(9); {
	case n == 0 && depth > 0:
		out := map[string]any{}
		for range r.IntN(5) {
			out[text(r)] = generate(r, depth-1)
		}
		return out
	case n == 1 && depth > 0:
		out := []any{}
		for range r.IntN(5) {
			out = append(out, generate(r, depth-1))
		}
		return out
	case n == 2:
		return r.Int64() - r.Int64()
	case n == 3:
		return r.NormFloat64() * float64(r.Int64N(1<<40))
	case n == 4:
		return r.IntN(2) == 1
	case n == 5:
		return nil
	}
	return text(r)
}

var alphabet = []rune("abz019 _-@.\"\\/<>&'\b\f\n\r\t\x00\x1f\x7f\u0080é企微\u2028\u2029\uFEFF\uFFFD🏢\U0010FFFF")

func text(r *rand.Rand) string {
	out := make([]rune, r.IntN(8))
	for i := range out {
		out[i] = alphabet[r.IntN(len(alphabet))]
	}
	return string(out)
}

// What encoding/json writes, parse reads as encoding/json does.
func TestParseReadsWhatJSONWrites(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		v := map[string]any{text(r): generate(r, 6), text(r): generate(r, 6)}
		for _, indent := range []string{"", "\t"} {
			var out bytes.Buffer
			e := json.NewEncoder(&out)
			e.SetEscapeHTML(r.IntN(2) == 1)
			e.SetIndent("", indent)
			if err := e.Encode(v); err != nil {
				t.Fatal(err)
			}
			want, err := reading(out.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			if got, clean := parse(out.Bytes()); !clean || !reflect.DeepEqual(got, want) {
				t.Fatalf("%s: %#v, clean %v; want %#v", out.Bytes(), got, clean, want)
			}
		}
	}
}

func depth(v any) int {
	deepest := 0
	switch x := v.(type) {
	case object:
		for v := range maps.Values(x) {
			deepest = max(deepest, depth(v)+1)
		}
	case []any:
		for _, v := range x {
			deepest = max(deepest, depth(v)+1)
		}
	}
	return deepest
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{``, `{}`, `{"a":[1,{"b":"\u00e9"}],}`, `{"a":"\ud83c\udfe2"`, "\xEF\xBB\xBF{}", `{"n":-1.5E+3}`, `{"a":007}`, "[[[[", `a=1&b=2`, "{\"a\":\"\xff\n\"}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, clean := parse(body)
		want, err := reading(body)
		valid := json.Valid(body)
		if valid && err == nil && depth(want) < maxDepth {
			if !clean || !reflect.DeepEqual(got, want) {
				t.Fatalf("%q: %#v, clean %v; want %#v", body, got, clean, want)
			}
			return
		}
		blank := len(bytes.Trim(bytes.TrimPrefix(body, []byte("\xEF\xBB\xBF")), " \t\r\n")) == 0
		marked := bytes.HasPrefix(body, []byte("\xEF\xBB\xBF"))
		if clean && !valid && !blank && !marked {
			t.Fatalf("%q is taken for clean", body)
		}
		if n := depth(got); n > maxDepth+1 {
			t.Fatalf("%d levels", n)
		}
	})
}

func FuzzAppendString(f *testing.F) {
	for _, seed := range []string{"", "a\"b\\c", "\x00\x1f\x7f", "企微🏢", "\xff\xc0\xaf", "\u2028"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out := AppendString([]byte("x"), s)
		var back string
		if err := json.Unmarshal(out[1:], &back); err != nil {
			t.Fatalf("%q is written as %s: %v", s, out[1:], err)
		}
		if back != validUTF8(s) {
			t.Fatalf("%q comes back as %q", s, back)
		}
		if v, clean := parse(out[1:]); !clean || v != back {
			t.Fatalf("we read %s as %q, clean %v", out[1:], v, clean)
		}
	})
}
