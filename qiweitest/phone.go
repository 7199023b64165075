package qiweitest

import (
	"bytes"
	"errors"
	"fmt"
	"mime/multipart"
	"strings"
)

// Phone is a member's page, which asks for JSON below /phone/api/.
type Phone struct{ *Browser }

// Phone returns the page of a member who is signed in.
func (c *Corp) Phone(user string) Phone {
	return Phone{c.SignedIn(user)}
}

// Ask reads JSON, which must be there.
func (p Phone) Ask(path string) JSON {
	p.T.Helper()
	got, out := p.Get("/phone/api/"+path), JSON{}
	if got.Status != 200 {
		p.T.Fatalf("%s: %d %s", path, got.Status, got.Body)
	}
	got.Decode(p.T, &out)
	return out
}

// Lacks fails where something is there.
func (p Phone) Lacks(paths ...string) {
	p.T.Helper()
	for _, path := range paths {
		if got := p.Get("/phone/api/" + path); got.Status != 404 {
			p.T.Errorf("%s: %d %s", path, got.Status, got.Body)
		}
	}
}

// Does sends JSON, which must be answered with the status.
func (p Phone) Does(path string, status int, body JSON) JSON {
	p.T.Helper()
	got, out := p.PostJSON("/phone/api/"+path, body)
	if got != status {
		p.T.Errorf("%s %v: %d %v", path, body, got, out)
	}
	return out
}

// Uploads hands in a file as the page does, of one of the types of media/upload, and returns its media_id.
func (p Phone) Uploads(kind, name string, content []byte) string {
	p.T.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("media", name)
	if err == nil {
		_, err = part.Write(content)
	}
	if err := errors.Join(err, form.Close()); err != nil {
		p.T.Fatal(err)
	}
	got, out := p.send("POST", "/phone/api/files?type="+kind, &body, []string{"Content-Type", form.FormDataContentType(), "Origin", p.Base}), JSON{}
	if got.Decode(p.T, &out); out.Text("media_id") == "" {
		p.T.Fatalf("%s: %d %s", name, got.Status, got.Body)
	}
	return out.Text("media_id")
}

// Lines returns what the objects of a list have at the paths, a line each.
func Lines(list []any, paths ...string) (out []string) {
	for _, one := range list {
		j := JSON(one.(map[string]any))
		var words []string
		for _, path := range paths {
			if v := j.At(path); v != nil {
				words = append(words, fmt.Sprint(v))
			}
		}
		out = append(out, strings.Join(words, " "))
	}
	return out
}

// First is the first object of a list, or the one at an index from the end if it is negative.
func First(list []any, at int) JSON {
	if at < 0 {
		at += len(list)
	}
	return list[at].(map[string]any)
}
