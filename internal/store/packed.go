package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"iter"
	"math"
)

// packedRows are rows of one table in one piece of memory. As values of their own they would take five times as
// much, and a copy is kept for as long as the program runs.
type packedRows struct {
	columns int
	count   int
	data    []byte // for each value its kind, and what that kind needs
}

// The kinds of values that drivers return.
const (
	packedNull byte = iota
	packedInt
	packedFloat
	packedFalse
	packedTrue
	packedText
	packedBytes
)

// add appends a row. It fails for a value that no driver returns.
func (p *packedRows) add(row []any) error {
	for _, v := range row {
		switch v := v.(type) {
		case nil:
			p.data = append(p.data, packedNull)
		case int64:
			p.data = binary.AppendVarint(append(p.data, packedInt), v)
		case float64:
			p.data = binary.BigEndian.AppendUint64(append(p.data, packedFloat), math.Float64bits(v))
		case bool:
			kind := packedFalse
			if v {
				kind = packedTrue
			}
			p.data = append(p.data, kind)
		case string:
			p.data = binary.AppendUvarint(append(p.data, packedText), uint64(len(v)))
			p.data = append(p.data, v...)
		case []byte:
			p.data = binary.AppendUvarint(append(p.data, packedBytes), uint64(len(v)))
			p.data = append(p.data, v...)
		default:
			return fmt.Errorf("a %T cannot be kept", v)
		}
	}
	p.count++
	return nil
}

// all returns the rows in their order. A row belongs to the caller.
func (p *packedRows) all() iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		rest := p.data
		for range p.count {
			row := make([]any, p.columns)
			for i := range row {
				row[i], rest = unpack(rest)
			}
			if !yield(row) {
				return
			}
		}
	}
}

// same compares the row that stands at rest with values, and returns where the next one stands.
func (p *packedRows) same(rest []byte, values []any) (bool, []byte) {
	for _, v := range values {
		var equal bool
		switch v := v.(type) {
		case string: // without a copy of it
			equal = rest[0] == packedText
			if equal {
				var kept []byte
				kept, rest = piece(rest[1:])
				equal = string(kept) == v
			}
		case []byte:
			equal = rest[0] == packedBytes
			if equal {
				var kept []byte
				kept, rest = piece(rest[1:])
				equal = bytes.Equal(kept, v)
			}
		default:
			var kept any
			kept, rest = unpack(rest)
			equal = kept == v
		}
		if !equal {
			return false, nil
		}
	}
	return true, rest
}

func unpack(rest []byte) (any, []byte) {
	kind, rest := rest[0], rest[1:]
	switch kind {
	case packedInt:
		v, n := binary.Varint(rest)
		return v, rest[n:]
	case packedFloat:
		return math.Float64frombits(binary.BigEndian.Uint64(rest)), rest[8:]
	case packedFalse, packedTrue:
		return kind == packedTrue, rest
	case packedText:
		text, rest := piece(rest)
		return string(text), rest
	case packedBytes:
		raw, rest := piece(rest)
		return bytes.Clone(raw), rest
	}
	return nil, rest
}

// piece returns the text or bytes whose length stands first, and what follows them.
func piece(rest []byte) (piece, after []byte) {
	length, n := binary.Uvarint(rest)
	end := n + int(length)
	return rest[n:end], rest[end:]
}
