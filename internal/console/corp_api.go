package console

import (
	"context"
	"strings"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/store"
)

func (s *Service) corpCalls() []call {
	return []call{
		{pattern: "GET /console/api/corp", right: readCorp, handle: s.getCorp},
		{pattern: "PUT /console/api/corp", right: editCorp, handle: s.updateCorp},
	}
}

// corpForm is the enterprise as its form shows it. A nil field stays as it is.
type corpForm struct {
	Name               *string       `json:"name,omitempty"`
	Sync               *string       `json:"sync,omitempty"` // off, read or edit
	MailDomain         *string       `json:"mail_domain,omitempty"`
	MultiLanguage      *bool         `json:"multi_language,omitempty"`
	MemberAuth         *bool         `json:"member_auth,omitempty"`
	ShortNames         *[]string     `json:"short_names,omitempty"`
	Channels           *[]string     `json:"channels,omitempty"`
	MiniPrograms       *[]string     `json:"mini_programs,omitempty"`
	Attributes         *[]string     `json:"attributes,omitempty"`
	ExternalAttributes *[]string     `json:"external_attributes,omitempty"`
	VerifyURL          *string       `json:"verify_url,omitempty"`
	Verified           *access.Range `json:"verified,omitempty"` // whom the second verification asks; no tags
	Version            string        `json:"version"`
}

type corpDetail struct {
	CorpID      string      `json:"corpid"`
	Creator     string      `json:"creator"`
	MemberLimit int64       `json:"member_limit"`
	Members     int64       `json:"members"`
	Range       rangeDetail `json:"verified"`
	corpForm
}

func corpVersion(c corp.Corp) string { return digest([]any{c.Name, c.Settings}) }

func (s *Service) getCorp(v *visit) (any, error) {
	var out corpDetail
	return &out, v.look(func(tx *store.Tx) error {
		c, err := s.deps.Corps.Corp(tx, v.corpID)
		if err != nil {
			return err
		}
		sync := c.Sync
		if sync == "" {
			sync = "off"
		}
		lists := [5][]string{}
		for i, l := range [][]string{c.ShortNames, c.Channels, c.MiniPrograms, c.Attributes, c.ExternalAttributes} {
			lists[i] = orEmpty(l)
		}
		out = corpDetail{CorpID: c.CorpID, Creator: string(c.Creator), MemberLimit: c.MemberLimit, corpForm: corpForm{
			Name: &c.Name, Sync: &sync, MailDomain: &c.MailDomain, MultiLanguage: &c.MultiLanguage, MemberAuth: &c.MemberAuth, ShortNames: &lists[0], Channels: &lists[1],
			MiniPrograms: &lists[2], Attributes: &lists[3], ExternalAttributes: &lists[4], VerifyURL: &c.TwoFactor.URL, Version: corpVersion(c),
		}}
		if out.Members, _, err = s.deps.Directory.Size(tx, v.corpID); err != nil {
			return err
		}
		out.Range, err = v.rangeOf(tx, access.Range{Departments: c.TwoFactor.Departments, Members: c.TwoFactor.Members})
		return err
	})
}

func (f corpForm) apply(c *corp.Corp) {
	set(&c.Name, f.Name)
	set(&c.Sync, f.Sync)
	if c.Sync == "off" {
		c.Sync = ""
	}
	set(&c.MailDomain, f.MailDomain)
	set(&c.MultiLanguage, f.MultiLanguage)
	set(&c.MemberAuth, f.MemberAuth)
	set(&c.ShortNames, f.ShortNames)
	set(&c.Channels, f.Channels)
	set(&c.MiniPrograms, f.MiniPrograms)
	set(&c.Attributes, f.Attributes)
	set(&c.ExternalAttributes, f.ExternalAttributes)
	set(&c.TwoFactor.URL, f.VerifyURL)
	if f.Verified != nil {
		c.TwoFactor.Departments, c.TwoFactor.Members = f.Verified.Departments, f.Verified.Members
	}
}

func (s *Service) updateCorp(v *visit) (any, error) {
	var req corpForm
	if err := v.read(&req); err != nil {
		return nil, err
	}
	var version string
	err := v.change(func(tx *store.Tx) (done, error) {
		c, err := s.deps.Corps.Corp(tx, v.corpID)
		if err != nil {
			return done{}, err
		}
		if req.Version != "" && req.Version != corpVersion(c) {
			return done{}, errStale
		}
		old := c.Name
		req.apply(&c)
		if err := validCorp(c); err != nil {
			return done{}, err
		}
		for _, u := range c.TwoFactor.Members {
			if _, err := s.deps.Directory.Member(v.ctx(), tx, access.System(v.corpID), u); err != nil {
				return done{}, err
			}
		}
		if err := v.departmentsExist(tx, c.TwoFactor.Departments); err != nil {
			return done{}, err
		}
		if err := s.deps.Corps.UpdateCorp(v.ctx(), tx, c); err != nil {
			return done{}, err
		}
		version = corpVersion(c)
		return done{"corp.update", c.Name, nil}, s.renameRoot(v.ctx(), tx, c, old)
	})
	return map[string]string{"version": version}, err
}

// validCorp answers what is wrong with settings, by the field of the form.
func validCorp(c corp.Corp) error {
	of := func(field, zh, en string) error { return problem{422, "", zh, en, field} }
	switch {
	case strings.TrimSpace(c.Name) == "" || utf8.RuneCountInString(c.Name) > 64:
		return of("name", "名称由 1–64 个字符组成", "A name has 1 to 64 characters")
	case c.Sync != "" && c.Sync != "read" && c.Sync != "edit":
		return of("sync", "请选择", "Choose one")
	case strings.ContainsAny(c.MailDomain, " @/:"):
		return of("mail_domain", "只写域名，如 corp.example", "The domain alone, such as corp.example")
	case c.TwoFactor.URL != "" && !strings.HasPrefix(c.TwoFactor.URL, "https://") && !strings.HasPrefix(c.TwoFactor.URL, "http://"):
		return of("verify_url", "网址应以 http:// 或 https:// 开头", "An address begins with http:// or https://")
	}
	return nil
}

// renameRoot gives the root department the enterprise's new name, unless somebody has given it another.
func (s *Service) renameRoot(ctx context.Context, tx *store.Tx, c corp.Corp, old string) error {
	by := access.System(c.CorpID)
	root, err := s.deps.Directory.Department(ctx, tx, by, access.Root)
	if err != nil || root.Name != old || c.Name == old {
		return err
	}
	return s.deps.Directory.UpdateDepartment(ctx, tx, by, directory.DepartmentUpdate{ID: access.Root, Name: &c.Name})
}

// someone reports whether a range from a form names somebody.
func someone(r access.Range) bool { return len(r.Departments)+len(r.Members)+len(r.Tags) > 0 }

// orEverything is the range, or everything where it names nobody.
func orEverything(r access.Range) access.Range {
	if someone(r) {
		return r
	}
	return access.Everything()
}
