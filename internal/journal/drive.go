package journal

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/form"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// The files of the drive (微盘) that a report holds (doc 98021). There is no drive here: what a member adds to the
// control is kept by the report, as other files are, and is downloaded by a fileid of its own, which stays the same
// while its media_id is renewed.

// driveLife is how long an address of such a file is good for (doc 98021).
const driveLife = 2 * time.Hour

// driveCookie is the cookie without which the address answers nothing.
const driveCookie = "journal_drive_key"

type driveFile struct {
	ID string `json:"fileid"`
}

// driveFiles returns the files of the drive in a report, in order, and their fileids: the report's and their place.
func (r *Record) driveFiles() (files []form.FileValue, ids []string) {
	for _, c := range r.Contents {
		if c.Control != form.DriveFile {
			continue
		}
		for _, f := range c.Value.Files {
			files, ids = append(files, f), append(ids, r.UUID+"."+strconv.Itoa(len(ids)))
		}
	}
	return files, ids
}

// driven names the files of the drive as doc 93394 does, by their fileids alone.
func (i *recordInfo) driven(r *Record) {
	_, ids := r.driveFiles()
	for n := range i.Data.Contents {
		c := &i.Data.Contents[n]
		if c.Control != form.DriveFile {
			continue
		}
		for range c.Value.Files {
			c.Value.Drive, ids = append(c.Value.Drive, driveFile{ids[0]}), ids[1:]
		}
		c.Value.Files = nil
	}
}

type (
	driveRequest struct {
		UUID string `json:"journaluuid"`
		File string `json:"fileid"`
	}
	driveResponse struct {
		URL    string `json:"download_url"`
		Cookie string `json:"cookie_name"`
		Value  string `json:"cookie_value"`
	}
	// driveKey is what a cookie holds.
	driveKey struct {
		CorpID string `json:"c"`
		UUID   string `json:"u"`
		File   string `json:"f"`
		Until  int64  `json:"t"` // Unix seconds
	}
)

func (s *Service) downloadDriveFile(ctx context.Context, tx *store.Tx, by access.Caller, req driveRequest) (resp driveResponse, err error) {
	r, err := s.visible(tx, by, req.UUID)
	if err != nil {
		return resp, err
	}
	if _, err := s.driveFile(tx, r, req.File); err != nil {
		return resp, err
	}
	key, err := json.Marshal(driveKey{r.CorpID, r.UUID, req.File, tx.Now().Add(driveLife).Unix()})
	return driveResponse{s.deps.BaseURL() + "/journal/drive/" + req.File, driveCookie, s.deps.Box.SealText(seal.JournalFile, "", key)}, err
}

// driveFile returns a file of the drive that the report holds. It answers ErrParameter.
func (s *Service) driveFile(tx *store.Tx, r *Record, fileID string) (*wire.File, error) {
	if fileID == "" {
		return nil, ErrParameter.With("fileid is missing")
	}
	files, ids := r.driveFiles()
	for i, known := range ids {
		if known != fileID {
			continue
		}
		f, err := s.files().Content(tx, r.No, files[i].ID)
		if err != nil || f != nil {
			return f, err
		}
	}
	return nil, ErrParameter.With("fileid: the report has no file %.100q of the drive", fileID)
}

// serveDriveFile answers with a file to whoever has the cookie that came with its address.
func (s *Service) serveDriveFile(w http.ResponseWriter, r *http.Request) {
	var key driveKey
	cookie, err := r.Cookie(driveCookie)
	var plain []byte
	if err == nil {
		plain, err = s.deps.Box.OpenText(seal.JournalFile, "", cookie.Value)
	}
	if err == nil {
		err = json.Unmarshal(plain, &key)
	}
	if err != nil || key.File != r.PathValue("fileid") || !strings.HasPrefix(key.File, key.UUID) {
		http.Error(w, "the cookie of the file's address is missing", http.StatusForbidden)
		return
	}
	var f *wire.File
	err = s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		if tx.Now().Unix() >= key.Until {
			return ErrParameter.With("the address was good for two hours")
		}
		record, err := s.record(tx, key.CorpID, key.UUID)
		if err == nil {
			f, err = s.driveFile(tx, record, key.File)
		}
		return err
	})
	var refused wire.Error
	switch {
	case errors.As(err, &refused):
		http.Error(w, refused.Message(), http.StatusForbidden)
		return
	case err == nil:
		w.Header().Set("Cache-Control", "no-store")
		if err = f.Serve(w, r); err == nil {
			return
		}
		if errors.As(err, &refused) {
			http.Error(w, refused.Message(), http.StatusRequestedRangeNotSatisfiable)
			return
		}
	}
	s.deps.Log.Error("file of a report", "report", key.UUID, "err", err)
	http.Error(w, "the server could not answer", http.StatusInternalServerError)
}
