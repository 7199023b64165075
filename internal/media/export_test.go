package media

import (
	"context"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/store"
)

// UploadWith uploads a file and runs something between writing its content and its row.
func (s *Service) UploadWith(ctx context.Context, by access.Caller, content string, between func()) error {
	n := NewFile{Kind: Other, Scene: General, Length: -1, Content: strings.NewReader(content)}
	d, typ, err := s.receive(n, generalRules[Other])
	if err != nil {
		return err
	}
	defer d.Discard()
	f := newFile(by.CorpID, n, typ, d.Size())
	if f.Key, err = s.put(ctx, by.CorpID, d); err != nil {
		return err
	}
	between()
	return s.deps.Store.Write(ctx, func(tx *store.Tx) error { return insertFile(tx, by, &f) })
}
