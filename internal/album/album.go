// Package album keeps product albums (商品图册): products with pictures that members show to customers. It serves
// the calls of product albums below /cgi-bin/externalcontact/ (doc 95096).
package album

import (
	"embed"
	"io/fs"

	"qiwei/internal/media"
	"qiwei/internal/seal"
	"qiwei/internal/wire"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Deps is what the room needs.
type Deps struct {
	Media *media.Service
	Box   *seal.Box
}

// Service keeps product albums.
type Service struct{ deps Deps }

// New returns the room.
func New(d Deps) *Service { return &Service{d} }

// Migrations is the room's part of the schema.
func (s *Service) Migrations() fs.FS { return migrations }

// Endpoints returns the room's calls.
func (s *Service) Endpoints() []wire.Endpoint { return s.productEndpoints() }

// permit is what a corp gives to a provider's application (doc 99052).
const permit = "externalcontact:contact:product_album"

// Errors of products (doc 90313).
var (
	ErrDescription = wire.Code(41087, "invalid product description")
	ErrGone        = wire.Code(41074, "product album already deleted")
	ErrNotFound    = wire.Code(41075, "product album id not found")
	ErrCode        = wire.Code(41085, "invalid product code")
	ErrPrice       = wire.Code(41086, "invalid product price")
	ErrNoPicture   = wire.Code(41088, "attachment list empty")
	ErrFull        = wire.Code(41202, "number of product albums at its limit")
	errPictures    = wire.Code(41064, "too many attachments")
	errPicture     = wire.Code(41065, "invalid attachment type")
)
