package direct_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/qiweitest"
)

// house is a World whose second enterprise is a provider with a model of devices that connect by themselves.
type house struct {
	*qiweitest.World
	t       *testing.T
	modelID string
	seed    string
	events  *qiweitest.Receiver
}

func run(t *testing.T, test func(h *house), opts ...qiweitest.Option) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := &house{World: w, t: t, events: w.Receiver()}
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			_, err := w.Server.Suites.CreateProvider(ctx, tx, suite.Provider{CorpID: w.Second.CorpID, Token: h.events.Token, AESKey: h.events.AESKey,
				ProviderSettings: suite.ProviderSettings{EventURL: h.events.URL}})
			return err
		})
		test(h)
	}, append([]qiweitest.Option{func(c *platform.Config) { c.Dev = true }}, opts...)...)
}

func (h *house) script(name, body string, into any) {
	h.t.Helper()
	if status, text := h.try(name, body); status != 200 {
		h.t.Fatalf("%s %s: %d %s", name, body, status, text)
	} else if into != nil {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			h.t.Fatal(err)
		}
	}
}

func (h *house) try(name, body string) (int, string) {
	h.t.Helper()
	req, err := http.NewRequest("POST", h.URL+"/_qiwei/hardware/"+name, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	resp := h.Do(req)
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text)
}

// device registers a serial number of a new model and returns its secret_no.
func (h *house) device(sn, model string) (secretNo string) {
	h.t.Helper()
	if h.modelID == "" {
		var m struct {
			ModelID string `json:"model_id"`
			Seed    string `json:"seed_secret_no"`
		}
		h.script("model", `{"provider":"`+h.Second.CorpID+`","name":"直连机","access":"direct",`+model+`}`, &m)
		h.modelID, h.seed = m.ModelID, m.Seed
	}
	var a struct {
		SecretNo string `json:"secret_no"`
	}
	h.script("register", `{"model_id":"`+h.modelID+`","device_sn":"`+sn+`"}`, &a)
	return a.SecretNo
}

func (h *house) bind(sn string) {
	h.t.Helper()
	h.script("bind", `{"device_sn":"`+sn+`","corpid":"`+h.CorpID+`","range":{"departments":[2]},"remark_name":"前台"}`, nil)
}

func (h *house) connect() *device { return dial(h.t, h.URL, "/hardware/connect", "") }

// working is a device that is bound and subscribed.
func (h *house) working(sn, model string) *device {
	h.t.Helper()
	secretNo := h.device(sn, model)
	h.bind(sn)
	d := h.connect()
	d.login(sn, secretNo, h.Clock.Now())
	return d
}

// told returns what the provider's system event URL was told: InfoType and elements.
func (h *house) told() string {
	h.t.Helper()
	h.Delivered()
	var out []string
	for _, p := range h.events.Take() {
		text := p.Field("InfoType") + " " + p.Field("DeviceSn")
		for _, name := range []string{"RemarkName", "ErrCode", "ErrMsg", "Reason"} {
			if v := p.Field(name); v != "" {
				text += " " + v
			}
		}
		if p.Field("ServiceCorpId") != h.Second.CorpID || p.ReceiveID != h.Second.CorpID {
			h.t.Errorf("told as %s: %s", p.ReceiveID, p.XML())
		}
		out = append(out, text)
	}
	return strings.Join(out, "; ")
}

const clockModel = `"abilities":["attendance","access","temperature","face","fingerprint"],"firmware":{"firmware_version":"1.1","md5sum":"x","size":1,"download_url":"http://a.example/f"}`

// TestLogin walks a device from its first frame to its subscription, with everything that can be wrong.
func TestLogin(t *testing.T) {
	run(t, func(h *house) {
		secretNo := h.device("SN1", clockModel)
		now := h.Clock.Now()
		d := dial(t, h.URL, "/", "openhw.work.weixin.qq.com")
		var at struct{ Timestamp int64 }
		if d.must("get_timestamp", "", &at); at.Timestamp != now.Unix() {
			t.Errorf("get_timestamp: %d", at.Timestamp)
		}
		d.refused(600014, "active", `{"active_code":"x"}`)
		d.refused(600020, "ping", "")
		d.refused(600020, "get_perm_version", "")
		d.refused(600001, "register", signedBody("SN9", secretNo, "register", now))
		d.refused(600007, "register", `{"nonce":1,"timestamp":1,"device_signature":"x"}`)
		d.refused(600008, "register", `{"sn":"SN1","timestamp":1,"device_signature":"x"}`)
		d.refused(600009, "register", `{"sn":"SN1","nonce":1,"device_signature":"x"}`)
		d.refused(600010, "register", `{"sn":"SN1","nonce":1,"timestamp":1}`)
		d.refused(600011, "register", signedBody("SN1", secretNo, "qrcode", now))
		d.refused(600011, "register", signedBody("SN1", "x", "register", now))
		d.refused(600023, "register", signedBody("SN1", secretNo, "register", now.Add(-5*time.Minute-time.Second)))
		d.refused(600011, "get_secret_no", signedBody("SN1", "x", "secret_no", now))
		d.refused(40058, "dance", "")

		var reg struct {
			ActiveCode string `json:"active_code"`
		}
		d.must("register", signedBody("SN1", secretNo, "register", now.Add(-5*time.Minute)), &reg)
		d.refused(600012, "register", signedBody("SN1", secretNo, "register", now))
		d.refused(600003, "active", `{"active_code":"x"}`)
		d.refused(600013, "active", `{}`)
		if m := d.refused(600004, "active", `{"active_code":"`+reg.ActiveCode+`"}`); m.Suggestion != "retry" || *m.Interval != 5 {
			t.Errorf("not bound yet: %s %d", m.Suggestion, *m.Interval)
		}
		h.bind("SN1")
		d.push("push_bind_corp", nil)
		var active struct{ Secret string }
		d.must("active", `{"active_code":"`+reg.ActiveCode+`"}`, &active)
		d.refused(600053, "active", `{"active_code":"`+reg.ActiveCode+`"}`)
		d.refused(600005, "subscribe_corp", `{"secret":"x","firmware_version":"1"}`)
		d.refused(600015, "subscribe_corp", `{"firmware_version":"1"}`)
		d.refused(600030, "subscribe_corp", `{"secret":"`+active.Secret+`"}`)
		d.refused(600050, "subscribe_corp", `{"secret":"`+active.Secret+`","firmware_version":"1","ext_args":{"fp_algorithm":["a","b","c","d","e","f"]}}`)
		d.must("subscribe_corp", `{"secret":"`+active.Secret+`","firmware_version":"1.0","ext_args":{"fa_algorithm":["v2","default"]}}`, nil)
		d.refused(600054, "subscribe_corp", `{"secret":"`+active.Secret+`","firmware_version":"1.0"}`)
		d.must("ping", "", nil)
		var corp struct {
			Name string `json:"corp_name"`
		}
		if d.must("get_corp_info", "", &corp); corp.Name != "甲公司" {
			t.Errorf("get_corp_info: %+v", corp)
		}

		// A boot later the device goes from its registration to its subscription; the old connection ends.
		again := h.connect()
		again.must("register", signedBody("SN1", secretNo, "register", now), nil)
		again.must("subscribe_corp", `{"secret":"`+active.Secret+`","firmware_version":"1.1"}`, nil)
		if opcode, _ := d.read(); opcode != 8 {
			t.Errorf("the old connection goes on: %d", opcode)
		}

		// Unbound, it has to begin anew.
		h.script("unbind", `{"device_sn":"SN1"}`, nil)
		again.push("push_unbind_corp", nil)
		again.refused(600004, "get_perm_version", "")
		if got := h.told(); got != "add_device SN1 前台; connect_info SN1; connect_info SN1; del_device SN1" {
			t.Errorf("the provider was told %s", got)
		}
	})
}
