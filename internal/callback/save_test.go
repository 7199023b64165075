package callback_test

import (
	"context"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"qiwei/callbackcrypto"
	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/callback"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// settings returns the callback settings of the client's application.
func settings(w *qiweitest.World, c *qiweitest.Client) (out string) {
	w.Write(func(ctx context.Context, tx *store.Tx) error {
		a, err := w.Server.Apps.App(tx, w.CorpID, c.AgentID)
		out = fmt.Sprint(a.CallbackURL, " ", a.CallbackToken, " ", a.CallbackAESKey, " ", a.CallbackEvents)
		return err
	})
	return out
}

// TestSaveRefused: a callback of the wrong form, or a URL with a wrong answer, is refused with the reason,
// and nothing changes.
func TestSaveRefused(t *testing.T) {
	const token, key = "xyToken2025", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
	answers := func(status int, format string) func(http.ResponseWriter, *http.Request, string) {
		return func(w http.ResponseWriter, r *http.Request, number string) {
			w.WriteHeader(status)
			fmt.Fprintf(w, format, number)
		}
	}
	for _, tt := range []struct {
		name  string
		cb    callback.Callback
		serve func(w http.ResponseWriter, r *http.Request, number string) // nil: no request may be made
		want  string
	}{
		{"no scheme", callback.Callback{URL: "corp.example/cb"}, nil, `45034 url scheme missing. "corp.example/cb"; http:// or https:// expected`},
		{"another scheme", callback.Callback{URL: "ftp://corp.example/"}, nil, `45034 `},
		{"no host", callback.Callback{URL: "http:///cb"}, nil, "40057 invalid callbackurl. \"http:///cb\" names no host"},
		{"a password", callback.Callback{URL: "http://user:geheim@corp.example/"}, nil, "40057 invalid callbackurl. a user name and password"},
		{"a long token", callback.Callback{Token: strings.Repeat("a", 33)}, nil, "the Token has 1 to 32 letters and digits; this one has 33 characters"},
		{"a token with a hyphen", callback.Callback{Token: "xy-Token"}, nil, "the Token has 1 to 32 letters and digits"},
		{"a short key", callback.Callback{AESKey: key[:42]}, nil, "the EncodingAESKey has 43 letters and digits; this one has 42 characters"},
		{"a long key", callback.Callback{AESKey: key + "="}, nil, "this one has 44 characters"},
		{"a key with a plus", callback.Callback{AESKey: "+" + key[1:]}, nil, "the EncodingAESKey has letters and digits only"},
		{"an event that there is not", callback.Callback{Events: []string{"change_kontakt"}}, nil, `there is no event "change_kontakt"; there are LOCATION, active_restored, batch_job_result, `},
		{"500", callback.Callback{}, answers(500, "no such page%.0s"), `it answered 500 after 0s, 200 expected: "no such page"`},
		{"500 and nothing more", callback.Callback{}, answers(500, "%.0s"), "it answered 500 after 0s, 200 expected: an empty body"},
		{"a redirect", callback.Callback{}, func(w http.ResponseWriter, r *http.Request, _ string) {
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
		}, "it answered 302 after 0s; redirects are not followed"},
		{"in quotes", callback.Callback{}, answers(200, `"%s"`), "the right number came in quotes; the number alone is expected"},
		{"with a BOM", callback.Callback{}, answers(200, "\ufeff%s"), "the right number came after a byte order mark"},
		{"with a line break", callback.Callback{}, answers(200, "%s\n"), "the right number came with white space or a line break around it"},
		{"nothing", callback.Callback{}, answers(200, "%.0s"), "it answered 200 after 0s with an empty body"},
		{"something else", callback.Callback{}, answers(200, "<html>你好"+strings.Repeat(".", 200)+"%s"), `it answered 200 after 0s, but not with the decrypted echostr: "<html>你好...`},
		{"the echostr as it came", callback.Callback{}, func(w http.ResponseWriter, r *http.Request, _ string) { fmt.Fprint(w, r.URL.Query().Get("echostr")) }, "but not with the decrypted echostr"},
		{"too late", callback.Callback{}, nil, "no answer within 1s"},
		{"nobody there", callback.Callback{URL: "http://127.0.0.1:1/"}, nil, "connection refused"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
				client := w.As(access.SelfBuilt)
				before := settings(w, client)
				crypt, err := callbackcrypto.New(token, key, w.CorpID)
				if err != nil {
					t.Fatal(err)
				}
				late, asked := tt.name == "too late", make(chan bool, 1)
				rc := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
					asked <- true
					if late {
						w.Advance(time.Second)
						<-r.Context().Done()
						return
					}
					number, err := crypt.OpenEcho(callbackcrypto.ParseQuery(r.URL.Query()))
					if err != nil || len(number) != 19 || r.Method != "GET" {
						t.Errorf("%s with %q, %v", r.Method, number, err)
					}
					tt.serve(out, r, string(number))
				}))
				defer rc.Close()
				cb := tt.cb
				if cb.URL == "" {
					cb.URL = rc.URL
				}
				if cb.Token == "" {
					cb.Token = token
				}
				if cb.AESKey == "" {
					cb.AESKey = key
				}
				_, err = client.SaveCallback(cb)
				got := tookTime.ReplaceAllString(fmt.Sprint(err), "after 0s")
				if err == nil || !strings.Contains(got, tt.want) {
					t.Errorf("%s, want %s", got, tt.want)
				}
				if (len(asked) > 0) != (tt.serve != nil || late) {
					t.Errorf("asked: %v", len(asked) > 0)
				}
				if strings.Contains(got, key) || strings.Contains(got, "geheim") {
					t.Errorf("a secret is in %s", got)
				}
				if after := settings(w, client); after != before {
					t.Errorf("saved %s", after)
				}
			})
		})
	}
}

var tookTime = regexp.MustCompile(`after [0-9.]+(µs|ms|s)`) // real time, so it differs between runs

// TestSave: a URL that answers is saved, with everything given with it.
func TestSave(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		client := w.As(access.SelfBuilt)
		rc := w.Receiver()
		before := settings(w, client)
		a, err := client.SaveCallback(callback.Callback{URL: rc.URL + "?callback_format=json", Token: rc.Token, AESKey: rc.AESKey, Events: []string{"subscribe"}})
		if err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprint(rc.URL, "?callback_format=json ", rc.Token, " ", rc.AESKey, " [subscribe]")
		if got := settings(w, client); got != want || a.CallbackURL != rc.URL+"?callback_format=json" {
			t.Errorf("saved %s, want %s", got, want)
		}
		// The keys that an application was created with are valid, and stay if none are given.
		other := w.WithApp(access.SelfBuilt, app.Settings{})
		if _, err := other.SaveCallback(callback.Callback{URL: "http://nobody.invalid/", Unverified: true}); err != nil {
			t.Errorf("unverified: %v", err)
		}
		if _, err := client.SaveCallback(callback.Callback{}); err != nil || !strings.HasPrefix(settings(w, client), " "+rc.Token) {
			t.Errorf("removed: %v, %s, before %s", err, settings(w, client), before)
		}
		w.Second.As(access.SelfBuilt)
		if _, err := w.Server.Callbacks.SaveCallback(context.Background(), access.System(w.CorpID), callback.Callback{AgentID: 4711, URL: rc.URL}); err == nil {
			t.Error("an application that there is not was given a callback")
		}
	})
}

// TestSaveWakes: a receiver that has moved is sent to at once, without waiting for the next attempt, and a
// removed one is given up.
func TestSaveWakes(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		sync := w.As(access.ContactSync)
		down, up := w.Receiver(sync), w.Receiver()
		down.Always(qiweitest.Text(500, ""))
		first, second := department(t, w, 100), department(t, w, 101)
		w.Delivered()
		up.Of(sync)
		w.Delivered()
		same(t, "at the new address", ids(up.Take()), []string{first, second})
		up.Always(qiweitest.Text(500, ""))
		department(t, w, 102)
		department(t, w, 103)
		w.Delivered()
		if _, err := sync.SaveCallback(callback.Callback{}); err != nil {
			t.Fatal(err)
		}
		w.Advance(10 * time.Second)
		w.Delivered()
		gone := create + "failed/2: the callback URL was removed"
		same(t, "in the end", told(deliveries(t, w)), []string{create + "delivered/2", create + "delivered/1", gone, strings.Replace(gone, "/2", "/1", 1)})
	})
}

// TestPrivateAddresses: `qiwei serve` does not call this machine unless allowed to, neither by another name
// nor through a redirect.
func TestPrivateAddresses(t *testing.T) {
	for _, tt := range []struct {
		name   string
		set    func(*callback.Settings)
		called bool
	}{
		{"refused", func(s *callback.Settings) { s.Anywhere = false }, false},
		{"allowed", func(s *callback.Settings) { s.Anywhere, s.AllowPrivate = false, true }, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
				rc := w.Receiver()
				sync := w.As(access.ContactSync)
				for i, host := range []string{"127.0.0.1", "localhost"} {
					url := strings.Replace(rc.URL, "127.0.0.1", host, 1)
					cb := callback.Callback{URL: url, Token: rc.Token, AESKey: rc.AESKey}
					_, err := sync.SaveCallback(cb)
					if (err == nil) != tt.called || (err != nil && !strings.Contains(err.Error(), "it belongs to this machine or a private network (see --allow-private-callbacks)")) {
						t.Errorf("saving %s: %v", url, err)
					}
					cb.Unverified = true // as if the name led elsewhere when it was verified
					if _, err := sync.SaveCallback(cb); err != nil {
						t.Fatal(err)
					}
					id := department(t, w, 100+i)
					w.Delivered()
					if got := ids(rc.Take()); (len(got) == 1 && got[0] == id) != tt.called || len(got) > 1 {
						t.Errorf("%s was told %q", url, got)
					}
					w.Advance(2 * time.Minute)
					w.Delivered()
					w.Advance(2 * time.Minute)
					w.Delivered()
				}
				list := deliveries(t, w)
				if tt.called {
					same(t, "deliveries", told(list), []string{create + "delivered/1", create + "delivered/1"})
				} else if !strings.Contains(told(list)[0], "failed/3: 127.0.0.1 is not called: it belongs to this machine") {
					t.Errorf("%q", told(list))
				}
			}, qiweitest.WithCallback(tt.set))
		})
	}
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		inside := w.Receiver()
		rc := w.Receiver(w.As(access.ContactSync))
		rc.Next(qiweitest.Redirect(inside.URL))
		department(t, w, 100)
		w.Delivered()
		if got := inside.Take(); got != nil {
			t.Errorf("a redirect led to %v", got)
		}
	})
}

func TestMayDial(t *testing.T) {
	for _, tt := range []struct {
		ip                        string
		public, private, anywhere bool
	}{
		{"203.0.113.9", true, true, true},
		{"2001:db8::1", true, true, true},
		{"10.1.2.3", false, true, true},
		{"172.31.255.255", false, true, true},
		{"172.32.0.1", true, true, true},
		{"192.168.1.1", false, true, true},
		{"100.64.0.1", false, true, true},
		{"127.0.0.53", false, true, true},
		{"::1", false, true, true},
		{"::ffff:127.0.0.1", false, true, true},
		{"::ffff:10.0.0.1", false, true, true},
		{"fd12::1", false, true, true},
		{"fe80::1%eth0", false, false, true},
		{"169.254.169.254", false, false, true},
		{"::ffff:169.254.169.254", false, false, true},
		{"64:ff9b::a9fe:a9fe", false, false, true},
		{"64:ff9b::10.0.0.1", false, true, true},
		{"64:ff9b::203.0.113.9", true, true, true},
		{"2002:a9fe:a9fe::1", false, false, true},
		{"2002:7f00:1::", false, true, true},
		{"fd00:ec2::254", false, false, true},
		{"100.100.100.200", false, false, true},
		{"168.63.129.16", false, false, true},
		{"0.0.0.0", false, false, true},
		{"::", false, false, true},
		{"::127.0.0.1", false, false, true},
		{"224.0.0.1", false, false, true},
		{"ff02::1", false, false, true},
		{"255.255.255.255", false, false, true},
	} {
		ip := netip.MustParseAddr(tt.ip)
		for name, c := range map[string]struct {
			s    callback.Settings
			want bool
		}{
			"by default": {callback.Settings{}, tt.public}, "private": {callback.Settings{AllowPrivate: true}, tt.private}, "anywhere": {callback.Settings{Anywhere: true}, tt.anywhere},
		} {
			if err := c.s.MayDial(ip); (err == nil) != c.want {
				t.Errorf("%s, %s: %v", tt.ip, name, err)
			}
		}
	}
}

// TestCertificate: a receiver's certificate must be trusted.
func TestCertificate(t *testing.T) {
	rc := httptest.NewTLSServer(&callbackcrypto.Handler{
		Crypt:   must(callbackcrypto.New("token", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "")),
		Receive: func(context.Context, callbackcrypto.Push) ([]byte, error) { return nil, nil },
	})
	t.Cleanup(rc.Close)
	cb := callback.Callback{URL: rc.URL, Token: "token", AESKey: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"}
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		if _, err := w.As(access.SelfBuilt).SaveCallback(cb); err == nil || !strings.Contains(err.Error(), "certificate signed by unknown authority") {
			t.Errorf("a certificate of nobody: %v", err)
		}
	})
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		if _, err := w.As(access.SelfBuilt).SaveCallback(cb); err != nil {
			t.Errorf("a certificate that is trusted: %v", err)
		}
	}, qiweitest.WithCallback(func(s *callback.Settings) {
		s.CAs = x509.NewCertPool()
		s.CAs.AddCert(rc.Certificate())
	}))
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
