package hardware_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
)

// fetch reads an address, or the part of it that a Range names, and its status.
func (h *house) fetch(url, part string) (int, []byte) {
	h.t.Helper()
	req, err := http.NewRequest("GET", url, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	if part != "" {
		req.Header.Set("Range", part)
	}
	resp := h.Do(req)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return resp.StatusCode, raw
}

// opened decrypts a job's file as the page says: AES-256-CBC, PKCS#7 to 32 bytes, the IV is the key's beginning.
func opened(t *testing.T, raw []byte, key string) string {
	t.Helper()
	aesKey, err := base64.StdEncoding.DecodeString(key + "=")
	if err != nil || len(key) != 43 || len(raw)%32 != 0 || len(raw) == 0 {
		t.Fatalf("key %q, %d bytes", key, len(raw))
	}
	block, err := aes.NewCipher(aesKey)
	if err != nil {
		t.Fatal(err)
	}
	out := bytes.Clone(raw)
	cipher.NewCBCDecrypter(block, aesKey[:16]).CryptBlocks(out, out)
	pad := int(out[len(out)-1])
	if pad < 1 || pad > 32 {
		t.Fatalf("padding of %d", pad)
	}
	return string(out[:len(out)-pad])
}

// TestPrint: a member prints a document by a cloud printer. The provider converts it first, the printer fetches
// it, and says that it is printed.
func TestPrint(t *testing.T) {
	run(t, func(h *house) {
		h.withModel(`["print","scan"]`)
		token := h.bound("SN1", "")
		device := "?device_access_token=" + token
		open := h.open(token)
		upload := func(content string) string {
			var a struct {
				MediaID string `json:"media_id"`
			}
			h.As(access.SelfBuilt).Upload("/cgi-bin/media/upload?type=file", "a.doc", []byte(content)).Decode(&a)
			return a.MediaID
		}
		original := strings.Repeat("the document ", 5000)
		var job struct{ JobID string }
		h.script("print", `{"device_sn":"SN1","userid":"zhangsan","media_id":"`+upload(original)+`","preview":true,"setting_list":[{"key":"纸张大小","value":["A4"]}]}`, &job)
		trans := h.one("printer_job_trans").Command
		status, raw := h.fetch(trans.URL, "")
		if got := opened(t, raw, trans.AESKey); status != 200 || got != original || trans.Open != open["张三"] || trans.JobID != job.JobID {
			t.Errorf("the file to convert: %d, %d bytes, %+v", status, len(got), trans)
		}
		if list := h.must("openhw/device/get_printer_job_list"+device, `{}`); !strings.Contains(list.body, `"printer_job_list":[]`) {
			t.Errorf("before it is submitted: %s", list.body)
		}
		result := func(more string) string { return `{"jobid":"` + job.JobID + `",` + more + `}` }
		h.refused(71067, "openhw/device/set_printer_job_trans_result"+device, result(`"setting_version":2,"page_size":1,"media_id":"x"`))
		h.refused(71069, "openhw/device/set_printer_job_trans_result"+device, result(`"setting_version":1,"type":1,"page":2,"page_size":1,"media_id":"x"`))
		h.refused(71063, "openhw/device/set_printer_job_trans_result"+device, result(`"setting_version":1,"page_size":1`))
		h.refused(600040, "openhw/device/set_printer_job_trans_result"+device, `{"jobid":"x","setting_version":1,"page_size":1,"media_id":"x"}`)
		h.refused(40007, "openhw/device/set_printer_job_trans_result"+device, result(`"setting_version":1,"page_size":1,"media_id":"x"`))
		site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/a.pdf" {
				w.WriteHeader(404)
				return
			}
			io.WriteString(w, "%PDF the converted document")
		}))
		t.Cleanup(site.Close)
		h.refused(71064, "openhw/device/set_printer_job_trans_result"+device, result(`"setting_version":1,"page_size":1,"download_url":"`+site.URL+`/nothing"`))
		h.must("openhw/device/set_printer_job_trans_result"+device, result(`"setting_version":1,"page_size":1,"download_url":"`+site.URL+`/a.pdf"`))

		h.script("submit", `{"device_sn":"SN1","jobid":"`+job.JobID+`","setting_list":[{"key":"单双面","value":["双面"]}]}`, nil)
		if p := h.one("printer_job_submit").Command; p.JobID != job.JobID {
			t.Errorf("told %+v", p)
		}
		h.refused(71068, "openhw/device/set_printer_job_trans_result"+device, result(`"setting_version":1,"page_size":1,"media_id":"x"`))
		list := h.must("openhw/device/get_printer_job_list"+device, `{"open_userid":"`+open["张三"]+`","status":0,"cursor":0}`)
		if want := fmt.Sprintf(`"printer_job_list":[{"open_userid":"%s","createtime":%d,"submitted":0,"status":0,"errcode":0,"errmsg":"ok","doc_name":"a.doc","doc_size":%d,"jobid":"%s","setting_list":[{"key":"单双面","value":["双面"]}]}]`,
			open["张三"], h.Clock.Now().Unix(), len(original), job.JobID); !strings.Contains(list.body, want) || list.NextCursor != "" {
			t.Errorf("%s, want %s", list.body, want)
		}
		var file struct {
			URL    string `json:"download_url"`
			AESKey string `json:"encoding_aeskey"`
		}
		h.Send("POST", "/cgi-bin/openhw/device/get_printer_job_download_url"+device, `{"jobid":"`+job.JobID+`"}`).Decode(&file)
		status, raw = h.fetch(file.URL, "")
		if got := opened(t, raw, file.AESKey); got != "%PDF the converted document" {
			t.Errorf("the file: %d %q", status, got)
		}
		status, part := h.fetch(file.URL, "bytes=5-20")
		if status != 206 || !bytes.Equal(part, raw[5:21]) {
			t.Errorf("a part: %d, %d bytes", status, len(part))
		}
		h.Advance(10 * time.Minute)
		if status, _ := h.fetch(file.URL, ""); status != 403 {
			t.Errorf("ten minutes later: %d", status)
		}

		h.refused(40058, "openhw/device/report_printer_job_status"+device, `{"jobid":"`+job.JobID+`","status":1}`)
		h.must("openhw/device/report_printer_job_status"+device, `{"jobid":"`+job.JobID+`","status":1,"errcode":1,"errmsg":"打印机缺墨"}`)
		if list := h.must("openhw/device/get_printer_job_list"+device, `{"status":2}`); !strings.Contains(list.body, `"status":2,"errcode":1,"errmsg":"打印机缺墨"`) {
			t.Errorf("failed: %s", list.body)
		}
		h.told()
		h.Advance(7 * 24 * time.Hour)
		if err := h.Server.Hardware.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if p := h.one("printer_job_del").Command; p.JobID != job.JobID {
			t.Errorf("after seven days: %+v", p)
		}
	})
}

// TestScan: a scan goes to the member who has scanned the scanner's code, once.
func TestScan(t *testing.T) {
	run(t, func(h *house) {
		h.withModel(`["scan"]`)
		token := h.bound("SN1", "")
		device := "?device_access_token=" + token
		open := h.open(token)
		code := h.must("openhw/device/gen_login_qrcode"+device, `{"state":"x","type":0}`).Content
		h.script("scan", `{"qr_code":"`+code+`","userid":"lisi"}`, nil)
		scan := h.one("user_scan").Command
		if len(scan.AuthCode) == 0 {
			t.Fatalf("told %+v", scan)
		}
		var a struct {
			MediaID string `json:"media_id"`
		}
		h.As(access.SelfBuilt).Upload("/cgi-bin/media/upload?type=file", "a.pdf", []byte("what was scanned")).Decode(&a)
		push := func(user, code, more string) string {
			return `{"open_userid":"` + open[user] + `","filename":"b.pdf","auth_code":"` + code + `"` + more + `}`
		}
		file := `,"media_id":"` + a.MediaID + `"`
		h.refused(71075, "openhw/device/push_scan_file"+device, push("李四", "x", file))
		h.refused(71075, "openhw/device/push_scan_file"+device, push("张三", scan.AuthCode, file))
		h.refused(71063, "openhw/device/push_scan_file"+device, push("李四", scan.AuthCode, ""))
		h.refused(71056, "openhw/device/push_scan_file"+device, push("nobody", scan.AuthCode, file))
		h.refused(71065, "openhw/device/get_printer_job_list"+device, `{}`)
		h.must("openhw/device/push_scan_file"+device, push("李四", scan.AuthCode, file))
		h.refused(71075, "openhw/device/push_scan_file"+device, push("李四", scan.AuthCode, file))
		var d struct {
			Files []struct {
				UserID   string `json:"userid"`
				Filename string `json:"filename"`
			} `json:"files"`
		}
		if h.script("device", `{"device_sn":"SN1"}`, &d); len(d.Files) != 1 || d.Files[0].UserID != "lisi" || d.Files[0].Filename != "b.pdf" {
			t.Errorf("%+v", d)
		}
	})
}

// TestUnknownSerialNumber: the provider is asked after it, and registers it by its answer.
func TestUnknownSerialNumber(t *testing.T) {
	run(t, func(h *house) {
		h.withModel(`["access"]`)
		if status, _ := h.try("bind", `{"device_sn":"SN7","corpid":"`+h.CorpID+`"}`); status != 404 {
			t.Errorf("nobody's: %d", status)
		}
		common := h.Receiver()
		h.common(common)
		bind := func() (status string) {
			var a struct{ Status string }
			h.script("bind", `{"device_sn":"SN7","corpid":"`+h.CorpID+`","provider":"`+h.Second.CorpID+`"}`, &a)
			h.Delivered()
			return a.Status
		}
		common.Next(common.Reply(`{"is_valid":false}`))
		if got := bind(); got != "verifying" {
			t.Errorf("asked: %s", got)
		}
		told := h.allTold(common)
		if len(told) != 1 || told[0].Event.MD5 != "dd35aeff508ffff2ed336f727ea4528b" || told[0].Base.SN+told[0].Base.ModelID != "" || told[0].receive != h.Second.CorpID+" "+h.Second.CorpID+" JSON" {
			t.Errorf("told %+v", told)
		}
		common.Next(common.Reply(`{"is_valid":true,"modelid":"` + h.model.ModelID + `"}`))
		if got := bind(); got != "verifying" {
			t.Errorf("after a no: %s", got)
		}
		if got := bind(); got != "asked" {
			t.Errorf("after a yes: %s", got)
		}
	})
}
