package paytool

import (
	"context"
	"encoding/json"
	"errors"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Invoice is what a customer asks an invoice of, for an order whose money is the
// provider's (doc 99436).
type Invoice struct {
	Applied  int64  `json:"apply_time"` // Unix seconds
	Type     int64  `json:"invoice_type"`
	Status   int64  `json:"invoice_status"` // 0 asked for, 1 posted, 2 mailed, 3 cancelled
	Title    string `json:"invoice_title"`
	Tax      string `json:"tax_number"`
	Way      int64  `json:"send_way"`
	Name     string `json:"contact_name"`
	Tel      string `json:"contact_tel"`
	Addr     string `json:"contact_addr"`
	Postcode string `json:"contact_postcode"`
	Email    string `json:"receive_email"`
	Company  string `json:"company_addr"`
	Phone    string `json:"company_tel"`
	Bank     string `json:"bank_name"`
	Account  string `json:"bank_account_number"`
	Note     string `json:"invoice_note"`
}

const (
	maxInvoices   = 100
	usualInvoices = 50
	maxNote       = 200 // bytes
)

func (s *Service) invoiceEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		s.endpoint("get_invoice_list", 99436, wire.Read(s.getInvoiceList)),
		s.endpoint("mark_invoice_status", 99437, wire.Write(s.markInvoiceStatus)),
	}
}

// AskInvoice asks for an invoice. One that was cancelled may be asked for again. It
// answers ErrState.
func (s *Service) AskInvoice(tx *store.Tx, o Order, in Invoice) error {
	before, has := o.invoice()
	if o.At(tx.Now()) != Done || has && before.Status != 3 {
		return ErrState.With("an order that was paid %v ago, and has no invoice, expected", frozenFor)
	}
	in.Applied, in.Status = tx.Now().Unix(), 0
	return s.keepInvoice(tx, o, in)
}

func (s *Service) keepInvoice(tx *store.Tx, o Order, in Invoice) error {
	text, err := json.Marshal(in)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE paytool_order SET invoice = ? WHERE no = ?`, string(text), o.No)
	return err
}

func (o Order) invoice() (in Invoice, has bool) {
	return in, o.Invoice != "" && json.Unmarshal([]byte(o.Invoice), &in) == nil
}

type getInvoiceListRequest struct {
	Start  *int64 `json:"start_time"` // Unix seconds
	End    *int64 `json:"end_time"`
	Cursor string `json:"cursor"`
	Limit  *int64 `json:"limit"`
}

type (
	invoiceInfo struct {
		OrderID string    `json:"order_id"`
		CorpID  id.CorpID `json:"custom_corpid"`
		Price   int64     `json:"paid_price"` // fen
		Invoice
	}
	getInvoiceListResponse struct {
		More int64         `json:"has_more"` // 0 or 1
		Next string        `json:"next_cursor"`
		List []invoiceInfo `json:"invoice_list"`
	}
)

func (s *Service) getInvoiceList(ctx context.Context, tx *store.Tx, by access.Caller, req getInvoiceListRequest) (resp getInvoiceListResponse, err error) {
	p, err := s.provider(tx, by)
	if err != nil {
		return resp, err
	}
	limit := int64(usualInvoices)
	switch {
	case (req.Start == nil) != (req.End == nil):
		return resp, ErrParameter.With("start_time and end_time stand together")
	case req.Limit != nil && (*req.Limit < 1 || *req.Limit > maxInvoices):
		return resp, ErrParameter.With("limit: 1 to %d expected", maxInvoices)
	case req.Limit != nil:
		limit = *req.Limit
	}
	list := wire.Cursor[int64]{Box: s.deps.Box, Path: "paytool/get_invoice_list"}
	before, err := list.Open(by, req.Cursor)
	if errors.Is(err, wire.ErrCursor) {
		err = ErrParameter.With("cursor: the next_cursor of the same call expected")
	}
	if err != nil {
		return resp, err
	}
	if before == 0 {
		before = 1 << 62
	}
	orders, err := selectOrders(tx, `provider = ? AND invoice <> '' AND no < ? ORDER BY no DESC`, p.No, before)
	if err != nil {
		return resp, err
	}
	for _, o := range orders {
		in, _ := o.invoice()
		if req.Start != nil && (in.Applied < *req.Start || in.Applied > *req.End) {
			continue
		}
		if int64(len(resp.List)) == limit {
			resp.More, resp.Next = 1, list.Next(by, before)
			break
		}
		before = o.No
		resp.List = append(resp.List, invoiceInfo{o.ID, id.CorpID(o.Corp), o.Price, in})
	}
	return resp, nil
}

type markInvoiceStatusRequest struct {
	OrderID string    `json:"order_id"`
	User    id.UserID `json:"oper_userid"`
	Status  int64     `json:"invoice_status"`
	Note    string    `json:"invoice_note"`
}

// markInvoiceStatus says what became of an invoice. One that was made stays as it is.
func (s *Service) markInvoiceStatus(ctx context.Context, tx *store.Tx, by access.Caller, req markInvoiceStatusRequest) (none wire.None, err error) {
	p, err := s.provider(tx, by)
	if err != nil {
		return none, err
	}
	ok, err := s.deps.Directory.Exists(tx, p.CorpID, req.User)
	switch {
	case err != nil:
		return none, err
	case !ok:
		return none, ErrParameter.With("oper_userid: a member of the provider expected")
	case req.Status < 1 || req.Status > 3:
		return none, ErrParameter.With("invoice_status: 1, 2 or 3 expected")
	case req.Note == "" || len(req.Note) > maxNote:
		return none, ErrParameter.With("invoice_note: 1 to %d bytes expected", maxNote)
	}
	o, err := s.order(tx, p, req.OrderID)
	if err != nil {
		return none, err
	}
	in, has := o.invoice()
	switch {
	case !has:
		return none, ErrState.With("no invoice was asked for")
	case in.Status != 0:
		return none, nil
	}
	in.Status, in.Note = req.Status, req.Note
	return none, s.keepInvoice(tx, o, in)
}
