package store

import (
	"database/sql/driver"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// The types of the values that our statements have, as PostgreSQL's catalogue pg_type numbers them.
const (
	pgBool        = 16
	pgBytea       = 17
	pgName        = 19
	pgInt8        = 20
	pgInt2        = 21
	pgInt4        = 23
	pgText        = 25
	pgOID         = 26
	pgFloat8      = 701
	pgUnknown     = 705
	pgBPChar      = 1042
	pgVarchar     = 1043
	pgTimestamp   = 1114
	pgTimestamptz = 1184
	pgNumeric     = 1700
)

const pgBinaryFormat = 1

// pgBinary asks for all columns in PostgreSQL's binary form.
var pgBinary = []int16{pgBinaryFormat}

// pgParameters writes the arguments of a statement as text, which the server takes
// for whatever type the statement needs there, and binary values as they are.
func pgParameters(args []any) (values [][]byte, formats []int16, err error) {
	if len(args) == 0 {
		return nil, nil, nil
	}
	values, formats = make([][]byte, len(args)), make([]int16, len(args))
	for i, a := range args {
		switch a.(type) {
		case string, int64, []byte, nil:
		default:
			if a, err = driver.DefaultParameterConverter.ConvertValue(a); err != nil {
				return nil, nil, fmt.Errorf("argument %d: %w", i+1, err)
			}
		}
		switch v := a.(type) {
		case nil:
		case string:
			values[i] = []byte(v)
		case int64:
			values[i] = strconv.AppendInt(nil, v, 10)
		case []byte:
			if v != nil {
				values[i], formats[i] = v, pgBinaryFormat
			}
		case float64:
			values[i] = strconv.AppendFloat(nil, v, 'g', -1, 64)
		case bool:
			values[i] = strconv.AppendBool(nil, v)
		default:
			return nil, nil, fmt.Errorf("argument %d: cannot write a %T", i+1, a)
		}
	}
	return values, formats, nil
}

// pgValue reads a value of a row. It stays valid after the row is gone.
func pgValue(oid uint32, b []byte) (driver.Value, error) {
	if b == nil {
		return nil, nil
	}
	switch oid {
	case pgText, pgVarchar, pgBPChar, pgName, pgUnknown:
		return string(b), nil
	case pgBytea:
		return append(make([]byte, 0, len(b)), b...), nil
	case pgInt8:
		if len(b) == 8 {
			return int64(binary.BigEndian.Uint64(b)), nil
		}
	case pgInt4:
		if len(b) == 4 {
			return int64(int32(binary.BigEndian.Uint32(b))), nil
		}
	case pgInt2:
		if len(b) == 2 {
			return int64(int16(binary.BigEndian.Uint16(b))), nil
		}
	case pgBool:
		if len(b) == 1 {
			return b[0] != 0, nil
		}
	case pgFloat8:
		if len(b) == 8 {
			return math.Float64frombits(binary.BigEndian.Uint64(b)), nil
		}
	case pgOID:
		if len(b) == 4 {
			return int64(binary.BigEndian.Uint32(b)), nil
		}
	case pgTimestamp, pgTimestamptz:
		if len(b) == 8 {
			return time.UnixMicro(pgEpoch + int64(binary.BigEndian.Uint64(b))).UTC(), nil
		}
	case pgNumeric:
		return pgDecimal(b)
	}
	return nil, fmt.Errorf("cannot read a value of type %d and %d bytes", oid, len(b))
}

// pgEpoch is PostgreSQL's 0, from which its times count microseconds, in those of Unix.
var pgEpoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()

// pgDecimal reads a numeric, which sums of integers are: four numbers of 16 bits (how many digits follow, the
// power of 10,000 of the first, the sign, and how many places to show), and the digits to base 10,000.
func pgDecimal(b []byte) (driver.Value, error) {
	if len(b) < 8 || len(b) != 8+2*int(binary.BigEndian.Uint16(b)) {
		return nil, fmt.Errorf("a numeric of %d bytes", len(b))
	}
	weight := int(int16(binary.BigEndian.Uint16(b[2:])))
	var text strings.Builder
	switch sign := binary.BigEndian.Uint16(b[4:]); sign {
	case 0:
	case 0x4000:
		text.WriteByte('-')
	default:
		return nil, fmt.Errorf("a numeric of sign %#x", sign) // it is no number, or an infinite one
	}
	text.WriteByte('0')
	digits := b[8:]
	for power := weight; power >= 0 || len(digits) > 0; power-- {
		if power == -1 || power < 0 && power == weight {
			text.WriteByte('.')
			text.WriteString(strings.Repeat("0000", -1-power))
		}
		digit := uint16(0)
		if len(digits) > 0 {
			digit, digits = binary.BigEndian.Uint16(digits), digits[2:]
		}
		fmt.Fprintf(&text, "%04d", digit)
	}
	if n, err := strconv.ParseInt(text.String(), 10, 64); err == nil {
		return n, nil
	}
	return strconv.ParseFloat(text.String(), 64)
}
