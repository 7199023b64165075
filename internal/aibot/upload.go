package aibot

import (
	"context"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/media"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Limits of uploads over the long connection (doc 101463).
const (
	minTotal   = 5
	maxTotal   = 20 << 20 // of the largest kind of file
	maxChunks  = 100
	maxChunk   = 512 << 10
	uploadLife = 30 * time.Minute
	// uploadsAtOnce is how many a robot may have begun; the platform limits uploads per minute and per hour,
	// by numbers that are not verified.
	uploadsAtOnce = 8
)

// uploads are the files that robots are sending to this server in pieces. They are kept in local files and
// are lost with the server. The robot's next piece is then refused, and the robot begins again.
type uploads struct {
	mu   sync.Mutex
	list map[string]*upload
}

type upload struct {
	bot     int64
	kind    media.Kind
	name    string
	size    int64
	md5     string
	chunks  []piece // by index
	got     int
	written int64
	file    *os.File
	until   time.Time
}

// piece is the position of a chunk in the file.
type piece struct{ at, length int64 }

// ErrUpload is the answer to an upload_id that is unknown or has expired. Its code
// is unverified.
var ErrUpload = wire.ErrParameter.With("upload_id: no such upload is in progress")

func (u *uploads) discard() {
	u.mu.Lock()
	defer u.mu.Unlock()
	for key, up := range u.list {
		u.drop(key, up)
	}
}

func (u *uploads) drop(key string, up *upload) {
	up.file.Close()
	delete(u.list, key)
}

// find returns a robot's upload. The caller holds the lock.
func (u *uploads) find(bot int64, key string, now time.Time) (*upload, error) {
	for k, up := range u.list {
		if !now.Before(up.until) {
			u.drop(k, up)
		}
	}
	up := u.list[key]
	if up == nil || up.bot != bot {
		return nil, ErrUpload
	}
	return up, nil
}

func (s *Service) uploadInit(ctx context.Context, bot int64, body []byte) (json.RawMessage, error) {
	var req struct {
		Type   string `json:"type"`
		Name   string `json:"filename"`
		Size   int64  `json:"total_size"`
		Chunks int64  `json:"total_chunks"`
		MD5    string `json:"md5"`
	}
	wire.Decode(body, &req)
	kind := media.Kind(req.Type)
	switch {
	case kind != media.Image && kind != media.Voice && kind != media.Video && kind != media.Other:
		return nil, media.ErrType.With("type %q: image, voice, video or file expected", req.Type)
	case req.Name == "":
		return nil, wire.ErrEmpty.With("filename")
	case req.Size < minTotal || req.Size > maxTotal:
		return nil, media.ErrSize.With("total_size %d: %d to %d expected", req.Size, minTotal, maxTotal)
	case req.Chunks < 1 || req.Chunks > maxChunks:
		return nil, wire.ErrParameter.With("total_chunks %d: 1 to %d expected", req.Chunks, maxChunks)
	}
	now := s.deps.Clock.Now()
	u := &s.uploads
	u.mu.Lock()
	defer u.mu.Unlock()
	u.find(bot, "", now)
	n := 0
	for _, up := range u.list {
		if up.bot == bot {
			n++
		}
	}
	if n >= uploadsAtOnce {
		return nil, wire.ErrConcurrent.With("%d uploads are in progress", n)
	}
	file, err := os.CreateTemp("", "qiwei-upload-*")
	if err != nil {
		return nil, fmt.Errorf("begin an upload: %w", err)
	}
	os.Remove(file.Name()) // the content lives until the file is closed
	key := id.Letters(32)
	u.list[key] = &upload{bot: bot, kind: kind, name: req.Name, size: req.Size, md5: req.MD5, chunks: make([]piece, req.Chunks), file: file, until: now.Add(uploadLife)}
	return json.RawMessage(encode(map[string]string{"upload_id": key})), nil
}

func (s *Service) uploadChunk(bot int64, body []byte) error {
	var req struct {
		ID    string `json:"upload_id"`
		Index int64  `json:"chunk_index"` // from 0
		Data  string `json:"base64_data"`
	}
	wire.Decode(body, &req)
	raw, err := base64.StdEncoding.DecodeString(req.Data)
	if err != nil || len(raw) == 0 {
		return wire.ErrParameter.With("base64_data is not valid base64")
	}
	if len(raw) > maxChunk {
		return wire.ErrParameter.With("base64_data: %d bytes, at most %d", len(raw), maxChunk)
	}
	u := &s.uploads
	u.mu.Lock()
	defer u.mu.Unlock()
	up, err := u.find(bot, req.ID, s.deps.Clock.Now())
	switch {
	case err != nil:
		return err
	case req.Index < 0 || req.Index >= int64(len(up.chunks)):
		return wire.ErrParameter.With("chunk_index %d: 0 to %d expected", req.Index, len(up.chunks)-1)
	case up.chunks[req.Index].length > 0: // sent again
		return nil
	case up.written+int64(len(raw)) > up.size:
		return media.ErrSize.With("the chunks have more than the %d bytes of total_size", up.size)
	}
	if _, err := up.file.WriteAt(raw, up.written); err != nil {
		return fmt.Errorf("write an upload: %w", err)
	}
	up.chunks[req.Index] = piece{up.written, int64(len(raw))}
	up.written += int64(len(raw))
	up.got++
	return nil
}

func (s *Service) uploadFinish(ctx context.Context, bot int64, body []byte) (json.RawMessage, error) {
	var req struct {
		ID string `json:"upload_id"`
	}
	wire.Decode(body, &req)
	u := &s.uploads
	u.mu.Lock()
	up, err := u.find(bot, req.ID, s.deps.Clock.Now())
	switch {
	case err != nil:
	case up.got < len(up.chunks):
		err = wire.ErrParameter.With("%d of %d chunks have come", up.got, len(up.chunks))
	case up.written != up.size:
		err = media.ErrSize.With("%d bytes have come, total_size is %d", up.written, up.size)
	default:
		delete(u.list, req.ID) // it is this call's now
	}
	u.mu.Unlock()
	if err != nil {
		return nil, err
	}
	defer up.file.Close()
	if up.md5 != "" {
		sum := md5.New()
		if _, err := io.Copy(sum, up.content()); err != nil {
			return nil, fmt.Errorf("read an upload: %w", err)
		}
		if !strings.EqualFold(up.md5, hex.EncodeToString(sum.Sum(nil))) {
			return nil, ErrMD5
		}
	}
	var b Bot
	if err := s.deps.Store.Read(ctx, func(tx *store.Tx) (err error) {
		b, _, err = s.oneBot(tx, `no = ?`, bot)
		return err
	}); err != nil {
		return nil, err
	}
	f, err := s.deps.Media.Upload(ctx, access.System(b.CorpID), media.NewFile{
		Kind: up.kind, Scene: media.General, Name: up.name, Length: up.size, Content: up.content(),
	})
	if err != nil {
		return nil, err
	}
	return json.RawMessage(encode(map[string]string{"type": string(up.kind), "media_id": f.MediaID, "created_at": strconv.FormatInt(f.CreatedAt.Unix(), 10)})), nil
}

// content reads the chunks in order.
func (up *upload) content() io.Reader {
	var parts []io.Reader
	for _, p := range up.chunks {
		parts = append(parts, io.NewSectionReader(up.file, p.at, p.length))
	}
	return io.MultiReader(parts...)
}
