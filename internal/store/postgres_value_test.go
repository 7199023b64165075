package store

import (
	"database/sql/driver"
	"encoding/hex"
	"strings"
	"testing"
	"time"
)

// TestPostgresValues reads what PostgreSQL sends for values of the rarer types.
func TestPostgresValues(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		oid  uint32
		sent string // in hex
		want driver.Value
	}{
		"numeric 0":          {pgNumeric, "0000000000000000", int64(0)},
		"numeric 7":          {pgNumeric, "00010000000000000007", int64(7)},
		"numeric -12345678":  {pgNumeric, "0002000140000000 04d2 162e", int64(-12345678)},
		"numeric 50000000":   {pgNumeric, "0001000100000000 1388", int64(50000000)},
		"numeric 1.5":        {pgNumeric, "0002000000000001 0001 1388", 1.5},
		"numeric 0.0003":     {pgNumeric, "0001ffff00000004 0003", 0.0003},
		"numeric 0.00000003": {pgNumeric, "0001fffe00000008 0003", 0.00000003},
		"oid":                {pgOID, "fffffffe", int64(4294967294)},
		"timestamptz":        {pgTimestamptz, "0002e354321de7c0", time.Date(2025, 10, 4, 13, 45, 11, 0, time.UTC)},
		"null":               {pgInt8, "", nil},
	} {
		var b []byte
		if tt.sent != "" {
			var err error
			if b, err = hex.DecodeString(strings.ReplaceAll(tt.sent, " ", "")); err != nil {
				t.Fatal(name, err)
			}
		}
		got, err := pgValue(tt.oid, b)
		if err != nil || got != tt.want {
			t.Errorf("%s: %v (%T) %v, want %v", name, got, got, err, tt.want)
		}
	}
	for name, tt := range map[string]struct {
		oid uint32
		b   []byte
	}{
		"a numeric cut off":      {pgNumeric, []byte{0, 2, 0, 0, 0, 0, 0, 0, 0, 1}},
		"a numeric without end":  {pgNumeric, []byte{0}},
		"no number":              {pgNumeric, []byte{0, 0, 0, 0, 0xc0, 0, 0, 0}},
		"an int8 of four bytes":  {pgInt8, []byte{0, 0, 0, 1}},
		"a type that is unknown": {600, make([]byte, 16)},
	} {
		if got, err := pgValue(tt.oid, tt.b); err == nil {
			t.Errorf("%s was read as %v", name, got)
		}
	}
}
