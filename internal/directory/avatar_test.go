package directory_test

import (
	"bytes"
	"image"
	_ "image/jpeg"
	"image/png"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/qiweitest"
)

func pngOf(width, height int) []byte {
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// media uploads a file and returns its media_id.
func media(t *testing.T, c *qiweitest.Client, kind string, content []byte) string {
	t.Helper()
	var resp struct {
		MediaID string `json:"media_id"`
	}
	got := c.Upload("/cgi-bin/media/upload?type="+kind, "a", content)
	if got.Decode(&resp); got.ErrCode != 0 {
		t.Fatalf("upload: %s", got.Body)
	}
	return resp.MediaID
}

// avatars returns the links of a member's picture.
func avatars(w *qiweitest.World, user string) (large, thumb string) {
	var resp struct {
		Avatar string
		Thumb  string `json:"thumb_avatar"`
	}
	everything(w).Call("GET", "/cgi-bin/user/get?userid="+user, "").Decode(&resp)
	return resp.Avatar, resp.Thumb
}

func seen(t *testing.T, w *qiweitest.World, url string) (int, []byte) {
	t.Helper()
	req, err := http.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp := w.Do(req)
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, body
}

func TestAvatars(t *testing.T) {
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		sync := w.As(access.ContactSync)
		picture := pngOf(640, 480)
		id := media(t, w.As(access.SelfBuilt), "image", picture)
		drawn, small := avatars(w, "lisi")
		w.Events()

		update := line{"a picture for lisi", access.ContactSync, "user/update", `{"userid":"lisi","avatar_mediaid":"` + id + `"}`, `0`, "update_user"}
		update.check(t, w)
		large, thumb := avatars(w, "lisi")
		if !strings.HasPrefix(large, w.URL+"/wwpic/") || !strings.HasSuffix(large, "/0") || thumb != strings.TrimSuffix(large, "0")+"100" {
			t.Fatalf("%s, %s", large, thumb)
		}
		for before, now := range map[string]string{drawn: large, small: thumb} { // links that others have kept still work
			req, _ := http.NewRequest("GET", before, nil)
			if resp := w.Do(req); resp.StatusCode != 302 || !strings.HasSuffix(now, resp.Header.Get("Location")) {
				t.Errorf("%s leads to %q", before, resp.Header.Get("Location"))
			}
		}
		line{"and for a new member", access.ContactSync, "user/create", `{"userid":"neu","name":"新","mobile":"13900000001","department":[2],"avatar_mediaid":"` + id + `"}`, `0`, "create_user"}.check(t, w)
		other, _ := avatars(w, "neu")
		if other == large {
			t.Error("two members share a link")
		}

		// The file expires, and the pictures stay.
		w.Advance(4 * 24 * time.Hour)
		for range 2 {
			if err := w.Server.Media.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			w.Advance(time.Hour)
		}
		for _, link := range []string{large, other} {
			if status, body := seen(t, w, link); status != 200 || !bytes.Equal(body, picture) {
				t.Errorf("%s: %d with %d bytes", link, status, len(body))
			}
		}
		status, body := seen(t, w, thumb)
		if img, _, err := image.DecodeConfig(bytes.NewReader(body)); status != 200 || err != nil || img.Width != 100 || img.Height != 100 {
			t.Errorf("its small form: %d, %v, %v", status, img, err)
		}
		line{"the file is no picture any more", access.ContactSync, "user/update", `{"userid":"wangwu","avatar_mediaid":"` + id + `"}`, `40007`, ""}.check(t, w)
		fresh := media(t, sync, "image", picture)
		line{"an empty one leaves the picture", access.ContactSync, "user/update", `{"userid":"lisi","avatar_mediaid":""}`, `0`, ""}.check(t, w)
		line{"so does an update that is refused", access.ContactSync, "user/update", `{"userid":"lisi","avatar_mediaid":"` + fresh + `","email":"zhangsan@corp.example"}`, `60142`, ""}.check(t, w)
		if still, _ := avatars(w, "lisi"); still != large {
			t.Errorf("it is %s now", still)
		}

		// Another picture, and then one that nobody can see.
		line{"another one", access.ContactSync, "user/update", `{"userid":"lisi","avatar_mediaid":"` + media(t, sync, "image", pngOf(10, 10)) + `"}`, `0`, "update_user"}.check(t, w)
		if status, _ := seen(t, w, large); status != 404 {
			t.Errorf("the one before: %d", status)
		}
		latest, _ := avatars(w, "lisi")
		line{"he leaves", access.ContactSync, "user/delete?userid=lisi", "", `0`, "delete_user"}.check(t, w)
		if status, _ := seen(t, w, latest); status != 404 {
			t.Errorf("his last one: %d", status)
		}
		if status, _ := seen(t, w, other); status != 200 {
			t.Errorf("the other member's: %d", status)
		}
	})
}

func TestWhatIsNoAvatar(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		c := w.As(access.SelfBuilt)
		foreign := media(t, w.Second.As(access.SelfBuilt), "image", pngOf(8, 8))
		file := media(t, c, "file", pngOf(8, 8))
		for _, l := range []line{
			{"an unknown one", access.ContactSync, "user/update", `{"userid":"lisi","avatar_mediaid":"3unknown"}`, `40007 invalid media_id`, ""},
			{"another corp's", access.ContactSync, "user/update", `{"userid":"lisi","avatar_mediaid":"` + foreign + `"}`, `40007`, ""},
			{"a picture that was uploaded as a file", access.ContactSync, "user/update", `{"userid":"lisi","avatar_mediaid":"` + file + `"}`, `301015 invalid mediaid`, ""},
			{"for a new member", access.ContactSync, "user/create", `{"userid":"neu","name":"新","mobile":"13900000001","avatar_mediaid":"` + file + `"}`, `301015`, ""},
			{"who is not there then", access.SelfBuilt, "user/get?userid=neu", ``, `60111`, ""},
		} {
			l.check(t, w)
		}
		if large, _ := avatars(w, "lisi"); !strings.Contains(large, "/wwhead/") {
			t.Errorf("lisi's picture is %s", large)
		}
	})
}
