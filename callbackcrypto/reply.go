package callbackcrypto

import (
	"bytes"
	"fmt"
	"strconv"
)

// Success is the answer that the command callback URL of a third-party app wants
// for every event, in the clear (doc 90613).
const Success = "success"

// Reply is a receiver's passive reply, in the clear (doc 90241, 101033).
type Reply struct {
	Format    Format
	ReceiveID string
	Timestamp int64 // unix seconds
	Nonce     string
	Body      []byte // the plaintext: an XML or JSON document
}

// SealReply encrypts and signs a receiver's answer and returns the body to send.
// It is the EncryptMsg of the official libraries. Push.Reply makes the Reply; an
// empty ReceiveID is the Crypt's own, an empty Nonce a fresh one, a zero
// Timestamp the present. Errors: ErrEncrypt, ErrBuild.
func (c *Crypt) SealReply(r Reply) ([]byte, error) {
	sealed, err := c.seal(r)
	if err != nil {
		return nil, err
	}
	return sealed.Marshal()
}

// seal encrypts and signs a push or a reply, and fills in what r leaves open.
func (c *Crypt) seal(r Reply) (ReplyEnvelope, error) {
	if r.ReceiveID == "" {
		r.ReceiveID = c.receiveID
	}
	encrypted, err := c.encrypt(r.Body, r.ReceiveID)
	if err != nil {
		return ReplyEnvelope{}, err
	}
	if r.Nonce == "" {
		if r.Nonce, err = newNonce(c.entropy); err != nil {
			return ReplyEnvelope{}, err
		}
	}
	if r.Timestamp == 0 {
		r.Timestamp = c.now().Unix()
	}
	timestamp := strconv.FormatInt(r.Timestamp, 10)
	return ReplyEnvelope{r.Format, encrypted, c.Sign(timestamp, r.Nonce, encrypted), timestamp, r.Nonce}, nil
}

// OpenReply checks and decrypts a receiver's answer. An answer that is empty, "success" or no envelope is
// ErrNoReply, in the last case together with ErrParse, which says why. A robot's {"encrypt":"…"} without a
// signature is opened, as the platform opens it: its sender has the key. Other errors: ErrSignature and those
// of Decrypt. The receiveid is not compared: go-workwx leaves it empty, others fill in their own, and the
// signature already proves that the answer is the receiver's.
func (c *Crypt) OpenReply(body []byte) (Reply, error) {
	if text := bytes.TrimSpace(body); len(text) == 0 || bytes.EqualFold(text, []byte(Success)) {
		return Reply{}, ErrNoReply
	}
	e, err := readReplyEnvelope(body)
	if err == nil && e.bare() {
		msg, receiveID, err := c.decrypt(e.Encrypt)
		return Reply{Format: e.Format, ReceiveID: receiveID, Body: msg}, err
	}
	if e, err = ParseReplyEnvelope(body); err != nil {
		return Reply{}, fmt.Errorf("%w: %w", ErrNoReply, err)
	}
	if err := c.Verify(e.Signature, e.Timestamp, e.Nonce, e.Encrypt); err != nil {
		return Reply{}, err
	}
	msg, receiveID, err := c.decrypt(e.Encrypt)
	if err != nil {
		return Reply{}, err
	}
	timestamp, err := strconv.ParseInt(e.Timestamp, 10, 64)
	if err != nil {
		return Reply{}, ErrParse.with("TimeStamp is not an integer")
	}
	return Reply{e.Format, receiveID, timestamp, e.Nonce, msg}, nil
}
