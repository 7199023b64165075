package wedoc

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"image"
	_ "image/gif" // DecodeConfig knows them
	_ "image/jpeg"
	_ "image/png"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/media"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) documentEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		Endpoint("create_doc", 97460, wire.Write(s.createDoc)),
		Endpoint("rename_doc", 97736, wire.Write(s.renameDoc)),
		Endpoint("del_doc", 97735, wire.Write(s.delDoc)),
		Endpoint("get_doc_base_info", 97734, wire.Read(s.getDocBaseInfo)),
		Endpoint("doc_share", 97733, wire.Read(s.docShare)),
		Endpoint("image_upload", 99933, wire.Direct(s.imageUpload)),
	}
}

// in is where a new document or form lies in the drive.
type in struct {
	SpaceID  string `json:"spaceid"`
	FatherID string `json:"fatherid"`
}

// built refuses a place in the drive, which there is none of.
func (p in) built() error {
	if p.SpaceID != "" || p.FatherID != "" {
		return wire.ErrForbidden.With("spaceid and fatherid: the drive is not built in qiwei; leave both out")
	}
	return nil
}

type (
	createDocRequest struct {
		in
		Kind   Kind        `json:"doc_type"`
		Name   string      `json:"doc_name"`
		Admins []id.UserID `json:"admin_users"`
	}
	createDocResponse struct {
		URL   string `json:"url"`
		DocID string `json:"docid"`
	}
)

func (s *Service) createDoc(ctx context.Context, tx *store.Tx, by access.Caller, req createDocRequest) (resp createDocResponse, err error) {
	if err := req.built(); err != nil {
		return resp, err
	}
	d, err := s.Create(ctx, tx, by, NewDocument{req.Kind, req.Name, req.Admins})
	if err == nil {
		resp = createDocResponse{s.URL(d), d.DocID}
	}
	return resp, err
}

// which names a document or a form.
type which struct {
	DocID  string `json:"docid"`
	FormID string `json:"formid"`
}

// of calls one of two functions, for the document or for the form.
func (w which) of(s *Service, tx *store.Tx, by access.Caller, document func(Document) error, form func(Form) error) error {
	if (w.DocID == "") == (w.FormID == "") {
		return errParameter.With("docid, formid: one of the two expected")
	}
	if w.FormID != "" {
		f, err := s.ownForm(tx, by, w.FormID)
		if err != nil {
			return err
		}
		return form(f)
	}
	d, err := s.Own(tx, by, w.DocID)
	if err != nil {
		return err
	}
	return document(d)
}

type renameDocRequest struct {
	which
	Name string `json:"new_name"`
}

func (s *Service) renameDoc(ctx context.Context, tx *store.Tx, by access.Caller, req renameDocRequest) (wire.None, error) {
	return wire.None{}, req.of(s, tx, by,
		func(d Document) error { return s.Rename(tx, d, req.Name) },
		func(f Form) error { return s.renameForm(tx, f, req.Name) })
}

type delDocRequest struct{ which }

func (s *Service) delDoc(ctx context.Context, tx *store.Tx, by access.Caller, req delDocRequest) (wire.None, error) {
	return wire.None{}, req.of(s, tx, by,
		func(d Document) error { return s.Delete(ctx, tx, by, d) },
		func(f Form) error { return s.DeleteForm(ctx, tx, by, f) })
}

type (
	docIDRequest struct {
		DocID string `json:"docid"`
	}
	baseInfo struct {
		DocID    string `json:"docid"`
		Name     string `json:"doc_name"`
		Created  int64  `json:"create_time"`
		Modified int64  `json:"modify_time"`
		Kind     Kind   `json:"doc_type"`
	}
	getDocBaseInfoResponse struct {
		Info baseInfo `json:"doc_base_info"`
	}
)

func (s *Service) getDocBaseInfo(ctx context.Context, tx *store.Tx, by access.Caller, req docIDRequest) (resp getDocBaseInfoResponse, err error) {
	d, err := s.Own(tx, by, req.DocID)
	if err == nil {
		resp.Info = baseInfo{d.DocID, d.Name, d.Created, d.Modified, d.Kind}
	}
	return resp, err
}

type (
	docShareRequest  struct{ which }
	docShareResponse struct {
		URL string `json:"share_url"`
	}
)

func (s *Service) docShare(ctx context.Context, tx *store.Tx, by access.Caller, req docShareRequest) (resp docShareResponse, err error) {
	return resp, req.of(s, tx, by,
		func(d Document) error { resp.URL = s.URL(d); return nil },
		func(f Form) error { resp.URL = s.formURL(f); return nil })
}

type (
	imageUploadRequest struct {
		DocID   string `json:"docid"`
		Content string `json:"base64_content"`
	}
	imageUploadResponse struct {
		URL    string `json:"url"`
		Height int64  `json:"height"`
		Width  int64  `json:"width"`
		Size   int64  `json:"size"`
	}
)

// imageUpload keeps a picture for a document. The page names the three numbers as strings, and its sample has
// numbers; clients read numbers (doc 99933).
func (s *Service) imageUpload(ctx context.Context, st *store.Store, by access.Caller, req imageUploadRequest) (resp imageUploadResponse, err error) {
	if err := st.Read(ctx, func(tx *store.Tx) error {
		_, err := s.Own(tx, by, req.DocID)
		return err
	}); err != nil {
		return resp, err
	}
	p, err := s.KeepPicture(ctx, by, req.Content)
	return imageUploadResponse{p.URL, p.Height, p.Width, p.Size}, err
}

// Picture is one that is kept for a document.
type Picture struct {
	URL                 string
	Width, Height, Size int64
}

// KeepPicture keeps a picture that comes as base64.
func (s *Service) KeepPicture(ctx context.Context, by access.Caller, text string) (p Picture, err error) {
	content, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(content) == 0 {
		return p, errParameter.With("base64_content: a picture in base64 expected")
	}
	size, format, err := image.DecodeConfig(bytes.NewReader(content))
	if err != nil {
		return p, errParameter.With("base64_content: a PNG, JPEG or GIF picture expected")
	}
	path, err := s.deps.Media.UploadPicture(ctx, by, media.NewFile{Name: fmt.Sprint("image.", format), Length: int64(len(content)), Content: bytes.NewReader(content)})
	return Picture{s.deps.BaseURL() + path, int64(size.Width), int64(size.Height), int64(len(content))}, err
}
