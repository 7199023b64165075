package callback

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"qiwei/callbackcrypto"
	"qiwei/internal/clock"
	"qiwei/internal/id"
	"qiwei/internal/outbound"
)

// sender makes the requests to receivers. It follows no redirects and uses no proxy: it connects to the very
// address that was checked.
type sender struct {
	client  *outbound.Client
	clock   *clock.Clock
	flights flights
	log     *slog.Logger
}

func newSender(d Deps) *sender {
	return &sender{
		clock: d.Clock, flights: flights{clock: d.Clock}, log: d.Log,
		client: d.Outbound.Client(outbound.Options{
			Purpose: "callback", Policy: d.Policy(), DialTimeout: 5 * time.Second, CAs: d.CAs, KeepPerHost: 32,
		}),
	}
}

// Policy returns which addresses receivers may have.
func (s Settings) Policy() outbound.Policy {
	return outbound.Policy{Private: s.AllowPrivate, Anywhere: s.Anywhere, Hint: "see --allow-private-callbacks"}
}

// MayDial says why an address is not connected to; nil if it is.
func (s Settings) MayDial(ip netip.Addr) error { return s.Policy().May(ip) }

// answer is the outcome of a request. problem says why it does not count, or what is odd about it.
type answer struct {
	status  int
	body    []byte
	cut     bool // there was more
	problem string
	took    time.Duration
}

// do makes a request and reads at most most bytes of the answer.
func (s *sender) do(ctx context.Context, req *http.Request, within time.Duration, most int) answer {
	began := time.Now()
	ctx, end := s.flights.begin(ctx, within)
	defer end()
	a := s.read(req.WithContext(ctx), most)
	a.took = time.Since(began)
	if ctx.Err() != nil && a.problem != "" {
		a.problem = fmt.Sprintf("no answer within %v", within)
	}
	return a
}

func (s *sender) read(req *http.Request, most int) answer {
	got, err := s.client.Read(req, most)
	a := answer{status: got.Status, body: got.Body, cut: got.Cut}
	switch {
	case errors.Is(err, outbound.ErrBroken):
		a.problem = "the answer broke off: " + outbound.Cause(err)
	case err != nil:
		a.problem = outbound.Cause(err)
	}
	return a
}

// seal holds the random values of one request's encryption. With them and the same keys the request can be
// shown again.
type sealed struct {
	prefix    string
	nonce     string
	timestamp int64
	signature string
}

func (s sealed) String() string {
	return s.prefix + " " + s.nonce + " " + strconv.FormatInt(s.timestamp, 10) + " " + s.signature
}

func parseSealed(text string) (s sealed, ok bool) {
	part := strings.Fields(text)
	if len(part) != 4 {
		return s, false
	}
	timestamp, err := strconv.ParseInt(part[2], 10, 64)
	return sealed{part[0], part[1], timestamp, part[3]}, err == nil
}

// envelope encrypts and signs a push (doc 90968).
func (to Address) envelope(text string, draw *sealed) (query callbackcrypto.Query, body []byte, crypt *callbackcrypto.Crypt, err error) {
	crypt, err = callbackcrypto.New(to.Token, to.AESKey, to.ReceiveID, callbackcrypto.WithEntropy(strings.NewReader(draw.prefix)))
	if err != nil {
		return query, nil, nil, err
	}
	query, body, err = crypt.SealPush(callbackcrypto.Push{
		Format: to.Format, ToUserName: to.ToUserName, AgentID: to.AgentID, Timestamp: draw.timestamp, Nonce: draw.nonce, Body: []byte(text),
	})
	draw.signature = query.Signature
	return query, body, crypt, err
}

// post sends a text to a receiver. ok says whether it took it: any status but 200 is a failure (doc 90238;
// doc 90930 repeats only after failures of the network). forge names what is to be wrong with it; see
// fault.Forgeries.
func (s *sender) post(ctx context.Context, to Address, text string, within time.Duration, forge string) (a answer, ok bool, reply []byte, drawn sealed) {
	drawn = sealed{prefix: id.Letters(16), nonce: nonce(), timestamp: s.clock.Now().Unix()}
	query, body, crypt, err := to.forged(forge, &drawn).envelope(text, &drawn)
	if err != nil {
		return answer{problem: "encrypt: " + err.Error()}, false, nil, drawn
	}
	body = forgeSealed(forge, &query, body)
	req, err := http.NewRequest(http.MethodPost, query.AppendTo(to.URL), bytes.NewReader(body))
	if err != nil {
		return answer{problem: "the URL: " + outbound.Cause(err)}, false, nil, drawn
	}
	req.Header["Content-Type"] = []string{to.Format.ContentType()}
	req.Header["User-Agent"] = userAgent
	// If the receiver has closed a kept connection meanwhile, that is not its failure. An empty key lets
	// net/http use another connection; the header itself is not sent.
	req.Header["X-Idempotency-Key"] = nil
	most := cmp.Or(to.MaxReply, maxResponse)
	a = s.do(ctx, req, within, most)
	switch {
	case a.problem != "":
		return a, false, nil, drawn
	case a.status >= 300 && a.status < 400:
		a.problem = fmt.Sprintf("answered %d; redirects are not followed", a.status)
		return a, false, nil, drawn
	case a.status != http.StatusOK:
		a.problem = fmt.Sprintf("answered %d, 200 expected", a.status)
		return a, false, nil, drawn
	case a.cut:
		a.problem = fmt.Sprintf("answered with more than %d KiB, the rest of which was not read", most>>10)
		return a, true, nil, drawn
	}
	if to.Expect != "" {
		if string(bytes.TrimSpace(a.body)) != to.Expect {
			a.problem = fmt.Sprintf("answered %s; the word %s is expected", excerpt(a.body), to.Expect)
		}
		return a, true, nil, drawn
	}
	r, err := crypt.OpenReply(a.body)
	var wrong *callbackcrypto.Error
	switch {
	case err == nil, plainOK(a.body):
	case errors.As(err, &wrong) && errors.Is(err, callbackcrypto.ErrNoReply):
		a.problem = "the answer is not a reply: " + wrong.Detail()
	case !errors.Is(err, callbackcrypto.ErrNoReply):
		a.problem = "the reply cannot be opened: " + err.Error()
	}
	return a, true, r.Body, drawn
}

// plainOK reports whether an answer is a single word of success, which many receivers send instead of
// nothing.
func plainOK(body []byte) bool {
	return bytes.EqualFold(bytes.Trim(body, " \t\r\n\""), []byte("ok"))
}

var userAgent = []string{"qiwei"}

// nonce is nine or ten digits, as in the official samples.
func nonce() string {
	b := id.Bytes(4)
	n := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	return strconv.FormatUint(uint64(100_000_000+n%2_000_000_000), 10)
}
