package wire

import (
	"reflect"
	"slices"
	"strings"
	"sync"

	"qiwei/internal/access"
	"qiwei/internal/store"
)

// walk is a way through the ids of a value: it collects them, or puts the corp's own in their places.
type walk struct {
	texts [forms][]string
	own   *named // what to put; nil while ids are collected
	asks  Object // what objects that write themselves tell their ids
}

// walks are reused, with the room that their lists have taken.
var walks = sync.Pool{New: func() any { return new(walk) }}

func newWalk() *walk {
	w := walks.Get().(*walk)
	w.asks.finds = w
	return w
}

// manyTexts is how many ids a list may have held that is kept for the next walk.
const manyTexts = 1024

// done gives the walk back. Nothing may hold its lists any more.
func (w *walk) done() {
	w.own = nil
	for form, list := range w.texts {
		clear(list)
		if w.texts[form] = list[:0]; cap(list) > manyTexts {
			w.texts[form] = nil
		}
	}
	walks.Put(w)
}

// add collects an id. One that has just been collected, as where open_userid repeats userid, is not again.
func (w *walk) add(form access.Form, text string) {
	list := w.texts[form]
	if text == "" || len(list) > 0 && list[len(list)-1] == text {
		return
	}
	w.texts[form] = append(list, text)
}

// id is called for each id, or for each list of them where several is set.
func (w *walk) id(v reflect.Value, form access.Form, several bool) {
	if w.own != nil {
		v.SetString(w.own.replace(form, several, v.String(), strings.Clone))
		return
	}
	if !several {
		w.add(form, v.String())
		return
	}
	for part := range strings.SplitSeq(v.String(), "|") {
		w.add(form, strings.TrimSpace(part))
	}
}

// look asks for what was collected, once for each form.
func (w *walk) look(tx *store.Tx, by *access.Caller, out *named, ask func(*store.Tx, string, access.Form, []string) (map[string]string, error)) (err error) {
	for form, texts := range w.texts {
		if len(texts) == 0 {
			continue
		}
		if len(texts) > 1 {
			slices.Sort(texts)
			texts = slices.Compact(texts)
		}
		if out[form], err = ask(tx, by.CorpID, access.Form(form), texts); err != nil {
			return err
		}
	}
	return nil
}

// finder walks through the ids within a value of its type.
type finder func(reflect.Value, *walk)

var finders sync.Map // reflect.Type -> finder

// finderOf returns the finder of a type; nil if no value of it holds an id.
func finderOf(t reflect.Type) finder {
	if f, ok := finders.Load(t); ok {
		return f.(finder)
	}
	var f finder
	if holdsIDs(t, map[reflect.Type]bool{}) {
		f = newFinder(t)
	}
	actual, _ := finders.LoadOrStore(t, f)
	return actual.(finder)
}

func holdsIDs(t reflect.Type, within map[reflect.Type]bool) bool {
	if _, ok := idForms[t]; ok {
		return true
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice:
		return holdsIDs(t.Elem(), within)
	case reflect.Struct:
		if within[t] {
			return false
		}
		within[t] = true
		return slices.ContainsFunc(fieldsOf(t).inRow, func(f *field) bool { return holdsIDs(f.typ, within) })
	}
	return false
}

func newFinder(t reflect.Type) finder {
	if form, ok := idForms[t]; ok {
		several := t == usersType
		return func(v reflect.Value, w *walk) { w.id(v, form, several) }
	}
	switch t.Kind() {
	case reflect.Pointer:
		find := finderOf(t.Elem())
		return func(v reflect.Value, w *walk) {
			if !v.IsNil() {
				find(v.Elem(), w)
			}
		}
	case reflect.Slice:
		find := finderOf(t.Elem())
		return func(v reflect.Value, w *walk) {
			for i := range v.Len() {
				find(v.Index(i), w)
			}
		}
	}
	if t.Implements(tabledType) {
		return func(v reflect.Value, w *walk) { v.Interface().(Tabled).AppendMembers(&w.asks) }
	}
	// The fields are looked at on first use, because a type may contain itself.
	fields := sync.OnceValue(func() []fieldFinder { return findersWithin(t) })
	return func(v reflect.Value, w *walk) {
		for _, f := range fields() {
			f.find(v.FieldByIndex(f.index), w)
		}
	}
}

type fieldFinder struct {
	index []int
	find  finder
}

func findersWithin(t reflect.Type) (out []fieldFinder) {
	for _, f := range fieldsOf(t).inRow {
		if f.index == nil {
			continue
		}
		if find := finderOf(f.typ); find != nil {
			out = append(out, fieldFinder{f.index, find})
		}
	}
	return out
}
