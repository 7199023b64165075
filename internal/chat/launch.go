package chat

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// launchLife is how long a code can be used (doc 94345).
const launchLife = 5 * time.Minute

// ErrLaunch refuses a code that opens nothing.
var ErrLaunch = wire.Code(40029, "invalid code")

// Endpoints returns the room's calls. Pages open a conversation by wxwork://launch?launch_code=…
func (s *Service) Endpoints() []wire.Endpoint {
	return []wire.Endpoint{{
		Method: "POST", Path: "/cgi-bin/get_launch_code", Doc: 94345, Allow: access.To(access.InRange, access.SelfBuilt, access.ThirdParty, access.Custom), Handle: wire.Write(s.getLaunchCode),
	}}
}

type (
	singleChat struct {
		UserID id.UserID `json:"userid"`
	}
	launchRequest struct {
		Operator id.UserID   `json:"operator_userid"`
		Single   *singleChat `json:"single_chat"`
	}
	launchResponse struct {
		Code string `json:"launch_code"`
	}
)

func (s *Service) getLaunchCode(ctx context.Context, tx *store.Tx, by access.Caller, req launchRequest) (resp launchResponse, err error) {
	if req.Single == nil {
		return resp, wire.ErrEmpty.With("single_chat: an object expected")
	}
	operator, err := s.deps.Directory.Member(ctx, tx, by, req.Operator)
	if err != nil {
		return resp, err
	}
	peer, err := s.deps.Directory.Member(ctx, tx, by, req.Single.UserID)
	if err != nil {
		return resp, err
	}
	if operator.No == peer.No {
		return resp, wire.ErrParameter.With("single_chat.userid: somebody else than the operator expected")
	}
	resp.Code, err = launchCode(tx, by.CorpID, operator, peer)
	return resp, err
}

// launchCode makes a code, and forgets those that are over.
func launchCode(tx *store.Tx, corpID string, operator, peer directory.Member) (string, error) {
	if _, err := tx.Exec(`DELETE FROM chat_launch WHERE corpid = ? AND made_at <= ?`, corpID, tx.Now().Add(-launchLife).UnixMilli()); err != nil {
		return "", err
	}
	code := id.Secret()
	_, err := tx.Exec(`INSERT INTO chat_launch (mark, corpid, operator, peer, made_at) VALUES (?, ?, ?, ?, ?)`, launchMark(code), corpID, operator.No, peer.No, tx.Now().UnixMilli())
	return code, err
}

func launchMark(code string) string {
	sum := sha256.Sum256([]byte(code))
	return hex.EncodeToString(sum[:])
}

// Launch takes the code that a member opens, and returns with whom the conversation is.
func (s *Service) Launch(ctx context.Context, tx *store.Tx, corpID string, user id.UserID, code string) (id.UserID, error) {
	m, err := s.deps.Directory.Member(ctx, tx, access.System(corpID), user)
	if err != nil {
		return "", err
	}
	var peer, made int64
	found, err := tx.Get(`SELECT peer, made_at FROM chat_launch WHERE mark = ? AND corpid = ? AND operator = ?`, []any{launchMark(code), corpID, m.No}, &peer, &made)
	if err != nil {
		return "", err
	}
	if !found || !tx.Now().Before(time.UnixMilli(made).Add(launchLife)) {
		return "", ErrLaunch.With("launch_code: it is over, was used, or is another member's")
	}
	if n, err := tx.Exec(`DELETE FROM chat_launch WHERE mark = ? AND corpid = ?`, launchMark(code), corpID); err != nil || n == 0 {
		if err == nil {
			err = ErrLaunch
		}
		return "", err
	}
	names, err := s.deps.Directory.NumberedMembers(tx, corpID, []int64{peer})
	return names[peer], err
}

type (
	launchScript struct {
		CorpID string    `json:"corpid"`
		UserID id.UserID `json:"userid"`
		Code   string    `json:"launch_code"`
	}
	launchAnswer struct {
		UserID id.UserID `json:"userid"` // with whom the conversation is
	}
)

func (s *Service) scriptLaunch(ctx context.Context, req launchScript) (answer launchAnswer, err error) {
	err = s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		if err := s.named(tx, req.CorpID); err != nil {
			return err
		}
		answer.UserID, err = s.Launch(ctx, tx, req.CorpID, req.UserID, req.Code)
		return err
	})
	return answer, err
}
