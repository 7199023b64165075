package journal_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/id"
)

const driveControl = `{"property":{"control":"WedriveFile","id":"WedriveFile-1","title":[{"text":"资料","lang":"zh_CN"}],"require":1},"config":{}}`

// fetch asks for an address, with a cookie or without, and returns what came.
func (h *house) fetch(address, cookie string) (int, string) {
	h.t.Helper()
	req, err := http.NewRequest("GET", address, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	if cookie != "" {
		req.Header.Set("Cookie", cookie)
	}
	resp := h.Do(req)
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// TestDriveFiles: a report names files of the drive by fileids that stay, and each is downloaded with its cookie alone,
// for two hours (doc 98021).
func TestDriveFiles(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		var template struct {
			ID string `json:"template_id"`
		}
		h.done("template", `{"name":"周报","controls":[`+driveControl+`]}`, &template)
		upload := func(name, content string) string {
			var f struct {
				ID string `json:"media_id"`
			}
			h.app.Upload("/cgi-bin/media/upload?type=file", name, []byte(content)).Decode(&f)
			return f.ID
		}
		var r struct {
			UUID string `json:"journaluuid"`
		}
		filled := func(ids ...string) string {
			var files []string
			for _, id := range ids {
				files = append(files, fmt.Sprintf(`{"file_id":%q}`, id))
			}
			return fmt.Sprintf(`{"userid":"lisi","template_id":%q,"contents":[{"control":"WedriveFile","id":"WedriveFile-1","value":{"files":[%s]}}]}`, template.ID, strings.Join(files, ","))
		}
		if status, text := h.script(h.CorpID, "submit", filled(), nil); status != 400 {
			t.Errorf("a required control that is empty: %d %s", status, text)
		}
		h.done("submit", filled(upload("a.txt", "the first file"), upload("b.txt", "the second one")), &r)
		drive := func() (ids []string) {
			var got struct {
				Info struct {
					Data struct {
						Contents []struct {
							Value struct {
								Files []any `json:"files"`
								Drive []struct {
									ID string `json:"fileid"`
								} `json:"wedrive_files"`
							}
						}
					} `json:"apply_data"`
				}
			}
			h.must("get_record_detail", `{"journaluuid":"`+r.UUID+`"}`).Decode(&got)
			value := got.Info.Data.Contents[0].Value
			for _, f := range value.Drive {
				ids = append(ids, f.ID)
			}
			if len(value.Files) != 0 {
				t.Errorf("a file of the drive is no attachment: %v", value.Files)
			}
			return ids
		}
		ids := drive()
		if len(ids) != 2 || ids[0] == ids[1] {
			t.Fatalf("%v", ids)
		}
		h.Advance(10 * 24 * time.Hour) // beyond the life of a media_id
		if again := drive(); fmt.Sprint(again) != fmt.Sprint(ids) {
			t.Errorf("the fileids have changed: %v, %v", ids, again)
		}
		ask := func(fileID string) string { return fmt.Sprintf(`{"journaluuid":%q,"fileid":%q}`, r.UUID, fileID) }
		address := func(fileID string) (url, cookie string) {
			got := h.must("download_wedrive_file", ask(fileID)).JSON()
			return got.Text("download_url"), got.Text("cookie_name") + "=" + got.Text("cookie_value")
		}
		first, firstKey := address(ids[0])
		second, secondKey := address(ids[1])
		for _, c := range []struct {
			what, url, cookie string
			status            int
			text              string
		}{
			{"the first", first, firstKey, 200, "the first file"}, {"the second", second, secondKey, 200, "the second one"},
			{"without a cookie", first, "", 403, ""}, {"with another's", first, secondKey, 403, ""}, {"with a forged one", first, "journal_drive_key=abc", 403, ""},
			{"a file that is none", first + "0", firstKey, 403, ""},
		} {
			if status, text := h.fetch(c.url, c.cookie); status != c.status || c.text != "" && text != c.text {
				t.Errorf("%s: %d %s", c.what, status, text)
			}
		}
		h.Advance(2 * time.Hour)
		if status, text := h.fetch(first, firstKey); status != 403 {
			t.Errorf("after two hours: %d %s", status, text)
		}
		for what, body := range map[string]string{"no fileid": ask(""), "another fileid": ask(r.UUID + ".2"), "no report": `{"fileid":"` + ids[0] + `"}`, "a report that is none": `{"journaluuid":"4x","fileid":"` + ids[0] + `"}`} {
			if got := as(h.app, "download_wedrive_file", body); got.ErrCode != 301066 {
				t.Errorf("%s: %s", what, got.Body)
			}
		}
		narrow := h.WithApp(access.SelfBuilt, listed(access.Range{Members: []id.UserID{"wangwu"}}))
		other := h.Second.WithApp(access.SelfBuilt, listed(access.Everything()))
		for what, c := range map[string]int{"an application that does not see the member": as(narrow, "download_wedrive_file", ask(ids[0])).ErrCode, "another enterprise": as(other, "download_wedrive_file", ask(ids[0])).ErrCode,
			"one that is not listed": as(h.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything()}), "download_wedrive_file", ask(ids[0])).ErrCode} {
			if c == 0 {
				t.Errorf("%s has it", what)
			}
		}
	})
}
