package aibot_test

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
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/aibot"
	"qiwei/internal/media"
	"qiwei/qiweitest"
)

// upload sends a file in chunks and returns the last code and the media_id.
func upload(p *program, kind, name, sum string, total int, chunks ...string) (int, string) {
	code, body := p.call("aibot_upload_media_init", "", fmt.Sprintf(`{"type":%q,"filename":%q,"total_size":%d,"total_chunks":%d,"md5":%q}`, kind, name, total, len(chunks), sum))
	if code != 0 {
		return code, ""
	}
	var made struct {
		UploadID string `json:"upload_id"`
		MediaID  string `json:"media_id"`
		Type     string
	}
	json.Unmarshal(body, &made)
	for i := range chunks {
		i = len(chunks) - 1 - i // in any order
		for range 2 {           // and again
			if code, _ := p.call("aibot_upload_media_chunk", "", fmt.Sprintf(`{"upload_id":%q,"chunk_index":%d,"base64_data":%q}`, made.UploadID, i, base64.StdEncoding.EncodeToString([]byte(chunks[i])))); code != 0 {
				return code, ""
			}
		}
	}
	code, body = p.call("aibot_upload_media_finish", "", fmt.Sprintf(`{"upload_id":%q}`, made.UploadID))
	if code == 0 {
		json.Unmarshal(body, &made)
	}
	return code, made.MediaID
}

func TestUpload(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		b := connected(w, w.Corp)
		p := subscribed(t, w.URL, b)
		if err := say(w, w.Corp, "zhangsan", b.BotID, "a"); err != nil {
			t.Fatal(err)
		}
		f, _ := p.next("aibot_msg_callback")
		right := sum("hello, world")
		for _, tt := range []struct {
			name, kind, file, sum string
			total                 int
			chunks                []string
			code                  int
		}{
			{"an unknown type", "zip", "a.txt", right, 12, []string{"hello, ", "world"}, 40005},
			{"too small", "file", "a.txt", right, 4, []string{"a"}, 40006},
			{"too large", "file", "a.txt", right, 21 << 20, []string{"a"}, 40006},
			{"no name", "file", "", right, 12, []string{"hello, ", "world"}, 40063},
			{"fewer bytes", "file", "a.txt", right, 13, []string{"hello, ", "world"}, 40006},
			{"more bytes", "file", "a.txt", right, 11, []string{"hello, ", "world"}, 40006},
			{"a wrong md5", "file", "a.txt", strings.Repeat("0", 32), 12, []string{"hello, ", "world"}, 301019},
			{"a text for a picture", "image", "a.png", "", 12, []string{"hello, ", "world"}, 40004},
			{"right", "file", "a.txt", right, 12, []string{"hello, ", "world"}, 0},
		} {
			code, mediaID := upload(p, tt.kind, tt.file, tt.sum, tt.total, tt.chunks...)
			if code != tt.code {
				t.Errorf("%s: %d, want %d", tt.name, code, tt.code)
			}
			if code != 0 {
				continue
			}
			if code, _ := p.call("aibot_respond_msg", f.req(), `{"msgtype":"file","file":{"media_id":"`+mediaID+`"}}`); code != 0 {
				t.Errorf("answer with it: %d", code)
			}
			if code, _ := p.call("aibot_send_msg", "", `{"chatid":"zhangsan","msgtype":"image","image":{"media_id":"`+mediaID+`"}}`); code != 40007 {
				t.Errorf("as a picture: %d", code)
			}
			if got := has(t, w, w.Corp, "zhangsan", b.BotID, ""); !strings.HasSuffix(got, `bot file {"media_id":"`+mediaID+`"}`) {
				t.Errorf("zhangsan has\n%s", got)
			}
		}
		if code, _ := p.call("aibot_upload_media_chunk", "", `{"upload_id":"x","chunk_index":0,"base64_data":"YQ=="}`); code != 40058 {
			t.Errorf("an unknown upload: %d", code)
		}
	})
}

// The files of members come encrypted, at an address that is good for five minutes.
func TestFiles(t *testing.T) {
	for _, mode := range []aibot.Mode{aibot.Webhook, aibot.WebSocket} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
				content := strings.Repeat("0123456789abcdef", 4096) // a whole number of blocks
				f, err := w.Server.Media.Upload(context.Background(), access.System(w.CorpID), media.NewFile{Kind: media.Other, Scene: media.General, Name: "报告.txt", Length: -1, Content: strings.NewReader(content)})
				if err != nil {
					t.Fatal(err)
				}
				var got push
				key := ""
				if mode == aibot.Webhook {
					b, rc := listening(w, w.Corp)
					if err := write(w, w.Corp, "zhangsan", b.BotID, "", aibot.Written{MsgType: "file", MediaID: f.MediaID}); err != nil {
						t.Fatal(err)
					}
					if got, key = taken(t, w, rc, 1)[0], rc.AESKey+"="; got.File.AESKey != "" {
						t.Errorf("told %+v", got)
					}
				} else {
					b := connected(w, w.Corp)
					if err := write(w, w.Corp, "zhangsan", b.BotID, "", aibot.Written{MsgType: "file", MediaID: f.MediaID}); err != nil {
						t.Fatal(err)
					}
					w.Advance(9 * time.Minute) // the address is made when it is sent
					p := subscribed(t, w.URL, b)
					_, got = p.next("aibot_msg_callback")
					if key = got.File.AESKey + "="; len(got.File.AESKey) != 43 {
						t.Errorf("key %q", got.File.AESKey)
					}
				}
				raw, err := base64.StdEncoding.DecodeString(key)
				if err != nil || len(raw) != 32 {
					t.Fatalf("key %q: %v", key, err)
				}
				status, sealed, name := get(t, got.File.URL)
				if status != 200 || len(sealed)%32 != 0 || !strings.Contains(name, "filename*=utf-8''%E6%8A%A5%E5%91%8A.txt") {
					t.Fatalf("%d, %d bytes, %s", status, len(sealed), name)
				}
				block, err := aes.NewCipher(raw)
				if err != nil {
					t.Fatal(err)
				}
				cipher.NewCBCDecrypter(block, raw[:16]).CryptBlocks(sealed, sealed)
				if plain := string(sealed[:len(sealed)-int(sealed[len(sealed)-1])]); plain != content {
					t.Errorf("%d bytes, not the %d that were sent", len(plain), len(content))
				}
				w.Advance(5 * time.Minute)
				if status, _, _ := get(t, got.File.URL); status != 403 {
					t.Errorf("after five minutes: %d", status)
				}
				if status, _, _ := get(t, w.URL+"/aibot/file/x"); status != 403 {
					t.Errorf("a guess: %d", status)
				}
			})
		})
	}
}

func get(t *testing.T, url string) (status int, body []byte, disposition string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, body, resp.Header.Get("Content-Disposition")
}

func sum(content string) string {
	s := md5.Sum([]byte(content))
	return hex.EncodeToString(s[:])
}
