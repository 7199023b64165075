package media

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/blob"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Kind is the kind that a file is uploaded as.
type Kind string

// The kinds of files (doc 91054).
const (
	Image Kind = "image"
	Voice Kind = "voice"
	Video Kind = "video"
	Other Kind = "file"
)

// Scene is what a file was uploaded for. A call that takes a media_id accepts only those of its own scenes
// (doc 90313, 40007).
type Scene string

// The scenes, by the call that the file came with.
const (
	General Scene = "upload"  // media/upload: messages, avatars, imports
	Moment  Scene = "moment"  // media/upload_attachment with attachment_type 1
	Album   Scene = "album"   // media/upload_attachment with attachment_type 2
	Welcome Scene = "welcome" // media/upload_by_url: the welcome material of customer groups
)

// RobotScene returns the scene of webhook/upload_media: what a group robot has uploaded belongs to it and to
// no application (doc 91770).
func RobotScene(robot int64) Scene { return Scene(robotScene + strconv.FormatInt(robot, 10)) }

const robotScene = "robot "

func (s Scene) ofRobot() bool { return strings.HasPrefix(string(s), robotScene) }

// File is a temporary file. It is shared by all applications of its corp.
type File struct {
	MediaID   string
	CorpID    string
	Kind      Kind
	Scene     Scene
	Name      string
	Type      string // content type, determined from the content
	Size      int64
	Key       string // of its content
	CreatedAt time.Time
	ExpiresAt time.Time
}

// life is how long a media_id is valid (doc 90253).
const life = 3 * 24 * time.Hour

// Sizes of files (doc 91054, 90256, 95098, 96219). Each is larger than minSize.
const (
	mb            = 1 << 20
	minSize       = 5
	maxImage      = 10 * mb
	maxVoice      = 2 * mb
	maxVideo      = 10 * mb
	maxFile       = 20 * mb
	maxPicture    = 2 * mb
	maxAttachment = 10 * mb
	maxFetched    = 200 * mb

	// maxPart is how much of a file may be downloaded at once (doc 90254).
	maxPart = 20 * mb
	// maxName is in bytes. The platform names no limit.
	maxName = 255
)

// rule is what a file of a kind must satisfy. check returns the content type.
type rule struct {
	max      int64
	tooLarge wire.Error
	check    func(content io.ReaderAt, size int64) (string, error)
}

// The rules of media/upload. The platform has a code for the size of images and
// of videos, and 45001 for the others.
var generalRules = map[Kind]rule{
	Image: {maxImage, ErrImageSize, checkImage},
	Voice: {maxVoice, ErrTooLarge, checkVoice},
	Video: {maxVideo, ErrVideoSize, checkVideo},
	Other: {maxFile, ErrTooLarge, checkFile},
}

// NewFile is a file being uploaded.
type NewFile struct {
	Kind  Kind
	Scene Scene
	Name  string
	// Length is the content's length according to the sender; -1 if unknown.
	Length  int64
	Content io.Reader
	// Member is our number of the member who uploads the file and whose quota it uses. 0 means nobody, as for
	// an application.
	Member int64
}

// Upload stores a file as media/upload does, and gives it a media_id. It answers the platform's errors for a
// file that is too small, too large, or not of its kind.
func (s *Service) Upload(ctx context.Context, by access.Caller, n NewFile) (File, error) {
	r, ok := generalRules[n.Kind]
	if !ok {
		return File{}, ErrType.With("image, voice, video or file expected")
	}
	return s.upload(ctx, by, n, r)
}

func (s *Service) upload(ctx context.Context, by access.Caller, n NewFile, r rule) (File, error) {
	if err := s.roomFor(ctx, by, n); err != nil {
		return File{}, err
	}
	d, typ, err := s.receive(n, r)
	if err != nil {
		return File{}, err
	}
	defer d.Discard()
	f := newFile(by.CorpID, n, typ, d.Size())
	if f.Key, err = s.put(ctx, by.CorpID, d); err != nil {
		return File{}, err
	}
	err = s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		if err := s.spend(tx, by, n.Member, f.Size); err != nil {
			return err
		}
		return insertFile(tx, by, &f)
	})
	return f, err
}

// receive writes the upload to a draft and checks it. The caller discards the draft.
func (s *Service) receive(n NewFile, r rule) (d *blob.Draft, typ string, err error) {
	if d, err = s.deps.Bucket.Draft(); err != nil {
		return nil, "", err
	}
	defer func() {
		if err != nil {
			d.Discard()
		}
	}()
	if _, err := io.Copy(d, io.LimitReader(n.Content, r.max+1)); err != nil {
		if errors.Is(err, wire.ErrForm) {
			err = ErrEmptyMedia.With("%v", err)
		}
		return d, "", err
	}
	switch size := d.Size(); {
	case size == 0:
		return d, "", ErrEmptyMedia
	case size <= minSize:
		return d, "", ErrSize.With("%d bytes, more than %d expected", size, minSize)
	case size > r.max:
		return d, "", r.tooLarge.With("at most %d bytes expected", r.max)
	case n.Kind == Image && n.Length >= 0 && n.Length != size:
		return d, "", ErrImage.With("it has %d bytes, the form says %d", size, n.Length)
	}
	typ, err = r.check(d, d.Size())
	return d, typ, err
}

func newFile(corpID string, n NewFile, typ string, size int64) File {
	f := File{CorpID: corpID, Kind: n.Kind, Scene: n.Scene, Name: shorten(n.Name), Type: typ, Size: size}
	if f.Name == "" {
		f.Name = string(n.Kind) + extension(typ)
	}
	// It is as long as those on WeCom's page, and has 256 random bits, so that nobody can guess another's
	// file.
	f.MediaID = newMediaID()
	return f
}

func extension(typ string) string {
	switch typ {
	case "image/jpeg":
		return ".jpg"
	case "image/png":
		return ".png"
	case "voice/amr":
		return ".amr"
	case "video/mp4":
		return ".mp4"
	}
	return ""
}

func newMediaID() string { return "3" + base64.RawURLEncoding.EncodeToString(id.Bytes(32)) }

// shorten cuts a name to maxName, in the middle, so that the extension stays.
func shorten(name string) string {
	if len(name) <= maxName {
		return name
	}
	stem, end := name, ""
	if dot := strings.LastIndexByte(name, '.'); dot > 0 && len(name)-dot <= 16 {
		stem, end = name[:dot], name[dot:]
	}
	stem = stem[:maxName-len(end)]
	for !utf8.ValidString(stem) {
		stem = stem[:len(stem)-1]
	}
	return stem + end
}

// File returns the file of a media_id, for whatever scene it was uploaded. It answers ErrMediaID for an id
// that is unknown, expired, or another corp's.
func (s *Service) File(tx *store.Tx, corpID, mediaID string) (File, error) {
	f, found, err := selectFile(tx, mediaID)
	if err != nil {
		return File{}, err
	}
	if !found || f.CorpID != corpID || !tx.Now().Before(f.ExpiresAt) {
		return File{}, ErrMediaID
	}
	return f, nil
}

// Find returns a file that was uploaded for the scene and is of one of the kinds, or of any kind if none are
// named. For all others it answers ErrMediaID. Read the file's content with Content, outside the transaction.
// With Keep the content outlives the media_id.
func (s *Service) Find(tx *store.Tx, corpID string, scene Scene, mediaID string, kinds ...Kind) (File, error) {
	if mediaID == "" {
		return File{}, ErrMediaIDMissing
	}
	f, err := s.File(tx, corpID, mediaID)
	switch {
	case err != nil:
		return File{}, err
	case f.Scene != scene:
		return File{}, ErrMediaID.With("it was uploaded for something else (%s)", f.Scene)
	case len(kinds) > 0 && !slices.Contains(kinds, f.Kind):
		return File{}, ErrMediaID.With("it is of type %s, %s expected", f.Kind, wanted(kinds))
	}
	return f, nil
}

// Sendable returns a file of the scene that a message may name as the kind. Page 90236 does not say that it
// must have been uploaded as that kind, and programs upload as a file what they send as an image: so the
// content decides, and the size that the kind allows. Everything can be sent as a file. For all others it
// answers ErrMediaID.
func (s *Service) Sendable(tx *store.Tx, corpID string, scene Scene, mediaID string, kind Kind) (File, error) {
	f, err := s.Find(tx, corpID, scene, mediaID)
	if err != nil {
		return File{}, err
	}
	suits := f.Kind == kind || kind == Other
	if f.Kind == Other && f.Type != bytesType {
		suits = suits || f.Type == contentTypes[kind] || kind == Image && f.Type == "image/png"
	}
	if !suits || f.Size > generalRules[kind].max {
		return File{}, ErrMediaID.With("it is of type %s, and what is in it cannot be sent as %s", f.Kind, kind)
	}
	if f.Kind = kind; kind == Other {
		f.Type = bytesType
	}
	return f, nil
}

// contentTypes are the content types of the kinds; an image may also be a PNG.
var contentTypes = map[Kind]string{Image: "image/jpeg", Voice: "voice/amr", Video: "video/mp4"}

func wanted(kinds []Kind) string {
	out := make([]string, len(kinds))
	for i, k := range kinds {
		out[i] = string(k)
	}
	return strings.Join(out, " or ")
}

// download returns the file as an answer.
func (s *Service) download(f File) *wire.File {
	if f.Kind == Other {
		f.Type = bytesType
	}
	return &wire.File{Name: f.Name, Type: f.Type, Size: f.Size, MaxPart: maxPart,
		Open: func(ctx context.Context, offset, length int64) (io.ReadCloser, error) {
			leave, err := s.fetching.enter(f.MediaID, s.deps.Limits)
			if err != nil {
				return nil, err
			}
			content, err := s.Content(ctx, f.Key, offset, length)
			if err != nil {
				leave()
				return nil, fmt.Errorf("media of %s: %w", f.CorpID, err)
			}
			return closing{content, leave}, nil
		}}
}

// closing is content that calls a function when closed.
type closing struct {
	io.ReadCloser
	then func()
}

func (c closing) Close() error {
	defer c.then()
	return c.ReadCloser.Close()
}
