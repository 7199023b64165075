package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/coder/websocket"

	"qiwei/internal/access"
	"qiwei/internal/aibot"
	"qiwei/internal/clock"
	"qiwei/internal/platform"
	"qiwei/internal/store"
)

// robots is how many are connected at once.
const robots = 1_000

// office is what the enterprise has for the measurement of robots and documents.
type office struct {
	bots []aibot.Bot
	tool string // the path of the address book's tools
}

// measureRobots measures a look-up in the address book by a robot's tool beside the same by the API, and what a
// thousand robots that are connected cost.
func measureRobots(t *table, dir string) error {
	database := filepath.Join(dir, "robots.db")
	srv, err := start(database, size{40, 100})
	if err != nil {
		return err
	}
	srv.stop()
	o, err := srv.furnished(database)
	if err != nil {
		return err
	}
	if err := srv.again(database); err != nil {
		return err
	}
	defer srv.stop()
	if err := measureTool(t, srv, o); err != nil {
		return err
	}
	before := srv.memory()
	for _, b := range o.bots {
		ws, err := connect(srv.URL, b)
		if err != nil {
			return err
		}
		defer ws.CloseNow()
	}
	after := srv.memory()
	t.add(fmt.Sprintf("memory with %d robots connected", robots), after < 150<<20, "under 150 MB", "%d MB, %d kB each", after>>20, max(after-before, 0)>>10/robots)
	return nil
}

// measureTool has the calls take turns, so that other load affects both alike.
func measureTool(t *table, srv *target, o office) error {
	const ask = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_userlist","arguments":{}}}`
	use := func(int) *http.Request {
		req, err := http.NewRequest("POST", srv.URL+o.tool, strings.NewReader(ask))
		if err != nil {
			panic(err)
		}
		return req
	}
	list := get(func(int) string {
		return srv.URL + "/cgi-bin/user/simplelist?department_id=1&fetch_child=1&access_token=" + srv.token(srv.Secret)
	})
	if body, err := do(use(0)); err != nil || !bytes.Contains(body, []byte("user000100")) {
		return fmt.Errorf("get_userlist: %w %s", err, body)
	}
	if body, err := do(list(0)); err != nil || !bytes.Contains(body, []byte("user000100")) {
		return fmt.Errorf("user/simplelist: %w %s", err, body)
	}
	var tools, calls []float64
	for range rounds {
		for _, m := range []struct {
			r    request
			into *[]float64
		}{{use, &tools}, {list, &calls}} {
			got, err := rate(slice, m.r)
			if err != nil {
				return err
			}
			*m.into = append(*m.into, got)
		}
	}
	tool, call := middle(tools), middle(calls)
	t.add("user/simplelist of 100 members", true, "", "%.0f/s", call)
	t.add("tools/call of get_userlist, the same members", tool/call >= 0.5, "50 % of the call", "%.0f/s, %.0f %%", tool, 100*tool/call)
	return nil
}

// connect opens a robot's long connection.
func connect(url string, b aibot.Bot) (*websocket.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	ws, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(url, "http"), nil)
	if err != nil {
		return nil, err
	}
	frame, err := json.Marshal(map[string]any{"cmd": "aibot_subscribe", "headers": map[string]string{"req_id": "1"}, "body": map[string]string{"bot_id": b.BotID, "secret": b.Secret}})
	if err == nil {
		err = ws.Write(ctx, websocket.MessageText, frame)
	}
	if err != nil {
		return nil, err
	}
	_, answer, err := ws.Read(ctx)
	if err == nil && !bytes.Contains(answer, []byte(`"errcode":0`)) {
		err = fmt.Errorf("aibot_subscribe: %s", answer)
	}
	return ws, err
}

// furnished gives the enterprise robots, of which the first may look into the address book, and lists its application
// for documents.
func (t *target) furnished(database string) (o office, err error) {
	ctx := context.Background()
	server, err := platform.Open(ctx, platform.Config{Database: database, Key: key, Clock: clock.New()})
	if err != nil {
		return o, err
	}
	defer server.Close()
	return o, server.Store.Write(ctx, func(tx *store.Tx) error {
		a, err := server.Apps.App(tx, t.CorpID, t.AgentID)
		if err != nil {
			return err
		}
		a.List(access.Document, true)
		if err := server.Apps.UpdateApp(ctx, tx, a); err != nil {
			return err
		}
		for i := range robots {
			b, err := server.Bots.CreateBot(ctx, tx, aibot.Bot{CorpID: t.CorpID, Mode: aibot.WebSocket, Settings: aibot.Settings{Name: fmt.Sprint("机器人", i), Range: access.Everything()}})
			if err != nil {
				return err
			}
			o.bots = append(o.bots, b)
		}
		m, err := server.Directory.Member(ctx, tx, access.System(t.CorpID), "user000001")
		if err != nil {
			return err
		}
		if _, err := server.Tools.Allow(tx, o.bots[0], "contact", m, "", 0); err != nil {
			return err
		}
		address, err := server.Tools.Address(tx, o.bots[0], "contact")
		o.tool = address[strings.Index(address, "/mcp"):]
		return err
	})
}
