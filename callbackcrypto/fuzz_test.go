package callbackcrypto_test

import (
	"bytes"
	"crypto/aes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"qiwei/callbackcrypto"
)

// FuzzDecrypt gives any text to Decrypt: it opens, or has one of its own codes.
func FuzzDecrypt(f *testing.F) {
	for _, v := range vectors {
		f.Add(v.encrypt)
	}
	f.Add("")
	f.Add("####")
	f.Add("LmP0YEVddX1RWpIWmwBTB4A96S4ih3GAjNYTE6ptRJI=")
	c := newCrypt(f, token, aesKey, "")
	f.Fuzz(func(t *testing.T, encrypted string) {
		msg, id, err := c.Decrypt(encrypted)
		checkOpened(t, msg, id, err, callbackcrypto.ErrBase64Decode, callbackcrypto.ErrDecrypt, callbackcrypto.ErrBuffer)
	})
}

// FuzzBuffer gives any decrypted buffer to Decrypt, which FuzzDecrypt can only
// reach by luck.
func FuzzBuffer(f *testing.F) {
	const head = "0123456789abcdef\x00\x00\x00"
	f.Add([]byte(head + "\x02hi" + corpID + strings.Repeat("\x08", 8)))
	f.Add([]byte(head + "\x0aabcdefghij" + corpID))
	f.Add([]byte(head + "\x00" + strings.Repeat("\x0c", 12)))
	f.Add([]byte("0123456789abcdef\xff\xff\xff\xffabcdefghijkl"))
	f.Add([]byte(head + "\x02hi" + corpID + strings.Repeat("\x00", 8)))
	f.Add(bytes.Repeat([]byte{32}, 32))
	c := newCrypt(f, token, aesKey, "")
	f.Fuzz(func(t *testing.T, buf []byte) {
		buf = append(buf, make([]byte, (aes.BlockSize-len(buf)%aes.BlockSize)%aes.BlockSize)...)
		msg, id, err := c.Decrypt(encryptBuffer(t, buf))
		checkOpened(t, msg, id, err, callbackcrypto.ErrDecrypt, callbackcrypto.ErrBuffer)
		if err == nil && !bytes.HasPrefix(buf[20:], append(msg, id...)) {
			t.Errorf("%q and %q are not what the buffer %q holds", msg, id, buf)
		}
	})
}

// checkOpened checks that err is one of allowed, and that what opened without
// one can be sealed and opened again.
func checkOpened(t *testing.T, msg []byte, id string, err error, allowed ...*callbackcrypto.Error) {
	t.Helper()
	if err != nil {
		for _, a := range allowed {
			if errors.Is(err, a) && msg == nil && id == "" {
				return
			}
		}
		t.Fatalf("%q, %q, %v", msg, id, err)
	}
	c := newCrypt(t, token, aesKey, id)
	again, err := c.Encrypt(msg)
	if err != nil {
		t.Fatal(err)
	}
	if got, gotID, err := c.Decrypt(again); err != nil || !bytes.Equal(got, msg) || gotID != id {
		t.Fatalf("%q for %q came back as %q for %q, %v", msg, id, got, gotID, err)
	}
}

// FuzzRoundTrip seals any push and opens it. The push comes out the same, or its sender refuses it.
func FuzzRoundTrip(f *testing.F) {
	f.Add([]byte("hello"), corpID, corpID, "1000002", int64(1700000000), "77", false)
	f.Add([]byte{}, "", "", "", int64(0), "", true)
	f.Add([]byte{0, 1, 32}, "]]>", "x", "<a>&", int64(-1), "\"", false)
	c := newCrypt(f, token, aesKey, "")
	f.Fuzz(func(t *testing.T, msg []byte, toUserName, receiveID, agentID string, at int64, nonce string, inJSON bool) {
		p := callbackcrypto.Push{ToUserName: toUserName, AgentID: agentID, ReceiveID: receiveID, Timestamp: at, Nonce: nonce, Body: msg}
		if inJSON {
			p.Format = callbackcrypto.JSON
		}
		q, body, err := c.SealPush(p)
		if err != nil {
			if !errors.Is(err, callbackcrypto.ErrBuild) {
				t.Fatal(err)
			}
			return
		}
		got, err := c.OpenPush(q, body)
		if errors.Is(err, callbackcrypto.ErrParse) && len(body) > callbackcrypto.MaxBody {
			return
		}
		if err != nil || !bytes.Equal(got.Body, msg) || got.ReceiveID != receiveID {
			t.Fatalf("%+v came back as %+v, %v", p, got, err)
		}
		answer, err := c.SealReply(got.Reply(msg))
		if err != nil {
			if !errors.Is(err, callbackcrypto.ErrBuild) {
				t.Fatal(err)
			}
			return
		}
		if strings.TrimSpace(got.Nonce) != got.Nonce || !utf8.ValidString(got.Nonce) || len(answer) > callbackcrypto.MaxBody {
			return // XML trims and JSON repairs such a nonce, and then the signature does not match
		}
		r, err := c.OpenReply(answer)
		if err != nil || !bytes.Equal(r.Body, msg) || r.ReceiveID != receiveID || r.Nonce != got.Nonce {
			t.Fatalf("the reply came back as %+v, %v", r, err)
		}
	})
}

// FuzzEnvelope reads any body; what is read can be written and read again.
func FuzzEnvelope(f *testing.F) {
	for _, s := range []string{
		officialBody, v4Body, v5Body,
		`<?xml version="1.0"?><xml><a><b/></a><Encrypt>Zm9v</Encrypt><AgentID/></xml>`,
		`<!DOCTYPE xml [<!ENTITY e "Zm9v">]><xml><Encrypt>&e;</Encrypt></xml>`,
		`{"ToUserName":"a","Encrypt":"Zm9v","AgentID":1000002,"x":[{}]}`,
		`{"encrypt":"Zm9v","encrypt":"YmFy"}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := callbackcrypto.ParseEnvelope(body)
		if err != nil {
			if !errors.Is(err, callbackcrypto.ErrParse) {
				t.Fatal(err)
			}
			return
		}
		again, err := e.Marshal()
		if err != nil {
			if !errors.Is(err, callbackcrypto.ErrBuild) {
				t.Fatal(err)
			}
			return
		}
		if len(again) > callbackcrypto.MaxBody {
			return
		}
		if got, err := callbackcrypto.ParseEnvelope(again); err != nil || got != e {
			t.Fatalf("%+v came back as %+v, %v", e, got, err)
		}
	})
}

// FuzzReplyEnvelope does the same with a receiver's answer.
func FuzzReplyEnvelope(f *testing.F) {
	for _, s := range []string{
		v3Body, v10Body,
		`<xml><Encrypt>a</Encrypt><MsgSignature>b</MsgSignature><Timestamp>01</Timestamp><Nonce>d</Nonce></xml>`,
		`{"encrypt":"a","msgsignature":"b","timestamp":"1700000010","nonce":4}`,
		"success", "",
	} {
		f.Add([]byte(s))
	}
	c := newCrypt(f, token, aesKey, "")
	f.Fuzz(func(t *testing.T, body []byte) {
		if _, err := c.OpenReply(body); err != nil && !errors.Is(err, callbackcrypto.ErrNoReply) && !errors.Is(err, callbackcrypto.ErrSignature) {
			t.Fatal(err)
		}
		e, err := callbackcrypto.ParseReplyEnvelope(body)
		if err != nil {
			if !errors.Is(err, callbackcrypto.ErrParse) {
				t.Fatal(err)
			}
			return
		}
		again, err := e.Marshal()
		if err != nil {
			if !errors.Is(err, callbackcrypto.ErrBuild) {
				t.Fatal(err)
			}
			return
		}
		if len(again) > callbackcrypto.MaxBody {
			return
		}
		if got, err := callbackcrypto.ParseReplyEnvelope(again); err != nil || got != e {
			t.Fatalf("%+v came back as %+v, %v", e, got, err)
		}
	})
}

// FuzzParseKey gives any text to ParseKey: a key is the base64 of its text, except for the last two bits, and
// a refusal does not repeat the text.
func FuzzParseKey(f *testing.F) {
	for _, s := range []string{aesKey, officialKey, aesKey[:42] + "/", aesKey[:42] + "=", aesKey[:42] + "\n", aesKey + "=", "", strings.Repeat("+", 43)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		key, err := callbackcrypto.ParseKey(s)
		if err != nil {
			if !errors.Is(err, callbackcrypto.ErrAESKey) || len(s) > 12 && strings.Contains(err.Error(), s) {
				t.Fatal(err)
			}
			return
		}
		if got := base64.RawStdEncoding.EncodeToString(key.Bytes()); len(s) != 43 || got[:42] != s[:42] {
			t.Fatalf("%q was read as %q", s, got)
		}
	})
}
