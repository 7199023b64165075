package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

type readyCmd struct {
	Data    string        `help:"Data directory of a qiwei dev, whose credentials.json says where it is." env:"QIWEI_DATA" placeholder:"DIR"`
	URL     string        `arg:"" optional:"" help:"Base URL of the server; the one in DIR/credentials.json if not given, and without --data the one of ./data, or http://127.0.0.1:7993."`
	Wait    bool          `help:"Wait until it is ready."`
	Timeout time.Duration `help:"How long to wait." default:"30s"`
}

// Run asks a server whether it is ready, for scripts and containers.
func (cmd readyCmd) Run(ctx context.Context, c *console) error {
	limit := 5 * time.Second
	if cmd.Wait {
		limit = cmd.Timeout
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		base, err := cmd.ask(ctx)
		if err == nil {
			fmt.Fprintln(c.out, "ready", base)
			return nil
		}
		if !cmd.Wait {
			return fmt.Errorf("not ready: %w", err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("not ready after %v: %w", cmd.Timeout, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// ask returns the base URL of the server that the flags mean, once it is ready. With --data that is the
// server running on the directory, not another one that answers at the directory's last address.
func (cmd readyCmd) ask(ctx context.Context) (base string, err error) {
	base = strings.TrimRight(cmd.URL, "/")
	switch {
	case base != "":
	case cmd.Data == "":
		base, err = baseURLIn("./data")
	default:
		var creds credentials
		if creds, err = readCredentials(credentialsPath(cmd.Data)); err == nil && creds.BaseURL == "" {
			err = fmt.Errorf("%s does not exist yet; qiwei dev writes it when it is ready, and for qiwei serve give the base URL instead", credentialsPath(cmd.Data))
		}
		if err == nil {
			base, err = creds.BaseURL, askWhose(ctx, creds)
		}
	}
	if err == nil {
		err = askReady(ctx, base)
	}
	return base, err
}

// baseURLIn returns where the server of a data directory is reached, or the default if the directory does not
// say.
func baseURLIn(data string) (string, error) {
	c, err := readCredentials(credentialsPath(data))
	if err != nil || c.BaseURL != "" {
		return c.BaseURL, err
	}
	return "http://127.0.0.1:7993", nil
}

// askWhose fails where the server at the base URL does not know the enterprise of the credentials. Without an
// application there is nothing to ask with.
func askWhose(ctx context.Context, c credentials) error {
	if len(c.Corps) == 0 || len(c.Corps[0].Apps) == 0 {
		return nil
	}
	q := url.Values{"corpid": {c.Corps[0].CorpID}, "corpsecret": {c.Corps[0].Apps[0].Secret}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.BaseURL+"/cgi-bin/gettoken?"+q.Encode(), nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			u.URL = c.BaseURL // and not the secret
		}
		return err
	}
	defer resp.Body.Close()
	var answer struct {
		ErrCode *int `json:"errcode"`
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, 64<<10)).Decode(&answer); err != nil || answer.ErrCode == nil || *answer.ErrCode == 40013 || *answer.ErrCode == 40001 {
		return fmt.Errorf("%s answers, but is not the server of these credentials", c.BaseURL)
	}
	return nil
}

func askReady(ctx context.Context, base string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/readyz", nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 200))
	if resp.StatusCode != http.StatusOK {
		return errors.New(base + ": " + strings.TrimSpace(string(body)))
	}
	return nil
}
