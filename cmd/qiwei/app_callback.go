package main

import (
	"context"
	"errors"
	"os"

	"qiwei/internal/access"
	"qiwei/internal/callback"
	"qiwei/internal/platform"
	"qiwei/internal/store"
)

// callbackFlags say how a command sends callbacks.
type callbackFlags struct {
	AllowPrivateCallbacks bool `help:"Let callback URLs lead to this machine and to private networks." env:"QIWEI_ALLOW_PRIVATE_CALLBACKS"`
}

// appCallback is an application's callback. A setting that is not given stays.
type appCallback struct {
	callbackFlags
	CallbackURL        *string `name:"callback-url" help:"Where it receives messages and events; the URL is verified before it is saved. Empty for nowhere." placeholder:"URL"`
	CallbackToken      string  `help:"Token of the callback, 1 to 32 letters and digits." placeholder:"TOKEN"`
	CallbackAESKey     string  `name:"callback-aes-key" help:"EncodingAESKey of the callback, 43 letters and digits." placeholder:"KEY"`
	CallbackEvents     *string `help:"Events that it receives, such as change_contact,subscribe; all for all of them." placeholder:"NAMES"`
	CallbackUnverified bool    `help:"Save the URL without verifying it; on the data of qiwei dev alone."`
}

func (f appCallback) given() bool {
	return f.CallbackURL != nil || f.CallbackToken != "" || f.CallbackAESKey != "" || f.CallbackEvents != nil
}

// save gives the application its callback. It verifies the URL first, so it does not run in the transaction
// of the other settings.
func (f appCallback) save(ctx context.Context, of appFlags) error {
	_, err := os.Stat(credentialsPath(of.Data))
	dev := err == nil
	if f.CallbackUnverified && !dev {
		return usagef("--callback-unverified: this is not the data of qiwei dev; a URL that cannot be verified would not receive anything")
	}
	s, err := of.open(ctx, platform.Config{Callback: callback.Settings{AllowPrivate: dev || f.AllowPrivateCallbacks}})
	if err != nil {
		return err
	}
	return errors.Join(f.saveOn(ctx, s, of), s.Close())
}

func (f appCallback) saveOn(ctx context.Context, s *platform.Server, of appFlags) error {
	c := callback.Callback{AgentID: of.AgentID, Token: f.CallbackToken, AESKey: f.CallbackAESKey, Unverified: f.CallbackUnverified}
	var corpID string
	if err := s.Store.Read(ctx, func(tx *store.Tx) error {
		co, err := of.corp(tx, s)
		if err != nil {
			return err
		}
		a, err := of.app(tx, s, co)
		corpID, c.URL = co.CorpID, a.CallbackURL
		return err
	}); err != nil {
		return explain(err)
	}
	switch {
	case f.CallbackURL != nil:
		c.URL = *f.CallbackURL
	case c.URL == "":
		return usagef("the application has no callback yet; give --callback-url, too")
	}
	if f.CallbackEvents != nil {
		c.Events = []string{}
		if *f.CallbackEvents != "all" {
			c.Events = split(*f.CallbackEvents)
		}
	}
	if _, err := s.Callbacks.SaveCallback(ctx, access.System(corpID), c); err != nil {
		return explain(err)
	}
	return of.refreshCredentials(ctx, s)
}
