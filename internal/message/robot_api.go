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
		{Method: "POST", Path: "/cgi-bin/webhook/send", Doc: 91770, Credential: s.robotKey(ErrRobot), Allow: robots, Handle: wire.Write(s.webhookSend)},
		{Method: "POST", Path: "/cgi-bin/webhook/upload_media", Doc: 91770, Credential: s.robotKey(errUploadKey), Allow: robots, Handle: wire.Stream(s.webhookUploadMedia)},
	}
}

var robots = access.Allow{access.GroupRobot: access.Own}

// errUploadKey was seen live. webhook/send answers 93000 to the same key.
var errUploadKey = wire.ErrParameter.With("invalid param 'key'")

// robotKey is the credential of a group robot, the key of its address. malformed is the answer to a key of
// the wrong form.
func (s *Service) robotKey(malformed wire.Error) *wire.Credential {
	return &wire.Credential{
		Param: "key", What: "key of a group robot", Missing: malformed, Invalid: ErrRobot, Expired: ErrRobot,
		Resolve: func(tx *store.Tx, key string) (access.Caller, error) {
			if !isUUID(key) {
				return access.Caller{}, malformed
			}
			return s.robotOfKey(tx, key)
		},
	}
}

type webhookSendRequest struct {
	robotContent
	MsgType string `json:"msgtype"`
}

func (s *Service) webhookSend(ctx context.Context, tx *store.Tx, by access.Caller, req webhookSendRequest) (wire.None, error) {
	say := req.robotContent
	if say.Image != nil { // SayAsRobot removes the picture from it, and may run again
		image := *say.Image
		say.Image = &image
	}
	return wire.None{}, s.SayAsRobot(ctx, tx, by, req.MsgType, say)
}

type webhookUploadMediaRequest struct {
	Type string `json:"type"`
}

type webhookUploadMediaResponse struct {
	Type      string `json:"type"`
	MediaID   string `json:"media_id"`
	CreatedAt string `json:"created_at"`
}

func (s *Service) webhookUploadMedia(ctx context.Context, _ *store.Store, by access.Caller, req webhookUploadMediaRequest, form *wire.Form) (resp webhookUploadMediaResponse, err error) {
	kind := media.Kind(req.Type)
	if kind != media.Other && kind != media.Voice {
		return resp, media.ErrType.With("type %q in the query: file or voice expected", req.Type)
	}
	part, err := form.FirstFile()
	if err != nil {
		return resp, media.ErrEmptyMedia.With("a form with a part that has a filename expected")
	}
	f, err := s.deps.Media.Upload(ctx, by, media.NewFile{Kind: kind, Scene: media.RobotScene(by.Robot), Name: part.FileName, Length: part.Length, Content: part})
	return webhookUploadMediaResponse{req.Type, f.MediaID, strconv.FormatInt(f.CreatedAt.Unix(), 10)}, err
}
