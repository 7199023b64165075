// Package sensitive keeps the rules about words that members may not write to customers (聊天敏感词), and holds
// messages against them. It serves /cgi-bin/externalcontact/…_intercept_rule (doc 95097).
//
//	a member writes ──> Screen ──> said, said with a warning, or intercepted
//
// No callback is documented that tells of it.
package sensitive

import (
	"embed"
	"io/fs"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/seal"
	"qiwei/internal/wire"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Deps is what the room needs.
type Deps struct {
	Directory *directory.Service
	Box       *seal.Box
}

// Service keeps rules for sensitive words.
type Service struct{ deps Deps }

// New returns the room.
func New(d Deps) *Service { return &Service{d} }

// Migrations is the room's part of the schema.
func (s *Service) Migrations() fs.FS { return migrations }

// Endpoints returns the room's calls.
func (s *Service) Endpoints() []wire.Endpoint {
	call := func(method, name string, h wire.Handler) wire.Endpoint {
		return wire.Endpoint{
			Method: method, Path: "/cgi-bin/externalcontact/" + name, Doc: 95097, Grants: []string{"externalcontact:contact:intercept_rule"}, Handle: h,
			Allow: access.To(access.Customers, access.SelfBuilt, access.Custom, access.ThirdParty).And(access.Allow{access.CustomerContact: access.All}),
		}
	}
	return []wire.Endpoint{
		call("POST", "add_intercept_rule", wire.Write(s.addInterceptRule)),
		call("GET", "get_intercept_rule_list", wire.Read(s.getInterceptRuleList)),
		call("POST", "get_intercept_rule", wire.Read(s.getInterceptRule)),
		call("POST", "update_intercept_rule", wire.Write(s.updateInterceptRule)),
		call("POST", "del_intercept_rule", wire.Write(s.delInterceptRule)),
	}
}
