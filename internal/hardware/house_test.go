package hardware_test

import (
	"context"
	"encoding/json"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/hardware"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/qiweitest"
)

// house is a World whose second enterprise is a provider with a model of devices. The first one binds them.
// zhangsan is in department 2, lisi in 3 below it, wangwu in 4.
type house struct {
	*qiweitest.World
	t     *testing.T
	model model
	cloud *qiweitest.Receiver
}

type model struct {
	ModelID string `json:"model_id"`
	Secret  string `json:"model_secret"`
	Seed    string `json:"seed_secret_no"`
}

func run(t *testing.T, test func(h *house), opts ...qiweitest.Option) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			_, err := w.Server.Suites.CreateProvider(ctx, tx, suite.Provider{CorpID: w.Second.CorpID})
			return err
		})
		test(&house{World: w, t: t})
	}, append([]qiweitest.Option{func(c *platform.Config) { c.Dev = true }}, opts...)...)
}

// script runs one that must succeed.
func (h *house) script(name, body string, into any) {
	h.t.Helper()
	h.Scripted("hardware/"+name, body, into)
}

func (h *house) try(name, body string) (int, string) {
	h.t.Helper()
	return h.Script("hardware/"+name, body)
}

// withModel makes a cloud model whose callback URL has proved itself.
func (h *house) withModel(abilities string) {
	h.t.Helper()
	h.script("model", `{"provider":"`+h.Second.CorpID+`","name":"云门","access":"cloud","abilities":`+abilities+`}`, &h.model)
	h.cloud = h.Receiver()
	if _, err := h.Server.Hardware.SaveModel(context.Background(), hardware.ModelCallback{ModelID: h.model.ModelID, URL: h.cloud.URL, Token: h.cloud.Token, AESKey: h.cloud.AESKey}); err != nil {
		h.t.Fatal(err)
	}
}

// pushed is what a model's callback URL was told, opened.
type pushed struct {
	Type string `json:"msg_type"`
	Base struct {
		ReqID    string `json:"req_id"`
		SN       string `json:"device_sn"`
		At       int64  `json:"createtime"`
		ModelID  string `json:"model_id"`
		AuthCorp string `json:"auth_corpid"`
		Provider string `json:"service_corpid"`
	} `json:"base_info"`
	Event   part `json:"event"`
	Command part `json:"command"`
	receive string
}

type part struct {
	Event    string `json:"event_type"`
	Command  string `json:"command_type"`
	Ticket   string `json:"model_ticket"`
	AuthCode string `json:"auth_code"`
	Code     string `json:"verif_code"`
	Version  int64  `json:"perm_version"`
	Create   []user `json:"create_user"`
	Update   []user `json:"update_user"`
	Delete   []user `json:"delete_user"`
	OperID   string `json:"oper_id"`
	Open     string `json:"open_userid"`
	User     int64  `json:"user_type"`
	Page     string `json:"page_type"`
	State    string `json:"state"`
	JobID    string `json:"jobid"`
	URL      string `json:"download_url"`
	AESKey   string `json:"encoding_aeskey"`
	MD5      string `json:"device_sn_md5"`
}

type user struct {
	Open string `json:"open_userid"`
	Type int64  `json:"user_type"`
}

func (p pushed) name() string { return p.Event.Event + p.Command.Command }

// told returns what the cloud has been told since it was last asked, but tickets.
func (h *house) told() (out []pushed) {
	h.t.Helper()
	for _, p := range h.allTold(h.cloud) {
		if p.name() != "model_ticket" {
			out = append(out, p)
		}
	}
	return out
}

func (h *house) allTold(rc *qiweitest.Receiver) (out []pushed) {
	h.t.Helper()
	h.Delivered()
	for _, r := range rc.Take() {
		var p pushed
		if r.Problem != "" || json.Unmarshal(r.Body, &p) != nil {
			h.t.Fatalf("a push that cannot be read: %s %s", r.Problem, r.Body)
		}
		p.receive = r.ReceiveID + " " + r.ToUserName + " " + r.Format.String()
		out = append(out, p)
	}
	return out
}

// one returns the one push of a name that has come.
func (h *house) one(name string) pushed {
	h.t.Helper()
	told := h.told()
	if len(told) != 1 || told[0].name() != name {
		h.t.Fatalf("told %+v, want one %s", told, name)
	}
	return told[0]
}

type answer struct {
	Code        int    `json:"errcode"`
	Msg         string `json:"errmsg"`
	Model       string `json:"model_access_token"`
	Device      string `json:"device_access_token"`
	Secret      string `json:"device_secret"`
	ExpiresIn   int64  `json:"expires_in"`
	QRCode      string `json:"qr_code"`
	Content     string `json:"qrcode_content"`
	NextCursor  string `json:"next_cursor"`
	PermVersion int64  `json:"perm_version"`
	Users       struct {
		Items []struct {
			Open string `json:"open_userid"`
			Name string `json:"user_name"`
			Pass struct {
				Rules []struct {
					ID   int64  `json:"id"`
					Rule string `json:"rule"`
					At   int64  `json:"effect_time"`
				} `json:"rule_list"`
			} `json:"pass_rule"`
		} `json:"useritems"`
	} `json:"userinfo"`
	Failed []struct {
		Open string `json:"open_userid"`
		At   int64  `json:"timestamp"`
		Code int    `json:"errcode"`
	} `json:"fail_list"`
	body string
}

func (h *house) call(path, body string) (a answer) {
	h.t.Helper()
	got := h.Send("POST", "/cgi-bin/"+path, body)
	got.Decode(&a)
	a.body = got.Body
	return a
}

func (h *house) must(path, body string) answer {
	h.t.Helper()
	a := h.call(path, body)
	if a.Code != 0 {
		h.t.Fatalf("%s %s: %d %s", path, body, a.Code, a.Msg)
	}
	return a
}

func (h *house) refused(code int, path, body string) {
	h.t.Helper()
	if a := h.call(path, body); a.Code != code {
		h.t.Errorf("%s %s: %d %s, want %d", path, body, a.Code, a.Msg, code)
	}
}

func (h *house) ticket() string {
	h.t.Helper()
	var a struct {
		Ticket string `json:"model_ticket"`
	}
	h.script("ticket", `{"model_id":"`+h.model.ModelID+`"}`, &a)
	return a.Ticket
}

func (h *house) modelToken() string {
	h.t.Helper()
	return h.must("openhw/get_model_token", `{"model_id":"`+h.model.ModelID+`","model_secret":"`+h.model.Secret+`","model_ticket":"`+h.ticket()+`"}`).Model
}

// bound registers a device, binds it to the first enterprise and returns its token.
func (h *house) bound(sn, people string) (token string) {
	h.t.Helper()
	by := h.modelToken()
	h.must("openhw/model/register_sn?model_access_token="+by, `{"device_sn":"`+sn+`"}`)
	if people == "" {
		people = `{}`
	}
	h.script("bind", `{"device_sn":"`+sn+`","corpid":"`+h.CorpID+`","range":`+people+`}`, nil)
	code := h.one("bind").Event.AuthCode
	return h.must("openhw/get_device_secret?model_access_token="+by, `{"auth_code":"`+code+`"}`).Device
}

// open returns the provider's ids of members.
func (h *house) open(token string) map[string]string {
	h.t.Helper()
	out := map[string]string{}
	for _, u := range h.must("openhw/device/get_userinfo_by_page?device_access_token="+token, `{}`).Users.Items {
		out[u.Name] = u.Open
	}
	return out
}

// app installs a third party's application of the provider in the first enterprise, and returns its token.
func (h *house) app(permissions []string, data *qiweitest.Receiver) (suiteID, token string) {
	h.t.Helper()
	var a app.App
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		settings := suite.Settings{Name: "报表", Permissions: permissions}
		v := suite.Suite{Partner: h.Second.CorpID, Kind: access.ThirdParty, Settings: settings}
		if data != nil {
			v.DataURL, v.Token, v.AESKey = data.URL, data.Token, data.AESKey
		}
		v, err := h.Server.Suites.CreateSuite(ctx, tx, v)
		if err != nil {
			return err
		}
		suiteID = v.SuiteID
		in, _, err := h.Server.Suites.InstallSuite(ctx, tx, suite.Install{SuiteID: v.SuiteID, CorpID: h.CorpID, By: "zhangsan", Range: access.Range{Departments: []int64{2}}})
		if err != nil {
			return err
		}
		a = in.App
		return nil
	})
	ctx := context.Background()
	token, _, err := h.Server.Tokens.Issue(ctx, h.Server.Store, a)
	if err != nil {
		h.t.Fatal(err)
	}
	return suiteID, token
}

// common gives the provider the URL at which it is asked about serial numbers.
func (h *house) common(rc *qiweitest.Receiver) {
	h.t.Helper()
	if err := h.Server.Hardware.SaveCommon(context.Background(), hardware.Common{Partner: h.Second.CorpID, URL: rc.URL, Token: rc.Token, AESKey: rc.AESKey}, false); err != nil {
		h.t.Fatal(err)
	}
}
