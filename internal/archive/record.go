package archive

import (
	"crypto/sha256"
	"encoding/binary"
	"time"
)

// Record is a sealed message. What is in the clear is about the message; what it says is sealed.
type Record struct {
	Seq      int64
	MsgID    string
	At       time.Time // of the message
	KeptAt   time.Time
	Action   string
	Type     string
	From     string
	Peer     string // the other one of two
	RoomID   string
	External bool
	Version  int64 // of the key
	Key, Msg string
	PlainSum []byte // SHA-256 of the plaintext, if that is kept
	Digest   []byte
	Hash     []byte
	Erased   int64
	// Conversation is our number of it. It follows from the rest and is not in the digest.
	Conversation int64
}

// The chain. A record's digest is the SHA-256 of everything in it, and its hash that of the hash before, its
// number, and its digest:
//
//	hash(0) = SHA-256( "qiwei archive 1 " corpid )
//	hash(n) = SHA-256( hash(n-1) seq digest(n) )
//
// So whoever has noted one hash elsewhere can prove that no record up to it was changed, left out or put in
// between. An erased record keeps its digest: it is proved that there was one, and which.

func firstHash(corpID string) []byte {
	sum := sha256.Sum256([]byte("qiwei archive 1 " + corpID))
	return sum[:]
}

// digest covers everything that a record holds. Each part stands behind its length.
func (r Record) digest() []byte {
	h := sha256.New()
	text := func(t string) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(t)))
		h.Write(n[:])
		h.Write([]byte(t))
	}
	number := func(v int64) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(v))
		text(string(n[:]))
	}
	text(r.MsgID)
	number(r.At.UnixMilli())
	number(r.KeptAt.UnixMilli())
	text(r.Action)
	text(r.Type)
	text(r.From)
	text(r.Peer)
	text(r.RoomID)
	if r.External {
		number(1)
	} else {
		number(0)
	}
	number(r.Version)
	text(r.Key)
	text(r.Msg)
	text(string(r.PlainSum))
	return h.Sum(nil)
}

func nextHash(before []byte, seq int64, digest []byte) []byte {
	h := sha256.New()
	h.Write(before)
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(seq))
	h.Write(n[:])
	h.Write(digest)
	return h.Sum(nil)
}
