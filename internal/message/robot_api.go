package message

import (
	"context"
	"strconv"

	"qiwei/internal/access"
	"qiwei/internal/media"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) robotEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		{Method: "POST", Path: "/cgi-bin/webhook/send", Doc: 91770, Open: true, Handle: wire.Direct(s.webhookSend)},
		{Method: "POST", Path: "/cgi-bin/webhook/upload_media", Doc: 91770, Open: true, Handle: wire.Stream(s.webhookUploadMedia)},
	}
}

type webhookSendRequest struct {
	robotContent
	Key     string `json:"key"` // in the query
	MsgType string `json:"msgtype"`
}

func (s *Service) webhookSend(ctx context.Context, st *store.Store, _ access.Caller, req webhookSendRequest) (wire.None, error) {
	if req.Key == "" {
		return wire.None{}, ErrRobot
	}
	return wire.None{}, st.Write(ctx, func(tx *store.Tx) error {
		say := req.robotContent
		if say.Image != nil { // SayAsRobot takes the picture out of it, and may run again
			image := *say.Image
			say.Image = &image
		}
		return s.SayAsRobot(ctx, tx, req.Key, req.MsgType, say)
	})
}

type webhookUploadMediaRequest struct {
	Key  string `json:"key"`
	Type string `json:"type"`
}

// webhookUploadMediaResponse differs from that of media/upload in its errmsg,
// which is "ok" here.
type webhookUploadMediaResponse struct {
	Type      string `json:"type"`
	MediaID   string `json:"media_id"`
	CreatedAt string `json:"created_at"`
}

func (s *Service) webhookUploadMedia(ctx context.Context, st *store.Store, _ access.Caller, req webhookUploadMediaRequest, form *wire.Form) (resp webhookUploadMediaResponse, err error) {
	if !isUUID(req.Key) { // seen live; webhook/send answers 93000 to the same key
		return resp, wire.ErrParameter.With("invalid param 'key'")
	}
	var r robotRow
	if err := st.Read(ctx, func(tx *store.Tx) (err error) {
		r, err = s.robotOfKey(tx, req.Key)
		return err
	}); err != nil {
		return resp, err
	}
	kind := media.Kind(req.Type)
	if kind != media.Other && kind != media.Voice {
		return resp, media.ErrType.With("type %q in the query: file or voice expected", req.Type)
	}
	part, err := form.File("media")
	if err != nil {
		return resp, media.ErrEmptyMedia.With("a form with the file in the part media expected")
	}
	f, err := s.deps.Media.Upload(ctx, access.System(r.corpID), media.NewFile{Kind: kind, Scene: media.RobotScene(r.no), Name: part.FileName, Length: part.Length, Content: part})
	return webhookUploadMediaResponse{req.Type, f.MediaID, strconv.FormatInt(f.CreatedAt.Unix(), 10)}, err
}
