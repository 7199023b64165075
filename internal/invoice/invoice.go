// Package invoice has the electronic invoices (电子发票) that members keep in WeChat and hand in for reimbursement. It
// serves /cgi-bin/card/invoice/reimburse/ (doc 90283).
//
//	free ──lock──> locked ──reimburse──> reimbursed, for good
//	  ^──unlock───────┘
//
// In dev a script puts invoices into a member's cards, and chooses from them as chooseInvoice of the JS-SDK does.
package invoice

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Deps is what the room needs.
type Deps struct {
	Store     *store.Store
	Corps     *corp.Service
	Directory *directory.Service
	Log       *slog.Logger
	// BaseURL is where clients reach this server.
	BaseURL func() string
}

// Service keeps invoices.
type Service struct{ deps Deps }

// New returns the room.
func New(d Deps) *Service { return &Service{d} }

// Migrations is the room's part of the schema.
func (s *Service) Migrations() fs.FS { return migrations }

// Errors of invoices (doc 90313). The table has none for an invoice that is not there.
var (
	ErrOutside = wire.Code(72023, "invoice already locked by another account")
	ErrStatus  = wire.Code(72024, "invalid reimburse_status")
	ErrOwner   = wire.Code(72037, "an invoice in the batch belongs to another user")
	ErrUnknown = wire.ErrParameter
)

// Status is what has become of an invoice.
type Status int64

// The statuses.
const (
	Free Status = iota
	Locked
	Reimbursed
)

var statusNames = []string{"INVOICE_REIMBURSE_INIT", "INVOICE_REIMBURSE_LOCK", "INVOICE_REIMBURSE_CLOSURE"}

func (st Status) String() string { return statusNames[st] }

func parseStatus(text string) (Status, error) {
	for i, name := range statusNames {
		if name == text {
			return Status(i), nil
		}
	}
	return 0, wire.ErrParameter.With("reimburse_status: one of %q expected", statusNames)
}

// Item is a line of an invoice. Money is in fen.
type Item struct {
	Name  string `json:"name"`
	Num   int64  `json:"num,omitempty"`
	Unit  string `json:"unit,omitempty"`
	Fee   int64  `json:"fee,omitempty"`
	Price int64  `json:"price"`
}

// Paper is what stands on an invoice.
type Paper struct {
	Type          string `json:"type"`
	Payee         string `json:"payee"`
	Detail        string `json:"detail"`
	Title         string `json:"title"`
	Fee           int64  `json:"fee"`
	FeeWithoutTax int64  `json:"fee_without_tax"`
	Tax           int64  `json:"tax"`
	BillingTime   int64  `json:"billing_time"` // Unix seconds
	BillingNo     string `json:"billing_no"`
	BillingCode   string `json:"billing_code"`
	CheckCode     string `json:"check_code"`
	PDF           string `json:"pdf_url,omitempty"`
	TripPDF       string `json:"trip_pdf_url,omitempty"`
	OrderID       string `json:"order_id,omitempty"`
	BuyerNumber   string `json:"buyer_number,omitempty"`
	BuyerAddress  string `json:"buyer_address_and_phone,omitempty"`
	BuyerBank     string `json:"buyer_bank_account,omitempty"`
	SellerNumber  string `json:"seller_number,omitempty"`
	SellerAddress string `json:"seller_address_and_phone,omitempty"`
	SellerBank    string `json:"seller_bank_account,omitempty"`
	Remarks       string `json:"remarks,omitempty"`
	Cashier       string `json:"cashier,omitempty"`
	Maker         string `json:"maker,omitempty"`
	Items         []Item `json:"info,omitempty"`
}

// Card names an invoice.
type Card struct {
	ID   string `json:"card_id"`
	Code string `json:"encrypt_code"`
}

// Invoice is an invoice in a member's cards.
type Invoice struct {
	No     int64
	CorpID string
	Member int64 // our number
	Card
	Status  Status
	Outside bool // another account has locked it
	Paper
}

// validFor is how long an invoice can be handed in.
const validFor = 10 * 365 * 24 * time.Hour

func (p *Paper) complete(now time.Time) error {
	for to, usual := range map[*string]string{&p.Type: "增值税电子普通发票", &p.Detail: "可在公司企业微信内报销使用", &p.Title: "个人", &p.CheckCode: digits(20), &p.BillingNo: digits(12), &p.BillingCode: digits(8)} {
		if *to == "" {
			*to = usual
		}
	}
	if p.BillingTime == 0 {
		p.BillingTime = now.Unix()
	}
	if p.FeeWithoutTax == 0 && p.Tax == 0 { // 6 % of services
		p.FeeWithoutTax = (p.Fee*100 + 53) / 106
		p.Tax = p.Fee - p.FeeWithoutTax
	}
	switch {
	case p.Fee <= 0:
		return wire.ErrParameter.With("fee: fen expected")
	case p.Fee != p.FeeWithoutTax+p.Tax || p.Tax < 0 || p.FeeWithoutTax < 0:
		return wire.ErrParameter.With("fee: the sum of fee_without_tax and tax expected")
	case p.Payee == "":
		return wire.ErrParameter.With("payee is missing")
	case p.BillingTime > now.Unix():
		return wire.ErrParameter.With("billing_time has not come yet")
	}
	return nil
}

// digits returns a number of n digits.
func digits(n int) string {
	out := []byte(id.Hex(n))[:n]
	for i, c := range out {
		out[i] = '0' + c%10
	}
	return string(out)
}

// Add puts an invoice into a member's cards. The member must have signed in, as WeChat knows nobody else.
func (s *Service) Add(ctx context.Context, tx *store.Tx, by access.Caller, user id.UserID, p Paper) (Invoice, error) {
	if err := p.complete(tx.Now()); err != nil {
		return Invoice{}, err
	}
	m, err := s.deps.Directory.Member(ctx, tx, by, user)
	if err != nil {
		return Invoice{}, err
	}
	if _, err := s.deps.Directory.OpenID(ctx, tx, by, m.UserID); err != nil {
		return Invoice{}, err
	}
	return insertInvoice(tx, Invoice{CorpID: by.CorpID, Member: m.No, Card: Card{"p" + id.Letters(27), id.Letters(32)}, Paper: p})
}

// Choosable returns the invoices of a member that can be handed in: those that nobody has locked.
func (s *Service) Choosable(ctx context.Context, tx *store.Tx, by access.Caller, user id.UserID) ([]Invoice, error) {
	m, err := s.deps.Directory.Member(ctx, tx, by, user)
	if err != nil {
		return nil, err
	}
	return selectInvoices(tx, `corpid = ? AND member = ? AND status = ? ORDER BY no`, by.CorpID, m.No, int64(Free))
}

// Find returns an invoice of the corp's members. Who has its two ids has been given them by the member: the caller's
// range does not matter.
func (s *Service) Find(tx *store.Tx, by access.Caller, c Card) (Invoice, error) {
	if c.ID == "" || c.Code == "" {
		return Invoice{}, wire.ErrEmpty.With("card_id and encrypt_code expected")
	}
	list, err := selectInvoices(tx, `corpid = ? AND card_id = ? AND code = ?`, by.CorpID, c.ID, c.Code)
	if err == nil && len(list) == 0 {
		err = ErrUnknown.With("card_id, encrypt_code: no member has such an invoice")
	}
	if err != nil {
		return Invoice{}, err
	}
	return list[0], nil
}

// Set changes the status of an invoice. A locked one cannot be locked again, so that it is handed in once, and a
// reimbursed one stays so. What else the platform refuses is unverified.
func (s *Service) Set(tx *store.Tx, by access.Caller, c Card, to Status) (Invoice, error) {
	i, err := s.Find(tx, by, c)
	switch {
	case err != nil:
	case i.Outside:
		err = ErrOutside.With("encrypt_code: %.64q", c.Code)
	case i.Status == Reimbursed, i.Status == Locked && to == Locked:
		err = ErrStatus.With("it is %s already", i.Status)
	default:
		i.Status = to
		err = updateInvoice(tx, i)
	}
	return i, err
}

// maxCards is how many invoices one call names; the pages name no number.
const maxCards = 100

func several(list []Card) error {
	if len(list) == 0 {
		return wire.ErrEmpty.With("the list of invoices is missing")
	}
	if len(list) > maxCards {
		return wire.ErrParameter.With("at most %d invoices", maxCards)
	}
	return nil
}

// SetAll changes the statuses of invoices of one member, or of none if one of them cannot be changed (doc 90286).
func (s *Service) SetAll(ctx context.Context, tx *store.Tx, by access.Caller, openID string, list []Card, to Status) error {
	if err := several(list); err != nil {
		return err
	}
	user, err := s.deps.Directory.MemberOfOpenID(ctx, tx, access.System(by.CorpID), openID)
	if err != nil {
		return err
	}
	m, err := s.deps.Directory.Member(ctx, tx, access.System(by.CorpID), user)
	if err != nil {
		return err
	}
	for _, c := range list {
		i, err := s.Set(tx, by, c, to)
		if err != nil {
			return err
		}
		if i.Member != m.No {
			return ErrOwner.With("card_id: %.64q", c.ID)
		}
	}
	return nil
}

// Lock locks an invoice as another account does, or gives it free again.
func (s *Service) Lock(tx *store.Tx, by access.Caller, c Card, locked bool) error {
	i, err := s.Find(tx, by, c)
	if err != nil {
		return err
	}
	if i.Status == Reimbursed || locked == (i.Status == Locked) || !locked && !i.Outside {
		return ErrStatus.With("it is %s", i.Status)
	}
	i.Status, i.Outside = Free, locked
	if locked {
		i.Status = Locked
	}
	return updateInvoice(tx, i)
}
