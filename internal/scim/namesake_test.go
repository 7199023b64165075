package scim_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync/atomic"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/scim"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

func tokens(w *qiweitest.World, c *qiweitest.Corp) (list []scim.Token) {
	w.Write(func(_ context.Context, tx *store.Tx) (err error) {
		list, err = w.Server.SCIM.Tokens(tx, c.CorpID)
		return err
	})
	return list
}

func targets(w *qiweitest.World, c *qiweitest.Corp) (list []scim.Target) {
	w.Write(func(_ context.Context, tx *store.Tx) (err error) {
		list, err = w.Server.SCIM.Targets(tx, c.CorpID)
		return err
	})
	return list
}

// Two enterprises call their tokens alike, and each keeps its own.
func TestTokensOfOneName(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		ours, theirs := provide(t, w, w.Corp), provide(t, w, w.Second)
		ours.user("lisi")
		if list := tokens(w, w.Corp); len(list) != 1 || list[0].UsedOn == "" {
			t.Errorf("ours: %+v", list)
		}
		if list := tokens(w, w.Second); len(list) != 1 || list[0].CorpID != w.Second.CorpID || list[0].UsedOn != "" {
			t.Errorf("theirs, which nobody has used: %+v", list)
		}
		old := ours.token
		w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
			ours.token, err = w.Server.SCIM.RotateToken(ctx, tx, w.CorpID, "provider")
			return err
		})
		if ours.user("lisi") == "" || theirs.user("lisi") == "" {
			t.Error("a token is lost")
		}
		if g := (&provider{t, w, ours.url, old}).send("GET", "/Users", ""); g.status != 401 {
			t.Errorf("the token from before: %s", g.text)
		}
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			return w.Server.SCIM.RemoveToken(ctx, tx, w.CorpID, "provider")
		})
		if g := ours.send("GET", "/Users", ""); g.status != 401 {
			t.Errorf("a token that was removed: %s", g.text)
		}
		if theirs.user("lisi") == "" || len(tokens(w, w.Second)) != 1 || len(tokens(w, w.Corp)) != 0 {
			t.Error("removed the other enterprise's, too")
		}
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			if _, err := w.Server.SCIM.RotateToken(ctx, tx, w.CorpID, "provider"); !errors.Is(err, scim.ErrTokenNotFound) {
				t.Errorf("rotate the other's: %v", err)
			}
			if err := w.Server.SCIM.RemoveToken(ctx, tx, w.CorpID, "provider"); !errors.Is(err, scim.ErrTokenNotFound) {
				t.Errorf("remove the other's: %v", err)
			}
			return nil
		})
	})
}

// Two enterprises provision products of one name, and what happens in one is told
// to its own alone.
func TestTargetsOfOneName(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		var down atomic.Bool
		ours, theirs := product(t, made), product(t, func(method, path string, body map[string]any) (int, string) {
			if down.Load() {
				return 503, ""
			}
			return made(method, path, body)
		})
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			err := w.Server.SCIM.SyncTarget(ctx, tx, w.CorpID, "product")
			if !errors.Is(err, scim.ErrTargetNotFound) {
				t.Errorf("before there is one: %v", err)
			}
			return w.Server.SCIM.CreateTarget(ctx, tx, scim.Target{CorpID: w.Second.CorpID, Name: "product", URL: theirs.URL, Token: "secret",
				OnLeave: scim.Delete, Range: access.Everything()})
		})
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			if err := w.Server.SCIM.SyncTarget(ctx, tx, w.CorpID, "product"); !errors.Is(err, scim.ErrTargetNotFound) {
				t.Errorf("synchronise the other's: %v", err)
			}
			if err := w.Server.SCIM.RemoveTarget(ctx, tx, w.CorpID, "product"); !errors.Is(err, scim.ErrTargetNotFound) {
				t.Errorf("remove the other's: %v", err)
			}
			for corpID, want := range map[string]bool{w.CorpID: false, w.Second.CorpID: true} {
				if some, err := scim.HasTargets(tx, corpID); err != nil || some != want {
					t.Errorf("has targets: %v, want %v; %v", some, want, err)
				}
			}
			return nil
		})
		target(t, w, scim.Target{URL: ours.URL, Token: "secret", OnLeave: scim.Delete, Range: access.Everything()})
		provisionAll(t, w)
		// Their product answers no more: what is marked for it waits, and can be counted.
		down.Store(true)
		w.Second.As(access.ContactSync).Call("POST", "/cgi-bin/user/update", `{"userid":"zhangsan","name":"张"}`)
		provisionAll(t, w)
		ours.heard()
		sync := w.As(access.ContactSync)
		sync.Call("POST", "/cgi-bin/tag/create", `{"tagname":"红","tagid":7}`)
		for _, call := range []struct{ method, path, body, heard string }{
			{"POST", "user/create", `{"userid":"zhaoliu","name":"赵六","mobile":"13900000006","department":[3]}`, "POST /Users zhaoliu"},
			{"POST", "user/update", `{"userid":"lisi","name":"李"}`, "PUT /Users/r-lisi lisi"},
			{"POST", "department/update", `{"id":2,"name":"研究部"}`, ""},
			{"POST", "tag/addtagusers", `{"tagid":7,"userlist":["lisi"]}`, ""},
			{"GET", "user/delete?userid=wangwu", "", "DELETE /Users/r-wangwu"},
		} {
			if got := sync.Call(call.method, "/cgi-bin/"+call.path, call.body); got.ErrCode != 0 {
				t.Fatalf("%s: %s", call.path, got.Body)
			}
			provisionAll(t, w)
			if got := ours.heard(); call.heard != "" && got != call.heard {
				t.Errorf("%s: our product heard %q, want %q", call.path, got, call.heard)
			}
			if list := targets(w, w.Second); len(list) != 1 || list[0].Pending != 1 {
				t.Errorf("%s: the other enterprise's product is to be told, too: %+v", call.path, list)
			}
			if list := targets(w, w.Corp); len(list) != 1 || list[0].CorpID != w.CorpID {
				t.Errorf("%s: our products: %+v", call.path, list)
			}
		}
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			return w.Server.SCIM.RemoveTarget(ctx, tx, w.CorpID, "product")
		})
		if len(targets(w, w.Second)) != 1 || len(targets(w, w.Corp)) != 0 {
			t.Error("removed the other enterprise's product, too")
		}
	})
}

// How many externalIds another enterprise has is nothing to this one.
func TestExternalIDsOfAnother(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		p := provide(t, w, w.Corp)
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			by := access.System(w.Second.CorpID)
			for i := range 1001 {
				m := directory.Member{UserID: id.UserID(fmt.Sprintf("u%d", i)), Name: "众", Email: fmt.Sprintf("u%d@corp.example", i), Places: []directory.Place{{Department: 1}}, Enabled: true}
				made, _, err := w.Server.Directory.CreateMember(ctx, tx, by, m, false)
				if err != nil {
					return err
				}
				if _, err := tx.Exec(`INSERT INTO scim_member (member, corpid, external_id) VALUES (?, ?, ?)`, made.No, w.Second.CorpID, m.UserID); err != nil {
					return err
				}
			}
			return nil
		})
		p.send("PATCH", "/Users/"+p.user("lisi"), `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"add","path":"externalId","value":"x-1"}]}`)
		if g := p.send("GET", "/Users?filter="+url.QueryEscape(`externalId pr`), ""); g.at("totalResults") != "1" || g.at("Resources|0|userName") != "lisi" {
			t.Error(g.text)
		}
	})
}
