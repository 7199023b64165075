// Command robot is an intelligent robot (智能机器人) that repeats what members write to it, in the callback form
// (doc 100719): JSON in envelopes of JSON.
package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	"example.com/wecom/wecom"
)

func main() {
	crypt, err := wecom.New(os.Getenv("WECOM_TOKEN"), os.Getenv("WECOM_AES_KEY"), "") // a robot has no receiveid
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		plain, err := crypt.Open(r.URL.Query(), r.URL.Query().Get("echostr"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
		w.Write(plain)
	})
	http.HandleFunc("POST /", func(w http.ResponseWriter, r *http.Request) {
		var sealed struct {
			Encrypt string `json:"encrypt"`
		}
		if err := json.NewDecoder(io.LimitReader(r.Body, 1<<20)).Decode(&sealed); err != nil {
			http.Error(w, "JSON expected", http.StatusBadRequest)
			return
		}
		plain, err := crypt.Open(r.URL.Query(), sealed.Encrypt)
		if err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
		var said struct {
			MsgID   string `json:"msgid"`
			MsgType string `json:"msgtype"`
			Text    struct {
				Content string `json:"content"`
			} `json:"text"`
		}
		if err := json.Unmarshal(plain, &said); err != nil {
			http.Error(w, "JSON expected inside", http.StatusBadRequest)
			return
		}
		log.Println(said.MsgType, said.Text.Content)
		if said.MsgType != "text" {
			return
		}
		// A stream may come in parts; this one is finished at once.
		answer, _ := json.Marshal(map[string]any{
			"msgtype": "stream",
			"stream":  map[string]any{"id": said.MsgID, "finish": true, "content": said.Text.Content},
		})
		nonce, timestamp := r.URL.Query().Get("nonce"), time.Now().Unix()
		encrypted, signature, err := crypt.Seal(answer, strconv.FormatInt(timestamp, 10), nonce)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		json.NewEncoder(w).Encode(map[string]any{"encrypt": encrypted, "msgsignature": signature, "timestamp": timestamp, "nonce": nonce})
	})
	listener, err := net.Listen("tcp", "127.0.0.1:"+cmp.Or(os.Getenv("PORT"), "8080"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on http://%s/\n", listener.Addr())
	log.Fatal(http.Serve(listener, nil))
}
