package join

import (
	"context"
	"net/url"
	"strconv"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// joinEndpoints returns the calls for joining. The page demands the right to manage the directory and contact
// sync's secret, so contact sync must be switched to edit (doc 91714).
func (s *Service) joinEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		{Method: "GET", Path: "/cgi-bin/corp/get_join_qrcode", Doc: 91714, Allow: access.To(access.Edit, access.ContactSync),
			Handle: wire.Read(s.corpGetJoinQrcode)},
	}
}

// joinSizes are the widths of the QR code in pixels, by size_type.
var joinSizes = map[int64]int{1: 171, 2: 399, 3: 741, 4: 2052}

// defaultJoinSize is not documented; the page's sample has it.
const defaultJoinSize = 3

type corpGetJoinQrcodeRequest struct {
	SizeType *int64 `json:"size_type"`
}

type corpGetJoinQrcodeResponse struct {
	QRCode string `json:"join_qrcode"`
}

func (s *Service) corpGetJoinQrcode(ctx context.Context, tx *store.Tx, by access.Caller, req corpGetJoinQrcodeRequest) (corpGetJoinQrcodeResponse, error) {
	size := int64(defaultJoinSize)
	if req.SizeType != nil {
		size = *req.SizeType
	}
	if joinSizes[size] == 0 {
		return corpGetJoinQrcodeResponse{}, wire.ErrParameter.With("size_type %d: 1, 2, 3 or 4 expected", size)
	}
	query := url.Values{"vcode": {s.JoinCode(by.CorpID, tx.Now())}, "qr_size": {strconv.FormatInt(size, 10)}}
	return corpGetJoinQrcodeResponse{s.deps.BaseURL() + joinQRPath + "?action=join&r=hb_share_api_mjoin&" + query.Encode()}, nil
}
