package wire

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// everything has a field of each kind that a request may have.
type everything struct {
	Body
	embedded
	Text    string   `json:"text"`
	TextP   *string  `json:"textp"`
	N       int64    `json:"n"`
	NP      *int64   `json:"np"`
	Flag    bool     `json:"flag"`
	FlagP   *bool    `json:"flagp"`
	F       float64  `json:"f"`
	Texts   []string `json:"texts"`
	Ns      []int64  `json:"ns"`
	NsP     *[]int64 `json:"nsp"`
	Inner   inner    `json:"inner"`
	InnerP  *inner   `json:"innerp"`
	Inners  []inner  `json:"inners"`
	Hidden  string   `json:"-"`
	Untaken string
}

type embedded struct {
	E string `json:"e"`
}

type inner struct {
	A int64    `json:"a"`
	B []string `json:"b"`
}

func p[T any](v T) *T { return &v }

func TestDecode(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, query, body string
		want              everything
		wrong             []string
		clean             bool
	}{
		{"nothing", "", "", everything{}, nil, true},
		{"each of its type", "", `{"text":"x","textp":"","n":-5,"np":0,"flag":true,"flagp":false,"f":1.5,"texts":["a"],"ns":[1,2],"nsp":[],
			"inner":{"a":1,"b":["x"]},"innerp":{},"inners":[{"a":1},{}],"e":"y"}`,
			everything{embedded: embedded{"y"}, Text: "x", TextP: p(""), N: -5, NP: p(int64(0)), Flag: true, FlagP: p(false), F: 1.5, Texts: []string{"a"},
				Ns: []int64{1, 2}, NsP: &[]int64{}, Inner: inner{1, []string{"x"}}, InnerP: &inner{}, Inners: []inner{{A: 1}, {}}}, nil, true},
		{"unknown fields, and those of another case", "", `{"what":1,"TEXT":"x","Hidden":"x","-":"x","Untaken":"x","text":"y"}`, everything{Text: "y"}, nil, true},
		{"null is absent", "", `{"text":null,"textp":null,"n":null,"np":null,"ns":null,"nsp":null,"inner":null,"innerp":null,"texts":["a",null,"b"]}`,
			everything{Texts: []string{"a", "b"}}, nil, true},
		{"an empty text is a value", "", `{"textp":""}`, everything{TextP: p("")}, nil, true},
		{"an empty text for a number is absent", "", `{"np":"","n":"","flagp":"","f":""}`, everything{}, nil, true},
		{"an empty list is a value", "", `{"nsp":[],"ns":[]}`, everything{NsP: &[]int64{}, Ns: []int64{}}, nil, true},

		{"a number as text", "", `{"n":"12","np":" 13 ","f":"1.5","ns":["1",2],"inner":{"a":"7"}}`,
			everything{N: 12, NP: p(int64(13)), F: 1.5, Ns: []int64{1, 2}, Inner: inner{A: 7}}, nil, true},
		{"text as a number", "", `{"text":1000002,"texts":[1,"b"]}`, everything{Text: "1000002", Texts: []string{"1", "b"}}, nil, true},
		{"a number keeps its digits as text", "", `{"text":12345678901234567890123}`, everything{Text: "12345678901234567890123"}, nil, true},
		{"a whole number in another form", "", `{"n":1e3,"np":"2.0"}`, everything{N: 1000, NP: p(int64(2))}, nil, true},
		{"a flag as a number, a number as a flag", "", `{"flag":1,"flagp":"0","n":true}`, everything{Flag: true, FlagP: p(false), N: 1}, nil, true},
		{"a flag as a word", "", `{"flag":"true","flagp":"false"}`, everything{Flag: true, FlagP: p(false)}, nil, true},
		{"the largest and smallest number", "", `{"n":9223372036854775807,"np":"-9223372036854775808"}`, everything{N: math.MaxInt64, NP: p(int64(math.MinInt64))}, nil, true},
		{"without what no text of a database holds", "", `{"text":"a\u0000b"}`, everything{Text: "ab"}, nil, true},

		{"a list as text", "", `{"ns":"[1,2]","nsp":"1","texts":"a|b","n":3}`, everything{N: 3}, []string{"ns", "nsp", "texts"}, false},
		{"an object as text", "", `{"inner":"x","innerp":[],"inners":{"a":1}}`, everything{}, []string{"inner", "innerp", "inners"}, false},
		{"text as an object, a list, a flag", "", `{"text":{},"textp":[],"texts":[true,"x"]}`, everything{Texts: []string{"x"}}, []string{"text", "textp", "texts"}, false},
		{"a number that is none", "", `{"n":"x","np":"1.5","f":"0x1p4","ns":[1,"x",3],"flagp":"yes"}`, everything{Ns: []int64{1, 3}}, []string{"n", "np", "f", "ns", "flagp"}, false},
		{"a number too large", "", `{"n":9223372036854775808,"np":1e300,"f":1e999}`, everything{}, []string{"n", "np", "f"}, false},
		{"a wrong field deep inside", "", `{"inners":[{"a":1},{"a":"x","b":["y",{}]}]}`, everything{Inners: []inner{{A: 1}, {B: []string{"y"}}}}, []string{"inners"}, false},
		{"a wrong field inside a pointer leaves the rest", "", `{"innerp":{"a":"x","b":["y"]}}`, everything{InnerP: &inner{B: []string{"y"}}}, []string{"innerp"}, false},

		{"a trailing comma", "", `{"n":3,"ns":[1,2],}`, everything{N: 3, Ns: []int64{1, 2}}, nil, false},
		{"a form", "", `n=3&text=x`, everything{}, nil, false},
		{"a list instead of an object", "", `[{"n":3}]`, everything{}, nil, false},
		{"text instead of an object", "", `"x"`, everything{}, nil, false},

		{"the query", "text=x&textp=y&n=3&np=4&flag=1&f=2.5&ns=5&inner=6&texts=7", "", everything{Text: "x", TextP: p("y"), N: 3, NP: p(int64(4)), Flag: true, F: 2.5}, nil, true},
		{"the query wins over the body", "n=3&text=", `{"n":4,"text":"x","f":1}`, everything{N: 3, F: 1}, nil, true},
		{"the first of two parameters counts", "n=3&n=4", "", everything{N: 3}, nil, true},
		{"an empty parameter for a number is absent", "np=&n=", `{"n":4}`, everything{N: 4}, nil, true},
		{"a wrong parameter says nothing about the body", "n=x", `{"text":"x"}`, everything{Text: "x"}, []string{"n"}, true},
		{"a parameter that is not UTF-8", "text=%ff%00x", "", everything{Text: "\uFFFDx"}, nil, true},
	} {
		var got everything
		clean := input{parseQuery(nil, tt.query), []byte(tt.body)}.decode(&got)
		wrong := got.Body
		got.Body = Body{}
		if clean != tt.clean || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %+v, clean %v; want %+v, %v", tt.name, got, clean, tt.want, tt.clean)
		}
		for field := range fieldsOf(reflect.TypeFor[everything]()).byName {
			if wrong.Wrong(field) != slices.Contains(tt.wrong, field) {
				t.Errorf("%s: Wrong(%q) is %v", tt.name, field, wrong.Wrong(field))
			}
		}
	}
}

// valuesOf returns what parseQuery reads as net/url would write it.
func valuesOf(raw string) url.Values {
	out := url.Values{}
	for _, p := range parseQuery(nil, raw) {
		out.Add(p.name, p.value)
	}
	return out
}

func TestParseQuery(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		raw  string
		want url.Values
	}{
		{"", url.Values{}},
		{"&type=agent_config&access_token=x", url.Values{"type": {"agent_config"}, "access_token": {"x"}}}, // WxJava
		{"a=1&&a=2&b&=c&", url.Values{"a": {"1", "2"}, "b": {""}, "": {"c"}}},
		{"corpsecret=aB-_9/=+x", url.Values{"corpsecret": {"aB-_9/= x"}}}, // unescaped: only the plus is lost
		{"u=%E4%BC%81&v=100%&w=%zz", url.Values{"u": {"企"}, "v": {"100%"}, "w": {"%zz"}}},
		{"a=1;b=2", url.Values{"a": {"1;b=2"}}},
		{"a=%ff\xfe", url.Values{"a": {"\uFFFD\uFFFD"}}},
	} {
		if got := valuesOf(tt.raw); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%q: %q, want %q", tt.raw, got, tt.want)
		}
	}
}

// TestATypeMayHoldItself declares one, as menus do.
func TestATypeMayHoldItself(t *testing.T) {
	t.Parallel()
	type node struct {
		Name  string `json:"name"`
		Below []node `json:"below"`
	}
	decodable(reflect.TypeFor[node](), "")
	encodable(reflect.TypeFor[node](), "")
}

func TestWrongDeclarationsStopTheProgram(t *testing.T) {
	t.Parallel()
	type node struct {
		Any any `json:"any"`
	}
	for name, declare := range map[string]func(){
		"a map with a name": func() {
			decodable(reflect.TypeFor[struct {
				M map[string]string `json:"m"`
			}](), "")
		},
		"anything in a list": func() {
			decodable(reflect.TypeFor[struct {
				L []node `json:"l"`
			}](), "")
		},
		"a channel": func() {
			encodable(reflect.TypeFor[struct {
				C chan int `json:"c"`
			}](), "")
		},
		"anything": func() { encodable(reflect.TypeFor[node](), "") },
		"two of one name": func() {
			n := reflect.TypeFor[int64]()
			fieldsOf(reflect.StructOf([]reflect.StructField{{Name: "A", Type: n, Tag: `json:"a"`}, {Name: "B", Type: n, Tag: `json:"a"`}}))
		},
		"a pointer to embed": func() { fieldsOf(reflect.TypeFor[struct{ *Exported }]()) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s was taken", name)
				}
			}()
			declare()
		}()
	}
}

type Exported struct {
	E string `json:"e"`
}

// twin has the fields of a response; encoding/json writes and reads it too.
type twin struct {
	Text   string   `json:"text"`
	N      int64    `json:"n"`
	F      float64  `json:"f"`
	Flag   bool     `json:"flag"`
	Some   *string  `json:"some,omitempty"`
	Empty  string   `json:"empty,omitempty"`
	Texts  []string `json:"texts"`
	Inner  leaf     `json:"inner"`
	InnerP *leaf    `json:"innerp,omitempty"`
	Inners []leaf   `json:"inners"`
	Few    []int64  `json:"few,omitempty"`
}

type leaf struct {
	A int64  `json:"a"`
	B string `json:"b"`
}

func randomTwin(r *rand.Rand) twin {
	text := func(r *rand.Rand) string { return withoutNUL(text(r)) }
	v := twin{Text: text(r), N: r.Int64() - r.Int64(), F: r.NormFloat64() * float64(r.Int64N(1<<40)), Flag: r.IntN(2) == 1, Empty: text(r),
		Texts: []string{}, Inner: leaf{r.Int64N(9), text(r)}, Inners: []leaf{}}
	for range r.IntN(4) {
		v.Texts = append(v.Texts, text(r))
		v.Inners = append(v.Inners, leaf{r.Int64(), text(r)})
		v.Few = append(v.Few, r.Int64N(9))
	}
	if r.IntN(2) == 1 {
		v.Some, v.InnerP = p(text(r)), &leaf{1, text(r)}
	}
	return v
}

// encoding/json reads what we write as it was meant, and so do we.
func TestEncodeIsReadBack(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	for range 3000 {
		v := randomTwin(r)
		out := append(appendMembers([]byte{'{'}, reflect.ValueOf(v), nil, true), '}')
		var std, own twin
		if err := json.Unmarshal(out, &std); err != nil || !reflect.DeepEqual(std, v) {
			t.Fatalf("%+v is written as %s and read as %+v, %v", v, out, std, err)
		}
		if clean := (input{body: out}).decode(&own); !clean || !reflect.DeepEqual(own, v) {
			t.Fatalf("%s is read as %+v, clean %v; want %+v", out, own, clean, v)
		}
	}
}

func TestEncode(t *testing.T) {
	t.Parallel()
	type response struct {
		List  []string  `json:"list"`
		Few   []string  `json:"few,omitempty"`
		Some  *int64    `json:"some"`
		Inner *response `json:"inner"`
		F     float64   `json:"f"`
	}
	for _, tt := range []struct {
		v    response
		want string
	}{
		{response{}, `{"list":[],"f":0}`}, // never null
		{response{List: []string{"<a>&\u2028企"}, Few: []string{"x"}, Some: p(int64(0)), F: 1e21}, "{\"list\":[\"<a>&\u2028企\"],\"few\":[\"x\"],\"some\":0,\"f\":1000000000000000000000}"},
		{response{Inner: &response{F: math.Inf(1)}, F: math.NaN()}, `{"list":[],"inner":{"list":[],"f":0},"f":0}`},
	} {
		if got := string(append(appendMembers([]byte{'{'}, reflect.ValueOf(tt.v), nil, true), '}')); got != tt.want {
			t.Errorf("%s, want %s", got, tt.want)
		}
	}
	if got := string(emptyLists(nil, reflect.TypeFor[response]())); got != `,"list":[]` {
		t.Errorf("with an error: %s", got)
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{"text":"x","n":"5","ns":[1,"2",null],"inner":{"a":1},"inners":[{"b":["x"]}],}`, `{"np":1e3,"flag":"true","f":"-0.5"}`, `a=b`, `{"ns":{}}`, "{\"text\":\"\\u0000\xff\"}"} {
		f.Add("n=3&text=%ff", []byte(seed))
	}
	f.Fuzz(func(t *testing.T, query string, body []byte) {
		var got everything
		clean := input{parseQuery(nil, query), body}.decode(&got)
		for _, s := range append(got.Texts, got.Text, got.E) {
			if strings.ContainsRune(s, 0) || s != validUTF8(s) {
				t.Fatalf("%q has come through", s)
			}
		}
		if clean && len(body) > 0 && query == "" {
			for field := range fieldsOf(reflect.TypeFor[everything]()).byName {
				if got.Wrong(field) {
					t.Fatalf("clean, and yet %s is wrong", field)
				}
			}
		}
	})
}

func FuzzParseQuery(f *testing.F) {
	for _, seed := range []string{"a=1&b=2", "&&=&", "a=%", "a=%E4%BC%81+x", "a=\xff", ";;"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got := valuesOf(raw)
		for k, values := range got {
			for _, v := range append(values, k) {
				if v != validUTF8(v) {
					t.Fatalf("%q is not UTF-8", v)
				}
			}
		}
		// What url.Values writes, and what net/url reads without an error, is read alike.
		if std, err := url.ParseQuery(raw); err == nil {
			for k, values := range std {
				if raw := validUTF8(k); len(values) > 0 && raw == k && !slices.ContainsFunc(values, func(v string) bool { return v != validUTF8(v) }) && !slices.Equal(got[k], values) && k != "" {
					t.Fatalf("%q: %q is %q, net/url reads %q", raw, k, got[k], values)
				}
			}
			if back := valuesOf(std.Encode()); len(std[""]) == 0 && len(back) > len(std)+1 {
				t.Fatalf("%q became %q", std, back)
			}
		}
	})
}

// A field tagged wire:"one" takes a single element without the brackets of its list.
func TestOneOrMany(t *testing.T) {
	t.Parallel()
	for body, want := range map[string][]int64{`{"list":[{"a":1},{"a":2}]}`: {1, 2}, `{"list":{"a":3}}`: {3}, `{"list":[]}`: {}, `{"list":null}`: {}, `{}`: {}} {
		var into struct {
			List []inner `json:"list" wire:"one"`
		}
		clean := Decode([]byte(body), &into)
		got := []int64{}
		for _, v := range into.List {
			got = append(got, v.A)
		}
		if !clean || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v", body, clean, got)
		}
	}
	var into struct {
		List []inner `json:"list" wire:"one"`
	}
	if Decode([]byte(`{"list":"a"}`), &into) || len(into.List) > 0 {
		t.Errorf("a text: %v", into.List)
	}
}
