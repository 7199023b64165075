package console

import (
	"qiwei/internal/id"
	"qiwei/internal/invoice"
	"qiwei/internal/store"
)

// Electronic invoices (电子发票) that members hold and hand in.

func (s *Service) invoiceCalls() []call {
	return []call{
		{pattern: "GET /console/api/invoices", right: readCorp, handle: s.listInvoices},
		{pattern: "GET /console/api/invoices/{no}", right: readCorp, handle: s.getInvoice},
		{pattern: "PUT /console/api/invoices/{no}/status", right: editCorp, handle: s.setInvoice},
	}
}

type invoiceLine struct {
	No      int64          `json:"no"`
	Who     person         `json:"who"`
	Type    string         `json:"type"`
	Payee   string         `json:"payee"`
	Fee     int64          `json:"fee"` // fen
	Time    int64          `json:"billing_time"`
	Number  string         `json:"billing_no"`
	Status  invoice.Status `json:"status"`
	Outside bool           `json:"outside,omitempty"` // another account has locked it
}

func (v *visit) invoiceLines(tx *store.Tx, list []invoice.Invoice) ([]invoiceLine, error) {
	var members []int64
	for _, i := range list {
		members = append(members, i.Member)
	}
	who, err := v.numbered(tx, members)
	out := []invoiceLine{}
	for _, i := range list {
		out = append(out, invoiceLine{i.No, who[i.Member], i.Type, i.Payee, i.Fee, i.BillingTime, i.BillingNo, i.Status, i.Outside})
	}
	return out, err
}

func (s *Service) listInvoices(v *visit) (any, error) {
	before, limit, err := v.before()
	if err != nil {
		return nil, err
	}
	q := invoice.Search{Before: before, Size: limit}
	if v.query("status") != "" {
		n, err := v.number("status")
		if err != nil {
			return nil, err
		}
		status := invoice.Status(n)
		q.Status = &status
	}
	var out struct {
		Invoices []invoiceLine `json:"invoices"`
		More     bool          `json:"more"`
	}
	return &out, v.look(func(tx *store.Tx) error {
		if user := id.UserID(v.query("userid")); user != "" {
			m, err := v.seen(tx, user)
			if err != nil {
				return err
			}
			q.Member = m.No
		}
		list, err := s.deps.Invoices.List(tx, v.corpID, q)
		if err != nil {
			return err
		}
		out.More = int64(len(list)) == limit
		out.Invoices, err = v.invoiceLines(tx, list)
		return err
	})
}

func (s *Service) getInvoice(v *visit) (any, error) {
	no, err := v.number("no")
	if err != nil {
		return nil, err
	}
	var out struct {
		invoiceLine
		Paper invoice.Paper `json:"paper"`
		URL   string        `json:"url"`
	}
	return &out, v.look(func(tx *store.Tx) error {
		i, err := s.deps.Invoices.Numbered(tx, v.corpID, no)
		if err != nil {
			return gone(err, invoice.ErrUnknown)
		}
		lines, err := v.invoiceLines(tx, []invoice.Invoice{i})
		if err != nil {
			return err
		}
		out.invoiceLine, out.Paper, out.URL = lines[0], i.Paper, s.deps.Invoices.Address(i)
		return nil
	})
}

// setInvoice locks an invoice, gives it free, or reimburses it for good.
func (s *Service) setInvoice(v *visit) (any, error) {
	var req struct {
		Status invoice.Status `json:"status"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	no, err := v.number("no")
	if err != nil {
		return nil, err
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		i, err := s.deps.Invoices.Numbered(tx, v.corpID, no)
		if err != nil {
			return done{}, gone(err, invoice.ErrUnknown)
		}
		_, err = s.deps.Invoices.Settle(tx, v.by, no, req.Status)
		return done{"invoice.status", i.BillingNo, map[string]any{"payee": i.Payee, "fee": i.Fee, "status": int64(req.Status)}}, err
	})
}
