package store

import (
	"database/sql/driver"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"sync"

	"github.com/jackc/pgx/v5/pgtype"
)

// pgBinary asks for all columns in PostgreSQL's binary form.
var pgBinary = []int16{pgtype.BinaryFormatCode}

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
				values[i], formats[i] = v, pgtype.BinaryFormatCode
			}
		case float64:
			values[i] = strconv.AppendFloat(nil, v, 'g', -1, 64)
		case bool:
			values[i] = strconv.AppendBool(nil, v)
		default:
			return nil, nil, fmt.Errorf("argument %d: no way to write a %T", i+1, a)
		}
	}
	return values, formats, nil
}

// pgTypes knows the types that are rare here.
var pgTypes struct {
	sync.Mutex
	*pgtype.Map
}

// pgRare reads a value by what pgx knows of its type.
func pgRare(oid uint32, b []byte) (driver.Value, error) {
	pgTypes.Lock()
	defer pgTypes.Unlock()
	if pgTypes.Map == nil {
		pgTypes.Map = pgtype.NewMap()
	}
	t, ok := pgTypes.TypeForOID(oid)
	if !ok {
		return nil, fmt.Errorf("no way to read a value of type %d", oid)
	}
	v, err := t.Codec.DecodeDatabaseSQLValue(pgTypes.Map, oid, pgtype.BinaryFormatCode, b)
	if text, ok := v.(string); ok && oid == pgtype.NumericOID { // which sums of integers are
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n, nil
		}
		return strconv.ParseFloat(text, 64)
	}
	return v, err
}

// pgValue reads a value of a row. It stays valid after the row is gone.
func pgValue(oid uint32, b []byte) (driver.Value, error) {
	if b == nil {
		return nil, nil
	}
	switch oid {
	case pgtype.TextOID, pgtype.VarcharOID, pgtype.BPCharOID, pgtype.NameOID, pgtype.UnknownOID:
		return string(b), nil
	case pgtype.ByteaOID:
		return append(make([]byte, 0, len(b)), b...), nil
	case pgtype.Int8OID:
		if len(b) == 8 {
			return int64(binary.BigEndian.Uint64(b)), nil
		}
	case pgtype.Int4OID:
		if len(b) == 4 {
			return int64(int32(binary.BigEndian.Uint32(b))), nil
		}
	case pgtype.Int2OID:
		if len(b) == 2 {
			return int64(int16(binary.BigEndian.Uint16(b))), nil
		}
	case pgtype.BoolOID:
		if len(b) == 1 {
			return b[0] != 0, nil
		}
	case pgtype.Float8OID:
		if len(b) == 8 {
			return math.Float64frombits(binary.BigEndian.Uint64(b)), nil
		}
	}
	return pgRare(oid, b)
}
