package platform_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"qiwei/internal/platform"
	"qiwei/internal/wire"
)

// TestDocumentedAnswers reads the answers of the official pages, which each room
// keeps in testdata/doc with values of our own, into the types of its endpoints
// and writes them again: each member must come back as it was. A file is named
// after its page, and where a page has several calls also after the end of the
// path: 90202-convert_to_openid.json.
func TestDocumentedAnswers(t *testing.T) {
	files, err := filepath.Glob("../*/testdata/doc/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no answers found: %v", err)
	}
	for _, file := range files {
		ep, err := endpointOf(strings.TrimSuffix(filepath.Base(file), ".json"))
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		documented, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := comesBack(ep, documented); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func endpointOf(name string) (wire.Endpoint, error) {
	page, end, _ := strings.Cut(name, "-")
	doc, err := strconv.Atoi(page)
	if err != nil {
		return wire.Endpoint{}, fmt.Errorf("the name does not begin with the number of a page")
	}
	var found []wire.Endpoint
	for _, ep := range platform.Endpoints() {
		if ep.Doc == doc && (end == "" || strings.HasSuffix(ep.Path, "/"+end)) {
			found = append(found, ep)
		}
	}
	if len(found) != 1 {
		return wire.Endpoint{}, fmt.Errorf("%d endpoints are of page %d", len(found), doc)
	}
	return found[0], nil
}

// otherTexts are the calls whose errmsg on success is not the page's.
var otherTexts = map[string]string{
	"/cgi-bin/media/upload": "ok", // decision 60
}

func comesBack(ep wire.Endpoint, documented []byte) error {
	var want, got map[string]any
	if err := json.Unmarshal(documented, &want); err != nil {
		return err
	}
	resp := reflect.New(described(ep.Handle.Response))
	if err := json.Unmarshal(documented, resp.Interface()); err != nil {
		return err
	}
	written := wire.Encode(resp.Elem().Interface())
	if err := json.Unmarshal(written, &got); err != nil {
		return fmt.Errorf("%v in %s", err, written)
	}
	msg := ep.OK
	if msg == "" {
		msg = "ok"
	}
	if m, ok := resp.Elem().Interface().(interface{ ErrMsg() string }); ok {
		msg = m.ErrMsg()
	}
	if want["errmsg"] != msg && otherTexts[ep.Path] != msg {
		return fmt.Errorf("errmsg is %q, ours %q", want["errmsg"], msg)
	}
	delete(want, "errcode")
	delete(want, "errmsg")
	if lost := lostMembers("", want, got); len(lost) > 0 {
		return fmt.Errorf("%s: %s", strings.Join(lost, ", "), written)
	}
	return nil
}

// described returns the type with structs in place of the types that a table writes,
// as they describe themselves.
func described(t reflect.Type) reflect.Type {
	switch {
	case t.Implements(reflect.TypeFor[wire.Tabled]()):
		var fields []reflect.StructField
		for i, m := range reflect.Zero(t).Interface().(wire.Tabled).Members() {
			fields = append(fields, reflect.StructField{Name: fmt.Sprintf("F%d", i), Type: described(m.Type), Tag: reflect.StructTag(`json:"` + m.Name + `"`)})
		}
		return reflect.StructOf(fields)
	case t.Kind() == reflect.Slice:
		return reflect.SliceOf(described(t.Elem()))
	case t.Kind() == reflect.Struct && t.NumField() == 1 && described(t.Field(0).Type) != t.Field(0).Type:
		f := t.Field(0)
		return reflect.StructOf([]reflect.StructField{{Name: f.Name, Type: described(f.Type), Tag: f.Tag}})
	}
	return t
}

// lostMembers returns the fields of want that got lacks or has with another value. Additional fields of got
// do not matter: some of our answers have fields that left the pages, for clients that still read them.
func lostMembers(path string, want, got any) []string {
	switch want := want.(type) {
	case map[string]any:
		there, ok := got.(map[string]any)
		if !ok {
			return []string{path}
		}
		var lost []string
		for name, v := range want {
			lost = append(lost, lostMembers(path+"."+name, v, there[name])...)
		}
		return lost
	case []any:
		there, ok := got.([]any)
		if !ok || len(there) != len(want) {
			return []string{path}
		}
		var lost []string
		for i, v := range want {
			lost = append(lost, lostMembers(fmt.Sprintf("%s[%d]", path, i), v, there[i])...)
		}
		return lost
	}
	if !reflect.DeepEqual(want, got) {
		return []string{path}
	}
	return nil
}
