package media

import (
	"encoding/base64"
	"fmt"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Preserved is the scene of a file that Preserve has made. No call takes it as a file to send.
const Preserved Scene = "preserved"

// preservedHead begins the media_id of a preserved file, as on the platform's pages (doc 93333).
const preservedHead = "WWCISP_"

// forever is when a preserved file expires.
var forever = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// Preserve gives the content of a file a media_id of its own, which is good until Forget. Records of the
// platform name files by such ids, and media/get reads them.
func (s *Service) Preserve(tx *store.Tx, by access.Caller, f File) (File, error) {
	if _, err := s.Keep(tx, f); err != nil {
		return File{}, err
	}
	f.MediaID, f.Scene = preservedHead+base64.RawURLEncoding.EncodeToString(id.Bytes(32)), Preserved
	f.CreatedAt, f.ExpiresAt = tx.Now(), forever
	return f, writeFile(tx, by, f)
}

// Forget ends a media_id from Preserve. Others stay as they are.
func (s *Service) Forget(tx *store.Tx, corpID, mediaID string) error {
	f, found, err := selectFile(tx, mediaID)
	if err != nil || !found || f.CorpID != corpID || f.Scene != Preserved {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM media WHERE corpid = ? AND media_id = ?`, corpID, mediaID); err != nil {
		return fmt.Errorf("forget media: %w", err)
	}
	return s.Release(tx, f.Key)
}
