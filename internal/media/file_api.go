package media

import (
	"context"
	"io"
	"strconv"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) fileEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		{Method: "POST", Path: "/cgi-bin/media/upload", Doc: 90253, Allow: everyone(), Handle: wire.Stream(s.mediaUpload)},
		{Method: "GET", Path: "/cgi-bin/media/get", Doc: 90254, Allow: everyone(), Handle: wire.Read(s.mediaGet)},
	}
}

// uploaded is part of the answers of uploads whose errmsg is documented as empty and of which no live answer
// is known. Decision 60 has the one that is known.
type uploaded struct{}

// ErrMsg is errmsg on success (doc 90256, 95098).
func (uploaded) ErrMsg() string { return "" }

// part finds the file in an upload's form: the first part with a filename, in any field. WeCom accepts any
// field name, and none at all.
func part(form *wire.Form) (*wire.Part, error) {
	p, err := form.FirstFile()
	switch {
	case err == io.EOF:
		return nil, ErrEmptyMedia.With("no part of the form has a filename")
	case err != nil:
		return nil, ErrEmptyMedia.With("%v", err)
	}
	return p, nil
}

type mediaUploadRequest struct {
	Type string `json:"type"`
}

// mediaUploadResponse has "ok" as its errmsg; the page's sample has it empty
// (decision 60).
type mediaUploadResponse struct {
	Type      string `json:"type"`
	MediaID   string `json:"media_id"`
	CreatedAt string `json:"created_at"` // a string here, a number in upload_attachment
}

func (s *Service) mediaUpload(ctx context.Context, _ *store.Store, by access.Caller, req mediaUploadRequest, form *wire.Form) (mediaUploadResponse, error) {
	if _, ok := generalRules[Kind(req.Type)]; !ok {
		return mediaUploadResponse{}, ErrType.With("type %q in the query: image, voice, video or file expected", req.Type)
	}
	p, err := part(form)
	if err != nil {
		return mediaUploadResponse{}, err
	}
	f, err := s.Upload(ctx, by, NewFile{Kind: Kind(req.Type), Scene: General, Name: p.FileName, Length: p.Length, Content: p})
	if err != nil {
		return mediaUploadResponse{}, err
	}
	return mediaUploadResponse{Type: req.Type, MediaID: f.MediaID, CreatedAt: strconv.FormatInt(f.CreatedAt.Unix(), 10)}, nil
}

type mediaRequest struct {
	MediaID string `json:"media_id"`
}

func (s *Service) mediaGet(_ context.Context, tx *store.Tx, by access.Caller, req mediaRequest) (*wire.File, error) {
	if req.MediaID == "" {
		return nil, ErrMediaIDMissing
	}
	f, err := s.File(tx, by.CorpID, req.MediaID)
	if err == nil && f.Scene.ofRobot() {
		err = ErrMediaID.With("it is a group robot's")
	}
	if err != nil {
		return nil, err
	}
	return s.download(f), nil
}
