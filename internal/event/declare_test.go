package event_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/event"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// rung is an event of these tests.
type rung struct{ Who string }

func (r rung) Subject() string { return r.Who }

// A kind is declared once, is heard where it is declared, and is written down unless
// it passes.
func TestDeclare(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		l := event.NewLog()
		bell := event.Declare[rung](l, event.Declaration{Name: "bell/rung", Doc: 1})
		wind := event.Declare[string](l, event.Declaration{Name: "wind", Doc: 1, Passing: true})
		if kinds := l.Declarations(); len(kinds) != 2 || kinds[0].Name != "bell/rung" || kinds[1].Name != "wind" {
			t.Errorf("%+v", kinds)
		}
		for _, tt := range []struct{ name, payload, want string }{
			{"bell/rung", `{"Who":"li"}`, "li"}, {"bell/rung", `{`, ""}, {"wind", `"north"`, ""}, {"nothing", `{}`, ""},
		} {
			if got := l.Subject(tt.name, json.RawMessage(tt.payload)); got != tt.want {
				t.Errorf("%s %s is about %q, want %q", tt.name, tt.payload, got, tt.want)
			}
		}
		if len(l.Samples("bell/rung")) != 0 || l.Samples("nothing") != nil {
			t.Error("samples of what is not pushed")
		}
		for name, declare := range map[string]func(){
			"twice":                   func() { event.Declare[rung](l, event.Declaration{Name: "bell/rung", Doc: 1}) },
			"without a name":          func() { event.Declare[rung](l, event.Declaration{Doc: 1}) },
			"without a page":          func() { event.Declare[rung](l, event.Declaration{Name: "bell"}) },
			"pushed without a sample": func() { event.Declare[event.Letter](l, event.Declaration{Name: "letter", Doc: 1}) },
			"callbacks without samples": func() {
				event.Declare[rung](l, event.Declaration{Name: "bell", Doc: 1, Callbacks: []string{"event/bell"}})
			},
		} {
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("declared %s", name)
					}
				}()
				declare()
			}()
		}
		var heard []string
		l.Subscribe(func(_ context.Context, _ *store.Tx, e event.Event) error {
			heard = append(heard, e.Name+" in "+e.CorpID)
			return nil
		})
		bell.On(func(_ context.Context, _ *store.Tx, _ access.Caller, r rung) error {
			heard = append(heard, r.Who)
			return nil
		})
		w.Events()
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			by := access.System(w.CorpID)
			if err := bell.Record(ctx, tx, by, rung{"li"}); err != nil {
				return err
			}
			return wind.Record(ctx, tx, by, "north")
		})
		if want := []string{"bell/rung in " + w.CorpID, "li", "wind in " + w.CorpID}; !slices.Equal(heard, want) {
			t.Errorf("heard %q, want %q", heard, want)
		}
		if written := w.Events(); !slices.Equal(written, []string{"bell/rung"}) {
			t.Errorf("written down: %q", written)
		}
		if event.Family("bell/rung") != "bell" || event.Family("wind") != "wind" {
			t.Error("families")
		}
	})
}

// The fields of a push are read and changed by name.
func TestFields(t *testing.T) {
	t.Parallel()
	var f event.Fields
	f.Text("A", "1")
	f.Bare("B", "2")
	f.Set("B", "3")
	f.Set("C", "4")
	for name, want := range map[string]string{"A": "1", "B": "3", "C": ""} {
		if got := f.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

// What XML 1.0 has no place for is left out, and its neighbours are not.
func TestCarriable(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		r    rune
		kept bool
	}{
		{'\t', true}, {'\n', true}, {'\r', true}, {'\b', false}, {'\v', false}, {0x1F, false}, {' ', true}, {0xD7FF, true}, {0xE000, true},
		{0xFFFC, true}, {0xFFFD, true}, {0xFFFE, false}, {0xFFFF, false}, {0x10000, true}, {0x10FFFF, true},
	} {
		p := event.Push{Event: "e"}
		p.Fields.Text("T", "a\x00"+string(tt.r)+"b")
		want := "<T><![CDATA[ab]]></T>"
		if tt.kept {
			want = "<T><![CDATA[a" + string(tt.r) + "b]]></T>"
		}
		if got := p.XML(event.InCorp, event.Head{}); !strings.Contains(got, want) {
			t.Errorf("%U: %q, want %q in it", tt.r, got, want)
		}
	}
}
