// Package conversion turns ids of customers and of their tags into those that others know them by: the corp's
// own into a provider's and back, and unionids of WeChat into either (doc 95900, 97063 and neighbours). A
// WeChat user who is no customer yet has a pending_id, which a provider recognises later.
package conversion

import (
	"embed"
	"io/fs"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/customer"
	"qiwei/internal/customergroup"
	"qiwei/internal/id"
	"qiwei/internal/kf"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/internal/wire"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Deps is what the room needs.
type Deps struct {
	Apps      *app.Service
	Suites    *suite.Service
	Customers *customer.Service
	Groups    *customergroup.Service
	Service   *kf.Service
	Box       *seal.Box
	// Temporary finds the customer behind a temporary id that a meeting of the calling application has given.
	Temporary func(tx *store.Tx, by access.Caller, temporary string) (external id.ExternalID, found bool, err error)
	// Limits turns on how often unionids may be converted.
	Limits bool
}

// Service converts ids.
type Service struct {
	deps    Deps
	limiter *wire.Limiter
}

// New returns the room.
func New(d Deps) *Service { return &Service{d, wire.NewLimiter()} }

// Migrations is the room's part of the schema.
func (s *Service) Migrations() fs.FS { return migrations }

// Endpoints returns the room's calls.
func (s *Service) Endpoints() []wire.Endpoint {
	return slices.Concat(s.externalEndpoints(), s.unionEndpoints(), s.serviceEndpoints(), s.temporaryEndpoints(), s.chatEndpoints(), s.massCallEndpoints(), s.formerEndpoints())
}

// permitBase is what a corp gives to a provider's application (doc 99052).
const permitBase = "externalcontact:base:base"

// maxConverted is how many ids are converted in a call (doc 97063, 96169).
const maxConverted = 1000

// Errors of conversions (doc 90313).
var (
	ErrUnionID      = wire.Code(610014, "invalid unionid")
	ErrNoThirdParty = wire.Code(610019, "third-party app not installed")
	ErrNoSameParty  = wire.Code(610020, "no third-party app of the same provider installed")
	ErrNoPermission = wire.Code(610021, "installed app of the provider has no customer permission")
	ErrExternalKind = wire.Code(41056, "external contact id of the wrong kind")
)

// call returns a call of providers' applications alone. Those that are shown the corp's own ids have it for
// that.
func call(path string, doc int, h wire.Handler, kinds ...access.Kind) wire.Endpoint {
	return wire.Endpoint{
		Method: "POST", Path: "/cgi-bin/" + path, Doc: doc, Grants: []string{permitBase}, Handle: h, Allow: access.To(access.Customers, kinds...),
	}
}
