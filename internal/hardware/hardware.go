// Package hardware has the smart hardware (智慧硬件): check-in clocks, doors and printers that a provider makes and
// enterprises bind. It serves /cgi-bin/openhw/ for the clouds of providers (doc 95975), /cgi-bin/devicedata/ for
// third parties (doc 96091), hardware/get_hardware_checkin_data (doc 94126) and the provider's management of
// devices. Devices that connect by themselves are served by package direct, which stands on this one.
//
//	model ──register_sn──> device ──bound by a corp──> people in its range, rules, records
//	ticket ──get_model_token──> model_access_token ──auth_code──> device_secret ──> device_access_token
//
// What a device is told goes to its model's callback URL where the provider's cloud speaks for it, and into a
// queue for its long connection where it connects by itself.
package hardware

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"slices"
	"time"

	"qiwei/internal/app"
	"qiwei/internal/callback"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/event"
	"qiwei/internal/media"
	"qiwei/internal/outbound"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/internal/token"
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
	Apps      *app.Service
	Suites    *suite.Service
	Media     *media.Service
	Callbacks *callback.Service
	Events    *event.Log
	Box       *seal.Box
	Log       *slog.Logger
	Work      *work.Engine
	Outbound  *outbound.Network
	// FetchFrom says where files that a provider names by their address may be.
	FetchFrom outbound.Policy
	// BaseURL is where clients reach this server, without a slash at the end.
	BaseURL func() string
	// Limits turns the platform's frequency limits on.
	Limits bool
}

// Service keeps models and devices.
type Service struct {
	deps              Deps
	kinds             kinds
	tickets           *token.PushedTickets
	guesses, pace     *wire.Limiter
	byModel, byDevice *wire.Credential
	fetch             *outbound.Client

	queued   []func(device int64)
	checkins []func(context.Context, *store.Tx, string, []Record) error
}

// The names of this room's addresses and answers in callback.
const (
	bookModel  = "hardware model"
	bookCommon = "hardware common"
	bookData   = "hardware data"
	answers    = "hardware"
)

// New returns the room. Tickets are made after Start.
func New(d Deps) *Service {
	s := &Service{deps: d, kinds: declareKinds(d.Events), guesses: wire.NewLimiter(), pace: wire.NewLimiter()}
	s.fetch = d.Outbound.Client(outbound.Options{Purpose: "hardware file", Policy: d.FetchFrom, Timeout: 20 * time.Second})
	s.tickets = s.pushedTickets()
	s.tickets.Begin(d.Work)
	s.byModel, s.byDevice = s.credentials()
	d.Callbacks.AddBook(bookModel, s.modelAddress)
	d.Callbacks.AddBook(bookCommon, s.commonAddress)
	d.Callbacks.AddBook(bookData, s.dataAddress)
	d.Callbacks.OnAnswer(answers, s.takeAnswer)
	d.Corps.OnDelete(s.corpDeleted)
	s.watchPeople()
	return s
}

// Migrations is the room's part of the schema.
func (s *Service) Migrations() fs.FS { return migrations }

// Endpoints returns the room's calls.
func (s *Service) Endpoints() []wire.Endpoint {
	return slices.Concat(s.tokenEndpoints(), s.deviceEndpoints(), s.statusEndpoints(), s.personEndpoints(), s.recordEndpoints(),
		s.operationEndpoints(), s.jobEndpoints(), s.scanEndpoints(), s.manageEndpoints(), s.dataEndpoints(), s.ruleEndpoints())
}

// Start begins to make tickets, until Stop.
func (s *Service) Start() { s.tickets.Start() }

// Stop ends that.
func (s *Service) Stop() { s.tickets.Stop() }

// Sweep removes what has had its time.
func (s *Service) Sweep(ctx context.Context) error {
	return s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		now := tx.Now()
		for _, old := range []struct {
			where string
			keep  time.Duration
		}{
			{`hardware_push WHERE at < ?`, pushLife},
			{`hardware_rename WHERE at < ?`, renameLife},
			{`hardware_operation WHERE at < ?`, 30 * 24 * time.Hour},
		} {
			if _, err := tx.Exec(`DELETE FROM `+old.where, now.Add(-old.keep).UnixMilli()); err != nil {
				return err
			}
		}
		return s.endJobs(ctx, tx)
	})
}

// OnQueued registers fn, which is called after a transaction has queued something for a device's connection.
func (s *Service) OnQueued(fn func(device int64)) { s.queued = append(s.queued, fn) }
