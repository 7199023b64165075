package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

type readyCmd struct {
	dataFlags
	URL     string        `arg:"" optional:"" help:"Base URL of the server; the one in DIR/credentials.json, or http://127.0.0.1:7993, if not given."`
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
		base, err := cmd.base()
		if err == nil {
			err = askReady(ctx, base)
		}
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

func (cmd readyCmd) base() (string, error) {
	if cmd.URL != "" {
		return strings.TrimRight(cmd.URL, "/"), nil
	}
	path := credentialsPath(cmd.Data)
	if _, err := os.Stat(cmd.Data); err != nil {
		return "http://127.0.0.1:7993", nil
	}
	c, err := readCredentials(path)
	if err == nil && c.BaseURL == "" {
		return "http://127.0.0.1:7993", nil
	}
	return c.BaseURL, err
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
