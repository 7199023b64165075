package wedoc

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) contentEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		Endpoint("document/get", 101161, wire.Read(s.documentGet)),
		Endpoint("document/batch_update", 97626, wire.Write(s.documentBatchUpdate)),
	}
}

type documentGetResponse struct {
	Version  int64 `json:"version"`
	Document node  `json:"document"`
}

func (s *Service) documentGet(ctx context.Context, tx *store.Tx, by access.Caller, req docIDRequest) (resp documentGetResponse, err error) {
	d, err := s.Own(tx, by, req.DocID, Text)
	if err != nil {
		return resp, err
	}
	c, _, err := getContent(tx, d)
	return documentGetResponse{d.Version, c.tree()}, err
}

type documentBatchUpdateRequest struct {
	DocID   string `json:"docid"`
	Version int64  `json:"version"`
	// The page's sample spells it so, and programs copy samples.
	Verison  int64           `json:"verison"`
	Requests []updateRequest `json:"requests"`
}

func (s *Service) documentBatchUpdate(ctx context.Context, tx *store.Tx, by access.Caller, req documentBatchUpdateRequest) (wire.None, error) {
	d, err := s.Own(tx, by, req.DocID, Text)
	if err != nil {
		return wire.None{}, err
	}
	return wire.None{}, s.edit(tx, d, max(req.Version, req.Verison), req.Requests)
}
