package main

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"qiwei/internal/archive"
	"qiwei/internal/archive/library"
	"qiwei/internal/archive/pump"
	"qiwei/internal/platform"
	"qiwei/internal/store"
)

type archivePullCmd struct {
	corpFlags
	Library        string   `help:"WeCom's library, or ours: libWeWorkFinanceSdk_C.so." required:"" type:"existingfile" placeholder:"FILE"`
	FromCorp       string   `help:"The corpid there." required:"" placeholder:"CORPID"`
	SecretFile     string   `help:"File with the archive's secret there; the variable QIWEI_ARCHIVE_SECRET where it is left out." type:"existingfile" placeholder:"FILE"`
	Key            []string `help:"A private key there, by its publickey_ver; may be repeated." required:"" placeholder:"VERSION=FILE" sep:"none"`
	URL            string   `name:"url" help:"The server there, where it is a qiwei and the library ours." placeholder:"URL"`
	Proxy          string   `help:"http://host:port or socks5://host:port." placeholder:"URL"`
	ProxyPassword  string   `help:"user:password of the proxy; better in QIWEI_ARCHIVE_PROXY_PASSWORD." env:"QIWEI_ARCHIVE_PROXY_PASSWORD" placeholder:"USER:PASSWORD"`
	Timeout        int      `help:"Seconds for one call of the library." default:"30" placeholder:"SECONDS"`
	CC             string   `name:"cc" help:"C compiler, with its arguments; $CC, cc, gcc or clang where it is left out." placeholder:"COMMAND"`
	PastUnreadable bool     `help:"Note what no key opens as a gap, and go on."`
}

func (cmd archivePullCmd) Run(ctx context.Context, c *console) error {
	secret := os.Getenv("QIWEI_ARCHIVE_SECRET")
	if cmd.SecretFile != "" {
		text, err := os.ReadFile(cmd.SecretFile)
		if err != nil {
			return err
		}
		secret = strings.TrimSpace(string(text))
	}
	if secret == "" {
		return usagef("--secret-file, or the variable QIWEI_ARCHIVE_SECRET: the archive's secret there is needed")
	}
	keys, err := readKeys(cmd.Key)
	if err != nil {
		return err
	}
	lib, err := filepath.Abs(cmd.Library)
	if err != nil {
		return err
	}
	cc, err := library.FindCompiler(cmd.CC)
	if err != nil {
		return fmt.Errorf("%w: a process of its own loads the library, and is compiled where it runs (apt-get install gcc libc6-dev, dnf install gcc, apk add gcc musl-dev)", err)
	}
	dir, err := os.MkdirTemp("", "qiwei-archive-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	program, err := pump.Compile(ctx, cc, dir)
	if err != nil {
		return err
	}
	host := pump.NewHost(pump.Options{
		Program: program, Library: lib, CorpID: cmd.FromCorp, Secret: secret, Proxy: cmd.Proxy, Password: cmd.ProxyPassword, URL: cmd.URL, Timeout: cmd.Timeout, Stderr: os.Stderr,
	})
	defer host.Close()
	return cmd.on(ctx, func(s *platform.Server) error {
		p := archive.Pull{Source: cmd.FromCorp, Origin: host, Keys: keys, PastUnreadable: cmd.PastUnreadable}
		if cmd.URL != "" {
			p.Source += " " + cmd.URL
		}
		if err := s.Store.Read(ctx, func(tx *store.Tx) error {
			co, err := cmd.corp(tx, s)
			p.CorpID = co.CorpID
			return err
		}); err != nil {
			return err
		}
		p.Page = func(done archive.Pulled) {
			fmt.Fprintf(c.out, "seq %d: %d records, %d files\n", done.Seq, done.Records, done.Files)
		}
		done, err := s.Archive.PullAll(ctx, p)
		for _, g := range done.Gaps {
			fmt.Fprintf(c.out, "gap: seq %d to %d, %s: %s\n", g.From, g.To, g.Why, g.Detail)
		}
		if err != nil {
			return explain(err)
		}
		fmt.Fprintf(c.out, "up to seq %d of %s: %d records, %d files\n", done.Seq, done.Source, done.Records, done.Files)
		return nil
	})
}

// readKeys reads private keys, by their versions.
func readKeys(list []string) (map[int64]*rsa.PrivateKey, error) {
	out := map[int64]*rsa.PrivateKey{}
	for _, one := range list {
		text, file, ok := strings.Cut(one, "=")
		version, err := strconv.ParseInt(text, 10, 64)
		if !ok || err != nil || version < 1 {
			return nil, usagef("--key: %q; VERSION=FILE expected, as in 1=archive-1.pem", one)
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if out[version], err = parsePrivateKey(raw); err != nil {
			return nil, fmt.Errorf("--key %d: %s: %w", version, file, err)
		}
	}
	return out, nil
}

// parsePrivateKey reads a key in either form that openssl writes.
func parsePrivateKey(raw []byte) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode(raw)
	if block == nil {
		return nil, errors.New(`a private key that begins with "-----BEGIN" expected`)
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, errors.New("an RSA key expected")
	}
	return key, nil
}
