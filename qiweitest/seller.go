package qiweitest

import (
	"context"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/callback"
	"qiwei/internal/store"
	"qiwei/internal/suite"
)

// Seller is the second enterprise as a provider with a suite, as the tests need it of what providers sell, order and
// are told. Both have receivers, which answer at once. Nobody has installed the suite. A copy is another provider once
// its Provider is, and it has signed in.
type Seller struct {
	*World
	T        testing.TB
	Provider suite.Provider
	Suite    suite.Suite
	System   *Receiver // of the provider's own events
	Commands *Receiver // of the suite's
	Token    string    // provider_access_token, good for two hours
}

// Seller makes the second enterprise a provider with a suite of the kind. A test that processes a provider's orders does
// so for the whole database, and runs alone.
func (w *World) Seller(kind access.Kind) Seller {
	w.t.Helper()
	s := Seller{World: w, T: w.t, System: w.Receiver(), Commands: w.Receiver()}
	s.System.Always(Text(200, "success"))
	s.Commands.Always(Text(200, "success"))
	w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		if s.Provider, err = w.Server.Suites.CreateProvider(ctx, tx, suite.Provider{CorpID: w.Second.CorpID}); err != nil {
			return err
		}
		s.Suite, err = w.Server.Suites.CreateSuite(ctx, tx, suite.Suite{Partner: w.Second.CorpID, Kind: kind, Settings: suite.Settings{Name: "报表"}})
		return err
	})
	var err error
	if s.Provider, err = w.Server.Callbacks.SaveProvider(context.Background(), callback.ProviderCallback{
		CorpID: s.Provider.CorpID, URL: s.System.URL, Token: s.System.Token, AESKey: s.System.AESKey,
	}); err != nil {
		w.t.Fatal(err)
	}
	if s.Suite, err = w.Server.Callbacks.SaveSuite(context.Background(), callback.SuiteCallback{
		SuiteID: s.Suite.SuiteID, CommandURL: s.Commands.URL, Token: s.Commands.Token, AESKey: s.Commands.AESKey,
	}); err != nil {
		w.t.Fatal(err)
	}
	s.SignIn()
	return s
}

// SignIn fetches the provider's token, which two hours end.
func (s *Seller) SignIn() {
	s.T.Helper()
	s.Token = s.Must("service/get_provider_token?", `{"corpid":"`+s.Provider.CorpID+`","provider_secret":"`+s.Provider.Secret+`"}`).Text("provider_access_token")
}

// Days has everything be delivered, moves the clock and signs in again.
func (s *Seller) Days(n int) {
	s.T.Helper()
	s.Delivered() // before the clock moves
	s.Advance(time.Duration(n) * 24 * time.Hour)
	s.SignIn()
}

// Call makes a call, by its path below /cgi-bin/: with the provider's token, or with what the path has in its query.
func (s *Seller) Call(path, body string) JSON {
	s.T.Helper()
	if !strings.Contains(path, "?") {
		path += "?provider_access_token=" + s.Token
	}
	return s.Send("POST", "/cgi-bin/"+path, body).JSON()
}

// Must makes a call that must succeed.
func (s *Seller) Must(path, body string) JSON {
	s.T.Helper()
	a := s.Call(path, body)
	if a.Code() != 0 {
		s.T.Fatalf("%s %s: %v", path, body, a)
	}
	return a
}

// Attempt runs one of the scripts of providers. The answer is an error text where the status is not 200.
func (s *Seller) Attempt(name, body string) (status int, answer string) {
	s.T.Helper()
	return s.Script("providers/"+name, body)
}

// Play runs one that must succeed, and returns the answer.
func (s *Seller) Play(name, body string) JSON {
	s.T.Helper()
	return s.played("providers/"+name, body)
}

// Install has an enterprise install the suite, and returns what the script answers: auth_code and open_corpid, which
// the provider knows it by.
func (s *Seller) Install(corpID string) JSON {
	s.T.Helper()
	return s.Play("install", `{"suite_id":"`+s.Suite.SuiteID+`","corpid":"`+corpID+`"}`)
}

// User is what the provider knows a member of an enterprise by.
func (s *Seller) User(corpID, userid string) string {
	s.T.Helper()
	return s.shownMember(s.Provider.No, corpID, userid)
}
