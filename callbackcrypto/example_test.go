package callbackcrypto_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"

	"qiwei/callbackcrypto"
)

// A receiver of a self-built app, and a sender that verifies its URL, pushes a
// message to it and reads the reply.
func ExampleHandler() {
	c, err := callbackcrypto.New("xyToken2025", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "ww1234567890abcdef")
	if err != nil {
		log.Fatal(err)
	}
	handler := &callbackcrypto.Handler{
		Crypt: c,
		Receive: func(ctx context.Context, p callbackcrypto.Push) ([]byte, error) {
			fmt.Printf("received for %s: %s\n", p.ReceiveID, p.Body)
			return []byte("<xml><MsgType>text</MsgType><Content>hi</Content></xml>"), nil
		},
	}
	receiver := httptest.NewServer(handler)
	defer receiver.Close()
	url := receiver.URL

	echo, err := c.SealEcho([]byte("7391046258013794622"))
	if err != nil {
		log.Fatal(err)
	}
	verified, err := http.Get(echo.AppendTo(url))
	if err != nil {
		log.Fatal(err)
	}
	answer, err := io.ReadAll(verified.Body)
	verified.Body.Close()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("verified: %s\n", answer)

	query, body, err := c.SealPush(callbackcrypto.Push{
		ToUserName: "ww1234567890abcdef",
		AgentID:    "1000002",
		Body:       []byte("<xml><MsgType>text</MsgType><Content>hello</Content></xml>"),
	})
	if err != nil {
		log.Fatal(err)
	}
	resp, err := http.Post(query.AppendTo(url), callbackcrypto.XML.ContentType(), bytes.NewReader(body))
	if err != nil {
		log.Fatal(err)
	}
	answer, err = io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil {
		log.Fatal(err)
	}
	reply, err := c.OpenReply(answer)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("replied: %s\n", reply.Body)
	// Output:
	// verified: 7391046258013794622
	// received for ww1234567890abcdef: <xml><MsgType>text</MsgType><Content>hello</Content></xml>
	// replied: <xml><MsgType>text</MsgType><Content>hi</Content></xml>
}
