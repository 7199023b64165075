package invoice

import (
	"context"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Endpoints returns the room's calls. Enterprises that are certified have them, that for several invoices only those
// with more than 200 active members (docs 90284, 90287); all enterprises here count as such.
func (s *Service) Endpoints() []wire.Endpoint {
	endpoint := func(name string, doc int, h wire.Handler) wire.Endpoint {
		return wire.Endpoint{
			Method: "POST", Path: "/cgi-bin/card/invoice/reimburse/" + name, Doc: doc, Handle: h,
			Allow: access.To(access.All, access.SelfBuilt, access.Custom, access.ThirdParty),
		}
	}
	return []wire.Endpoint{
		endpoint("getinvoiceinfo", 90284, wire.Read(s.getinvoiceinfo)),
		endpoint("updateinvoicestatus", 90285, wire.Write(s.updateinvoicestatus)),
		endpoint("updatestatusbatch", 90286, wire.Write(s.updatestatusbatch)),
		endpoint("getinvoiceinfobatch", 90287, wire.Read(s.getinvoiceinfobatch)),
	}
}

type (
	cardWire struct {
		ID   string `json:"card_id"`
		Code string `json:"encrypt_code"`
	}
	itemWire struct {
		Name  string `json:"name"`
		Num   int64  `json:"num,omitempty"`
		Unit  string `json:"unit,omitempty"`
		Fee   int64  `json:"fee,omitempty"`
		Price int64  `json:"price"`
	}
	userInfo struct {
		Fee           int64      `json:"fee"`
		Title         string     `json:"title"`
		BillingTime   int64      `json:"billing_time"`
		BillingNo     string     `json:"billing_no"`
		BillingCode   string     `json:"billing_code"`
		Items         []itemWire `json:"info,omitempty"`
		FeeWithoutTax int64      `json:"fee_without_tax"`
		Tax           int64      `json:"tax"`
		Detail        string     `json:"detail"`
		PDF           string     `json:"pdf_url"`
		TripPDF       string     `json:"trip_pdf_url,omitempty"`
		Status        string     `json:"reimburse_status"`
		OrderID       string     `json:"order_id,omitempty"`
		CheckCode     string     `json:"check_code"`
		BuyerNumber   string     `json:"buyer_number,omitempty"`
		BuyerAddress  string     `json:"buyer_address_and_phone,omitempty"`
		BuyerBank     string     `json:"buyer_bank_account,omitempty"`
		SellerNumber  string     `json:"seller_number,omitempty"`
		SellerAddress string     `json:"seller_address_and_phone,omitempty"`
		SellerBank    string     `json:"seller_bank_account,omitempty"`
		Remarks       string     `json:"remarks,omitempty"`
		Cashier       string     `json:"cashier,omitempty"`
		Maker         string     `json:"maker,omitempty"`
	}
	invoiceInfo struct {
		ID     string    `json:"card_id"`
		Begin  int64     `json:"begin_time"`
		End    int64     `json:"end_time"`
		OpenID string    `json:"openid"`
		Type   string    `json:"type"`
		Payee  string    `json:"payee"`
		Detail string    `json:"detail"`
		User   *userInfo `json:"user_info,omitempty"`
	}
	batchInfoRequest struct {
		Cards []cardWire `json:"item_list"`
	}
	batchInfoResponse struct {
		Infos []invoiceInfo `json:"item_list"`
	}
	statusRequest struct {
		ID     string `json:"card_id"`
		Code   string `json:"encrypt_code"`
		Status string `json:"reimburse_status"`
	}
	batchStatusRequest struct {
		OpenID string     `json:"openid"`
		Status string     `json:"reimburse_status"`
		Cards  []cardWire `json:"invoice_list"`
	}
)

func (s *Service) info(ctx context.Context, tx *store.Tx, by access.Caller, c Card) (out invoiceInfo, err error) {
	i, err := s.Find(tx, by, c)
	if err != nil {
		return out, err
	}
	users, err := s.deps.Directory.NumberedMembers(tx, by.CorpID, []int64{i.Member})
	if err != nil {
		return out, err
	}
	openID, err := s.deps.Directory.OpenID(ctx, tx, access.System(by.CorpID), users[i.Member])
	if err != nil {
		return out, err
	}
	p := i.Paper
	u := userInfo{
		Fee: p.Fee, Title: p.Title, BillingTime: p.BillingTime, BillingNo: p.BillingNo, BillingCode: p.BillingCode, FeeWithoutTax: p.FeeWithoutTax, Tax: p.Tax, Detail: p.Detail,
		PDF: s.pdfURL(i), TripPDF: p.TripPDF, Status: i.Status.String(), OrderID: p.OrderID, CheckCode: p.CheckCode, BuyerNumber: p.BuyerNumber, BuyerAddress: p.BuyerAddress, BuyerBank: p.BuyerBank,
		SellerNumber: p.SellerNumber, SellerAddress: p.SellerAddress, SellerBank: p.SellerBank, Remarks: p.Remarks, Cashier: p.Cashier, Maker: p.Maker,
	}
	for _, item := range p.Items {
		u.Items = append(u.Items, itemWire(item))
	}
	return invoiceInfo{i.Card.ID, p.BillingTime, p.BillingTime + int64(validFor/time.Second), openID, p.Type, p.Payee, p.Detail, &u}, nil
}

func (s *Service) getinvoiceinfo(ctx context.Context, tx *store.Tx, by access.Caller, req cardWire) (invoiceInfo, error) {
	return s.info(ctx, tx, by, Card(req))
}

func (s *Service) getinvoiceinfobatch(ctx context.Context, tx *store.Tx, by access.Caller, req batchInfoRequest) (resp batchInfoResponse, err error) {
	cards := cardsOf(req.Cards)
	if err := several(cards); err != nil {
		return resp, err
	}
	for _, c := range cards {
		one, err := s.info(ctx, tx, by, c)
		if err != nil {
			return batchInfoResponse{}, err
		}
		resp.Infos = append(resp.Infos, one)
	}
	return resp, nil
}

func cardsOf(list []cardWire) (out []Card) {
	for _, c := range list {
		out = append(out, Card(c))
	}
	return out
}

func (s *Service) updateinvoicestatus(ctx context.Context, tx *store.Tx, by access.Caller, req statusRequest) (none wire.None, err error) {
	to, err := parseStatus(req.Status)
	if err == nil {
		_, err = s.Set(tx, by, Card{req.ID, req.Code}, to)
	}
	return none, err
}

func (s *Service) updatestatusbatch(ctx context.Context, tx *store.Tx, by access.Caller, req batchStatusRequest) (none wire.None, err error) {
	if req.OpenID == "" {
		return none, wire.ErrEmpty.With("openid is missing")
	}
	to, err := parseStatus(req.Status)
	if err == nil {
		err = s.SetAll(ctx, tx, by, req.OpenID, cardsOf(req.Cards), to)
	}
	return none, err
}
