package smartsheet

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

const hookPath = "/cgi-bin/wedoc/smartsheet/webhook"

func (s *Service) hookEndpoints() []wire.Endpoint {
	return []wire.Endpoint{{Method: "POST", Path: hookPath, Doc: 101260, Credential: s.hookKey(), Allow: access.Allow{access.SheetHook: access.Own}, Handle: wire.Direct(s.webhook)}}
}

// hookKey is the credential of a sheet's address. A key that is missing is answered as a wrong one (unverified).
func (s *Service) hookKey() *wire.Credential {
	return &wire.Credential{Param: "key", What: "key of a smart sheet that takes data", Missing: ErrKey.With("key is missing"), Invalid: ErrKey, Expired: ErrKey, Resolve: s.byKey}
}

type (
	webhookRequest struct {
		// Schema are the titles of the fields, which the sample on the page has; clients send it back.
		Schema wire.Value `json:"schema"`
		Add    []added    `json:"add_records"`
		Update []update   `json:"update_records"`
	}
	webhookResponse struct {
		Added   []commonRecord `json:"add_records,omitempty"`
		Updated []commonRecord `json:"update_records,omitempty"`
	}
)

// webhook adds records, and changes those that it has added before. The names in values are ids of fields.
func (s *Service) webhook(ctx context.Context, st *store.Store, by access.Caller, req webhookRequest) (resp webhookResponse, err error) {
	pictures, err := s.keepPictures(ctx, st, by, req)
	if err != nil {
		return resp, err
	}
	return resp, st.Write(ctx, func(tx *store.Tx) error {
		resp = webhookResponse{}
		if len(req.Add)+len(req.Update) == 0 {
			return wire.ErrEmpty.With("add_records or update_records expected")
		}
		sh, err := s.hooked(tx, by)
		if err != nil {
			return err
		}
		if err := s.within(tx, sh, len(req.Add)+len(req.Update)); err != nil {
			return err
		}
		r := reader{s: s, tx: tx, by: by, sheet: sh, grown: map[string]bool{}, pictures: pictures}
		if len(req.Add) > 0 {
			values := make([]wire.Value, len(req.Add))
			for i, a := range req.Add {
				values[i] = a.Values
			}
			list, fields, err := s.readRecords(r, &sh, byID, values)
			if err != nil {
				return err
			}
			if resp.Added, err = common(fields, byID, list); err != nil {
				return err
			}
		}
		if len(req.Update) > 0 {
			list, fields, err := s.rewriteRecords(r, &sh, byID, req.Update)
			if err != nil {
				return err
			}
			if resp.Updated, err = common(fields, byID, list); err != nil {
				return err
			}
		}
		return useHook(tx, by.CorpID, by.Robot)
	})
}

// keepPictures keeps the pictures that come as base64, and returns the cells that they become.
func (s *Service) keepPictures(ctx context.Context, st *store.Store, by access.Caller, req webhookRequest) (map[string]imageCell, error) {
	var fields []Field
	if err := st.Read(ctx, func(tx *store.Tx) error {
		sh, err := s.hooked(tx, by)
		if err == nil {
			fields, err = fieldsOf(tx, sh)
		}
		return err
	}); err != nil {
		return nil, err
	}
	values := make([]wire.Value, 0, len(req.Add)+len(req.Update))
	for _, a := range req.Add {
		values = append(values, a.Values)
	}
	for _, u := range req.Update {
		values = append(values, u.Values)
	}
	out := map[string]imageCell{}
	for _, v := range values {
		given, _ := v.Members()
		for _, f := range fields {
			if f.Type != Image {
				continue
			}
			var list []sentPicture
			given[f.ID].Into(&list)
			for _, p := range list {
				if _, known := out[p.Base64]; known || p.Base64 == "" {
					continue
				}
				kept, err := s.keepPicture(ctx, by, p)
				if err != nil {
					return nil, err
				}
				out[p.Base64] = kept
			}
		}
	}
	return out, nil
}
