package translation_test

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/qiweitest"
)

// house is a World whose second enterprise is a provider, with an application in the
// first for department 2.
type house struct {
	*qiweitest.World
	t           *testing.T
	events      *qiweitest.Receiver
	token, corp string
	lisi        string
}

func open(t *testing.T, w *qiweitest.World) *house {
	t.Helper()
	h := &house{World: w, t: t, events: w.Receiver()}
	h.events.Always(qiweitest.Text(200, "success"))
	var p suite.Provider
	w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		s := w.Server.Suites
		if p, err = s.CreateProvider(ctx, tx, suite.Provider{CorpID: w.Second.CorpID, Token: h.events.Token, AESKey: h.events.AESKey,
			ProviderSettings: suite.ProviderSettings{EventURL: h.events.URL}}); err != nil {
			return err
		}
		v, err := s.CreateSuite(ctx, tx, suite.Suite{Partner: p.CorpID, Kind: access.ThirdParty, Settings: suite.Settings{Name: "报表"}})
		if err != nil {
			return err
		}
		in, _, err := s.InstallSuite(ctx, tx, suite.Install{SuiteID: v.SuiteID, CorpID: w.CorpID, Range: access.Range{Departments: []int64{2}}})
		if err != nil {
			return err
		}
		by, err := w.Server.Apps.Caller(tx, in.App)
		if err != nil {
			return err
		}
		known, err := by.IDs.Shown(tx, w.CorpID, access.MemberID, []string{"lisi"})
		if err != nil {
			return err
		}
		h.lisi = known["lisi"]
		h.corp, err = s.OpenCorpID(tx, p.CorpID, w.CorpID)
		return err
	})
	var got struct {
		Token string `json:"provider_access_token"`
	}
	h.Send("POST", "/cgi-bin/service/get_provider_token", `{"corpid":"`+p.CorpID+`","provider_secret":"`+p.Secret+`"}`).Decode(&got)
	h.token = got.Token
	return h
}

// upload uploads a file of the provider and returns its media_id.
func (h *house) upload(name string, content []byte) string {
	h.t.Helper()
	var body bytes.Buffer
	body.WriteString("--x\r\nContent-Disposition: form-data; name=\"media\"; filename=\"" + name + "\"\r\nContent-Type: application/octet-stream\r\n\r\n")
	body.Write(content)
	body.WriteString("\r\n--x--\r\n")
	req, err := http.NewRequest("POST", h.URL+"/cgi-bin/service/media/upload?type=file&provider_access_token="+h.token, &body)
	if err != nil {
		h.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	text, err := io.ReadAll(h.Do(req).Body)
	if err != nil {
		h.t.Fatal(err)
	}
	_, id, _ := strings.Cut(string(text), `"media_id":"`)
	id, _, _ = strings.Cut(id, `"`)
	if id == "" {
		h.t.Fatalf("upload: %s", text)
	}
	return id
}

type answer struct {
	Code   int    `json:"errcode"`
	Msg    string `json:"errmsg"`
	JobID  string `json:"jobid"`
	Status int    `json:"status"`
	Type   string `json:"type"`
	Result struct {
		Translated struct {
			URL string `json:"url"`
		} `json:"contact_id_translate"`
	} `json:"result"`
}

func (h *house) call(method, path, body string) (a answer) {
	h.t.Helper()
	h.Send(method, "/cgi-bin/service/"+path, body).Decode(&a)
	return a
}

// translate runs a job and returns where its result is.
func (h *house) translate(more string, mediaIDs ...string) string {
	h.t.Helper()
	got := h.call("POST", "contact/id_translate?provider_access_token="+h.token, `{"auth_corpid":"`+h.corp+`","media_id_list":["`+strings.Join(mediaIDs, `","`)+`"]`+more+`}`)
	if got.Code != 0 {
		h.t.Fatalf("id_translate: %+v", got)
	}
	h.Jobs()
	h.Delivered()
	if p := h.events.Take(); len(p) != 1 || p[0].Field("InfoType") != "batch_job_result" || p[0].Field("AuthCorpId") != h.corp || !strings.Contains(p[0].XML(), got.JobID) {
		h.t.Errorf("told: %v", p)
	}
	done := h.call("GET", "batch/getresult?provider_access_token="+h.token+"&jobid="+got.JobID, "")
	if done.Status != 3 || done.Type != "contact_id_translate" || done.Result.Translated.URL == "" {
		h.t.Fatalf("getresult: %+v", done)
	}
	return done.Result.Translated.URL
}

// read opens a result as a member who is signed in.
func (h *house) read(url string) []byte {
	h.t.Helper()
	resp, err := h.SignIn("zhangsan").Get(url)
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 {
		h.t.Fatalf("%s: %s, %v", url, resp.Status, err)
	}
	return content
}

func TestTranslation(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w)
		text := "姓名,部门\n$userName=" + h.lisi + "$,$departmentName=2$\n$userName=lisi$,$departmentName=4$\n$userName=" + h.corp + "/" + h.lisi + "$ $userName=$\n"
		url := h.translate("", h.upload("名单.csv", []byte(text)))
		got := string(h.read(url))
		if !strings.HasPrefix(got, "姓名,部门\n李四,") || strings.Contains(got, "$departmentName=2$") || !strings.Contains(got, "$userName=lisi$,$departmentName=4$\n李四 $userName=$") {
			t.Errorf("translated: %q", got)
		}
		// The provider, who is not signed in, reads nothing.
		req, _ := http.NewRequest("GET", url, nil)
		page, _ := io.ReadAll(h.Do(req).Body)
		if strings.Contains(string(page), "姓名,部门") { // the page to sign in offers the members by name
			t.Error("who is not signed in reads a name")
		}

		var doc bytes.Buffer
		z := zip.NewWriter(&doc)
		for name, content := range map[string]string{"xl/sharedStrings.xml": "<sst><t>$userName=" + h.lisi + "$</t></sst>", "xl/media/a.bin": "$userName=" + h.lisi + "$"} {
			p, _ := z.Create(name)
			io.WriteString(p, content)
		}
		z.Close()
		url = h.translate(`,"output_file_name":"$userName=`+h.lisi+`$"`, h.upload("a.xlsx", doc.Bytes()), h.upload("b.txt", []byte("$userAliasOrName="+h.lisi+"$")))
		archive := h.read(url)
		r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
		if err != nil || len(r.File) != 2 || r.File[0].Name != "a.xlsx" {
			t.Fatalf("%v: %d bytes", err, len(archive))
		}

		bad := h.upload("c.txt", []byte("\xff\xfe\xff\xfe\xff\xfe"))
		job := h.call("POST", "contact/id_translate?provider_access_token="+h.token, `{"auth_corpid":"`+h.corp+`","media_id_list":["`+bad+`"]}`).JobID
		h.Jobs()
		if got := h.call("GET", "batch/getresult?provider_access_token="+h.token+"&jobid="+job, ""); got.Code != 84200 {
			t.Errorf("no UTF-8: %+v", got)
		}
		if got := h.call("GET", "batch/getresult?provider_access_token="+h.token+"&jobid=nothing", ""); got.Code != 40088 {
			t.Errorf("no job: %+v", got)
		}
		for body, want := range map[string]int{
			`{"media_id_list":["x"]}`:                                                             84054,
			`{"auth_corpid":"` + h.corp + `"}`:                                                    41006,
			`{"auth_corpid":"` + h.corp + `","media_id_list":["x"]}`:                              40007,
			`{"auth_corpid":"` + h.corp + `","media_id_list":["x","y"]}`:                          40063,
			`{"auth_corpid":"wpnobody","media_id_list":["x"]}`:                                    48001,
			`{"auth_corpid":"` + h.corp + `","media_id_list":["x"],"output_file_format":"pdf"}`:   48002,
			`{"auth_corpid":"` + h.corp + `","media_id_list":["x"],"output_file_format":"other"}`: 40058,
		} {
			if got := h.call("POST", "contact/id_translate?provider_access_token="+h.token, body); got.Code != want {
				t.Errorf("%s: %+v, want %d", body, got, want)
			}
		}
	})
}
