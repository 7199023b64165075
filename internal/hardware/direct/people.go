package direct

import (
	"context"
	"errors"
	"strings"

	"qiwei/internal/directory"
	"qiwei/internal/hardware"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// maxPeople is how many people a device asks after or sends at once (doc 93983, 93982).
const maxPeople = 200

// person is somebody as a device is told of them (doc 93983).
type person struct {
	UserID    string              `json:"userid"`
	OpenVID   int64               `json:"openvid"`
	Type      hardware.UserType   `json:"user_type"`
	Name      string              `json:"name"`
	FingerVer *int64              `json:"fp_ver,omitempty"`
	FaceVer   *int64              `json:"fa_ver,omitempty"`
	Rules     []hardware.PassRule `json:"pass_rule_list"`

	FingerAlgorithm string `json:"fp_algorithm,omitempty"`
	// Misspelt is how the samples of get_userinfo_by_ids spell it (doc 93984).
	Misspelt      string             `json:"fp_alogrithm,omitempty"`
	Fingers       []hardware.Feature `json:"fp,omitempty"`
	FaceAlgorithm string             `json:"fa_algorithm,omitempty"`
	Faces         []hardware.Feature `json:"fa_list,omitempty"`
}

// wanted says what of a person is asked for. Without a word features are.
type wanted struct {
	Fingers *int64 `json:"is_req_fp_info"`
	Faces   *int64 `json:"is_req_fa_info"`
}

func asked(flag *int64) bool { return flag == nil || *flag != 0 }

// people returns members as the device is told of them. The caller reads their features with the same
// transaction, at most those of maxPeople.
func (c *conn) people(tx *store.Tx, d hardware.Device, members []directory.Member, w wanted, misspelt bool) ([]person, error) {
	out, keys := []person{}, make([]string, len(members))
	for i, m := range members {
		keys[i] = m.UserID.Key()
	}
	rules, err := c.s.deps.Hardware.PassRules(tx, d)
	if err != nil {
		return nil, err
	}
	known, err := c.s.deps.Hardware.KnownBy(tx, d, hardware.Employee, keys, asked(w.Fingers), asked(w.Faces))
	if err != nil {
		return nil, err
	}
	for i, m := range members {
		k := known[keys[i]]
		p := person{
			UserID: string(m.UserID), OpenVID: m.No, Name: m.Name, FingerVer: &k.FingerVersion, FaceVer: &k.FaceVersion, Rules: rules[keys[i]],
			FingerAlgorithm: k.FingerAlgorithm, Fingers: k.Fingers, FaceAlgorithm: k.FaceAlgorithm, Faces: k.Faces,
		}
		if p.Rules == nil {
			p.Rules = []hardware.PassRule{}
		}
		if misspelt {
			p.Misspelt = p.FingerAlgorithm
		}
		out = append(out, p)
	}
	return out, nil
}

type pageRequest struct {
	Offset int64 `json:"offset"`
	Limit  int64 `json:"limit"`
	wanted
}

func usersByPage(_ context.Context, tx *store.Tx, c *conn, d hardware.Device, in pageRequest) (any, error) {
	if in.Offset < 0 || in.Limit < 1 || in.Limit > maxPeople {
		return nil, hardware.ErrOffset.With("offset, and a limit of 1 to %d expected", maxPeople)
	}
	members, next, err := c.s.deps.Hardware.People(tx, d, 0, in.Offset, int(in.Limit))
	if err != nil {
		return nil, err
	}
	users, err := c.people(tx, d, members, in.wanted, false)
	return struct {
		Last    bool     `json:"is_last"`
		Version int64    `json:"perm_version"`
		Users   []person `json:"userinfo"`
	}{next == 0, d.PermVersion, users}, err
}

type userItem struct {
	UserID string            `json:"userid"`
	Type   hardware.UserType `json:"user_type"`
}

type idsRequest struct {
	Old   []string   `json:"userids"`
	Items []userItem `json:"user_item"`
	wanted
}

func (in idsRequest) items() ([]userItem, error) {
	items := in.Items
	if len(items) == 0 {
		for _, u := range in.Old {
			items = append(items, userItem{UserID: u})
		}
	}
	if n := len(items); n < 1 || n > maxPeople {
		return nil, wire.ErrParameter.With("1 to %d people expected", maxPeople)
	}
	return items, nil
}

func employees(items []userItem) (users []id.UserID) {
	for _, u := range items {
		if u.Type == hardware.Employee {
			users = append(users, id.UserID(u.UserID))
		}
	}
	return users
}

type usersAnswer struct {
	Users []person `json:"userinfo"`
}

func usersByIDs(ctx context.Context, tx *store.Tx, c *conn, d hardware.Device, in idsRequest) (any, error) {
	items, err := in.items()
	if err != nil {
		return nil, err
	}
	members, err := c.s.deps.Hardware.PeopleNamed(ctx, tx, d, employees(items))
	if err != nil {
		return nil, err
	}
	users, err := c.people(tx, d, members, in.wanted, true)
	if err != nil {
		return nil, err
	}
	var visitors []string
	for _, u := range items {
		if u.Type == hardware.VisitorType {
			visitors = append(visitors, u.UserID)
		}
	}
	more, err := c.visitors(tx, d, visitors)
	return usersAnswer{append(users, more...)}, err
}

func visitorsByIDs(_ context.Context, tx *store.Tx, c *conn, d hardware.Device, in idsRequest) (any, error) {
	items, err := in.items()
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, u := range items {
		ids = append(ids, u.UserID)
	}
	users, err := c.visitors(tx, d, ids)
	if users == nil {
		users = []person{}
	}
	return usersAnswer{users}, err
}

// visitorVID tells the openvid of a visitor from those of members.
const visitorVID = 1 << 52

func (c *conn) visitors(tx *store.Tx, d hardware.Device, ids []string) (out []person, err error) {
	list, err := c.s.deps.Hardware.Visitors(tx, d, ids)
	if err != nil {
		return nil, err
	}
	keys := make([]string, len(list))
	for i, v := range list {
		keys[i] = strings.ToLower(v.ID)
	}
	known, err := c.s.deps.Hardware.KnownBy(tx, d, hardware.VisitorType, keys, false, true)
	for i, v := range list {
		p := person{UserID: v.ID, OpenVID: visitorVID + v.No, Type: hardware.VisitorType, Name: v.Name, Rules: []hardware.PassRule{}, FaceAlgorithm: known[keys[i]].FaceAlgorithm, Faces: known[keys[i]].Faces}
		for n, text := range v.Rules {
			p.Rules = append(p.Rules, hardware.PassRule{ID: int64(n), Rule: text, EffectTime: v.At})
		}
		out = append(out, p)
	}
	return out, err
}

// checkUserID answers by the old list with old lists, and by the new one with new ones (doc 93991).
func checkUserID(_ context.Context, tx *store.Tx, c *conn, d hardware.Device, in struct {
	Old   []string   `json:"userid"`
	Items []userItem `json:"userid_item"`
}) (any, error) {
	items, err := idsRequest{Old: in.Old, Items: in.Items}.items()
	if err != nil {
		return nil, err
	}
	known, err := c.s.deps.Hardware.Users(tx, d, employees(items))
	if err != nil {
		return nil, err
	}
	var good, bad []userItem
	for _, u := range items {
		if _, ok := known[id.UserID(u.UserID).Key()]; ok && u.Type == hardware.Employee {
			good = append(good, u)
			continue
		}
		found := []hardware.Visitor{}
		if u.Type == hardware.VisitorType {
			if found, err = c.s.deps.Hardware.Visitors(tx, d, []string{u.UserID}); err != nil {
				return nil, err
			}
		}
		if len(found) > 0 {
			good = append(good, u)
		} else {
			bad = append(bad, u)
		}
	}
	if len(in.Items) > 0 {
		return struct {
			Good []userItem `json:"legal_userid_item"`
			Bad  []userItem `json:"illegal_userid_item"`
		}{append([]userItem{}, good...), append([]userItem{}, bad...)}, nil
	}
	return struct {
		Good []string `json:"legal_userid"`
		Bad  []string `json:"illegal_userid"`
	}{bare(good), bare(bad)}, nil
}

func bare(items []userItem) []string {
	out := []string{}
	for _, u := range items {
		out = append(out, u.UserID)
	}
	return out
}

type uploadRequest struct {
	OperID  string `json:"oper_id"`
	ErrCode int64  `json:"errcode"`
	ErrMsg  string `json:"errmsg"`
	Users   []struct {
		userItem
		FingerAlgorithm string             `json:"fp_algorithm"`
		Fingers         []hardware.Feature `json:"fp"`
		FaceAlgorithm   string             `json:"fa_algorithm"`
		Faces           []hardware.Feature `json:"fa_list"`
		Face            *string            `json:"fa"` // of older devices; of employees alone
	} `json:"userinfo"`
}

// uploadUserInfo keeps what a device has taken of people (doc 93982). Who does not use it, and what is no
// feature, is in the list of failures.
func uploadUserInfo(ctx context.Context, tx *store.Tx, c *conn, d hardware.Device, in uploadRequest) (any, error) {
	h := c.s.deps.Hardware
	if len(in.Users) > maxPeople || len(in.Users) == 0 && in.OperID == "" {
		return nil, wire.ErrParameter.With("userinfo: 1 to %d expected", maxPeople)
	}
	if in.OperID != "" {
		user := id.UserID("")
		if len(in.Users) > 0 {
			user = id.UserID(in.Users[0].UserID)
		}
		if err := h.EndEnrolment(tx, d, in.OperID, user, in.ErrCode, in.ErrMsg); err != nil {
			return nil, err
		}
	}
	failed, changed := []userItem{}, []id.UserID{}
	for _, u := range in.Users {
		if u.Face != nil && u.Faces == nil && u.Type == hardware.Employee {
			u.Faces = []hardware.Feature{{Part: 0, Data: *u.Face}}
		}
		ok, err := c.uses(tx, d, u.userItem)
		if err != nil {
			return nil, err
		}
		for _, f := range []struct {
			kind      hardware.FeatureKind
			ability   hardware.Ability
			algorithm string
			list      []hardware.Feature
		}{{hardware.Finger, hardware.Fingerprints, u.FingerAlgorithm, u.Fingers}, {hardware.Face, hardware.Faces, u.FaceAlgorithm, u.Faces}} {
			if !ok || len(f.list) == 0 {
				continue
			}
			if d.Model.Abilities&f.ability == 0 {
				ok = false
				continue
			}
			if err := h.SaveFeatures(ctx, tx, d, u.Type, u.UserID, f.kind, f.algorithm, f.list); errors.As(err, new(wire.Error)) {
				ok = false
			} else if err != nil {
				return nil, err
			}
		}
		if !ok {
			failed = append(failed, u.userItem)
		} else if u.Type == hardware.Employee {
			changed = append(changed, id.UserID(u.UserID))
		}
	}
	return struct {
		Failed []userItem `json:"fail_list"`
	}{failed}, h.TellOthers(ctx, tx, d, changed)
}

// uses reports whether somebody uses the device.
func (c *conn) uses(tx *store.Tx, d hardware.Device, u userItem) (bool, error) {
	switch u.Type {
	case hardware.Employee:
		known, err := c.s.deps.Hardware.Users(tx, d, []id.UserID{id.UserID(u.UserID)})
		return len(known) > 0, err
	case hardware.VisitorType:
		found, err := c.s.deps.Hardware.Visitors(tx, d, []string{u.UserID})
		return len(found) > 0, err
	}
	return false, nil
}
