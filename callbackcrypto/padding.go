package callbackcrypto

import "bytes"

// padBlock is the block of the PKCS#7 padding (doc 90968): 32, although AES
// works on 16. Some receivers refuse a buffer that is no multiple of 32.
const padBlock = 32

// padLen returns how many bytes pad n bytes: 1 to 32, never none.
func padLen(n int) int { return padBlock - n%padBlock }

// unpad removes the padding from what follows the message: the receiveid and the padding. It removes 1 to 32
// equal bytes. No padding at all is accepted too, because go-wecom pads its replies to 16 and adds nothing
// when they already fit. A receiveid never ends in a byte below 33, so the two cannot be confused. ok is
// false when the last byte promises a padding that is not there.
func unpad(tail []byte) (receiveID []byte, ok bool) {
	if len(tail) == 0 {
		return tail, true
	}
	n := int(tail[len(tail)-1])
	if n > padBlock {
		return tail, true
	}
	if n == 0 || n > len(tail) {
		return nil, false
	}
	receiveID, padding := tail[:len(tail)-n], tail[len(tail)-n:]
	return receiveID, bytes.Count(padding, padding[:1]) == n
}
