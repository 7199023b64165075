package aibot

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"

	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/media"
	"qiwei/internal/seal"
	"qiwei/internal/store"
)

const (
	// fileLife is how long the address of a file is good (doc 100719).
	fileLife = 5 * time.Minute
	// padTo is the block of the padding (doc 100719: PKCS#7 to 32 bytes).
	padTo = 32
)

// fileAddress is the sealed content of a file's address.
type fileAddress struct {
	Corp    string `json:"c"`
	Media   string `json:"m"`
	Key     []byte `json:"k"` // of the encryption
	Expires int64  `json:"x"` // Unix seconds
}

// filePart gives a file an address. What it serves is encrypted with the robot's key, or over the long
// connection with a key of its own beside the address. A file that has expired has none.
func (s *Service) filePart(tx *store.Tx, b Bot, msgtype, mediaID string) (*filePart, error) {
	f, err := s.file(tx, b.CorpID, msgtype, mediaID)
	if errors.Is(err, media.ErrMediaID) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out filePart
	key := id.Bytes(32)
	if b.Mode == WebSocket {
		out.AESKey = base64.RawStdEncoding.EncodeToString(key) // 43 characters, as an EncodingAESKey has
	} else if key, err = base64.StdEncoding.DecodeString(b.AESKey + "="); err != nil {
		return nil, err
	}
	to, err := json.Marshal(fileAddress{b.CorpID, f.MediaID, key, tx.Now().Add(fileLife).Unix()})
	if err != nil {
		return nil, err
	}
	out.URL = s.deps.BaseURL() + "/aibot/file/" + s.deps.Box.SealText(seal.BotFile, "", to)
	return &out, nil
}

// sendable checks a file that a robot sends. Its content is checked. The call that it was uploaded with does
// not matter.
func (s *Service) sendable(tx *store.Tx, corpID, msgtype, mediaID string) error {
	_, err := s.deps.Media.Sendable(tx, corpID, media.General, mediaID, map[string]media.Kind{
		"image": media.Image, "file": media.Other, "voice": media.Voice, "video": media.Video,
	}[msgtype])
	return err
}

func (s *Service) fileRoutes() []door.Route {
	return []door.Route{{Pattern: "GET /aibot/file/{address}", Handler: http.HandlerFunc(s.serveFile)}}
}

// serveFile answers a file, encrypted, while its address is valid.
func (s *Service) serveFile(w http.ResponseWriter, r *http.Request) {
	var to fileAddress
	raw, err := s.deps.Box.OpenText(seal.BotFile, "", r.PathValue("address"))
	if err == nil {
		err = json.Unmarshal(raw, &to)
	}
	if err != nil || s.deps.Clock.Now().Unix() >= to.Expires {
		http.Error(w, "the address of a file is valid for five minutes", http.StatusForbidden)
		return
	}
	if err := s.sendFile(w, r, to); err != nil && r.Context().Err() == nil {
		s.deps.Log.Error("file for a robot", "corpid", to.Corp, "err", err)
	}
}

func (s *Service) sendFile(w http.ResponseWriter, r *http.Request, to fileAddress) error {
	var f media.File
	err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) (err error) {
		f, err = s.deps.Media.File(tx, to.Corp, to.Media)
		return err
	})
	if errors.Is(err, media.ErrMediaID) {
		http.NotFound(w, r)
		return nil
	}
	var content io.ReadCloser
	if err == nil {
		content, err = s.deps.Media.Content(r.Context(), f.Key, 0, -1)
	}
	if err != nil {
		http.Error(w, "the server could not answer", http.StatusInternalServerError)
		return err
	}
	defer content.Close()
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Length", strconv.FormatInt((f.Size/padTo+1)*padTo, 10))
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	h.Set("Cache-Control", "no-store")
	return encrypt(r.Context(), w, content, to.Key)
}

// encrypt copies content through AES-256-CBC, whose IV is the key's beginning.
func encrypt(ctx context.Context, w io.Writer, content io.Reader, key []byte) error {
	block, err := aes.NewCipher(key)
	if err != nil {
		return fmt.Errorf("key of a file: %w", err)
	}
	cbc := cipher.NewCBCEncrypter(block, key[:aes.BlockSize])
	buf := make([]byte, 32<<10) // whole blocks of the padding
	for {
		n, err := io.ReadFull(content, buf)
		last := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !last {
			return err
		}
		piece := buf[:n]
		if last {
			pad := padTo - n%padTo
			piece = append(piece, bytes.Repeat([]byte{byte(pad)}, pad)...)
		}
		cbc.CryptBlocks(piece, piece)
		if _, err := w.Write(piece); err != nil || last {
			return err
		}
	}
}
