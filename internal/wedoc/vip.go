package wedoc

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// The advanced functions of documents are given to members one by one (高级功能账号). They change nothing else here:
// all documents have all functions.

const (
	maxVIPBatch = 100 // doc 99516
	vipPage     = 100 // doc 99518
	maxVIPPage  = 200
)

func (s *Service) vipEndpoints() []wire.Endpoint {
	list := []wire.Endpoint{
		Endpoint("vip/batch_add", 99516, wire.Write(s.vipBatchAdd)),
		Endpoint("vip/batch_del", 99517, wire.Write(s.vipBatchDel)),
		Endpoint("vip/list", 99518, wire.Read(s.vipListAll)),
	}
	for i := range list { // not for providers
		list[i].Allow, list[i].Grants = access.To(access.Listed, access.SelfBuilt), nil
	}
	return list
}

type (
	vipRequest struct {
		Users []id.UserID `json:"userid_list"`
	}
	vipResponse struct {
		Good []id.UserID `json:"succ_userid_list"`
		Bad  []id.UserID `json:"fail_userid_list"`
	}
)

// eachVIP calls change for each of the members whom the application sees, and tells who they were.
func (s *Service) eachVIP(tx *store.Tx, by access.Caller, users []id.UserID, change func(id.UserID) (bool, error)) (resp vipResponse, err error) {
	if len(users) < 1 || len(users) > maxVIPBatch {
		return resp, errParameter.With("userid_list: 1 to %d members expected", maxVIPBatch)
	}
	known, err := s.deps.Directory.Named(tx, by, id.Texts(users))
	if err != nil {
		return resp, err
	}
	for _, u := range users {
		m, ok := known[u.Key()]
		if ok {
			if ok, err = change(m.UserID); err != nil {
				return resp, err
			}
		}
		if ok {
			resp.Good = append(resp.Good, m.UserID)
		} else {
			resp.Bad = append(resp.Bad, u)
		}
	}
	return resp, nil
}

func (s *Service) vipBatchAdd(ctx context.Context, tx *store.Tx, by access.Caller, req vipRequest) (vipResponse, error) {
	return s.eachVIP(tx, by, req.Users, func(u id.UserID) (bool, error) {
		_, err := tx.Exec(`INSERT INTO wedoc_vip (corpid, userkey, userid) VALUES (?, ?, ?) ON CONFLICT (corpid, userkey) DO NOTHING`, by.CorpID, u.Key(), string(u))
		return true, err
	})
}

func (s *Service) vipBatchDel(ctx context.Context, tx *store.Tx, by access.Caller, req vipRequest) (vipResponse, error) {
	return s.eachVIP(tx, by, req.Users, func(u id.UserID) (bool, error) {
		n, err := tx.Exec(`DELETE FROM wedoc_vip WHERE corpid = ? AND userkey = ?`, by.CorpID, u.Key())
		return n > 0, err
	})
}

type (
	vipListRequest struct {
		Cursor string `json:"cursor"`
		Limit  int64  `json:"limit"`
	}
	vipListResponse struct {
		More  bool        `json:"has_more"`
		Next  string      `json:"next_cursor"`
		Users []id.UserID `json:"userid_list"`
	}
)

func (s *Service) vipListAll(ctx context.Context, tx *store.Tx, by access.Caller, req vipListRequest) (resp vipListResponse, err error) {
	if req.Limit == 0 {
		req.Limit = vipPage
	}
	if req.Limit < 1 || req.Limit > maxVIPPage {
		return resp, errParameter.With("limit: 1 to %d expected", maxVIPPage)
	}
	after, err := s.vipList.Open(by, req.Cursor)
	if err != nil {
		return resp, err
	}
	var keys []string
	var users []id.UserID
	if err := tx.Each(`SELECT userkey, userid FROM wedoc_vip WHERE corpid = ? AND userkey > ? ORDER BY userkey LIMIT ?`, []any{by.CorpID, after, req.Limit + 1}, func(rows *store.Rows) error {
		var key string
		var u id.UserID
		err := rows.Scan(&key, &u)
		keys, users = append(keys, key), append(users, u)
		return err
	}); err != nil {
		return resp, err
	}
	if resp.More = int64(len(keys)) > req.Limit; resp.More {
		keys, users = keys[:req.Limit], users[:req.Limit]
		resp.Next = s.vipList.Next(by, keys[len(keys)-1])
	}
	seen, err := s.deps.Directory.Named(tx, by, id.Texts(users))
	for _, u := range users { // a page may be short, as the document says
		if _, ok := seen[u.Key()]; ok {
			resp.Users = append(resp.Users, u)
		}
	}
	return resp, err
}

// renameMember lets documents follow a member whose userid has changed.
func (s *Service) renameMember(ctx context.Context, tx *store.Tx, by access.Caller, e directory.MemberUpdatedEvent) error {
	if e.NewUserID == "" {
		return nil
	}
	for _, table := range []string{"wedoc_member", "wedoc_vip", "wedoc_answer"} {
		if _, err := tx.Exec(`UPDATE `+table+` SET userkey = ?, userid = ? WHERE corpid = ? AND userkey = ?`,
			e.NewUserID.Key(), string(e.NewUserID), by.CorpID, e.UserID.Key()); err != nil {
			return err
		}
	}
	return s.renameInForms(tx, by.CorpID, e.UserID, e.NewUserID)
}
