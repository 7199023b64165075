package hardware

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
	"net/http"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/door"
	"qiwei/internal/media"
	"qiwei/internal/outbound"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

const (
	// fileLife is how long the address of a job's file is good (doc 96408).
	fileLife = 10 * time.Minute
	// padTo is the block of its padding: PKCS#7 to 32 bytes.
	padTo = 32
	// maxDownload is how large a file may be that a provider names by its address (doc 96412).
	maxDownload = 20 << 20
)

// fileAddress is the sealed content of a file's address.
type fileAddress struct {
	Job     string `json:"j"`
	Device  int64  `json:"d"`
	Expires int64  `json:"x"` // Unix seconds
}

// fileURL is where a job's file is, encrypted with the job's key.
func (s *Service) fileURL(j Job, at time.Time) string {
	text, err := json.Marshal(fileAddress{j.JobID, j.Device, at.Add(fileLife).Unix()})
	if err != nil {
		panic(err) // numbers and texts
	}
	return s.deps.BaseURL() + "/hardware/file/" + s.deps.Box.SealText(seal.DeviceFile, "", text)
}

// Routes returns the room's routes outside of the API.
func (s *Service) Routes() []door.Route {
	return []door.Route{{Pattern: "GET /hardware/file/{address}", Handler: http.HandlerFunc(s.serveFile)}}
}

func (s *Service) serveFile(w http.ResponseWriter, r *http.Request) {
	var to fileAddress
	raw, err := s.deps.Box.OpenText(seal.DeviceFile, "", r.PathValue("address"))
	if err == nil {
		err = json.Unmarshal(raw, &to)
	}
	var j Job
	if err == nil {
		err = s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
			if tx.Now().Unix() >= to.Expires {
				return ErrNoJob
			}
			d, found, err := s.DeviceNo(tx, to.Device)
			if err == nil && !found {
				err = ErrNoJob
			}
			if err == nil {
				j, err = s.JobOf(tx, d, to.Job)
			}
			return err
		})
	}
	if err != nil {
		http.Error(w, "the address of a job's file is valid for ten minutes", http.StatusForbidden)
		return
	}
	f := s.encrypted(j)
	w.Header().Set("Cache-Control", "no-store")
	if err := f.Serve(w, r); err != nil {
		var refused wire.Error
		if errors.As(err, &refused) {
			http.Error(w, refused.Message(), http.StatusRequestedRangeNotSatisfiable)
			return
		}
		s.deps.Log.Error("file of a job", "job", j.JobID, "err", err)
		http.Error(w, "the server could not answer", http.StatusInternalServerError)
	}
}

// printable is what is printed: what the provider has converted the file to if that is one file, and the file
// itself if not.
func (j Job) printable() (key string, size int64) {
	if j.Pages.Format == "pdf" && len(j.Pages.Files) == 1 {
		return j.Pages.Files[0].Content, j.Pages.Files[0].Size
	}
	return j.content, j.Size
}

// Content returns a part of what is printed, and how large the whole is.
func (s *Service) Content(ctx context.Context, j Job, offset, length int64) (io.ReadCloser, int64, error) {
	key, size := j.printable()
	offset = min(max(offset, 0), size)
	if length <= 0 || length > size-offset {
		length = size - offset
	}
	content, err := s.deps.Media.Content(ctx, key, offset, length)
	return content, length, err
}

// encrypted is what is printed, through AES-256-CBC with the job's key, whose beginning is the IV (doc 96408).
// A part is cut from the whole, because each block depends on those before it.
func (s *Service) encrypted(j Job) *wire.File {
	key, size := j.printable()
	return &wire.File{Type: "application/octet-stream", Size: (size/padTo + 1) * padTo, Open: func(ctx context.Context, offset, length int64) (io.ReadCloser, error) {
		aesKey, err := base64.StdEncoding.DecodeString(j.aesKey + "=")
		if err != nil {
			return nil, fmt.Errorf("key of job %s: %w", j.JobID, err)
		}
		block, err := aes.NewCipher(aesKey)
		if err != nil {
			return nil, err
		}
		content, err := s.deps.Media.Content(ctx, key, 0, -1)
		if err != nil {
			return nil, err
		}
		c := &cbcReader{content: content, cbc: cipher.NewCBCEncrypter(block, aesKey[:aes.BlockSize])}
		if _, err := io.CopyN(io.Discard, c, offset); err != nil {
			content.Close()
			return nil, err
		}
		return c, nil
	}}
}

// cbcReader encrypts what it reads.
type cbcReader struct {
	content io.ReadCloser
	cbc     cipher.BlockMode
	ready   []byte
	buf     [32 << 10]byte // whole blocks of the padding
	ended   bool
}

func (c *cbcReader) Read(p []byte) (int, error) {
	if len(c.ready) == 0 {
		if c.ended {
			return 0, io.EOF
		}
		n, err := io.ReadFull(c.content, c.buf[:])
		c.ended = errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !c.ended {
			return 0, err
		}
		piece := c.buf[:n]
		if c.ended {
			pad := padTo - n%padTo
			piece = append(piece, bytes.Repeat([]byte{byte(pad)}, pad)...)
		}
		c.cbc.CryptBlocks(piece, piece)
		c.ready = piece
	}
	n := copy(p, c.ready)
	c.ready = c.ready[n:]
	return n, nil
}

func (c *cbcReader) Close() error { return c.content.Close() }

// download fetches a file that a provider names by its address, and keeps it as the corp's.
func (s *Service) download(ctx context.Context, d Device, url, name string) (f media.File, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return f, ErrDownload.With("an address that begins with http:// or https:// expected")
	}
	got, err := s.fetch.Read(req, maxDownload)
	switch {
	case err != nil:
		return f, ErrDownload.With("%s", outbound.Cause(err))
	case got.Status != http.StatusOK:
		return f, ErrDownload.With("the address answered %d", got.Status)
	case got.Cut:
		return f, ErrDownload.With("at most %d bytes expected", maxDownload)
	}
	f, err = s.deps.Media.Upload(ctx, access.System(d.CorpID), media.NewFile{Kind: media.Other, Scene: media.General, Name: name, Length: -1, Content: bytes.NewReader(got.Body)})
	var refused wire.Error
	if errors.As(err, &refused) {
		err = ErrDownload.With("%s", refused.Message())
	}
	return f, err
}
