package callbackcrypto

// SealEcho returns the query with which a sender verifies a callback URL (GET,
// doc 90930). The URL is good if it answers msg, byte for byte, within a second.
// WeCom's msg is a string of some 19 digits. The error is ErrEncrypt.
func (c *Crypt) SealEcho(msg []byte) (Query, error) {
	sealed, err := c.seal(Reply{Body: msg})
	if err != nil {
		return Query{}, err
	}
	return Query{sealed.Signature, sealed.Timestamp, sealed.Nonce, sealed.Encrypt}, nil
}

// OpenEcho checks the query of a URL verification and returns what the receiver
// must answer: exactly these bytes, with no quotes and no line break. It is the
// VerifyURL of the official libraries. Errors: ErrSignature, ErrParse (no
// echostr) and those of Decrypt.
func (c *Crypt) OpenEcho(q Query) ([]byte, error) {
	if q.Echostr == "" {
		return nil, ErrParse.with("echostr is missing")
	}
	if err := c.Verify(q.Signature, q.Timestamp, q.Nonce, q.Echostr); err != nil {
		return nil, err
	}
	msg, _, err := c.Decrypt(q.Echostr)
	return msg, err
}
