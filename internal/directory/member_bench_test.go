//go:build unix

package directory_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"qiwei/internal/access"
	"qiwei/qiweitest"
)

// BenchmarkUserGet asks for members over a connection, client and server in one process: "empty" calls a
// handler that answers at once, "call" calls user/get. The difference in processor time is the cost of
// user/get beyond net/http.
func BenchmarkUserGet(b *testing.B) {
	w := qiweitest.New(b)
	sync := w.As(access.ContactSync)
	const members = 1000
	for i := range members {
		sync.Call("POST", "/cgi-bin/user/create", fmt.Sprintf(`{"userid":"user%06d","name":"成员%d","mobile":"139%08d","email":"user%d@corp.example","position":"工程师",
			"telephone":"020-123456","address":"某市某路 1 号","department":[2,3],"gender":1,"direct_leader":["zhangsan"],
			"extattr":{"attrs":[{"type":0,"name":"工位","text":{"value":"3F-12"}}]}}`, i, i, i, i))
	}
	reader := everything(w)
	token := reader.Token()
	mux := http.NewServeMux()
	mux.Handle("/", w.Server)
	const empty = `{"errcode":0,"errmsg":"ok"}`
	mux.HandleFunc("/empty", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=UTF-8")
		io.WriteString(w, empty)
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := &http.Server{Handler: mux}
	go server.Serve(listener)
	b.Cleanup(func() { server.Close() })
	for _, bench := range []struct{ name, path string }{
		{"empty", "/empty?n=%d"},
		{"call", "/cgi-bin/user/get?access_token=" + token + "&userid=user%06d"},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			conn, err := net.Dial("tcp", listener.Addr().String())
			if err != nil {
				b.Fatal(err)
			}
			defer conn.Close()
			in := bufio.NewReader(conn)
			ask := func(n int) {
				fmt.Fprintf(conn, "GET "+bench.path+" HTTP/1.1\r\nHost: x\r\n\r\n", n)
				resp, err := http.ReadResponse(in, nil)
				if err != nil {
					b.Fatal(err)
				}
				body, err := io.ReadAll(resp.Body)
				if err != nil || !strings.Contains(string(body), `"errcode":0`) {
					b.Fatal(string(body), err)
				}
			}
			for n := range members {
				ask(n)
			}
			before := processor()
			b.ResetTimer()
			for n := range b.N {
				ask(n % members)
			}
			b.ReportMetric(float64(processor()-before)/float64(b.N), "cpu-ns/op")
		})
	}
}

// processor returns the processor time that this process has used, in nanoseconds.
func processor() int64 {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return u.Utime.Nano() + u.Stime.Nano()
}
