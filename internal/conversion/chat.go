package conversion

import (
	"context"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/internal/wire"
)

const (
	// maxChats is how many groups' ids are converted in a call, and upgradeWithin how far off the time of an upgrade
	// may be (doc 99601).
	maxChats      = 100
	upgradeWithin = 7 * 24 * time.Hour
)

func (s *Service) chatEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		call("idconvert/apply_to_upgrade_chatid", 99601, wire.Write(s.applyToUpgradeChatid), access.Custom),
		call("idconvert/chatid", 99601, wire.Read(s.chatid), access.Custom),
		{
			Method: "GET", Path: "/cgi-bin/idconvert/upgrade_chatid_for_new_corp", Doc: 99601, Credential: s.deps.Suites.BySuite(),
			Allow: access.To(access.Own, access.Suite), Handle: wire.Write(s.upgradeChatidForNewCorp),
		},
	}
}

type applyToUpgradeChatidRequest struct {
	Time int64 `json:"upgrade_time"` // Unix seconds
}

// applyToUpgradeChatid says from when on the application is shown its provider's ids of groups. Until then it may
// apply for another time; that it may not afterwards is unverified.
func (s *Service) applyToUpgradeChatid(ctx context.Context, tx *store.Tx, by access.Caller, req applyToUpgradeChatidRequest) (none wire.None, err error) {
	at, now := time.Unix(req.Time, 0), tx.Now()
	if at.Before(now.Truncate(time.Second)) || at.After(now.Add(upgradeWithin)) {
		return none, wire.ErrParameter.With("upgrade_time: from now to in %d days expected", upgradeWithin/(24*time.Hour))
	}
	before, err := s.deps.Suites.ChatUpgrade(tx, by)
	if err != nil {
		return none, err
	}
	if !before.IsZero() && !now.Before(before) {
		return none, wire.ErrForbidden.With("the ids of groups have been upgraded")
	}
	return none, s.deps.Suites.UpgradeChats(tx, by, at)
}

type (
	chatidRequest struct {
		Chats []string `json:"chat_id_list"` // the corp's own, which this call is there to convert, or the provider's
	}
	chatidResponse struct {
		Items   []openChat `json:"items"`
		Unknown []string   `json:"invalid_chat_id_list"`
	}
	openChat struct {
		ChatID string `json:"chat_id"`
		New    string `json:"new_chat_id"`
	}
)

// chatid answers the provider's ids of groups between the application for an upgrade and its time. One that is given is
// answered as it is.
func (s *Service) chatid(ctx context.Context, tx *store.Tx, by access.Caller, req chatidRequest) (resp chatidResponse, err error) {
	at, err := s.deps.Suites.ChatUpgrade(tx, by)
	switch n := len(req.Chats); {
	case err != nil:
		return resp, err
	case n == 0:
		return resp, wire.ErrEmpty.With("chat_id_list is empty")
	case n > maxChats:
		return resp, wire.ErrParameter.With("chat_id_list: at most %d, %d given", maxChats, n)
	case at.IsZero():
		return resp, wire.ErrForbidden.With("idconvert/apply_to_upgrade_chatid comes first")
	case !tx.Now().Before(at):
		return resp, wire.ErrForbidden.With("the ids of groups have been upgraded")
	}
	own, err := by.IDs.Own(tx, by.CorpID, access.CustomerChatID, req.Chats)
	if err != nil {
		return resp, err
	}
	for _, text := range req.Chats {
		_, err := s.deps.Groups.Visible(tx, by, id.ChatID(own[text]))
		if customer.Refused(err) {
			resp.Unknown = append(resp.Unknown, text)
			continue
		}
		if err != nil {
			return resp, err
		}
		known, err := opened(tx, by, access.CustomerChatID, own[text])
		if err != nil {
			return resp, err
		}
		resp.Items = append(resp.Items, openChat{text, known[own[text]]})
	}
	return resp, nil
}

// upgradeChatidForNewCorp has a template shown the provider's ids of groups wherever it is installed from now on.
func (s *Service) upgradeChatidForNewCorp(ctx context.Context, tx *store.Tx, by access.Caller, _ wire.None) (none wire.None, err error) {
	v, err := s.deps.Suites.Suite(tx, by.Suite)
	if err == nil && v.Kind != access.Custom {
		err = suite.ErrNotGranted.With("a template of proxy-developed applications expected")
	}
	if err != nil {
		return none, err
	}
	return none, s.deps.Suites.UpgradeNewChats(tx, v)
}
