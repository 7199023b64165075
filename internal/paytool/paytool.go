// Package paytool keeps paid editions of providers' applications and the orders for them
// (收银台). It serves /cgi-bin/paytool/ (doc 98045), and the calls by which a suite reads
// its orders (doc 91909).
//
//	open_order, or the customer ──> order ──paid or confirmed──> edition of the installation
//
// Nobody takes money here: a script pays. Industry solutions (行业解决方案) are not built.
package paytool

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"slices"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/event"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/internal/wire"
	"qiwei/internal/work"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Deps is what the room needs.
type Deps struct {
	Store     *store.Store
	Corps     *corp.Service
	Directory *directory.Service
	Suites    *suite.Service
	Events    *event.Log
	Box       *seal.Box
	Log       *slog.Logger
	Work      *work.Engine
	BaseURL   func() string
}

// Service keeps editions and orders.
type Service struct {
	deps  Deps
	kinds kinds
	work  *work.Queue
}

// New returns the room. What happens to orders by itself does after Start.
func New(d Deps) *Service {
	s := &Service{deps: d, kinds: declareKinds(d.Events)}
	s.work = d.Work.Queue(s.orderWork())
	return s
}

// Migrations is the room's part of the schema.
func (s *Service) Migrations() fs.FS { return migrations }

// Endpoints returns the room's calls.
func (s *Service) Endpoints() []wire.Endpoint {
	return slices.Concat(s.orderEndpoints(), s.invoiceEndpoints(), s.suiteEndpoints())
}

// Start begins what happens to orders by itself, until Stop.
func (s *Service) Start() { s.work.Start() }

// Stop ends that.
func (s *Service) Stop() { s.work.Stop() }

// Settle does what is due to happen to orders by itself, and returns.
func (s *Service) Settle(ctx context.Context) error { return s.work.Drain(ctx, nil) }

// Sweep forgets nonces, and tells providers whose edition has ended, or has more users
// than were bought.
func (s *Service) Sweep(ctx context.Context) error {
	if err := s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`DELETE FROM paytool_nonce WHERE used_at < ?`, tx.Now().Add(-time.Hour).UnixMilli())
		return err
	}); err != nil {
		return err
	}
	return s.watch(ctx)
}

// Errors of orders and editions (doc 90313).
var (
	ErrPrice       = wire.Code(84077, "order price too high")
	ErrUsers       = wire.Code(84078, "invalid number of buyers")
	ErrPlan        = wire.Code(84079, "price plan not found")
	ErrOrder       = wire.Code(84080, "order not found")
	ErrPaid        = wire.Code(84089, "order already paid")
	ErrClosePaid   = wire.Code(84088, "paid order cannot be closed")
	ErrNeverBought = wire.Code(84163, "app never purchased")
	ErrExpired     = wire.Code(84102, "app expired")
	ErrOnlyUnpaid  = wire.Code(84103, "only unpaid orders may be changed")
	ErrNoPrice     = wire.Code(84109, "order price cannot be zero")
	ErrFewUsers    = wire.Code(84125, "fewer users than the minimum")
	ErrManyUsers   = wire.Code(84126, "more users than the maximum")
	ErrEffect      = wire.Code(84130, "invalid effective time")
	ErrFiveYears   = wire.Code(84131, "renewal beyond five years")
	ErrNoGrant     = wire.Code(84159, "customer has no authorization history")
	ErrPastDay     = wire.Code(84160, "date must be later than today")
	ErrYearLeft    = wire.Code(84186, "more than a year left")
	ErrNoStart     = wire.Code(84189, "an app in effect cannot set a start time for a new purchase")
	ErrOrderID     = wire.Code(90300, "invalid orderid")
	ErrParameter   = wire.Code(90305, "invalid parameter")
	ErrClose       = wire.Code(90311, "closing the order failed")
	ErrState       = wire.Code(90314, "order state does not allow this")
	ErrNonce       = wire.Code(90318, "nonce_str empty or repeated")
	ErrTime        = wire.Code(90319, "timestamp empty or too far from server time")
	ErrAppState    = wire.Code(90351, "app state abnormal")
	ErrTrialLong   = wire.Code(90352, "trial extended by too many days")
	ErrSignature   = wire.Code(49004, "signature mismatch")
)

var (
	providers = access.Allow{access.Provider: access.All}
	suites    = access.Allow{access.Suite: access.All}
)
