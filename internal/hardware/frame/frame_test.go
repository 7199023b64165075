package frame_test

import (
	"bytes"
	"testing"

	"qiwei/internal/hardware/frame"
)

// The lengths are little-endian, and the fields follow each other (doc 94029).
func TestFrames(t *testing.T) {
	t.Parallel()
	want := []byte("\x01\x00\x00\x00\x0a\x00\x00\x00upload_log\x02\x00\x00\x00q1\x03\x00\x00\x00abc")
	if got := (frame.Upload{Cmd: "upload_log", ReqID: "q1", Data: []byte("abc")}).Append(nil); !bytes.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	for _, u := range []frame.Upload{{Cmd: "upload_log", ReqID: "q1", Data: []byte("abc")}, {Cmd: "printer/upload_scan_file", Data: []byte{0}, Args: []byte("{}")}} {
		got, err := frame.ParseUpload(u.Append(nil))
		if err != nil || got.Cmd != u.Cmd || got.ReqID != u.ReqID || !bytes.Equal(got.Data, u.Data) || !bytes.Equal(got.Args, u.Args) {
			t.Errorf("%+v is read as %+v, %v", u, got, err)
		}
	}
	f, err := frame.ParseFile(frame.File{ReqID: "q", Data: []byte("data")}.Append(nil))
	if err != nil || f.ReqID != "q" || string(f.Data) != "data" {
		t.Errorf("%+v %v", f, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"))
	f.Add([]byte("\x02\x00\x00\x00\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		u, err := frame.ParseUpload(raw)
		if err == nil && u.Args != nil && !bytes.Equal(u.Append(nil), raw) {
			t.Errorf("%q is read as %+v", raw, u)
		}
		if file, err := frame.ParseFile(raw); err == nil && !bytes.Equal(file.Append(nil), raw) {
			t.Errorf("%q is read as %+v", raw, file)
		}
	})
}
