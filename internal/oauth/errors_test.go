package oauth

import (
	"testing"

	"qiwei/internal/wire"
	"qiwei/internal/wire/errcode"
)

// TestErrorTexts: what we send is what the table of error codes says.
func TestErrorTexts(t *testing.T) {
	for _, e := range []wire.Error{
		ErrCode, ErrCodeMissing, ErrRedirect, ErrTicket, ErrTicketExpired, ErrTicketMissing, ErrPassCode, ErrOutsideTFA, ErrTFADomain, ErrTFAUnset,
	} {
		if want := errcode.Text(e.Code); e.Text != want {
			t.Errorf("%d: %q, the table says %q", e.Code, e.Text, want)
		}
	}
}
