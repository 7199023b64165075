package archive

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"sync"
)

// sealedKey is the key of one envelope, and itself sealed for the owner of the private key.
type sealedKey struct {
	raw    []byte
	sealed string
}

func newSealedKey(pub *rsa.PublicKey) (k sealedKey, err error) {
	k.raw = make([]byte, randomKeySize)
	rand.Read(k.raw) // never fails since Go 1.24
	//lint:ignore SA1019 the platform's clients decrypt by this scheme (doc 91774)
	closed, err := rsa.EncryptPKCS1v15(rand.Reader, pub, []byte(hex.EncodeToString(k.raw)))
	if err != nil {
		return k, fmt.Errorf("seal for the public key: %w", err)
	}
	k.sealed = base64.StdEncoding.EncodeToString(closed)
	return k, nil
}

// stock has keys that were sealed ahead. The RSA operation is the larger part of sealing and needs no message, so
// while a full batch is written to the database, the keys of the next one are sealed beside it.
type stock struct {
	mu     sync.Mutex
	public string // for which the keys are
	keys   []sealedKey
	making sync.WaitGroup
}

// take returns a key for the public key: one from the stock, or a new one.
func (s *stock) take(public string, pub *rsa.PublicKey) (sealedKey, error) {
	s.mu.Lock()
	if n := len(s.keys); s.public == public && n > 0 {
		k := s.keys[n-1]
		s.keys = s.keys[:n-1]
		s.mu.Unlock()
		return k, nil
	}
	s.mu.Unlock()
	return newSealedKey(pub)
}

// fill begins to make keys, up to a batch's worth. Keys for another public key are thrown away.
func (s *stock) fill(public string, pub *rsa.PublicKey) {
	s.mu.Lock()
	if s.public != public {
		s.public, s.keys = public, nil
	}
	missing := sealedAtOnce - len(s.keys)
	s.mu.Unlock()
	s.making.Go(func() {
		for range missing {
			k, err := newSealedKey(pub)
			if err != nil {
				return // whoever seals meets it too, and says so
			}
			s.mu.Lock()
			if s.public != public || len(s.keys) >= sealedAtOnce {
				s.mu.Unlock()
				return
			}
			s.keys = append(s.keys, k)
			s.mu.Unlock()
		}
	})
}

// wait returns when nothing is being made any more.
func (s *stock) wait() { s.making.Wait() }
