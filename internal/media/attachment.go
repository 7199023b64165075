package media

import (
	"context"
	"io"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Errors of attachments (doc 95098).
var (
	ErrScene       = wire.Code(41072, "invalid attachment scene")
	ErrAttachment  = wire.Code(41080, "attachment size out of limit")
	ErrResolution  = wire.Code(41081, "attachment resolution out of limit")
	ErrDuration    = wire.Code(41082, "attachment duration out of limit")
	ErrVideoFormat = wire.Code(41090, "invalid video format")
)

// Limits of what is published as a moment (doc 95098).
const (
	maxLongSide  = 10800
	maxShortSide = 1080
	maxMoment    = 30 * time.Second
)

// attachmentRules are those of media/upload_attachment. A file, which the page
// names as a media_type, fits neither of its two scenes.
var attachmentRules = map[Scene]map[Kind]rule{
	Moment: {
		Image: {maxAttachment, ErrAttachment, checkMomentImage},
		Video: {maxAttachment, ErrAttachment, checkMomentVideo},
	},
	Album: {Image: {maxAttachment, ErrAttachment, checkImage}},
}

func checkMomentImage(content io.ReaderAt, size int64) (string, error) {
	typ, err := checkImage(content, size)
	if err != nil {
		return "", err
	}
	width, height, known, err := dimensions(content, size)
	if err == nil && known && (max(width, height) > maxLongSide || min(width, height) > maxShortSide) {
		err = ErrResolution.With("%d by %d pixels; the long side may have %d and the short one %d", width, height, maxLongSide, maxShortSide)
	}
	return typ, err
}

func checkMomentVideo(content io.ReaderAt, size int64) (string, error) {
	typ, err := checkVideo(content, size)
	if err != nil {
		return "", ErrVideoFormat.With("a video is an MP4")
	}
	played, ok := duration(content, size)
	switch {
	case !ok:
		return "", ErrVideoFormat.With("its header cannot be read")
	case played > maxMoment:
		return "", ErrDuration.With("%.1f seconds, at most %d", played.Seconds(), int(maxMoment.Seconds()))
	}
	return typ, nil
}

func (s *Service) attachmentEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		{Method: "POST", Path: "/cgi-bin/media/upload_attachment", Doc: 95098, Allow: customers(), Handle: wire.Stream(s.mediaUploadAttachment)},
	}
}

// customers are the callers with the permission of customer contact. Corps made since 2023-12-01 no longer
// have the secret of customer contact itself; it still works for the others.
func customers() access.Allow {
	return access.To(access.Customers, access.SelfBuilt, access.Custom, access.ThirdParty).And(access.Allow{access.CustomerContact: access.All})
}

type mediaUploadAttachmentRequest struct {
	MediaType      string `json:"media_type"`
	AttachmentType int64  `json:"attachment_type"`
}

type mediaUploadAttachmentResponse struct {
	uploaded
	Type      string `json:"type"`
	MediaID   string `json:"media_id"`
	CreatedAt int64  `json:"created_at"`
}

func (s *Service) mediaUploadAttachment(ctx context.Context, _ *store.Store, by access.Caller, req mediaUploadAttachmentRequest, form *wire.Form) (mediaUploadAttachmentResponse, error) {
	scene := map[int64]Scene{1: Moment, 2: Album}[req.AttachmentType]
	r, ok := attachmentRules[scene][Kind(req.MediaType)]
	if !ok {
		return mediaUploadAttachmentResponse{}, ErrScene.With("media_type %q with attachment_type %d: image or video with 1, image with 2 expected", req.MediaType, req.AttachmentType)
	}
	p, err := part(form)
	if err != nil {
		return mediaUploadAttachmentResponse{}, err
	}
	f, err := s.upload(ctx, by, NewFile{Kind: Kind(req.MediaType), Scene: scene, Name: p.FileName, Length: p.Length, Content: p}, r)
	if err != nil {
		return mediaUploadAttachmentResponse{}, err
	}
	return mediaUploadAttachmentResponse{Type: req.MediaType, MediaID: f.MediaID, CreatedAt: f.CreatedAt.Unix()}, nil
}
