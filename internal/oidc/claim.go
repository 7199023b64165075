package oidc

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/store"
)

// The scopes.
const (
	scopeOpenID  = "openid"
	scopeProfile = "profile"
	scopeEmail   = "email"
	scopePhone   = "phone"
	scopeAddress = "address"
	scopeGroups  = "groups"
	scopeWeCom   = "wecom"
	scopeOffline = "offline_access"
)

// Scopes returns all scopes that a client may be allowed to ask for.
func Scopes() []string {
	return []string{scopeOpenID, scopeProfile, scopeEmail, scopePhone, scopeAddress, scopeGroups, scopeWeCom, scopeOffline}
}

// DefaultScopes returns the scopes of a client that names none: all but the member's mobile and address, and
// access after sign-out.
func DefaultScopes() []string {
	return []string{scopeOpenID, scopeProfile, scopeEmail, scopeGroups, scopeWeCom}
}

// protocolClaims are set by the protocol and cannot be mapped.
var protocolClaims = []string{"iss", "sub", "aud", "exp", "iat", "nbf", "jti", "auth_time", "nonce", "acr", "amr", "azp", "at_hash", "c_hash", "sid", "events"}

// claimOf says which scope brings a claim, and from which attribute of the member.
var claimOf = map[string]struct{ scope, attribute string }{
	"name":               {scopeProfile, "name"},
	"nickname":           {scopeProfile, "alias"},
	"preferred_username": {scopeProfile, "userid"},
	"picture":            {scopeProfile, "avatar"},
	"gender":             {scopeProfile, "gender"},
	"email":              {scopeEmail, "mail"},
	"email_verified":     {scopeEmail, "mail_verified"},
	"phone_number":       {scopePhone, "phone"},
	"address":            {scopeAddress, "address"},
	"groups":             {scopeGroups, "groups"},
	"userid":             {scopeWeCom, "userid"},
	"corpid":             {scopeWeCom, "corpid"},
	"departments":        {scopeWeCom, "departments"},
	"main_department":    {scopeWeCom, "main_department"},
	"position":           {scopeWeCom, "position"},
	"leader_of":          {scopeWeCom, "leader_of"},
	"direct_leader":      {scopeWeCom, "direct_leader"},
	"tags":               {scopeWeCom, "tags"},
}

func standardClaims() []string { return slices.Sorted(maps.Keys(claimOf)) }

// source reads the attributes of one member, and caches what it had to look up.
type source struct {
	s    *Service
	tx   *store.Tx
	corp corp.Corp
	m    directory.Member

	paths      map[int64]string // once asked for
	groupNames []string
	tags       []directory.Tag
	asked      bool
}

// attribute is something that the directory knows about a member: the scope to which the member must agree,
// and how to read it. A nil value is left out.
type attribute struct {
	scope string
	of    func(*source) (any, error)
}

func plain(of func(*source) any) func(*source) (any, error) {
	return func(s *source) (any, error) { return of(s), nil }
}

var attributes = map[string]attribute{
	"userid":    {scopeWeCom, plain(func(s *source) any { return string(s.m.UserID) })},
	"corpid":    {scopeWeCom, plain(func(s *source) any { return s.corp.CorpID })},
	"corp_name": {scopeWeCom, plain(func(s *source) any { return s.corp.Name })},
	"avatar":    {scopeProfile, plain(func(s *source) any { large, _ := s.s.deps.Directory.AvatarURL(&s.m); return text(large) })},
	"gender":    {scopeProfile, plain(func(s *source) any { return text([]string{"", "male", "female"}[s.m.Gender%3]) })},
	"phone":     {scopePhone, plain(func(s *source) any { return text(international(s.m.Mobile)) })},
	"mail":      {scopeEmail, plain(func(s *source) any { return text(mailOf(s.m)) })},
	"mail_verified": {scopeEmail, plain(func(s *source) any {
		if mailOf(s.m) == "" {
			return nil
		}
		// The mailbox belongs to the corp. A member's own address was only typed in by somebody; nobody has
		// verified it.
		return s.m.BizMail != ""
	})},
	"address": {scopeAddress, plain(func(s *source) any {
		if s.m.Address == "" {
			return nil
		}
		return map[string]string{"formatted": s.m.Address}
	})},
	"departments":     {scopeWeCom, plain(func(s *source) any { return s.m.Departments() })},
	"main_department": {scopeWeCom, plain(func(s *source) any { return s.m.MainDepartment })},
	"direct_leader":   {scopeWeCom, plain(func(s *source) any { return text(string(s.m.DirectLeader)) })},
	"is_leader": {scopeWeCom, plain(func(s *source) any {
		return slices.ContainsFunc(s.m.Places, func(p directory.Place) bool { return p.Leader })
	})},
	"groups":           {scopeGroups, func(s *source) (any, error) { return s.groups() }},
	"department_paths": {scopeGroups, func(s *source) (any, error) { return s.pathsOf(func(directory.Place) bool { return true }) }},
	"department_path": {scopeGroups, func(s *source) (any, error) {
		list, err := s.pathsOf(func(p directory.Place) bool { return p.Department == s.m.MainDepartment })
		if err != nil || len(list) == 0 {
			return nil, err
		}
		return list[0], nil
	}},
	"department_names": {scopeGroups, func(s *source) (any, error) {
		list, err := s.pathsOf(func(directory.Place) bool { return true })
		for i, p := range list {
			list[i] = p[strings.LastIndexByte(p, '/')+1:]
		}
		return list, err
	}},
	"leader_of": {scopeWeCom, func(s *source) (any, error) { return s.pathsOf(func(p directory.Place) bool { return p.Leader }) }},
	"tags": {scopeWeCom, func(s *source) (any, error) {
		tags, err := s.tagsOf()
		list := []string{}
		for _, t := range tags {
			list = append(list, t.Name)
		}
		return list, err
	}},
	"tag_ids": {scopeWeCom, func(s *source) (any, error) {
		tags, err := s.tagsOf()
		list := []int64{}
		for _, t := range tags {
			list = append(list, t.ID)
		}
		return list, err
	}},
}

// customPrefix begins the name of a field that the corp has defined itself.
const customPrefix = "attr:"

// plainAttribute returns the row of a plain text of the directory's table. A field that has another form
// here, such as address, is not plain.
func plainAttribute(name string) (*directory.FieldRow, bool) {
	if _, shaped := attributes[name]; shaped {
		return nil, false
	}
	for _, row := range directory.PlainFields() {
		if string(row.Name) == name && row.Scope != "" {
			return row, true
		}
	}
	return nil, false
}

// Attributes returns the names of all attributes except the custom ones.
func Attributes() []string {
	names := slices.Collect(maps.Keys(attributes))
	for _, row := range directory.PlainFields() {
		if _, plain := plainAttribute(string(row.Name)); plain {
			names = append(names, string(row.Name))
		}
	}
	slices.Sort(names)
	return names
}

func knownAttribute(name string) bool {
	_, ok := attributes[name]
	if _, plain := plainAttribute(name); plain {
		ok = true
	}
	return ok || (strings.HasPrefix(name, customPrefix) && len(name) > len(customPrefix))
}

// scopeOfAttribute returns the scope that includes an attribute.
func scopeOfAttribute(name string) string {
	if a, ok := attributes[name]; ok {
		return a.scope
	}
	if row, ok := plainAttribute(name); ok {
		return row.Scope
	}
	return scopeWeCom
}

func (s *source) value(name string) (any, error) {
	if row, ok := plainAttribute(name); ok {
		return text(*row.Text(&s.m)), nil
	}
	if a, ok := attributes[name]; ok {
		return a.of(s)
	}
	for _, a := range s.m.Attributes {
		if customPrefix+a.Name == name {
			if a.URL != "" {
				return a.URL, nil
			}
			return text(a.Text), nil
		}
	}
	return nil, nil
}

// pathsOf returns the full paths of those of the member's departments.
func (s *source) pathsOf(want func(directory.Place) bool) ([]string, error) {
	if s.paths == nil {
		var err error
		if s.paths, err = s.s.deps.Directory.DepartmentPaths(s.tx, s.corp.CorpID, s.m.Departments()); err != nil {
			return nil, err
		}
	}
	list := []string{}
	for _, p := range s.m.Places {
		if path := s.paths[p.Department]; path != "" && want(p) {
			list = append(list, path)
		}
	}
	return list, nil
}

// groups returns the member's groups, as directory.GroupNames has them.
func (s *source) groups() (_ []string, err error) {
	if s.groupNames == nil {
		s.groupNames, err = s.s.deps.Directory.GroupNames(s.tx, s.corp.CorpID, s.m)
	}
	return s.groupNames, err
}

func (s *source) tagsOf() (_ []directory.Tag, err error) {
	if !s.asked {
		s.tags, err = s.s.deps.Directory.TagsOf(s.tx, s.corp.CorpID, s.m)
		s.asked = err == nil
	}
	return s.tags, err
}

func text(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func mailOf(m directory.Member) string {
	if m.BizMail != "" {
		return m.BizMail
	}
	return m.Email
}

// international formats a mobile number as OpenID Connect demands (E.164). The directory stores those of
// mainland China without the country code.
func international(mobile string) string {
	if mobile == "" || strings.HasPrefix(mobile, "+") {
		return mobile
	}
	return "+86" + mobile
}

// claimsRequest is the parameter claims of a request (OpenID Connect Core 5.5).
type claimsRequest struct {
	UserInfo map[string]*claimWish `json:"userinfo,omitempty"`
	IDToken  map[string]*claimWish `json:"id_token,omitempty"`
}

type claimWish struct {
	Essential bool  `json:"essential,omitempty"`
	Value     any   `json:"value,omitempty"`
	Values    []any `json:"values,omitempty"`
}

// maxClaimsRequest bounds the parameter.
const maxClaimsRequest = 8 << 10

func readClaimsRequest(text string) (c claimsRequest, ok bool) {
	if text == "" {
		return c, true
	}
	if len(text) > maxClaimsRequest {
		return c, false
	}
	return c, json.Unmarshal([]byte(text), &c) == nil
}

// scopesOf returns the scopes of the claims that are asked for one by one.
func (c claimsRequest) scopesOf() []string {
	var out []string
	for _, m := range []map[string]*claimWish{c.UserInfo, c.IDToken} {
		for name := range m {
			if d, ok := claimOf[name]; ok && !slices.Contains(out, d.scope) {
				out = append(out, d.scope)
			}
		}
	}
	return out
}

// claims returns what a client learns of a member: the claims of the granted scopes, single claims in wishes
// that the client may ask for, and those of the client's own mapping.
func (s *Service) claims(tx *store.Tx, g grant, wishes map[string]*claimWish) (map[string]any, error) {
	c, err := s.deps.Corps.Corp(tx, g.CorpID)
	if err != nil {
		return nil, err
	}
	from := &source{s: s, tx: tx, corp: c, m: g.Member}
	out := map[string]any{}
	put := func(claim, attribute string) error {
		v, err := from.value(attribute)
		if err == nil && v != nil {
			out[claim] = v
		}
		return err
	}
	for claim, d := range claimOf {
		_, wished := wishes[claim]
		if slices.Contains(g.Scopes, d.scope) || (wished && slices.Contains(g.client.Scopes, d.scope)) {
			if err := put(claim, d.attribute); err != nil {
				return nil, err
			}
		}
	}
	for claim, attribute := range g.client.Claims {
		if err := put(claim, attribute); err != nil {
			return nil, err
		}
	}
	return out, nil
}
