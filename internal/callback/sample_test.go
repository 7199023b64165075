package callback_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/callback"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/qiweitest"
)

// tested queues a sample for the client's application, as if lisi had caused it.
func tested(w *qiweitest.World, c *qiweitest.Client, name string) error {
	return w.Server.Store.Write(context.Background(), func(tx *store.Tx) error {
		a, err := w.Server.Apps.App(tx, w.CorpID, c.AgentID)
		if err != nil {
			return err
		}
		return w.Server.Callbacks.Test(context.Background(), tx, a, name, id.UserID("lisi"))
	})
}

// Whatever a callback can be told it can be told as a test, which comes as it would come from lisi.
func TestSamples(t *testing.T) {
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) { // what waits is counted for all
		client := w.As(access.SelfBuilt)
		if err := tested(w, client, "change_contact/create_user"); !errors.Is(err, callback.ErrNoCallback) {
			t.Errorf("without a callback: %v", err)
		}
		backlog := func(n int64, since time.Time) {
			t.Helper()
			if b, err := w.Server.Callbacks.Backlog(context.Background()); err != nil || b.Waiting != n || !b.Oldest.Equal(since) {
				t.Errorf("%+v waits, %v; want %d since %s", b, err, n, since)
			}
		}
		rc := w.Receiver(client)
		w.WithoutTwin()
		backlog(0, time.Time{})
		names := w.Server.Callbacks.Tests()
		if !slices.Contains(names, "change_contact/create_user") || !slices.Contains(names, "message/text") || len(names) < 20 {
			t.Errorf("there are %q", names)
		}
		for _, name := range names {
			if err := tested(w, client, name); err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			w.Delivered()
			backlog(0, time.Time{})
			list := rc.Take()
			if len(list) != 1 {
				t.Errorf("%s: %d pushes", name, len(list))
				continue
			}
			_, variant, _ := strings.Cut(name, "/")
			if got := list[0]; !strings.HasSuffix(got.Kind(), variant) || got.Problem != "" || got.ToUserName != w.CorpID {
				t.Errorf("%s comes as %s: %s", name, got.Kind(), got.XML())
			}
			from, none := list[0].Field("FromUserName"), name == "kf_msg_or_event" // which has no sender
			if from != "lisi" && from != "sys" && !none || strings.HasPrefix(name, "message/") && from != "lisi" {
				t.Errorf("%s comes from %q", name, from)
			}
			w.Advance(time.Minute)
		}
		for _, name := range []string{"", "nothing", "message/nothing", "message/", "change_contact/nothing", "batch_job_result/x"} {
			if err := tested(w, client, name); err == nil {
				t.Errorf("%q is no sample, but was sent", name)
			}
		}
		// What a receiver does not take waits for its next try.
		rc.Next(qiweitest.Text(503, "down"))
		since := w.Clock.Now().Truncate(time.Millisecond)
		if err := tested(w, client, names[0]); err != nil {
			t.Fatal(err)
		}
		w.Delivered()
		backlog(1, since)
	})
}

// A provider's suite is told at its command URL, in its own name, and where it has none nobody is.
func TestSuitesAreTold(t *testing.T) {
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		rc := w.Receiver()
		rc.Always(qiweitest.Text(200, "success"))
		var told, deaf suite.Suite
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			s := w.Server.Suites
			if _, err := s.CreateProvider(ctx, tx, suite.Provider{CorpID: w.Second.CorpID}); err != nil {
				return err
			}
			for _, v := range []*suite.Suite{&told, &deaf} {
				made, err := s.CreateSuite(ctx, tx, suite.Suite{Partner: w.Second.CorpID, Kind: access.ThirdParty, Settings: suite.Settings{Name: "报表"}})
				if *v = made; err != nil {
					return err
				}
			}
			return nil
		})
		if _, err := w.Server.Callbacks.SaveSuite(context.Background(), callback.SuiteCallback{SuiteID: told.SuiteID, CommandURL: rc.URL, Token: rc.Token, AESKey: rc.AESKey}); err != nil {
			t.Fatal(err)
		}
		for _, v := range []suite.Suite{deaf, told} {
			w.Write(func(ctx context.Context, tx *store.Tx) error {
				_, _, err := w.Server.Suites.InstallSuite(ctx, tx, suite.Install{SuiteID: v.SuiteID, CorpID: w.CorpID})
				return err
			})
		}
		w.Delivered()
		var kinds []string
		for _, r := range rc.Take() {
			kinds = append(kinds, r.Field("InfoType"))
			if r.ReceiveID != told.SuiteID || r.ToUserName != told.SuiteID || r.Field("SuiteId") != told.SuiteID || r.Problem != "" {
				t.Errorf("to %s: %+v %s", told.SuiteID, r.Push, r.XML())
			}
		}
		if !slices.Contains(kinds, "create_auth") {
			t.Errorf("told of %q", kinds)
		}
		if _, err := w.Server.Callbacks.SaveSuite(context.Background(), callback.SuiteCallback{SuiteID: told.SuiteID}); err != nil {
			t.Errorf("without URLs: %v", err)
		}
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			v, err := w.Server.Suites.Suite(tx, told.SuiteID)
			if v.CommandURL != "" || v.Token != rc.Token || v.AESKey != rc.AESKey {
				t.Errorf("once its URLs are gone: %+v", v)
			}
			return err
		})
	})
}

// A token has from one letter to 32.
func TestShortestToken(t *testing.T) {
	t.Parallel()
	for _, token := range []string{"a", strings.Repeat("a", 32)} {
		w := qiweitest.New(t)
		rc := w.Receiver()
		rc.Token = token
		rc.Of(w.As(access.SelfBuilt))
	}
}
