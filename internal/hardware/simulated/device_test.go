package simulated_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/hardware/simulated"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/qiweitest"
)

// TestSimulatedDevice: the device waits to be bound, works, checks somebody in, opens the door, takes a face,
// prints, and ends when it is unbound.
func TestSimulatedDevice(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			_, err := w.Server.Suites.CreateProvider(ctx, tx, suite.Provider{CorpID: w.Second.CorpID})
			return err
		})
		script := func(name, body string) (out map[string]any) {
			t.Helper()
			req, err := http.NewRequest("POST", w.URL+"/_qiwei/hardware/"+name, strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			resp := w.Do(req)
			text, _ := io.ReadAll(resp.Body)
			if resp.StatusCode != 200 || json.Unmarshal(text, &out) != nil {
				t.Fatalf("%s %s: %s", name, body, text)
			}
			return out
		}
		model := script("model", `{"provider":"`+w.Second.CorpID+`","name":"机","access":"direct","abilities":["attendance","access","face","print"]}`)
		secretNo := script("register", fmt.Sprintf(`{"model_id":%q,"device_sn":"SN1"}`, model["model_id"]))["secret_no"].(string)

		heard := newLog()
		d := &simulated.Device{URL: w.URL, SN: "SN1", SecretNo: secretNo, Version: "1.0", Checkins: []string{"zhangsan"}, Now: w.Clock.Now, Log: heard.add}
		ctx, end := context.WithCancel(context.Background())
		defer end()
		done := make(chan error, 1)
		go func() { done <- d.Run(ctx) }()
		heard.await(t, "waits for an enterprise")
		script("bind", `{"device_sn":"SN1","corpid":"`+w.CorpID+`"}`)
		heard.await(t, "checked zhangsan in")
		operID := script("open", `{"device_sn":"SN1","userid":"lisi"}`)["oper_id"].(string)
		heard.await(t, "checked lisi in")
		if o := script("operation", `{"oper_id":"`+operID+`"}`); o["outcome"] != "done" {
			t.Errorf("the door: %v", o)
		}
		script("enrol", `{"device_sn":"SN1","userid":"lisi","page_type":"fa"}`)
		heard.await(t, "took the face of lisi")
		var file struct {
			MediaID string `json:"media_id"`
		}
		w.As(access.SelfBuilt).Upload("/cgi-bin/media/upload?type=file", "a.pdf", []byte("%PDF-1.4 of this test")).Decode(&file)
		job := script("print", `{"device_sn":"SN1","userid":"lisi","media_id":"`+file.MediaID+`"}`)["jobid"].(string)
		heard.await(t, "printed 21 bytes of "+job)
		heard.await(t, "knows 3 people")
		script("unbind", `{"device_sn":"SN1"}`)
		if err := <-done; !errors.Is(err, simulated.ErrUnbound) {
			t.Errorf("ended with %v", err)
		}
	}, func(c *platform.Config) { c.Dev = true })
}

// log keeps what the device says.
type log struct {
	mu    sync.Mutex
	lines []string
	more  chan struct{}
}

func newLog() *log { return &log{more: make(chan struct{}, 1000)} }

func (l *log) add(format string, args ...any) {
	l.mu.Lock()
	l.lines = append(l.lines, fmt.Sprintf(format, args...))
	l.mu.Unlock()
	l.more <- struct{}{}
}

func (l *log) await(t *testing.T, text string) {
	t.Helper()
	limit := time.After(time.Minute)
	for {
		l.mu.Lock()
		all := strings.Join(l.lines, "\n")
		l.mu.Unlock()
		if strings.Contains(all, text) {
			return
		}
		select {
		case <-l.more:
		case <-limit:
			t.Fatalf("%q was not said; said was\n%s", text, all)
		}
	}
}
