package doctor

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"qiwei/callbackcrypto"
	"qiwei/internal/outbound"
)

// probe is a verification with one thing different. The zero probe is what WeCom sends.
type probe struct {
	token     string  // instead of the patient's
	key       string  // instead of the patient's
	receiveID *string // instead of the one that is due
	// has must and hasNot must not be in the encrypted text.
	has, hasNot string
	padding     int  // bytes of it, 1 to 32; 0 for any
	forged      bool // the signature is wrong
}

// answer is what a receiver answered.
type answer struct {
	number    string // that should have come back
	echostr   string
	signed    []string
	signature string

	status   int
	location string
	body     []byte
	took     time.Duration
	err      error
}

func (a answer) unreachable() bool { return a.err != nil }
func (a answer) right() bool {
	return a.err == nil && a.status == http.StatusOK && string(a.body) == a.number
}

// alike reports whether two answers look as if the receiver had stopped at the same place.
func (a answer) alike(b answer) bool {
	return a.status == b.status && strip(string(a.body), a) == strip(string(b.body), b) && (a.err == nil) == (b.err == nil)
}

// strip takes out of a body what is different in each request.
func strip(body string, a answer) string {
	for _, s := range []string{a.number, a.echostr, a.signature} {
		if s != "" {
			body = strings.ReplaceAll(body, s, "")
		}
	}
	return body
}

// head is what is encrypted before the number: 16 random bytes and its length.
const head = 20

// verify sends a probe.
func (e *examination) verify(p probe) answer {
	token, key, receiveID := e.Token, e.AESKey, e.ReceiveID
	if p.token != "" {
		token = p.token
	}
	if p.key != "" {
		key = p.key
	}
	if p.receiveID != nil {
		receiveID = *p.receiveID
	}
	crypt, err := callbackcrypto.New(token, key, receiveID, callbackcrypto.WithEntropy(e.entropy))
	if err != nil {
		return answer{err: err}
	}
	number, query, err := e.seal(crypt, p, len(receiveID))
	if err != nil {
		return answer{err: err}
	}
	if p.forged {
		other := "0"
		if strings.HasSuffix(query.Signature, other) {
			other = "1"
		}
		query.Signature = query.Signature[:39] + other
	}
	got, err := e.get(query.AppendTo(e.URL))
	if err != nil {
		return answer{err: err}
	}
	got.number, got.echostr, got.signature = number, query.Echostr, query.Signature
	got.signed = []string{token, query.Timestamp, query.Nonce, query.Echostr}
	slices.Sort(got.signed)
	return got
}

// seal encrypts numbers until one has the characters that are asked for.
func (e *examination) seal(crypt *callbackcrypto.Crypt, p probe, receiveID int) (number string, q callbackcrypto.Query, err error) {
	digits := 19
	if p.padding > 0 {
		digits = 32 - (head+receiveID+p.padding)%32
		for digits < 10 {
			digits += 32
		}
	}
	if strings.Contains(p.hasNot, "=") {
		// 96 bytes are 128 characters without padding of Base64.
		for digits = 96 - head - receiveID - max(p.padding, 1); digits < 10; {
			digits += 96
		}
	}
	for range 100_000 {
		if number, err = e.number(digits); err != nil {
			return "", q, err
		}
		if q, err = crypt.SealEcho([]byte(number)); err != nil {
			return "", q, err
		}
		if !strings.ContainsAny(q.Echostr, p.hasNot) && (p.has == "" || strings.Contains(q.Echostr, p.has)) {
			return number, q, nil
		}
	}
	return "", q, errors.New("no such text was found")
}

// number returns random digits, the first of them not 0.
func (e *examination) number(digits int) (string, error) {
	raw := make([]byte, digits)
	if _, err := e.entropy.Read(raw); err != nil {
		return "", err
	}
	for i, b := range raw {
		raw[i] = '0' + b%10
	}
	if raw[0] == '0' {
		raw[0] = '1'
	}
	return string(raw), nil
}

// bodyMost is how much of an answer is read.
const bodyMost = 64 << 10

// send makes a request.
func (e *examination) send(req *http.Request) answer {
	e.Requests++
	began := time.Now()
	ctx, cancel := context.WithTimeout(e.ctx, e.patience)
	defer cancel()
	req.Header.Set("User-Agent", "Mozilla/4.0")
	req.Header.Set("Accept", "*/*")
	resp, err := e.client.Do(req.WithContext(ctx))
	if err != nil {
		return answer{err: err, took: time.Since(began)}
	}
	defer resp.Body.Close()
	a := answer{status: resp.StatusCode, location: resp.Header.Get("Location")}
	a.body, err = io.ReadAll(io.LimitReader(resp.Body, bodyMost))
	a.took = time.Since(began)
	if err != nil {
		a.err = errors.Join(outbound.ErrBroken, err)
	}
	return a
}
