package wire_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// suiteToken is a credential of another name and other codes than access_token.
var suiteToken = &wire.Credential{
	Param: "suite_access_token", What: "token of a suite",
	Missing: wire.Code(41022, "suite_access_token missing"), Invalid: wire.Code(40082, "invalid suite_token"), Expired: wire.Code(42009, "suite_access_token expired"),
	Resolve: func(_ *store.Tx, text string) (access.Caller, error) {
		switch text {
		case "good":
			return access.Caller{Kind: access.Suite, Suite: "wwsuite"}, nil
		case "old":
			return access.Caller{}, wire.ErrExpired
		case "off":
			return access.Caller{}, wire.ErrDisabled
		}
		return access.Caller{}, wire.ErrInvalid
	},
}

func TestCredential(t *testing.T) {
	t.Parallel()
	named := *suiteToken
	named.Param, named.Also = "access_token", suiteToken.Param
	b := serve(t, []wire.Endpoint{
		{Method: "POST", Path: "/cgi-bin/suite", Doc: 1, Credential: suiteToken, Allow: access.Allow{access.Suite: access.All}, Handle: wire.Read(echoInTx)},
		{Method: "POST", Path: "/cgi-bin/named", Doc: 1, Credential: &named, Allow: access.Allow{access.Suite: access.All}, Handle: wire.Read(echoInTx)},
		{Method: "POST", Path: "/cgi-bin/nobody", Doc: 1, Credential: suiteToken, Allow: access.Allow{access.Provider: access.All}, Handle: wire.Read(echoInTx)},
	})
	for _, tt := range []struct {
		query string
		code  int
	}{
		{"/cgi-bin/suite?suite_access_token=good", 0},
		{"/cgi-bin/suite?suite_access_token=bad", 40082},
		{"/cgi-bin/suite?suite_access_token=old", 42009},
		{"/cgi-bin/suite?suite_access_token=off", 50003},
		{"/cgi-bin/suite?suite_access_token=", 41022},
		{"/cgi-bin/suite", 41022},
		{"/cgi-bin/suite?access_token=good", 41022}, // an application's is none here
		{"/cgi-bin/nobody?suite_access_token=good", 48002},
		{"/cgi-bin/named?access_token=good", 0},
		{"/cgi-bin/named?suite_access_token=good", 0},
		{"/cgi-bin/named?access_token=bad&suite_access_token=good", 40082}, // the first name counts
		{"/cgi-bin/named?x=good", 41022},
	} {
		if got := b.call("POST", tt.query, `{"userid":"li"}`); got.Code != tt.code {
			t.Errorf("%s: %s, want %d", tt.query, got.Body, tt.code)
		}
	}
	if last := b.calls[0].By; last.Kind != access.Suite || last.Suite != "wwsuite" || last.CorpID != "" {
		t.Errorf("the log was told of %+v", last)
	}
}

func TestCredentialsAreDeclaredRight(t *testing.T) {
	t.Parallel()
	_, err := wire.NewServer(wire.Config{}, []wire.Endpoint{{Method: "GET", Path: "/cgi-bin/x", Doc: 1, Open: true, Credential: suiteToken, Handle: wire.Read(echoInTx)}})
	if err == nil {
		t.Error("an endpoint is open and has a credential")
	}
}

// A caller without a credential is refused before the body is read.
func TestNoBodyWithoutACredential(t *testing.T) {
	t.Parallel()
	b := serve(t, echoes)
	r, w := io.Pipe() // nothing ever comes through it
	defer w.Close()
	req, err := http.NewRequest("POST", b.URL+"/cgi-bin/write?access_token=bad", r)
	if err != nil {
		t.Fatal(err)
	}
	req.ContentLength = 8 << 20
	if got := b.do(req); got.Code != 40014 {
		t.Error(got.Body)
	}
}

// views are ids of a caller's own: the corp's with a mark before them.
type views struct{ mark string }

func (v views) Shown(_ *store.Tx, corpID string, form access.Form, own []string) (map[string]string, error) {
	out := map[string]string{}
	for _, o := range own {
		if o != "stranger" {
			out[o] = v.mark + corpID + string('0'+rune(form)) + o
		}
	}
	return out, nil
}

func (v views) Own(_ *store.Tx, corpID string, form access.Form, shown []string) (map[string]string, error) {
	out := map[string]string{}
	for _, s := range shown {
		if own, ok := strings.CutPrefix(s, v.mark+corpID+string('0'+rune(form))); ok {
			out[s] = own
		}
	}
	return out, nil
}

type idsRequest struct {
	User  id.UserID   `json:"userid"`
	Many  []id.UserID `json:"users"`
	To    id.Users    `json:"touser"`
	Corp  id.CorpID   `json:"corpid"`
	Plain string      `json:"plain"`
}

type idsResponse struct {
	idsRequest
	Within []*idsRequest `json:"within"`
	Asked  string        `json:"asked"`
}

// TestIDsFollowTheView: a room sees the corp's own ids and the caller its own, in
// whatever sort of call.
func TestIDsFollowTheView(t *testing.T) {
	t.Parallel()
	kept := []*idsRequest{{User: "zhangsan"}} // shared by all answers, as what is kept is
	answer := func(req idsRequest) (idsResponse, error) {
		return idsResponse{idsRequest: req, Within: kept, Asked: string(req.User) + " " + string(req.To)}, nil
	}
	inTx := func(_ context.Context, _ *store.Tx, _ access.Caller, req idsRequest) (idsResponse, error) {
		return answer(req)
	}
	direct := func(_ context.Context, _ *store.Store, _ access.Caller, req idsRequest) (idsResponse, error) {
		return answer(req)
	}
	b := serve(t, []wire.Endpoint{
		{Method: "POST", Path: "/cgi-bin/r", Doc: 1, Allow: all, Handle: wire.Read(inTx)},
		{Method: "POST", Path: "/cgi-bin/w", Doc: 1, Allow: all, Handle: wire.Write(inTx)},
		{Method: "POST", Path: "/cgi-bin/d", Doc: 1, Allow: all, Handle: wire.Direct(direct)},
	})
	provider := caller("a", access.ThirdParty)
	provider.IDs = views{"wo"}
	b.mu.Lock()
	b.callers["view"] = provider
	b.mu.Unlock()
	for _, path := range []string{"/cgi-bin/r", "/cgi-bin/w", "/cgi-bin/d"} {
		const plain = `{"errcode":0,"errmsg":"ok","userid":"li","users":["li","wang","li"],"touser":"li|@all|wang","corpid":"a","plain":"li",` +
			`"within":[{"userid":"zhangsan","users":[],"touser":"","corpid":"","plain":""}],"asked":"li li|@all|wang"}`
		const shown = `{"errcode":0,"errmsg":"ok","userid":"woa0li","users":["woa0li","woa0wang","woa0li"],"touser":"woa0li|woa0@all|woa0wang","corpid":"woa1a","plain":"li",` +
			`"within":[{"userid":"woa0zhangsan","users":[],"touser":"","corpid":"","plain":""}],"asked":"li li|@all|wang"}`
		if got := b.call("POST", path+"?access_token=good", `{"userid":"li","users":["li","wang","li"],"touser":"li|@all|wang","corpid":"a","plain":"li"}`); got.Body != plain {
			t.Errorf("%s: %s\nwant %s", path, got.Body, plain)
		}
		body := `{"userid":"woa0li","users":["woa0li","woa0wang","woa0li"],"touser":"woa0li|@all|woa0wang","corpid":"woa1a","plain":"li"}`
		if got := b.call("POST", path+"?access_token=view", body); got.Body != shown {
			t.Errorf("%s by a view: %s\nwant %s", path, got.Body, shown)
		}
		got := b.call("POST", path+"?access_token=view", `{"userid":"stranger"}`)
		if !strings.Contains(got.Body, `"asked":"stranger "`) || !strings.Contains(got.Body, `"userid":"stranger"`) {
			t.Errorf("%s with an unknown id: %s", path, got.Body)
		}
	}
	if kept[0].User != "zhangsan" {
		t.Errorf("an answer that is shared was changed: %+v", kept[0])
	}
}
