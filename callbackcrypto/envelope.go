package callbackcrypto

import (
	"bytes"
	"strconv"
)

// MaxBody is the largest body, in bytes, that is taken for an envelope. The
// platform's stay far below it.
const MaxBody = 1 << 20

// Format is the notation of an envelope. A reply has its push's.
type Format int

// The notations. XML is the default of all apps; robots and hardware speak JSON,
// and so does a callback URL with callback_format=json (doc 97478).
const (
	XML Format = iota
	JSON
)

func (f Format) String() string {
	if f == JSON {
		return "JSON"
	}
	return "XML"
}

// ContentType returns the media type of a body in this notation. The platform's
// own is not documented.
func (f Format) ContentType() string {
	if f == JSON {
		return "application/json; charset=utf-8"
	}
	return "text/xml; charset=utf-8"
}

// Envelope is the body of a push before it is decrypted (doc 90968 and, in JSON, 101033). A receiver of many
// apps may choose the right Crypt by its names. Nothing vouches for them until the push is opened.
type Envelope struct {
	Format     Format
	ToUserName string // corpid; suiteid on a command callback URL; empty for robots
	AgentID    string // empty where no app is concerned
	Encrypt    string // base64
}

// ParseEnvelope reads the body of a push in either notation. Unknown elements
// and keys are skipped and letter case does not matter. The error is ErrParse: a
// body that is neither, or over MaxBody, or with a DTD, or without Encrypt, or
// with two of them.
func ParseEnvelope(body []byte) (Envelope, error) {
	var e Envelope
	format, err := readFields(body, map[string]*string{
		"tousername": &e.ToUserName,
		"agentid":    &e.AgentID,
		"encrypt":    &e.Encrypt,
	})
	if err != nil {
		return Envelope{}, err
	}
	if e.Encrypt == "" {
		return Envelope{}, ErrParse.with("Encrypt is missing")
	}
	e.Format = format
	return e, nil
}

// Marshal writes the envelope as the platform does. In JSON the empty names are
// left out, as robots' envelopes have none. The error is ErrBuild: Encrypt is
// empty, or a name cannot stand in XML.
func (e Envelope) Marshal() ([]byte, error) {
	if e.Encrypt == "" {
		return nil, ErrBuild.with("Encrypt is empty")
	}
	if e.Format == JSON {
		return writeJSON(struct {
			ToUserName string `json:"tousername,omitempty"`
			Encrypt    string `json:"encrypt"`
			AgentID    string `json:"agentid,omitempty"`
		}{e.ToUserName, e.Encrypt, e.AgentID})
	}
	var w xmlWriter
	w.cdata("ToUserName", e.ToUserName)
	w.cdata("Encrypt", e.Encrypt)
	w.cdata("AgentID", e.AgentID)
	return w.close()
}

// ReplyEnvelope is a receiver's answer before it is decrypted (doc 90968, 90241).
type ReplyEnvelope struct {
	Format    Format
	Encrypt   string // base64
	Signature string
	Timestamp string // unix seconds
	Nonce     string
}

// ParseReplyEnvelope reads a receiver's answer in either notation, with the
// tolerance of ParseEnvelope; a timestamp may be a number or a string. The error
// is ErrParse, also when one of the four is missing.
func ParseReplyEnvelope(body []byte) (ReplyEnvelope, error) {
	e, err := readReplyEnvelope(body)
	if err != nil {
		return ReplyEnvelope{}, err
	}
	if name := e.missing(); name != "" {
		return ReplyEnvelope{}, ErrParse.with("%s is missing", name)
	}
	return e, nil
}

// readReplyEnvelope reads the fields that an answer has.
func readReplyEnvelope(body []byte) (ReplyEnvelope, error) {
	var e ReplyEnvelope
	format, err := readFields(body, map[string]*string{
		"encrypt":      &e.Encrypt,
		"msgsignature": &e.Signature,
		"timestamp":    &e.Timestamp,
		"nonce":        &e.Nonce,
	})
	e.Format = format
	return e, err
}

// Marshal writes the answer as receivers do. The error is ErrBuild: one of the
// four is empty, the timestamp is no integer, or the nonce cannot stand in XML.
func (e ReplyEnvelope) Marshal() ([]byte, error) {
	if name := e.missing(); name != "" {
		return nil, ErrBuild.with("%s is empty", name)
	}
	timestamp, err := strconv.ParseInt(e.Timestamp, 10, 64)
	if err != nil || strconv.FormatInt(timestamp, 10) != e.Timestamp {
		return nil, ErrBuild.with("TimeStamp is not an integer")
	}
	if e.Format == JSON {
		return writeJSON(struct {
			Encrypt   string `json:"encrypt"`
			Signature string `json:"msgsignature"`
			Timestamp int64  `json:"timestamp"`
			Nonce     string `json:"nonce"`
		}{e.Encrypt, e.Signature, timestamp, e.Nonce})
	}
	var w xmlWriter
	w.cdata("Encrypt", e.Encrypt)
	w.cdata("MsgSignature", e.Signature)
	w.bare("TimeStamp", e.Timestamp)
	w.cdata("Nonce", e.Nonce)
	return w.close()
}

// bare reports whether the answer is {"encrypt":"…"} and nothing else, as programs
// of intelligent robots send it.
func (e ReplyEnvelope) bare() bool {
	return e.Format == JSON && e == ReplyEnvelope{Format: JSON, Encrypt: e.Encrypt} && e.Encrypt != ""
}

func (e ReplyEnvelope) missing() string {
	switch "" {
	case e.Encrypt:
		return "Encrypt"
	case e.Signature:
		return "MsgSignature"
	case e.Timestamp:
		return "TimeStamp"
	case e.Nonce:
		return "Nonce"
	}
	return ""
}

// readFields fills fields, whose keys are lowercase, from a body in either
// notation and says which it was.
func readFields(body []byte, fields map[string]*string) (Format, error) {
	if len(body) > MaxBody {
		return 0, ErrParse.with("a body of %d bytes, %d at most", len(body), MaxBody)
	}
	body = bytes.TrimPrefix(body, []byte("\ufeff"))
	switch start := bytes.TrimSpace(body); {
	case len(start) == 0:
		return 0, ErrParse.with("the body is empty")
	case start[0] == '<':
		return XML, readXML(body, fields)
	case start[0] == '{':
		return JSON, readJSON(body, fields)
	}
	return 0, ErrParse.with("the body is neither XML nor a JSON object")
}
