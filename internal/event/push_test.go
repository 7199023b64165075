package event_test

import (
	"encoding/xml"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"qiwei/internal/event"
	"qiwei/internal/id"
)

// TestXML compares with the message in the official description's vectors (doc 90968), and with what the
// pages print.
func TestXML(t *testing.T) {
	p := event.Push{Event: "change_contact"}
	p.Fields.Bare("ChangeType", "create_user")
	p.Fields.Text("UserID", "zhangsan")
	p.Fields.Text("Name", "张三")
	p.Fields.Text("Department", "1,2")
	const want = `<xml><ToUserName><![CDATA[ww1234567890abcdef]]></ToUserName><FromUserName><![CDATA[sys]]></FromUserName><CreateTime>1700000001</CreateTime>` +
		`<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[change_contact]]></Event><ChangeType>create_user</ChangeType>` +
		`<UserID><![CDATA[zhangsan]]></UserID><Name><![CDATA[张三]]></Name><Department><![CDATA[1,2]]></Department></xml>`
	if got := p.XML(event.InCorp, event.Head{To: "ww1234567890abcdef", At: time.Unix(1700000001, 0)}); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	m := event.Push{MsgType: "text", From: "zhangsan"}
	m.Fields.Text("Content", "hello")
	m.Fields.Int("MsgId", 7300000000000000001)
	m.Fields.Int("AgentID", 1000002)
	const message = `<xml><ToUserName><![CDATA[ww1234567890abcdef]]></ToUserName><FromUserName><![CDATA[zhangsan]]></FromUserName><CreateTime>1700000008</CreateTime>` +
		`<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[hello]]></Content><MsgId>7300000000000000001</MsgId><AgentID>1000002</AgentID></xml>`
	if got := m.XML(event.InCorp, event.Head{To: "ww1234567890abcdef", At: time.Unix(1700000008, 0)}); got != message {
		t.Errorf("%s\nwant %s", got, message)
	}
}

// FuzzXML: whatever a member writes as a name, a receiver can parse the push and reads the name, without what
// XML cannot carry.
func FuzzXML(f *testing.F) {
	for _, s := range []string{"", "张三", "]]>", "]]", "<b>&amp;</b>", "a\x00b", "\xff\xfe", "\ufffe", "\ufffd", "\r\n", "<![CDATA[x]]>", "]]]]><![CDATA[>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p := event.Push{Event: "e"}
		var inner event.Fields
		inner.Text("Text", s)
		inner.Bare("Bare", s)
		p.Fields.Group("Group", inner)
		text := p.XML(event.InCorp, event.Head{To: s})
		var got struct {
			To   string `xml:"ToUserName"`
			Text string `xml:"Group>Text"`
			Bare string `xml:"Group>Bare"`
		}
		if err := xml.Unmarshal([]byte(text), &got); err != nil {
			t.Fatalf("%v in %q", err, text)
		}
		if got.To != got.Text || got.Text != got.Bare {
			t.Errorf("%q became %q, %q and %q", s, got.To, got.Text, got.Bare)
		}
		// Go's decoder turns \r\n and \r into \n, as XML demands.
		if printable(s) && got.Text != s {
			t.Errorf("%q became %q", s, got.Text)
		}
	})
}

func printable(s string) bool {
	for _, r := range s {
		if r < 0x20 || r == 0xFFFE || r == 0xFFFF || r == utf8.RuneError {
			return false
		}
	}
	return utf8.ValidString(s)
}

// TestSuiteEnvelope: a suite is told by InfoType, and by its own id (doc 90628).
func TestSuiteEnvelope(t *testing.T) {
	p := event.Push{Event: "suite_ticket", From: "nobody"}
	p.Fields.Text("SuiteTicket", "ticket")
	const want = `<xml><SuiteId><![CDATA[ww4asffe99e54c0fxxxx]]></SuiteId><InfoType><![CDATA[suite_ticket]]></InfoType><TimeStamp>1403610513</TimeStamp><SuiteTicket><![CDATA[ticket]]></SuiteTicket></xml>`
	if got := p.XML(event.OfSuite, event.Head{Suite: "ww4asffe99e54c0fxxxx", At: time.Unix(1403610513, 0)}); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// TestShown: members are named as the receiver knows them, wherever they occur, and the original push, which
// others still get, stays as it is.
func TestShown(t *testing.T) {
	p := event.Push{Event: "change_contact", From: "li"}
	p.Fields.User("UserID", "li")
	p.Fields.Text("Name", "li")
	p.Fields.Users("AddUserItems", []id.UserID{"li", "stranger"})
	var inner event.Fields
	inner.User("Owner", "wang")
	p.Fields.Group("Group", inner)
	const plain = `<UserID><![CDATA[li]]></UserID><Name><![CDATA[li]]></Name><AddUserItems><![CDATA[li,stranger]]></AddUserItems><Group><Owner><![CDATA[wang]]></Owner></Group>`
	const shown = `<UserID><![CDATA[wo-li]]></UserID><Name><![CDATA[li]]></Name><AddUserItems><![CDATA[wo-li,stranger]]></AddUserItems><Group><Owner><![CDATA[wo-wang]]></Owner></Group>`
	got, err := p.Shown(func(own []string) (map[string]string, error) {
		return map[string]string{"li": "wo-li", "wang": "wo-wang"}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if text := got.XML(event.InCorp, event.Head{}); !strings.Contains(text, shown) || !strings.Contains(text, `<FromUserName><![CDATA[wo-li]]></FromUserName>`) {
		t.Errorf("shown as %s", text)
	}
	if text := p.XML(event.InCorp, event.Head{}); !strings.Contains(text, plain) {
		t.Errorf("it became %s", text)
	}
}
