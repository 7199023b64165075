// Package frame has the frames that directly connected devices and the platform send each other (doc 91366):
// JSON in text frames, files in binary ones.
package frame

import (
	"encoding/binary"
	"encoding/json"
	"errors"
)

// Message is a text frame. What the platform pushes has a Cmd and no ErrCode, an answer the other way round.
type Message struct {
	Cmd     string          `json:"cmd,omitempty"`
	Headers Headers         `json:"headers"`
	Body    json.RawMessage `json:"body,omitempty"`
	ErrCode *int            `json:"errcode,omitempty"`
	ErrMsg  *string         `json:"errmsg,omitempty"`
	// Suggestion says what to do after an error, "retry" or "reconnect", and Interval after how many seconds;
	// -1 is never (doc 90457).
	Suggestion string `json:"suggestion,omitempty"`
	Interval   *int   `json:"interval,omitempty"`
}

// Headers tell which answer belongs to which request.
type Headers struct {
	ReqID string `json:"req_id"`
}

// Upload is a binary frame by which a device sends a file (doc 94029), with arguments in JSON in its second
// version (doc 94014).
type Upload struct {
	Cmd, ReqID string
	Data, Args []byte
}

// ErrFrame is returned for bytes that are no frame.
var ErrFrame = errors.New("not a frame: a version and fields with their lengths expected")

// The versions of binary frames.
const (
	plain    = 1
	withArgs = 2
)

// Append writes the frame.
func (u Upload) Append(out []byte) []byte {
	version := uint32(plain)
	if u.Args != nil {
		version = withArgs
	}
	out = binary.LittleEndian.AppendUint32(out, version)
	for _, field := range [][]byte{[]byte(u.Cmd), []byte(u.ReqID), u.Data} {
		out = appendField(out, field)
	}
	if version == withArgs {
		out = appendField(out, u.Args)
	}
	return out
}

// ParseUpload reads a frame. Its parts share the bytes that they are read from.
func ParseUpload(raw []byte) (u Upload, err error) {
	version, rest, ok := number(raw)
	if !ok || version != plain && version != withArgs {
		return u, ErrFrame
	}
	var cmd, reqID []byte
	into := []*[]byte{&cmd, &reqID, &u.Data}
	if version == withArgs {
		into = append(into, &u.Args)
	}
	for _, f := range into {
		if *f, rest, ok = field(rest); !ok {
			return Upload{}, ErrFrame
		}
	}
	if len(rest) > 0 {
		return Upload{}, ErrFrame
	}
	u.Cmd, u.ReqID = string(cmd), string(reqID)
	return u, nil
}

// File is a binary frame by which the platform answers with a file (doc 94011).
type File struct {
	ReqID string
	Data  []byte
}

// Append writes the frame.
func (f File) Append(out []byte) []byte {
	out = binary.LittleEndian.AppendUint32(out, plain)
	return appendField(appendField(out, []byte(f.ReqID)), f.Data)
}

// ParseFile reads a frame.
func ParseFile(raw []byte) (f File, err error) {
	version, rest, ok := number(raw)
	if !ok || version != plain {
		return f, ErrFrame
	}
	reqID, rest, ok1 := field(rest)
	data, rest, ok2 := field(rest)
	if !ok1 || !ok2 || len(rest) > 0 {
		return f, ErrFrame
	}
	return File{string(reqID), data}, nil
}

func appendField(out, field []byte) []byte {
	return append(binary.LittleEndian.AppendUint32(out, uint32(len(field))), field...)
}

func number(raw []byte) (n uint32, rest []byte, ok bool) {
	if len(raw) < 4 {
		return 0, nil, false
	}
	return binary.LittleEndian.Uint32(raw), raw[4:], true
}

func field(raw []byte) (value, rest []byte, ok bool) {
	n, rest, ok := number(raw)
	if !ok || uint64(n) > uint64(len(rest)) {
		return nil, nil, false
	}
	return rest[:n], rest[n:], true
}
