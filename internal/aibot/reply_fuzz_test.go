package aibot

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/json"
	"testing"

	"qiwei/internal/wire"
)

// Whatever a program sends is checked without a panic, and what is accepted can be shown.
func FuzzReply(f *testing.F) {
	for _, body := range []string{
		`{"msgtype":"stream","stream":{"id":"s","finish":true,"content":"a","msg_item":[{"msgtype":"image","image":{"base64":"iVBORw0KGgo=","md5":"x"}}],"feedback":{"id":"f"}}}`,
		`{"msgtype":"template_card","template_card":{"card_type":"vote_interaction","checkbox":{"option_list":[{}]},"jump_list":[null]}}`,
		`{"response_type":"update_template_card","userids":["a",1],"template_card":null}`,
		`{"msgtype":"markdown","markdown":{"content":"\ud800"}}`, `{"chat_type":"1","chatid":7}`, `[]`, `{`, ``,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var in reply
		wire.Decode(body, &in)
		for d := passive; d <= unasked; d++ {
			for _, kind := range []string{said, entered, pressed, feedback} {
				if err := in.of(d.takes(kind)); err == nil && in.MsgType == "" {
					t.Error("no type was taken")
				}
			}
		}
		for _, text := range []*textReply{in.Text, in.Markdown} {
			shown, _, err := text.check("text")
			if err == nil && !json.Valid([]byte(shown)) {
				t.Errorf("%q is no JSON", shown)
			}
		}
		if in.Stream != nil {
			if pics, err := pictures(in.Stream.Items); err == nil && len(pics) != len(in.Stream.Items) {
				t.Errorf("%d pictures of %d", len(pics), len(in.Stream.Items))
			}
		}
		if in.Card != nil && !json.Valid(wire.Encode(in.Card.Card)) {
			t.Errorf("the card %+v is no JSON", in.Card.Card)
		}
	})
}

// What is encrypted for a robot decrypts to what it was, whatever its length.
func FuzzEncrypt(f *testing.F) {
	for _, n := range []int{0, 1, 31, 32, 33, 32 << 10, 32<<10 + 1} {
		f.Add(bytes.Repeat([]byte{7}, n))
	}
	key := bytes.Repeat([]byte("k"), 32)
	f.Fuzz(func(t *testing.T, content []byte) {
		var out bytes.Buffer
		if err := encrypt(t.Context(), &out, bytes.NewReader(content), key); err != nil {
			t.Fatal(err)
		}
		sealed := out.Bytes()
		if len(sealed) != (len(content)/padTo+1)*padTo {
			t.Fatalf("%d bytes of %d", len(sealed), len(content))
		}
		block, err := aes.NewCipher(key)
		if err != nil {
			t.Fatal(err)
		}
		cipher.NewCBCDecrypter(block, key[:16]).CryptBlocks(sealed, sealed)
		if pad := int(sealed[len(sealed)-1]); !bytes.Equal(sealed[:len(sealed)-pad], content) {
			t.Error("it is not what it was")
		}
	})
}
