// Package licence keeps interface licences (接口调用许可): what a provider orders for its
// customers, the activation codes that come of an order, and which members have one; and
// its orders for advanced interfaces (高级接口), which its balance pays for, too. It serves
// /cgi-bin/license/ (doc 95652) and /cgi-bin/advanced_api/ (doc 100297).
//
//	order ──paid──> codes ──active_account──> a member's account ──> calls about the member
//
// Everybody counts as licensed until checking is switched on for a customer, which in
// dev a script does (see Customer). From then on rooms above ask Need.
//
// Nobody takes money here: orders are paid by a script, by the command line, or from
// the balance of the provider.
package licence

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"log/slog"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/event"
	"qiwei/internal/id"
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
	Events    *event.Log
	Box       *seal.Box
	Log       *slog.Logger
	Work      *work.Engine
}

// Service keeps licences.
type Service struct {
	deps         Deps
	kinds        kinds
	orders, jobs *work.Queue
	advances     *work.Queue // advanced interfaces that have ended
}

// New returns the room. Large orders are worked off after Start.
func New(d Deps) *Service {
	s := &Service{deps: d, kinds: declareKinds(d.Events)}
	s.orders, s.jobs, s.advances = d.Work.Queue(s.orderWork()), d.Work.Queue(s.jobWork()), d.Work.Queue(s.advancedWork())
	d.Apps.OnDelete(s.appDeleted)
	return s
}

// Migrations is the room's part of the schema.
func (s *Service) Migrations() fs.FS { return migrations }

// Endpoints returns the room's calls.
func (s *Service) Endpoints() []wire.Endpoint {
	return slices.Concat(s.orderEndpoints(), s.renewalEndpoints(), s.unionEndpoints(), s.paymentEndpoints(), s.codeEndpoints(), s.accountEndpoints(), s.customerEndpoints(), s.advancedEndpoints())
}

// Start begins to work off orders and jobs, until Stop.
func (s *Service) Start() { s.orders.Start(); s.jobs.Start(); s.advances.Start() }

// Stop ends that.
func (s *Service) Stop() { s.orders.Stop(); s.jobs.Stop(); s.advances.Stop() }

// Work does what orders and jobs have left to do, and returns.
func (s *Service) Work(ctx context.Context) error {
	if err := s.jobs.Drain(ctx, nil); err != nil {
		return err
	}
	if err := s.orders.Drain(ctx, nil); err != nil {
		return err
	}
	return s.advances.Drain(ctx, nil)
}

// Errors of licences (doc 95652 and neighbours, 90313).
var (
	ErrBound        = wire.Code(701003, "activation code already bound")
	ErrNeverActive  = wire.Code(701004, "user never activated this code type")
	ErrOrder        = wire.Code(701005, "invalid licence order")
	ErrType         = wire.Code(701006, "invalid licence account type")
	ErrNoExternal   = wire.Code(701008, "no user with a valid interconnect licence")
	ErrBindBy       = wire.Code(701012, "activation code past its binding period")
	ErrJobFull      = wire.Code(701014, "job holds more than 1,000,000 userids")
	ErrNoGrant      = wire.Code(701015, "no third-party or customized authorization")
	ErrInactive     = wire.Code(701016, "account not activated or expired")
	ErrMoved        = wire.Code(701017, "account moved within 30 days")
	ErrTakerHas     = wire.Code(701018, "target account already has this type")
	ErrUser         = wire.Code(701019, "userid invalid or of another corp")
	ErrUserTwice    = wire.Code(701020, "userid existed")
	ErrCode         = wire.Code(701021, "invalid activation code")
	ErrMaking       = wire.Code(701022, "activation code being generated")
	ErrCodeTwice    = wire.Code(701023, "activation code existed")
	ErrAllFailed    = wire.Code(701024, "every item of the batch failed")
	ErrListEmpty    = wire.Code(701025, "empty list in a batch")
	ErrListLong     = wire.Code(701026, "list too long")
	ErrTestCount    = wire.Code(701027, "test corp bought too many accounts")
	ErrTestMonths   = wire.Code(701028, "test corp may buy one month only")
	ErrTooLong      = wire.Code(701030, "accumulated validity above 5 years")
	ErrNoShare      = wire.Code(701051, "app not shared with the downstream corp")
	ErrFromAbove    = wire.Code(701054, "code was shared by the upstream corp")
	ErrGivenBelow   = wire.Code(701055, "code was shared to a downstream corp")
	ErrShareMost    = wire.Code(701056, "shared codes above twice the chain's head count")
	ErrUpperGrant   = wire.Code(701057, "provider not authorized by the upstream corp")
	ErrNoChain      = wire.Code(701058, "corps have no chain relation")
	ErrAutoState    = wire.Code(701070, "invalid auto-activation state")
	ErrNeverBought  = wire.Code(701071, "no licence ever bought for the corp")
	ErrNoneFree     = wire.Code(701072, "corp has no valid unused licence")
	ErrOldRest      = wire.Code(701082, "old code has more than 20 days left")
	ErrUnpaid       = wire.Code(701083, "order unpaid")
	ErrNotUnpaid    = wire.Code(701084, "order not in the unpaid state")
	ErrOtherCorp    = wire.Code(701086, "order belongs to another corp")
	ErrZeroDays     = wire.Code(701090, "every account of the renewal has zero days")
	ErrUnlicensed   = wire.Code(701099, "user has no valid API licence")
	ErrTimes        = wire.Code(701100, "invalid time range")
	ErrLimit        = wire.Code(701101, "limit above 1000")
	ErrCursor       = wire.Code(701105, "invalid cursor")
	ErrPolicyOver   = wire.Code(701112, "livelihood policy expired")
	ErrParent       = wire.Code(701120, "parent order id not accepted")
	ErrTestUnion    = wire.Code(701121, "test corp may not place multi-corp orders")
	ErrAllCorps     = wire.Code(701122, "every corp of the multi-corp order invalid")
	ErrUnionFull    = wire.Code(701123, "job holds more than 100,000 corps")
	ErrCorpTwice    = wire.Code(701124, "corpid existed")
	ErrNotSubmitted = wire.Code(701125, "job not submitted")
	ErrSubmitted    = wire.Code(701126, "job already submitted")
	ErrFixedMethod  = wire.Code(701161, "order fixed to WeChat online banking")
	ErrTestShare    = wire.Code(701150, "test corp may not allocate licences")
	ErrJob          = wire.Code(701151, "jobid wrong or expired")
	ErrOnlyUnpaid   = wire.Code(701169, "only unpaid orders may be cancelled")
	ErrRenewalTwice = wire.Code(84195, "duplicate userid in the renewal task")
	ErrNoWallet     = wire.Code(90432, "recharge account not opened")
	ErrBalance      = wire.Code(90433, "account balance too low")
)

// licensed are the kinds of application whose calls need licences (doc 95652).
var licensed = []access.Kind{access.ThirdParty, access.Custom}

// providers is the row of calls that a provider makes by itself.
var providers = access.Allow{access.Provider: access.All}

func (s *Service) endpoint(method, path string, doc int, h wire.Handler) wire.Endpoint {
	return wire.Endpoint{Method: method, Path: "/cgi-bin/" + path, Doc: doc, Credential: s.deps.Suites.ByProvider(), Allow: providers, Handle: h}
}

// party is a provider with one of its customers.
type party struct {
	suite.Provider
	Corp string // the customer's corpid
}

// provider returns the calling provider.
func (s *Service) provider(tx *store.Tx, by access.Caller) (suite.Provider, error) {
	return s.deps.Suites.Provider(tx, by.Partner)
}

// party returns the caller with the customer that a request names, by the provider's id
// of it or by the corp's own (doc 95652). It answers 41002 and 40013.
func (s *Service) party(tx *store.Tx, by access.Caller, corpID id.CorpID) (p party, err error) {
	if p.Provider, err = s.provider(tx, by); err != nil {
		return p, err
	}
	p.Corp, err = s.customer(tx, p.Provider, corpID)
	return p, err
}

func (s *Service) customer(tx *store.Tx, p suite.Provider, corpID id.CorpID) (string, error) {
	if corpID == "" {
		return "", token.ErrCorpMissing
	}
	own := wire.NamedCorp(corpID)
	if _, err := s.deps.Corps.Corp(tx, own); errors.Is(err, corp.ErrNotFound) {
		return "", token.ErrCorpInvalid
	} else if err != nil {
		return "", err
	}
	// Of an enterprise that never dealt with the provider nothing is told.
	_, err := s.deps.Suites.OpenCorpID(tx, p.CorpID, own)
	if errors.Is(err, suite.ErrNotGranted) {
		err = ErrNoGrant
	}
	return own, err
}

// members returns our numbers of the members that a request names, of those who have
// left too.
func (s *Service) members(tx *store.Tx, p party, sent []id.UserID) (map[id.UserID]int64, error) {
	return s.deps.Suites.MemberNumbers(tx, p.No, p.Corp, sent)
}

// buyer checks that somebody is a member of the provider. That the right to buy
// (购买接口许可) is asked for as well is left out: qiwei has no such right.
func (s *Service) buyer(tx *store.Tx, p suite.Provider, user id.UserID) error {
	if user == "" {
		return wire.ErrEmpty.With("the userid of a member of the provider expected")
	}
	ok, err := s.deps.Directory.Exists(tx, p.CorpID, user)
	if err == nil && !ok {
		err = directory.ErrMemberNotFound.With("%q is not a member of the provider", user)
	}
	return err
}

// authorised refuses an order for a corp that has none of the provider's applications.
func (s *Service) authorised(tx *store.Tx, p party) error {
	ok, err := s.deps.Suites.Authorised(tx, p.No, p.Corp, licensed...)
	if err == nil && !ok {
		err = ErrNoGrant
	}
	return err
}
