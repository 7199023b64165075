package register

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/event"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/suite"
)

// Registrations are told to the provider at its URL for system events. None is recorded: a
// token is a secret, and the registration itself says what has happened.
const (
	registerCorp = "register_corp"
	enterPackage = "enter_register_package"
)

type kinds map[string]*event.Kind[event.Letter]

func declareKinds(l *event.Log) kinds {
	out := kinds{}
	for _, d := range []struct {
		name string
		doc  int
		push event.Push
	}{
		{registerCorp, 90585, registeredPush("sample-code", "wpSample", "sample-token", "woSample", "sample", "tplSample")},
		{enterPackage, 98071, enteredPush("sample-code", "wpSample", "woSample", "sample", "tplSample")},
	} {
		letter := event.Letter{What: d.push}
		out[d.name] = event.Declare(l, event.Declaration{
			Name: d.name, Doc: d.doc, Callbacks: []string{d.name}, Passing: true, Envelope: event.OfProvider,
		}, func() event.Letter { return letter })
	}
	return out
}

func group(name string, user id.UserID) (f event.Fields) {
	f.Text(name, string(user))
	return f
}

func registeredPush(code, openCorpID, token string, user id.UserID, state, template string) event.Push {
	p := event.Push{Event: registerCorp}
	p.Fields.Text("RegisterCode", code)
	p.Fields.Text("AuthCorpId", openCorpID)
	if token != "" {
		var sync event.Fields
		sync.Text("AccessToken", token)
		sync.Int("ExpiresIn", int64(tokenLife.Seconds()))
		p.Fields.Group("ContactSync", sync)
	}
	p.Fields.Group("AuthUserInfo", group("UserId", user))
	if state != "" {
		p.Fields.Text("State", state)
	}
	p.Fields.Text("TemplateId", template)
	return p
}

func enteredPush(code, openCorpID string, user id.UserID, state, template string) event.Push {
	p := event.Push{Event: enterPackage}
	p.Fields.Text("AuthCorpId", openCorpID)
	p.Fields.Group("AuthUserInfo", group("UserId", user))
	p.Fields.Text("RegisterCode", code)
	if state != "" {
		p.Fields.Text("State", state)
	}
	p.Fields.Text("TemplateId", template)
	return p
}

func (s *Service) tellRegistered(ctx context.Context, tx *store.Tx, p suite.Provider, v Package, r registration, open string) error {
	user, err := s.adminOf(tx, p, r)
	if err != nil {
		return err
	}
	token := ""
	if v.Migration {
		token = s.token(r)
	}
	return s.tell(ctx, tx, p, registerCorp, registeredPush(r.code, open, token, user, r.state, v.ID))
}

func (s *Service) tellEntered(ctx context.Context, tx *store.Tx, p suite.Provider, v Package, r registration, open string, user id.UserID) error {
	return s.tell(ctx, tx, p, enterPackage, enteredPush(r.code, open, user, r.state, v.ID))
}

func (s *Service) tell(ctx context.Context, tx *store.Tx, p suite.Provider, name string, push event.Push) error {
	if p.EventURL == "" {
		return nil
	}
	return s.kinds[name].Record(ctx, tx, access.System(p.CorpID), event.Letter{To: event.Receiver{Book: suite.ProviderBook, Key: p.CorpID}, What: push})
}
