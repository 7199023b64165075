package console_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"qiwei/internal/access"
	admins "qiwei/internal/admin"
	"qiwei/internal/aibot"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// An administrator lets a robot use tools for a member, sees each use, in the log of calls too, and takes it back.
func TestRobots(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		appoint(t, w, w.CorpID, "zhangsan", admins.Super)
		var b aibot.Bot
		address := func() (url string) {
			w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
				url, err = w.Server.Tools.Address(tx, b, "contact")
				return err
			})
			return url
		}
		w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
			b, err = w.Server.Bots.CreateBot(ctx, tx, aibot.Bot{CorpID: w.CorpID, Mode: aibot.WebSocket, Settings: aibot.Settings{Name: "助手", Range: access.Everything()}})
			return err
		})
		use := func(url string) string {
			t.Helper()
			resp, err := http.Post(url, "application/json", strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_userlist","arguments":{}}}`))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			text, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
		a := as(t, w, w.CorpID, "zhangsan")
		at := "/console/api/tools/" + b.BotID
		a.ok("POST", at+"/grants", `{"category":"contact","userid":"lisi","days":7}`, nil)
		for _, body := range []string{`{"category":"nix","userid":"lisi"}`, `{"category":"contact","userid":"nix"}`, `{"category":"msg","userid":"lisi","days":8}`} {
			if status, text := a.do("POST", at+"/grants", body); status != 422 {
				t.Errorf("%s: %d %s", body, status, text)
			}
		}
		url := address()
		if got := use(url); !strings.Contains(got, `\"userid\":\"lisi\"`) {
			t.Errorf("the tool: %s", got)
		}
		var detail struct {
			Allowed []string
			Grants  []struct{ Category, UserID, Name, By string }
		}
		a.ok("GET", at, "", &detail)
		if len(detail.Grants) != 1 || detail.Grants[0].UserID != "lisi" || detail.Grants[0].Name != "李四" || detail.Grants[0].By != "zhangsan" || strings.Join(detail.Allowed, " ") != "contact" {
			t.Errorf("grants: %+v", detail)
		}
		var uses struct {
			Uses []struct {
				Tool, UserID string
				ErrCode      int
			}
		}
		a.ok("GET", at+"/uses", "", &uses)
		if len(uses.Uses) != 1 || uses.Uses[0].Tool != "get_userlist" || uses.Uses[0].UserID != "lisi" || uses.Uses[0].ErrCode != 0 {
			t.Errorf("uses: %+v", uses)
		}
		_, calls := a.do("GET", "/console/api/calls", "")
		if !strings.Contains(calls, "/mcp/bot/contact/get_userlist") || strings.Contains(calls, url[strings.Index(url, "uaKey=")+len("uaKey="):]) {
			t.Errorf("the log of calls: %s", calls)
		}
		a.ok("DELETE", at+"/grants/contact/lisi", "", nil)
		if status, text := a.do("DELETE", at+"/grants/contact/lisi", ""); status != 404 {
			t.Errorf("revoked again: %d %s", status, text)
		}
		if got := use(url); !strings.Contains(got, "850001") {
			t.Errorf("after that: %s", got)
		}
		// The twin's administrators do not have the robot.
		appoint(t, w, w.Second.CorpID, "zhangsan", admins.Super)
		if status, text := as(t, w, w.Second.CorpID, "zhangsan").do("GET", at, ""); status != 404 {
			t.Errorf("another enterprise's: %d %s", status, text)
		}
	})
}
