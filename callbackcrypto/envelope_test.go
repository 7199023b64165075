package callbackcrypto_test

import (
	"errors"
	"strings"
	"testing"

	"qiwei/callbackcrypto"
)

func TestParseEnvelope(t *testing.T) {
	want := callbackcrypto.Envelope{ToUserName: corpID, AgentID: "1000002", Encrypt: "Zm9v"}
	inJSON := want
	inJSON.Format = callbackcrypto.JSON
	only := callbackcrypto.Envelope{Encrypt: "Zm9v"}
	for _, tt := range []struct {
		name, body string
		want       callbackcrypto.Envelope
	}{
		{"as sent", `<xml><ToUserName><![CDATA[ww1234567890abcdef]]></ToUserName><Encrypt><![CDATA[Zm9v]]></Encrypt><AgentID><![CDATA[1000002]]></AgentID></xml>`, want},
		{"in the order of the documentation", `<xml><ToUserName><![CDATA[ww1234567890abcdef]]></ToUserName><AgentID><![CDATA[1000002]]></AgentID><Encrypt><![CDATA[Zm9v]]></Encrypt></xml>`, want},
		{"without CDATA", `<xml><ToUserName>ww1234567890abcdef</ToUserName><Encrypt>Zm9v</Encrypt><AgentID>1000002</AgentID></xml>`, want},
		{"spread over lines, declared", "\ufeff<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<xml>\n <ToUserName>\n ww1234567890abcdef\n</ToUserName>\r\n<Encrypt>\n<![CDATA[Zm9v]]>\n</Encrypt><AgentID>1000002</AgentID>\n</xml>\n", want},
		{"unknown elements, twice and nested", `<xml><New/><New a="b"><Encrypt>no</Encrypt></New><ToUserName>ww1234567890abcdef</ToUserName><!-- . --><Encrypt>Zm<!-- . -->9v</Encrypt><AgentID>1000002</AgentID></xml>`, want},
		{"predefined entities", `<xml><ToUserName>&#119;w1234567890abcdef</ToUserName><Encrypt>Zm9v</Encrypt><AgentID>1000002</AgentID></xml>`, want},
		{"Encrypt alone", `<xml><Encrypt>Zm9v</Encrypt></xml>`, only},
		{"JSON as sent", `{"tousername":"ww1234567890abcdef","encrypt":"Zm9v","agentid":"1000002"}`, inJSON},
		{"JSON with capitals, a number and more", " {\"ToUserName\":\"ww1234567890abcdef\",\"Encrypt\":\"Zm9v\",\"AgentID\":1000002,\"x\":{\"encrypt\":[]}}\n", inJSON},
		{"JSON with null", `{"encrypt":"Zm9v","agentid":null}`, callbackcrypto.Envelope{Format: callbackcrypto.JSON, Encrypt: "Zm9v"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := callbackcrypto.ParseEnvelope([]byte(tt.body))
			if err != nil || got != tt.want {
				t.Errorf("%+v, %v; want %+v", got, err, tt.want)
			}
		})
	}
}

func TestEnvelopesRefused(t *testing.T) {
	for _, tt := range []struct{ name, body string }{
		{"nothing", ""},
		{"blank", " \n"},
		{"a word", "success"},
		{"a JSON list", `["encrypt"]`},
		{"no Encrypt", `<xml><ToUserName>a</ToUserName></xml>`},
		{"empty Encrypt", `<xml><Encrypt></Encrypt></xml>`},
		{"Encrypt deeper down", `<xml><a><Encrypt>Zm9v</Encrypt></a></xml>`},
		{"an element inside Encrypt", `<xml><Encrypt>Zm<b/>9v</Encrypt></xml>`},
		{"Encrypt twice", `<xml><Encrypt>Zm9v</Encrypt><Encrypt>YmFy</Encrypt></xml>`},
		{"Encrypt twice, the second nested in itself", `<xml><Encrypt>Zm9v<Encrypt>YmFy</Encrypt></Encrypt></xml>`},
		{"another root", `<html><Encrypt>Zm9v</Encrypt></html>`},
		{"two roots", `<xml><Encrypt>Zm9v</Encrypt></xml><xml/>`},
		{"text after the root", `<xml><Encrypt>Zm9v</Encrypt></xml>more`},
		{"cut off", `<xml><Encrypt>Zm9v</Encrypt>`},
		{"no root", `<!-- nothing -->`},
		{"wrong nesting", `<xml><Encrypt>Zm9v</xml></Encrypt>`},
		{"a document type", `<!DOCTYPE xml><xml><Encrypt>Zm9v</Encrypt></xml>`},
		{"a document type inside", `<xml><!DOCTYPE xml><Encrypt>Zm9v</Encrypt></xml>`},
		{"an entity of its own", `<!DOCTYPE xml [<!ENTITY e "Zm9v">]><xml><Encrypt>&e;</Encrypt></xml>`},
		{"a file", `<!DOCTYPE xml [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml><Encrypt>&e;</Encrypt></xml>`},
		{"a thousand laughs", `<!DOCTYPE xml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><xml><Encrypt>&b;</Encrypt></xml>`},
		{"an unknown entity", `<xml><Encrypt>&e;</Encrypt></xml>`},
		{"an encoding that we do not read", `<?xml version="1.0" encoding="GBK"?><xml><Encrypt>Zm9v</Encrypt></xml>`},
		{"no UTF-8", "<xml><Encrypt>Zm9v</Encrypt><ToUserName>\xff</ToUserName></xml>"},
		{"JSON without encrypt", `{"tousername":"a"}`},
		{"JSON encrypt twice", `{"encrypt":"Zm9v","encrypt":"YmFy"}`},
		{"JSON encrypt twice, in another case", `{"encrypt":"Zm9v","Encrypt":"YmFy"}`},
		{"JSON encrypt is an object", `{"encrypt":{}}`},
		{"JSON encrypt is a truth", `{"encrypt":true}`},
		{"JSON with a comma too many", `{"encrypt":"Zm9v",}`},
		{"JSON and more", `{"encrypt":"Zm9v"}{}`},
		{"JSON cut off", `{"encrypt":"Zm9v"`},
		{"JSON cut off after a key", `{"encrypt"`},
		{"JSON key is a number", `{1:2}`},
		{"too long", `<xml><Encrypt>Zm9v</Encrypt></xml>` + strings.Repeat(" ", callbackcrypto.MaxBody)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if e, err := callbackcrypto.ParseEnvelope([]byte(tt.body)); !errors.Is(err, callbackcrypto.ErrParse) {
				t.Errorf("%+v, %v; want %v", e, err, callbackcrypto.ErrParse)
			}
		})
	}
}

func TestParseReplyEnvelope(t *testing.T) {
	want := callbackcrypto.ReplyEnvelope{Encrypt: "Zm9v", Signature: "ab", Timestamp: "1700000010", Nonce: "30405060"}
	for _, tt := range []struct {
		name, body string
		format     callbackcrypto.Format
	}{
		{"CDATA", `<xml><Encrypt><![CDATA[Zm9v]]></Encrypt><MsgSignature><![CDATA[ab]]></MsgSignature><TimeStamp>1700000010</TimeStamp><Nonce><![CDATA[30405060]]></Nonce></xml>`, callbackcrypto.XML},
		{"another capital, CDATA elsewhere", `<xml><Encrypt>Zm9v</Encrypt><MsgSignature>ab</MsgSignature><Timestamp><![CDATA[1700000010]]></Timestamp><Nonce>30405060</Nonce></xml>`, callbackcrypto.XML},
		{"timestamp a number", `{"encrypt":"Zm9v","msgsignature":"ab","timestamp":1700000010,"nonce":"30405060"}`, callbackcrypto.JSON},
		{"timestamp a string", `{"encrypt":"Zm9v","msgsignature":"ab","timestamp":"1700000010","nonce":"30405060"}`, callbackcrypto.JSON},
		{"capitals", `{"Encrypt":"Zm9v","MsgSignature":"ab","TimeStamp":1700000010,"Nonce":30405060}`, callbackcrypto.JSON},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want.Format = tt.format
			got, err := callbackcrypto.ParseReplyEnvelope([]byte(tt.body))
			if err != nil || got != want {
				t.Errorf("%+v, %v; want %+v", got, err, want)
			}
		})
	}
	for _, left := range []string{"encrypt", "msgsignature", "timestamp", "nonce"} {
		body := strings.Replace(`{"encrypt":"Zm9v","msgsignature":"ab","timestamp":1700000010,"nonce":"30405060"}`, left, "other", 1)
		if e, err := callbackcrypto.ParseReplyEnvelope([]byte(body)); !errors.Is(err, callbackcrypto.ErrParse) {
			t.Errorf("without %s: %+v, %v", left, e, err)
		}
	}
}

func TestMarshalRefuses(t *testing.T) {
	whole := callbackcrypto.ReplyEnvelope{Encrypt: "Zm9v", Signature: "ab", Timestamp: "1700000010", Nonce: "30405060"}
	with := func(change func(*callbackcrypto.ReplyEnvelope)) callbackcrypto.ReplyEnvelope {
		e := whole
		change(&e)
		return e
	}
	for name, e := range map[string]interface{ Marshal() ([]byte, error) }{
		"no Encrypt":                   callbackcrypto.Envelope{ToUserName: corpID},
		"a control character":          callbackcrypto.Envelope{Encrypt: "Zm9v", ToUserName: "a\x01"},
		"a carriage return":            callbackcrypto.Envelope{Encrypt: "Zm9v", AgentID: "a\r"},
		"no UTF-8":                     callbackcrypto.Envelope{Encrypt: "Zm9v", ToUserName: "\xff"},
		"a reply without Encrypt":      with(func(e *callbackcrypto.ReplyEnvelope) { e.Encrypt = "" }),
		"a reply without signature":    with(func(e *callbackcrypto.ReplyEnvelope) { e.Signature = "" }),
		"a reply without nonce":        with(func(e *callbackcrypto.ReplyEnvelope) { e.Nonce = "" }),
		"a reply without timestamp":    with(func(e *callbackcrypto.ReplyEnvelope) { e.Timestamp = "" }),
		"a timestamp that is text":     with(func(e *callbackcrypto.ReplyEnvelope) { e.Timestamp = "1</TimeStamp>" }),
		"a timestamp with a zero":      with(func(e *callbackcrypto.ReplyEnvelope) { e.Timestamp = "01" }),
		"a nonce with a control chars": with(func(e *callbackcrypto.ReplyEnvelope) { e.Nonce = "\x00" }),
	} {
		if body, err := e.Marshal(); !errors.Is(err, callbackcrypto.ErrBuild) {
			t.Errorf("%s: %q, %v; want %v", name, body, err, callbackcrypto.ErrBuild)
		}
	}
}

func TestAValueCannotEndItsSection(t *testing.T) {
	want := callbackcrypto.Envelope{ToUserName: "a]]></ToUserName><Encrypt>YmFy</Encrypt>]]>", Encrypt: "Zm9v"}
	for _, format := range []callbackcrypto.Format{callbackcrypto.XML, callbackcrypto.JSON} {
		want.Format = format
		body, err := want.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := callbackcrypto.ParseEnvelope(body); err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", body, got, err, want)
		}
	}
}
