package checkin

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"image"
	_ "image/gif" // a face may be any of these pictures
	_ "image/jpeg"
	_ "image/png"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Errors of faces (doc 93378).
var (
	ErrFaceInput  = ErrUser
	ErrFaceMember = wire.Code(301069, "face upload: userid matches no member")
	ErrAlike      = wire.Code(301071, "face upload: similar face exists, stored all the same")
	ErrFace       = wire.Code(301072, "face upload: picture unusable")
)

// maxFace is how large the picture of a face may be (doc 93378).
const maxFace = 1 << 20

func (s *Service) faceEndpoints() []wire.Endpoint {
	return []wire.Endpoint{endpoint("addcheckinuserface", 93378, 10, wire.Direct(s.addcheckinuserface))}
}

type addcheckinuserfaceRequest struct {
	UserID id.UserID `json:"userid"`
	Face   string    `json:"userface"` // base64
}

// addcheckinuserface records a face. Where another member has the same it is recorded all the same, and the answer is
// ErrAlike.
func (s *Service) addcheckinuserface(ctx context.Context, st *store.Store, by access.Caller, req addcheckinuserfaceRequest) (none wire.None, err error) {
	if req.UserID == "" || req.Face == "" {
		return none, ErrFaceInput.With("userid and userface expected")
	}
	picture, err := base64.StdEncoding.DecodeString(strings.TrimSpace(req.Face))
	if err != nil {
		return none, ErrFace.With("userface is no base64")
	}
	if len(picture) > maxFace {
		return none, ErrFace.With("%d bytes, at most %d", len(picture), maxFace)
	}
	if _, _, err := image.DecodeConfig(bytes.NewReader(picture)); err != nil {
		return none, ErrFace.With("a picture in JPEG, PNG or GIF expected")
	}
	alike := false
	err = st.Write(ctx, func(tx *store.Tx) (err error) {
		known, err := s.deps.Directory.VisibleMembers(tx, by, []string{string(req.UserID)})
		if err != nil {
			return err
		}
		no := known[req.UserID.Key()]
		if no == 0 {
			return ErrFaceMember.With("%q is no member whom the application sees", req.UserID)
		}
		alike, err = writeFace(tx, by.CorpID, no, picture)
		return err
	})
	if err == nil && alike {
		err = ErrAlike.With("the face is recorded all the same")
	}
	return none, err
}

// writeFace records a face, and reports whether another member has the same. Pictures are compared, not faces.
func writeFace(tx *store.Tx, corpID string, member int64, picture []byte) (alike bool, err error) {
	sum := sha256.Sum256(picture)
	digest := hex.EncodeToString(sum[:])
	n, err := tx.Count(`SELECT count(*) FROM checkin_face WHERE corpid = ? AND digest = ? AND member <> ?`, corpID, digest, member)
	if err != nil {
		return false, err
	}
	return n > 0, tx.Send(`INSERT INTO checkin_face (corpid, member, digest, size, at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (member) DO UPDATE SET digest = excluded.digest, size = excluded.size, at = excluded.at`, corpID, member, digest, int64(len(picture)), tx.Now().Unix())
}

// recognised answers ErrCall unless the phone has recognised the face that is recorded of a member. qiwei recognises
// no faces: a script says that the phone has.
func (s *Service) recognised(tx *store.Tx, p *person, said bool) error {
	n, err := tx.Count(`SELECT count(*) FROM checkin_face WHERE member = ?`, p.No)
	switch {
	case err != nil:
		return err
	case n == 0:
		return ErrCall.With("the rule asks for a face, and none is recorded of %q", p.UserID)
	case !said:
		return ErrCall.With("the rule asks for the member's face, which qiwei does not recognise; a script can say that the phone has")
	}
	return nil
}
