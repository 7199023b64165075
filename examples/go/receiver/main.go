// Command receiver is an application's callback URL: it proves itself to WeCom, opens what it is sent, and
// answers what members write (doc 90930).
package main

import (
	"cmp"
	"encoding/xml"
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

type push struct {
	FromUserName string
	ToUserName   string
	MsgType      string
	Event        string
	ChangeType   string
	Content      string
}

type cdata struct {
	Text string `xml:",cdata"`
}

type reply struct {
	XMLName      xml.Name `xml:"xml"`
	ToUserName   cdata
	FromUserName cdata
	CreateTime   int64
	MsgType      cdata
	Content      cdata
}

type envelope struct {
	XMLName      xml.Name `xml:"xml"`
	Encrypt      cdata
	MsgSignature cdata
	TimeStamp    string
	Nonce        cdata
}

func main() {
	crypt, err := wecom.New(os.Getenv("WECOM_TOKEN"), os.Getenv("WECOM_AES_KEY"), os.Getenv("WECOM_CORPID"))
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		// The administrator has saved the URL: answer with what echostr hides.
		plain, err := crypt.Open(r.URL.Query(), r.URL.Query().Get("echostr"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
		w.Write(plain)
	})
	http.HandleFunc("POST /", func(w http.ResponseWriter, r *http.Request) {
		var sealed struct{ Encrypt string }
		if err := xml.NewDecoder(io.LimitReader(r.Body, 1<<20)).Decode(&sealed); err != nil {
			http.Error(w, "XML expected", http.StatusBadRequest)
			return
		}
		query := r.URL.Query()
		plain, err := crypt.Open(query, sealed.Encrypt)
		if err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
		var p push
		if err := xml.Unmarshal(plain, &p); err != nil {
			http.Error(w, "XML expected inside", http.StatusBadRequest)
			return
		}
		log.Println(p.MsgType, p.Event, p.ChangeType, p.FromUserName)
		if p.MsgType != "text" {
			return // 200 without a body: taken, and nothing to say
		}
		answer, _ := xml.Marshal(reply{
			ToUserName: cdata{p.FromUserName}, FromUserName: cdata{p.ToUserName}, CreateTime: time.Now().Unix(),
			MsgType: cdata{"text"}, Content: cdata{"收到：" + p.Content},
		})
		timestamp := strconv.FormatInt(time.Now().Unix(), 10)
		encrypted, signature, err := crypt.Seal(answer, timestamp, query.Get("nonce"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		xml.NewEncoder(w).Encode(envelope{Encrypt: cdata{encrypted}, MsgSignature: cdata{signature}, TimeStamp: timestamp, Nonce: cdata{query.Get("nonce")}})
	})
	listener, err := net.Listen("tcp", "127.0.0.1:"+cmp.Or(os.Getenv("PORT"), "8080"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on http://%s/\n", listener.Addr())
	log.Fatal(http.Serve(listener, nil))
}
