package album_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/qiweitest"
)

func listed() app.Settings {
	return app.Settings{Range: access.Everything(), Callable: []access.Kind{access.CustomerContact}}
}

func as(c *qiweitest.Client, name, body string) qiweitest.Result {
	return c.Call("POST", "/cgi-bin/externalcontact/"+name+"_product_album", body)
}

func picture(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// upload uploads a picture and returns its attachment: scene 2 is albums.
func upload(t *testing.T, c *qiweitest.Client, scene int) string {
	t.Helper()
	var got struct {
		MediaID string `json:"media_id"`
	}
	c.Upload(fmt.Sprintf("/cgi-bin/media/upload_attachment?media_type=image&attachment_type=%d", scene), "a.png", picture(t)).Decode(&got)
	return shown(got.MediaID)
}

func shown(mediaID string) string {
	return fmt.Sprintf(`{"type":"image","image":{"media_id":%q}}`, mediaID)
}

type product struct {
	ID          string `json:"product_id"`
	Description string
	Price       int
	Attachments []struct {
		Image struct {
			MediaID string `json:"media_id"`
		}
	}
}

func get(t *testing.T, c *qiweitest.Client, id string) product {
	t.Helper()
	var got struct{ Product product }
	as(c, "get", `{"product_id":"`+id+`"}`).Decode(&got)
	return got.Product
}

func add(t *testing.T, c *qiweitest.Client, body string) string {
	t.Helper()
	got := as(c, "add", body)
	var p product
	if got.Decode(&p); got.ErrCode != 0 {
		t.Fatal(got.Body)
	}
	return p.ID
}

// TestProducts: every application of the corp reads a product, and the one that made it changes it (doc 95096).
func TestProducts(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		own, other, twin := w.WithApp(access.SelfBuilt, listed()), w.WithApp(access.SelfBuilt, listed()), w.Second.WithApp(access.SelfBuilt, listed())
		id := add(t, own, `{"description":"桌灯","price":29900,"product_sn":"L1","attachments":[`+upload(t, own, 2)+`]}`)
		got := as(other, "get", `{"product_id":"`+id+`"}`).Body
		want := fmt.Sprintf(`{"errcode":0,"errmsg":"ok","product":{"product_id":%q,"description":"桌灯","price":29900,"create_time":%d,"product_sn":"L1","attachments":[{"type":"image","image":{"media_id":"WWCISP_`, id, w.Clock.Now().Unix())
		if !strings.HasPrefix(got, want) {
			t.Errorf("%s\nwant %s", got, want)
		}
		kept := get(t, own, id).Attachments[0].Image.MediaID
		w.Advance(4 * 24 * time.Hour)
		if got := other.Call("GET", "/cgi-bin/media/get?media_id="+kept, ""); got.Body != string(picture(t)) {
			t.Errorf("the picture: %s", got.Body)
		}
		if got := as(own, "update", `{"product_id":"`+id+`","price":19900}`); got.ErrCode != 0 || get(t, own, id).Price != 19900 || get(t, own, id).Description != "桌灯" {
			t.Errorf("%s", got.Body)
		}
		as(own, "update", `{"product_id":"`+id+`","attachments":[`+upload(t, own, 2)+`,`+shown(kept)+`]}`)
		if now := get(t, own, id).Attachments; len(now) != 2 || now[1].Image.MediaID != kept {
			t.Errorf("%+v", now)
		}
		as(own, "update", `{"product_id":"`+id+`","attachments":[`+upload(t, own, 2)+`]}`)
		if got := own.Call("GET", "/cgi-bin/media/get?media_id="+kept, ""); got.ErrCode != 40007 {
			t.Errorf("a picture that was taken away: %s", got.Body)
		}
		for _, name := range []string{"update", "delete"} {
			for client, code := range map[*qiweitest.Client]int{other: 60011, twin: 41075} {
				if got := as(client, name, `{"product_id":"`+id+`"}`); got.ErrCode != code {
					t.Errorf("%s by another: %s, want %d", name, got.Body, code)
				}
			}
		}
		if got := as(twin, "get", `{"product_id":"`+id+`"}`); got.ErrCode != 41075 {
			t.Errorf("the twin: %s", got.Body)
		}
		as(own, "delete", `{"product_id":"`+id+`"}`)
		for _, name := range []string{"get", "update", "delete"} {
			for of, code := range map[string]int{id: 41074, "x": 41075, "": 41075} {
				if got := as(own, name, `{"product_id":"`+of+`"}`); got.ErrCode != code {
					t.Errorf("%s %q once it is deleted: %s, want %d", name, of, got.Body, code)
				}
			}
		}
	})
}

// TestList goes through the corp's products in pages.
func TestList(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		own, other := w.WithApp(access.SelfBuilt, listed()), w.WithApp(access.SelfBuilt, listed())
		var all []string
		for n := range 3 {
			all = append(all, add(t, []*qiweitest.Client{own, other, own}[n], fmt.Sprintf(`{"description":"灯%d","price":1,"attachments":[%s]}`, n, upload(t, own, 2))))
		}
		gone := add(t, own, `{"description":"x","price":0,"attachments":[`+upload(t, own, 2)+`]}`)
		as(own, "delete", `{"product_id":"`+gone+`"}`)
		var read []string
		for cursor, pages := "", 0; pages == 0 || cursor != "" && pages < 9; pages++ {
			var page struct {
				Next string    `json:"next_cursor"`
				List []product `json:"product_list"`
			}
			got := own.Call("POST", "/cgi-bin/externalcontact/get_product_album_list", `{"limit":2,"cursor":"`+cursor+`"}`)
			got.Decode(&page)
			for _, p := range page.List {
				read = append(read, p.ID)
			}
			cursor = page.Next
			if strings.Contains(got.Body, "create_time") {
				t.Errorf("%s", got.Body)
			}
		}
		if strings.Join(read, " ") != strings.Join(all, " ") {
			t.Errorf("%s, want %s", read, all)
		}
	})
}

// TestLimits: every bad field has its code (doc 95096, 90313).
func TestLimits(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		own := w.WithApp(access.SelfBuilt, listed())
		good, moment := upload(t, own, 2), upload(t, own, 1)
		theirs := upload(t, w.Second.WithApp(access.SelfBuilt, listed()), 2)
		pictures := func(n int) string { return strings.TrimSuffix(strings.Repeat(good+",", n), ",") }
		with := func(description, price, more string) string {
			return fmt.Sprintf(`{"description":%q,"price":%s%s,"attachments":[%s]}`, description, price, more, good)
		}
		for _, tt := range []struct {
			what, body string
			code       int
		}{
			{"nothing", `{}`, 41087},
			{"no price", `{"description":"x","attachments":[` + good + `]}`, 41086},
			{"no pictures", `{"description":"x","price":1}`, 41088},
			{"an empty list", `{"description":"x","price":1,"attachments":[]}`, 41088},
			{"album.maxDescription", with(strings.Repeat("字", 300), "1", ""), 0},
			{"a longer description", with(strings.Repeat("字", 301), "1", ""), 41087},
			{"an empty one", with(" ", "1", ""), 41087},
			{"album.maxPrice", with("x", "5000000", ""), 0},
			{"a higher price", with("x", "5000001", ""), 41086},
			{"a negative one", with("x", "-1", ""), 41086},
			{"album.maxCode", with("x", "1", `,"product_sn":"`+strings.Repeat("a", 128)+`"`), 0},
			{"a longer code", with("x", "1", `,"product_sn":"`+strings.Repeat("a", 129)+`"`), 41085},
			{"a code with a dash", with("x", "1", `,"product_sn":"a-1"`), 41085},
			{"album.maxPictures", `{"description":"x","price":1,"attachments":[` + pictures(9) + `]}`, 0},
			{"more pictures", `{"description":"x","price":1,"attachments":[` + pictures(10) + `]}`, 41064},
			{"a video", `{"description":"x","price":1,"attachments":[{"type":"video"}]}`, 41065},
			{"by msgtype", `{"description":"x","price":1,"attachments":[{"msgtype":"image","image":{"media_id":"x"}}]}`, 41065},
			{"a moment's picture", `{"description":"x","price":1,"attachments":[` + moment + `]}`, 40007},
			{"the twin's", `{"description":"x","price":1,"attachments":[` + theirs + `]}`, 40007},
		} {
			if got := as(own, "add", tt.body); got.ErrCode != tt.code {
				t.Errorf("%s: %s, want %d", tt.what, got.Body, tt.code)
			}
		}
		for what, client := range map[string]*qiweitest.Client{
			"a provider's without the permission": w.WithApp(access.Custom, app.Settings{Range: access.Everything(), Grants: []string{"externalcontact:base:base"}}),
			"one that is not listed":              w.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything()}),
		} {
			if got := as(client, "add", `{}`); got.ErrCode != 48002 {
				t.Errorf("%s: %s", what, got.Body)
			}
		}
		if got := as(w.WithApp(access.ThirdParty, app.Settings{Range: access.Everything(), Grants: []string{"externalcontact:contact:product_album"}}), "add", `{}`); got.ErrCode != 41087 {
			t.Errorf("a provider's: %s", got.Body)
		}
	})
}
