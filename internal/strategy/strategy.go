// Package strategy keeps strategy groups (规则组) of customer contact and of customer moments: their
// administrators, what these may do, and the members whom they look after. It serves
// /cgi-bin/externalcontact/customer_strategy/ (doc 94883) and moment_strategy/ (doc 94890). Tags of a group are
// kept by package customer.
package strategy

import (
	"context"
	"embed"
	"io/fs"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/admin"
	"qiwei/internal/directory"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Deps is what the room needs.
type Deps struct {
	Directory *directory.Service
	Admins    *admin.Service
	Box       *seal.Box
}

// Service keeps strategy groups.
type Service struct {
	deps    Deps
	deleted []func(ctx context.Context, tx *store.Tx, by access.Caller, strategyID int64) error
}

// New returns the room.
func New(d Deps) *Service { return &Service{deps: d} }

// Migrations is the room's part of the schema.
func (s *Service) Migrations() fs.FS { return migrations }

// Endpoints returns the room's calls.
func (s *Service) Endpoints() []wire.Endpoint {
	return slices.Concat(
		api[CustomerPrivilege]{s, Customers, 94883, PermitCustomers}.endpoints(),
		api[MomentPrivilege]{s, Moments, 94890, PermitMoments}.endpoints(),
	)
}

// OnDeleted has fn called in the transaction that deletes a group of customer contact.
func (s *Service) OnDeleted(fn func(ctx context.Context, tx *store.Tx, by access.Caller, strategyID int64) error) {
	s.deleted = append(s.deleted, fn)
}

// Permissions that a corp gives to a provider's application. The pages name them in Chinese only (管理客户联系规则组
// and 管理客户朋友圈规则组); these names are ours.
const (
	PermitCustomers = "externalcontact:contact:strategy"
	PermitMoments   = "externalcontact:moment:strategy"
)

// Family is what a group is of.
type Family string

// The families.
const (
	Customers Family = "customer"
	Moments   Family = "moment"
)

// ErrNotFound is answered for a group that is not there, or another application's. The platform's code is not
// known.
var ErrNotFound = wire.ErrParameter.With("strategy_id: a group of this application expected")
