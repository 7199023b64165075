package callbackcrypto

import (
	"errors"
	"fmt"
)

// Error is a refusal with the return code of WeCom's own crypto libraries
// (doc 90307). The codes never travel over HTTP. Two Errors match in errors.Is
// when their codes are equal. Neither message nor cause ever holds the token,
// the EncodingAESKey or the signature that would have been right.
type Error struct {
	Code    int    // -40001 to -40011
	Message string // what the code means

	detail string
	cause  error
}

// The return codes. ErrSHA1 and ErrBase64Encode are named so that the list is complete; Go's hash and base64
// cannot fail, so nothing here returns them.
var (
	ErrSignature    = &Error{Code: -40001, Message: "signature error"}
	ErrParse        = &Error{Code: -40002, Message: "xml or json parse error"}
	ErrSHA1         = &Error{Code: -40003, Message: "sha1 failure"}
	ErrAESKey       = &Error{Code: -40004, Message: "illegal EncodingAESKey"}
	ErrReceiveID    = &Error{Code: -40005, Message: "receiveid mismatch"}
	ErrEncrypt      = &Error{Code: -40006, Message: "aes encrypt failure"}
	ErrDecrypt      = &Error{Code: -40007, Message: "aes decrypt failure"}
	ErrBuffer       = &Error{Code: -40008, Message: "illegal buffer"}
	ErrBase64Encode = &Error{Code: -40009, Message: "base64 encode failure"}
	ErrBase64Decode = &Error{Code: -40010, Message: "base64 decode failure"}
	ErrBuild        = &Error{Code: -40011, Message: "xml or json generation failure"}
)

// ErrNoReply says that a receiver's answer holds no passive reply: it is empty,
// "success", or not an encrypted envelope. WeCom takes all of these as "received,
// nothing to say" where a reply would be possible.
var ErrNoReply = errors.New("callbackcrypto: the answer holds no reply")

// Detail returns what in particular was wrong, empty where the code says it all.
func (e *Error) Detail() string {
	if e.detail == "" && e.cause != nil {
		return e.cause.Error()
	}
	return e.detail
}

func (e *Error) Error() string {
	s := fmt.Sprintf("callbackcrypto: %s (%d)", e.Message, e.Code)
	if e.detail != "" {
		s += ": " + e.detail
	}
	if e.cause != nil {
		s += ": " + e.cause.Error()
	}
	return s
}

// Is reports whether target is an *Error of the same code.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// Unwrap returns what went wrong below, if anything did.
func (e *Error) Unwrap() error { return e.cause }

// with returns a copy that says more. It copies because the values above are shared.
func (e *Error) with(format string, args ...any) *Error {
	said := *e
	said.detail = fmt.Sprintf(format, args...)
	return &said
}

// because returns a copy that carries its cause.
func (e *Error) because(cause error) *Error {
	said := *e
	said.cause = cause
	return &said
}
