package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strconv"
	"strings"

	"qiwei/callbackcrypto"
	"qiwei/internal/app"
	"qiwei/internal/platform"
	"qiwei/internal/store"
)

// cryptCmd is callback encryption for those who debug a receiver.
type cryptCmd struct {
	Encrypt cryptEncryptCmd `cmd:"" help:"Encrypt a message as a callback."`
	Decrypt cryptDecryptCmd `cmd:"" help:"Decrypt an Encrypt or echostr, or the body of a callback or reply."`
	Verify  cryptVerifyCmd  `cmd:"" help:"Check the signature of a callback, and decrypt it."`
}

// keyFlags are the keys of a callback: given, or those of an application.
type keyFlags struct {
	corpFlags
	AgentID   int64  `name:"agentid" help:"Use the keys of this application." placeholder:"ID"`
	Token     string `help:"Token of the callback." env:"QIWEI_CALLBACK_TOKEN" placeholder:"TOKEN"`
	AESKey    string `name:"aes-key" help:"EncodingAESKey of the callback." env:"QIWEI_CALLBACK_AES_KEY" placeholder:"KEY"`
	ReceiveID string `help:"The corpid or suiteid within; with --agentid the enterprise's corpid." placeholder:"ID"`
}

func (f *keyFlags) crypt(ctx context.Context) (*callbackcrypto.Crypt, error) {
	if f.AgentID != 0 {
		if err := f.on(ctx, func(s *platform.Server) error {
			return s.Store.Read(ctx, func(tx *store.Tx) error {
				co, err := f.corp(tx, s)
				if err != nil {
					return err
				}
				var a app.App
				a, err = appFlags{corpFlags: f.corpFlags, AgentID: f.AgentID}.app(tx, s, co)
				f.Token, f.AESKey = a.CallbackToken, a.CallbackAESKey
				if f.ReceiveID == "" {
					f.ReceiveID = co.CorpID
				}
				return err
			})
		}); err != nil {
			return nil, err
		}
	}
	if f.Token == "" || f.AESKey == "" {
		return nil, usagef("give --token and --aes-key (or QIWEI_CALLBACK_TOKEN and QIWEI_CALLBACK_AES_KEY), or --agentid")
	}
	return callbackcrypto.New(f.Token, f.AESKey, f.ReceiveID)
}

// input returns the argument, or the standard input if there is no argument.
func input(arg string) ([]byte, error) {
	if arg != "" && arg != "-" {
		return []byte(arg), nil
	}
	b, err := io.ReadAll(io.LimitReader(os.Stdin, callbackcrypto.MaxBody+1))
	if err == nil && len(bytes.TrimSpace(b)) == 0 {
		err = usagef("nothing to read; give it as an argument or on the standard input")
	}
	return b, err
}

type cryptEncryptCmd struct {
	keyFlags
	Text       string `arg:"" optional:"" help:"The message; standard input if not given."`
	URL        string `name:"url" help:"Print a curl command that sends it there." placeholder:"URL"`
	Echo       bool   `help:"Encrypt it as the echostr of a verification (GET)."`
	Format     string `help:"xml or json." enum:"xml,json" default:"xml"`
	ToUserName string `name:"tousername" help:"ToUserName of the envelope; the receiveid if not given." placeholder:"ID"`
	Timestamp  int64  `help:"Unix seconds; now if not given." placeholder:"SECONDS"`
	Nonce      string `help:"Nonce; a random one if not given." placeholder:"DIGITS"`
}

func (cmd cryptEncryptCmd) Run(ctx context.Context, c *console) error {
	crypt, err := cmd.crypt(ctx)
	if err != nil {
		return err
	}
	text, err := input(cmd.Text)
	if err != nil {
		return err
	}
	if cmd.Echo {
		query, err := crypt.SealEcho(text)
		if err != nil {
			return err
		}
		if cmd.URL != "" {
			fmt.Fprintf(c.out, "curl -sS %s\n", quoted(query.AppendTo(cmd.URL)))
			return nil
		}
		fmt.Fprintln(c.out, query.Encode())
		return nil
	}
	p := callbackcrypto.Push{ToUserName: cmd.ToUserName, Timestamp: cmd.Timestamp, Nonce: cmd.Nonce, Body: text}
	if p.ToUserName == "" {
		p.ToUserName = cmd.ReceiveID
	}
	if cmd.AgentID != 0 {
		p.AgentID = strconv.FormatInt(cmd.AgentID, 10)
	}
	if cmd.Format == "json" {
		p.Format = callbackcrypto.JSON
	}
	query, body, err := crypt.SealPush(p)
	if err != nil {
		return err
	}
	if cmd.URL != "" {
		fmt.Fprintf(c.out, "curl -sS %s -H %s --data-binary %s\n", quoted(query.AppendTo(cmd.URL)), quoted("Content-Type: "+p.Format.ContentType()), quoted(string(body)))
		return nil
	}
	fmt.Fprintf(c.out, "%s\n%s\n", query.Encode(), body)
	return nil
}

// quoted quotes a word for a shell.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

type cryptDecryptCmd struct {
	keyFlags
	Text string `arg:"" optional:"" help:"Base64, or an XML or JSON body; standard input if not given."`
}

func (cmd cryptDecryptCmd) Run(ctx context.Context, c *console) error {
	crypt, err := cmd.crypt(ctx)
	if err != nil {
		return err
	}
	text, err := input(cmd.Text)
	if err != nil {
		return err
	}
	encrypted, err := encryptedOf(text)
	if err != nil {
		return err
	}
	msg, receiveID, err := crypt.Decrypt(encrypted)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.err, "receiveid %q\n", receiveID)
	fmt.Fprintf(c.out, "%s\n", msg)
	return nil
}

// encryptedOf returns the encrypted text of a body. A text that is no body is returned as it is.
func encryptedOf(text []byte) (string, error) {
	if text = bytes.TrimSpace(text); len(text) > 0 && text[0] != '<' && text[0] != '{' {
		return string(text), nil
	}
	e, err := callbackcrypto.ParseEnvelope(text)
	return e.Encrypt, err
}

type cryptVerifyCmd struct {
	keyFlags
	URL  string `arg:"" help:"The URL that was called, or its query: msg_signature=…&timestamp=…&nonce=…"`
	Text string `arg:"" optional:"" help:"The body of a POST, or its Encrypt; not needed where the query has an echostr."`
}

func (cmd cryptVerifyCmd) Run(ctx context.Context, c *console) error {
	crypt, err := cmd.crypt(ctx)
	if err != nil {
		return err
	}
	query := cmd.URL
	if _, after, ok := strings.Cut(query, "?"); ok {
		query = after
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return usagef("the query does not parse: %v", err)
	}
	q := callbackcrypto.ParseQuery(values)
	encrypted := q.Echostr
	if encrypted == "" {
		text, err := input(cmd.Text)
		if err != nil {
			return err
		}
		if encrypted, err = encryptedOf(text); err != nil {
			return err
		}
	}
	if err := crypt.Verify(q.Signature, q.Timestamp, q.Nonce, encrypted); err != nil {
		return errors.Join(err, fmt.Errorf("with this token it would be %s", crypt.Sign(q.Timestamp, q.Nonce, encrypted)))
	}
	fmt.Fprintln(c.err, "the signature is right")
	msg, receiveID, err := crypt.Decrypt(encrypted)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.err, "receiveid %q\n", receiveID)
	fmt.Fprintf(c.out, "%s\n", msg)
	return nil
}
