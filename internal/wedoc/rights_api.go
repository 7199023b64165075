package wedoc

import (
	"context"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) rightsEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		Endpoint("doc_get_auth", 97461, wire.Read(s.docGetAuth)),
		Endpoint("mod_doc_join_rule", 97778, wire.Write(s.modDocJoinRule)),
		Endpoint("mod_doc_member", 97781, wire.Write(s.modDocMember)),
		Endpoint("mod_doc_safty_setting", 97782, wire.Write(s.modDocSaftySetting)),
	}
}

type (
	accessRule struct {
		Internal      bool  `json:"enable_corp_internal"`
		InternalRight Right `json:"corp_internal_auth"`
		External      bool  `json:"enable_corp_external"`
		ExternalRight Right `json:"corp_external_auth"`
		InternalAsks  bool  `json:"corp_internal_approve_only_by_admin"`
		ExternalAsks  bool  `json:"corp_external_approve_only_by_admin"`
		BanExternal   bool  `json:"ban_share_external"`
	}
	watermark struct {
		Margin  int64  `json:"margin_type"`
		Visitor bool   `json:"show_visitor_name"`
		Shown   bool   `json:"show_text"`
		Text    string `json:"text"`
	}
	secureSetting struct {
		Copy      bool      `json:"enable_readonly_copy"`
		Watermark watermark `json:"watermark"`
		Comment   bool      `json:"enable_readonly_comment"`
	}
	docMember struct {
		Type     int64         `json:"type"` // 1
		UserID   id.UserID     `json:"userid,omitempty"`
		External id.ExternalID `json:"tmp_external_userid,omitempty"`
		Right    Right         `json:"auth"`
	}
	coAuth struct {
		Type       int64 `json:"type"` // 2
		Department int64 `json:"departmentid"`
		Right      Right `json:"auth"`
	}
	docGetAuthResponse struct {
		Rule    accessRule    `json:"access_rule"`
		Secure  secureSetting `json:"secure_setting"`
		Members []docMember   `json:"doc_member_list"`
		Parties []coAuth      `json:"co_auth_list"`
	}
)

func (s *Service) docGetAuth(ctx context.Context, tx *store.Tx, by access.Caller, req docIDRequest) (resp docGetAuthResponse, err error) {
	d, err := s.Own(tx, by, req.DocID)
	if err != nil {
		return resp, err
	}
	r := d.Rules
	resp.Rule = accessRule{r.Internal, r.InternalRight, r.External, r.ExternalRight, r.InternalAsks, r.ExternalAsks, r.BanExternal}
	resp.Secure = secureSetting{r.ReadersCopy, watermark(r.Watermark), r.ReadersComment}
	for _, p := range r.Departments {
		resp.Parties = append(resp.Parties, coAuth{2, p.Department, p.Right})
	}
	list, err := selectMembers(tx, d)
	for _, m := range list {
		resp.Members = append(resp.Members, docMember{Type: 1, UserID: m.UserID, Right: m.Right})
	}
	return resp, err
}

type modDocJoinRuleRequest struct {
	DocID         string   `json:"docid"`
	Internal      *bool    `json:"enable_corp_internal"`
	InternalRight *Right   `json:"corp_internal_auth"`
	External      *bool    `json:"enable_corp_external"`
	ExternalRight *Right   `json:"corp_external_auth"`
	InternalAsks  *bool    `json:"corp_internal_approve_only_by_admin"`
	ExternalAsks  *bool    `json:"corp_external_approve_only_by_admin"`
	BanExternal   *bool    `json:"ban_share_external"`
	UpdateParties bool     `json:"update_co_auth_list"`
	Parties       []coAuth `json:"co_auth_list"`
}

func (s *Service) modDocJoinRule(ctx context.Context, tx *store.Tx, by access.Caller, req modDocJoinRuleRequest) (wire.None, error) {
	d, err := s.Own(tx, by, req.DocID)
	if err != nil {
		return wire.None{}, err
	}
	if d, err = Lock(tx, d); err != nil {
		return wire.None{}, err
	}
	r := d.Rules
	set(&r.Internal, req.Internal)
	set(&r.InternalRight, req.InternalRight)
	set(&r.External, req.External)
	set(&r.ExternalRight, req.ExternalRight)
	set(&r.InternalAsks, req.InternalAsks)
	set(&r.ExternalAsks, req.ExternalAsks)
	set(&r.BanExternal, req.BanExternal)
	if req.UpdateParties {
		r.Departments = nil
		for i, p := range req.Parties {
			if p.Type != 2 {
				return wire.None{}, errParameter.With("co_auth_list[%d].type: 2 expected, a department", i)
			}
			r.Departments = append(r.Departments, Seen{p.Department, p.Right})
		}
	}
	return wire.None{}, s.SetRules(tx, by, d, r)
}

// set writes what a request has given.
func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

type modDocMemberRequest struct {
	DocID  string       `json:"docid"`
	Set    *[]docMember `json:"update_file_member_list"`
	Remove *[]docMember `json:"del_file_member_list"`
}

func (s *Service) modDocMember(ctx context.Context, tx *store.Tx, by access.Caller, req modDocMemberRequest) (wire.None, error) {
	d, err := s.Own(tx, by, req.DocID)
	if err != nil {
		return wire.None{}, err
	}
	if req.Set == nil && req.Remove == nil {
		// The page has both as optional. A call with neither is one with other names, and would look as if it had done something.
		return wire.None{}, errParameter.With("update_file_member_list, del_file_member_list: one of the two expected")
	}
	var c MemberChange
	for i, m := range given(req.Set) {
		if m.Type != 1 {
			return wire.None{}, errParameter.With("update_file_member_list[%d].type: 1 expected, a member", i)
		}
		if m.UserID == "" {
			return wire.None{}, errParameter.With("update_file_member_list[%d]: userid expected; people of other enterprises cannot be named in qiwei", i)
		}
		c.Set = append(c.Set, Member{m.UserID, m.Right})
	}
	for i, m := range given(req.Remove) {
		if m.Type != 1 {
			return wire.None{}, errParameter.With("del_file_member_list[%d].type: 1 expected, a member", i)
		}
		if m.UserID == "" {
			return wire.None{}, ErrNoMember.With("del_file_member_list[%d]: the document does not name %q", i, m.External)
		}
		c.Remove = append(c.Remove, m.UserID)
	}
	return wire.None{}, s.ChangeMembers(ctx, tx, by, d, c)
}

func given[T any](list *[]T) []T {
	if list == nil {
		return nil
	}
	return *list
}

type modDocSaftySettingRequest struct {
	DocID     string `json:"docid"`
	Copy      *bool  `json:"enable_readonly_copy"`
	Watermark *struct {
		Margin  *int64  `json:"margin_type"`
		Visitor *bool   `json:"show_visitor_name"`
		Shown   *bool   `json:"show_text"`
		Text    *string `json:"text"`
	} `json:"watermark"`
}

// modDocSaftySetting changes what readers may take away. The path is spelled as WeCom spells it (doc 97782).
func (s *Service) modDocSaftySetting(ctx context.Context, tx *store.Tx, by access.Caller, req modDocSaftySettingRequest) (wire.None, error) {
	d, err := s.Own(tx, by, req.DocID)
	if err != nil {
		return wire.None{}, err
	}
	if d, err = Lock(tx, d); err != nil {
		return wire.None{}, err
	}
	set(&d.Rules.ReadersCopy, req.Copy)
	if w := req.Watermark; w != nil {
		m := &d.Rules.Watermark
		set(&m.Margin, w.Margin)
		set(&m.Visitor, w.Visitor)
		set(&m.Shown, w.Shown)
		set(&m.Text, w.Text)
		if m.Margin != 1 && m.Margin != 2 {
			return wire.None{}, errParameter.With("watermark.margin_type: 1 or 2 expected")
		}
		if utf8.RuneCountInString(m.Text) > maxWatermark {
			return wire.None{}, errParameter.With("watermark.text: at most %d characters expected", maxWatermark)
		}
	}
	return wire.None{}, s.Touch(tx, d)
}
