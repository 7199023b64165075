package sample

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Facts are what the server knows without a call.
type Facts struct {
	Word func(name string) (any, error) // userid, agentid, corpid …; nil for what is no word
	Now  time.Time
}

// Filler fills placeholders in.
type Filler struct {
	Facts Facts
	// Ask makes a call in its sample's name, and returns the answer as JSON. It is not called for what May
	// refuses.
	Ask func(ctx context.Context, s Sample) (answer []byte, err error)
	// May reports whether a value may be filled in: by a call of the path, under the name of the field. What
	// may not be stays as it is.
	May func(path, field string) bool

	// Of returns the sample of a call.
	Of func(path string) Sample

	asked map[string]*exchange
	depth int
}

// exchange is a sample that was sent.
type exchange struct {
	sent   Sample
	answer any
}

// maxChain is how many calls may need each other.
const maxChain = 8

var (
	placeholder = regexp.MustCompile(`\{(/[a-zA-Z0-9_/#-]+ <?[a-zA-Z0-9_.\[\]]+|[a-z_]+2?(?:[+-]\d+)?)\}`)
	whole       = regexp.MustCompile(`"\{(/[a-zA-Z0-9_/#-]+ <?[a-zA-Z0-9_.\[\]]+|[a-z_]+2?(?:[+-]\d+)?)\}"`)
)

// Holds reports whether a text has placeholders left.
func Holds(text string) bool { return placeholder.MatchString(text) }

// Fill fills in the query and the body.
func (f *Filler) Fill(ctx context.Context, s Sample) (Sample, error) {
	out := s
	out.Query = map[string]string{}
	for _, path := range s.After {
		if f.May(path, "") {
			if _, err := f.exchange(ctx, path); err != nil {
				return s, err
			}
		}
	}
	var err error
	for name, text := range s.Query {
		if out.Query[name], err = f.text(ctx, text, false); err != nil {
			return s, err
		}
	}
	out.Body, err = f.text(ctx, s.Body, true)
	return out, err
}

// text fills a text in. In JSON, a placeholder that is a whole text becomes a value of its own type.
func (f *Filler) text(ctx context.Context, text string, isJSON bool) (string, error) {
	var failed error
	if isJSON {
		text = whole.ReplaceAllStringFunc(text, func(all string) string {
			value, ok, err := f.value(ctx, all[2:len(all)-2])
			failed = errors.Join(failed, err)
			out, err := json.Marshal(value)
			if !ok || err != nil {
				return all
			}
			return string(out)
		})
	}
	text = placeholder.ReplaceAllStringFunc(text, func(all string) string {
		value, ok, err := f.value(ctx, all[1:len(all)-1])
		failed = errors.Join(failed, err)
		if !ok {
			return all
		}
		out := fmt.Sprint(value)
		if isJSON {
			quoted, _ := json.Marshal(out)
			return string(quoted[1 : len(quoted)-1])
		}
		return out
	})
	return text, failed
}

// value returns what a placeholder stands for; ok is false where it must stay or is none.
func (f *Filler) value(ctx context.Context, name string) (value any, ok bool, err error) {
	path, at, isCall := strings.Cut(name, " ")
	if !isCall {
		if !f.May("", name) {
			return nil, false, nil
		}
		value, err = f.fact(name)
		return value, value != nil && err == nil, err
	}
	if !f.May(path, strings.TrimPrefix(at, "<")) {
		return nil, false, nil
	}
	x, err := f.exchange(ctx, path)
	if err != nil || x == nil {
		return nil, false, err
	}
	from := x.answer
	if said, ok := strings.CutPrefix(at, "<"); ok {
		at = said
		if value, ok := x.sent.Query[at]; ok {
			return value, true, nil
		}
		if from, err = decode([]byte(x.sent.Body)); err != nil {
			return nil, false, err
		}
	}
	if value, ok = lookUp(from, at); !ok {
		err = fmt.Errorf("%s was not answered %s", path, at)
	}
	return value, ok, err
}

// fact is a word, or a time: now in Unix seconds, and today at midnight, each with seconds added.
func (f *Filler) fact(name string) (any, error) {
	word, plus := name, int64(0)
	if i := strings.IndexAny(name, "+-"); i > 0 {
		word = name[:i]
		plus, _ = strconv.ParseInt(name[i:], 10, 64)
	}
	switch word {
	case "now":
		return f.Facts.Now.Unix() + plus, nil
	case "today":
		day := f.Facts.Now.In(time.FixedZone("CST", 8*3600))
		return time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, day.Location()).Unix() + plus, nil
	case "date":
		return f.Facts.Now.In(time.FixedZone("CST", 8*3600)).AddDate(0, 0, -1).Format(time.DateOnly), nil
	case "next_month": // as 202701
		day := f.Facts.Now.In(time.FixedZone("CST", 8*3600))
		return (day.Year()+int(day.Month())/12)*100 + int(day.Month())%12 + 1, nil
	case "new":
		return "x" + strconv.FormatInt(f.Facts.Now.UnixMicro(), 36), nil
	}
	return f.Facts.Word(name)
}

// exchange sends the sample of a call, once; nil if it holds what may not be filled in.
func (f *Filler) exchange(ctx context.Context, path string) (*exchange, error) {
	if x, ok := f.asked[path]; ok {
		return x, nil
	}
	if f.depth >= maxChain {
		return nil, fmt.Errorf("%s: the samples need each other", path)
	}
	f.depth++
	defer func() { f.depth-- }()
	s, err := f.Fill(ctx, f.Of(path))
	if err != nil {
		return nil, err
	}
	for _, text := range s.Query {
		if Holds(text) {
			return nil, nil
		}
	}
	if Holds(s.Body) {
		return nil, nil
	}
	answer, err := f.Ask(ctx, s)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	decoded, err := decode(answer)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if f.asked == nil {
		f.asked = map[string]*exchange{}
	}
	f.asked[path] = &exchange{s, decoded}
	return f.asked[path], nil
}

func decode(text []byte) (out any, err error) {
	dec := json.NewDecoder(strings.NewReader(string(text)))
	dec.UseNumber()
	return out, dec.Decode(&out)
}

// lookUp returns the value at a place such as list[0].id.
func lookUp(in any, at string) (any, bool) {
	for part := range strings.SplitSeq(strings.ReplaceAll(at, "[", ".["), ".") {
		if index, ok := strings.CutPrefix(part, "["); ok {
			list, isList := in.([]any)
			i, err := strconv.Atoi(strings.TrimSuffix(index, "]"))
			if !isList || err != nil || i >= len(list) {
				return nil, false
			}
			in = list[i]
			continue
		}
		fields, isObject := in.(map[string]any)
		if !isObject {
			return nil, false
		}
		var ok bool
		if in, ok = fields[part]; !ok {
			return nil, false
		}
	}
	return in, true
}
