package batch_test

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

type exported struct {
	Status int64
	Data   []struct {
		URL  string
		Size int64
		MD5  string
	} `json:"data_list"`
}

// fetch downloads from a link, or a part of it if a range is given.
func fetch(t *testing.T, w *qiweitest.World, url, part string) (status int, body []byte) {
	t.Helper()
	req, err := http.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if part != "" {
		req.Header.Set("Range", part)
	}
	resp := w.Do(req)
	body, err = io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, body
}

// decrypt is written from the documentation and shares no code with the encryption.
func decrypt(t *testing.T, ciphertext []byte) string {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(aesKey + "=")
	if err != nil {
		t.Fatal(err)
	}
	block, err := aes.NewCipher(key)
	if err != nil || len(ciphertext) == 0 || len(ciphertext)%32 != 0 {
		t.Fatalf("%d bytes of ciphertext, %v", len(ciphertext), err)
	}
	plain := make([]byte, len(ciphertext))
	cipher.NewCBCDecrypter(block, key[:16]).CryptBlocks(plain, ciphertext)
	pad := int(plain[len(plain)-1])
	if pad < 1 || pad > 32 {
		t.Fatalf("padding of %d", pad)
	}
	return string(plain[:len(plain)-pad])
}

// blocks asks for the result of an export and returns the plaintext of each block.
func blocks(t *testing.T, w *qiweitest.World, c *qiweitest.Client, jobID string) []string {
	t.Helper()
	var resp exported
	line{"exported", "export/get_result?jobid=" + jobID, "", `0 "status":2`}.check(t, c).Decode(&resp)
	var out []string
	for _, d := range resp.Data {
		status, body := fetch(t, w, d.URL, "")
		sum := md5.Sum(body)
		if status != 200 || int64(len(body)) != d.Size || hex.EncodeToString(sum[:]) != d.MD5 {
			t.Errorf("%d: %d bytes with md5 %x; want %d with %s", status, len(body), sum, d.Size, d.MD5)
		}
		out = append(out, decrypt(t, body))
	}
	return out
}

func TestExport(t *testing.T) {
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		all := w.As(access.CustomerContact)
		tag := w.As(access.SelfBuilt) // before the next of its kind
		narrow := w.WithApp(access.SelfBuilt, app.Settings{Range: access.Range{Members: []id.UserID{"lisi"}}})
		line{"a tag", "tag/create", `{"tagid":7,"tagname":"组\"长"}`, "0"}.check(t, tag)
		line{"with somebody", "tag/addtagusers", `{"tagid":7,"userlist":["lisi"],"partylist":[4,2]}`, "0"}.check(t, tag)
		line{"another", "tag/create", `{"tagid":8,"tagname":"空"}`, "0"}.check(t, tag)
		contacts := w.As(access.ThirdPartyContacts)
		key := `{"encoding_aeskey":"` + aesKey + `"}`
		for _, tt := range []struct {
			name, path, body string
			as               *qiweitest.Client
			jobType, want    string
			// same is the call whose answer the block repeats, without errcode and errmsg.
			same string
		}{
			{"members", "export/simple_user", key, all, "export_simple_user", `{"userlist":[{"userid":"zhangsan",`, "user/simplelist?department_id=1&fetch_child=1"},
			{"members with details", "export/user", key, all, "export_user", `"direct_leader":["zhangsan"]`, "user/list?department_id=1&fetch_child=1"},
			{"departments", "export/department", key, all, "export_department", `{"department":[{"id":1,`, "department/list"},
			{"a tag", "export/taguser", `{"tagid":7,` + key[1:], all, "export_tag", `{"tagname":"组\"长","userlist":[{"userid":"lisi"`, "tag/get?tagid=7"},
			{"a tag of nobody", "export/taguser", `{"tagid":8,` + key[1:], all, "export_tag", `{"tagname":"空","userlist":[],"partylist":[]}`, "tag/get?tagid=8"},
			{"members for a provider", "export/simple_user", key, contacts, "export_simple_user", `{"userlist":[{`, ""},
			{"a tag for a provider", "export/taguser", `{"tagid":7,` + key[1:], contacts, "export_taguser", `"partylist":[2,4]}`, ""},
			{"of a narrow range", "export/user", key, narrow, "export_user", `{"userlist":[{"userid":"lisi",`, ""},
			{"departments of a range without any", "export/department", key, narrow, "export_department", `{"department":[]}`, ""},
		} {
			w.Events()
			jobID := submit(t, tt.as, tt.path, tt.body)
			line{tt.name + ": before", "export/get_result?jobid=" + jobID, "", `0 "status":0,"data_list":[]`}.check(t, tt.as)
			w.Jobs()
			got := blocks(t, w, tt.as, jobID)
			if len(got) != 1 || !json.Valid([]byte(got[0])) || !strings.Contains(got[0], tt.want) {
				t.Errorf("%s: %q; want %s", tt.name, got, tt.want)
				continue
			}
			if tt.same != "" {
				answer := tt.as.Call("GET", "/cgi-bin/"+tt.same, "").Body
				if _, list, _ := strings.Cut(answer, `"errmsg":"ok",`); "{"+list != got[0] {
					t.Errorf("%s: %s; want what %s answers: %s", tt.name, got[0], tt.same, answer)
				}
			}
			if strings.Contains(got[0], "wangwu") && tt.as == narrow {
				t.Errorf("%s: it shows who is not in the range: %s", tt.name, got[0])
			}
			if e := w.EventRecords(); len(e) != 1 || e[0].Name != "batch_job_result" || !strings.Contains(string(e[0].Payload), `"`+tt.jobType+`"`) {
				t.Errorf("%s: events %v; want one of %s", tt.name, e, tt.jobType)
			}
			other := contacts
			if tt.as == contacts {
				other = all
			}
			line{tt.name + ": only who submitted it may ask", "export/get_result?jobid=" + jobID, "", "40088"}.check(t, other)
			line{tt.name + ": not even the same kind elsewhere", "export/get_result?jobid=" + jobID, "", "40088"}.check(t, w.Second.As(access.CustomerContact))
		}
	})
}

func TestExportIsDownloaded(t *testing.T) {
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		w.WithoutTwin()
		all := w.As(access.CustomerContact)
		jobID := submit(t, all, "export/user", `{"encoding_aeskey":"`+aesKey+`"}`)
		w.Jobs()
		var resp exported
		line{"done", "export/get_result?jobid=" + jobID, "", "0"}.check(t, all).Decode(&resp)
		url := resp.Data[0].URL
		_, whole := fetch(t, w, url, "")
		var parts []byte
		for at := 0; at < len(whole); at += 100 {
			status, part := fetch(t, w, url, fmt.Sprintf("bytes=%d-%d", at, min(at+99, len(whole)-1)))
			if status != http.StatusPartialContent {
				t.Fatalf("a part from %d: %d", at, status)
			}
			parts = append(parts, part...)
		}
		if !slices.Equal(parts, whole) {
			t.Error("the parts are not the whole")
		}
		if status, _ := fetch(t, w, url+"x", ""); status != 404 {
			t.Errorf("another link: %d", status)
		}
		w.Advance(2*time.Hour - time.Second)
		if status, _ := fetch(t, w, url, ""); status != 200 {
			t.Errorf("within two hours: %d", status)
		}
		w.Advance(time.Second)
		if status, _ := fetch(t, w, url, ""); status != 404 {
			t.Errorf("after two hours: %d", status)
		}
		if got := blocks(t, w, all, jobID); len(got) != 1 {
			t.Errorf("a link made anew: %d blocks", len(got))
		}
		w.Advance(3 * 24 * time.Hour)
		submit(t, all, "export/user", `{"encoding_aeskey":"`+aesKey+`"}`)
		line{"three days later", "export/get_result?jobid=" + jobID, "", "40089"}.check(t, all)
	})
}

// TestExportGoesOn stops a server after each step of an export that fills more than one block.
func TestExportGoesOn(t *testing.T) {
	const members = 10_300
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		w.Write(func(ctx context.Context, tx *store.Tx) error { // as many calls would take too long
			_, err := tx.Exec(`INSERT INTO member (corpid, userid, userkey, name, alias, mobile, email, biz_mail, biz_mail_changes, position, gender,
					telephone, address, avatar, external_position, main_department, places, leader, enabled, activated, generated,
					extattr, external_profile, mail_aliases, created_by, created_at, invited_at)
				WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
				SELECT corpid, 'u' || i, 'u' || i, name, alias, '', '', '', biz_mail_changes, position, gender,
					telephone, address, avatar, external_position, main_department, places, leader, enabled, activated, generated,
					extattr, external_profile, mail_aliases, created_by, created_at, invited_at
				FROM n CROSS JOIN member WHERE corpid = ? AND userkey = 'wangwu'`, members, w.CorpID)
			return err
		})
		all := w.As(access.CustomerContact)
		jobID := submit(t, all, "export/simple_user", `{"encoding_aeskey":"`+aesKey+`","block_size":10000}`)
		for worked := true; worked; {
			var err error
			if worked, err = w.Server.Jobs.RunSteps(context.Background(), 1); err != nil {
				t.Fatal(err)
			}
		}
		seen, sizes := map[string]bool{}, []int{}
		for _, b := range blocks(t, w, all, jobID) {
			var list struct {
				Users []struct {
					UserID string `json:"userid"`
				} `json:"userlist"`
			}
			if err := json.Unmarshal([]byte(b), &list); err != nil {
				t.Fatal(err)
			}
			for _, u := range list.Users {
				seen[u.UserID] = true
			}
			sizes = append(sizes, len(list.Users))
		}
		if want := []int{10_000, members + 3 - 10_000}; !slices.Equal(sizes, want) || len(seen) != members+3 {
			t.Errorf("blocks of %v, %d members; want %v, %d", sizes, len(seen), want, members+3)
		}
	})
}

func TestExportsAreRefused(t *testing.T) {
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		key := func(text string) string { return `{"encoding_aeskey":"` + text + `"}` }
		all := w.As(access.CustomerContact)
		for _, tt := range []struct {
			line
			as *qiweitest.Client
		}{
			{line{"no key", "export/user", `{}`, "40058"}, all},
			{line{"a key of 42 characters", "export/user", key(aesKey[1:]), "40058"}, all},
			{line{"a key with a slash", "export/user", key("/" + aesKey[1:]), "40058"}, all},
			{line{"small blocks", "export/user", `{"block_size":9999,` + key(aesKey)[1:], "40058"}, all},
			{line{"large blocks", "export/user", `{"block_size":1000001,` + key(aesKey)[1:], "40058"}, all},
			{line{"no tag", "export/taguser", key(aesKey), "41017"}, all},
			{line{"an unknown tag", "export/taguser", `{"tagid":99,` + key(aesKey)[1:], "40068"}, all},
			{line{"an unknown job", "export/get_result?jobid=x", "", "40088"}, all},
			{line{"contact sync from a new address", "export/user", key(aesKey), "48009"}, w.As(access.ContactSync)},
			{line{"by a contacts-edit grant", "export/user", key(aesKey), "48008"}, w.As(access.ContactsEdit)},
		} {
			tt.check(t, tt.as)
		}
	})
}
