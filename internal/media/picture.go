package media

import (
	"context"
	"fmt"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// A picture stays. It has no media_id but an address on this server, which anybody who knows it may open. It
// never changes; another picture has another address. As on the platform, the address ends in the picture's
// width: 0 for its own size, 100 for a small square.

const (
	picturePath = "/wwpic/"
	original    = "/0"
	thumbnail   = "/100"
)

// Picture is an image that stays.
type Picture struct {
	Key    string // in its address
	CorpID string
	Type   string
	Size   int64
	Square bool // shown cropped to a square
	blob   string
}

// Path returns the picture's address without scheme and host.
func (p Picture) Path() string { return picturePath + p.Key + original }

// Thumbnail returns the address of the small form of a picture from KeepPicture or UploadPicture. It returns
// any other address unchanged.
func Thumbnail(path string) string {
	if isPicture(path) {
		return strings.TrimSuffix(path, original) + thumbnail
	}
	return path
}

// isPicture reports whether a path is one of our pictures and not an address elsewhere.
func isPicture(path string) bool {
	return strings.HasPrefix(path, picturePath) && strings.HasSuffix(path, original)
}

// How many pictures a corp may upload (doc 90256).
const (
	picturesADay   = 1000
	picturesAMonth = 3000
)

// pictureTime is the time zone of the quotas' days and months.
var pictureTime = time.FixedZone("UTC+8", 8*60*60)

// UploadPicture stores a picture as media/uploadimg does and returns its path.
func (s *Service) UploadPicture(ctx context.Context, by access.Caller, n NewFile) (path string, err error) {
	n.Kind = Image
	d, typ, err := s.receive(n, rule{maxPicture, ErrImageSize, checkPicture})
	if err != nil {
		return "", err
	}
	defer d.Discard()
	p := Picture{Key: id.Hex(24), CorpID: by.CorpID, Type: typ, Size: d.Size()}
	if p.blob, err = s.put(ctx, by.CorpID, d); err != nil {
		return "", err
	}
	err = s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		if err := s.countPicture(tx, by.CorpID); err != nil {
			return err
		}
		if err := claim(tx, p.blob); err != nil {
			return err
		}
		return insertPicture(tx, p)
	})
	return p.Path(), err
}

// countPicture counts an uploaded picture, and answers 45009 if the corp has reached its quota.
func (s *Service) countPicture(tx *store.Tx, corpID string) error {
	today := tx.Now().In(pictureTime)
	for _, q := range []struct {
		period string
		max    int64
	}{{today.Format("2006-01-02"), picturesADay}, {today.Format("2006-01"), picturesAMonth}} {
		used, err := usePicture(tx, corpID, q.period)
		if err != nil {
			return err
		}
		if s.deps.Limits && used > q.max {
			return wire.ErrFrequency.With("%d pictures have been uploaded in %s", q.max, q.period)
		}
	}
	return nil
}

// KeepPicture makes a picture of an uploaded image and returns its path, which the caller writes into a row
// of its own, in this transaction. With square set it is shown cropped to a square (doc 90228). It answers
// ErrMediaID, and ErrNotPicture for a media_id that is no image from media/upload.
func (s *Service) KeepPicture(tx *store.Tx, corpID, mediaID string, square bool) (path string, err error) {
	f, err := s.File(tx, corpID, mediaID)
	if err != nil {
		return "", err
	}
	if f.Kind != Image || f.Scene != General {
		return "", ErrNotPicture.With("an image from media/upload expected")
	}
	p := Picture{Key: id.Hex(24), CorpID: corpID, Type: f.Type, Size: f.Size, Square: square}
	if p.blob, err = s.Keep(tx, f); err != nil {
		return "", err
	}
	return p.Path(), insertPicture(tx, p)
}

// ReleasePicture deletes a picture that nobody shows any more. It ignores an empty path, and one that is not
// ours.
func (s *Service) ReleasePicture(tx *store.Tx, corpID, path string) error {
	if !isPicture(path) {
		return nil
	}
	key := strings.TrimSuffix(strings.TrimPrefix(path, picturePath), original)
	blobs, err := deletePicture(tx, corpID, key)
	if err != nil {
		return fmt.Errorf("release picture: %w", err)
	}
	for _, b := range blobs {
		if err := s.Release(tx, b); err != nil {
			return err
		}
	}
	return nil
}
