package sample

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"qiwei/internal/wire/known"
)

// filler knows a member and a calendar, and counts what it is asked.
func filler(asked *[]string) *Filler {
	return &Filler{
		Facts: Facts{Now: time.Date(2031, 1, 6, 9, 0, 0, 0, time.UTC), Word: func(name string) (any, error) {
			if name == "userid" {
				return "li\"si", nil
			}
			return nil, nil
		}},
		Of:  Of,
		May: func(path, field string) bool { return field != "secret" },
		Ask: func(_ context.Context, s Sample) ([]byte, error) {
			*asked = append(*asked, s.Path)
			if s.Path == "/cgi-bin/tag/list" {
				return nil, errors.New("refused")
			}
			return []byte(`{"external_userid":["wm1"],"n":7}`), nil
		},
	}
}

func TestFill(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, body, want string }{
		{"a fact", `{"a":"{userid}","b":"x{userid}y"}`, `{"a":"li\"si","b":"xli\"siy"}`},
		{"times are numbers", `{"a":"{now+60}","b":"{today}"}`, `{"a":1925456460,"b":1925395200}`},
		{"an answer", `{"a":"{/cgi-bin/externalcontact/list external_userid[0]}","b":"{/cgi-bin/externalcontact/list n}"}`, `{"a":"wm1","b":7}`},
		{"what was said", `{"a":"{/cgi-bin/externalcontact/list <userid}"}`, `{"a":"li\"si"}`},
		{"no placeholder", `{"a":"{hello} {} {{x}}"}`, `{"a":"{hello} {} {{x}}"}`},
		{"what may not be filled in", `{"a":"{/cgi-bin/externalcontact/list secret}"}`, `{"a":"{/cgi-bin/externalcontact/list secret}"}`},
	} {
		var asked []string
		got, err := filler(&asked).Fill(t.Context(), Sample{Body: tt.body})
		if err != nil || got.Body != tt.want {
			t.Errorf("%s: %s, %v; want %s", tt.name, got.Body, err, tt.want)
		}
		if len(asked) > 1 {
			t.Errorf("%s: asked %q", tt.name, asked)
		}
	}
	var asked []string
	for _, body := range []string{`"{/cgi-bin/externalcontact/list nope}"`, `"{/cgi-bin/externalcontact/list external_userid[1]}"`, `"{/cgi-bin/tag/list x}"`} {
		if got, err := filler(&asked).Fill(t.Context(), Sample{Body: body}); err == nil {
			t.Errorf("%s: %s", body, got.Body)
		}
	}
}

// Every sample that is written is of a call that there is, and its body is JSON once it is filled in.
func TestWrittenSamples(t *testing.T) {
	t.Parallel()
	for name, s := range samples() {
		path := s.Path
		if _, ok := known.Lookup(path); !ok && !IsScript(path) {
			t.Errorf("there is no call %s", path)
		}
		if s.Body == "" {
			continue
		}
		if _, err := decode([]byte(s.Body)); err != nil || strings.Contains(s.Body, "\t") {
			t.Errorf("%s: %v in %s", path, err, s.Body)
		}
		for _, m := range placeholder.FindAllStringSubmatch(s.Body, -1) {
			if at, _, ok := strings.Cut(m[1], " "); ok && at == name {
				t.Errorf("%s needs itself", path)
			}
		}
	}
}
