package console_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"strings"
	"sync"
	"testing"

	"qiwei/internal/access"
	admins "qiwei/internal/admin"
	"qiwei/internal/archive"
	"qiwei/internal/chat"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

var archiveKey = sync.OnceValue(func() string {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
})

// archived gives the first enterprise an archive with three messages, by its super admin.
func archived(t *testing.T, w *qiweitest.World) *admin {
	t.Helper()
	appoint(t, w, w.CorpID, "zhangsan", admins.Super)
	super := as(t, w, w.CorpID, "zhangsan")
	var key struct {
		Version int `json:"publickey_ver"`
	}
	super.ok("POST", "/console/api/archive/keys", fmt.Sprintf(`{"public_key":%q}`, archiveKey()), &key)
	if key.Version != 1 {
		t.Errorf("version %d", key.Version)
	}
	super.ok("PUT", "/console/api/archive", `{"enabled":true,"editions":{"1":{"departments":[1]}},"pull_days":5,"read_days":0,"plain":true}`, nil)
	w.Write(func(ctx context.Context, tx *store.Tx) error {
		for _, m := range [][3]string{{"zhangsan", "lisi", "合同已经发你了"}, {"lisi", "zhangsan", "收到合同"}, {"wangwu", "zhangsan", "别的事"}} {
			content, _ := json.Marshal(map[string]string{"content": m[2]})
			if _, err := w.Server.Chats.SendText(ctx, tx, chat.Say{CorpID: w.CorpID, From: id.Person(m[0]), To: id.UserID(m[1]), Type: "text", Content: content}); err != nil {
				return err
			}
		}
		return nil
	})
	if err := w.Server.Archive.SealAll(context.Background()); err != nil {
		t.Fatal(err)
	}
	return super
}

func give(w *qiweitest.World, user string, role archive.Role, r access.Range) {
	w.Write(func(ctx context.Context, tx *store.Tx) error {
		return w.Server.Archive.Appoint(ctx, tx, w.CorpID, id.UserID(user), role, r)
	})
}

// A super admin reads nothing before they have given themselves a role, which the audit log has.
func TestReadingTheArchive(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		super := archived(t, w)
		for _, path := range []string{"conversations", "conversations/1", "search?words=合同", "reads", "rules", "exports", "file?seq=1&id=x"} {
			if status, got := super.do("GET", "/console/api/archive/"+path, ""); status != 403 || !strings.Contains(got, "archive-role") {
				t.Errorf("%s without a role: %d %s", path, status, got)
			}
		}
		super.ok("PUT", "/console/api/archive/roles/zhangsan", `{"role":"officer","range":{}}`, nil)
		var state struct {
			Role                      string
			Records, Covered, Members int64
			Volumes                   []struct{ Records int64 }
			Keys                      []struct {
				Version int64 `json:"publickey_ver"`
			}
		}
		super.ok("GET", "/console/api/archive", "", &state)
		if state.Role != "officer" || state.Records != 3 || state.Covered == 0 || state.Covered > state.Members || len(state.Volumes) != 1 || state.Volumes[0].Records != 3 || len(state.Keys) != 1 {
			t.Errorf("%+v", state)
		}
		var list struct {
			Conversations []archive.Conversation
			Names         map[string]string
		}
		super.ok("GET", "/console/api/archive/conversations", "", &list)
		if len(list.Conversations) != 2 || list.Conversations[1].Records != 2 || list.Names["lisi"] != "李四" {
			t.Fatalf("%+v", list)
		}
		var said struct{ Records []archive.Shown }
		super.ok("GET", fmt.Sprintf("/console/api/archive/conversations/%d", list.Conversations[1].No), "", &said)
		if len(said.Records) != 2 || said.Records[0].From != "zhangsan" || said.Records[0].Msg != "" || !strings.Contains(string(said.Records[0].Message), "合同已经发你了") {
			t.Errorf("%+v", said)
		}
		super.ok("GET", "/console/api/archive/search?words=%E5%90%88%E5%90%8C", "", &said)
		if len(said.Records) != 2 || len(said.Records[0].Hits) != 1 || said.Records[0].Hits[0].Match != "合同" {
			t.Errorf("%+v", said)
		}
		var reads struct{ Reads []archive.Read }
		super.ok("GET", "/console/api/archive/reads", "", &reads)
		if len(reads.Reads) != 3 || reads.Reads[0].What != "search" || reads.Reads[0].UserID != "zhangsan" {
			t.Errorf("%+v", reads)
		}
		var log struct {
			Entries []struct{ Action, Target string }
		}
		super.ok("GET", "/console/api/audit?q=archive", "", &log)
		if len(log.Entries) != 3 || log.Entries[0].Action != "archive.appoint" || log.Entries[0].Target != "zhangsan" {
			t.Errorf("%+v", log)
		}
	})
}

// Whoever has a role of the archive and is no admin sees it in the console, and nothing else of the enterprise.
func TestOnlyOfTheArchive(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		archived(t, w)
		give(w, "lisi", archive.RangeReader, access.Range{Members: []id.UserID{"lisi"}})
		reader := as(t, w, w.CorpID, "lisi")
		var list struct{ Conversations []archive.Conversation }
		reader.ok("GET", "/console/api/archive/conversations", "", &list)
		if len(list.Conversations) != 1 {
			t.Errorf("%+v", list)
		}
		for _, path := range []string{"apps", "members", "messages", "audit", "admins", "archive/roles", "archive/reads", "archive/rules"} {
			if status, got := reader.do("GET", "/console/api/"+path, ""); status != 403 {
				t.Errorf("%s: %d %s", path, status, got)
			}
		}
		give(w, "wangwu", archive.Auditor, access.Range{})
		auditor := as(t, w, w.CorpID, "wangwu")
		var reads struct{ Reads []archive.Read }
		auditor.ok("GET", "/console/api/archive/reads", "", &reads)
		if len(reads.Reads) != 1 || reads.Reads[0].UserID != "lisi" {
			t.Errorf("%+v", reads)
		}
		if status, _ := auditor.do("GET", "/console/api/archive/conversations", ""); status != 403 {
			t.Errorf("an auditor reads: %d", status)
		}
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			return w.Server.Archive.Relieve(ctx, tx, w.CorpID, "lisi")
		})
		if status, _ := reader.do("GET", "/console/api/archive/conversations", ""); status != 401 {
			t.Errorf("without the role: %d", status)
		}
	})
}

// Rules, holds and exports by two officers.
func TestKeepingTheArchive(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		archived(t, w)
		give(w, "zhangsan", archive.Officer, access.Range{})
		give(w, "lisi", archive.Officer, access.Range{})
		give(w, "wangwu", archive.Auditor, access.Range{})
		one, two, auditor := as(t, w, w.CorpID, "zhangsan"), as(t, w, w.CorpID, "lisi"), as(t, w, w.CorpID, "wangwu")
		one.ok("POST", "/console/api/archive/rules", `{"conversation":"internal","msgtype":"file","days":30}`, nil)
		one.ok("POST", "/console/api/archive/holds", `{"name":"case","people":["lisi"],"since":"2026-01-01T00:00:00Z"}`, nil)
		var kept struct {
			Rules []archive.Rule
			Holds []archive.Hold
		}
		auditor.ok("GET", "/console/api/archive/rules", "", &kept)
		if len(kept.Rules) != 1 || kept.Rules[0].Days != 30 || len(kept.Holds) != 1 || kept.Holds[0].Name != "case" {
			t.Fatalf("%+v", kept)
		}
		for _, c := range [][3]string{{"POST", "rules", `{"days":1}`}, {"POST", "holds", `{"name":"x"}`}, {"DELETE", fmt.Sprintf("rules/%d", kept.Rules[0].No), ""}, {"POST", "exports", `{"name":"x","question":{"people":["lisi"]}}`}} {
			if status, got := auditor.do(c[0], "/console/api/archive/"+c[1], c[2]); status != 403 {
				t.Errorf("an auditor, %s %s: %d %s", c[0], c[1], status, got)
			}
		}
		one.ok("DELETE", fmt.Sprintf("/console/api/archive/rules/%d", kept.Rules[0].No), "", nil)
		one.ok("DELETE", fmt.Sprintf("/console/api/archive/holds/%d", kept.Holds[0].No), "", nil)
		var asked struct{ No int64 }
		one.ok("POST", "/console/api/archive/exports", `{"name":"case","question":{"people":["lisi"]},"formats":["json"]}`, &asked)
		at := fmt.Sprintf("/console/api/archive/exports/%d/", asked.No)
		if status, got := one.do("POST", at+"approve", "{}"); status != 422 {
			t.Errorf("by whoever asked: %d %s", status, got)
		}
		two.ok("POST", at+"approve", "{}", nil)
		if err := w.Server.Archive.ExportAll(context.Background()); err != nil {
			t.Fatal(err)
		}
		status, file := one.do("GET", at+"file", "")
		if z, err := zip.NewReader(bytes.NewReader([]byte(file)), int64(len(file))); status != 200 || err != nil || z.File[0].Name != "messages.json" {
			t.Errorf("%d %v", status, err)
		}
		var list struct{ Exports []archive.Export }
		auditor.ok("GET", "/console/api/archive/exports", "", &list)
		if len(list.Exports) != 1 || list.Exports[0].State != "done" || list.Exports[0].DecidedBy != "lisi" {
			t.Errorf("%+v", list)
		}
		if status, _ := auditor.do("GET", at+"file", ""); status != 403 {
			t.Errorf("an auditor fetches: %d", status)
		}
	})
}
