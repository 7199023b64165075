package batch

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/md5"
	"encoding"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"regexp"
)

var aesKeyShape = regexp.MustCompile(`^[A-Za-z0-9]{43}$`)

func isAESKey(text string) bool { return aesKeyShape.MatchString(text) }

// aesKey returns the 32 bytes of an encoding_aeskey. The last two bits of the last character carry nothing
// and are ignored.
func aesKey(text string) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(text + "=")
	if err == nil && len(key) != 32 {
		err = fmt.Errorf("%d bytes", len(key))
	}
	return key, err
}

// Block is a file of a finished export.
type Block struct {
	Size int64  // of the ciphertext
	MD5  string // of the ciphertext
}

// blockState is an unfinished block as it is stored between two steps. It holds less than a cipher block of
// plaintext.
type blockState struct {
	Rest []byte
	IV   []byte
	Hash []byte
	Size int64
}

// padTo is the block size that the plaintext is padded to (doc 94849), the same as
// in callbacks.
const padTo = 32

// blockWriter encrypts one block, AES-256 in CBC mode beginning with the first
// half of the key, piece by piece.
type blockWriter struct {
	cipher cipher.Block
	rest   []byte
	iv     []byte
	hash   hash.Hash
	size   int64
	out    []byte // ciphertext that is not stored yet
}

func newBlock(key []byte, from *blockState) (*blockWriter, error) {
	c, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	w := &blockWriter{cipher: c, iv: key[:aes.BlockSize], hash: md5.New()}
	if from == nil {
		return w, nil
	}
	w.rest, w.iv, w.size = append([]byte(nil), from.Rest...), from.IV, from.Size
	return w, w.hash.(encoding.BinaryUnmarshaler).UnmarshalBinary(from.Hash)
}

func (w *blockWriter) write(plain []byte) {
	w.rest = append(w.rest, plain...)
	n := len(w.rest) / aes.BlockSize * aes.BlockSize
	if n == 0 {
		return
	}
	at := len(w.out)
	w.out = append(w.out, w.rest[:n]...)
	piece := w.out[at:]
	cipher.NewCBCEncrypter(w.cipher, w.iv).CryptBlocks(piece, piece)
	w.iv = append([]byte(nil), piece[n-aes.BlockSize:]...)
	w.hash.Write(piece)
	w.size += int64(n)
	w.rest = append([]byte(nil), w.rest[n:]...)
}

// finish pads the plaintext and returns the finished block.
func (w *blockWriter) finish() Block {
	n := padTo - int(w.size+int64(len(w.rest)))%padTo
	pad := make([]byte, n)
	for i := range pad {
		pad[i] = byte(n)
	}
	w.write(pad)
	return Block{w.size, hex.EncodeToString(w.hash.Sum(nil))}
}

// state returns what newBlock needs to resume.
func (w *blockWriter) state() (blockState, error) {
	sum, err := w.hash.(encoding.BinaryMarshaler).MarshalBinary()
	return blockState{w.rest, w.iv, sum, w.size}, err
}
