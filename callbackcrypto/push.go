package callbackcrypto

import "strconv"

// Push is a message or an event on its way to a receiver, in the clear.
type Push struct {
	Format     Format
	ToUserName string // as in Envelope
	AgentID    string
	ReceiveID  string // the receiveid that it is encrypted for; see the package's list
	Timestamp  int64  // unix seconds
	Nonce      string
	Body       []byte // the plaintext: an XML or JSON document
}

// Reply returns the reply with this body that a receiver may give to the push:
// in its notation, for its receiveid, and with its nonce, which robots insist on
// (doc 101033) and others permit.
func (p Push) Reply(body []byte) Reply {
	return Reply{Format: p.Format, ReceiveID: p.ReceiveID, Nonce: p.Nonce, Body: body}
}

// SealPush encrypts and signs a push: what to add to the callback URL, and the
// body to post (doc 90968). An empty ReceiveID is the Crypt's own, an empty Nonce
// a fresh one, a zero Timestamp the present. Errors: ErrEncrypt, ErrBuild.
func (c *Crypt) SealPush(p Push) (Query, []byte, error) {
	sealed, err := c.seal(Reply{ReceiveID: p.ReceiveID, Timestamp: p.Timestamp, Nonce: p.Nonce, Body: p.Body})
	if err != nil {
		return Query{}, nil, err
	}
	body, err := Envelope{p.Format, p.ToUserName, p.AgentID, sealed.Encrypt}.Marshal()
	if err != nil {
		return Query{}, nil, err
	}
	return Query{Signature: sealed.Signature, Timestamp: sealed.Timestamp, Nonce: sealed.Nonce}, body, nil
}

// OpenPush checks and decrypts a push from its URL's query and its body. It is the DecryptMsg of the official
// libraries. Errors: ErrParse, ErrSignature and those of Decrypt. The caller decides how old a push may be:
// the platform repeats pushes.
func (c *Crypt) OpenPush(q Query, body []byte) (Push, error) {
	e, err := ParseEnvelope(body)
	if err != nil {
		return Push{}, err
	}
	if err := c.Verify(q.Signature, q.Timestamp, q.Nonce, e.Encrypt); err != nil {
		return Push{}, err
	}
	msg, receiveID, err := c.Decrypt(e.Encrypt)
	if err != nil {
		return Push{}, err
	}
	timestamp, err := strconv.ParseInt(q.Timestamp, 10, 64)
	if err != nil {
		return Push{}, ErrParse.with("timestamp is not an integer")
	}
	return Push{e.Format, e.ToUserName, e.AgentID, receiveID, timestamp, q.Nonce, msg}, nil
}
