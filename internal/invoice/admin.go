package invoice

import (
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// What administrators do in the console: they see what members hold and have handed in, and settle it.

// foundAtOnce is how many invoices a page of Search has, at most.
const foundAtOnce = 200

// Search asks for invoices, the newest first. A zero field is not given.
type Search struct {
	Status *Status
	Member int64 // our number
	Before int64 // our number of the last invoice of the page before
	Size   int64
}

// List returns a page of the invoices of the corp's members.
func (s *Service) List(tx *store.Tx, corpID string, q Search) ([]Invoice, error) {
	if q.Size < 1 || q.Size > foundAtOnce {
		return nil, wire.ErrParameter.With("size: 1 to %d expected", foundAtOnce)
	}
	parts, args := []string{`corpid = ?`}, []any{corpID}
	add := func(part string, value any) { parts, args = append(parts, part), append(args, value) }
	if q.Status != nil {
		add(`status = ?`, int64(*q.Status))
	}
	if q.Member != 0 {
		add(`member = ?`, q.Member)
	}
	if q.Before > 0 {
		add(`no < ?`, q.Before)
	}
	return selectInvoices(tx, strings.Join(parts, ` AND `)+` ORDER BY no DESC LIMIT ?`, append(args, q.Size)...)
}

// Numbered returns an invoice of the corp by our number. It answers ErrUnknown.
func (s *Service) Numbered(tx *store.Tx, corpID string, no int64) (Invoice, error) {
	list, err := selectInvoices(tx, `corpid = ? AND no = ?`, corpID, no)
	if err == nil && len(list) == 0 {
		err = ErrUnknown.With("there is no invoice %d", no)
	}
	if err != nil {
		return Invoice{}, err
	}
	return list[0], nil
}

// Settle changes the status of an invoice as an administrator, by the rules of the calls.
func (s *Service) Settle(tx *store.Tx, by access.Caller, no int64, to Status) (Invoice, error) {
	if to < Free || to > Reimbursed {
		return Invoice{}, wire.ErrParameter.With("status: 0 to %d expected", int64(Reimbursed))
	}
	i, err := s.Numbered(tx, by.CorpID, no)
	if err != nil {
		return i, err
	}
	return s.Set(tx, by, i.Card, to)
}

// Address is where an invoice is to be had as a file.
func (s *Service) Address(i Invoice) string { return s.pdfURL(i) }
