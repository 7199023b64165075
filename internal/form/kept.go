package form

import (
	"qiwei/internal/access"
	"qiwei/internal/media"
	"qiwei/internal/store"
)

// Files keeps the files of forms for longer than their media_ids are valid. Each room has a table for it, with
// the columns owner, media_id, kind, name, type, size, blob and until (Unix milliseconds).
type Files struct {
	Media *media.Service
	Table string
}

// Find returns an uploaded file of a form.
func (f Files) Find(tx *store.Tx, corpID, mediaID string) (media.File, error) {
	return f.Media.Find(tx, corpID, media.General, mediaID)
}

// Keep keeps a file for an owner, once.
func (f Files) Keep(tx *store.Tx, owner int64, file media.File) error {
	n, err := tx.Exec(`INSERT INTO `+f.Table+` (owner, media_id, kind, name, type, size, blob, until) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		owner, file.MediaID, string(file.Kind), file.Name, file.Type, file.Size, file.Key, file.ExpiresAt.UnixMilli())
	if err != nil || n == 0 {
		return err
	}
	_, err = f.Media.Keep(tx, file)
	return err
}

// KeepAll keeps all files of a form.
func (f Files) KeepAll(tx *store.Tx, corpID string, owner int64, contents []Content) (err error) {
	Each(contents, func(c *Content) {
		for _, v := range c.Value.Files {
			var file media.File
			if err == nil {
				file, err = f.Find(tx, corpID, v.ID)
			}
			if err == nil {
				err = f.Keep(tx, owner, file)
			}
		}
	})
	return err
}

// Expired returns the files of an owner whose media_ids have had their time.
func (f Files) Expired(tx *store.Tx, corpID string, owner int64) (out []media.File, err error) {
	err = tx.Each(`SELECT media_id, kind, name, type, size, blob FROM `+f.Table+` WHERE owner = ? AND until <= ?`, []any{owner, tx.Now().UnixMilli()}, func(rows *store.Rows) error {
		file := media.File{CorpID: corpID, Scene: media.General}
		err := rows.Scan(&file.MediaID, &file.Kind, &file.Name, &file.Type, &file.Size, &file.Key)
		out = append(out, file)
		return err
	})
	return out, err
}

// Renew gives those files media_ids that are good for another three days, and returns the new ones by the old.
func (f Files) Renew(tx *store.Tx, corpID string, owner int64) (map[string]string, error) {
	files, err := f.Expired(tx, corpID, owner)
	fresh := map[string]string{}
	for _, file := range files {
		old := file.MediaID
		if file, err = f.Media.Again(tx, access.System(corpID), file); err != nil {
			return nil, err
		}
		if _, err = tx.Exec(`UPDATE `+f.Table+` SET media_id = ?, until = ? WHERE owner = ? AND media_id = ?`, file.MediaID, file.ExpiresAt.UnixMilli(), owner, old); err != nil {
			return nil, err
		}
		fresh[old] = file.MediaID
	}
	return fresh, err
}
