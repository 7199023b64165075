package form

import (
	"context"
	"errors"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/media"
	"qiwei/internal/store"
)

// Look answers what a form names of a corp's directory and files. The rooms add what is theirs.
type Look struct {
	Context context.Context
	Tx      *store.Tx
	CorpID  string
	Members *directory.Service
	Files   Files
}

// Names returns members of the corp.
func (l Look) Names(list []id.UserID) (map[string]Member, error) {
	out := map[string]Member{}
	for _, u := range list {
		m, err := l.Members.Member(l.Context, l.Tx, access.System(l.CorpID), u)
		if errors.Is(err, directory.ErrMemberNotFound) || errors.Is(err, directory.ErrUserIDMissing) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out[u.Key()] = Member{UserID: m.UserID, Name: m.Name}
	}
	return out, nil
}

// Departments returns departments of the corp.
func (l Look) Departments(ids []int64) (map[int64]string, error) {
	return l.Members.DepartmentNames(l.Tx, l.CorpID, ids)
}

// File finds an uploaded file.
func (l Look) File(mediaID string) (FileValue, error) {
	f, err := l.Files.Find(l.Tx, l.CorpID, mediaID)
	if errors.Is(err, media.ErrMediaID) || errors.Is(err, media.ErrMediaIDMissing) {
		err = problem("files: there is no uploaded file %q", mediaID)
	}
	kind := ""
	if dot := strings.LastIndexByte(f.Name, '.'); dot >= 0 {
		kind = f.Name[dot+1:]
	}
	return FileValue{ID: f.MediaID, Name: f.Name, Size: f.Size, Type: kind}, err
}
